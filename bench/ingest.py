"""IP-log rows into a case, rows/s, with the peer path in the same run.

    python bench/ingest.py [ROWS [ACCOUNTS ADDRESSES]]     # default 1,000,000

Prints, side by side: linkgraph (cleaning, provenance, quarantine, durable commits), pandas doing
the cleaning and aggregation alone without keeping any of it, and DuckDB's own CSV reader with an
aggregate, the bare floor. Wall time of each whole step on this machine.
"""

from __future__ import annotations

import ipaddress
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import psutil
from make_ip_log import write

import linkgraph
from linkgraph.ingest.mapping import Stated


def ingest(log: Path, folder: Path) -> int:
    """Ingest into a new case; give the rows read."""
    case = linkgraph.create(folder / "case", agency="bench", timezone="UTC")
    [done] = case.ingest("ip-logs", [log], stated=Stated(service="bench"))
    if done.tally.read != done.tally.stored + done.tally.duplicates + done.tally.quarantined:
        raise AssertionError("rows are missing")
    return done.tally.read


def with_pandas(log: Path, folder: Path) -> int:
    """Read, clean and aggregate as a notebook would: nothing is kept but a CSV of the links."""
    frame = pd.read_csv(log)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    frame["account"] = frame["account"].str.strip().str.casefold()
    clean = {text: str(ipaddress.ip_address(text)) for text in frame["ip"].unique()}
    frame["ip"] = frame["ip"].map(clean)
    links = frame.groupby(["account", "ip"])["timestamp"].agg(["count", "min", "max"])
    links.to_csv(folder / "links.csv")
    return len(frame)


def with_duckdb(log: Path, folder: Path) -> int:
    """Read and aggregate with DuckDB alone: no cleaning, no row kept, no provenance."""
    connection = duckdb.connect(str(folder / "bare.duckdb"))
    connection.execute(
        "CREATE TABLE log AS SELECT * FROM read_csv($log, header = true)",
        {"log": str(log)},
    )
    connection.execute(
        "CREATE TABLE link AS SELECT account, ip, count(*) AS n, min(timestamp), max(timestamp) FROM log GROUP BY ALL"
    )
    connection.execute("CHECKPOINT")
    row = connection.execute("SELECT count(*) FROM log").fetchone()
    connection.close()
    return row[0]


def measured(name: str, act: Callable[[], int]) -> None:
    """Run one side and print rows/s and the peak memory of the process meanwhile."""
    peak = 0
    stop = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not stop.wait(0.05):
            peak = max(peak, psutil.Process().memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    try:
        rows = act()
    finally:
        seconds = time.perf_counter() - start
        stop.set()
        watcher.join()
    print(f"{name:34} {rows:>12,} rows {seconds:8.2f} s {rows / seconds:>12,.0f} rows/s   peak {peak / 2**30:.2f} GiB")


def main() -> None:
    """Make the log and run the three sides."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        log = folder / "log.csv"
        accounts, addresses = map(int, sys.argv[2:4]) if len(sys.argv) > 3 else (None, None)
        write(log, rows, accounts=accounts, addresses=addresses)
        print(f"{rows:,} rows, {log.stat().st_size / 1e6:.0f} MB")
        measured("linkgraph, into the case", lambda: ingest(log, folder))
        measured("pandas, clean and aggregate only", lambda: with_pandas(log, folder))
        measured("DuckDB, read and aggregate only", lambda: with_duckdb(log, folder))


if __name__ == "__main__":
    main()
