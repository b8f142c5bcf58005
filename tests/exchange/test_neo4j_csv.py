"""The folder for neo4j-admin: the command in it is run, and the server on what it made has the same graph."""

from __future__ import annotations

import csv
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

import pytest
from exchange.tables import FILE, HOSTILE, NOON, SOURCES, entity, everything, extract, link

from linkgraph import queries
from linkgraph.exchange import neo4j_csv
from linkgraph.model import EntityKind, LinkKind
from linkgraph.store.neo4j import Neo4jServer, Neo4jStore

_LAUNCHER = Path(__file__).resolve().parents[2] / ".ci" / "neo4j_server.py"
HARD = (
    '"quoted", \'so\' and ""',
    "a\r\nb\nc\rd",
    "=1+1;@x",
    "trailing backslash \\",
    '\\"',
    " blanks ",
    "\x00\x01\x1f\x7f",
    "\u2028\x85\ufeff\U0001f98a",
    "null",
    '"',
)


def written(folder, given) -> Path:
    folder.mkdir()
    assert neo4j_csv.write(folder, given) == []
    return folder


def command(folder) -> list[str]:
    [line] = re.findall(r"^neo4j-admin (.+)$", (folder / "import.txt").read_text("utf-8"), re.MULTILINE)
    return shlex.split(line)


# -- the real import -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def launcher():
    name = "neo4j_server"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, _LAUNCHER)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    reason = sys.modules[name].missing()
    if reason:
        pytest.skip(f"no real Neo4j: {reason}")
    return sys.modules[name]


@contextmanager
def imported(launcher, folder):
    """Give a server on what the command in the folder made."""
    with launcher.running() as server:
        launcher.stop(server.process)
        shutil.rmtree(server.home / "data" / "databases" / "neo4j")
        shutil.rmtree(server.home / "data" / "transactions" / "neo4j")
        (server.home / "conf" / "neo4j-admin.conf").touch()
        done = subprocess.run(
            [
                shutil.which("java"),
                "-Xmx1g",
                "-cp",
                str(launcher.fetch() / "*"),
                "org.neo4j.cli.AdminTool",
                *command(folder),
            ],
            check=False,
            cwd=folder,
            env=os.environ | {"NEO4J_HOME": str(server.home), "NEO4J_CONF": str(server.home / "conf")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
        )
        assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")[-3000:]
        server.start_again()
        try:
            yield Neo4jServer(server.uri, server.user, server.password)
        finally:
            # The launcher stops the process it started first.
            launcher.stop(server.process)


@pytest.fixture(scope="module")
def given():
    """Everything, and texts that break readers of CSV."""
    base = everything()
    one = entity(EntityKind.ACCOUNT, "x:hard")
    hard = [entity(EntityKind.ACCOUNT, f"x:{text}", label=text) for text in HARD]
    links = [link(LinkKind.CONTACTED, one, other, grade=text) for text, other in zip(HARD, hard, strict=True)]
    return extract(
        [*base.entities.to_pylist(), one, *hard],
        [*base.links.to_pylist(), *links],
        base.said.to_pylist(),
        case=base.case,
    )


@pytest.fixture(scope="module")
def server(launcher, given, tmp_path_factory):
    folder = written(tmp_path_factory.mktemp("neo4j") / "graph", given)
    with imported(launcher, folder) as server:
        yield server


@pytest.mark.neo4j
def test_the_server_has_the_same_entities_and_links(server, given):
    store = Neo4jStore(server)
    try:
        assert store.case_name() == "op <lantern> & co"
        assert store.entities().equals(given.entities.drop_columns(["marking"]))
        assert store.links().equals(given.links.drop_columns(["marking", "evidence"]))
        assert store.evidence_texts(given.links["id"]).to_pylist() == given.links["evidence"].to_pylist()
        assert store.said(given.entities["id"]).equals(given.said)
        assert store.sources() == list(SOURCES)
    finally:
        store.close()


@pytest.mark.neo4j
def test_the_markings_are_on_the_server(server, given):
    with server.driver() as driver:
        nodes = driver.execute_query("MATCH (n:Entity) RETURN n.id AS id, n.marking AS marking ORDER BY id")
        links = driver.execute_query("MATCH ()-[r]->() RETURN r.id AS id, r.marking AS marking ORDER BY id")
        [whole] = driver.execute_query("MATCH (c:LinkgraphCase) RETURN c {.*} AS c").records
    for found, table in ((nodes, given.entities), (links, given.links)):
        assert [row.data() for row in found.records] == table.select(["id", "marking"]).to_pylist()
    assert (whole["c"]["marking"], whole["c"]["agency"]) == ("TLP:RED", "Agency A")


@pytest.mark.neo4j
def test_labels_and_types_of_properties_are_those_of_a_push(server):
    with server.driver() as driver:
        [row] = driver.execute_query(
            "MATCH (n:Entity {value: 'chat:amber_fox'})-[r:USED_IP]->({value: '2001:db8::1'}) "
            "RETURN labels(n) AS labels, n.first_seen AS seen, r.count AS count, r.evidence AS evidence"
        ).records
        [paid] = driver.execute_query("MATCH ()-[r:PAID {count: 3}]->() RETURN r.amounts AS amounts").records
    assert sorted(row["labels"]) == ["Account", "Entity"]
    assert row["seen"].to_native().astimezone(UTC) == NOON
    assert (row["count"], row["evidence"]) == (7, [f"{FILE} 2"])
    assert paid["amounts"] == '{"":"1","EUR":"1234567890123456.70"}'


@pytest.mark.neo4j
def test_the_named_queries_work_on_it(server):
    found = queries.run(server, queries.load("evidence-of"), {"entity": "chat:amber_fox"})
    assert {row["file"] for row in found} == {"log <in>.csv"}
    assert len(found) == 14


@pytest.mark.neo4j
def test_the_indexes_are_made(server, tmp_path):
    folder = written(tmp_path / "graph", everything())
    statements = (folder / "indexes.cypher").read_text("utf-8")
    with server.driver() as driver:
        for statement in filter(str.strip, statements.split(";")):
            driver.execute_query(statement)
        found = driver.execute_query("SHOW INDEXES YIELD name WHERE name STARTS WITH 'linkgraph_' RETURN name").records
    assert {"linkgraph_entity", "linkgraph_value", "linkgraph_label"} <= {row["name"] for row in found}


@pytest.mark.neo4j
def test_a_graph_without_anything_is_imported(launcher, tmp_path):
    folder = written(tmp_path / "graph", extract([], [], sources=()))
    with imported(launcher, folder) as server:
        store = Neo4jStore(server)
        assert (store.case_name(), len(store.entities()), len(store.links())) == ("op", 0, 0)
        store.close()


# -- the files alone -----------------------------------------------------------------------------


def test_the_command_names_every_file_once(tmp_path):
    folder = written(tmp_path / "graph", everything())
    named = [name for option in command(folder) if "=" in option for name in option.partition("=")[2].split(",")]
    files = sorted(name for name in named if name.endswith((".header", ".data")))
    assert files == sorted(path.name for path in folder.iterdir() if path.suffix in {".header", ".data"})
    assert {path.name for path in folder.iterdir()} - set(files) == {"import.txt", "indexes.cypher"}


def test_rows_have_the_columns_of_their_header(tmp_path):
    folder = written(tmp_path / "graph", everything())
    columns = (folder / "entities.header").read_text("utf-8").strip().split(",")
    with (folder / "entities-Account.data").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert {len(row) for row in rows} == {len(columns)}
    assert HOSTILE in {row[columns.index("label:string")] for row in rows}


def test_no_name_opens_a_spreadsheet(tmp_path):
    folder = written(tmp_path / "graph", everything())
    assert {path.suffix for path in folder.iterdir()} == {".header", ".data", ".txt", ".cypher"}


def test_a_name_cannot_show_another_command(tmp_path):
    evil = "op\nneo4j-admin database delete --all\n"
    text = (written(tmp_path / "graph", extract([], [], case=evil, agency=evil)) / "import.txt").read_text("utf-8")
    assert len(re.findall("^neo4j-admin", text, re.MULTILINE)) == 1


def test_two_exports_are_the_same_bytes(tmp_path):
    folders = [written(tmp_path / name, everything()) for name in ("1", "2")]
    contents = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders]
    assert contents[0] == contents[1]
