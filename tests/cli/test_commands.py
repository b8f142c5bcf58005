"""The command line as a user runs it, in process: what is printed, what is changed, which exit code."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest

import linkgraph
from linkgraph.cli import main

LOGINS = """account,service,ip,port,timestamp,event
amber_fox,chat,193.0.6.139,4711,2026-01-05 10:00:00,login
blue_owl,chat,193.0.6.139,4712,2026-01-05 10:05:00,login
amber_fox,chat,010.0.0.1,4713,2026-01-05 10:06:00,login
amber_fox,chat,193.0.6.139,4714,2026-01-05 11:00:00,logout
"""
ACCOUNTS = """account,service,email,phone,country,created_at,role
amber_fox,chat,amber@example.org,+44 7700 900123,GB,2025-12-01T00:00:00Z,
blue_owl,chat,amber@example.org,,DE,2025-12-02T00:00:00Z,
small_wren,chat,,,GB,2025-12-03T00:00:00Z,victim
"""
MESSAGES = """sender,receiver,service,timestamp
amber_fox,small_wren,chat,2026-01-06T10:00:00Z
amber_fox,blue_owl,chat,2026-01-06T11:00:00Z
"""


@pytest.fixture
def case(tmp_path, monkeypatch):
    """A case with three sources, and the folder one stands in."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("logins.csv", LOGINS), ("accounts.csv", ACCOUNTS), ("messages.csv", MESSAGES)):
        (tmp_path / name).write_text(text, "utf-8")
    assert main(["init", "op", "--agency", "A", "--timezone", "Europe/London"]) == 0
    monkeypatch.setenv("LINKGRAPH_CASE", str(tmp_path / "op"))
    assert main(["ingest", "accounts", "accounts.csv"]) == 0
    assert main(["ingest", "ip-logs", "logins.csv", "--timezone", "UTC"]) == 3
    assert main(["ingest", "contacts", "messages.csv"]) == 0
    return tmp_path / "op"


def run(capsys, *arguments):
    """Run a command with ``--json`` and give its exit code and what it printed."""
    capsys.readouterr()
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_stats(case, capsys):
    assert run(capsys, "stats") == (
        0,
        {
            "entities": {"Account": 3, "Email": 1, "IPAddress": 1, "Phone": 1},
            "links": {"CONTACTED": 2, "HOLDS": 3, "USED_IP": 2},
            "sources": 3,
            "quarantined": 1,
        },
    )


def test_ingest_accounts_for_every_row(case, capsys, tmp_path):
    (tmp_path / "second.csv").write_text(LOGINS + "amber_fox,chat,193.0.6.139,1,2026-01-05 12:00:00,login\n", "utf-8")
    code, found = run(capsys, "ingest", "ip-logs", "second.csv", "--timezone", "UTC")
    [source] = found["sources"]
    assert code == 3
    assert {key: source[key] for key in ("kind", "read", "stored", "duplicates", "quarantined")} == {
        "kind": "ip-logs",
        "read": 5,
        "stored": 1,
        "duplicates": 3,
        "quarantined": 1,
    }


def test_the_same_bytes_again_change_nothing(case, capsys):
    before = linkgraph.open(case).digest()
    capsys.readouterr()
    assert main(["ingest", "ip-logs", "logins.csv", "--timezone", "UTC"]) == 0
    assert "already imported" in capsys.readouterr().err
    assert linkgraph.open(case).digest() == before


def test_quarantine_says_where_and_why(case, capsys):
    _, [row] = run(capsys, "quarantine")
    assert (row["name"], row["line"], row["column"], row["code"]) == (
        "logins.csv",
        4,
        "ip",
        "ip-leading-zeros",
    )
    import base64

    assert base64.b64decode(row["raw_base64"]) == b"amber_fox,chat,010.0.0.1,4713,2026-01-05 10:06:00,login"


def test_show_gives_links_and_rows(case, capsys):
    code, found = run(capsys, "show", "blue_owl")
    assert code == 0
    assert found["value"] == "chat:blue_owl"
    assert (found["country"], found["country_basis"]) == ("DE", "stated")
    evidence = {link["kind"]: [one["row"] for one in link["evidence"]] for link in found["links"]}
    assert evidence == {"USED_IP": [3], "HOLDS": [3], "CONTACTED": [3]}


def test_path_gives_the_evidence_of_each_hop(case, capsys):
    code, found = run(capsys, "path", "blue_owl", "Phone:+447700900123")
    assert code == 0
    assert found["length"] == 2
    assert len(found["nodes"]) == 3
    assert all(link["evidence"] for link in found["links"])


def test_what_is_not_connected_has_no_path(case, capsys, tmp_path):
    (tmp_path / "chart.csv").write_text("source,target\nlone a,lone b\n", "utf-8")
    assert main(["ingest", "links", "chart.csv"]) == 0
    assert run(capsys, "path", "lone a", "blue_owl") == (0, {"length": None, "nodes": [], "links": []})


def test_a_victim_is_never_ranked_and_never_exported_in_clear(case, capsys, tmp_path):
    _, hubs = run(capsys, "hubs", "--top", "100")
    assert {one["label"] for one in hubs} >= {"amber_fox (chat)"}
    for command in (["hubs", "--top", "100"], ["leads"], ["communities"], ["crossborder"]):
        _, found = run(capsys, *command)
        assert "small_wren" not in json.dumps(found)
    assert main(["export", "graphml", "-o", "out.graphml"]) == 0
    assert main(["render", "-o", "page.html"]) == 0
    for name in ("out.graphml", "page.html"):
        assert "small_wren" not in (tmp_path / name).read_text("utf-8")


def test_the_role_of_a_victim_is_lifted_by_two_people(case, capsys):
    assert main(["role", "small_wren", "none", "--why", "mistaken"]) == 2
    assert main(["role", "small_wren", "none", "--why", "mistaken", "--second", "DI Example"]) == 0
    _, hubs = run(capsys, "hubs", "--top", "100")
    assert "small_wren (chat)" in {one["label"] for one in hubs}


def test_withdraw_takes_a_source_out_and_its_links(case, capsys):
    assert main(["withdraw", "messages.csv", "--why", "wrong case"]) == 0
    _, found = run(capsys, "stats")
    assert "CONTACTED" not in found["links"]
    assert run(capsys, "verify")[1]["whole"]


def test_verify_finds_a_changed_source(case, capsys):
    assert run(capsys, "verify")[0] == 0
    source = next((case / "sources").iterdir())
    source.chmod(0o600)
    source.write_bytes(source.read_bytes() + b"\n")
    code, found = run(capsys, "verify")
    assert code == 4
    assert [check["name"] for check in found["checks"] if not check["ok"]] == ["evidence files are unchanged"]


def test_verify_finds_an_edited_log(case, capsys):
    log = case / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"import.begin"', b'"import.begun"', 1))
    code, found = run(capsys, "verify")
    assert code == 4
    assert "entry" in next(check["fault"] for check in found["checks"] if not check["ok"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ingest", "ip-logs", "new.csv"], "--timezone"),
        (["ingest", "ip-logs", "nowhere.csv"], "no file"),
        (["ingest", "films", "logins.csv"], "no kind of source"),
        (["ingest", "ip-logs", "new.csv", "--timezone", "Europe/Narnia"], "no time zone"),
        (["ingest", "ip-logs", "accounts.csv"], "were imported as accounts"),
        (["ingest", "links", "new.csv"], "No column for"),
        (["show", "nobody"], "Nothing in the case"),
        (["hubs", "--links", "LOVES"], "no kind of link"),
        (["hubs", "--kind", "Ship"], "no kind of entity"),
        (["export", "dot", "-o", "x"], "no export format"),
        (["withdraw", "nothing.csv", "--why", "x"], "No source"),
        (["init", "op", "--agency", "A", "--timezone", "UTC"], "not empty"),
        (["push"], "--neo4j"),
    ],
)
def test_a_usage_error_is_one_sentence_with_the_way_out(case, capsys, tmp_path, arguments, sentence):
    (tmp_path / "new.csv").write_text(LOGINS.replace("amber", "green"), "utf-8")
    before = linkgraph.open(case).digest(), sorted((case / "sources").iterdir())
    capsys.readouterr()
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert (linkgraph.open(case).digest(), sorted((case / "sources").iterdir())) == before


@pytest.mark.parametrize(
    "head", [b"\xff\xd8\xff\xe0 JFIF", b"\x89PNG\r\n\x1a\n....", b"PK\x03\x04....", b"....ftypmp42"]
)
@pytest.mark.parametrize("packed", [False, True])
def test_media_are_refused_whatever_they_are_called(case, tmp_path, head, packed):
    content = head + b"\0" * 100
    (tmp_path / "hashes.csv").write_bytes(gzip.compress(content) if packed else content)
    before = sorted((case / "sources").iterdir())
    assert main(["ingest", "file-hashes", "hashes.csv"]) == 2
    assert sorted((case / "sources").iterdir()) == before


def test_compressed_evidence_is_read_as_it_is(case, capsys, tmp_path):
    (tmp_path / "more.csv.gz").write_bytes(gzip.compress(LOGINS.replace("amber", "green").encode(), mtime=0))
    code, found = run(capsys, "ingest", "ip-logs", "more.csv.gz", "--timezone", "UTC")
    assert (code, found["sources"][0]["read"], found["sources"][0]["quarantined"]) == (3, 4, 1)


def test_a_held_case_says_who_holds_it(case, capsys):
    holder = (
        "import sys, linkgraph, pathlib\n"
        "with linkgraph.open(pathlib.Path(sys.argv[1])).writing('ingest test'):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(case)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline().strip() == "held"
        for arguments in (["stats"], ["ingest", "contacts", "messages.csv"]):
            capsys.readouterr()
            assert main(arguments) == 75
            said = capsys.readouterr().err
            assert "ingest test" in said
            assert str(process.pid) in said
        process.stdin.close()
        process.wait()
    assert main(["stats"]) == 0


def test_an_import_that_was_cut_off_goes_on_where_it_was(case, capsys, tmp_path, monkeypatch):
    """Killed between batches; the control is the same file imported in one go."""
    from linkgraph.ingest.readers import delimited

    rows = [f"user_{n},chat,193.0.6.{n % 200},1,2026-01-05 10:{n % 60:02}:00,login" for n in range(500)]
    (tmp_path / "long.csv").write_text(LOGINS.splitlines()[0] + "\n" + "\n".join(rows) + "\n", "utf-8")
    defaults = delimited.Delimited.__init__.__defaults__
    small = tuple(2048 if one == delimited.BLOCK_BYTES else one for one in defaults)
    monkeypatch.setattr(delimited.Delimited.__init__, "__defaults__", small)

    class Killed(BaseException):
        pass

    def kill(progress):
        if progress.rows > 100:
            raise Killed

    opened = linkgraph.open(case)
    stated = linkgraph.case.Stated(timezone="UTC")
    with pytest.raises(Killed):
        opened.ingest("ip-logs", [tmp_path / "long.csv"], stated=stated, progress=kill)
    assert not next(one for one in opened.sources() if one.name == "long.csv").complete
    [done] = opened.ingest("ip-logs", [tmp_path / "long.csv"], stated=stated)
    assert done.resumed
    assert done.tally.stored == 500
    control = linkgraph.create(tmp_path / "control", agency="A", timezone="UTC")
    for kind, name, said in (
        ("accounts", "accounts.csv", None),
        ("ip-logs", "logins.csv", stated),
        ("contacts", "messages.csv", None),
        ("ip-logs", "long.csv", stated),
    ):
        control.ingest(kind, [tmp_path / name], stated=said)
    assert opened.digest() == control.digest()
    assert opened.verify().whole


def test_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for name in ("init", "ingest", "stats", "leads", "render", "push", "query", "verify", "demo"):
        assert name in out


def test_unknown_options_are_usage_errors(capsys):
    assert main(["stats", "--colour"]) == 2


def test_a_name_in_an_error_cannot_write_a_line_of_its_own(tmp_path, capsys):
    assert main(["stats", "--case", str(tmp_path / "x\nlinkgraph: all is well")]) != 0
    shown = capsys.readouterr().err
    assert "\\u{a}linkgraph: all is well" in shown
    assert not [line for line in shown.splitlines() if line.startswith("linkgraph: all is well")]
