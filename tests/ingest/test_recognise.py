"""What a file is taken for: by content, by header, never by a guess."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkgraph.ingest import KINDS, saved, suggest
from linkgraph.ingest.mapping import Stated, load
from linkgraph.ingest.readers import SPECIAL
from linkgraph.ingest.recognise import MAIN_KIND, Verdict, formats, recognise, table_of

SAMPLE = Path(__file__).resolve().parents[2] / "sample_graphs" / "op-lantern"
IP_ROWS = b"193.0.6.139,amber_fox,2026-01-05T10:00:00Z\n193.0.6.140,blue_owl,2026-01-05T10:01:00Z\n"


@pytest.mark.parametrize(
    ("name", "kind", "reader"),
    [
        ("access.log", "ip-logs", "access-log"),
        ("chart.csv", "links", "delimited"),
        ("hashes.csv", "file-hashes", "delimited"),
        ("messages.csv", "contacts", "delimited"),
        ("payments.csv", "payments", "delimited"),
        ("statement.sta", "payments", "mt940"),
        ("returns/accounts.csv", "accounts", "delimited"),
        ("returns/logins.csv", "ip-logs", "delimited"),
        ("returns/logins_2.csv", "ip-logs", "delimited"),
    ],
)
def test_the_sample_case(name, kind, reader):
    # The name must not matter: content and header are enough.
    found = recognise((SAMPLE / name).read_bytes()[: 1 << 16], "x", Stated(timezone="UTC"))
    assert (found.verdict, found.kind, found.reader) == (Verdict.TAKE, kind, reader), found.why
    assert found.preview.columns
    assert len(found.preview.rows) == 3


@pytest.mark.parametrize("name", ["README.md", "truth.json"])
def test_what_is_no_evidence_is_left(name):
    assert recognise((SAMPLE / name).read_bytes()[: 1 << 16], name).verdict is Verdict.LEFT


def test_a_reader_of_several_kinds_has_a_main_kind():
    several = {one.name for one in SPECIAL if sum(one.name in kind.readers for kind in KINDS.values()) > 1}
    assert several <= set(MAIN_KIND), "say in MAIN_KIND what files of these readers are taken as by themselves"


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"", "empty"),
        (b" \r\n\n", "empty"),
        (b"\xff\xd8\xff\xe0" + b"x" * 100, "JPEG"),
        (b"\x00\x00\x00\x18ftypmp42" + b"\0" * 100, "MP4"),
        (b"%PDF-1.7\n", "PDF"),
        (bytes(range(256)) * 10, "no format"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 300, "no format"),
        (b"Dear colleague,\nplease find attached what you asked for, and more.\nYours\n", "no format"),
        (b'{"a": 1,\n "b": 2,\n "c": 3,\n "d": 4,\n "e": 5}\n', "no format"),
        (b"<html><body>a,b\nc,d\n</body></html>", "no format"),
        (b"user,ip,time\n", "no rows"),
    ],
)
def test_what_is_left_alone_and_why(head, why):
    found = recognise(head, "x.csv")
    assert found.verdict is Verdict.LEFT
    assert why in found.why


def test_a_zone_that_is_missing_is_asked_for():
    head = b"ip,user,time\n193.0.6.139,amber_fox,2026-01-05 10:00:00\n"
    found = recognise(head, "x")
    assert (found.verdict, found.kind, found.needs) == (Verdict.NEEDS, "ip-logs", ("--timezone",))
    assert "needs --timezone" in found.why
    assert recognise(head, "x", Stated(timezone="UTC")).verdict is Verdict.TAKE


def test_a_form_that_is_open_is_asked_for():
    head = b"ip,user,time\n193.0.6.139,amber_fox,05/01/2026 10:00\n"
    found = recognise(head, "x", Stated(timezone="UTC"))
    assert (found.verdict, found.needs) == (Verdict.NEEDS, ("--format time=…",))
    assert recognise(head, "x", Stated(timezone="UTC", formats={"time": "dd/mm/yyyy hh:mm"})).verdict is Verdict.TAKE


def test_another_encoding_is_asked_for():
    head = b"user,ip,time\n" + "Jörg,193.0.6.139,2026-01-05T10:00:00Z\n".encode("cp1252") * 4
    found = recognise(head, "x")
    assert (found.verdict, found.needs) == (Verdict.NEEDS, ("--encoding",))
    assert recognise(head, "x", Stated(encoding="cp1252")).kind == "ip-logs"


def test_utf_16_is_read():
    head = b"\xff\xfe" + ("ip,user,time\n" + IP_ROWS.decode()).encode("utf-16-le")
    assert recognise(head, "x").kind == "ip-logs"


def test_a_tie_is_not_guessed_and_a_name_may_break_it():
    head = b"from,to,date\namber_fox,blue_owl,2026-01-05\nblue_owl,amber_fox,2026-01-06\n"
    found = recognise(head, "export/1.csv")
    assert found.verdict is Verdict.UNDECIDED
    assert found.kind is None
    assert set(found.could_be) == {"contacts", "links"}
    assert "name the kind" in found.why
    assert recognise(head, "export/messages.csv").kind == "contacts"
    assert recognise(head, "messages-and-links.csv").verdict is Verdict.UNDECIDED
    assert recognise(head, "x", kind="links").kind == "links"


def test_a_name_alone_decides_nothing():
    head = b"colour,shape\nred,round\nblue,square\n"
    assert recognise(head, "payments/ip-logins.csv").verdict is Verdict.UNKNOWN


def test_one_column_of_many_is_too_little():
    head = b"user,score,level,colour\namber_fox,1,2,red\nblue_owl,3,4,blue\n"
    found = recognise(head, "x")
    assert (found.verdict, found.could_be) == (Verdict.UNDECIDED, ("accounts",))
    assert recognise(head, "x", kind="accounts").verdict is Verdict.TAKE


def test_cells_that_are_no_addresses_speak_against_a_header():
    head = b"host,user,time\nkitchen,amber_fox,2026-01-05T10:00:00Z\nhall,blue_owl,2026-01-05T10:01:00Z\n"
    found = recognise(head, "x")
    assert found.kind != "ip-logs"
    assert found.verdict is Verdict.UNDECIDED


def test_an_account_that_no_row_names_is_asked_for():
    head = b"ip_address,first_recorded_utc,last_recorded_utc\n193.0.6.139,2026-01-05 10:00:00,2026-01-06 09:00:00\n"
    found = recognise(head, "x")
    assert (found.verdict, found.kind, found.needs) == (Verdict.NEEDS, "ip-logs", ("--account",))
    assert recognise(head, "x", Stated(account="7001")).verdict is Verdict.TAKE
    assert recognise(head, "x", kind="ip-logs").verdict is Verdict.TAKE


def test_a_list_of_what_never_links_is_never_guessed():
    found = recognise(b"ip,comment\n193.0.6.139,exit\n193.0.6.140,exit\n", "x")
    assert (found.verdict, found.could_be) == (Verdict.UNDECIDED, ("known-addresses",))
    assert recognise(b"ip,comment\n193.0.6.139,exit\n", "x", kind="known-addresses").verdict is Verdict.TAKE
    digests = b"sha256\nd644de2f0dec6823fb5c9d5658f92deafd4bd030679a44dd23c49caea2cf62ba\n"
    assert recognise(digests, "x").kind == "file-hashes"


def test_a_table_without_a_header_is_never_taken():
    found = recognise(b"Hani,Majed,5\nAmber,Fox,3\n1,2,3\n", "links.csv")
    assert found.verdict is not Verdict.TAKE
    assert recognise(IP_ROWS, "logins.csv").verdict is Verdict.UNKNOWN
    stated = Stated(columns={"ip": 1, "account": 2, "time": 3}, header=False)
    assert recognise(IP_ROWS, "x", stated, kind="ip-logs").verdict is Verdict.TAKE


def test_a_list_of_digests_under_a_header():
    digest = b"d644de2f0dec6823fb5c9d5658f92deafd4bd030679a44dd23c49caea2cf62ba\n"
    assert recognise(b"sha256\n" + digest * 2, "x").kind == "file-hashes"
    assert recognise(digest * 2, "x").reader == "hash-list"
    assert recognise(b"user\nsomething\nelse\n", "x").verdict is not Verdict.TAKE


def test_a_preamble_does_not_hide_the_header():
    head = b"Subscriber report\nRequest,4711\nip,user,time\n" + IP_ROWS
    assert recognise(head, "x").kind == "ip-logs"


def test_every_reader_is_listed_with_a_line_about_it():
    listed = {one.name: one for one in formats()}
    assert {one.name for one in SPECIAL} | {"delimited", "xlsx"} <= set(listed)
    for one in listed.values():
        assert one.about and "\n" not in one.about and one.kinds, one.name


# -- mappings that are kept ----------------------------------------------------------------------

ODD = b"Client Addr,Who,When\n193.0.6.139,amber_fox,2026-01-05 10:00\n193.0.6.140,blue_owl,2026-01-05 10:01\n"
ODD_STATED = Stated(columns={"ip": "Client Addr", "account": "Who", "time": "When"}, timezone="Europe/London")


def test_a_mapping_is_kept_and_used_for_the_same_header(tmp_path):
    assert recognise(ODD, "x").verdict is Verdict.UNKNOWN
    kept = saved.save(tmp_path, "../Odd return", KINDS["ip-logs"], ["Client Addr", "Who", "When"], ODD_STATED)
    assert kept.path == tmp_path / "mappings" / "odd-return.toml"
    assert load(kept.path) == ODD_STATED
    [again] = saved.load_all(tmp_path)
    assert again == kept
    other = ODD.replace(b"Client Addr,Who", b"CLIENT_ADDR,who").replace(b"fox", b"hen")
    found = recognise(other, "x", saved=[again])
    assert (found.verdict, found.kind, found.by_mapping) == (Verdict.TAKE, "ip-logs", "odd-return.toml")
    assert found.stated.timezone == "Europe/London"
    assert recognise(other, "x", Stated(timezone="UTC"), saved=[again]).stated.timezone == "UTC"
    assert recognise(ODD.replace(b"Who", b"Who else"), "x", saved=[again]).verdict is Verdict.UNKNOWN


def test_a_second_mapping_for_a_header_replaces_the_first(tmp_path):
    header = ["Client Addr", "Who", "When"]
    first = saved.save(tmp_path, "one", KINDS["ip-logs"], header, ODD_STATED)
    second = saved.save(
        tmp_path, "two", KINDS["ip-logs"], header, Stated(columns={"ip": "Client Addr", "time": "When"})
    )
    third = saved.save(tmp_path, "one", KINDS["ip-logs"], ["other"], ODD_STATED)
    assert first.path == second.path
    assert third.path.name == "mapping-one-2.toml"
    assert len(saved.load_all(tmp_path)) == 2


@given(
    names=st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4, unique=True),
    other=st.text(max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_what_is_read(names, other, tmp_path_factory):
    printable = [name for name in names if name.isprintable() and name.encode("utf-8", "ignore").decode() == name]
    stated = Stated(
        columns=dict(zip(["ip", "account", "time", "until"], printable, strict=False)),
        service=other if other.isprintable() else None,
        formats={"time": '%d/%m/%Y \\ "%H"'},
        header=True,
        year=2025,
    )
    path = tmp_path_factory.mktemp("m") / "m.toml"
    path.write_text(saved.to_toml("ip-logs", ["a"], stated, {"port": "x\ny"}, ["re\nmark"]), "utf-8")
    assert load(path) == stated


@pytest.mark.parametrize("name", ["con", "..", "a/b\\c", "x" * 300, "Ünï", ""])
def test_a_mapping_has_a_name_for_every_disk(name):
    text = saved.slug(name)
    assert 5 <= len(text) <= 68 and all(char.isascii() and (char.isalnum() or char == "-") for char in text)


# -- suggestions ---------------------------------------------------------------------------------


def test_columns_are_suggested_by_name_and_by_cells():
    head = (
        b"Junk,Client Addr,Screen-Name of user,When (local),Mail\n"
        b"x,193.0.6.139,amber_fox,05/01/2026 10:00,a@example.org\n"
        b"y,193.0.6.140,blue_owl,06/01/2026 10:00,b@example.org\n"
    )
    table = table_of(head, Stated())
    found = {name: one.column for name, one in suggest.suggest(KINDS["ip-logs"], table).items()}
    assert found == {"ip": "Client Addr", "account": "Screen-Name of user", "time": "When (local)"}
    mails = suggest.suggest(KINDS["accounts"], table)
    assert mails["email"].column == "Mail"
    assert mails["ip"].column == "Client Addr"


def test_a_starter_says_what_is_open():
    table = table_of(ODD, Stated())
    stated, notes, remarks = suggest.starter(KINDS["ip-logs"], table)
    assert stated.columns == {"ip": "Client Addr", "time": "When"}
    assert suggest.missing(KINDS["ip-logs"], stated.columns) is None
    assert suggest.missing(KINDS["contacts"], {}) == "'sender' must have a column"
    assert "handle" in notes["account"]
    assert any("zone" in remark for remark in remarks)


def test_rows_are_shown_as_they_would_be_read():
    rows = suggest.typed(KINDS["ip-logs"], table_of(ODD, Stated()), ODD_STATED)
    assert rows[0] == {"ip": "193.0.6.139", "account": "amber_fox", "time": "2026-01-05T10:00:00Z"}
    bad = table_of(ODD.replace(b"193.0.6.139", b"010.0.0.1"), Stated())
    assert suggest.typed(KINDS["ip-logs"], bad, ODD_STATED)[0]["ip"].startswith("refused: ")


@given(st.binary(max_size=400) | st.text("ip,user time\n;\"1.2/'{<\0", max_size=200).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_taken_for_something(head):
    found = recognise(head, "x")
    assert found.why
    if found.verdict is Verdict.TAKE:
        assert found.kind in KINDS
