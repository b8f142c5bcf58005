"""One process holds the case: readers see it whole while it changes, and other processes are told who has it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import httpx2
import pytest
from web.exploring import exploring

import linkgraph
from linkgraph.cli import main
from linkgraph.errors import LockedError
from linkgraph.ingest.mapping import Stated
from linkgraph.model import Role
from linkgraph.store.protocol import digest
from linkgraph.web import serving
from linkgraph.web.held import ReadOnlyError, held

ADDRESS = "http://127.0.0.1:8123"
MORE = "account,service,ip,timestamp\nnew_newt,chat,193.0.6.150,2026-02-05T10:00:00Z\n"


@pytest.mark.parametrize("command", [["stats"], ["hubs"], ["role", "amber_fox", "suspect", "--why", "x"], ["verify"]])
def test_a_command_that_meets_the_case_is_told_where_to_go(folder, capsys, command):
    with exploring(folder):
        # DuckDB lets one process open a store twice, so the command runs in another, as it would.
        ran = subprocess.run(
            [sys.executable, "-m", "linkgraph", *command, "--case", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 75, ran.stderr
    assert f"'linkgraph explore at {ADDRESS}'" in ran.stderr
    assert "use its page, or stop it with Ctrl+C there" in ran.stderr
    capsys.readouterr()
    assert main(["stats", "--case", str(folder)]) == 0


def test_others_read_beside_one_that_only_reads(folder):
    command = [sys.executable, "-m", "linkgraph", "stats", "--case", str(folder)]
    with exploring(folder, read_only=True):
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_case_that_is_written_to_cannot_be_held(folder):
    from linkgraph.folder import writing

    with (
        writing(folder, "ingest accounts"),
        pytest.raises(LockedError, match="wait until it is done"),
        held(folder, ADDRESS, read_only=False),
    ):
        pass


def test_a_reader_sees_one_state_whatever_is_written(folder, tmp_path):
    (tmp_path / "more.csv").write_text(MORE, "utf-8")
    with held(folder, ADDRESS, read_only=False) as case:
        before = case.digest()
        with case.reading() as store:
            assert digest(store) == before
            case.ingest("ip-logs", [tmp_path / "more.csv"])
            case.set_role("blue_owl", Role.SUSPECT, "seen")
            assert digest(store) == before
            assert store.sources()[-1].name != "more.csv"
        assert case.digest() != before
        after = case.digest()
    assert linkgraph.open(folder).digest() == after


def test_a_held_case_does_all_that_a_case_does(folder, tmp_path):
    (tmp_path / "more.csv").write_text(MORE, "utf-8")
    (tmp_path / "bad.csv").write_text(MORE.replace("193.0.6.150", "010.0.0.1"), "utf-8")
    with held(folder, ADDRESS, read_only=False) as case:
        [taken] = case.ingest_auto([tmp_path / "more.csv"])
        assert taken.imported.tally.stored == 1
        case.ingest("ip-logs", [tmp_path / "bad.csv"])
        assert case.export_quarantine(tmp_path / "corrections.csv") == 1
        case.withdraw("more.csv", "wrong case")
        case.log("view.victim", {"entity": "0" * 32})
        assert case.verify().whole
        assert case.detail("amber_fox").entity.value == "chat:amber_fox"
        assert case.path("blue_owl", "+447700900123").path is not None
        assert list(case.analyse())
        assert next(iter(case.analyse())).reused
        assert case.render().content
    assert linkgraph.open(folder).verify().whole


def test_times_of_a_reader_are_utc(folder):
    with held(folder, ADDRESS, read_only=False) as case, case.reading() as store:
        assert store.run("SELECT current_setting('TimeZone')") == [("UTC",)]
        with pytest.raises(Exception, match="read-only"):
            store.run("DELETE FROM source")
    with held(folder, ADDRESS, read_only=False) as case:
        within = case.graph().links["first_seen"].to_pylist()
    assert within == linkgraph.open(folder).graph().links["first_seen"].to_pylist()


def test_there_is_one_writer_at_a_time(folder, tmp_path):
    with held(folder, ADDRESS, read_only=False) as case:
        with case.writing("one"), pytest.raises(LockedError, match="wait until that is done"):
            case.set_role("amber_fox", Role.SUSPECT, "seen")
        case.set_role("amber_fox", Role.SUSPECT, "seen")
    with held(folder, ADDRESS, read_only=True) as case, pytest.raises(ReadOnlyError, match="--read-only"):
        case.ingest("ip-logs", [tmp_path / "x.csv"], stated=Stated())


def test_a_port_that_is_taken_is_told():
    with serving.listening() as address:
        address.socket.listen()
        with pytest.raises(linkgraph.errors.UsageError, match="--port"), serving.listening(address.port):
            pass


@pytest.mark.parametrize("read_only", [False, True])
def test_the_command_serves_until_it_is_stopped(folder, tmp_path, read_only):
    options = ["--read-only"] if read_only else []
    environment = os.environ | {"TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "COLUMNS": "300"}
    process = subprocess.Popen(
        [sys.executable, "-m", "linkgraph", "explore", "--no-browser", "--case", str(folder), *options],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        # Ctrl+C of Windows goes to a group of processes.
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    try:
        address, told = None, ""
        while address is None:
            line = process.stderr.readline()
            assert line, told
            told += line
            address = re.search(r"(http://127\.0\.0\.1:\d+)/#(\S+)", line)
        origin, token = address.groups()
        headers = {"authorization": f"Bearer {token}"}
        status = httpx2.get(f"{origin}/api/status", headers=headers, timeout=30).json()
        assert (status["case"], status["read_only"]) == ("op", read_only)
        if not read_only:
            sent = httpx2.post(
                f"{origin}/api/uploads", params={"name": "more.csv"}, content=MORE, headers=headers, timeout=30
            )
            assert sent.json()["verdict"] == "take"
            assert list(tmp_path.rglob("*more.csv"))
        process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT))
        _, rest = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, rest
    assert "Stopped." in rest
    assert not list(tmp_path.rglob("linkgraph-explore-*"))
    assert not (folder / "case.lock.json").exists()
    assert linkgraph.open(folder).counts().sources == 3


def test_a_running_import_ends_at_a_batch_when_the_server_stops(folder, monkeypatch):
    from web.test_changes import post, send

    from linkgraph.store import append

    began = []
    honest = append.append

    def slow(store, key, batch, actor):
        began.append(store)
        time.sleep(0.5)
        return honest(store, key, batch, actor)

    monkeypatch.setattr(append, "append", slow)
    with exploring(folder) as asking:
        seen = send(asking, "more.csv", MORE)
        job = post(asking, f"uploads/{seen['id']}/ingest")["job"]
        while not began:
            time.sleep(0.01)
        asking.explorer.jobs.stop(30)
        found = asking.explorer.jobs.get(job)
        assert (found.state, "safe" in found.sentence) == ("failed", True)
    monkeypatch.undo()
    case = linkgraph.open(folder)
    assert not case.sources()[-1].complete
    assert case.verify().whole
