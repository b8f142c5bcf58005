"""RADIUS accounting through the command line: who had which address, in epoch time, without waiting time."""

from __future__ import annotations

from imported import FIXTURES, imported


def test_accounting(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "radius" / "detail", "--service", "example isp")
    assert (done.code, done.counts) == (0, (4, 4, 0, 0))
    assert done.source["passed_over"] == {
        "accounting records that name no address": 1,
        "records that are no start, update or stop of a session": 1,
    }
    account = "example-isp:amber@isp.example.org"
    assert done.links() == {
        ("USED_IP", account, "193.0.6.139"): 3,
        ("USED_IP", account, "2a00:1450:4001:81b::200e"): 1,
    }
    # The start came 5 s late: 10:00:05 less Acct-Delay-Time.
    assert done.seen("USED_IP", account, "193.0.6.139") == ("2026-01-05 10:00:00", "2026-01-05 11:00:00")
    assert done.seen("USED_IP", account, "2a00:1450:4001:81b::200e") == ("2026-01-05 10:00:00", "2026-01-05 10:30:00")
    details = done.details()
    assert details[1] == {"event": "start", "session": "bras1/0000A1", "calling_station": "3c:52:82:0a:1b:2c"}
    assert details[14] == {
        "event": "interim-update",
        "session": "bras1/0000A1",
        "prefix": "2a00:1450:4001:8100::/56",
    }
    assert sorted(details) == [1, 14, 20, 25]


def test_hostile_accounting(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "radius" / "hostile")
    assert (done.code, done.counts) == (3, (8, 2, 0, 6))
    assert done.refused() == [
        (7, "radius-no-time"),
        (12, "radius-twice"),
        (19, "radius-number"),
        (26, "nul-byte"),
        (32, "radius-record"),
        (34, "ip-leading-zeros"),
    ]
    assert done.links() == {
        ("USED_IP", 'unstated:am"ber\\é', "193.0.6.139"): 1,
        ("USED_IP", "unstated:amber", "193.0.6.140"): 1,
    }
