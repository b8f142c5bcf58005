"""The store made again from the evidence and the log is the store that was there."""

from __future__ import annotations

import json

import duckdb
import pytest
from custody.cases import LOGINS, UTC, full, made

import linkgraph
from linkgraph.cli import main
from linkgraph.errors import IntegrityError
from linkgraph.ingest import corrections
from linkgraph.ingest.readers import delimited
from linkgraph.store import audit

ROWS = """SELECT o.* EXCLUDE (source, content_high, content_low), s.sha256
FROM observation o JOIN source s ON s.key = o.source ORDER BY ALL"""
PARTS = """SELECT e.id, s.sha256, p.revision, p.label, p.first_seen, p.last_seen
FROM entity_part p JOIN entity e ON e.key = p.entity JOIN source s ON s.key = p.source ORDER BY ALL"""
LINKS = """SELECT l.id, s.sha256, p.revision, p.count FROM link_part p JOIN link_with_id l ON l.key = p.link
JOIN source s ON s.key = p.source ORDER BY ALL"""
TABLES = (
    "SELECT * EXCLUDE (key) FROM source ORDER BY sha256",
    "SELECT * FROM role ORDER BY ALL",
    "SELECT * FROM touched ORDER BY ALL",
    "SELECT * FROM meta WHERE name <> 'content_secret' ORDER BY ALL",
    ROWS,
    PARTS,
    LINKS,
)


def content(case):
    """All that a store holds, without the keys that are private to it."""
    with duckdb.connect(str(case.folder / "case.duckdb"), read_only=True) as store:
        return {sql: store.execute(sql).fetchall() for sql in TABLES}


def small_blocks(monkeypatch):
    defaults = delimited.Delimited.__init__.__defaults__
    monkeypatch.setattr(delimited.Delimited.__init__, "__defaults__", (*defaults[:-1], 2048))


@pytest.fixture
def case(tmp_path):
    made_case = full(tmp_path)
    corrected(made_case, tmp_path, {4: "amber_fox,chat,193.0.6.150,4713,2026-01-05 10:06:00,login", 6: "no,good"})
    return made_case


def corrected(case, folder, texts):
    path = folder / "corrected.jsonl"
    case.export_quarantine(path)
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lines = [
        json.dumps(one | {"corrected": texts[one["line"]]})
        for one in records
        if one["line"] in texts and one["file"].startswith("Logins")
    ]
    path.write_text("\n".join(lines), "utf-8")
    return case.requeue(path, "typing error of the provider")


def test_a_store_made_again_is_equal_in_every_row_and_revision(case):
    before, chain = content(case), (case.folder / "audit.jsonl").read_bytes()
    found = case.rebuild()
    assert (found.equal, found.replaced, found.not_compared) == (True, True, None)
    assert found.graph == case.digest()
    assert content(case) == before
    after = (case.folder / "audit.jsonl").read_bytes()
    assert after.startswith(chain)
    [added] = [json.loads(line) for line in after[len(chain) :].splitlines()]
    assert added["action"] == "rebuild"
    assert case.verify().whole
    assert sorted(path.name for path in case.folder.iterdir() if path.name != "case.lock") == [
        "audit.jsonl",
        "case.duckdb",
        "case.toml",
        "sources",
    ]
    assert case.rebuild().equal


@pytest.mark.parametrize("damage", ["gone", "torn", "rubbish"])
def test_a_store_that_is_lost_is_made_again(case, damage):
    before = content(case)
    path = case.folder / "case.duckdb"
    if damage == "gone":
        path.unlink()
    elif damage == "torn":
        path.write_bytes(path.read_bytes()[:5000])
    else:
        path.write_bytes(b"rubbish" * 1000)
    found = case.rebuild()
    assert found.not_compared
    assert (found.equal, found.replaced) == (True, True)
    assert content(case) == before
    assert case.verify().whole
    assert (case.folder / "case.duckdb.before").exists() == (damage != "gone")


def test_a_store_that_stands_behind_its_log_is_brought_on(case, tmp_path):
    path = case.folder / "case.duckdb"
    older = path.read_bytes()
    case.set_role("amber_fox", None, "taken back")
    path.write_bytes(older)
    found = case.rebuild()
    assert "ends at entry" in found.not_compared
    assert case.verify().whole


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE entity SET value = 'green_fox' WHERE value = 'chat:amber_fox'", "graph"),
        ("UPDATE source SET name = 'other.csv' WHERE name = 'accounts.csv'", "other.csv"),
        ("DELETE FROM quarantine", "quarantine"),
    ],
)
def test_a_store_that_was_tampered_with_is_told_and_left(case, change, said):
    with duckdb.connect(str(case.folder / "case.duckdb")) as store:
        store.execute(change)
    before = content(case)
    found = case.rebuild()
    assert not found.equal
    assert not found.replaced
    assert any(said in one for one in found.differences)
    assert content(case) == before
    (case.folder / "case.duckdb").rename(case.folder / "tampered")
    assert case.rebuild().replaced
    assert case.verify().whole


def test_a_log_that_was_changed_makes_no_store(case):
    log = case.folder / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b"TLP:RED", b"TLP:RAD").replace(b"mistaken", b"mistakes"))
    before = content(case)
    with pytest.raises(IntegrityError, match="entry"):
        case.rebuild()
    assert content(case) == before


def test_evidence_that_is_gone_makes_no_store(case):
    source = case.source("accounts.csv")
    path = case.folder / "sources" / source.sha256
    path.chmod(0o600)
    path.unlink()
    before = content(case)
    with pytest.raises(IntegrityError, match=source.sha256):
        case.rebuild()
    assert content(case) == before
    assert not list(case.folder.glob("rebuild-*"))


def test_an_import_that_was_cut_off_and_gone_on_with_is_done_again_batch_for_batch(tmp_path, monkeypatch):
    rows = [f"user_{n},chat,193.0.6.{n % 200},1,2026-01-05 10:{n % 60:02}:00,login" for n in range(500)]
    text = LOGINS.splitlines()[0] + "\n" + "\n".join(rows) + "\n"
    case = made(tmp_path, [("ip-logs", "first.csv", LOGINS, UTC)])
    (tmp_path / "long.csv").write_text(text, "utf-8")
    with monkeypatch.context() as small:
        small_blocks(small)

        class Killed(BaseException):
            pass

        def kill(progress):
            if progress.rows > 100:
                raise Killed

        with pytest.raises(Killed):
            case.ingest("ip-logs", [tmp_path / "long.csv"], stated=UTC, progress=kill)
        (tmp_path / "other.csv").write_text(text[: len(text) // 2].rpartition("\n")[0] + "\n", "utf-8")
        case.ingest("ip-logs", [tmp_path / "other.csv"], stated=UTC)
        case.ingest("ip-logs", [tmp_path / "long.csv"], stated=UTC)
    actions = [entry.action for entry in audit.read_log(case.folder / "audit.jsonl")]
    assert actions.count("import.resume") == 1
    assert actions.count("import.batch") > 10
    before = content(case)
    assert case.rebuild().equal
    assert content(case) == before


def test_a_cut_off_import_is_made_again_as_far_as_it_came(tmp_path, monkeypatch):
    rows = [f"user_{n},chat,193.0.6.{n % 200},1,2026-01-05 10:{n % 60:02}:00,login" for n in range(500)]
    case = made(tmp_path, [])
    (tmp_path / "long.csv").write_text(LOGINS.splitlines()[0] + "\n" + "\n".join(rows) + "\n", "utf-8")
    small_blocks(monkeypatch)

    def kill(progress):
        if progress.rows > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        case.ingest("ip-logs", [tmp_path / "long.csv"], stated=UTC, progress=kill)
    before = content(case)
    assert case.rebuild().equal
    assert content(case) == before
    [done] = case.ingest("ip-logs", [tmp_path / "long.csv"], stated=UTC)
    assert done.resumed
    assert done.tally.stored == 500


def test_another_reader_version_is_said(case, monkeypatch):
    defaults = ["2" if one == "1" else one for one in delimited.Delimited.__init__.__defaults__]
    monkeypatch.setattr(delimited.Delimited.__init__, "__defaults__", tuple(defaults))
    found = case.rebuild()
    assert found.equal
    assert any("delimited 1" in note and "delimited 2" in note for note in found.notes)


def test_counts_that_differ_from_the_log_are_told(case, monkeypatch):
    from linkgraph.ingest.values import ip
    from linkgraph.ingest.values.result import Reason

    real = ip.clean
    monkeypatch.setattr(ip, "clean", lambda raw: Reason("ip", "never") if raw == "193.0.6.140" else real(raw))
    (case.folder / "case.duckdb").unlink()
    found = case.rebuild()
    assert found.replaced
    assert any("says stored 1, now it is 0" in one for one in found.differences)


def test_the_command(case, capsys, monkeypatch):
    monkeypatch.setenv("LINKGRAPH_CASE", str(case.folder))
    assert main(["rebuild", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["equal"]
    assert main(["rebuild"]) == 0
    assert "in place" in capsys.readouterr().err
    (case.folder / "case.duckdb").unlink()
    assert main(["stats"]) == 74
    assert "linkgraph rebuild" in capsys.readouterr().err
    assert main(["rebuild"]) == 0
    assert main(["verify"]) == 0


def test_a_rebuilt_case_is_the_same_case_to_a_server(case):
    with case.reading() as store:
        before = store.case_id()
    (case.folder / "case.duckdb").unlink()
    case.rebuild()
    with case.reading() as store:
        assert store.case_id() == before


def test_corrections_that_are_gone_make_no_store(case):
    kept = [
        path
        for path in (case.folder / "sources").iterdir()
        if path.suffix == "" and b'"corrected"' in path.read_bytes()
    ]
    [path] = kept
    assert corrections.read(path, "x")
    path.chmod(0o600)
    path.unlink()
    with pytest.raises(IntegrityError, match="corrections"):
        case.rebuild()
    assert linkgraph.open(case.folder).verify().whole is False
