"""Links into a real Neo4j, links/s, with two peers in the same run.

    python bench/neo4j_push.py [ROWS] [PEER_LINKS]      # default 1,000,000 and 1,000

Prints ``linkgraph push`` of a case made from an IP log beside the driver alone (the same batches,
made before the clock starts and only sent: nothing read from the case, nothing checked, no index of
links) and one MERGE per row through the same driver (the usual notebook). Each of the first two has
a fresh server of its own, whose Java has compiled nothing yet.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from make_ip_log import write

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".ci"))

import neo4j_server
from neo4j import Driver, ManagedTransaction

import linkgraph
from linkgraph import folder, resources
from linkgraph.case import Case
from linkgraph.ingest.mapping import Stated
from linkgraph.store import neo4j_push
from linkgraph.store.neo4j import Neo4jServer
from linkgraph.store.neo4j_push import BATCH, Batch

_ONE_BY_ONE = """
MERGE (a:Entity {id: $source})
MERGE (b:Entity {id: $target})
MERGE (a)-[r:USED_IP {id: $id}]->(b)
SET r.count = $count, r.first_seen = $first_seen, r.last_seen = $last_seen
"""


def main() -> None:
    """Make the case, push it, and time the peers."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    peer = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        write(place / "log.csv", rows)
        case = linkgraph.create(place / "case", agency="bench", timezone="UTC")
        case.ingest("ip-logs", [place / "log.csv"], stated=Stated(service="bench"))
        _push(case)
        _driver_alone(case)
        _one_by_one(case, peer)


def _push(case: Case) -> None:
    with neo4j_server.running(heap="2g") as running:
        server = Neo4jServer(running.uri, running.user, running.password)
        entities = sum(case.counts().entities.values())
        marks: dict[str, float] = {}

        def mark(done: int, total: int) -> None:
            marks["entities" if done <= entities else "links"] = time.perf_counter()

        start, before = time.perf_counter(), time.process_time()
        report = case.push(server, progress=mark)
        seconds, own = time.perf_counter() - start, time.process_time() - before
    in_links = marks["links"] - marks["entities"]
    _line("linkgraph push", report.links, seconds, f"with {report.entities:,} entities, indexes and checks")
    _line("  its links alone", report.links, in_links, f"{own:.1f} s of processor time on this side in all")


def _driver_alone(case: Case) -> None:
    with folder.opened(case.folder) as store:
        entities = list(neo4j_push.entity_batches(store, store.entities_since(0), BATCH))
        links = neo4j_push.in_order(store.links_since(0))
        waiting = neo4j_push.pieces(links, BATCH, "bench", frozenset())
        batches = list(neo4j_push.link_batches(store, waiting, BATCH, "bench"))
    with neo4j_server.running(heap="2g") as running:
        server = Neo4jServer(running.uri, running.user, running.password)
        with server.driver() as driver:
            for statement in filter(str.strip, resources.cypher("schema").split(";")):
                driver.execute_query(statement)
            driver.execute_query("CREATE (:LinkgraphCase {id: 'bench', filling: 'bench'})")
            start = time.perf_counter()
            _send(driver, entities)
            between, before = time.perf_counter(), time.process_time()
            _send(driver, batches)
            end, own = time.perf_counter(), time.process_time() - before
    _line("driver alone", links.num_rows, end - start, "entities and links")
    _line(
        "  its links alone",
        links.num_rows,
        end - between,
        f"of it {own:.1f} s in the driver: {1 - own / (end - between):.0%} is the server's",
    )


def _send(driver: Driver, batches: list[Batch]) -> None:
    for batch in batches:
        with driver.session() as session:
            session.execute_write(_run, batch)


def _run(transaction: ManagedTransaction, batch: Batch) -> None:
    transaction.run(batch.query, batch.parameters).consume()


def _one_by_one(case: Case, peer: int) -> None:
    links = case.graph().links.slice(0, peer).to_pylist()
    with neo4j_server.running(heap="2g") as running:
        server = Neo4jServer(running.uri, running.user, running.password)
        with server.driver() as driver, driver.session() as session:
            for statement in filter(str.strip, resources.cypher("schema").split(";")):
                session.run(statement).consume()
            start = time.perf_counter()
            for link in links:
                session.run(_ONE_BY_ONE, link).consume()
            seconds = time.perf_counter() - start
    _line("one MERGE per row", len(links), seconds, "")


def _line(what: str, links: int, seconds: float, remark: str) -> None:
    print(
        f"{what:<18} {links:>9,} links {seconds:8.2f} s {links / seconds:>9,.0f} links/s   {remark}".rstrip(),
        flush=True,
    )


if __name__ == "__main__":
    print(f"{os.cpu_count()} processors", flush=True)
    main()
