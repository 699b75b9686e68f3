/* SPDX-License-Identifier: Apache-2.0
 * The order of a fold: 10,000 random histories, shuffled, cut, doubled and backdated, come to the
 * same. SANAD_HISTORIES sets another count. */
#include "net.h"

enum { N_HISTORIES = 10000, MOST = 26 };

static uint64_t g_random = 1;

static uint32_t below(uint32_t n)
{
    g_random ^= g_random << 13;
    g_random ^= g_random >> 7;
    g_random ^= g_random << 17;
    return (uint32_t)((g_random >> 20) % n);
}

static const char *const k_orgs[] = {"checker.example", "desk.example",     "panel.example",
                                     "sister.example",  "platform.example", "ministry.example",
                                     "water.example",   "new.example"};

static const char *any_org(void)
{
    return k_orgs[below(COUNT_OF(k_orgs))];
}

/* ---- one history ---- */

static struct record_entry *any_entry(struct net *net, uint32_t from)
{
    for (;;) {
        struct record_entry *e = &net->entries[from + below(net->n - from)];
        if (e->r) return e;
    }
}

static void backdate(struct net *net, struct record_entry *e)
{
    /* A log whose clock is behind, or ahead by less than is allowed. */
    if (below(4) == 0) e->received_ms -= below(200000);
    if (below(4) == 0) e->received_ms += below(60000);
    if (below(12) == 0) e->log = VIEW("log.elsewhere");
    if (below(20) == 0) e->r = NULL;
    if (!e->r) e->erased = true;
    if (below(20) == 0) e->n_signatures = 0;
    if (below(3) == 0) net->now_ms += below(900000);
}

static void add_step(struct net *net, const struct record_entry *object)
{
    char to[100];
    const struct record_kind *k = object->r->kind;
    const char *state = k->n_states ? k->states[below(k->n_states)].name : "withdrawn";
    snprintf(to, sizeof to, "\"to\":\"%s\"", state);
    backdate(net, net_add(net, any_org(), "step", object, EDITS("\"to\":\"withdrawn\"", to)));
}

static void add_about(struct net *net, const struct record_entry *object)
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

static void add_prev(struct net *net, const struct record_entry *old)
{
    char org[100];
    snprintf(org, sizeof org, "%.*s", VIEW_ARG(old->r->org));
    if (!old->r->kind || strcmp(old->r->kind->name, "organisation") == 0) return;
    backdate(net, net_add(net, below(8) ? org : any_org(), old->r->kind->name, NULL,
                          EDITS(SANAD_1, net_prev(net, old))));
}

static void add_cosign(struct net *net, const struct record_entry *object)
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

static struct record_entry *add_object(struct net *net)
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

static struct record_entry *make_history(struct net *net, uint32_t *out_from)
{
    *out_from = net->n;
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

static void same_text(struct view a, struct view b)
{
    if (!view_eq(a, b)) fail_msg("\"%.*s\" is not \"%.*s\"", VIEW_ARG(a), VIEW_ARG(b));
}

static void same(const struct record_outcome *a, const struct record_outcome *b)
{
    CHECK(a->kind == b->kind && a->state == b->state && a->in_effect == b->in_effect);
    CHECK(strcmp(a->state_name, b->state_name) == 0 && a->since_ms == b->since_ms);
    CHECK(a->incomplete == b->incomplete && a->frozen == b->frozen && a->next_ms == b->next_ms);
    same_text(a->why, b->why);
    CHECK(!a->current == !b->current);
    if (a->current) assert_memory_equal(a->current->id, b->current->id, SEAL_SHA256_BYTES);
    CHECK(a->n_effects == b->n_effects && a->n_moves == b->n_moves);
    CHECK(a->n_clocks == b->n_clocks && a->n_rests_on == b->n_rests_on);
    CHECK(a->n_missing == b->n_missing);
    for (uint32_t i = 0; i < a->n_effects; i++) {
        const struct record_effect *x = &a->effects[i], *y = &b->effects[i];
        assert_memory_equal(x->entry->id, y->entry->id, SEAL_SHA256_BYTES);
        CHECK(x->in_effect == y->in_effect && x->state == y->state);
        CHECK(x->entry->index == y->entry->index && view_eq(x->entry->log, y->entry->log));
        same_text(x->why, y->why);
    }
    for (uint32_t i = 0; i < a->n_moves; i++)
        CHECK(a->moves[i].from == b->moves[i].from && a->moves[i].to == b->moves[i].to &&
              a->moves[i].at_ms == b->moves[i].at_ms && a->moves[i].clock == b->moves[i].clock);
    for (uint32_t i = 0; i < a->n_clocks; i++)
        CHECK(a->clocks[i].due_ms == b->clocks[i].due_ms && a->clocks[i].late == b->clocks[i].late);
    for (uint32_t i = 0; i < a->n_rests_on; i++) {
        CHECK(a->rests_on[i].on == b->rests_on[i].on);
        assert_memory_equal(a->rests_on[i].id, b->rests_on[i].id, SEAL_SHA256_BYTES);
        same_text(a->rests_on[i].org, b->rests_on[i].org);
    }
}

static const struct record_outcome *fold_list(struct net *net, const struct record_entry *object,
                                              const struct record_entry *list, uint32_t n,
                                              const struct record_register *reg)
{
    const struct record_outcome *o;
    CHECK_OK(record_fold(object->id, list, n, reg, &net->world, net->now_ms, &net->mem, &o));
    return o;
}

static void shuffle(struct record_entry *list, uint32_t n)
{
    for (uint32_t i = n; i > 1; i--) {
        uint32_t k = below(i);
        struct record_entry swap = list[k];
        list[k] = list[i - 1];
        list[i - 1] = swap;
    }
}

/* Some stand in other logs too, later than in the author's own. */
static uint32_t add_doubles(struct record_entry *list, uint32_t n)
{
    uint32_t all = n;
    for (uint32_t i = 0; i < n; i++) {
        if (below(4) != 0) continue;
        list[all] = list[i];
        if (below(2)) {
            list[all].log = VIEW("zz.copies");
            list[all].index = all;
            bool home = list[i].r && !view_eq(list[i].r->org, VIEW("new.example")) &&
                        !view_eq(list[i].log, VIEW("log.elsewhere"));
            list[all].received_ms += home ? -(int64_t)below(900000) : 1 + (int64_t)below(1000);
        }
        all++;
    }
    return all;
}

/* The outcome of some first, and of all when the rest has come: nothing is kept in between. */
static void check_history(struct net *net, const struct record_entry *object)
{
    struct record_entry *list;
    uint32_t n = net->n;
    CHECK_OK(arena_array(&net->mem, (size_t)2 * n, &list));
    memcpy(list, net->entries, n * sizeof *list);
    const struct record_register *reg = net_register(net);
    const struct record_outcome *whole = fold_list(net, object, net->entries, n, reg);
    shuffle(list, n);
    uint32_t part = below(n);
    const struct record_outcome *some = NULL;
    (void)!ok(record_fold(object->id, list, part, reg, &net->world, net->now_ms, &net->mem, &some));
    uint32_t all = add_doubles(list, n);
    shuffle(list, all);
    same(whole, fold_list(net, object, list, all, reg));
    const struct record_register *again;
    CHECK_OK(record_register_fold(net->founders, net->n_founders, list, all, net->now_ms, &net->mem,
                                  &again));
    same(whole, fold_list(net, object, list, all, again));
    const struct record_member *m = record_register_find(again, VIEW("new.example"));
    if (!m || !m->outcome || memcmp(m->outcome->effects[0].entry->id, object->id, 32) != 0) return;
    /* The register and the fold of one organisation alone say the same. */
    const struct record_outcome *alone;
    CHECK_OK(record_fold(object->id, list, all, again, NULL, net->now_ms, &net->mem, &alone));
    same(m->outcome, alone);
}

/* The same members each time; only what is added differs. */
static void net_begin(struct net *net)
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

TEST(nobody_changes_a_state_by_the_order_in_which_records_arrive)
{
    static struct net net;
    const char *count = getenv("SANAD_HISTORIES");
    int n = count ? atoi(count) : N_HISTORIES;
    uint32_t moved = 0, effective = 0;
    for (int h = 0; h < n; h++) {
        uint32_t from;
        g_random = (uint64_t)h * 0x9e3779b97f4a7c15 + 1;
        net_begin(&net);
        struct record_entry *object = make_history(&net, &from);
        check_history(&net, object);
        const struct record_outcome *o = net_fold(&net, object);
        moved += o->n_moves > 1;
        effective += o->in_effect;
        net_done(&net);
    }
    print_message("%d histories: %u in effect, %u moved on\n", n, effective, moved);
    CHECK(effective > (uint32_t)n / 5 && moved > (uint32_t)n / 20);
}

TESTS(RUN(nobody_changes_a_state_by_the_order_in_which_records_arrive))
