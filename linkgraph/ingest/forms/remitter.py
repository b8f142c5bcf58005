"""Lists of money remitters (Western Union, MoneyGram, Ria and others): one row a transfer between two persons.

The remitters' lists have no common form; their columns go by the names below. Who sent and who received
is an account only where the row has a number for the person: of the document shown at the counter, or of
the telephone. Such an account means something to that remitter only (``ref:westernunion:…``), which is why
the service must be stated. Names are written down by agents in capitals and several spellings; they are kept
as text and identify nobody.

The amount is that of the side that sent; the one paid out, and when, is kept as text. Dates are in the
agent's local time: the zone must be stated.

Source: columns as seen in published parsers of remitters' lists; no remitter publishes a description.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.kind import Field, TableForm, ValueType


def _adapted(rows: pa.Table, whose: str) -> pa.Table:
    """Turn the list into transfers between accounts of the remitter."""
    service = pc.coalesce(_stated(rows["service"]), pa.scalar(whose))
    return pa.table(
        {
            "sender": _customer(service, rows["sender_id"], rows["sender_phone"]),
            "receiver": _customer(service, rows["receiver_id"], rows["receiver_phone"]),
            "time": _together(rows["send_date"], rows["send_time"]),
            "amount": rows["send_amount"],
            "currency": rows["send_currency"],
            "transaction_id": rows["reference"],
            "sender_phone": rows["sender_phone"],
            "receiver_phone": rows["receiver_phone"],
            "sender_country": rows["sender_country"],
            "receiver_country": rows["receiver_country"],
            "sender_name": _together(rows["sender_name"], rows["sender_last_name"]),
            "receiver_name": _together(rows["receiver_name"], rows["receiver_last_name"]),
            "paid_out_at": _together(rows["pay_date"], rows["pay_time"]),
            "paid_out_amount": rows["pay_amount"],
            "paid_out_currency": rows["pay_currency"],
            "status": rows["status"],
            **{name: rows[name] for name in rows.column_names if name.startswith("_")},
        }
    )


def _customer(service: pa.ChunkedArray, number: pa.ChunkedArray, phone: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join_element_wise("ref:", service, ":", pc.coalesce(_stated(number), _stated(phone)), "")


def _together(first: pa.ChunkedArray, second: pa.ChunkedArray) -> pa.ChunkedArray:
    parts = (pc.fill_null(pc.utf8_trim_whitespace(part), "") for part in (first, second))
    return _stated(pc.binary_join_element_wise(*parts, " "))


def _stated(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _of_person(who: str, *others: str) -> tuple[Field, ...]:
    """Give the columns about one of the two persons."""
    names = (who, *others)

    def field(part: str, *parts: str) -> Field:
        aliases = [f"{name}_{one}" for name in names for one in (part, *parts)]
        return Field(f"{who}_{part}", ValueType.TEXT, tuple(aliases[1:]))

    return (
        field("id", "id_number", "id_no", "id_num", "document", "document_number", "document_no", "identification"),
        field("phone", "telephone", "phone_number", "phone_no", "mobile", "tel"),
        field("name", "full_name", "first_name", "given_name"),
        field("last_name", "surname", "family_name"),
    )


FORM = TableForm(
    name="remitter",
    fields=(
        Field(
            "reference",
            ValueType.TEXT,
            (
                "mtcn",
                "reference_number",
                "reference_no",
                "ref_no",
                "pin",
                "order_number",
                "order_no",
                "control_number",
                "transaction_number",
                "transaction_id",
            ),
            required=True,
        ),
        Field(
            "send_date",
            ValueType.TEXT,
            (
                "date_sent",
                "sent_date",
                "sending_date",
                "send_date_time",
                "send_datetime",
                "sent_at",
                "transaction_date",
            ),
            required=True,
        ),
        Field("send_time", ValueType.TEXT, ("time_sent", "sent_time", "transaction_time")),
        Field(
            "send_amount",
            ValueType.TEXT,
            ("amount_sent", "sent_amount", "sending_amount", "principal", "principal_amount"),
            required=True,
        ),
        Field("send_currency", ValueType.TEXT, ("currency_sent", "sending_currency", "principal_currency")),
        Field("pay_date", ValueType.TEXT, ("date_paid", "paid_date", "payout_date", "pay_date_time", "paid_at")),
        Field("pay_time", ValueType.TEXT, ("time_paid", "paid_time", "payout_time")),
        Field("pay_amount", ValueType.TEXT, ("amount_paid", "paid_amount", "payout_amount", "received_amount")),
        Field("pay_currency", ValueType.TEXT, ("currency_paid", "paid_currency", "payout_currency")),
        *_of_person("sender", "remitter", "originator"),
        *_of_person("receiver", "beneficiary", "recipient", "payee"),
        Field(
            "sender_country",
            ValueType.TEXT,
            ("send_country", "sending_country", "origin_country", "originating_country", "from_country"),
        ),
        Field(
            "receiver_country",
            ValueType.TEXT,
            ("pay_country", "payout_country", "destination_country", "beneficiary_country", "to_country"),
        ),
        Field("service", ValueType.TEXT, ("provider", "remittance_service", "company")),
        Field("status", ValueType.TEXT, ("transaction_status",)),
    ),
    any_of=(("sender_id", "sender_phone", "sender_name", "receiver_id", "receiver_phone", "receiver_name"),),
    adapt=_adapted,
    needs_service=True,
    remark="references that a workbook stores as numbers have lost their leading zeros: compare their length",
)
