"""Lists of money remitters through the command line."""

from __future__ import annotations

from imported import FIXTURES, imported

REMITTER = FIXTURES / "remitter"
OPTIONS = ("--service", "western union", "--timezone", "Europe/London")


def test_a_list(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", REMITTER / "transfers.csv", *OPTIONS)
    assert (done.code, done.counts) == (0, (3, 3, 0, 0))
    assert done.links() == {
        ("PAID", "ref:western-union:ID-77", "ref:western-union:P99"): 1,
        ("PAID", "ref:western-union:+442079460958", "ref:western-union:P99"): 1,
        ("HOLDS", "ref:western-union:ID-77", "+442079460958"): 1,
        ("HOLDS", "ref:western-union:+442079460958", "+442079460958"): 1,
    }
    details = done.details()
    assert details[2] | {"transaction_id": "0012345678", "sender_name": "AMBER FOX"} == details[2]
    assert (details[2]["paid_out_amount"], details[2]["paid_out_currency"]) == ("10,500.00", "PHP")
    assert details[4]["sender_name"] == "NOBODY KNOWN"


def test_a_workbook_with_a_merged_header(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", REMITTER / "merged_header.xlsx", *OPTIONS)
    assert (done.code, done.counts) == (0, (2, 2, 0, 0))
    assert "two rows of header are read as one" in done.said
    assert "have lost their leading zeros" in done.said
    assert {row: detail["transaction_id"] for row, detail in done.details().items()} == {4: "0012345678", 5: "12345679"}
    assert done.links() == {("PAID", "ref:western-union:ID-77", "ref:western-union:P99"): 2}


def test_the_service_must_be_stated(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", REMITTER / "transfers.csv", "--timezone", "Europe/London")
    assert done.code == 2
    assert "--service" in done.said


def test_the_zone_must_be_stated(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", REMITTER / "transfers.csv", "--service", "ria")
    assert done.code == 2
    assert "--timezone" in done.said
