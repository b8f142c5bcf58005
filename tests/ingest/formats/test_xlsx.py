"""Workbooks through the command line."""

from __future__ import annotations

import json

import pytest
from imported import FIXTURES, imported
from workbooks import number, packed, workbook

import linkgraph
from linkgraph.cli import main

XLSX = FIXTURES / "xlsx"


def test_pinger_with_rows_before_the_header_and_errors(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", XLSX / "pinger.xlsx", "--service", "pinger")
    assert (done.code, done.counts) == (3, (3, 2, 0, 1))
    assert done.refused() == [(6, "cell-error")]
    [row] = linkgraph.open(done.case).quarantine()
    assert json.loads(row.raw) == ["blue_owl", "2026-01-05T11:00:00", "#N/A", "51001"]
    assert "in sheet 'IP log', 2 rows before the header were passed over" in done.said
    assert "sheets without a fitting header were passed over: Info" in done.said
    assert done.seen("USED_IP", "pinger:blue_owl", "193.0.6.139")[0] == "2026-01-05 10:00:00"


def test_cash_app_with_several_sheets(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", XLSX / "cash_app.xlsx", "--service", "cashapp")
    assert (done.code, done.counts) == (0, (3, 3, 0, 0))
    assert "sheet 'Older' is hidden in the workbook; it was read" in done.said
    assert done.seen("USED_IP", "cashapp:c_abc1", "193.0.6.139") == ("2025-01-05 10:00:00", "2026-01-05 10:00:00")


def test_cash_app_customers(tmp_path, capsys):
    done = imported(tmp_path, capsys, "accounts", XLSX / "cash_app.xlsx", "--service", "cashapp")
    assert done.code == 0
    assert {"Email amber@example.org", "Phone +442079460958"} <= done.entities()


def test_a_value_that_a_cleaner_refuses_keeps_its_cells(tmp_path, capsys):
    path = tmp_path / "log.xlsx"
    path.write_bytes(workbook({"log": [["user", "ip", "time"], ["a", "300.0.0.1", "2026-01-05T10:00:00Z"]]}))
    done = imported(tmp_path, capsys, "ip-logs", path)
    assert (done.code, done.counts) == (3, (1, 0, 0, 1))
    [row] = linkgraph.open(done.case).quarantine()
    assert json.loads(row.raw) == ["a", "300.0.0.1", "2026-01-05T10:00:00Z"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (workbook({"a": [["user", "ip", "time"]]}, more={"xl/media/image1.png": b"x"}), "pictures or embedded files"),
        (workbook({"a": [["user", "ip", "time"]]}, more={"xl/embeddings/o.bin": b"x"}), "pictures or embedded files"),
        (workbook({"a": [["user", "ip", "time"]]}, more={"xl/x.xml": b"\xff\xd8\xff\xe0"}), "pictures or embedded"),
        (workbook({"a": [["user", "ip", "time"]]}, more={"x": b" " * (4 << 20)}), "as a bomb does"),
        (workbook({"a": [["when", "where"], ["x", "y"]]}), "No column for"),
        (workbook({"a": []}), "holds no rows"),
        (workbook({"a": [["user", "ip", "time"], ["a", number("1"), "b"]]})[:-40], "damaged"),
        (packed({"a.csv": b"user,ip,time\n"}), "is a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as .xlsx or CSV"),
    ],
)
def test_what_is_refused_whole(tmp_path, capsys, content, said):
    path = tmp_path / "return.xlsx"
    path.write_bytes(content)
    done = imported(tmp_path, capsys, "ip-logs", path)
    assert done.code == 2
    assert said in done.said
    assert [one for one in (done.case / "sources").iterdir() if one.is_file()] == []


def test_the_same_workbook_again_changes_nothing(tmp_path, capsys):
    done = imported(tmp_path, capsys, "ip-logs", XLSX / "pinger.xlsx")
    assert main(["ingest", "ip-logs", str(XLSX / "pinger.xlsx"), "--case", str(done.case), "--json"]) == 0
    assert "already" in capsys.readouterr().out
