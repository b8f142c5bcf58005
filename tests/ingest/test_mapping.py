"""Which column is which field."""

from __future__ import annotations

import pytest

from linkgraph.errors import UsageError
from linkgraph.ingest import KINDS
from linkgraph.ingest.mapping import Stated, fold, load, match_header, match_positions


@pytest.mark.parametrize(
    ("kind", "header", "expected"),
    [
        (
            "ip-logs",
            ["User", "IP Address", "Login Time"],
            {"account": "User", "ip": "IP Address", "time": "Login Time"},
        ),
        ("ip-logs", ["ts", "ip", "handle"], {"account": "handle", "ip": "ip", "time": "ts"}),
        (
            "links",
            ["Source", "Target", "Weight"],
            {"source": "Source", "target": "Target", "weight": "Weight"},
        ),
        (
            "payments",
            ["date", "from", "to", "amount"],
            {"sender": "from", "receiver": "to", "time": "date", "amount": "amount"},
        ),
        ("file-hashes", ["SHA-256", "MD5"], {"sha256": "SHA-256", "md5": "MD5"}),
    ],
)
def test_columns_are_found_by_name(kind, header, expected):
    assert dict(match_header(KINDS[kind], header, Stated()).columns) == expected


def test_a_required_field_without_a_column_is_a_miss():
    assert match_header(KINDS["ip-logs"], ["user", "when"], Stated()) is None


def test_payments_need_one_side_at_least():
    assert match_header(KINDS["payments"], ["date", "amount"], Stated()) is None


def test_what_the_analyst_states_wins():
    found = match_header(KINDS["ip-logs"], ["ip", "other ip", "time"], Stated(columns={"ip": "other ip"}))
    assert found.columns["ip"] == "other ip"
    assert found.unused == ("ip",)


def test_a_stated_column_that_is_not_there_is_an_error():
    with pytest.raises(UsageError, match="but the file has"):
        match_header(KINDS["ip-logs"], ["ip", "time"], Stated(columns={"account": "Who"}))


def test_a_field_that_does_not_exist_is_an_error():
    with pytest.raises(UsageError, match="is no field of ip-logs"):
        match_header(KINDS["ip-logs"], ["ip", "time"], Stated(columns={"wohnort": "x"}))


def test_a_list_without_header_is_source_target_and_a_weight_if_it_is_one():
    links = KINDS["links"]
    assert dict(match_positions(links, [["a", "b", "5", "1"]], Stated()).columns) == {
        "source": "column 1",
        "target": "column 2",
        "weight": "column 3",
    }
    assert set(match_positions(links, [["a", "b", "friend"]], Stated()).columns) == {"source", "target"}
    assert match_positions(KINDS["ip-logs"], [["a", "b", "5"]], Stated()) is None


def test_columns_can_be_stated_by_number():
    found = match_positions(KINDS["ip-logs"], [["1.1.1.1", "x"]], Stated(columns={"ip": 1, "time": 2}))
    assert dict(found.columns) == {"ip": "column 1", "time": "column 2"}


def test_a_mapping_file(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_text(
        'timezone = "Europe/London"\n[columns]\naccount = "Wer"\n[aliases]\n"A B" = ["A-B", "AB"]\n"C" = "D"\n',
        "utf-8",
    )
    stated = load(path)
    assert stated.timezone == "Europe/London"
    assert stated.columns == {"account": "Wer"}
    assert stated.canonical_of() == {"A-B": "A B", "AB": "A B", "D": "C"}


@pytest.mark.parametrize("text", ["not toml", 'colums = "typo"', "timezone = 5", "columns = 1", "[columns"])
def test_a_mapping_file_that_means_nothing_is_an_error(tmp_path, text):
    path = tmp_path / "mapping.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError):
        load(path)


def test_names_are_folded():
    assert fold("  Login-Time (UTC) ") == "login_time_utc"
