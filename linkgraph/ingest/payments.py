"""Payment traces: who paid whom, when and how much.

Takes delimited lists of transfers, MT940 bank statements and the account messages camt.052, .053 and .054.
A statement line without a counter account (a collective booking, a card or cash entry) is stored as an
observation of the account alone: nobody is guessed on the other side. So is an entry that is not booked yet.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.forms import crypto, paypal, remitter
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


def _from_camt(rows: pa.Table) -> pa.Table:
    """Turn entries (own account, direction) into transfers; what is not booked has its own side alone."""
    debit = pc.equal(rows["direction"], "DBIT")
    is_booked = pc.fill_null(pc.equal(pc.utf8_upper(rows["status"]), "BOOK"), fill_value=True)
    own = rows["own_account"]
    other = pc.if_else(is_booked, rows["counterparty_account"], pa.scalar(None, pa.string()))
    return pa.table(
        {
            "sender": pc.if_else(debit, own, other),
            "receiver": pc.if_else(debit, other, own),
            "time": rows["date"],
            "amount": rows["amount"],
            "currency": rows["currency"],
            "status": pc.if_else(is_booked, pa.scalar(None, pa.string()), rows["status"]),
            **{
                name: rows[name]
                for name in (
                    "transaction_id",
                    "reference",
                    "bank_reference",
                    "purpose",
                    "counterparty_name",
                    "reversal",
                    "booking_code",
                    "booked_at",
                )
            },
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
        Field("status", ValueType.TEXT),
        Field("reversal", ValueType.TEXT),
        Field("booking_code", ValueType.TEXT),
        Field("booked_at", ValueType.TEXT),
        Field("event", ValueType.TEXT),
        Field("fee", ValueType.TEXT),
        Field("net", ValueType.TEXT),
        Field("sender_phone", ValueType.PHONE),
        Field("receiver_phone", ValueType.PHONE),
        Field("sender_name", ValueType.TEXT),
        Field("receiver_name", ValueType.TEXT),
        Field("paid_out_at", ValueType.TEXT),
        Field("paid_out_amount", ValueType.TEXT),
        Field("paid_out_currency", ValueType.TEXT),
        Field("transaction_node", ValueType.PAYMENT_ACCOUNT),
        Field("position", ValueType.TEXT),
    ),
    entities=(
        EntityRule("sender", EntityKind.PAYMENT_ACCOUNT, "sender"),
        EntityRule("receiver", EntityKind.PAYMENT_ACCOUNT, "receiver"),
        EntityRule("transaction", EntityKind.PAYMENT_ACCOUNT, "transaction_node"),
        EntityRule("sender_phone", EntityKind.PHONE, "sender_phone"),
        EntityRule("receiver_phone", EntityKind.PHONE, "receiver_phone"),
    ),
    links=(
        # Where a transaction stands between many payers and many payees, no pair of these is stated.
        LinkRule(LinkKind.PAID, "sender", "receiver", unless=("transaction",)),
        LinkRule(LinkKind.PAID, "sender", "transaction"),
        LinkRule(LinkKind.PAID, "transaction", "receiver"),
        LinkRule(LinkKind.HOLDS, "sender", "sender_phone"),
        LinkRule(LinkKind.HOLDS, "receiver", "receiver_phone"),
    ),
    attributes=(
        AttributeRule("sender", "country", "sender_country"),
        AttributeRule("receiver", "country", "receiver_country"),
    ),
    event_id="transaction_id",
    any_of=("sender", "receiver"),
    tables=(paypal.FORM, crypto.FORM, remitter.FORM),
    readers={"mt940": _from_mt940, "camt": _from_camt},
    forms={
        "mt940": {"time": "date", "amount": "1,234.56"},
        "camt": {"time": "date", "amount": "1,234.56"},
    },
)
