"""How else that is written which identifies somebody: the name in an e-mail address, a telephone number without its +.

Whoever knows ``anna.other@example.org`` knows who the account ``anna.other`` is. These forms are looked for beside the
value itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from linkgraph.model import EntityKind

PREFIXED = frozenset({EntityKind.ACCOUNT, EntityKind.PAYMENT_ACCOUNT, EntityKind.DEVICE, EntityKind.FILE_HASH})
"""Kinds whose values have a service, scheme or algorithm before the first colon."""
_BETWEEN_NAMES = ("", " ", ".", "_", "-")
_MOST_NAMES = 4


def other_forms(kind: str, value: str) -> Iterator[str]:
    """Give the other ways in which a value of some kind stands for the same.

    Args:
        kind: of the entity, in the words of :class:`~linkgraph.model.EntityKind`.
        value: canonical.
    """
    if kind in PREFIXED:
        yield value.partition(":")[2]
    elif kind == EntityKind.EMAIL:
        name = value.rpartition("@")[0]
        yield name
        # RFC 5233: what is behind the plus is a detail of the same mailbox.
        yield name.partition("+")[0]
    elif kind == EntityKind.PHONE:
        yield from _numbers(value)
    elif kind == EntityKind.PERSON:
        names = value.split()
        if 1 < len(names) <= _MOST_NAMES:
            for between in _BETWEEN_NAMES:
                yield between.join(names)
                yield between.join([names[-1], *names[:-1]])


def _numbers(value: str) -> Iterator[str]:
    """Give a telephone number as it is dialled from abroad and at home, digits alone."""
    digits = "".join(filter(str.isdigit, value))
    yield digits
    yield f"00{digits}"
    try:
        at_home = phonenumbers.format_number(phonenumbers.parse(value, None), PhoneNumberFormat.NATIONAL)
    except NumberParseException:
        return
    yield "".join(filter(str.isdigit, at_home))
