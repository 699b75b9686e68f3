/* SPDX-License-Identifier: Apache-2.0
 * What a fold may see beyond its own records. Everything that is asked becomes a dependency of the
 * outcome (record_fold lists it), so a change there folds it again.
 *
 * Users of a thing: its author, and every organisation with an opinion `agree` or a receipt about
 * it, in effect. Those who opened or applied it bear its consequences: they may not sit on its
 * panel, and they answer when it is taken back. Who takes it up later undoes nothing of that. */
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

/* ---- states ---- */

struct moment {
    struct rec *object;
    int64_t at_ms;
};

static rc was_there(struct store *s, struct rec *r, const struct moment *m, bool *out)
{
    struct rec_place place;
    TRY(place_chosen(s, r, &place));
    *out = place.received_ms <= m->at_ms;
    return OK;
}

struct moved {
    int64_t n; /* the record that moved it */
    struct view state;
};

/* What moved the object, in the order of its fold. */
static rc moved_rows(struct world *w, const struct moment *m, struct moved **out, uint32_t *out_n)
{
    const struct cell key = cell_int(m->object->n), *c;
    struct moved *list;
    TRY(db_rows(w->s->db, OP_effect_moved, &key, 1, w->mem, 2, &c, out_n));
    TRY(arena_array(w->mem, *out_n ? *out_n : 1, &list));
    for (uint32_t i = 0; i < *out_n; i++, c += 2)
        list[i] = (struct moved){c[0].i, c[1].v};
    *out = list;
    return OK;
}

/* The state that stands since then, else the last one into which a record had moved it. */
static rc state_at(struct world *w, const struct moment *m, struct view *out)
{
    struct cell key = cell_int(m->object->n), c[5];
    struct moved *moved;
    uint32_t n;
    bool found;
    *out = view_of(NULL, 0);
    TRY(db_one(w->s->db, OP_object_get, &key, 1, w->mem, c, 5, &found));
    if (found && c[4].i <= m->at_ms) *out = c[3].v;
    if (!found || c[4].i <= m->at_ms) return OK;
    TRY(moved_rows(w, m, &moved, &n));
    for (uint32_t i = 0; i < n; i++) {
        struct rec *r;
        bool there;
        TRY(rec_by_n(w->s, moved[i].n, &r));
        TRY(was_there(w->s, r, m, &there));
        if (there) *out = moved[i].state;
    }
    return OK;
}

/* Whether the text r held: in effect, and nothing in effect had replaced it. */
static rc text_held(struct world *w, struct rec *r, const struct moment *m, bool *out)
{
    struct rec **chain, **found;
    uint32_t n, n_found;
    TRY(object_chain(w->s, m->object, w->mem, &chain, &n));
    *out = r == m->object;
    if (n == 1) return OK;
    TRY(in_effect(w->s, m->object, w->mem, &found, &n_found));
    for (uint32_t i = 0; i < n_found; i++)
        if (found[i] == r) *out = true;
    for (uint32_t i = 0; i < n_found && *out; i++) {
        bool there;
        if (found[i]->prev != r->n) continue;
        TRY(was_there(w->s, found[i], m, &there));
        *out = !there;
    }
    return OK;
}

/* Of a text that was replaced: the last state that a record gave it, until a later text reached the
 * same (record_state_at). */
static rc state_kept(struct world *w, struct rec *r, const struct moment *m, struct view *out)
{
    struct rec **chain, **found;
    struct moved *moved;
    struct view reached = {0};
    bool holds = false;
    uint32_t n_chain, n, n_moved, at = 0;
    *out = view_of(NULL, 0);
    TRY(object_chain(w->s, m->object, w->mem, &chain, &n_chain));
    TRY(in_effect(w->s, m->object, w->mem, &found, &n));
    TRY(moved_rows(w, m, &moved, &n_moved));
    for (uint32_t i = 0; i < n; i++) {
        bool there, takes_over = false;
        uint32_t next = at;
        while (next < n_moved && moved[next].n != found[i]->n)
            next++;
        bool moves = next < n_moved;
        if (moves) at = next;
        TRY(was_there(w->s, found[i], m, &there));
        for (uint32_t k = 0; k < n_chain; k++)
            takes_over |= chain[k] == found[i];
        if (!there) continue;
        if (takes_over) holds = found[i] == r;
        if (moves) reached = moved[at].state;
        if (!moves && !takes_over) continue;
        if (holds)
            *out = reached;
        else if (view_eq(*out, reached))
            *out = view_of(NULL, 0);
    }
    return OK;
}

static const char *state_word(struct view kind, struct view name)
{
    const struct record_kind *k = record_kind_find(kind);
    int state = k ? record_state_find(k, name) : -1;
    return state >= 0 ? k->states[state].name : NULL;
}

static rc world_state(void *context, const uint8_t id[SEAL_SHA256_BYTES], int64_t at_ms,
                      const char **out_name)
{
    struct world *w = context;
    struct moment m = {.at_ms = at_ms};
    struct rec *r;
    struct view name;
    bool held;
    *out_name = NULL;
    TRY(known(w->s, id, &r));
    if (!r) return OK;
    TRY(rec_root(w->s, r, &m.object));
    TRY(state_at(w, &m, &name));
    if (name.n == 0) return OK;
    TRY(text_held(w, r, &m, &held));
    if (!held) TRY(state_kept(w, r, &m, &name));
    if (name.n > 0) *out_name = state_word(m.object->kind, name);
    return OK;
}

/* ---- users ---- */

static rc uses(struct store *s, struct rec *r, const struct moment *m, bool *out)
{
    const struct record *record;
    TRY(was_there(s, r, m, out));
    if (!*out || view_eq(r->kind, VIEW("receipt"))) return OK;
    *out = view_eq(r->kind, VIEW("opinion"));
    if (!*out) return OK;
    TRY(rec_read(s, r, &record));
    *out = record && view_eq(json_get_string(record->body, "opinion"), VIEW("agree"));
    return OK;
}

static bool listed(const struct view *orgs, uint32_t n, struct view org)
{
    for (uint32_t i = 0; i < n; i++)
        if (view_eq(orgs[i], org)) return true;
    return false;
}

static rc world_users(void *context, const uint8_t id[SEAL_SHA256_BYTES], int64_t at_ms,
                      const struct view **out, uint32_t *out_n)
{
    struct world *w = context;
    struct moment m = {.at_ms = at_ms};
    struct rec *r, **found;
    struct view *list;
    uint32_t n, kept = 0;
    *out_n = 0;
    TRY(known(w->s, id, &r));
    if (!r) return OK;
    TRY(rec_root(w->s, r, &m.object));
    TRY(in_effect(w->s, m.object, w->mem, &found, &n));
    TRY(arena_array(w->mem, n + 1, &list));
    if (m.object->org.n > 0) list[kept++] = m.object->org;
    for (uint32_t i = 0; i < n; i++) {
        bool user;
        TRY(uses(w->s, found[i], &m, &user));
        if (user && !listed(list, kept, found[i]->org)) list[kept++] = found[i]->org;
    }
    *out = list;
    *out_n = kept;
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
                                 .state = world_state,
                                 .users = world_users,
                                 .n_written = world_written};
}
