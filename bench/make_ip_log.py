"""A large synthetic IP log for the benches: ``python bench/make_ip_log.py FILE ROWS``.

One account in 50 rows and one address in 100 (10 M rows: 200,000 accounts, 100,000 addresses), both
skewed as real logs are, times increasing. Seeded.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROWS_PER_ACCOUNT, ROWS_PER_ADDRESS = 50, 100
_PIECE = 500_000
_SPAN = 90 * 86_400


def write(path: Path, rows: int, seed: int = 7, *, accounts: int | None = None, addresses: int | None = None) -> None:
    """Write ``rows`` rows with the header ``account,ip,timestamp,event``."""
    people = accounts or max(1, rows // ROWS_PER_ACCOUNT)
    places = addresses or max(1, rows // ROWS_PER_ADDRESS)
    source = np.random.default_rng(seed)
    start = np.datetime64("2026-01-01T00:00:00", "s")
    with path.open("w", encoding="ascii", newline="\n") as stream:
        stream.write("account,ip,timestamp,event\n")
        for first in range(0, rows, _PIECE):
            size = min(_PIECE, rows - first)
            # The third power of a uniform number: few accounts and addresses have most of the rows.
            who = (source.random(size) ** 3 * people).astype(np.int64)
            where = (source.random(size) ** 3 * places).astype(np.int64)
            seconds = np.sort(source.integers(first * _SPAN // rows, (first + size) * _SPAN // rows + 1, size))
            times = np.datetime_as_string(start + seconds.astype("timedelta64[s]")).tolist()
            stream.writelines(
                f"user_{account},{20 + (address >> 16)}.{(address >> 8) & 255}.{address & 255}.7,{moment}Z,login\n"
                for account, address, moment in zip(who.tolist(), where.tolist(), times, strict=True)
            )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
