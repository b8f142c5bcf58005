"""A hash set in VICS JSON into a case, rows/s and peak memory, with the peer in the same run.

    python bench/vics.py [HASHES]     # default 5,000,000: a file of 2 GB

Prints, side by side: linkgraph (cleaning, provenance, quarantine, durable commits), linkgraph's reader
alone, and ijson, the usual streaming parser, reading the same file without keeping anything. Each side
runs in a process of its own, whose resident memory is watched.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import ijson
import psutil
from make_vics import write

import linkgraph
from linkgraph.ingest.readers.vics import VICS


def ingest(hashes: Path, folder: Path) -> int:
    """Ingest into a new case; give the rows read."""
    case = linkgraph.create(folder / "case", agency="bench", timezone="UTC")
    [done] = case.ingest("file-hashes", [hashes])
    if done.tally.read != done.tally.stored + done.tally.duplicates + done.tally.quarantined:
        raise AssertionError("rows are missing")
    return done.tally.read


def read_only(hashes: Path, folder: Path) -> int:
    """Run the reader and keep nothing."""
    with hashes.open("rb") as stream:
        return sum(rows.read for rows in VICS().read(stream))


def with_ijson(hashes: Path, folder: Path) -> int:
    """Stream the media as ijson gives them and keep nothing: no check, no place in the file."""
    with hashes.open("rb") as stream:
        return sum(1 for _ in ijson.items(stream, "value.item"))


SIDES: dict[str, Callable[[Path, Path], int]] = {
    "linkgraph, into the case": ingest,
    "linkgraph, its reader alone": read_only,
    f"ijson ({ijson.backend}), parsing alone": with_ijson,
}


def measured(side: int, hashes: Path, folder: Path) -> None:
    """Run one side in a process of its own and print rows/s, processor seconds and its peak memory."""
    start = time.perf_counter()
    command = [sys.executable, __file__, "--side", str(side), str(hashes), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peak, spent = 0, 0.0
        while process.poll() is None:
            try:
                watched = psutil.Process(process.pid)
                peak, times = max(peak, watched.memory_info().rss), watched.cpu_times()
                spent = times.user + times.system
            except psutil.NoSuchProcess:
                break
            time.sleep(0.05)
        seconds = time.perf_counter() - start
        rows = int(process.communicate()[0])
    name = list(SIDES)[side]
    print(
        f"{name:34} {rows:>12,} rows {seconds:8.2f} s {rows / seconds:>12,.0f} rows/s   "
        f"processor {spent:7.1f} s   peak {peak / 2**30:.2f} GiB"
    )


def main() -> None:
    """Make the set and run the sides; as ``--side`` run one."""
    if sys.argv[1:2] == ["--side"]:
        side, hashes, folder = sys.argv[2:]
        print(list(SIDES.values())[int(side)](Path(hashes), Path(folder)))
        return
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        hashes = folder / "set.json"
        write(hashes, number)
        print(f"{number:,} hashes, {hashes.stat().st_size / 1e6:,.0f} MB")
        for side in range(len(SIDES)):
            measured(side, hashes, folder)


if __name__ == "__main__":
    main()
