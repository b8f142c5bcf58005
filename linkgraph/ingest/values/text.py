"""Text as attackers write it: what to compare, what to show, what to refuse.

A user name may carry invisible characters, change the direction of the line or use another
alphabet's forms. The evidence keeps the exact bytes; identities are made from :func:`compared`
text and people are shown :func:`visible` text.

Sources: UAX #15 (NFKC), UAX #44 (Default_Ignorable_Code_Point), UTS #39 §3, UTR #36 §2.
"""

from __future__ import annotations

import re
import unicodedata

from linkgraph.ingest.values.result import Reason

LONGEST = 1024
"""Characters; a longer cell is no name, number or address but text that slipped into the column."""

_QUOTED = 60

IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""Default_Ignorable_Code_Point of Unicode 16: characters that are drawn as nothing."""

_DRAWN_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))
"""Variation selectors are ignorable for identity but choose how the character before them is drawn."""

_REFUSED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Controls, line and paragraph separators, and surrogates, which no UTF-8 text can hold."""

BLANKS = " \t\r\n\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""What may surround a cell: Unicode's blanks (Zs), tab and line ends. Not what ``str.strip`` takes, which
would also swallow the separators U+001C to U+001F."""


def trimmed(raw: str, kind: str, longest: int = LONGEST) -> str | Reason:
    """Give a cell without the blanks around it, or say why it can be no value at all.

    Args:
        raw: the cell.
        kind: the word the reason codes begin with: ``ip`` gives ``ip-empty``, ``ip-control-character``,
            ``ip-too-long``.
        longest: characters a value of this kind may have.
    """
    text = raw.strip(BLANKS)
    if not text:
        return Reason(f"{kind}-empty", "The cell is empty.")
    long = too_long(text, kind, longest)
    if long is not None:
        return long
    refused = None if text.isascii() and text.isprintable() else _REFUSED.search(text)
    if refused is not None:
        name = "NUL" if refused[0] == "\0" else f"the control character U+{ord(refused[0]):04X}"
        return Reason(
            f"{kind}-control-character",
            f"'{quoted(text)}' contains {name}.",
            "The file may be damaged or in another encoding; correct the cell if the value is known.",
        )
    return text


def too_long(text: str, kind: str, longest: int = LONGEST) -> Reason | None:
    """Say so where a text is longer than a value of its kind may be; a canonical text can be, of one that is not."""
    if len(text) <= longest:
        return None
    return Reason(f"{kind}-too-long", f"'{quoted(text)}' has {len(text):,} characters; {longest:,} at most.")


def compared(text: str) -> str:
    """Give the form identities are made from: NFKC, case folded, nothing invisible, no outer blanks.

    Two texts that differ only in width, letter case, composition or characters nobody can see have
    the same form; confusable letters of two alphabets stay different (UTS #39 skeletons are a
    warning to show, not an identity). The form of a form is itself.
    """
    if text.isascii():
        return text.strip(BLANKS).lower()
    while True:
        folded = unicodedata.normalize("NFKC", IGNORABLE.sub("", text).casefold()).strip(BLANKS)
        if folded == text:
            return folded
        text = folded


def hides(text: str) -> bool:
    """Tell whether a text has characters that cannot be seen, the selectors of emoji forms aside."""
    return not text.isascii() and any(char not in _DRAWN_SELECTORS for char in IGNORABLE.findall(text))


def visible(text: str) -> str:
    r"""Give a text as it may be shown: characters that cannot be seen, or change the direction, as escapes.

    ``A\u202egpj`` shows as it is written here. Visible blanks and emoji forms stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _is_seen(char) else _escaped(char) for char in text)


def quoted(text: str) -> str:
    """Give a hostile value as it may stand in a sentence: short and visible."""
    return visible(text if len(text) <= _QUOTED else text[: _QUOTED - 3] + "...")


def _is_seen(char: str) -> bool:
    if char in _DRAWN_SELECTORS or unicodedata.category(char) == "Zs":
        return True
    return char.isprintable() and not IGNORABLE.match(char)


def _escaped(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
