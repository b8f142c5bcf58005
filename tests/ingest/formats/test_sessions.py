"""Session lists of providers: addresses that subscribers share, told apart by blocks of ports."""

from __future__ import annotations

import pytest
from imported import FIXTURES, imported

from linkgraph.ingest.ip_logs import KIND


def test_a_list_with_blocks_in_one_column(tmp_path, capsys):
    options = ("--service", "example isp", "--timezone", "UTC")
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "sessions" / "cgnat.csv", *options)
    assert (done.code, done.counts, done.source["unused_columns"]) == (3, (4, 3, 0, 1), [])
    assert done.refused() == [(4, "ports-order")]
    assert done.seen("USED_IP", "example-isp:a-1001", "193.0.6.139") == ("2026-01-05 10:00:00", "2026-01-05 11:00:00")
    assert done.details()[2] == {
        "port_block": "1024-2047",
        "private_ip": "100.64.1.7",
        "destination_ip": "203.0.113.7",
        "destination_port": "443",
        "protocol": "TCP",
    }
    assert {entity for entity in done.entities() if entity.startswith("IPAddress")} == {"IPAddress 193.0.6.139"}


def test_a_list_with_the_ends_of_blocks(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", FIXTURES / "sessions" / "blocks.csv", "--service", "isp")
    assert (done.code, done.counts) == (3, (2, 1, 0, 1))
    assert done.refused() == [(3, "ports-form")]
    assert done.details() == {2: {"port_from": "1024", "port_to": "2047"}}


def test_no_name_of_a_column_means_two_fields():
    names = [name for field in KIND.fields for name in (field.name, *field.aliases)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("first", ["10.0.0.1, 193.0.6.139", "10.0.0.1,193.0.6.139"])
def test_a_list_of_proxies_in_an_access_log_is_no_address(tmp_path, capsys, first):
    log = tmp_path / "access.log"
    log.write_text(f'{first} - - [05/Jan/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5\n', "utf-8")
    done = imported(tmp_path, capsys, "ip-logs", log)
    assert (done.code, done.counts) == (3, (1, 0, 0, 1))
    assert done.refused() == [(1, "ip-several")]


def test_the_server_of_an_access_log_goes_before_the_path(tmp_path, capsys):
    log = tmp_path / "access.log"
    log.write_text(
        'www.example.org:443 193.0.6.139 - amber [05/Jan/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5\n', "utf-8"
    )
    done = imported(tmp_path, capsys, "ip-logs", log, "--service", "example")
    assert done.links() == {
        ("USED_IP", "example:amber", "193.0.6.139"): 1,
        ("VISITED", "example:amber", "www.example.org/a"): 1,
    }
