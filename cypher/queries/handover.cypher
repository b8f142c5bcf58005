// Accounts of which one stopped using an address before the other began, on the same address, within
// some days: a disposable identity that was replaced looks like this.
// returns: earlier, later, ip, stopped, started, days
:param max_days => 14;
:param max_accounts => 20;
MATCH (i:IPAddress)<-[u:USED_IP]-(any:Account)
WHERE NOT coalesce(u.grade, '') STARTS WITH 'never links'
WITH i, count(DISTINCT any) AS accounts
WHERE accounts <= $max_accounts
MATCH (a:Account)-[r:USED_IP]->(i)<-[s:USED_IP]-(b:Account)
WHERE r.last_seen < s.first_seen AND s.first_seen <= r.last_seen + duration({days: $max_days})
  AND coalesce(a.role, '') <> 'victim' AND coalesce(b.role, '') <> 'victim'
RETURN a.label AS earlier, b.label AS later, i.value AS ip, r.last_seen AS stopped, s.first_seen AS started,
       duration.inDays(r.last_seen, s.first_seen).days AS days
ORDER BY days, earlier, later
