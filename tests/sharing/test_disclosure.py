"""Rows that are shown are proved, the others are not told, and what was not there cannot be shown."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json

import pytest
from sharing.test_bundles import sent

import linkgraph
from linkgraph import disclosure, sharing
from linkgraph.errors import IntegrityError, UsageError
from linkgraph.ingest.mapping import Stated

SECRET = b"s" * 32
SOURCE = "a" * 64
ROWS = [(number, f"row {number:04}".encode()) for number in range(2, 1003)]


def test_500_of_100_000_rows():
    rows = [(number, b"%d,10.0.0.%d" % (number, number % 250)) for number in range(1, 100_001)]
    wanted = range(1, 100_001, 200)
    found = disclosure.read(disclosure.write(disclosure.disclose(SECRET, SOURCE, rows, wanted)))
    assert found.commitment == disclosure.commit(SECRET, SOURCE, rows)
    assert [(row.number, row.content) for row in found.shown] == [rows[number - 1] for number in wanted]


def test_nothing_of_the_others_is_told():
    """A row can be guessed, and with its salt the guess could be checked: no salt of another row is in the file."""
    shown = disclosure.write(disclosure.disclose(SECRET, SOURCE, ROWS, [500])).decode()
    told = set(json.loads(shown)["rows"][0]["path"])
    for number, content in ROWS:
        if number == 500:
            continue
        assert content.decode() not in shown
        assert base64.b64encode(content).decode() not in shown
        assert disclosure.salt(SECRET, SOURCE, number).hex() not in shown
        # The control: without salts the neighbour's leaf is the hash of a guess.
        assert hashlib.sha256(b"\x00" + content).hexdigest() not in told
    neighbour = disclosure.leaf(disclosure.salt(SECRET, SOURCE, 501), b"row 0501").hex()
    assert neighbour in told


def test_salts_differ_by_row_source_and_case():
    salts = {disclosure.salt(secret, source, number) for secret in (b"a", b"b") for source in "xy" for number in (1, 2)}
    assert len(salts) == 8


def forged(change):
    record = json.loads(disclosure.write(disclosure.disclose(SECRET, SOURCE, ROWS, [5, 9])))
    change(record)
    return json.dumps(record).encode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda it: it["rows"][0].update(row=base64.b64encode(b"row 0006").decode()), "Row 5 is not one of"),
        (lambda it: it["rows"][0].update(salt="00" * 16), "Row 5 is not one of"),
        (lambda it: it["rows"][0].update(place=4), "Row 5 is not one of"),
        (lambda it: it["rows"][0]["path"].pop(), "Row 5 is not one of"),
        (lambda it: it["rows"][0]["path"].reverse(), "Row 5 is not one of"),
        (lambda it: it["commitment"].update(root="0" * 64), "Row 5 is not one of"),
        (lambda it: it["commitment"].update(rows=3), "is not one of"),
        (lambda it: it["rows"].append(it["rows"][0]), "one row twice"),
        (lambda it: it.update(version=2), "no disclosure"),
        (lambda it: it["rows"][0].update(place="5"), "no disclosure"),
        (lambda it: it["rows"][0].update(salt="zz"), "no disclosure"),
        (lambda it: it["rows"][0].pop("path"), "no disclosure"),
        (lambda it: it["commitment"].update(more=1), "no disclosure"),
    ],
)
def test_what_was_changed_proves_nothing(change, sentence):
    with pytest.raises(IntegrityError, match=sentence):
        disclosure.read(forged(change))


def test_a_number_that_was_changed_is_not_proved_by_itself():
    """The number of a row is not in its leaf: what is proved is the row and its place."""
    found = disclosure.read(forged(lambda it: it["rows"][0].update(number=77)))
    assert found.shown[0].place == 3


def test_rows_of_a_case(agencies, tmp_path):
    a, b = agencies
    source = a.case.source("logins.csv")
    with pytest.raises(UsageError, match="was not committed to"):
        sharing.disclose(a.case, "logins.csv", [2], tmp_path / "rows.json")
    commitment = sharing.commit(a.case, "logins.csv")
    assert sharing.commit(a.case, "logins.csv") == commitment
    lines = (a.case.folder / "sources" / source.sha256).read_bytes().splitlines(keepends=True)
    assert commitment.rows == len(lines) - 1
    shown = sharing.disclose(a.case, "logins.csv", [2, 7], tmp_path / "rows.json")
    assert [row.content.strip() for row in shown.shown] == [lines[1].strip(), lines[6].strip()]
    found = disclosure.read((tmp_path / "rows.json").read_bytes())
    assert "of this case" in sharing.known_commitment(a.case, found.commitment)
    # Agency B knows the commitment from a bundle that came before the rows did, and not otherwise.
    assert sharing.known_commitment(b.case, found.commitment) is None
    sharing.receive(b.case, sent(a, b, tmp_path)[0], b.own, key_folder=b.keys)
    assert "the bundle of Agency A" in sharing.known_commitment(b.case, found.commitment)
    other = dataclasses.replace(found.commitment, root="0" * 64)
    assert sharing.known_commitment(b.case, other) is None
    with pytest.raises(UsageError, match="no row 99999"):
        sharing.disclose(a.case, "logins.csv", [99999], tmp_path / "rows.json")


def test_refused_rows_are_rows_too(tmp_path):
    case = linkgraph.create(tmp_path / "case", agency="A", timezone="UTC")
    (tmp_path / "log.csv").write_bytes(
        b"account,service,ip,timestamp\na,s,1.1.1.1,2026-01-01\nb,s,1.1.1.999,2026-01-01\n"
    )
    case.ingest("ip-logs", [tmp_path / "log.csv"], stated=Stated(timezone="UTC"))
    assert case.counts().quarantined == 1
    assert sharing.commit(case, "log.csv").rows == 2
    shown = sharing.disclose(case, "log.csv", [3], tmp_path / "rows.json")
    assert shown.shown[0].content.startswith(b"b,s,1.1.1.999")


def test_evidence_that_was_changed_is_not_shown(agencies, tmp_path):
    a, _ = agencies
    sharing.commit(a.case, "logins.csv")
    path = a.case.folder / "sources" / a.case.source("logins.csv").sha256
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(content.replace(b"login", b"logout", 1)[: len(content)])
    with pytest.raises(IntegrityError, match="no longer has the rows"):
        sharing.disclose(a.case, "logins.csv", [2], tmp_path / "rows.json")
