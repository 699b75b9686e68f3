/* SPDX-License-Identifier: Apache-2.0
 * What guards see in a fold: organisations as the register had them at the entry, the object with
 * what has taken effect on it so far, and beyond that what the caller knows. Everything looked at
 * outside is noted: when it changes, the outcome may. */
#include "record/fold_int.h"

#include <stdlib.h>
#include <string.h>

/* ---- what the outcome rests on ---- */

rc rest_on(struct engine *g, const struct record_dependency *d)
{
    struct object *o = g->at;
    const struct record_dependency *last = o->n_rests_on ? &o->rests_on[o->n_rests_on - 1] : NULL;
    if (last && last->on == d->on && memcmp(last->id, d->id, sizeof d->id) == 0 &&
        view_eq(last->org, d->org) && last->kind == d->kind)
        return OK;
    TRY(fold_grow(g->mem, &o->rests_on, o->n_rests_on, &o->cap_rests_on, sizeof *o->rests_on));
    struct record_dependency kept = *d;
    TRY(arena_copy(g->mem, d->org, &kept.org)); /* guards make names in the scratch arena */
    o->rests_on[o->n_rests_on++] = kept;
    return OK;
}

rc rest_on_org(struct engine *g, struct view org, uint32_t chain_index)
{
    struct object *o = g->at;
    struct record_dependency d = {.on = RECORD_ON_ORG, .org = org};
    if (chain_index == NO_ITEM) {
        /* A guard may ask for a name that it made itself. */
        TRY(arena_copy(g->mem, org, &d.org));
        return rest_on(g, &d);
    }
    d.org = g->reg->chains[chain_index]->name;
    uint64_t bit = UINT64_C(1) << (chain_index % 64);
    if (!o->orgs_seen) TRY(arena_array(g->mem, (size_t)g->reg->n_chains / 64 + 1, &o->orgs_seen));
    if (o->orgs_seen[chain_index / 64] & bit) return OK;
    o->orgs_seen[chain_index / 64] |= bit;
    return rest_on(g, &d);
}

static rc rest_on_id(struct engine *g, const uint8_t id[SEAL_SHA256_BYTES])
{
    struct record_dependency d = {.on = RECORD_ON_OBJECT};
    memcpy(d.id, id, SEAL_SHA256_BYTES);
    return rest_on(g, &d);
}

/* ---- callbacks ---- */

static rc see_organisation(void *context, struct view org, const struct record_org **out)
{
    struct engine *g = context;
    uint32_t index;
    const struct chain *c = register_holder(g->reg, org, &g->item->stamp, &index);
    *out = c ? chain_org(c, &g->item->stamp) : NULL;
    return rest_on_org(g, org, index);
}

static bool in_object(struct engine *g, const uint8_t *id, uint32_t *out_item)
{
    *out_item = history_find(&g->h, id);
    return *out_item != NO_ITEM && in_chain(g, g->at, &g->h.items[*out_item]);
}

static rc see_record(void *context, const uint8_t id[SEAL_SHA256_BYTES], const struct record **out)
{
    struct engine *g = context;
    uint32_t item;
    *out = NULL;
    if (in_object(g, id, &item)) {
        *out = entry_record(g->h.items[item].entry);
        return OK;
    }
    TRY(rest_on_id(g, id));
    return g->outside && g->outside->record ? g->outside->record(g->outside->context, id, out) : OK;
}

/* ---- words ---- */

static struct words *words_of(const struct object *o, struct view kind)
{
    for (uint32_t k = 0; k < o->n_words; k++)
        if (view_eq(view_cstr(o->words[k].kind->name), kind)) return &o->words[k];
    return NULL;
}

static bool says_again(const struct record *r, const struct record *old)
{
    if (!view_eq(r->org, old->org)) return false;
    for (uint32_t k = 0; k < old->n_about; k++)
        if (!names_id(r, old->about[k])) return false;
    return true;
}

rc object_hear_words(struct engine *g, struct object *o, const struct item *i)
{
    const struct record *r = i->entry->r;
    struct words *w = words_of(o, r->kind_name);
    uint32_t kept = 0;
    if (!r->kind) return OK;
    if (!w) {
        TRY(fold_grow(g->mem, &o->words, o->n_words, &o->cap_words, sizeof *o->words));
        w = &o->words[o->n_words++];
        *w = (struct words){.kind = r->kind};
    }
    for (uint32_t k = 0; k < w->n; k++) {
        if (says_again(r, w->said[k])) continue;
        w->said[kept] = w->said[k];
        w->rows[kept++] = w->rows[k];
    }
    w->n = kept;
    TRY(fold_grow(g->mem, &w->said, w->n, &w->cap, sizeof *w->said));
    TRY(fold_grow(g->mem, &w->rows, w->n, &w->cap_rows, sizeof *w->rows));
    w->said[w->n] = r;
    w->rows[w->n++] = o->n_effects - 1;
    return OK;
}

/* Votes count in the state in which they are cast: those that opened something do not close it. */
static rc see_about(void *context, const uint8_t id[SEAL_SHA256_BYTES], const char *kind,
                    const struct record *const **out, uint32_t *out_n)
{
    struct engine *g = context;
    const struct object *o = g->at;
    uint32_t item, from = 0;
    *out_n = 0;
    if (!in_object(g, id, &item)) {
        TRY(rest_on_id(g, id));
        return g->outside && g->outside->about
                   ? g->outside->about(g->outside->context, id, kind, out, out_n)
                   : OK;
    }
    const struct words *w = words_of(o, view_cstr(kind));
    if (!w) return OK;
    while (strcmp(kind, "vote") == 0 && from < w->n && w->rows[from] < o->entered)
        from++;
    *out = w->said + from;
    *out_n = w->n - from;
    return OK;
}

static rc see_state(void *context, const uint8_t id[SEAL_SHA256_BYTES], int64_t at_ms,
                    const char **out_name)
{
    struct engine *g = context;
    const struct object *o = g->at;
    uint32_t item;
    *out_name = NULL;
    if (in_object(g, id, &item)) { /* at the entry that is judged */
        if (item == o->current && o->state >= 0) *out_name = o->kind->states[o->state].name;
        return OK;
    }
    TRY(rest_on_id(g, id));
    return g->outside && g->outside->state
               ? g->outside->state(g->outside->context, id, at_ms, out_name)
               : OK;
}

/* ---- reviewers ---- */

struct reviewed {
    struct view *orgs;
    uint32_t n, cap;
};

static uint32_t first_reviewer(const struct record_register *reg, const uint8_t *public_key)
{
    uint32_t low = 0, high = reg->n_reviewers;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (memcmp(reg->reviewers[mid].public_key, public_key, SEAL_PUBLIC_BYTES) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* No key of the author's counts twice. */
static bool is_authors(const struct chain *author, const struct record_signature *s)
{
    const struct life *life = author ? chain_life(author, s->public_key) : NULL;
    return life && life->n_spans > 0 && life->purpose == SEAL_AUTHOR;
}

static rc add_reviewers(struct engine *g, const struct chain *author,
                        const struct record_signature *s, const struct record_entry *e,
                        struct view only, struct reviewed *to)
{
    const struct record_register *reg = g->reg;
    for (uint32_t k = first_reviewer(reg, s->public_key);
         k < reg->n_reviewers &&
         memcmp(reg->reviewers[k].public_key, s->public_key, SEAL_PUBLIC_BYTES) == 0;
         k++) {
        const struct chain *c = reg->reviewers[k].chain;
        uint32_t index;
        if (only.n > 0 && !view_eq(c->name, only)) continue;
        if (register_holder(reg, c->name, &g->item->stamp, &index) != c) continue;
        TRY(rest_on_org(g, c->name, index));
        if (is_authors(author, s) || !chain_admitted(c, &g->item->stamp) ||
            !chain_key_speaks(c, SEAL_REVIEWER, s, e))
            continue;
        TRY(fold_grow(&g->scratch, &to->orgs, to->n, &to->cap, sizeof *to->orgs));
        to->orgs[to->n++] = c->name;
    }
    return OK;
}

static rc see_reviewers(void *context, const uint8_t id[SEAL_SHA256_BYTES], const struct view **out,
                        uint32_t *out_n)
{
    struct engine *g = context;
    const struct object *o = g->at;
    struct reviewed found = {0};
    uint32_t item = history_find(&g->h, id), index;
    if (item == NO_ITEM || !entry_record(g->h.items[item].entry)) {
        TRY(rest_on_id(g, id));
        return g->outside && g->outside->reviewers
                   ? g->outside->reviewers(g->outside->context, id, out, out_n)
                   : OK;
    }
    const struct record_entry *e = g->h.items[item].entry;
    const struct chain *author = register_holder(g->reg, e->r->org, &g->item->stamp, &index);
    for (uint32_t s = 0; s < e->n_signatures; s++)
        TRY(add_reviewers(g, author, &e->signatures[s], e, view_of(NULL, 0), &found));
    for (uint32_t k = 0; k < o->n_effects && found.n == 0; k++) {
        const struct record_entry *by = o->effects[k].entry;
        if (o->effects[k].in_effect && by->cosigned && names_id(by->r, id))
            TRY(add_reviewers(g, author, by->cosigned, by, by->r->org, &found));
    }
    /* The signature that is being judged. */
    const struct record_entry *now = g->item->entry;
    if (now->cosigned && names_id(now->r, id))
        TRY(add_reviewers(g, author, now->cosigned, now, now->r->org, &found));
    *out = found.orgs;
    *out_n = found.n;
    return OK;
}

static rc see_users(void *context, const uint8_t id[SEAL_SHA256_BYTES], int64_t at_ms,
                    const struct view **out, uint32_t *out_n)
{
    struct engine *g = context;
    TRY(rest_on_id(g, id));
    return g->outside->users(g->outside->context, id, at_ms, out, out_n);
}

static rc see_written(void *context, struct view org, const char *kind, int64_t from_ms,
                      int64_t to_ms, const uint8_t except[SEAL_SHA256_BYTES], uint64_t *out_n)
{
    struct engine *g = context;
    struct record_dependency d = {.on = RECORD_ON_RATE, .org = org, .kind = kind};
    TRY(rest_on(g, &d));
    return g->outside->n_written(g->outside->context, org, kind, from_ms, to_ms, except, out_n);
}

void fold_world_init(struct engine *g)
{
    g->world = (struct record_world){.context = g,
                                     .organisation = see_organisation,
                                     .record = see_record,
                                     .about = see_about,
                                     .state = see_state,
                                     .reviewers = see_reviewers};
    if (g->outside && g->outside->users) g->world.users = see_users;
    if (g->outside && g->outside->n_written) g->world.n_written = see_written;
}
