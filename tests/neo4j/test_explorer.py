"""The explorer on a case that lives on a real server: the same picture, and the named queries."""

from __future__ import annotations

import os
import subprocess
import sys

import httpx2
import pytest
from starlette.testclient import TestClient
from web import exploring as web
from web.exploring import Asking

import linkgraph
from linkgraph.server import ServerCase
from linkgraph.web import serving
from linkgraph.web.app import application

pytestmark = pytest.mark.neo4j


@pytest.fixture
def pushed(server, tmp_path):
    case = linkgraph.open(web.made(tmp_path))
    case.push(server)
    return case


@pytest.fixture
def asking(server, pushed):
    with serving.explored(ServerCase(server), server) as explorer:
        explorer.look(web.nothing)
        app = application(explorer, port=web.PORT, token=web.TOKEN, upload_limit=1000)
        headers = {"authorization": f"Bearer {web.TOKEN}"}
        yield Asking(explorer, TestClient(app, base_url=f"http://127.0.0.1:{web.PORT}", headers=headers))


def test_the_picture_is_that_of_the_case(asking, pushed):
    there = asking.get("model")
    with web.exploring(pushed.folder, read_only=True) as here:
        local = here.get("model")
    same = ("case", "digest", "totals", "communities", "bundles", "kinds", "country_sizes", "flows", "victims_hidden")
    assert {name: there[name] for name in same} == {name: local[name] for name in same}
    assert there["entities"]["id"] == local["entities"]["id"]
    assert there["links"]["evidence"] == local["links"]["evidence"]
    assert there["explorer"] == {"read_only": True, "queries": True, "snapshot": 1}


def test_it_expands_finds_and_leads_from_one_to_another(asking):
    fox, owl = asking.node("amber_fox"), asking.node("blue_owl")
    around = asking.post("expand", node=fox, limit=10)
    assert owl in around["nodes"]
    assert asking.post("path", **{"from": fox, "to": owl})["nodes"] == [fox, owl]
    assert asking.post("overview", filters={"kinds_off": [0]})["entities"] < asking.get("model")["totals"]["entities"]
    status, sentence = asking.refused("observations", snapshot=1, node=fox)
    assert (status, "explore the case folder" in sentence) == (422, True)


def test_named_queries_are_listed_and_run(asking):
    assert {"shared-ip"} <= {one["name"] for one in asking.get("queries")}
    found = asking.client.post("/api/queries/shared-ip", json={"parameters": {}})
    assert found.status_code == 200
    rows = found.json()
    assert rows["columns"]
    assert any("193.0.6.139" in str(row) for row in rows["rows"])
    assert not [row for row in rows["rows"] if any(name in str(row) for name in web.VICTIM)]
    status, sentence = asking.refused("queries/shared-ip", parameters={"nonsense": 1})
    assert (status, "no parameter" in sentence) == (422, True)


def test_nothing_is_changed_on_a_server(asking):
    for path, said in (
        ("role", {"id": asking.id("amber_fox"), "role": "suspect", "why": "x"}),
        ("same-as", {"a": asking.id("amber_fox"), "b": asking.id("blue_owl"), "decision": "accepted", "why": "x"}),
    ):
        assert asking.refused(path, **said)[0] == 403


def test_the_command_serves_it(server, pushed):
    command = [sys.executable, "-c", "import linkgraph.cli; linkgraph.cli.run()"]
    given = {"NEO4J_USERNAME": server.user, "NEO4J_PASSWORD": server.password, "PYTHONUNBUFFERED": "1"}
    running = subprocess.Popen(
        [*command, "explore", "--neo4j", server.uri, "--no-browser"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | given,
    )
    try:
        line = next(line for line in running.stderr if "The explorer is at" in line)
        origin, token = line.split()[-1].split("/#")
        answered = httpx2.get(f"{origin}/api/status", headers={"authorization": f"Bearer {token}"}, timeout=30)
        assert answered.json()["queries"] is True
    finally:
        running.terminate()
        running.wait(30)
        running.stderr.close()


def test_an_import_brings_the_server_level(server, pushed, monkeypatch):
    settings = pushed.folder / "case.toml"
    settings.write_text(settings.read_text("utf-8") + f'neo4j = "{server.uri}"\n', "utf-8")
    monkeypatch.setenv("NEO4J_USERNAME", server.user)
    monkeypatch.setenv("NEO4J_PASSWORD", server.password)
    with web.exploring(pushed.folder) as asking:
        asking.explorer.server = server
        text = b"account,service,ip,timestamp,event\nnew_lynx,chat,193.0.6.139,2026-02-01 10:00:00,login\n"
        sent = asking.client.post("/api/uploads?name=new.csv", content=text).json()
        looked = asking.client.post(f"/api/uploads/{sent['id']}/look", json={"timezone": "UTC"}).json()
        assert looked["verdict"] == "take"
        begun = asking.client.post(f"/api/uploads/{sent['id']}/ingest", json={})
        done = asking.done(begun.json()["job"])
        assert "Neo4j is level with the case." in done["sentence"]
    there = ServerCase(server)
    assert there.find("new_lynx")
    assert there.digest() == pushed.digest()
