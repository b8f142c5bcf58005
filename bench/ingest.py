"""IP-log rows into a case, rows/s, with the peer paths in the same run.

    python bench/ingest.py [ROWS [ACCOUNTS ADDRESSES]]     # default 10,000,000 rows, 200,000 and 100,000

Each side runs in a process of its own, one after the other: linkgraph (cleaning, provenance, quarantine,
durable commits); a bare DuckDB script that reads the CSV, cleans the distinct values in Python, aggregates
and checkpoints, without provenance, duplicates or quarantine; and pandas doing the same in memory with the
first million rows, keeping nothing but the links. Wall time of each whole side, and the peak of its resident
memory.
"""

from __future__ import annotations

import ipaddress
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb
import pandas as pd
import psutil
from make_ip_log import write

import linkgraph
import linkgraph.case  # All modules of both sides are there before the clock starts.
from linkgraph.ingest.mapping import Stated

_PANDAS_ROWS = 1_000_000


def ingest(log: Path, folder: Path) -> int:
    """Ingest into a new case; give the rows read."""
    case = linkgraph.create(folder / "case", agency="bench", timezone="UTC")
    [done] = case.ingest("ip-logs", [log], stated=Stated(service="bench"))
    if done.tally.read != done.tally.stored + done.tally.duplicates + done.tally.quarantined:
        raise AssertionError("rows are missing")
    return done.tally.read


def with_duckdb(log: Path, folder: Path) -> int:
    """Read, clean the distinct values, aggregate, checkpoint: what a script would do."""
    connection = duckdb.connect(str(folder / "bare.duckdb"))
    connection.execute("CREATE TABLE log AS SELECT * FROM read_csv($log, header = true)", {"log": str(log)})
    accounts = [text for (text,) in connection.execute("SELECT DISTINCT account FROM log").fetchall()]
    addresses = [text for (text,) in connection.execute("SELECT DISTINCT ip FROM log").fetchall()]
    clean_accounts = pd.DataFrame({"raw": accounts, "clean": [text.strip().casefold() for text in accounts]})
    clean_addresses = pd.DataFrame({"raw": addresses, "clean": [str(ipaddress.ip_address(text)) for text in addresses]})
    connection.register("clean_accounts", clean_accounts)
    connection.register("clean_addresses", clean_addresses)
    connection.execute(
        "CREATE TABLE link AS SELECT a.clean AS account, i.clean AS ip, count(*) AS n, min(timestamp), max(timestamp) "
        "FROM log JOIN clean_accounts a ON a.raw = account JOIN clean_addresses i ON i.raw = ip GROUP BY ALL"
    )
    connection.execute("CHECKPOINT")
    row = connection.execute("SELECT count(*) FROM log").fetchone()
    connection.close()
    return row[0]


def with_pandas(log: Path, folder: Path) -> int:
    """Read, clean and aggregate as a notebook would: nothing is kept but a CSV of the links."""
    frame = pd.read_csv(log, nrows=_PANDAS_ROWS)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    for name, clean in (("account", lambda text: text.strip().casefold()), ("ip", ipaddress.ip_address)):
        frame[name] = frame[name].map({text: str(clean(text)) for text in frame[name].unique()})
    links = frame.groupby(["account", "ip"])["timestamp"].agg(["count", "min", "max"])
    links.to_csv(folder / "links.csv")
    return len(frame)


SIDES = {"linkgraph": ingest, "DuckDB script": with_duckdb, "pandas": with_pandas}


def measure(name: str, log: Path, folder: Path) -> None:
    """Run one side and print rows/s and the peak memory of this process meanwhile."""
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
        rows = SIDES[name](log, folder)
    finally:
        seconds = time.perf_counter() - start
        stop.set()
        watcher.join()
    print(
        f"{name:14} {rows:>12,} rows {seconds:8.2f} s {rows / seconds:>12,.0f} rows/s   peak {peak / 2**30:.2f} GiB",
        flush=True,
    )


def main() -> None:
    """Make the log and run the sides."""
    if sys.argv[1:2] == ["--side"]:
        measure(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    accounts, addresses = map(int, sys.argv[2:4]) if len(sys.argv) > 3 else (200_000, 100_000)
    with tempfile.TemporaryDirectory() as temporary:
        log = Path(temporary) / "log.csv"
        write(log, rows, accounts=accounts, addresses=addresses)
        print(
            f"{rows:,} rows of {accounts:,} accounts at {addresses:,} addresses, {log.stat().st_size / 1e6:.0f} MB",
            flush=True,
        )
        for name in SIDES:
            with tempfile.TemporaryDirectory(dir=temporary) as folder:
                subprocess.run([sys.executable, __file__, "--side", name, str(log), folder], check=True)


if __name__ == "__main__":
    main()
