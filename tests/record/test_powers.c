/* SPDX-License-Identifier: Apache-2.0
 * What organisations lose when somebody moves what is not theirs to move, and when a clock runs
 * while nobody can act: work of others dropped, agreements that bind who never signed, hours that
 * begin anew. */
#include "net.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS INT64_C(3600000)

static const struct record_running *clock_named(const struct record_outcome *o, const char *name)
{
    for (uint32_t i = 0; i < o->n_clocks; i++)
        if (strcmp(o->clocks[i].clock->name, name) == 0) return &o->clocks[i];
    return NULL;
}

static const char *const *to_state(const char *state)
{
    static char edit[80];
    static const char *edits[3] = {"\"to\":\"withdrawn\"", edit, NULL};
    snprintf(edit, sizeof edit, "\"to\":\"%s\"", state);
    return edits;
}

static const char *const *measure(const char *word)
{
    static char edit[80];
    static const char *edits[3] = {"\"measure\":\"labelled\"", edit, NULL};
    snprintf(edit, sizeof edit, "\"measure\":\"%s\"", word);
    return edits;
}

TEST(nobody_writes_that_there_was_no_answer)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *order = net_add(&net, "ministry.example", "order", NULL, NULL);
    struct record_entry *none =
        net_add(&net, "platform.example", "reply", order, measure("no_answer"));
    CHECK_NO_EFFECT(&net, order, none, "guard answer_given");
    CHECK_STATE(&net, order, "sent");
    net.now_ms = order->received_ms + HOUR_MS;
    CHECK(clock_named(net_fold(&net, order), "decision")->late);
}

TEST(who_asks_back_has_what_was_left_of_the_time_and_has_not_answered)
{
    static const char *const k_kinds[] = {"order", "request"};
    static const char *const k_authors[] = {"ministry.example", "desk.example"};
    static const int64_t k_within_ms[] = {HOUR_MS, 24 * HOUR_MS};
    for (int k = 0; k < 2; k++) {
        CLEANUP(net_done) struct net net;
        net_init(&net);
        struct record_entry *claim = net_add(&net, "panel.example", "claim", NULL, NULL);
        struct record_entry *e =
            net_add(&net, k_authors[k], k_kinds[k], k == 0 ? NULL : claim, NULL);
        net.now_ms += 40 * MINUTE_MS;
        struct record_entry *asks =
            net_add(&net, "platform.example", "reply", e, measure("clarification_wanted"));
        CHECK_STATE(&net, e, "stopped");
        net.now_ms += 50 * HOUR_MS;
        const struct record_running *c = clock_named(net_fold(&net, e), "decision");
        CHECK(c && c->stopped && !c->late && net_fold(&net, e)->state >= 0);
        CHECK_STATE(&net, e, "stopped");
        struct record_entry *other = net_add(&net, "platform.example", "step", e, to_state("sent"));
        CHECK_NO_EFFECT(&net, e, other, "not its author");
        struct record_entry *told = net_add(&net, k_authors[k], "step", e, to_state("sent"));
        int64_t stood_ms = told->received_ms - asks->received_ms;
        c = clock_named(net_fold(&net, e), "decision");
        CHECK(c && !c->stopped && !c->late);
        CHECK(c->due_ms == e->received_ms + k_within_ms[k] + stood_ms);
        /* Asked a second time it stands again. */
        net_add(&net, "platform.example", "reply", e, measure("clarification_wanted"));
        net.now_ms += 50 * HOUR_MS;
        CHECK(!clock_named(net_fold(&net, e), "decision")->late);
        net_add(&net, k_authors[k], "step", e, to_state("sent"));
        net.now_ms += k_within_ms[k];
        CHECK(clock_named(net_fold(&net, e), "decision")->late);
        CHECK_STATE(&net, e, "sent");
        net_add(&net, "platform.example", "reply", e, NULL);
        CHECK_STATE(&net, e, "decided");
    }
}

TEST(a_first_order_is_known_twelve_hours_before_its_hour_begins)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "ministry.example", "order", NULL,
                                     EDITS("\"first_order\":false", "\"first_order\":true"));
    CHECK_STATE(&net, e, "announced");
    CHECK(!clock_named(net_fold(&net, e), "decision"));
    net.now_ms = e->received_ms + 12 * HOUR_MS - 1;
    CHECK_STATE(&net, e, "announced");
    net.now_ms++;
    CHECK_STATE(&net, e, "sent");
    CHECK(clock_named(net_fold(&net, e), "decision")->due_ms == e->received_ms + 13 * HOUR_MS);
    struct record_entry *next = net_add(&net, "ministry.example", "order", NULL, NULL);
    CHECK_STATE(&net, next, "sent");
}

TEST(scrutiny_of_an_order_runs_for_72_hours_whatever_the_addressee_did)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "ministry.example", "order", NULL, NULL);
    net_add(&net, "platform.example", "reply", e, NULL);
    CHECK_STATE(&net, e, "decided");
    const struct record_running *c = clock_named(net_fold(&net, e), "scrutiny");
    CHECK(c && !c->stopped && c->due_ms == e->received_ms + 72 * HOUR_MS);
    struct record_entry *asked = net_add(&net, "ministry.example", "order", NULL, NULL);
    net_add(&net, "platform.example", "reply", asked, measure("impossible"));
    c = clock_named(net_fold(&net, asked), "scrutiny");
    CHECK(c && !c->stopped && c->due_ms == asked->received_ms + 72 * HOUR_MS);
}

TEST(an_agreement_binds_when_every_party_signed_and_nobody_else)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *two =
        net_add(&net, "checker.example", "agreement", NULL,
                EDITS("\"parties\":[\"checker.example\",\"desk.example\"]",
                      "\"parties\":[\"checker.example\",\"desk.example\",\"panel.example\"]"));
    net_cosign(&net, "desk.example", &net_org(&net, "desk.example")->author, two);
    CHECK_NO_EFFECT(&net, two, two, "guard parties_sign: signers: panel.example");
    CHECK_STATE(&net, two, "refused");
    struct record_entry *more =
        net_add(&net, "checker.example", "agreement", NULL,
                EDITS("\"signers\":[\"checker.example\",\"desk.example\"]",
                      "\"signers\":[\"checker.example\",\"desk.example\",\"panel.example\"]"));
    CHECK_NO_EFFECT(&net, more, more, "guard parties_sign: body.parties: panel.example");
    struct record_entry *e = net_add(&net, "checker.example", "agreement", NULL, NULL);
    net_cosign(&net, "desk.example", &net_org(&net, "desk.example")->author, e);
    CHECK_STATE(&net, e, "in_force");
}

TEST(a_task_is_moved_by_who_wrote_it_and_who_does_it)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *plan = net_add(&net, "checker.example", "plan", NULL, NULL);
    struct record_entry *e = net_add(&net, "checker.example", "task", plan, NULL); /* for desk */
    static const char *const k_states[] = {"doing", "done", "dropped"};
    for (size_t i = 0; i < COUNT_OF(k_states); i++)
        CHECK_NO_EFFECT(&net, e, net_add(&net, "panel.example", "step", e, to_state(k_states[i])),
                        "org: panel.example is not its author or who does it");
    CHECK_STATE(&net, e, "open");
    net_add(&net, "desk.example", "step", e, to_state("doing"));
    CHECK_STATE(&net, e, "doing");
    net_add(&net, "checker.example", "step", e, to_state("dropped"));
    CHECK_STATE(&net, e, "dropped");
}

TEST(a_link_is_undone_by_its_author_or_by_votes_and_not_by_one_other)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "link", NULL, NULL);
    struct record_entry *one = net_add(&net, "desk.example", "step", e, to_state("undone"));
    CHECK_NO_EFFECT(&net, e, one, "guard quorum");
    CHECK_STATE(&net, e, "linked");
    net_add(&net, "sister.example", "vote", e, NULL);
    net_add(&net, "brother.example", "vote", e, NULL);
    one = net_add(&net, "desk.example", "step", e, to_state("undone"));
    CHECK_NO_EFFECT(&net, e, one, "guard quorum");
    net_add(&net, "panel.example", "vote", e, NULL);
    net_add(&net, "desk.example", "step", e, to_state("undone"));
    CHECK_STATE(&net, e, "undone");
    struct record_entry *own = net_add(&net, "checker.example", "link", NULL, NULL);
    net_add(&net, "checker.example", "step", own, to_state("undone"));
    CHECK_STATE(&net, own, "undone");
}

TEST(an_appeal_has_the_time_that_its_matter_has)
{
    static const struct {
        const char *kind, *author, *clock;
        int64_t within_ms;
    } k_cases[] = {{"verdict", "desk.example", "decision", 72 * HOUR_MS},
                   {"signal", "desk.example", "decision", 72 * HOUR_MS},
                   {"reasons", "platform.example", "complaint", 14 * 24 * HOUR_MS},
                   {"order", "ministry.example", NULL, 0},
                   {"trusted_flagger", "ministry.example", "decision", 72 * HOUR_MS}};
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        CLEANUP(net_done) struct net net;
        net_init(&net);
        struct record_entry *thing = net_add(&net, k_cases[i].author, k_cases[i].kind, NULL, NULL);
        struct record_entry *e = net_add(&net, "checker.example", "appeal", thing, NULL);
        CHECK_STATE(&net, e, "filed");
        const struct record_outcome *o = net_fold(&net, e);
        const struct record_running *decision = clock_named(o, "decision");
        const struct record_running *complaint = clock_named(o, "complaint");
        CHECK(clock_named(o, "acknowledgement"));
        CHECK((decision != NULL) + (complaint != NULL) == (k_cases[i].clock != NULL));
        if (!k_cases[i].clock) continue;
        const struct record_running *c = clock_named(o, k_cases[i].clock);
        CHECK(c && c->due_ms == e->received_ms + k_cases[i].within_ms);
    }
}

/* R13: without a mean the number of a burst holds for the week too. */
TEST(who_has_no_history_cannot_flood_slowly)
{
    CLEANUP(net_done) struct net net;
    struct record_entry *e = NULL;
    net_init(&net);
    net.facts_only = true;
    net_criteria(&net);
    for (int i = 0; i < 201; i++) {
        net.now_ms += HOUR_MS / 2;
        e = net_add(&net, "checker.example", "signal", NULL, NULL);
        if (i == 199) CHECK_STATE(&net, e, "proposed");
    }
    CHECK_STATE(&net, e, "quarantined");
    CHECK(strstr((const char *)net_effect(net_fold(&net, e), e)->why.p, "not_flooding"));
}

TEST(an_organisation_that_forgets_what_it_replaces_is_told)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct net_org *desk = net_org(&net, "desk.example");
    char why[200], id[RECORD_ID_CHARS + 1] = {0};
    record_id_write(desk->own->id, id);
    snprintf(why, sizeof why, "prev: desk.example introduced itself before: give prev = %s", id);
    struct record_entry *again =
        net_organisation(&net, desk, net_keys(&net, desk), "", NULL, &desk->author);
    CHECK_NO_EFFECT(&net, again, again, why);
    CHECK_STATE(&net, again, "refused");
    CHECK_STATE(&net, desk->own, "admitted");
    /* Also while nobody has vouched yet. */
    struct net_org *stranger = net_newcomer(&net, "new.example");
    struct record_entry *first =
        net_organisation(&net, stranger, net_keys(&net, stranger), "", NULL, &stranger->author);
    again = net_organisation(&net, stranger, net_keys(&net, stranger), "", NULL, &stranger->author);
    CHECK_NO_EFFECT(&net, again, again, "introduced itself before");
    CHECK_STATE(&net, first, "proposed");
}

TESTS(RUN(an_organisation_that_forgets_what_it_replaces_is_told),
      RUN(nobody_writes_that_there_was_no_answer),
      RUN(who_asks_back_has_what_was_left_of_the_time_and_has_not_answered),
      RUN(a_first_order_is_known_twelve_hours_before_its_hour_begins),
      RUN(scrutiny_of_an_order_runs_for_72_hours_whatever_the_addressee_did),
      RUN(an_agreement_binds_when_every_party_signed_and_nobody_else),
      RUN(a_task_is_moved_by_who_wrote_it_and_who_does_it),
      RUN(a_link_is_undone_by_its_author_or_by_votes_and_not_by_one_other),
      RUN(an_appeal_has_the_time_that_its_matter_has), RUN(who_has_no_history_cannot_flood_slowly))
