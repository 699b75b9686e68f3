/* SPDX-License-Identifier: Apache-2.0
 * Rules of docs/safeguards.md that a single raw record could break, tried with raw records. */
#include "world.h"

static void refuse(struct world *w, const struct record *r, const struct record *object,
                   const char *part)
{
    CHECK_FAILS(E_INPUT, judge(w, r, object));
    CHECK_MESSAGE(part);
}

TEST(R4_no_label_without_reasons_two_independent_sources_and_a_reviewer)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    w.reviewed = true;
    const struct record *claim = world_add(&w, "claim", NULL, NULL);
    const struct record *verdict = world_add(&w, "verdict", claim, NULL);
    CHECK_OK(judge(&w, verdict, NULL));
    w.reviewed = false;
    refuse(&w, verdict, NULL, "guard second_reviewer: no signature");
    w.reviewed = true;
    static const struct {
        const char *from, *to;
    } k_one_source[] = {
        {"https://archive.example/paper/7", "https://www.registry.example/other"},
        {"City Archive", "PUBLIC  registry"},
        {"sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
         "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"},
        {"https://archive.example/paper/7", "https://checker.example/earlier"},
    };
    for (size_t i = 0; i < COUNT_OF(k_one_source); i++)
        refuse(&w, world_add(&w, "verdict", claim, EDITS(k_one_source[i].from, k_one_source[i].to)),
               NULL, "guard two_independent_sources: body.sources");
    refuse(&w,
           world_add(&w, "verdict", claim,
                     EDITS("https://archive.example/paper/7", "https://sister.example/a",
                           "https://registry.example/notice/12", "https://brother.example/b")),
           NULL, "two_independent_sources");
    refuse(&w,
           world_add(&w, "verdict", claim,
                     EDITS("Malaria is caused by a parasite in the blood; both sources show that "
                           "only medicine removes it.",
                           "  no . \xe2\x80\x83 ")),
           NULL, "guard reasons_given: body.reasons");
}

TEST(R5_nobody_judges_a_claim_about_itself_or_its_own)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    w.reviewed = true;
    const struct record *own = world_add(
        &w, "claim", NULL, EDITS("\"org\":\"water.example\"", "\"org\":\"checker.example\""));
    refuse(&w, world_add(&w, "verdict", own, NULL), NULL, "guard not_about_itself");
    const struct record *sister = world_add(
        &w, "claim", NULL, EDITS("\"org\":\"water.example\"", "\"org\":\"sister.example\""));
    refuse(&w, world_add(&w, "verdict", sister, EDITS(BY("brother.example"))), NULL,
           "guard not_about_itself");
    CHECK_OK(judge(&w, world_add(&w, "statement", NULL, NULL), NULL));
}

TEST(R6_an_authority_states_and_gives_no_verdict)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    w.reviewed = true;
    const struct record *claim = world_add(&w, "claim", NULL, NULL);
    refuse(&w, world_add(&w, "verdict", claim, EDITS(BY("ministry.example"))), NULL,
           "guard may_author: org: ministry.example may not write a verdict");
    CHECK_OK(judge(&w, world_add(&w, "statement", NULL, EDITS(BY("ministry.example"))), NULL));
}

TEST(R9_a_signal_cites_criteria_and_a_public_list)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    const struct record *wrong = world_add(&w, "criteria", NULL, NULL);
    const struct record *right =
        world_add(&w, "criteria", NULL,
                  EDITS("\"category\":\"attack_instruction\"", "\"category\":\"promotion\""));
    char from[120] = "\"criteria\":\"", to[120] = "\"criteria\":\"";
    record_id_write(wrong->id, from + 12);
    record_id_write(right->id, to + 12);
    refuse(&w, world_add(&w, "signal", wrong, NULL), NULL, "body.category: not the category");
    refuse(&w, world_add(&w, "signal", right, NULL), NULL, "body.criteria: another record");
    const struct record *e = world_add(&w, "signal", right, EDITS(from, to));
    refuse(&w, e, NULL, "body.criteria: this text was not in force");
    w.state = "commented";
    refuse(&w, e, NULL, "body.criteria: this text was not in force");
    w.state = "in_force";
    CHECK_OK(judge(&w, e, NULL));
    w.n_records = 0;
    refuse(&w, e, NULL, "body.criteria: not known here");
}

TEST(R10_two_unrelated_organisations_agree_or_a_signal_stays_inactive)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    const struct record *signal = world_add(&w, "signal", NULL, EDITS(BY("sister.example")));
    const struct record *self = world_add(&w, "opinion", signal, EDITS(BY("sister.example")));
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_unrelated_pair, self, signal));
    refuse(&w, self, signal, "not_about_itself");
    const struct record *kin = world_add(&w, "opinion", signal, EDITS(BY("brother.example")));
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_unrelated_pair, kin, signal));
    const struct record *unknown = world_add(&w, "opinion", signal, EDITS(BY("nobody.example")));
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_unrelated_pair, unknown, signal));
    const struct record *other = world_add(&w, "opinion", signal, EDITS(BY("desk.example")));
    CHECK_OK(ask_guard(&w, RECORD_GUARD_unrelated_pair, other, signal));
    /* Who changes its mind is no longer counted. */
    const struct record *later =
        world_add(&w, "opinion", signal,
                  EDITS(BY("desk.example"), "\"opinion\":\"agree\"", "\"opinion\":\"seen\""));
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_unrelated_pair, later, signal));
}

TEST(R11_a_signal_ends_within_a_year_or_in_a_crisis_within_two_weeks)
{
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    static const struct {
        const char *until, *crisis;
        bool good;
    } k_cases[] = {{"2027-11-23", "false", true},
                   {"2027-11-25", "false", false},
                   {"2026-12-06", "true", true},
                   {"2026-12-08", "true", false},
                   {"2026-11-21", "false", false}};
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        char crisis[32];
        snprintf(crisis, sizeof crisis, "\"crisis\":%s", k_cases[i].crisis);
        const struct record *r = raw_record(
            "signal", EDITS("2027-06-22", k_cases[i].until, "\"crisis\":false", crisis), &mem);
        CHECK(ok(record_check_alone(r, MADE_MS, &mem)) == k_cases[i].good);
    }
}

TEST(R13_a_flood_of_signals_is_held_back)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    const struct record *r = world_add(&w, "signal", NULL, NULL);
    w.n_burst = 199;
    CHECK_OK(ask_guard(&w, RECORD_GUARD_not_flooding, r, NULL));
    w.n_burst = 200;
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_not_flooding, r, NULL));
    w.n_burst = 1;
    w.n_before = 40; /* ten a week */
    w.n_week = 60;
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_not_flooding, r, NULL));
    w.n_week = 45;
    CHECK_OK(ask_guard(&w, RECORD_GUARD_not_flooding, r, NULL));
}

TEST(R15_R16_content_never_travels_and_a_signal_is_never_public)
{
    CLEANUP(arena_done) struct arena mem;
    static const char *const k_family[] = {"signal",     "opinion", "exemption",
                                           "withdrawal", "renewal", "hold"};
    const struct record *r;
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_family); i++) {
        struct view text =
            raw_text(k_family[i], EDITS("\"mark\":\"amber\"", "\"mark\":\"clear\""), &mem);
        CHECK_FAILS(E_INPUT, record_parse(text, RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL));
        CHECK_MESSAGE("mark: ");
        CHECK_FAILS(E_INPUT, record_parse(text, RECORD_FROM_ELSEWHERE, MADE_MS, &mem, &r, NULL));
    }
    struct view text =
        raw_text("signal", EDITS("\"body\":{", "\"body\":{\"content\":\"x\","), &mem);
    CHECK_FAILS(E_INPUT, record_parse(text, RECORD_WRITTEN_HERE, MADE_MS, &mem, &r, NULL));
    CHECK_MESSAGE("body.content");
}

TEST(R17_a_request_cannot_be_dressed_as_an_order)
{
    CLEANUP(world_done) struct world w;
    const struct record *r;
    world_init(&w);
    struct view text =
        raw_text("request", EDITS("\"kind\":\"request\"", "\"kind\":\"order\""), &w.mem);
    CHECK_FAILS(E_INPUT, record_parse(text, RECORD_WRITTEN_HERE, MADE_MS, &w.mem, &r, NULL));
    text =
        raw_text("request", EDITS("\"body\":{", "\"body\":{\"legal_ground\":\"incites\","), &w.mem);
    CHECK_FAILS(E_INPUT, record_parse(text, RECORD_WRITTEN_HERE, MADE_MS, &w.mem, &r, NULL));
    refuse(&w, world_add(&w, "order", NULL, NULL), NULL, "guard may_author: org: checker.example");
    CHECK_OK(judge(&w, world_add(&w, "order", NULL, EDITS(BY("ministry.example"))), NULL));
}

TEST(R18_an_order_without_law_is_refused_and_states_write_no_signals)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    static const struct {
        const char *from, *to, *part;
    } k_cases[] = {
        {"\"basis\":\"Act 12, article 3 (1)\"", "\"basis\":\"  .\"", "basis: no law"},
        {"Act 12, article 3 (1)\",\"authority", "-\",\"authority", "body.article"},
        {"Administrative Court", "?", "body.redress.body"},
        {"\"until\":\"2026-12-20\"", "\"until\":\"2027-12-20\"", "body.delay.until"},
        {"\"delay\":{\"ground\":\"Act 12, article 11: a pending "
         "investigation\",\"until\":\"2026-12-20\"},",
         "", "mark: an order is public"},
    };
    for (size_t i = 0; i < COUNT_OF(k_cases); i++)
        refuse(&w,
               world_add(&w, "order", NULL,
                         EDITS(BY("ministry.example"), k_cases[i].from, k_cases[i].to,
                               "\"mark\":\"clear\"", "\"mark\":\"green\"", "\"sanad\":1",
                               "\"sanad\":1,\"to\":[\"platform.example\"]")),
               NULL, k_cases[i].part);
    const struct record *signal = world_add(&w, "signal", NULL, EDITS(BY("water.example")));
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_states_cannot, signal, NULL));
    refuse(&w, world_add(&w, "signal", NULL, EDITS(BY("ministry.example"))), NULL, "may_author");
}

TEST(R7_what_is_false_but_lawful_is_never_removed)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    const struct record *claim = world_add(&w, "claim", NULL, NULL);
    const struct record *r =
        world_add(&w, "request", claim, EDITS("\"wanted\":\"context\"", "\"wanted\":\"remove\""));
    refuse(&w, r, NULL, "guard lawful_claims_stay");
    CHECK_OK(judge(&w, world_add(&w, "request", claim, NULL), NULL));
}

TEST(R21_R23_other_people_decide_and_what_is_held_is_held_six_months)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    const struct record *claim = world_add(&w, "claim", NULL, NULL);
    const struct record *thing = world_add(&w, "verdict", claim, EDITS(BY("desk.example")));
    const struct record *appeal = world_add(&w, "appeal", thing, NULL);
    const struct record *ruling = world_add(&w, "ruling", appeal, NULL);
    CHECK_OK(judge(&w, ruling, NULL));
    w.users[0] = VIEW("panel.example");
    w.n_users = 1;
    refuse(&w, ruling, NULL, "panel.example uses the thing");
    w.n_users = 0;
    refuse(&w, world_add(&w, "ruling", appeal, EDITS(BY("desk.example"))), NULL,
           "desk.example made the thing");
    refuse(&w, world_add(&w, "ruling", appeal, EDITS("\"human\":true", "\"human\":false")), NULL,
           "guard decided_by_people");
    refuse(&w, world_add(&w, "hold", NULL, EDITS("2027-06-22", "2027-04-22")), NULL,
           "guard hold_long_enough");
}

TESTS(RUN(R4_no_label_without_reasons_two_independent_sources_and_a_reviewer),
      RUN(R5_nobody_judges_a_claim_about_itself_or_its_own),
      RUN(R6_an_authority_states_and_gives_no_verdict),
      RUN(R7_what_is_false_but_lawful_is_never_removed),
      RUN(R9_a_signal_cites_criteria_and_a_public_list),
      RUN(R10_two_unrelated_organisations_agree_or_a_signal_stays_inactive),
      RUN(R11_a_signal_ends_within_a_year_or_in_a_crisis_within_two_weeks),
      RUN(R13_a_flood_of_signals_is_held_back),
      RUN(R15_R16_content_never_travels_and_a_signal_is_never_public),
      RUN(R17_a_request_cannot_be_dressed_as_an_order),
      RUN(R18_an_order_without_law_is_refused_and_states_write_no_signals),
      RUN(R21_R23_other_people_decide_and_what_is_held_is_held_six_months))
