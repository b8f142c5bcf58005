// What two entities have in common.
// returns: common, kind, country, first_link, second_link
:param first => "";
:param second => "";
MATCH (a:Entity) WHERE toLower($first) IN [toLower(a.label), toLower(a.value), a.id]
MATCH (b:Entity) WHERE toLower($second) IN [toLower(b.label), toLower(b.value), b.id] AND a <> b
MATCH (a)-[r]-(n:Entity)-[s]-(b)
WHERE coalesce(n.role, '') <> 'victim'
  AND none(link IN [r, s] WHERE coalesce(link.grade, '') STARTS WITH 'never links')
RETURN DISTINCT n.label AS common, n.kind AS kind, n.country AS country, type(r) AS first_link, type(s) AS second_link
ORDER BY kind, common
