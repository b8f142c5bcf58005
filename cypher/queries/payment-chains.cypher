// Chains of payments in which each payment is not before the one it follows; none leads through a victim.
// returns: chain, hops, first_seen, last_seen
:param from_account => "";
:param max_chains => 50;
MATCH path = (a:PaymentAccount)-[:PAID*2..5]->(b:PaymentAccount)
WHERE ($from_account = '' OR toLower(a.value) CONTAINS toLower($from_account)) AND a <> b
WITH nodes(path) AS accounts, relationships(path) AS payments
WHERE none(n IN accounts WHERE coalesce(n.role, '') = 'victim')
  AND all(i IN range(0, size(payments) - 2) WHERE payments[i].first_seen <= payments[i + 1].last_seen)
  AND all(i IN range(0, size(accounts) - 2) WHERE NOT accounts[i] IN accounts[i + 1..])
RETURN [n IN accounts | n.label] AS chain, size(payments) AS hops,
       payments[0].first_seen AS first_seen, payments[-1].last_seen AS last_seen
ORDER BY hops DESC, first_seen, chain
LIMIT $max_chains
