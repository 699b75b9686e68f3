/* SPDX-License-Identifier: Apache-2.0
 * What people lose when a rule of docs/safeguards.md that needs the store's own tables (who signed
 * what, who agrees, how much somebody writes, what time it is) is got round with signed records. */
#include "desk.h"

#define DAY_MS INT64_C(86400000)
#define AGREE "\"opinion\":\"agree\""

enum { FLOOD = 200 };

static struct desk d;
static struct seal_hash g_criteria;
static int64_t g_later_ms; /* of opinions, one behind the other */

static void begin(void)
{
    desk_init(&d);
    desk_introduce(&d, 0, "checker.example");
    desk_introduce(&d, 1, "desk.example");
    desk_introduce(&d, 2, "panel.example");
    g_criteria = desk_criteria(&d);
    g_later_ms = 60000;
    desk_open(&d);
}

/* Behind the step that puts the criteria in force. */
static struct seal_hash signal_of(uint32_t log, const char *const *edit)
{
    struct seal_hash id = desk_signal(&d, log, "checker.example", &g_criteria, edit);
    d.log[log][d.n[log] - 1].received_ms += 60000;
    return id;
}

static rc door(const struct store_arrival *a)
{
    return store_admit(d.store, a->note, a->parts, a->n_parts, NULL, 0, a->received_ms, &d.mem,
                       NULL);
}

/* Nothing of this depends on who asks when. */
static void check_replay(void)
{
    struct view shown = desk_dump(&d);
    CHECK_OK(store_forget_view(d.store));
    for (uint32_t l = DESK_LOGS; l-- > 0;)
        desk_apply(&d, l, 0, d.n[l]);
    check_same(desk_dump(&d), shown);
}

/* ---- R4: cosign ---- */

static const char *const k_orders[] = {"012", "021", "102", "120", "201", "210"};

TEST(R4_a_signature_that_comes_by_itself_counts_whenever_its_key_is_known)
{
    struct view first = {0};
    for (size_t i = 0; i < COUNT_OF(k_orders); i++) {
        begin();
        struct seal_hash claim = desk_say(&d, 1, "claim", "desk.example", NULL, NULL, NULL);
        struct seal_hash verdict =
            desk_say(&d, 0, "verdict", "checker.example", NULL, &claim, NULL);
        const struct store_arrival *of = &d.log[0][d.n[0] - 1];
        desk_cosign(&d, 2, "panel.example", &d.reviewers[org_of("panel.example")], of);
        for (int k = 0; k < 3; k++)
            desk_apply(&d, (uint32_t)(k_orders[i][k] - '0'), 0, d.n[k_orders[i][k] - '0']);
        CHECK_TEXT(desk_object(&d, &verdict).state, "published");
        check_replay();
        struct view dump = desk_dump(&d);
        if (i > 0 && !view_eq(first, dump)) fail_msg("order %s", k_orders[i]);
        char *kept = malloc(dump.n);
        memcpy(kept, dump.p, dump.n);
        if (i > 0) free((void *)(uintptr_t)first.p);
        first = view_of(kept, dump.n);
        desk_done(&d);
    }
    free((void *)(uintptr_t)first.p);
}

TEST(R4_no_other_line_makes_a_reviewer)
{
    begin();
    struct seal_hash claim = desk_say(&d, 1, "claim", "desk.example", NULL, NULL, NULL);
    struct seal_hash verdict = desk_say(&d, 0, "verdict", "checker.example", NULL, &claim, NULL);
    const struct store_arrival of = d.log[0][d.n[0] - 1];
    /* an author's, of another and its own; one that nobody lists; one over another text */
    desk_cosign(&d, 0, "checker.example", &d.keys[0], &of);
    desk_cosign(&d, 2, "panel.example", &d.keys[org_of("panel.example")], &of);
    desk_cosign(&d, 2, "panel.example", &d.reviewers[org_of("late.example")], &of);
    struct store_arrival lies = {.id = of.id, .note = d.log[1][0].note};
    desk_cosign(&d, 2, "panel.example", &d.reviewers[org_of("panel.example")], &lies);
    desk_apply_all(&d);
    struct store_object o = desk_object(&d, &verdict);
    CHECK_TEXT(o.state, "refused");
    CHECK_TEXT(o.why, "guard second_reviewer: no signature by a reviewer's key");
    check_replay();
    desk_done(&d);
}

/* ---- R10, R11: signals ---- */

static void say_opinion(uint32_t log, const char *org, const struct seal_hash *signal,
                        const char *what)
{
    char edit[100];
    snprintf(edit, sizeof edit, "\"opinion\":\"%s\"", what);
    desk_say(&d, log, "opinion", org, NULL, signal, EDITS(AGREE, edit));
    d.log[log][d.n[log] - 1].received_ms += g_later_ms += 60000;
    desk_apply_all(&d);
}

TEST(R10_a_signal_is_active_when_another_agrees_and_not_before)
{
    begin();
    struct seal_hash signal = signal_of(0, NULL);
    desk_apply_all(&d);
    CHECK_TEXT(desk_object(&d, &signal).state, "proposed");
    say_opinion(0, "checker.example", &signal, "agree");
    CHECK_TEXT(desk_object(&d, &signal).state, "proposed");
    desk_say(&d, 1, "opinion", "desk.example", NULL, &signal, NULL);
    d.log[1][d.n[1] - 1].note = desk_note(
        &d,
        view_slice(d.log[1][d.n[1] - 1].note, 0, view_find(d.log[1][d.n[1] - 1].note, '\n') + 1),
        "checker.example", NULL); /* in another's name */
    desk_apply_all(&d);
    CHECK_TEXT(desk_object(&d, &signal).state, "proposed");
    say_opinion(1, "desk.example", &signal, "agree");
    CHECK_TEXT(desk_object(&d, &signal).state, "active");
    say_opinion(2, "panel.example", &signal, "disagree");
    CHECK_TEXT(desk_object(&d, &signal).state, "disputed");
    check_replay();
    desk_done(&d);
}

static void until_of(const char *kind, char out[32])
{
    struct view example;
    CHECK_OK(record_example(view_cstr(kind), &example));
    const char *at = strstr((const char *)example.p, "\"until\":\"");
    CHECK(at != NULL);
    memset(out, 0, 32);
    memcpy(out, at, 20);
}

TEST(R11_a_signal_ends_by_the_clock_and_another_renews_it)
{
    begin();
    struct seal_hash signal = signal_of(0, NULL);
    struct seal_hash renewed = signal_of(0, NULL);
    char until[32];
    until_of("renewal", until);
    const char *const *longer = EDITS(until, "\"until\":\"2027-11-23\"");
    desk_say(&d, 0, "renewal", "checker.example", NULL, &signal, longer); /* not by itself */
    desk_say(&d, 1, "renewal", "desk.example", NULL, &renewed, longer);
    desk_apply_all(&d);
    struct store_object o = desk_object(&d, &signal);
    CHECK(!o.events[o.n_events - 1].in_effect);
    int64_t due = o.clocks[0].due_ms, next;
    CHECK(desk_object(&d, &renewed).clocks[0].due_ms > due);
    CHECK_OK(store_tick(d.store, due - 1, &next));
    CHECK_TEXT(desk_object(&d, &signal).state, "proposed");
    CHECK(next == due);
    CHECK_OK(store_tick(d.store, due, &next));
    CHECK_TEXT(desk_object(&d, &signal).state, "retired");
    CHECK_TEXT(desk_object(&d, &renewed).state, "proposed");
    d.now_ms = due;
    check_replay();
    desk_done(&d);
}

TEST(R11_a_signal_without_an_end_is_refused_here_and_without_effect_from_elsewhere)
{
    begin();
    desk_apply_all(&d);
    char until[32];
    until_of("signal", until);
    struct seal_hash signal =
        signal_of(0, (const char *const[]){until, "\"until\":\"2029-11-22\""});
    CHECK_FAILS(E_INPUT, door(&d.log[0][d.n[0] - 1]));
    CHECK_MESSAGE("expiry_set");
    desk_apply_all(&d);
    CHECK_TEXT(desk_object(&d, &signal).state, "refused");
    CHECK(view_starts(desk_object(&d, &signal).why, VIEW("guard expiry_set")));
    desk_done(&d);
}

/* ---- R13 ---- */

static struct seal_hash flood(uint32_t log, uint32_t n)
{
    struct seal_hash last = {0};
    for (uint32_t i = 0; i < n; i++)
        last = signal_of(log, NULL);
    return last;
}

TEST(R13_the_signal_too_many_is_quarantined_until_another_took_a_sample)
{
    begin();
    struct seal_hash fine = flood(0, FLOOD);
    desk_apply_all(&d);
    CHECK_TEXT(desk_object(&d, &fine).state, "proposed");
    struct seal_hash many = flood(0, 1);
    CHECK_FAILS(E_INPUT, door(&d.log[0][d.n[0] - 1]));
    CHECK_MESSAGE("not_flooding");
    desk_apply_all(&d);
    struct store_object o = desk_object(&d, &many);
    CHECK_TEXT(o.state, "quarantined");
    say_opinion(1, "desk.example", &many, "agree");
    CHECK_TEXT(desk_object(&d, &many).state, "quarantined");
    desk_say(&d, 0, "step", "checker.example", NULL, &many, EDITS("\"withdrawn\"", "\"proposed\""));
    desk_apply_all(&d);
    CHECK_TEXT(desk_object(&d, &many).state, "quarantined");
    desk_say(&d, 2, "step", "panel.example", NULL, &many, EDITS("\"withdrawn\"", "\"proposed\""));
    d.log[2][d.n[2] - 1].received_ms += g_later_ms += 600000;
    desk_apply_all(&d);
    CHECK_TEXT(desk_object(&d, &many).state, "proposed");
    check_replay();
    desk_done(&d);
}

/* Nobody is silenced by signals that others write in its name, or put into another log. */
TEST(R13_only_what_its_author_signed_at_home_counts_as_its_flood)
{
    begin();
    flood(1, FLOOD);
    for (uint32_t i = 0; i < FLOOD / 2; i++) {
        flood(0, 1);
        struct store_arrival *a = &d.log[0][d.n[0] - 1];
        struct view text = view_slice(a->note, 0, view_find(a->note, '\n') + 1);
        a->note = desk_note(&d, text, "desk.example", NULL);
    }
    struct seal_hash own = flood(0, 1);
    desk_apply_all(&d);
    CHECK_TEXT(desk_object(&d, &own).state, "proposed");
    desk_done(&d);
}

TESTS(RUN(R4_a_signature_that_comes_by_itself_counts_whenever_its_key_is_known),
      RUN(R4_no_other_line_makes_a_reviewer),
      RUN(R10_a_signal_is_active_when_another_agrees_and_not_before),
      RUN(R11_a_signal_ends_by_the_clock_and_another_renews_it),
      RUN(R11_a_signal_without_an_end_is_refused_here_and_without_effect_from_elsewhere),
      RUN(R13_the_signal_too_many_is_quarantined_until_another_took_a_sample),
      RUN(R13_only_what_its_author_signed_at_home_counts_as_its_flood))
