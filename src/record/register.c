/* SPDX-License-Identifier: Apache-2.0
 * The register: chains of organisations by name, who holds a name, and the fold of all of them at
 * once. */
#include "record/fold_int.h"

#include <stdlib.h>
#include <string.h>

static const struct stamp k_end = {.when = {INT64_MAX, {NULL, 0}, UINT64_MAX}, .level = UINT32_MAX};

/* ---- looking up ---- */

static uint32_t first_of_name(const struct record_register *reg, struct view org)
{
    uint32_t low = 0, high = reg->n_chains;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (view_cmp(reg->chains[mid]->name, org) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool of_name(const struct record_register *reg, uint32_t k, struct view org)
{
    return k < reg->n_chains && view_eq(reg->chains[k]->name, org);
}

struct chain *register_holder(const struct record_register *reg, struct view org,
                              const struct stamp *at, uint32_t *out_index)
{
    const struct standing *best = NULL;
    struct chain *holder = NULL;
    *out_index = NO_ITEM;
    for (uint32_t k = first_of_name(reg, org); of_name(reg, k, org); k++) {
        struct chain *c = reg->chains[k];
        if (c->n_standings == 0 && reg->settled) break;
        const struct standing *last = chain_standing(c, at);
        while (last && !last->admitted)
            last = last > c->standings ? last - 1 : NULL;
        if (!last || (best && stamp_cmp(&last->since, &best->since) < 0)) continue;
        best = last;
        holder = c;
        *out_index = k;
    }
    return holder;
}

static const struct version *last_before(const struct chain *c, const struct stamp *at)
{
    for (uint32_t v = c->n_versions; v-- > 0;)
        if (c->versions[v].authority != BY_NOBODY && stamp_cmp(&c->versions[v].stamp, at) < 0)
            return &c->versions[v];
    return NULL;
}

const struct chain *register_same(const struct record_register *reg, const struct chain *c,
                                  const struct item *root, const struct version **out_version)
{
    const struct record_entry *e = root->entry;
    for (uint32_t k = first_of_name(reg, c->name); of_name(reg, k, c->name); k++) {
        const struct chain *other = reg->chains[k];
        const struct standing *last = chain_standing(other, &root->stamp);
        const struct version *v = last_before(other, &root->stamp);
        if (other == c || !v || (last && last->left)) continue;
        for (uint32_t s = 0; s < e->n_signatures; s++)
            if (chain_key_speaks(other, SEAL_AUTHOR, &e->signatures[s], e)) {
                *out_version = v;
                return other;
            }
    }
    return NULL;
}

const struct record_founder *register_founder(const struct record_register *reg, struct view org)
{
    for (uint32_t i = 0; i < reg->n_founders; i++)
        if (view_eq(reg->founders[i].org, org)) return &reg->founders[i];
    return NULL;
}

bool register_at_home(const struct record_register *reg, const struct record *r,
                      const struct record_entry *e)
{
    uint32_t index;
    const struct chain *c = register_holder(reg, r->org, &k_end, &index);
    return c && chain_declares(c, e->log) && chain_at_home(c, e);
}

const struct record_member *record_register_find(const struct record_register *reg, struct view org)
{
    uint32_t low = 0, high = reg->n_members;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        int by = view_cmp(reg->members[mid].org.name, org);
        if (by == 0) return &reg->members[mid];
        if (by < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const struct record_member *record_register_list(const struct record_register *reg, uint32_t *out_n)
{
    *out_n = reg->n_members;
    return reg->members;
}

/* Who holds the name in the end; else the first who asks for it. */
static struct chain *shown_chain(const struct record_register *reg, struct view org)
{
    uint32_t index;
    struct chain *c = register_holder(reg, org, &k_end, &index);
    for (uint32_t k = first_of_name(reg, org); !c && of_name(reg, k, org); k++)
        if (reg->chains[k]->n_versions > 0 && reg->chains[k]->versions[0].authority != BY_NOBODY)
            c = reg->chains[k];
    return c;
}

bool record_register_key_speaks(const struct record_register *reg, struct view org,
                                enum seal_purpose purpose, const struct record_signature *signature,
                                const struct record_entry *entry)
{
    const struct chain *c = shown_chain(reg, org);
    return c && chain_key_speaks(c, purpose, signature, entry);
}

/* ---- making ---- */

static int by_name(const void *a, const void *b)
{
    const struct chain *x = *(struct chain *const *)a, *y = *(struct chain *const *)b;
    int by = view_cmp(x->name, y->name);
    return by != 0 ? by : stamp_cmp(&x->root, &y->root);
}

/* Whoever was ever admitted comes before those who only ask for the name. */
static int by_standing(const void *a, const void *b)
{
    const struct chain *x = *(struct chain *const *)a, *y = *(struct chain *const *)b;
    int by = view_cmp(x->name, y->name);
    if (by == 0) by = (x->n_standings == 0) - (y->n_standings == 0);
    return by != 0 ? by : by_name(a, b);
}

/* All is folded: nobody's standing changes any more. */
static void settle(struct record_register *reg)
{
    if (reg->n_chains > 1) qsort(reg->chains, reg->n_chains, sizeof(struct chain *), by_standing);
    reg->settled = true;
}

static int by_key(const void *a, const void *b)
{
    const struct reviewer_row *x = a, *y = b;
    int by = memcmp(x->public_key, y->public_key, SEAL_PUBLIC_BYTES);
    return by != 0 ? by : by_name(&x->chain, &y->chain);
}

static rc index_register(struct record_register *reg, struct arena *mem)
{
    uint32_t n = 0;
    if (reg->n_chains > 1) qsort(reg->chains, reg->n_chains, sizeof(struct chain *), by_name);
    for (uint32_t k = 0; k < reg->n_chains; k++)
        n += reg->chains[k]->n_lives;
    TRY(arena_array(mem, (size_t)n + 1, &reg->reviewers));
    reg->n_reviewers = 0;
    for (uint32_t k = 0; k < reg->n_chains; k++)
        for (uint32_t l = 0; l < reg->chains[k]->n_lives; l++) {
            const struct life *life = &reg->chains[k]->lives[l];
            if (life->n_spans == 0 || life->purpose != SEAL_REVIEWER) continue;
            struct reviewer_row *row = &reg->reviewers[reg->n_reviewers++];
            memcpy(row->public_key, life->public_key, SEAL_PUBLIC_BYTES);
            row->chain = reg->chains[k];
        }
    if (reg->n_reviewers > 1)
        qsort(reg->reviewers, reg->n_reviewers, sizeof *reg->reviewers, by_key);
    return OK;
}

rc register_with(const struct record_register *reg, struct chain *c, struct arena *mem,
                 struct record_register **out)
{
    struct record_register *with;
    TRY(arena_new(mem, &with));
    *with = *reg;
    with->settled = false;
    TRY(arena_array(mem, (size_t)reg->n_chains + 1, &with->chains));
    with->n_chains = 0;
    for (uint32_t k = 0; k < reg->n_chains; k++) {
        const struct chain *old = reg->chains[k];
        bool same = old->id ? memcmp(old->id, c->id, SEAL_SHA256_BYTES) == 0
                            : c->is_founder && view_eq(old->name, c->name);
        if (!same) with->chains[with->n_chains++] = reg->chains[k];
    }
    with->chains[with->n_chains++] = c;
    TRY(index_register(with, mem));
    *out = with;
    return OK;
}

static const struct stamp k_beginning = {.when = {INT64_MIN, {NULL, 0}, 0}};

/* The first chain whose record the founder's key signed is the founder's. */
static rc settle_founders(struct record_register *reg, struct arena *mem)
{
    for (uint32_t f = 0; f < reg->n_founders; f++) {
        struct view org = reg->founders[f].org;
        struct chain *own = NULL;
        for (uint32_t k = first_of_name(reg, org); !own && of_name(reg, k, org); k++)
            if (reg->chains[k]->n_versions > 0 &&
                reg->chains[k]->versions[0].authority != BY_NOBODY)
                own = reg->chains[k];
        if (!own) {
            TRY(arena_new(mem, &own));
            own->name = org;
            own->founder = &reg->founders[f];
            own->root = k_beginning;
            TRY(chain_read(own, mem));
            reg->chains[reg->n_chains++] = own;
            qsort(reg->chains, reg->n_chains, sizeof(struct chain *), by_name);
        }
        own->is_founder = true;
        TRY(chain_stand(own, (struct standing){k_beginning, true, false}, mem));
    }
    return OK;
}

/* Chains with their versions, from all entries of organisations about themselves. */
static rc read_chains(struct record_register *reg, const struct record_entry *entries, uint32_t n,
                      struct arena *mem)
{
    struct record_entry *own;
    struct history h;
    uint32_t *roots, n_own = 0, n_roots;
    TRY(arena_array(mem, (size_t)n + 1, &own));
    for (uint32_t i = 0; i < n; i++)
        if (!entries[i].r || is_kind(entries[i].r, "organisation")) own[n_own++] = entries[i];
    TRY(history_make(own, n_own, NULL, mem, &h));
    TRY(history_chains(&h, NULL, "organisation", mem, &roots, &n_roots));
    TRY(arena_array(mem, (size_t)n_roots + reg->n_founders + 1, &reg->chains));
    for (uint32_t k = 0; k < n_roots; k++) {
        struct chain *c;
        const struct item *root = &h.items[roots[k]];
        TRY(arena_new(mem, &c));
        c->id = root->entry->id;
        c->name = root->entry->r->org;
        c->root = root->stamp;
        c->founder = register_founder(reg, c->name);
        reg->chains[reg->n_chains++] = c;
    }
    for (uint32_t i = 0; i < h.n; i++)
        if (h.items[i].object != NO_ITEM && !h.items[i].refused && entry_record(h.items[i].entry))
            reg->chains[h.items[i].object]->n_versions++;
    for (uint32_t k = 0; k < n_roots; k++) {
        TRY(arena_array(mem, (size_t)reg->chains[k]->n_versions + 1, &reg->chains[k]->versions));
        reg->chains[k]->n_versions = 0;
    }
    for (uint32_t i = 0; i < h.n; i++) {
        struct item *it = &h.items[i];
        if (it->object == NO_ITEM || it->refused || !entry_record(it->entry)) continue;
        chain_add_version(reg->chains[it->object], &h, it);
    }
    for (uint32_t k = 0; k < n_roots; k++)
        TRY(chain_read(reg->chains[k], mem));
    return OK;
}

static rc fill_member(const struct chain *c, struct arena *mem, struct record_member *m)
{
    struct record_key *keys;
    TRY(arena_array(mem, (size_t)c->n_spans + 1, &keys));
    for (uint32_t s = 0; s < c->n_spans; s++) {
        keys[s] = c->spans[s].key;
        keys[s].listed_ms = c->spans[s].listed.received_ms;
        keys[s].last_good = chain_last_good(c, s);
        keys[s].dropped_ms = c->spans[s].is_dropped ? c->spans[s].dropped.received_ms : INT64_MAX;
    }
    *m = (struct record_member){.org = {.name = c->name},
                                .outcome = c->outcome,
                                .admitted = chain_admitted(c, &k_end),
                                .home_log = c->founder ? c->founder->home_log : view_of(NULL, 0),
                                .keys = keys,
                                .n_keys = c->n_spans};
    for (uint32_t v = 0; v < c->n_versions; v++)
        if (c->versions[v].authority != BY_NOBODY) {
            m->org = c->versions[v].org;
            m->home_log = c->versions[v].home_log;
        }
    if (c->outcome && c->outcome->current) m->record = c->outcome->current->r;
    return OK;
}

static rc fill_members(struct record_register *reg, struct arena *mem)
{
    TRY(arena_array(mem, (size_t)reg->n_chains + 1, &reg->members));
    for (uint32_t k = 0; k < reg->n_chains; k++) {
        struct view name = reg->chains[k]->name;
        if (k > 0 && view_eq(reg->chains[k - 1]->name, name)) continue;
        const struct chain *c = shown_chain(reg, name);
        if (c) TRY(fill_member(c, mem, &reg->members[reg->n_members++]));
    }
    return OK;
}

static struct chain *chain_of(const struct record_register *reg, const struct item *root)
{
    struct chain key = {.name = root->entry->r->org, .root = root->stamp}, *wanted = &key;
    uint32_t low = 0, high = reg->n_chains;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (by_name(&reg->chains[mid], &wanted) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (uint32_t k = low; of_name(reg, k, key.name); k++)
        if (reg->chains[k]->id &&
            memcmp(reg->chains[k]->id, root->entry->id, SEAL_SHA256_BYTES) == 0)
            return reg->chains[k];
    return NULL;
}

static rc fold_chains(struct engine *g, const struct record_entry *entries, uint32_t n)
{
    uint32_t *roots;
    TRY(history_make(entries, n, g->reg, g->mem, &g->h));
    TRY(history_chains(&g->h, NULL, "organisation", g->mem, &roots, &g->n_objects));
    TRY(arena_array(g->mem, (size_t)g->n_objects + 1, &g->objects));
    for (uint32_t k = 0; k < g->n_objects; k++) {
        const struct item *root = &g->h.items[roots[k]];
        TRY(engine_object(g, roots[k], chain_of(g->reg, root), &g->objects[k]));
    }
    TRY(engine_run(g));
    for (uint32_t k = 0; k < g->n_objects; k++)
        TRY(engine_outcome(g, &g->objects[k], &g->objects[k].chain->outcome));
    return OK;
}

rc record_register_fold(const struct record_founder *founders, uint32_t n_founders,
                        const struct record_entry *entries, uint32_t n, int64_t now_ms,
                        struct arena *mem, const struct record_register **out)
{
    struct record_register *reg;
    CLEANUP(engine_done) struct engine g = {0};
    TRY(arena_new(mem, &reg));
    reg->founders = founders;
    reg->n_founders = n_founders;
    TRY(engine_init(&g, reg, NULL, now_ms, mem));
    TRY(read_chains(reg, entries, n, mem));
    TRY(index_register(reg, mem));
    TRY(settle_founders(reg, mem));
    TRY(fold_chains(&g, entries, n));
    settle(reg);
    TRY(fill_members(reg, mem));
    *out = reg;
    return OK;
}
