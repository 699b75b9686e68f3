/* SPDX-License-Identifier: Apache-2.0
 *
 * One run of a log's life, broken off everywhere: each write, sync and rename failing in turn; the
 * process killed after each step; the power gone after each step. */
#include "logs.h"
#include "power.h"

static struct place g;

/* What was told to the outside: what may never be lost, and what may never be contradicted. */
struct told {
    uint64_t acknowledged;
    int64_t received_ms;
    struct seal_checkpoint checkpoint; /* the last one that was in place */
};

/* ---- what must be true afterwards ---- */

static rc check_beside(void *context, uint64_t index, const struct ledger_entry *entry,
                       struct view beside)
{
    char text[BESIDE_BYTES];
    uint64_t *expected = context;
    const struct ledger_item item = item_of(index, text);
    CHECK(index == *expected);
    ++*expected;
    CHECK(memcmp(&entry->id, &item.id, sizeof item.id) == 0);
    CHECK(view_eq(entry->note, item.note));
    CHECK(view_eq(beside, item.beside) || (index < 100 && beside.n == 0)); /* erased below 100 */
    return OK;
}

/* What a reader of the public folder sees is whole and goes on from what it saw before. */
static uint64_t check_shown(const char *dir, const struct told *told)
{
    struct arena mem = {0};
    uint64_t size = check_public(dir), old = told->checkpoint.size;
    struct seal_checkpoint c = checkpoint_of(dir, &mem);
    CHECK(size >= old);
    if (old > 0) {
        struct seal_hash *leaves = leaves_of(dir, size), root;
        CHECK_OK(seal_hash_tree(leaves, old, &root));
        CHECK(memcmp(&root, &told->checkpoint.root, sizeof root) == 0);
        free(leaves);
    }
    CHECK_TEXT(c.origin, LOG_NAME);
    arena_done(&mem);
    return size;
}

/* A start after the stop: all that was acknowledged is there and in the tree, and it goes on. */
static void check_start(const char *dir, const struct told *told)
{
    check_shown(dir, told);
    struct ledger *l = open_log(dir);
    struct ledger_state s = state_of(l);
    if (s.read_only) fail_msg("read-only: %.*s", VIEW_ARG(s.why));
    CHECK(s.size >= told->acknowledged);
    CHECK(s.size == s.published_size);
    CHECK(s.received_ms >= told->received_ms);
    CHECK(check_shown(dir, told) == s.size);
    uint64_t expected = 200; /* trimmed below */
    if (s.size > 200) CHECK_OK(ledger_each_beside(l, 200, &expected, check_beside));
    CHECK(s.size <= 200 || expected == s.size);
    CHECK_OK(append_some(l, 1, 0, NULL));
    CHECK_OK(ledger_publish(l));
    ledger_close(l);
    CHECK(check_shown(dir, told) == s.size + 1);
    l = open_log(dir);
    CHECK(!state_of(l).read_only && state_of(l).size == s.size + 1);
    ledger_close(l);
}

/* ---- the life ---- */

static void remember_checkpoint(const char *dir, struct told *told)
{
    static struct arena mem;
    arena_reset(&mem);
    told->checkpoint = checkpoint_of(dir, &mem);
    told->checkpoint.origin = VIEW("");
}

static bool add(struct ledger *l, size_t n, struct told *told)
{
    struct ledger_place places[256];
    rc r = append_some(l, n, START_MS + (int64_t)told->acknowledged, places);
    if (!ok(r)) return false;
    CHECK(places[0].index == told->acknowledged);
    told->acknowledged += n;
    told->received_ms = places[n - 1].received_ms;
    return true;
}

static bool show(struct ledger *l, const char *dir, struct told *told)
{
    bool good = ok(ledger_publish(l));
    if (state_of(l).published_size > told->checkpoint.size) remember_checkpoint(dir, told);
    return good;
}

static bool cosign_it(struct ledger *l, const char *dir)
{
    struct arena mem = {0};
    struct buf now = {0};
    struct seal_note note;
    struct seal_signer w;
    uint8_t seed[SEAL_SEED_BYTES] = {7};
    CHECK_OK(seal_signer_init(VIEW("w.example"), SEAL_TYPE_COSIGNATURE, seed, &w));
    const struct seal_verifier key = seal_signer_verifier(&w);
    read_all(dir, "public/checkpoint", &now);
    CHECK_OK(seal_note_parse(buf_view(&now), &mem, &note));
    CHECK_OK(seal_sign_line(&w, note.text, 5, &now));
    bool good = ok(ledger_add_cosignatures(l, buf_view(&now), &key, 1));
    buf_done(&now);
    arena_done(&mem);
    return good;
}

/* Returns false where something failed. */
static bool live(const char *dir, struct told *told)
{
    const struct ledger_options small = {.segment_bytes = 6000};
    struct ledger *l;
    if (!ok(ledger_open(dir, log_key(), &small, &l))) return false;
    bool good = !state_of(l).read_only && add(l, 3, told) && show(l, dir, told) &&
                add(l, 100, told) && add(l, 100, told) && show(l, dir, told) && cosign_it(l, dir) &&
                add(l, 80, told) && show(l, dir, told) && ok(ledger_trim(l, 100, true)) &&
                add(l, 5, told) && add(l, 1, told) && ok(ledger_trim(l, 200, false)) &&
                show(l, dir, told) && add(l, 2, told);
    struct ledger_place place;
    struct ledger_item item = {0};
    /* Failed once, it takes nothing more, and what it showed stands. */
    if (!good) CHECK(ledger_append(l, &item, 1, 0, &place).code == E_READ_ONLY);
    if (!good) CHECK_FAILS(E_READ_ONLY, ledger_publish(l));
    ledger_close(l);
    return good;
}

/* ---- broken off ---- */

TEST(nothing_acknowledged_is_lost_whichever_write_fails)
{
    const char *dir = new_place(&g);
    char start[TEST_PATH];
    snprintf(start, sizeof start, "%s/start", g.base);
    make_log(start, 0);
    int64_t k = 1;
    for (bool done = false; !done; k++) {
        struct told told = {0};
        copy_tree(start, dir);
        file_fail_at(k);
        done = live(dir, &told);
        file_fail_at(0);
        check_start(dir, &told);
        remove_all(dir);
    }
    CHECK(k > 80);
    drop_place(&g);
}

struct watching {
    const char *dir, *copy;
    struct told *told;
    int stops;
    struct power *power;
    bool busy;
};

static void killed_here(void *context, enum file_step step, const char *path)
{
    struct watching *w = context;
    struct told told = *w->told;
    (void)step, (void)path;
    if (w->busy) return; /* a step of the log that is being checked */
    w->busy = true;
    copy_tree(w->dir, w->copy);
    check_start(w->copy, &told);
    remove_all(w->copy);
    w->stops++;
    w->busy = false;
}

TEST(nothing_acknowledged_is_lost_when_the_process_is_killed)
{
    const char *dir = new_place(&g);
    char copy[TEST_PATH];
    struct told told = {0};
    struct watching w = {.dir = dir, .copy = copy, .told = &told};
    snprintf(copy, sizeof copy, "%s/copy", g.base);
    make_log(dir, 0);
    file_watch(killed_here, &w);
    CHECK(live(dir, &told));
    file_watch(NULL, NULL);
    CHECK(w.stops > 80);
    drop_place(&g);
}

static void power_fails_here(void *context, enum file_step step, const char *path)
{
    struct watching *w = context;
    struct told told = *w->told;
    if (w->busy) return;
    w->busy = true;
    power_step(w->power, step, path);
    power_back(w->power, w->copy);
    check_start(w->copy, &told);
    remove_all(w->copy);
    w->stops++;
    w->busy = false;
}

TEST(nothing_acknowledged_is_lost_when_the_power_fails)
{
    static struct power power;
    const char *dir = new_place(&g);
    char copy[TEST_PATH];
    struct told told = {0};
    struct watching w = {.dir = dir, .copy = copy, .told = &told, .power = &power};
    snprintf(copy, sizeof copy, "%s/copy", g.base);
    make_log(dir, 0);
    power_start(&power, dir);
    file_watch(power_fails_here, &w);
    CHECK(live(dir, &told));
    file_watch(NULL, NULL);
    CHECK(w.stops > 80);
    power_done(&power);
    drop_place(&g);
}

static void power_goes_on(void *context, enum file_step step, const char *path)
{
    power_step(context, step, path);
}

TEST(what_a_killed_process_wrote_is_durable_before_it_is_signed)
{
    static struct power power;
    struct buf with = {0}, without = {0};
    const char *dir = new_place(&g), *file = "journal/00000000000000000000";
    char copy[TEST_PATH];
    snprintf(copy, sizeof copy, "%s/copy", g.base);
    make_log(dir, 5);
    read_all(dir, file, &without);
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 5, START_MS, NULL));
    ledger_close(l);
    read_all(dir, file, &with);
    write_all(dir, file, buf_view(&without));
    power_start(&power, dir);
    write_all(dir, file, buf_view(&with)); /* written, and killed before the sync */
    file_watch(power_goes_on, &power);
    l = open_log(dir);
    file_watch(NULL, NULL);
    CHECK(state_of(l).published_size == 10);
    ledger_close(l);
    power_back(&power, copy);
    const struct told told = {.acknowledged = 10};
    check_start(copy, &told);
    buf_done(&with);
    buf_done(&without);
    power_done(&power);
    drop_place(&g);
}

TEST(a_log_is_made_whole_or_not_at_all)
{
    const char *dir = new_place(&g);
    int64_t k = 1;
    for (bool done = false; !done; k++) {
        file_fail_at(k);
        done = ok(ledger_create(dir, log_key()));
        file_fail_at(0);
        if (done) break;
        struct ledger *l = NULL;
        rc r = ledger_open(dir, log_key(), NULL, &l); /* only the last sync may fail behind it */
        CHECK(r.code == E_NOT_FOUND || ok(r));
        if (ok(r)) CHECK(!state_of(l).read_only);
        ledger_close(l);
        remove_all(dir);
        CHECK(!exists(g.base, "log.part"));
    }
    CHECK(k > 15);
    check_public(dir);
    drop_place(&g);
}

TEST(a_lack_of_memory_stops_nothing_for_good)
{
    const char *dir = new_place(&g);
    CHECK_EVERY_ALLOCATION(ledger_create(dir, log_key()), remove_all(dir));
    struct ledger *l = NULL;
    CHECK_EVERY_ALLOCATION(ledger_open(dir, log_key(), NULL, &l), ledger_close(l); l = NULL);
    CHECK(!state_of(l).read_only);
    CHECK_EVERY_ALLOCATION(append_some(l, 300, START_MS, NULL), CHECK(state_of(l).size == 0));
    CHECK(state_of(l).size == 300);
    CHECK_EVERY_ALLOCATION(ledger_publish(l), CHECK(!state_of(l).read_only));
    CHECK(check_public(dir) == 300);
    uint64_t expected = 0;
    CHECK_EVERY_ALLOCATION(ledger_each_beside(l, 0, &expected, check_beside), expected = 0);
    CHECK(expected == 300);
    CHECK_EVERY_ALLOCATION(ledger_trim(l, 100, true), (void)0);
    ledger_close(l);
    l = NULL;
    CHECK_EVERY_ALLOCATION(ledger_open(dir, log_key(), NULL, &l), ledger_close(l); l = NULL);
    CHECK(!state_of(l).read_only && state_of(l).size == 300);
    ledger_close(l);
    CHECK(check_public(dir) == 300);
    drop_place(&g);
}

TESTS(RUN(nothing_acknowledged_is_lost_whichever_write_fails),
      RUN(nothing_acknowledged_is_lost_when_the_process_is_killed),
      RUN(nothing_acknowledged_is_lost_when_the_power_fails),
      RUN(what_a_killed_process_wrote_is_durable_before_it_is_signed),
      RUN(a_log_is_made_whole_or_not_at_all), RUN(a_lack_of_memory_stops_nothing_for_good))
