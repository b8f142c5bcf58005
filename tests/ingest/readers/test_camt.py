"""camt.052, .053 and .054: every entry is a row per transaction with its place, or is kept with a reason."""

from __future__ import annotations

from typing import Any

import pytest
import reading
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest.readers.camt import COLUMNS, Camt
from linkgraph.ingest.readers.rows import Unreadable

OWN, OTHER, THIRD = "DE02120300000000202051", "NL91ABNA0417164300", "BE71096123456769"
MESSAGES = {"052": ("BkToCstmrAcctRpt", "Rpt"), "053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrNtfctn", "Ntfctn")}


def document(*entries: str, message: str = "053", version: str = "08", own: str | None = OWN) -> bytes:
    body, statement = MESSAGES[message]
    account = f"<Acct><Id><IBAN>{own}</IBAN></Id></Acct>" if own else ""
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.{version}"><{body}>'
        f"<GrpHdr><MsgId>M</MsgId></GrpHdr><{statement}><Id>1</Id>{account}"
        f"{''.join(entries)}</{statement}></{body}></Document>"
    ).encode()


def entry(details: str = "", direction: str = "CRDT", more: str = "", amount: str = "10.00") -> str:
    inside = f"<NtryDtls>{details}</NtryDtls>" if details else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
        f"<ValDt><Dt>2026-02-04</Dt></ValDt>{more}{inside}</Ntry>"
    )


def parties(debtor: str | None = None, creditor: str | None = None, more: str = "") -> str:
    def side(name: str, account: str | None) -> str:
        return f"<{name}Acct><Id><IBAN>{account}</IBAN></Id></{name}Acct>" if account else ""

    return f"<TxDtls>{more}<RltdPties>{side('Dbtr', debtor)}{side('Cdtr', creditor)}</RltdPties></TxDtls>"


def read(content: bytes, batch_rows: int = 500_000, **options: int) -> tuple[list[dict[str, Any]], list[Unreadable]]:
    whole = reading.read(Camt(**options), content, batch_rows=batch_rows, columns=COLUMNS)
    assert whole.numbers == list(range(1, len(whole.rows) + len(whole.unreadable) + 1))
    return whole.rows, whole.unreadable


def one(content: bytes) -> dict[str, Any]:
    (row,), unreadable = read(content)
    assert unreadable == []
    return row


@pytest.mark.parametrize("message", list(MESSAGES))
@pytest.mark.parametrize("version", [f"{number:02}" for number in range(1, 14)])
def test_every_message_and_version(message: str, version: str) -> None:
    content = document(entry(parties(OTHER)), message=message, version=version)
    assert Camt().recognises(content)
    row = one(content)
    assert (row["own_account"], row["counterparty_account"], row["amount"]) == (OWN, OTHER, "10.00")
    assert content[row["_offset"] :][: row["_length"]] == parties(OTHER).encode()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (entry(), {"counterparty_account": None, "direction": "CRDT", "currency": "EUR", "date": "2026-02-04"}),
        (entry(parties(OTHER, OWN)), {"counterparty_account": OTHER}),
        (entry(parties(OWN, OTHER), "DBIT"), {"counterparty_account": OTHER}),
        (entry(parties(OTHER), "DBIT"), {"counterparty_account": None}),
        # A payment that came back: the bank keeps the sides of the first one, or turns them, with or without the flag.
        (entry(parties(OWN, OTHER), "CRDT"), {"counterparty_account": OTHER, "reversal": None}),
        (
            entry(parties(OWN, OTHER), "CRDT", "<RvslInd>true</RvslInd>"),
            {"counterparty_account": OTHER, "reversal": "true", "direction": "CRDT"},
        ),
        (entry(parties(OTHER, OWN), "CRDT", "<RvslInd>1</RvslInd>"), {"counterparty_account": OTHER}),
        (entry(parties(OTHER), "CRDT", "<RvslInd>true</RvslInd>"), {"counterparty_account": None}),
        (entry(parties(OWN, OWN)), {"counterparty_account": OWN}),
        (
            entry("<TxDtls><RltdPties><Dbtr><Nm>A B</Nm></Dbtr></RltdPties></TxDtls>"),
            {"counterparty_name": "A B", "counterparty_account": None},
        ),
        (
            entry("<TxDtls><RltdPties><Cdtr><Pty><Nm>A B</Nm></Pty></Cdtr></RltdPties></TxDtls>", "DBIT"),
            {"counterparty_name": "A B"},
        ),
        (
            entry(
                "<TxDtls><RltdPties><DbtrAcct><Id><Othr><Id>007</Id></Othr></Id></DbtrAcct></RltdPties></TxDtls>",
            ),
            {"counterparty_account": "007"},
        ),
        (entry(more="<Sts>PDNG</Sts>"), {"status": "PDNG"}),
        (entry(more="<Sts><Cd>INFO</Cd></Sts>"), {"status": "INFO"}),
        (entry(more="<Sts><Prtry>X</Prtry></Sts>"), {"status": "X"}),
        (entry(more="<AddtlNtryInf>Card 12</AddtlNtryInf>"), {"purpose": "Card 12"}),
        (
            entry("<TxDtls><RmtInf><Ustrd>a</Ustrd><Ustrd> b</Ustrd></RmtInf><AddtlTxInf>c</AddtlTxInf></TxDtls>"),
            {"purpose": "a b"},
        ),
        (
            entry("<TxDtls><RmtInf><Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"),
            {"purpose": "RF18"},
        ),
        (entry("<TxDtls><AddtlTxInf>c</AddtlTxInf></TxDtls>"), {"purpose": "c"}),
        (
            entry("<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs></TxDtls>"),
            {"reference": None, "bank_reference": None, "transaction_id": None},
        ),
        (entry("<TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs></TxDtls>"), {"reference": "E1"}),
        (
            entry(more="<AcctSvcrRef>R1</AcctSvcrRef>"),
            {"bank_reference": "R1", "transaction_id": f"{OWN} R1"},
        ),
        (
            entry("<TxDtls><Refs><AcctSvcrRef>R2</AcctSvcrRef></Refs></TxDtls>"),
            {"bank_reference": "R2", "transaction_id": f"{OWN} R2"},
        ),
        (entry(more="<AcctSvcrRef>0000</AcctSvcrRef>"), {"bank_reference": None, "transaction_id": None}),
        (entry("<TxDtls><AmtDtls><TxAmt><Amt Ccy='USD'>9</Amt></TxAmt></AmtDtls></TxDtls>"), {"amount": "10.00"}),
        (entry('<TxDtls><Amt Ccy="EUR">9.99</Amt></TxDtls>'), {"amount": "9.99"}),
        (entry("<TxDtls><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>"), {"direction": "DBIT"}),
        (
            entry(
                more="<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>CCRD</Cd><SubFmlyCd>POSD</SubFmlyCd></Fmly></Domn></BkTxCd>"
            ),
            {"booking_code": "PMNT-CCRD-POSD"},
        ),
        (entry(more="<BkTxCd><Prtry><Cd>NMSC+083</Cd></Prtry></BkTxCd>"), {"booking_code": "NMSC+083"}),
    ],
)
def test_entries(content: str, expected: dict[str, str | None]) -> None:
    row = one(document(content))
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("dates", "day", "written"),
    [
        ("<BookgDt><Dt>2026-02-03</Dt></BookgDt><ValDt><Dt>2026-02-04</Dt></ValDt>", "2026-02-04", None),
        ("<BookgDt><Dt>2026-02-03</Dt></BookgDt>", "2026-02-03", None),
        ("<BookgDt><Dt>2026-02-03+01:00</Dt></BookgDt>", "2026-02-03", None),
        ("<BookgDt><Dt>2026-02-03Z</Dt></BookgDt>", "2026-02-03", None),
        ("<BookgDt><DtTm>2026-02-03T23:30:00</DtTm></BookgDt>", "2026-02-03", "2026-02-03T23:30:00"),
        ("<ValDt><DtTm>2026-02-03T23:30:00-05:00</DtTm></ValDt>", "2026-02-03", "2026-02-03T23:30:00-05:00"),
        ("<ValDt><Dt>yesterday</Dt></ValDt>", "yesterday", None),
        ("", None, None),
    ],
)
def test_dates(dates: str, day: str | None, written: str | None) -> None:
    row = one(document(f'<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd>{dates}</Ntry>'))
    assert (row["date"], row["booked_at"]) == (day, written)


def test_an_entry_of_several_transactions() -> None:
    first = parties(OTHER, more='<Refs><AcctSvcrRef>R1</AcctSvcrRef></Refs><Amt Ccy="EUR">4</Amt>')
    second = parties(THIRD, more="<AmtDtls><TxAmt><Amt Ccy='EUR'>6</Amt></TxAmt></AmtDtls>")
    third = parties(THIRD)
    content = document(
        entry(first + second + third, more="<AcctSvcrRef>R0</AcctSvcrRef><AddtlNtryInf>all</AddtlNtryInf>")
    )
    rows, unreadable = read(content)
    assert unreadable == []
    assert [(row["amount"], row["counterparty_account"], row["bank_reference"]) for row in rows] == [
        ("4", OTHER, "R1"),
        ("6", THIRD, "R0"),
        # What the bank does not say of a part is not made from the whole.
        (None, THIRD, "R0"),
    ]
    # The reference of the entry names all of them, so none of them alone.
    assert [row["transaction_id"] for row in rows] == [f"{OWN} R1", None, None]
    assert [row["purpose"] for row in rows] == [None, None, None]
    assert [row["_line"] for row in rows] == [1, 2, 3]
    places = [content[row["_offset"] :][: row["_length"]].decode() for row in rows]
    assert places == [first, second, third]


def test_an_account_without_iban_makes_no_transaction_id() -> None:
    account = "<Acct><Id><Othr><Id>4111111111111111</Id></Othr></Id></Acct>"
    row = one(document(account, entry(more="<AcctSvcrRef>R1</AcctSvcrRef>"), own=None))
    assert (row["own_account"], row["transaction_id"]) == ("4111111111111111", None)


def test_each_statement_has_its_own_account() -> None:
    content = document(entry()).replace(b"</Stmt>", f"</Stmt><Stmt>{entry()}</Stmt>".encode())
    assert [row["own_account"] for row in read(content)[0]] == [OWN, None]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("<Ntry><Amt>1</Amt></Ntry>", "camt-direction"),
        (entry(direction="BOTH"), "camt-direction"),
        (entry("<TxDtls><CdtDbtInd>x</CdtDbtInd></TxDtls>"), "camt-direction"),
        (entry("<a>" * 100 + "</a>" * 100), "xml-record-too-deep"),
    ],
)
def test_an_entry_that_cannot_be_read_costs_itself_alone(bad: str, code: str) -> None:
    content = document(entry(), bad, entry())
    rows, (fault,) = read(content)
    assert [row["_line"] for row in rows] == [1, 3]
    assert (fault.line, fault.code, fault.raw) == (2, code, bad.encode())
    assert fault.offset == content.index(bad.encode())


def test_an_entry_in_no_statement() -> None:
    content = b'<Document xmlns="camt.053.001.02"><Ntry/><Acct/></Document>'
    rows, (fault,) = read(content)
    assert (rows, fault.code, fault.raw) == ([], "camt-entry", b"<Ntry/>")


def test_another_namespace_says_nothing() -> None:
    strange = entry(more="<x:RvslInd xmlns:x='urn:x'>true</x:RvslInd><x:Sts xmlns:x='urn:x'>PDNG</x:Sts>")
    row = one(document(strange))
    assert (row["reversal"], row["status"]) == (None, None)
    assert read(document(entry()).replace(b"camt.053", b"pain.001")) == ([], [])


def test_a_statement_that_is_cut_off() -> None:
    content = document(entry(), entry())
    cut = content[: content.rindex(b"<CdtDbtInd>")]
    rows, (fault,) = read(cut)
    assert len(rows) == 1
    assert (fault.line, fault.code) == (2, "xml-cut-off")
    assert cut[fault.offset :] == fault.raw == entry()[: len(fault.raw)].encode()


def test_batches_and_blocks_give_the_same_rows() -> None:
    content = document(*[entry(parties(OTHER)), "<Ntry/>"] * 5)
    whole = read(content)
    assert read(content, batch_rows=3) == whole
    assert read(content, block_bytes=5) == whole
    assert read(content.decode().encode("utf-16")) != ([], [])
    assert read(b"") == ([], [])


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (document(entry()), True),
        (document(entry()).decode().encode("utf-16"), True),
        (b"\xef\xbb\xbf" + document(entry()), True),
        (document(entry()).replace(b"camt.053", b"pain.001"), False),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.060.001.05"/>', False),
        (b"camt.053.001.02", False),
        (b"date,amount\n", False),
        (b"", False),
    ],
)
def test_recognition(head: bytes, expected: bool) -> None:
    assert Camt().recognises(head) is expected


_pieces = st.sampled_from(
    [
        entry(),
        entry(parties(OTHER)),
        "<Ntry>",
        "</Ntry>",
        "<TxDtls/>",
        "<Acct>",
        "<CdtDbtInd>CRDT</CdtDbtInd>",
        "<Ntry/>",
    ]
) | st.text(max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.lists(_pieces, max_size=20).map("".join), st.integers(0, 400))
def test_every_entry_is_accounted_for(text: str, cut: int) -> None:
    content = document(text)[: -cut or None]
    # Numbers and places are checked as it is read.
    rows, _ = read(content)
    for row in rows:
        assert content[row["_offset"] : row["_offset"] + row["_length"]].endswith(b">")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    read(content)
    Camt().recognises(content)
