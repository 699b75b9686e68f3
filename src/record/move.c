/* SPDX-License-Identifier: Apache-2.0
 * The object's own records: how it starts, waits for signers, and is replaced by later ones. */
#include "record/fold_int.h"

#include <string.h>

static bool all_signed(const struct item *v)
{
    uint32_t n = v->entry->r->n_signers;
    return v->signed_mask == (UINT32_C(1) << n) - 1;
}

static const struct record_transition *by_signers(const struct object *o)
{
    for (uint32_t k = 0; k < o->kind->n_transitions; k++)
        if (o->kind->transitions[k].by == RECORD_BY_SIGNERS) return &o->kind->transitions[k];
    return NULL;
}

static rc wait_for_signers(struct engine *g, struct item *v, struct record_effect *row)
{
    const struct record *r = v->entry->r;
    v->waits = true;
    for (uint32_t k = 0; k < r->n_signers; k++)
        if (!(v->signed_mask >> k & 1))
            return fold_say(g, &row->why, "signers: %.*s has not signed", VIEW_ARG(r->signers[k]));
    return OK;
}

static rc admit_founder(struct engine *g, struct object *o, struct item *cause,
                        struct record_effect *row)
{
    int admitted = record_state_find(o->kind, VIEW("admitted"));
    if (!o->chain || !o->chain->is_founder || admitted < 0) return OK;
    row->state = admitted;
    return object_move(g, o, admitted, cause->stamp.when.received_ms, cause, NULL);
}

/* All have signed: the transition that waited for it. */
static rc signed_at_last(struct engine *g, struct object *o, struct item *v, struct item *cause,
                         struct record_effect *row)
{
    const struct record_transition *t = by_signers(o);
    bool may;
    o->incomplete = false;
    if (!t || o->state < 0 || !(t->from >> o->state & 1)) return OK;
    TRY(fold_may_move(g, o, t, v, NULL, &may, &row->why));
    o->incomplete = !may;
    row->in_effect = may;
    if (!may) o->why = row->why;
    if (!may) return OK;
    row->state = (int)t->to;
    return object_move(g, o, (int)t->to, cause->stamp.when.received_ms, cause, NULL);
}

static rc start_at(struct engine *g, struct object *o, int state, struct item *v,
                   struct item *cause, struct record_effect *row)
{
    o->started = true;
    row->in_effect = true;
    row->state = state;
    if (state >= 0) TRY(object_move(g, o, state, cause->stamp.when.received_ms, cause, NULL));
    if (by_signers(o) && !all_signed(v)) {
        o->incomplete = true;
        row->in_effect = false;
        return wait_for_signers(g, v, row);
    }
    TRY(signed_at_last(g, o, v, cause, row));
    return admit_founder(g, o, cause, row);
}

static rc start(struct engine *g, struct object *o, struct item *v, struct item *cause,
                struct record_effect *row)
{
    o->current = (uint32_t)(v - g->h.items);
    if (o->kind->n_states == 0) return start_at(g, o, -1, v, cause, row);
    for (uint32_t k = 0; k < o->kind->n_transitions; k++) {
        const struct record_transition *t = &o->kind->transitions[k];
        bool may;
        if (t->by != RECORD_BY_SELF) continue;
        TRY(fold_may_move(g, o, t, v, NULL, &may, &row->why));
        if (may) row->why = view_of(NULL, 0);
        if (may) return start_at(g, o, (int)t->to, v, cause, row);
        if (t->otherwise >= 0 && row->why.n > 0) return start_at(g, o, t->otherwise, v, cause, row);
    }
    return OK;
}

static rc replace(struct engine *g, struct object *o, struct item *v, struct item *cause,
                  struct record_effect *row)
{
    const struct record *old = object_record(g, o);
    const struct record_transition *by_prev = NULL;
    for (uint32_t k = 0; k < o->kind->n_transitions && !by_prev; k++) {
        const struct record_transition *t = &o->kind->transitions[k];
        bool may;
        if (t->by != RECORD_BY_PREV || o->state < 0 || !(t->from >> o->state & 1)) continue;
        TRY(fold_may_move(g, o, t, v, old, &may, &row->why));
        if (may) by_prev = t;
    }
    o->current = (uint32_t)(v - g->h.items);
    row->in_effect = true;
    object_refresh_clocks(g, o);
    if (!by_prev) return OK;
    row->why = view_of(NULL, 0);
    row->state = (int)by_prev->to;
    return object_move(g, o, (int)by_prev->to, cause->stamp.when.received_ms, cause, NULL);
}

/* A version whose rules hold takes its place, or waits until all have signed. */
static rc take_version(struct engine *g, struct object *o, struct item *v, struct item *cause,
                       struct record_effect *row)
{
    bool first = !o->started && !o->incomplete;
    uint32_t here = (uint32_t)(v - g->h.items);
    if (!first && here < o->current) return fold_say(g, &row->why, "prev: a later version holds");
    if (!all_signed(v)) {
        if (first && by_signers(o)) return start(g, o, v, cause, row);
        if (first || o->incomplete) o->current = here;
        if (first) o->incomplete = true;
        if (o->incomplete) object_refresh_clocks(g, o);
        return wait_for_signers(g, v, row);
    }
    v->waits = false;
    if (!o->started) {
        o->incomplete = false;
        return start(g, o, v, cause, row);
    }
    if (!o->incomplete) return replace(g, o, v, cause, row);
    o->current = here;
    object_refresh_clocks(g, o);
    row->in_effect = true;
    return signed_at_last(g, o, v, cause, row);
}

/* ---- signatures ---- */

static rc signer_speaks(struct engine *g, const struct item *at, struct view org,
                        enum seal_purpose purpose, const struct record_signature *s, bool *out)
{
    uint32_t index;
    const struct chain *c = register_holder(g->reg, org, &g->item->stamp, &index);
    TRY(rest_on_org(g, org, index));
    *out = c && chain_admitted(c, &g->item->stamp) && chain_key_speaks(c, purpose, s, at->entry);
    return OK;
}

/* Lines that stand in the note itself. The author's was checked before. */
static rc read_own_lines(struct engine *g, struct item *v)
{
    const struct record *r = v->entry->r;
    for (uint32_t k = 0; k < r->n_signers; k++) {
        bool holds = view_eq(r->signers[k], r->org);
        for (uint32_t s = 0; s < v->entry->n_signatures && !holds; s++)
            TRY(signer_speaks(g, v, r->signers[k], SEAL_AUTHOR, &v->entry->signatures[s], &holds));
        v->signed_mask |= (uint32_t)holds << k;
    }
    return OK;
}

/* Who agreed to a text is not left out of the next. */
static rc keep_signers(struct engine *g, const struct object *o, const struct record *r,
                       struct view *why)
{
    const struct record *old = object_record(g, o);
    for (uint32_t k = 0; k < old->n_signers; k++) {
        bool stays = false;
        for (uint32_t n = 0; n < r->n_signers && !stays; n++)
            stays = view_eq(old->signers[k], r->signers[n]);
        if (!stays)
            return fold_say(g, why, "signers: %.*s signed what it replaces",
                            VIEW_ARG(old->signers[k]));
    }
    return OK;
}

static rc about_known_kinds(struct engine *g, const struct record *r, struct view *why)
{
    for (uint32_t k = 0; k < r->n_about && r->kind->n_about_kinds > 0; k++) {
        const struct record *thing;
        TRY(g->world.record(g->world.context, r->about[k], &thing));
        if (thing && !word_listed(r->kind->about_kinds, r->kind->n_about_kinds, thing->kind_name))
            return fold_say(g, why, "about[%u]: a %s is not about a %.*s", k, r->kind->name,
                            VIEW_ARG(thing->kind_name));
    }
    return OK;
}

/* Whoever meant to tell of a change would not see that the register goes on with the old text. */
static rc not_introduced_twice(struct engine *g, const struct object *o, const struct item *v,
                               struct view *why)
{
    const struct version *last = NULL;
    char id[RECORD_ID_CHARS];
    if (!o->chain || !register_same(g->reg, o->chain, v, &last)) return OK;
    record_id_write(last->entry->id, id);
    return fold_say(g, why, "prev: %.*s introduced itself before: give prev = %.*s",
                    VIEW_ARG(o->author), RECORD_ID_CHARS, id);
}

static rc keep_rules(struct engine *g, struct object *o, struct item *v, struct view *why)
{
    const struct record *r = v->entry->r;
    bool root = v == &g->h.items[o->root];
    if (!root && o->kind->prev_refused)
        return fold_say(g, why, "prev: no later record replaces a %s", o->kind->name);
    if (!root && !o->started && !o->incomplete)
        return fold_say(g, why, "prev: what it replaces is not in effect");
    if (!root) TRY(keep_signers(g, o, r, why));
    if (root) TRY(not_introduced_twice(g, o, v, why));
    if (why->n == 0) TRY(about_known_kinds(g, r, why));
    if (why->n > 0) return OK;
    TRY(keep_guards_of_kind(g, r, root ? NULL : object_record(g, o), v->entry->received_ms, why));
    v->unreviewed = why->n > 0 && (r->kind->guards & RECORD_GUARD_BIT(second_reviewer)) != 0;
    return OK;
}

rc move_chain(struct engine *g, struct object *o, struct item *i, struct record_effect *row)
{
    TRY(keep_rules(g, o, i, &row->why));
    if (row->why.n > 0) return OK;
    TRY(read_own_lines(g, i));
    return take_version(g, o, i, i, row);
}

/* What came of the version is told in its own row too. */
static rc tell_version(struct object *o, const struct item *v, const struct record_effect *row)
{
    struct record_effect *own = &o->effects[v->effect];
    if (!o->started || own->in_effect) return OK;
    own->in_effect = row->in_effect && row->why.n == 0;
    if (own->in_effect) own->why = o->why = view_of(NULL, 0);
    return OK;
}

static rc hear_reviewer(struct engine *g, struct object *o, struct item *v, struct item *i,
                        struct record_effect *row)
{
    struct view why = {0};
    row->in_effect = true;
    if (!v->unreviewed) return OK;
    TRY(keep_rules(g, o, v, &why));
    if (why.n > 0) {
        row->why = why;
        return OK;
    }
    TRY(read_own_lines(g, v));
    TRY(take_version(g, o, v, i, row));
    return tell_version(o, v, row);
}

static rc hear_signer(struct engine *g, struct object *o, struct item *v, uint32_t signer,
                      struct item *i, struct record_effect *row)
{
    v->signed_mask |= UINT32_C(1) << signer;
    row->in_effect = true;
    if (!v->waits || !all_signed(v)) return OK;
    TRY(take_version(g, o, v, i, row));
    return tell_version(o, v, row);
}

rc move_cosign(struct engine *g, struct object *o, struct item *i, struct record_effect *row)
{
    const struct record *r = i->entry->r;
    const struct record_signature *line = i->entry->cosigned;
    uint32_t at = history_find(&g->h, r->about[0]), k = 0;
    struct item *v = &g->h.items[at];
    bool holds;
    if (!line) return fold_say(g, &row->why, "body.line: does not hold over the text it is about");
    const struct record *signed_text = v->entry->r;
    while (k < signed_text->n_signers && !view_eq(signed_text->signers[k], r->org))
        k++;
    if (k < signed_text->n_signers) {
        TRY(signer_speaks(g, i, r->org, SEAL_AUTHOR, line, &holds));
        if (holds) return hear_signer(g, o, v, k, i, row);
    }
    bool reviewed = (o->kind->guards & RECORD_GUARD_BIT(second_reviewer)) != 0;
    if (reviewed) {
        TRY(signer_speaks(g, i, r->org, SEAL_REVIEWER, line, &holds));
        if (holds) return hear_reviewer(g, o, v, i, row);
    }
    if (k == signed_text->n_signers && !reviewed)
        return fold_say(g, &row->why, "signers: %.*s is not among them", VIEW_ARG(r->org));
    return fold_say_silent(g, r->org, k < signed_text->n_signers ? SEAL_AUTHOR : SEAL_REVIEWER,
                           "body.line", line, 1, &row->why);
}
