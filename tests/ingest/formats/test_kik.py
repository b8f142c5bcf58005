"""Logins of a return of Kik through the command line."""

from __future__ import annotations

from imported import FIXTURES, imported


def test_logins(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "kik" / "bind.txt")
    assert (done.code, done.counts) == (0, (3, 3, 0, 0))
    assert done.links() == {
        ("USED_IP", "kik:amber_fox", "193.0.6.139"): 1,
        ("USED_IP", "kik:amber_fox", "2a00:1450:4001:81b::200e"): 1,
        ("USED_IP", "kik:blue_owl", "193.0.6.139"): 1,
    }
    assert done.seen("USED_IP", "kik:amber_fox", "193.0.6.139") == ("2026-01-05 10:00:00",) * 2
    assert done.details() == {
        1: {"port": "50022", "event": "ios 17.0"},
        3: {"port": "50023", "event": "android\tcafé"},
    }


def test_hostile_lines(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "kik" / "hostile.txt")
    assert (done.code, done.counts) == (3, (8, 3, 0, 5))
    assert done.refused() == [
        (2, "kik-short-row"),
        (3, "ip-leading-zeros"),
        (4, "time-form"),
        (5, "nul-byte"),
        (6, "invalid-utf-8"),
    ]
    assert "Account kik:café" in done.entities()
