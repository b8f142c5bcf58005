// Accounts that had the same file, by digest, rarest file first.
// returns: file, accounts, number, first_seen, last_seen
:param min_accounts => 2;
:param max_accounts => 50;
MATCH (a:Account)-[r:SHARED_FILE]->(f:FileHash)
WHERE NOT coalesce(r.grade, '') STARTS WITH 'never links' AND coalesce(a.role, '') <> 'victim'
WITH f, collect(DISTINCT a.label) AS accounts, min(r.first_seen) AS first_seen, max(r.last_seen) AS last_seen
WHERE size(accounts) >= $min_accounts AND size(accounts) <= $max_accounts
RETURN f.value AS file, accounts, size(accounts) AS number, first_seen, last_seen
ORDER BY number, file
