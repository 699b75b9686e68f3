/* SPDX-License-Identifier: Apache-2.0
 * Which signature lines hold. That a line holds over a text under a key is a fact for ever, so it
 * is kept in `notes` and a replay asks no Ed25519 again. Every key that an organisation record ever
 * listed, and those of the founders, are tried; whether a key may speak is for the fold. Lines of
 * names whose keys are not known yet are looked at again when keys arrive. */
#include "store/store_int.h"

#include <string.h>

/* ---- keys ---- */

static int order_keys(const struct known_key *a, const struct known_key *b)
{
    int by = view_cmp(a->org, b->org);
    if (by != 0) return by;
    if (a->id != b->id) return a->id < b->id ? -1 : 1;
    return memcmp(a->public_key, b->public_key, SEAL_PUBLIC_BYTES);
}

static uint32_t lower(const struct store *s, const struct known_key *key)
{
    uint32_t from = 0, to = s->n_keys;
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        if (order_keys(&s->keys[mid], key) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

static rc remember_key(struct store *s, const struct known_key *key, bool *out_new)
{
    uint32_t at = lower(s, key);
    *out_new = at == s->n_keys || order_keys(&s->keys[at], key) != 0;
    if (!*out_new) return OK;
    if (s->n_keys == s->cap_keys) {
        uint32_t cap = s->cap_keys ? 2 * s->cap_keys : 64;
        TRY(mem_resize(&s->keys, cap, sizeof *s->keys));
        s->cap_keys = cap;
    }
    struct known_key copy = *key;
    TRY(arena_copy(&s->keys_mem, key->org, &copy.org));
    memmove(&s->keys[at + 1], &s->keys[at], (s->n_keys - at) * sizeof *s->keys);
    s->keys[at] = copy;
    s->n_keys++;
    return OK;
}

static rc key_of(const struct seal_verifier *v, struct known_key *out)
{
    if (v->public_key.n != SEAL_PUBLIC_BYTES)
        return FAIL(E_INPUT, "store: a key of %zu bytes", v->public_key.n);
    *out = (struct known_key){.org = v->name, .id = v->id};
    memcpy(out->public_key, v->public_key.p, SEAL_PUBLIC_BYTES);
    return OK;
}

static rc load_rows(struct store *s)
{
    struct cell c[3];
    bool more, is_new;
    TRY(db_ask(s->db, OP_key_all, NULL, 0));
    for (;;) {
        TRY(db_row(s->db, OP_key_all, c, 3, &more));
        if (!more) return OK;
        struct known_key key = {.org = c[0].v, .id = (uint32_t)c[1].i};
        if (c[2].v.n != SEAL_PUBLIC_BYTES)
            return FAIL(E_DAMAGED, "store: a known key of %zu bytes", c[2].v.n);
        memcpy(key.public_key, c[2].v.p, SEAL_PUBLIC_BYTES);
        TRY(remember_key(s, &key, &is_new));
    }
}

rc keys_load(struct store *s)
{
    bool is_new;
    if (s->keys_known) return OK;
    arena_reset(&s->keys_mem);
    s->n_keys = 0;
    for (uint32_t i = 0; i < s->options.n_founders; i++) {
        struct known_key key;
        TRY(key_of(&s->options.founders[i].key, &key));
        TRY(remember_key(s, &key, &is_new));
    }
    rc r = load_rows(s);
    db_end(s->db, OP_key_all);
    s->keys_known = ok(r);
    return r;
}

static rc learn(struct store *s, struct view vkey)
{
    struct batch *b = &s->batch;
    struct seal_verifier v;
    struct known_key key;
    bool is_new;
    rc parsed = seal_verifier_parse(vkey, &b->mem, &v);
    if (!ok(parsed)) return parsed.code == E_MEMORY ? parsed : OK;
    if (v.type != SEAL_TYPE_ED25519 || v.public_key.n != SEAL_PUBLIC_BYTES) return OK;
    TRY(key_of(&v, &key));
    struct cell c[] = {cell_text(key.org), cell_int(key.id),
                       cell_blob(view_of(key.public_key, SEAL_PUBLIC_BYTES))};
    TRY(db_do(s->db, OP_key_add, c, 3, NULL));
    TRY(remember_key(s, &key, &is_new));
    if (!is_new) return OK;
    if (b->n_new_keys == b->cap_new_keys) {
        struct known_key *wider;
        b->cap_new_keys = b->cap_new_keys ? 2 * b->cap_new_keys : 16;
        TRY(arena_array(&b->mem, b->cap_new_keys, &wider));
        if (b->n_new_keys) memcpy(wider, b->new_keys, b->n_new_keys * sizeof *wider);
        b->new_keys = wider;
    }
    b->new_keys[b->n_new_keys++] = key;
    return OK;
}

static rc learn_all(struct store *s, const struct record *r)
{
    const struct json *keys = json_get(r->body, "keys");
    TRY(keys_load(s));
    for (uint32_t i = 0; keys && keys->type == JSON_ARRAY && i < keys->n; i++)
        TRY(learn(s, json_get_string(&keys->as.items[i], "vkey")));
    return OK;
}

rc keys_learn(struct store *s, struct rec *r)
{
    return learn_all(s, r->r);
}

/* ---- lines ---- */

rc facts_keys(struct store *s, const struct seal_line *lines, uint32_t n, struct arena *mem,
              struct seal_verifier **out, uint32_t *out_n)
{
    uint32_t count = 0, cap = 0;
    struct seal_verifier *list = NULL;
    for (uint32_t i = 0; i < n; i++) {
        struct known_key from = {.org = lines[i].name, .id = lines[i].id};
        for (uint32_t k = lower(s, &from); k < s->n_keys; k++) {
            const struct known_key *key = &s->keys[k];
            if (key->id != from.id || !view_eq(key->org, from.org)) break;
            if (count == cap) {
                struct seal_verifier *wider;
                cap = cap ? 2 * cap : 4;
                TRY(arena_array(mem, cap, &wider));
                if (count) memcpy(wider, list, count * sizeof *wider);
                list = wider;
            }
            list[count++] =
                (struct seal_verifier){.name = lines[i].name,
                                       .id = key->id,
                                       .type = SEAL_TYPE_ED25519,
                                       .public_key = view_of(key->public_key, SEAL_PUBLIC_BYTES)};
        }
    }
    *out = list;
    *out_n = count;
    return OK;
}

static rc look(struct store *s, struct view text, const struct seal_line *lines, uint32_t n,
               struct arena *mem, const struct record_signature **out, uint32_t *out_n)
{
    struct seal_verifier *keys;
    uint32_t n_keys;
    *out_n = 0;
    TRY(keys_load(s));
    TRY(facts_keys(s, lines, n, mem, &keys, &n_keys));
    if (n_keys == 0) return OK;
    const struct record_checked checked = {s, foreseen};
    return record_signatures(text, lines, n, keys, n_keys, &checked, mem, out, out_n);
}

rc facts_look(struct store *s, const struct record *r, struct view text,
              const struct seal_line *lines, uint32_t n, struct arena *mem,
              const struct record_signature **out, uint32_t *out_n)
{
    if (r && view_eq(r->kind_name, VIEW("organisation"))) {
        s->never_commit = true;
        TRY(learn_all(s, r));
    }
    return look(s, text, lines, n, mem, out, out_n);
}

static bool proven(const struct seal_line *line, const struct record_signature *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i].key_id == line->id && view_eq(list[i].name, line->name)) return true;
    return false;
}

static rc wait_for_keys(struct store *s, struct rec *r, struct view name)
{
    struct cell c[] = {cell_text(name), cell_int(r->n)};
    return db_do(s->db, OP_unproven_add, c, 2, NULL);
}

/* Lines of a note; those that nothing explains wait for keys. */
static rc prove_note(struct store *s, struct rec *r, struct view note, bool *out_complete)
{
    struct arena *mem = &s->batch.mem;
    struct seal_note cut;
    const struct record_signature *found;
    uint32_t n;
    *out_complete = true;
    rc parsed = seal_note_parse(note, mem, &cut);
    if (!ok(parsed)) return parsed.code == E_MEMORY ? parsed : OK;
    TRY(look(s, r->r->text, cut.lines, cut.n_lines, mem, &found, &n));
    TRY(signatures_join(r->signatures, found, n, mem, &r->signatures));
    rec_dirty(&s->batch, r);
    for (uint32_t i = 0; i < cut.n_lines; i++) {
        if (proven(&cut.lines[i], found, n)) continue;
        *out_complete = false;
        TRY(wait_for_keys(s, r, cut.lines[i].name));
    }
    return OK;
}

rc facts_of_note(struct store *s, struct rec *r, struct view note)
{
    bool complete;
    return prove_note(s, r, note, &complete);
}

/* ---- facts of earlier runs ---- */

static rc fact_hash(const struct rec *r, struct view tail, struct arena *mem, struct view *out)
{
    uint8_t *p;
    struct seal_hasher h = {0};
    TRY(arena_bytes(mem, SEAL_SHA256_BYTES, &p));
    TRY(seal_hasher_init(&h));
    rc done = seal_hasher_add(&h, view_of(r->id.bytes, SEAL_SHA256_BYTES));
    if (ok(done)) done = seal_hasher_add(&h, tail);
    if (ok(done)) done = seal_hasher_finish(&h, p);
    seal_hasher_done(&h);
    *out = view_of(p, SEAL_SHA256_BYTES);
    return done;
}

static struct log_row *log_of(struct store *s, int64_t shard)
{
    for (uint32_t i = 0; i < s->n_logs; i++)
        if (s->logs[i].shard == shard) return &s->logs[i];
    return NULL;
}

static rc fact_get(struct store *s, struct rec *r, struct view hash, bool *out_complete,
                   bool *out_found)
{
    struct log_row *log = log_of(s, r->place.shard);
    struct cell c[4], key[] = {cell_int(log ? log->fact_shard : -1), cell_int(r->place.seq)};
    *out_complete = *out_found = false;
    if (!log || log->fact_shard < 0) return OK;
    TRY(db_one(s->db, OP_fact_get, key, 2, &s->batch.mem, c, 4, out_found));
    *out_found = *out_found && view_eq(c[0].v, hash);
    if (!*out_found) return OK;
    r->signatures = c[1].v;
    r->cosigned = c[2].v;
    *out_complete = c[3].i == 1;
    return OK;
}

static rc fact_put(struct store *s, struct rec *r, struct view hash, bool complete)
{
    struct log_row *log = log_of(s, r->place.shard);
    if (!log) return OK;
    if (log->fact_shard < 0) {
        struct cell c[] = {cell_int(log->shard), cell_text(log->origin)};
        struct cell row[2];
        int64_t most = 0;
        bool more;
        TRY(db_ask(s->db, OP_fact_log_all, NULL, 0));
        for (;;) {
            TRY(db_row(s->db, OP_fact_log_all, row, 2, &more));
            if (!more) break;
            if (row[0].i > most) most = row[0].i;
        }
        c[0] = cell_int(most + 1);
        TRY(db_do(s->db, OP_fact_log_add, c, 2, NULL));
        log->fact_shard = most + 1;
    }
    struct cell none = {CELL_BLOB, 0, {NULL, 0}};
    struct cell c[] = {cell_int(log->fact_shard),
                       cell_int(r->place.seq),
                       cell_blob(hash),
                       r->signatures.n ? cell_blob(r->signatures) : none,
                       r->cosigned.n ? cell_blob(r->cosigned) : none,
                       cell_int(complete)};
    return db_do(s->db, OP_fact_put, c, COUNT_OF(c), NULL);
}

static rc tail_of(struct store *s, struct rec *r, struct view *out)
{
    struct view note;
    TRY(rec_note(s, r, &note));
    *out = view_slice(note, r->r->text.n, note.n);
    return OK;
}

static rc keys_known(struct store *s, struct view packed, bool *out)
{
    const struct record_signature *list;
    uint32_t n;
    *out = true;
    TRY(keys_load(s));
    TRY(signatures_unpack(packed, &s->batch.mem, &list, &n));
    for (uint32_t i = 0; i < n && *out; i++) {
        struct known_key key = {.org = list[i].name, .id = list[i].key_id};
        memcpy(key.public_key, list[i].public_key, SEAL_PUBLIC_BYTES);
        uint32_t at = lower(s, &key);
        *out = at < s->n_keys && order_keys(&s->keys[at], &key) == 0;
    }
    return OK;
}

/* A replay may come to a signature before the record that lists its key. It waits then as it did
 * the first time: nothing else tells its object that the key has come. */
static rc facts_stand(struct store *s, struct rec *r, bool *inout_complete)
{
    bool known;
    TRY(keys_known(s, r->signatures, &known));
    if (!known) {
        r->signatures = view_of(NULL, 0);
        *inout_complete = false;
    }
    TRY(keys_known(s, r->cosigned, &known));
    if (!known) r->cosigned = view_of(NULL, 0);
    return OK;
}

rc facts_of(struct store *s, struct rec *r)
{
    struct view tail, hash;
    bool complete, found;
    TRY(tail_of(s, r, &tail));
    TRY(fact_hash(r, tail, &s->batch.mem, &hash));
    if (r->r == s->door.r && s->door.signatures.n > 0) {
        r->signatures = s->door.signatures;
        r->complete = true;
        rec_dirty(&s->batch, r);
        return fact_put(s, r, hash, true);
    }
    TRY(fact_get(s, r, hash, &complete, &found));
    if (found) TRY(facts_stand(s, r, &complete));
    r->complete = complete;
    if (complete) return OK;
    TRY(prove_note(s, r, r->note, &complete));
    r->complete = complete;
    return fact_put(s, r, hash, complete);
}

/* ---- cosign records ---- */

static bool is_cosign(const struct rec *r)
{
    return r->status == REC_READABLE && view_eq(r->kind, VIEW("cosign"));
}

/* The line in a cosign's body, over the text of what it is about. */
static rc prove_cosign(struct store *s, struct rec *r)
{
    struct arena *mem = &s->batch.mem;
    const struct record *cosign, *object = NULL;
    const struct record_signature *found;
    struct rec *target;
    struct seal_line line;
    struct view tail, hash;
    bool is_line;
    uint32_t n;
    if (!is_cosign(r) || r->cosigned.n > 0) return OK;
    TRY(rec_read(s, r, &cosign));
    if (!cosign || cosign->n_about == 0) return OK;
    TRY(rec_by_id(s, cosign->about[0], false, &target));
    if (target) TRY(rec_read(s, target, &object));
    if (!object) return OK; /* looked at again when it arrives */
    TRY(record_cosign_line(cosign, object->text, mem, &line, &is_line));
    if (!is_line) return OK;
    TRY(look(s, object->text, &line, 1, mem, &found, &n));
    if (n == 0) return wait_for_keys(s, r, line.name);
    TRY(signatures_join(view_of(NULL, 0), found, 1, mem, &r->cosigned));
    rec_dirty(&s->batch, r);
    TRY(tail_of(s, r, &tail));
    TRY(fact_hash(r, tail, mem, &hash));
    TRY(fact_put(s, r, hash, r->complete));
    return object_touch_all(s, r);
}

rc facts_cosigns(struct store *s, struct rec *r)
{
    if (is_cosign(r)) TRY(prove_cosign(s, r));
    if (r->status != REC_READABLE) return OK;
    for (uint32_t i = 0; i < r->about.n; i++)
        TRY(prove_cosign(s, r->about.at[i]));
    if (r->fresh) return OK;
    struct cell key = cell_int(r->n);
    int64_t *list;
    uint32_t n;
    TRY(db_numbers(s->db, OP_about_of, &key, 1, &s->batch.mem, &list, &n));
    for (uint32_t i = 0; i < n; i++) {
        struct rec *other;
        TRY(rec_by_n(s, list[i], &other));
        TRY(prove_cosign(s, other));
    }
    return OK;
}

/* ---- new keys ---- */

static rc look_again(struct store *s, struct rec *r, struct view name)
{
    const struct record *record;
    struct view note, tail, hash, had = r->signatures;
    bool complete;
    struct cell c[] = {cell_text(name), cell_int(r->n)};
    TRY(rec_read(s, r, &record));
    if (!record) return OK;
    TRY(rec_note(s, r, &note));
    TRY(db_do(s->db, OP_unproven_drop, c, 2, NULL));
    TRY(prove_note(s, r, note, &complete));
    r->complete = complete;
    TRY(prove_cosign(s, r));
    if (view_eq(had, r->signatures)) return OK;
    TRY(tail_of(s, r, &tail));
    TRY(fact_hash(r, tail, &s->batch.mem, &hash));
    TRY(fact_put(s, r, hash, complete));
    TRY(rate_take(s, r));
    return object_touch_all(s, r);
}

rc facts_again(struct store *s)
{
    struct batch *b = &s->batch;
    for (uint32_t k = 0; k < b->n_new_keys; k++) {
        struct cell key = cell_text(b->new_keys[k].org);
        int64_t *list;
        uint32_t n;
        TRY(batch_write_records(s));
        TRY(db_numbers(s->db, OP_unproven_of, &key, 1, &b->mem, &list, &n));
        for (uint32_t i = 0; i < n; i++) {
            struct rec *r;
            TRY(rec_by_n(s, list[i], &r));
            TRY(look_again(s, r, b->new_keys[k].org));
        }
    }
    b->n_new_keys = 0;
    return OK;
}
