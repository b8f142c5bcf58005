"""Which library finds the communities: the three permissive ones with a Leiden, side by side.

    uv run --with networkit --with scikit-network bench/communities.py

Every line is run in processes of its own, so that "same answer" means: the same seed gives the same
partition in another process and with another number of threads. Time is the best of these runs and
counts the search alone, on arrays each library takes without copying where it can.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import numpy.typing as npt

Csr = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float64]]
Membership = npt.NDArray[np.int64]

SEED = 1
THREADS = (1, 2, 4)


def karate() -> nx.Graph:
    """Zachary's karate club: the best modularity is 0.4198."""
    return nx.karate_club_graph()


def planted() -> nx.Graph:
    """Twenty planted groups of fifty."""
    return nx.planted_partition_graph(20, 50, 0.2, 0.005, seed=SEED)


def large() -> nx.Graph:
    """Make a hundred thousand nodes in groups of very different sizes, a fifth of the links going astray."""
    draw = np.random.default_rng(SEED)
    n, m = 100_000, 500_000
    group = np.sort((2000 * draw.power(0.5, n)).astype(np.int64))
    first, size = np.searchsorted(group, group), np.bincount(group)[group]
    u = draw.integers(0, n, m)
    v = np.where(draw.random(m) < 0.2, draw.integers(0, n, m), first[u] + (draw.random(m) * size[u]).astype(np.int64))
    network = nx.empty_graph(n)
    network.add_edges_from(zip(u[u != v].tolist(), v[u != v].tolist(), strict=True))
    return network


def csr(network: nx.Graph) -> Csr:
    """Give the unweighted network as symmetric CSR."""
    ends = np.array(network.edges, np.int64)
    rows, columns = np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]])
    order = np.lexsort((columns, rows))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(network)))])
    return indptr, columns[order].astype(np.int32), np.ones(len(rows))


def modularity(graph: Csr, membership: Membership) -> float:
    """Give Newman's modularity."""
    indptr, indices, weight = graph
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    inside = weight[membership[rows] == membership[indices]].sum() / weight.sum()
    share = np.bincount(membership[rows], weights=weight) / weight.sum()
    return float(inside - np.square(share).sum())


def graspologic(graph: Csr, threads: int) -> Callable[[], Membership]:
    """Search with graspologic-native, three iterations; it has no thread setting of its own."""
    from graspologic_native import leiden_csr  # noqa: PLC0415 - only the library of this line is loaded

    n = len(graph[0]) - 1

    def run() -> Membership:
        _, places = leiden_csr(*graph, n, iterations=3, seed=SEED)
        found = np.arange(n) + n
        found[list(places)] = list(places.values())
        return np.unique(found, return_inverse=True)[1]

    return run


def networkit(graph: Csr, threads: int) -> Callable[[], Membership]:
    """Search with NetworKit's ParallelLeiden, three iterations."""
    import networkit as nk  # noqa: PLC0415
    import scipy.sparse  # noqa: PLC0415

    nk.setNumberOfThreads(threads)
    nk.setSeed(SEED, useThreadId=False)
    n = len(graph[0]) - 1
    half = scipy.sparse.triu(scipy.sparse.csr_matrix((graph[2], graph[1], graph[0]), shape=(n, n))).tocoo()
    network = nk.GraphFromCoo(half, n=n, weighted=True, directed=False)

    def run() -> Membership:
        search = nk.community.ParallelLeiden(network, iterations=3, randomize=False)
        search.run()
        return np.array(search.getPartition().getVector(), np.int64)

    return run


def scikit(graph: Csr, threads: int) -> Callable[[], Membership]:
    """Search with scikit-network's Leiden, which has one thread."""
    import scipy.sparse  # noqa: PLC0415
    from sknetwork.clustering import Leiden  # noqa: PLC0415

    n = len(graph[0]) - 1
    matrix = scipy.sparse.csr_matrix((graph[2], graph[1], graph[0].astype(np.int32)), shape=(n, n))
    return lambda: np.asarray(Leiden(random_state=SEED).fit_predict(matrix), np.int64)


GRAPHS = {"karate": karate, "planted": planted, "large": large}
LIBRARIES = {"graspologic-native": graspologic, "networkit": networkit, "scikit-network": scikit}


def measure(library: str, name: str, threads: int) -> dict[str, object]:
    """Run one search in this process."""
    graph = csr(GRAPHS[name]())
    run = LIBRARIES[library](graph, threads)
    start = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - start
    # Partitions are equal whatever their numbers: name each community by its first node.
    _, first, number = np.unique(found, return_index=True, return_inverse=True)
    digest = hashlib.sha256(first[number].astype(np.int64).tobytes()).hexdigest()
    return {"seconds": seconds, "modularity": modularity(graph, found), "parts": len(first), "digest": digest}


def weigh(package: str) -> tuple[float, str, str]:
    """Give the installed megabytes of a package, its licence and what it requires."""
    about = importlib.metadata.distribution(package)
    size = sum(Path(str(one.locate())).stat().st_size for one in about.files or [] if one.locate().exists())
    classifiers = [one for one in about.metadata.get_all("Classifier", []) if one.startswith("License")]
    licence = about.metadata.get("License-Expression") or (classifiers or [about.metadata.get("License", "?")])[0]
    needs = [one.split(">")[0].split(";")[0].strip() for one in about.requires or [] if "extra" not in one]
    return size / 1e6, licence.splitlines()[0].split("::")[-1].strip(), ", ".join(needs) or "nothing"


def main() -> None:
    """Print the table."""
    for library in LIBRARIES:
        size, licence, needs = weigh(library)
        version = importlib.metadata.version(library)
        print(f"{library} {version}: {size:.1f} MB installed, licence {licence}, needs {needs}")
    print(f"\n{'network':8} {'library':19} {'modularity':>21} {'parts':>6} {'seconds':>8}  same answer")
    for name in GRAPHS:
        for library in LIBRARIES:
            runs = []
            for threads in (*THREADS, THREADS[-1]):
                run = [sys.executable, __file__, library, name, str(threads)]
                env = os.environ | {"RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
                runs.append(json.loads(subprocess.run(run, env=env, capture_output=True, check=True).stdout))
            quality = [one["modularity"] for one in runs]
            digests = [one["digest"] for one in runs]
            same = {
                (True, True): "always",
                (False, True): "only with the same threads",
            }.get((len(set(digests)) == 1, digests[-1] == digests[-2]), "no")
            print(
                f"{name:8} {library:19} {min(quality):10.5f}–{max(quality):.5f}  {runs[0]['parts']:6} "
                f"{min(one['seconds'] for one in runs):8.3f}  {same}",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
    else:
        main()
