-- SPDX-License-Identifier: Apache-2.0
-- Notes: what is nowhere else. Signed notes that are not in a public log, erasable parts, what was
-- erased; and which signatures were found to hold.

-- bytes NULL: erased; links: what it named (prev and about), which its commitment hid and the
-- states of others rest on.
CREATE TABLE note (
    id BLOB PRIMARY KEY,
    bytes BLOB,
    erased_ms INTEGER,
    links BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE part (
    id BLOB NOT NULL,
    field TEXT NOT NULL,
    bytes BLOB,
    erased_ms INTEGER,
    PRIMARY KEY (id, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE fact_log (
    shard INTEGER PRIMARY KEY,
    origin TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE fact (
    shard INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    signatures BLOB NOT NULL,
    cosigned BLOB NOT NULL,
    complete INTEGER NOT NULL,
    PRIMARY KEY (shard, seq)
) STRICT, WITHOUT ROWID;
