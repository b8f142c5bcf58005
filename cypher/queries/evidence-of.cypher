// The files and rows behind the links of one entity.
// returns: link, other, file, sha256, rows
:param entity => "";
MATCH (n:Entity)-[r]-(o:Entity)
WHERE toLower($entity) IN [toLower(n.label), toLower(n.value), n.id]
UNWIND r.evidence AS line
WITH n, r, o, split(line, ' ') AS part
MATCH (s:Source {sha256: part[0]})
RETURN type(r) AS link, CASE o.role WHEN 'victim' THEN 'victim ' + left(o.id, 8) ELSE o.label END AS other,
       s.name AS file, s.sha256 AS sha256, part[1] AS rows
ORDER BY file, link, other
