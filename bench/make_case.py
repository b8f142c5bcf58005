"""A large synthetic case for the benches, as a case folder: ``python bench/make_case.py FOLDER ENTITIES``.

Half of the entities are accounts, three tenths addresses, the rest file hashes and payment accounts; 4.8 links an
entity. Accounts are in groups of forty that mostly use the same addresses, share the same files, write to and pay
each other; addresses and files are skewed as real ones are. Seeded; not a case anybody should look at.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import linkgraph
from linkgraph.case import Case
from linkgraph.ingest.mapping import Stated

GROUP = 40
_DAYS = 60
_START = np.datetime64("2026-01-01T00:00:00", "s")
_COUNTRIES = np.array(["NL", "GB", "DE", "FR", "AU", "UY", "ZA", "JP"])


def make(folder: Path, entities: int, seed: int = 7) -> Case:
    """Make a case of so many entities in a folder that is not there yet."""
    random = np.random.default_rng(seed)
    case = linkgraph.create(folder, agency="bench", timezone="UTC")
    accounts, addresses = entities // 2, entities * 3 // 10
    files, payers = entities * 3 // 20, entities // 20
    with tempfile.TemporaryDirectory() as temporary:
        tables = {
            "accounts": _accounts(random, accounts, payers),
            "ip-logs": _logins(random, entities * 5 // 2, accounts, addresses),
            "file-hashes": _files(random, entities * 9 // 10, accounts, files),
            "contacts": _contacts(random, entities * 6 // 5, accounts),
            "payments": _payments(random, entities * 3 // 10, payers),
        }
        for kind, table in tables.items():
            path = Path(temporary) / f"{kind}.csv"
            table.to_csv(path, index=False)
            case.ingest(kind, [path], stated=Stated(timezone="UTC"))
    return case


def _accounts(random: np.random.Generator, accounts: int, payers: int) -> pd.DataFrame:
    who = np.arange(accounts)
    return pd.DataFrame(
        {
            "account": _handles(who),
            "service": "bench",
            "country": _COUNTRIES[who // GROUP % len(_COUNTRIES)],
            "payment_account": np.where(who < payers, _payer(who), ""),
            "role": np.where(random.random(accounts) < 0.001, "victim", ""),
        }
    )


def _logins(random: np.random.Generator, rows: int, accounts: int, addresses: int) -> pd.DataFrame:
    who = random.integers(0, accounts, rows)
    near = (
        who // GROUP * GROUP * addresses // accounts + random.integers(0, GROUP * addresses // accounts, rows)
    ) % addresses
    where = np.where(random.random(rows) < 0.9, near, (random.random(rows) ** 3 * addresses).astype(np.int64))
    # Networks of registries, so that the addresses are global ones.
    address = pd.Series(where).map(lambda at: f"{62 + (at >> 16)}.{(at >> 8) & 255}.{at & 255}.7")
    return pd.DataFrame(
        {
            "account": _handles(who),
            "service": "bench",
            "ip": address,
            "timestamp": _times(random, rows),
            "event": "login",
        }
    )


def _files(random: np.random.Generator, rows: int, accounts: int, files: int) -> pd.DataFrame:
    who = random.integers(0, accounts, rows)
    near = (who // GROUP * GROUP * files // accounts + random.integers(0, GROUP * files // accounts, rows)) % files
    which = np.where(random.random(rows) < 0.8, near, (random.random(rows) ** 3 * files).astype(np.int64))
    digest = pd.Series(which).map(lambda at: f"{at + 1:064x}")
    return pd.DataFrame(
        {"account": _handles(who), "service": "bench", "sha256": digest, "timestamp": _times(random, rows)}
    )


def _contacts(random: np.random.Generator, rows: int, accounts: int) -> pd.DataFrame:
    sender, receiver = _pairs(random, rows, accounts)
    return pd.DataFrame(
        {
            "sender": _handles(sender),
            "receiver": _handles(receiver),
            "service": "bench",
            "timestamp": _times(random, rows),
        }
    )


def _payments(random: np.random.Generator, rows: int, payers: int) -> pd.DataFrame:
    sender, receiver = _pairs(random, rows, payers)
    cents = random.integers(500, 50_000, rows)
    return pd.DataFrame(
        {
            "date": _times(random, rows),
            "sender": _payer(sender),
            "receiver": _payer(receiver),
            "amount": [f"{cent // 100}.{cent % 100:02d}" for cent in cents.tolist()],
            "currency": np.where(random.random(rows) < 0.5, "EUR", "GBP"),
            "reference": [f"R{number:09d}" for number in range(rows)],
        }
    )


def _pairs(random: np.random.Generator, rows: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Give pairs of different numbers below ``size``, mostly within groups."""
    one = random.integers(0, size, rows)
    near = one // GROUP * GROUP + random.integers(0, GROUP, rows)
    other = np.where(random.random(rows) < 0.8, near, random.integers(0, size, rows)) % size
    return one, np.where(other == one, (other + 1) % size, other)


def _handles(numbers: np.ndarray) -> pd.Series:
    return "user" + pd.Series(numbers).astype(str)


def _payer(numbers: np.ndarray) -> np.ndarray:
    return np.array([f"wallet-{number}" for number in numbers.tolist()], object)


def _times(random: np.random.Generator, rows: int) -> np.ndarray:
    moments = _START + random.integers(0, _DAYS * 86_400, rows).astype("timedelta64[s]")
    return np.char.add(np.datetime_as_string(moments), "Z")


if __name__ == "__main__":
    made = make(Path(sys.argv[1]), int(sys.argv[2]))
    counts = made.counts()
    print(f"{sum(counts.entities.values()):,} entities, {sum(counts.links.values()):,} links: {counts.links}")
