"""An import in a process of its own, which is killed: what it acknowledged, and what is there afterwards.

The process says after every committed batch how many rows are safe. It starts from a server that has
linkgraph loaded, so that a thousand runs take minutes.
"""

from __future__ import annotations

import multiprocessing
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import linkgraph
from linkgraph.ingest.mapping import Stated
from linkgraph.ingest.readers import delimited
from linkgraph.store import append

BLOCK_BYTES = 2048
"""So small that a few hundred rows are a dozen batches."""
STATED = Stated(timezone="UTC", service="chat")

_processes = multiprocessing.get_context(
    "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
)
_processes.set_forkserver_preload(["killing"])


def write_log(path: Path, rows: int, seed: int) -> None:
    """Write an IP log in which some rows are refused and some are there twice."""
    source = random.Random(seed)
    lines = []
    for row in range(rows):
        address = "010.0.0.1" if source.random() < 0.03 else f"193.0.6.{source.randrange(200)}"
        lines.append(f"user_{source.randrange(60)},{address},2026-01-05 10:{row // 60 % 60:02}:{row % 60:02}\n")
        if source.random() < 0.05:
            lines.append(lines[-1])
    path.write_text("account,ip,timestamp\n" + "".join(lines), "utf-8")


def small_blocks() -> None:
    """Have delimited files read in blocks of :data:`BLOCK_BYTES`."""
    defaults = delimited.Delimited.__init__.__defaults__
    small = tuple(BLOCK_BYTES if one == delimited.BLOCK_BYTES else one for one in defaults)
    delimited.Delimited.__init__.__defaults__ = small


def _import(folder: Path, log: Path, said: Connection, too_early: bool) -> None:
    small_blocks()
    rows = 0
    if too_early:
        # The control: a batch is acknowledged before it is made.
        honest = append.append

        def early(store, key, batch, actor):
            nonlocal rows
            rows += batch.rows.num_rows + len(batch.quarantined)
            said.send(rows)
            time.sleep(0.05)
            return honest(store, key, batch, actor)

        append.append = early
    report = (lambda _: None) if too_early else (lambda progress: said.send(progress.rows))
    linkgraph.open(folder).ingest("ip-logs", [log], stated=STATED, progress=report)
    said.send("done")


@dataclass(frozen=True)
class Found:
    """What a killed import left behind."""

    acknowledged: int
    there: int
    doubled: int
    faults: list[str]
    finished: bool


def run_and_kill(
    folder: Path,
    log: Path,
    *,
    after_batches: int | None = None,
    after_seconds: float | None = None,
    too_early: bool = False,
) -> Found:
    """Import in a process that is killed after so many acknowledged batches or seconds; look at what is there."""
    hear, say = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_import, args=(folder, log, say, too_early))
    process.start()
    say.close()
    acknowledged, batches, finished = 0, 0, False
    deadline = time.monotonic() + (after_seconds if after_seconds is not None else 60.0)
    try:
        while time.monotonic() < deadline and not finished:
            if hear.poll(max(0.0, deadline - time.monotonic())):
                word = hear.recv()
                finished = word == "done"
                if not finished:
                    acknowledged, batches = word, batches + 1
                if after_batches is not None and batches >= after_batches:
                    break
    except EOFError:
        pass
    process.kill()
    process.join()
    # What was said before the kill and not heard yet is acknowledged too.
    try:
        while hear.poll():
            word = hear.recv()
            finished = finished or word == "done"
            acknowledged = acknowledged if word == "done" else word
    except EOFError:
        pass
    return look(folder, acknowledged, finished)


def look(folder: Path, acknowledged: int, finished: bool) -> Found:
    """Count what the case holds of its one source, and prove the case."""
    case = linkgraph.open(folder)
    proof = case.verify()
    with case.reading() as store:
        rows, distinct = store.run("SELECT count(*), count(DISTINCT (source, row)) FROM observation")[0]
        refused, refused_lines = store.run("SELECT count(*), count(DISTINCT (source, line)) FROM quarantine")[0]
    return Found(
        acknowledged,
        rows + refused,
        rows - distinct + refused - refused_lines,
        [check.fault for check in proof.checks if check.fault],
        finished,
    )


def killed_again_and_again(
    folder: Path, log: Path, expected: str, times: int, seed: int, tell: Callable[[str], None] = lambda _: None
) -> int:
    """Kill ``times`` imports, at random or after a batch, resuming each or beginning anew when one is complete.

    Gives how many rows were acknowledged in all; raises AssertionError at the first that is lost or doubled.
    """
    source = random.Random(seed)
    total = 0
    fresh = folder.with_name("fresh")
    linkgraph.create(fresh, agency="A", timezone="UTC", name="op")
    case = None
    for run in range(times):
        if case is None:
            case = folder / str(run)
            shutil.copytree(fresh, case)
        if source.random() < 0.5:
            found = run_and_kill(case, log, after_seconds=source.uniform(0.02, 0.35))
        else:
            found = run_and_kill(case, log, after_batches=source.randrange(1, 6))
        total += found.acknowledged
        assert found.doubled == 0, f"run {run}: {found.doubled} rows are there twice"
        assert found.faults == [], f"run {run}: {found.faults}"
        if found.finished or source.random() < 0.25:
            linkgraph.open(case).ingest("ip-logs", [log], stated=STATED)
            assert linkgraph.open(case).digest() == expected, f"run {run}: the graph is another"
            assert linkgraph.open(case).verify().whole
            shutil.rmtree(case)
            case = None
        if run % 50 == 49:
            tell(f"{run + 1} kills, {total:,} rows acknowledged, none lost, none doubled")
    return total
