// Payments into accounts that many senders pay: receivers of live-stream payments look like this.
// Victims are counted among the senders and never listed as receivers. Amounts are not summed here:
// they stay per currency, as each payment has them.
// returns: receiver, country, senders, payments, countries, first_seen, last_seen
:param min_senders => 3;
MATCH (s:PaymentAccount)-[p:PAID]->(r:PaymentAccount)
WHERE coalesce(r.role, '') <> 'victim'
WITH r, count(DISTINCT s) AS senders, sum(p.count) AS payments, collect(DISTINCT s.country) AS countries,
     min(p.first_seen) AS first_seen, max(p.last_seen) AS last_seen
WHERE senders >= $min_senders
RETURN r.label AS receiver, r.country AS country, senders, payments, countries, first_seen, last_seen
ORDER BY senders DESC, receiver
