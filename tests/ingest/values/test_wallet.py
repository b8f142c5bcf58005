"""Wallet addresses: the published test vectors of BIP 173, BIP 350 and EIP-55."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkgraph.ingest.values import wallet


@pytest.mark.parametrize(
    "address",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "1111111111111111111114oLvT2",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
        "bc1sw50qgdz25j",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    ],
)
def test_bitcoin(address: str) -> None:
    assert wallet.bitcoin(address) == address


def test_bech32_may_be_in_capitals() -> None:
    upper = "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"
    assert wallet.bitcoin(upper) == upper.lower()


@pytest.mark.parametrize(
    "text",
    [
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7Kv8f3t4",
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
        "bc130xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "bc1pw5dgrnzv",
        "bc1gmk9yu",
        "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
        "1" * 34,
        "z" * 34,
        "",
    ],
)
def test_not_bitcoin(text: str) -> None:
    assert wallet.bitcoin(text) is None


def test_ethereum() -> None:
    assert wallet.ethereum("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed") == "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
    assert wallet.ethereum("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe") is None


@given(
    st.text(max_size=90) | st.from_regex("[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,70}", fullmatch=True)
)
def test_what_is_accepted_is_its_own_form(text: str) -> None:
    address = wallet.bitcoin(text)
    assert address is None or wallet.bitcoin(address) == address
