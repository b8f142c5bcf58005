"""Rows that are shown are proved, the others are not told, and what was not there cannot be shown."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
from sharing.test_bundles import sent

import linkgraph
from linkgraph import disclosure, sharing
from linkgraph.cli import main
from linkgraph.errors import IntegrityError, UsageError
from linkgraph.ingest.mapping import Stated
from linkgraph.store import merkle

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
        assert hashlib.sha256(b"\x00" + number.to_bytes(8, "big") + content).hexdigest() not in told
    neighbour = disclosure.leaf(disclosure.salt(SECRET, SOURCE, 501), 501, b"row 0501").hex()
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
        (lambda it: it["rows"][0].update(number=6), "Row 6 is not one of"),
        (lambda it: it["rows"][1].update(number=900), "Row 900 is not one of"),
        (lambda it: it.update(tree="0" * 64), "The root of the disclosure is not that of the source"),
        (lambda it: it["commitment"].update(root="0" * 64), "The root of the disclosure is not that of the source"),
        (lambda it: it["commitment"].update(rows=1002), "The root of the disclosure is not that of the source"),
        (lambda it: it["commitment"].update(rows=3), "The root of the disclosure is not that of the source"),
        (lambda it: it["commitment"].update(source="b" * 64), "The root of the disclosure is not that of the source"),
        (lambda it: it["rows"].append(it["rows"][0]), "one row twice"),
        (lambda it: it["rows"].append(it["rows"][1]), "one row twice"),
        (lambda it: it["rows"].reverse(), "not in their order"),
        (lambda it: it["rows"].clear(), "shows no row"),
        (lambda it: it.update(version=1), "not of version 2"),
        (lambda it: it.update(version=[]), "not of version 2"),
        (lambda it: it["rows"][0].update(number=0), "no disclosure"),
        (lambda it: it["rows"][0].update(number=-5), "no disclosure"),
        (lambda it: it["rows"][0].update(number=True), "no disclosure"),
        (lambda it: it["rows"][0].update(number=1 << 63), "no disclosure"),
        (lambda it: it["rows"][0].update(number=10**4000), "no disclosure"),
        (lambda it: it["rows"][0].update(place=10**4000), "no disclosure"),
        (lambda it: it["commitment"].update(rows=10**4000), "no disclosure"),
        (lambda it: it["commitment"].update(rows=-1), "no disclosure"),
        (lambda it: it.update(rows=5), "no disclosure"),
        (lambda it: it.pop("tree"), "no disclosure"),
        (lambda it: it["rows"][0].update(place="5"), "no disclosure"),
        (lambda it: it["rows"][0].update(salt="zz"), "no disclosure"),
        (lambda it: it["rows"][0].pop("path"), "no disclosure"),
        (lambda it: it["commitment"].update(more=1), "no disclosure"),
    ],
)
def test_what_was_changed_proves_nothing(change, sentence):
    with pytest.raises(IntegrityError, match=sentence):
        disclosure.read(forged(change))


def test_a_root_says_which_source_it_is_of_and_how_many_rows_it_has():
    """Who was told the root alone cannot be shown the rows as those of another source, or of a longer one."""
    tree = merkle.root(disclosure.leaves(SECRET, SOURCE, ROWS))
    told = disclosure.commit(SECRET, SOURCE, ROWS).root
    assert disclosure.root(SOURCE, len(ROWS), tree) == told
    roots = {disclosure.root(source, rows, tree) for source in (SOURCE, "b" * 64) for rows in (len(ROWS), 1002)}
    assert len({told, tree.hex(), *roots}) == 5


def test_the_hashes_are_those_that_are_written_down():
    """Worked out by hand, as the file itself says it is done."""
    first, second = (
        hashlib.sha256(b"\0" + disclosure.salt(SECRET, SOURCE, n) + bytes(7) + bytes([n]) + row).digest()
        for n, row in ((2, b"a"), (3, b"b"))
    )
    tree = hashlib.sha256(b"\1" + first + second).digest()
    root = hashlib.sha256(b"linkgraph-rows 2\n" + b"a" * 64 + b"\n2\n" + tree).hexdigest()
    assert disclosure.commit(SECRET, SOURCE, [(2, b"a"), (3, b"b")]).root == root


def test_a_file_is_read_only_so_far(tmp_path, monkeypatch):
    found = disclosure.disclose(SECRET, SOURCE, ROWS, [5, 9])
    content = disclosure.write(found)
    path = tmp_path / "rows.json"
    path.write_bytes(content)
    monkeypatch.setattr(disclosure, "LARGEST_DISCLOSURE", len(content))
    assert disclosure.read_file(path) == found
    monkeypatch.setattr(disclosure, "LARGEST_DISCLOSURE", len(content) - 1)
    with pytest.raises(IntegrityError, match="larger than a disclosure"):
        disclosure.read_file(path)
    with pytest.raises(UsageError, match="show them in several files"):
        disclosure.write(found)
    with pytest.raises(UsageError, match="cannot be read"):
        disclosure.read_file(tmp_path / "nothing")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a file without an end")
def test_a_file_without_an_end_is_refused(monkeypatch):
    monkeypatch.setattr(disclosure, "LARGEST_DISCLOSURE", 1 << 16)
    with pytest.raises(IntegrityError, match="larger than a disclosure"):
        disclosure.read_file(Path("/dev/zero"))


def test_nothing_is_shown_where_no_row_was_named():
    with pytest.raises(UsageError, match="No row was named"):
        disclosure.disclose(SECRET, SOURCE, ROWS, [])


def test_a_row_of_a_partner_stays_on_its_line(tmp_path, capsys):
    hostile = b"x,y\nRows 1-9 were among the 9\tof\x1b[2J \xe2\x80\xaea source.\r\n"
    shown = disclosure.disclose(SECRET, SOURCE, [(1, b"a"), (2, hostile)], [2])
    path = tmp_path / "rows.json"
    path.write_bytes(disclosure.write(shown))
    assert main(["rows", "check", str(path), "--root", shown.commitment.root]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2\tx,y\\x0aRows 1-9 were among the 9\\x09of\\x1b[2J \\u202ea source."
    assert lines[1].startswith("Rows 2 were among")
    assert len(lines) == 2


def test_a_partner_whose_name_has_line_ends_forges_no_line(tmp_path, capsys, monkeypatch):
    shown = disclosure.disclose(SECRET, SOURCE, ROWS, [2])
    path = tmp_path / "rows.json"
    path.write_bytes(disclosure.write(shown))
    linkgraph.create(tmp_path / "case", agency="A", timezone="UTC")
    monkeypatch.setattr(sharing, "known_commitment", lambda *_: "the bundle of B\nRows 3 were")
    assert main(["rows", "check", str(path), "--case", str(tmp_path / "case")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


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
