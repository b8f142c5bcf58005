"""Transfers of Bitcoin and Ethereum as wallets and chain explorers list them.

The name of the value's column says its unit: ``value_btc``, ``value_sat``, ``value_eth``, ``value_wei``, also as
``Value (BTC)``. Amounts are kept in BTC or ETH, exactly.

A transaction of Bitcoin has any number of inputs and outputs, and no input pays a certain output. So it is
a node of its own, ``ref:tx:<txid>``: each input pays the transaction and the transaction pays each output, and no pair
is made up. A row with an input and an output states both of these links, each with the row's value. On Ethereum one
address pays one other, and the row is that link.

An output without an address (data, non-standard scripts) and an input that is newly mined money have nobody on
that side. Two outputs of one transaction to one address with one value are one row said twice, unless the file
numbers them.

Times are epochs, carry their offset, or stand in a column whose name says UTC; else the zone must be stated.

Source: BIP 141 (transaction identifiers), Ethereum Yellow Paper §2.1 (wei); columns of GraphSense's REST API and of
common explorers' downloads.
"""

from __future__ import annotations

import re
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.kind import Field, TableForm, ValueType

_UNITS = {"btc": ("BTC", 0), "sat": ("BTC", 8), "eth": ("ETH", 0), "wei": ("ETH", 18)}
"""Unit → the currency it is one of, and the digits it stands behind the point."""
_NOBODY = ("", "coinbase", "coinbase (newly generated coins)", "nulldata", "nonstandard", "op_return", "null")


def _adapted(rows: pa.Table, _: str) -> pa.Table:
    """Turn inputs, outputs and transfers into payments."""
    size = rows.num_rows
    amount: list[str | None] = [None] * size
    currency: list[str | None] = [None] * size
    for unit, (coin, digits) in _UNITS.items():
        for row, text in enumerate(rows[f"value_{unit}"].to_pylist()):
            if text is not None and text.strip() and amount[row] is None:
                amount[row], currency[row] = _coins(text.strip(), unit, digits), coin
    is_bitcoin = pa.array([one != "ETH" for one in currency], pa.bool_())
    tx = pc.utf8_trim_whitespace(rows["tx"])
    return pa.table(
        {
            "sender": _address(rows["from"], is_bitcoin),
            "receiver": _address(rows["to"], is_bitcoin),
            "transaction_node": pc.if_else(is_bitcoin, pc.binary_join_element_wise("ref:tx:", tx, ""), None),
            "time": rows["time"],
            "amount": pa.array(amount, pa.string()),
            "currency": pa.array(currency, pa.string()),
            "transaction_id": tx,
            "position": rows["position"],
            "fee": rows["fee"],
            **{name: rows[name] for name in rows.column_names if name.startswith("_")},
        }
    )


def _coins(text: str, unit: str, digits: int) -> str:
    """Give an amount in whole coins; one that is none keeps its unit, and is refused with it."""
    if not digits:
        return text
    if not re.fullmatch("[0-9]{1,38}", text):
        return f"{text} {unit}"
    return f"{Decimal(text).scaleb(-digits):f}"


def _address(texts: pa.ChunkedArray, is_bitcoin: pa.Array) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(texts)
    nobody = pc.is_in(pc.utf8_lower(trimmed), pa.array(_NOBODY))
    scheme = pc.if_else(is_bitcoin, "wallet:btc:", "wallet:eth:")
    return pc.binary_join_element_wise(scheme, pc.if_else(nobody, None, trimmed), "")


def _value(unit: str, *names: str) -> Field:
    aliases = (f"{what}_{name}" for what in ("value", "amount") for name in (unit, *names))
    return Field(f"value_{unit}", ValueType.TEXT, (*list(aliases)[1:], *names[:1]))


FORM = TableForm(
    name="crypto",
    fields=(
        Field(
            "tx",
            ValueType.TEXT,
            ("txid", "tx_id", "tx_hash", "txhash", "transaction_hash", "transaction_id", "hash"),
            required=True,
        ),
        Field(
            "time",
            ValueType.TIME,
            ("block_time", "block_timestamp", "blocktime", "timestamp", "datetime", "date_time", "date"),
            required=True,
        ),
        Field("from", ValueType.TEXT, ("input_address", "input", "from_address", "sender", "source_address")),
        Field(
            "to", ValueType.TEXT, ("output_address", "output", "to_address", "receiver", "recipient", "target_address")
        ),
        _value("sat", "satoshi", "satoshis", "sats"),
        _value("btc", "bitcoin"),
        _value("wei"),
        _value("eth", "ether"),
        Field("position", ValueType.TEXT, ("output_index", "input_index", "vout", "log_index", "index", "n")),
        Field("fee", ValueType.TEXT, ("tx_fee", "transaction_fee", "fee_sat", "fee_btc", "fee_eth")),
    ),
    any_of=(("from", "to"), tuple(f"value_{unit}" for unit in _UNITS)),
    adapt=_adapted,
)
