"""Entries of NCMEC hash sharing through the command line: what a member takes back counts no more."""

from __future__ import annotations

import base64
import json

from imported import FIXTURES, imported

import linkgraph
from linkgraph.cli import main

KEPT, TAKEN_BACK = "a1" * 16, "b2" * 16


def grades(case):
    """Value of the target → grade of the link, for SHARED_FILE."""
    with linkgraph.open(case).reading() as store:
        values = {entity["id"]: entity["value"] for entity in store.entities().to_pylist()}
        return {
            values[link["target"]]: link["grade"] for link in store.links().to_pylist() if link["kind"] == "SHARED_FILE"
        }


def test_entries(tmp_path, capsys):
    done = imported(tmp_path, capsys, "file-hashes", FIXTURES / "ncmec_hashes" / "entries.xml")
    assert (done.code, done.counts) == (3, (5, 4, 0, 1))
    assert done.refused() == [(5, "ncmec-deletion-unresolved")]
    assert done.source["passed_over"] == {"fingerprints that are no digests of a file (PhotoDNA)": 1}
    assert done.links() == {
        ("SAME_FILE", f"sha1:{'a1' * 20}", f"md5:{KEPT}"): 1,
        ("SAME_FILE", f"sha1:{'b2' * 20}", f"md5:{TAKEN_BACK}"): 2,
    }
    assert done.seen("SAME_FILE", f"sha1:{'a1' * 20}", f"md5:{KEPT}") == ("2026-01-24 15:00:00",) * 2
    with linkgraph.open(done.case).reading() as store:
        [digest] = store.find(f"FileHash:md5:{TAKEN_BACK}")
        said = {(one.name, one.value) for one in store.attributes([digest.id])[digest.id]}
    assert said == {
        ("category", "B2"),
        ("listed", "2026-01-24T15:01:00.000Z member 42"),
        ("withdrawn", "2026-01-24T15:10:00.000Z member 42"),
    }


def test_what_is_taken_back_links_nothing_until_the_deletion_is_withdrawn(tmp_path, capsys):
    shared = tmp_path / "shared.csv"
    shared.write_text(f"account,service,md5\namber,chat,{KEPT}\namber,chat,{TAKEN_BACK}\n", "utf-8")
    done = imported(tmp_path, capsys, "file-hashes", shared)
    before = grades(done.case)
    path = FIXTURES / "ncmec_hashes" / "entries.xml"
    assert main(["ingest", "file-hashes", str(path), "--case", str(done.case)]) == 3
    after = grades(done.case)
    assert after[f"md5:{KEPT}"] == before[f"md5:{KEPT}"]
    assert "taken back" in after[f"md5:{TAKEN_BACK}"]
    assert main(["withdraw", path.name, "--why", "superseded", "--case", str(done.case)]) == 0
    assert grades(done.case) == before


def test_a_deletion_of_another_file_is_honoured_once_its_digest_was_looked_up(tmp_path, capsys):
    done = imported(tmp_path, capsys, "file-hashes", FIXTURES / "ncmec_hashes" / "entries.xml")
    rows = tmp_path / "rows.jsonl"
    assert main(["quarantine", "--export", str(rows), "--case", str(done.case)]) == 0
    row = json.loads(rows.read_text("utf-8"))
    prints = "<fingerprints><md5>dddddddddddddddddddddddddddddddd</md5></fingerprints>"
    row["corrected"] = base64.b64decode(row["raw_base64"]).decode().replace("</deleted", f"{prints}</deleted")
    rows.write_text(json.dumps(row) + "\n", "utf-8")
    assert main(["requeue", str(rows), "--why", "image2 of member 43, list of 2025", "--case", str(done.case)]) == 0
    assert done.refused() == []
    with linkgraph.open(done.case).reading() as store:
        [digest] = store.find(f"FileHash:md5:{'d' * 32}")
        said = [(one.name, one.value) for one in store.attributes([digest.id])[digest.id]]
    assert said == [("withdrawn", "2026-01-24T15:10:00.000Z member 43")]


def test_hostile_entries(tmp_path, capsys):
    done = imported(tmp_path, capsys, "file-hashes", FIXTURES / "ncmec_hashes" / "hostile.xml")
    assert (done.code, done.counts) == (3, (7, 2, 0, 5))
    assert [line for line, _ in done.refused()] == [2, 3, 5, 6, 7]
    assert dict(done.refused())[2] == "digest-length"
    assert dict(done.refused())[5] == "xml-record-too-deep"
    assert dict(done.refused())[6] == "xml-broken"
    assert dict(done.refused())[7] == "ncmec-deletion"
    assert done.entities() == {f"FileHash md5:{KEPT}"}
