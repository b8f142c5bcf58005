// The shortest paths between two entities, by label, value or id; none leads through a victim.
// returns: labels, kinds, hops
:param from_entity => "";
:param to_entity => "";
MATCH (a:Entity) WHERE toLower($from_entity) IN [toLower(a.label), toLower(a.value), a.id]
MATCH (b:Entity) WHERE toLower($to_entity) IN [toLower(b.label), toLower(b.value), b.id] AND a <> b
MATCH path = allShortestPaths((a)-[*..8]-(b))
WHERE none(n IN nodes(path)[1..-1] WHERE coalesce(n.role, '') = 'victim')
  AND all(r IN relationships(path) WHERE NOT coalesce(r.grade, '') STARTS WITH 'never links')
RETURN [n IN nodes(path) | CASE n.role WHEN 'victim' THEN 'victim ' + left(n.id, 8) ELSE n.label END] AS labels,
       [r IN relationships(path) | type(r)] AS kinds, length(path) AS hops
ORDER BY labels
LIMIT 25
