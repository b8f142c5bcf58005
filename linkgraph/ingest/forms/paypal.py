"""The activity download of PayPal: one row a movement of one account, own side and other side by e-mail address.

Read for English and German accounts; a download in another language needs a mapping of its columns to the
fields below, as in ``[columns] gross = "Brut"``.

The payer stands under *From*, the payee under *To*. Only a movement that is completed says that one paid the
other: one that is pending, denied, held or taken back, and the two halves of a currency conversion, is kept as a row
of the account's own side, which the sign of *Gross* tells (negative: the payer), with its status.

The zone column holds an abbreviation or the name of an IANA zone. Abbreviations that name one offset
among PayPal's countries are read (:data:`OFFSETS`); rows with any other are refused, not guessed: CST is the
time of Chicago and of Beijing, IST that of India and of Israel.

Source: PayPal, "Activity Download" (column names; zones) and "Transaction statuses", PayPal Developer: Reports.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest.kind import Field, TableForm, ValueType

OFFSETS = {
    "PST": "-08:00",
    "PDT": "-07:00",
    "MST": "-07:00",
    "MDT": "-06:00",
    "CDT": "-05:00",
    "EST": "-05:00",
    "EDT": "-04:00",
    "AKST": "-09:00",
    "AKDT": "-08:00",
    "HST": "-10:00",
    "UTC": "+00:00",
    "GMT": "+00:00",
    "WET": "+00:00",
    "WEST": "+01:00",
    "BST": "+01:00",
    "CET": "+01:00",
    "CEST": "+02:00",
    "MEZ": "+01:00",
    "MESZ": "+02:00",
    "EET": "+02:00",
    "EEST": "+03:00",
    "JST": "+09:00",
    "HKT": "+08:00",
    "AEST": "+10:00",
    "AEDT": "+11:00",
    "NZST": "+12:00",
    "NZDT": "+13:00",
}
"""Abbreviation → offset from UTC."""

_COMPLETED = ("completed", "abgeschlossen")
_CONVERSION = "(?i)currency conversion|w\u00e4hrungsumrechnung"


def _adapted(rows: pa.Table, _: str) -> pa.Table:
    """Turn movements of one account into transfers."""
    gross = pc.utf8_trim_whitespace(rows["gross"])
    paid_out = pc.match_substring_regex(gross, "^[-\u2212(]").fill_null(False)
    completed = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(rows["status"])), pa.array(_COMPLETED))
    conversion = pc.match_substring_regex(rows["type"], _CONVERSION).fill_null(False)
    both = pc.and_(completed, pc.invert(conversion))
    sender, receiver = _customer(rows["from"]), _customer(rows["to"])
    nobody = pa.scalar(None, pa.string())
    return pa.table(
        {
            "sender": pc.if_else(pc.or_(both, paid_out), sender, nobody),
            "receiver": pc.if_else(pc.or_(both, pc.invert(paid_out)), receiver, nobody),
            "time": _times(rows),
            "amount": pc.replace_substring_regex(gross, "^[-\u2212(] *|[)]$", ""),
            "currency": rows["currency"],
            "transaction_id": rows["transaction_id"],
            "reference": rows["reference"],
            "purpose": rows["purpose"],
            "counterparty_name": rows["name"],
            "event": rows["type"],
            "status": rows["status"],
            "fee": rows["fee"],
            "net": rows["net"],
            **{name: rows[name] for name in rows.column_names if name.startswith("_")},
        }
    )


def _customer(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a customer of PayPal by e-mail address, else by what PayPal calls him."""
    trimmed = pc.utf8_trim_whitespace(texts)
    named = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
    scheme = pc.if_else(pc.match_substring(named, "@"), "email:", "ref:paypal:")
    return pc.binary_join_element_wise(scheme, named, "")


def _times(rows: pa.Table) -> pa.ChunkedArray:
    """Join date, time and the offset of the zone; a zone that is not known stays as it is written."""
    written = pc.utf8_trim_whitespace(rows["timezone"])
    known = pc.index_in(pc.utf8_upper(written), pa.array(list(OFFSETS)))
    zone = pc.coalesce(pa.chunked_array([pa.array(OFFSETS.values())]).take(known), written)
    return pc.binary_join_element_wise(
        pc.utf8_trim_whitespace(rows["date"]), pc.utf8_trim_whitespace(rows["time"]), zone, " "
    )


FORM = TableForm(
    name="paypal",
    fields=(
        Field("date", ValueType.TEXT, ("datum",), required=True),
        Field("time", ValueType.TEXT, ("uhrzeit", "zeit"), required=True),
        Field("timezone", ValueType.TEXT, ("time_zone", "zeitzone"), required=True),
        Field("name", ValueType.TEXT),
        Field("type", ValueType.TEXT, ("typ", "beschreibung", "description")),
        Field("status", ValueType.TEXT, required=True),
        Field("currency", ValueType.TEXT, ("w_hrung",), required=True),
        Field("gross", ValueType.TEXT, ("brutto",), required=True),
        Field("fee", ValueType.TEXT, ("geb_hr", "entgelt")),
        Field("net", ValueType.TEXT, ("netto",)),
        Field("from", ValueType.TEXT, ("from_email_address", "from_email", "absender_e_mail_adresse")),
        Field("to", ValueType.TEXT, ("to_email_address", "to_email", "empf_nger_e_mail_adresse")),
        Field("transaction_id", ValueType.TEXT, ("transaktionscode",), required=True),
        Field(
            "reference",
            ValueType.TEXT,
            ("reference_txn_id", "zugeh_riger_transaktionscode", "txn_referenz_kennung"),
        ),
        Field("purpose", ValueType.TEXT, ("subject", "betreff", "item_title", "artikelbezeichnung", "note", "hinweis")),
    ),
    any_of=(("from", "to"),),
    adapt=_adapted,
)
