"""Tables with lines before their header, and columns whose names say UTC, as platforms send them."""

from __future__ import annotations

import pytest
from imported import FIXTURES, imported

TABLES = FIXTURES / "tables"


def test_discord_with_lines_before_the_header(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", TABLES / "discord.csv", "--service", "discord")
    assert (done.code, done.counts) == (3, (3, 2, 0, 1))
    assert [line for line, _ in done.refused()] == [8]
    assert "3 lines before the header are no rows" in done.said
    assert done.links() == {
        ("USED_IP", "discord:100000000000000001", "193.0.6.139"): 1,
        ("USED_IP", "discord:100000000000000001", "193.0.6.140"): 1,
    }
    assert done.seen("USED_IP", "discord:100000000000000001", "193.0.6.139")[0] == "2026-01-05 10:00:00"


def test_roblox_with_names_that_say_utc(tmp_path, capsys):
    path = TABLES / "IP address of the account 7001.csv"
    done = imported(tmp_path, capsys, "ip-logs", path, "--service", "roblox", "--account", "7001")
    assert (done.code, done.counts) == (0, (2, 2, 0, 0))
    assert done.seen("USED_IP", "roblox:7001", "193.0.6.139") == ("2026-01-05 10:00:00", "2026-01-06 09:00:00")


def test_google_activities(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", TABLES / "google_activities.csv", "--service", "google")
    assert (done.code, done.counts) == (0, (2, 2, 0, 0))
    assert done.details()[2] == {"ip_country": "NL", "event": "Login", "user_agent": "Mozilla/5.0 (X11)"}
    assert "Proxied Host IP Address" in done.source["unused_columns"]


def test_icloud_with_a_local_time_beside_the_one_in_utc(tmp_path, capsys):
    path = TABLES / "icloud.csv"
    done = imported(tmp_path, capsys, "ip-logs", path, "--service", "icloud")
    assert (done.code, done.counts) == (0, (2, 2, 0, 0))
    assert done.seen("USED_IP", "icloud:person@example.org", "193.0.6.139") == (
        "2026-01-05 10:00:00",
        "2026-01-05 11:00:00",
    )
    assert "Date/Time (local)" in done.source["unused_columns"]


def test_lines_before_the_header_may_hide_the_delimiter(tmp_path, capsys):
    path = tmp_path / "few.csv"
    path.write_text("one\ntwo\nthree\nfour\nuser;ip;time\namber;193.0.6.139;2026-01-05T10:00:00Z\n", "utf-8")
    done = imported(tmp_path, capsys, "ip-logs", path)
    assert (done.code, done.counts) == (0, (1, 1, 0, 0))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_row_of_data_is_no_header(tmp_path, capsys, end):
    path = tmp_path / "odd.csv"
    rows = ["user,ip,time", "login,ip,timestamp", *["amber,193.0.6.139,2026-01-05T10:00:00Z"] * 2, ""]
    path.write_bytes(end.join(rows).encode())
    done = imported(tmp_path, capsys, "ip-logs", path)
    assert (done.code, done.counts) == (3, (3, 2, 0, 1))


def test_without_a_zone_in_the_name_it_must_be_stated(tmp_path, capsys):
    path = tmp_path / "local.csv"
    path.write_text("user,ip,UTC+2 time\namber,193.0.6.139,2026-01-05 10:00:00\n", "utf-8")
    mapping = tmp_path / "m.toml"
    mapping.write_text('[columns]\ntime = "UTC+2 time"\n', "utf-8")
    done = imported(tmp_path, capsys, "ip-logs", path, "--mapping", str(mapping))
    assert done.code == 2
    assert "--timezone" in done.said
