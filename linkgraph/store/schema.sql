-- The case store. Keys are small integers, private to one store and never shown: what leaves the
-- store carries the ids of linkgraph/model.py. Rows are written by one process at a time and only
-- appended or deleted by source, so no index is kept: uniqueness is made by the anti-joins that insert.
-- All times are UTC without zone. `revision` is the number of the audit entry that wrote the row.

CREATE TABLE meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL);

CREATE TABLE source (
    key INTEGER NOT NULL,
    sha256 VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    reader VARCHAR NOT NULL,
    mapping VARCHAR NOT NULL,           -- JSON: what was read as what
    timezone VARCHAR,
    marking VARCHAR NOT NULL,
    imported_by VARCHAR NOT NULL,
    imported_at TIMESTAMP NOT NULL,
    complete BOOLEAN NOT NULL,
    line BIGINT NOT NULL,               -- last line whose row is committed: where to resume
    read BIGINT NOT NULL,
    stored BIGINT NOT NULL,
    duplicates BIGINT NOT NULL,
    quarantined BIGINT NOT NULL
);

CREATE TABLE entity (key INTEGER NOT NULL, id VARCHAR NOT NULL, kind VARCHAR NOT NULL, value VARCHAR NOT NULL);

-- The id of a link follows from its kind and the ids of its ends, and is worked out when it is read.
CREATE TYPE link_kind AS ENUM (
    'USED_IP', 'VISITED', 'SHARED_FILE', 'SAME_FILE', 'SIMILAR_FILE', 'PAID', 'HOLDS', 'CONTACTED', 'LINKED'
);

CREATE TABLE link (
    key INTEGER NOT NULL,
    kind link_kind NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    grade VARCHAR
);

CREATE VIEW link_with_id AS
SELECT l.key, left(sha256(l.kind || chr(31) || a.id || chr(31) || b.id), 32) AS id, l.kind,
       a.id AS source_id, b.id AS target_id, l.source, l.target, l.grade
FROM link l JOIN entity a ON a.key = l.source JOIN entity b ON b.key = l.target;

-- One row of evidence. `content_high` and `content_low` (a keyed hash, comparable in this store alone) with
-- `occurrence` are its identity; of the rows that share it exactly one is `counted`, the others are the same
-- event seen again.
CREATE TABLE observation (
    source INTEGER NOT NULL,
    row BIGINT NOT NULL,
    content_high UBIGINT NOT NULL,
    content_low UBIGINT NOT NULL,
    occurrence INTEGER NOT NULL,
    counted BOOLEAN NOT NULL,
    first_seen TIMESTAMP,
    last_seen TIMESTAMP,
    utc_offset INTEGER,                 -- seconds east; local = UTC + offset
    zone_status TINYINT,                -- linkgraph.store.batch.ZONE_STATUS counts them from 0
    byte_offset BIGINT NOT NULL,        -- where the raw row stands in the (decompressed) source
    byte_length BIGINT NOT NULL,
    weight DOUBLE,
    amount DECIMAL(38, 18),
    currency VARCHAR,
    detail INTEGER
);

-- The other fields of rows as read, JSON; rows that say the same share one.
CREATE TABLE detail (key INTEGER NOT NULL, source INTEGER NOT NULL, text VARCHAR NOT NULL);

CREATE TABLE statement (source INTEGER NOT NULL, row BIGINT NOT NULL, link INTEGER NOT NULL);

-- Digests of one file, from either side.
CREATE VIEW same_file AS
SELECT source AS entity, target AS other FROM link WHERE kind = 'SAME_FILE'
UNION ALL
SELECT target, source FROM link WHERE kind = 'SAME_FILE';

-- Entities of rows that state no link.
CREATE TABLE mention (source INTEGER NOT NULL, row BIGINT NOT NULL, entity INTEGER NOT NULL);

-- Aggregates per source, so that withdrawing a source is a delete and reading is a sum.
CREATE TABLE link_part (
    link INTEGER NOT NULL,
    source INTEGER NOT NULL,
    revision BIGINT NOT NULL,
    count BIGINT NOT NULL,
    weight DOUBLE,
    first_seen TIMESTAMP,
    last_seen TIMESTAMP,
    precision TINYINT NOT NULL          -- of the most exact row: linkgraph.store.batch.Precision
);

-- Pairs of perceptual hashes within the distance at which two pictures are about the same; a < b by id.
CREATE TABLE similar_pair (a INTEGER NOT NULL, b INTEGER NOT NULL, distance TINYINT NOT NULL, revision BIGINT NOT NULL);

-- Perceptual hashes that were compared with all others.
CREATE TABLE compared (entity INTEGER NOT NULL);

CREATE TABLE link_amount (
    link INTEGER NOT NULL,
    source INTEGER NOT NULL,
    currency VARCHAR NOT NULL,
    amount DECIMAL(38, 18) NOT NULL
);

CREATE TABLE entity_part (
    entity INTEGER NOT NULL,
    source INTEGER NOT NULL,
    revision BIGINT NOT NULL,
    label VARCHAR,                      -- null where an earlier part of the source has it
    first_seen TIMESTAMP,
    last_seen TIMESTAMP
);

CREATE TABLE attribute (
    entity INTEGER NOT NULL,
    source INTEGER NOT NULL,
    row BIGINT,
    revision BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    origin VARCHAR                      -- null where the source itself states it
);

CREATE VIEW similar_with_id AS
SELECT left(sha256('SIMILAR_FILE' || chr(31) || a.id || chr(31) || b.id), 32) AS id, a.id AS source_id,
       b.id AS target_id, p.a AS source, p.b AS target, p.distance, p.revision
FROM similar_pair p JOIN entity a ON a.key = p.a JOIN entity b ON b.key = p.b;

-- Pairs of hashes that are links: neither is known to be of a picture with too little in it
-- (linkgraph.store.grades.LEAST_QUALITY).
CREATE VIEW similar_link AS
WITH quality AS (
    SELECT entity, min(try_cast(value AS DOUBLE)) AS least FROM attribute WHERE name = 'quality' GROUP BY entity
)
SELECT p.*, 'SIMILAR_FILE' AS kind,
       'similar file: PDQ hashes ' || p.distance || ' of 256 bits apart'
       || CASE WHEN qa.least IS NULL OR qb.least IS NULL THEN ', quality not stated' ELSE '' END AS grade
FROM similar_with_id p
LEFT JOIN quality qa ON qa.entity = p.source LEFT JOIN quality qb ON qb.entity = p.target
WHERE coalesce(qa.least, 50) >= 50 AND coalesce(qb.least, 50) >= 50;

CREATE VIEW every_link AS
SELECT id, kind::VARCHAR AS kind FROM link_with_id UNION ALL SELECT id, kind FROM similar_link;

CREATE TABLE role (
    entity VARCHAR NOT NULL,            -- entity id: a decision outlives the source that showed the entity
    role VARCHAR,                       -- null: taken back
    who VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    decided_at TIMESTAMP NOT NULL,
    revision BIGINT NOT NULL
);

-- Decisions that two entities are, or are not, one person's; the newest of a pair stands. A store that was made
-- before there were any gets the table with its first decision: linkgraph/store/same_as.py.
CREATE TABLE same_as (
    a VARCHAR NOT NULL,                 -- entity ids, a < b
    b VARCHAR NOT NULL,
    decision VARCHAR,                   -- null: undone
    who VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    decided_at TIMESTAMP NOT NULL,
    revision BIGINT NOT NULL
);

CREATE TABLE quarantine (
    source INTEGER NOT NULL,
    line BIGINT NOT NULL,
    byte_offset BIGINT NOT NULL,
    column_name VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    hint VARCHAR NOT NULL,
    raw BLOB NOT NULL
);

-- Rows that were in quarantine and are in the graph as an analyst corrected them; the source itself is as it was.
CREATE TABLE corrected (
    source INTEGER NOT NULL,
    row BIGINT NOT NULL,
    correction VARCHAR NOT NULL         -- SHA-256 of the file of corrections
);

-- Entities and links that a withdrawal touched: those that still exist have changed, the others are gone.
CREATE TABLE touched (id VARCHAR NOT NULL, is_link BOOLEAN NOT NULL, revision BIGINT NOT NULL);

CREATE TABLE audit (
    seq BIGINT NOT NULL,
    ts_utc VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    body VARCHAR NOT NULL,              -- canonical JSON, no identifiers of persons in it
    prev VARCHAR NOT NULL,
    hash VARCHAR NOT NULL
);
