"""Are the probabilities of `linkgraph identities` worth what they say: `python bench/identities.py [owners] [seeds]`.

Plants owners with several accounts, one after the other or side by side, among households that share addresses and
sometimes a device, carriers' addresses, files that rings pass round, and names out of one small vocabulary so that
strangers are alike. Then prints, from one run over the same pairs: precision and recall of names alone, of any one
thing in common, and of the score with reviewed and with estimated weights, and with the prior as planted; the
reliability table (what was expected against what was so, per bin of probability) and the Brier score beside that of
saying the base rate every time. Recall is of all planted pairs, also of those that share nothing and cannot be found.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from linkgraph.algorithms import identities
from linkgraph.algorithms.identity.fields import compact
from linkgraph.graph import Graph
from linkgraph.model import EntityKind, LinkKind, entity_id, link_id
from linkgraph.store.protocol import ENTITIES, LINKS

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 180
COLOURS = (
    "amber",
    "azure",
    "beige",
    "black",
    "blue",
    "bronze",
    "copper",
    "coral",
    "crimson",
    "green",
    "indigo",
    "jade",
)
ANIMALS = ("badger", "bat", "crane", "eagle", "finch", "fox", "hare", "heron", "lynx", "mole", "newt", "otter", "owl")


class Planted:
    """A case whose truth is known."""

    def __init__(self, owners: int, seed: int) -> None:
        self.draw = random.Random(seed)
        self.entities: dict[str, dict] = {}
        self.links: dict[str, dict] = {}
        self.owner: dict[str, int] = {}
        self.carriers = [f"100.70.0.{number}" for number in range(5)]
        self.pools = [[self.token() for _ in range(30)] for _ in range(owners // 25 + 1)]
        self.viral = self.token()
        at = 0
        while at < owners:
            size = self.draw.choices([1, 2, 3, 4], [50, 25, 15, 10])[0]
            self.household(range(at, min(at + size, owners)))
            at += size

    def token(self) -> str:
        """Make something that nothing else is called."""
        return f"{self.draw.getrandbits(64):016x}"

    def household(self, members: range) -> None:
        """Plant people behind one line, some with a device for all."""
        lines = [f"a{self.token()}" for _ in range(4)]  # a new lease every 45 days
        tablet = f"device:{self.token()}" if len(members) > 1 and self.draw.random() < 0.06 else None
        for owner in members:
            self.accounts_of(owner, lines, tablet)

    def accounts_of(self, owner: int, lines: list[str], tablet: str | None) -> None:
        """Plant one owner: mostly one account, else several, mostly one after the other."""
        several = self.draw.random() < 0.03
        number = self.draw.randint(2, 4) if several else 1
        device, phone, purse, mail = (f"{kind}:{self.token()}" for kind in ("device", "tel", "iban", "mail"))
        name = self.name()
        day = self.draw.uniform(0, 60)
        pool = self.pools[owner // 25]
        for _ in range(number):
            account = name if name not in self.owner else f"{name}{self.draw.randint(0, 99)}"
            while account in self.owner:
                account = self.name()
            self.owner[account] = owner
            length = self.draw.uniform(10, 45) if several else self.draw.uniform(5, DAYS - day)
            end = min(day + length, DAYS)
            held = tablet if tablet and self.draw.random() < 0.4 else device
            if self.draw.random() < 0.8:
                self.link(account, LinkKind.HOLDS, EntityKind.DEVICE, held)
            if self.draw.random() < 0.9:
                self.link(account, LinkKind.HOLDS, EntityKind.EMAIL, mail)
            if self.draw.random() < 0.3:
                self.link(account, LinkKind.HOLDS, EntityKind.PHONE, phone)
            if self.draw.random() < 0.2:
                self.link(account, LinkKind.HOLDS, EntityKind.PAYMENT_ACCOUNT, purse)
            self.logins(account, lines, day, end)
            for _ in range(self.draw.choices([0, 1, 3], [70, 20, 10])[0]):
                file = self.viral if self.draw.random() < 0.2 else self.draw.choice(pool)
                self.link(account, LinkKind.SHARED_FILE, EntityKind.FILE_HASH, file, day)
            # What the next one keeps.
            device = device if self.draw.random() < 0.7 else f"device:{self.token()}"
            mail = mail if self.draw.random() < 0.08 else f"mail:{self.token()}"
            phone = phone if self.draw.random() < 0.3 else f"tel:{self.token()}"
            purse = purse if self.draw.random() < 0.6 else f"iban:{self.token()}"
            name = name if self.draw.random() < 0.25 else self.name()
            day = end + self.draw.uniform(0.2, 25) if self.draw.random() < 0.7 else max(0.0, end - 30)
            day = min(day, DAYS - 1)

    def name(self) -> str:
        """Make a name as everybody has one."""
        return f"{self.draw.choice(COLOURS)}_{self.draw.choice(ANIMALS)}_{self.draw.randint(1, 999)}"

    def logins(self, account: str, lines: list[str], day: float, end: float) -> None:
        """Plant logins from the household's line, some from a carrier's address."""
        for _ in range(self.draw.randint(3, 12)):
            at = self.draw.uniform(day, end)
            address = self.draw.choice(self.carriers) if self.draw.random() < 0.2 else lines[min(int(at // 45), 3)]
            self.link(account, LinkKind.USED_IP, EntityKind.IP_ADDRESS, address, at)

    def link(self, account: str, kind: LinkKind, of: EntityKind, value: str, day: float | None = None) -> None:
        """Add one row."""
        ends = self.entity(EntityKind.ACCOUNT, f"chat:{account}"), self.entity(of, value)
        at = None if day is None else START + timedelta(days=day)
        row = self.links.setdefault(
            link_id(kind, *ends),
            {"id": link_id(kind, *ends), "kind": kind, "source": ends[0], "target": ends[1], "count": 0}
            | {"first_seen": at, "last_seen": at},
        )
        row["count"] += 1
        if at is not None:
            row["first_seen"], row["last_seen"] = min(row["first_seen"], at), max(row["last_seen"], at)

    def entity(self, kind: EntityKind, value: str) -> str:
        """Add what a row names; give its id."""
        one = entity_id(kind, value)
        self.entities[one] = {"id": one, "kind": kind, "value": value, "label": value}
        return one

    def graph(self) -> Graph:
        """Give the case."""
        every = [ENTITIES.names, LINKS.names]
        rows = [
            [dict.fromkeys(n) | one for one in t.values()]
            for n, t in zip(every, (self.entities, self.links), strict=True)
        ]
        return Graph.of(pa.Table.from_pylist(rows[0], ENTITIES), pa.Table.from_pylist(rows[1], LINKS))

    def truth(self) -> set[frozenset[str]]:
        """Give the pairs of accounts of one owner."""
        by_owner: dict[int, list[str]] = {}
        for account, owner in self.owner.items():
            by_owner.setdefault(owner, []).append(entity_id(EntityKind.ACCOUNT, f"chat:{account}"))
        return {frozenset(pair) for accounts in by_owner.values() for pair in combinations(accounts, 2)}


def alike(planted: Planted, least: float) -> set[frozenset[str]]:
    """Pairs whose names are so alike: all pairs, nothing else looked at."""
    accounts = sorted(planted.owner)
    ids = [entity_id(EntityKind.ACCOUNT, f"chat:{account}") for account in accounts]
    names = [compact(account) for account in accounts]
    table = process.cdist(names, names, scorer=JaroWinkler.normalized_similarity, score_cutoff=least, workers=2)
    one, two = np.nonzero(np.triu(table >= least, 1))
    return {frozenset((ids[u], ids[v])) for u, v in zip(one.tolist(), two.tolist(), strict=True)}


def main() -> None:
    """Print the tables."""
    owners = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    tally: dict[str, list[int]] = {}
    forecasts: dict[str, list[tuple[float, bool]]] = {}

    def count(what: str, found: set[frozenset[str]], truth: set[frozenset[str]]) -> None:
        told = tally.setdefault(what, [0, 0, 0])
        for place, number in enumerate((len(found & truth), len(found), len(truth))):
            told[place] += number

    for seed in range(seeds):
        planted = Planted(owners, seed)
        graph, truth = planted.graph(), planted.truth()
        for least in (0.92, 0.85):
            count(f"names alone, {least}", alike(planted, least), truth)
        doubles = 2 * len(truth) / len(planted.owner)
        for weights, options in (
            ("reviewed", {}),
            ("estimated", {"weights": "estimated"}),
            ("estimated, planted prior", {"weights": "estimated", "doubles": doubles}),
        ):
            begun = time.perf_counter()
            answer = identities(graph, least=0.0, top=1_000_000, **options)
            took = time.perf_counter() - begun
            pairs = [(frozenset((graph.ids[one.a], graph.ids[one.b])), one.probability) for one in answer.candidates]
            forecasts.setdefault(weights, []).extend((p, pair in truth) for pair, p in pairs)
            for least in (0.5, 0.9):
                count(f"{weights}, P >= {least}", {pair for pair, p in pairs if p >= least}, truth)
            if weights == "reviewed":
                count("one thing in common", {pair for pair, _ in pairs}, truth)
        print(
            f"seed {seed}: {len(planted.owner):,} accounts, {len(truth):,} pairs of one owner "
            f"(doubles {doubles:.3f}), {answer.pairs:,} compared and listed in {took:.1f} s"
        )
    print(f"\n{'by':36}{'precision':>10}{'recall':>8}{'found':>9}{'right':>8}")
    for what, (right, found, planted_pairs) in tally.items():
        precision = right / found if found else float("nan")
        print(f"{what:36}{precision:10.3f}{right / planted_pairs:8.3f}{found:9,}{right:8,}")
    for weights, told in forecasts.items():
        p, so = np.array([one[0] for one in told]), np.array([one[1] for one in told])
        base = so.mean()
        print(
            f"\n{weights} weights: {len(p):,} candidates, {so.sum():,} of one owner; "
            f"Brier {np.mean((p - so) ** 2):.4f}, saying the base rate {base * (1 - base):.4f}"
        )
        print(f"{'probability':>14}{'pairs':>9}{'expected':>10}{'observed':>10}")
        edges = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0000001]
        for low, high in pairwise(edges):
            those = (p >= low) & (p < high)
            if those.any():
                print(
                    f"{low:6.2f}–{min(high, 1):<6.2f} {those.sum():9,}{p[those].mean():10.3f}{so[those].mean():10.3f}"
                )


if __name__ == "__main__":
    main()
