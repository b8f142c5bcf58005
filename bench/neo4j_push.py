"""Links into a real Neo4j, links/s, with the peer path in the same run.

    python bench/neo4j_push.py [ROWS] [PEER_LINKS]      # default 1,000,000 and 1,000

Prints ``linkgraph push`` of a case made from an IP log beside one MERGE per row through the same
driver (the usual notebook), on the same server with the same constraints.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from make_ip_log import write

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".ci"))

import neo4j_server

import linkgraph
from linkgraph.ingest.mapping import Stated
from linkgraph.store.neo4j import Neo4jServer

_ONE_BY_ONE = """
MERGE (a:Entity {id: $source})
MERGE (b:Entity {id: $target})
MERGE (a)-[r:USED_IP {id: $id}]->(b)
SET r.count = $count, r.first_seen = $first_seen, r.last_seen = $last_seen
"""


def main() -> None:
    """Make the case, push it, and time the peer."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    peer = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    with tempfile.TemporaryDirectory() as temporary, neo4j_server.running(heap="2g") as running:
        folder = Path(temporary)
        write(folder / "log.csv", rows)
        case = linkgraph.create(folder / "case", agency="bench", timezone="UTC")
        case.ingest("ip-logs", [folder / "log.csv"], stated=Stated(service="bench"))
        server = Neo4jServer(running.uri, running.user, running.password)
        entities = sum(case.counts().entities.values())
        marks: dict[str, float] = {}

        def mark(done: int, total: int) -> None:
            marks["entities" if done <= entities else "links"] = time.perf_counter()

        start = time.perf_counter()
        report = case.push(server, progress=mark)
        seconds = time.perf_counter() - start
        in_links = marks["links"] - marks["entities"]
        print(
            f"linkgraph push          {report.entities:>9,} entities {report.links:>9,} links {seconds:8.2f} s "
            f"{report.links / seconds:>9,.0f} links/s, entities and checks included; "
            f"{report.links / in_links:,.0f} links/s in the links alone"
        )
        with server.driver() as driver:
            links = case.graph().links.slice(0, peer).to_pylist()
            with driver.session() as session:
                session.run("MATCH (n:Entity) CALL (n) { DETACH DELETE n } IN TRANSACTIONS").consume()
                start = time.perf_counter()
                for link in links:
                    session.run(_ONE_BY_ONE, link).consume()
                seconds = time.perf_counter() - start
        print(
            f"one MERGE per row       {'':>18} {len(links):>9,} links {seconds:8.2f} s "
            f"{len(links) / seconds:>9,.0f} links/s"
        )


if __name__ == "__main__":
    main()
