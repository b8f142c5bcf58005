"""Formats of their own: made again from evidence and log, and corrected row by row, as lines of text are."""

from __future__ import annotations

import json

import pytest
from imported import FIXTURES, imported
from workbooks import workbook

import linkgraph
from linkgraph.cli import main

FILES = [
    ("ip-logs", "auth_log/auth.log", ("--year", "2025", "--timezone", "UTC")),
    ("payments", "camt/camt053.xml", ()),
    ("reports", "cybertip_json/report.json", ()),
    ("reports", "cybertip_xml/report.xml", ()),
    ("file-hashes", "vics/cases-1.3.json", ("--file-names",)),
    ("ip-logs", "kik/bind.txt", ()),
    ("ip-logs", "radius/detail", ("--service", "example isp")),
    ("ip-logs", "w3c_log/iis.log", ("--service", "shop.example.org")),
    ("ip-logs", "snapchat/ip_data.csv", ()),
]
HOSTILE = [
    ("ip-logs", "auth_log/hostile.log", ("--year", "2026", "--timezone", "UTC")),
    ("payments", "camt/hostile.xml", ()),
    ("reports", "cybertip_json/hostile.json", ()),
    ("reports", "cybertip_xml/hostile.xml", ()),
    ("file-hashes", "vics/hostile.json", ()),
    ("file-hashes", "ncmec_hashes/hostile.xml", ()),
    ("ip-logs", "kik/hostile.txt", ()),
    ("ip-logs", "radius/hostile", ()),
    ("ip-logs", "w3c_log/hostile.log", ()),
    ("ip-logs", "snapchat/hostile.csv", ("--account", "amber_fox")),
]


def corrected(case, folder, correct):
    """Correct every refused row whose bytes are text, each by its own text; give what became of them."""
    path = folder / "rows.jsonl"
    case.export_quarantine(path)
    texts = {row.line: row.raw.decode() for row in case.quarantine() if _is_text(row.raw)}
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    path.write_text(
        "\n".join(json.dumps(one | {"corrected": correct(texts.get(one["line"], ""))}) for one in records), "utf-8"
    )
    return texts, case.requeue(path, "why")


def _is_text(raw):
    try:
        return bool(raw.decode().strip())
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize(("kind", "name", "options"), FILES, ids=[name for _, name, _ in FILES])
def test_evidence_and_log_give_the_same_store(tmp_path, capsys, kind, name, options):
    done = imported(tmp_path, capsys, kind, FIXTURES / name, *options)
    assert done.code in (0, 3)
    assert linkgraph.open(done.case).rebuild().equal


@pytest.mark.parametrize(("kind", "name", "options"), HOSTILE, ids=[name for _, name, _ in HOSTILE])
def test_a_row_corrected_to_what_it_was_is_refused_as_it_was(tmp_path, capsys, kind, name, options):
    case = linkgraph.open(imported(tmp_path, capsys, kind, FIXTURES / name, *options).case)
    before, digest = case.quarantine(), case.digest()
    texts, [done] = corrected(case, tmp_path, lambda text: text)
    assert texts
    assert {row.line for row in done.still} == set(texts)
    assert sorted(case.quarantine(), key=lambda row: row.line) == sorted(before, key=lambda row: row.line)
    assert case.digest() == digest
    assert case.verify().whole
    assert case.rebuild().equal


def test_a_record_is_corrected_in_its_place(tmp_path, capsys):
    wrong, right = "010.0.0.1", "193.0.6.77"
    case = linkgraph.open(imported(tmp_path, capsys, "reports", FIXTURES / "cybertip_json" / "hostile.json").case)
    lines = [row.line for row in case.quarantine() if wrong.encode() in row.raw and row.code == "ip-leading-zeros"]
    path = tmp_path / "rows.jsonl"
    case.export_quarantine(path)
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for one in records:
        one["corrected"] = one["raw"].replace(wrong, right) if one["line"] in lines else None
    path.write_text("\n".join(map(json.dumps, records)), "utf-8")
    [done] = case.requeue(path, "why")
    assert (done.tally.stored, done.tally.quarantined) == (len(lines), 0)
    assert [rows[0].row for rows in case.detail(right).evidence.values()] == lines
    assert case.rebuild().equal


def test_rows_of_a_workbook_are_corrected_by_importing_a_corrected_one(tmp_path, capsys):
    path = tmp_path / "logins.xlsx"
    path.write_bytes(workbook({"one": [["user", "ip", "time"], ["amber", "010.0.0.1", "2026-01-05T10:00:00Z"]]}))
    case = linkgraph.open(imported(tmp_path, capsys, "ip-logs", path).case)
    [row] = case.quarantine()
    rows = tmp_path / "rows.csv"
    rows.write_text(f"source,line,corrected\n{row.source},{row.line},x\n", "utf-8")
    capsys.readouterr()
    assert main(["requeue", str(rows), "--why", "why", "--case", str(case.folder)]) == 2
    assert "correct a copy of the file and import that" in capsys.readouterr().err
