"""Disposable identities: bits worked out by hand, planted owners and decoys, who is never compared, decisions kept."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime, timedelta
from itertools import combinations

import duckdb
import numpy as np
import pytest
from custody.cases import ACCOUNTS, LOGINS, made
from custody.cases import UTC as LOG_IN_UTC
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import graph_of, identity

import linkgraph
from linkgraph.algorithms import identities
from linkgraph.algorithms.identity import weights as match_weights
from linkgraph.algorithms.identity.blocks import blocks
from linkgraph.algorithms.identity.fields import DAY, FIELDS, compact, held, in_common
from linkgraph.algorithms.identity.weights import UNKNOWN, Level, reviewed
from linkgraph.cli import main
from linkgraph.errors import UsageError
from linkgraph.model import Attribute, Basis, Decision, EntityKind, LinkKind, Role, SameAs

START = datetime(2026, 1, 1, tzinfo=UTC)
PREFIXES = {
    "mail": (EntityKind.EMAIL, LinkKind.HOLDS),
    "tel": (EntityKind.PHONE, LinkKind.HOLDS),
    "dev": (EntityKind.DEVICE, LinkKind.HOLDS),
    "pay": (EntityKind.PAYMENT_ACCOUNT, LinkKind.HOLDS),
    "ip": (EntityKind.IP_ADDRESS, LinkKind.USED_IP),
    "file": (EntityKind.FILE_HASH, LinkKind.SHARED_FILE),
}


def graph(links, roles=None, alone=(), persons=()):
    """Make a graph of (account, thing[, day of use[, grade]]); a thing's name begins with what it is."""
    made_of, kinds = [], {}
    for account, thing, *facts in links:
        kind, link = PREFIXES[thing.partition("-")[0]]
        kinds[account] = EntityKind.PERSON if account in persons else EntityKind.ACCOUNT
        kinds[thing] = kind
        day = facts[0] if facts else None
        seen = None if day is None else START + timedelta(days=day)
        made_of.append((account, thing, {"kind": link, "seen": seen, "grade": facts[1] if len(facts) > 1 else None}))
    kinds |= {name: EntityKind.ACCOUNT for name in alone if name not in kinds}
    return graph_of(made_of, kinds=kinds, roles=roles, alone=tuple(alone))


def strangers(number):
    """Accounts that have nothing in common with anybody."""
    names = ["".join(chr(97 + (at * 7 + step * 11) % 26) for step in range(6)) + f"{at}" for at in range(number)]
    return [(name, f"dev-{name}") for name in names]


def all_along(number):
    """Strangers who log in from the first day to the last."""
    return [(name, f"ip-{name}-{day}", day) for name, _ in strangers(number) for day in (0, 90)]


def found(answer):
    return {
        frozenset((one["a"]["label"], one["b"]["label"])): one
        for one in (answer if isinstance(answer, dict) else answer.to_json())["candidates"]
    }


def bits(candidate):
    return {field["field"]: field["bits"] for field in candidate["fields"]}


def level(field, name="shared"):
    return next(one for one in reviewed().of(field) if one.name == name)


# -- known answers ---------------------------------------------------------------------------------


def test_a_shared_device_among_a_hundred_accounts_is_worth_what_it_is_by_hand():
    # m = 0.6; 0.02 other owners share one's device, so two strangers do with 0.02 / 99: log2(0.6 × 99 / 0.02).
    one = found(identities(graph([("zq", "dev-x"), ("kw", "dev-x"), *strangers(98)])))[frozenset(("zq", "kw"))]
    assert bits(one)["device"] == round(math.log2(0.6 * 99 / 0.02), 2) == 11.54
    # 0.05 further accounts an owner: 0.05 / 99 of pairs.
    chance = 0.05 / 99
    assert one["prior"] == round(math.log2(chance / (1 - chance)), 2) == -10.95
    assert one["score"] == pytest.approx(sum(bits(one).values()), abs=1e-9)
    assert one["probability"] == pytest.approx(1 / (1 + 2 ** -(one["score"] + one["prior"])), abs=1e-9)


def test_two_that_differ_have_bits_against_them_and_what_one_has_not_says_nothing():
    links = [("zq", "dev-x"), ("kw", "dev-x"), ("zq", "mail-1"), ("kw", "mail-2"), ("zq", "tel-1"), *strangers(98)]
    one = found(identities(graph(links)))[frozenset(("zq", "kw"))]
    # Beside a shared device: strangers who share something share an e-mail address in 1 of 100 cases.
    assert bits(one)["email"] == round(math.log2((1 - 0.10) / (1 - 0.01)), 2) == -0.14
    assert bits(one)["phone"] == 0.0
    outcomes = {field["field"]: field["outcome"] for field in one["fields"]}
    assert (outcomes["email"], outcomes["phone"], outcomes["device"]) == ("different", "unknown", "shared")


def test_what_comes_with_the_strongest_counts_only_as_beside_it():
    links = [("zq", "dev-x"), ("kw", "dev-x"), ("zq", "ip-1", 1), ("kw", "ip-1", 2), *strangers(98)]
    one = found(identities(graph(links)))[frozenset(("zq", "kw"))]
    assert [field["field"] for field in one["fields"] if field["in_full"]] == ["device"]
    assert bits(one)["address"] == round(math.log2(level("address").m / level("address").together), 2)


def test_a_value_that_many_hold_says_little():
    def of(holders):
        links = [(f"u{at}", "pay-x") for at in range(holders)] + strangers(200 - holders)
        pairs = found(identities(graph(links), least=0.0, top=10_000))
        return bits(pairs[frozenset(("u0", "u1"))])["payment_account"]

    few = level("payment_account").few
    assert of(2) == of(few)
    assert of(few) > of(few + 1) > of(few + 10)
    assert of(few + 10) == round(math.log2(0.5 * 199 / (0.01 + 10)), 2)


@pytest.mark.parametrize("apart", [5, 29.9, 30.1, 90])
def test_an_address_counts_only_within_the_time(apart):
    links = [("zq", "ip-1", 1), ("kw", "ip-1", 1 + apart), *strangers(98)]
    one = found(identities(graph(links), least=0.0)).get(frozenset(("zq", "kw")))
    assert (one is not None) == (apart <= 30)
    if one:
        [address] = [field for field in one["fields"] if field["field"] == "address"]
        assert address["apart_days"] == apart
        assert len(address["links"]) == 2


def test_an_address_without_times_or_that_never_links_is_nothing_in_common():
    assert not found(identities(graph([("zq", "ip-1"), ("kw", "ip-1"), *strangers(9)]), least=0.0))
    grade = "never links: not an address of the public network"
    links = [("zq", "ip-1", 1, grade), ("kw", "ip-1", 1, grade), *strangers(9)]
    assert not found(identities(graph(links), least=0.0))


def test_two_rare_files_are_more_than_one():
    links = [("a1", "file-1"), ("b1", "file-1"), ("c1", "file-2"), ("d1", "file-2"), ("c1", "file-3"), ("d1", "file-3")]
    pairs = found(identities(graph([*links, *strangers(100)]), least=0.0))
    one, several = (pairs[frozenset(pair)] for pair in (("a1", "b1"), ("c1", "d1")))
    assert [f["outcome"] for one_ in (one, several) for f in one_["fields"] if f["field"] == "files"] == [
        "one",
        "several",
    ]
    assert bits(several)["files"] > bits(one)["files"]


# -- names ------------------------------------------------------------------------------------------


def test_names_alone_are_never_a_link():
    links = [("amber_fox_12", "mail-1"), ("amber_fox_13", "mail-2"), *strangers(50)]
    answer = identities(graph(links), least=0.0, doubles=100.0)
    assert answer.candidates == ()
    # Also behind one carrier's address, which says nothing for them.
    crowd = [(name, "ip-carrier", 3) for name, _ in strangers(80)]
    links += [("amber_fox_12", "ip-carrier", 3), ("amber_fox_13", "ip-carrier", 3), *crowd]
    answer = identities(graph(links), least=0.0, doubles=100.0)
    assert frozenset(("amber_fox_12", "amber_fox_13")) not in found(answer)
    assert answer.names_alone >= 1
    over = next(one for one in answer.to_json()["blocks"] if one["field"] == "address")["over"]
    assert [(one["label"], one["holders"]) for one in over] == [("ip-carrier", 82)]


def test_display_names_are_compared_and_their_rows_named():
    links = [("zq", "dev-x"), ("kw", "dev-x"), *strangers(98)]
    said = {
        identity(name, {name: EntityKind.ACCOUNT}): (Attribute("display name", shown, Basis.STATED, "e" * 64, row),)
        for name, shown, row in (("zq", "Amber  FOX", 4), ("kw", "amber_fox", 9))
    }
    one = found(identities(graph(links), lambda ids: {one: said[one] for one in ids if one in said}))
    [name] = [field for field in one[frozenset(("zq", "kw"))]["fields"] if field["field"] == "name"]
    assert (name["outcome"], name["alike"]) == ("same", 1.0)
    assert {(row["source"], row["row"]) for row in name["said"]} == {("e" * 64, 4), ("e" * 64, 9)}
    assert name["bits"] > 0


def test_names_are_compared_without_case_width_and_punctuation():
    assert compact("Ａmber_Fox 12") == compact("amber-fox12") == "amberfox12"


# -- handover ---------------------------------------------------------------------------------------


def chain_of(*accounts, gap=3.0, thing="dev-x"):
    links, day = [], 0.0
    for account in accounts:
        links += [(account, thing), (account, f"ip-{account}-1", day), (account, f"ip-{account}-2", day + 10)]
        day += 10 + gap
    return links


def test_one_account_after_another_is_a_chain():
    answer = identities(graph([*chain_of("qa", "wb", "ec", "rd"), *all_along(100)]))
    [chain] = answer.to_json()["chains"]
    assert [one["label"] for one in chain["accounts"]] == ["qa", "wb", "ec", "rd"]
    assert [step["gap_days"] for step in chain["steps"]] == [3.0, 3.0, 3.0]
    assert chain["steps"][0]["stopped"] == "2026-01-11T00:00:00Z"
    assert chain["steps"][0]["started"] == "2026-01-14T00:00:00Z"
    assert {step["stopped_by"] for step in chain["steps"]} == {"logins"}
    assert all(len(step["links"]) == 2 and step["in_common"] == ["device"] for step in chain["steps"])
    assert "1 handover chains, the longest of 4" in answer.headline()


@pytest.mark.parametrize(("gap", "days", "handed"), [(3, 30, True), (31, 30, False), (31, 40, True), (-5, 30, False)])
def test_a_handover_is_within_the_gap_and_not_side_by_side(gap, days, handed):
    answer = identities(graph([*chain_of("qa", "wb", gap=gap), *strangers(100)]), gap_days=days, least=0.0)
    one = found(answer)[frozenset(("qa", "wb"))]
    assert (one["handover"] is not None) == handed
    [timing] = [field for field in one["fields"] if field["field"] == "timing"]
    assert timing["outcome"] == ("handover" if handed else "no handover")


def test_a_rejected_pair_stays_listed_and_is_in_no_chain_and_an_accepted_one_is_in_it_whatever_its_score():
    network = graph([*chain_of("qa", "wb", "ec"), *all_along(100)])
    qa, wb, ec = (identity(name, {name: EntityKind.ACCOUNT}) for name in ("qa", "wb", "ec"))

    def decided(one, other, decision):
        return SameAs(min(one, other), max(one, other), decision, "me", "seen", START)

    answer = identities(network, decisions=[decided(qa, wb, Decision.REJECTED)], top=1).to_json()
    assert found(answer)[frozenset(("qa", "wb"))]["decision"]["decision"] == "rejected"
    assert [[one["label"] for one in chain["accounts"]] for chain in answer["chains"]] == [["wb", "ec"]]
    answer = identities(network, decisions=[decided(wb, ec, Decision.ACCEPTED)], doubles=1e-6).to_json()
    assert list(found(answer)) == [frozenset(("wb", "ec"))]
    assert [[one["label"] for one in chain["accounts"]] for chain in answer["chains"]] == [["wb", "ec"]]


# -- who is never compared --------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["victim", "police cover"])
def test_victims_and_police_covers_are_in_no_pair_and_no_chain(role):
    network = graph([*chain_of("qa", "wb", "ec"), *all_along(100)], roles={"wb": role})
    wb = identity("wb", {"wb": EntityKind.ACCOUNT})
    kept = SameAs(*sorted((wb, identity("qa", {"qa": EntityKind.ACCOUNT}))), Decision.ACCEPTED, "me", "x", START)
    answer = identities(network, decisions=[kept], least=0.0)
    assert wb not in json.dumps(answer.to_json())
    assert answer.left_out == 1
    assert list(found(answer)) == [frozenset(("qa", "ec"))]


def test_a_person_is_not_an_account():
    answer = identities(graph([("zq", "tel-x"), ("kw", "tel-x"), *strangers(20)], persons=("kw",)), least=0.0)
    assert answer.pairs == 0
    answer = identities(graph([("zq", "tel-x"), ("kw", "tel-x"), *strangers(20)], persons=("kw", "zq")), least=0.0)
    assert [one["a"]["kind"] for one in answer.to_json()["candidates"]] == ["Person"]


# -- blocking and comparison against doing it for every pair ------------------------------------------

holdings = st.lists(
    st.tuples(
        st.sampled_from([f"acc{at}" for at in range(8)]),
        st.sampled_from([f"{kind}-{at}" for kind in PREFIXES for at in range(3)]),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=40,
)


@given(holdings, st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_blocks_and_what_is_in_common_are_those_of_every_pair(links, within):
    network = graph(links)
    days = {(a, b): day for a, b, day in links}  # of a link stated twice the last row is kept
    fields = {field: held(network, field) for field in FIELDS}
    compared = network.of_kind([EntityKind.ACCOUNT])
    keys, _ = blocks(network, fields, compared, dict.fromkeys(FIELDS, 50), within * DAY)
    value = network.entities["value"].to_pylist()
    wanted = set()
    for one, other in combinations(sorted({a for a, _ in days}), 2):
        for thing in {b for _, b in days}:
            if (one, thing) in days and (other, thing) in days:
                apart = abs(days[one, thing] - days[other, thing])
                if not thing.startswith("ip") or apart <= within:
                    wanted.add((frozenset((one, other)), thing))
    n = len(network)
    pairs = np.stack(np.divmod(keys, n), axis=1).astype(np.int32)
    named = [frozenset((value[a], value[b])) for a, b in pairs.tolist()]
    assert set(named) == {pair for pair, _ in wanted}
    assert len(named) == len(set(named))
    common = set()
    for field, given_ in fields.items():
        for pair, mine, other, _ in zip(
            *in_common(given_, pairs, within * DAY if field == "address" else None), strict=True
        ):
            assert given_.value[mine] == given_.value[other]
            assert (given_.owner[mine], given_.owner[other]) == tuple(pairs[pair])
            common.add((named[pair], value[given_.value[mine]]))
    assert common == wanted


def test_more_pairs_than_the_bound_are_not_compared_and_the_answer_says_so():
    links = [(f"u{group}_{at}", f"tel-{group}") for group, size in ((0, 40), (1, 5), (2, 4)) for at in range(size)]
    answer = identities(graph(links), most_pairs=20, least=0.0).to_json()
    [phone] = [one for one in answer["blocks"] if one["field"] == "phone"]
    assert phone["paired_up_to"] == 39
    assert [(one["label"], one["holders"]) for one in phone["over"]] == [("tel-0", 40)]
    # Of the 40 each is paired with its ten next names; of the others all with all: 10 + 6.
    assert 16 < answer["pairs"] <= 16 + 2 * 5 * 40
    assert phone["pairs"] == answer["pairs"]


# -- estimation -------------------------------------------------------------------------------------


def test_m_is_estimated_from_pairs_that_were_not_chosen_by_the_field():
    draw = np.random.default_rng(3)
    n, match = 4000, np.zeros(4000, bool)
    match[:400] = True
    truth = {"device": (0.7, 0.1), "email": (0.3, 0.02), "phone": (0.5, 0.05), "name": (0.4, 0.05)}
    few = np.ones(n, bool)
    fields, start = {"address": match_weights.Outcomes(np.zeros(n, np.int32), np.ones(n), np.ones(n), few)}, {}
    start["address"] = np.array([0.5, 0.5])
    for name, (m, u) in truth.items():
        agrees = draw.random(n) < np.where(match, m, u)
        outcome = np.where(agrees, 0, 1).astype(np.int32)
        together = np.where(agrees, u * 2, 1 - u * 2)
        fields[name] = match_weights.Outcomes(outcome, together, together, None if name == "name" else few & False)
        start[name] = np.array([0.5, 0.5])
    estimated, which = match_weights.estimated(fields, start)
    assert set(which) == set(truth)
    assert estimated["address"] is start["address"]
    for name, (m, _) in truth.items():
        assert estimated[name][0] == pytest.approx(m, abs=0.1)


def test_a_case_with_too_little_in_it_keeps_the_reviewed_figures():
    network = graph([*chain_of("qa", "wb"), *strangers(20)])
    first, second = (identities(network, weights=weights).to_json() for weights in ("reviewed", "estimated"))
    assert not any(one["estimated"] for one in second["weights"])
    assert first["candidates"] == second["candidates"]


def test_weights_of_a_level_are_those_of_the_table():
    levels = (Level("device", "shared", m=0.6, others=0.02, together=0.25, few=6),)
    outcome = np.array([0, 1, UNKNOWN], np.int32)
    field = match_weights.of_substance(levels, outcome, np.array([2, 0, 0], np.int32), 101)
    assert field.u.tolist() == pytest.approx([0.02 / 100, 1 - 0.02 / 100, 1.0])
    assert field.together.tolist() == pytest.approx([0.25, 0.75, 1.0])


def test_the_reviewed_figures_are_shares():
    for field in reviewed().fields:
        assert 0 < sum(one.m for one in reviewed().of(field)) < 1
        assert sum(one.together or 0 for one in reviewed().of(field)) < 1
    assert set(FIELDS) < set(reviewed().fields)


# -- edges, order, parameters -------------------------------------------------------------------------


@pytest.mark.parametrize("links", [[], [("zq", "dev-x")], [("zq", "dev-x"), ("kw", "dev-x")]])
def test_no_one_and_two_accounts(links):
    answer = identities(graph(links))
    assert len(answer.candidates) == (len(links) == 2)
    assert answer.headline()
    json.dumps(answer.to_json(), allow_nan=False)
    assert {"a", "b", "probability"} <= set(answer.to_frame().columns)


def test_rows_in_another_order_give_the_same_bytes():
    draw = random.Random(5)  # noqa: S311 - a test needs the same draw each time
    links = [
        (f"u{draw.randint(0, 40)}", f"{kind}-{draw.randint(0, 15)}", draw.randint(0, 90)) for kind in [*PREFIXES] * 40
    ]
    links = list({(a, b): (a, b, day) for a, b, day in links}.values())
    first = identities(graph(links), least=0.0, weights="estimated")
    draw.shuffle(links)
    second = identities(graph(links), least=0.0, weights="estimated")
    assert json.dumps(first.to_json()) == json.dumps(second.to_json())
    assert len(first.candidates) > 20


def test_frame_adds_up():
    frame = identities(graph([*chain_of("qa", "wb", "ec"), *strangers(60)])).to_frame()
    assert len(frame) == 3
    assert frame[list(reviewed().fields)].sum(axis=1).round(2).tolist() == frame["score"].tolist()


@pytest.mark.parametrize(
    "options",
    [{"gap_days": 0}, {"weights": "guessed"}, {"doubles": 0}, {"least": 2}, {"top": 0}, {"gap_days": math.nan}],
)
def test_parameters_out_of_range(options):
    with pytest.raises(UsageError):
        identities(graph([]), **options)


# -- decisions ----------------------------------------------------------------------------------------


@pytest.fixture
def case(tmp_path):
    return made(tmp_path, [("ip-logs", "logins.csv", LOGINS, LOG_IN_UTC), ("accounts", "accounts.csv", ACCOUNTS, None)])


def decisions(case):
    with case.reading() as store:
        return [(one.decision, one.why) for one in store.same_as()]


def test_decisions_are_kept_shown_logged_and_made_again(case):
    entities = case.digest()
    ids = case.resolve("blue_owl", "amber_fox", Decision.ACCEPTED, "one device")
    assert decisions(case) == [("accepted", "one device")]
    [one] = case.identities(least=1.0).to_json()["candidates"]
    assert {one["a"]["id"], one["b"]["id"]} == set(ids)
    assert one["decision"]["why"] == "one device"
    [(other, stands)] = case.detail("amber_fox").same_as
    assert (other["id"], stands.decision) == (ids[0], "accepted")
    case.resolve("amber_fox", "blue_owl", Decision.REJECTED, "brothers")
    assert decisions(case) == [("rejected", "brothers")]
    logged = [json.loads(line) for line in (case.folder / "audit.jsonl").read_text("utf-8").splitlines()][-2:]
    assert [(entry["action"], entry["body"]["decision"]) for entry in logged] == [
        ("same_as", "accepted"),
        ("same_as", "rejected"),
    ]
    assert set(logged[0]["body"]) == {"a", "b", "decision", "why"}
    assert (logged[0]["body"]["a"], logged[0]["body"]["b"]) == tuple(sorted(ids))
    assert case.digest() == entities, "nothing is merged"
    assert case.verify().whole
    assert case.rebuild().equal
    assert decisions(case) == [("rejected", "brothers")]
    (case.folder / "case.duckdb").unlink()
    case.rebuild()
    assert decisions(case) == [("rejected", "brothers")]
    case.resolve("amber_fox", "blue_owl", None, "not sure after all")
    assert decisions(case) == []
    assert case.rebuild().equal
    assert decisions(case) == []
    assert case.verify().whole


def test_a_decision_that_was_slipped_into_the_store_is_told(case):
    case.resolve("blue_owl", "amber_fox", Decision.ACCEPTED, "one device")
    with duckdb.connect(str(case.folder / "case.duckdb")) as store:
        store.execute("UPDATE same_as SET decision = 'rejected'")
    found_ = case.rebuild()
    assert not found_.replaced
    assert any("one person" in one for one in found_.differences)


def test_a_store_made_before_there_were_decisions_opens_and_takes_them(case):
    with duckdb.connect(str(case.folder / "case.duckdb")) as store:
        columns = store.execute("DESCRIBE same_as").fetchall()
        store.execute("DROP TABLE same_as")
    assert decisions(case) == []
    assert case.detail("amber_fox").same_as == ()
    assert case.identities(least=0.0).to_json()["candidates"]
    assert case.rebuild().equal
    with duckdb.connect(str(case.folder / "case.duckdb")) as store:
        store.execute("DROP TABLE same_as")
    case.resolve("blue_owl", "amber_fox", Decision.ACCEPTED, "one device")
    assert decisions(case) == [("accepted", "one device")]
    with duckdb.connect(str(case.folder / "case.duckdb")) as store:
        assert store.execute("DESCRIBE same_as").fetchall() == columns
    assert case.verify().whole
    assert case.rebuild().equal


def test_a_decision_makes_the_findings_be_worked_out_again(case):
    list(case.analyse())
    assert all(one.reused for one in case.analyse())
    case.resolve("blue_owl", "amber_fox", Decision.REJECTED, "brothers")
    [again] = [one for one in case.analyse() if one.question.name == "identities"]
    assert not again.reused
    assert again.finding.answer["candidates"][0]["decision"]["decision"] == "rejected"


@pytest.mark.parametrize(
    ("one", "other", "decision", "why", "said"),
    [
        ("amber_fox", "blue_owl", Decision.ACCEPTED, " ", "reason"),
        ("amber_fox", "chat:amber_fox", Decision.ACCEPTED, "x", "one entity already"),
        ("amber_fox", "amber@example.org", Decision.ACCEPTED, "x", "two accounts"),
        ("amber_fox", "small_wren", Decision.ACCEPTED, "x", "victim"),
        ("amber_fox", "blue_owl", None, "x", "Nothing was decided"),
        ("amber_fox", "nobody", Decision.REJECTED, "x", "Nothing in the case"),
    ],
)
def test_what_cannot_be_decided(case, one, other, decision, why, said):
    before = (case.folder / "audit.jsonl").read_bytes()
    with pytest.raises(UsageError, match=said):
        case.resolve(one, other, decision, why)
    assert (case.folder / "audit.jsonl").read_bytes() == before


def test_two_accounts_of_a_victim_are_accepted_by_hand_and_listed_nowhere(case):
    case.set_role("blue_owl", Role.VICTIM, "a child")
    case.resolve("blue_owl", "small_wren", Decision.ACCEPTED, "she says so")
    assert decisions(case) == [("accepted", "she says so")]
    assert case.identities(least=0.0).to_json()["candidates"] == []


def test_who_was_accepted_as_one_person_with_a_victim_is_protected_too(case, capsys):
    case.resolve("amber_fox", "blue_owl", Decision.ACCEPTED, "one telephone")
    assert main(["role", "blue_owl", "victim", "--why", "a child", "--case", str(case.folder)]) == 0
    assert case.one("amber_fox").role is Role.VICTIM
    assert "was accepted as one person with it, and is: victim." in " ".join(capsys.readouterr().err.split())
    last = json.loads((case.folder / "audit.jsonl").read_text("utf-8").splitlines()[-1])
    assert last["body"]["entity"] == case.one("amber_fox").id
    assert case.one("blue_owl").id[:8] in last["body"]["why"]
    # Taking it back is of one entity, by two people.
    case.set_role("blue_owl", None, "mistaken", second="DI Example")
    assert case.one("amber_fox").role is Role.VICTIM


def test_a_role_that_was_given_before_stays(case):
    case.resolve("amber_fox", "blue_owl", Decision.ACCEPTED, "one telephone")
    case.set_role("amber_fox", Role.SUSPECT, "identified")
    case.set_role("blue_owl", Role.VICTIM, "a child")
    assert case.one("amber_fox").role is Role.SUSPECT


# -- commands -----------------------------------------------------------------------------------------


def run(capsys, *arguments):
    status = main([str(one) for one in arguments])
    return status, capsys.readouterr()


def test_the_commands(case, capsys):
    options = ("--case", case.folder)
    status, out = run(capsys, "identities", "--least", "0", "--json", *options)
    record = json.loads(out.out)
    assert status == 0
    assert set(record) == {
        *("parameters", "compared", "left_out", "pairs", "blocks", "weights", "found", "names_alone"),
        *("candidates", "chains"),
    }
    assert [one["label"] for one in (record["candidates"][0]["a"], record["candidates"][0]["b"])]
    status, out = run(capsys, "identities", "--least", "0", "--gap", "10", "--weights", "estimated", *options)
    assert status == 0
    assert "email shared: amber@example.org (held by 2)" in out.out
    assert "small_wren" not in out.out + out.err
    assert run(capsys, "resolve", "accept", "amber_fox", "blue_owl", "--why", "one device", *options)[0] == 0
    status, out = run(capsys, "resolve", "list", "--least", "0", "--json", *options)
    record = json.loads(out.out)
    assert (record["candidates"], record["decided"][0]["why"]) == ([], "one device")
    status, out = run(capsys, "resolve", *options)
    assert "accepted" in out.out
    assert "1 decided" in out.err
    status, out = run(capsys, "show", "amber_fox", "--json", *options)
    assert json.loads(out.out)["same_as"][0]["other"]["label"] == "blue_owl (chat)"
    status, out = run(capsys, "show", "amber_fox", *options)
    assert "one person's as" in out.out
    assert run(capsys, "resolve", "reject", "amber_fox", "blue_owl", "--why", "brothers", *options)[0] == 0
    assert run(capsys, "resolve", "undo", "amber_fox", "blue_owl", "--why", "unsure", *options)[0] == 0
    assert run(capsys, "resolve", "undo", "amber_fox", "blue_owl", "--why", "unsure", *options)[0] == 2
    assert run(capsys, "resolve", *options, "list")[0] == 2
    assert run(capsys, "resolve", "accept", "amber_fox", "blue_owl", *options)[0] == 2


def test_the_planted_pairs_of_the_sample_case_come_first(tmp_path):
    from sample.test_op_lantern import TRUTH, labels

    from linkgraph.demo import run as demo

    demo(tmp_path / "demo", lambda _: None)
    answer = linkgraph.open(tmp_path / "demo" / "op-lantern").identities()
    planted = [frozenset(labels(pair)) for pair in TRUTH["disposable_identities"]]
    assert set(list(found(answer))[: len(planted)]) == set(planted)
    chains = [[one["label"] for one in chain["accounts"]] for chain in answer.to_json()["chains"]]
    service = TRUTH["service"]
    assert sorted(chains) == sorted([f"{one} ({service})" for one in pair] for pair in TRUTH["disposable_identities"])
    record = json.dumps(answer.to_json())
    assert not any(one in record for one in [*TRUTH["victims"], TRUTH["police_cover"]])
    assert all(one.probability < 0.5 for one in answer.candidates[len(planted) :])
