"""What verify proves: evidence and what is kept beside it, the chain, its tree, a head noted earlier."""

from __future__ import annotations

import json

import duckdb
import pytest
from custody.cases import LOGINS, UTC, full, made

from linkgraph.cli import main
from linkgraph.errors import UsageError
from linkgraph.ingest import custody
from linkgraph.store import audit, merkle


@pytest.fixture
def case(tmp_path):
    return full(tmp_path)


def faults(case, against=None):
    return [check.fault for check in case.verify(against).checks if check.fault]


def test_a_whole_case_is_whole_and_has_a_root(case):
    proof = case.verify()
    assert proof.whole
    entries = list(audit.read_log(case.folder / "audit.jsonl"))
    assert (proof.entries, proof.head) == (len(entries), entries[-1].hash)
    assert proof.root == merkle.root([bytes.fromhex(one.hash) for one in entries]).hex()
    assert proof.steps_back == ()


def test_the_log_names_no_person(case):
    log = (case.folder / "audit.jsonl").read_text("utf-8")
    for name in ("Jon", "Ex\\u00e4mple", "logins.csv", "amber_fox"):
        assert name not in log


@pytest.mark.parametrize("pattern", ["*.json", "????????????????????????????????????????????????????????????????"])
def test_whatever_is_changed_or_gone_in_sources_is_found(case, pattern):
    for path in sorted((case.folder / "sources").glob(pattern)):
        content = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(content[:-2] + b"\x00\n")
        [fault] = faults(case)
        assert path.name[:64] in fault
        path.unlink()
        [fault] = faults(case)
        assert "gone" in fault
        path.write_bytes(content)
    assert faults(case) == []


def test_a_source_that_was_withdrawn_is_still_proved(case):
    case.withdraw("accounts.csv", "why")
    [path] = [one for one in (case.folder / "sources").iterdir() if b"created_at" in one.read_bytes()]
    path.chmod(0o600)
    path.unlink()
    assert "gone" in faults(case)[0]


def test_a_head_noted_earlier_shows_a_tail_that_was_cut_off(case):
    proof = case.verify()
    head = f"{proof.entries}:{proof.head}"
    assert case.verify(head).whole
    assert case.verify(f"0:{audit.GENESIS}").whole
    with duckdb.connect(str(case.folder / "case.duckdb")) as store:
        store.execute("DELETE FROM audit WHERE seq > ?", [proof.entries - 1])
    log = case.folder / "audit.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    assert case.verify().whole
    [fault] = faults(case, head)
    assert fault == (
        f"the audit chain ends at entry {proof.entries - 1}, the head that was noted is entry {proof.entries}: "
        "its end was cut off"
    )


def test_a_head_noted_earlier_shows_a_chain_that_was_written_anew(case):
    proof = case.verify()
    other = case.verify(f"3:{proof.head}")
    assert [check.fault for check in other.checks if check.fault] == [
        "audit entry 3 is not the one that was noted: the chain was written anew up to there"
    ]


@pytest.mark.parametrize("head", ["", "7", "7:abc", "x:" + "0" * 64, "-1:" + "0" * 64])
def test_what_is_no_head_is_a_usage_error(case, head):
    with pytest.raises(UsageError, match="NUMBER:HASH"):
        case.verify(head)


def test_the_command_prints_and_takes_the_head(case, capsys, monkeypatch):
    monkeypatch.setenv("LINKGRAPH_CASE", str(case.folder))
    assert main(["verify", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["audit"]
    assert set(found) == {"entries", "head", "root", "clock_stepped_back", "anchored", "receipts"}
    assert main(["verify", "--against", f"{found['entries']}:{found['head']}"]) == 0
    assert main(["verify", "--against", f"{found['entries'] + 1}:{found['head']}"]) == 4
    assert "cut off" in capsys.readouterr().out
    assert main(["verify", "--against", "nonsense"]) == 2


def test_a_clock_that_was_set_back_is_reported_and_no_fault(tmp_path, monkeypatch):
    from datetime import UTC as ZONE
    from datetime import datetime, timedelta

    case = made(tmp_path, [])
    real = audit.datetime

    class Back(datetime):
        @classmethod
        def now(cls, tz=None):
            return real.now(tz) - timedelta(days=1)

    monkeypatch.setattr(audit, "datetime", Back)
    case.log("view.victim", {})
    monkeypatch.undo()
    case.log("view.victim", {})
    proof = case.verify()
    assert proof.whole
    assert proof.steps_back == (2,)
    assert real.now(ZONE)


def test_evidence_that_changes_while_it_is_read_is_not_taken_for_read(tmp_path, monkeypatch):
    from linkgraph.errors import IntegrityError

    case = made(tmp_path, [])
    (tmp_path / "logins.csv").write_text(LOGINS, "utf-8")

    def scribble(_):
        [path] = [one for one in (case.folder / "sources").iterdir() if one.suffix == ""]
        path.chmod(0o600)
        path.write_bytes(path.read_bytes() + b"x")

    with pytest.raises(IntegrityError, match="changed while it was read"):
        case.ingest("ip-logs", [tmp_path / "logins.csv"], stated=UTC, progress=scribble)
    [source] = case.sources()
    assert not source.complete


def test_a_refused_import_leaves_nothing(tmp_path):
    case = made(tmp_path, [])
    (tmp_path / "logins.csv").write_text(LOGINS, "utf-8")
    with pytest.raises(UsageError):
        case.ingest("ip-logs", [tmp_path / "logins.csv"])
    assert list((case.folder / "sources").iterdir()) == []


def test_what_is_kept_is_read_only_and_can_be_released(tmp_path):
    kept = custody.keep(b"x", tmp_path / "kept")
    assert kept.path.stat().st_mode & 0o222 == 0
    custody.release(kept)
    assert not kept.path.exists()


@pytest.mark.parametrize(("behind", "told"), [(1, []), (2, ["audit.jsonl is the same chain"])])
def test_a_log_that_a_power_cut_left_one_entry_behind_is_no_fault(case, behind, told):
    log = case.folder / "audit.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-behind]))
    assert [check.name for check in case.verify().checks if check.fault] == told
    case.log("test", {})
    assert case.verify().whole
