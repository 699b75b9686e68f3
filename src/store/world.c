/* SPDX-License-Identifier: Apache-2.0
 * What a fold may see beyond its own records. Everything that is asked becomes a dependency of the
 * outcome (record_fold lists it), so a change there folds it again.
 *
 * Users of a thing: its author, and every organisation with an opinion `agree` or a receipt about
 * it, in effect. Those who opened or applied it bear its consequences: they may not sit on its
 * panel, and they answer when it is taken back. */
#include "store/store_int.h"

#include <string.h>

static rc known(struct store *s, const uint8_t *id, struct rec **out)
{
    *out = NULL;
    return rec_by_id(s, id, false, out);
}

static rc world_record(void *context, const uint8_t id[SEAL_SHA256_BYTES],
                       const struct record **out)
{
    struct world *w = context;
    struct rec *r;
    *out = NULL;
    TRY(known(w->s, id, &r));
    return r ? rec_read(w->s, r, out) : OK;
}

/* Records that had an effect on an object, in the order of its fold. */
static rc in_effect(struct store *s, struct rec *object, struct arena *mem, struct rec ***out,
                    uint32_t *out_n)
{
    struct cell key = cell_int(object->n);
    struct rec **found;
    int64_t *list;
    uint32_t n;
    TRY(db_numbers(s->db, OP_effect_in, &key, 1, mem, &list, &n));
    TRY(arena_array(mem, n ? n : 1, &found));
    for (uint32_t i = 0; i < n; i++)
        TRY(rec_by_n(s, list[i], &found[i]));
    *out = found;
    *out_n = n;
    return OK;
}

static rc world_about(void *context, const uint8_t id[SEAL_SHA256_BYTES], const char *kind,
                      const struct record *const **out, uint32_t *out_n)
{
    struct world *w = context;
    const struct record **list;
    struct rec *r, *object, **found;
    uint32_t n, kept = 0;
    *out_n = 0;
    TRY(known(w->s, id, &r));
    if (!r) return OK;
    TRY(rec_root(w->s, r, &object));
    TRY(in_effect(w->s, object, w->mem, &found, &n));
    TRY(arena_array(w->mem, n ? n : 1, &list));
    for (uint32_t i = 0; i < n; i++) {
        if (!view_eq(found[i]->kind, view_cstr(kind))) continue;
        TRY(rec_read(w->s, found[i], &list[kept]));
        if (list[kept]) kept++;
    }
    *out = list;
    *out_n = kept;
    return OK;
}

static rc uses(struct store *s, struct rec *r, bool *out)
{
    const struct record *record;
    *out = view_eq(r->kind, VIEW("receipt"));
    if (!view_eq(r->kind, VIEW("opinion"))) return OK;
    TRY(rec_read(s, r, &record));
    *out = record && view_eq(json_get_string(record->body, "opinion"), VIEW("agree"));
    return OK;
}

rc object_users(struct store *s, struct rec *object, struct arena *mem, struct view **out,
                uint32_t *out_n)
{
    struct rec **found;
    struct view *list;
    uint32_t n, kept = 0;
    TRY(in_effect(s, object, mem, &found, &n));
    TRY(arena_array(mem, n + 1, &list));
    if (object->org.n > 0) list[kept++] = object->org;
    for (uint32_t i = 0; i < n; i++) {
        bool user;
        TRY(uses(s, found[i], &user));
        for (uint32_t k = 0; k < kept && user; k++)
            if (view_eq(list[k], found[i]->org)) user = false;
        if (user) list[kept++] = found[i]->org;
    }
    *out = list;
    *out_n = kept;
    return OK;
}

static rc world_users(void *context, const uint8_t id[SEAL_SHA256_BYTES], const struct view **out,
                      uint32_t *out_n)
{
    struct world *w = context;
    struct rec *r, *object;
    struct view *list;
    *out_n = 0;
    TRY(known(w->s, id, &r));
    if (!r) return OK;
    TRY(rec_root(w->s, r, &object));
    TRY(object_users(w->s, object, w->mem, &list, out_n));
    *out = list;
    return OK;
}

/* Counted at home; of who has no home here, everywhere. */
static rc world_written(void *context, struct view org, const char *kind, int64_t from_ms,
                        int64_t to_ms, const uint8_t except[SEAL_SHA256_BYTES], uint64_t *out_n)
{
    struct world *w = context;
    struct log_row *log = NULL;
    struct rec *judged = NULL;
    bool found;
    const struct record_member *m = w->s->reg ? record_register_find(w->s->reg, org) : NULL;
    if (m && m->home_log.n > 0) TRY(logs_find(w->s, m->home_log, false, &log));
    if (except) TRY(rec_by_id(w->s, except, false, &judged));
    struct cell n,
        c[] = {cell_text(org),  cell_text(view_cstr(kind)),      cell_int(from_ms),
               cell_int(to_ms), cell_int(log ? log->shard : -1), cell_int(judged ? judged->n : 0)};
    TRY(db_one(w->s->db, OP_rate_count, c, COUNT_OF(c), w->mem, &n, 1, &found));
    *out_n = (uint64_t)n.i;
    return OK;
}

struct record_world world_of(struct world *w)
{
    return (struct record_world){.context = w,
                                 .record = world_record,
                                 .about = world_about,
                                 .users = world_users,
                                 .n_written = world_written};
}
