// Links of one kind; $type is replaced by the kind, which comes from a fixed vocabulary.
// Times come as microseconds since 1970 in UTC: making them here is ten times faster than sending them made.
// Ends are looked up once a batch, and links name them by their place in $ends.
WITH datetime({epochSeconds: 0}) AS epoch
UNWIND $ends AS end
MATCH (n:Entity {id: end})
WITH epoch, collect(n) AS nodes
// All of them, in this order: else a link would go from or to somebody else.
WHERE [n IN nodes | n.id] = $ends
UNWIND range(0, size($id) - 1) AS i
WITH epoch, i, nodes[$source[i]] AS a, nodes[$target[i]] AS b
MERGE (a)-[r:$type {id: $id[i]}]->(b)
SET r = {
  id: $id[i], count: $count[i], weight: $weight[i], grade: $grade[i], amounts: $amounts[i], evidence: $evidence[i],
  first_seen: CASE WHEN $first_seen[i] IS NOT NULL THEN epoch +
    duration({seconds: $first_seen[i] / 1000000, microseconds: $first_seen[i] % 1000000}) END,
  last_seen: CASE WHEN $last_seen[i] IS NOT NULL THEN epoch +
    duration({seconds: $last_seen[i] / 1000000, microseconds: $last_seen[i] % 1000000}) END
}
