// Links of one kind; $type is replaced by the kind, which comes from a fixed vocabulary.
UNWIND $rows AS row
MATCH (a:Entity {id: row.source})
MATCH (b:Entity {id: row.target})
MERGE (a)-[r:$type {id: row.id}]->(b)
SET r = row.properties
