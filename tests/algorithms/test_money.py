"""Money: planted laundering, exact amounts, currencies apart, the order of time, victims."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transfers import SCHEMES, daily_life, paid, scheme

import linkgraph
from linkgraph.algorithms import money
from linkgraph.algorithms.flow.fans import Measure, episodes, fans, gather_scatter
from linkgraph.algorithms.flow.passing import pairs, walks
from linkgraph.algorithms.flow.payments import microseconds
from linkgraph.algorithms.flow.payments import paid as read
from linkgraph.algorithms.flow.thresholds import thresholds, thresholds_from
from linkgraph.analysis import QUESTIONS
from linkgraph.cli import main
from linkgraph.demo import run
from linkgraph.errors import UsageError
from linkgraph.material import Material
from linkgraph.model import LinkKind

HOUR = microseconds(timedelta(hours=1))
FOUND_AS = {
    "fan_out": "fan_out",
    "fan_in": "fan_in",
    "gather_scatter": "gather_scatter",
    "scatter_gather": "scatter_gather",
    "cycle": "cycle",
    "random": "chain",
    "bipartite": "many_to_many",
    "stack": "many_to_many",
}


def values(graph):
    return graph.entities["value"].to_pylist()


def patterns(case, **options):
    return money(*case, **options).to_json()["patterns"]


def kinds(case):
    return Counter(one["pattern"] for one in patterns(case))


def labels(accounts):
    return [account["label"] for account in accounts]


class Searched:
    """The eight schemes of Altman et al. 2023 among ninety days of ordinary payments, ten of each."""

    def __init__(self, *, daily: bool) -> None:
        draw = random.Random(5)  # noqa: S311 - a test needs the same draw each time
        rows = daily_life(draw, 1000, 90, 20)
        planted = [scheme(draw, name, f"{name}{number}", 90) for name in SCHEMES for number in range(10)]
        scheme_of = {}
        for number, one in enumerate(planted):
            names = sorted({name for row in one.rows for name in row[:2]})
            people = draw.sample(range(1000), len(names)) if daily else []
            called = {name: f"p{person}" for name, person in zip(names, people, strict=False)}
            for payer, payee, *rest in one.rows:
                scheme_of[len(rows) + 2] = number
                rows.append((called.get(payer, payer), called.get(payee, payee), *rest))
        self.found_as: dict[tuple[str, str], set[int]] = defaultdict(set)
        """Scheme, pattern → which of the schemes have most of their rows in one such pattern."""
        self.true: dict[str, list[bool]] = defaultdict(list)
        """Pattern → of each, whether any of its rows is planted."""
        for one in money(*paid(rows)).to_json()["patterns"]:
            about = Counter(scheme_of[row["row"]] for row in one["rows"] if row["row"] in scheme_of)
            self.true[one["pattern"]].append(bool(about))
            for number, count in about.items():
                if count > len(planted[number].rows) / 2:
                    self.found_as[planted[number].pattern, one["pattern"]].add(number)


@pytest.fixture(scope="module")
def apart():
    """Schemes whose accounts do nothing else."""
    return Searched(daily=False)


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme_is_found(apart, name):
    assert len(apart.found_as[name, FOUND_AS[name]]) == 10


@pytest.mark.parametrize("name", ["cycle", "many_to_many", "gather_scatter", "scatter_gather"])
def test_such_patterns_are_planted_ones(apart, name):
    assert sum(apart.true[name]) >= 0.8 * len(apart.true[name])


def test_the_longest_chains_are_planted_ones(apart):
    assert sum(apart.true["chain"][:11]) == 10


@pytest.mark.parametrize("name", ["scatter_gather", "cycle", "random"])
def test_money_that_is_passed_on_is_found_also_among_daily_dealings(name):
    assert len(Searched(daily=True).found_as[name, FOUND_AS[name]]) >= 9


def test_amounts_are_exact_and_currencies_never_meet():
    rows = [(f"s{number}", "r", number, amount) for number, amount in enumerate(["0.1", "0.2", "0.3", "0.1", "0.2"])]
    rows += [(f"s{number}", "r", number, "1", "JPY") for number in range(4)]
    [one] = [one for one in patterns(paid(rows)) if one["pattern"] == "fan_in"]
    assert (one["currency"], one["amounts"]) == ("EUR", {"in": "0.9"})
    assert one["payments"] == 5
    assert [row["amount"] for row in one["rows"]] == ["0.1", "0.2", "0.3", "0.1", "0.2"]
    assert [(row["source"], row["row"]) for row in one["rows"]] == [(f"{0:064x}", number) for number in range(2, 7)]


def test_amounts_that_need_more_than_64_bits_stay_exact():
    amounts = ["9000000000.000000000000000001", *["0.000000000000000001"] * 4]
    rows = [(f"s{number}", "r", number, amount, "ETH") for number, amount in enumerate(amounts)]
    rows += [("r", "x", 30, "9000000000", "ETH"), ("x", "y", 31, "8999999999.5", "ETH"), ("y", "z", 32, "8e9", "ETH")]
    found = {one["pattern"]: one for one in patterns(paid(rows))}
    assert found["fan_in"]["amounts"] == {"in": "9000000000.000000000000000005"}
    assert found["chain"]["amounts"] == {"begun": "9000000000.000000000000000001", "carried": "8000000000"}


def test_what_cannot_be_used_is_counted():
    rows = [("a", "b", None, 1), ("a", "b", 1, None), ("a", "b", 1, 1, ""), ("a", "b", 1, 0), ("a", "a", 1, 1)]
    answer = money(*paid([*rows, ("a", "b", 2, 5)])).to_json()
    assert answer["left_out"] == {
        "without a time": 1,
        "without an amount": 1,
        "without a currency": 1,
        "of nothing or less": 1,
        "to the account itself": 1,
    }
    assert answer["payments"] == {"EUR": 1}


@pytest.mark.parametrize("rows", [[], [("a", "b", 1, 5)]])
def test_none_and_one_payment(rows):
    answer = money(*paid(rows, holds=(("p", "a"),)))
    assert answer.to_json()["patterns"] == []
    assert answer.headline()
    assert list(answer.to_frame().columns)[:2] == ["pattern", "currency"]


def test_a_cycle_comes_back_in_the_order_of_time_only():
    there = [("a", "b", 0, 100), ("b", "c", 5, 95), ("c", "a", 9, 90)]
    [one] = [one for one in patterns(paid(there)) if one["pattern"] == "cycle"]
    assert labels(one["accounts"]) == ["a", "b", "c"]
    assert one["amounts"] == {"begun": "100", "carried": "90"}
    assert "comes back to where it began after 3 payments" in one["reason"]
    assert kinds(paid([("a", "b", 9, 100), ("b", "c", 5, 95), ("c", "a", 0, 90)]))["cycle"] == 0
    assert kinds(paid([("a", "b", 0, 100), ("b", "c", 5, 105), ("c", "a", 9, 90)]))["cycle"] == 0
    assert kinds(paid([("a", "b", 0, 100), ("b", "c", 5, 79), ("c", "a", 9, 79)]))["cycle"] == 0
    assert kinds(paid([("a", "b", 0, 100), ("b", "c", 15 * 24, 95), ("c", "a", 16 * 24, 90)]))["cycle"] == 0


def test_days_without_an_hour_may_follow_each_other():
    day = [("a", "b", 8, 100), ("b", "c", 0, 95, "EUR", 0, 24), ("c", "d", 0, 90, "EUR", 0, 24)]
    assert kinds(paid(day))["chain"] == 1
    assert kinds(paid([row[:4] for row in day]))["chain"] == 0


def test_a_payment_that_two_files_report_is_marked():
    rows = [(f"s{number}", "r", number, 10) for number in range(5)] + [("s0", "r", 3, 10, "EUR", 1)]
    [one] = patterns(paid(rows))
    assert (one["payments"], one["maybe_reported_twice"]) == (6, 2)


def test_small_payments_over_a_border():
    rows = [(f"s{number % 3}", "r", 400 * number, 40) for number in range(5)]
    countries = {"s0": "AU", "s1": "GB", "s2": "AU", "r": "PH"}
    [one] = patterns(paid(rows, countries=countries, holds=(("lantern", "r"),)))
    assert one["pattern"] == "small_cross_border"
    assert one["amounts"] == {"in": "200"}
    assert "5 payments of at most 250 EUR from 3 accounts of AU, GB into PH" in one["reason"]
    assert [holder["label"] for holder in one["accounts"][0]["held_by"]] == ["lantern"]
    assert not patterns(paid(rows, countries=countries | {"s1": "PH"}))
    assert not patterns(paid([(*row[:3], 251) for row in rows], countries=countries))
    other = money(*paid([(*row[:4], "XAU") for row in rows], countries=countries)).to_json()
    assert other["patterns"] == []
    assert {"what": "small payments in XAU", "why": "no amount is set that counts as small"} in other["cut"]


def test_a_shop_that_is_paid_all_year_is_no_fan():
    steady = [(f"s{number}", "shop", 12 * number, 10) for number in range(700)]
    burst = [(f"b{number}", "mule", 4000 + number, 10) for number in range(5)]
    found = patterns(paid(steady + burst))
    assert [labels(one["accounts"]) for one in found] == [["mule"]]
    assert "3 times or more what its dealings bring on average" in found[0]["reason"]


class TestVictims:
    def test_a_victim_is_never_the_middle_and_its_name_never_shown(self):
        rows = [(f"s{number}", "hers", number, 10) for number in range(6)]
        rows += [("hers", f"t{number}", 50 + number, 10) for number in range(6)]
        rows += [("x", "hers", 200, 100), ("hers", "y", 201, 95), ("y", "x", 202, 90)]
        shielded = paid(rows, holds=(("wren", "hers"),), roles={"wren": "victim"})
        assert set(kinds(paid(rows))) == {"fan_in", "fan_out", "gather_scatter", "cycle"}
        assert patterns(shielded) == []

    def test_victims_who_pay_are_evidence_about_whom_they_pay(self):
        rows = [(f"s{number}", "r", number, 10) for number in range(5)]
        answer = money(*paid(rows, holds=(("wren", "s0"),), roles={"wren": "victim"})).to_json()
        [one] = answer["patterns"]
        assert one["others_in_all"] == 5
        assert "wren" not in json.dumps(answer)
        assert any(label.startswith("of a victim") for label in labels(one["others"]))


events_drawn = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 30), st.integers(1, 12), st.sampled_from([0, 0, 3])),
    max_size=12,
).map(
    lambda rows: [
        (f"n{one}", f"n{other}", hours, units, "EUR", 0, lasts)
        for one, other, hours, units, lasts in rows
        if one != other
    ]
)


def payments_of(rows):
    graph, events, _ = paid(rows)
    return graph, read(events).by_currency.get("EUR")


@settings(deadline=None, max_examples=150)
@given(events_drawn, st.integers(1, 20))
def test_cycles_and_chains_are_those_of_a_plain_search(rows, hours):
    graph, payments = payments_of(rows)
    if payments is None:
        return
    window, kept = hours * HOUR, Fraction(1, 2)
    never = np.zeros(len(graph), bool)
    found = walks(payments, pairs(payments, window, kept, never), fewest=3, most=5, never=never)
    p, m = payments, range(len(payments))
    follows = {
        (a, b)
        for a in m
        for b in m
        if a != b
        and p.payee[a] == p.payer[b]
        and p.first[a] <= p.last[b] <= p.last[a] + window
        and p.units[a] * kept <= p.units[b] <= p.units[a]
    }
    cycles, chains = set(), set()

    def walk(rows):
        visited = [p.payer[rows[0]], *(p.payee[row] for row in rows)]
        on = [b for b in m if (rows[-1], b) in follows and p.payee[b] not in visited[1:]]
        if len(rows) >= 3 and (not on or len(rows) == 5) and not any((a, rows[0]) in follows for a in m):
            chains.add(tuple(rows))
        for row in on if len(rows) < 5 else ():
            if p.payee[row] != visited[0]:
                walk([*rows, row])
            elif len(rows) >= 2:
                cycles.add(frozenset([*rows, row]))

    for start in m:
        walk([start])
    assert {frozenset(one) for one in found.cycles} == cycles
    assert set(found.chains) == chains
    assert len(found.chains) == len(chains)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), max_size=25).map(sorted),
    st.integers(0, 15),
    st.integers(1, 4),
)
def test_episodes_are_all_windows_that_hold_enough(rows, window, fewest):
    times, others = [row[0] for row in rows], [row[1] for row in rows]
    inside = set()
    for end in range(len(rows)):
        start = next(at for at in range(end + 1) if times[at] >= times[end] - window)
        if len(set(others[start : end + 1])) >= fewest:
            inside.update(range(start, end + 1))
    assert {at for one, other in episodes(times, others, window, fewest) for at in range(one, other)} == inside


def test_gather_scatter_needs_the_order_and_the_money():
    into = [(f"s{number}", "hub", number, 100) for number in range(3)]
    out = [("hub", f"t{number}", 10 + number, 90) for number in range(3)]
    graph, payments = payments_of(into + out)
    measure = Measure.of(payments, 24 * HOUR, Fraction(3))
    [one] = gather_scatter(payments, measure, 3, Fraction(1, 2))
    assert [values(graph)[node] for node in one.ends] == ["hub"]
    assert (len(one.into), len(one.out), len(one.others)) == (3, 3, 6)
    for other in ([(*row[:2], row[2] + 24, row[3]) for row in into] + out, into + [(*row[:3], 40) for row in out]):
        _, payments = payments_of(other)
        assert not gather_scatter(payments, measure, 3, Fraction(1, 2))
    assert fans(payments, payments.payee, payments.payer, measure, 3)


def test_the_order_of_the_evidence_does_not_matter():
    draw = random.Random(2)  # noqa: S311 - a test needs the same draw each time
    rows = daily_life(draw, 80, 60, 10)
    for name in SCHEMES:
        rows += scheme(draw, name, name, 60).rows
    answers = []
    for _ in range(2):
        record = money(*paid(rows)).to_json()
        for one in record["patterns"]:
            for row in one["rows"]:
                del row["row"]
        answers.append(json.dumps(record))
        draw.shuffle(rows)
    assert answers[0] == answers[1]
    assert len(answers[0]) > 5000


class TestBounds:
    def test_busy_accounts_that_are_passed_over_are_named(self, monkeypatch):
        monkeypatch.setattr("linkgraph.algorithms.flow.passing.MOST_PAIRS", 20)
        rows = [(f"s{number}", "busy", number, 10) for number in range(30)]
        rows += [("busy", f"t{number}", 40 + number, 10) for number in range(30)]
        rows += [("a", "b", 0, 100), ("b", "c", 5, 95), ("c", "a", 9, 90)]
        answer = money(*paid(rows)).to_json()
        assert answer["found"]["cycle"] == 1
        [cut] = [one for one in answer["cut"] if "accounts" in one]
        assert len(cut["accounts"]) == 1
        assert "What was left out is listed" in money(*paid(rows)).headline()

    def test_walks_that_are_given_up_and_chains_that_go_on_are_told(self, monkeypatch):
        monkeypatch.setattr("linkgraph.algorithms.flow.passing.MOST_WALKS", 2)
        rows = [(f"n{number}", f"n{number + 1}", number, 100 - number) for number in range(16)]
        said = " ".join(one["why"] for one in money(*paid(rows)).to_json()["cut"])
        assert "unfinished ones were given up" in said
        assert "go on and are shown so far" in said

    def test_lists_that_end_early_say_so(self, monkeypatch):
        monkeypatch.setattr(sys.modules["linkgraph.algorithms.money"], "MOST_LISTED", 1)
        rows = [(f"s{number}", f"r{place}", number, 10) for number in range(5) for place in range(2)]
        answer = money(*paid(rows)).to_json()
        assert answer["found"]["fan_in"] == 2
        assert {"what": "fan_in: 1 of 2 are listed", "why": "the largest of each"} in answer["cut"]


class TestThresholds:
    SHIPPED = (Path(money.__code__.co_filename).parent / "money.toml").read_text("utf-8")

    def test_the_answer_records_them(self):
        recorded = money(*paid([("a", "b", 1, 5)])).to_json()["parameters"]
        assert recorded == thresholds().to_json()
        assert (recorded["window_days"], recorded["kept"], len(recorded["thresholds_sha256"])) == (14, "0.8", 64)

    def test_a_unit_may_have_its_own(self, tmp_path):
        file = tmp_path / "own.toml"
        file.write_text(self.SHIPPED.replace("fan = 5", "fan = 3"), "utf-8")
        own = thresholds_from(file)
        assert (own.fan, own.sha256 != thresholds().sha256) == (3, True)
        case = paid([(f"s{number}", "r", number, 10) for number in range(3)])
        assert [one["pattern"] for one in patterns(case, by=own)] == ["fan_in"]
        assert patterns(case) == []

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("fan = 5", "fan = 0", "fan must be a whole number from 1"),
            ("fan = 5", "fan = true", "fan must be a whole number from 1"),
            ("fan = 5", "", "'fan' is missing"),
            ("fan = 5", "fan = 5\nfun = 1", "'fun' is no threshold"),
            ('kept = "0.8"', "kept = 0.8", "kept must be a number above 0 and up to 1 as text"),
            ('kept = "0.8"', 'kept = "1.2"', "kept must be a number above 0 and up to 1 as text"),
            ('EUR = "250"', 'EUR = "-1"', "[small] must name amounts above 0"),
            ('EUR = "250"', 'EUR = "much"', "[small] must name amounts above 0"),
            ("most_hops = 12", "most_hops = 2", "most_hops must not be less"),
            ("fan = 5", "fan = ", "is no TOML file"),
        ],
    )
    def test_faults_are_told(self, tmp_path, old, new, said):
        file = tmp_path / "own.toml"
        file.write_text(self.SHIPPED.replace(old, new, 1), "utf-8")
        with pytest.raises(UsageError, match=r"^own\.toml") as fault:
            thresholds_from(file)
        assert said in str(fault.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "demo"
    run(folder, lambda _: None)
    return folder / "op-lantern"


class TestSampleCase:
    @pytest.fixture
    def truth(self, folder):
        return json.loads((folder.parent / "evidence" / "truth.json").read_text("utf-8"))

    def test_chain_and_facilitator_come_out(self, folder, truth, capsys):
        assert main(["money", "--case", str(folder), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)["patterns"]
        [chain] = [one for one in found if one["pattern"] == "chain"]
        assert labels(chain["accounts"]) == [f"iban:{iban}" for iban in truth["payment_chain"][1:]]
        [holder] = chain["accounts"][-1]["held_by"]
        assert holder["label"] == f"{truth['facilitator']['account']} ({truth['service']})"
        paid_in_gifts = {labels(one["accounts"])[0] for one in found if one["pattern"] == "small_cross_border"}
        assert f"iban:{truth['facilitator']['payment_account']}" in paid_in_gifts

    def test_the_whole_chain_is_traced(self, folder, truth, capsys):
        ends = ["--from", truth["payment_chain"][0], "--to", truth["facilitator"]["account"]]
        assert main(["money", *ends, "--case", str(folder), "--json"]) == 0
        [flow] = json.loads(capsys.readouterr().out)["flows"]
        assert (flow["currency"], flow["amount"], flow["chains_in_all"]) == ("EUR", "65", 3)
        assert [row["row"] for row in flow["chains"][0]["rows"]] == [7, 30, 31, 32]

    def test_tables(self, folder, truth, capsys):
        assert main(["money", "--case", str(folder), "--pattern", "chain"]) == 0
        shown = capsys.readouterr()
        assert "payments.csv row" in shown.out
        assert "48 payments in EUR" in shown.err
        ends = ["--from", truth["payment_chain"][0], "--to", truth["payment_chain"][-1]]
        assert main(["money", *ends, "--case", str(folder)]) == 0
        shown = capsys.readouterr()
        assert "65 EUR, 3 chains" in shown.out
        assert "up to 65 EUR can have come" in shown.err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--from", "a"], "Give both --from and --to"),
            (["--pattern", "x"], "'x' is no pattern"),
            (["--thresholds", "nowhere.toml"], "'nowhere.toml' cannot be read"),
            (["--from", "olive_hare_443", "--to", "lilac_raven_218"], "is no payment account and holds none"),
        ],
    )
    def test_mistakes_are_told(self, folder, capsys, arguments, said):
        assert main(["money", *arguments, "--case", str(folder)]) == 2
        assert said in capsys.readouterr().err

    def test_it_is_among_all_questions(self, folder):
        question = next(one for one in QUESTIONS if one.name == "money")
        with linkgraph.open(folder).reading() as store:
            answer = question.answer(Material(store)).to_json()
        assert answer["found"]["chain"] == 1
        assert answer["parameters"] == question.parameters


def test_only_payments_count():
    graph, events, sources = paid([(f"s{number}", "r", number, 10) for number in range(5)])
    other = events.set_column(0, "kind", [[LinkKind.LINKED] * 5])
    assert money(graph, other, sources).to_json()["payments"] == {}
