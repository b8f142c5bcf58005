"""CyberTipline reports in JSON through the command line."""

from __future__ import annotations

from imported import FIXTURES, imported

FOX = "example-chat:u-1001"


def test_a_report(tmp_path, capsys):
    done = imported(tmp_path, capsys, "reports", FIXTURES / "cybertip_json" / "report.json")
    assert (done.code, done.counts) == (0, (11, 11, 0, 0))
    links = done.links()
    assert {(kind, source, target) for kind, source, target in links if kind != "SHARED_FILE"} == {
        ("HOLDS", FOX, "amber@example.org"),
        ("HOLDS", FOX, "amber2@example.org"),
        ("HOLDS", FOX, "+447700900123"),
        ("USED_IP", FOX, "193.0.6.139"),
        ("USED_IP", FOX, "2001:67c:2e8:22::c100:68b"),
        ("CONTACTED", FOX, "example-chat:blue_owl"),
    }
    assert links["USED_IP", FOX, "193.0.6.139"] == 2
    assert sorted(target.partition(":")[0] for kind, _, target in links if kind == "SHARED_FILE") == ["md5", "sha1"]
    assert done.seen("USED_IP", FOX, "193.0.6.139") == ("2026-01-05 09:58:00", "2026-01-05 09:59:00")
    assert {told["report"] for told in done.details().values()} == {"100200301"}
    assert not any("role" in told for told in done.details().values())


def test_hostile_reports(tmp_path, capsys):
    done = imported(tmp_path, capsys, "reports", FIXTURES / "cybertip_json" / "hostile.json")
    assert (done.code, done.counts) == (3, (16, 6, 0, 10))
    assert [code for _, code in done.refused()] == [
        "cybertip-part",
        "json-duplicate-key",
        "ip-leading-zeros",
        "time-no-zone",
        "digest-length",
        "cybertip-part",
        "cybertip-part",
        "cybertip-report",
        "json-surrogate",
        "json-truncated",
    ]
