"""Refused rows, corrected: exported, read back, taken in as if the file had had them, and honest about it."""

from __future__ import annotations

import base64
import csv
import gzip
import json

import pytest
from custody.cases import ACCOUNTS, CLF, HEADER, LOGINS, PAYMENTS, UTC, made

import linkgraph
from linkgraph.cli import main
from linkgraph.errors import UsageError
from linkgraph.ingest import corrections
from linkgraph.ingest.mapping import Stated
from linkgraph.model import QuarantinedRow

FOUR = "amber_fox,chat,193.0.6.150,4713,2026-01-05 10:06:00,login"
SIX = "blue_owl,chat,193.0.6.139,4714,2026-01-05 11:30:00,logout"


@pytest.fixture
def case(tmp_path):
    return made(tmp_path, [("accounts", "accounts.csv", ACCOUNTS, None), ("ip-logs", "logins.csv", LOGINS, UTC)])


def requeued(case, folder, texts, *, form=".csv", why="typing error"):
    """Correct rows by line, through a file."""
    path = folder / f"rows{form}"
    case.export_quarantine(path)
    if form == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            row["corrected"] = texts.get(int(row["line"]), "")
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            table = csv.DictWriter(stream, rows[0].keys())
            table.writeheader()
            table.writerows(rows)
    else:
        records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        path.write_text(
            "\n".join(json.dumps(one | {"corrected": texts.get(one["line"])}) for one in records) + "\n", "utf-8"
        )
    return case.requeue(path, why)


def tallies(case, name):
    [source] = [one for one in case.sources() if one.name == name]
    return source.read, source.stored, source.duplicates, source.quarantined


@pytest.mark.parametrize("form", [".csv", ".jsonl"])
def test_corrected_rows_give_the_graph_of_a_file_that_was_right(case, tmp_path, form):
    assert tallies(case, "logins.csv") == (5, 3, 0, 2)
    [done] = requeued(case, tmp_path, {4: FOUR, 6: SIX}, form=form)
    assert (done.tally.stored, done.tally.duplicates, done.tally.quarantined) == (2, 0, 0)
    assert tallies(case, "logins.csv") == (5, 5, 0, 0)
    assert case.quarantine() == []
    right = LOGINS.splitlines()
    right[3], right[5] = FOUR, SIX
    (tmp_path / "control").mkdir()
    control = made(
        tmp_path / "control",
        [("accounts", "accounts.csv", ACCOUNTS, None), ("ip-logs", "logins.csv", "\n".join(right) + "\n", UTC)],
    )
    assert case.digest() == control.digest()
    assert case.verify().whole


def test_the_original_is_untouched_and_the_correction_kept(case, tmp_path):
    source = case.source("logins.csv")
    requeued(case, tmp_path, {4: FOUR})
    sources = case.folder / "sources"
    assert (sources / source.sha256).read_text("utf-8") == LOGINS
    entry = json.loads((case.folder / "audit.jsonl").read_text("utf-8").splitlines()[-1])
    assert entry["action"] == "quarantine.requeue"
    assert {
        name: entry["body"][name] for name in ("source", "lines", "stored", "duplicates", "quarantined", "why")
    } == {
        "source": source.sha256,
        "lines": [4],
        "stored": 1,
        "duplicates": 0,
        "quarantined": 0,
        "why": "typing error",
    }
    kept = sources / entry["body"]["correction"]
    assert kept.read_bytes() == (tmp_path / "rows.csv").read_bytes()
    assert kept.stat().st_mode & 0o222 == 0
    assert "193.0.6.150" not in json.dumps(entry)
    assert not list(sources.glob("incoming-*"))


def test_evidence_says_that_a_row_is_as_corrected(case, tmp_path, capsys, monkeypatch):
    requeued(case, tmp_path, {4: FOUR})
    detail = case.detail("193.0.6.150")
    [rows] = detail.evidence.values()
    correction = json.loads((case.folder / "audit.jsonl").read_text("utf-8").splitlines()[-1])["body"]["correction"]
    assert [(one.row, one.corrected_by) for one in rows] == [(4, correction)]
    assert all(one.corrected_by is None for rows in case.detail("blue_owl").evidence.values() for one in rows)
    monkeypatch.setenv("LINKGRAPH_CASE", str(case.folder))
    capsys.readouterr()
    assert main(["show", "193.0.6.150"]) == 0
    assert "as corrected: 4" in capsys.readouterr().out.replace("\n", " ")
    assert main(["show", "193.0.6.150", "--json"]) == 0
    [link] = json.loads(capsys.readouterr().out)["links"]
    assert link["evidence"] == [{"source": case.source("logins.csv").sha256, "row": 4, "corrected_by": correction}]


def test_a_row_that_is_still_wrong_stays_with_its_new_reason_and_can_be_corrected_again(case, tmp_path):
    before = {row.line: row for row in case.quarantine()}
    [done] = requeued(case, tmp_path, {4: FOUR.replace("193.0.6.150", "193.0.6.999"), 6: "two,cells"})
    assert done.tally.quarantined == 2
    assert {row.line: row.code for row in done.still} == {row.line: row.code for row in case.quarantine()}
    for row in case.quarantine():
        assert row.code != before[row.line].code
        assert (row.raw, row.byte_offset) == (before[row.line].raw, before[row.line].byte_offset)
    assert tallies(case, "logins.csv") == (5, 3, 0, 2)
    [done] = requeued(case, tmp_path, {4: FOUR, 6: SIX})
    assert done.tally.stored == 2
    assert case.verify().whole


def test_a_row_that_another_source_has_is_a_duplicate(case, tmp_path):
    (tmp_path / "right.csv").write_text(HEADER + FOUR + "\n", "utf-8")
    case.ingest("ip-logs", [tmp_path / "right.csv"], stated=UTC)
    before = case.digest()
    [done] = requeued(case, tmp_path, {4: FOUR})
    assert (done.tally.stored, done.tally.duplicates) == (0, 1)
    assert tallies(case, "logins.csv") == (5, 3, 1, 1)
    assert case.digest() == before
    case.withdraw("right.csv", "was a test")
    assert tallies(case, "logins.csv") == (5, 4, 0, 1)
    assert case.digest() == before
    assert case.verify().whole


def test_withdrawing_the_source_takes_its_corrected_rows_out(case, tmp_path):
    requeued(case, tmp_path, {4: FOUR, 6: SIX})
    case.withdraw("logins.csv", "why")
    with pytest.raises(UsageError):
        case.detail("193.0.6.150")
    case.ingest("ip-logs", [tmp_path / "logins.csv"], stated=UTC)
    assert tallies(case, "logins.csv") == (5, 3, 0, 2)
    requeued(case, tmp_path, {4: FOUR})
    assert tallies(case, "logins.csv") == (5, 4, 0, 1)
    assert case.verify().whole
    assert case.rebuild().equal


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FOUR + "\n" + FOUR, "correction-lines"),
        ('"amber\nfox",chat,193.0.6.150,1,2026-01-05 10:06:00,login', "correction-lines"),
        ("a\0b,chat,193.0.6.150,1,2026-01-05 10:06:00,login", "nul-byte"),
    ],
)
def test_what_is_no_row_stays_refused(case, tmp_path, text, code):
    [done] = requeued(case, tmp_path, {4: text}, form=".jsonl")
    assert [row.code for row in done.still] == [code]
    assert case.verify().whole


def test_a_correction_that_swallows_its_neighbours_is_refused_whole(tmp_path):
    text = HEADER + (
        'a,chat,010.0.0.1,1,2026-01-05 10:00:00,login\ntwo,cells\n",chat,193.0.6.2,1,2026-01-05 10:02:00,login\n'
    )
    case = made(tmp_path, [("ip-logs", "logins.csv", text, UTC)])
    assert [row.line for row in case.quarantine()] == [2, 3, 4]
    before = case.digest(), sorted((case.folder / "sources").iterdir()), case.quarantine()
    with pytest.raises(UsageError, match="has 1 rows where it had 3"):
        requeued(case, tmp_path, {2: '"a'}, form=".jsonl")
    assert (case.digest(), sorted((case.folder / "sources").iterdir()), case.quarantine()) == before


def test_every_kind_of_text_can_be_corrected(tmp_path):
    """Compressed, recoded, without a header, a log of its own format, and one with decided forms."""
    files = [
        ("ip-logs", "packed.csv.gz", gzip.compress(LOGINS.encode(), mtime=0), UTC),
        (
            "ip-logs",
            "windows.csv",
            (
                HEADER + "Üwe,chat,1.2.3,,2026-01-05 10:00:00,löschen\nÄnne,chat,193.0.6.1,,2026-01-05 10:00:00,a\n"
            ).encode("cp1252"),
            Stated(timezone="UTC", encoding="cp1252"),
        ),
        (
            "ip-logs",
            "utf16.csv",
            (
                HEADER + "Üwe,chat,1.2.4,,2026-01-05 10:00:00,löschen\nÄnne,chat,193.0.6.1,,2026-01-05 10:00:00,b\n"
            ).encode("utf-16"),
            UTC,
        ),
        ("ip-logs", "access.log", CLF, Stated(service="forum.example.org")),
        (
            "payments",
            "german.csv",
            PAYMENTS + "Mary Example;shop;viel;06.01.2026\n",
            Stated(
                timezone="Europe/Berlin",
                columns={"from": "Payer", "to": "Payee", "amount": "Betrag", "time": "Datum"},
            ),
        ),
    ]
    case = made(tmp_path, files[:4])
    texts = {
        "packed.csv.gz": {4: FOUR},
        "windows.csv": {2: "Üwe,chat,193.0.6.77,,2026-01-05 10:00:00,löschen"},
        "utf16.csv": {2: "Üwe,chat,193.0.6.78,,2026-01-05 10:00:00,löschen"},
        "access.log": {2: '193.0.6.79 - - [05/Jan/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5'},
    }
    path = tmp_path / "rows.jsonl"
    case.export_quarantine(path)
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    path.write_text(
        "\n".join(json.dumps(one | {"corrected": texts[one["file"]].get(one["line"])}) for one in records), "utf-8"
    )
    done = case.requeue(path, "why")
    assert {one.name: (one.tally.stored, one.tally.quarantined) for one in done} == dict.fromkeys(texts, (1, 0))
    for address in ("193.0.6.77", "193.0.6.78", "193.0.6.79", "193.0.6.150"):
        assert case.detail(address).evidence
    assert case.detail("chat:üwe").entity.label
    assert case.verify().whole
    assert case.rebuild().equal


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no column"),
        (b"a,b\n1,2\n", "no column 'corrected'"),
        (b"source,line,corrected\n" + b"0" * 64 + b",4,x\n", "no source"),
        (b"source,line,corrected\nabc,4,x\n", "does not say"),
        (b"source,line,corrected\n" + b"0" * 64 + b",four,x\n", "does not say"),
        (b"source,line,corrected\n" + b"0" * 64 + b",4,\n", "corrects nothing"),
        (b"source,line,corrected\n" + (b"0" * 64 + b",4,x\n") * 2, "twice"),
        (b"source,line,corrected\n\xff,4,x\n", "UTF-8"),
        (b'source,line,corrected\n"' + b"0" * 64 + b'"x,4,x\n', "CSV|does not say"),
        (b'{"source": 1\n', "JSON"),
        (b'{"source": 1}\n[]\n', "JSON"),
    ],
)
def test_a_file_that_is_none_is_told_and_nothing_is_kept(case, tmp_path, content, said):
    before = sorted((case.folder / "sources").iterdir())
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(UsageError, match=said):
        case.requeue(tmp_path / "bad.csv", "why")
    assert sorted((case.folder / "sources").iterdir()) == before


def test_only_what_is_in_quarantine_is_corrected_and_only_for_a_reason(case, tmp_path):
    sha256 = case.source("logins.csv").sha256
    (tmp_path / "rows.csv").write_text(f"source,line,corrected\n{sha256},2,x\n", "utf-8")
    with pytest.raises(UsageError, match="not in quarantine"):
        case.requeue(tmp_path / "rows.csv", "why")
    with pytest.raises(UsageError, match="reason"):
        case.requeue(tmp_path / "rows.csv", " ")


def test_spreadsheets_get_no_formula_and_take_none_for_text(tmp_path):
    rows = [QuarantinedRow("0" * 64, 3, 7, "ip", "ip", "no", "", raw) for raw in (b"=1+2", b"+44", b"a=b", b"\xff\0")]
    path = tmp_path / "rows.csv"
    corrections.write(path, rows, {"0" * 64: "@SUM(1).csv"})
    with path.open(encoding="utf-8-sig", newline="") as stream:
        read = list(csv.DictReader(stream))
    assert [row["raw"] for row in read] == ["'=1+2", "'+44", "a=b", "\\xff\\x00"]
    assert read[0]["file"] == "'@SUM(1).csv"
    path.write_text(f"source;line;corrected\n{'0' * 64};3;'+44,x\n{'0' * 64};4;'quoted'\n", "utf-8")
    assert [one.text for one in corrections.read(path, "x")] == ["+44,x", "'quoted'"]
    corrections.write(tmp_path / "rows.jsonl", rows, {})
    records = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text("utf-8").splitlines()]
    assert [base64.b64decode(one["raw_base64"]) for one in records] == [row.raw for row in rows]
    with pytest.raises(UsageError, match=r"\.csv or \.jsonl"):
        corrections.write(tmp_path / "rows.xlsx", rows, {})


def test_the_commands(case, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LINKGRAPH_CASE", str(case.folder))
    path = tmp_path / "rows.jsonl"
    assert main(["quarantine", "--export", str(path)]) == 0
    assert "2 rows" in capsys.readouterr().err
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    records[0]["corrected"], records[1]["corrected"] = FOUR, "still,bad"
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    assert main(["requeue", str(path), "--why", "typing error", "--json"]) == 3
    [found] = json.loads(capsys.readouterr().out)["sources"]
    assert (found["corrected"], found["stored"], found["quarantined"]) == (2, 1, 1)
    assert found["still"][0]["line"] == 6
    assert main(["requeue", str(path), "--why", "again"]) == 2
    assert "not in quarantine" in capsys.readouterr().err
    assert main(["verify"]) == 0
    assert linkgraph.open(case.folder).rebuild().equal
