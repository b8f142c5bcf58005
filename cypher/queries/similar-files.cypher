// Files whose pictures look alike, nearest first, with the accounts that had the one and the other: a
// picture that was scaled, cropped or saved again looks like this. Likeness is weaker than an equal digest.
// An account has a file by any digest of it.
// returns: file, similar_file, likeness, accounts, similar_accounts
:param top => 100;
MATCH (f:FileHash)-[r:SIMILAR_FILE]->(g:FileHash)
WHERE NOT coalesce(r.grade, '') STARTS WITH 'never links'
WITH f, g, r ORDER BY r.weight DESC, f.value, g.value LIMIT $top
OPTIONAL MATCH (a:Account)-[:SHARED_FILE]->(:FileHash)-[:SAME_FILE*0..1]-(f)
WHERE coalesce(a.role, '') <> 'victim'
WITH f, g, r, collect(DISTINCT a.label) AS accounts
OPTIONAL MATCH (b:Account)-[:SHARED_FILE]->(:FileHash)-[:SAME_FILE*0..1]-(g)
WHERE coalesce(b.role, '') <> 'victim'
WITH f, g, r, accounts, collect(DISTINCT b.label) AS similar_accounts
RETURN f.value AS file, g.value AS similar_file, r.grade AS likeness, accounts, similar_accounts
ORDER BY r.weight DESC, file, similar_file
