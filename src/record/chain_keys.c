/* SPDX-License-Identifier: Apache-2.0
 * Keys of a chain of organisation records: from when to when each is listed, for what, and behind
 * which entry it was revoked. Each public key that the chain ever lists has one life, found by
 * binary search, so that a chain of thousands of versions is read in n log n steps. */
#include "record/fold_int.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

/* "name+8 digits+base64(type, key)". Whether the key is a point of its group is found out where a
 * signature is checked. */
static rc read_vkey(struct view line, struct arena *mem, struct record_key *out, bool *out_known)
{
    size_t plus = view_find(line, '+');
    struct view bytes;
    uint8_t id[4];
    *out_known = false;
    rc r = seal_from_hex(view_slice(line, plus + 1, 8), sizeof id, id);
    if (ok(r)) r = seal_from_base64(view_slice(line, plus + 10, line.n), mem, &bytes);
    if (r.code == E_MEMORY || r.code == E_INTERNAL) return r;
    if (!ok(r) || bytes.n != 1 + SEAL_PUBLIC_BYTES || bytes.p[0] == SEAL_TYPE_MLDSA44) return OK;
    *out_known = true;
    out->name = view_slice(line, 0, plus);
    out->vkey = line;
    out->id = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
    out->type = bytes.p[0];
    memcpy(out->public_key, bytes.p + 1, SEAL_PUBLIC_BYTES);
    return OK;
}

static int64_t key_time(const struct json *key, const char *name, int64_t otherwise)
{
    int64_t ms;
    return ok(record_time_read(json_get_string(key, name), &ms)) ? ms : otherwise;
}

rc chain_read_key(const struct json *listed, struct arena *mem, struct record_key *out,
                  bool *out_known)
{
    enum seal_purpose purpose = seal_purpose_find(json_get_string(listed, "purpose"));
    *out_known = purpose != SEAL_NO_PURPOSE;
    if (!*out_known) return OK;
    TRY(read_vkey(json_get_string(listed, "vkey"), mem, out, out_known));
    out->purpose = purpose;
    out->from_ms = key_time(listed, "from", INT64_MIN);
    out->until_ms = key_time(listed, "until", INT64_MAX);
    out->last_good = UINT64_MAX;
    return OK;
}

const struct json *chain_keys_of(const struct version *v, uint32_t *out_n)
{
    const struct json *keys = json_get(v->entry->r->body, "keys");
    *out_n = keys && keys->type == JSON_ARRAY ? keys->n : 0;
    return *out_n ? keys->as.items : NULL;
}

/* ---- lives ---- */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, SEAL_PUBLIC_BYTES);
}

struct life *chain_life(const struct chain *c, const uint8_t *public_key)
{
    uint32_t low = 0, high = c->n_lives;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        int by = memcmp(c->lives[mid].public_key, public_key, SEAL_PUBLIC_BYTES);
        if (by == 0) return &c->lives[mid];
        if (by < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static rc collect_keys(const struct chain *c, struct arena *mem, uint8_t (*all)[SEAL_PUBLIC_BYTES],
                       uint32_t *out_n)
{
    uint32_t n = 0, n_keys;
    if (c->founder) memcpy(all[n++], c->founder->key.public_key.p, SEAL_PUBLIC_BYTES);
    for (uint32_t k = 0; k < c->n_versions; k++) {
        const struct json *keys = chain_keys_of(&c->versions[k], &n_keys);
        for (uint32_t i = 0; i < n_keys; i++) {
            struct record_key key;
            bool known;
            TRY(chain_read_key(&keys[i], mem, &key, &known));
            if (known) memcpy(all[n++], key.public_key, SEAL_PUBLIC_BYTES);
        }
    }
    *out_n = n;
    return OK;
}

rc chain_begin_keys(struct chain *c, struct arena *mem)
{
    uint8_t(*all)[SEAL_PUBLIC_BYTES];
    uint32_t n = c->founder ? 1 : 0, n_keys;
    for (uint32_t k = 0; k < c->n_versions; k++) {
        (void)chain_keys_of(&c->versions[k], &n_keys);
        n += n_keys;
    }
    TRY(arena_array(mem, (size_t)n + 1, &all));
    TRY(collect_keys(c, mem, all, &n));
    if (n > 1) qsort(all, n, sizeof *all, by_bytes);
    TRY(arena_array(mem, (size_t)n + 1, &c->lives));
    c->n_lives = c->n_spans = c->n_open = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0 && memcmp(all[i - 1], all[i], SEAL_PUBLIC_BYTES) == 0) continue;
        struct life *life = &c->lives[c->n_lives++];
        *life = (struct life){.in_order = true};
        memcpy(life->public_key, all[i], SEAL_PUBLIC_BYTES);
    }
    return OK;
}

/* ---- listing ---- */

static bool same_key(const struct record_key *a, const struct record_key *b)
{
    return view_eq(a->name, b->name) && a->id == b->id &&
           memcmp(a->public_key, b->public_key, SEAL_PUBLIC_BYTES) == 0;
}

rc chain_add_span(struct chain *c, const struct record_key *key, const struct place *listed,
                  struct arena *mem)
{
    struct life *life = chain_life(c, key->public_key);
    if (!life) return FAIL(E_INTERNAL, "record: a key that its chain does not list");
    if (life->n_spans > 0) {
        const struct span *last = &c->spans[life->spans[life->n_spans - 1]];
        life->in_order &= last->is_dropped && place_cmp(&last->dropped, listed) <= 0;
    } else {
        life->purpose = key->purpose;
    }
    TRY(fold_grow(mem, &c->spans, c->n_spans, &c->cap_spans, sizeof *c->spans));
    TRY(fold_grow(mem, &life->spans, life->n_spans, &life->cap_spans, sizeof *life->spans));
    TRY(fold_grow(mem, &c->open, c->n_open, &c->cap_open, sizeof *c->open));
    c->open[c->n_open++] = life->spans[life->n_spans++] = c->n_spans;
    c->spans[c->n_spans++] = (struct span){.key = *key, .listed = *listed};
    return OK;
}

static void drop(struct chain *c, struct span *span, const struct place *at)
{
    struct life *life = chain_life(c, span->key.public_key);
    span->is_dropped = true;
    span->dropped = *at;
    life->in_order &= place_cmp(&span->listed, at) <= 0;
}

/* Row of c->open. */
static uint32_t find_open(const struct chain *c, const struct record_key *key)
{
    for (uint32_t o = 0; o < c->n_open; o++) {
        const struct span *span = &c->spans[c->open[o]];
        if (!span->is_dropped && same_key(&span->key, key)) return o;
    }
    return NO_ITEM;
}

/* Reaches back to where the same key was listed before. What was revoked stays so, whatever is told
 * later: of two in one log, the stricter later one makes the earlier one needless. */
static rc revoke(struct chain *c, const uint8_t *public_key, uint64_t last_good, struct view log,
                 struct arena *mem)
{
    struct life *life = chain_life(c, public_key);
    while (life->n_revoked > 0 && life->revoked[life->n_revoked - 1].last_good >= last_good &&
           view_eq(life->revoked[life->n_revoked - 1].log, log))
        life->n_revoked--;
    TRY(fold_grow(mem, &life->revoked, life->n_revoked, &life->cap_revoked, sizeof *life->revoked));
    life->revoked[life->n_revoked++] = (struct revocation){log, last_good, c->n_spans};
    return OK;
}

/* What this version lists; stays: which of those that were open it lists too. */
static rc take_listed(struct chain *c, const struct version *v, struct view home_log,
                      const struct json *last_good, bool *stays, struct arena *mem)
{
    uint32_t n, n_before = c->n_open;
    const struct json *keys = chain_keys_of(v, &n);
    for (uint32_t i = 0; i < n; i++) {
        struct record_key key;
        bool known;
        TRY(chain_read_key(&keys[i], mem, &key, &known));
        if (!known) continue;
        /* A key serves the purpose it was first listed for, and no other. */
        const struct life *life = chain_life(c, key.public_key);
        if (life->n_spans > 0 && life->purpose != key.purpose) continue;
        uint32_t o = find_open(c, &key);
        struct span *span = o == NO_ITEM ? NULL : &c->spans[c->open[o]];
        if (span && o < n_before) stays[o] = true;
        if (span && span->key.from_ms == key.from_ms && span->key.until_ms == key.until_ms)
            continue;
        bool shorter = span && key.until_ms < span->key.until_ms;
        if (span) drop(c, span, &v->stamp.own);
        TRY(chain_add_span(c, &key, &v->stamp.own, mem));
        if (shorter && last_good)
            TRY(revoke(c, key.public_key, (uint64_t)last_good->as.integer, home_log, mem));
    }
    return OK;
}

rc chain_list_keys(struct chain *c, const struct version *v, struct view home_log,
                   struct arena *mem)
{
    const struct json *last_good = json_get(v->entry->r->body, "last_good");
    uint32_t n_before = c->n_open, n_open = 0;
    bool *stays;
    if (last_good && last_good->type != JSON_INT) last_good = NULL;
    TRY(arena_array(mem, (size_t)n_before + 1, &stays));
    TRY(take_listed(c, v, home_log, last_good, stays, mem));
    for (uint32_t o = 0; o < n_before; o++) {
        struct span *span = &c->spans[c->open[o]];
        if (stays[o] || span->is_dropped) continue;
        drop(c, span, &v->stamp.own);
        if (last_good)
            TRY(revoke(c, span->key.public_key, (uint64_t)last_good->as.integer, home_log, mem));
    }
    for (uint32_t o = 0; o < c->n_open; o++)
        if (!c->spans[c->open[o]].is_dropped) c->open[n_open++] = c->open[o];
    c->n_open = n_open;
    return OK;
}

/* ---- speaking ---- */

bool chain_signed_by(const struct record_signature *s, const struct record_key *key)
{
    return s->key_id == key->id && view_eq(s->name, key->name) &&
           memcmp(s->public_key, key->public_key, SEAL_PUBLIC_BYTES) == 0;
}

/* Later revocations reach more of the key's spans: those behind the first that does not are older.
 */
static bool is_revoked(const struct life *life, uint32_t span, const struct record_entry *e)
{
    for (uint32_t k = life->n_revoked; k-- > 0 && span < life->revoked[k].reaches;)
        if (e->index > life->revoked[k].last_good && view_eq(e->log, life->revoked[k].log))
            return true;
    return false;
}

static bool span_speaks(const struct span *span, const struct record_signature *s,
                        const struct record_entry *e, const struct place *at)
{
    return chain_signed_by(s, &span->key) && place_cmp(&span->listed, at) <= 0 &&
           (!span->is_dropped || place_cmp(at, &span->dropped) < 0) &&
           e->received_ms >= span->key.from_ms && e->received_ms < span->key.until_ms;
}

/* How many of the key's spans were listed at a place, when they follow one another. */
static uint32_t n_listed(const struct chain *c, const struct life *life, const struct place *at)
{
    uint32_t low = 0, high = life->n_spans;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (place_cmp(&c->spans[life->spans[mid]].listed, at) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

bool chain_key_speaks(const struct chain *c, enum seal_purpose purpose,
                      const struct record_signature *s, const struct record_entry *e)
{
    struct place at = entry_place(e);
    const struct life *life = chain_life(c, s->public_key);
    if (!life || life->purpose != purpose) return false;
    uint32_t k = life->in_order ? n_listed(c, life, &at) : life->n_spans;
    while (k-- > 0) {
        uint32_t span = life->spans[k];
        if (span_speaks(&c->spans[span], s, e, &at) && !is_revoked(life, span, e)) return true;
        if (life->in_order) return false; /* those before it were dropped before it was listed */
    }
    return false;
}

uint64_t chain_last_good(const struct chain *c, uint32_t span)
{
    const struct life *life = chain_life(c, c->spans[span].key.public_key);
    uint64_t least = UINT64_MAX;
    for (uint32_t k = life->n_revoked; k-- > 0 && span < life->revoked[k].reaches;)
        if (life->revoked[k].last_good < least) least = life->revoked[k].last_good;
    return least;
}

static enum silence span_silence(const struct life *life, enum seal_purpose purpose,
                                 const struct span *span, uint32_t at_span,
                                 const struct record_entry *e)
{
    struct place at = entry_place(e);
    if (life->purpose != purpose) return KEY_OF_ANOTHER_PURPOSE;
    if (is_revoked(life, at_span, e)) return KEY_REVOKED;
    if (place_cmp(&span->listed, &at) > 0) return KEY_NOT_LISTED;
    if (span->is_dropped && place_cmp(&at, &span->dropped) >= 0) return KEY_NOT_LISTED;
    bool in_time = e->received_ms >= span->key.from_ms && e->received_ms < span->key.until_ms;
    return in_time ? KEY_SPEAKS : KEY_OUT_OF_TIME;
}

enum silence chain_key_silence(const struct chain *c, enum seal_purpose purpose,
                               const struct record_signature *s, const struct record_entry *e,
                               struct record_key *out_key)
{
    struct place at = entry_place(e);
    enum silence found = KEY_UNKNOWN;
    const struct life *life = chain_life(c, s->public_key);
    uint32_t k = life ? life->n_spans : 0;
    if (k > 0 && life->in_order) k = n_listed(c, life, &at);
    if (life && k == 0 && life->n_spans > 0) k = 1; /* not listed yet */
    while (k-- > 0) {
        uint32_t at_span = life->spans[k];
        const struct span *span = &c->spans[at_span];
        enum silence why = span_silence(life, purpose, span, at_span, e);
        if (chain_signed_by(s, &span->key) && why < found) {
            found = why;
            *out_key = span->key;
            out_key->last_good = chain_last_good(c, at_span);
        }
        if (life->in_order) break; /* as above */
    }
    return found;
}
