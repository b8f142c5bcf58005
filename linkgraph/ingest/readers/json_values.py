"""One JSON text, read strictly.

What RFC 8259 leaves open, or Python's parser lets pass, is refused: duplicate keys, NaN and Infinity, halves of
surrogate pairs, NUL, and nesting beyond :data:`MAX_DEPTH`. Numbers with a fraction or an exponent stay as they
are written (:class:`Written`): an amount never passes through a float.

Source: RFC 8259 §4 (names should be unique), §6, §8.2 and §9.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, cast

import orjson

from linkgraph.ingest.readers import json_structure
from linkgraph.ingest.values.result import Reason

Json: TypeAlias = dict[str, Any] | list[Any] | str | int | bool | None
"""A value as Python has it."""

MAX_DEPTH = 64
"""Deepest nesting; no format read here comes near it."""
_LOWEST, _HIGHEST = -(1 << 63), (1 << 64) - 1
_LONG_NUMBER = 20
"""Characters of the longest whole number of 64 bits."""


class Written(str):
    """A number with a fraction or an exponent, as the document writes it."""

    __slots__ = ()


def parse(raw: bytes) -> Json | Reason:
    """Read one JSON text strictly: its value, or a Reason.

    Strings are text, whole numbers int (:class:`Written` beyond 64 bits), other numbers :class:`Written`.
    """
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _deepest(raw) > MAX_DEPTH:
        return _TOO_DEEP
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return Reason("invalid-utf-8", "The record is not valid UTF-8.", "State the file's encoding with --encoding.")
    if "\0" in text:
        return _NUL
    try:
        value = json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_float=Written,
            parse_int=_whole,
        )
    except _Refused as fault:
        return fault.reason
    except json.JSONDecodeError as fault:
        return Reason("json-syntax", f"The record is no JSON: {fault.msg} at character {fault.pos + 1} of it.")
    except RecursionError:
        return _TOO_DEEP
    return (_refused_text(value) or cast("Json", value)) if "\\u" in text else cast("Json", value)


def parse_element(raw: bytes, members: int, depth: int) -> Json | Reason:
    """As :func:`parse`, given what the split knows of the element; the same answers, faster.

    A fast parser that keeps the last of two equal keys does for records that have as many members
    parsed as written; whatever it refuses or may round is left to :func:`parse`.
    """
    if depth > MAX_DEPTH:
        return _TOO_DEEP
    if b"\\u0000" not in raw:
        try:
            value: Json = orjson.loads(raw)
            if _members(value) == members:
                return value
        except (orjson.JSONDecodeError, _DoubtfulError):
            pass
    return parse(raw)


def text_of(value: Json) -> str | None:
    """Give a scalar as text, as the document writes it; None for null.

    Lists and objects are no text and must not come here.
    """
    if value is None or type(value) is str:
        return value
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


class _DoubtfulError(Exception):
    """A number the fast parser may have rounded."""


class _Refused(Exception):  # noqa: N818 - carries an answer, is no error
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text)
        self.reason = reason


_TOO_DEEP = Reason("json-depth", f"The record is nested deeper than {MAX_DEPTH} levels.")
_NUL = Reason("nul-byte", "The record contains a NUL byte.")
_SURROGATE = Reason("json-surrogate", "The record has half of a surrogate pair: no character.")


def _members(value: Json) -> int:
    """Count the members of all objects in a value."""
    count = 0
    inner: Iterable[Json]
    if type(value) is dict:
        count = len(value)
        inner = value.values()
    else:
        inner = value if type(value) is list else (value,)
    for one in inner:
        kind = type(one)
        if kind is dict or kind is list:
            count += _members(one)
        elif kind is float:
            raise _DoubtfulError
    return count


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, number in times.items() if number > 1)
        shown = ascii(twice[:40])
        raise _Refused(
            Reason("json-duplicate-key", f"The key {shown} stands twice in one object: which one is meant is unknown.")
        )
    return members


def _no_constant(word: str) -> object:
    raise _Refused(Reason("json-number", f"{word} is no number."))


def _whole(digits: str) -> int | str:
    # Python refuses to read very long integers, and nothing here calculates with them.
    number = int(digits) if len(digits) <= _LONG_NUMBER else None
    return Written(digits) if number is None or not _LOWEST <= number <= _HIGHEST else number


def _refused_text(value: Json) -> Reason | None:
    """Give why a text in a value is none: half of a surrogate pair or NUL."""
    if isinstance(value, str):
        if "\0" in value:
            return _NUL
        return None if value.isascii() or not any("\ud800" <= one <= "\udfff" for one in value) else _SURROGATE
    inner: Sequence[Any] = ()
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, list):
        inner = value
    return next((fault for one in inner if (fault := _refused_text(one)) is not None), None)


def _deepest(raw: bytes) -> int:
    return int(json_structure.scan(raw, 0).depth.max(initial=0))
