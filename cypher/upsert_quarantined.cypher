UNWIND $rows AS row
MERGE (q:QuarantinedRow {id: row.id})
SET q = row
