/* SPDX-License-Identifier: Apache-2.0
 * One entry on one object: whether it may have an effect, and through which transition. */
#include "record/fold_int.h"

#include <stdio.h>
#include <string.h>

bool names_id(const struct record *r, const uint8_t id[SEAL_SHA256_BYTES])
{
    for (uint32_t k = 0; r && k < r->n_about; k++)
        if (memcmp(r->about[k], id, SEAL_SHA256_BYTES) == 0) return true;
    return false;
}

bool in_chain(const struct engine *g, const struct object *o, const struct item *i)
{
    return i->object == (uint32_t)(o - g->objects) && !i->refused;
}

/* ---- who ---- */

static bool is_signer(const struct record *r, struct view org)
{
    for (uint32_t k = 0; k < r->n_signers; k++)
        if (view_eq(r->signers[k], org)) return true;
    return view_eq(r->org, org);
}

static bool in_field(const struct record *r, const char *const *fields, size_t n, struct view org)
{
    for (size_t k = 0; k < n; k++) {
        const struct json *v = json_get(r->body, fields[k]);
        if (v && v->type == JSON_STRING ? view_eq(v->as.string, org) : lists_org(v, org))
            return true;
    }
    return false;
}

rc fold_who_holds(struct engine *g, const struct object *o, enum record_who who, struct view org,
                  bool *out)
{
    static const char *const k_addressee[] = {"platform", "addressee"};
    static const char *const k_members[] = {"members", "quorum", "parties"};
    static const char *const k_owners[] = {"owner"};
    const struct record *r = object_record(g, o);
    bool own = view_eq(org, o->author), related;
    switch (who) {
    case RECORD_WHO_ANY: *out = true; return OK;
    case RECORD_WHO_AUTHOR: *out = own; return OK;
    case RECORD_WHO_OTHER: *out = !own; return OK;
    case RECORD_WHO_SIGNER: *out = is_signer(r, org); return OK;
    case RECORD_WHO_ADDRESSEE:
        *out = in_field(r, k_addressee, COUNT_OF(k_addressee), org);
        return OK;
    case RECORD_WHO_MEMBER: *out = in_field(r, k_members, COUNT_OF(k_members), org); return OK;
    case RECORD_WHO_OWNER: *out = own || in_field(r, k_owners, COUNT_OF(k_owners), org); return OK;
    case RECORD_WHO_UNRELATED:
        TRY(record_related(&g->world, o->author, org, &related));
        *out = !related;
        return OK;
    }
    return FAIL(E_INTERNAL, "record: no such who");
}

static const char *const k_who[] = {
    [RECORD_WHO_ANY] = "anybody",
    [RECORD_WHO_AUTHOR] = "its author",
    [RECORD_WHO_SIGNER] = "one of its signers",
    [RECORD_WHO_OTHER] = "another than its author",
    [RECORD_WHO_UNRELATED] = "an organisation unrelated to its author",
    [RECORD_WHO_ADDRESSEE] = "whom it addresses",
    [RECORD_WHO_MEMBER] = "one of those who vote on it",
    [RECORD_WHO_OWNER] = "its author or who does it",
};

/* ---- transitions ---- */

static const struct running *clock_of(const struct object *o, const struct record *r)
{
    const struct running *found = NULL;
    for (uint32_t k = 0; k < o->kind->n_clocks; k++) {
        const struct running *c = &o->clocks[k];
        if (!c->runs) continue;
        if (c->shown.clock->stops_by && is_kind(r, c->shown.clock->stops_by)) return c;
        if (!found) found = c;
    }
    return found;
}

/* One chain holds a name; another may have it when that one left. */
static rc name_is_free(struct engine *g, const struct object *o, const struct record_transition *t,
                       struct view *why)
{
    uint32_t index;
    if (!o->chain || strcmp(o->kind->states[t->to].name, "admitted") != 0) return OK;
    const struct chain *c = register_holder(g->reg, o->author, &g->item->stamp, &index);
    if (!c || c == o->chain || chain_standing(c, &g->item->stamp)->left) return OK;
    return fold_say(g, why, "org: another record holds the name %.*s", VIEW_ARG(o->author));
}

rc fold_may_move(struct engine *g, struct object *o, const struct record_transition *t,
                 const struct item *v, const struct record *object, bool *out, struct view *out_why)
{
    const struct record *r = v->entry->r;
    struct view why = {0};
    bool may;
    *out = false;
    if (!record_when_holds(&t->when, r->body)) return OK;
    TRY(fold_who_holds(g, o, t->who, r->org, &may));
    if (!may) {
        if (out_why->n > 0) return OK;
        return fold_say(g, out_why, "org: %.*s is not %s", VIEW_ARG(r->org), k_who[t->who]);
    }
    TRY(name_is_free(g, o, t, &why));
    if (why.n > 0) {
        *out_why = why;
        return OK;
    }
    const struct running *clock = clock_of(o, r);
    struct record_case c = {.self = r,
                            .object = object,
                            .received_ms = v->entry->received_ms,
                            .clock = clock ? clock->shown.clock : NULL,
                            .clock_started_ms =
                                clock ? clock->shown.started_ms + clock->stood_ms : 0,
                            .world = &g->world,
                            .mem = &g->scratch};
    rc said = t->guards ? record_guards_check(t->guards, &c) : OK;
    *out = ok(said);
    TRY(take_refusal(g, said, &why));
    if (!*out && out_why->n == 0) *out_why = why;
    return OK;
}

static bool leads(const struct object *o, const struct record_transition *t, enum record_by by)
{
    return t->by == by && o->state >= 0 && (t->from >> o->state & 1);
}

rc move_step(struct engine *g, struct object *o, struct item *i, struct record_effect *row)
{
    const struct record *r = i->entry->r;
    struct view to = json_get_string(r->body, "to");
    int state = record_state_find(o->kind, to);
    if (state < 0) return fold_say(g, &row->why, "body.to: a %s has no such state", o->kind->name);
    for (uint32_t k = 0; k < o->kind->n_transitions; k++) {
        const struct record_transition *t = &o->kind->transitions[k];
        bool may;
        if (!leads(o, t, RECORD_BY_STEP) || (int)t->to != state) continue;
        TRY(fold_may_move(g, o, t, i, object_record(g, o), &may, &row->why));
        if (!may) continue;
        row->why = view_of(NULL, 0);
        row->in_effect = true;
        row->state = state;
        object_hear_clocks(g, o, i);
        return object_move(g, o, state, i->stamp.when.received_ms, i, NULL);
    }
    if (row->why.n > 0) return OK;
    return fold_say(g, &row->why, "body.to: no step leads from %s to %.*s",
                    o->state < 0 ? "start" : o->kind->states[o->state].name, VIEW_ARG(to));
}

/* Where transitions wait for a kind of record, it takes effect only from those they wait for. */
static rc may_speak(struct engine *g, struct object *o, const struct item *i, bool *out,
                    struct view *why)
{
    const struct record *r = i->entry->r;
    const struct record_transition *waits = NULL;
    *out = false;
    for (uint32_t k = 0; k < o->kind->n_transitions && !*out; k++) {
        const struct record_transition *t = &o->kind->transitions[k];
        if (t->by != RECORD_BY_KIND || strcmp(t->by_kind, r->kind->name) != 0) continue;
        waits = t;
        TRY(fold_who_holds(g, o, t->who, r->org, out));
    }
    if (*out || !waits) {
        *out = true;
        return OK;
    }
    return fold_say(g, why, "org: %.*s is not %s", VIEW_ARG(r->org), k_who[waits->who]);
}

rc move_kind(struct engine *g, struct object *o, struct item *i, struct record_effect *row)
{
    const struct record *r = i->entry->r;
    bool may;
    TRY(may_speak(g, o, i, &may, &row->why));
    if (!may) return OK;
    for (uint32_t k = 0; k < o->kind->n_transitions; k++) {
        const struct record_transition *t = &o->kind->transitions[k];
        if (!leads(o, t, RECORD_BY_KIND) || strcmp(t->by_kind, r->kind->name) != 0) continue;
        TRY(fold_may_move(g, o, t, i, object_record(g, o), &may, &row->why));
        if (!may) continue;
        row->why = view_of(NULL, 0);
        row->in_effect = true;
        row->state = (int)t->to;
        object_hear_clocks(g, o, i);
        return object_move(g, o, (int)t->to, i->stamp.when.received_ms, i, NULL);
    }
    row->in_effect = true;
    object_hear_clocks(g, o, i);
    return OK;
}

/* ---- whether it may speak at all ---- */

static rc version_speaks(struct engine *g, struct object *o, const struct item *i, struct view *why)
{
    const struct version *v = chain_version(o->chain, i->entry->id, &o->next_version);
    if (!v) return fold_say(g, why, "org: not in the register");
    if (v->authority == BY_NOBODY) *why = v->why;
    return OK;
}

static rc say_key(struct engine *g, enum silence silence, enum seal_purpose needed,
                  const struct record_key *key, struct view *out)
{
    char text[200] = "";
    switch (silence) {
    case KEY_REVOKED:
        snprintf(text, sizeof text, "key %08x was revoked behind entry %llu", key->id,
                 (unsigned long long)key->last_good);
        break;
    case KEY_NOT_LISTED:
        snprintf(text, sizeof text, "key %08x was not listed then", key->id);
        break;
    case KEY_OUT_OF_TIME:
        snprintf(text, sizeof text, "key %08x was out of its time", key->id);
        break;
    case KEY_OF_ANOTHER_PURPOSE:
        snprintf(text, sizeof text, "key %08x is for %s, and one for %s is needed", key->id,
                 seal_purpose_name(key->purpose), seal_purpose_name(needed));
        break;
    case KEY_SPEAKS:
    case KEY_UNKNOWN: break;
    }
    return fold_say(g, out, "%s", text);
}

rc fold_say_silent(struct engine *g, struct view org, enum seal_purpose purpose, const char *field,
                   const struct record_signature *signatures, uint32_t n, struct view *why)
{
    enum silence first = KEY_UNKNOWN;
    struct record_key key;
    struct view said;
    uint32_t index;
    const struct chain *c = register_holder(g->reg, org, &g->item->stamp, &index);
    for (uint32_t s = 0; c && s < n; s++) {
        struct record_key found;
        enum silence silence =
            chain_key_silence(c, purpose, &signatures[s], g->item->entry, &found);
        if (silence >= first) continue;
        first = silence;
        key = found;
    }
    TRY(say_key(g, first, purpose, &key, &said));
    return fold_say(g, why, "%s: no key that may speak for %.*s%s%.*s", field, VIEW_ARG(org),
                    said.n > 0 ? ": " : "", VIEW_ARG(said));
}

/* An organisation speaks about itself by its own keys; about all else, when it is admitted. */
static rc author_speaks(struct engine *g, struct object *o, const struct item *i, struct view *why)
{
    const struct record_entry *e = i->entry;
    const struct chain *c = o->chain;
    if (c && in_chain(g, o, i)) return version_speaks(g, o, i, why);
    if (!c || !view_eq(e->r->org, o->author)) {
        uint32_t index;
        c = register_holder(g->reg, e->r->org, &i->stamp, &index);
        TRY(rest_on_org(g, e->r->org, index));
        if (!c || !chain_admitted(c, &i->stamp))
            return fold_say(g, why, "org: %.*s is not admitted", VIEW_ARG(e->r->org));
    }
    if (!chain_at_home(c, e))
        return fold_say(g, why, "log: not the home log of %.*s", VIEW_ARG(e->r->org));
    for (uint32_t s = 0; s < e->n_signatures; s++)
        if (chain_key_speaks(c, SEAL_AUTHOR, &e->signatures[s], e)) return OK;
    return fold_say_silent(g, e->r->org, SEAL_AUTHOR, "signature", e->signatures, e->n_signatures,
                           why);
}

rc keep_guards_of_kind(struct engine *g, const struct record *r, const struct record *replaces,
                       int64_t received_ms, struct view *why)
{
    struct record_case c = {.self = r,
                            .replaces = replaces,
                            .received_ms = received_ms,
                            .world = &g->world,
                            .mem = &g->scratch};
    return take_refusal(g, record_guards_check(r->kind->guards, &c), why);
}

static rc speaks_of_kind(struct engine *g, const struct object *o, const struct record *r,
                         struct view *why)
{
    if (r->kind->n_about_kinds == 0 ||
        word_listed(r->kind->about_kinds, r->kind->n_about_kinds, view_cstr(o->kind->name)))
        return OK;
    return fold_say(g, why, "about: a %s is not about a %s", r->kind->name, o->kind->name);
}

static rc judge_about(struct engine *g, struct object *o, struct item *i, struct record_effect *row)
{
    const struct record *r = i->entry->r;
    bool cosign = is_kind(r, "cosign");
    TRY(speaks_of_kind(g, o, r, &row->why));
    if (row->why.n == 0 && !cosign && !o->started)
        TRY(fold_say(g, &row->why, "about: what it is about is not in effect"));
    if (row->why.n == 0) TRY(keep_guards_of_kind(g, r, NULL, i->entry->received_ms, &row->why));
    if (row->why.n > 0) return OK;
    if (cosign) return move_cosign(g, o, i, row);
    return is_kind(r, "step") ? move_step(g, o, i, row) : move_kind(g, o, i, row);
}

/* To stop an object for good is for those whose object it is. Whoever else may move it may do so by
 * words that are understood; else every member could stop whatever it liked. */
static bool may_freeze(const struct engine *g, const struct object *o, const struct record *r)
{
    return is_signer(object_record(g, o), r->org);
}

static rc say_unknown(struct engine *g, const struct record *r, struct view *why)
{
    if (!r->frozen) return fold_say(g, why, "kind: not known to this version");
    *why = r->frozen_why;
    return OK;
}

static rc judge_known(struct engine *g, struct object *o, struct item *i, struct record_effect *row)
{
    const struct record *r = i->entry->r;
    if (i->object == (uint32_t)(o - g->objects) && i->refused)
        return fold_say(g, &row->why, "%s", i->refused);
    if (i == &g->h.items[o->root] && !r->kind) return say_unknown(g, r, &row->why);
    if (o->end) return fold_say(g, &row->why, "about: the object is %s", o->end);
    TRY(author_speaks(g, o, i, &row->why));
    if (row->why.n > 0) return OK;
    if (r->frozen) {
        row->why = r->frozen_why;
        return may_freeze(g, o, r) ? object_freeze(g, o, i) : OK;
    }
    if (o->frozen) return fold_say(g, &row->why, "about: the object is frozen");
    if (!r->kind) return say_unknown(g, r, &row->why);
    return in_chain(g, o, i) ? move_chain(g, o, i, row) : judge_about(g, o, i, row);
}

/* The reason of the first record is that of the object. */
static void tell_root(const struct engine *g, struct object *o, const struct item *i,
                      const struct record_effect *row)
{
    if (i == &g->h.items[o->root] && !row->in_effect && !o->frozen) o->why = row->why;
}

rc judge_item(struct engine *g, struct object *o, struct item *i)
{
    int64_t at_ms = i->stamp.when.received_ms, ahead_ms = at_ms - RECORD_MAX_AHEAD_MS;
    bool ahead = ahead_ms > g->now_ms;
    g->at = o;
    g->item = i;
    arena_reset(&g->scratch);
    if (!ahead) TRY(object_run_clocks(g, o, at_ms));
    TRY(fold_grow(g->mem, &o->effects, o->n_effects, &o->cap_effects, sizeof *o->effects));
    struct record_effect *row = &o->effects[o->n_effects++];
    *row = (struct record_effect){.entry = i->entry, .state = -1};
    if (i->object == (uint32_t)(o - g->objects)) i->effect = o->n_effects - 1;
    row->version = in_chain(g, o, i);
    if (ahead) {
        if (ahead_ms < o->next_ms) o->next_ms = ahead_ms;
        TRY(fold_say(g, &row->why, "received: ahead of the clock here"));
    } else if (!entry_record(i->entry)) {
        TRY(fold_say(g, &row->why, i->entry->erased ? "erased" : "its text is not here"));
    } else {
        TRY(judge_known(g, o, i, row));
    }
    tell_root(g, o, i, row);
    return o->effects[o->n_effects - 1].in_effect ? object_hear_words(g, o, i) : OK;
}
