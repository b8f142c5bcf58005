// Entities with the most distinct neighbours; victims are never ranked.
// returns: label, kind, country, neighbours
:param kind => "Account";
:param top => 20;
MATCH (n:Entity)-[r]-(m:Entity)
WHERE ($kind = '' OR n.kind = $kind) AND coalesce(n.role, '') <> 'victim' AND n <> m
  AND NOT coalesce(r.grade, '') STARTS WITH 'never links'
RETURN n.label AS label, n.kind AS kind, n.country AS country, count(DISTINCT m) AS neighbours
ORDER BY neighbours DESC, label
LIMIT $top
