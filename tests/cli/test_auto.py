"""Folders and archives of returns through the command line: what is taken, asked, left alone."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from workbooks import packed, workbook

import linkgraph
from linkgraph.cli import main
from linkgraph.ingest.mapping import Stated, load

SAMPLE = Path(__file__).resolve().parents[2] / "sample_graphs" / "op-lantern"
LOG = "ip,user,time\n193.0.6.139,amber_fox,2026-01-05T10:00:00Z\n"
LOCAL_LOG = "ip,user,time\n193.0.6.139,blue_owl,2026-01-05 10:00:00\n"
TIE = "from,to,date\namber_fox,blue_owl,2026-01-05\nblue_owl,amber_fox,2026-01-06\n"
ODD = "Client Addr,Person,When\n193.0.6.139,amber_fox,05/01/2026 10:00\n193.0.6.140,blue_owl,06/01/2026 10:00\n"
JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 20


class Terminal(io.StringIO):
    """A person at a terminal, with what he types."""

    def isatty(self):
        return True


@pytest.fixture
def case(tmp_path, monkeypatch):
    """An empty case, and a folder ``in`` for evidence in the folder one stands in."""
    monkeypatch.chdir(tmp_path)
    assert main(["init", "op", "--agency", "A", "--timezone", "Europe/London"]) == 0
    monkeypatch.setenv("LINKGRAPH_CASE", str(tmp_path / "op"))
    (tmp_path / "in").mkdir()
    return tmp_path / "op"


def put(**files):
    for name, content in files.items():
        path = Path("in") / name.replace("__", "/").replace("_csv", ".csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def zipped(name, members):
    with zipfile.ZipFile(Path("in") / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return Path("in") / name


def run(capsys, *arguments):
    """Run ``ingest auto`` with ``--json``; give its exit code and the files by name."""
    capsys.readouterr()
    code = main(["ingest", "auto", *map(str, arguments), "--json"])
    return code, {one["name"]: one for one in json.loads(capsys.readouterr().out)["files"]}


def answer(monkeypatch, *lines):
    monkeypatch.setattr("sys.stdin", Terminal("".join(f"{line}\n" for line in lines)))


def sources():
    return {one.name: one for one in linkgraph.open().sources()}


def test_the_sample_case_is_taken_as_its_analyst_took_it(case, capsys):
    code, files = run(capsys, SAMPLE, "--yes", "--timezone", "UTC")
    assert code == 3
    assert {name: one["kind"] for name, one in files.items() if one["imported"]} == {
        "access.log": "ip-logs",
        "chart.csv": "links",
        "hashes.csv": "file-hashes",
        "messages.csv": "contacts",
        "payments.csv": "payments",
        "statement.sta": "payments",
        "accounts.csv": "accounts",
        "logins.csv": "ip-logs",
        "logins_2.csv": "ip-logs",
    }
    assert {name for name, one in files.items() if one["verdict"] == "left"} == {"README.md", "truth.json"}
    assert files["logins.csv"]["imported"]["quarantined"] == 6
    code, files = run(capsys, SAMPLE, "--yes", "--timezone", "UTC")
    assert code == 0
    assert "already imported" in files["access.log"]["why"]
    assert main(["verify"]) == 0


def test_the_sample_case_from_an_archive_gives_the_same_graph(case, capsys, tmp_path):
    shutil.make_archive("returns", "zip", SAMPLE)
    code, files = run(capsys, "returns.zip", "--yes", "--timezone", "UTC")
    assert code == 3
    assert sum(one["imported"] is not None for one in files.values()) == 9
    assert "returns.zip/returns/logins.csv" in sources()
    assert sorted(one.name for one in case.iterdir() if one.name.startswith("incoming")) == []
    assert main(["init", "folder", "--agency", "A", "--timezone", "UTC"]) == 0
    assert main(["ingest", "auto", str(SAMPLE), "--yes", "--timezone", "UTC", "--case", "folder"]) == 3
    assert linkgraph.open().counts().links == linkgraph.open("folder").counts().links


def test_without_a_terminal_nothing_is_imported(case, capsys, monkeypatch):
    put(a_csv=LOG)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    before = sorted(one.name for one in case.rglob("*"))
    assert main(["ingest", "auto", "in"]) == 0
    told = capsys.readouterr()
    assert "a.csv: ip-logs, read by delimited: 3 of its 3 columns are fields of ip-logs." in told.out
    assert "amber_fox" in told.out
    assert "Nothing was imported" in told.err and "--yes" in told.err
    assert sources() == {}
    assert sorted(one.name for one in case.rglob("*")) == before


def test_what_is_left_alone_and_why(case, capsys):
    put(
        a_csv=LOG,
        again_csv=LOG,
        empty_csv="",
        **{"photo.csv": JPEG, ".DS_Store": "x", "Thumbs.db": "x", "note.txt": "Hello, reader.\nBye.\n"},
        **{".hidden__a_csv": LOG, "sub__b.csv.gz": gzip.compress(LOCAL_LOG.encode())},
    )
    code, files = run(capsys, "in", "--yes")
    assert code == 3
    why = {name: one["why"] for name, one in files.items()}
    assert files["a.csv"]["imported"]["stored"] == 1
    assert "same bytes as 'a.csv'" in why["again.csv"]
    assert "empty" in why["empty.csv"]
    assert "JPEG" in why["photo.csv"]
    assert "hidden" in why[".DS_Store"] and "hidden" in why["Thumbs.db"] and "hidden" in why[".hidden"]
    assert files["b.csv.gz"]["needs"] == ["--timezone"]
    assert list(files) == sorted(files, key=lambda name: (name == "b.csv.gz", name))
    assert len(list((case / "sources").glob("*[0-9a-f]"))) == 1


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_links_and_pipes_and_cases_are_not_followed(case, capsys, tmp_path):
    put(a_csv=LOG)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.csv").write_text(LOCAL_LOG)
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / "file.csv").symlink_to(tmp_path / "outside" / "x.csv")
    os.mkfifo(tmp_path / "in" / "pipe")
    code, files = run(capsys, ".", "--yes")
    assert code == 3
    assert "link" in files["folder"]["why"] and "link" in files["file.csv"]["why"]
    assert files["pipe"]["why"] == "it is no file"
    assert files["op"]["why"] == "it is a case folder"
    assert files["a.csv"]["imported"]
    assert files["x.csv"]["verdict"] == "needs"


def test_members_of_an_archive_say_where_they_are_from(case, capsys):
    path = zipped("r.zip", [("x/a.csv", LOG), ("x/photo.csv", JPEG), ("x/in.zip", b"PK\x03\x04zip"), ("._a", "x")])
    code, files = run(capsys, "in", "--yes")
    assert code == 0
    assert "JPEG" in files["r.zip/x/photo.csv"]["why"]
    assert "archive within an archive" in files["r.zip/x/in.zip"]["why"]
    assert files["r.zip/._a"]["verdict"] == "left"
    [source] = sources().values()
    assert source.name == "r.zip/x/a.csv"
    import hashlib

    assert source.mapping["container"] == {
        "name": "r.zip",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "member": "x/a.csv",
    }
    held = [one for one in case.rglob("*") if one.is_file() and one.suffix != ".duckdb"]
    assert not any(b"picture" in one.read_bytes() for one in held)
    code, files = run(capsys, "in", "--yes")
    assert "already imported" in files["r.zip/x/a.csv"]["why"]


def test_a_workbook_is_no_archive_of_returns(case, capsys):
    rows = [
        ["Report for request 4711"],
        ["Account", "IP address", "Login time"],
        ["amber_fox", "193.0.6.139", "2026-01-05T10:00:00Z"],
    ]
    book = workbook({"Logins": rows})
    other = workbook({"Logins": [*rows, ["blue_owl", "193.0.6.140", "2026-01-05T11:00:00Z"]]})
    pictured = workbook({"Logins": [*rows, *rows[2:]]}, more={"xl/media/image1.jpeg": JPEG})
    odd = workbook({"Sheet": [["a", "b"], ["1", "2"]]})
    put(**{"book.xlsx": book, "pictured.xlsx": pictured, "odd.xlsx": odd})
    zipped("r.zip", [("book.xlsx", other), ("letter.docx", packed({"[Content_Types].xml": b"", "word/x.xml": b""}))])
    code, files = run(capsys, "in", "--yes")
    assert code == 3
    assert (files["book.xlsx"]["kind"], files["book.xlsx"]["reader"]) == ("ip-logs", "xlsx")
    assert files["book.xlsx"]["preview"]["rows"] == [["amber_fox", "193.0.6.139", "2026-01-05T10:00:00Z"]]
    assert files["book.xlsx"]["imported"]["stored"] == 1
    assert files["r.zip/book.xlsx"]["imported"]["read"] == 2
    assert files["r.zip/letter.docx"]["verdict"] == "left"
    assert "pictures" in files["pictured.xlsx"]["why"]
    assert "no sheet" in files["odd.xlsx"]["why"]
    assert set(sources()) == {"book.xlsx", "r.zip/book.xlsx"}


def hostile():
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return {
        "traversal": [("a.csv", LOG), ("../../evil.csv", LOG)],
        "absolute": [("a.csv", LOG), ("/evil.csv", LOG)],
        "drive": [("a.csv", LOG), ("C:evil.csv", LOG)],
        "link": [("a.csv", LOG), (link, "/etc/passwd")],
        "twice": [("a.csv", LOG), ("a.csv", LOG)],
        "bomb": [("a.csv", LOG), ("b.csv", b"0" * (32 << 20))],
    }


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", hostile())
def test_a_hostile_archive_is_refused_whole_and_stops_nothing_else(case, capsys, tmp_path, name):
    put(fine_csv=LOG.replace("fox", "hen"))
    zipped("bad.zip", hostile()[name])
    code, files = run(capsys, "in", "--yes")
    assert code == 4
    assert "refused whole" in files["bad.zip"]["fault"]
    assert set(sources()) == {"fine.csv"}
    assert not list(tmp_path.rglob("evil.csv"))
    assert not list(case.glob("incoming*"))


def test_an_encrypted_or_damaged_archive_is_told(case, capsys):
    put(fine_csv=LOG)
    path = zipped("cut.zip", [("a.csv", LOCAL_LOG)])
    path.write_bytes(path.read_bytes()[:-10])
    code, files = run(capsys, "in", "--yes")
    assert code == 3
    assert "damaged" in files["cut.zip"]["fault"]
    assert files["fine.csv"]["imported"]


def test_an_archive_is_asked_for_by_no_name_that_is_not_there(case, capsys):
    assert main(["ingest", "auto", "nowhere", "--yes"]) == 2
    assert "no file or folder" in capsys.readouterr().err


# -- asking --------------------------------------------------------------------------------------


def test_one_by_one_and_all(case, monkeypatch):
    put(a_csv=LOG, b_csv=LOG.replace("fox", "hen"), c_csv=LOG.replace("fox", "elk"), d_csv=LOG.replace("fox", "eel"))
    answer(monkeypatch, "n", "y", "a")
    assert main(["ingest", "auto", "in"]) == 0
    assert set(sources()) == {"b.csv", "c.csv", "d.csv"}


def test_a_zone_and_a_kind_are_asked_for(case, monkeypatch, capsys):
    put(a_csv=LOCAL_LOG, b_csv=TIE)
    answer(monkeypatch, "Europe/Narnia", "Europe/Paris", "y", "contacts", "y")
    assert main(["ingest", "auto", "in"]) == 0
    found = sources()
    assert (found["a.csv"].kind, found["a.csv"].timezone) == ("ip-logs", "Europe/Paris")
    assert found["b.csv"].kind == "contacts"
    assert "no time zone" in capsys.readouterr().err


def test_other_things_that_must_be_stated_are_asked_for(case, monkeypatch):
    put(auth_log="Jan  5 10:00:00 web sshd[1]: Accepted password for amber from 193.0.6.139 port 50022 ssh2\n" * 3)
    put(latin_csv=b"ip,user,time\n" + "193.0.6.139,Jörg,2026-01-05T10:00:00Z\n".encode("cp1252") * 4)
    answer(monkeypatch, "soon", "2026", "UTC", "y", "klingon", "-")
    assert main(["ingest", "auto", "in"]) == 0
    assert set(sources()) == {"auth_log"}
    answer(monkeypatch, "cp1252", "y")
    assert main(["ingest", "auto", "in"]) == 0
    assert set(sources()) == {"auth_log", "latin.csv"}


def test_the_kind_can_be_said_for_all(case, capsys):
    put(b_csv=TIE)
    code, files = run(capsys, "in", "--yes")
    assert (code, files["b.csv"]["verdict"], files["b.csv"]["could_be"]) == (3, "undecided", ["contacts", "links"])
    code, files = run(capsys, "in", "--yes", "--kind", "links")
    assert (code, files["b.csv"]["imported"]["kind"]) == (0, "links")


def test_an_unknown_table_is_mapped_once_and_then_known(case, monkeypatch, capsys):
    put(one_csv=ODD, two_csv=ODD.replace("fox", "hen"))
    # kind; ip and time as suggested; account in column 2; no service, until, resource …; day first; zone; so; its name.
    columns = ["", "", "2", *["-"] * 20]
    from linkgraph.ingest import KINDS
    from linkgraph.ingest.suggest import worth_asking

    asked = [one.name for one in worth_asking(KINDS["ip-logs"])]
    assert asked[:3] == ["ip", "time", "account"]
    answer(monkeypatch, "ip-logs", *columns[: len(asked)], "d", "Europe/London", "y", "Odd return", "y", "y")
    assert main(["ingest", "auto", "in"]) == 0
    told = capsys.readouterr().err
    assert "kept as" in told.lower()
    assert "2026-01-05T10:00:00Z" in told
    kept = load(case / "mappings" / "odd-return.toml")
    assert kept.columns == {"ip": "Client Addr", "time": "When", "account": "Person"}
    assert kept.formats == {"time": "dd/mm/yyyy hh:mm"}
    assert kept.timezone == "Europe/London"
    assert set(sources()) == {"one.csv", "two.csv"}
    put(three_csv=ODD.replace("fox", "elk"))
    code, files = run(capsys, "in", "--yes")
    assert code == 0
    assert files["three.csv"]["mapping"] == "odd-return.toml"
    assert files["three.csv"]["imported"]["stored"] == 1


def test_a_table_without_a_header_is_mapped_by_number(case, monkeypatch, capsys):
    put(one_csv="193.0.6.139,amber_fox,2026-01-05T10:00:00Z\n193.0.6.140,blue_owl,2026-01-05T10:01:00Z\n")
    from linkgraph.ingest import KINDS
    from linkgraph.ingest.suggest import worth_asking

    number = len(worth_asking(KINDS["ip-logs"]))
    answer(monkeypatch, "ip-logs", "", "", "2", *["-"] * (number - 3), "y", "bare", "y")
    assert main(["ingest", "auto", "in"]) == 0
    [source] = sources().values()
    assert (source.stored, source.quarantined) == (2, 0)


def test_an_unknown_table_may_be_left_alone(case, monkeypatch):
    put(one_csv=ODD)
    answer(monkeypatch, "-")
    assert main(["ingest", "auto", "in"]) == 0
    assert sources() == {}


# -- forcing, formats, starters ------------------------------------------------------------------


def test_a_reader_is_forced(case, capsys):
    put(a_log="junk\nmore junk\nand more\n" + (SAMPLE / "access.log").read_text("utf-8").split("\n")[0] + "\n")
    assert main(["ingest", "ip-logs", "in/a_log"]) == 2
    assert main(["ingest", "ip-logs", "in/a_log", "--reader", "access-log"]) == 3
    [source] = sources().values()
    assert (source.stored, source.quarantined) == (1, 3)
    assert source.reader.startswith("access-log")
    put(b_csv=LOG)
    assert main(["ingest", "ip-logs", "in/b.csv", "--reader", "access-log"]) == 2
    assert "is not what the reader 'access-log' reads" in capsys.readouterr().err
    assert main(["ingest", "ip-logs", "in/b.csv", "--reader", "mt940"]) == 2
    assert "There is no reader 'mt940' for ip-logs" in capsys.readouterr().err
    assert main(["ingest", "ip-logs", "in/b.csv", "--reader", "delimited"]) == 0
    assert main(["ingest", "auto", "in", "--reader", "delimited"]) == 2
    assert main(["ingest", "ip-logs", "in/b.csv", "--yes"]) == 2


def test_formats_lists_every_reader(capsys):
    assert main(["formats", "--json"]) == 0
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert listed["access-log"]["kinds"] == ["ip-logs"]
    assert "ip-logs" in listed["delimited"]["kinds"]
    assert main(["formats"]) == 0


def test_a_starter_is_written(case, capsys):
    put(odd_csv=ODD.replace("Person", "User name"))
    assert main(["mapping", "in/odd.csv", "--kind", "ip-logs", "-o", "m.toml"]) == 0
    assert load(Path("m.toml")).columns == {"ip": "Client Addr", "account": "User name", "time": "When"}
    text = Path("m.toml").read_text("utf-8")
    assert "# service = …" in text and "day or the month first" in text
    assert main(["mapping", "in/odd.csv", "--kind", "ip-logs", "-o", "m.toml"]) == 2
    assert main(["mapping", "in/odd.csv", "--kind", "films", "-o", "n.toml"]) == 2
    put(photo=JPEG)
    assert main(["mapping", "in/photo", "--kind", "ip-logs", "-o", "n.toml"]) == 2
    (case / "mappings").mkdir()
    shutil.copy("m.toml", case / "mappings" / "m.toml")
    code, files = run(capsys, "in/odd.csv", "--yes", "--timezone", "UTC", "--format", "time=dd/mm/yyyy hh:mm")
    assert (code, files["odd.csv"]["mapping"]) == (0, "m.toml")


def test_python_does_the_same(case):
    put(a_csv=LOG, b_csv=LOCAL_LOG)
    opened = linkgraph.open()
    found = opened.recognise(["in"])
    assert [(one.name, str(one.verdict)) for one in found] == [("a.csv", "take"), ("b.csv", "needs")]
    assert [one.imported.name for one in opened.ingest_auto(["in"])] == ["a.csv"]
    assert [one.imported.name for one in opened.ingest_auto(["in"], stated=Stated(timezone="UTC"))] == ["b.csv"]
