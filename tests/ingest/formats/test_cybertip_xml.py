"""CyberTipline XML through the command line."""

from __future__ import annotations

from imported import FIXTURES, imported

import linkgraph

AMBER, BLUE, WREN = "example-chat:u-1001", "example-chat:u-1002", "example-chat:small_wren"
SHA1, MD5 = "sha1:a9993e364706816aba3e25717850c26c9cd0d89d", "md5:fafa5efeaf3cbe3b23b2748d13e629a1"


def test_a_report(tmp_path, capsys):
    done = imported(tmp_path, capsys, "reports", FIXTURES / "cybertip_xml" / "report.xml")
    assert (done.code, done.counts) == (3, (18, 17, 0, 1))
    assert done.refused() == [(10, "ip-leading-zeros")]
    assert done.links() == {
        ("HOLDS", AMBER, "+447700900123"): 1,
        ("HOLDS", AMBER, "amber@example.org"): 1,
        ("HOLDS", AMBER, "imei:490154203237518"): 1,
        ("HOLDS", WREN, "wren@example.org"): 1,
        ("USED_IP", AMBER, "193.0.6.139"): 2,
        ("CONTACTED", AMBER, BLUE): 1,
        ("SHARED_FILE", AMBER, SHA1): 1,
        ("SAME_FILE", SHA1, MD5): 1,
    }
    # Mentioned, and of nobody: the peer of the incident, and a file that only explains the report.
    assert {"IPAddress 193.0.6.140"} <= done.entities()
    assert any(one.startswith("FileHash sha256:") for one in done.entities())
    assert done.seen("USED_IP", AMBER, "193.0.6.139") == ("2026-01-05 14:58:00", "2026-01-05 14:59:30")
    assert done.seen("CONTACTED", AMBER, BLUE) == ("2026-01-05 15:00:00",) * 2
    assert done.details()[9] == {
        "port": "51820",
        "event": "Login",
        "note": "the provider has reason to take it for a proxy",
    }
    with linkgraph.open(done.case).reading() as store:
        roles = {entity["value"]: entity["role"] for entity in store.entities().to_pylist() if entity["role"]}
        [reported] = store.find(f"Account:{AMBER}")
        said = {one.value for one in store.attributes([reported.id])[reported.id] if one.name == "display name"}
    assert roles == {WREN: "victim", "wren@example.org": "victim"}
    assert said == {"amber_fox", "Amber"}


def test_names_and_content_do_not_reach_the_case(tmp_path, capsys):
    done = imported(tmp_path, capsys, "reports", FIXTURES / "cybertip_xml" / "report.xml")
    kept = str(done.details()) + str(done.entities())
    assert not any(word in kept for word in ("Notread", "not-read", "words that", "reporter"))


def test_a_report_with_a_bomb(tmp_path, capsys):
    done = imported(tmp_path, capsys, "reports", FIXTURES / "cybertip_xml" / "hostile.xml")
    assert (done.code, done.counts) == (3, (1, 0, 0, 1))
    assert done.refused() == [(1, "xml-doctype")]
    assert done.entities() == set()
