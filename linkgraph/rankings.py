"""Hubs and leads as lists for the page, from findings that are kept or worked out now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linkgraph import algorithms
from linkgraph.graph import Graph
from linkgraph.viz.page_model import Entry, Ranking

TOP = 50
PAIRS = 50_000
"""Up to how many connected pairs of a graph its lists are worked out for a page; that takes seconds."""
_NOT_YET = "Not worked out for a case of this size: run 'linkgraph analyze', then make the page again."


def worked_out(graph: Graph) -> list[Ranking]:
    """Work the lists out; of a large graph only say how to get them."""
    if len(graph.pairs) > PAIRS:
        return [Ranking("leads", _NOT_YET, ()), Ranking("hubs", _NOT_YET, ())]
    hubs, leads = algorithms.hubs(graph, top=TOP), algorithms.leads(graph, top=TOP)
    return [_leads(leads.headline(), leads.to_json()), _hubs(hubs.headline(), hubs.to_json())]


def kept(answers: Mapping[str, tuple[str, Any]]) -> list[Ranking]:
    """Take the lists from findings.

    Args:
        answers: headline and stable form of the questions ``hubs`` and ``leads``.
    """
    return [_leads(*answers["leads"]), _hubs(*answers["hubs"])]


def _hubs(headline: str, records: Sequence[Mapping[str, Any]]) -> Ranking:
    # The better the mean rank the lower it is; the degree is what a reader can check.
    return Ranking(
        "hubs",
        headline,
        tuple(Entry(one["id"], float(one["degree"]), tuple(one["reasons"])) for one in records[:TOP]),
    )


def _leads(headline: str, records: Sequence[Mapping[str, Any]]) -> Ranking:
    return Ranking(
        "leads",
        headline,
        tuple(
            Entry(one["id"], float(one["score"]), tuple(term["reason"] for term in one["terms"]))
            for one in records[:TOP]
        ),
    )
