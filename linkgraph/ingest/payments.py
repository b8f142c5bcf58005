"""Payment traces: who paid whom, when and how much.

Takes delimited lists of transfers and MT940 bank statements. A statement line without a counter
account (a collective booking, a card or cash entry) is stored as an observation of the account
alone: nobody is guessed on the other side.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.kind import AttributeRule, EntityRule, Field, LinkRule, SourceKind, ValueType
from linkgraph.model import EntityKind, LinkKind


def _from_mt940(rows: pa.Table) -> pa.Table:
    """Turn statement lines (own account, signed amount) into transfers (sender, receiver, amount)."""
    debit = pc.starts_with(rows["amount"], "-")
    own, other = rows["own_account"], rows["counterparty_account"]
    return pa.table(
        {
            "sender": pc.if_else(debit, own, other),
            "receiver": pc.if_else(debit, other, own),
            "time": rows["date"],
            "amount": pc.utf8_ltrim(rows["amount"], "-"),
            "currency": rows["currency"],
            "reference": rows["reference"],
            "bank_reference": rows["bank_reference"],
            "purpose": rows["purpose"],
            "counterparty_name": rows["counterparty_name"],
            **{name: rows[name] for name in rows.column_names if name.startswith("_")},
        }
    )


KIND = SourceKind(
    name="payments",
    about="payment traces: transfers, remittances and bank statements (delimited or MT940)",
    fields=(
        Field(
            "sender",
            ValueType.PAYMENT_ACCOUNT,
            (
                "payer",
                "from",
                "debtor",
                "debtor_account",
                "sender_account",
                "from_account",
                "source",
                "from_iban",
            ),
        ),
        Field(
            "receiver",
            ValueType.PAYMENT_ACCOUNT,
            (
                "payee",
                "to",
                "creditor",
                "creditor_account",
                "receiver_account",
                "beneficiary",
                "recipient",
                "to_account",
                "target",
                "to_iban",
            ),
        ),
        Field(
            "time",
            ValueType.TIME,
            ("timestamp", "date", "datetime", "value_date", "paid_at", "send_date"),
            True,
        ),
        Field("amount", ValueType.MONEY, ("value", "sum", "gross"), required=True),
        Field("currency", ValueType.CURRENCY, ("ccy",)),
        Field("sender_country", ValueType.COUNTRY, ("from_country", "payer_country", "send_country")),
        Field("receiver_country", ValueType.COUNTRY, ("to_country", "payee_country", "pay_country")),
        Field("transaction_id", ValueType.TEXT, ("txid", "transaction", "mtcn")),
        Field("reference", ValueType.TEXT, ("ref", "remittance", "details")),
        Field("bank_reference", ValueType.TEXT, ()),
        Field("purpose", ValueType.TEXT, ("description", "memo", "note")),
        Field("counterparty_name", ValueType.TEXT, ("name",)),
    ),
    entities=(
        EntityRule("sender", EntityKind.PAYMENT_ACCOUNT, "sender"),
        EntityRule("receiver", EntityKind.PAYMENT_ACCOUNT, "receiver"),
    ),
    links=(LinkRule(LinkKind.PAID, "sender", "receiver"),),
    attributes=(
        AttributeRule("sender", "country", "sender_country"),
        AttributeRule("receiver", "country", "receiver_country"),
    ),
    event_id="transaction_id",
    any_of=("sender", "receiver"),
    readers={"mt940": _from_mt940},
    forms={"mt940": {"time": "date", "amount": "1,234.56"}},
)
