/* SPDX-License-Identifier: Apache-2.0
 * A base with its deltas: which items are withdrawn, which are added, up to which number. */
#include "bank/bank_int.h"

#include <stdio.h>
#include <string.h>

void pile_done(struct pile *p)
{
    if (!p) return;
    bank_free(p->base);
    file_map_close(&p->map);
    buf_done(&p->json);
    ids_done(&p->ids);
    mem_free(p->added);
    mem_free(p->withdrawn);
    *p = (struct pile){0};
}

rc pile_open(const char *bank_path, struct pile *out)
{
    struct pile p = {0};
    TRY(file_map_open(bank_path, &p.map));
    rc r = bank_open_image(p.map.bytes, &p.base);
    if (!ok(r)) {
        pile_done(&p);
        return rc_within(r, "%s: ", bank_path);
    }
    memcpy(p.hash, bank_hash(p.base), sizeof p.hash);
    *out = p;
    return OK;
}

uint32_t pile_count_alive(const struct pile *p)
{
    uint32_t n = bank_n_items(p->base);
    for (size_t w = 0; p->withdrawn && w < bits_words(bank_n_items(p->base)); w++)
        n -= (uint32_t)__builtin_popcountll(p->withdrawn[w]);
    for (uint32_t i = 0; i < p->ids.n; i++)
        n += p->added[i].alive;
    return n;
}

/* ---- one delta ---- */

static bool find_added(const struct pile *p, struct view id, uint32_t *out)
{
    return ids_find(&p->ids, id, out) && p->added[*out].alive;
}

static rc find_in_base(const struct pile *p, struct view id, uint32_t *out, bool *out_found)
{
    rc r = bank_find_id(p->base, id, out);
    if (!ok(r) && r.code != E_NOT_FOUND) return r;
    *out_found = ok(r) && !bit_is_set(p->withdrawn, *out);
    return OK;
}

static rc withdraw(struct pile *p, struct view id)
{
    uint32_t i = 0;
    bool found;
    if (find_added(p, id, &i)) {
        p->added[i].alive = false;
        return OK;
    }
    TRY(find_in_base(p, id, &i, &found));
    if (!found) return FAIL(E_NOT_FOUND, "no item \"%.*s\" to withdraw", VIEW_ARG(id));
    if (!p->withdrawn)
        TRY(mem_new(bits_words(bank_n_items(p->base)), sizeof *p->withdrawn, &p->withdrawn));
    p->withdrawn[i / 64] |= 1ull << (i % 64);
    return OK;
}

static rc more_room(struct pile *p)
{
    if (p->ids.n < p->cap) return OK;
    uint32_t cap = p->cap ? p->cap * 2 : 16;
    TRY(mem_resize(&p->added, cap, sizeof *p->added));
    p->cap = cap;
    return OK;
}

static rc add(struct pile *p, struct view json)
{
    struct arena mem CLEANUP(arena_done);
    const struct json *value;
    struct item item;
    uint32_t i = 0;
    bool taken = false;
    arena_init(&mem, 0);
    TRY(json_parse(json, NULL, &mem, &value));
    TRY(item_from_json(value, NULL, &mem, &item));
    TRY(find_in_base(p, item.id, &i, &taken));
    if (taken || find_added(p, item.id, &i))
        return FAIL(E_DUPLICATE, "the id \"%.*s\" is already taken", VIEW_ARG(item.id));
    TRY(more_room(p));
    p->added[p->ids.n] = (struct piled){p->json.n, json.n, true};
    TRY(buf_add(&p->json, json));
    return ids_add(&p->ids, item.id);
}

/* Applies withdrawals, then additions. A failure leaves p half changed. */
static rc apply(struct pile *p, const struct delta *d)
{
    size_t at = 0;
    struct view entry;
    if (memcmp(d->base_hash, bank_hash(p->base), BANK_HASH_BYTES) != 0)
        return FAIL(E_STALE, "made for another base");
    if (d->seq != p->seq + 1)
        return FAIL(E_STALE, "has number %llu inside", (unsigned long long)d->seq);
    if (memcmp(d->previous_hash, p->seq ? p->hash : k_no_hash, BANK_HASH_BYTES) != 0)
        return FAIL(E_STALE, "does not follow the delta before it");
    for (uint32_t i = 0; i < d->n_withdraw; i++) {
        TRY(delta_entry(d, &at, &entry));
        TRY(withdraw(p, entry));
    }
    for (uint32_t i = 0; i < d->n_add; i++) {
        TRY(delta_entry(d, &at, &entry));
        TRY(add(p, entry));
    }
    if (at != d->payload.n) return FAIL(E_DAMAGED, "has stray bytes");
    p->seq = d->seq;
    memcpy(p->hash, d->hash, BANK_HASH_BYTES);
    return OK;
}

/* What a failed delta may have changed. */
struct before {
    uint32_t n_added;
    size_t json_n;
    uint64_t *withdrawn;
    bool *alive;
};

static void before_done(struct before *b)
{
    mem_free(b->withdrawn);
    mem_free(b->alive);
}

static rc keep_before(const struct pile *p, struct before *b)
{
    size_t words = bits_words(bank_n_items(p->base));
    b->n_added = p->ids.n;
    b->json_n = p->json.n;
    if (p->withdrawn) {
        TRY(mem_new(words, sizeof *b->withdrawn, &b->withdrawn));
        memcpy(b->withdrawn, p->withdrawn, words * sizeof *b->withdrawn);
    }
    TRY(mem_new(b->n_added, sizeof *b->alive, &b->alive));
    for (uint32_t i = 0; i < b->n_added; i++)
        b->alive[i] = p->added[i].alive;
    return OK;
}

static void put_back(struct pile *p, struct before *b)
{
    ids_cut(&p->ids, b->n_added);
    p->json.n = b->json_n;
    for (uint32_t i = 0; i < b->n_added; i++)
        p->added[i].alive = b->alive[i];
    mem_free(p->withdrawn);
    p->withdrawn = b->withdrawn;
    b->withdrawn = NULL;
}

rc pile_apply(struct pile *p, const struct delta *d)
{
    struct before before CLEANUP(before_done) = {0};
    TRY(keep_before(p, &before));
    rc r = apply(p, d);
    if (!ok(r)) put_back(p, &before);
    return r;
}

/* ---- all that follow ---- */

/* Whether a merge replaced the base that d names and was stopped, or is about, to remove d. */
static bool is_of_the_past(const char *bank_path, const struct delta *d)
{
    struct buf bases CLEANUP(buf_done) = {0};
    bool past = false;
    if (!ok(merged_read(bank_path, &bases))) return false;
    for (size_t at = 0; at + BANK_HASH_BYTES <= bases.n; at += BANK_HASH_BYTES)
        past |= memcmp(bases.p + at, d->base_hash, BANK_HASH_BYTES) == 0;
    return past;
}

static rc no_gap(const struct pile *p, const char *bank_path)
{
    uint64_t lowest;
    TRY(delta_lowest(bank_path, p->seq, &lowest));
    /* One that came between the two looks is taken at the next. */
    if (lowest == 0 || lowest == p->seq + 1) return OK;
    return FAIL(E_STALE, "%s.d: delta %llu is missing, %llu is there", bank_path,
                (unsigned long long)p->seq + 1, (unsigned long long)lowest);
}

static rc take(struct pile *p, const char *bank_path, struct view file, bool *out_more)
{
    struct delta d;
    TRY(delta_read(file, &d));
    bool other = memcmp(d.base_hash, bank_hash(p->base), BANK_HASH_BYTES) != 0;
    if (other && is_of_the_past(bank_path, &d)) return OK;
    TRY(pile_apply(p, &d));
    *out_more = true;
    return OK;
}

static rc follow_one(struct pile *p, const char *bank_path, bool *out_more)
{
    struct file_map map CLEANUP(file_map_close) = {0};
    char *path = NULL;
    *out_more = false;
    TRY(delta_path(bank_path, p->seq + 1, &path));
    rc r = file_map_open(path, &map);
    if (ok(r)) {
        r = take(p, bank_path, map.bytes, out_more);
        if (!ok(r)) r = rc_within(r, "%s: ", path);
    } else if (r.code == E_NOT_FOUND) {
        r = no_gap(p, bank_path);
    }
    mem_free(path);
    return r;
}

rc pile_follow(struct pile *p, const char *bank_path)
{
    bool more = true;
    p->problem[0] = 0;
    while (more) {
        rc r = follow_one(p, bank_path, &more);
        if (r.code == E_MEMORY) return r;
        if (!ok(r)) snprintf(p->problem, sizeof p->problem, "%s", rc_message());
    }
    return OK;
}

/* ---- into a new image ---- */

rc pile_give_base(const struct pile *p, struct bank_builder *builder)
{
    struct arena mem CLEANUP(arena_done);
    arena_init(&mem, 0);
    for (uint32_t i = 0; i < bank_n_items(p->base); i++) {
        struct item item;
        if (bit_is_set(p->withdrawn, i)) continue;
        arena_reset(&mem);
        TRY(bank_item(p->base, i, &mem, &item));
        TRY(bank_builder_add(builder, &item));
    }
    return OK;
}

rc pile_give_added(const struct pile *p, uint32_t from, uint32_t to, struct bank_builder *builder)
{
    struct arena mem CLEANUP(arena_done);
    arena_init(&mem, 0);
    for (uint32_t i = from; i < to; i++) {
        const struct json *value;
        struct item item;
        if (!p->added[i].alive) continue;
        arena_reset(&mem);
        struct view json = view_of(p->json.p + p->added[i].json_at, p->added[i].json_n);
        TRY(json_parse(json, NULL, &mem, &value));
        TRY(item_from_json(value, NULL, &mem, &item));
        TRY(bank_builder_add(builder, &item));
    }
    return OK;
}

rc pile_overlay(const struct pile *p, uint32_t from, uint32_t to, struct buf *out)
{
    struct bank_builder *builder;
    TRY(bank_builder_new(NULL, p->base, &builder));
    rc r = pile_give_added(p, from, to, builder);
    if (ok(r) && bank_builder_count(builder) > 0) r = bank_builder_image(builder, NULL, out);
    bank_builder_free(builder);
    return r;
}
