"""What is visited: a page, a server, a room behind an address of the web.

The canonical text is host and path. Scheme ``http(s)`` is left out: it tells how, not where. Query and
fragment are left out too: they carry names, passwords and session keys of whoever visited, make every
visit its own resource, and the row keeps them. The letter case of the path stays: servers tell it apart.

Sources: RFC 3986 §3 (parts), §5.2.4 and §6.2.2 (normal form), RFC 3987 §3.1 (non-ASCII characters), RFC 5891
with UTS #46 (host names), RFC 9112 §3.2 (what stands in a request line).
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address

import idna

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason

LONGEST = 8192
"""Characters; what servers take in a request line by default."""

_WEB_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_OPAQUE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9]{1,5}(?:[/?#]|$))")
_AUTHORITY = re.compile(
    r"(?:(?P<user>[^/?#]*)@)?(?P<host>\[[^\]/?#]*\]|[^/?#:@\[\]]+)(?::(?P<port>[0-9]*))?(?P<rest>[/?#].*)?",
    re.DOTALL,
)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_ESCAPED_BYTE = re.compile(r"\\x[0-9A-Fa-f]{2}")
_TRIPLET_OR_OTHER = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def clean(raw: str, host: str | None = None) -> Clean[str] | Reason:
    """Read one URL, host with or without path, or path of a request line.

    Args:
        raw: ``https://Example.org/a?b``, ``example.org/a``, ``example.org:8080``, ``/a``. Addresses of
            other schemes keep theirs: ``ftp://example.org/a``.
        host: the server that the paths of this column belong to; without one a bare path stays bare.

    A user name or password before the host is left out. Request targets that are none (``-``, ``*``, bytes of
    another protocol) are refused.
    """
    cell = text.trimmed(raw, "resource", LONGEST)
    if isinstance(cell, Reason):
        return cell
    shown = text.quoted(cell)
    if cell in {"-", "*"}:
        return Reason("resource-none", f"'{shown}' names no resource: the request had none.")
    if _ESCAPED_BYTE.search(cell.partition("?")[0]) or "\ufffd" in cell:
        return Reason(
            "resource-bytes",
            f"'{shown}' is bytes that are no web request.",
            "Scanners and other protocols on the port of a web server leave such lines.",
        )
    if cell.startswith("/"):
        path, notes = _path(cell)
        if host is None:
            return _named(path, ("path of a server that is not named", *notes))
        server = _host(host)
        if isinstance(server, Reason):
            return server
        return _named(_joined(server, path), notes)
    return _address(cell, shown)


def _address(cell: str, shown: str) -> Clean[str] | Reason:
    scheme, rest = "", cell
    written = _SCHEME.match(cell)
    if written is not None:
        scheme, rest = written["scheme"].lower(), written["rest"]
    elif _OPAQUE.match(cell):
        return Reason(
            "resource-scheme",
            f"'{shown}' is an address without a host.",
            "Magnet links name a file by its digest: put that in a column of digests.",
        )
    parts = _AUTHORITY.fullmatch(rest)
    if parts is None:
        return Reason("resource-form", f"'{shown}' is no address: it has no host.", "As in example.org/page.")
    server = _host(parts["host"])
    if isinstance(server, Reason):
        return server
    notes: list[str] = []
    if parts["user"] is not None:
        notes.append("user name or password before the host left out")
    port = (parts["port"] or "").lstrip("0")
    if port and int(port[:6]) > 0xFFFF:
        return Reason("resource-port", f"'{shown}' has a port above 65535.")
    if port and port != _WEB_PORTS.get(scheme):
        server += f":{port}"
    path, said = _path(parts["rest"] or "")
    stays = f"{scheme}://" if scheme and scheme not in _WEB_PORTS else ""
    return _named(stays + _joined(server, path), (*notes, *said))


def _named(canonical: str, notes: tuple[str, ...]) -> Clean[str] | Reason:
    return text.too_long(canonical, "resource", LONGEST) or Clean(canonical, notes)


def _joined(server: str, path: str) -> str:
    """Join a server and a path; the server and its empty path are one resource (RFC 3986 §6.2.3)."""
    return server if path == "/" else server + path


def _host(written: str) -> str | Reason:
    """Give a host in lower case, ASCII and without the final dot."""
    failed = Reason(
        "resource-host",
        f"'{text.quoted(written)}' is no host name.",
        "A host has letters, digits, hyphens and dots, as in example.org; a room or group needs its address.",
    )
    if written.startswith("["):
        try:
            return f"[{IPv6Address(written[1:-1].partition('%')[0])}]"
        except ValueError:
            return failed
    name = written.strip(text.BLANKS).lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return failed
    name = name.removesuffix(".")
    return name if len(name) <= 253 and _HOST.fullmatch(name) and ".." not in name else failed


def _path(rest: str) -> tuple[str, tuple[str, ...]]:
    """Give the path in normal form, and what was left out."""
    path, mark, _ = rest.partition("?")
    path, hash_mark, _ = path.partition("#")
    notes = ("query or fragment left out; the row has it",) if mark or hash_mark else ()
    return _without_dots(_TRIPLET_OR_OTHER.sub(_percent, path)), notes


def _percent(match: re.Match[str]) -> str:
    """Write a character as RFC 3986 §6.2.2 does: unreserved ones plain, others as upper-case triplets."""
    found = match[0]
    if len(found) == 3 and found[0] == "%":
        char = chr(int(found[1:], 16))
        return char if char in _UNRESERVED else found.upper()
    return "".join(f"%{byte:02X}" for byte in found.encode())


def _without_dots(path: str) -> str:
    """Resolve ``.`` and ``..`` of an absolute path (RFC 3986 §5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
