"""Hash sets of Project VIC through the command line."""

from __future__ import annotations

from imported import FIXTURES, imported

import linkgraph


def test_a_set_of_media(tmp_path, capsys):
    done = imported(tmp_path, capsys, "file-hashes", FIXTURES / "vics" / "media-2.0-us.json")
    assert (done.code, done.counts) == (0, (6, 6, 0, 0))
    kinds = [entity.partition(" ")[2].partition(":")[0] for entity in done.entities()]
    assert {kind: kinds.count(kind) for kind in kinds} == {"md5": 4, "sha1": 4, "sha256": 3, "pdq": 1}
    assert {kind for kind, _, _ in done.links()} == {"SAME_FILE"}
    assert done.details()[1] == {
        "size": "2801",
        "category": "US 1",
        "series": "Example Series",
        "victim_identified": "true",
        "offender_identified": "false",
        "distributed": "true",
    }
    assert done.details()[5]["category"] == "US 1"


def test_the_digest_of_an_empty_file_never_links(tmp_path, capsys):
    done = imported(tmp_path, capsys, "file-hashes", FIXTURES / "vics" / "media-2.0-us.json")
    with linkgraph.open(done.case).reading() as store:
        graded = {one["value"] for one in store.entities().to_pylist() if one.get("grade")}
    assert {value.partition(":")[2] for value in graded} <= {
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    }


def test_cases_in_utf_16_and_no_file_names(tmp_path, capsys):
    done = imported(tmp_path, capsys, "file-hashes", FIXTURES / "vics" / "cases-1.3.json")
    assert (done.code, done.counts) == (0, (3, 3, 0, 0))
    assert {row: told["case"] for row, told in done.details().items()} == {
        1: "2026-0417 ü",
        2: "2026-0417 ü",
        3: "418",
    }
    assert done.details()[1]["category"] == "1 (profile not named)"
    assert all("file name" not in told for told in done.details().values())
    assert "holiday" not in str(done.details())


def test_file_names_where_they_are_asked_for(tmp_path, capsys):
    done = imported(tmp_path, capsys, "file-hashes", FIXTURES / "vics" / "cases-1.3.json", "--file-names")
    assert (done.code, done.counts) == (0, (4, 4, 0, 0))
    assert [told.get("file name") for _, told in sorted(done.details().items())] == [
        "C:\\Users\\example\\Pictures\\holiday.jpg",
        "C:\\Users\\example\\copy.jpg",
        None,
        None,
    ]


def test_file_names_by_a_mapping_file(tmp_path, capsys):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text("file_names = true\n", "utf-8")
    done = imported(tmp_path, capsys, "file-hashes", FIXTURES / "vics" / "cases-1.3.json", "--mapping", str(mapping))
    assert done.counts == (4, 4, 0, 0)


def test_a_hostile_set(tmp_path, capsys):
    done = imported(tmp_path, capsys, "file-hashes", FIXTURES / "vics" / "hostile.json")
    assert (done.code, done.counts) == (3, (13, 3, 0, 10))
    assert done.refused() == [
        (2, "json-duplicate-key"),
        (3, "json-number"),
        (4, "json-structure"),
        (6, "json-surrogate"),
        (7, "digest-length"),
        (8, "vics-no-digest"),
        (9, "invalid-utf-8"),
        (10, "vics-medium"),
        (11, "vics-medium"),
        (13, "json-truncated"),
    ]
