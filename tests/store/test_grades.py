"""What links are worth: each grade from evidence that calls for it, whichever file comes first."""

from __future__ import annotations

import itertools

import pytest

import linkgraph
from linkgraph.ingest.mapping import Stated
from linkgraph.store.grades import MANY_ACCOUNTS

HEADER = "account,service,ip,port,timestamp,end\n"
ROWS = {
    "port": "a,s,193.0.6.1,4711,2026-01-05T10:00:00Z,\n",
    "exact": "a,s,193.0.6.2,,2026-01-05T10:00:00Z,\n",
    "interval": "a,s,193.0.6.3,,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n",
    "private": "a,s,10.0.0.1,,2026-01-05T10:00:00Z,\n",
    "carrier": "a,s,100.64.0.1,,2026-01-05T10:00:00Z,\n",
}


@pytest.fixture
def case(tmp_path):
    return linkgraph.create(tmp_path / "case", agency="A", timezone="UTC")


def ingest(case, tmp_path, kind, text, name):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    [done] = case.ingest(kind, [path], stated=Stated())
    return done


def grades(case):
    graph = case.graph()
    values = dict(zip(graph.ids, graph.entities["value"].to_pylist(), strict=True))
    links = graph.links.to_pylist()
    return {(values[one["source"]], values[one["target"]]): one["grade"] for one in links}


def test_time_and_port_say_what_an_address_is_worth(case, tmp_path):
    ingest(case, tmp_path, "ip-logs", HEADER + "".join(ROWS.values()), "logins.csv")
    assert grades(case) == {
        ("s:a", "193.0.6.1"): "source port and exact time",
        ("s:a", "193.0.6.2"): "exact time, ordinary address",
        ("s:a", "193.0.6.3"): "interval only",
        ("s:a", "10.0.0.1"): "never links: private address",
        ("s:a", "100.64.0.1"): "never links: carrier-grade NAT address",
    }


def test_the_most_exact_row_of_a_link_counts(case, tmp_path):
    text = HEADER + ROWS["interval"] + ROWS["port"].replace("193.0.6.1", "193.0.6.3")
    ingest(case, tmp_path, "ip-logs", text, "logins.csv")
    assert grades(case) == {("s:a", "193.0.6.3"): "source port and exact time"}


def test_an_address_of_many_accounts_is_shared_and_is_no_longer_when_they_are_withdrawn(case, tmp_path):
    ingest(case, tmp_path, "ip-logs", HEADER + ROWS["exact"] + ROWS["port"].replace("6.1", "6.2"), "own.csv")
    crowd = "".join(f"user{n},s,193.0.6.2,,2026-01-05T10:00:00Z,\n" for n in range(MANY_ACCOUNTS))
    ingest(case, tmp_path, "ip-logs", HEADER + crowd, "crowd.csv")
    found = grades(case)
    shared = f"shared address: used by {MANY_ACCOUNTS + 1} accounts of this case"
    assert found["s:user0", "193.0.6.2"] == shared
    assert found["s:a", "193.0.6.2"] == f"source port and exact time, at a {shared}"
    case.withdraw("crowd.csv", "another case's")
    assert grades(case) == {("s:a", "193.0.6.2"): "source port and exact time"}


def orders(*files):
    return [pytest.param(order, id="-".join(name for _, _, name in order)) for order in itertools.permutations(files)]


EXITS = ("known-addresses", "ip\n193.0.6.2\n193.0.6.99\n", "exits.csv")
LOGINS = ("ip-logs", HEADER + ROWS["exact"], "logins.csv")


@pytest.mark.parametrize("files", orders(EXITS, LOGINS))
def test_a_list_of_exits_makes_an_address_shared_and_shows_nothing_itself(case, tmp_path, files):
    for file in files:
        assert ingest(case, tmp_path, *file).tally.quarantined == 0
    assert grades(case) == {("s:a", "193.0.6.2"): "shared address: on the list exits.csv"}
    assert case.counts().entities == {"Account": 1, "IPAddress": 1}
    assert case.verify().whole
    case.withdraw("exits.csv", "out of date")
    assert grades(case) == {("s:a", "193.0.6.2"): "exact time, ordinary address"}
    case.withdraw("logins.csv", "wrong")
    assert case.counts().entities == {}


SHARED = ("file-hashes", f"account,service,sha1,md5\na,s,{'1a' * 20},{'2b' * 16}\nb,s,{'3c' * 20},\n", "hashes.csv")
NSRL = ("known-files", f"md5,set_name\n{'2b' * 16},NSRL RDS 2026.03\n", "nsrl.csv")


@pytest.mark.parametrize("files", orders(SHARED, NSRL))
def test_a_known_file_never_links_by_whichever_digest_it_is_listed(case, tmp_path, files):
    for file in files:
        ingest(case, tmp_path, *file)
    assert grades(case) == {
        ("s:a", f"sha1:{'1a' * 20}"): "never links: known file (NSRL RDS 2026.03)",
        (f"sha1:{'1a' * 20}", f"md5:{'2b' * 16}"): "never links: known file (NSRL RDS 2026.03)",
        ("s:b", f"sha1:{'3c' * 20}"): None,
    }
    assert case.counts().entities == {"Account": 2, "FileHash": 3}
    case.withdraw("nsrl.csv", "another edition")
    assert not any(grades(case).values())


# -- perceptual hashes -----------------------------------------------------------------------------

PDQ = "0f" * 32
NEAR = "0e" + "0f" * 31
FAR = "f0" * 32


def similar(case):
    return {ends: grade for ends, grade in grades(case).items() if grade and grade.startswith("similar")}


def test_near_hashes_are_similar_files_with_the_rows_that_show_them(case, tmp_path):
    ingest(case, tmp_path, "file-hashes", f"account,pdq,quality\na,{PDQ},100\nb,{FAR},90\n", "one.csv")
    assert similar(case) == {}
    ingest(case, tmp_path, "file-hashes", f"pdq,quality\n{NEAR},80\n", "two.csv")
    [(ends, grade)] = similar(case).items()
    assert set(ends) == {f"pdq:{PDQ}", f"pdq:{NEAR}"}
    assert grade == "similar file: PDQ hashes 1 of 256 bits apart"
    assert case.counts().links == {"SHARED_FILE": 2, "SIMILAR_FILE": 1}
    path = case.path("a", f"pdq:{NEAR}")
    assert [len(path.evidence[link]) for link in path.path.link_ids()] == [1, 2]
    case.withdraw("two.csv", "wrong")
    assert similar(case) == {}
    assert case.counts().links == {"SHARED_FILE": 2}


def test_a_hash_of_too_little_quality_links_nothing_whenever_that_is_said(case, tmp_path):
    ingest(case, tmp_path, "file-hashes", f"pdq\n{PDQ}\n{NEAR}\n", "one.csv")
    [grade] = similar(case).values()
    assert grade.endswith("1 of 256 bits apart, quality not stated")
    ingest(case, tmp_path, "file-hashes", f"pdq,quality\n{NEAR},49\n", "two.csv")
    assert similar(case) == {}
    case.withdraw("two.csv", "measured again")
    assert len(similar(case)) == 1


def test_a_similar_file_is_worth_less_than_an_equal_digest(case, tmp_path):
    ingest(case, tmp_path, "file-hashes", f"account,pdq,quality\na,{PDQ},100\nb,{NEAR},100\n", "one.csv")
    graph = case.graph()
    kinds = graph.links["kind"].to_pylist()
    strength = dict(zip(kinds, graph.link_strength.tolist(), strict=True))
    assert strength["SIMILAR_FILE"] < strength["SHARED_FILE"] / 2
