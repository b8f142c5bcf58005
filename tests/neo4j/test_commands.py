"""The command line with a real server: loading it on the way, asking it without a case."""

from __future__ import annotations

import json
import re

import pytest

import linkgraph
from linkgraph.cli import main
from linkgraph.viz import page

pytestmark = pytest.mark.neo4j

ACCOUNTS = "account,service,email,country\na,chat,x@example.org,GB\nb,chat,x@example.org,DE\nc,chat,,FR\n"
LOGINS = (
    "account,service,ip,timestamp\na,chat,193.0.6.139,2026-01-01T00:00:00Z\nc,chat,193.0.6.139,2026-01-02T00:00:00Z\n"
)


@pytest.fixture
def case(server, tmp_path, monkeypatch):
    """A case that every ingest loads into the server."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEO4J_USERNAME", server.user)
    monkeypatch.setenv("NEO4J_PASSWORD", server.password)
    (tmp_path / "accounts.csv").write_text(ACCOUNTS, "utf-8")
    (tmp_path / "logins.csv").write_text(LOGINS, "utf-8")
    assert main(["init", "op", "--agency", "A", "--timezone", "UTC", "--neo4j", server.uri]) == 0
    for kind in ("accounts", "ip-logs"):
        name = "accounts.csv" if kind == "accounts" else "logins.csv"
        assert main(["ingest", kind, name, "--case", "op"]) == 0
    return tmp_path / "op"


def printed(capsys, *arguments):
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    "command",
    [
        ["stats"],
        ["sources"],
        ["quarantine"],
        ["show", "chat:a"],
        ["path", "chat:b", "chat:c"],
        ["communities"],
        ["hubs"],
        ["hubs", "--links", "USED_IP", "--kind", "Account"],
        ["crossborder"],
        ["leads"],
        ["brokers"],
        ["disruption"],
        ["identities"],
    ],
    ids=" ".join,
)
def test_the_server_answers_as_the_case_does(case, server, capsys, command):
    assert printed(capsys, *command, "--neo4j", server.uri) == printed(capsys, *command, "--case", str(case))


@pytest.mark.parametrize("command", ["co-use", "hierarchy", "money", "activity"])
def test_what_is_asked_of_single_rows_is_asked_of_the_case(case, server, capsys, command):
    capsys.readouterr()
    assert main([command, "--neo4j", server.uri]) == 2
    assert "ask the case, without --neo4j" in capsys.readouterr().err


def model_of(path):
    """The model that a page carries."""
    return page.unpack(re.search(r'id="model">(.*?)</script>', path.read_text("utf-8"), re.DOTALL)[1])


def test_page_and_export_are_made_without_a_local_case(case, server, tmp_path):
    for name, place in (("there", ["--neo4j", server.uri]), ("here", ["--case", str(case)])):
        assert main(["export", "jsonl", "-o", f"{name}.jsonl", *place]) == 0
        assert main(["render", "-o", f"{name}.html", "--around", "chat:a", "--hops", "2", *place]) == 0
    (first, *rest), (first_there, *rest_there) = (
        (tmp_path / f"{name}.jsonl").read_text("utf-8").splitlines() for name in ("here", "there")
    )
    assert rest == rest_there
    # A server does not know whose case it is.
    assert json.loads(first) == json.loads(first_there) | {"agency": json.loads(first)["agency"]}
    here, there = (model_of(tmp_path / f"{name}.html") for name in ("here", "there"))
    # A server holds no single rows and does not know the case's home zone.
    assert (there.pop("observations")["row"], there.pop("zone")) == ([], "UTC")
    assert here.pop("observations")["row"]
    assert here.pop("zone") == "UTC"
    assert [name for name in here if here[name] != there[name]] == []


def test_withdrawing_reaches_the_server(case, server):
    assert main(["withdraw", "logins.csv", "--why", "test", "--case", str(case)]) == 0
    assert linkgraph.connect(server.uri).digest() == linkgraph.open(case).digest()


def test_a_named_query(case, server, capsys):
    [row] = printed(capsys, "query", "shared-ip", "--neo4j", server.uri)
    assert sorted(row["accounts"]) == ["a (chat)", "c (chat)"]
    assert printed(capsys, "query", "shared-ip", "-p", "min_accounts=3", "--neo4j", server.uri) == []


def test_a_server_that_is_gone_loses_nothing(case, tmp_path, capsys):
    settings = case / "case.toml"
    settings.write_text(settings.read_text("utf-8").replace("bolt://127.0.0.1:", "bolt://127.0.0.1:9#"), "utf-8")
    text = settings.read_text("utf-8").split("9#")[0] + '9"\n'
    settings.write_text(text, "utf-8")
    (tmp_path / "more.csv").write_text(LOGINS.replace("a,chat", "d,chat"), "utf-8")
    capsys.readouterr()
    assert main(["ingest", "ip-logs", "more.csv", "--case", str(case), "--json"]) == 69
    said = capsys.readouterr()
    assert json.loads(said.out)["sources"][0]["stored"] == 1
    assert "nothing is lost" in said.err
    assert linkgraph.open(case).verify().whole
