"""Deconfliction of two large sets: what both sides work, next to another library and to plain sets.

    python bench/deconflict.py [--size 100000] [--common 1000] [--threads 1 2] [--without-peer]

Each side has ``--size`` e-mail addresses, ``--common`` of them the same. *ours* is all steps of both sides from the
identifiers to the result, one after the other on one machine, with files and checks; a first, unmeasured run loads the
libraries. Processor time stands beside it, for machines that others use as well. The peer is openmined-psi (the same
idea over P-256, RAW), one thread: it has no other. The control is the intersection of plain sets: an answer that is not
the same stops the run.

Below that stands what a *hashed list* costs the one who wants to read it: keyed and salted hashes in a second on one
core, and how long all IPv4 addresses and all telephone numbers of a country (10^9) take at that rate.
"""

from __future__ import annotations

import argparse
import hmac
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import duckdb

from linkgraph.exchange.deconflict import protocol
from linkgraph.exchange.deconflict.messages import LARGEST_SET, Mode, Terms
from linkgraph.model import EntityKind

T = TypeVar("T")
NOW = datetime(2026, 11, 26, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--size", type=int, default=100_000)
    given.add_argument("--common", type=int, default=1_000)
    given.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    given.add_argument("--without-peer", action="store_true")
    options = given.parse_args()
    ours = {f"person{number}@example.com" for number in range(options.size)}
    first = options.size - options.common
    theirs = {f"person{number}@example.com" for number in range(first, first + options.size)}
    control = timed("plain sets, the control", lambda: ours & theirs)
    exchange(set(list(ours)[:1000]), set(list(theirs)[:1000]), Mode.COUNT, None)
    for threads in options.threads:
        for mode in Mode:
            print(f"\nours, {mode}, {threads} threads")
            found = exchange(ours, theirs, mode, threads, told=True)
            assert found == (control if mode is Mode.REVEAL else len(control))
    if not options.without_peer:
        print("\nopenmined-psi, RAW")
        assert timed("both sides", lambda: peer(sorted(ours), sorted(theirs))) == len(control)
    hashed_list()


def exchange(
    ours: set[str], theirs: set[str], mode: Mode, threads: int | None, *, told: bool = False
) -> int | set[str] | None:
    """Go through all steps; give what both sides learned."""
    walls: dict[str, float] = {}
    works: dict[str, float] = {}

    def step(name: str, act: Callable[[], T]) -> T:
        wall, work = time.perf_counter(), time.process_time()
        done = act()
        walls[name], works[name] = time.perf_counter() - wall, time.process_time() - work
        return done

    terms = Terms("A", "B", (EntityKind.EMAIL,), mode, "measured", "TLP:AMBER", NOW + timedelta(days=1), LARGEST_SET)
    sets = {EntityKind.EMAIL: ours}, {EntityKind.EMAIL: theirs}
    with tempfile.TemporaryDirectory() as name:
        a, b = Path(name) / "a", Path(name) / "b"
        offered = step(
            "A offers",
            lambda: protocol.offer(
                sets[0], terms=terms, sessions=a, now=NOW, without_count=mode is Mode.REVEAL, threads=threads
            ),
        )
        answered = step(
            "B answers",
            lambda: protocol.answer(
                offered.message,
                sets[1],
                agency="B",
                sessions=b,
                now=NOW,
                without_count=mode is Mode.REVEAL,
                threads=threads,
            ),
        )
        first, closing = step(
            "A finishes", lambda: protocol.finish(answered.message, sessions=a, now=NOW, threads=threads)
        )
        assert closing is not None
        second, _ = step("B finishes", lambda: protocol.finish(closing, sessions=b, now=NOW, threads=threads))
    assert (first.count, first.common) == (second.count, second.common)
    if told:
        walls["both sides"], works["both sides"] = sum(walls.values()), sum(works.values())
        for what, seconds in walls.items():
            print(f"{seconds:8.1f} s  {what} ({works[what]:.1f} s of processor time)")
        sizes = [len(message) / 1e6 for message in (offered.message, answered.message, closing)]
        print("      files of {:.1f}, {:.1f} and {:.1f} MB".format(*sizes))
    return first.count if first.common is None else {value for _, value in first.common}


def peer(ours: list[str], theirs: list[str]) -> int:
    """Do the same with openmined-psi: both sides, one learns the number."""
    import private_set_intersection.python as psi  # noqa: PLC0415 - not on every platform

    client, server = psi.client.CreateWithNewKey(False), psi.server.CreateWithNewKey(False)
    request = client.CreateRequest(ours)
    setup = server.CreateSetupMessage(1e-9, len(ours), theirs, psi.DataStructure.RAW)
    return int(client.GetIntersectionSize(setup, server.ProcessRequest(request)))


def hashed_list() -> None:
    """Time what a reader of hashed identifiers does: hash all there are, and look which are on the list."""
    count = 1_000_000
    key, tries = b"a key both sides share, as they must", [number.to_bytes(4, "big") for number in range(count)]

    def keyed() -> None:
        for one in tries:
            hmac.digest(key, one, "sha256")

    database = duckdb.connect(config={"threads": 1})

    def salted() -> None:
        database.execute(
            "SELECT max(sha256('a shared salt' || number::VARCHAR)) FROM range(?) AS t(number)", [5 * count]
        )

    print()
    for what, act, hashes in (("HMAC-SHA256, Python", keyed, count), ("salted SHA-256, DuckDB", salted, 5 * count)):
        start = time.process_time()
        act()
        rate = hashes / (time.process_time() - start)
        print(
            f"{what}, one core: {rate / 1e6:.1f} million in a second; "
            f"all IPv4 addresses in {2**32 / rate / 60:.0f} min, 10^9 telephone numbers in {10**9 / rate / 60:.1f} min"
        )


def timed(what: str, act: Callable[[], T]) -> T:
    """Run and print how long it took."""
    start, work = time.perf_counter(), time.process_time()
    found = act()
    work = time.process_time() - work
    print(f"{time.perf_counter() - start:8.1f} s  {what} ({work:.1f} s of processor time)", flush=True)
    return found


if __name__ == "__main__":
    main()
