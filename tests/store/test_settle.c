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

TESTS(RUN(a_ruling_is_not_undone_by_what_its_panel_takes_up_later),
      RUN(two_rulings_that_each_rest_on_the_other_end_the_same_in_any_order),
      RUN(a_long_chain_of_rulings_about_rulings_ends_the_same_in_any_order))
