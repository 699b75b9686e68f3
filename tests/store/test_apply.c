/* SPDX-License-Identifier: Apache-2.0
 * What users lose when the tables do not follow from the records alone. */
#include "desk.h"

#define SOME_ID "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

static struct desk d;

/* The text of a step about something. */
static struct seal_hash step(uint32_t log, const char *org, const struct seal_hash *about,
                             const char *to)
{
    char edit[64];
    snprintf(edit, sizeof edit, "\"to\":\"%s\"", to);
    return desk_say(&d, log, "step", org, NULL, about, EDITS("\"to\":\"withdrawn\"", edit));
}

/* With `prev` put into the example. */
static struct seal_hash replace(uint32_t log, const char *kind, const char *org,
                                const struct seal_hash *prev)
{
    char id[RECORD_ID_CHARS], to[128];
    record_id_write(prev->bytes, id);
    snprintf(to, sizeof to, "\"prev\":\"%.*s\",\"salt\"", RECORD_ID_CHARS, id);
    return desk_say(&d, log, kind, org, NULL, NULL, EDITS("\"salt\"", to));
}

struct cast {
    struct seal_hash claim, verdict, review, withdrawn, version, group, signal, meanwhile, late;
};

/* A little of everything, in three logs. */
static void play(struct cast *c)
{
    char id[RECORD_ID_CHARS + 1] = {0};
    desk_introduce(&d, 0, "checker.example");
    desk_introduce(&d, 1, "desk.example");
    desk_introduce(&d, 2, "panel.example");
    desk_introduce(&d, 2, "platform.example");
    c->claim = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    c->verdict = desk_say(&d, 1, "verdict", "desk.example", "panel.example", &c->claim, NULL);
    c->review = desk_say(&d, 2, "review", "panel.example", NULL, &c->claim, NULL);
    c->withdrawn = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    step(0, "checker.example", &c->withdrawn, "withdrawn");
    c->version = replace(0, "claim", "checker.example", &c->claim);
    replace(0, "claim", "checker.example", &c->version);
    desk_say(&d, 2, "verdict", "panel.example", "desk.example", &c->version, NULL);
    struct seal_hash criteria = desk_criteria(&d);
    c->signal = desk_signal(&d, 2, "platform.example", &criteria, NULL);
    desk_say(&d, 1, "opinion", "desk.example", NULL, &c->signal, NULL);
    desk_say(&d, 1, "receipt", "desk.example", NULL, &c->signal, NULL);
    desk_say(&d, 2, "withdrawal", "platform.example", NULL, &c->signal, NULL);
    replace(1, "criteria", "desk.example", &criteria);
    d.log[1][d.n[1] - 1].received_ms = MADE_MS + 60000;
    c->meanwhile = desk_signal(&d, 1, "desk.example", &criteria, NULL);
    d.log[1][d.n[1] - 1].received_ms = MADE_MS + 61000;
    desk_say(&d, 1, "criteria", "desk.example", NULL, NULL, NULL); /* its clock runs */
    /* of an organisation whose keys come last */
    c->late = desk_say(&d, 0, "claim", "late.example", NULL, NULL, NULL);
    struct seal_hash org = desk_introduce(&d, 0, "late.example");
    desk_say(&d, 1, "vouch", "desk.example", NULL, &org, NULL);
    desk_say(&d, 2, "vouch", "panel.example", NULL, &org, NULL);
    record_id_write(c->claim.bytes, id);
    /* the same note in another log, and one that is no record */
    desk_put(&d, 1, d.log[0][1].note, d.log[0][1].note);
    d.log[1][d.n[1] - 1].id = c->claim;
    desk_put(&d, 1, VIEW("{\"a\":1}\n"), desk_note(&d, VIEW("{\"a\":1}\n"), "desk.example", NULL));
}

static void begin(struct cast *c)
{
    desk_init(&d);
    play(c);
    desk_open(&d);
}

/* A new, empty store with the same entries. */
static void begin_again(void)
{
    store_close(d.store);
    d.store = NULL;
    remove_folder(d.dir);
    desk_open(&d);
}

TEST(a_claim_that_was_taken_in_can_be_read_back)
{
    struct cast c;
    begin(&c);
    desk_apply_all(&d);
    struct store_object o = desk_object(&d, &c.withdrawn);
    CHECK_TEXT(o.kind, "claim");
    CHECK_TEXT(o.org, "checker.example");
    CHECK_TEXT(o.why, "");
    CHECK_TEXT(o.state, "withdrawn");
    CHECK(o.current != NULL && o.n_events == 2 && o.events[1].in_effect);
    o = desk_object(&d, &c.version);
    CHECK(memcmp(&o.id, &c.claim, sizeof o.id) == 0);
    CHECK(o.n_events >= 5);
    o = desk_object(&d, &c.late);
    CHECK_TEXT(o.why, "org: late.example is not admitted");
    desk_done(&d);
}

/* R9 */
TEST(a_signal_stands_on_criteria_that_were_in_force_when_it_came)
{
    struct cast c;
    begin(&c);
    desk_apply_all(&d);
    CHECK_TEXT(desk_object(&d, &c.signal).state, "retired");
    CHECK(desk_object(&d, &c.signal).n_events == 4);
    /* While a later text is commented, the one before it holds. */
    CHECK_TEXT(desk_object(&d, &c.meanwhile).state, "proposed");
    desk_done(&d);
}

static void at_time(uint32_t log, const char *time)
{
    CHECK_OK(record_time_read(view_cstr(time), &d.log[log][d.n[log] - 1].received_ms));
}

/* R9 */
TEST(a_later_text_of_criteria_is_cited_once_it_is_in_force_and_the_one_before_no_more)
{
    static const char k_when[] = "2026-12-25T12:00:00.000Z", k_late[] = "2026-12-26T12:00:00.000Z";
    char id[RECORD_ID_CHARS], to[128];
    desk_init(&d);
    desk_introduce(&d, 1, "desk.example");
    desk_introduce(&d, 2, "panel.example");
    desk_introduce(&d, 2, "platform.example");
    struct seal_hash old = desk_criteria(&d);
    record_id_write(old.bytes, id);
    snprintf(to, sizeof to, "\"prev\":\"%.*s\",\"salt\"", RECORD_ID_CHARS, id);
    struct seal_hash next = desk_say(&d, 1, "criteria", "desk.example", NULL, NULL,
                                     EDITS("attack_instruction", "promotion", "\"salt\"", to));
    at_time(1, "2026-11-23T12:00:00.000Z");
    struct seal_hash hasty = desk_signal(&d, 2, "platform.example", &next, NULL);
    at_time(2, "2026-11-24T12:00:00.000Z");
    struct seal_hash meanwhile = desk_signal(&d, 1, "desk.example", &old, NULL);
    at_time(1, "2026-11-24T12:00:00.000Z");
    desk_say(&d, 1, "vote", "desk.example", NULL, &next, NULL);
    at_time(1, "2026-12-24T12:00:00.000Z");
    desk_say(&d, 2, "vote", "panel.example", NULL, &next, NULL);
    at_time(2, k_when);
    desk_say(&d, 2, "step", "panel.example", NULL, &next, EDITS("\"withdrawn\"", "\"in_force\""));
    at_time(2, k_when);
    struct seal_hash late = desk_signal(&d, 2, "platform.example", &old, NULL);
    at_time(2, k_late);
    struct seal_hash good = desk_signal(&d, 2, "platform.example", &next, NULL);
    at_time(2, k_late);
    CHECK_OK(record_time_read(VIEW("2026-12-27T12:00:00.000Z"), &d.now_ms));
    desk_open(&d);
    desk_apply_all(&d);
    CHECK_TEXT(desk_object(&d, &old).state, "in_force");
    CHECK_TEXT(desk_object(&d, &meanwhile).state, "proposed");
    CHECK_TEXT(desk_object(&d, &good).state, "proposed");
    CHECK_TEXT(desk_object(&d, &hasty).state, "refused");
    CHECK_TEXT(desk_object(&d, &late).why,
               "guard criteria_cited: body.criteria: this text was not in force");
    desk_done(&d);
}

TEST(the_order_in_which_records_come_changes_no_row)
{
    struct cast c;
    begin(&c);
    desk_apply_all(&d);
    struct view first = desk_dump(&d);
    CHECK(first.n > 10000);
    uint32_t seed = 1;
    for (int round = 0; round < 40; round++) {
        uint32_t at[DESK_LOGS] = {0};
        begin_again();
        for (;;) {
            uint32_t left = 0;
            for (uint32_t l = 0; l < DESK_LOGS; l++)
                left += d.n[l] - at[l];
            if (left == 0) break;
            seed = seed * 1103515245 + 12345;
            uint32_t l = (seed >> 16) % DESK_LOGS, n = 1 + (seed >> 20) % 4;
            if (n > d.n[l] - at[l]) n = d.n[l] - at[l];
            uint32_t from = at[l] > 2 && (seed >> 25) % 3 == 0 ? at[l] - 2 : at[l];
            desk_apply(&d, l, from, n + at[l] - from);
            at[l] += n;
            if (round % 8 == 7) desk_reopen(&d);
        }
        check_same(first, desk_dump(&d));
    }
    desk_done(&d);
}

TEST(a_replay_gives_the_rows_that_were_there)
{
    struct cast c;
    struct seal_verifier none = {0};
    (void)none;
    begin(&c);
    desk_apply_all(&d);
    struct view first = desk_dump(&d);
    CHECK_OK(store_forget_view(d.store));
    uint64_t next = 9;
    CHECK_OK(store_applied(d.store, view_cstr(k_logs[0]), &next));
    CHECK(next == 0);
    /* without the notes that only `notes` holds */
    for (uint32_t l = 0; l < DESK_LOGS; l++)
        for (uint32_t i = 0; i < d.n[l]; i++)
            if (memmem(d.log[l][i].note.p, d.log[l][i].note.n, "\"mark\":\"amber\"", 14))
                d.log[l][i].note = view_of(NULL, 0);
    desk_apply_all(&d);
    check_same(first, desk_dump(&d));
    desk_done(&d);
}

/* Many, so that they stand in more than one run of the index that leads to them. */
TEST(what_is_learnt_of_an_organisation_reaches_all_that_rests_on_it)
{
    enum { MANY = 200 };
    static struct seal_hash claims[MANY];
    desk_init(&d);
    desk_introduce(&d, 0, "checker.example");
    for (uint32_t i = 0; i < MANY; i++)
        claims[i] =
            desk_say(&d, 0, "claim", i % 2 ? "checker.example" : "desk.example", NULL, NULL, NULL);
    desk_introduce(&d, 1, "desk.example");
    desk_open(&d);
    desk_apply(&d, 0, 0, d.n[0]);
    for (uint32_t i = 0; i < MANY; i++)
        CHECK_TEXT(desk_object(&d, &claims[i]).state, "published");
    desk_apply(&d, 1, 0, 1);
    for (uint32_t i = 0; i < MANY; i++)
        CHECK_TEXT(desk_object(&d, &claims[i]).why,
                   i % 2 ? "" : "log: not the home log of desk.example");
    struct view dump = desk_dump(&d);
    CHECK_OK(store_forget_view(d.store));
    desk_apply(&d, 1, 0, 1);
    desk_apply(&d, 0, 0, d.n[0]);
    check_same(dump, desk_dump(&d));
    desk_done(&d);
}

TEST(what_is_taken_in_twice_counts_once)
{
    struct cast c;
    struct store_report r;
    begin(&c);
    desk_apply_all(&d);
    struct view first = desk_dump(&d);
    CHECK_OK(desk_try(&d, 0, 0, d.n[0], &r));
    CHECK(r.n_new == 0 && r.n_known == d.n[0]);
    check_same(first, desk_dump(&d));
    desk_done(&d);
}

TEST(a_note_that_comes_after_its_commitment_is_read)
{
    struct cast c;
    begin(&c);
    desk_apply_all(&d);
    struct view first = desk_dump(&d);
    begin_again();
    struct store_arrival kept[DESK_LOGS][DESK_ENTRIES];
    memcpy(kept, d.log, sizeof kept);
    for (uint32_t l = 0; l < DESK_LOGS; l++)
        for (uint32_t i = 0; i < d.n[l]; i += 2)
            d.log[l][i].note = view_of(NULL, 0);
    desk_apply_all(&d);
    memcpy(d.log, kept, sizeof kept);
    for (uint32_t l = DESK_LOGS; l-- > 0;)
        for (uint32_t i = d.n[l]; i-- > 0;)
            desk_apply(&d, l, i, 1);
    check_same(first, desk_dump(&d));
    desk_done(&d);
}

TEST(a_gap_in_a_log_is_told)
{
    struct cast c;
    begin(&c);
    CHECK_FAILS(E_STALE, desk_try(&d, 0, 1, 1, NULL));
    desk_apply(&d, 0, 0, 2);
    CHECK_FAILS(E_STALE, desk_try(&d, 0, 3, 1, NULL));
    CHECK_MESSAGE("2 is the next");
    uint64_t next = 0;
    CHECK_OK(store_applied(d.store, view_cstr(k_logs[0]), &next));
    CHECK(next == 2);
    desk_done(&d);
}

TEST(another_record_at_a_taken_place_is_told)
{
    struct cast c;
    begin(&c);
    desk_apply(&d, 0, 0, 2);
    struct store_arrival other = d.log[0][2];
    other.index = 1;
    CHECK_FAILS(E_DAMAGED, store_apply(d.store, &other, 1, d.now_ms, NULL));
    desk_done(&d);
}

TEST(a_note_that_is_no_record_is_a_commitment_with_its_reason)
{
    struct cast c;
    struct store_report r;
    begin(&c);
    CHECK_OK(desk_try(&d, 1, 0, d.n[1], &r));
    CHECK(r.n_unreadable == 1);
    struct view dump = desk_dump(&d);
    CHECK(memmem(dump.p, dump.n, "is missing", 10) != NULL);
    desk_done(&d);
}

TEST(time_alone_moves_what_has_a_clock)
{
    struct cast c;
    int64_t next = 0, again = 0;
    begin(&c);
    desk_apply_all(&d);
    CHECK_OK(store_tick(d.store, d.now_ms, &next));
    CHECK(next > d.now_ms && next < INT64_MAX);
    desk_reopen(&d);
    CHECK_OK(store_due(d.store, &again));
    CHECK(again == next);
    CHECK_OK(store_tick(d.store, next, &again));
    CHECK(again > next);
    struct view ticked = desk_dump(&d);
    begin_again();
    d.now_ms = next;
    desk_apply_all(&d);
    check_same(ticked, desk_dump(&d));
    desk_done(&d);
}

/* The organisation's own record comes as a commitment first: its signature cannot be told. */
TEST(keys_that_come_late_prove_what_was_signed_before)
{
    struct cast c;
    begin(&c);
    struct view note = d.log[0][0].note;
    d.options.n_founders = 0;
    d.log[0][0].note = view_of(NULL, 0);
    desk_reopen(&d);
    desk_apply_all(&d);
    struct view dump = desk_dump(&d);
    CHECK(memmem(dump.p, dump.n, "[\"unproven\",\"checker.example\"", 29) != NULL);
    d.log[0][0].note = note;
    desk_apply(&d, 0, 0, 1);
    dump = desk_dump(&d);
    CHECK(memmem(dump.p, dump.n, "[\"unproven\",\"checker.example\"", 29) == NULL);
    begin_again();
    desk_apply_all(&d);
    check_same(dump, desk_dump(&d));
    desk_done(&d);
}

TESTS(RUN(a_claim_that_was_taken_in_can_be_read_back),
      RUN(a_signal_stands_on_criteria_that_were_in_force_when_it_came),
      RUN(a_later_text_of_criteria_is_cited_once_it_is_in_force_and_the_one_before_no_more),
      RUN(the_order_in_which_records_come_changes_no_row),
      RUN(what_is_learnt_of_an_organisation_reaches_all_that_rests_on_it),
      RUN(a_replay_gives_the_rows_that_were_there), RUN(what_is_taken_in_twice_counts_once),
      RUN(a_note_that_comes_after_its_commitment_is_read), RUN(a_gap_in_a_log_is_told),
      RUN(another_record_at_a_taken_place_is_told),
      RUN(a_note_that_is_no_record_is_a_commitment_with_its_reason),
      RUN(time_alone_moves_what_has_a_clock), RUN(keys_that_come_late_prove_what_was_signed_before))
