"""Transfers of Bitcoin and Ethereum through the command line."""

from __future__ import annotations

from imported import FIXTURES, imported

import linkgraph

CRYPTO = FIXTURES / "crypto"
TX = "ref:tx:A1075DB55D416D3CA199F55B6084E2115B9345E16C5CF302FC80E9D5FBF5D48D"


def test_no_pair_of_a_bitcoin_transaction_is_made_up(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", CRYPTO / "bitcoin.csv")
    assert (done.code, done.counts) == (3, (6, 4, 0, 2))
    assert done.refused() == [(6, "wallet-checksum"), (7, "money-currency")]
    assert done.links() == {
        ("PAID", "wallet:btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", TX): 1,
        ("PAID", "wallet:btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", TX): 1,
        ("PAID", TX, "wallet:btc:3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"): 1,
    }
    assert done.seen("PAID", TX, "wallet:btc:3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy")[0] == "2026-01-05 10:00:00"
    with linkgraph.open(done.case).reading() as store:
        amounts = store.run("SELECT row, amount::VARCHAR, currency FROM observation ORDER BY row")
    assert [(row, amount.rstrip("0").rstrip("."), currency) for row, amount, currency in amounts] == [
        (2, "1.5", "BTC"),
        (3, "0.5", "BTC"),
        (4, "1.9999", "BTC"),
        (5, "0", "BTC"),
    ]


def test_a_transfer_of_ether_is_one_link(tmp_path, capsys):
    done = imported(tmp_path, capsys, "payments", CRYPTO / "ethereum.csv")
    assert (done.code, done.counts) == (0, (1, 1, 0, 0))
    assert done.links() == {
        (
            "PAID",
            "wallet:eth:0x52908400098527886e0f7030069857d2e4169ee7",
            "wallet:eth:0x8617e340b3d01fa5f11f306f4090fd50e238070d",
        ): 1
    }
    with linkgraph.open(done.case).reading() as store:
        assert store.run("SELECT amount::VARCHAR FROM observation") == [("1.500000000000000001",)]


def test_a_value_without_its_unit_is_an_ordinary_list(tmp_path, capsys):
    path = tmp_path / "list.csv"
    path.write_text("txid,time,from,to,value\nT1,2026-01-05T10:00:00Z,acc-1,acc-2,5.00\n", "utf-8")
    done = imported(tmp_path, capsys, "payments", path)
    assert (done.code, done.counts) == (0, (1, 1, 0, 0))
    assert done.links() == {("PAID", "account:ACC-1", "account:ACC-2"): 1}
