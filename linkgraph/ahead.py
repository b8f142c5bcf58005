"""Two steps on two cores: the next item is made while the present one is used."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Iterator[T]:
    """Give the items of an iterator, each made in another thread while the one before is used."""
    with ThreadPoolExecutor(max_workers=1) as worker:
        coming = worker.submit(_next, items)
        while got := coming.result():
            coming = worker.submit(_next, items)
            yield got[0]


def _next(items: Iterator[T]) -> tuple[T] | None:
    for item in items:
        return (item,)
    return None
