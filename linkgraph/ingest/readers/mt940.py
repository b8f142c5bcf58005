"""SWIFT MT940 account statements: one row per statement line ``:61:`` with the ``:86:`` behind it.

The library mt-940 interprets a statement line and the German ``?nn`` details; this reader splits the
file, keeps the place of every transaction, and lets one that cannot be read cost itself alone. Where
the library would guess it is not let: a day that no calendar has (30 February) is refused, not moved;
years 80–99 are 19xx as SWIFT says; RC (reversal of a credit) takes money out, RD puts it in.

Details come in three dialects: ``?nn`` fields (German banks, structure of the DK), ``/KEY/`` words
(Dutch banks, SWIFT code words) and free text. Lines of free text that are filled to their 65 characters
are joined without a blank, as the bank cut them in the middle of a word; shorter ones with one.

A transaction with bytes that are no text is quarantined whole: half a name would be another name.

Source: SWIFT user handbook category 9, MT 940; DFÜ-Abkommen appendix 3, chapter 8 (fields 61 and 86).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

import mt940

from linkgraph.ingest.readers.lines import Line, iterate, joined, unreadable
from linkgraph.ingest.readers.rows import LENGTH, LINE, MAX_LINE_BYTES, OFFSET, Rows, Unreadable, gathered, schema

COLUMNS = (
    "own_account",
    "statement",
    "date",
    "entry_date",
    "amount",
    "currency",
    "type",
    "reference",
    "bank_reference",
    "purpose",
    "counterparty_name",
    "counterparty_account",
    "counterparty_bank",
)
"""All text. Dates (value date, booking date) as yyyy-mm-dd; ``amount`` with a decimal point, negative
where it leaves the own account; ``type`` the SWIFT transaction code (NTRF, NMSC …)."""

_SCHEMA = schema(COLUMNS)
_TAG = re.compile(rb":(13|20|21|25|28|34|60|61|62|64|65|86|90|NS)([A-Z])?:")
_END = re.compile(rb"-(\}.*)?\s*")
_BALANCE = re.compile(rb"[CD][0-9]{6}([A-Z]{3})")
_HEAD = re.compile(rb"^:(?:61:[0-9]{6}|60[FM]:[CD][0-9]{6}[A-Z]{3}|20:[^\n]*\r?\n:(?:2[158]|60))", re.MULTILINE)
_NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED", "KREF+"})
_FILLED_LINE = 65
_LONGEST_61 = 1000
"""Characters; SWIFT has 102. Patterns of the library take the square of the length."""
_NO_61 = "The statement line does not follow MT940: yymmdd[mmdd] mark amount type reference."

# The library logs what it also raises; without a handler Python would print the hostile line.
logging.getLogger("mt940").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class MT940:
    """Reads MT940 statements."""

    name: str = "mt940"
    version: str = "1"
    binary: bool = False
    needs: tuple[str, ...] = ()

    def recognises(self, head: bytes) -> bool:
        """Tell whether a line of the beginning is a tag of MT940 with its content."""
        return _HEAD.search(head.removeprefix(b"\xef\xbb\xbf")) is not None

    def read(self, stream: BinaryIO, *, batch_rows: int = 500_000) -> Iterator[Rows]:
        """Yield the transactions of ``stream``; see :class:`~linkgraph.ingest.readers.rows.Reader`."""
        found = (entry if isinstance(entry, Unreadable) else _row(entry) for entry in _entries(stream))
        return gathered(found, _SCHEMA, batch_rows)


# -- splitting -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Statement:
    """What the head of a statement says of all its transactions."""

    account: bytes | None = None
    number: bytes | None = None
    currency: bytes | None = None

    def note(self, tag: bytes, content: bytes) -> None:
        """Keep what a tag of the head says; later tags say nothing of the transactions."""
        if tag == b"25":
            self.account = content
        elif tag == b"28":
            self.number = content
        elif tag == b"60" and (balance := _BALANCE.match(content)):
            self.currency = balance[1]


@dataclass(slots=True)
class _Entry:
    """A statement line and its details, as lines of the file."""

    statement: _Statement
    lines: list[Line]
    details_at: int | None = None
    """Position in ``lines`` of the first ``:86:``."""
    size: int = 0
    closed: bool = False
    """It is too long: the lines that follow are not kept."""
    faults: list[Unreadable] = field(default_factory=list)

    def add(self, line: Line) -> None:
        self.size += len(line.raw)
        if self.closed:
            return
        if self.size > MAX_LINE_BYTES:
            self.faults.append(
                unreadable(line, "mt940-too-long", f"The transaction is longer than {MAX_LINE_BYTES} bytes.")
            )
            self.closed = True
        else:
            self.lines.append(line)

    @property
    def length(self) -> int:
        last = self.lines[-1]
        return last.offset + len(last.raw) - self.lines[0].offset

    @property
    def raw(self) -> bytes:
        """The bytes of the file; of a long line the first."""
        return joined(self.lines)

    def refuse(self, code: str, reason: str, hint: str = "") -> Unreadable:
        first = self.lines[0]
        return Unreadable(first.number, first.offset, self.raw, "", code, reason, hint)


def _entries(stream: BinaryIO) -> Iterator[_Entry | Unreadable]:
    """Split a file into its transactions; each knows the head of its statement."""
    statement = _Statement()
    entry: _Entry | None = None
    for line in iterate(stream):
        tag = _TAG.match(line.raw)
        broken = line.raw.startswith(b":61") and not tag
        if (tag and tag[1] == b"61") or broken:
            if entry is not None:
                yield from _finished(entry)
            entry = _Entry(statement, [])
            entry.add(line)
        elif tag and tag[1] == b"86" and entry is not None:
            entry.details_at = entry.details_at or len(entry.lines)
            entry.add(line)
        elif tag or _END.fullmatch(line.raw):
            if entry is not None:
                yield from _finished(entry)
                entry = None
            if tag and tag[1] == b"20":
                statement = _Statement()
            elif tag and not line.oversize:
                statement.note(tag[1], line.raw[tag.end() :].strip())
            if line.oversize:
                yield unreadable(line, "line-too-long", f"The line is longer than {MAX_LINE_BYTES} bytes.")
        elif entry is not None:
            entry.add(line)
        elif line.oversize:
            yield unreadable(line, "line-too-long", f"The line is longer than {MAX_LINE_BYTES} bytes.")
    if entry is not None:
        yield from _finished(entry)


def _finished(entry: _Entry) -> Iterator[_Entry | Unreadable]:
    while not entry.lines[-1].raw.strip():
        entry.lines.pop()
    if entry.faults:
        yield entry.refuse(entry.faults[0].code, entry.faults[0].reason)
    elif any(line.oversize for line in entry.lines):
        yield entry.refuse("line-too-long", f"A line of the transaction is longer than {MAX_LINE_BYTES} bytes.")
    else:
        yield entry


# -- reading -------------------------------------------------------------------------------------


def _row(entry: _Entry) -> dict[str, object] | Unreadable:
    """Read one transaction."""
    raw = entry.raw
    if b"\0" in raw:
        return entry.refuse("nul-byte", "The transaction contains a NUL byte.")
    at = entry.details_at if entry.details_at is not None else len(entry.lines)
    try:
        texts = [line.raw.decode() for line in entry.lines]
        account, number, currency = (
            None if part is None else part.decode()
            for part in (entry.statement.account, entry.statement.number, entry.statement.currency)
        )
    except UnicodeDecodeError:
        return entry.refuse(
            "invalid-utf-8",
            "The transaction or the head of its statement is not valid UTF-8.",
            "State the file's encoding with --encoding.",
        )
    if not raw.startswith(b":61:"):
        return entry.refuse("mt940-statement-line", _NO_61)
    booked = _statement_line("\n".join(text for text in texts[:at] if text.strip())[len(":61:") :])
    if isinstance(booked, str):
        return entry.refuse("mt940-statement-line", booked)
    details = _details([re.sub("^:86[A-Z]?:", "", text) for text in texts[at:]], booked)
    return {
        "own_account": account or None,
        "statement": number or None,
        "date": booked.value_date.isoformat(),
        "entry_date": booked.entry_date.isoformat() if booked.entry_date else None,
        "amount": f"{booked.amount:f}",
        "currency": currency,
        "type": booked.type,
        "reference": booked.reference or details.reference,
        "bank_reference": booked.bank_reference,
        "purpose": details.purpose,
        "counterparty_name": details.name,
        "counterparty_account": details.account,
        "counterparty_bank": details.bank,
        LINE: entry.lines[0].number,
        OFFSET: entry.lines[0].offset,
        LENGTH: entry.length,
    }


@dataclass(frozen=True, slots=True)
class _Booked:
    """What field 61 says."""

    value_date: date
    entry_date: date | None
    amount: Decimal
    type: str | None
    reference: str | None
    bank_reference: str | None


_FORMS_OF_61 = (mt940.tags.Statement(), mt940.tags.StatementASNB(), mt940.tags.StatementGLS())
"""As SWIFT has it; with the counter account as reference (ASN); with an overlong reference (Atruvia)."""


def _statement_line(text: str) -> _Booked | str:
    """Read field 61; where it is none, give the reason."""
    if len(text) > _LONGEST_61:
        return _NO_61
    context = mt940.models.Transactions(options=mt940.Options.all())
    for tag in _FORMS_OF_61:
        try:
            parts = tag.parse(context, text)
        except RuntimeError:
            continue
        if not all((parts[name] or "").isascii() for name in ("year", "month", "day", "amount", "status")):
            break
        try:
            found = tag(context, parts)
        except InvalidOperation:
            return "The amount of the statement line is no number."
        except ValueError:
            return "The statement line names a day that no calendar has."
        return _booked(found, int(parts["year"] or 0))
    return _NO_61


def _booked(found: dict[str, Any], short_year: int) -> _Booked:
    days: list[date | None] = []
    for name in ("date", "entry_date"):
        day = found.get(name)
        # The library puts every year into the 2000s.
        earlier = 100 if short_year >= 80 else 0
        days.append(date(day.year - earlier, day.month, day.day) if isinstance(day, date) else None)
    value_date, entry_date = days
    if value_date is None:
        raise AssertionError("the statement line matched without its value date")
    amount: Decimal = found["amount"].amount
    reference = (found.get("customer_reference") or "").strip()
    return _Booked(
        value_date,
        entry_date,
        amount if amount else abs(amount),
        _text(found.get("id")),
        None if reference in _NO_REFERENCE else reference,
        _text(found.get("bank_reference")),
    )


@dataclass(frozen=True, slots=True)
class _Details:
    """What field 86 says."""

    purpose: str | None = None
    name: str | None = None
    account: str | None = None
    bank: str | None = None
    reference: str | None = None


def _details(texts: list[str], booked: _Booked) -> _Details:
    if not texts:
        return _Details()
    glued = "".join(texts).strip()
    if re.match(r"[0-9]{3}\?[0-9]{2}", glued):
        return _from_fields(glued)
    joined = _joined(texts)
    if re.match(r"/[A-Z]{2,4}/", joined):
        return _from_words(joined)
    return _from_free_text(texts, joined, booked)


def _from_fields(text: str) -> _Details:
    """Read ``?nn`` fields: ?20-?29 and ?60-?63 purpose, ?30 bank, ?31 account, ?32-?33 name, ?38 IBAN."""
    context = mt940.models.Transactions(options=mt940.Options.all())
    said: dict[str, str | None] = mt940.processors.transaction_details_post_processor(
        context,
        mt940.tags.TransactionDetails(),
        {"transaction_details": text},
        {"transaction_details": text},
    )
    iban = re.search(r"\?38([A-Z]{2}[0-9]{2}[A-Z0-9]{10,30})(?:\?|$)", text)
    purpose = _text(said.get("purpose"))
    # Without SVWZ+ the purpose stands behind another word (EREF+…) and the library takes it for that.
    whole = "".join(part for _, part in re.findall(r"\?(2[0-9]|6[0-3])([^?]*)", text))
    return _Details(
        purpose or _text(whole) or _text(said.get("posting_text")),
        _text(said.get("applicant_name")),
        iban[1] if iban else _text(said.get("applicant_iban")) or _text(said.get("gvc_applicant_iban")),
        _text(said.get("applicant_bin")) or _text(said.get("gvc_applicant_bin")),
        _text(said.get("end_to_end_reference")) if purpose else None,
    )


_WORDS = (
    "ADDR|BENM|BIC|BNET|CBKG|CHGS|CNTP|CREF|CSID|EREF|EXCH|IBAN|ID|INIT|ISDT|IREF|MARF|NAME|NRTX|OCMT|ORDP|"
    "PREF|PURP|PYID|REMI|RTRN|SUBJ|SVCL|TRCD|TRTP|ULTB|ULTC|ULTD|EINDTOEND"
)


def _from_words(text: str) -> _Details:
    """Read ``/KEY/`` words; /CNTP/ holds account, bank, name and town behind slashes."""
    words: dict[str, str] = {}
    for found in re.finditer(rf"/({_WORDS})/(.*?)(?=/(?:{_WORDS})/|$)", text, re.DOTALL):
        words.setdefault(found[1], found[2].strip())
    account, bank, name = words.get("IBAN"), words.get("BIC"), words.get("NAME")
    if "CNTP" in words:
        account, bank, name, *_ = [*words["CNTP"].split("/"), "", "", ""]
    remittance = re.sub(r"^(?:USTD|STRD)/+", "", words.get("REMI", "")).strip("/ ")
    return _Details(
        remittance or _text(text),
        _text((name or "").strip("/ ")),
        _text((account or "").strip("/ ")),
        _text((bank or "").strip("/ ")),
        _text(words.get("EREF", "").strip("/ ")),
    )


def _from_free_text(texts: list[str], joined: str, booked: _Booked) -> _Details:
    """Keep free text whole; ASN begins it with the counter account, which stands in field 61 as well."""
    reference = booked.reference or ""
    account, _, name = texts[0].strip().partition(" ")
    if account == reference and re.fullmatch("[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}", account):
        return _Details(_text(joined), _text(name), account)
    return _Details(_text(joined))


def _joined(texts: list[str]) -> str:
    joined = ""
    for text in texts:
        part = text.rstrip("\r")
        joined += part if len(part) >= _FILLED_LINE else part.rstrip() + " "
    return re.sub(" {2,}", " ", joined).strip()


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
