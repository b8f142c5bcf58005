"""How far measures move when links are missing: what nobody asked a provider for is in no file.

Of the links of the network 5 % and, in other draws, 10 % are removed at random (at least one), and
every measure is taken anew; the range is the least and the largest value met, the one with all links
among them (after Ficara, Cavallaro, Curreri, Fiumara, De Meo, Bagdasar, Song & Liotta 2021, "Criminal
networks analysis in missing data scenarios through graph distances", *PLoS ONE* 16, e0255067, who
remove links alike). To an investigator: a hub whose place runs from 1 to 3 would still be a hub if a
few returns had not come; one from 4 to 40 is there by a link or two.

With r draws a share, one further loss at random of as many links leaves a given value inside with a
chance of at least (r − 1)/(r + 1): 95 % for 39 draws, 82 % for 10. Real gaps are not random: whole
returns are missing, whole providers were never asked, and a missing entity changes more than missing
links do (the same paper). So a range is the least that is uncertain, not the most.

A draw is repeated :data:`MOST_DRAWS` times a share, or as often as the work bound allows; below
:data:`FEWEST_DRAWS` there is no range, and the answer says for which measure and why. The draws come
from the raw stream of a seeded bit generator, which numpy keeps the same between its versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from linkgraph.algorithms.measures.centrality import centrality
from linkgraph.algorithms.measures.pagerank import pagerank

if TYPE_CHECKING:
    from linkgraph.algorithms.measures.centrality import Centrality
    from linkgraph.graph import Floats, Graph, Ints, Longs, Mask

Measures: TypeAlias = "Mapping[str, Floats | Ints | Longs]"

SHARES = (0.05, 0.10)
"""Shares of the links that are removed."""
MOST_DRAWS, FEWEST_DRAWS = 39, 10
"""Draws of each share."""
SEED = 1
MEASURES = ("degree", "degree_centrality", "betweenness", "closeness", "harmonic", "pagerank", "core")
PLACE = "rank"
ALL_WORK = 400_000_000
"""Draws × nodes × (nodes + pairs) up to which every measure is taken anew: some ten seconds."""
PAGERANK_WORK = 10_000_000
"""Draws × (nodes + 2 pairs) up to which at least PageRank is."""
DEGREE_WORK = 220_000_000
"""Draws × (nodes + 2 pairs) up to which at least the degree is."""


@dataclass(frozen=True, eq=False, slots=True)
class Ranges:
    """The least and the largest value of each measure and node, (n,) each."""

    shares: tuple[float, ...]
    """Shares of the links that were removed."""
    draws: Mapping[str, int]
    """How often each share was drawn, by measure; 0 where it has no range."""
    low: Mapping[str, Floats]
    """By measure; only those that have a range."""
    high: Mapping[str, Floats]
    without: Mapping[str, str]
    """Why a measure has no range, by measure."""


def ranges(found: Centrality, places: Callable[[Centrality], Longs]) -> Ranges:
    """Give the range of every measure of every node, and of its place in a ranking.

    Args:
        found: the measures with all links.
        places: the place (n,) of each node by such measures; its range is called :data:`PLACE`.
    """
    graph = found.graph
    size, walked = len(graph) + 2 * len(graph.pairs), len(graph) * (len(graph) + len(graph.pairs))
    every, some, few = (
        _affordable(bound, work) for bound, work in ((ALL_WORK, walked), (PAGERANK_WORK, size), (DEGREE_WORK, size))
    )
    known = {name: np.asarray(getattr(found, name), np.float64) for name in MEASURES}
    low = {PLACE: places(found).astype(np.float64)} | known
    high = dict(low)
    draws = dict.fromkeys(low, every)
    if every:
        for part in _losses(graph, every):
            again = centrality(part)
            _widen(low, high, {name: getattr(again, name) for name in MEASURES} | {PLACE: places(again)})
    elif some:
        draws |= dict.fromkeys(("degree", "degree_centrality", "pagerank"), some)
        for part in _losses(graph, some):
            _widen(low, high, _degrees(part.degree) | {"pagerank": pagerank(part)})
    elif few:
        draws |= dict.fromkeys(("degree", "degree_centrality"), few)
        for kept in _kept(graph, few):
            _widen(low, high, _degrees(_degree(graph, kept)))
    taken = [name for name in low if draws[name]]
    size_words = f"{len(graph):,} entities and {len(graph.pairs):,} connected pairs"
    why = f"taking it anew {FEWEST_DRAWS} times a share is too much work for {size_words}"
    return Ranges(
        shares=SHARES,
        draws=draws,
        low={name: low[name] for name in taken},
        high={name: high[name] for name in taken},
        without={name: why for name in low if not draws[name]},
    )


def _affordable(bound: int, work: int) -> int:
    """Give how often each share can be drawn: 0 where not often enough to say anything."""
    draws = min(MOST_DRAWS, bound // (max(work, 1) * len(SHARES)))
    return draws if draws >= FEWEST_DRAWS else 0


def _losses(graph: Graph, draws: int) -> Iterator[Graph]:
    """Give the network with links missing, draw by draw."""
    return (graph.with_links(kept) for kept in _kept(graph, draws))


def _kept(graph: Graph, draws: int) -> Iterator[Mask]:
    """Give which links (n_links,) are left in each draw; those that connect nothing are left alone."""
    connecting = np.flatnonzero(graph.pair_of_link >= 0)
    stream = np.random.PCG64(SEED)
    for share in SHARES:
        lost = max(round(share * len(connecting)), min(1, len(connecting)))
        for _ in range(draws):
            keys = stream.random_raw(len(connecting))
            kept = np.ones(len(graph.source), bool)
            if lost:
                kept[connecting[np.argpartition(keys, lost - 1)[:lost]]] = False
            yield kept


def _degree(graph: Graph, kept: Mask) -> Longs:
    """Count the distinct others of each node (n,) that the kept links join it to."""
    left = np.zeros(len(graph.pairs), bool)
    left[graph.pair_of_link[kept & (graph.pair_of_link >= 0)]] = True
    return np.asarray(np.bincount(graph.pairs[left].ravel(), minlength=len(graph)), np.int64)


def _degrees(degree: Ints | Longs) -> dict[str, Floats | Ints | Longs]:
    return {"degree": degree, "degree_centrality": degree / max(len(degree) - 1, 1)}


def _widen(low: dict[str, Floats], high: dict[str, Floats], met: Measures) -> None:
    for name, values in met.items():
        low[name] = np.minimum(low[name], values)
        high[name] = np.maximum(high[name], values)
