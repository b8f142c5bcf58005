"""Tables read a second time: after a cut, and from evidence and log alone, they give the same rows."""

from __future__ import annotations

import pytest
from imported import FIXTURES, imported
from workbooks import workbook

import linkgraph
from linkgraph.cli import main
from linkgraph.ingest.mapping import Stated
from linkgraph.ingest.readers import delimited, xlsx

HEADER = ["User", "IP Address", "Date/Time (UTC)"]
ROWS = [[f"user_{at}", f"193.0.6.{at % 200}", f"2026-01-05 10:{at % 60:02}:00"] for at in range(300)]


class Killed(BaseException):
    pass


def kill(progress: object) -> None:
    if progress.rows > 100:  # type: ignore[attr-defined]
        raise Killed


@pytest.mark.parametrize("form", ["text", "workbook"])
def test_an_import_that_was_cut_off_goes_on(tmp_path, monkeypatch, form):
    path = tmp_path / f"long.{form}"
    if form == "text":
        lines = ["Report,for,", "", "2026", *(",".join(row) for row in [HEADER, *ROWS])]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        defaults = delimited.Delimited.__init__.__defaults__
        small = tuple(2048 if one == delimited.BLOCK_BYTES else one for one in defaults)
        monkeypatch.setattr(delimited.Delimited.__init__, "__defaults__", small)
    else:
        path.write_bytes(workbook({"one": [["Report"], HEADER, *ROWS[:80]], "two": [HEADER, *ROWS[80:]]}))
        monkeypatch.setattr(xlsx, "_BATCH_BYTES", 2048)
    case = linkgraph.create(tmp_path / "case", agency="A", timezone="UTC")
    with pytest.raises(Killed):
        case.ingest("ip-logs", [path], stated=Stated(), progress=kill)
    [source] = case.sources()
    assert not source.complete
    [done] = case.ingest("ip-logs", [path], stated=Stated())
    assert done.resumed
    assert (done.tally.read, done.tally.stored) == (300, 300)


@pytest.mark.parametrize(
    ("kind", "name", "options"),
    [
        ("ip-logs", "tables/discord.csv", ()),
        ("ip-logs", "xlsx/cash_app.xlsx", ("--service", "cashapp")),
        ("ip-logs", "xlsx/pinger.xlsx", ()),
        ("payments", "paypal/english.csv", ()),
        ("payments", "paypal/french.csv", ("--mapping", str(FIXTURES / "paypal" / "french.toml"))),
        ("payments", "remitter/transfers.csv", ("--service", "ria", "--timezone", "Europe/London")),
        ("payments", "remitter/merged_header.xlsx", ("--service", "ria", "--timezone", "Europe/London")),
        ("payments", "crypto/bitcoin.csv", ()),
    ],
)
def test_evidence_and_log_give_the_same_case(tmp_path, capsys, kind, name, options):
    done = imported(tmp_path, capsys, kind, FIXTURES / name, *options)
    assert done.code in (0, 3)
    assert main(["rebuild", "--case", str(done.case), "--json"]) == 0
    assert '"equal": true' in capsys.readouterr().out


def test_a_reader_that_is_named_is_the_one_that_reads(tmp_path, capsys):
    mapping = tmp_path / "plain.toml"
    columns = 'sender = "From Email Address"\ntime = "Date"\namount = "Gross"\n'
    mapping.write_text(f'reader = "delimited"\n[columns]\n{columns}', "utf-8")
    path = FIXTURES / "paypal" / "english.csv"
    done = imported(tmp_path, capsys, "payments", path, "--mapping", str(mapping))
    assert done.code in (0, 3)
    assert done.source["unused_columns"]
    assert "paypal" not in done.said
