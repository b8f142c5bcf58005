"""Account messages of banks through the command line."""

from __future__ import annotations

import json

from imported import FIXTURES, imported

from linkgraph.cli import main

OWN = "iban:DE02120300000000202051"


def test_a_statement(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", FIXTURES / "camt" / "camt053.xml")
    assert (done.code, done.counts) == (0, (5, 5, 0, 0))
    # The cash machine and the entry that is pending have their own side alone.
    assert done.links() == {
        ("PAID", OWN, "iban:NL91ABNA0417164300"): 1,
        ("PAID", "iban:BE71096123456769", OWN): 1,
        ("PAID", "account:000123456", OWN): 1,
    }
    assert done.entities() == {
        f"PaymentAccount {account}"
        for account in (OWN, "iban:NL91ABNA0417164300", "iban:BE71096123456769", "account:000123456")
    }
    assert done.seen("PAID", OWN, "iban:NL91ABNA0417164300") == ("2026-02-04 00:00:00", "2026-02-04 23:59:59")
    details = done.details()
    assert details[1] == {
        "transaction_id": "DE02120300000000202051 2026020300001",
        "reference": "E2E-1",
        "bank_reference": "2026020300001",
        "purpose": "gift February",
        "counterparty_name": "Blue Owl",
        "booking_code": "PMNT-ICDT-ESCT",
    }
    assert details[4]["booked_at"] == "2026-02-04T09:15:00+01:00"
    assert details[5]["status"] == "PDNG"


def test_the_same_booking_in_two_messages_is_one_payment(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", FIXTURES / "camt" / "camt053.xml")
    before = done.links()
    second = str(FIXTURES / "camt" / "camt054.xml")
    assert main(["ingest", "payments", second, "--case", str(done.case), "--json"]) == 0
    [source] = json.loads(capsys.readouterr().out)["sources"]
    assert (source["read"], source["stored"], source["duplicates"]) == (1, 0, 1)
    assert done.links() == before


def test_a_hostile_report(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", FIXTURES / "camt" / "hostile.xml")
    assert (done.code, done.counts) == (3, (6, 1, 0, 5))
    assert done.refused() == [
        (2, "camt-direction"),
        (3, "money-form"),
        (4, "time-no-such-day"),
        (5, "iban-checksum"),
        (6, "xml-cut-off"),
    ]
    assert done.links() == {("PAID", "iban:NL91ABNA0417164300", OWN): 1}
    assert done.details()[1]["counterparty_name"] == "M\u00fcller \u202egpj"
