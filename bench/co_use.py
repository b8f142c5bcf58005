"""Who shares what, beyond chance, from 5 M observations: seconds, peak memory, and what is found of what was planted.

    python bench/co_use.py [OBSERVATIONS]     # default 5,000,000, of 200,000 accounts at 100,000 addresses

Prints linkgraph's test beside plain counts (a DuckDB self-join on address and day, pairs that share 1 or more, 2 or
more, 3 or more), on the same rows in the same run; each side in a process of its own, whose resident memory is
watched. A plain count cannot go through the most crowded days either and stops at 200 accounts a day and address.

The world: homes whose address passes to another account every month; carriers' gateways with regulars, some
of them in one short stretch; cafés with regulars; exit nodes anybody may use. Planted: two accounts of one person
at an address of their own, ten times within minutes; two who are there together on three days only; rings of
eight that share four addresses. Nobody else shares an address on purpose.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import psutil
import pyarrow as pa

from linkgraph.algorithms.co_use import co_use
from linkgraph.graph import Graph
from linkgraph.model import EntityKind, LinkKind
from linkgraph.store.protocol import ENTITIES, EVENTS, LINKS

DAY = 86_400
DAYS = 90
START = 1_767_225_600
"""2026-01-01 00:00 UTC."""
Longs = npt.NDArray[np.int64]


@dataclass
class World:
    """Rows (account, address, second), and the pairs that were planted, by name."""

    accounts: int
    addresses: int
    account: Longs
    address: Longs
    second: Longs
    planted: dict[str, Longs]
    """Key of each pair: smaller account × accounts + larger."""


def world(rows: int, seed: int = 5) -> World:
    """Make rows, most of which mean nothing."""
    draw = np.random.default_rng(seed)
    scale = rows / 5_000_000
    accounts, addresses = int(200_000 * scale), int(100_000 * scale)
    parts: list[tuple[Longs, Longs, Longs]] = []

    def add(account: Longs, address: Longs, second: Longs) -> None:
        parts.append((account, address, second))

    people = np.arange(accounts)
    number = [int(size * scale) for size in (2_000, 2_000, 300)]
    free = draw.permutation(addresses)
    carriers, exits, cafes, own = np.split(
        free, np.cumsum([max(4, int(40 * scale)), int(100 * scale), int(400 * scale)])
    )
    own, ring_addresses, homes = np.split(own, np.cumsum([number[0] + number[1], 4 * number[2]]))

    # Planted.
    chosen = draw.permutation(accounts)
    pairs, members = np.split(chosen[: 2 * (number[0] + number[1]) + 8 * number[2]], [2 * (number[0] + number[1])])
    pairs, members = pairs.reshape(-1, 2), members.reshape(-1, 8)
    planted = {}
    for name, here, times, at in (
        ("one person, ten times", pairs[: number[0]], 10, own[: number[0]]),
        ("two accounts, three days", pairs[number[0] :], 3, own[number[0] :]),
    ):
        when = draw.random((len(here), times)).argsort(axis=1) * (DAYS // times) * DAY
        when = when + draw.integers(0, DAY, when.shape)
        for account in here.T:
            second = when + draw.integers(0, 600, when.shape)
            add(np.repeat(account, times), np.repeat(at, times), second.ravel())
        planted[name] = _keys(here[:, 0], here[:, 1], accounts)
    times = 24
    began = draw.integers(0, (DAYS - 45) * DAY, (number[2], 1, 1))
    second = began + draw.integers(0, 45 * DAY, (number[2], 8, times))
    at = ring_addresses.reshape(-1, 4)[np.arange(number[2])[:, None, None], draw.integers(0, 4, second.shape)]
    add(np.broadcast_to(members[:, :, None], second.shape).ravel(), at.ravel(), second.ravel())
    one, other = np.triu_indices(8, 1)
    planted["rings of eight"] = _keys(members[:, one].ravel(), members[:, other].ravel(), accounts)

    # Regulars of cafés; everybody at exit nodes; a carrier for each, some for a short stretch only.
    regulars = draw.choice(accounts, (len(cafes), 60))
    second = draw.integers(0, DAYS * DAY, (*regulars.shape, 15))
    add(np.repeat(regulars.ravel(), 15), np.repeat(cafes, 60 * 15), second.ravel())
    hidden = draw.choice(accounts, int(300_000 * scale))[np.newaxis].ravel()
    hidden = draw.choice(hidden[: max(1, len(hidden) // 60)], len(hidden))
    add(hidden, draw.choice(exits, len(hidden)), draw.integers(0, DAYS * DAY, len(hidden)))
    gateway = carriers[(draw.power(0.5, accounts) * len(carriers)).astype(np.int64)]
    began, lasts = draw.integers(0, DAYS * DAY, accounts), draw.integers(5 * DAY, DAYS * DAY, accounts)
    often = draw.poisson(8, accounts)
    who = np.repeat(people, often)
    second = began[who] + (draw.random(len(who)) * lasts[who]).astype(np.int64)
    add(who, gateway[who], second % (DAYS * DAY))

    # Homes fill up the rest: three who had the address one after the other.
    rest = rows - sum(len(part[0]) for part in parts)
    tenant = draw.choice(accounts, (len(homes), 3))
    home, turn = draw.integers(0, len(homes), rest), draw.integers(0, 3, rest)
    moved = draw.integers(0, 30 * DAY, len(homes))
    second = (moved[home] + (turn + draw.random(rest)) * 30 * DAY).astype(np.int64) % (DAYS * DAY)
    add(tenant[home, turn], homes[home], second)
    account, address, second = (np.concatenate(column) for column in zip(*parts, strict=True))
    return World(accounts, addresses, account, address, second, planted)


def _keys(one: Longs, other: Longs, accounts: int) -> Longs:
    return np.minimum(one, other) * accounts + np.maximum(one, other)


def tables(made: World) -> tuple[Graph, pa.Table]:
    """Give the graph and the events of a world; node numbers are accounts, then addresses."""
    n = made.accounts + made.addresses
    ids = pa.array([f"{node:032x}" for node in range(n)])
    kinds = [EntityKind.ACCOUNT] * made.accounts + [EntityKind.IP_ADDRESS] * made.addresses
    entities = {"id": ids, "kind": pa.array(kinds, pa.string()), "value": ids, "label": ids}
    keys, count = np.unique(made.account * n + made.accounts + made.address, return_counts=True)
    source, target = np.divmod(keys, n)
    links = {
        "id": pa.array([f"{key:032x}" for key in keys.tolist()]),
        "kind": pa.array([str(LinkKind.USED_IP)], pa.string()).take(pa.array(np.zeros(len(keys), np.int32))),
        "source": ids.take(pa.array(source)),
        "target": ids.take(pa.array(target)),
        "count": pa.array(count),
    }
    order = np.lexsort((made.address, made.account, made.second))
    moment = pa.array((START + made.second[order]) * 1_000_000).cast(pa.timestamp("us", tz="UTC"))
    events = {
        "kind": pa.array([str(LinkKind.USED_IP)], pa.string()).take(pa.array(np.zeros(len(order), np.int32))),
        "source": pa.array(made.account[order].astype(np.int32)),
        "target": pa.array((made.accounts + made.address[order]).astype(np.int32)),
        "first_seen": moment,
        "last_seen": moment,
        "row": pa.array(np.arange(len(order))),
    }
    return Graph.of(_filled(entities, ENTITIES), _filled(links, LINKS)), _filled(events, EVENTS)


def _filled(columns: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
    rows = len(next(iter(columns.values())))
    return pa.table({one.name: columns.get(one.name, pa.nulls(rows, one.type)) for one in schema}, schema=schema)


def tested(made: World) -> None:
    """Run linkgraph's test and print what it found."""
    graph, events = tables(made)
    del made.second
    process = psutil.Process()
    print(f"  rows and graph in memory: {process.memory_info().rss / 2**30:.2f} GiB", flush=True)
    began, spent = time.perf_counter(), time.process_time()
    found = co_use(graph, events)
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    capped = sum(one.meetings for one in found.capped)
    print(
        f"  {seconds:.1f} s, {spent:.1f} of processor; {found.occasions:,} occasions, {found.met:,} pairs met "
        f"of {found.tested:,} tested; those of more than {found.limit} accounts left out: "
        f"{capped:,} meetings at {len(found.capped):,} addresses"
    )
    report("beyond chance", _keys(found.source.astype(np.int64), found.target.astype(np.int64), made.accounts), made)


LIMIT = 200
"""Accounts at an address in one day up to which a plain count goes."""


def counted(made: World) -> None:
    """Count days in common and print what that finds."""
    rows = pa.table({"account": made.account, "address": made.address, "day": made.second // DAY})
    began, spent = time.perf_counter(), time.process_time()
    connection = duckdb.connect()
    connection.register("rows", rows)
    pairs = connection.sql(
        """
        WITH there AS (SELECT DISTINCT account, address, day FROM rows),
             kept AS (SELECT * FROM there QUALIFY count(*) OVER (PARTITION BY address, day) <= $limit)
        SELECT a.account * $accounts + b.account AS pair, count(*) AS days
        FROM kept a JOIN kept b ON a.address = b.address AND a.day = b.day AND a.account < b.account
        GROUP BY ALL
        """,
        params={"limit": LIMIT, "accounts": made.accounts},
    ).to_arrow_table()
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    print(f"  {seconds:.1f} s, {spent:.1f} of processor; days of more than {LIMIT} accounts left out")
    keys, days = pairs["pair"].to_numpy(), pairs["days"].to_numpy()
    for least in (1, 2, 3):
        report(f"{least} or more days", keys[days >= least], made)


def report(name: str, found: Longs, made: World) -> None:
    """Print precision, and recall of each thing planted."""
    every = np.concatenate(list(made.planted.values()))
    right = np.count_nonzero(np.isin(found, every))
    recall = ", ".join(f"{what} {np.isin(keys, found).mean():.3f}" for what, keys in made.planted.items())
    print(
        f"  {name:16} {len(found):>12,} pairs, precision {right / max(len(found), 1):.4f}; recall: {recall}", flush=True
    )


SIDES = {"linkgraph": tested, "plain counts": counted}


def main() -> None:
    """Run the sides, each in a process of its own; as ``--side`` run one."""
    if sys.argv[1:2] == ["--side"]:
        SIDES[sys.argv[2]](world(int(sys.argv[3])))
        return
    rows = sys.argv[1] if len(sys.argv) > 1 else "5000000"
    for name in SIDES:
        print(name, flush=True)
        with subprocess.Popen([sys.executable, __file__, "--side", name, rows]) as process:
            peak = 0
            while process.poll() is None:
                try:
                    peak = max(peak, psutil.Process(process.pid).memory_info().rss)
                except psutil.NoSuchProcess:
                    break
                time.sleep(0.05)
        print(f"  peak {peak / 2**30:.2f} GiB", flush=True)


if __name__ == "__main__":
    main()
