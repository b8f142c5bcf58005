"""What a notebook gets from a real server is what it gets from the case folder."""

from __future__ import annotations

import pytest

import linkgraph
from linkgraph.server import ServerCase

pytestmark = pytest.mark.neo4j

ACCOUNTS = (
    "account,service,email,country,role\n"
    "a,chat,x@example.org,GB,\nb,chat,x@example.org,DE,\nhidden,chat,own@example.org,FR,victim\n"
)
CHART = "source,target\nno date,none either\n"


@pytest.fixture
def cases(server, tmp_path):
    """The same case in its folder and on the server."""
    case = linkgraph.create(tmp_path / "case", agency="A", timezone="UTC")
    for kind, text in (("accounts", ACCOUNTS), ("links", CHART)):
        (tmp_path / f"{kind}.csv").write_text(text, "utf-8")
        case.ingest(kind, [tmp_path / f"{kind}.csv"])
    case.push(server)
    return case, ServerCase(server)


def test_tables_and_networks_are_equal(cases):
    here, there = cases
    assert there.entities().equals(here.entities())
    assert there.links().equals(here.links())
    ours, theirs = here.to_networkx(), there.to_networkx()
    assert dict(theirs.nodes(data=True)) == dict(ours.nodes(data=True))
    assert list(theirs.edges(keys=True, data=True)) == list(ours.edges(keys=True, data=True))
    assert there.to_rustworkx().nodes() == here.to_rustworkx().nodes()
    assert there.to_rustworkx().weighted_edge_list() == here.to_rustworkx().weighted_edge_list()


def test_victims_are_masked_and_not_in_the_picture(cases):
    _, there = cases
    text = there.entities().to_csv()
    assert "victim " in text
    assert "hidden" not in text
    assert "own@example.org" not in text
    shown = there.show(around="chat:a", hops=1)
    assert shown._repr_html_().startswith("<iframe")
