"""A large synthetic IP log for the benches: ``python bench/make_ip_log.py FILE ROWS``.

200,000 accounts and 100,000 addresses, both skewed as real logs are, times increasing. Seeded.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ACCOUNTS, ADDRESSES = 200_000, 100_000
_PIECE = 500_000
_SPAN = 90 * 86_400


def write(path: Path, rows: int, seed: int = 7) -> None:
    """Write ``rows`` rows with the header ``account,ip,timestamp,event``."""
    source = np.random.default_rng(seed)
    start = np.datetime64("2026-01-01T00:00:00", "s")
    with path.open("w", encoding="ascii", newline="\n") as stream:
        stream.write("account,ip,timestamp,event\n")
        for first in range(0, rows, _PIECE):
            size = min(_PIECE, rows - first)
            # The third power of a uniform number: few accounts and addresses have most of the rows.
            accounts = (source.random(size) ** 3 * ACCOUNTS).astype(np.int64)
            addresses = (source.random(size) ** 3 * ADDRESSES).astype(np.int64)
            seconds = np.sort(source.integers(first * _SPAN // rows, (first + size) * _SPAN // rows + 1, size))
            times = np.datetime_as_string(start + seconds.astype("timedelta64[s]")).tolist()
            stream.writelines(
                f"user_{account},{20 + (address >> 16)}.{(address >> 8) & 255}.{address & 255}.7,{moment}Z,login\n"
                for account, address, moment in zip(accounts.tolist(), addresses.tolist(), times, strict=True)
            )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
