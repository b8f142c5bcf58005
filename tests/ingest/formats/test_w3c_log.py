"""W3C extended logs through the command line: UTC by definition, the client's address, no proxies."""

from __future__ import annotations

from imported import FIXTURES, imported


def test_a_log_of_iis(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "w3c_log" / "iis.log", "--service", "shop.example.org")
    assert (done.code, done.counts) == (0, (3, 3, 0, 0))
    assert done.links() == {
        ("VISITED", "193.0.6.139", "shop.example.org/room/1"): 1,
        ("USED_IP", "shop.example.org:example\\amber", "2a00:1450:4001:81b::200e"): 1,
        ("VISITED", "shop.example.org:example\\amber", "shop.example.org/login"): 1,
        ("USED_IP", "shop.example.org:amber", "193.0.6.139"): 1,
        ("VISITED", "shop.example.org:amber", "www.example.org/room/2"): 1,
    }
    assert done.seen("VISITED", "193.0.6.139", "shop.example.org/room/1") == ("2026-01-05 10:00:00",) * 2
    details = done.details()
    assert details[5] == {
        "event": "GET",
        "user_agent": "Mozilla/5.0 (X11; Linux)",
        "status": "200",
        "forwarded": "203.0.113.7,+10.1.2.3",
    }
    assert details[11] == {"port": "50022", "status": "200"}
    assert "203.0.113.7" not in " ".join(done.entities())


def test_a_hostile_log(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "w3c_log" / "hostile.log")
    assert (done.code, done.counts) == (3, (10, 3, 0, 7))
    assert done.refused() == [
        (2, "w3c-no-fields"),
        (7, "w3c-width"),
        (8, "ip-leading-zeros"),
        (9, "nul-byte"),
        (10, "invalid-utf-8"),
        (11, "time-no-such-hour"),
        (14, "w3c-no-fields"),
    ]
    assert done.seen("USED_IP", 'unstated:amber "fox', "193.0.6.139") == ("2026-01-05 23:59:59",) * 2
    assert done.seen("VISITED", "193.0.6.139", "/b") == ("2026-01-06 00:00:01",) * 2
