"""What belongs to a victim and to nobody else, however the links run."""

from __future__ import annotations

import pytest
from networks import graph_of, identity

from linkgraph.model import LinkKind

HOLDS, USED = {"kind": LinkKind.HOLDS}, {"kind": LinkKind.USED_IP}


def masked(links, roles):
    """Give the names of what is masked, of entities that some links join."""
    graph = graph_of(links, roles=roles)
    return {
        name
        for name, entity in {name: identity(name) for link in links for name in link[:2]}.items()
        if entity in graph.substitutes
    }


@pytest.mark.parametrize(
    ("links", "roles", "expected"),
    [
        pytest.param(
            [("wren", "account", HOLDS), ("account", "mail", HOLDS), ("account", "address", USED)],
            {"wren": "victim"},
            {"wren", "account", "mail", "address"},
            id="what only a victim's account holds or used",
        ),
        pytest.param(
            [("wren", "account", HOLDS), ("wren", "mail", HOLDS), ("account", "mail", HOLDS)],
            {"wren": "victim"},
            {"wren", "account", "mail"},
            id="what a victim and a victim's account hold",
        ),
        pytest.param(
            [("wren", "account", HOLDS), ("account", "address", USED), ("fox", "address", USED)],
            {"wren": "victim"},
            {"wren", "account"},
            id="what somebody else used too stays in sight",
        ),
        pytest.param(
            [("wren", "account", HOLDS), ("wren", "other", HOLDS), ("other", "phone", HOLDS)],
            {"account": "victim"},
            {"wren", "account", "other", "phone"},
            id="who holds a victim's account is that victim",
        ),
        pytest.param(
            [("fox", "account", HOLDS), ("fox", "mail", HOLDS)],
            {"account": "victim", "fox": "suspect"},
            {"account"},
            id="but not the suspect who took it over",
        ),
        pytest.param(
            [("wren", "account", HOLDS), ("account", "mail", HOLDS), ("account", "phone", HOLDS)],
            {"mail": "victim"},
            {"wren", "account", "mail", "phone"},
            id="from an address up to the person and down again",
        ),
        pytest.param(
            [("fox", "address", USED), ("wren", "address", USED)],
            {"address": "victim"},
            {"address"},
            id="who used an address is not who has it",
        ),
        pytest.param([("fox", "hole", HOLDS)], {"fox": "suspect"}, set(), id="no victim"),
    ],
)
def test_what_is_hidden_with_a_victim(links, roles, expected):
    assert masked(links, roles) == expected


def test_a_part_of_a_graph_hides_what_the_whole_does():
    """The link that says whose the address is, is not of a kind that was asked for."""
    graph = graph_of(
        [("wren", "address", USED), ("address", "page", {"kind": LinkKind.VISITED})], roles={"wren": "victim"}
    )
    part = graph.select([LinkKind.VISITED])
    assert identity("wren") not in part.index
    assert part.substitutes == {identity("address"): f"of a victim {identity('address')[:8]}"}
    assert part.without([part.index[identity("page")]]).labels == list(part.substitutes.values())
