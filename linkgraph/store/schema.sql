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
CREATE TABLE link (
    key INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    grade VARCHAR
);

CREATE VIEW link_with_id AS
SELECT l.key, left(sha256(l.kind || chr(31) || a.id || chr(31) || b.id), 32) AS id, l.kind,
       a.id AS source_id, b.id AS target_id, l.source, l.target, l.grade
FROM link l JOIN entity a ON a.key = l.source JOIN entity b ON b.key = l.target;

-- One row of evidence. `content` and `occurrence` are its identity; of the rows that share it
-- exactly one is `counted`, the others are the same event seen again.
CREATE TABLE observation (
    source INTEGER NOT NULL,
    row BIGINT NOT NULL,
    content UUID NOT NULL,
    occurrence INTEGER NOT NULL,
    counted BOOLEAN NOT NULL,
    first_seen TIMESTAMP,
    last_seen TIMESTAMP,
    utc_offset INTEGER,                 -- seconds east; local = UTC + offset
    zone_status VARCHAR,
    byte_offset BIGINT NOT NULL,        -- where the raw row stands in the (decompressed) source
    byte_length BIGINT NOT NULL,
    weight DOUBLE,
    amount DECIMAL(38, 18),
    currency VARCHAR,
    detail VARCHAR                      -- JSON: the other fields as read
);

CREATE TABLE statement (source INTEGER NOT NULL, row BIGINT NOT NULL, link INTEGER NOT NULL);

-- Aggregates per source, so that withdrawing a source is a delete and reading is a sum.
CREATE TABLE link_part (
    link INTEGER NOT NULL,
    source INTEGER NOT NULL,
    revision BIGINT NOT NULL,
    count BIGINT NOT NULL,
    weight DOUBLE,
    first_seen TIMESTAMP,
    last_seen TIMESTAMP
);

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
    label VARCHAR NOT NULL,
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

CREATE TABLE role (
    entity VARCHAR NOT NULL,            -- entity id: a decision outlives the source that showed the entity
    role VARCHAR,                       -- null: taken back
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
