"""PayPal's activity download through the command line."""

from __future__ import annotations

from imported import FIXTURES, imported

PAYPAL = FIXTURES / "paypal"
OWNER = "email:owner@example.org"


def test_an_english_account(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", PAYPAL / "english.csv")
    assert (done.code, done.counts) == (3, (8, 6, 0, 2))
    assert done.refused() == [(8, "time-form"), (9, "email-form")]
    assert "its columns are those of paypal" in done.said
    assert done.links() == {
        ("PAID", OWNER, "email:amber@example.org"): 1,
        ("PAID", "email:blue@example.org", OWNER): 1,
    }
    assert done.seen("PAID", OWNER, "email:amber@example.org")[0] == "2026-01-13 18:00:00"
    details = done.details()
    assert {row: detail["status"] for row, detail in details.items()} == {
        2: "Completed",
        3: "Completed",
        4: "Pending",
        5: "Denied",
        6: "Completed",
        7: "Completed",
    }
    assert details[6]["event"] == "General Currency Conversion"
    assert (details[3]["fee"], details[3]["net"], details[3]["transaction_id"]) == ("-0.88", "19.12", "T2")


def test_a_german_account_with_a_zone_by_name(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", PAYPAL / "german.csv")
    assert (done.code, done.counts) == (3, (3, 2, 0, 1))
    assert done.refused() == [(4, "time-zone-unknown")]
    assert done.links() == {
        ("PAID", OWNER, "email:amber@example.org"): 1,
        ("PAID", "email:blue@example.org", OWNER): 1,
    }
    assert done.seen("PAID", "email:blue@example.org", OWNER)[0] == "2026-07-14 08:00:00"


def test_an_account_in_another_language_by_mapping(tmp_path, capsys):
    path, mapping = PAYPAL / "french.csv", PAYPAL / "french.toml"
    done = imported(tmp_path, capsys, "payments", path, "--mapping", str(mapping))
    assert (done.code, done.counts) == (0, (1, 1, 0, 0))
    assert done.links() == {("PAID", OWNER, "email:amber@example.org"): 1}


def test_without_a_mapping_it_is_told_what_is_missing(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", PAYPAL / "french.csv")
    assert done.code == 2
    assert "No column for" in done.said
