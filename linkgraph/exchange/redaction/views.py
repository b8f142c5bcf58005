r"""Text as it reads behind escapes: those of JSON, XML, addresses, workbooks and mail, also of one inside another."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

_DEEPEST = 4
"""How many escapes inside each other are read."""


def readings(text: str) -> list[str]:
    """Give a text as it is, and as it reads behind the escapes that may be in it."""
    return [view.decode("utf-8", "replace") for _, view in views(text.encode("utf-8", "surrogatepass"))]


def views(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Give bytes as they are, and as they are behind escapes, also of one kind inside another."""
    seen = {content}
    waiting = [("plain", content, 0)]
    while waiting:
        how, view, depth = waiting.pop()
        yield how, view
        if depth == _DEEPEST:
            continue
        for name, mark, reading in _ESCAPES:
            if mark in view and (read := reading(view)) not in seen:
                seen.add(read)
                waiting.append((name if how == "plain" else f"{how}, {name}", read, depth + 1))


_JSON_ESCAPE = re.compile(rb'(?:\\u[0-9a-fA-F]{4})+|\\["\\/bfnrt]')


def _from_json(view: bytes) -> bytes:
    def read(found: re.Match[bytes]) -> bytes:
        return str(json.loads(b'"' + found[0] + b'"')).encode("utf-8", "replace")

    return _JSON_ESCAPE.sub(read, view)


def _from_braces(view: bytes) -> bytes:
    """Read the visible escapes that linkgraph writes where a format forbids a character."""
    return re.sub(rb"\\u\{([0-9a-f]{1,6})\}", lambda found: _character(int(found[1], 16)), view)


def _character(code: int) -> bytes:
    return chr(code).encode("utf-8", "replace") if code <= 0x10FFFF else b""


def _from_html(view: bytes) -> bytes:
    return html.unescape(view.decode("utf-8", "surrogateescape")).encode("utf-8", "replace")


def _from_workbook(view: bytes) -> bytes:
    """Read the escapes of Office Open XML, ECMA-376 part 1 §22.9.2.19: ``_x000D_``."""
    return re.sub(rb"_x([0-9A-Fa-f]{4})_", lambda found: _character(int(found[1], 16)), view)


def _from_equals(view: bytes) -> bytes:
    return re.sub(rb"=([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), view)


_ESCAPES: tuple[tuple[str, bytes, Callable[[bytes], bytes]], ...] = (
    ("escaped for JSON", b"\\", _from_json),
    ("escaped in braces", b"\\u{", _from_braces),
    ("escaped for XML", b"&", _from_html),
    ("escaped for an address", b"%", unquote_to_bytes),
    ("escaped for a workbook", b"_x", _from_workbook),
    ("quoted-printable", b"=", _from_equals),
)
