// Accounts that used the same IP address, most selective address first. An address of very many
// accounts (a carrier, an exit node) says little: max_accounts leaves it out.
// returns: ip, country, accounts, number, first_seen, last_seen
:param min_accounts => 2;
:param max_accounts => 20;
MATCH (a:Account)-[r:USED_IP]->(i:IPAddress)
WHERE NOT coalesce(r.grade, '') STARTS WITH 'never links' AND coalesce(a.role, '') <> 'victim'
WITH i, collect(DISTINCT a.label) AS accounts, min(r.first_seen) AS first_seen, max(r.last_seen) AS last_seen
WHERE size(accounts) >= $min_accounts AND size(accounts) <= $max_accounts
RETURN i.value AS ip, i.country AS country, accounts, size(accounts) AS number, first_seen, last_seen
ORDER BY number, ip
