/* SPDX-License-Identifier: Apache-2.0
 * The register as the store holds it: folded from all records about organisations, kept in memory,
 * folded again when one of them arrives. What it borrows is read into an arena of its own. */
#include "store/store_int.h"

#include <string.h>

struct entries {
    struct record_entry *at;
    uint32_t n, cap;
};

static rc add_entry(struct entries *e, const struct record_entry *entry, struct arena *mem)
{
    if (e->n == e->cap) {
        struct record_entry *wider;
        e->cap = e->cap ? 2 * e->cap : 64;
        TRY(arena_array(mem, e->cap, &wider));
        if (e->n) memcpy(wider, e->at, e->n * sizeof *wider);
        e->at = wider;
    }
    e->at[e->n++] = *entry;
    return OK;
}

static rc add_record(struct store *s, struct rec *r, struct entries *e, struct arena *mem)
{
    struct record_entry entry = {0};
    struct view note, packed;
    if (r->status == REC_NAMED) return OK;
    TRY(rec_note(s, r, &note));
    TRY(rec_places(s, r));
    TRY(entry_make(s, r, &r->place, mem, &entry));
    if (entry.r)
        TRY(record_parse(entry.r->text, RECORD_FROM_ELSEWHERE, s->now_ms, mem, &entry.r, NULL));
    TRY(arena_copy(mem, r->signatures, &packed));
    TRY(signatures_unpack(packed, mem, &entry.signatures, &entry.n_signatures));
    if (entry.cosigned) {
        uint32_t n;
        TRY(arena_copy(mem, r->cosigned, &packed));
        TRY(signatures_unpack(packed, mem, &entry.cosigned, &n));
    }
    TRY(add_entry(e, &entry, mem));
    for (uint32_t i = 0; i < r->n_again; i++) {
        entry.received_ms = r->again[i].received_ms;
        entry.log = logs_origin(s, r->again[i].shard);
        entry.index = (uint64_t)r->again[i].seq;
        TRY(add_entry(e, &entry, mem));
    }
    return OK;
}

static rc fold_register(struct store *s)
{
    uint32_t into = 1 - s->register_in;
    struct arena *mem = &s->register_mem[into];
    struct entries e = {0};
    int64_t *list;
    uint32_t n, n_members;
    const struct record_register *reg;
    arena_reset(mem);
    TRY(logs_load(s));
    TRY(db_numbers(s->db, OP_record_register, NULL, 0, &s->batch.mem, &list, &n));
    for (uint32_t i = 0; i < n; i++) {
        struct rec *r;
        TRY(rec_by_n(s, list[i], &r));
        TRY(add_record(s, r, &e, mem));
    }
    TRY(record_register_fold(s->options.founders, s->options.n_founders, e.at, e.n, s->now_ms, mem,
                             &reg));
    s->reg = reg;
    s->register_in = into;
    s->reg_known = true;
    s->reg_held = false;
    s->reg_next_ms = INT64_MAX;
    const struct record_member *m = record_register_list(reg, &n_members);
    for (uint32_t i = 0; i < n_members; i++)
        if (m[i].outcome && m[i].outcome->next_ms < s->reg_next_ms)
            s->reg_next_ms = m[i].outcome->next_ms;
    return OK;
}

rc register_load(struct store *s)
{
    return s->reg_known ? OK : fold_register(s);
}

/* ---- what changed ---- */

static rc add_texts(struct buf *b, const struct view *list, uint32_t n)
{
    TRY(buf_add_u32(b, n));
    for (uint32_t i = 0; i < n; i++)
        TRY(text_add(b, list[i]));
    return OK;
}

/* Everything of a member that a fold may look at. */
static rc describe(const struct record_member *m, struct buf *b)
{
    TRY(text_add(b, m->org.org_kind));
    TRY(text_add(b, m->org.government));
    TRY(add_texts(b, m->org.parents, m->org.n_parents));
    TRY(add_texts(b, m->org.major_funders, m->org.n_major_funders));
    TRY(text_add(b, m->home_log));
    TRY(buf_add_byte(b, m->admitted));
    TRY(buf_add(b, m->outcome ? view_cstr(m->outcome->state_name) : view_of(NULL, 0)));
    if (m->record) TRY(buf_add(b, view_of(m->record->id, SEAL_SHA256_BYTES)));
    for (uint32_t i = 0; i < m->n_keys; i++) {
        TRY(text_add(b, m->keys[i].vkey));
        TRY(buf_add_u32(b, (uint32_t)m->keys[i].purpose));
        TRY(buf_add_u64(b, (uint64_t)m->keys[i].from_ms));
        TRY(buf_add_u64(b, (uint64_t)m->keys[i].until_ms));
        TRY(buf_add_u64(b, m->keys[i].last_good));
    }
    return OK;
}

struct old_member {
    struct view org, digest;
    bool there;
};

static rc old_members(struct store *s, struct old_member **out, uint32_t *out_n)
{
    struct arena *mem = &s->batch.mem;
    struct old_member *list;
    const struct cell *c;
    uint32_t n;
    TRY(db_rows(s->db, OP_member_all, NULL, 0, mem, 2, &c, &n));
    TRY(arena_array(mem, n ? n : 1, &list));
    for (uint32_t i = 0; i < n; i++, c += 2) {
        list[i].org = c[0].v;
        list[i].digest = c[1].v;
    }
    *out = list;
    *out_n = n;
    return OK;
}

/* Both lists are in the order of names. */
static rc hold_against(struct store *s, const struct record_member *m, struct old_member *old,
                       uint32_t n_old, struct buf *text)
{
    uint8_t digest[SEAL_SHA256_BYTES];
    buf_reset(text);
    TRY(describe(m, text));
    TRY(seal_sha256(buf_view(text), digest));
    struct view now = view_of(digest, sizeof digest);
    for (uint32_t i = 0; i < n_old; i++) {
        if (!view_eq(old[i].org, m->org.name)) continue;
        old[i].there = true;
        if (view_eq(old[i].digest, now)) return OK;
    }
    struct cell home = {CELL_TEXT, 0, m->home_log};
    struct cell c[] = {cell_text(m->org.name), cell_int(m->admitted), home, cell_blob(now)};
    TRY(db_do(s->db, OP_member_put, c, COUNT_OF(c), NULL));
    return touch_dependents_of_org(s, m->org.name);
}

rc register_renew(struct store *s)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct old_member *old;
    uint32_t n_old, n;
    bool stands = s->reg_known && !s->batch.register_dirty && s->reg_next_ms > s->now_ms;
    if (stands && s->reg_held) return OK;
    if (!stands) TRY(fold_register(s));
    s->reg_held = true;
    s->batch.register_dirty = false;
    TRY(old_members(s, &old, &n_old));
    const struct record_member *m = record_register_list(s->reg, &n);
    for (uint32_t i = 0; i < n; i++)
        TRY(hold_against(s, &m[i], old, n_old, &text));
    for (uint32_t i = 0; i < n_old; i++) {
        struct cell c = cell_text(old[i].org);
        if (old[i].there) continue;
        TRY(db_do(s->db, OP_member_drop, &c, 1, NULL));
        TRY(touch_dependents_of_org(s, old[i].org));
    }
    return OK;
}
