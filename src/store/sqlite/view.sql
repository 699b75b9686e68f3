-- SPDX-License-Identifier: Apache-2.0
-- The view: what records say. Everything here follows from the logs and from notes, so an older
-- schema is dropped and replayed. docs/formats/store.md describes every column.
-- Numbers (n, shard) are of this file only and never leave it: they follow the order of arrival.

CREATE TABLE log (
    shard INTEGER PRIMARY KEY,
    origin TEXT NOT NULL UNIQUE,
    next_seq INTEGER NOT NULL
) STRICT;

-- Every id that stands in a log or is named by a record. Ids come in no order, so what finds them
-- is kept small: their first eight bytes.
CREATE TABLE record (
    n INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    id_key INTEGER NOT NULL,
    root INTEGER NOT NULL,
    status INTEGER NOT NULL,
    kind TEXT,
    org TEXT,
    mark INTEGER,
    prev INTEGER,
    shard INTEGER,
    seq INTEGER,
    received_ms INTEGER,
    signatures BLOB,
    cosigned BLOB,
    why TEXT,
    note BLOB
) STRICT;
CREATE INDEX record_id ON record (id_key);
CREATE INDEX record_chain ON record (root) WHERE root <> n;
CREATE INDEX record_register ON record (n) WHERE kind = 'organisation';

CREATE TABLE place (
    shard INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    record INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    again INTEGER NOT NULL,
    PRIMARY KEY (shard, seq),
    FOREIGN KEY (record) REFERENCES record (n) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX place_again ON place (record) WHERE again = 1;

CREATE TABLE about (
    target INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (target, record)
) STRICT, WITHOUT ROWID;

-- Records of kinds whose rate a guard looks at.
CREATE TABLE rate (
    org TEXT NOT NULL,
    kind TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    record INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    PRIMARY KEY (org, kind, received_ms, record, shard)
) STRICT, WITHOUT ROWID;

-- Keys that organisations ever gave themselves. Whether one speaks is decided by the fold.
CREATE TABLE known_key (
    org TEXT NOT NULL,
    key_id INTEGER NOT NULL,
    public_key BLOB NOT NULL,
    PRIMARY KEY (org, key_id, public_key)
) STRICT, WITHOUT ROWID;

-- Signature lines that no known key explains yet.
CREATE TABLE unproven (
    org TEXT NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (org, record)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
    org TEXT PRIMARY KEY,
    admitted INTEGER NOT NULL,
    home_log TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE object (
    n INTEGER PRIMARY KEY,
    kind TEXT,
    org TEXT,
    state TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    mark INTEGER,
    why TEXT,
    current INTEGER,
    missing TEXT,
    shard INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    next_ms INTEGER,
    digest INTEGER NOT NULL,
    rests_on BLOB,
    orgs TEXT,
    FOREIGN KEY (n) REFERENCES record (n) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX object_kind ON object (kind, shard, seq);
CREATE INDEX object_next ON object (next_ms) WHERE next_ms IS NOT NULL;

CREATE TABLE effect (
    object INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    record INTEGER NOT NULL,
    in_effect INTEGER NOT NULL,
    state TEXT,
    why TEXT,
    PRIMARY KEY (object, ordinal)
) STRICT, WITHOUT ROWID;

-- What moved an object: few among all that speak about it.
CREATE INDEX effect_moved ON effect (object, ordinal) WHERE state IS NOT NULL;

CREATE TABLE clock (
    object INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    name TEXT NOT NULL,
    late_text TEXT,
    started_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    stopped INTEGER NOT NULL,
    late INTEGER NOT NULL,
    PRIMARY KEY (object, ordinal)
) STRICT, WITHOUT ROWID;

-- What an object's state rests on beyond its own records.
CREATE TABLE rests_on_object (
    target INTEGER NOT NULL,
    object INTEGER NOT NULL,
    PRIMARY KEY (target, object)
) STRICT, WITHOUT ROWID;
-- Nearly every object rests on the same few organisations, which seldom change: an index to runs of
-- numbers; the objects in them say themselves (orgs). A run in which none is left stays.
CREATE TABLE rests_on_org (
    org TEXT NOT NULL,
    run INTEGER NOT NULL,
    PRIMARY KEY (org, run)
) STRICT, WITHOUT ROWID;
CREATE TABLE rests_on_rate (
    org TEXT NOT NULL,
    kind TEXT NOT NULL,
    last_ms INTEGER NOT NULL,
    object INTEGER NOT NULL,
    PRIMARY KEY (org, kind, last_ms, object)
) STRICT, WITHOUT ROWID;
