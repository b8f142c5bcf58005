r"""The header of an age file: to how many it may be written, and what is looked at before it is decrypted.

The header lies before anything that a key vouches for, so it is whatever a stranger wrote. The library that decrypts
reads it in a time that grows with the square of its length: 2,000 recipients take half a minute. Here a header is
held to its grammar and to a length first, and what is longer never reaches that library.

::

    age-encryption.org/v1
    -> X25519 <share, 43 letters>
    <wrapped file key, 43 letters>
    -> …                                 one for each recipient, and one of random words that says nothing
    --- <MAC, 43 letters>

Source: age-encryption.org/v1 (C2SP, age.md, "Header" and "The X25519 recipient type").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyrage

from linkgraph.errors import UsageError
from linkgraph.exchange.card import Card

MOST_RECIPIENTS = 100
"""A recipient takes 98 bytes of the header: so many take 10 KB."""
LONGEST = 1 << 14
"""Bytes of a header, its last line among them."""

_MOST_STANZAS = MOST_RECIPIENTS + 8
"""The library adds a stanza of random words, other programs may add some."""
_HEADER = re.compile(
    rb"age-encryption\.org/v1\n"
    rb"(?:-> [!-~]+(?: [!-~]+)*\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n)+"
    rb"--- [A-Za-z0-9+/]{43}\n"
)


def is_sound(start: bytes) -> bool:
    """Tell whether a file begins with a header of age that ends in time and names no more than it may.

    Args:
        start: the first :data:`LONGEST` bytes of the file, or all of a shorter one; what follows is not looked at.
    """
    header = _HEADER.match(start, 0, LONGEST)
    return header is not None and header[0].count(b"\n-> ") <= _MOST_STANZAS


def recipients(cards: Sequence[Card]) -> list[pyrage.x25519.Recipient]:
    """Give the keys of the cards that something is encrypted to.

    Raises:
        UsageError: there is none, or there are more than :data:`MOST_RECIPIENTS`.
    """
    if not cards:
        raise UsageError("There is nobody to encrypt to; name a recipient.")
    if len(cards) > MOST_RECIPIENTS:
        raise UsageError(
            f"There are {len(cards):,} recipients and {MOST_RECIPIENTS} are the most; make one for some of them, and "
            "another one for the others."
        )
    return [pyrage.x25519.Recipient.from_str(card.recipient) for card in cards]
