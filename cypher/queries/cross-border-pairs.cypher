// Pairs of countries between which there are links, by kind of link. The country of an address is
// the one it is registered to.
// returns: country, other_country, kind, links
:param min_links => 1;
MATCH (a:Entity)-[r]->(b:Entity)
WHERE a.country <> b.country AND NOT coalesce(r.grade, '') STARTS WITH 'never links'
WITH CASE WHEN a.country < b.country THEN [a.country, b.country] ELSE [b.country, a.country] END AS pair,
     type(r) AS kind, count(*) AS links
WHERE links >= $min_links
RETURN pair[0] AS country, pair[1] AS other_country, kind, links
ORDER BY links DESC, country, other_country, kind
