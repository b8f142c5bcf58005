"""Who shares what, beyond chance: what is planted is found, and a carrier and a viral file link nobody."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import combinations
from math import comb

import numpy as np
import pytest
from networks import identity
from observations import observed, pairs

import linkgraph
from linkgraph.algorithms.co_use import AMONG, GRADE, co_use
from linkgraph.cli import main
from linkgraph.demo import run
from linkgraph.errors import UsageError
from linkgraph.model import EntityKind
from linkgraph.resources import sample_graphs

DAYS = 60


def strangers(seed, accounts=200, homes=150):
    """Give rows that mean nothing: homes that pass from one to the next, a carrier with regulars, an exit node."""
    draw = np.random.default_rng(seed)
    rows = []
    for home in range(homes):
        for turn, tenant in enumerate(draw.choice(accounts, 2, replace=False)):
            days = draw.choice(np.arange(30 * turn, 30 * turn + 29), 8, replace=False)
            rows += [(f"s{tenant}", f"home{home}", float(24 * day + draw.uniform(0, 24))) for day in days]
    for account in range(0, accounts, 2):
        # Regulars, half of them in one short stretch only.
        first, last = (0, DAYS) if account % 4 else sorted(draw.integers(0, DAYS, 2) + np.array([0, 5]))
        rows += [(f"s{account}", "carrier", float(24 * draw.uniform(first, last))) for _ in range(20)]
    for account in range(accounts):
        rows += [(f"s{account}", "exit", float(24 * draw.uniform(0, DAYS))) for _ in range(2)]
    return rows


def planted(seed):
    """Give rows of ten pairs at an address of their own, and of a ring of six that shares three."""
    draw = np.random.default_rng(seed)
    rows, truth = [], set()
    for pair in range(10):
        truth.add(frozenset((f"p{pair}a", f"p{pair}b")))
        for day in draw.choice(DAYS, 10, replace=False):
            hour = 24 * day + draw.uniform(0, 23)
            rows += [(f"p{pair}{who}", f"flat{pair}", float(hour + draw.uniform(0, 0.1))) for who in "ab"]
    ring = [f"ring{member}" for member in range(6)]
    truth |= {frozenset(pair) for pair in combinations(ring, 2)}
    for member in ring:
        for address in range(3):
            days = draw.choice(DAYS, 20, replace=False)
            rows += [(member, f"ring address {address}", float(24 * day + draw.uniform(0, 24))) for day in days]
    return rows, truth


def score(found, truth):
    found = set(found)
    return len(found & truth) / max(len(found), 1), len(found & truth) / len(truth)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_planted_is_found_where_plain_counts_find_chance(seed):
    rows, truth = planted(seed)
    rows += strangers(seed)
    graph, events = observed(rows)
    precision, recall = score(pairs(co_use(graph, events)), truth)
    assert precision >= 0.95
    assert recall >= 0.95
    days = {}
    for account, address, hours in rows:
        days.setdefault((address, hours // 24), set()).add(account)
    together = {}
    for names in days.values():
        for pair in combinations(names, 2):
            together[frozenset(pair)] = together.get(frozenset(pair), 0) + 1
    for least in (1, 2):
        assert score({pair for pair, count in together.items() if count >= least}, truth)[0] < 0.1


@pytest.mark.parametrize("seed", range(5))
def test_strangers_are_not_linked(seed):
    graph, events = observed(strangers(seed))
    found = co_use(graph, events, alpha=0.05)
    assert found.met > 1000
    assert pairs(found) == {}


def test_names_dealt_out_anew_link_nobody():
    rows, _ = planted(1)
    rows += strangers(1)
    draw = np.random.default_rng(4)
    names = draw.permutation([row[0] for row in rows])
    graph, events = observed([(name, *row[1:]) for name, row in zip(names.tolist(), rows, strict=True)])
    assert len(pairs(co_use(graph, events, alpha=0.05))) <= 1


def test_two_alone_at_one_address_many_times():
    rows = [(name, "flat", 24.0 * 3 * day + minute / 60) for day in range(8) for minute, name in enumerate("ab")]
    rows += [(f"s{number % 40}", f"home{number % 40}", 24.0 * number) for number in range(400)]
    graph, events = observed(rows)
    found = co_use(graph, events)
    assert pairs(found) == {frozenset("ab"): 8}
    [link] = found.to_json()["links"]
    # 408 occasions in all; of the eight at the flat, both were at each.
    assert link["p"] == pytest.approx(1 / comb(found.occasions, 8), rel=1e-5)
    assert found.tested == comb(42, 2)
    assert link["q"] == pytest.approx(link["p"] * found.tested, rel=1e-5)
    assert link["expected"] == pytest.approx(64 / found.occasions, rel=1e-5)
    assert (link["grade"], link["among"]) == (GRADE, AMONG[0])
    [resource] = link["resources"]
    assert (resource["label"], resource["users"], resource["shared"]) == ("flat", 2, 8)
    used = dict(zip(graph.links["id"].to_pylist(), graph.links["source"].to_pylist(), strict=True))
    assert {used[one] for one in resource["links"]} == {link["source"], link["target"]}


def test_in_step_at_a_carrier_is_beyond_chance_and_being_there_is_not():
    rows = strangers(3)
    rows += [
        (name, "carrier", 24.0 * day + 12 + minute / 60)
        for day in (3, 8, 9, 17, 20, 31, 32, 40, 48, 50, 51, 57)
        for minute, name in enumerate("ab")
    ]
    graph, events = observed(rows)
    found = pairs(co_use(graph, events, window=timedelta(minutes=10)))
    assert frozenset("ab") in found
    assert len(found) == 1


def test_a_viral_file_links_nobody_and_files_of_few_do():
    files = [(f"s{number}", "viral") for number in range(120)]
    files += [(f"s{number}", f"own {number} {copy}") for number in range(120) for copy in range(4)]
    files += [(name, f"rare {copy}") for name in ("s1", "s2") for copy in range(5)]
    graph, events = observed([], files)
    found = co_use(graph, events)
    assert pairs(found) == {frozenset(("s1", "s2")): 5}
    assert found.met == comb(120, 2)


def test_addresses_and_files_count_together():
    files = [(f"s{number % 60}", f"file {number % 97}") for number in range(240)]
    files += [(name, f"rare {copy}") for name in "ab" for copy in range(3)]
    rows = [(f"s{number % 60}", f"home{number % 60}", 24.0 * number) for number in range(240)]
    rows += [(name, "flat", 24.0 * 3 * day) for day in range(3) for name in "ab"]
    both = co_use(*observed(rows, files))
    assert pairs(both) == {frozenset("ab"): 6}
    assert float(both.p[0]) < 1e-6
    assert len(co_use(*observed(rows, files[:-6]), alpha=1e-4)) == 0


def test_a_cap_says_what_it_left_out_and_keeps_the_other_links():
    rows, truth = planted(2)
    rows += strangers(2)
    graph, events = observed(rows)
    free = co_use(graph, events)
    assert free.to_json()["capped"] == {"most_accounts": None, "meetings": 0, "resources": []}
    held = co_use(graph, events, most=10)
    assert set(pairs(held)) == set(pairs(free)) & truth
    capped = held.to_json()["capped"]
    assert capped["most_accounts"] == 20
    assert {one["label"] for one in capped["resources"]} <= {"carrier", "exit"}
    assert capped["meetings"] == sum(one["meetings"] for one in capped["resources"]) > 0
    assert all(one["could_link"] == (one["least_p"] <= held.reachable_p) for one in capped["resources"])
    assert "counted in part" in held.headline()


def test_a_resource_that_could_not_have_linked_anybody_is_said_to_be_one():
    rows = [(f"s{number}", "concert", 1.0 + number / 100) for number in range(60)]
    rows += [(f"s{number}", f"home{number}", 24.0 * day) for number in range(60) for day in range(5)]
    [capped] = co_use(*observed(rows), most=10).to_json()["capped"]["resources"]
    assert (capped["occasions"], capped["meetings"], capped["least_p"]) == (1, comb(60, 2), 1.0)
    assert not capped["could_link"]


def test_a_victim_is_in_no_link_but_counts_as_a_user():
    rows = [(name, "flat", 24.0 * 3 * day) for day in range(8) for name in "abv"]
    rows += [(f"s{number % 40}", f"home{number % 40}", 24.0 * number) for number in range(400)]
    found = co_use(*observed(rows, roles={"v": "victim"}))
    assert set(pairs(found)) == {frozenset("ab")}
    assert found.to_json()["links"][0]["resources"][0]["users"] == 3
    assert identity("v", {"v": EntityKind.ACCOUNT}) not in json.dumps(found.to_json())


def test_the_order_of_rows_makes_no_difference():
    rows, _ = planted(5)
    rows += strangers(5)
    files = [(f"p{pair}{who}", f"file{pair}{copy}") for pair in range(10) for who in "ab" for copy in range(2)]
    first = json.dumps(co_use(*observed(rows, files)).to_json())
    draw = np.random.default_rng(1)
    again = [rows[place] for place in draw.permutation(len(rows))]
    assert json.dumps(co_use(*observed(again, files[::-1])).to_json()) == first
    assert len(first) > 5000


@pytest.mark.parametrize("rows", [[], [("a", "x", 1)], [("a", "x", 1), ("b", "x", 1)], [("a", "x", None)]])
def test_almost_nothing(rows):
    found = co_use(*observed(rows))
    assert found.to_json()["links"] == []
    assert len(found.to_frame()) == 0
    assert found.headline().endswith(".")


def test_what_cannot_be_asked():
    graph, events = observed([("a", "x", 1)])
    with pytest.raises(UsageError, match="window"):
        co_use(graph, events, window=timedelta(0))
    with pytest.raises(UsageError, match="Alpha"):
        co_use(graph, events, alpha=1.5)


# -- the sample case --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "demo"
    run(folder, lambda _: None)
    case = folder / "op-lantern"
    with sample_graphs() as graphs:
        return case, json.loads((graphs / "op-lantern" / "truth.json").read_text("utf-8"))


def asked(case, capsys, *options):
    assert main(["co-use", "--case", str(case), *options]) == 0
    return capsys.readouterr()


def test_the_rings_and_who_came_after_are_found_in_the_sample_case(sample, capsys):
    case, truth = sample
    found = json.loads(asked(case, capsys, "--window", "60d", "--alpha", "0.2", "--json").out)
    graph = linkgraph.open(case).graph()
    labels = dict(zip(graph.ids, (label.split(" (")[0] for label in graph.labels), strict=True))
    group = {member: ring["country"] for ring in truth["communities"] for member in ring["members"]}
    group |= {new: group[old] for old, new in truth["disposable_identities"]}
    linked = [(labels[one["source"]], labels[one["target"]]) for one in found["links"]]
    assert len(linked) >= 10
    inside = [one in group and group.get(one) == group.get(other) for one, other in linked]
    assert np.mean(inside) >= 0.95
    same = {frozenset(pair) for pair in truth["disposable_identities"]}
    assert same & {frozenset(pair) for pair in linked}
    # A carrier's subscribers and those who have the viral file, strangers all but three, are linked to nobody.
    assert all(one in group and other in group for one, other in linked)
    crowds = {truth["carrier_address"], f"sha256:{truth['viral_file']}"}
    assert crowds <= set(graph.labels)
    assert all(any(each["label"] not in crowds for each in one["resources"]) for one in found["links"])


def test_as_a_table(sample, capsys):
    case, _ = sample
    shown = asked(case, capsys, "--window", "60d", "--alpha", "0.2", "--top", "3")
    assert GRADE in shown.out
    assert "more than chance would give" in shown.err
    assert "No pair of accounts" in asked(case, capsys).err
