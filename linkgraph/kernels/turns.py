"""Portions of work on all cores, their results taken in the order of the portions."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Portion = TypeVar("Portion")
Result = TypeVar("Result")


def cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(work: Callable[[Portion], Result], portions: Iterable[Portion]) -> Iterator[Result]:
    """Give what ``work`` makes of each portion, in order; few results wait at a time, so large ones may be summed."""
    threads = cores()
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Result]] = deque()
        for portion in portions:
            waiting.append(pool.submit(work, portion))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
