"""IP logs: which account used which address, and what was visited.

Takes delimited login and session lists, and web-server access logs in the combined format. An
access-log line without a signed-in user links the address to the page; with one, the account.
"""

from __future__ import annotations

import pyarrow as pa

from linkgraph.ingest.kind import AttributeRule, EntityRule, Field, LinkRule, SourceKind, ValueType
from linkgraph.model import EntityKind, LinkKind


def _from_access_log(rows: pa.Table) -> pa.Table:
    renamed = {"user": "account", "target": "resource", "method": "event"}
    return rows.rename_columns([renamed.get(name, name) for name in rows.column_names])


KIND = SourceKind(
    name="ip-logs",
    about="logins, sessions and web-server access logs: which account used which IP address, when",
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
            ),
        ),
        Field("service", ValueType.SERVICE, ("platform", "provider", "site", "esp", "app")),
        Field(
            "ip",
            ValueType.IP,
            ("ip_address", "ipaddress", "address", "client_ip", "source_ip", "src_ip", "remote_addr", "host"),
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
            ),
            required=True,
        ),
        Field("until", ValueType.TIME, ("end", "end_time", "last_seen", "logout_time", "session_end")),
        Field("resource", ValueType.RESOURCE, ("url", "path", "target", "room", "page")),
        Field("ip_country", ValueType.COUNTRY, ("country", "country_code", "geo_country")),
        Field("port", ValueType.NUMBER, ("source_port", "src_port", "client_port")),
        Field("event", ValueType.TEXT, ("action", "type", "activity", "event_type", "event_name")),
        Field("user_agent", ValueType.TEXT, ("useragent", "agent", "client")),
        Field("status", ValueType.TEXT, ("status_code",)),
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
    readers={"access-log": _from_access_log},
    forms={"access-log": {"time": "access-log"}},
)
