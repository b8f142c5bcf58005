"""The network of a large case and its measures, beside rustworkx, igraph, NetworKit and networkx, in one run.

    python bench/graph.py [NODES LINKS] [--gds]     # default 1,000,000 and 4,800,000

One seeded network with planted groups and a heavy tail, in a case store and in every library: seconds, and whether
the answers agree. Exact betweenness, and networkx, on 10,000 nodes and 50,000 links. ``--gds`` adds Neo4j Graph Data
Science from its own database (bench/gds.py: Java and Maven; a quarter of an hour).

Times are the best of three, or of as many as fit in twenty seconds. A library has its network built before the clock
starts; building is a line of its own. Compiling is done before, and printed. Every library may use all cores.
"""

# ruff: noqa: ANN401 - the peers are libraries without types
from __future__ import annotations

import gc
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pyarrow as pa

import linkgraph
from linkgraph import kernels
from linkgraph.algorithms import shortest_path
from linkgraph.algorithms.communities import communities
from linkgraph.algorithms.measures.betweenness import CONFIDENCE, node_betweenness, pair_betweenness
from linkgraph.algorithms.measures.centrality import core_numbers
from linkgraph.algorithms.measures.cuts import articulation_points, cut_off
from linkgraph.algorithms.measures.distances import distances
from linkgraph.algorithms.measures.drawn_paths import drawn_paths
from linkgraph.algorithms.measures.pagerank import pagerank
from linkgraph.graph import Graph
from linkgraph.store.embedded import CaseStore

Pairs = np.ndarray
Timed = tuple[str, Callable[[], Any], Callable[[Any], Any]]
"""What is measured, how, and what of the answer the libraries are compared by."""

SEED, SMALL = 1, (10_000, 50_000)
ERROR, PATHS, PATIENCE = 0.01, 30, 20.0
_FILL = """
INSERT INTO source VALUES (1, repeat('0', 64), 'bench', 0, 'contacts', 'bench', '{}', NULL, 'RED', 'bench',
                           now()::TIMESTAMP, true, 0, 0, 0, 0, 0);
INSERT INTO entity SELECT i + 1, left(sha256('Account' || chr(31) || 'bench:' || i), 32), 'Account', 'bench:' || i
                   FROM range($nodes) t(i);
INSERT INTO entity_part SELECT key, 1, 1, value, NULL, NULL FROM entity;
INSERT INTO link SELECT place + 1, 'CONTACTED', u + 1, v + 1, NULL FROM network;
INSERT INTO link_part SELECT place + 1, 1, 1, 1, NULL, TIMESTAMP '2026-01-01' + to_seconds(place),
                             TIMESTAMP '2026-01-01' + to_seconds(place), 1 FROM network;
"""


def network(nodes: int, links: int) -> Pairs:
    """Make (links, 2) pairs u < v, each once: groups of very different sizes, a quarter of the links going astray."""
    draw = np.random.default_rng(SEED)
    group = np.sort((nodes / 50 * draw.power(0.5, nodes)).astype(np.int64))
    # Ends are drawn by a Pareto fitness: few have very many links.
    fitness = np.minimum(draw.pareto(1.5, nodes) + 1, 2_000)
    total = np.cumsum(fitness)
    first, last = np.searchsorted(group, group), np.searchsorted(group, group, side="right") - 1
    low, high = total[first] - fitness[first], total[last]
    found = np.zeros(0, np.int64)
    while len(found) < links:
        u = np.searchsorted(total, draw.random(links) * total[-1])
        near = low[u] + draw.random(links) * (high[u] - low[u])
        far = draw.random(links) * total[-1]
        v = np.minimum(np.searchsorted(total, np.where(draw.random(links) < 0.25, far, near)), nodes - 1)
        keys = np.minimum(u, v) * nodes + np.maximum(u, v)
        found = np.unique(np.concatenate([found, keys[u != v]]))
    kept = np.sort(draw.permutation(found)[:links])
    return np.stack(np.divmod(kept, nodes), axis=1)


def from_store(pairs: Pairs, nodes: int) -> Graph:
    """Fill a case store by statements and read the graph of it, timed."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = linkgraph.create(Path(temporary) / "case", agency="bench", timezone="UTC").folder
        store = CaseStore.open(folder, read_only=False)
        table = pa.table({"place": np.arange(len(pairs)), "u": pairs[:, 0], "v": pairs[:, 1]})
        store.connection.register("network", table)
        for statement in _FILL.split(";\n")[:-1]:
            store.run(statement, {"nodes": nodes} if "$nodes" in statement else None)
        store.connection.unregister("network")
        store.close()
        times = []
        for _ in range(2):
            store = CaseStore.open(folder, read_only=True)
            start = time.perf_counter()
            graph = Graph.read(store)
            times.append(time.perf_counter() - start)
            store.close()
    say("linkgraph", "store → graph", min(times), graph)
    return graph


def ours(graph: Graph, ends: Pairs) -> Iterator[Timed]:
    """What linkgraph does."""

    def components() -> np.ndarray:
        graph.__dict__.pop("component", None)
        return graph.component

    yield "components", components, lambda found: int(found.max()) + 1
    yield "core", lambda: core_numbers(graph), lambda found: int(found.sum())
    yield "PageRank", lambda: pagerank(graph), lambda found: f"{found.max():.9f}"
    yield "articulation points", lambda: articulation_points(graph), lambda found: int(found.sum())
    yield "  with bridges", lambda: cut_off(graph), lambda found: int((found > 0).sum())
    shortest_path(graph, *ends[0].tolist())
    yield (
        f"{PATHS} paths",
        lambda: [shortest_path(graph, *pair) for pair in ends.tolist()],
        lambda found: sum(len(path) for path in found if path),
    )
    yield "closeness, harmonic", lambda: distances(graph), lambda found: f"from {found.sampled}"
    several = np.bincount(graph.component) > 1

    def drawn() -> Any:
        return drawn_paths(graph, several, error=ERROR, confidence=CONFIDENCE, work=10**10, of_pairs=False)

    yield "betweenness, drawn", drawn, lambda found: f"{found.paths:,} paths, ±{found.error:.4f}"
    yield "  as linkgraph hubs", lambda: node_betweenness(graph), lambda found: f"{found.sampled:,}, ±{found.error:.4f}"
    yield "Leiden", lambda: communities(graph), lambda found: f"{found.modularity:.4f}"


def rustworkx(pairs: Pairs, nodes: int, ends: Pairs) -> Iterator[Timed]:
    """rustworkx; PageRank needs a second, directed network."""
    import rustworkx as rx  # noqa: PLC0415 - a library's import is no part of another's memory

    rows = list(map(tuple, pairs.tolist()))

    def build() -> Any:
        made: Any = rx.PyGraph(multigraph=True)
        made.add_nodes_from(range(nodes))
        made.add_edges_from_no_data(rows)
        return made

    yield "build", build, lambda _: ""
    made = build()
    yield "components", lambda: rx.connected_components(made), len
    yield "core", lambda: rx.core_number(made), lambda found: sum(found.values())
    yield "articulation points", lambda: rx.articulation_points(made), len
    yield "  with bridges", lambda: rx.bridges(made), len

    def paths() -> int:
        found = (rx.dijkstra_shortest_paths(made, a, target=b, default_weight=1.0) for a, b in ends[:3].tolist())
        return sum(len(one[b]) - 1 for one, b in zip(found, ends[:3, 1].tolist(), strict=True) if b in one)

    yield "3 paths", paths, lambda found: found
    directed: Any = rx.PyDiGraph(multigraph=True)
    directed.add_nodes_from(range(nodes))
    directed.add_edges_from_no_data(rows + [(v, u) for u, v in rows])
    yield (
        "PageRank",
        lambda: rx.pagerank(directed, tol=1e-8 / nodes, max_iter=500),
        lambda found: f"{max(found.values()):.9f}",
    )


def igraph(pairs: Pairs, nodes: int, ends: Pairs) -> Iterator[Timed]:
    """Measure igraph (GPL: a peer here, no dependency)."""
    import igraph as ig  # noqa: PLC0415

    yield "build", lambda: ig.Graph(n=nodes, edges=pairs), lambda _: ""
    made = ig.Graph(n=nodes, edges=pairs)
    yield "components", made.connected_components, len
    yield "core", made.coreness, sum
    yield "PageRank", made.pagerank, lambda found: f"{max(found):.9f}"
    yield "articulation points", made.articulation_points, len
    yield "  with bridges", made.bridges, len
    yield (
        f"{PATHS} paths",
        lambda: [made.get_shortest_path(*pair) for pair in ends.tolist()],
        lambda found: sum(len(path) - 1 for path in found if path),
    )

    def leiden() -> Any:
        random.seed(SEED)
        return made.community_leiden(objective_function="modularity", n_iterations=2)

    yield "Leiden", leiden, lambda found: f"{made.modularity(found):.4f}"


def networkit(pairs: Pairs, nodes: int, ends: Pairs) -> Iterator[Timed]:
    """Measure NetworKit; its Leiden gives another partition each run."""
    import networkit as nk  # noqa: PLC0415
    import scipy.sparse  # noqa: PLC0415

    matrix = scipy.sparse.coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(nodes, nodes))

    def build() -> Any:
        return nk.GraphFromCoo(matrix, n=nodes, weighted=False, directed=False)

    yield "build", build, lambda _: ""
    made = build()

    def ran(algorithm: Any) -> Any:
        algorithm.run()
        return algorithm

    yield "components", lambda: ran(nk.components.ConnectedComponents(made)), lambda found: found.numberOfComponents()
    yield "core", lambda: ran(nk.centrality.CoreDecomposition(made)), lambda found: int(sum(found.scores()))

    def rank() -> Any:
        algorithm = nk.centrality.PageRank(made, tol=1e-8)
        algorithm.norm = nk.centrality.Norm.L1_NORM
        return ran(algorithm)

    yield "PageRank", rank, lambda found: f"{max(found.scores()):.9f}"
    yield (
        "articulation points",
        lambda: ran(nk.components.BiconnectedComponents(made)),
        lambda found: f"{found.numberOfComponents():,} biconnected",
    )
    yield (
        f"{PATHS} paths",
        lambda: [ran(nk.distance.BidirectionalBFS(made, *pair, True)) for pair in ends.tolist()],
        lambda found: sum(int(one.getDistance()) for one in found if one.getDistance() < nodes),
    )
    yield (
        "betweenness, drawn",
        lambda: ran(nk.centrality.KadabraBetweenness(made, ERROR, 1 - CONFIDENCE)),
        lambda found: f"{found.getNumberOfIterations():,} paths, ±{ERROR}",
    )

    def leiden() -> Any:
        return ran(nk.community.ParallelLeiden(made, iterations=3)).getPartition()

    yield "Leiden", leiden, lambda found: f"{nk.community.Modularity().getQuality(found, made):.4f}"


def exact(graph: Graph, pairs: Pairs) -> None:
    """Exact betweenness, and the measures of networkx, on the small network."""
    import igraph as ig  # noqa: PLC0415
    import networkit as nk  # noqa: PLC0415
    import rustworkx as rx  # noqa: PLC0415

    nodes = len(graph)
    measure("linkgraph", ("betweenness, nodes", lambda: node_betweenness(graph).values, most))
    measure("linkgraph", ("betweenness, pairs", lambda: pair_betweenness(graph).values, most))
    of_rx: Any = rx.PyGraph(multigraph=True)
    of_rx.add_nodes_from(range(nodes))
    of_rx.add_edges_from_no_data(list(map(tuple, pairs.tolist())))
    measure(
        "rustworkx",
        ("betweenness, nodes", lambda: rx.betweenness_centrality(of_rx), lambda found: most(list(found.values()))),
    )
    measure(
        "rustworkx",
        ("betweenness, pairs", lambda: rx.edge_betweenness_centrality(of_rx), lambda found: most(list(found.values()))),
    )
    of_igraph = ig.Graph(n=nodes, edges=pairs)
    scale = (nodes - 1) * (nodes - 2) / 2
    measure("igraph", ("betweenness, nodes", of_igraph.betweenness, lambda found: most(np.array(found) / scale)))
    measure(
        "igraph",
        (
            "betweenness, pairs",
            of_igraph.edge_betweenness,
            lambda found: most(np.array(found) / (nodes * (nodes - 1) / 2)),
        ),
    )
    of_nk = nk.Graph(nodes)
    for u, v in pairs.tolist():
        of_nk.addEdge(u, v)

    def brandes() -> Any:
        algorithm = nk.centrality.Betweenness(of_nk, normalized=True)
        algorithm.run()
        return algorithm.scores()

    measure("networkit", ("betweenness, nodes", brandes, most))
    of_nx = nx.empty_graph(nodes)
    of_nx.add_edges_from(pairs.tolist())
    for timed in (
        ("components", lambda: list(nx.connected_components(of_nx)), len),
        ("core", lambda: nx.core_number(of_nx), lambda found: sum(found.values())),
        ("PageRank", lambda: nx.pagerank(of_nx, tol=1e-8 / nodes), lambda found: f"{max(found.values()):.9f}"),
        ("articulation points", lambda: list(nx.articulation_points(of_nx)), len),
    ):
        measure("networkx", timed)
    for timed in list(ours(graph, np.array([[0, 1]])))[:4]:
        measure("linkgraph", timed)


def most(values: Any) -> str:
    """Write the largest of some values."""
    return f"{max(values):.9f}"


def measure(library: str, timed: Timed) -> None:
    """Time one thing and print it."""
    name, run, compared = timed
    times: list[float] = []
    while not times or (len(times) < 3 and sum(times) + times[-1] < PATIENCE):
        gc.collect()
        start = time.perf_counter()
        found = run()
        times.append(time.perf_counter() - start)
    say(library, name, min(times), compared(found))


def say(library: str, name: str, seconds: float, compared: object) -> None:
    """Print one line."""
    print(f"{name:20} {library:10} {seconds:10.4f} s   {compared}", flush=True)


def compile_all() -> None:
    """Compile every kernel, or load what was compiled before."""
    start = time.perf_counter()
    pairs = network(300, 900)
    graph = plain(pairs, 300)
    whole = kernels.COMPILED_FROM, kernels.WALKS_COMPILED_FROM
    kernels.COMPILED_FROM = kernels.WALKS_COMPILED_FROM = 0
    for name, run, _ in ours(graph, np.array([[0, 1]])):
        if name != "Leiden":
            run()
    pair_betweenness(graph)
    kernels.COMPILED_FROM, kernels.WALKS_COMPILED_FROM = whole
    say("linkgraph", "compiling", time.perf_counter() - start, "once; kept on disk")


def plain(pairs: Pairs, nodes: int) -> Graph:
    """Make the graph of pairs without a store, node numbers as they are."""
    from linkgraph.store.protocol import ENTITIES, LINKS  # noqa: PLC0415

    ids = pa.array([f"{node:032x}" for node in range(nodes)])
    shown: dict[str, pa.Array] = {"id": ids, "value": ids, "label": ids, "kind": pa.array(["Account"] * nodes)}
    links: dict[str, pa.Array] = {
        "id": pa.array([f"{row:032x}" for row in range(len(pairs))]),
        "kind": pa.array(["CONTACTED"] * len(pairs)),
        "source": ids.take(pa.array(pairs[:, 0])),
        "target": ids.take(pa.array(pairs[:, 1])),
        "count": pa.array(np.ones(len(pairs), np.int64)),
    }
    tables = [
        pa.table([have.get(field.name, pa.nulls(rows, field.type)) for field in schema], schema=schema)
        for schema, have, rows in ((ENTITIES, shown, nodes), (LINKS, links, len(pairs)))
    ]
    return Graph.of(*tables)


def main() -> None:
    """Print the table."""
    given = [int(word) for word in sys.argv[1:] if word.isdigit()]
    nodes, links = given or (1_000_000, 4_800_000)
    compile_all()
    pairs = network(nodes, links)
    graph = from_store(pairs, nodes)
    # Ids are hashes: the same network has other node numbers in the store, and ends are the same entities.
    place = {value: node for node, value in enumerate(graph.entities["value"].to_pylist())}
    ends = np.random.default_rng(SEED).integers(0, nodes, (PATHS, 2))
    ends_of_ours = np.array([[place[f"bench:{end}"] for end in pair] for pair in ends.tolist()])
    for timed in ours(graph, ends_of_ours):
        measure("linkgraph", timed)
    del graph, place
    for library in (rustworkx, igraph, networkit):
        for timed in library(pairs, nodes, ends):
            measure(library.__name__, timed)
        gc.collect()
    print(f"\n{SMALL[0]:,} nodes, {SMALL[1]:,} links")
    few = network(*SMALL)
    exact(plain(few, SMALL[0]), few)
    if "--gds" in sys.argv:
        import gds  # noqa: PLC0415 - needs Java

        print(f"\nNeo4j Graph Data Science, {nodes:,} nodes, {links:,} links")
        gds.run(pairs, nodes, say)


if __name__ == "__main__":
    main()
