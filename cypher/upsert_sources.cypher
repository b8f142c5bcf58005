UNWIND $rows AS row
MERGE (s:Source {sha256: row.sha256})
SET s = row
