"""Real input that nobody here made, through the command line, against its known answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import networkx
import pytest

import linkgraph
from linkgraph.cli import main


def spellings(names):
    """Give the names that are one when only letters count: no name is written down here."""
    groups = {}
    for name in names:
        groups.setdefault(re.sub(r"[^a-z]", "", name.casefold()), set()).add(name)
    return [sorted(group) for group in groups.values() if len(group) > 1]


@pytest.fixture
def case(tmp_path, monkeypatch):
    made = linkgraph.create(tmp_path / "case", agency="A", timezone="UTC")
    monkeypatch.setenv("LINKGRAPH_CASE", str(made.folder))
    return made


def run(capsys, *arguments):
    capsys.readouterr()
    code = main([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_every_line_of_a_real_access_log_is_accounted_for(case, capsys, published):
    code, found = run(
        capsys,
        "ingest",
        "ip-logs",
        published / "weblog" / "hackers-access.log",
        "--service",
        "howto.example.org",
    )
    [source] = found["sources"]
    assert (source["read"], source["stored"] + source["duplicates"] + source["quarantined"]) == (3456, 3456)
    assert code == (3 if source["quarantined"] else 0)
    counts = case.counts()
    assert counts.entities["IPAddress"] == 520
    first = min(row for row in case.graph().links["first_seen"].to_pylist())
    assert first.isoformat() == "2015-10-25T03:11:25+00:00"


def test_bank_statements_of_four_dialects(case, capsys, published):
    read = 0
    for path in sorted((published / "mt940_samples").iterdir()):
        if path.suffix in {".sta", ".txt"}:
            code, found = run(capsys, "ingest", "payments", path)
            [source] = found["sources"]
            assert code in {0, 3}
            assert source["read"] == source["stored"] + source["duplicates"] + source["quarantined"]
            read += source["read"]
    assert read > 100
    assert case.verify().whole


@pytest.mark.parametrize(("name", "lines"), [("haystack.txt", 1350), ("needles.txt", 100)])
def test_lists_of_perceptual_hashes(case, capsys, published, name, lines):
    content = (published / "pdq" / name).read_text("ascii").split()
    _, found = run(capsys, "ingest", "file-hashes", published / "pdq" / name, "--format", "digest=pdq")
    assert found["sources"][0]["read"] == len(content) == lines
    assert case.counts().entities == {"FileHash": len(set(content))}
    [entity] = case.find(content[0])
    assert entity.value == f"pdq:{content[0]}"


def test_the_published_network_of_krebs(case, capsys, published, tmp_path):
    """Krebs 2002, table of the largest component, once the two spellings of one person are merged."""
    path = published / "krebs911" / "snabook_9_11_edgelist.txt"
    names = {name for line in path.read_text("utf-8").splitlines() for name in line.split(",")[:2]}
    [[chosen, other]] = spellings(names)
    mapping = tmp_path / "same-person.toml"
    mapping.write_text(f'[aliases]\n"{chosen}" = "{other}"\n', "utf-8")
    code, found = run(capsys, "ingest", "links", path, "--mapping", mapping)
    assert (code, found["sources"][0]["read"]) == (0, 382)
    largest = case.graph().largest_component()
    assert (len(largest.ids), len(largest.pairs)) == (62, 153)
    _, hubs = run(capsys, "hubs", "--component", "largest", "--top", "62")
    table = {
        (round(one["degree_centrality"], 3), round(one["betweenness"], 3), round(one["closeness"], 3)) for one in hubs
    }
    assert {
        (0.361, 0.588, 0.587),
        (0.295, 0.088, 0.466),
        (0.180, 0.252, 0.433),
        (0.131, 0.232, 0.436),
    } <= table
    assert (hubs[0]["degree"], round(hubs[0]["betweenness"], 3)) == (22, 0.588)


def test_the_karate_club(case, capsys):
    """Zachary 1977; the best modularity known is 0.4198 with four communities."""
    path = Path(__file__).resolve().parents[1] / "sample_graphs" / "karate.csv"
    listed = {tuple(map(int, line.split(","))) for line in path.read_text("ascii").splitlines()[1:]}
    assert listed == set(networkx.karate_club_graph().edges())
    assert run(capsys, "ingest", "links", path)[0] == 0
    assert case.counts().links == {"LINKED": 78}
    _, found = run(capsys, "communities")
    assert found["modularity"] >= 0.4197
    assert len(found["communities"]) == 4
    assert sum(one["size"] for one in found["communities"]) == 34
