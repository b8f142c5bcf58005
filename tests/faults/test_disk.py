"""Disks that are full, files that cannot be read or are still being written: told, and nothing lost."""

from __future__ import annotations

import multiprocessing
import sys
import threading

import pytest
from faults import killing

import linkgraph
from linkgraph.cli import main
from linkgraph.errors import IO, STORED_WITH_QUARANTINE, StorageError

ROWS = 900


def _import_with_limit(folder, log, limit, result) -> None:
    import resource
    import signal

    killing.small_blocks()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    result.send(main(["ingest", "ip-logs", str(log), "--case", str(folder), "--timezone", "UTC", "--service", "chat"]))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize("room", [0, 8_192, 20_000, 60_000, 200_000, 400_000])
def test_a_disk_that_is_full_loses_nothing(room, tmp_path):
    """Files may not grow beyond a limit: the operating system refuses the write as a full disk would."""
    log = tmp_path / "logins.csv"
    killing.write_log(log, ROWS, seed=3)
    control = linkgraph.create(tmp_path / "control", agency="A", timezone="UTC", name="op")
    control.ingest("ip-logs", [log], stated=killing.STATED)
    folder = tmp_path / "op"
    linkgraph.create(folder, agency="A", timezone="UTC")
    limit = max(path.stat().st_size for path in folder.iterdir()) + room
    process_kind = multiprocessing.get_context("spawn")
    hear, say = process_kind.Pipe(duplex=False)
    process = process_kind.Process(target=_import_with_limit, args=(folder, log, limit, say))
    process.start()
    process.join()
    code = hear.recv()
    assert code in {IO, STORED_WITH_QUARANTINE}
    found = killing.look(folder, 0, finished=False)
    assert (found.doubled, found.faults) == (0, [])
    if code == IO:
        linkgraph.open(folder).ingest("ip-logs", [log], stated=killing.STATED)
    assert linkgraph.open(folder).digest() == control.digest()
    assert linkgraph.open(folder).verify().whole


def test_a_disk_without_enough_room_is_told_with_the_bytes_that_are_needed(tmp_path, monkeypatch):
    import shutil
    from collections import namedtuple

    log = tmp_path / "logins.csv"
    killing.write_log(log, 10, seed=1)
    case = linkgraph.create(tmp_path / "op", agency="A", timezone="UTC")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, log.stat().st_size))
    with pytest.raises(StorageError, match=f"{3 * log.stat().st_size:,} are needed"):
        case.ingest("ip-logs", [log], stated=killing.STATED)
    assert case.sources() == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a file whose every read fails is Linux's")
def test_a_file_that_cannot_be_read_is_told(tmp_path, capsys):
    linkgraph.create(tmp_path / "op", agency="A", timezone="UTC")
    code = main(["ingest", "ip-logs", "/proc/self/mem", "--case", str(tmp_path / "op"), "--timezone", "UTC"])
    said = capsys.readouterr().err
    assert code == IO
    assert "could not be copied" in said
    assert linkgraph.open(tmp_path / "op").sources() == []
    assert [path.name for path in (tmp_path / "op" / "sources").iterdir()] == []


def test_a_file_that_grows_while_it_is_read_is_not_taken(tmp_path):
    log = tmp_path / "logins.csv"
    log.write_bytes(b"account,ip,timestamp\n" + b"a,193.0.6.1,2026-01-05T10:00:00Z\n" * 500_000)
    case = linkgraph.create(tmp_path / "op", agency="A", timezone="UTC")
    stop = threading.Event()

    def write_on() -> None:
        with log.open("ab", buffering=0) as stream:
            while not stop.wait(0.001):
                stream.write(b"b,193.0.6.2,2026-01-05T10:00:00Z\n")

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        with pytest.raises(StorageError, match="changed while it was read"):
            case.ingest("ip-logs", [log], stated=killing.STATED)
    finally:
        stop.set()
        writer.join()
    assert case.sources() == []
    [done] = case.ingest("ip-logs", [log], stated=killing.STATED)
    assert done.tally.read > 500_000
