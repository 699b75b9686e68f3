/* SPDX-License-Identifier: Apache-2.0
 * The fold of one object: states by records, signers, clocks, and what does not count. */
#include "net.h"

/* ---- every kind, by its own tables ---- */

struct walk {
    struct net net;
    const struct record_kind *kind;
    struct record_entry *object;
    const char *author, *other;
};

static const char *author_of(const struct record_kind *k)
{
    bool any = k->n_authors == 0;
    for (uint32_t i = 0; i < k->n_authors; i++)
        any |= strcmp(k->authors[i], "fact_checker") == 0;
    return any ? "checker.example" : "ministry.example";
}

/* What the object is about, made by another. */
static struct record_entry *thing_of(struct walk *w, const struct record_kind *k, int depth)
{
    const char *name = k->n_about_kinds ? k->about_kinds[0] : "claim";
    struct record_entry *about = NULL;
    if (k->about_min == 0) return NULL;
    const struct record_kind *thing = record_kind_find(view_cstr(name));
    if (depth < 4) about = thing_of(w, thing, depth + 1);
    bool made_by_members = strcmp(name, "signal") == 0 || strcmp(name, "verdict") == 0;
    const char *by = thing->n_authors && !made_by_members ? "water.example" : "platform.example";
    return net_add(&w->net, by, name, about,
                   strcmp(name, "criteria") == 0
                       ? EDITS("\"category\":\"attack_instruction\"", "\"category\":\"promotion\"")
                       : NULL);
}

static void begin(struct walk *w, const struct record_kind *k)
{
    w->kind = k;
    w->author = author_of(k);
    w->other = "desk.example";
    net_init(&w->net);
    w->net.facts_only = true;
    w->net.users[0] = VIEW("desk.example");
    w->net.n_users = strcmp(k->name, "appeal") == 0 ? 0 : 1;
}

static const char *speaker(const struct walk *w, enum record_who who)
{
    switch (who) {
    case RECORD_WHO_AUTHOR:
    case RECORD_WHO_SIGNER: return w->author;
    case RECORD_WHO_ADDRESSEE: return "platform.example";
    case RECORD_WHO_ANY:
    case RECORD_WHO_OTHER:
    case RECORD_WHO_UNRELATED:
    case RECORD_WHO_MEMBER: break;
    }
    return w->other;
}

static void vote_before(struct walk *w, const struct record_transition *t)
{
    if (t->guards & RECORD_GUARD_BIT(quorum)) {
        net_add(&w->net, "panel.example", "vote", w->object, NULL);
        if (t->by == RECORD_BY_STEP) net_add(&w->net, "desk.example", "vote", w->object, NULL);
    }
    if ((t->guards & RECORD_GUARD_BIT(unrelated_pair)) == 0) return;
    if (strcmp(w->kind->name, "organisation") == 0)
        net_add(&w->net, "panel.example", "vouch", w->object, NULL);
    else if (t->by == RECORD_BY_STEP)
        net_add(&w->net, "panel.example", "opinion", w->object, NULL);
}

/* The field of the kind's example with another word. */
static const char *const *say_word(struct walk *w, const char *kind, const struct record_when *when)
{
    static const char *edits[5];
    char *from, *to;
    struct view example;
    CHECK_OK(record_example(view_cstr(kind), &example));
    char key[80];
    snprintf(key, sizeof key, "\"%s\":\"", when->field);
    const char *at = strstr((const char *)example.p, key);
    CHECK(at != NULL);
    const char *end = strchr(at + strlen(key), '"');
    CHECK_OK(arena_array(&w->net.mem, 200, &from));
    CHECK_OK(arena_array(&w->net.mem, 200, &to));
    snprintf(from, 200, "%.*s\"", (int)(end - at), at);
    snprintf(to, 200, "%s%s\"", key, when->is[0]);
    edits[0] = from;
    edits[1] = to;
    edits[2] = NULL;
    return edits;
}

static struct record_entry *step_to(struct walk *w, const char *by, const char *state,
                                    const char *reason)
{
    char to[80];
    snprintf(to, sizeof to, "\"to\":\"%s\"", state);
    return net_add(&w->net, by, "step", w->object,
                   EDITS("\"to\":\"withdrawn\"", to, "It no longer holds", reason));
}

static void start_object(struct walk *w)
{
    if (strcmp(w->kind->name, "organisation") == 0) {
        struct net_org *o = net_newcomer(&w->net, "new.example");
        w->author = o->name;
        w->object = net_organisation(&w->net, o, net_keys(&w->net, o), "", NULL, &o->author);
        return;
    }
    struct record_entry *about = thing_of(w, w->kind, 0);
    bool ends = false;
    for (uint32_t i = 0; i < w->kind->n_clocks; i++)
        ends |= w->kind->clocks[i].field && strcmp(w->kind->clocks[i].field, "until") == 0;
    w->object = net_add(&w->net, w->author, w->kind->name, about,
                        ends && !w->kind->until_required
                            ? EDITS(SANAD_1, "\"sanad\":1,\"until\":\"2027-06-22\"")
                            : NULL);
}

static void fire(struct walk *w, const struct record_transition *t)
{
    const char *to = w->kind->states[t->to].name, *by = speaker(w, t->who);
    vote_before(w, t);
    switch (t->by) {
    case RECORD_BY_SELF: start_object(w); break;
    case RECORD_BY_SIGNERS:
        for (uint32_t i = 0; i < w->object->r->n_signers; i++) {
            char name[100];
            snprintf(name, sizeof name, "%.*s", VIEW_ARG(w->object->r->signers[i]));
            if (strcmp(name, w->author) != 0)
                net_cosign(&w->net, name, &net_org(&w->net, name)->author, w->object);
        }
        break;
    case RECORD_BY_STEP: step_to(w, by, to, "It no longer holds"); break;
    case RECORD_BY_PREV:
        net_add(&w->net, w->author, w->kind->name, NULL,
                EDITS(SANAD_1, net_prev(&w->net, w->object),
                      strcmp(w->kind->name, "criteria") == 0 ? "2026-12-20" : SANAD_1,
                      strcmp(w->kind->name, "criteria") == 0 ? "2027-02-20" : SANAD_1));
        break;
    case RECORD_BY_CLOCK: {
        const struct record_outcome *o = net_fold(&w->net, w->object);
        for (uint32_t i = 0; i < o->n_clocks; i++)
            if (o->clocks[i].clock == t->clock) w->net.now_ms = o->clocks[i].due_ms;
        break;
    }
    case RECORD_BY_KIND:
        net_add(&w->net, by, t->by_kind, w->object,
                t->when.field ? say_word(w, t->by_kind, &t->when) : NULL);
    }
}

/* Transitions that lead from start to the state, the last one first; found by width. */
static uint32_t path_to(const struct record_kind *k, uint32_t state, uint32_t *path)
{
    int by[32], n_seen = 1;
    for (int i = 0; i < 32; i++)
        by[i] = -1;
    for (bool more = true; more;) {
        more = false;
        for (uint32_t t = 0; t < k->n_transitions; t++) {
            const struct record_transition *x = &k->transitions[t];
            bool from = x->from & RECORD_START;
            for (uint32_t s = 0; s < k->n_states; s++)
                from |= by[s] >= 0 && (x->from >> s & 1) && s != x->to;
            if (!from || by[x->to] >= 0) continue;
            by[x->to] = (int)t;
            more = true;
            n_seen++;
        }
    }
    uint32_t n = 0;
    for (uint32_t s = state;;) {
        const struct record_transition *x = &k->transitions[by[s]];
        path[n++] = (uint32_t)by[s];
        if (x->from & RECORD_START) return n;
        for (s = 0; !((x->from >> s & 1) && by[s] >= 0 && by[s] != (int)path[n - 1]); s++)
            CHECK(s < 31);
        CHECK(n < 20);
    }
}

/* In the state from which t leads. */
static void arrive(struct walk *w, const struct record_transition *t)
{
    uint32_t path[32], n = 0, s = 0;
    if (t->from & RECORD_START) return;
    while (!(t->from >> s & 1) || (t->to == s && t->from != RECORD_STATE_BIT(s)))
        s++;
    n = path_to(w->kind, s, path);
    while (n > 0)
        fire(w, &w->kind->transitions[path[--n]]);
    CHECK_STATE(&w->net, w->object, w->kind->states[s].name);
}

TEST(every_transition_of_every_kind_can_be_taken)
{
    static struct walk w;
    uint32_t n = 0;
    for (uint32_t k = 0; k < k_n_record_kinds; k++)
        for (uint32_t t = 0; t < k_record_kinds[k].n_transitions; t++) {
            const struct record_transition *x = &k_record_kinds[k].transitions[t];
            begin(&w, &k_record_kinds[k]);
            arrive(&w, x);
            fire(&w, x);
            const struct record_outcome *o = net_fold(&w.net, w.object);
            if (o->state != (int)x->to)
                for (uint32_t i = 0; i < o->n_effects; i++)
                    print_message("%.*s: %d %.*s\n", VIEW_ARG(o->effects[i].entry->r->kind_name),
                                  o->effects[i].state, VIEW_ARG(o->effects[i].why));
            if (o->state != (int)x->to)
                fail_msg("%s, transition %u: %s, not %s", w.kind->name, t, o->state_name,
                         w.kind->states[x->to].name);
            net_done(&w.net);
            n++;
        }
    print_message("%u transitions\n", n);
    CHECK(n > 100);
}

/* ---- signers ---- */

TEST(a_package_counts_when_the_last_of_its_signers_signed_and_not_before)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct net_org *desk = net_org(&net, "desk.example"), *panel = net_org(&net, "panel.example");
    struct record_entry *e = net_add(&net, "checker.example", "package", NULL, NULL);
    const struct record_outcome *o = net_fold(&net, e);
    CHECK(o->incomplete && !o->in_effect && o->n_missing == 1);
    CHECK_TEXT(o->missing[0], "desk.example");
    CHECK_STATE(&net, e, "incomplete");
    struct record_entry *outsider = net_cosign(&net, panel->name, &panel->author, e);
    CHECK_NO_EFFECT(&net, e, outsider, "signers: panel.example is not among them");
    struct record_entry *wrong = net_cosign(&net, desk->name, &desk->reviewer, e);
    CHECK_NO_EFFECT(&net, e, wrong, "body.line: no key that may speak for desk.example");
    struct record_entry *by_other = net_cosign(&net, panel->name, &desk->author, e);
    CHECK_NO_EFFECT(&net, e, by_other, "signers: panel.example");
    net_cosign(&net, desk->name, &desk->author, e);
    CHECK_STATE(&net, e, "published");
    CHECK(net_effect(net_fold(&net, e), e)->in_effect);
    /* A later text waits for the same signers, and nobody is left out. */
    struct record_entry *next =
        net_add(&net, "checker.example", "package", NULL, EDITS(SANAD_1, net_prev(&net, e)));
    CHECK(net_fold(&net, e)->current->r == e->r);
    CHECK_NO_EFFECT(&net, e, next, "signers: desk.example has not signed");
    net_cosign(&net, desk->name, &desk->author, next);
    CHECK(net_fold(&net, e)->current->r == next->r);
    struct record_entry *alone =
        net_add(&net, "checker.example", "package", NULL,
                EDITS(SANAD_1, net_prev(&net, next), "[\"checker.example\",\"desk.example\"]",
                      "[\"checker.example\",\"panel.example\"]"));
    CHECK_NO_EFFECT(&net, e, alone, "signers: desk.example signed what it replaces");
}

TEST(a_signature_may_stand_in_the_note_itself)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct seal_signer both[2] = {net_org(&net, "checker.example")->author,
                                  net_org(&net, "desk.example")->author};
    struct record_entry *e =
        net_entry(&net, net_org(&net, "checker.example"),
                  net_text(&net, "checker.example", "package", NULL, NULL), both, 2);
    CHECK_STATE(&net, e, "published");
    CHECK(net_fold(&net, e)->n_moves == 2);
}

/* ---- what does not count ---- */

TEST(what_was_erased_says_nothing_any_more)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "claim", NULL, NULL);
    struct record_entry *step = net_add(&net, "checker.example", "step", e, NULL);
    CHECK_STATE(&net, e, "withdrawn");
    step->erased = true;
    step->r = NULL;
    CHECK_STATE(&net, e, "published");
    e->erased = true;
    const struct record_outcome *o = net_fold(&net, e);
    CHECK(strcmp(o->state_name, "erased") == 0 && o->current == NULL && !o->in_effect);
}

TEST(a_record_replaces_only_one_of_the_same_author_and_kind)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "claim", NULL, NULL);
    struct record_entry *other =
        net_add(&net, "desk.example", "claim", NULL, EDITS(SANAD_1, net_prev(&net, e)));
    struct record_entry *kind =
        net_add(&net, "checker.example", "statement", NULL, EDITS(SANAD_1, net_prev(&net, e)));
    CHECK_NO_EFFECT(&net, e, other, "prev: a record of another author");
    CHECK_NO_EFFECT(&net, e, kind, "prev: a record of another kind");
    struct record_entry *after =
        net_add(&net, "desk.example", "claim", NULL, EDITS(SANAD_1, net_prev(&net, other)));
    CHECK_NO_EFFECT(&net, e, after, "prev: a record of another author");
    CHECK_STATE(&net, other, "refused");
    struct record_entry *next =
        net_add(&net, "checker.example", "claim", NULL, EDITS(SANAD_1, net_prev(&net, e)));
    CHECK(net_fold(&net, e)->current->r == next->r);
    CHECK_STATE(&net, e, "published");
}

TEST(what_a_newer_version_says_freezes_only_what_must_be_understood)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    const char *must = ",\"must\":[\"body.zz_later\"]";
    struct record_entry *e = net_add(&net, "checker.example", "claim", NULL, NULL);
    struct record_entry *soft =
        net_add(&net, "checker.example", "correction", e,
                EDITS("\"v\":1", "\"v\":2", "\"body\":{", "\"body\":{\"zz_later\":\"x\","));
    CHECK(net_effect(net_fold(&net, e), soft)->in_effect);
    CHECK_STATE(&net, e, "corrected");
    char with_must[100];
    snprintf(with_must, sizeof with_must, "\"sanad\":1%s", must);
    struct record_entry *hard = net_add(&net, "checker.example", "correction", e,
                                        EDITS("\"v\":1", "\"v\":2", "\"body\":{",
                                              "\"body\":{\"zz_later\":\"x\",", SANAD_1, with_must));
    const struct record_outcome *o = net_fold(&net, e);
    CHECK(o->frozen && strcmp(o->state_name, "corrected") == 0);
    CHECK(strstr((const char *)o->why.p, "zz_later") != NULL);
    CHECK_NO_EFFECT(&net, e, hard, "body.zz_later");
    struct record_entry *step = net_add(&net, "checker.example", "step", e, NULL);
    CHECK_NO_EFFECT(&net, e, step, "frozen");
    /* An unknown kind is kept without effect. */
    struct record_entry *f = net_add(&net, "checker.example", "claim", NULL, NULL);
    struct record_entry *unknown = net_add(&net, "checker.example", "correction", f,
                                           EDITS("\"kind\":\"correction\"", "\"kind\":\"later\""));
    CHECK_NO_EFFECT(&net, f, unknown, "kind: not known to this version");
    CHECK_STATE(&net, f, "published");
    struct record_entry *own = net_add(&net, "checker.example", "claim", NULL,
                                       EDITS("\"kind\":\"claim\"", "\"kind\":\"later\""));
    CHECK_STATE(&net, own, "unknown");
}

TEST(a_signal_that_is_not_understood_matches_nothing)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "signal", NULL, NULL);
    net_add(&net, "desk.example", "opinion", e, NULL);
    CHECK_STATE(&net, e, "active");
    net_add(&net, "checker.example", "exemption", e,
            EDITS("\"v\":1", "\"v\":2", SANAD_1, "\"sanad\":1,\"must\":[\"body.zz_later\"]"));
    CHECK_STATE(&net, e, "quarantined");
    CHECK(net_fold(&net, e)->frozen);
}

TEST(a_record_comes_behind_what_it_names_whatever_its_log_says)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "claim", NULL, NULL);
    struct record_entry *next =
        net_add(&net, "checker.example", "claim", NULL, EDITS(SANAD_1, net_prev(&net, e)));
    struct record_entry *receipt = net_add(&net, "desk.example", "receipt", next, NULL);
    struct record_entry *other = net_add(&net, "panel.example", "receipt", e, NULL);
    next->received_ms = e->received_ms - 20;
    receipt->received_ms = e->received_ms - 30;
    other->received_ms = e->received_ms - 10;
    const struct record_outcome *o = net_fold(&net, e);
    const struct record_entry *const expected[] = {e, next, other, receipt};
    CHECK(o->n_effects == 4);
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        CHECK(o->effects[i].entry == expected[i] && o->effects[i].in_effect);
}

/* ---- clocks ---- */

TEST(nobody_waits_for_an_answer_that_is_late_without_seeing_it)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *alert = net_add(&net, "checker.example", "alert", NULL, NULL);
    int64_t raised = alert->received_ms;
    const struct record_outcome *o = net_fold(&net, alert);
    CHECK(o->next_ms == raised + 15 * 60000);
    net.now_ms = raised + 15 * 60000 - 1;
    CHECK_STATE(&net, alert, "raised");
    net.now_ms++;
    CHECK_STATE(&net, alert, "deputy");
    net.now_ms = raised + 30 * 60000;
    o = net_fold(&net, alert);
    CHECK(strcmp(o->state_name, "all_told") == 0 && o->n_moves == 3);
    CHECK(o->moves[2].entry == NULL && o->moves[2].at_ms == net.now_ms && o->moves[2].clock);
    struct record_entry *ack = net_add(&net, "desk.example", "ack", alert, NULL);
    CHECK_STATE(&net, alert, "acknowledged");
    ack->received_ms = raised + 60000;
    o = net_fold(&net, alert);
    CHECK(strcmp(o->state_name, "acknowledged") == 0 && o->n_moves == 2);
    struct record_entry *request = net_add(&net, "checker.example", "request", NULL, NULL);
    net.now_ms += 25 * INT64_C(3600000);
    o = net_fold(&net, request);
    CHECK(o->n_clocks == 1 && o->clocks[0].late && !o->clocks[0].stopped);
    CHECK(o->next_ms == INT64_MAX);
}

TEST(an_entry_from_the_future_waits_until_it_is_there)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "alert", NULL, NULL);
    struct record_entry *ack = net_add(&net, "desk.example", "ack", e, NULL);
    int64_t now = net.now_ms;
    ack->received_ms = now + 400000 * INT64_C(1000);
    CHECK_NO_EFFECT(&net, e, ack, "received: ahead of the clock here");
    CHECK_STATE(&net, e, "raised");
    CHECK(net_fold(&net, e)->next_ms == e->received_ms + 15 * 60000);
}

/* ---- the local door ---- */

static rc admit(struct net *net, const struct record_entry *object, const struct record_entry *next)
{
    return record_admit(object->id, net->entries, net->n - 1, next, net_register(net), &net->world,
                        &net->mem);
}

TEST(the_local_door_says_why_it_refuses)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "claim", NULL, NULL);
    CHECK_OK(admit(&net, e, e));
    struct record_entry *step = net_add(&net, "desk.example", "step", e, NULL);
    CHECK_FAILS(E_INPUT, admit(&net, e, step));
    CHECK_MESSAGE("org: desk.example is not its author");
    step = net_add(&net, "checker.example", "step", e,
                   EDITS("\"to\":\"withdrawn\"", "\"to\":\"published\""));
    CHECK_FAILS(E_INPUT, admit(&net, e, step));
    CHECK_MESSAGE("body.to: no step leads from published to published");
    step = net_add(&net, "checker.example", "step", e, NULL);
    CHECK_OK(admit(&net, e, step));
    struct record_entry *package = net_add(&net, "checker.example", "package", NULL, NULL);
    CHECK_OK(admit(&net, package, package));
    net.n_written = 300;
    struct record_entry *signal = net_add(&net, "checker.example", "signal", NULL, NULL);
    CHECK_FAILS(E_INPUT, admit(&net, signal, signal));
    CHECK_MESSAGE("guard not_flooding");
    struct net_org *o = net_newcomer(&net, "new.example");
    o->own = net_organisation(&net, o, net_keys(&net, o), "", NULL, &o->author);
    CHECK_OK(admit(&net, o->own, o->own));
    struct record_entry *claim = net_add(&net, "new.example", "claim", NULL, NULL);
    CHECK_FAILS(E_INPUT, admit(&net, claim, claim));
    CHECK_MESSAGE("org: new.example is not admitted");
    CHECK_FAILS(E_USAGE, record_admit(e->id, net.entries, 0, claim, net.reg, NULL, &net.mem));
}

static rc fold_object(struct net *net, const struct record_entry *e, struct arena *mem)
{
    const struct record_outcome *o;
    return record_fold(e->id, net->entries, net->n, net->reg, &net->world, net->now_ms, mem, &o);
}

TEST(a_lack_of_memory_is_told)
{
    CLEANUP(net_done) struct net net;
    CLEANUP(arena_done) struct arena mem;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "package", NULL, NULL);
    net_cosign(&net, "desk.example", &net_org(&net, "desk.example")->author, e);
    net_add(&net, "desk.example", "step", e, NULL);
    net_register(&net);
    arena_init(&mem, 0);
    CHECK_EVERY_ALLOCATION(fold_object(&net, e, &mem), arena_done(&mem));
    e = net_add(&net, "desk.example", "verdict", NULL, NULL);
    CHECK_EVERY_ALLOCATION(fold_object(&net, e, &mem), arena_done(&mem));
    CHECK_EVERY_ALLOCATION(fold_object(&net, net.orgs[0].own, &mem), arena_done(&mem));
}

TEST(what_an_outcome_rests_on_is_listed)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *criteria =
        net_add(&net, "desk.example", "criteria", NULL,
                EDITS("\"category\":\"attack_instruction\"", "\"category\":\"promotion\""));
    struct record_entry *e = net_add(&net, "checker.example", "signal", criteria, NULL);
    net_add(&net, "panel.example", "opinion", e, NULL);
    const struct record_outcome *o = net_fold(&net, e);
    bool object = false, org = false, rate = false;
    CHECK_STATE(&net, e, "active");
    for (uint32_t i = 0; i < o->n_rests_on; i++) {
        const struct record_dependency *d = &o->rests_on[i];
        object |= d->on == RECORD_ON_OBJECT && memcmp(d->id, criteria->id, 32) == 0;
        org |= d->on == RECORD_ON_ORG && view_eq(d->org, VIEW("panel.example"));
        rate |= d->on == RECORD_ON_RATE && view_eq(d->org, VIEW("checker.example")) &&
                strcmp(d->kind, "signal") == 0;
    }
    CHECK(object && org && rate);
}

TESTS(RUN(every_transition_of_every_kind_can_be_taken),
      RUN(a_package_counts_when_the_last_of_its_signers_signed_and_not_before),
      RUN(a_signature_may_stand_in_the_note_itself), RUN(what_was_erased_says_nothing_any_more),
      RUN(a_record_replaces_only_one_of_the_same_author_and_kind),
      RUN(what_a_newer_version_says_freezes_only_what_must_be_understood),
      RUN(a_signal_that_is_not_understood_matches_nothing),
      RUN(a_record_comes_behind_what_it_names_whatever_its_log_says),
      RUN(nobody_waits_for_an_answer_that_is_late_without_seeing_it),
      RUN(an_entry_from_the_future_waits_until_it_is_there),
      RUN(the_local_door_says_why_it_refuses), RUN(a_lack_of_memory_is_told),
      RUN(what_an_outcome_rests_on_is_listed))
