"""The exchange between two sides, each with its own folder."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.errors import IntegrityError, LinkgraphError, StorageError, UsageError
from linkgraph.exchange.deconflict import group, identifiers, messages, protocol, session
from linkgraph.exchange.deconflict.identifiers import Normaliser
from linkgraph.exchange.deconflict.messages import Mode, Terms
from linkgraph.exchange.deconflict.session import State
from linkgraph.model import EntityKind

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
TERMS = Terms(
    offering="Agency A",
    answering="Agency B",
    kinds=(EntityKind.EMAIL, EntityKind.PHONE),
    mode=Mode.COUNT,
    legal_basis="JIT agreement of 2 November 2026",
    marking="TLP:AMBER",
    expires=NOW + timedelta(days=14),
    largest_set=1000,
)
REVEAL = replace(TERMS, mode=Mode.REVEAL)
OURS = {EntityKind.EMAIL: {"a@example.com", "b@example.com"}, EntityKind.PHONE: {"+447700900001", "+447700900002"}}
THEIRS = {EntityKind.EMAIL: {"b@example.com", "c@example.com"}, EntityKind.PHONE: {"+447700900002"}}
BOTH = ((EntityKind.EMAIL, "b@example.com"), (EntityKind.PHONE, "+447700900002"))


@dataclass(frozen=True)
class Sides:
    """Two agencies' folders of sessions."""

    a: Path
    b: Path

    def offer(self, ours=OURS, terms=TERMS, **more):
        return protocol.offer(ours, terms=terms, sessions=self.a, now=NOW, **more)

    def answer(self, content, theirs=THEIRS, agency="Agency B", now=NOW, **more):
        return protocol.answer(content, theirs, agency=agency, sessions=self.b, now=now, **more)

    def finish_a(self, content, now=NOW):
        return protocol.finish(content, sessions=self.a, now=now)

    def finish_b(self, content, now=NOW):
        return protocol.finish(content, sessions=self.b, now=now)

    def whole(self, ours=OURS, theirs=THEIRS, terms=TERMS):
        """Go through all three messages; a reveal without a count."""
        offered = self.offer(ours, terms, without_count=True)
        answered = self.answer(offered.message, theirs, without_count=True)
        first, closing = self.finish_a(answered.message)
        second, nothing = self.finish_b(closing)
        assert nothing is None
        return first, second

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted((*self.a.glob("*"), *self.b.glob("*")))}


@pytest.fixture
def sides(tmp_path) -> Iterator[Sides]:
    yield Sides(tmp_path / "a", tmp_path / "b")


def phones(numbers) -> dict[EntityKind, set[str]]:
    return {EntityKind.PHONE: {f"+4477009{number:05}" for number in numbers}}


def test_a_count_tells_both_how_many_and_neither_which(sides):
    first, second = sides.whole()
    assert (first.count, second.count) == (2, 2)
    assert (first.common, second.common) == (None, None)
    assert (first.partner, second.partner) == ("Agency B", "Agency A")
    assert (first.points, first.partner_points) == (second.partner_points, second.points) == (4, 3)


def test_a_reveal_tells_each_which_of_its_own(sides):
    first, second = sides.whole(terms=REVEAL)
    assert first.common == second.common == BOTH
    assert first.count == second.count == 2


def test_what_is_told_without_anything_in_common(sides):
    for terms in (TERMS, REVEAL):
        first, second = sides.whole(phones([1, 2]), phones([3]), terms)
        assert first.count == second.count == 0
        assert first.common == second.common == (None if terms is TERMS else ())


def test_a_value_meets_only_the_same_kind(sides):
    ours, theirs = {EntityKind.EMAIL: {"x"}}, {EntityKind.PHONE: {"x"}}
    assert sides.whole(ours, theirs)[0].count == 0
    assert sides.whole(ours, ours)[0].count == 1  # the control


def test_kinds_outside_the_terms_take_no_part(sides):
    extra = {EntityKind.DEVICE: {"imei:490154203237518"}, EntityKind.PERSON: {"jane"}}
    first, _ = sides.whole(OURS | extra, THEIRS | extra, REVEAL)
    assert first.common == BOTH
    assert first.points == 4


SETS = st.sets(st.integers(min_value=0, max_value=40), min_size=1, max_size=25)


@settings(deadline=None, max_examples=40)
@given(ours=SETS, theirs=SETS, padded=st.booleans(), least=st.integers(min_value=0, max_value=12))
def test_it_is_the_intersection_of_sets(ours, theirs, padded, least):
    with tempfile.TemporaryDirectory() as folder:
        sides = Sides(Path(folder) / "a", Path(folder) / "b")
        common = ours & theirs
        told = len(common) if len(common) >= least else None
        expected = tuple((EntityKind.PHONE, f"+4477009{number:05}") for number in sorted(common))
        for terms in (TERMS, REVEAL):
            under = replace(terms, padded=padded, least=least)
            for result in sides.whole(phones(ours), phones(theirs), under):
                assert result.count == told
                assert result.common == (expected if terms.mode is Mode.REVEAL and told is not None else None)


def test_another_library_finds_the_same(sides):
    """openmined-psi: another protocol's code, another curve (P-256), the same sets."""
    psi = pytest.importorskip("private_set_intersection.python")
    ours, theirs = phones(range(0, 600, 2)), phones(range(0, 900, 3))
    mine, other = sorted(ours[EntityKind.PHONE]), sorted(theirs[EntityKind.PHONE])
    client, server = psi.client.CreateWithNewKey(True), psi.server.CreateWithNewKey(True)
    setup = server.CreateSetupMessage(1e-9, len(mine), other, psi.DataStructure.RAW)
    found = client.GetIntersection(setup, server.ProcessRequest(client.CreateRequest(mine)))
    first, second = sides.whole(ours, theirs, REVEAL)
    assert {value for _, value in first.common} == {mine[at] for at in found} == set(mine) & set(other)
    assert second.common == first.common
    assert sides.whole(ours, theirs, TERMS)[0].count == len(found) == 100


def found_at(sides: Sides, terms: Terms, common: int, everything: int) -> tuple[int, int]:
    """Give where A's one common identifier lay in the offer, and where A finds a common point in the answer."""
    offered = sides.offer(phones(range(everything)), terms, without_count=True)
    secret = session.secret(sides.a, offered.session)
    number = bytes.fromhex(secret["number"])
    point = group.multiplied(number, group.hashed(identifiers.tagged((EntityKind.PHONE, f"+4477009{common:05}"))))
    sent = group.split(messages.read(offered.message).points).index(point)
    answer = messages.read(sides.answer(offered.message, phones([common]), without_count=True).message)
    return sent, group.split(answer.theirs).index(group.multiplied(number, answer.points))


def test_in_a_count_the_place_of_what_is_common_tells_nothing(sides):
    """A sees which point of the answer is common. In its own order that names the identifier; sorted, it does not."""
    places = [found_at(sides, TERMS, one, 64) for one in range(64)]
    assert sum(sent == found for sent, found in places) < 8  # 1 of 64 by chance; 8 or more: 1 in 100,000
    assert all(sent == found for sent, found in (found_at(sides, REVEAL, one, 16) for one in range(8)))  # the control


def test_an_answer_that_keeps_the_order_of_a_count_is_refused(sides):
    offered = sides.offer(phones(range(8)))
    answer = messages.read(sides.answer(offered.message, phones(range(4))).message)
    kept = replace(answer, theirs=b"".join(group.split(answer.theirs)[::-1]))
    before = sides.files()
    with pytest.raises(IntegrityError, match="not sorted, which would show which"):
        sides.finish_a(messages.write(kept))
    assert sides.files() == before
    assert sides.finish_a(messages.write(answer))[0].count == 4


def test_below_the_least_both_are_told_only_that(sides):
    for terms in (TERMS, REVEAL):
        for least, told, words in ((2, 2, "2"), (3, None, "fewer than 3")):
            first, second = sides.whole(terms=replace(terms, least=least))
            assert (first.count, second.count) == (told, told)
            assert (first.in_words(), second.in_words()) == (words, words)
            assert (first.common is None) == (terms is TERMS or told is None)


def test_below_the_least_no_point_goes_back(sides):
    offered = sides.offer(terms=replace(REVEAL, least=3), without_count=True)
    closing = messages.read(sides.finish_a(sides.answer(offered.message, without_count=True).message)[1])
    assert (closing.count, closing.points) == (None, b"")


@pytest.mark.parametrize(("has", "sends"), [(1, 1), (2, 2), (3, 4), (5, 8), (64, 64), (65, 128)])
def test_padding_hides_how_many_there_are(sides, has, sends):
    terms = replace(TERMS, padded=True)
    offered = sides.offer(phones(range(has)), terms)
    answered = sides.answer(offered.message, phones(range(has)))
    assert (offered.identifiers, offered.points) == (answered.identifiers, answered.points) == (has, sends)
    assert len({len(sides.offer(phones(range(sends)), terms).message), len(offered.message)}) == 1
    assert sides.finish_a(answered.message)[0].count == has


def test_padding_stays_below_the_cap(sides):
    terms = replace(TERMS, padded=True, largest_set=100)
    with pytest.raises(UsageError, match="128 points would be sent and the terms allow 100"):
        sides.offer(phones(range(65)), terms)
    assert not sides.files()
    offered = sides.offer(phones(range(64)), terms)
    with pytest.raises(UsageError, match="128 points"):
        sides.answer(offered.message, phones(range(65)))
    assert not list(sides.b.glob("*"))


def test_nothing_to_compare_is_said(sides):
    with pytest.raises(UsageError, match="no Email or Phone here"):
        sides.offer({EntityKind.DEVICE: {"imei:490154203237518"}})
    assert not sides.files()


def test_what_strangers_share_is_left_out_and_counted(sides):
    terms = replace(TERMS, kinds=(EntityKind.IP_ADDRESS,))
    offered = sides.offer({EntityKind.IP_ADDRESS: {"81.2.69.142", "10.0.0.1", "127.0.0.1"}}, terms)
    assert (offered.identifiers, offered.left_out) == (1, 2)


def test_the_terms_can_be_seen_before_they_are_agreed_to(sides):
    offered = sides.offer(terms=replace(TERMS, least=5, padded=True))
    assert protocol.terms_of(offered.message) == replace(TERMS, least=5, padded=True)
    assert not list(sides.b.glob("*"))
    with pytest.raises(UsageError, match="no offer"):
        protocol.terms_of(sides.answer(offered.message).message)


# What is refused, with nothing written.


def test_an_offer_to_another_agency_is_refused(sides):
    offered = sides.offer()
    with pytest.raises(UsageError, match="made to Agency B, not to Agency C"):
        sides.answer(offered.message, agency="Agency C")
    assert not list(sides.b.glob("*"))


def test_what_is_too_late_is_refused(sides):
    with pytest.raises(UsageError, match="which is over"):
        sides.offer(terms=replace(TERMS, expires=NOW))
    offered = sides.offer()
    with pytest.raises(UsageError, match="which is over"):
        sides.answer(offered.message, now=LATER)
    assert not list(sides.b.glob("*"))
    answered = sides.answer(offered.message)
    before = sides.files()
    with pytest.raises(UsageError, match="which is over"):
        sides.finish_a(answered.message, now=LATER)
    assert sides.files() == before


@pytest.mark.parametrize("change", [{"version": 99}, {"vectors": "0" * 64}])
def test_another_normaliser_is_refused(sides, change):
    offer = messages.read(sides.offer().message)
    other = messages.write(replace(offer, normaliser=replace(offer.normaliser, **change)))
    with pytest.raises(UsageError, match="write identifiers differently"):
        sides.answer(other)
    assert not list(sides.b.glob("*"))
    assert isinstance(offer.normaliser, Normaliser)


def test_terms_that_cannot_be_are_not_offered(sides):
    for change in ({"least": 2000}, {"largest_set": 0}, {"answering": "Agency A"}, {"legal_basis": ""}):
        with pytest.raises(UsageError, match="Nothing can be offered under these terms"):
            sides.offer(terms=replace(TERMS, **change))
    assert not sides.files()


def test_more_points_than_the_terms_allow_are_refused(sides):
    offered = sides.offer(phones(range(20)))
    offer = messages.read(offered.message)
    for terms, refused in ((replace(TERMS, largest_set=19), True), (replace(TERMS, largest_set=20), False)):
        content = messages.write(replace(offer, terms=terms))
        if refused:
            with pytest.raises(IntegrityError, match="20 points of one side and its terms allow 19"):
                sides.answer(content, phones([1]))
            assert not list(sides.b.glob("*"))
        else:
            sides.answer(content, phones([1]))


def test_a_point_that_is_none_is_refused_wherever_it_comes(sides):
    bad = b"\xff" * 31 + b"\x7f"
    offered = sides.offer(terms=REVEAL, without_count=True)
    offer = messages.read(offered.message)
    last = offer.points[:-32] + bad
    with pytest.raises(IntegrityError, match="Point 4 of the file"):
        sides.answer(messages.write(replace(offer, points=b"".join(sorted(group.split(last))))), without_count=True)
    assert not list(sides.b.glob("*"))
    answered = sides.answer(offered.message, without_count=True)
    answer = messages.read(answered.message)
    before = sides.files()
    for change, number in (({"theirs": answer.theirs[:-32] + bad}, 4), ({"points": answer.points[:-32] + bad}, 7)):
        with pytest.raises(IntegrityError, match=f"Point {number} of the file"):
            sides.finish_a(messages.write(replace(answer, **change)))
    assert sides.files() == before
    closing = messages.read(sides.finish_a(answered.message)[1])
    with pytest.raises(IntegrityError, match="Point 1 of the file"):
        sides.finish_b(messages.write(replace(closing, points=bytes(32) + closing.points[32:])))


def test_an_offer_is_answered_once(sides):
    offered = sides.offer()
    answered = sides.answer(offered.message)
    before = sides.files()
    with pytest.raises(UsageError, match="has been used"):
        sides.answer(offered.message)
    assert sides.files() == before
    sides.finish_b(sides.finish_a(answered.message)[1])
    with pytest.raises(UsageError, match="has been used"):
        sides.answer(offered.message)


def test_a_message_is_used_once(sides):
    offered = sides.offer()
    answered = sides.answer(offered.message)
    _, closing = sides.finish_a(answered.message)
    with pytest.raises(UsageError, match="has been used, and its secret is destroyed"):
        sides.finish_a(answered.message)
    sides.finish_b(closing)
    with pytest.raises(UsageError, match="has been used, and its secret is destroyed"):
        sides.finish_b(closing)


def test_of_many_that_finish_at_once_one_gets_the_result(sides):
    answered = sides.answer(sides.offer(phones(range(200))).message, phones(range(100)))

    def attempt(_: int) -> bool:
        try:
            sides.finish_a(answered.message)
        except LinkgraphError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = sum(pool.map(attempt, range(8)))
    # Windows unlinks no file that another has open: there it can be that none gets it, but never two.
    assert won == 1 or (os.name == "nt" and won == 0)


def test_an_answer_to_another_offer_is_refused(sides):
    first, second = sides.offer(), sides.offer()
    answer = messages.read(sides.answer(first.message).message)
    before = sides.files()
    with pytest.raises(IntegrityError, match="answers another one than was sent"):
        sides.finish_a(messages.write(replace(answer, session=second.session)))
    with pytest.raises(IntegrityError, match="answers another one than was sent"):
        sides.finish_a(messages.write(replace(answer, offer="0" * 64)))
    with pytest.raises(UsageError, match="No session"):
        sides.finish_a(messages.write(replace(answer, session="0" * 32)))
    assert sides.files() == before


def test_a_closing_message_to_another_answer_is_refused(sides):
    answered = sides.answer(sides.offer().message)
    closing = messages.read(sides.finish_a(answered.message)[1])
    with pytest.raises(IntegrityError, match="answers another one than was sent"):
        sides.finish_b(messages.write(replace(closing, answer="0" * 64)))
    assert sides.finish_b(messages.write(closing))[0].count == 2


def test_ones_own_message_is_not_finished(sides):
    offered = sides.offer()
    with pytest.raises(UsageError, match="answered, not finished"):
        sides.finish_b(offered.message)
    answered = sides.answer(offered.message)
    with pytest.raises(UsageError, match="made on this side; it is for Agency A"):
        sides.finish_b(answered.message)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 1000, None])
def test_a_number_that_cannot_be_is_refused(sides, count):
    """B sees its own points come back, so in a reveal a wrong number shows; in a count only an impossible one does."""
    for terms, impossible in ((REVEAL, True), (TERMS, count is None or count > 3)):
        answered = sides.answer(sides.offer(terms=terms, without_count=True).message, without_count=True)
        closing = messages.read(sides.finish_a(answered.message)[1])
        if impossible:
            with pytest.raises(IntegrityError):
                sides.finish_b(messages.write(replace(closing, count=count)))
            assert sides.finish_b(messages.write(closing))[0].count == 2


def test_points_that_are_missing_or_twice_are_refused(sides):
    answered = sides.answer(sides.offer(terms=REVEAL, without_count=True).message, without_count=True)
    answer = messages.read(answered.message)
    twice = answer.theirs[:32] + answer.theirs[:32] + answer.theirs[64:]
    for theirs, says in ((answer.theirs[32:], "3 points came back where 4"), (twice, "came back twice")):
        with pytest.raises(IntegrityError, match=says):
            sides.finish_a(messages.write(replace(answer, theirs=theirs)))
    assert sides.finish_a(answered.message)[0].common == BOTH


# To reveal is a decision of its own.


def test_a_reveal_follows_a_count_on_both_sides(sides):
    counted, _ = sides.whole()
    terms = replace(REVEAL, follows=counted.session)
    answered = sides.answer(sides.offer(terms=terms).message)
    assert sides.finish_a(answered.message)[0].common == BOTH


def test_a_reveal_without_a_count_is_refused_unless_it_is_allowed(sides):
    with pytest.raises(UsageError, match="decided after a count"):
        sides.offer(terms=REVEAL)
    assert not sides.files()
    offered = sides.offer(terms=REVEAL, without_count=True)
    with pytest.raises(UsageError, match="decided after a count"):
        sides.answer(offered.message)
    assert not list(sides.b.glob("*"))


def test_a_count_that_is_not_finished_or_of_others_allows_nothing(sides):
    begun = sides.offer()
    with pytest.raises(UsageError, match="no finished count"):
        sides.offer(terms=replace(REVEAL, follows=begun.session))
    counted, _ = sides.whole()
    for change in ({"answering": "Agency C"}, {"kinds": (EntityKind.DEVICE,)}):
        with pytest.raises(UsageError, match=r"make a count first|reveal no other kinds"):
            sides.offer(terms=replace(REVEAL, follows=counted.session, **change))
    with pytest.raises(UsageError, match="No session"):
        sides.offer(terms=replace(REVEAL, follows="0" * 32))
    revealed, _ = sides.whole(terms=REVEAL)
    with pytest.raises(UsageError, match="no finished count"):
        sides.offer(terms=replace(REVEAL, follows=revealed.session))


def test_the_other_side_may_offer_the_reveal(sides):
    counted, _ = sides.whole()
    turned = replace(REVEAL, offering="Agency B", answering="Agency A", follows=counted.session)
    offered = protocol.offer(THEIRS, terms=turned, sessions=sides.b, now=NOW)
    answered = protocol.answer(offered.message, OURS, agency="Agency A", sessions=sides.a, now=NOW)
    assert sides.finish_b(answered.message)[0].common == BOTH


def test_what_is_worked_out_changes_nothing_until_the_session_is_used(sides):
    draft = protocol.offering(OURS, terms=TERMS, sessions=sides.a, now=NOW)
    assert sides.files() == {}
    protocol.begin(draft, sessions=sides.a)
    answers = [
        protocol.answering(draft.sent.message, THEIRS, agency="Agency B", sessions=sides.b, now=NOW) for _ in range(2)
    ]
    assert not sides.b.exists()
    protocol.begin(answers[0], sessions=sides.b)
    with pytest.raises(UsageError, match="has been used"):
        protocol.begin(answers[1], sessions=sides.b)
    before = sides.files()
    outcomes = [protocol.finishing(answers[0].sent.message, sessions=sides.a, now=NOW) for _ in range(2)]
    assert sides.files() == before
    protocol.settle(outcomes[0], sessions=sides.a)
    before = sides.files()
    with pytest.raises(UsageError, match="has been used"):
        protocol.settle(outcomes[1], sessions=sides.a)
    assert sides.files() == before
    assert sides.finish_b(outcomes[0].closing)[0].count == 2


# What lies on the disk.


def test_the_secret_is_destroyed_and_what_is_kept_tells_no_identifier(sides):
    offered = sides.offer(terms=REVEAL, without_count=True)
    number = session.secret(sides.a, offered.session)["number"].encode()
    assert any(number in content for content in sides.files().values())  # the control
    answered = sides.answer(offered.message, without_count=True)
    _, closing = sides.finish_a(answered.message)
    sides.finish_b(closing)
    assert not any(number in content for content in sides.files().values())
    kept = {Path(name).suffix: content for name, content in sides.files().items()}
    assert set(kept) == {".json", ".opening"}
    assert b"example.com" not in kept[".json"]
    assert session.load(sides.a, offered.session).state is State.FINISHED


def test_the_secret_is_overwritten_before_it_is_unlinked(sides):
    """A second name of the file shows what its blocks hold after the first is gone."""
    offered = sides.offer()
    path = sides.a / f"{offered.session}.secret"
    before, other = path.read_bytes(), sides.a / "other"
    other.hardlink_to(path)
    session.destroy(sides.a, offered.session)
    assert not path.exists()
    assert len(before) > 64
    assert other.read_bytes() == bytes(len(before))


def test_b_keeps_no_number_and_in_a_count_neither_keeps_an_order(sides):
    offered = sides.offer()
    sides.answer(offered.message)
    assert session.secret(sides.a, offered.session)["order"] is None
    assert session.secret(sides.b, offered.session) == {"order": None, "theirs": None}
    revealed = sides.offer(terms=REVEAL, without_count=True)
    sides.answer(revealed.message, without_count=True)
    assert set(session.secret(sides.b, revealed.session)) == {"order", "theirs"}


def test_a_session_can_be_given_up(sides):
    answered = sides.answer(sides.offer().message)
    name = answered.session
    protocol.abandon(name, sessions=sides.a)
    assert session.load(sides.a, name).state is State.ABANDONED
    assert not (sides.a / f"{name}.secret").exists()
    with pytest.raises(UsageError, match="has been used"):
        sides.finish_a(answered.message)
    with pytest.raises(UsageError, match="has been used"):
        protocol.abandon(name, sessions=sides.a)


def test_a_cut_between_destroying_and_noting_leaves_a_used_session(sides):
    answered = sides.answer(sides.offer().message)
    session.destroy(sides.a, answered.session)
    with pytest.raises(UsageError, match="has been used"):
        sides.finish_a(answered.message)


@pytest.mark.parametrize("over", ["finish_a", "abandon"])
def test_the_secret_is_kept_where_the_end_cannot_be_noted(sides, monkeypatch, over):
    answered = sides.answer(sides.offer().message)
    before = sides.files()

    def full(path):
        raise StorageError("the disk is full")

    with monkeypatch.context() as patched, pytest.raises(StorageError, match="full"):
        patched.setattr(session, "replacing", full)
        patched.setattr(session, "replace_file", lambda path, _: full(path))
        if over == "abandon":
            protocol.abandon(answered.session, sessions=sides.a)
        else:
            sides.finish_a(answered.message)
    assert sides.files() == before
    assert sides.finish_a(answered.message)[0].count == 2


def test_a_folder_that_cannot_be_written_stops_with_nothing_kept(sides):
    sides.a.write_bytes(b"a file")
    with pytest.raises(StorageError, match="nothing was made"):
        sides.offer()
    assert sides.a.read_bytes() == b"a file"


def test_a_session_that_is_written_half_leaves_no_secret_and_can_be_begun_again(sides):
    offered = sides.offer()
    in_the_way = sides.b / f"{offered.session}.opening"
    in_the_way.mkdir(parents=True)
    with pytest.raises(StorageError, match="nothing was made"):
        sides.answer(offered.message)
    assert list(sides.b.glob("*")) == [in_the_way]
    in_the_way.rmdir()
    assert sides.finish_a(sides.answer(offered.message).message)[0].count == 2


def test_a_damaged_record_is_said(sides):
    answered = sides.answer(sides.offer().message)
    (sides.a / f"{answered.session}.json").write_bytes(b"{}")
    with pytest.raises(IntegrityError, match="is damaged"):
        sides.finish_a(answered.message)


@pytest.mark.parametrize("name", ["", "..", "../" * 10 + "x", "A" * 32, "0" * 33])
def test_a_session_is_no_path(sides, name):
    with pytest.raises(UsageError, match="32 hexadecimal digits"):
        session.load(sides.a, name)


# An auditor.


def test_an_auditor_sees_what_was_put_in(sides):
    offered = sides.offer()
    answered = sides.answer(offered.message)
    kept = session.opening(sides.a, offered.session)
    shown = protocol.opened(kept)
    assert {kind: {value for one, value in shown.identifiers if one is kind} for kind in OURS} == OURS
    assert (shown.session, shown.commitment) == (offered.session, offered.commitment)
    assert messages.read(offered.message).commitment == offered.commitment
    other = protocol.opened(session.opening(sides.b, answered.session))
    assert (len(other.identifiers), other.commitment) == (3, answered.commitment)
    for change in (
        {"identifiers": [["Email", "z@example.com"]]},
        {"identifiers": json.loads(kept)["identifiers"][1:]},
        {"key": "00" * 32},
        {"session": sides.offer().session},
    ):
        assert protocol.opened(json.dumps(json.loads(kept) | change).encode()).commitment != offered.commitment
    for content in (b"", b"[]", b'{"identifiers": 1}', b"[" * 5000, kept.replace(b"identifiers", b"others")):
        with pytest.raises(IntegrityError, match="cannot be read"):
            protocol.opened(content)
    with pytest.raises(IntegrityError, match="not of version 2"):
        protocol.opened(kept.replace(b'"version":2', b'"version":1'))


@pytest.mark.parametrize("name", ["x\nFORGED", "", "A" * 32, 1, ["0" * 32]])
def test_an_opening_names_a_session(sides, name):
    kept = json.loads(session.opening(sides.a, sides.offer().session))
    with pytest.raises(IntegrityError, match="cannot be read"):
        protocol.opened(json.dumps(kept | {"session": name}).encode())


def test_a_commitment_cannot_be_guessed_from_a_small_set(sides):
    """The same identifiers commit to another root each time: without the key no guess can be tried."""
    assert len({sides.offer().commitment for _ in range(5)}) == 5


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_message_never_gives_a_wrong_result(data):
    """Any change of the bytes of any message is refused with a sentence, and the right message is still taken."""
    with tempfile.TemporaryDirectory() as folder:
        sides = Sides(Path(folder) / "a", Path(folder) / "b")

        def damaged(content: bytes) -> bytes:
            at = data.draw(st.integers(min_value=0, max_value=len(content) - 1))
            put = data.draw(st.binary(max_size=3).filter(lambda put: put != content[at : at + 1]))
            return content[:at] + put + content[at + 1 :]

        offered = sides.offer()
        with pytest.raises(LinkgraphError):
            sides.answer(damaged(offered.message))
        answered = sides.answer(offered.message)
        with pytest.raises(LinkgraphError):
            sides.finish_a(damaged(answered.message))
        first, closing = sides.finish_a(answered.message)
        with pytest.raises(LinkgraphError):
            sides.finish_b(damaged(closing))
        second, _ = sides.finish_b(closing)
        assert (first.count, second.count) == (2, 2)
