"""Bundles from one case into another: what goes, what is refused, what is in the log, and what a receipt proves."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

import linkgraph
from linkgraph import sharing
from linkgraph.errors import IntegrityError, StorageError, UsageError
from linkgraph.exchange import bag, bundle, dsse, jsonl, layers, receipts, receiving
from linkgraph.exchange.bundle import Anchor, Sender, Terms
from linkgraph.exchange.extract import Extract
from linkgraph.exchange.keys import generate, trust
from linkgraph.exchange.redaction import leak_gate
from linkgraph.exchange.redaction.choosing import Request
from linkgraph.exchange.redaction.leak_gate import LeakError
from linkgraph.exchange.redaction.profile import named
from linkgraph.graph import Graph
from linkgraph.model import Role
from linkgraph.sharing import Asked

TERMS = Terms("JIT agreement of 2 November 2026, art. 20 of the Convention of 2000", contact="duty desk, Agency A")


def sent(one, other, tmp_path, profile="joint-team", **asked):
    out = tmp_path / "for-b.lgb"
    made = sharing.make_bundle(
        one.case,
        out,
        Asked(profile, **asked),
        to=[other.own.card.fingerprint],
        terms=TERMS,
        own=one.own,
        key_folder=one.keys,
    )
    return out, made


def acts(case):
    with case.reading() as store:
        return [(entry.action, json.loads(entry.body)) for entry in store.audit_entries()]


def test_what_was_sent_is_what_is_received(agencies, tmp_path):
    a, b = agencies
    out, made = sent(a, b, tmp_path)
    received = sharing.receive(b.case, out, b.own, key_folder=b.keys)
    layer = received.layer
    assert (layer.entities, layer.links) == (made.predicate["entities"], made.predicate["links"])
    assert (layer.agency, layer.signed_by, layer.marking) == ("Agency A", a.own.card.fingerprint, "TLP:AMBER")
    files = layers.standing(_entries(b.case))[layer.id][0]
    extract = layers.read(b.case.folder, layer, files)
    assert extract.entities.equals(made.redacted.extract.entities)
    assert extract.links.equals(made.redacted.extract.links)
    assert extract.said.equals(made.redacted.extract.said)
    assert extract.sources == made.redacted.extract.sources


def _entries(case):
    with case.reading() as store:
        return list(store.audit_entries())


def test_our_own_store_is_as_before(agencies, tmp_path):
    a, b = agencies
    before = b.case.digest()
    sharing.receive(b.case, sent(a, b, tmp_path)[0], b.own, key_folder=b.keys)
    assert b.case.digest() == before
    assert b.case.verify().whole


def test_both_logs_say_what_was_done_and_nothing_that_identifies(agencies, tmp_path):
    a, b = agencies
    out, made = sent(a, b, tmp_path)
    received = sharing.receive(b.case, out, b.own, key_folder=b.keys)
    [(_, said)] = [one for one in acts(a.case) if one[0] == "bundle"]
    assert said["recipients"] == [b.own.card.fingerprint]
    assert (said["bag"], said["profile"]["name"], said["legal_basis"]) == (made.bag, "joint-team", TERMS.legal_basis)
    [(_, got)] = [one for one in acts(b.case) if one[0] == layers.RECEIVED]
    assert (got["bag"], got["signed_by"], got["layer"]) == (made.bag, a.own.card.fingerprint, received.layer.id)
    handles = {value.partition(":")[2] for value in a.case.graph().entities["value"].to_pylist()}
    assert not [handle for handle in handles if len(handle) > 5 and handle in json.dumps([said, got])]


def test_nobody_but_the_recipient_opens_it(agencies, tmp_path):
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    stranger = generate("Stranger", "Agency C")
    with pytest.raises(IntegrityError, match="cannot be opened with the key of Stranger"):
        sharing.receive(b.case, out, stranger, key_folder=b.keys)
    assert not (b.case.folder / layers.FOLDER).exists()


def test_a_sender_whom_nobody_here_believes_is_refused(agencies, tmp_path):
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    with pytest.raises(IntegrityError, match="keys trust"):
        sharing.receive(b.case, out, b.own, key_folder=tmp_path / "empty")
    assert not (b.case.folder / layers.FOLDER).exists()


def test_passed_on_by_its_recipient_it_is_refused(agencies, tmp_path):
    """The recipient can decrypt a bag and encrypt it to somebody else; it still says for whom it was."""
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    third = generate("Officer C", "Agency C")
    plain, again = io.BytesIO(), tmp_path / "again.lgb"
    with out.open("rb") as stream:
        bag.decrypt(stream, plain, b.own)
    plain.seek(0)
    with again.open("wb") as stream:
        bag.encrypt(plain, stream, [third.card])
    with pytest.raises(IntegrityError, match="signed for somebody else"):
        sharing.receive(b.case, again, third, key_folder=b.keys)


def test_twice_is_once(agencies, tmp_path):
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    sharing.receive(b.case, out, b.own, key_folder=b.keys)
    before = acts(b.case)
    again = sharing.receive(b.case, out, b.own, key_folder=b.keys)
    assert again.again
    assert acts(b.case) == before
    [layer] = sharing.partners(b.case)
    assert again.layer == layer
    # The first receipt may have been lost.
    assert receipts.read(again.receipt, [b.own.card])[0].bag == layer.original


def test_counts_that_come_twice_are_logged_once(agencies, tmp_path):
    a, b = agencies
    out, _ = sent(a, b, tmp_path, profile="statistics")
    first = sharing.receive(b.case, out, b.own, key_folder=b.keys)
    assert sharing.receive(b.case, out, b.own, key_folder=b.keys).counts == first.counts
    assert [action for action, _ in acts(b.case)].count(layers.RECEIVED + ".counts") == 1


def test_a_key_of_another_agency_signs_nothing(agencies, tmp_path):
    a, b = agencies
    other = generate("Officer C", "Agency C")
    with pytest.raises(UsageError, match="the key of Agency C"):
        sharing.make_bundle(
            a.case, tmp_path / "x", Asked("joint-team"), to=["Agency B"], terms=TERMS, own=other, key_folder=a.keys
        )
    assert not (tmp_path / "x").exists()
    assert b.case.verify().whole


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"5",
        b"{}",
        b"[5]",
        b'[{"x":1}]',
        b"[" * 100_000,
        b'[{"of":"links","kind":"PAID","country":null,"month":null,"count":"12"}]',
        b'[{"of":"links","kind":"PAID","country":null,"month":null,"count":true}]',
    ],
)
def test_counts_of_another_form_are_refused_before_anything_is_logged(agencies, tmp_path, content):
    a, b = agencies
    before = acts(b.case)
    predicate = {
        "version": 1, "bundle": "0" * 16, "made": "2026-11-02T10:00:00Z", "case": "case-a", "agency": "Agency A",
        "marking": "TLP:AMBER", "pap": "PAP:AMBER", "legal_basis": "x", "handling": "x", "contact": "x",
        "expires": None, "profile": {"name": "x", "sha256": "x"}, "recipients": [b.own.card.fingerprint],
        "entities": 0, "links": 0, "audit": {"entries": 1, "head": "0" * 64, "root": "0" * 64}, "rows": [],
        "linkgraph": "0",
    }  # fmt: skip
    plain, out = io.BytesIO(), tmp_path / "made-up.lgb"
    bag.write(plain, {"statistics.json": content}, {}, predicate, a.own)
    plain.seek(0)
    with out.open("wb") as stream:
        bag.encrypt(plain, stream, [b.own.card])
    with pytest.raises(IntegrityError, match="counts of the bundle cannot be read"):
        sharing.receive(b.case, out, b.own, key_folder=b.keys)
    assert acts(b.case) == before


def test_what_a_kill_left_behind_is_told_and_does_not_stand_in_the_way(agencies, tmp_path):
    """Between the files of a layer and its entry in the log."""
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    layer = sharing.receive(b.case, out, b.own, key_folder=b.keys).layer
    place = b.case.folder / layers.FOLDER / layer.id
    shutil.copytree(place, tmp_path / "kept")
    sharing.withdraw_partner(b.case, layer.id, "for the test")
    assert not place.exists()
    shutil.copytree(tmp_path / "kept", place)
    assert not b.case.verify().whole
    assert sharing.receive(b.case, out, b.own, key_folder=b.keys).layer.id == layer.id
    assert b.case.verify().whole


def test_a_layer_that_cannot_be_deleted_is_said_to_be_there(agencies, tmp_path, monkeypatch):
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    layer = sharing.receive(b.case, out, b.own, key_folder=b.keys).layer

    def held(path, **_):
        raise PermissionError(13, "The process cannot access the file", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(layers.shutil, "rmtree", held)
        with pytest.raises(StorageError, match=r"\.gone-"):
            sharing.withdraw_partner(b.case, layer.id, "for the test")
    assert sharing.partners(b.case) == []
    assert not b.case.verify().whole
    [left] = (b.case.folder / layers.FOLDER).iterdir()
    shutil.rmtree(left)
    assert b.case.verify().whole


def test_a_description_of_a_layer_that_was_changed_is_not_believed(agencies, tmp_path):
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    layer = sharing.receive(b.case, out, b.own, key_folder=b.keys).layer
    path = b.case.folder / layers.FOLDER / layer.id / "layer.json"
    path.write_text(path.read_text("utf-8").replace("Agency A", "Agency C"), "utf-8")
    with pytest.raises(IntegrityError, match="not as it was when it came"):
        sharing.partners(b.case)


def test_one_that_was_to_be_kept_until_yesterday_is_refused(agencies, tmp_path):
    a, b = agencies
    out = tmp_path / "late.lgb"
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    terms = replace(TERMS, expires=yesterday)
    sharing.make_bundle(a.case, out, Asked("joint-team"), to=["Agency B"], terms=terms, own=a.own, key_folder=a.keys)
    with pytest.raises(IntegrityError, match=f"until {yesterday} at the latest"):
        sharing.receive(b.case, out, b.own, key_folder=b.keys)


def test_a_bundle_never_takes_the_place_of_a_file(agencies, tmp_path):
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    content = out.read_bytes()
    with pytest.raises(UsageError, match="there already"):
        sent(a, b, tmp_path)
    assert out.read_bytes() == content


def test_a_byte_that_was_changed_is_refused_and_nothing_is_written(agencies, tmp_path):
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    content = out.read_bytes()
    before = acts(b.case)
    for at in range(0, len(content), len(content) // 40):
        changed = bytearray(content)
        changed[at] ^= 1
        (tmp_path / "changed.lgb").write_bytes(changed)
        with pytest.raises(IntegrityError):
            sharing.receive(b.case, tmp_path / "changed.lgb", b.own, key_folder=b.keys)
    assert acts(b.case) == before
    assert not (b.case.folder / layers.FOLDER).exists()


def test_a_signed_bundle_that_contradicts_itself_is_refused(agencies, tmp_path):
    """A signature says who made a file, not that the program was sound."""
    a, b = agencies
    with a.case.reading() as store:
        whole = Extract.of(store, Graph.read(store), agency="Agency A")
    lines = io.BytesIO()
    jsonl.write(lines, whole)
    good = {
        "version": 1, "bundle": "0" * 16, "made": "2026-11-02T10:00:00Z", "case": "case-a", "agency": "Agency A",
        "marking": whole.marking, "pap": "PAP:AMBER", "legal_basis": "x", "handling": "x", "contact": "x",
        "expires": None, "profile": {"name": "x", "sha256": "x"}, "recipients": [b.own.card.fingerprint],
        "entities": whole.entities.num_rows, "links": whole.links.num_rows,
        "audit": {"entries": 1, "head": "0" * 64, "root": "0" * 64}, "rows": [], "linkgraph": "0",
    }  # fmt: skip

    def opened(predicate):
        plain, out = io.BytesIO(), tmp_path / "made-up.lgb"
        bag.write(plain, {"graph.jsonl": lines.getvalue()}, {}, predicate, a.own)
        plain.seek(0)
        with out.open("wb") as stream:
            bag.encrypt(plain, stream, [b.own.card])
        with receiving.verified(out, b.own, [a.own.card], date(2026, 11, 2)) as incoming:
            return incoming.extract

    assert opened(good).entities.num_rows == whole.entities.num_rows
    for change, sentence in (
        ({"marking": "TLP:CLEAR"}, "its marking is 'TLP:CLEAR'"),
        ({"entities": 1}, "its entities is 1"),
        ({"agency": "Agency X"}, "is signed by Officer A of Agency A"),
        ({"agency": "Agency B"}, "is signed by Officer A of Agency A"),
        ({"rows": 5}, "cannot be read"),
        ({"rows": [{"source": "x", "rows": "2", "root": "x"}]}, "cannot be read"),
        ({"entities": True}, "cannot be read"),
        ({"audit": {"entries": -1, "head": "0" * 64, "root": "0" * 64}}, "cannot be read"),
        ({"version": 2}, "update linkgraph"),
        ({"expires": "soon"}, "cannot be read"),
        ({"recipients": "everybody"}, "cannot be read"),
        ({"recipients": "x" + b.own.card.fingerprint}, "cannot be read"),
        ({"recipients": ["everybody"]}, "somebody else"),
        ({"audit": {}}, "cannot be read"),
        ({"expires": "2026-11-01"}, "at the latest"),
    ):
        with pytest.raises(IntegrityError, match=sentence):
            opened(good | change)


def test_the_gate_stops_what_must_not_go(agencies, tmp_path, monkeypatch):
    """A fault of what writes the page, which the gate does not know of: the label of a victim in it."""
    a, b = agencies
    whole = a.case
    victim = next(one for one in whole.graph().entities.to_pylist() if one["kind"] == "Account")
    whole.set_role(victim["id"], Role.VICTIM, "identified")
    real = bundle.report

    class Leaky:
        content = b"<p>" + victim["label"].encode() + b"</p>"

    # The page of the neutral graph is as it should be, so it is no word of the format.
    monkeypatch.setattr(bundle, "report", lambda extract: Leaky if extract.case else real(extract))
    with pytest.raises(LeakError, match=r"in report\.html \(plain\)") as raised:
        sent(a, b, tmp_path)
    assert raised.value.exit_code == 4
    assert [one.name for one in tmp_path.iterdir() if one.suffix in {".lgb", ".json"}] == []
    assert list(a.case.folder.glob("bundle-*")) == []
    [(_, refused)] = [one for one in acts(whole) if one[0] == "bundle.refused"]
    assert refused["found"] >= 1
    assert not [one for one in acts(whole) if one[0] == "bundle"]


def test_a_dry_run_writes_nothing(agencies, tmp_path):
    a, _ = agencies
    before = acts(a.case)
    found = sharing.preview(a.case, Asked("joint-team"))
    assert found.extract.entities.num_rows
    assert acts(a.case) == before


def test_two_bags_of_the_same_are_the_same_bytes(agencies, tmp_path):
    a, b = agencies
    with a.case.reading() as store:
        graph = Graph.read(store)
        whole = Extract.of(store, graph, agency="Agency A", show_victims=True)
    request = Request(recipients=(b.own.card.fingerprint,), export="e" * 16)
    digests = set()
    for number in (1, 2):
        with (tmp_path / f"{number}.lgb").open("wb") as out:
            made = bundle.make(
                whole,
                graph,
                named("joint-team"),
                request,
                b"s" * 32,
                terms=TERMS,
                own=a.own,
                recipients=[b.own.card],
                sender=Sender(Anchor(1, "0" * 64, "0" * 64)),
                out=out,
                work=tmp_path,
                made=datetime(2026, 11, 2, tzinfo=UTC),
            )
        digests.add(made.bag)
    assert len(digests) == 1


def test_counts_alone_are_no_layer(agencies, tmp_path):
    a, b = agencies
    out, _ = sent(a, b, tmp_path, profile="statistics")
    received = sharing.receive(b.case, out, b.own, key_folder=b.keys)
    assert received.layer is None
    assert {one["kind"] for one in received.counts} >= {"Account", "CONTACTED"}
    assert all(one["count"] is None or one["count"] >= 10 for one in received.counts)
    assert sharing.partners(b.case) == []


# -- receipts ------------------------------------------------------------------------------------


@pytest.fixture
def receipted(agencies, tmp_path):
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    path = tmp_path / "receipt.json"
    path.write_bytes(sharing.receive(b.case, out, b.own, key_folder=b.keys).receipt)
    return a, b, path


def test_a_receipt_anchors_the_log_of_the_sender(receipted):
    a, _, path = receipted
    proof = a.case.verify(path, key_folder=a.keys)
    assert proof.whole
    assert proof.anchored == proof.entries - 1
    assert proof.anchors[0].agency == "Agency B"


def test_a_log_whose_end_was_cut_off_does_not_fit_the_receipt(receipted, tmp_path):
    """The control: without the receipt the same log verifies."""
    a, _, path = receipted
    with a.case.reading() as store:
        last = store.revision()
    for keep in (last - 1, last - 3):
        cut = tmp_path / f"cut-{keep}"
        shutil.copytree(a.case.folder, cut)
        case = linkgraph.open(cut)
        with case.writing("cut") as store:
            store.run("DELETE FROM audit WHERE seq > ?", [keep])
        lines = (cut / "audit.jsonl").read_text("utf-8").splitlines(keepends=True)
        (cut / "audit.jsonl").write_text("".join(lines[:keep]), "utf-8")
        assert case.verify().whole
        proof = case.verify(path, key_folder=a.keys)
        assert not proof.whole
        assert next(check.fault for check in proof.checks if check.fault).endswith("its end was cut off")
        assert proof.anchored == 0


def test_a_receipt_of_somebody_else_or_changed_proves_nothing(receipted, tmp_path):
    a, b, path = receipted
    with pytest.raises(IntegrityError, match="keys trust"):
        a.case.verify(path, key_folder=tmp_path / "empty")
    content = path.read_bytes()
    for at in range(0, len(content), 7):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(IntegrityError):
            a.case.verify(path, key_folder=a.keys)
    path.write_bytes(content)
    receipt, card = receipts.read(content, [b.own.card])
    mallory = generate("Mallory", "Agency M")
    trust(mallory.card, mallory.card.words(), a.keys)
    path.write_bytes(receipts.write(receipt, mallory))
    assert card == b.own.card
    with pytest.raises(IntegrityError, match="what its signer can say"):
        a.case.verify(path, key_folder=a.keys)


def test_a_receipt_by_the_sender_or_by_whom_nothing_was_sent_to_anchors_nothing(receipted):
    a, b, path = receipted
    receipt, _ = receipts.read(path.read_bytes(), [b.own.card])
    third = generate("Officer C", "Agency C")
    trust(third.card, third.card.words(), a.keys)
    for own in (a.own, third):
        told = replace(receipt, by=own.card.fingerprint, agency=own.card.agency)
        path.write_bytes(receipts.write(told, own))
        assert not a.case.verify(path, key_folder=a.keys).whole
    path.write_bytes(receipts.write(replace(receipt, agency="Agency C"), b.own))
    with pytest.raises(IntegrityError, match="what its signer can say"):
        a.case.verify(path, key_folder=a.keys)


def test_a_receipt_of_any_depth_is_refused_in_a_sentence(receipted):
    a, b, path = receipted
    for payload in (b"[" * 40_000, b"5", b"null", b"{}"):
        path.write_bytes(dsse.sign(payload, receipts.TYPE, b.own))
        with pytest.raises(IntegrityError, match="cannot be read"):
            a.case.verify(path, key_folder=a.keys)


def test_a_file_too_long_for_a_receipt_is_not_read(receipted):
    a, b, path = receipted
    path.write_bytes(dsse.sign(b"[" * 100_000, receipts.TYPE, b.own))
    with pytest.raises(IntegrityError, match="more than 65,536 bytes"):
        a.case.verify(path, key_folder=a.keys)


def test_the_receipt_of_one_received_again_says_when_it_came_first(agencies, tmp_path):
    a, b = agencies
    out, _ = sent(a, b, tmp_path)
    first = sharing.receive(b.case, out, b.own, key_folder=b.keys)
    again = sharing.receive(b.case, out, b.own, key_folder=b.keys)
    [when] = [one.ts_utc for one in _entries(b.case) if one.action == layers.RECEIVED]
    for one in (first, again):
        assert receipts.read(one.receipt, [b.own.card])[0].received[:19] == when[:19]


def test_a_receipt_for_another_case_does_not_fit(receipted):
    _, b, path = receipted
    trust(b.own.card, b.own.card.words(), b.keys)
    assert not b.case.verify(path, key_folder=b.keys).whole


# -- whom a pseudonym is of ----------------------------------------------------------------------


def test_the_owner_reveals_a_pseudonym_and_nobody_else_can(agencies, tmp_path):
    a, b = agencies
    victims = [one for one in b.case.graph().entities.to_pylist() if one["role"] == Role.VICTIM]
    assert len(victims) == 2
    out = tmp_path / "for-a.lgb"
    made = sharing.make_bundle(b.case, out, Asked("court"), to=["Agency A"], terms=TERMS, own=b.own, key_folder=b.keys)
    shown = [one["label"] for one in made.redacted.extract.entities.to_pylist() if one["role"] == Role.VICTIM]
    assert {sharing.reveal(b.case, label, "court order 7/26") for label in shown} == {one["id"] for one in victims}
    assert [body["why"] for action, body in acts(b.case) if action == sharing.REVEALED] == ["court order 7/26"] * 2
    with pytest.raises(UsageError, match="No bundle or export of this case"):
        sharing.reveal(a.case, shown[0], "curious")
    with pytest.raises(UsageError, match="say why"):
        sharing.reveal(b.case, shown[0], " ")


def test_a_gate_without_texts_lets_everything_through():
    assert leak_gate.Gate(leak_gate.Suppressed(set(), set())).leaks({"a": b"anything"}) == []
