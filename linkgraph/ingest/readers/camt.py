"""ISO 20022 account messages camt.052 (report), .053 (statement) and .054 (notification), in every version.

One row per transaction in an entry (``TxDtls``), or per entry (``Ntry``) where it has none. The versions from
.001.02 on say the same in slightly different places: since .04 a transaction has its own amount and sign, since
.08 a party stands inside ``Pty`` and a status inside ``Cd``.

The other side of a payment is the debtor of a credit and the creditor of a debit. Banks keep debtor and creditor of
the original payment when it comes back, and some turn them: the side that is the own account itself is never
taken for the other one, and where an entry says that it is a reversal the sides are taken the other way round.

Sources: ISO 20022 message definitions camt.052/053/054.001.02 to .13; DFÜ-Abkommen appendix 3, chapter 7 (use by
German banks); Swiss Implementation Guidelines for Cash Management, chapter 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree.ElementTree import Element

from linkgraph.ingest.readers import xml_records
from linkgraph.ingest.readers.rows import Rows
from linkgraph.ingest.readers.xml_records import Fault, Record, Row, text

COLUMNS = (
    "own_account",
    "counterparty_account",
    "counterparty_name",
    "direction",
    "amount",
    "currency",
    "date",
    "booked_at",
    "status",
    "reversal",
    "booking_code",
    "reference",
    "bank_reference",
    "transaction_id",
    "purpose",
)
"""All text. ``direction`` is CRDT (into the own account) or DBIT (out of it); ``date`` the value date, else the
booking date, yyyy-mm-dd as the bank writes it; ``booked_at`` the dateTime where the bank gives one, as written;
``status`` BOOK, PDNG, INFO, FUTR or the bank's own; ``reversal`` is ``true`` or null; ``transaction_id`` IBAN and
reference of the bank, where together they name one transaction."""

_NAMESPACE = re.compile(r"(?:.*[:/])?camt\.05[234]\.001\.[0-9]{2}")
_ANNOUNCED = re.compile(r"camt\.05[234]\.001\.[0-9]{2}[\"']")
_STATEMENTS = frozenset({"Stmt", "Rpt", "Ntfctn"})
_NO_REFERENCE = frozenset({"NOTPROVIDED", "NONREF", "NOTAVAILABLE", "NONE"})
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2}|T.*)?")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


@dataclass(frozen=True, slots=True)
class Camt:
    """Reads camt.052, camt.053 and camt.054."""

    name: str = "camt"
    version: str = "1"
    binary: bool = True
    needs: tuple[str, ...] = ()
    block_bytes: int = field(default=xml_records.BLOCK_BYTES, repr=False)

    def recognises(self, head: bytes) -> bool:
        """Tell whether the document says in its beginning that it is of a namespace of these messages."""
        return _ANNOUNCED.search(xml_records.opening(head)) is not None

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the transactions of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        return xml_records.numbered(_transactions(stream, self.block_bytes), COLUMNS, batch_rows)


def _transactions(stream: BinaryIO, block_bytes: int) -> Iterator[Row | Fault]:
    own: str | None = None
    statement = -1
    for record in xml_records.records(
        stream, {"Acct", "Ntry"}, inside={"TxDtls"}, namespace=_NAMESPACE, block_bytes=block_bytes
    ):
        if isinstance(record, Fault):
            yield record
            continue
        around = record.path[-1] if record.path else None
        if around is None or around.name not in _STATEMENTS:
            if record.element.tag == "Ntry":
                yield _refused(record, "camt-entry", "The entry stands in no statement, report or notification.")
            continue
        if around.offset != statement:
            own, statement = None, around.offset
        if record.element.tag == "Acct":
            own = _account(record.element)
        else:
            yield from _entry(record, own)


def _entry(record: Record, own: str | None) -> Iterator[Row | Fault]:
    """Give the rows of one entry."""
    entry = record.element
    details = [one for part in entry.findall("NtryDtls") for one in part.findall("TxDtls")]
    for one in (entry, *details):
        said = text(one, "CdtDbtInd")
        if said not in {"CRDT", "DBIT"} and (one is entry or said is not None):
            yield _refused(
                record,
                "camt-direction",
                "The entry does not say whether it is a credit (CRDT) or a debit (DBIT).",
                "Without it nobody can say who paid.",
            )
            return
    booked = _booked(entry)
    if not details:
        yield Row(_values(booked, None, own, alone=True), record.span(entry))
    for one in details:
        yield Row(_values(booked, one, own, alone=len(details) == 1), record.span(one))


def _refused(record: Record, code: str, reason: str, hint: str = "") -> Fault:
    return Fault(record.offset, record.head, code, reason, hint)


@dataclass(frozen=True, slots=True)
class _Booked:
    """What an entry says of all its transactions."""

    direction: str | None
    is_reversal: bool
    amount: Element | None
    date: str | None
    booked_at: str | None
    status: str | None
    booking_code: str | None
    reference: str | None
    about: str | None


def _booked(entry: Element) -> _Booked:
    return _Booked(
        direction=text(entry, "CdtDbtInd"),
        is_reversal=text(entry, "RvslInd") in {"true", "1"},
        amount=entry.find("Amt"),
        date=_day(entry, "ValDt") or _day(entry, "BookgDt"),
        booked_at=text(entry, "BookgDt/DtTm") or text(entry, "ValDt/DtTm"),
        status=text(entry, "Sts/Cd") or text(entry, "Sts/Prtry") or text(entry, "Sts"),
        booking_code=_booking_code(entry),
        reference=_filled(text(entry, "AcctSvcrRef")),
        about=text(entry, "AddtlNtryInf"),
    )


def _values(entry: _Booked, details: Element | None, own: str | None, *, alone: bool) -> dict[str, str | None]:
    direction = text(details, "CdtDbtInd") or entry.direction
    amount = _amount(entry, details, alone=alone)
    account, name = _other_side(details, own, takes_debtor=(direction == "CRDT") != entry.is_reversal)
    bank_reference = _bank_reference(entry, details, alone=alone)
    purpose = _remittance(details) or text(details, "AddtlTxInf") or (entry.about if alone else None)
    return {
        "own_account": own,
        "counterparty_account": account,
        "counterparty_name": name,
        "direction": direction,
        "amount": text(amount),
        "currency": amount.get("Ccy") if amount is not None else None,
        "date": entry.date,
        "booked_at": entry.booked_at,
        "status": entry.status,
        "reversal": "true" if entry.is_reversal else None,
        "booking_code": _booking_code(details) or entry.booking_code,
        "reference": _filled(text(details, "Refs/EndToEndId")),
        "bank_reference": bank_reference,
        "transaction_id": _transaction_id(own, bank_reference, entry, details, alone=alone),
        "purpose": purpose,
    }


def _amount(entry: _Booked, details: Element | None, *, alone: bool) -> Element | None:
    """Give the amount of a transaction; that of the entry where it is its only one."""
    if details is None:
        return entry.amount
    own = details.find("Amt")
    if own is None and alone:
        return entry.amount
    return own if own is not None else details.find("AmtDtls/TxAmt/Amt")


def _other_side(details: Element | None, own: str | None, *, takes_debtor: bool) -> tuple[str | None, str | None]:
    """Give account and name of the counterparty, each None where the bank does not say it."""
    if details is None:
        return None, None
    sides = ("Dbtr", "Cdtr") if takes_debtor else ("Cdtr", "Dbtr")
    accounts = [_account(details, f"RltdPties/{side}Acct/") for side in sides]
    if own is not None and _bare(accounts[0]) == _bare(own) != _bare(accounts[1]):
        sides, accounts = (sides[1], sides[0]), [accounts[1], accounts[0]]
    name = text(details, f"RltdPties/{sides[0]}/Nm") or text(details, f"RltdPties/{sides[0]}/Pty/Nm")
    return accounts[0], name


def _account(element: Element | None, path: str = "") -> str | None:
    """Give an account's IBAN, else its number in another scheme."""
    return text(element, f"{path}Id/IBAN") or text(element, f"{path}Id/Othr/Id")


def _bare(account: str | None) -> str | None:
    return None if account is None else "".join(account.split()).upper()


def _bank_reference(entry: _Booked, details: Element | None, *, alone: bool) -> str | None:
    """Give the bank's reference: of the transaction, or of the entry it is alone in."""
    of_entry, of_details = entry.reference, _filled(text(details, "Refs/AcctSvcrRef"))
    return (of_entry or of_details) if alone else (of_details or of_entry)


def _transaction_id(
    own: str | None, reference: str | None, entry: _Booked, details: Element | None, *, alone: bool
) -> str | None:
    """Give account and reference where they name one transaction: an entry of several shares its own with all."""
    account = _bare(own)
    if account is None or not _IBAN.fullmatch(account) or reference is None:
        return None
    if not alone and _filled(text(details, "Refs/AcctSvcrRef")) in {None, entry.reference}:
        return None
    return f"{account} {reference}"


def _filled(reference: str | None) -> str | None:
    """Give a reference, None where it is a word or zeros that stand for none."""
    if reference is None or reference.upper() in _NO_REFERENCE or not reference.strip("0"):
        return None
    return reference


def _day(entry: Element, name: str) -> str | None:
    """Give the day of a date or dateTime as written; what is neither goes on as it is, to be refused by name."""
    said = text(entry, f"{name}/Dt") or text(entry, f"{name}/DtTm")
    found = _DAY.fullmatch(said) if said is not None else None
    return found[1] if found else said


def _booking_code(element: Element | None) -> str | None:
    """Give the bank transaction code: domain-family-subfamily (PMNT-CCRD-POSD), else the bank's own."""
    domain = [text(element, f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "-".join(part for part in domain if part) or text(element, "BkTxCd/Prtry/Cd")


def _remittance(details: Element | None) -> str | None:
    """Give what the payer wrote, and the structured references of the creditor."""
    if details is None:
        return None
    parts = [
        said
        for path in ("RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/AddtlRmtInf")
        for element in details.findall(path)
        if (said := text(element))
    ]
    return " ".join(parts) or None
