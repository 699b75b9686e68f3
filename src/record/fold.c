/* SPDX-License-Identifier: Apache-2.0
 * The fold: entries in their order, each on the objects that it touches, clocks in between. What it
 * does with one object alone and with all organisations at once is the same code. */
#include "record/fold_int.h"

#include <string.h>

rc engine_init(struct engine *g, struct record_register *reg, const struct record_world *world,
               int64_t now_ms, struct arena *mem)
{
    *g = (struct engine){.mem = mem, .reg = reg, .outside = world, .now_ms = now_ms};
    arena_init(&g->scratch, 0);
    fold_world_init(g);
    return OK;
}

void engine_done(struct engine *g)
{
    arena_done(&g->scratch);
}

rc engine_object(struct engine *g, uint32_t root, struct chain *chain, struct object *o)
{
    const struct record_entry *e = g->h.items[root].entry;
    const struct record *r = entry_record(e);
    *o = (struct object){.root = root,
                         .current = root,
                         .chain = chain,
                         .state = -1,
                         .kind = r ? r->kind : NULL,
                         .end = e->erased        ? "erased"
                                : !r || !r->kind ? "unknown"
                                                 : NULL,
                         .frozen = r && !r->kind && r->frozen,
                         .next_ms = INT64_MAX};
    if (r) o->author = r->org;
    if (!o->kind) return OK;
    TRY(arena_array(g->mem, (size_t)o->kind->n_clocks + 1, &o->clocks));
    for (uint32_t k = 0; k < o->kind->n_clocks; k++)
        o->clocks[k] =
            (struct running){.shown = {.clock = &o->kind->clocks[k]}, .extended_ms = INT64_MIN};
    return OK;
}

static rc judge_all(struct engine *g, struct item *i)
{
    uint32_t touched[RECORD_MAX_ABOUT + 1], n = 0;
    const struct record *r = entry_record(i->entry);
    if (i->object != NO_ITEM) touched[n++] = i->object;
    for (uint32_t k = 0; r && k < r->n_about; k++) {
        uint32_t at = history_find(&g->h, r->about[k]), seen = 0;
        if (at == NO_ITEM || g->h.items[at].object == NO_ITEM || g->h.items[at].refused) continue;
        touched[n] = g->h.items[at].object;
        while (touched[seen] != touched[n])
            seen++;
        n += seen == n;
    }
    for (uint32_t k = 0; k < n; k++)
        TRY(judge_item(g, &g->objects[touched[k]], i));
    return OK;
}

rc engine_run(struct engine *g)
{
    for (uint32_t k = 0; k < g->h.n; k++)
        TRY(judge_all(g, &g->h.items[k]));
    for (uint32_t k = 0; k < g->n_objects; k++)
        TRY(object_run_clocks(g, &g->objects[k], g->now_ms));
    return OK;
}

/* ---- one object ---- */

static const struct record_register k_empty = {0};

/* The chain of an organisation that is folded alone: read from what is given, which may say more
 * than the register does. */
static rc own_chain(struct engine *g, struct chain **out)
{
    const struct item *root = &g->h.items[g->objects[0].root];
    struct chain *c;
    TRY(arena_new(g->mem, &c));
    c->id = root->entry->id;
    c->name = root->entry->r->org;
    c->root = root->stamp;
    c->founder = register_founder(g->reg, c->name);
    TRY(arena_array(g->mem, (size_t)g->h.n + 1, &c->versions));
    for (uint32_t k = 0; k < g->h.n; k++) {
        struct item *i = &g->h.items[k];
        if (i->object == 0 && !i->refused && entry_record(i->entry)) chain_add_version(c, &g->h, i);
    }
    TRY(chain_read(c, g->mem));
    *out = c;
    return OK;
}

static bool founds(const struct record_register *reg, const struct chain *c)
{
    if (!c->founder || c->n_versions == 0 || c->versions[0].authority == BY_NOBODY) return false;
    for (uint32_t k = 0; k < reg->n_chains; k++) {
        const struct chain *other = reg->chains[k];
        if (other->is_founder && view_eq(other->name, c->name))
            return !other->id || memcmp(other->id, c->id, SEAL_SHA256_BYTES) == 0;
    }
    return true;
}

static rc join_register(struct engine *g)
{
    static const struct stamp k_beginning = {.when = {INT64_MIN, {NULL, 0}, 0}};
    struct object *o = &g->objects[0];
    const struct item *root = &g->h.items[o->root];
    if (!object_is(o, "organisation") || root->refused) return OK;
    TRY(own_chain(g, &o->chain));
    o->chain->is_founder = founds(g->reg, o->chain);
    if (o->chain->is_founder)
        TRY(chain_stand(o->chain, (struct standing){k_beginning, true, false}, g->mem));
    return register_with(g->reg, o->chain, g->mem, &g->reg);
}

static rc fold_one(struct engine *g, const uint8_t *object_id, const struct record_entry *entries,
                   uint32_t n, const struct record_outcome **out)
{
    uint32_t *roots, n_roots;
    TRY(history_make(entries, n, g->reg, g->mem, &g->h));
    TRY(history_chains(&g->h, object_id, NULL, g->mem, &roots, &n_roots));
    if (n_roots == 0) return FAIL(E_USAGE, "record: the object's first record is not given");
    TRY(arena_new(g->mem, &g->objects));
    g->n_objects = 1;
    TRY(engine_object(g, roots[0], NULL, &g->objects[0]));
    TRY(join_register(g));
    TRY(engine_run(g));
    return engine_outcome(g, &g->objects[0], out);
}

rc record_fold(const uint8_t object_id[SEAL_SHA256_BYTES], const struct record_entry *entries,
               uint32_t n, const struct record_register *reg, const struct record_world *world,
               int64_t now_ms, struct arena *mem, const struct record_outcome **out)
{
    CLEANUP(engine_done) struct engine g = {0};
    struct record_register *copy;
    const struct record_outcome *made;
    TRY(arena_new(mem, &copy));
    *copy = reg ? *reg : k_empty;
    TRY(engine_init(&g, copy, world, now_ms, mem));
    TRY(fold_one(&g, object_id, entries, n, &made));
    *out = made;
    return OK;
}

/* ---- the local door ---- */

static rc refuse_row(const struct record_outcome *o, const struct record_entry *next)
{
    for (uint32_t k = 0; k < o->n_effects; k++) {
        const struct record_effect *row = &o->effects[k];
        if (memcmp(row->entry->id, next->id, SEAL_SHA256_BYTES) != 0) continue;
        bool own = o->current && memcmp(o->current->id, next->id, SEAL_SHA256_BYTES) == 0;
        bool waits = view_starts(row->why, VIEW("signers: ")) && (own || next->r->has_prev);
        bool quarantined = row->in_effect && own && row->why.n > 0 && !next->r->has_prev;
        if ((row->in_effect && !quarantined) || (waits && next->r->n_signers > 0)) return OK;
        return FAIL(E_INPUT, "record: %.*s", VIEW_ARG(row->why));
    }
    return FAIL(E_INPUT, "record: it is not about this object");
}

rc record_admit(const uint8_t object_id[SEAL_SHA256_BYTES], const struct record_entry *entries,
                uint32_t n, const struct record_entry *next, const struct record_register *reg,
                const struct record_world *world, struct arena *mem)
{
    struct record_entry *all;
    const struct record_outcome *o;
    TRY(arena_array(mem, (size_t)n + 1, &all));
    memcpy(all, entries, n * sizeof *all);
    all[n] = *next;
    TRY(record_fold(object_id, all, n + 1, reg, world, next->received_ms, mem, &o));
    return refuse_row(o, next);
}
