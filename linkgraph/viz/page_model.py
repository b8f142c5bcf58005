"""What the page carries: a graph with its evidence, as plain columns ready for JSON.

Keys of the model, stable within one ``format``:

- ``format`` 1; ``case`` name; ``marking`` the strictest TLP 2.0 marking of the sources; ``facts`` pairs of
  name and value for "About this page"; ``limit`` how many things are drawn at once; ``whole`` whether
  everything fits into that; ``victims_hidden`` how many victims were left out; ``community_method`` in words;
  ``time`` ``[from, to]`` of all links or null.
- ``kinds``, ``link_kinds``, ``countries``, ``country_words``, ``roles``: the words that columns point into.
- ``sources``: ``sha256, name, kind, marking, timezone, rows`` of each evidence file.
- ``communities``: ``id, number`` as in the findings (``""`` and 0 for the entities that are in none),
  ``x, y, radius`` of its circle, ``size``; largest first.
- ``entities``, columns of equal length: ``id, kind, label, value`` (null where it is the label), ``country,
  country_words, role`` (−1: none), ``masked`` (what to show instead of the label of a victim or of what is a
  victim's alone), ``first, last``, ``community, strength, x, y, statements``. A statement is ``[name, value,
  basis in words, source, row]``, source −1 and row 0 where there is none.
- ``links``, columns: ``id, kind, source, target, count, weight, first, last, grade, amounts, evidence``.
  Evidence is a list of ``[source, "4-9,12", rows in all, rows written]``.

Times are whole seconds since 1970 UTC, rounded down. Numbers such as ``kind`` and ``source`` count from 0.
Labels are attackers' input and are carried exactly; making them harmless is done where they are shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from linkgraph import evidence as rows_of
from linkgraph.algorithms.communities import Communities
from linkgraph.errors import IntegrityError
from linkgraph.graph import Graph, Ints
from linkgraph.model import Attribute, Basis, EntityKind, Evidence, LinkKind, Role, Source
from linkgraph.viz.layout import Layout, arrange
from linkgraph.wording import country_words

FORMAT = 1
LIMIT = 1000
"""How many entities, links and communities are drawn at once; above it browsers without a GPU crawl."""
RANGES_PER_LINK = 200
"""How many ranges of rows are written for one link; what is cut is counted."""

_MARKINGS = ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR")
_BASIS = {
    Basis.STATED: "stated",
    Basis.REGISTERED: "registered, by {}",
    Basis.CODE: "part of the identifier: {}",
    Basis.DERIVED: "derived: {}",
}

Model = dict[str, object]


def build(
    graph: Graph,
    communities: Communities,
    *,
    case: str,
    sources: Sequence[Source],
    evidence: Mapping[str, tuple[Evidence, ...]],
    attributes: Mapping[str, tuple[Attribute, ...]],
    show_victims: bool = False,
    facts: Mapping[str, str] | None = None,
) -> Model:
    """Make the model of a graph.

    Args:
        graph: what is to be on the page.
        communities: those of this very graph.
        case: name of the case.
        sources: the evidence files, in the order they are to be listed.
        evidence: the rows behind each link, by link id.
        attributes: what is said of each entity, by entity id.
        show_victims: keep victims, and what is theirs alone, their labels masked until asked for. Otherwise
            neither they nor their links nor anything said of them is in the model; only their number is.
        facts: further lines for "About this page", for instance the digest of the graph.

    Raises:
        IntegrityError: evidence names a source that is not among ``sources``.
    """
    victims = 0 if show_victims else int(graph.victims.sum())
    hidden = np.zeros(len(graph), bool)
    if not show_victims:
        hidden[[graph.index[entity] for entity in graph.substitutes]] = True
    membership = communities.membership[~hidden]
    graph = graph.without(np.flatnonzero(hidden)) if hidden.any() else graph
    group, numbers = _groups(membership)
    strength = _node_strength(graph)
    whole = len(graph) + graph.links.num_rows <= LIMIT
    if whole:
        layout = arrange(graph.source, graph.target, graph.component, strength, whole=True)
    else:
        layout = arrange(graph.source, graph.target, group, strength)

    place = {source.sha256: index for index, source in enumerate(sources)}
    countries = sorted({country for country in graph.countries if country})
    words = [
        country_words(country, basis, _origin(country, basis, attributes.get(entity, ())))
        for entity, country, basis in zip(
            graph.ids, graph.countries, graph.entities["country_basis"].to_pylist(), strict=True
        )
    ]
    all_words = sorted({said for said in words if said})
    kinds = [kind for kind in map(str, EntityKind) if kind in set(graph.kinds)]
    links_of_kind = graph.links["kind"].to_pylist()
    link_kinds = [kind for kind in map(str, LinkKind) if kind in set(links_of_kind)]
    first, last = _seconds(graph.links["first_seen"]), _seconds(graph.links["last_seen"])
    times = [time for time in (*first, *last) if time is not None]
    return {
        "format": FORMAT,
        "case": case,
        "marking": _strictest([source.marking for source in sources]),
        "facts": [*_facts(communities, attributes, graph.ids), *(facts or {}).items()],
        "limit": LIMIT,
        "whole": whole,
        "victims_hidden": victims,
        "community_method": f"{communities.algorithm}, modularity {communities.modularity:.3f}",
        "time": [min(times), max(times)] if times else None,
        "kinds": kinds,
        "link_kinds": link_kinds,
        "countries": countries,
        "country_words": all_words,
        "roles": list(map(str, Role)),
        "sources": [
            {
                "sha256": source.sha256,
                "name": source.name,
                "kind": source.kind,
                "marking": source.marking,
                "timezone": source.timezone,
                "rows": source.read,
            }
            for source in sources
        ],
        "communities": _circles(communities, numbers, group, layout, whole),
        "entities": _entities(graph, attributes, place)
        | {
            "kind": _codes(graph.kinds, kinds),
            "country": _codes(graph.countries, countries),
            "country_words": _codes(words, all_words),
            "role": _codes(graph.entities["role"].to_pylist(), list(map(str, Role))),
            "community": group.tolist(),
            "strength": np.round(strength, 4).tolist(),
            "x": layout.position[:, 0].tolist(),
            "y": layout.position[:, 1].tolist(),
        },
        "links": {
            "id": graph.links["id"].to_pylist(),
            "kind": _codes(links_of_kind, link_kinds),
            "source": graph.source.tolist(),
            "target": graph.target.tolist(),
            "count": graph.links["count"].to_pylist(),
            "weight": graph.links["weight"].to_pylist(),
            "first": first,
            "last": last,
            "grade": graph.links["grade"].to_pylist(),
            "amounts": [json.loads(text) if text else None for text in graph.links["amounts"].to_pylist()],
            "evidence": [_rows(evidence.get(link, ()), place) for link in graph.links["id"].to_pylist()],
        },
    }


def _groups(membership: Ints) -> tuple[Ints, npt.NDArray[np.int64]]:
    """Give each entity a group without gaps, and each group its community's place; −1, for none, is last."""
    last = int(membership.max(initial=-1)) + 1
    numbers, group = np.unique(np.where(membership < 0, last, membership), return_inverse=True)
    return group.astype(np.int32), np.where(numbers == last, -1, numbers).astype(np.int64)


def _circles(
    communities: Communities, numbers: npt.NDArray[np.int64], group: Ints, layout: Layout, whole: bool
) -> list[dict[str, object]]:
    """Describe the communities; where everything is drawn at once they have no circles."""
    sizes = np.bincount(group, minlength=len(numbers)).tolist()
    circles = [(0.0, 0.0, 0.0)] * len(numbers)
    if not whole:
        circles = [
            (float(x), float(y), float(radius))
            for (x, y), radius in zip(layout.centre.tolist(), layout.radius.tolist(), strict=True)
        ]
    return [
        {
            "id": communities.communities[number].id if number >= 0 else "",
            "number": number + 1,
            "size": size,
            "x": x,
            "y": y,
            "radius": radius,
        }
        for number, size, (x, y, radius) in zip(numbers.tolist(), sizes, circles, strict=True)
    ]


def _entities(
    graph: Graph, attributes: Mapping[str, tuple[Attribute, ...]], place: Mapping[str, int]
) -> dict[str, list[object]]:
    labels, values = graph.entities["label"].to_pylist(), graph.entities["value"].to_pylist()
    return {
        "id": list(graph.ids),
        "label": labels,
        "value": [None if value == label else value for value, label in zip(values, labels, strict=True)],
        "masked": [graph.substitutes.get(entity) for entity in graph.ids],
        "first": list(_seconds(graph.entities["first_seen"])),
        "last": list(_seconds(graph.entities["last_seen"])),
        "statements": [[_statement(one, place) for one in attributes.get(entity, ())] for entity in graph.ids],
    }


def _statement(attribute: Attribute, place: Mapping[str, int]) -> list[object]:
    source = place.get(attribute.origin, -1)
    basis = _BASIS[attribute.basis].format(attribute.origin)
    return [attribute.name, attribute.value, basis, source, attribute.row or 0]


def _rows(evidence: Sequence[Evidence], place: Mapping[str, int]) -> list[list[object]]:
    """Write the rows behind one link, source by source, up to :data:`RANGES_PER_LINK` ranges in all."""
    by_source: dict[str, set[int]] = {}
    for one in evidence:
        by_source.setdefault(one.source, set()).add(one.row)
    written: list[list[object]] = []
    left = RANGES_PER_LINK
    for source, rows in sorted(by_source.items()):
        if source not in place:
            raise IntegrityError(f"Evidence names the source {source[:12]}, which the case does not have: run verify.")
        ranges = rows_of.join(sorted(rows)).split(",")
        kept = ",".join(ranges[: max(left, 1)])
        written.append([place[source], kept, len(rows), len(rows_of.split(kept))])
        left -= len(ranges)
    return written


def _node_strength(graph: Graph) -> npt.NDArray[np.float64]:
    ends = graph.pairs.T.ravel()
    return np.bincount(ends, weights=np.tile(graph.strength, 2), minlength=len(graph)).astype(np.float64)


def _origin(country: str | None, basis: str | None, said: Sequence[Attribute]) -> str | None:
    """Find the data that a country rests on."""
    return next(
        (one.origin for one in said if one.name == "country" and one.value == country and one.basis == basis),
        None,
    )


def _facts(
    communities: Communities, attributes: Mapping[str, tuple[Attribute, ...]], entities: Sequence[str]
) -> list[tuple[str, str]]:
    registries = sorted(
        {one.origin for entity in entities for one in attributes.get(entity, ()) if one.basis is Basis.REGISTERED}
    )
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


def _codes(values: Sequence[str | None], words: Sequence[str]) -> list[int]:
    number = {word: index for index, word in enumerate(words)}
    return [-1 if value is None else number[value] for value in values]


def _seconds(column: pa.ChunkedArray) -> list[int | None]:
    return [None if value is None else value // 1_000_000 for value in column.cast(pa.int64()).to_pylist()]
