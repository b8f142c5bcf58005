r"""Text in XML, so that every text can be had back.

XML 1.0 §2.2 has no place for most control characters, not even as a reference. They are written as visible
``\u{…}`` escapes with their hexadecimal number, and a backslash before ``u{`` as ``\u{5c}``. White space that a
parser would change (§2.11 ends of lines, §3.3.3 attribute values) is written as references.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\\(?=u\{)")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_IN_CONTENT = {"\r": "&#13;"}
_IN_ATTRIBUTE = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def content(text: str) -> str:
    """Write text that stands between tags."""
    return escape(_shown(text), _IN_CONTENT)


def attribute(text: str) -> str:
    """Write text that stands in an attribute, between double quotes."""
    return escape(_shown(text), _IN_ATTRIBUTE)


def is_escaped(text: str) -> bool:
    """Say whether a text has characters that stand as visible escapes."""
    return _FORBIDDEN.search(text) is not None


def read_back(text: str) -> str:
    """Give the text that was written, from what a parser gives; numbers that are no character stay as they are."""
    return _ESCAPED.sub(_character, text)


def _shown(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return found[0] if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF else chr(number)
