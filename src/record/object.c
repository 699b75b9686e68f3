/* SPDX-License-Identifier: Apache-2.0
 * One object on its way through its states: moves, clocks, freezing, and what comes out. */
#include "record/fold_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

rc fold_grow(struct arena *mem, void *inout_list, uint32_t n, uint32_t *inout_cap, size_t size)
{
    void **list = inout_list, *wider;
    if (n < *inout_cap) return OK;
    uint32_t cap = *inout_cap ? 2 * *inout_cap : 8;
    TRY(arena_take(mem, cap, size, ARENA_ALIGN, &wider));
    if (n > 0) memcpy(wider, *list, n * size);
    *list = wider;
    *inout_cap = cap;
    return OK;
}

rc fold_say(struct engine *g, struct view *why, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    return arena_copy(g->mem, view_of(text, length), why);
}

rc take_refusal(struct engine *g, rc said, struct view *why)
{
    if (ok(said) || said.code != E_INPUT) return said;
    return arena_copy(g->mem, view_cstr(rc_message()), why);
}

bool object_is(const struct object *o, const char *kind)
{
    return o->kind && strcmp(o->kind->name, kind) == 0;
}

const struct record *object_record(const struct engine *g, const struct object *o)
{
    return g->h.items[o->current].entry->r;
}

/* ---- clocks ---- */

int64_t clock_due(const struct record_clock *clock, const struct record *object, int64_t started_ms)
{
    int64_t ms;
    if (clock->within_s > 0) return started_ms + (int64_t)clock->within_s * 1000;
    if (strcmp(clock->field, "until") == 0)
        return object->until_ms < 0 ? INT64_MAX : object->until_ms;
    struct view v = json_get_string(object->body, clock->field);
    if (ok(record_date_read(v, &ms))) return ms + DAY_MS;
    return ok(record_time_read(v, &ms)) ? ms : INT64_MAX;
}

static void set_due(struct engine *g, struct object *o, struct running *c)
{
    int64_t due = clock_due(c->shown.clock, object_record(g, o), c->shown.started_ms);
    if (due != INT64_MAX) due += c->stood_ms;
    if (c->extended_ms > due) due = c->extended_ms;
    c->shown.due_ms = due;
}

void object_refresh_clocks(struct engine *g, struct object *o)
{
    for (uint32_t k = 0; k < o->kind->n_clocks; k++)
        if (o->clocks[k].runs) set_due(g, o, &o->clocks[k]);
}

/* The object's matter has this clock: an appeal about an order has another time than one about a
 * verdict. Of what is not known here nobody can say; it is asked again when it comes. */
static rc has_clock(struct engine *g, const struct object *o, const struct record_clock *clock,
                    bool *out)
{
    const struct record *own = object_record(g, o), *thing = NULL;
    *out = clock->n_about == 0;
    if (*out || own->n_about == 0) return OK;
    TRY(g->world.record(g->world.context, own->about[0], &thing));
    *out = thing && word_listed(clock->about, clock->n_about, thing->kind_name);
    return OK;
}

static void stand_still(struct engine *g, struct object *o, struct running *c, bool stands,
                        int64_t at_ms)
{
    if (stands == c->stands) return;
    if (stands) c->stood_from_ms = at_ms;
    if (!stands && !c->shown.late) c->stood_ms += at_ms - c->stood_from_ms;
    c->shown.stopped = c->stands = stands;
    set_due(g, o, c);
}

/* A clock runs on from one of its states to another. */
static rc set_clocks(struct engine *g, struct object *o, int64_t at_ms)
{
    for (uint32_t k = 0; k < o->kind->n_clocks; k++) {
        struct running *c = &o->clocks[k];
        bool stands = c->runs && (c->shown.clock->stands >> o->state & 1);
        bool runs = stands || (c->shown.clock->states >> o->state & 1);
        if (runs && !c->runs) {
            TRY(has_clock(g, o, c->shown.clock, &runs));
            c->shown.started_ms = at_ms;
            c->shown.stopped = c->shown.late = c->moved_on = c->stands = false;
            c->stood_ms = 0;
            set_due(g, o, c);
        }
        c->runs = runs;
        stand_still(g, o, c, stands, at_ms);
    }
    return OK;
}

static const struct record_transition *moved_by(const struct object *o,
                                                const struct record_clock *clock)
{
    for (uint32_t t = 0; t < o->kind->n_transitions; t++) {
        const struct record_transition *x = &o->kind->transitions[t];
        if (x->by == RECORD_BY_CLOCK && x->clock == clock && (x->from >> o->state & 1)) return x;
    }
    return NULL;
}

static struct running *next_clock(const struct object *o)
{
    struct running *first = NULL;
    for (uint32_t k = 0; k < o->kind->n_clocks; k++) {
        struct running *c = &o->clocks[k];
        if (!c->runs || c->shown.stopped || c->moved_on) continue;
        if (!first || c->shown.due_ms < first->shown.due_ms) first = c;
    }
    return first;
}

rc object_run_clocks(struct engine *g, struct object *o, int64_t until_ms)
{
    if (!o->kind || o->kind->n_clocks == 0 || o->state < 0 || o->frozen) return OK;
    for (;;) {
        struct running *c = next_clock(o);
        if (!c || c->shown.due_ms > until_ms) return OK;
        const struct record_transition *t = moved_by(o, c->shown.clock);
        int64_t at_ms = c->shown.due_ms > o->since_ms ? c->shown.due_ms : o->since_ms;
        c->shown.late = true;
        c->moved_on = true;
        if (t) TRY(object_move(g, o, (int)t->to, at_ms, NULL, c->shown.clock));
    }
}

/* A record in effect stops the clocks that wait for its kind, or puts their end further away. */
void object_hear_clocks(struct engine *g, struct object *o, const struct item *i)
{
    const struct record *r = i->entry->r;
    for (uint32_t k = 0; k < o->kind->n_clocks; k++) {
        struct running *c = &o->clocks[k];
        const struct record_clock *clock = c->shown.clock;
        if (c->runs && clock->stops_by && is_kind(r, clock->stops_by)) c->shown.stopped = true;
        if (!clock->extends_by || !is_kind(r, clock->extends_by) || r->until_ms <= c->extended_ms)
            continue;
        c->extended_ms = r->until_ms;
        if (c->runs) set_due(g, o, c);
    }
}

/* ---- moves ---- */

/* Who is admitted may write; the register hears of it at once. */
static rc note_standing(struct engine *g, struct object *o, const struct item *i)
{
    const char *name = o->kind->states[o->state].name;
    bool admitted = strcmp(name, "admitted") == 0;
    bool left = strcmp(name, "left") == 0, ended = left || strcmp(name, "suspended") == 0;
    if (!o->chain || !i || (!admitted && !ended)) return OK;
    return chain_stand(o->chain, (struct standing){i->stamp, admitted, left}, g->mem);
}

rc object_move(struct engine *g, struct object *o, int to, int64_t at_ms, struct item *i,
               const struct record_clock *clock)
{
    TRY(fold_grow(g->mem, &o->moves, o->n_moves, &o->cap_moves, sizeof *o->moves));
    o->moves[o->n_moves++] = (struct record_move){o->state, to, at_ms, i ? i->entry : NULL, clock};
    if (o->state != to) o->entered = o->n_effects;
    o->state = to;
    o->since_ms = at_ms;
    TRY(set_clocks(g, o, at_ms));
    return note_standing(g, o, i);
}

static bool ends(const struct object *o)
{
    for (uint32_t t = 0; t < o->kind->n_transitions; t++)
        if (o->state >= 0 && (o->kind->transitions[t].from >> o->state & 1)) return false;
    return o->state >= 0;
}

rc object_freeze(struct engine *g, struct object *o, struct item *i)
{
    const struct record *r = i->entry->r;
    if (o->frozen) return OK;
    char id[RECORD_ID_CHARS];
    record_id_write(i->entry->id, id);
    TRY(fold_say(g, &o->why, "%.*s: %.*s", RECORD_ID_CHARS, id, VIEW_ARG(r->frozen_why)));
    if (o->kind->safest >= 0 && o->kind->safest != o->state && !ends(o))
        TRY(object_move(g, o, o->kind->safest, i->stamp.when.received_ms, i, NULL));
    o->frozen = true;
    return OK;
}

/* ---- what comes out ---- */

static int by_dependency(const void *a, const void *b)
{
    const struct record_dependency *x = a, *y = b;
    if (x->on != y->on) return x->on < y->on ? -1 : 1;
    int by = memcmp(x->id, y->id, sizeof x->id);
    if (by == 0) by = view_cmp(x->org, y->org);
    return by != 0 || !x->kind ? by : strcmp(x->kind, y->kind);
}

static void sort_dependencies(struct object *o)
{
    uint32_t n = 0;
    if (o->n_rests_on > 1) qsort(o->rests_on, o->n_rests_on, sizeof *o->rests_on, by_dependency);
    for (uint32_t k = 0; k < o->n_rests_on; k++)
        if (n == 0 || by_dependency(&o->rests_on[n - 1], &o->rests_on[k]) != 0)
            o->rests_on[n++] = o->rests_on[k];
    o->n_rests_on = n;
}

static rc show_clocks(const struct object *o, struct arena *mem, struct record_outcome *out)
{
    struct record_running *shown;
    out->next_ms = o->next_ms;
    if (!o->kind || o->kind->n_clocks == 0) return OK;
    TRY(arena_array(mem, o->kind->n_clocks, &shown));
    for (uint32_t k = 0; k < o->kind->n_clocks && o->state >= 0 && !o->frozen; k++) {
        const struct running *c = &o->clocks[k];
        if (!c->runs || c->shown.due_ms == INT64_MAX) continue;
        shown[out->n_clocks++] = c->shown;
        if (!c->shown.stopped && !c->moved_on && c->shown.due_ms < out->next_ms)
            out->next_ms = c->shown.due_ms;
    }
    out->clocks = shown;
    return OK;
}

static bool has_signed(const struct item *i, uint32_t k)
{
    return i->signed_mask >> k & 1;
}

static rc show_missing(struct engine *g, const struct object *o, struct record_outcome *out)
{
    const struct item *i = &g->h.items[o->current];
    struct view *missing;
    if (!o->incomplete) return OK;
    const struct record *r = i->entry->r;
    TRY(arena_array(g->mem, (size_t)r->n_signers + 1, &missing));
    for (uint32_t k = 0; k < r->n_signers; k++)
        if (!has_signed(i, k)) missing[out->n_missing++] = r->signers[k];
    out->missing = missing;
    if (out->n_missing > 0 && !o->frozen)
        TRY(fold_say(g, &out->why, "signers: %.*s has not signed", VIEW_ARG(missing[0])));
    return OK;
}

static const char *state_name(const struct object *o)
{
    if (o->end) return o->end;
    if (o->state >= 0) return o->kind->states[o->state].name;
    if (o->incomplete) return "incomplete";
    return o->started ? "recorded" : "refused";
}

rc engine_outcome(struct engine *g, struct object *o, const struct record_outcome **out)
{
    struct record_outcome *x;
    TRY(arena_new(g->mem, &x));
    sort_dependencies(o);
    bool held = !o->end && (o->started || o->incomplete);
    *x = (struct record_outcome){.kind = o->kind,
                                 .state = o->state,
                                 .state_name = state_name(o),
                                 .in_effect = !o->end && o->started && !o->incomplete,
                                 .since_ms = o->since_ms,
                                 .incomplete = o->incomplete,
                                 .frozen = o->frozen,
                                 .why = o->why,
                                 .current = held ? g->h.items[o->current].entry : NULL,
                                 .effects = o->effects,
                                 .n_effects = o->n_effects,
                                 .moves = o->moves,
                                 .n_moves = o->n_moves,
                                 .rests_on = o->rests_on,
                                 .n_rests_on = o->n_rests_on};
    TRY(show_clocks(o, g->mem, x));
    TRY(show_missing(g, o, x));
    *out = x;
    return OK;
}

/* ---- what state a text was in ---- */

static int state_since(const struct record_move *moves, uint32_t n, int64_t at_ms)
{
    int state = -1;
    for (uint32_t k = 0; k < n && moves[k].at_ms <= at_ms; k++)
        state = moves[k].to;
    return state;
}

int state_of_text(const struct record_outcome *o, const uint8_t *id, int64_t at_ms)
{
    const struct record_entry *text = NULL;
    bool holds = false;
    int kept = -1;
    for (uint32_t k = 0; k < o->n_effects; k++) {
        const struct record_effect *row = &o->effects[k];
        if ((!row->version && row->state < 0) || row->entry->received_ms > at_ms) continue;
        bool takes_over = row->version && row->in_effect;
        if (takes_over) text = row->entry;
        holds = text && memcmp(text->id, id, SEAL_SHA256_BYTES) == 0;
        int reached = row->state;
        if (reached < 0 && takes_over)
            reached = state_since(o->moves, o->n_moves, row->entry->received_ms);
        if (reached < 0) continue;
        if (holds)
            kept = reached;
        else if (reached == kept)
            kept = -1;
    }
    return holds ? state_since(o->moves, o->n_moves, at_ms) : kept;
}

const char *record_state_at(const struct record_outcome *o, const uint8_t id[SEAL_SHA256_BYTES],
                            int64_t at_ms)
{
    int state = state_of_text(o, id, at_ms);
    return state >= 0 ? o->kind->states[state].name : NULL;
}
