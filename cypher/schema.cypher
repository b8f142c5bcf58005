// One identity each: what MERGE looks up, and what makes a second push change nothing.
CREATE CONSTRAINT linkgraph_entity IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT linkgraph_source IF NOT EXISTS FOR (s:Source) REQUIRE s.sha256 IS UNIQUE;
CREATE CONSTRAINT linkgraph_case IF NOT EXISTS FOR (c:LinkgraphCase) REQUIRE c.id IS UNIQUE;
CREATE CONSTRAINT linkgraph_quarantined IF NOT EXISTS FOR (q:QuarantinedRow) REQUIRE q.id IS UNIQUE;
CREATE CONSTRAINT linkgraph_batch IF NOT EXISTS FOR (b:LinkgraphBatch) REQUIRE b.id IS UNIQUE;
