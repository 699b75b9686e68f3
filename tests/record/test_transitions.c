/* SPDX-License-Identifier: Apache-2.0
 * Every transition of every kind, taken by the records that its file asks for. */
#include "net.h"

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
    if (strcmp(name, "criteria") == 0 && depth == 0 && strcmp(k->name, "signal") == 0)
        return net_criteria(&w->net);
    if (strcmp(name, "code") == 0) return net_code(&w->net);
    if (strcmp(name, "signal") == 0) return net_add(&w->net, "platform.example", name, NULL, NULL);
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
    case RECORD_WHO_OWNER:
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

static struct record_entry *step_to(struct walk *w, const char *by,
                                    const struct record_transition *t)
{
    char to[80], member[80];
    snprintf(to, sizeof to, "\"to\":\"%s\"", w->kind->states[t->to].name);
    snprintf(member, sizeof member, "\"member\":\"%s\"", t->when.field ? t->when.is[0] : "joins");
    return net_add(&w->net, by, "step", w->object,
                   EDITS("\"to\":\"withdrawn\"", to, "\"member\":\"joins\"", member));
}

static void start_object(struct walk *w, const struct record_transition *t)
{
    char no[80], yes[80];
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
    const char *when_true[] = {no, yes, NULL};
    const char *with_until[] = {SANAD_1, "\"sanad\":1,\"until\":\"2027-06-22\"", NULL};
    const char *const *edits = ends && !w->kind->until_required ? with_until : NULL;
    if (t->when.field && strcmp(t->when.is[0], "true") == 0) {
        snprintf(no, sizeof no, "\"%s\":false", t->when.field);
        snprintf(yes, sizeof yes, "\"%s\":true", t->when.field);
        edits = when_true;
    }
    w->object = net_add(&w->net, w->author, w->kind->name, about, edits);
}

static void fire(struct walk *w, const struct record_transition *t)
{
    const char *by = speaker(w, t->who);
    vote_before(w, t);
    switch (t->by) {
    case RECORD_BY_SELF: start_object(w, t); break;
    case RECORD_BY_SIGNERS:
        for (uint32_t i = 0; i < w->object->r->n_signers; i++) {
            char name[100];
            snprintf(name, sizeof name, "%.*s", VIEW_ARG(w->object->r->signers[i]));
            if (strcmp(name, w->author) != 0)
                net_cosign(&w->net, name, &net_org(&w->net, name)->author, w->object);
        }
        break;
    case RECORD_BY_STEP: step_to(w, by, t); break;
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

TESTS(RUN(every_transition_of_every_kind_can_be_taken))
