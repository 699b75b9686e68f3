/* SPDX-License-Identifier: Apache-2.0
 * What people lose when the local door says yes to what has no effect: they are told that their
 * word counts, and it does not. Whatever the door says is held against the fold of the same note in
 * the same place. */
#include "desk.h"

static struct desk d;

static void begin(void)
{
    desk_init(&d);
    d.options.log = view_cstr(k_logs[0]);
    desk_introduce(&d, 0, "checker.example");
    desk_introduce(&d, 0, "panel.example");
    desk_introduce(&d, 1, "desk.example"); /* its home is another log */
    desk_introduce(&d, 0, "platform.example");
    desk_open(&d);
    desk_apply_all(&d);
}

/* Put behind the log, asked of the door first. */
static rc ask_the_door(const struct store_arrival *a)
{
    d.now_ms = a->received_ms;
    return store_admit(d.store, a->note, a->parts, a->n_parts, NULL, 0, a->received_ms, &d.mem,
                       NULL);
}

static struct store_arrival *last(void)
{
    return &d.log[0][d.n[0] - 1];
}

static void add_parts(const char *kind)
{
    const struct record_kind *k = record_kind_find(view_cstr(kind));
    last()->parts = k->example_parts;
    last()->n_parts = k->n_example_parts;
}

TEST(the_door_refuses_a_record_whose_author_is_at_home_in_another_log)
{
    begin();
    struct seal_hash claim = desk_say(&d, 0, "claim", "desk.example", NULL, NULL, NULL);
    add_parts("claim");
    CHECK_FAILS(E_INPUT, ask_the_door(last()));
    CHECK_MESSAGE("log: not the home log of desk.example");
    desk_apply(&d, 0, d.n[0] - 1, 1);
    struct store_object o = desk_object(&d, &claim);
    CHECK_TEXT(o.why, "log: not the home log of desk.example");
    claim = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    add_parts("claim");
    CHECK_OK(ask_the_door(last()));
    desk_apply(&d, 0, d.n[0] - 1, 1);
    CHECK_TEXT(desk_object(&d, &claim).state, "published");
    desk_done(&d);
}

/* ---- every kind ---- */

struct seen {
    const struct record_kind *k;
    struct seal_hash newest;
    bool there;
};

/* Of the kinds that it may be about, the newest object; NULL: there is none yet. */
static const struct seal_hash *target_of(const struct record_kind *k, const struct seen *seen,
                                         uint32_t skip)
{
    for (uint32_t i = 0; i < k_n_record_kinds; i++) {
        const struct seen *s = &seen[(i + skip) % k_n_record_kinds];
        bool may = k->n_about_kinds == 0;
        for (uint32_t a = 0; a < k->n_about_kinds; a++)
            may = may || strcmp(k->about_kinds[a], s->k->name) == 0;
        if (may && s->there) return &s->newest;
    }
    return NULL;
}

/* Whether it stands in the object with an effect, or waits for signers. */
static bool counts_on(const struct seal_hash *object, const struct seal_hash *id)
{
    struct store_object o = desk_object(&d, object);
    for (uint32_t i = 0; i < o.n_events; i++)
        if (memcmp(&o.events[i].id, id, sizeof *id) == 0)
            return o.events[i].in_effect || view_starts(o.events[i].why, VIEW("signers: "));
    return false;
}

static struct tally {
    uint32_t n_admitted, n_refused;
} tally;

static void put_to_both(const struct record_kind *k, const char *org, const char *second,
                        const struct seal_hash *about, struct seen *seen)
{
    char why[512];
    struct seal_hash id = desk_say(&d, 0, k->name, org, second, about, NULL);
    add_parts(k->name);
    rc said = ask_the_door(last());
    snprintf(why, sizeof why, "%s", ok(said) ? "" : rc_message());
    desk_apply(&d, 0, d.n[0] - 1, 1);
    bool counts = counts_on(&id, &id) && (!about || counts_on(about, &id));
    if (ok(said) && !counts) fail_msg("let in, and without effect: a %s of %s", k->name, org);
    if (!ok(said) && counts && strncmp(why, "record: ", 8) == 0)
        fail_msg("%s of %s has an effect, and the door says: %s", k->name, org, why);
    tally.n_admitted += ok(said);
    tally.n_refused += !ok(said);
    if (!ok(said)) return;
    seen->there = true;
    seen->newest = id;
}

TEST(what_the_door_lets_in_has_an_effect)
{
    static const char *const k_authors[] = {"checker.example", "desk.example", "panel.example",
                                            "platform.example", "ministry.example"};
    static struct seen seen[128];
    begin();
    CHECK(k_n_record_kinds <= COUNT_OF(seen));
    for (uint32_t i = 0; i < k_n_record_kinds; i++)
        seen[i] = (struct seen){.k = &k_record_kinds[i]};
    for (uint32_t i = 0; d.n[0] + 1 < DESK_ENTRIES; i++) {
        const struct record_kind *k = &k_record_kinds[i % k_n_record_kinds];
        uint32_t round = i / k_n_record_kinds;
        const struct seal_hash *about = k->about_max > 0 ? target_of(k, seen, 7 * round) : NULL;
        if (k->about_min > 0 && !about && round % 4 != 0) continue;
        put_to_both(k, k_authors[(i + round) % COUNT_OF(k_authors)],
                    round % 2 ? "panel.example" : NULL, about, &seen[i % k_n_record_kinds]);
    }
    print_message("%u let in, %u refused\n", tally.n_admitted, tally.n_refused);
    CHECK(tally.n_admitted > 60 && tally.n_refused > 60);
    desk_done(&d);
}

/* ---- groups ---- */

enum { MOST_IN_GROUP = 9 };

struct grouping {
    uint32_t from, n; /* of the log: let in and not applied */
    int64_t now_ms;
    uint32_t n_large, n_erased;
};

static bool let_in(struct grouping *p, const struct record_kind *k, const char *org,
                   const char *second, const struct seal_hash *about, struct seal_hash *out)
{
    *out = desk_say(&d, 0, k->name, org, second, about, NULL);
    add_parts(k->name);
    last()->received_ms = p->now_ms;
    rc said = store_admit(d.store, last()->note, last()->parts, last()->n_parts, &d.log[0][p->from],
                          p->n, p->now_ms, &d.mem, NULL);
    if (!ok(said)) d.n[0]--;
    p->n += ok(said);
    return ok(said);
}

static bool is_kept_apart(const struct store_arrival *a)
{
    return memmem(a->note.p, a->note.n, "\"mark\":\"amber\"", 14) != NULL;
}

/* What comes between door and view: nothing, the clock, a question, or an erasure of what the group
 * may rest on. */
static void disturb(struct grouping *p, uint32_t how)
{
    int64_t next_ms;
    uint64_t next;
    if (how == 1) CHECK_OK(store_tick(d.store, p->now_ms, &next_ms));
    if (how == 2) CHECK_OK(store_applied(d.store, view_cstr(k_logs[0]), &next));
    for (uint32_t i = p->from; how == 3 && i-- > 0;) {
        if (!is_kept_apart(&d.log[0][i])) continue;
        rc r = store_erase(d.store, &d.log[0][i].id, view_of(NULL, 0), p->now_ms);
        if (!ok(r)) continue;
        p->n_erased++;
        return;
    }
}

static void show_group(struct grouping *p, uint32_t how)
{
    uint64_t next = p->from;
    disturb(p, how);
    if (how == 3) /* it may have emptied the view; asking undoes what the door did */
        CHECK_OK(store_applied(d.store, view_cstr(k_logs[0]), &next));
    d.now_ms = p->now_ms;
    desk_apply(&d, 0, (uint32_t)next, d.n[0] - (uint32_t)next);
    p->n_large += p->n > 4;
    p->from = d.n[0];
    p->n = 0;
    p->now_ms += HOUR_MS;
}

/* Members, keys, rulings, texts and their replacements come in one group with what rests on them:
 * nothing of what the door found may outlive what it was found from. */
TEST(a_group_is_shown_as_a_replay_shows_it_whatever_moved_since_the_door)
{
    static const char *const k_authors[] = {"checker.example", "panel.example", "platform.example",
                                            "ministry.example"};
    static struct seen seen[128];
    begin();
    struct grouping p = {.from = d.n[0], .now_ms = MADE_MS + HOUR_MS};
    for (uint32_t i = 0; i < k_n_record_kinds; i++)
        seen[i] = (struct seen){.k = &k_record_kinds[i]};
    for (uint32_t i = 0; i < 12 * k_n_record_kinds && d.n[0] + 1 < DESK_ENTRIES; i++) {
        struct seen *s = &seen[i % k_n_record_kinds];
        uint32_t round = i / k_n_record_kinds;
        struct seal_hash id;
        const struct seal_hash *about =
            s->k->about_max > 0 ? target_of(s->k, seen, 7 * round) : NULL;
        if (!let_in(&p, s->k, k_authors[(i + round) % COUNT_OF(k_authors)],
                    round % 2 ? "panel.example" : NULL, about, &id))
            continue;
        s->there = true;
        s->newest = id;
        if (p.n == MOST_IN_GROUP) show_group(&p, i % 4);
    }
    show_group(&p, 0);
    struct view shown = desk_dump(&d);
    print_message("%u groups of more than 4, %u erased\n", p.n_large, p.n_erased);
    CHECK(p.n_large > 5 && p.n_erased > 0);
    CHECK_OK(store_forget_view(d.store));
    for (uint32_t l = 0; l < DESK_LOGS; l++)
        for (uint32_t i = 0; i < d.n[l]; i++)
            if (is_kept_apart(&d.log[l][i])) d.log[l][i].note = view_of(NULL, 0);
    desk_apply_all(&d);
    check_same(shown, desk_dump(&d));
    desk_done(&d);
}

/* The next text of checker.example: another key is its author's, and the old one is no good behind
 * an entry of its log. */
static void revoke_key(uint32_t last_good)
{
    char prev[160], more[64];
    uint8_t seed[SEAL_SEED_BYTES] = {9};
    struct seal_signer fresh;
    struct view row;
    CHECK_OK(seal_signer_init(VIEW("checker.example"), SEAL_TYPE_ED25519, seed, &fresh));
    row = desk_key_row(&d, &fresh, "author");
    CHECK_OK(arena_format(&d.mem, &row, "%.*s%c", VIEW_ARG(row), 0));
    strcpy(prev, "\"prev\":\"");
    record_id_write(d.log[0][0].id.bytes, prev + 8);
    strcpy(prev + 8 + RECORD_ID_CHARS, "\",\"salt\"");
    snprintf(more, sizeof more, "\"last_good\":%u", last_good);
    desk_say(&d, 0, "organisation", "checker.example", NULL, NULL,
             EDITS("{\"from\":\"2026-11-01T00:00:00.000Z\",\"purpose\":\"author\","
                   "\"until\":\"2027-11-01T00:00:00.000Z\",\"vkey\":"
                   "\"checker.example+c10d7dd4+ASmsOTxO2NGjGq1Fz8zqNSQPYM4r3jYSQCu9k8YGDrlL\"}",
                   (const char *)row.p, "\"salt\"", prev, "\"last_good\":1024", more,
                   "\"home_log\":\"log.checker.example\"", "\"home_log\":\"log.one.example\"",
                   "[{\"org\":\"water.example\"}]", "[]"));
}

TEST(a_revocation_in_the_group_takes_back_what_the_group_was_let_in_with)
{
    enum { N_CLAIMS = 3 };
    struct seal_hash claims[N_CLAIMS];
    begin();
    uint32_t from = d.n[0];
    d.now_ms = MADE_MS + HOUR_MS;
    for (uint32_t i = 0; i <= N_CLAIMS; i++) {
        if (i < N_CLAIMS)
            claims[i] = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
        else
            revoke_key(from);
        if (i < N_CLAIMS) add_parts("claim");
        last()->received_ms = d.now_ms;
        CHECK_OK(store_admit(d.store, last()->note, last()->parts, last()->n_parts, &d.log[0][from],
                             i, d.now_ms, &d.mem, NULL));
    }
    desk_apply(&d, 0, from, N_CLAIMS + 1);
    CHECK_TEXT(desk_object(&d, &claims[0]).state, "published");
    for (uint32_t i = 1; i < N_CLAIMS; i++) {
        struct view why = desk_object(&d, &claims[i]).why;
        CHECK(why.n > 0 && memmem(why.p, why.n, "was revoked", 11) != NULL);
    }
    struct view shown = desk_dump(&d);
    CHECK_OK(store_forget_view(d.store));
    desk_apply_all(&d);
    check_same(shown, desk_dump(&d));
    desk_done(&d);
}

TESTS(RUN(a_revocation_in_the_group_takes_back_what_the_group_was_let_in_with),
      RUN(a_group_is_shown_as_a_replay_shows_it_whatever_moved_since_the_door),
      RUN(the_door_refuses_a_record_whose_author_is_at_home_in_another_log),
      RUN(what_the_door_lets_in_has_an_effect))
