"""Addresses of a return of Snapchat through the command line."""

from __future__ import annotations

from imported import FIXTURES, imported

from linkgraph.cli import main


def test_sections_with_the_account_in_a_legend(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "snapchat" / "ip_data.csv")
    assert (done.code, done.counts) == (0, (3, 3, 0, 0))
    assert done.source["passed_over"] == {"rows of sections without addresses": 1}
    assert done.links() == {
        ("USED_IP", "snapchat:amber_fox", "193.0.6.139"): 2,
        ("USED_IP", "snapchat:amber_fox", "2a00:1450:4001:81b::200e"): 1,
    }
    first_last = done.seen("USED_IP", "snapchat:amber_fox", "193.0.6.139")
    assert first_last == ("2021-08-19 12:00:00", "2026-04-11 05:00:00")
    assert done.details() == {6: {"event": "LOGIN"}, 7: {"event": "LOGOUT"}}


def test_the_account_is_asked_for(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "snapchat" / "hostile.csv")
    assert done.code == 2
    assert "--account" in done.said


def test_hostile_rows(tmp_path, capsys):
    path = FIXTURES / "snapchat" / "hostile.csv"
    done = imported(tmp_path, capsys, "ip-logs", path, "--account", "amber_fox")
    assert (done.code, done.counts) == (3, (10, 3, 0, 7))
    assert done.refused() == [
        (5, "snapchat-row"),
        (7, "time-form"),
        (8, "ip-leading-zeros"),
        (9, "missing"),
        (10, "nul-byte"),
        (11, "snapchat-row"),
        (13, "snapchat-row"),
    ]


def test_the_store_can_be_made_again(tmp_path, capsys):
    path = FIXTURES / "snapchat" / "hostile.csv"
    done = imported(tmp_path, capsys, "ip-logs", path, "--account", "amber_fox")
    assert main(["rebuild", "--case", str(done.case)]) == 0
