/* SPDX-License-Identifier: Apache-2.0
 * Guards one by one, beyond what the safeguards need. */
#include "world.h"

TEST(a_guard_that_needs_the_world_says_so_instead_of_guessing)
{
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    struct record_case c = {
        .self = raw_record("signal", NULL, &mem), .received_ms = MADE_MS, .mem = &mem};
    for (int g = 0; g < RECORD_N_GUARDS; g++) {
        const struct record_guard_info *info = record_guard_describe((enum record_guard)g);
        CHECK(info->name[0] && info->english[0]);
        if (!info->needs_world) continue;
        CHECK_FAILS(E_INPUT, record_guard_check((enum record_guard)g, &c));
        CHECK_MESSAGE(info->name);
        CHECK_MESSAGE("needs to see other records");
    }
}

TEST(a_world_that_knows_nothing_grants_nothing)
{
    CLEANUP(arena_done) struct arena mem;
    static const struct record_world k_empty = {0};
    static const struct {
        const char *kind;
        enum record_guard guard;
    } k_cases[] = {{"verdict", RECORD_GUARD_second_reviewer},
                   {"vouch", RECORD_GUARD_unrelated_pair},
                   {"vote", RECORD_GUARD_quorum},
                   {"ruling", RECORD_GUARD_other_panel},
                   {"step", RECORD_GUARD_debriefed},
                   {"step", RECORD_GUARD_within_clock},
                   {"signal", RECORD_GUARD_not_flooding},
                   {"step", RECORD_GUARD_second_sample},
                   {"signal", RECORD_GUARD_states_cannot},
                   {"reply", RECORD_GUARD_is_addressee},
                   {"order", RECORD_GUARD_may_author},
                   {"receipt", RECORD_GUARD_all_users_answered}};
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        struct record_case c = {.self = raw_record(k_cases[i].kind, NULL, &mem),
                                .received_ms = MADE_MS,
                                .world = &k_empty,
                                .mem = &mem};
        CHECK_FAILS(E_INPUT, record_guard_check(k_cases[i].guard, &c));
    }
}

TEST(a_broken_store_is_not_taken_for_a_no)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    const struct record *signal = world_add(&w, "signal", NULL, NULL);
    w.failure = FAIL(E_IO, "the disk is gone");
    CHECK_FAILS(E_IO, judge(&w, signal, NULL));
}

TEST(two_members_of_one_house_cannot_let_a_third_in)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    const struct record *org = world_add(&w, "organisation", NULL, EDITS(BY("panel.example")));
    const struct record *a = world_add(&w, "vouch", org, EDITS(BY("sister.example")));
    const struct record *b = world_add(&w, "vouch", org, EDITS(BY("brother.example")));
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_unrelated_pair, b, org));
    const struct record *self = world_add(&w, "vouch", org, EDITS(BY("panel.example")));
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_unrelated_pair, self, org));
    CHECK_FAILS(E_INPUT, judge(&w, self, org));
    const struct record *c = world_add(&w, "vouch", org, EDITS(BY("desk.example")));
    CHECK_OK(ask_guard(&w, RECORD_GUARD_unrelated_pair, c, org));
    CHECK_OK(judge(&w, a, org));
}

TEST(no_single_organisation_opens_an_incident)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    const struct record *incident = world_add(&w, "incident", NULL, NULL);
    const struct record *one = world_add(&w, "vote", incident, NULL);
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_quorum, one, incident));
    const struct record *outsider = world_add(&w, "vote", incident, EDITS(BY("sister.example")));
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_quorum, outsider, incident));
    const struct record *two = world_add(&w, "vote", incident, EDITS(BY("desk.example")));
    CHECK_OK(ask_guard(&w, RECORD_GUARD_quorum, two, incident));
    const struct record *back = world_add(
        &w, "vote", incident, EDITS(BY("desk.example"), "\"vote\":\"yes\"", "\"vote\":\"no\""));
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_quorum, back, incident));
    CHECK_FAILS(E_INPUT, ask_guard(&w, RECORD_GUARD_debriefed, back, incident));
    const struct record *debrief = world_add(&w, "debrief", incident, NULL);
    CHECK_OK(ask_guard(&w, RECORD_GUARD_debriefed, debrief, incident));
    CHECK_OK(ask_guard(&w, RECORD_GUARD_debriefed, back, incident));
}

TEST(a_clock_counts_from_receipt_and_to_the_end_of_a_day)
{
    CLEANUP(world_done) struct world w;
    world_init(&w);
    const struct record *r = world_add(&w, "request", NULL, NULL);
    struct record_clock hour = {.name = "decision", .within_s = 3600};
    struct record_clock day = {.name = "review", .field = "review_by"};
    struct record_case c = {.self = r,
                            .world = &w.calls,
                            .mem = &w.mem,
                            .clock = &hour,
                            .clock_started_ms = MADE_MS,
                            .received_ms = MADE_MS + 3600000 - 1};
    CHECK_OK(record_guard_check(RECORD_GUARD_within_clock, &c));
    c.received_ms++;
    CHECK_FAILS(E_INPUT, record_guard_check(RECORD_GUARD_within_clock, &c));
    c.clock = &day;
    c.object = world_add(&w, "guide", NULL, NULL);
    CHECK_OK(record_date_read(VIEW("2027-06-02"), &c.received_ms));
    c.received_ms--;
    CHECK_OK(record_guard_check(RECORD_GUARD_within_clock, &c));
    c.received_ms++;
    CHECK_FAILS(E_INPUT, record_guard_check(RECORD_GUARD_within_clock, &c));
}

TEST(each_guard_of_the_record_alone_refuses_what_it_is_there_for)
{
    static const struct {
        const char *kind, *from, *to, *part;
    } k_cases[] = {
        {"organisation", "\"vkey\":\"checker.example+", "\"vkey\":\"other.example+",
         "names_itself"},
        {"agreement", "\"review_by\":\"2027-12-01\"", "\"review_by\":\"2026-11-22\"",
         "review_in_time"},
        {"criteria", "2026-12-20", "2026-12-05", "comment_period"},
        {"request", "Posts that advise against medical treatment carry a notice.", "Rule 1",
         "rule_invoked"},
        {"guide", "2026-06-01", "2027-06-01", "law_cited"},
        {"incident", "\"quorum_needed\":2", "\"quorum_needed\":4", "all_criteria_stated"},
        {"incident", "Seen in two countries since the morning", "yes", "all_criteria_stated"},
        {"plan", "2028-12-31", "2025-12-31", "period_in_order"},
        {"duty", "2026-11-29T", "2026-11-02T", "period_in_order"},
        {"vouch", "We have worked together on corrections since 2024", "fine", "reasons_given"},
        {"alert", "2027-06-22", "2026-11-21", "clock_order"},
        {"trusted_flagger", "\"flagger\":\"desk.example\"", "\"flagger\":\"checker.example\"",
         "not_about_itself"},
    };
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        CLEANUP(arena_done) struct arena mem;
        arena_init(&mem, 0);
        const struct record *r =
            raw_record(k_cases[i].kind, EDITS(k_cases[i].from, k_cases[i].to), &mem);
        CHECK_FAILS(E_INPUT, record_check_alone(r, MADE_MS, &mem));
        CHECK_MESSAGE(k_cases[i].part);
    }
}

TESTS(RUN(a_guard_that_needs_the_world_says_so_instead_of_guessing),
      RUN(a_world_that_knows_nothing_grants_nothing), RUN(a_broken_store_is_not_taken_for_a_no),
      RUN(two_members_of_one_house_cannot_let_a_third_in),
      RUN(no_single_organisation_opens_an_incident),
      RUN(a_clock_counts_from_receipt_and_to_the_end_of_a_day),
      RUN(each_guard_of_the_record_alone_refuses_what_it_is_there_for))
