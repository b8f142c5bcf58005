"""When: planted nights, planted changes, planted births, splits and merges; what is no act, and whose."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from custody.cases import HEADER, made
from custody.cases import UTC as IN_UTC
from networks import tables
from store.batches import source

import linkgraph.cli
from linkgraph.algorithms.activity import activity
from linkgraph.algorithms.timing.acts import local
from linkgraph.algorithms.timing.change_points import ALPHA, change_points, seeded
from linkgraph.algorithms.timing.home_zone import candidates, home_zone
from linkgraph.errors import UsageError
from linkgraph.graph import Graph
from linkgraph.model import EntityKind, LinkKind
from linkgraph.store.protocol import EVENTS

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
LONDON = ZoneInfo("Europe/London")
HOUR = 3_600_000_000


def asked(rows, *, zone=LONDON, of=None, window_days=30, kind=LinkKind.CONTACTED, **facts):
    """Ask for the activity of rows (source, target, moment[, facts]): ``day`` for a day alone, ``row``, ``file``."""
    links = {
        (one, other, given.get("kind", kind)): (one, other, {"kind": given.get("kind", kind)})
        for one, other, _, given in full(rows)
    }
    graph = Graph.of(*tables(list(links.values()), **facts))
    at = {name: node for node, name in enumerate(graph.entities["value"].to_pylist())}
    events = [
        {
            "kind": given.get("kind", kind),
            "source": at[one],
            "target": at[other],
            "first_seen": moment,
            "last_seen": moment + timedelta(seconds=86_399) if given.get("day") else moment,
            "utc_offset": None if given.get("day") else 0,
            "amount": None,
            "currency": None,
            "file": given.get("file", 0),
            "row": given.get("row", number + 2),
        }
        for number, (one, other, moment, given) in enumerate(full(rows))
    ]
    events.sort(key=lambda one: (one["first_seen"] is None, one["first_seen"], one["row"]))
    table = pa.Table.from_pylist(events, schema=EVENTS)
    nodes = None if of is None else [at[name] for name in of]
    return activity(graph, table, [source("a"), source("b")], zone, nodes=nodes, window_days=window_days)


def full(rows):
    return [(*row, {}) if len(row) == 3 else row for row in rows]


def test_hours_and_weekdays_are_those_of_the_stated_zone():
    summer = datetime(2026, 7, 6, 22, 30, tzinfo=UTC)  # Monday 23:30 in London, Tuesday 00:30 in Paris
    found = asked([("a", "b", START + timedelta(hours=9)), ("a", "b", summer)]).to_json()
    assert found["grid"][0][9] == found["grid"][0][23] == 1
    there = asked([("a", "b", summer)], zone=ZoneInfo("Europe/Paris")).to_json()
    assert there["grid"][1][0] == 1
    assert sum(there["hours"]) == sum(there["weekdays"]) == 1


def test_clocks_are_those_of_zoneinfo_also_where_they_change():
    draw = random.Random(3)  # noqa: S311 - a test needs the same draw each time
    moments = [draw.randrange(0, 2_000_000_000) for _ in range(500)]
    for name in ("Europe/London", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"):
        zone = ZoneInfo(name)
        shown = local(np.array(moments, np.int64) * 1_000_000, zone)
        for moment, clock in zip(moments, shown.tolist(), strict=True):
            wanted = datetime.fromtimestamp(moment, UTC).astimezone(zone).replace(tzinfo=UTC)
            assert clock == int(wanted.timestamp()) * 1_000_000


def test_a_day_without_an_hour_makes_no_hour_up():
    found = asked([("a", "b", START, {"day": True}), ("a", "b", None), ("a", "b", START)]).to_json()
    assert (found["acts"], found["without_hour"], found["without_time"]) == (2, 1, 1)
    assert sum(found["hours"]) == 1


def test_one_row_is_one_act_however_many_links_it_states():
    row = {"row": 7, "kind": LinkKind.USED_IP}
    kinds = {"1.1.1.1": EntityKind.IP_ADDRESS, "page": EntityKind.RESOURCE}
    rows = [("a", "1.1.1.1", START, row), ("a", "page", START, row | {"kind": LinkKind.VISITED})]
    assert asked(rows, kinds=kinds).to_json()["acts"] == 1


def test_to_be_written_to_is_no_act_and_an_address_has_the_acts_of_its_users():
    kinds = {"1.1.1.1": EntityKind.IP_ADDRESS}
    rows = [("a", "b", START), ("b", "1.1.1.1", START, {"kind": LinkKind.USED_IP})]
    for name, acts in (("a", 1), ("b", 1), ("1.1.1.1", 1)):
        assert asked(rows, kinds=kinds, of=[name]).to_json()["acts"] == acts
    assert asked([("a", "b", START), ("a", "c", START)], of=["b"]).headline() == "No act with a time is known."


def test_acts_of_victims_are_left_out_unless_one_is_asked_about():
    rows = [("v", "a", START), ("a", "v", START)]
    roles = {"v": "victim"}
    found = asked(rows, roles=roles).to_json()
    assert (found["acts"], found["of_victims_left_out"]) == (1, 1)
    alone = asked(rows, roles=roles, of=["v"])
    assert alone.to_json()["acts"] == 1
    assert alone.to_json()["of"][0]["label"].startswith("victim ")


def test_every_act_leads_to_its_row():
    rows = [("a", "b", START + timedelta(hours=h), {"row": row}) for h, row in enumerate([2, 3, 4, 9])]
    rows.append(("a", "b", START, {"row": 5, "file": 1}))
    assert asked(rows).to_json()["evidence"] == [
        {"source": "a" * 64, "acts": 4, "rows": "2-4,9", "ranges_left_out": 0},
        {"source": "b" * 64, "acts": 1, "rows": "5", "ranges_left_out": 0},
    ]


# -- home zone -----------------------------------------------------------------------------------


def awake(offset, *, days=40, asleep=range(8), each=4, seed=1):
    """Give acts of somebody at ``offset`` hours east of UTC who never acts in some local hours."""
    draw = random.Random(seed)  # noqa: S311 - a test needs the same draw each time
    hours = [hour for hour in range(24) if hour not in asleep]
    moments = [
        (24 * day + draw.choice(hours) + draw.random() - offset) * HOUR
        for day in range(100, 100 + days)
        for _ in range(each)
    ]
    return np.sort(np.array(moments).astype(np.int64))


@pytest.mark.parametrize("offset", range(-11, 13))
def test_a_planted_night_gives_its_offset_among_several_and_never_one_alone(offset):
    found = home_zone(awake(offset))
    assert found.verdict == "candidates"
    assert offset in found.offsets
    assert 6 <= len(found.offsets) <= 10
    assert found.p == 0.005
    assert (found.quiet[0] + offset) % 24 in {0, 1, 23}


def test_offsets_that_are_the_same_clock_are_both_named():
    assert {-11, 13} <= set(home_zone(awake(13)).offsets)


def test_long_silence_makes_the_answer_wide():
    evenings = home_zone(awake(0, asleep=range(18)))
    assert evenings.verdict == "candidates"
    assert len(evenings.offsets) > len(home_zone(awake(0)).offsets)
    assert 0 in evenings.offsets


def test_too_few_acts_say_so():
    assert home_zone(awake(0, days=13)).verdict == "too few acts"
    assert home_zone(awake(0, days=40, each=1)).verdict == "too few acts"
    assert home_zone(np.empty(0, np.int64)) == home_zone(np.empty(0, np.int64))


def test_a_long_session_every_day_at_any_hour_is_no_rhythm():
    draw = random.Random(2)  # noqa: S311 - a test needs the same draw each time
    begins = [24 * day + draw.randrange(24) for day in range(30)]
    moments = np.array([(begin + hour) * HOUR for begin in begins for hour in range(5)], np.int64)
    found = home_zone(np.sort(moments))
    assert found.verdict == "no daily rhythm"
    assert found.offsets == ()


def test_candidates_put_the_middle_of_sleep_between_two_and_seven():
    middle = np.zeros(48, bool)
    middle[2 * 22] = True
    assert candidates(middle) == (4, 5, 6, 7, 8, 9)


def test_the_whole_case_has_no_home_zone():
    assert asked([("a", "b", START)]).to_json()["home_zone"] is None
    assert asked([("a", "b", START)], of=["a"]).to_json()["home_zone"]["verdict"] == "too few acts"


# -- change points -------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [(2, 6), (8, 2), (0, 3)])
def test_a_planted_change_is_found_where_it_is(before, after):
    draw = np.random.RandomState(4)
    counts = np.concatenate([draw.poisson(before, 60), draw.poisson(after, 45)]).astype(np.int64)
    [change] = change_points(counts)
    assert change.low <= 60 <= change.high
    assert abs(change.at - 60) <= 3
    assert change.p <= ALPHA
    assert change.before == pytest.approx(before, abs=0.8)
    assert change.after == pytest.approx(after, abs=0.8)


def test_a_planted_month_of_more_is_two_changes():
    draw = np.random.RandomState(5)
    rate = np.where((np.arange(150) >= 70) & (np.arange(150) < 95), 9, 3)
    found = change_points(draw.poisson(rate).astype(np.int64))
    assert [abs(change.at - wanted) <= 3 for change, wanted in zip(found, (70, 95), strict=True)] == [True, True]


def test_false_alarms_are_as_rare_as_is_said():
    draw = np.random.RandomState(6)
    series = [draw.negative_binomial(0.5, 0.1, 60).astype(np.int64) for _ in range(100)]
    # 1 in 100 is expected; 6 or more would come of it once in 2,000 times.
    assert sum(bool(change_points(one)) for one in series) <= 5


@pytest.mark.parametrize("counts", [[], [3], [5] * 20, [0] * 100, [1] + [0] * 80])
def test_too_short_a_series_says_nothing(counts):
    assert change_points(np.array(counts, np.int64)) is None


def test_a_series_that_never_varies_has_no_change():
    assert change_points(np.full(100, 3, np.int64)) == ()


@pytest.mark.parametrize("length", [28, 60, 365, 1096])
def test_seeded_intervals_cover_the_series_and_are_few(length):
    found = seeded(length)
    assert found[0] == (0, length)
    assert all(0 <= low < high <= length and high - low >= 14 for low, high in found)
    assert sum(high - low for low, high in found) < 40 * length
    assert set(range(7, length - 7)) <= {low + 7 for low, _ in found} | {
        s for a, b in found for s in range(a + 7, b - 6)
    }


def test_a_change_where_a_file_begins_says_so():
    rows = [("a", "b", START + timedelta(days=day, hours=9), {"row": day + 2}) for day in range(60)]
    rows += [
        ("a", "b", START + timedelta(days=day, hours=h), {"row": 10 * day + h, "file": 1})
        for day in range(30, 60)
        for h in range(8)
    ]
    [change] = asked(rows).to_json()["changes"]
    assert change["day"] == (date(2026, 1, 5) + timedelta(days=30)).isoformat()
    assert change["files_that_begin"] == ["b" * 64]
    assert (change["before"], change["after"]) == (1.0, 9.0)


# -- communities over time -----------------------------------------------------------------------


def meeting(members, window, days=10):
    """Everybody writes to everybody in one window."""
    return [(a, b, START + timedelta(days=window * days + 1, hours=1)) for a, b in combinations(members, 2)]


def events_of(rows, **facts):
    found = asked(rows, window_days=10, **facts).to_json()
    return [(one["window"], one["what"]) for one in found["community_events"]], found


FIRST, SECOND = [f"a{one}" for one in range(6)], [f"b{one}" for one in range(6)]


def test_a_planted_split():
    rows = meeting(FIRST + SECOND, 0) + meeting(FIRST, 1) + meeting(SECOND, 1)
    events, found = events_of(rows)
    assert events == [(1, "split")]
    assert found["community_events"][0]["jaccard"] == 0.5
    assert [len(one["steps"]) for one in found["communities"]] == [2, 1]


def test_a_planted_merge():
    rows = meeting(FIRST, 0) + meeting(SECOND, 0) + meeting(FIRST + SECOND, 1)
    events, found = events_of(rows)
    assert events == [(1, "merge")]
    assert found["community_events"][0]["other"] == next(
        one["id"] for one in found["communities"] if len(one["steps"]) == 2
    )


def test_a_planted_birth_and_death():
    events, _ = events_of(meeting(FIRST, 0) + meeting(SECOND, 1) + meeting(SECOND, 2))
    assert events == [(1, "birth"), (1, "death")]


def test_one_that_is_away_for_a_while_is_the_same_and_one_that_stays_away_is_not():
    kept = meeting(SECOND, 0)
    for window in range(1, 6):
        kept += meeting(SECOND, window)
    _, found = events_of(kept + meeting(FIRST, 0) + meeting(FIRST, 3))
    assert sorted(len(one["steps"]) for one in found["communities"]) == [2, 6]
    events, found = events_of(kept + meeting(FIRST, 0) + meeting(FIRST, 5))
    assert (5, "birth") in events
    assert (1, "death") in events


def test_members_are_matched_and_not_the_addresses_they_share():
    def online(window, addresses):
        at = START + timedelta(days=10 * window + 1)
        return [(who, address, at, {"kind": LinkKind.USED_IP}) for who in FIRST for address in addresses]

    old, new = [f"10.0.0.{one}" for one in range(9)], [f"10.0.1.{one}" for one in range(9)]
    kinds = dict.fromkeys(old + new, EntityKind.IP_ADDRESS)
    _, found = events_of(online(0, old) + online(1, new), kinds=kinds)
    [life] = found["communities"]
    assert [step["jaccard"] for step in life["steps"]] == [None, 1.0]
    assert {step["size"] for step in life["steps"]} == {6}


def test_communities_of_one_entity_are_those_it_is_in():
    rows = meeting(FIRST, 0) + meeting(SECOND, 0) + meeting(SECOND, 1)
    _, found = events_of(rows, of=["a0"])
    [life] = found["communities"]
    assert life["ended"]
    assert life["steps"][0]["size"] == 6


def test_windows_are_longer_where_there_would_be_too_many():
    rows = meeting(FIRST, 0) + meeting(FIRST, 99)
    found = asked(rows, window_days=10).to_json()
    assert len(found["windows"]) <= 24
    assert found["window_method"]["days"] > 10
    assert found["windows"][0]["from"] == "2026-01-06"


# -- all of it -----------------------------------------------------------------------------------


def test_the_order_of_rows_does_not_matter():
    draw = random.Random(7)  # noqa: S311 - a test needs the same draw each time
    rows = [
        (
            f"n{draw.randrange(30)}",
            f"m{draw.randrange(30)}",
            START + timedelta(minutes=draw.randrange(90_000)),
            {"row": at},
        )
        for at in range(900)
    ]
    first = json.dumps(asked(rows).to_json())
    draw.shuffle(rows)
    assert json.dumps(asked(rows).to_json()) == first


def test_without_acts_there_is_nothing_to_say():
    found = asked([("a", "b", START, {"kind": LinkKind.HOLDS})])
    assert found.headline() == "No act with a time is known."
    record = found.to_json()
    assert (record["acts"], record["changes"], record["windows"], record["communities"]) == (0, None, [], [])
    assert len(found.to_frame()) == 7 * 24
    empty = Graph.of(*tables([]))
    assert activity(empty, EVENTS.empty_table(), [], LONDON).to_json()["first"] is None


def test_a_window_has_a_day_at_least():
    with pytest.raises(UsageError, match="at least 1 day"):
        asked([("a", "b", START)], window_days=0)


LOG = HEADER + "".join(
    f"{who},chat,193.0.6.{ip},47,{START + timedelta(days=day, hours=hour):%Y-%m-%d %H:%M:%S},login\n"
    for day in range(40)
    for who, ip, hours in (("amber_fox", 139, (9, 13, 19, 22)), ("blue_owl", 140, (8, 12)))
    for hour in hours
)
ACCOUNTS = "account,service,role\nblue_owl,chat,victim\n"


def test_the_command(tmp_path, capsys):
    made(tmp_path, [("ip-logs", "log.csv", LOG, IN_UTC), ("accounts", "accounts.csv", ACCOUNTS, None)])
    where = ["--case", str(tmp_path / "case")]
    assert linkgraph.cli.main(["activity", *where, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["zone"], record["acts"], record["of_victims_left_out"]) == ("UTC", 160, 80)
    assert linkgraph.cli.main(["activity", "amber_fox", "--zone", "Europe/Paris", *where, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [hour for hour, acts in enumerate(record["hours"]) if acts] == [10, 14, 20, 23]
    assert 1 in record["home_zone"]["offsets"]
    assert record["home_zone"]["zone_is_one"]
    assert linkgraph.cli.main(["activity", "amber_fox", *where]) == 0
    printed = capsys.readouterr()
    assert "Monday" in printed.out
    assert "cannot be told apart" in printed.err
    assert linkgraph.cli.main(["activity", "blue_owl", *where, "--json"]) == 0
    printed = capsys.readouterr()
    assert "blue_owl" not in printed.out
    assert "view.victim" in (tmp_path / "case" / "audit.jsonl").read_text("utf-8")


def test_what_cannot_be_asked_is_refused_in_a_sentence(tmp_path, capsys):
    made(tmp_path, [("ip-logs", "log.csv", LOG, IN_UTC)])
    where = ["--case", str(tmp_path / "case")]
    for arguments, words in (
        (["amber_fox", "--community", "x"], "not both"),
        (["--community", "000000000000"], "No community has the id"),
        (["--zone", "Mars/Olympus"], "is no time zone"),
    ):
        assert linkgraph.cli.main(["activity", *arguments, *where]) == 2
        assert words in capsys.readouterr().err


def test_a_community_is_asked_by_its_id(tmp_path, capsys):
    case = made(tmp_path, [("ip-logs", "log.csv", LOG, IN_UTC)])
    one = case.communities().communities[0]
    assert linkgraph.cli.main(["activity", "--community", one.id, "--case", str(tmp_path / "case"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["of"]) == len(one.members)
