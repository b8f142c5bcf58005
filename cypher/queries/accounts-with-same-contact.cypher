// Accounts that hold the same e-mail address, phone, device or payment account: one person, perhaps.
// returns: held, kind, accounts, number
:param min_accounts => 2;
MATCH (a:Account)-[:HOLDS]->(h:Entity)
WHERE coalesce(a.role, '') <> 'victim' AND coalesce(h.role, '') <> 'victim'
WITH h, collect(DISTINCT a.label) AS accounts
WHERE size(accounts) >= $min_accounts
RETURN h.label AS held, h.kind AS kind, accounts, size(accounts) AS number
ORDER BY number DESC, held
