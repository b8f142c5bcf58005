// Accounts that wrote to many others, most first: grooming of many by one looks like this.
// Victims are counted among the receivers and never named.
// returns: sender, country, receivers, victims, messages, first_seen, last_seen
:param min_receivers => 5;
MATCH (s:Account)-[c:CONTACTED]->(r:Account)
WHERE coalesce(s.role, '') <> 'victim'
WITH s, count(DISTINCT r) AS receivers, count(DISTINCT CASE r.role WHEN 'victim' THEN r END) AS victims,
     sum(c.count) AS messages, min(c.first_seen) AS first_seen, max(c.last_seen) AS last_seen
WHERE receivers >= $min_receivers
RETURN s.label AS sender, s.country AS country, receivers, victims, messages, first_seen, last_seen
ORDER BY receivers DESC, sender
