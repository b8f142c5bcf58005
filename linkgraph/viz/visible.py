"""Characters that are not seen, or that turn the text around, made visible.

The same rule as the page's ``unicode.ts``: categories Cc, Cf, Cs, Co, Cn, Zl and Zp, spaces other than
the plain one, and what Unicode calls default-ignorable (Unicode Standard Annex 44,
``Default_Ignorable_Code_Point``).
"""

from __future__ import annotations

import unicodedata

_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_IGNORABLE = frozenset(
    [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, *range(0xFE00, 0xFE10), 0xFFA0]
)
_TAGS = range(0xE0000, 0xE1000)


def visible(text: str) -> str:
    """Give the text with every unseen character written as its number: ``⟨U+202E⟩``."""
    return "".join(f"⟨U+{ord(one):04X}⟩" if _unseen(one) else one for one in text)


def _unseen(character: str) -> bool:
    if character == " ":
        return False
    code = ord(character)
    return unicodedata.category(character) in _CATEGORIES or code in _IGNORABLE or code in _TAGS
