"""System logs of OpenSSH through the command line: let in is used, tried is not."""

from __future__ import annotations

from imported import FIXTURES, imported

from linkgraph.cli import main


def test_a_log_without_years(tmp_path, capsys):
    options = ("--year", "2025", "--timezone", "UTC")
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "auth_log" / "auth.log", *options)
    assert (done.code, done.counts) == (0, (9, 9, 0, 0))
    assert done.source["passed_over"] == {
        "lines of other programs": 1,
        "messages of sshd that name no address": 2,
    }
    assert done.links() == {
        ("USED_IP", "web1:amber", "193.0.6.139"): 2,
        ("USED_IP", "web1:blue", "2a00:1450:4001:81b::200e"): 1,
    }
    assert done.seen("USED_IP", "web1:amber", "193.0.6.139") == ("2025-12-31 23:59:59", "2026-01-01 00:30:00")
    assert "IPAddress 81.2.69.142" in done.entities()
    assert "Account web1:admin" not in done.entities()
    details = done.details()
    assert details[2] == {"port": "50022", "event": "accepted password"}
    assert details[5] == {"port": "40001", "event": "failed password, invalid user", "tried_account": "admin"}
    assert details[6] == {**details[5], "repeated": "2"}
    assert details[8] == {"port": "40002", "event": "failed password", "tried_account": "amber"}


def test_what_is_not_read_is_said(tmp_path, capsys):
    options = ("--year", "2025", "--timezone", "UTC")
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "auth_log" / "auth.log", *options)
    assert "1 lines of other programs are not read" in done.said


def test_a_year_and_a_zone_are_asked_for(tmp_path, capsys):
    done = imported(tmp_path / "a", capsys, "ip-logs", FIXTURES / "auth_log" / "auth.log", "--timezone", "UTC")
    assert done.code == 2
    assert "--year" in done.said
    done = imported(tmp_path / "b", capsys, "ip-logs", FIXTURES / "auth_log" / "auth.log", "--year", "2025")
    assert done.code == 2
    assert "--timezone" in done.said


def test_times_with_offsets_need_neither(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "auth_log" / "secure_iso.log")
    assert (done.code, done.counts) == (0, (2, 2, 0, 0))
    assert done.seen("USED_IP", "web2:amber", "193.0.6.139") == ("2026-01-05 09:00:00", "2026-01-05 09:30:00")


def test_a_hostile_log(tmp_path, capsys):
    options = ("--year", "2026", "--timezone", "UTC")
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "auth_log" / "hostile.log", *options)
    assert (done.code, done.counts) == (3, (10, 4, 0, 6))
    assert done.refused() == [
        (4, "auth-log-message"),
        (5, "ip-form"),
        (6, "time-no-such-day"),
        (7, "nul-byte"),
        (8, "invalid-utf-8"),
        (9, "auth-log-line"),
    ]
    assert done.links() == {("USED_IP", "web1:amber", "193.0.6.139"): 1}
    # What a client calls itself is not read as the rest of the line.
    assert "IPAddress 9.9.9.9" not in done.entities()
    assert done.details()[1]["tried_account"] == "root from 9.9.9.9 port 1 ssh2: x"


def test_the_store_can_be_made_again(tmp_path, capsys):
    options = ("--year", "2025", "--timezone", "UTC")
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "auth_log" / "auth.log", *options)
    assert main(["verify", "--case", str(done.case)]) == 0
    assert main(["rebuild", "--case", str(done.case)]) == 0
