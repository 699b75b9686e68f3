-- SPDX-License-Identifier: Apache-2.0
-- Local: never federated, never logged, never touched by a replay.

CREATE TABLE draft (
    name TEXT PRIMARY KEY,
    text BLOB NOT NULL,
    changed_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Scrubbed questions without an answer, counted by day. Nothing says who asked.
CREATE TABLE ask (
    day TEXT NOT NULL,
    text TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (day, text)
) STRICT, WITHOUT ROWID;
