-- SPDX-License-Identifier: Apache-2.0
-- Prepared operations. "-- op DATABASE NAME" heads each; arguments are ?1 ?2 … in the order that
-- the comment names; another database brings a file with the same operations.

-- op view log_all: -> shard, origin, next_seq
SELECT shard, origin, next_seq FROM log ORDER BY shard;
-- op view log_add: shard, origin
INSERT INTO log (shard, origin, next_seq) VALUES (?1, ?2, 0);
-- op view log_next: shard, next_seq
UPDATE log SET next_seq = ?2 WHERE shard = ?1;

-- op view record_last: -> n
SELECT coalesce(max(n), 0) FROM record;
-- op view record_by_id: id, id_key -> all
SELECT n, id, root, status, kind, org, mark, prev, shard, seq, received_ms, signatures, cosigned, why FROM record WHERE id_key = ?2 AND id = ?1;
-- op view record_by_n: n -> all
SELECT n, id, root, status, kind, org, mark, prev, shard, seq, received_ms, signatures, cosigned, why FROM record WHERE n = ?1;
-- op view record_note: n -> note
SELECT note FROM record WHERE n = ?1;
-- op view record_add: all, note, id_key
INSERT INTO record (n, id, root, status, kind, org, mark, prev, shard, seq, received_ms, signatures, cosigned, why, note, id_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16);
-- op view record_set: all
UPDATE record SET root = ?3, status = ?4, kind = ?5, org = ?6, mark = ?7, prev = ?8, shard = ?9, seq = ?10, received_ms = ?11, signatures = ?12, cosigned = ?13, why = ?14 WHERE n = ?1 AND id = ?2;
-- op view record_set_note: n, note
UPDATE record SET note = ?2 WHERE n = ?1;
-- op view record_reroot: old, new
UPDATE record SET root = ?2 WHERE root = ?1 OR n = ?1;
-- op view record_chain: root -> n
SELECT n FROM record WHERE root = ?1 AND root <> n ORDER BY n;
-- op view record_register: -> n
SELECT n FROM record WHERE kind = 'organisation' UNION SELECT a.record FROM about a JOIN record o ON o.n = a.target WHERE o.kind = 'organisation' ORDER BY 1;

-- op view place_get: shard, seq -> record
SELECT record FROM place WHERE shard = ?1 AND seq = ?2;
-- op view place_add: shard, seq, record, received_ms, again
INSERT INTO place (shard, seq, record, received_ms, again) VALUES (?1, ?2, ?3, ?4, ?5);
-- op view place_again: record -> shard, seq, received_ms
SELECT shard, seq, received_ms FROM place WHERE record = ?1 AND again = 1 ORDER BY shard, seq;

-- op view about_add: target, record
INSERT OR IGNORE INTO about (target, record) VALUES (?1, ?2);
-- op view about_of: target -> record
SELECT record FROM about WHERE target = ?1 ORDER BY record;

-- op view rate_add: org, kind, received_ms, record, shard
INSERT OR IGNORE INTO rate (org, kind, received_ms, record, shard) VALUES (?1, ?2, ?3, ?4, ?5);
-- op view rate_count: org, kind, from_ms, to_ms, shard or -1, record that is not counted -> n
SELECT count(DISTINCT record) FROM rate WHERE org = ?1 AND kind = ?2 AND received_ms >= ?3 AND received_ms < ?4 AND (?5 < 0 OR shard = ?5) AND record <> ?6;

-- op view key_all: -> org, key_id, public_key
SELECT org, key_id, public_key FROM known_key ORDER BY org, key_id, public_key;
-- op view key_add: org, key_id, public_key
INSERT OR IGNORE INTO known_key (org, key_id, public_key) VALUES (?1, ?2, ?3);
-- op view unproven_add: org, record
INSERT OR IGNORE INTO unproven (org, record) VALUES (?1, ?2);
-- op view unproven_drop: org, record
DELETE FROM unproven WHERE org = ?1 AND record = ?2;
-- op view unproven_drop_all: record
DELETE FROM unproven WHERE record = ?1;
-- op view rate_drop_all: record
DELETE FROM rate WHERE record = ?1;
-- op view unproven_of: org -> record
SELECT record FROM unproven WHERE org = ?1 ORDER BY record;

-- op view member_all: -> org, digest
SELECT org, digest FROM member ORDER BY org;
-- op view member_put: org, admitted, home_log, digest
INSERT OR REPLACE INTO member (org, admitted, home_log, digest) VALUES (?1, ?2, ?3, ?4);
-- op view member_drop: org
DELETE FROM member WHERE org = ?1;

-- op view object_add: n, state, since_ms, mark, why, current, missing, last_ms, next_ms, digest, rests_on, orgs, org, kind, shard, seq
INSERT INTO object (n, state, since_ms, mark, why, current, missing, last_ms, next_ms, digest, rests_on, orgs, org, kind, shard, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16);
-- op view object_replace: as object_add
INSERT OR REPLACE INTO object (n, state, since_ms, mark, why, current, missing, last_ms, next_ms, digest, rests_on, orgs, org, kind, shard, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16);
-- op view object_set: n, state, since_ms, mark, why, current, missing, last_ms, next_ms, digest, rests_on, orgs, org
UPDATE object SET state = ?2, since_ms = ?3, mark = ?4, why = ?5, current = ?6, missing = ?7, last_ms = ?8, next_ms = ?9, digest = ?10, rests_on = ?11, orgs = ?12, org = ?13 WHERE n = ?1;
-- op view object_get: n -> n, kind, org, state, since_ms, mark, why, current, missing, shard, seq, next_ms, digest, rests_on, orgs
SELECT n, kind, org, state, since_ms, mark, why, current, missing, shard, seq, next_ms, digest, rests_on, orgs FROM object WHERE n = ?1;
-- op view object_drop: n
DELETE FROM object WHERE n = ?1;
-- op view object_due: now_ms -> n
SELECT n FROM object WHERE next_ms IS NOT NULL AND next_ms <= ?1 ORDER BY n;
-- op view object_next: -> next_ms
SELECT min(next_ms) FROM object WHERE next_ms IS NOT NULL;
-- op view object_list: shard, seq -> n, seq
SELECT o.n, p.seq FROM place p JOIN object o ON o.n = p.record WHERE p.shard = ?1 AND p.seq > ?2 AND o.shard = p.shard AND o.seq = p.seq ORDER BY p.seq;
-- op view object_list_kind: shard, seq, kind -> n, seq
SELECT n, seq FROM object WHERE kind = ?3 AND shard = ?1 AND seq > ?2 ORDER BY seq;

-- op view effect_add: object, ordinal, record, in_effect, state, why
INSERT INTO effect (object, ordinal, record, in_effect, state, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6);
-- op view effect_replace: object, ordinal, record, in_effect, state, why
UPDATE effect SET record = ?3, in_effect = ?4, state = ?5, why = ?6 WHERE object = ?1 AND ordinal = ?2;
-- op view effect_drop: object, first ordinal
DELETE FROM effect WHERE object = ?1 AND ordinal >= ?2;
-- op view effect_of: object -> record, in_effect, state, why
SELECT record, in_effect, state, why FROM effect WHERE object = ?1 ORDER BY ordinal;
-- op view effect_in: object -> record, of those in effect
SELECT record FROM effect WHERE object = ?1 AND in_effect = 1 ORDER BY ordinal;
-- op view effect_moved: object -> record, state, of those that moved it
SELECT record, state FROM effect WHERE object = ?1 AND state IS NOT NULL ORDER BY ordinal;
-- op view clock_add: object, ordinal, name, late_text, started_ms, due_ms, stopped, late
INSERT INTO clock (object, ordinal, name, late_text, started_ms, due_ms, stopped, late) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
-- op view clock_drop: object
DELETE FROM clock WHERE object = ?1;
-- op view clock_of: object -> name, late_text, started_ms, due_ms, stopped, late
SELECT name, late_text, started_ms, due_ms, stopped, late FROM clock WHERE object = ?1 ORDER BY ordinal;

-- op view on_object_add: target, object
INSERT OR IGNORE INTO rests_on_object (target, object) VALUES (?1, ?2);
-- op view on_object_drop: target, object
DELETE FROM rests_on_object WHERE target = ?1 AND object = ?2;
-- op view on_object: target -> object
SELECT object FROM rests_on_object WHERE target = ?1 ORDER BY object;
-- op view on_org_add: org, run
INSERT OR IGNORE INTO rests_on_org (org, run) VALUES (?1, ?2);
-- op view on_org: org, length of a run -> n, orgs of the objects in its runs
SELECT o.n, o.orgs FROM rests_on_org r CROSS JOIN object o ON o.n >= r.run * ?2 AND o.n < (r.run + 1) * ?2 WHERE r.org = ?1;
-- op view on_rate_add: org, kind, last_ms, object
INSERT OR IGNORE INTO rests_on_rate (org, kind, last_ms, object) VALUES (?1, ?2, ?3, ?4);
-- op view on_rate_drop: org, kind, last_ms, object
DELETE FROM rests_on_rate WHERE org = ?1 AND kind = ?2 AND last_ms = ?3 AND object = ?4;
-- op view on_rate: org, kind, received_ms -> object
SELECT object FROM rests_on_rate WHERE org = ?1 AND kind = ?2 AND last_ms >= ?3 ORDER BY object;

-- op notes note_get: id -> bytes, erased_ms, links
SELECT bytes, erased_ms, links FROM note WHERE id = ?1;
-- op notes note_put: id, bytes
INSERT OR IGNORE INTO note (id, bytes) VALUES (?1, ?2);
-- op notes note_replace: id, bytes
UPDATE note SET bytes = ?2 WHERE id = ?1 AND erased_ms IS NULL;
-- op notes note_erase: id, now_ms, links
UPDATE note SET bytes = NULL, erased_ms = ?2, links = ?3 WHERE id = ?1 AND erased_ms IS NULL;
-- op notes part_put: id, field, bytes
INSERT OR IGNORE INTO part (id, field, bytes) VALUES (?1, ?2, ?3);
-- op notes part_erase: id, field, now_ms
UPDATE part SET bytes = NULL, erased_ms = coalesce(erased_ms, ?3) WHERE id = ?1 AND field = ?2;
-- op notes part_erase_all: id, now_ms
UPDATE part SET bytes = NULL, erased_ms = ?2 WHERE id = ?1 AND erased_ms IS NULL;
-- op notes part_of: id -> field, bytes
SELECT field, bytes FROM part WHERE id = ?1 AND bytes IS NOT NULL ORDER BY field;
-- op notes fact_log_all: -> shard, origin
SELECT shard, origin FROM fact_log ORDER BY shard;
-- op notes fact_log_add: shard, origin
INSERT INTO fact_log (shard, origin) VALUES (?1, ?2);
-- op notes fact_get: shard, seq -> hash, signatures, cosigned, complete
SELECT hash, signatures, cosigned, complete FROM fact WHERE shard = ?1 AND seq = ?2;
-- op notes fact_put: shard, seq, hash, signatures, cosigned, complete
INSERT OR REPLACE INTO fact (shard, seq, hash, signatures, cosigned, complete) VALUES (?1, ?2, ?3, ?4, ?5, ?6);
-- op notes fact_drop: shard, seq
DELETE FROM fact WHERE shard = ?1 AND seq = ?2;

-- op local draft_put: name, text, changed_ms
INSERT OR REPLACE INTO draft (name, text, changed_ms) VALUES (?1, ?2, ?3);
-- op local draft_get: name -> text
SELECT text FROM draft WHERE name = ?1;
-- op local draft_drop: name -> name
DELETE FROM draft WHERE name = ?1 RETURNING name;
-- op local draft_all: -> name, changed_ms
SELECT name, changed_ms FROM draft ORDER BY name;
-- op local ask_add: day, text
INSERT INTO ask (day, text, n) VALUES (?1, ?2, 1) ON CONFLICT (day, text) DO UPDATE SET n = n + 1;
-- op local ask_all: day, least -> text, n
SELECT text, n FROM ask WHERE day = ?1 AND n >= ?2 ORDER BY n DESC, text;

-- Every table by the keys that people know: no number of this file stands in a dump. What
-- rests_on_org leads to stands with the objects.
-- op view dump.log
SELECT origin, next_seq FROM log ORDER BY origin;
-- op view dump.record
SELECT lower(hex(r.id)), (SELECT lower(hex(x.id)) FROM record x WHERE x.n = r.root), r.status, r.kind, r.org, r.mark, (SELECT lower(hex(x.id)) FROM record x WHERE x.n = r.prev), lower(hex(r.signatures)), lower(hex(r.cosigned)), r.why, lower(hex(r.note)) FROM record r ORDER BY r.id;
-- op view dump.place
SELECT l.origin, p.seq, lower(hex(r.id)), p.received_ms FROM place p JOIN log l ON l.shard = p.shard JOIN record r ON r.n = p.record ORDER BY l.origin, p.seq;
-- op view dump.about
SELECT lower(hex(t.id)), lower(hex(r.id)) FROM about a JOIN record t ON t.n = a.target JOIN record r ON r.n = a.record ORDER BY t.id, r.id;
-- op view dump.rate
SELECT q.org, q.kind, q.received_ms, lower(hex(r.id)), l.origin FROM rate q JOIN record r ON r.n = q.record JOIN log l ON l.shard = q.shard ORDER BY q.org, q.kind, q.received_ms, r.id, l.origin;
-- op view dump.known_key
SELECT org, key_id, lower(hex(public_key)) FROM known_key ORDER BY org, key_id, public_key;
-- op view dump.unproven
SELECT u.org, lower(hex(r.id)) FROM unproven u JOIN record r ON r.n = u.record ORDER BY u.org, r.id;
-- op view dump.member
SELECT org, admitted, home_log, lower(hex(digest)) FROM member ORDER BY org;
-- op view dump.object
SELECT lower(hex(r.id)), o.kind, o.org, o.state, o.since_ms, o.mark, o.why, (SELECT lower(hex(x.id)) FROM record x WHERE x.n = o.current), o.missing, l.origin, o.seq, o.last_ms, o.next_ms, o.digest, o.orgs FROM object o JOIN record r ON r.n = o.n JOIN log l ON l.shard = o.shard ORDER BY r.id;
-- op view dump.effect
SELECT lower(hex(r.id)), e.ordinal, lower(hex(x.id)), e.in_effect, e.state, e.why FROM effect e JOIN record r ON r.n = e.object JOIN record x ON x.n = e.record ORDER BY r.id, e.ordinal;
-- op view dump.clock
SELECT lower(hex(r.id)), c.ordinal, c.name, c.late_text, c.started_ms, c.due_ms, c.stopped, c.late FROM clock c JOIN record r ON r.n = c.object ORDER BY r.id, c.ordinal;
-- op view dump.rests_on_object
SELECT lower(hex(t.id)), lower(hex(r.id)) FROM rests_on_object d JOIN record t ON t.n = d.target JOIN record r ON r.n = d.object ORDER BY t.id, r.id;
-- op view dump.rests_on_rate
SELECT d.org, d.kind, d.last_ms, lower(hex(r.id)) FROM rests_on_rate d JOIN record r ON r.n = d.object ORDER BY d.org, d.kind, d.last_ms, r.id;
