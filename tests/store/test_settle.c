/* SPDX-License-Identifier: Apache-2.0
 * What users lose when records rest on each other without end: a state that depends on the order of
 * arrival, or a node that never comes to rest. Whoever has keys and a log of its own may write such
 * records, so they come here as a log brings them, past every door. */
#include "desk.h"

enum { CHAIN = 180, MOST_TEXTS = 4 * CHAIN };

#define PANEL "\"panel\":[\"panel.example\"]"
#define CHECKERS "\"panel\":[\"checker.example\"]"
#define SIGNERS "\"signers\":[\"checker.example\",\"panel.example\"]"

static struct desk d;

/* Notes that wait for their place in a log: what names another may stand before it. */
struct waiting {
    uint32_t log;
    struct view text, note;
};
static struct waiting texts[MOST_TEXTS];
static uint32_t n_texts;

static const char *const k_judges[] = {"checker.example", "desk.example"};

static struct seal_hash keep(uint32_t log, const char *kind, const char *org,
                             const struct seal_hash *about, const char *const *edits)
{
    struct seal_hash id;
    struct waiting *w = &texts[n_texts++];
    CHECK(n_texts <= MOST_TEXTS);
    w->log = log;
    w->text = desk_text(&d, kind, org, about, edits);
    w->note = desk_note(&d, w->text, org, NULL);
    CHECK_OK(seal_sha256(w->text, id.bytes));
    return id;
}

static void begin(void)
{
    desk_init(&d);
    n_texts = 0;
    for (uint32_t i = 0; i < 3; i++)
        desk_introduce(&d, i, k_orgs[i].org);
}

/* A ruling about an appeal, by its panel. */
static struct seal_hash rule(uint32_t judge, const struct seal_hash *appeal)
{
    char panel[64];
    snprintf(panel, sizeof panel, "\"panel\":[\"%s\"]", k_judges[judge]);
    return keep(judge, "ruling", k_judges[judge], appeal, EDITS(PANEL, panel));
}

static void put_all(bool backwards)
{
    for (uint32_t i = 0; i < n_texts; i++) {
        const struct waiting *w = &texts[backwards ? n_texts - 1 - i : i];
        desk_put(&d, w->log, w->text, w->note);
    }
}

/* Each ruling is about the ruling before it, whose user its author is when that one holds: so every
 * one says no when the one before says yes. */
static void write_chain(bool backwards)
{
    struct seal_hash thing = keep(2, "reasons", "panel.example", NULL, NULL);
    for (uint32_t k = 0; k < CHAIN; k++) {
        struct seal_hash appeal = keep(2, "appeal", "panel.example", &thing, NULL);
        thing = rule(k % 2, &appeal);
        keep(1 - k % 2, "receipt", k_judges[1 - k % 2], &thing, NULL);
    }
    put_all(backwards);
}

static void begin_again(void)
{
    store_close(d.store);
    d.store = NULL;
    remove_folder(d.dir);
    desk_open(&d);
}

/* In pieces of every log in turn; *out_folded: how often anything was folded. */
static struct view in_pieces(uint32_t piece, uint32_t first, uint64_t *out_folded)
{
    struct store_report r;
    uint32_t at[DESK_LOGS] = {0};
    bool more = true;
    begin_again();
    *out_folded = 0;
    while (more) {
        more = false;
        for (uint32_t k = 0; k < DESK_LOGS; k++) {
            uint32_t l = (first + k) % DESK_LOGS, n = d.n[l] - at[l];
            if (n > piece) n = piece;
            CHECK_OK(desk_try(&d, l, at[l], n, &r));
            *out_folded += r.n_folded;
            at[l] += n;
            more = more || at[l] < d.n[l];
        }
    }
    return desk_dump(&d);
}

static void check_settles(void)
{
    static const uint32_t k_pieces[] = {DESK_ENTRIES, 1, 7, 50};
    uint64_t n_entries = d.n[0] + d.n[1] + d.n[2], n_folded;
    struct view first = in_pieces(DESK_ENTRIES, 0, &n_folded);
    for (uint32_t i = 0; i < COUNT_OF(k_pieces); i++)
        for (uint32_t l = 0; l < DESK_LOGS; l++) {
            check_same(first, in_pieces(k_pieces[i], l, &n_folded));
            if (n_folded > 20 * n_entries)
                fail_msg("%u entries at a time: %llu folds of %llu entries", k_pieces[i],
                         (unsigned long long)n_folded, (unsigned long long)n_entries);
        }
    CHECK_OK(store_forget_view(d.store));
    desk_apply_all(&d);
    check_same(first, desk_dump(&d));
}

TEST(a_long_chain_of_rulings_about_rulings_ends_the_same_in_any_order)
{
    for (int backwards = 0; backwards < 2; backwards++) {
        begin();
        desk_open(&d);
        write_chain(backwards);
        check_settles();
        desk_done(&d);
    }
}

/* Replaces one that waits for a signature; both have signed this one. */
static struct seal_hash rule_again(const struct seal_hash *old, const struct seal_hash *appeal)
{
    char prev[RECORD_ID_CHARS + 80];
    struct buf note = {0};
    struct seal_hash id;
    struct waiting *w = &texts[n_texts++];
    struct seal_signer keys[] = {d.keys[0], d.keys[2]};
    snprintf(prev, sizeof prev, "\"prev\":\"%*s\"," SIGNERS ",\"salt\"", RECORD_ID_CHARS, "");
    record_id_write(old->bytes, prev + 8);
    prev[8 + RECORD_ID_CHARS] = '"';
    *w = (struct waiting){.log = 0,
                          .text = desk_text(&d, "ruling", "checker.example", appeal,
                                            EDITS(PANEL, CHECKERS, "\"salt\"", prev))};
    CHECK_OK(seal_note_write(w->text, keys, 2, &note));
    CHECK_OK(arena_copy(&d.mem, buf_view(&note), &w->note));
    buf_done(&note);
    CHECK_OK(seal_sha256(w->text, id.bytes));
    return id;
}

/* The first ruling holds, by its second version, unless its author uses the second ruling; the
 * second holds unless its author uses the first; and each uses what holds. */
static void write_circle(void)
{
    struct seal_hash thing = keep(1, "reasons", "desk.example", NULL, NULL);
    struct seal_hash appeal = keep(2, "appeal", "panel.example", &thing, NULL);
    struct seal_hash one = keep(0, "ruling", "checker.example", &appeal,
                                EDITS(PANEL, CHECKERS, "\"salt\"", SIGNERS ",\"salt\""));
    appeal = keep(2, "appeal", "panel.example", &one, NULL);
    struct seal_hash two = rule(1, &appeal);
    keep(1, "receipt", "desk.example", &one, NULL);
    keep(0, "receipt", "checker.example", &two, NULL);
    appeal = keep(2, "appeal", "panel.example", &two, NULL);
    rule_again(&one, &appeal);
    put_all(false);
}

TEST(two_rulings_that_each_rest_on_the_other_end_the_same_in_any_order)
{
    begin();
    write_circle();
    desk_open(&d);
    check_settles();
    desk_done(&d);
}

static void decide(const struct seal_hash *appeal, const struct seal_hash *thing, bool used_before)
{
    if (used_before) desk_say(&d, 0, "receipt", "checker.example", NULL, thing, NULL);
    desk_say(&d, 0, "step", "checker.example", NULL, appeal,
             EDITS("\"to\":\"withdrawn\"", "\"to\":\"panel\""));
    desk_say(&d, 0, "ruling", "checker.example", NULL, appeal, EDITS(PANEL, CHECKERS));
    desk_say(&d, 0, "receipt", "checker.example", NULL, thing, NULL);
}

/* Else any of those who decided could take their own word back by applying what they ruled on. */
TEST(a_ruling_is_not_undone_by_what_its_panel_takes_up_later)
{
    for (int used_before = 0; used_before < 2; used_before++) {
        begin();
        desk_open(&d);
        struct seal_hash thing = desk_say(&d, 1, "reasons", "desk.example", NULL, NULL, NULL);
        struct seal_hash appeal =
            desk_say(&d, 1, "appeal", "desk.example", NULL, &thing, EDITS(PANEL, CHECKERS));
        d.log[0][0].received_ms = MADE_MS;
        desk_apply(&d, 1, 0, d.n[1]);
        desk_apply(&d, 0, 0, 1);
        decide(&appeal, &thing, used_before);
        for (uint32_t i = 1; i < d.n[0]; i++) {
            d.log[0][i].received_ms += 60000;
            desk_apply(&d, 0, i, 1);
        }
        CHECK_TEXT(desk_object(&d, &appeal).state, used_before ? "filed" : "reversed");
        desk_done(&d);
    }
}

/* It never has an effect, for it is not signed by its author. */
static struct seal_hash stray_version(const struct seal_hash *of)
{
    char prev[RECORD_ID_CHARS + 40];
    snprintf(prev, sizeof prev, "\"prev\":\"%*s\",\"salt\"", RECORD_ID_CHARS, "");
    record_id_write(of->bytes, prev + 8);
    prev[8 + RECORD_ID_CHARS] = '"';
    struct view text = desk_text(&d, "reasons", "desk.example", NULL,
                                 EDITS("\"salt\"", prev, "\"mark\":\"clear\",",
                                       "\"mark\":\"amber\",\"to\":[\"desk.example\"],"));
    return desk_put(&d, 1, text, desk_note(&d, text, "checker.example", NULL));
}

/* A ruling reads what was appealed against, and is no record about it. */
TEST(what_is_erased_changes_what_rests_on_its_words)
{
    begin();
    desk_open(&d);
    struct seal_hash thing = desk_say(&d, 1, "reasons", "desk.example", NULL, NULL, NULL);
    struct seal_hash version = stray_version(&thing);
    struct seal_hash appeal = desk_say(&d, 1, "appeal", "desk.example", NULL, &version, NULL);
    struct seal_hash ruling =
        desk_say(&d, 0, "ruling", "checker.example", NULL, &appeal, EDITS(PANEL, CHECKERS));
    desk_apply_all(&d);
    CHECK_TEXT(desk_object(&d, &ruling).state, "recorded");
    CHECK_OK(store_erase(d.store, &version, view_of(NULL, 0), d.now_ms));
    CHECK_TEXT(desk_object(&d, &ruling).state, "refused");
    struct view shown = desk_dump(&d);
    CHECK_OK(store_forget_view(d.store));
    desk_apply_all(&d);
    check_same(desk_dump(&d), shown);
    desk_done(&d);
}

/* The reviewer's log is read last, and nothing but its key changes what the verdict says. */
TEST(a_replay_shows_a_verdict_whose_reviewer_it_meets_later)
{
    begin();
    desk_open(&d);
    struct seal_hash claim = desk_say(&d, 0, "claim", "checker.example", NULL, NULL, NULL);
    struct seal_hash verdict =
        desk_say(&d, 1, "verdict", "desk.example", "panel.example", &claim, NULL);
    for (int round = 0; round < 2; round++) {
        desk_apply_all(&d);
        CHECK_TEXT(desk_object(&d, &verdict).state, "published");
        CHECK_OK(store_forget_view(d.store));
    }
    desk_done(&d);
}

/* ---- by construction ---- */

#define BIT(guard) RECORD_GUARD_BIT(guard)

/* What an outcome may rest on of others: a state, or who uses a thing. */
static const struct {
    uint64_t guard;
    const char *kind; /* read of this kind; NULL: of what that one is about */
    const char *of;   /* NULL: the kind itself */
} k_reads[] = {{BIT(criteria_cited), "criteria", NULL},
               {BIT(code_open), "code", NULL},
               {BIT(other_panel), NULL, "appeal"},
               {BIT(all_users_answered), NULL, NULL}};

static bool may_be_about(const struct record_kind *k, const char *other)
{
    for (uint32_t i = 0; i < k->n_about_kinds; i++)
        if (strcmp(k->about_kinds[i], other) == 0) return true;
    return k->n_about_kinds == 0 && k->about_max > 0;
}

static uint64_t guards_of(const struct record_kind *k)
{
    uint64_t all = k->guards;
    for (uint32_t t = 0; t < k->n_transitions; t++)
        all |= k->transitions[t].guards;
    return all;
}

/* Whether the guards, of records of kind `by`, read outcomes of `other`. */
static bool reads(uint64_t guards, const struct record_kind *by, const char *other)
{
    for (size_t i = 0; i < COUNT_OF(k_reads); i++) {
        if (!(guards & k_reads[i].guard)) continue;
        if (k_reads[i].kind && strcmp(k_reads[i].kind, other) == 0) return true;
        const struct record_kind *of =
            k_reads[i].of ? record_kind_find(view_cstr(k_reads[i].of)) : by;
        if (!k_reads[i].kind && may_be_about(of, other)) return true;
    }
    return false;
}

/* Its own records, and those of others that are judged on it: they ask of it what it knows. */
static bool rests_on(const struct record_kind *k, const struct record_kind *other)
{
    if (reads(guards_of(k), k, other->name)) return true;
    for (uint32_t i = 0; i < k_n_record_kinds; i++) {
        const struct record_kind *by = &k_record_kinds[i];
        if (k != other && may_be_about(by, k->name) && reads(by->guards, by, other->name))
            return true;
    }
    return false;
}

/* Raises each above what it rests on until none moves; *out_settled false: there is a circle. */
static uint32_t highest(bool *out_settled)
{
    uint32_t level[128] = {0}, top = 0;
    CHECK(k_n_record_kinds <= COUNT_OF(level));
    *out_settled = false;
    for (uint32_t round = 0; round <= k_n_record_kinds && !*out_settled; round++) {
        *out_settled = true;
        for (uint32_t a = 0; a < k_n_record_kinds; a++)
            for (uint32_t b = 0; b < k_n_record_kinds; b++) {
                if (!rests_on(&k_record_kinds[a], &k_record_kinds[b]) || level[a] > level[b])
                    continue;
                level[a] = level[b] + 1;
                top = level[a] > top ? level[a] : top;
                *out_settled = false;
            }
    }
    return top;
}

/* What is read of an object's other records is read in its own fold, which knows their order. */
TEST(no_kind_rests_on_outcomes_that_rest_on_it)
{
    static const uint64_t k_own =
        BIT(unrelated_pair) | BIT(quorum) | BIT(debriefed) | BIT(all_users_answered);
    bool settled;
    for (uint32_t i = 0; i < k_n_record_kinds; i++)
        if (k_record_kinds[i].guards & k_own) fail_msg("kind %s", k_record_kinds[i].name);
    uint32_t top = highest(&settled);
    CHECK(settled);
    CHECK(top >= 2 && top <= 4); /* store/fold.c: MAX_FOLDS */
}

TESTS(RUN(no_kind_rests_on_outcomes_that_rest_on_it),
      RUN(a_replay_shows_a_verdict_whose_reviewer_it_meets_later),
      RUN(what_is_erased_changes_what_rests_on_its_words),
      RUN(a_ruling_is_not_undone_by_what_its_panel_takes_up_later),
      RUN(two_rulings_that_each_rest_on_the_other_end_the_same_in_any_order),
      RUN(a_long_chain_of_rulings_about_rulings_ends_the_same_in_any_order))
