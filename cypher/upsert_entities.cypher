// Entities of one kind; $label is replaced by the kind, which comes from a fixed vocabulary.
UNWIND $rows AS row
MERGE (n:Entity {id: row.id})
SET n:$label, n = row
