"""IP addresses as logs write them, and how far each one reaches.

Sources: RFC 4291 §2 and RFC 5952 (IPv6 text), RFC 3986 §3.2.2 (brackets), RFC 4007 §11 (zones), RFC 6943
§3.1.1 (loose IPv4 forms), RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 §4 (Teredo), and the IANA IPv4 and IPv6
Special-Purpose Address Registries (2025). The scopes are this module's own table: what ``ipaddress``
calls global differs between Python releases, and it calls NAT64 addresses global.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Literal

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason

Scope = Literal["global", "private", "shared", "loopback", "link-local", "reserved"]
"""How far an address reaches: ``private`` is RFC 1918 and fc00::/7, ``shared`` is carrier-grade NAT
(100.64.0.0/10), ``reserved`` is everything else that names no host on the internet: documentation,
multicast, benchmarking, translation, unassigned."""

LONGEST = 128


@dataclass(frozen=True, slots=True)
class IPAddress:
    """One address."""

    text: str
    """Canonical: dotted decimal, or RFC 5952 without zone."""
    version: int
    """4 or 6."""
    port: int | None
    """The TCP or UDP port written beside it, 1-65535; with the time it tells customers behind one
    address apart."""
    scope: Scope


_RANGES_4: dict[str, Scope] = {
    "0.0.0.0/8": "reserved",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved",
    "192.0.2.0/24": "reserved",
    "192.88.99.0/24": "reserved",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "reserved",
    "198.51.100.0/24": "reserved",
    "203.0.113.0/24": "reserved",
    "224.0.0.0/3": "reserved",
}
_RANGES_6: dict[str, Scope] = {
    "::1/128": "loopback",
    "2000::/3": "global",
    "2001::/23": "reserved",
    "2001:db8::/32": "reserved",
    "3fff::/20": "reserved",
    "fc00::/7": "private",
    "fe80::/10": "link-local",
}
"""Only 2000::/3 has been given out (RFC 4291 §2.4, IANA); the rest is reserved."""

_TEREDO = int(IPv6Address("2001::")) >> 96
_SIX_TO_FOUR = 0x2002
_NAT64 = int(IPv6Address("64:ff9b::")) >> 32


def _steps(ranges: dict[str, Scope], elsewhere: Scope) -> tuple[list[int], list[Scope]]:
    """Give the numbers where the scope changes, in order, and the scope from each one on.

    A range may lie inside an earlier one of the table.
    """
    starts: dict[int, Scope] = {0: elsewhere}
    for prefix, scope in ranges.items():
        network: IPv4Network | IPv6Network = ip_network(prefix)
        first, after = int(network.network_address), int(network.broadcast_address) + 1
        around = starts[max(start for start in starts if start <= first)]
        starts[first] = scope
        starts.setdefault(after, around)
    ordered = sorted(starts)
    return ordered, [starts[start] for start in ordered]


_STARTS_4, _SCOPES_4 = _steps(_RANGES_4, "global")
_STARTS_6, _SCOPES_6 = _steps(_RANGES_6, "reserved")

_V4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}")
_V4_PORT = re.compile(r"(?P<host>[0-9.]+):(?P<port>[0-9]+)")
_BRACKETS = re.compile(r"\[(?P<host>[^\[\]]*)\](?::(?P<port>[0-9]+))?")
_PORT = re.compile("0|[1-9][0-9]{0,4}")
_FOUR_PARTS = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_FEW_PARTS = re.compile(r"[0-9]+(?:\.[0-9]+){1,2}")
_HEX_PARTS = re.compile(r"(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+)){0,3}", re.IGNORECASE)


def clean(raw: str) -> Clean[IPAddress] | Reason:
    """Read one IP address as a log writes it.

    Accepts IPv4, IPv6, either in brackets, and a trailing ``:port`` (behind an IPv6 address only when that
    is in brackets); an IPv4-mapped IPv6 address becomes IPv4, a zone is left out. Refuses what programs
    read in several ways: leading zeros (octal or decimal?), missing parts, single numbers,
    hexadecimal; and digits of other scripts and networks.
    """
    cell = text.trimmed(raw, "ip", LONGEST)
    if isinstance(cell, Reason):
        return cell
    if _V4.fullmatch(cell):
        # What matches is written the one way there is: it is the canonical text itself.
        return Clean(IPAddress(cell, 4, None, _scope_4(_number_4(cell))))
    if not cell.isascii():
        return Reason(
            "ip-not-ascii",
            f"'{text.quoted(cell)}' has characters an IP address cannot have.",
            "Digits of other scripts are not read as 0-9; write the address with those.",
        )
    notes: list[str] = []
    host, port = cell, None
    written = _BRACKETS.fullmatch(cell) or _V4_PORT.fullmatch(cell)
    if written is not None:
        host = written["host"]
        if written["port"] is not None:
            number = _port(written["port"])
            if number is None:
                return Reason("ip-port", f"'{text.quoted(cell)}' has a port that is not 0-65535.")
            port = number or None
            notes.append("port is kept beside the address" if port else "port 0 names no port")
    if ":" not in host:
        if not _V4.fullmatch(host):
            return _why_not_4(cell, host)
        return Clean(_of_4(_number_4(host), port), tuple(notes))
    return _read_6(cell, host, port, notes)


def _port(digits: str) -> int | None:
    return int(digits) if _PORT.fullmatch(digits) and int(digits) <= 0xFFFF else None


def _of_4(number: int, port: int | None) -> IPAddress:
    return IPAddress(str(IPv4Address(number)), 4, port, _scope_4(number))


def _number_4(canonical: str) -> int:
    first, second, third, fourth = map(int, canonical.split("."))
    return first << 24 | second << 16 | third << 8 | fourth


def _scope_4(number: int) -> Scope:
    return _SCOPES_4[bisect_right(_STARTS_4, number) - 1]


def _read_6(cell: str, host: str, port: int | None, notes: list[str]) -> Clean[IPAddress] | Reason:
    host, percent, zone = host.partition("%")
    try:
        number = int(IPv6Address(host))
    except ValueError:
        return _why_not_6(cell, host)
    if percent and not zone:
        return Reason("ip-zone", f"'{text.quoted(cell)}' ends in '%' without the zone it announces.")
    if number >> 32 == 0xFFFF:
        if percent:
            return Reason("ip-zone", f"'{text.quoted(cell)}' has a zone on an IPv4 address, which has none.")
        return Clean(_of_4(number & 0xFFFFFFFF, port), (*notes, "IPv4-mapped form unmapped"))
    scope, embedded = _scope_6(number)
    if embedded:
        notes.append(embedded)
    if percent:
        if scope == "global":
            return Reason(
                "ip-zone",
                f"'{text.quoted(cell)}' has a zone on an address that is not local to a network.",
                "Zones belong to local addresses such as fe80::1%eth0 (RFC 4007).",
            )
        notes.append("zone left out: the address means something only on its own network")
    return Clean(IPAddress(str(IPv6Address(number)), 6, port, scope), tuple(notes))


def _scope_6(number: int) -> tuple[Scope, str]:
    """Give the scope, and what is to be said of an IPv4 address inside.

    A 6to4 or Teredo address is one customer's as far as the IPv4 address inside is; a NAT64 address is made
    by whichever network translates, names the far end of a connection and is the same in all of them.
    """
    if number >> 112 == _SIX_TO_FOUR:
        inner = number >> 80 & 0xFFFFFFFF
        return _scope_4(inner), f"6to4: made from IPv4 address {IPv4Address(inner)} (derived)"
    if number >> 96 == _TEREDO:
        inner = ~number & 0xFFFFFFFF
        return _scope_4(inner), f"Teredo: made from IPv4 address {IPv4Address(inner)} of the client (derived)"
    if number >> 32 == _NAT64:
        inner = number & 0xFFFFFFFF
        return "reserved", f"NAT64: stands for IPv4 address {IPv4Address(inner)} (derived)"
    return _SCOPES_6[bisect_right(_STARTS_6, number) - 1], ""


def _why_not_4(cell: str, host: str) -> Reason:
    shown = text.quoted(cell)
    if "/" in host:
        return Reason("ip-network", f"'{shown}' is a network, not one address.", "Give the address alone.")
    if "," in host or " " in host:
        return Reason(
            "ip-several",
            f"'{shown}' is more than one address.",
            "A list of proxies (X-Forwarded-For): the server decides which one is the client; keep that one.",
        )
    if _FOUR_PARTS.fullmatch(host):
        parts = host.split(".")
        if any(len(part) > 1 and part[0] == "0" for part in parts):
            return Reason(
                "ip-leading-zeros",
                f"'{shown}' has leading zeros, which some programs read as octal and others as decimal.",
                f"{_reading(parts, 8)} as octal, {_reading(parts, 10)} as decimal; write the one meant.",
            )
        return Reason("ip-range", f"'{shown}' has a part above 255.")
    if _FEW_PARTS.fullmatch(host):
        loose = _loose(host)
        return Reason(
            "ip-parts",
            f"'{shown}' has fewer than four parts.",
            f"Some programs read it as {loose}; write all four parts." if loose else "Write all four parts.",
        )
    if host.isdigit():
        loose = _loose(host)
        return Reason(
            "ip-number",
            f"'{shown}' is a number, not an address.",
            f"As one decimal number it would be {loose}." if loose else "",
        )
    if _HEX_PARTS.fullmatch(host):
        loose = _loose(host)
        return Reason(
            "ip-hexadecimal",
            f"'{shown}' is written in hexadecimal.",
            f"Some programs read it as {loose}." if loose else "",
        )
    return Reason("ip-form", f"'{shown}' is not an IP address.", "As in 81.2.69.142 or 2a00:1450::1.")


def _why_not_6(cell: str, host: str) -> Reason:
    shown = text.quoted(cell)
    if "/" in host:
        return Reason("ip-network", f"'{shown}' is a network, not one address.", "Give the address alone.")
    if "," in host or " " in host:
        return _why_not_4(cell, host)
    tail = host.rpartition(":")[2]
    if _FOUR_PARTS.fullmatch(tail) and not _V4.fullmatch(tail):
        return _why_not_4(cell, tail)
    return Reason(
        "ip-form",
        f"'{shown}' is not an IP address.",
        "A port behind an IPv6 address needs brackets: [2a00:1450::1]:443.",
    )


def _reading(parts: list[str], base: int) -> str:
    """Give the address four parts would be in this base: leading zeros choose octal, others stay decimal."""
    try:
        numbers = [int(part, base if part[0] == "0" else 10) for part in parts]
    except ValueError:
        return "no address"
    return ".".join(map(str, numbers)) if max(numbers) <= 255 else "no address"


def _loose(host: str) -> str:
    """Give the address ``inet_aton`` makes of fewer than four parts or of hexadecimal; empty for none."""
    parts = host.split(".")
    if any(len(part) > 10 or (len(part) > 1 and part[0] == "0" and part[1] not in "xX") for part in parts):
        return ""
    *first, last = (int(part, 0) for part in parts)
    room = 8 * (4 - len(first))
    if any(part > 0xFF for part in first) or last >= 1 << room:
        return ""
    number = last + sum(part << 8 * (3 - at) for at, part in enumerate(first))
    return str(IPv4Address(number))
