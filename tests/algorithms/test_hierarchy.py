"""Who directs whom: contact of one with many, what is listed and what never is, and the command."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from custody.cases import UTC as STATED
from custody.cases import made
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import tables
from transfers import source

from linkgraph.algorithms import hierarchy
from linkgraph.algorithms.direction.outreach import outreach
from linkgraph.algorithms.hierarchy import reading
from linkgraph.cli import main
from linkgraph.errors import UsageError
from linkgraph.graph import Graph
from linkgraph.model import EntityKind, LinkKind
from linkgraph.store.protocol import EVENTS

START = datetime(2026, 1, 5, tzinfo=UTC)
TRUTH = json.loads((Path(__file__).parents[2] / "sample_graphs/op-lantern/truth.json").read_text("utf-8"))


def case(rows: list[tuple], *, roles=None, shuffle: int | None = None, **facts):
    """Make graph, events and files of (source, target, hours or None[, hours it may last[, kind]]) rows."""
    whole = [(*row, *(0, LinkKind.CONTACTED)[len(row) - 3 :]) for row in rows]
    names = {name for row in whole for name in row[:2]}
    kinds = dict.fromkeys([*names, *facts.get("alone", ())], EntityKind.ACCOUNT)
    links = [(row[0], row[1], {"kind": row[4]}) for row in whole]
    graph = Graph.of(*tables(links, kinds=kinds, roles=roles, **facts))
    node = {value: place for place, value in enumerate(graph.entities["value"].to_pylist())}
    events = [
        {
            "kind": kind,
            "source": node[one],
            "target": node[other],
            "first_seen": None if hours is None else START + timedelta(hours=hours),
            "last_seen": None if hours is None else START + timedelta(hours=hours + lasts),
            "utc_offset": 0,
            "amount": None,
            "currency": None,
            "file": 0,
            "row": number,
        }
        for number, (one, other, hours, lasts, kind) in enumerate(whole, 2)
    ]
    if shuffle is not None:
        random.Random(shuffle).shuffle(events)  # noqa: S311 - a test needs the same draw each time
    return graph, pa.Table.from_pylist(events, schema=EVENTS), [source(0)]


def listed(found) -> list[tuple[str, int]]:
    return [(one["label"], one["approached_in_window"]) for one in found.to_json()["one_to_many"]["accounts"]]


def strangers(who: str, count: int, *, every: float = 1.0, start: float = 0.0) -> list[tuple]:
    return [(who, f"{who} {number}", start + every * number) for number in range(count)]


# -- one to many -------------------------------------------------------------------------------------


def test_most_new_contacts_first_and_those_with_fewer_than_the_least_not_at_all():
    rows = [*strangers("a", 6), *strangers("b", 8), *strangers("c", 4)]
    assert listed(hierarchy(*case(rows))) == [("b", 8), ("a", 6)]
    assert listed(hierarchy(*case(rows), least=4, top=2)) == [("b", 8), ("a", 6)]
    assert hierarchy(*case(rows), least=4, top=2).one_to_many_found == 3


def test_of_as_many_the_one_with_more_victims_comes_first():
    rows = [*strangers("a", 5), *strangers("b", 5)]
    for who in "ab":
        found = hierarchy(*case(rows, roles={f"{who} 3": "victim"}))
        assert listed(found)[0] == (who, 5)
        record = found.to_json()["one_to_many"]["accounts"][0]
        assert (record["victims"], record["victims_written_to"]) == (1, 1)
        assert [one["label"].startswith("victim ") for one in record["contacts"]] == [False] * 3 + [True, False]
        assert f"{who} 3" not in json.dumps(found.to_json()) + found.headline()
        assert "1 of them a victim" in found.headline()


def test_a_help_desk_that_only_answers_approaches_nobody():
    rows = [row for n in range(9) for row in ((f"u{n}", "desk", n), ("desk", f"u{n}", n + 0.5))]
    found = listed(hierarchy(*case(rows), least=1))
    assert sorted(found) == [(f"u{n}", 1) for n in range(9)]


def test_who_wrote_in_the_same_moment_may_have_been_the_first():
    rows = [*strangers("a", 5), ("a 0", "a", 0), ("a 1", "a", 30)]
    record = hierarchy(*case(rows), least=4).to_json()["one_to_many"]["accounts"][0]
    assert (record["approached"], record["written_first"], record["answered"]) == (4, 1, 1)
    assert [one["answered"] for one in record["contacts"]] == [True, False, False, False]


def test_the_window_slides_and_takes_in_its_last_moment():
    rows = [*strangers("a", 3), *strangers("a", 8, every=24, start=1000)]
    found = hierarchy(*case([(one, f"{other}{hours}", hours) for one, other, hours in rows]))
    record = found.to_json()["one_to_many"]["accounts"][0]
    assert (record["approached_in_window"], record["approached"]) == (8, 11)
    assert record["from"] == "2026-02-15T16:00:00Z"
    assert record["to"] == "2026-02-22T16:00:00Z"
    assert [one["evidence"] for one in record["contacts"]] == [{"source": "0" * 64, "row": row} for row in range(5, 13)]


def test_who_knows_each_other_is_told_from_strangers():
    group = [(f"a {one}", f"a {other}", 50) for one in range(5) for other in range(one)]
    record = hierarchy(*case([*strangers("a", 5), *strangers("b", 5), *group])).to_json()["one_to_many"]["accounts"]
    assert {one["label"]: (one["acquainted_pairs"], one["pairs"]) for one in record} == {"a": (10, 10), "b": (0, 10)}


def test_victims_and_police_covers_are_in_no_list_and_victims_pass_nothing_on():
    rows = [*strangers("v", 9), *strangers("p", 9), ("a", "v", -1), ("b", "p", -1)]
    found = hierarchy(*case(rows, roles={"v": "victim", "p": "police cover"}))
    assert listed(found) == []
    contacts = found.to_json()["links"][0]
    ranked = [one["label"] for one in contacts["reach"]["accounts"]]
    assert ranked == ["b", "a"]
    assert [one["reached"] for one in contacts["reach"]["accounts"]] == [10, 1]
    placed = {one["label"] for part in contacts["components"] for end in ("lowest", "highest") for one in part[end]}
    assert "p" not in placed
    assert not any(one.startswith("victim") for one in placed)
    assert "No account wrote to 5 or more" in found.headline()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 20)), max_size=40),
    st.integers(0, 12),
    st.integers(1, 4),
)
def test_the_fullest_window_is_that_of_trying_them_all(rows, window, least):
    events = [np.array(column, np.int64) for column in zip(*rows, strict=True)] if rows else [np.zeros(0, np.int64)] * 3
    victims, nobody = np.arange(6) == 2, np.zeros(6, bool)
    found, count = outreach(
        events[0].astype(np.int32),
        events[1].astype(np.int32),
        events[2],
        np.arange(len(rows)),
        window,
        least=least,
        top=10,
        victims=victims,
        never=nobody,
    )
    first: dict[tuple[int, int], int] = {}
    for one, other, time in rows:
        if one != other:
            first[one, other] = min(time, first.get((one, other), time))
    wanted = {}
    for account in range(6):
        new = [(t, v) for (u, v), t in first.items() if u == account and not first.get((v, u), t + 1) <= t]
        windows = [sorted(v for t, v in new if start <= t <= start + window) for start in sorted({t for t, _ in new})]
        if windows and max(map(len, windows)) >= least:
            wanted[account] = max(windows, key=len)
    assert {one.account: sorted(rows[at][1] for at in one.events) for one in found} == wanted
    assert count == len(wanted)
    for one in found:
        others = wanted[one.account]
        assert one.victims == others.count(2)
        assert one.answered.sum() == sum((other, one.account) in first for other in others)
        assert one.acquainted == len({frozenset(pair) for pair in first if set(pair) <= set(others)})
        assert one.approached + one.written_first == sum(u == one.account for u, _ in first)
    assert found == sorted(found, key=lambda one: (-len(one.events), -one.victims, one.account))


# -- levels and reach --------------------------------------------------------------------------------


def test_the_head_of_a_chain_of_command_is_lowest_and_reaches_furthest():
    rows = [("head", f"m{n}", n) for n in range(3)]
    rows += [(f"m{n}", f"w{n}{k}", 10 + n + k) for n in range(3) for k in range(4)]
    rows += [(f"m{n}", f"w{(n + 1) % 3}{k}", 20) for n in range(3) for k in range(2)]
    found = hierarchy(*case(rows)).to_json()["links"][0]
    part = found["components"][0]
    assert (part["size"], part["links"], part["cycles"], part["incoherence"]) == (16, 21, 6, 0)
    assert part["reading"].startswith("runs one way more than chance makes it")
    assert (part["lowest"][0]["label"], part["lowest"][0]["level"], part["lowest"][0]["to"]) == ("head", 0, 3)
    assert {one["level"] for one in part["highest"]} == {2}
    assert len(part["lowest"][0]["links"]) == 3
    best = found["reach"]["accounts"][0]
    assert (best["label"], best["reached"], best["starts"], best["starts_followed"]) == ("head", 15, 3, 3)
    cascade = best["cascade"]
    assert (cascade["reached"], cascade["directly"], cascade["hops"]) == (15, 3, 2)
    assert cascade["rows"][0]["evidence"] == {"source": "0" * 64, "row": 2}
    assert [row["hop"] for row in cascade["rows"]] == [1] * 3 + [2] * 12


def test_contacts_and_payments_are_measured_apart():
    rows = [("a", "b", 0), ("b", "c", 1), ("c", "d", 2, 0, LinkKind.PAID), ("d", "e", 3, 0, LinkKind.PAID)]
    found = hierarchy(*case(rows)).to_json()
    assert [(one["kind"], one["rows"], one["reach"]["targets"]) for one in found["links"]] == [
        ("CONTACTED", 2, 2),
        ("PAID", 2, 2),
    ]
    only = hierarchy(*case(rows), links=[LinkKind.PAID]).to_json()
    assert [one["kind"] for one in only["links"]] == ["PAID"]
    assert only["one_to_many"]["asked"] is False
    with pytest.raises(UsageError, match="USED_IP has no direction"):
        hierarchy(*case(rows), links=[LinkKind.USED_IP])
    with pytest.raises(UsageError, match="above 0"):
        hierarchy(*case(rows), window=timedelta(0))


def test_rows_without_a_time_or_with_a_day_alone_are_counted():
    found = hierarchy(*case([("a", "b", None), ("b", "c", 0, 23), ("c", "d", 5)])).to_json()["links"][0]
    assert (found["rows"], found["without_time"], found["uncertain_times"]) == (3, 1, 1)
    assert [one["label"] for one in found["reach"]["accounts"]] == ["b", "c"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0, 0.0, 0.0, 99, 99), "a tree"),
        ((3, 0.1, 0.4, 0, 99), "runs one way more"),
        ((3, 0.1, 0.4, 4, 99), "runs one way more"),
        ((3, 0.3, 0.4, 5, 99), "runs no more one way"),
        ((3, 0.9, 0.4, 99, 99), "it goes round"),
        ((3, 1.0, 1.0, 99, 99), "runs no more one way"),
        ((3, 0.1, 0.4, 0, 3), "incoherence 0.10, less than"),
    ],
)
def test_incoherence_in_words(values, said):
    assert said in reading(*values)


@pytest.mark.parametrize("rows", [[], [("a", "b", 1)], [("a", "a", 1)], [("a", "b", None)]])
def test_next_to_nothing(rows):
    found = hierarchy(*case(rows, alone=("z",)))
    assert found.to_json()["one_to_many"]["accounts"] == []
    assert found.to_json()["links"][0]["components"] == []
    assert found.headline()
    assert list(found.to_frame().columns) == ["what", "links", "id", "kind", "label", "value"]


def test_no_entity_at_all():
    found = hierarchy(Graph.of(*tables([])), EVENTS.empty_table(), [])
    assert [one["rows"] for one in found.to_json()["links"]] == [0, 0]


def test_the_same_rows_in_another_order_give_the_same_bytes():
    draw = random.Random(4)  # noqa: S311 - a test needs the same draw each time
    names = [f"n{number}" for number in range(40)]
    rows = [(*draw.sample(names, 2), draw.randint(0, 300)) for _ in range(400)]
    first, second = (
        json.dumps(hierarchy(*case(rows, roles={"n3": "victim"}, shuffle=seed), least=2).to_json()) for seed in (1, 2)
    )
    assert first == second
    assert len(first) > 5000


def test_the_table_of_all_that_is_listed():
    found = hierarchy(*case([*strangers("a", 6), ("a 1", "x", 9)])).to_frame()
    assert set(found["what"]) == {"one to many", "reach", "lowest level", "highest level"}
    assert found.loc[found["what"] == "one to many", "value"].tolist() == [6.0]


# -- the command -------------------------------------------------------------------------------------

MESSAGES = "sender,receiver,service,timestamp\n" + "".join(
    f"writer,child_{number},chat,2026-01-0{1 + number}T10:00:00Z\n" for number in range(6)
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    return made(tmp_path_factory.mktemp("contacts"), [("contacts", "messages.csv", MESSAGES, STATED)])


def test_the_command_as_json_and_as_tables(opened, capsys):
    folder = ["--case", str(opened.folder)]
    assert main(["hierarchy", *folder, "--json", "--window", "48h", "--least", "3"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["parameters"] == {
        "links": ["CONTACTED", "PAID"],
        "window_days": 2.0,
        "least": 3,
        "top": 20,
        "seed": 1,
    }
    account = record["one_to_many"]["accounts"][0]
    assert (account["label"], account["approached_in_window"], account["approached"]) == ("writer (chat)", 3, 6)
    assert account["contacts"][0]["evidence"] == {"source": opened.sources()[0].sha256, "row": 2}
    assert main(["hierarchy", *folder, "--links", "CONTACTED"]) == 0
    said = capsys.readouterr()
    assert "writer (chat)" in said.out
    assert "messages.csv 2-7" in said.out
    assert "not command" in said.err


@pytest.mark.parametrize("arguments", [["--window", "soon"], ["--window", "0d"], ["--links", "USED_IP"]])
def test_what_cannot_be_asked(opened, capsys, arguments):
    assert main(["hierarchy", "--case", str(opened.folder), *arguments]) == 2
    assert "linkgraph:" in capsys.readouterr().err


def test_the_groomer_comes_first_and_the_facilitator_is_at_the_end_of_the_money(tmp_path):
    import linkgraph
    from linkgraph.demo import run

    run(tmp_path / "demo", lambda _: None)
    found = linkgraph.open(tmp_path / "demo" / "op-lantern").hierarchy().to_json()
    first, *others = found["one_to_many"]["accounts"]
    assert first["label"] == f"{TRUTH['groomer']} ({TRUTH['service']})"
    assert (first["approached_in_window"], first["victims_written_to"]) == (9, 2)
    assert all(one["approached_in_window"] < 9 for one in others)
    hubs = [f"{hub} ({TRUTH['service']})" for hub in TRUTH["hubs"]]
    contacts, payments = found["links"]
    assert set(hubs) <= {one["label"] for one in contacts["reach"]["accounts"]}
    assert f"iban:{TRUTH['facilitator']['payment_account']}" == payments["components"][0]["highest"][0]["label"]
    assert payments["components"][0]["reading"].startswith("a tree")
    assert not any(victim in json.dumps(found) for victim in TRUTH["victims"])
