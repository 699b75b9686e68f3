/* SPDX-License-Identifier: Apache-2.0
 * Rules of docs/safeguards.md tried to get round with signed records that come from elsewhere: what
 * the local door refuses reaches the fold, and has no effect there. */
#include "net.h"

TEST(R4_no_verdict_without_a_reviewer_of_its_own_key)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct net_org *o = net_org(&net, "checker.example"), *desk = net_org(&net, "desk.example");
    struct seal_signer author_twice[2] = {o->author, desk->author};
    struct record_entry *e =
        net_entry(&net, o, net_text(&net, o->name, "verdict", NULL, NULL), &o->author, 1);
    CHECK_NO_EFFECT(&net, e, e, "guard second_reviewer");
    CHECK_STATE(&net, e, "refused");
    struct record_entry *two_authors =
        net_entry(&net, o, net_text(&net, o->name, "verdict", NULL, NULL), author_twice, 2);
    CHECK_STATE(&net, two_authors, "refused");
    /* The author's key listed as a reviewer's by somebody else is still the author's. */
    char keys[1500];
    snprintf(keys, sizeof keys, "%s,%s", net_keys(&net, desk),
             net_key_row(&net, &o->author, "reviewer"));
    net_organisation(&net, desk, keys, "", desk->own, &desk->author);
    CHECK_STATE(&net, e, "refused");
    /* A reviewer may sign later; one of an organisation that is not in may not. */
    struct net_org *stranger = net_newcomer(&net, "new.example");
    net_organisation(&net, stranger, net_keys(&net, stranger), "", NULL, &stranger->author);
    struct record_entry *unheard = net_cosign(&net, stranger->name, &stranger->reviewer, e);
    CHECK_NO_EFFECT(&net, e, unheard, "org: new.example is not admitted");
    net_cosign(&net, desk->name, &desk->reviewer, e);
    CHECK_STATE(&net, e, "published");
    struct record_entry *one_source =
        net_add(&net, o->name, "verdict", NULL,
                EDITS("https://archive.example/paper/7", "https://www.registry.example/other"));
    CHECK_NO_EFFECT(&net, one_source, one_source, "guard two_independent_sources");
    struct record_entry *worse =
        net_add(&net, o->name, "verdict", NULL,
                EDITS(SANAD_1, net_prev(&net, e), "https://archive.example/paper/7",
                      "https://www.registry.example/other"));
    CHECK_NO_EFFECT(&net, e, worse, "guard two_independent_sources");
    CHECK(net_fold(&net, e)->current->r == e->r);
}

TEST(R5_no_link_and_no_report_lets_an_institution_judge_itself)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *own =
        net_add(&net, "desk.example", "claim", NULL,
                EDITS("\"org\":\"water.example\"", "\"org\":\"sister.example\""));
    struct record_entry *e = net_add(&net, "sister.example", "review", own, NULL);
    CHECK_NO_EFFECT(&net, e, e, "guard not_about_itself");
    e = net_add(&net, "brother.example", "review", own, NULL);
    CHECK_NO_EFFECT(&net, e, e, "guard not_about_itself");
    CHECK_STATE(&net, net_add(&net, "checker.example", "review", own, NULL), "published");
    /* A claim of its own wording, linked to the one that it may not judge. */
    CHECK_STATE(&net, net_add(&net, "checker.example", "link", own, NULL), "linked");
    e = net_add(&net, "sister.example", "link", own, NULL);
    CHECK_NO_EFFECT(&net, e, e, "guard not_about_itself");
}

TEST(R10_a_house_that_stands_in_no_register_is_one_house)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    static const char k_words[] = ",\"parents\":[{\"text\":\"The Same Holding\"}]";
    static const char *const k_two[] = {"checker.example", "desk.example"};
    net_criteria(&net);
    for (size_t i = 0; i < COUNT_OF(k_two); i++) {
        struct net_org *o = net_org(&net, k_two[i]);
        o->parent = k_words;
        net_organisation(&net, o, net_keys(&net, o), "", o->own, &o->author);
    }
    struct record_entry *e = net_add(&net, "checker.example", "signal", NULL, NULL);
    struct record_entry *kin = net_add(&net, "desk.example", "opinion", e, NULL);
    CHECK_NO_EFFECT(&net, e, kin, "about itself");
    CHECK_STATE(&net, e, "proposed");
    net_add(&net, "sister.example", "opinion", e, NULL);
    CHECK_STATE(&net, e, "active");
}

TEST(R16_a_fingerprint_is_no_place_for_text)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    static const char *const k_texts[] = {"how it is done", "two\\nlines", "n\u01b0\u1edbc"};
    char to[100];
    for (size_t i = 0; i < COUNT_OF(k_texts); i++) {
        snprintf(to, sizeof to, "\"value\":\"%s\"", k_texts[i]);
        struct record_entry *e = net_add(
            &net, "checker.example", "signal", NULL,
            EDITS("\"value\":\"f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22\"",
                  to));
        CHECK_NO_EFFECT(&net, e, e, "guard prints_only: body.prints[0].value");
    }
}

TEST(R5_R6_nobody_judges_itself_and_an_authority_gives_no_verdict)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *own =
        net_add(&net, "desk.example", "claim", NULL,
                EDITS("\"org\":\"water.example\"", "\"org\":\"sister.example\""));
    struct record_entry *e = net_add(&net, "brother.example", "verdict", own, NULL);
    CHECK_NO_EFFECT(&net, e, e, "guard not_about_itself");
    e = net_add(&net, "sister.example", "verdict", own, NULL);
    CHECK_NO_EFFECT(&net, e, e, "guard not_about_itself");
    CHECK_STATE(&net, net_add(&net, "checker.example", "verdict", own, NULL), "published");
    e = net_add(&net, "ministry.example", "verdict", own, NULL);
    CHECK_NO_EFFECT(&net, e, e, "guard may_author");
    CHECK_STATE(&net, net_add(&net, "ministry.example", "statement", NULL, NULL), "published");
}

static struct record_entry *criteria_of(struct net *net)
{
    return net_add(net, "panel.example", "criteria", NULL,
                   EDITS("\"category\":\"attack_instruction\"", "\"category\":\"promotion\""));
}

TEST(R9_R10_a_signal_of_one_house_matches_nothing)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *wrong = net_add(&net, "panel.example", "criteria", NULL, NULL);
    struct record_entry *bad = net_add(&net, "sister.example", "signal", wrong, NULL);
    CHECK_NO_EFFECT(&net, bad, bad, "guard criteria_cited");
    struct record_entry *claim = net_add(&net, "panel.example", "claim", NULL, NULL);
    bad = net_add(&net, "sister.example", "signal", claim, NULL);
    CHECK_NO_EFFECT(&net, bad, bad, "about[0]: a signal is not about a claim");
    struct record_entry *e = net_add(&net, "sister.example", "signal", NULL, NULL);
    struct record_entry *self = net_add(&net, "sister.example", "opinion", e, NULL);
    struct record_entry *kin = net_add(&net, "brother.example", "opinion", e, NULL);
    CHECK_NO_EFFECT(&net, e, self, "about itself");
    CHECK_NO_EFFECT(&net, e, kin, "about itself");
    CHECK_STATE(&net, e, "proposed");
    struct record_entry *state = net_add(&net, "water.example", "opinion", e, NULL);
    CHECK_NO_EFFECT(&net, e, state, "guard states_cannot");
    net_add(&net, "desk.example", "opinion", e, NULL);
    CHECK_STATE(&net, e, "active");
    /* What was agreed to is not exchanged for something else. */
    struct record_entry *other =
        net_add(&net, "sister.example", "signal", NULL, EDITS(SANAD_1, net_prev(&net, e)));
    CHECK_NO_EFFECT(&net, e, other, "prev: no later record replaces a signal");
}

TEST(R9_criteria_that_nobody_put_in_force_carry_no_signal)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    const char *const *in_force = EDITS("\"to\":\"withdrawn\"", "\"to\":\"in_force\"");
    struct record_entry *unknown = net_add(&net, "checker.example", "signal", NULL, NULL);
    struct record_entry *holds = net_criteria(&net), *draft = criteria_of(&net);
    struct record_entry *early = net_add(&net, "checker.example", "signal", draft, NULL);
    CHECK_NO_EFFECT(&net, early, early, "body.criteria: this text was not in force");
    CHECK_STATE(&net, unknown, "proposed");
    /* Behind the days of comment, two votes and the step of another: then, and not before. */
    net.now_ms += 40 * INT64_C(86400000);
    CHECK_STATE(&net, draft, "commented");
    struct record_entry *alone = net_add(&net, "panel.example", "step", draft, in_force);
    CHECK_NO_EFFECT(&net, draft, alone, "another than its author");
    net_add(&net, "checker.example", "vote", draft, NULL);
    struct record_entry *one_vote = net_add(&net, "desk.example", "step", draft, in_force);
    CHECK_NO_EFFECT(&net, draft, one_vote, "guard quorum");
    net_add(&net, "desk.example", "vote", draft, NULL);
    net_add(&net, "desk.example", "step", draft, in_force);
    CHECK_STATE(&net, draft, "in_force");
    struct record_entry *e = net_add(&net, "checker.example", "signal", draft, NULL);
    CHECK_STATE(&net, e, "proposed");
    CHECK_STATE(&net, early, "refused");
    /* What replaces them was commented by nobody; until it was, and was voted in, the text before
     * it holds. */
    struct record_entry *next =
        net_add(&net, "panel.example", "criteria", NULL,
                EDITS("\"category\":\"attack_instruction\"", "\"category\":\"promotion\"",
                      "2026-12-20", "2027-03-20", SANAD_1, net_prev(&net, draft)));
    CHECK_STATE(&net, draft, "draft");
    struct record_entry *meanwhile = net_add(&net, "checker.example", "signal", draft, NULL);
    CHECK_STATE(&net, meanwhile, "proposed");
    struct record_entry *hasty = net_add(&net, "checker.example", "signal", next, NULL);
    CHECK_NO_EFFECT(&net, hasty, hasty, "this text was not in force");
    struct record_entry *vote = net_add(&net, "desk.example", "step", draft, in_force);
    CHECK_NO_EFFECT(&net, draft, vote, "no step leads from draft to in_force");
    net.now_ms += 120 * INT64_C(86400000);
    struct record_entry *unvoted = net_add(&net, "desk.example", "step", next, in_force);
    CHECK_NO_EFFECT(&net, draft, unvoted, "guard quorum");
    net_add(&net, "checker.example", "vote", next, NULL);
    net_add(&net, "desk.example", "vote", next, NULL);
    net_add(&net, "desk.example", "step", next, in_force);
    CHECK_STATE(&net, draft, "in_force");
    /* The later text can be cited, the one before it no more; what cited it stays, and what was
     * proposed on it stays inactive. */
    CHECK_STATE(&net, net_add(&net, "checker.example", "signal", next, NULL), "proposed");
    struct record_entry *late = net_add(&net, "checker.example", "signal", draft, NULL);
    CHECK_NO_EFFECT(&net, late, late, "this text was not in force");
    CHECK_STATE(&net, hasty, "refused");
    CHECK_STATE(&net, meanwhile, "proposed");
    struct record_entry *agrees = net_add(&net, "desk.example", "opinion", e, NULL);
    CHECK(net_effect(net_fold(&net, e), agrees)->state == -1);
    CHECK_STATE(&net, e, "proposed");
    struct record_entry *other = net_add(&net, "checker.example", "signal", holds, NULL);
    net_add(&net, "desk.example", "opinion", other, NULL);
    CHECK_STATE(&net, other, "active");
}

TEST(R26_a_pledge_is_to_a_code_that_can_be_signed_and_leaving_is_always_open)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    const char *const *renewed = EDITS("\"to\":\"withdrawn\"", "\"to\":\"renewed\"");
    struct record_entry *e = net_add(&net, "desk.example", "pledge", NULL, NULL);
    struct record_entry *code = net_code(&net);
    CHECK_STATE(&net, e, "signed");
    struct record_entry *wrong =
        net_add(&net, "desk.example", "pledge", NULL,
                EDITS("\"code_version\":\"1.0\"", "\"code_version\":\"9\""));
    CHECK_NO_EFFECT(&net, wrong, wrong, "guard code_open: body.code_version");
    net_add(&net, "desk.example", "step", e, renewed);
    CHECK_STATE(&net, e, "renewed");
    struct record_entry *next =
        net_add(&net, "panel.example", "code", NULL,
                EDITS(SANAD_1, net_prev(&net, code), "\"code_version\":\"1.0\"",
                      "\"code_version\":\"2.0\""));
    CHECK_STATE(&net, code, "published");
    wrong = net_add(&net, "checker.example", "pledge", code, NULL);
    CHECK_NO_EFFECT(&net, wrong, wrong, "guard code_open: about");
    CHECK_STATE(&net, e, "renewed");
    /* The later text is what others sign; who signed the one before tells how it went with that
     * one, and signs the later one by a later text of the pledge. */
    const char *const two[] = {"\"code_version\":\"1.0\"", "\"code_version\":\"2.0\"", NULL, NULL};
    struct record_entry *fresh = net_add(&net, "checker.example", "pledge", next, two);
    CHECK_STATE(&net, fresh, "signed");
    struct record_entry *told =
        net_add(&net, "desk.example", "pledge", code, EDITS(SANAD_1, net_prev(&net, e)));
    CHECK(net_fold(&net, e)->current->r == told->r);
    struct record_entry *elsewhere =
        net_add(&net, "desk.example", "pledge", next, EDITS(SANAD_1, net_prev(&net, told)));
    CHECK_NO_EFFECT(&net, e, elsewhere, "guard code_open: body.code_version");
    struct record_entry *back =
        net_add(&net, "checker.example", "pledge", code, EDITS(SANAD_1, net_prev(&net, fresh)));
    CHECK_NO_EFFECT(&net, fresh, back, "guard code_open: about");
    struct record_entry *moves_on = net_add(&net, "checker.example", "pledge", next,
                                            EDITS(SANAD_1, net_prev(&net, back), two[0], two[1]));
    CHECK(net_fold(&net, fresh)->current->r == moves_on->r);
    net.now_ms = e->r->until_ms;
    CHECK_STATE(&net, e, "lapsed");
    struct record_entry *again = net_add(&net, "desk.example", "step", e, renewed);
    CHECK_NO_EFFECT(&net, e, again, "guard code_open");
    net_add(&net, "desk.example", "step", e, NULL);
    CHECK_STATE(&net, e, "withdrawn");
}

TEST(R11_a_signal_ends_and_only_another_organisation_renews_it)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "signal", NULL, NULL);
    net_add(&net, "desk.example", "opinion", e, NULL);
    struct record_entry *endless =
        net_add(&net, "checker.example", "signal", NULL, EDITS("2027-06-22", "2029-06-22"));
    CHECK_NO_EFFECT(&net, endless, endless, "guard expiry_set");
    struct record_entry *self =
        net_add(&net, "checker.example", "renewal", e,
                EDITS("\"until\":\"2027-06-22\"", "\"until\":\"2027-09-22\""));
    CHECK_NO_EFFECT(&net, e, self, "guard not_about_itself");
    int64_t end = e->r->until_ms;
    CHECK(net_fold(&net, e)->next_ms == end);
    net_add(&net, "panel.example", "renewal", e,
            EDITS("\"until\":\"2027-06-22\"", "\"until\":\"2027-09-22\""));
    CHECK(net_fold(&net, e)->next_ms == end + 92 * INT64_C(86400000));
    net.now_ms = end;
    CHECK_STATE(&net, e, "active");
    net.now_ms = end + 92 * INT64_C(86400000);
    CHECK_STATE(&net, e, "retired");
    struct record_entry *late = net_add(&net, "panel.example", "renewal", e, NULL);
    (void)late;
    CHECK_STATE(&net, e, "retired");
}

TEST(R13_a_flood_is_quarantined_whatever_day_it_says_it_was_made)
{
    CLEANUP(net_done) struct net net;
    struct record_entry *first = NULL, *last = NULL;
    net_init(&net);
    net.facts_only = true;
    for (int i = 0; i < 201; i++) {
        char made[60];
        snprintf(made, sizeof made, "\"made\":\"2026-%02d-%02dT10:15:00.000Z\"", 7 + i / 60,
                 1 + i % 28);
        last = net_add(&net, "checker.example", "signal", NULL,
                       EDITS("\"made\":\"2026-11-22T10:15:00.000Z\"", made));
        last->received_ms = MADE_MS + 20000 + i;
        if (!first) first = last;
    }
    net.now_ms = MADE_MS + 60000;
    CHECK_STATE(&net, last, "quarantined");
    CHECK(strstr((const char *)net_effect(net_fold(&net, last), last)->why.p, "not_flooding"));
    CHECK(net_fold(&net, last)->in_effect);
    /* Neither its own house nor one look alone lets it match. */
    const char *const *active = EDITS("\"to\":\"withdrawn\"", "\"to\":\"active\"");
    struct record_entry *own = net_add(&net, "checker.example", "step", last, active);
    CHECK_NO_EFFECT(&net, last, own, "unrelated");
    struct record_entry *alone = net_add(&net, "desk.example", "step", last, active);
    CHECK_NO_EFFECT(&net, last, alone, "guard unrelated_pair");
    struct record_entry *small = net_add(&net, "desk.example", "step", last,
                                         EDITS("\"to\":\"withdrawn\"", "\"to\":\"proposed\"",
                                               "\"sample_percent\":5", "\"sample_percent\":1"));
    CHECK_NO_EFFECT(&net, last, small, "guard second_sample");
    net_add(&net, "desk.example", "step", last,
            EDITS("\"to\":\"withdrawn\"", "\"to\":\"proposed\""));
    CHECK_STATE(&net, last, "proposed");
    net_add(&net, "desk.example", "opinion", last, NULL);
    CHECK_STATE(&net, last, "active");
}

TEST(R15_a_legitimate_use_stays_beside_the_signal)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "signal", NULL, NULL);
    struct record_entry *use = net_add(&net, "desk.example", "exemption", e, NULL);
    CHECK(net_effect(net_fold(&net, e), use)->in_effect);
    CHECK_STATE(&net, use, "active");
    /* Who proposed the signal cannot take it away. */
    struct record_entry *away = net_add(&net, "checker.example", "step", use, NULL);
    CHECK_NO_EFFECT(&net, use, away, "org: checker.example is not its author");
    CHECK_STATE(&net, use, "active");
}

TEST(R17_R18_only_an_authority_orders_and_none_writes_signals)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *e = net_add(&net, "checker.example", "order", NULL, NULL);
    CHECK_NO_EFFECT(&net, e, e, "guard may_author");
    CHECK_STATE(&net, net_add(&net, "ministry.example", "order", NULL, NULL), "sent");
    e = net_add(&net, "ministry.example", "order", NULL,
                EDITS("\"basis\":\"Act 12, article 3 (1)\"", "\"basis\":\"  .\""));
    CHECK_NO_EFFECT(&net, e, e, "guard legal_basis: basis");
    e = net_add(&net, "ministry.example", "signal", NULL, NULL);
    CHECK_NO_EFFECT(&net, e, e, "guard may_author");
    e = net_add(&net, "water.example", "signal", NULL, NULL);
    CHECK_NO_EFFECT(&net, e, e, "guard states_cannot");
    /* An answer to a request does not end an order, and comes from whom it addresses. */
    struct record_entry *order = net_add(&net, "ministry.example", "order", NULL, NULL);
    struct record_entry *reply = net_add(&net, "desk.example", "reply", order, NULL);
    CHECK_NO_EFFECT(&net, order, reply, "guard is_addressee");
    struct record_entry *as_request =
        net_add(&net, "ministry.example", "request", NULL, EDITS(SANAD_1, net_prev(&net, order)));
    CHECK_NO_EFFECT(&net, order, as_request, "prev: a record of another kind");
}

TEST(R17_R18_a_later_text_makes_no_order_of_a_request_and_nothing_secret_again)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    static const char closed[] = "\"mark\":\"amber\",\"to\":[\"platform.example\"]";
    struct record_entry *request = net_add(&net, "ministry.example", "request", NULL, NULL);
    struct record_entry *as_order =
        net_add(&net, "ministry.example", "order", NULL, EDITS(SANAD_1, net_prev(&net, request)));
    CHECK_NO_EFFECT(&net, request, as_order, "prev: a record of another kind");
    struct record_entry *order = net_add(&net, "ministry.example", "order", NULL, NULL);
    struct record_entry *weaker =
        net_add(&net, "ministry.example", "order", NULL,
                EDITS(SANAD_1, net_prev(&net, order), "\"basis\":\"Act 12, article 3 (1)\"",
                      "\"basis\":\"  .\""));
    CHECK_NO_EFFECT(&net, order, weaker, "prev: no later record replaces");
    struct record_entry *hidden =
        net_add(&net, "ministry.example", "order", NULL,
                EDITS(SANAD_1, net_prev(&net, order), "\"mark\":\"clear\"", closed));
    CHECK(hidden->r->mark == RECORD_AMBER);
    CHECK_NO_EFFECT(&net, order, hidden, "prev: no later record replaces");
}

TEST(R21_R23_others_decide_and_a_hold_is_not_cut_short)
{
    CLEANUP(net_done) struct net net;
    net_init(&net);
    struct record_entry *thing = net_add(&net, "desk.example", "verdict", NULL, NULL);
    struct record_entry *e = net_add(&net, "checker.example", "appeal", thing, NULL);
    const char *const *panel = EDITS("\"to\":\"withdrawn\"", "\"to\":\"panel\"");
    CHECK_NO_EFFECT(&net, e, net_add(&net, "desk.example", "step", e, panel), "other_panel");
    CHECK_NO_EFFECT(&net, e, net_add(&net, "checker.example", "step", e, panel), "another than");
    net_add(&net, "platform.example", "step", e, panel);
    CHECK_STATE(&net, e, "panel");
    /* Nobody leads the panel to another thing. */
    struct record_entry *led = net_add(&net, "checker.example", "appeal",
                                       net_add(&net, "desk.example", "verdict", NULL, NULL),
                                       EDITS(SANAD_1, net_prev(&net, e)));
    CHECK_NO_EFFECT(&net, e, led, "prev: no later record replaces a appeal");
    struct record_entry *own = net_add(&net, "desk.example", "ruling", e, NULL);
    CHECK_NO_EFFECT(&net, e, own, "guard other_panel");
    struct record_entry *machine =
        net_add(&net, "platform.example", "ruling", e, EDITS("\"human\":true", "\"human\":false"));
    CHECK_NO_EFFECT(&net, e, machine, "guard decided_by_people");
    CHECK_STATE(&net, e, "panel");
    net_add(&net, "platform.example", "ruling", e, NULL);
    CHECK(net_fold(&net, e)->n_moves == 3);
    struct record_entry *hold = net_add(&net, "platform.example", "hold", NULL, NULL);
    struct record_entry *cut =
        net_add(&net, "platform.example", "hold", NULL,
                EDITS(SANAD_1, net_prev(&net, hold), "2027-06-22", "2027-01-22"));
    CHECK_NO_EFFECT(&net, hold, cut, "guard hold_long_enough");
    /* A day of making that lies back, an end that comes nearer, a log of access that is cut. */
    cut = net_add(&net, "platform.example", "hold", NULL,
                  EDITS(SANAD_1, net_prev(&net, hold), "2027-06-22", "2027-01-22",
                        "\"made\":\"2026-11", "\"made\":\"2026-01"));
    CHECK_NO_EFFECT(&net, hold, cut, "guard hold_long_enough: until: less than six months");
    cut = net_add(&net, "platform.example", "hold", NULL,
                  EDITS(SANAD_1, net_prev(&net, hold), "2027-06-22", "2027-05-30"));
    CHECK_NO_EFFECT(&net, hold, cut, "guard hold_long_enough: until: earlier");
    cut = net_add(
        &net, "platform.example", "hold", NULL,
        EDITS(SANAD_1, net_prev(&net, hold), "\"outcome\":\"given\"", "\"outcome\":\"refused\""));
    CHECK_NO_EFFECT(&net, hold, cut, "guard hold_long_enough: body.access");
    struct record_entry *longer =
        net_add(&net, "platform.example", "hold", NULL,
                EDITS(SANAD_1, net_prev(&net, hold), "2027-06-22", "2027-08-30"));
    CHECK(net_fold(&net, hold)->current->r == longer->r);
    struct record_entry *end = net_add(&net, "platform.example", "step", hold,
                                       EDITS("\"to\":\"withdrawn\"", "\"to\":\"ended\""));
    CHECK_NO_EFFECT(&net, hold, end, "body.to: no step leads from kept to ended");
}

TESTS(RUN(R4_no_verdict_without_a_reviewer_of_its_own_key),
      RUN(R5_no_link_and_no_report_lets_an_institution_judge_itself),
      RUN(R10_a_house_that_stands_in_no_register_is_one_house),
      RUN(R16_a_fingerprint_is_no_place_for_text),
      RUN(R17_R18_a_later_text_makes_no_order_of_a_request_and_nothing_secret_again),
      RUN(R5_R6_nobody_judges_itself_and_an_authority_gives_no_verdict),
      RUN(R9_R10_a_signal_of_one_house_matches_nothing),
      RUN(R9_criteria_that_nobody_put_in_force_carry_no_signal),
      RUN(R26_a_pledge_is_to_a_code_that_can_be_signed_and_leaving_is_always_open),
      RUN(R11_a_signal_ends_and_only_another_organisation_renews_it),
      RUN(R13_a_flood_is_quarantined_whatever_day_it_says_it_was_made),
      RUN(R15_a_legitimate_use_stays_beside_the_signal),
      RUN(R17_R18_only_an_authority_orders_and_none_writes_signals),
      RUN(R21_R23_others_decide_and_a_hold_is_not_cut_short))
