/* SPDX-License-Identifier: Apache-2.0
 * Random histories of an object in a small network, and whether two folds of one come to the same.
 */
#ifndef SANAD_TESTS_HISTORY_H
#define SANAD_TESTS_HISTORY_H

#include "net.h"

enum { MOST = 26 };

static uint64_t g_random = 1;

static inline uint32_t below(uint32_t n)
{
    g_random ^= g_random << 13;
    g_random ^= g_random >> 7;
    g_random ^= g_random << 17;
    return (uint32_t)((g_random >> 20) % n);
}

static const char *const k_orgs[] = {"checker.example", "desk.example",     "panel.example",
                                     "sister.example",  "platform.example", "ministry.example",
                                     "water.example",   "new.example"};

static inline const char *any_org(void)
{
    return k_orgs[below(COUNT_OF(k_orgs))];
}

/* ---- one history ---- */

static inline struct record_entry *any_entry(struct net *net, uint32_t from)
{
    for (;;) {
        struct record_entry *e = &net->entries[from + below(net->n - from)];
        if (e->r) return e;
    }
}

static int64_t g_burst_ms; /* all came in the same millisecond; 0: each when it came */

static inline void elsewhere(struct net *net, struct record_entry *e)
{
    e->log = VIEW("log.elsewhere");
    e->index = (uint64_t)(e - net->entries);
}

static inline void backdate(struct net *net, struct record_entry *e)
{
    /* A log whose clock is behind, or ahead by less than is allowed. */
    if (below(4) == 0) e->received_ms -= below(200000);
    if (below(4) == 0) e->received_ms += below(60000);
    if (g_burst_ms && below(8)) e->received_ms = g_burst_ms;
    if (below(12) == 0) elsewhere(net, e);
    if (below(20) == 0) e->r = NULL;
    if (!e->r) e->erased = true;
    if (below(20) == 0) e->n_signatures = 0;
    if (!g_burst_ms && below(3) == 0) net->now_ms += below(900000);
}

static inline void add_step(struct net *net, const struct record_entry *object)
{
    char to[100];
    const struct record_kind *k = object->r->kind;
    const char *state = k->n_states ? k->states[below(k->n_states)].name : "withdrawn";
    snprintf(to, sizeof to, "\"to\":\"%s\"", state);
    backdate(net, net_add(net, any_org(), "step", object, EDITS("\"to\":\"withdrawn\"", to)));
}

static inline void add_about(struct net *net, const struct record_entry *object)
{
    static const char *const k_kinds[] = {"opinion", "vote",       "vouch",   "correction",
                                          "ack",     "withdrawal", "reply",   "ruling",
                                          "answer",  "receipt",    "renewal", "appeal"};
    const char *made = below(2) ? "2026-11-22T10:15:00.000Z" : "2020-01-01T00:00:00.000Z";
    const char *kind = k_kinds[below(COUNT_OF(k_kinds))];
    if (below(10) == 0) made = "2031-01-01T00:00:00.000Z";
    backdate(net, net_add(net, any_org(), kind, object,
                          EDITS("\"made\":\"2026-11-22T10:15:00.000Z\"",
                                strcmp(made, "2020-01-01T00:00:00.000Z") == 0
                                    ? "\"made\":\"2020-01-01T00:00:00.000Z\""
                                : made[3] == '1' ? "\"made\":\"2031-01-01T00:00:00.000Z\""
                                                 : "\"made\":\"2026-11-22T10:15:00.000Z\"")));
}

static inline void add_prev(struct net *net, const struct record_entry *old)
{
    char org[100];
    snprintf(org, sizeof org, "%.*s", VIEW_ARG(old->r->org));
    if (!old->r->kind || strcmp(old->r->kind->name, "organisation") == 0) return;
    backdate(net, net_add(net, below(8) ? org : any_org(), old->r->kind->name, NULL,
                          EDITS(SANAD_1, net_prev(net, old))));
}

static inline void add_cosign(struct net *net, const struct record_entry *object)
{
    struct net_org *o = net_org(net, any_org());
    struct record_signature *line;
    struct record_entry *e = net_add(net, o->name, "cosign", object, NULL);
    CHECK_OK(arena_new(&net->mem, &line));
    const struct seal_signer *key = below(3) ? &o->author : &o->reviewer;
    *line = (struct record_signature){.name = key->name, .key_id = key->id};
    memcpy(line->public_key, key->public_key, SEAL_PUBLIC_BYTES);
    e->cosigned = line;
    backdate(net, e);
}

static inline struct record_entry *add_object(struct net *net)
{
    static const char *const k_kinds[] = {"package", "verdict",      "signal",   "incident",
                                          "alert",   "appeal",       "claim",    "agreement",
                                          "request", "organisation", "criteria", "pledge"};
    const char *kind = k_kinds[below(COUNT_OF(k_kinds))];
    struct net_org *o = net_org(net, below(2) ? "checker.example" : any_org());
    if (strcmp(kind, "organisation") == 0) {
        o = net_org(net, "new.example");
        return net_organisation(net, o, net_keys(net, o), "", NULL, &o->author);
    }
    return net_add(net, o->name, kind, NULL, NULL);
}

static inline struct record_entry *make_history(struct net *net, uint32_t *out_from)
{
    *out_from = net->n;
    g_burst_ms = below(3) ? 0 : net->now_ms + 1;
    struct record_entry *object = add_object(net);
    uint32_t n = 3 + below(MOST - 6);
    for (uint32_t i = 0; i < n; i++) {
        const struct record_entry *on = below(3) ? object : any_entry(net, *out_from);
        switch (below(5)) {
        case 0: add_step(net, on); break;
        case 1: add_cosign(net, on); break;
        case 2: add_prev(net, on); break;
        default: add_about(net, on);
        }
    }
    return object;
}

/* ---- comparing ---- */

static inline void same_text(struct view a, struct view b)
{
    if (!view_eq(a, b)) fail_msg("\"%.*s\" is not \"%.*s\"", VIEW_ARG(a), VIEW_ARG(b));
}

/* The same record, or with other ids: what stands in the same place. */
static inline void same_entry(const struct record_entry *a, const struct record_entry *b, bool ids)
{
    CHECK(!a == !b);
    if (!a) return;
    if (ids) assert_memory_equal(a->id, b->id, SEAL_SHA256_BYTES);
    CHECK(a->index == b->index && view_eq(a->log, b->log) && a->received_ms == b->received_ms);
}

static inline void same_dependencies(const struct record_outcome *a, const struct record_outcome *b,
                                     bool ids)
{
    CHECK(a->n_rests_on == b->n_rests_on);
    for (uint32_t i = 0; i < a->n_rests_on; i++) {
        CHECK(a->rests_on[i].on == b->rests_on[i].on);
        if (ids) assert_memory_equal(a->rests_on[i].id, b->rests_on[i].id, SEAL_SHA256_BYTES);
        same_text(a->rests_on[i].org, b->rests_on[i].org);
    }
}

/** ids: false when the two histories differ in their ids, and in nothing else. */
static inline void same(const struct record_outcome *a, const struct record_outcome *b, bool ids)
{
    CHECK(a->kind == b->kind && a->state == b->state && a->in_effect == b->in_effect);
    CHECK(strcmp(a->state_name, b->state_name) == 0 && a->since_ms == b->since_ms);
    CHECK(a->incomplete == b->incomplete && a->frozen == b->frozen && a->next_ms == b->next_ms);
    same_text(a->why, b->why);
    same_entry(a->current, b->current, ids);
    CHECK(a->n_effects == b->n_effects && a->n_moves == b->n_moves);
    CHECK(a->n_clocks == b->n_clocks && a->n_missing == b->n_missing);
    same_dependencies(a, b, ids);
    for (uint32_t i = 0; i < a->n_effects; i++) {
        const struct record_effect *x = &a->effects[i], *y = &b->effects[i];
        same_entry(x->entry, y->entry, ids);
        CHECK(x->in_effect == y->in_effect && x->state == y->state);
        same_text(x->why, y->why);
    }
    for (uint32_t i = 0; i < a->n_moves; i++)
        CHECK(a->moves[i].from == b->moves[i].from && a->moves[i].to == b->moves[i].to &&
              a->moves[i].at_ms == b->moves[i].at_ms && a->moves[i].clock == b->moves[i].clock);
    for (uint32_t i = 0; i < a->n_clocks; i++)
        CHECK(a->clocks[i].due_ms == b->clocks[i].due_ms && a->clocks[i].late == b->clocks[i].late);
}

/** What is known when these entries are, and no others: the register of them, and the object. NULL
 *  when its first record is not among them. */
static inline const struct record_outcome *
fold_seen(struct net *net, const struct record_entry *object, const struct record_entry *seen,
          uint32_t n_seen, const struct record_entry *list, uint32_t n)
{
    const struct record_outcome *o = NULL;
    net->seen = seen;
    net->n_seen = n_seen;
    CHECK_OK(record_register_fold(net->founders, net->n_founders, list, n, net->now_ms, &net->mem,
                                  &net->reg));
    rc r = record_fold(object->id, list, n, net->reg, &net->world, net->now_ms, &net->mem, &o);
    net->seen = NULL;
    if (r.code == E_USAGE) return NULL;
    CHECK_OK(r);
    return o;
}

static inline void shuffle(struct record_entry *list, uint32_t n)
{
    for (uint32_t i = n; i > 1; i--) {
        uint32_t k = below(i);
        struct record_entry swap = list[k];
        list[k] = list[i - 1];
        list[i - 1] = swap;
    }
}

static inline struct record_entry *copy_entries(struct net *net, const struct record_entry *list,
                                                uint32_t n)
{
    struct record_entry *copy;
    CHECK_OK(arena_array(&net->mem, (size_t)2 * n + 1, &copy));
    memcpy(copy, list, n * sizeof *copy);
    return copy;
}

/** The same members each time; only what is added differs. */
static inline void net_begin(struct net *net)
{
    static struct net base;
    if (base.n_orgs == 0) {
        net_init(&base);
        net_newcomer(&base, "new.example");
        net_criteria(&base);
        net_code(&base);
    }
    *net = base;
    net->facts_only = true;
    net->world.context = net;
    arena_init(&net->mem, 0);
}

#endif
