"""What the page carries: a graph with its evidence, as plain columns ready for JSON.

Keys of the model, stable within one ``format``; ``page/src/data.ts`` has the same with its types:

- ``format`` 2; ``case`` name; ``marking`` the strictest TLP 2.0 marking of the sources; ``zone`` the case's home
  zone; ``digest`` of the graph; ``facts`` pairs of name and value for "About this page"; ``explorer`` null in a file.
- Of the whole graph: ``totals``, ``victims_hidden``, ``community_method``, ``time`` ``[from, to]`` of links or null,
  ``histogram`` of links over time, ``country_sizes`` and ``flows`` between countries, ``bundles`` of links between
  communities; ``limit`` how many things are drawn at once, ``whole`` whether everything fits into that.
- ``kinds``, ``link_kinds``, ``countries``, ``country_words``, ``roles``: the words that columns point into.
- ``sources``: ``sha256, name, kind, marking, timezone, rows`` of each evidence file.
- ``communities``: ``id, number`` as in the findings (``""`` and 0 for the entities that are in none),
  ``x, y, radius`` of its circle, ``size``, ``kinds`` of its members, ``crossings``; largest first.
- ``lists``: hubs and leads, ``{name, headline, entries: [{entity, score, reasons}]}``.
- ``entities``, columns of equal length: ``id, node, kind, label, value`` (null where it is the label), ``country,
  country_words, role`` (−1: none), ``masked`` (what to show instead of the label of a victim or of what is a
  victim's alone), ``first, last, community, strength, degree, x, y, statements``. A statement is ``[name, value,
  basis in words, source, row]``, source −1 and row 0 where there is none.
- ``links``, columns: ``id, kind, source, target, count, weight, first, last, grade, amounts, evidence``.
  Evidence is a list of ``[source, "4-9,12", rows in all, rows written]``.
- ``observations``, columns: ``link, first, last, offset, source, row`` of the rows behind links that have a time.

Entities, links and observations are those that the page carries; a small case is carried whole. Times are whole
seconds since 1970 UTC, rounded down. Numbers such as ``kind`` and ``source`` count from 0. Labels are attackers'
input and are carried exactly; making them harmless is done where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from linkgraph.graph import Longs
from linkgraph.store.protocol import GraphStore
from linkgraph.viz.chosen import chosen
from linkgraph.viz.observations import NONE, observed
from linkgraph.viz.picture import LIMIT, Model, Picture

__all__ = ["FORMAT", "LIMIT", "Entry", "Model", "Ranking", "build", "frame"]

FORMAT = 2
ROOM = 20_000
"""For how many entities there is room in a page."""
_MARKINGS = ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR")


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of a list."""

    entity: str
    """Id."""
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list of entities worth looking at, best first."""

    name: str
    """``hubs`` or ``leads``."""
    headline: str
    entries: tuple[Entry, ...]


def build(
    picture: Picture,
    store: GraphStore,
    *,
    zone: str = "UTC",
    digest: str = "",
    rankings: Sequence[Ranking] = (),
    facts: Mapping[str, str] | None = None,
    events: pa.Table | None = None,
    room: int = ROOM,
    explorer: Mapping[str, object] | None = None,
) -> Model:
    """Make the model of a page.

    Args:
        picture: what is to be on the page.
        store: what its graph was read from.
        zone: IANA name of the case's home zone.
        digest: SHA-256 of the graph.
        rankings: lists of entities; those that are not in the picture are left out.
        facts: further lines for "About this page".
        events: single rows behind the links of the graph that the picture was made of, schema ``EVENTS``; None where
            there are none to be had.
        room: for how many entities; of a larger graph a part is carried.
        explorer: what the server behind the page can do; None for a file, which then says what it carries.

    Raises:
        IntegrityError: evidence names a source that the store does not have.
    """
    number = _numbers(picture, [entry.entity for ranking in rankings for entry in ranking.entries])
    nodes, links = chosen(picture, sorted(set(number.values())), room)
    model = frame(picture, nodes, links, store, zone=zone, digest=digest)
    place = {node: index for index, node in enumerate(nodes.tolist())}
    stated: list[tuple[str, str]] = model["facts"]  # type: ignore[assignment]  # frame makes them
    model["facts"] = [*stated, *(_carried(picture, nodes, links) if explorer is None else ()), *(facts or {}).items()]
    model["explorer"] = None if explorer is None else dict(explorer)
    model["lists"] = [
        {
            "name": ranking.name,
            "headline": ranking.headline,
            "entries": [
                {"entity": place[number[one.entity]], "score": one.score, "reasons": list(one.reasons)}
                for one in ranking.entries
                if one.entity in number
            ],
        }
        for ranking in rankings
    ]
    if events is not None:
        model["observations"] = observed(picture, links, events)
    return model


def frame(
    picture: Picture, nodes: Longs, links: Longs, store: GraphStore, *, zone: str = "UTC", digest: str = ""
) -> Model:
    """Give a model without lists and observations: the overview, and the columns of some entities and links.

    Args:
        picture: what is to be seen.
        nodes: node numbers, ascending.
        links: rows of links among these, ascending.
        store: what the graph was read from.
        zone: IANA name of the case's home zone.
        digest: SHA-256 of the graph.
    """
    columns = picture.columns(nodes, links, store)
    ends: dict[str, object] = columns["links"]  # type: ignore[assignment]  # columns makes it
    ends["source"] = np.searchsorted(nodes, picture.graph.source[links]).tolist()
    ends["target"] = np.searchsorted(nodes, picture.graph.target[links]).tolist()
    return {
        "format": FORMAT,
        "case": picture.case,
        "marking": _strictest([source.marking for source in picture.sources]),
        "zone": zone,
        "digest": digest,
        "facts": _facts(picture, columns),
        "sources": [
            {
                "sha256": source.sha256,
                "name": source.name,
                "kind": source.kind,
                "marking": source.marking,
                "timezone": source.timezone,
                "rows": source.read,
            }
            for source in picture.sources
        ],
        "lists": [],
        "observations": NONE,
        "explorer": None,
        **picture.overview(),
        **columns,
    }


def _numbers(picture: Picture, ids: Sequence[str]) -> dict[str, int]:
    """Give the node number of each id that is in the picture."""
    wanted = pa.array(sorted(set(ids)), pa.string())
    entities = picture.graph.entities["id"]
    there = np.flatnonzero(pa.compute.is_in(entities, value_set=wanted).to_numpy(zero_copy_only=False))
    return dict(zip(entities.take(pa.array(there)).to_pylist(), there.tolist(), strict=True))


def _carried(picture: Picture, nodes: Longs, links: Longs) -> list[tuple[str, str]]:
    n, m = len(picture.graph), picture.graph.links.num_rows
    if len(nodes) == n and len(links) == m:
        return []
    return [
        (
            "What this file carries",
            f"{len(nodes):,} of {n:,} entities and {len(links):,} of {m:,} links, with their evidence: those on the "
            "lists, ends of links across borders, and the strongest of every community. Communities, lines between "
            "them, the map and the histogram are of all. 'linkgraph explore' shows all.",
        )
    ]


def _facts(picture: Picture, columns: Model) -> list[tuple[str, str]]:
    communities = picture.communities
    entities: dict[str, list[list[list[object]]]] = columns["entities"]  # type: ignore[assignment]  # columns makes it
    bases = {str(basis) for said in entities["statements"] for _, _, basis, *_ in said}
    registries = sorted(basis.removeprefix("registered, by ") for basis in bases if basis.startswith("registered, by "))
    return [
        (
            "Communities",
            f"{communities.algorithm}, seed {communities.seed}, resolution {communities.resolution:g}; "
            f"modularity {communities.modularity:.4f}",
        ),
        ("Positions", "Fruchterman–Reingold forces, fixed seed: nearness on the page is not evidence"),
        (
            "Countries of addresses",
            "; ".join(f"registered to, by {one}" for one in registries) or "none looked up",
        ),
        ("Times", "UTC; seconds rounded down"),
    ]


def _strictest(markings: Sequence[str]) -> str:
    """Give the marking that the whole must carry; one that is not of TLP 2.0 is shown beside it."""
    known = [marking for marking in _MARKINGS if marking in markings][:1]
    return " ".join(known + sorted(set(markings) - set(_MARKINGS))) or "unmarked"
