// Accounts with a link seen in a time window (UTC).
// returns: account, country, links, first_seen, last_seen
:param start => "2026-01-01T00:00:00Z";
:param end => "2026-01-08T00:00:00Z";
MATCH (a:Account)-[r]-(:Entity)
WHERE r.first_seen <= datetime($end) AND r.last_seen >= datetime($start) AND coalesce(a.role, '') <> 'victim'
RETURN a.label AS account, a.country AS country, count(DISTINCT r) AS links,
       min(r.first_seen) AS first_seen, max(r.last_seen) AS last_seen
ORDER BY links DESC, account
