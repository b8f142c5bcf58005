"""IP logs: which account used which address, and what was visited.

Takes delimited login and session lists (of platforms, and of providers with ports or blocks of them), web-server
logs in the common, combined and W3C extended formats, system logs of OpenSSH servers, RADIUS accounting, and
the lists of logins in returns of Kik and Snapchat. A line of a web server's log without a signed-in user links
the address to the page; with one, the account. An account that was only tried (``tried_account``) is never
linked: naming it is not using it.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.kind import AttributeRule, EntityRule, Field, LinkRule, SourceKind, ValueType
from linkgraph.ingest.readers import kik, snapchat
from linkgraph.model import EntityKind, LinkKind

_OF_REQUESTS = {"user": "account", "target": "resource", "method": "event"}
_HOST = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(:[0-9]{1,5})?$"


def _from_access_log(rows: pa.Table) -> pa.Table:
    # HTTP/1.1 is not what ``protocol`` means in a list of sessions.
    return _from_w3c_log(rows.drop_columns(["protocol"]))


def _from_w3c_log(rows: pa.Table) -> pa.Table:
    """The host that was asked for goes before the path, where it can be one: it is the client who writes it."""
    target, host = rows["target"], pc.replace_substring_regex(rows["host"], ":(?:80|443)$", "")
    whole = pc.and_(pc.match_substring_regex(host, _HOST), pc.starts_with(target, "/")).fill_null(False)
    asked = pc.if_else(whole, pc.binary_join_element_wise(host, target, ""), target)
    rows = rows.drop_columns(["host"])
    return _renamed(rows.set_column(rows.column_names.index("target"), "target", asked), _OF_REQUESTS)


def _from_auth_log(rows: pa.Table) -> pa.Table:
    """``root`` on one server is not ``root`` on another: the host scopes accounts, where it can be a service."""
    host = pc.if_else(pc.match_substring(rows["host"], ":"), pa.scalar(None, pa.string()), rows["host"])
    return rows.set_column(rows.column_names.index("host"), "service", host)


def _of_service(service: str) -> Callable[[pa.Table], pa.Table]:
    return lambda rows: rows.append_column("service", pa.repeat(service, rows.num_rows))


def _renamed(rows: pa.Table, names: dict[str, str]) -> pa.Table:
    return rows.rename_columns([names.get(name, name) for name in rows.column_names])


KIND = SourceKind(
    name="ip-logs",
    about="logins, sessions, RADIUS accounting, logs of web and SSH servers: which account used which IP address, when",
    fields=(
        Field(
            "account",
            ValueType.HANDLE,
            (
                "user",
                "username",
                "user_name",
                "user_id",
                "userid",
                "login",
                "handle",
                "account_id",
                "screen_name",
                "subscriber",
                "subscriber_id",
                "customer",
                "customer_id",
                "customer_number",
                "contract",
                "msisdn",
                "imsi",
                "gaia_id",
                "token",
                "apple_id",
            ),
        ),
        Field("service", ValueType.SERVICE, ("platform", "provider", "site", "esp", "app")),
        Field(
            "ip",
            ValueType.IP,
            (
                "public_ip",
                "public_ip_address",
                "nat_ip",
                "external_ip",
                "translated_ip",
                "framed_ip_address",
                "ip_address",
                "ipaddress",
                "address",
                "client_ip",
                "source_ip",
                "src_ip",
                "remote_addr",
                "host",
                "ipv4",
                "ip_v4",
            ),
            required=True,
        ),
        Field(
            "time",
            ValueType.TIME,
            (
                "timestamp",
                "datetime",
                "date_time",
                "date",
                "ts",
                "first_seen",
                "start",
                "start_time",
                "login_time",
                "activity_timestamp",
                "first_recorded",
                "start_utc",
                "start_time_utc",
                "session_start",
                "begin",
            ),
            required=True,
        ),
        Field(
            "until",
            ValueType.TIME,
            (
                "end",
                "end_time",
                "last_seen",
                "logout_time",
                "session_end",
                "end_utc",
                "end_time_utc",
                "stop",
                "stop_time",
                "last_recorded",
            ),
        ),
        Field("resource", ValueType.RESOURCE, ("url", "path", "target", "room", "page")),
        Field("ip_country", ValueType.COUNTRY, ("country", "country_code", "geo_country", "activity_country")),
        Field(
            "port",
            ValueType.NUMBER,
            (
                "public_port",
                "nat_port",
                "external_port",
                "translated_port",
                "source_port",
                "src_port",
                "client_port",
            ),
        ),
        # A block of ports is not in ``port``: it is no port that was used, and is not graded as one.
        Field("port_block", ValueType.PORTS, ("port_range", "ports", "public_ports", "nat_ports")),
        Field(
            "port_from",
            ValueType.PORTS,
            ("port_start", "start_port", "first_port", "from_port", "port_block_start", "port_min"),
        ),
        Field("port_to", ValueType.PORTS, ("port_end", "end_port", "last_port", "port_block_end", "port_max")),
        Field(
            "private_ip",
            ValueType.TEXT,
            ("private_ip_address", "internal_ip", "inside_ip", "local_ip", "subscriber_ip", "customer_ip"),
        ),
        Field(
            "destination_ip",
            ValueType.TEXT,
            ("destination", "destination_address", "dest_ip", "dst_ip", "dst_addr", "server_ip"),
        ),
        Field("destination_port", ValueType.PORTS, ("dest_port", "dst_port", "server_port")),
        Field("protocol", ValueType.TEXT, ("proto", "ip_protocol", "transport")),
        Field("event", ValueType.TEXT, ("action", "type", "activity", "event_type", "event_name", "activity_type")),
        Field("user_agent", ValueType.TEXT, ("useragent", "agent", "client", "user_agent_string")),
        Field("status", ValueType.TEXT, ("status_code",)),
        Field("forwarded", ValueType.TEXT, ("x_forwarded_for", "forwarded_for")),
        Field("tried_account", ValueType.TEXT),
        Field("repeated", ValueType.NUMBER),
        Field("session", ValueType.TEXT, ("session_id", "acct_session_id")),
        Field("prefix", ValueType.TEXT, ("framed_ipv6_prefix", "delegated_prefix")),
        Field("calling_station", ValueType.TEXT, ("calling_station_id",)),
    ),
    entities=(
        EntityRule("account", EntityKind.ACCOUNT, "account", service=("service",)),
        EntityRule("ip", EntityKind.IP_ADDRESS, "ip"),
        EntityRule("resource", EntityKind.RESOURCE, "resource"),
    ),
    links=(
        LinkRule(LinkKind.USED_IP, "account", "ip"),
        LinkRule(LinkKind.VISITED, "account", "resource"),
        LinkRule(LinkKind.VISITED, "ip", "resource", unless=("account",)),
    ),
    attributes=(AttributeRule("ip", "country", "ip_country"),),
    until="until",
    readers={
        "access-log": _from_access_log,
        "w3c-log": _from_w3c_log,
        "auth-log": _from_auth_log,
        "radius-detail": lambda rows: rows,
        "kik-bind": _of_service(kik.SERVICE),
        "snapchat-ip-data": _of_service(snapchat.SERVICE),
    },
    forms={
        "access-log": {"time": "access-log"},
        "w3c-log": {"time": "iso-offset"},
        "radius-detail": {"time": "epoch-s", "until": "epoch-s"},
        "snapchat-ip-data": {"time": "iso-offset", "until": "iso-offset"},
    },
)
