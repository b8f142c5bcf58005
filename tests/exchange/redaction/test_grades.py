"""What a link is worth, told without what only the owner of the case may know."""

from __future__ import annotations

from typing import get_args

import pytest
from exchange.redaction.cases import redacted
from exchange.tables import entity, extract, link

import linkgraph
from linkgraph import sharing
from linkgraph.ingest.mapping import Stated
from linkgraph.ingest.values.ip import Scope
from linkgraph.model import EntityKind, LinkKind
from linkgraph.sharing import Asked
from linkgraph.store.grades import without_names

MD5, SHA256 = "2b" * 16, "3c" * 32


@pytest.mark.parametrize(
    ("grade", "told"),
    [
        ("never links: known file (Operation LANTERN\ncovert set)", "never links: known file"),
        ("shared address: on the list Wilhelmina Wren phone dump.csv", "shared address: on a list"),
        ("shared address: used by 31 accounts of this case", "shared address: used by many accounts"),
        (
            "source port and exact time, at a shared address: used by 31 accounts of this case",
            "source port and exact time, at a shared address: used by many accounts",
        ),
        ("similar file: PDQ hashes 12 of 256 bits apart", "similar file: PDQ hashes 12 of 256 bits apart"),
        ("never links: carrier-grade NAT address", "never links: carrier-grade NAT address"),
        ("interval only", "interval only"),
        ("seen by Wilhelmina", None),
        ("interval only, says Wilhelmina", None),
        ("shared address: on the list", None),
    ],
)
def test_a_grade_is_told_in_words_of_a_closed_set(grade, told):
    assert without_names(grade) == told
    one, two = entity(EntityKind.ACCOUNT, "chat:fox"), entity(EntityKind.ACCOUNT, "chat:owl")
    found = redacted(extract([one, two], [link(LinkKind.LINKED, one, two, grade=grade)]), "joint-team")
    assert found.extract.links["grade"].to_pylist() == [told]


def test_every_reach_of_an_address_is_told():
    for scope in get_args(Scope):
        assert without_names(f"never links: {scope} address") == f"never links: {scope} address"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("grades")
    made = linkgraph.create(folder / "case", agency="Agency A", timezone="UTC")

    def put(kind, name, text, marking="TLP:GREEN"):
        (folder / name).write_text(text, "utf-8")
        made.ingest(kind, [folder / name], stated=Stated(timezone="UTC", service="chat"), marking=marking)

    logins = [f"{who},193.0.6.139,2026-01-01T10:00:00Z" for who in ("fox", "owl")]
    logins += [f"jay{number},193.0.6.140,2026-01-01T10:00:00Z" for number in range(25)]
    logins += ["fox,10.0.0.1,2026-01-01T10:00:00Z"]
    put("ip-logs", "logins.csv", "account,ip,time\n" + "\n".join(logins) + "\n")
    put("known-addresses", "Wilhelmina Wren phone dump.csv", "ip\n193.0.6.139\n")
    put("file-hashes", "both.csv", f"account,md5,sha256\nfox,{MD5},{SHA256}\n")
    put("file-hashes", "one.csv", f"account,sha256\ncrow,{SHA256}\n")
    put("known-files", "red.csv", f"md5,set_name\n{MD5},Operation LANTERN covert set\n", "TLP:RED")
    return made


def test_all_grades_that_a_case_gives_can_be_told(case):
    grades = {one for one in case.graph().links["grade"].to_pylist() if one is not None}
    assert {one.partition(" (")[0].partition(" Wil")[0] for one in grades} == {
        "never links: known file",
        "shared address: on the list",
        "shared address: used by 25 accounts of this case",
        "never links: private address",
    }
    assert None not in set(map(without_names, grades))


def test_what_rests_on_a_stricter_list_is_marked_like_it(case):
    """The list names the MD5, and the link is to the SHA-256 of the same file."""
    found = sharing.preview(case, Asked("joint-team"))
    kinds = set(found.extract.links["kind"].to_pylist())
    assert LinkKind.SHARED_FILE not in kinds
    assert set(found.extract.links["grade"].to_pylist()) == {
        "shared address: on a list",
        "shared address: used by many accounts",
        "never links: private address",
    }
    whole = sharing.preview(case, Asked("court"))
    shared = [one for one in whole.extract.links.to_pylist() if one["kind"] == LinkKind.SHARED_FILE]
    assert {(one["marking"], one["grade"]) for one in shared} == {("TLP:RED", "never links: known file")}
