// Payments into accounts that many senders pay: receivers of live-stream payments look like this.
// Amounts stay per currency, as the case sums them.
// returns: receiver, country, senders, payments, countries, first_seen, last_seen
:param min_senders => 3;
MATCH (s:PaymentAccount)-[p:PAID]->(r:PaymentAccount)
WITH r, count(DISTINCT s) AS senders, sum(p.count) AS payments, collect(DISTINCT s.country) AS countries,
     min(p.first_seen) AS first_seen, max(p.last_seen) AS last_seen
WHERE senders >= $min_senders
RETURN r.label AS receiver, r.country AS country, senders, payments, countries, first_seen, last_seen
ORDER BY senders DESC, receiver
