/* SPDX-License-Identifier: Apache-2.0
 * The fold of one object: states by records, signers, clocks, and what does not count. */
#include "net.h"

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

static bool find_checked(void *context, struct view text, const struct seal_line *line,
                         const struct seal_verifier *key, bool *out_holds)
{
    const char *const *said = context;
    (void)text;
    (void)key;
    CHECK_TEXT(line->name, "desk.example");
    if (*said) *out_holds = strcmp(*said, "holds") == 0;
    return *said != NULL;
}

TEST(a_signature_that_was_checked_before_is_neither_lost_nor_made_up)
{
    CLEANUP(net_done) struct net net;
    const struct record_signature *found;
    const char *said = NULL;
    const struct record_checked checked = {&said, find_checked};
    struct seal_line line;
    bool is_line;
    uint32_t n;
    net_init(&net);
    struct net_org *desk = net_org(&net, "desk.example");
    struct seal_verifier keys[2] = {seal_signer_verifier(&desk->reviewer),
                                    seal_signer_verifier(&desk->author)};
    struct record_entry *e = net_add(&net, "checker.example", "package", NULL, NULL);
    struct record_entry *by = net_cosign(&net, desk->name, &desk->author, e);
    struct view other = by->r->text;
    CHECK_OK(record_cosign_line(by->r, e->r->text, &net.mem, &line, &is_line));
    CHECK(is_line);
    CHECK_OK(record_signatures(e->r->text, &line, 1, keys, 2, &checked, &net.mem, &found, &n));
    CHECK(n == 1 && memcmp(found->public_key, desk->author.public_key, SEAL_PUBLIC_BYTES) == 0);
    CHECK_OK(record_signatures(other, &line, 1, keys, 2, &checked, &net.mem, &found, &n));
    CHECK(n == 0);
    said = "does not";
    CHECK_OK(record_signatures(e->r->text, &line, 1, keys, 2, &checked, &net.mem, &found, &n));
    CHECK(n == 0);
    said = "holds";
    CHECK_OK(record_signatures(other, &line, 1, keys, 2, &checked, &net.mem, &found, &n));
    CHECK(n == 1);
    /* A key that cannot have made the line is not asked about. */
    CHECK_OK(record_signatures(other, &line, 1, keys, 1, &checked, &net.mem, &found, &n));
    CHECK(n == 0);
    by = net_add(&net, desk->name, "claim", NULL, NULL); /* no line in its body */
    CHECK_OK(record_cosign_line(by->r, e->r->text, &net.mem, &line, &is_line));
    CHECK(!is_line);
}

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

TEST(no_other_member_stops_an_object_with_words_that_nobody_understands)
{
    static const char *const k_later[] = {"\"v\":1", "\"v\":2", SANAD_1,
                                          "\"sanad\":1,\"must\":[\"body.zz_later\"]", NULL};
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "claim", NULL, NULL);
    static const char *const k_kinds[] = {"correction", "step", "ack", "statement", "appeal"};
    for (size_t i = 0; i < COUNT_OF(k_kinds); i++) {
        struct record_entry *stop = net_add(&net, "desk.example", k_kinds[i], e, k_later);
        CHECK(stop->r->frozen);
        CHECK_NO_EFFECT(&net, e, stop, "body.zz_later");
    }
    struct record_entry *kind = net_add(&net, "desk.example", "correction", e,
                                        EDITS("\"kind\":\"correction\"", "\"kind\":\"later\"",
                                              SANAD_1, "\"sanad\":1,\"must\":[\"body.zz_later\"]"));
    CHECK_NO_EFFECT(&net, e, kind, "");
    const struct record_outcome *o = net_fold(&net, e);
    CHECK(!o->frozen && strcmp(o->state_name, "published") == 0);
    /* Anybody may disagree with a signal and sample it; nobody else stops it for good. */
    struct record_entry *signal = net_add(&net, "checker.example", "signal", NULL, NULL);
    net_add(&net, "desk.example", "opinion", signal, NULL);
    net_add(&net, "panel.example", "opinion", signal, k_later);
    CHECK_STATE(&net, signal, "active");
    /* Whom an order addresses does not stop the clock that waits for its answer. */
    struct record_entry *order = net_add(&net, "ministry.example", "order", NULL, NULL);
    net_add(&net, "platform.example", "reply", order, k_later);
    CHECK(!net_fold(&net, order)->frozen);
    /* One of those who signed may: it is theirs. */
    struct net_org *desk = net_org(&net, "desk.example");
    struct record_entry *package = net_add(&net, "checker.example", "package", NULL, NULL);
    net_cosign(&net, desk->name, &desk->author, package);
    net_add(&net, "desk.example", "correction", package, k_later);
    CHECK(net_fold(&net, package)->frozen);
}

/* ---- erased versions ---- */

static void erase_entry(struct record_entry *e)
{
    e->replaced = e->r->has_prev ? e->r->prev : NULL;
    e->r = NULL;
    e->erased = true;
}

TEST(what_replaced_an_erased_version_stands)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *v[5] = {net_add(&net, "checker.example", "claim", NULL, NULL)};
    for (int k = 1; k < 5; k++)
        v[k] = net_add(&net, "checker.example", "claim", NULL,
                       EDITS(SANAD_1, net_prev(&net, v[k - 1])));
    struct record_entry *about = net_add(&net, "checker.example", "step", v[4], NULL);
    struct record_entry *taken =
        net_add(&net, "desk.example", "claim", NULL, EDITS(SANAD_1, net_prev(&net, v[2])));
    /* A log whose clock is behind does not put what is left in front of what it replaces. */
    v[2]->received_ms -= 3600000;
    erase_entry(v[1]);
    erase_entry(v[2]);
    const struct record_outcome *o = net_fold(&net, v[0]);
    CHECK(o->current->r == v[4]->r && o->n_effects == 7);
    CHECK(net_effect(o, about)->in_effect && strcmp(o->state_name, "withdrawn") == 0);
    CHECK_NO_EFFECT(&net, v[0], v[1], "erased");
    CHECK_NO_EFFECT(&net, v[0], taken, "prev: a record of another author");
    /* What stands behind the last one that can be read holds again; without its tombstone nobody
     * knows where a version belongs. */
    erase_entry(v[4]);
    CHECK(net_fold(&net, v[0])->current->r == v[3]->r);
    v[2]->replaced = NULL;
    CHECK(net_fold(&net, v[0])->current->r == v[0]->r);
    /* Whose a first record was nobody can tell, so nobody may go on where it ended. */
    erase_entry(v[0]);
    CHECK_STATE(&net, v[0], "erased");
    struct record_entry *thief =
        net_add(&net, "desk.example", "claim", NULL, EDITS(SANAD_1, net_prev(&net, taken)));
    CHECK_STATE(&net, thief, "refused");
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
    struct record_entry *criteria = net_criteria(&net);
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

TESTS(RUN(a_package_counts_when_the_last_of_its_signers_signed_and_not_before),
      RUN(a_signature_may_stand_in_the_note_itself),
      RUN(a_signature_that_was_checked_before_is_neither_lost_nor_made_up),
      RUN(what_was_erased_says_nothing_any_more),
      RUN(a_record_replaces_only_one_of_the_same_author_and_kind),
      RUN(what_a_newer_version_says_freezes_only_what_must_be_understood),
      RUN(a_signal_that_is_not_understood_matches_nothing),
      RUN(no_other_member_stops_an_object_with_words_that_nobody_understands),
      RUN(what_replaced_an_erased_version_stands),
      RUN(a_record_comes_behind_what_it_names_whatever_its_log_says),
      RUN(nobody_waits_for_an_answer_that_is_late_without_seeing_it),
      RUN(an_entry_from_the_future_waits_until_it_is_there),
      RUN(the_local_door_says_why_it_refuses), RUN(a_lack_of_memory_is_told),
      RUN(what_an_outcome_rests_on_is_listed))
