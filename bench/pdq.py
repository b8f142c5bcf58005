"""PDQ hashes at most 31 bits apart: linkgraph's index beside faiss, which compares all pairs.

    python bench/pdq.py [NEEDLES HASHES]     # default 10,000 in 1,000,000; faiss-cpu is in the dev group

Random hashes with near pairs planted at every distance from 0 to 40, and both must give the same pairs
at the same distances. Filing the needles counts for linkgraph; taking in the haystack does not count for
faiss. Both use all cores; best of three runs each, one after the other. Peak memory is measured apart.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

import faiss
import numpy as np
import numpy.typing as npt
import psutil

from linkgraph.similarity import RADIUS, WORDS, Hashes, Pairs, pairs_within

SEED = 1
RUNS = 3
PLANTED_UP_TO = 40


def hashes(needles: int, total: int) -> tuple[Hashes, Hashes]:
    """Make random needles and a random haystack in which one in ten needles has ten neighbours."""
    draw = np.random.default_rng(SEED)
    haystack = draw.integers(0, 1 << 64, (total, WORDS), np.uint64)
    sought = draw.integers(0, 1 << 64, (needles, WORDS), np.uint64)
    for at, place in enumerate(draw.permutation(total)[:needles].tolist()):
        near = np.unpackbits(sought[at // 10].view(np.uint8))
        near[draw.permutation(near.size)[: draw.integers(0, PLANTED_UP_TO + 1)]] ^= 1
        haystack[place] = np.packbits(near).view(np.uint64)
    return sought, haystack


def with_linkgraph(sought: Hashes, haystack: Hashes) -> Pairs:
    """Search with the index."""
    return pairs_within(sought, haystack)


def with_faiss(index: faiss.IndexBinaryFlat, sought: Hashes) -> Pairs:
    """Search by comparing all pairs, as faiss does; in the order of linkgraph."""
    # faiss leaves out the radius itself.
    limits, distance, place = index.range_search(sought.view(np.uint8), RADIUS + 1)
    needle = np.repeat(np.arange(len(sought)), np.diff(limits).astype(np.int64))
    order = np.lexsort((place, needle))
    return Pairs(needle[order], place[order], distance[order].astype(np.uint8))


def timed(search: Callable[[], Pairs]) -> tuple[Pairs, float]:
    """Give the answer and the seconds of the best run."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        found = search()
        best = min(best, time.perf_counter() - start)
    return found, best


def peak(search: Callable[[], Pairs]) -> int:
    """Give the bytes of memory that a search adds at its peak."""
    process = psutil.Process()
    before = most = process.memory_info().rss
    searching = threading.Thread(target=search)
    searching.start()
    while searching.is_alive():
        most = max(most, process.memory_info().rss)
        time.sleep(0.005)
    return most - before


def same(one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]) -> bool:
    """Tell whether two columns are equal."""
    return bool(np.array_equal(one, other))


def main() -> None:
    """Search with both and compare."""
    needles, total = (int(text) for text in sys.argv[1:3] or ("10000", "1000000"))
    sought, haystack = hashes(needles, total)
    index = faiss.IndexBinaryFlat(WORDS * 64)
    index.add(haystack.view(np.uint8))
    memory = peak(lambda: with_linkgraph(sought, haystack))
    found, seconds = timed(lambda: with_linkgraph(sought, haystack))
    expected, faiss_seconds = timed(lambda: with_faiss(index, sought))
    if not all(same(mine, theirs) for mine, theirs in zip(found, expected, strict=True)):
        raise AssertionError("the answers differ")
    print(f"{needles:,} needles in {total:,} hashes, at most {RADIUS} bits apart: {len(found.needle):,} pairs")
    print(f"linkgraph                    {seconds:8.2f} s   {memory / 2**20:,.0f} MiB beside the hashes")
    print(f"faiss IndexBinaryFlat {faiss.__version__} {faiss_seconds:8.2f} s   {faiss.omp_get_max_threads()} threads")
    print(f"same pairs at the same distances; {faiss_seconds / seconds:.1f} times as fast")


if __name__ == "__main__":
    main()
