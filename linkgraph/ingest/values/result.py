"""The one shape every value cleaner answers in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clean(Generic[T]):
    """A value that was understood."""

    value: T
    notes: tuple[str, ...] = ()
    """What was done to it that an examiner may want to know ("IPv4-mapped form unmapped")."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a value was not understood: bad input is a value, not an exception."""

    code: str
    """Stable, kebab-case: ``ip-leading-zeros``."""
    text: str
    """One plain sentence for an analyst, naming the value."""
    hint: str = ""
    """What could be done, where something can."""
