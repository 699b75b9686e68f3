/* SPDX-License-Identifier: Apache-2.0 */
#include "logs.h"

#include "ledger/writing_int.h"

#include <signal.h>
#include <sys/resource.h>

static struct place g;

#define FIRST "journal/00000000000000000000"

struct seen {
    uint64_t first, n, with_beside;
};
static rc see(void *context, uint64_t index, const struct ledger_entry *entry, struct view beside)
{
    struct seen *s = context;
    char text[BESIDE_BYTES];
    const struct ledger_item item = item_of(index, text);
    if (s->n == 0) s->first = index;
    CHECK(index == s->first + s->n);
    CHECK(memcmp(&entry->id, &item.id, sizeof item.id) == 0);
    CHECK(view_eq(entry->note, item.note));
    if (beside.n) CHECK(view_eq(beside, item.beside));
    s->with_beside += beside.n > 0;
    s->n++;
    return OK;
}

static struct seen seen_from(struct ledger *l, uint64_t from)
{
    struct seen s = {0};
    CHECK_OK(ledger_each_beside(l, from, &s, see));
    return s;
}

/* Whether some bytes stand in any file of the journal. */
static bool in_journal(const char *dir, const char *bytes)
{
    char command[2 * TEST_PATH];
    snprintf(command, sizeof command, "grep -rqaF '%s' '%s/journal'", bytes, dir);
    return system(command) == 0;
}

static uint64_t files_of(const char *dir)
{
    struct arena mem CLEANUP(arena_done) = {0};
    uint64_t *firsts;
    size_t n;
    CHECK_OK(journal_list(below(dir, "journal"), &mem, &firsts, &n));
    return n;
}

/* ---- a torn end ---- */

TEST(a_group_torn_anywhere_is_dropped_and_the_log_goes_on)
{
    CLEANUP(buf_done) struct buf whole = {0};
    struct journal_end end;
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 2, START_MS, NULL));
    CHECK_OK(journal_read(below(dir, "journal"), 0, 0, NULL, NULL, &end));
    CHECK_OK(append_some(l, 3, START_MS, NULL));
    ledger_close(l);
    read_all(dir, FIRST, &whole);
    CHECK(whole.n > end.last_bytes);
    char start[TEST_PATH], one[TEST_PATH];
    snprintf(start, sizeof start, "%s/start", g.base);
    snprintf(one, sizeof one, "%s/one", g.base);
    CHECK(rename(dir, start) == 0);
    for (size_t n = end.last_bytes; n <= whole.n; n += n + 20 < whole.n ? 13 : 1) {
        copy_tree(start, one);
        write_all(one, FIRST, view_of(whole.p, n));
        l = open_log(one);
        CHECK(!state_of(l).read_only);
        CHECK(state_of(l).size == (n == whole.n ? 5 : 2));
        CHECK_OK(append_some(l, 1, START_MS, NULL)); /* where the torn one stood */
        ledger_close(l);
        l = open_log(one);
        CHECK(!state_of(l).read_only && state_of(l).size == (n == whole.n ? 6 : 3));
        CHECK(seen_from(l, 0).n == state_of(l).size);
        ledger_close(l);
        remove_all(one);
    }
    drop_place(&g);
}

TEST(pages_of_a_group_that_came_to_the_disk_in_another_order_are_no_damage)
{
    CLEANUP(buf_done) struct buf whole = {0};
    struct journal_end end;
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 2, START_MS, NULL));
    CHECK_OK(journal_read(below(dir, "journal"), 0, 0, NULL, NULL, &end));
    CHECK_OK(append_some(l, 200, START_MS, NULL));
    ledger_close(l);
    read_all(dir, FIRST, &whole);
    CHECK(whole.n > end.last_bytes + 8192);
    memset(whole.p + end.last_bytes, 0, 4096); /* its first page never came */
    write_all(dir, FIRST, buf_view(&whole));
    l = open_log(dir);
    CHECK(!state_of(l).read_only && state_of(l).size == 2);
    ledger_close(l);
    drop_place(&g);
}

TEST(a_group_that_stands_twice_counts_once)
{
    CLEANUP(buf_done) struct buf whole = {0}, now = {0};
    struct journal_end end;
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 2, START_MS, NULL));
    CHECK_OK(journal_read(below(dir, "journal"), 0, 0, NULL, NULL, &end));
    CHECK_OK(append_some(l, 3, START_MS, NULL));
    ledger_close(l);
    read_all(dir, FIRST, &whole);
    size_t n = whole.n;
    CHECK_OK(buf_reserve(&whole, n, NULL));
    CHECK_OK(buf_add(&whole, view_slice(buf_view(&whole), (size_t)end.last_bytes, n)));
    write_all(dir, FIRST, buf_view(&whole));
    l = open_log(dir);
    CHECK(state_of(l).size == 5);
    ledger_close(l);
    read_all(dir, FIRST, &now);
    CHECK(now.n == n);
    drop_place(&g);
}

/* ---- damage ---- */

static void make_damaged(const char *dir, size_t at_share)
{
    CLEANUP(buf_done) struct buf whole = {0};
    struct ledger *l = open_log(dir);
    for (int i = 0; i < 4; i++)
        CHECK_OK(append_some(l, 10, START_MS, NULL));
    ledger_close(l);
    read_all(dir, FIRST, &whole);
    whole.p[whole.n * at_share / 100] ^= 1;
    write_all(dir, FIRST, buf_view(&whole));
}

TEST(a_damaged_group_before_good_ones_stops_the_log_and_is_not_cut_off)
{
    CLEANUP(buf_done) struct buf before = {0}, after = {0};
    struct ledger_place place;
    struct ledger_item item = {0};
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    make_damaged(dir, 60);
    read_all(dir, FIRST, &before);
    struct ledger *l = open_log(dir);
    struct ledger_state s = state_of(l);
    CHECK(s.read_only && s.size == 20);
    if (!strstr((const char *)s.why.p, "entry 20")) fail_msg("%.*s", VIEW_ARG(s.why));
    CHECK_FAILS(E_READ_ONLY, ledger_append(l, &item, 1, START_MS, &place));
    CHECK_MESSAGE("entry 20");
    CHECK_FAILS(E_READ_ONLY, ledger_publish(l));
    CHECK_FAILS(E_READ_ONLY, ledger_trim(l, 10, true));
    ledger_close(l);
    read_all(dir, FIRST, &after);
    CHECK(view_eq(buf_view(&before), buf_view(&after)));
    CHECK(check_public(dir) == 0);
    drop_place(&g);
}

TEST(an_acknowledged_group_that_was_promised_cannot_pass_for_a_torn_one)
{
    CLEANUP(buf_done) struct buf whole = {0}, checkpoint = {0};
    const char *dir = new_place(&g);
    make_log(dir, 0);
    read_all(dir, "public/checkpoint", &checkpoint);
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 10, START_MS, NULL));
    CHECK_OK(append_some(l, 10, START_MS, NULL));
    CHECK_OK(ledger_publish(l));
    ledger_close(l);
    write_all(dir, "public/checkpoint", buf_view(&checkpoint)); /* as before the publish */
    read_all(dir, FIRST, &whole);
    write_all(dir, FIRST, view_of(whole.p, whole.n - 1));
    l = open_log(dir);
    CHECK(state_of(l).read_only && state_of(l).size == 10);
    CHECK(strstr((const char *)state_of(l).why.p, "promised"));
    ledger_close(l);
    write_all(dir, FIRST, buf_view(&whole)); /* put back, it goes on */
    l = open_log(dir);
    CHECK(!state_of(l).read_only && state_of(l).published_size == 20);
    ledger_close(l);
    drop_place(&g);
}

TEST(what_lay_beside_published_entries_is_missed_when_it_is_gone)
{
    CLEANUP(buf_done) struct buf whole = {0};
    const char *dir = new_place(&g);
    make_log(dir, 10);
    read_all(dir, FIRST, &whole);
    write_all(dir, FIRST, view_of(whole.p, whole.n - 1));
    struct ledger *l = open_log(dir); /* it looks torn, and tiles have it all */
    CHECK(state_of(l).read_only && strstr((const char *)state_of(l).why.p, "ends at entry 0"));
    ledger_close(l);
    drop_place(&g);
}

TEST(an_entry_that_holds_a_piece_of_the_journal_changes_nothing)
{
    CLEANUP(buf_done) struct buf whole = {0};
    const char *dir = new_place(&g);
    struct ledger_place place;
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 2, START_MS, NULL));
    read_all(dir, FIRST, &whole); /* all of it, mark and salt: more than anybody outside sees */
    struct ledger_item item = {.id = id_of(2), .beside = buf_view(&whole)};
    CHECK_OK(ledger_append(l, &item, 1, START_MS, &place));
    ledger_close(l);
    l = open_log(dir);
    CHECK(state_of(l).size == 3 && !state_of(l).read_only);
    ledger_close(l);
    drop_place(&g);
}

TEST(a_missing_or_headless_file_of_the_journal_is_told)
{
    const struct ledger_options small = {.segment_bytes = 1};
    CLEANUP(buf_done) struct buf whole = {0};
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l;
    CHECK_OK(ledger_open(dir, log_key(), &small, &l));
    for (int i = 0; i < 4; i++)
        CHECK_OK(append_some(l, 10, START_MS, NULL));
    ledger_close(l);
    CHECK(files_of(dir) == 4);
    static const char *const k_files[] = {FIRST, "journal/00000000000000000020",
                                          "journal/00000000000000000030"};
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        read_all(dir, k_files[i], &whole);
        whole.p[40] ^= 1;
        write_all(dir, k_files[i], buf_view(&whole));
        l = open_log(dir);
        CHECK(state_of(l).read_only && state_of(l).size == (i == 0 ? 0 : i == 1 ? 20 : 30));
        ledger_close(l);
        if (i < 2) {
            CHECK(unlink(below(dir, k_files[i])) == 0);
            l = open_log(dir);
            CHECK(state_of(l).read_only);
            CHECK(strstr((const char *)state_of(l).why.p, "missing"));
            ledger_close(l);
        }
        whole.p[40] ^= 1;
        write_all(dir, k_files[i], buf_view(&whole));
    }
    /* A file that was made and never used is no damage. */
    write_all(dir, "journal/00000000000000000040", VIEW("sanadjrn"));
    l = open_log(dir);
    CHECK(!state_of(l).read_only && state_of(l).size == 40);
    CHECK_OK(append_some(l, 1, START_MS, NULL));
    CHECK(seen_from(l, 0).n == 41);
    ledger_close(l);
    drop_place(&g);
}

/* ---- catching up, forgetting ---- */

TEST(a_reader_that_stopped_catches_up_from_where_it_was)
{
    const struct ledger_options small = {.segment_bytes = 3000};
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l;
    CHECK_OK(ledger_open(dir, log_key(), &small, &l));
    for (int i = 0; i < 30; i++)
        CHECK_OK(append_some(l, 7, START_MS, NULL));
    CHECK(files_of(dir) > 3);
    for (uint64_t from = 0; from < 210; from += 11) {
        struct seen s = seen_from(l, from);
        CHECK(s.first == from && s.n == 210 - from);
    }
    CHECK(seen_from(l, 210).n == 0 && seen_from(l, 500).n == 0);
    CHECK(seen_from(l, 0).with_beside == 105);
    ledger_close(l);
    drop_place(&g);
}

static rc refuse(void *context, uint64_t index, const struct ledger_entry *entry,
                 struct view beside)
{
    (void)context, (void)entry, (void)beside;
    return index == 3 ? FAIL(E_INTERRUPTED, "test: enough") : OK;
}

TEST(who_catches_up_may_stop)
{
    const char *dir = new_place(&g);
    make_log(dir, 10);
    struct ledger *l = open_log(dir);
    CHECK_FAILS(E_INTERRUPTED, ledger_each_beside(l, 0, NULL, refuse));
    ledger_close(l);
    drop_place(&g);
}

TEST(trimming_removes_only_what_is_kept_elsewhere_and_published)
{
    const struct ledger_options small = {.segment_bytes = 1};
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l;
    CHECK_OK(ledger_open(dir, log_key(), &small, &l));
    for (int i = 0; i < 5; i++)
        CHECK_OK(append_some(l, 10, START_MS, NULL));
    CHECK_OK(ledger_trim(l, 50, false)); /* nothing is published */
    CHECK(files_of(dir) == 5);
    CHECK_OK(ledger_publish(l));
    uint64_t bytes = state_of(l).journal_bytes;
    CHECK_OK(ledger_trim(l, 29, false));
    CHECK(files_of(dir) == 3);
    CHECK(state_of(l).journal_bytes < bytes);
    CHECK(seen_from(l, 0).first == 20 && seen_from(l, 0).n == 30);
    CHECK_OK(ledger_trim(l, UINT64_MAX, false));
    CHECK(files_of(dir) == 1); /* the one being written */
    ledger_close(l);
    l = open_log(dir);
    CHECK(state_of(l).size == 50 && !state_of(l).read_only);
    struct journal_end end;
    CHECK_OK(journal_read(below(dir, "journal"), 50, 0, NULL, NULL, &end));
    CHECK(end.bytes == state_of(l).journal_bytes);
    CHECK_OK(append_some(l, 1, START_MS, NULL));
    ledger_close(l);
    drop_place(&g);
}

TEST(what_is_erased_stands_in_no_file_and_the_rest_stays)
{
    const char *dir = new_place(&g);
    CHECK_OK(ledger_create(dir, log_key()));
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 40, START_MS, NULL));
    CHECK_OK(append_some(l, 20, START_MS, NULL)); /* one group across the border */
    CHECK(in_journal(dir, "secret 49") && in_journal(dir, "secret 51"));
    CHECK_OK(ledger_trim(l, 50, true)); /* nothing was published yet */
    CHECK(!in_journal(dir, "secret 1") && !in_journal(dir, "secret 39"));
    CHECK(!in_journal(dir, "secret 49") && in_journal(dir, "secret 51"));
    CHECK(state_of(l).published_size == 60 && check_public(dir) == 60);
    CHECK(seen_from(l, 0).n == 60 && seen_from(l, 0).with_beside == 5);
    CHECK_OK(append_some(l, 5, START_MS, NULL));
    CHECK(seen_from(l, 0).n == 65);
    ledger_close(l);
    l = open_log(dir);
    CHECK(state_of(l).size == 65 && !state_of(l).read_only);
    CHECK_OK(ledger_trim(l, 65, true));
    CHECK(!in_journal(dir, "secret"));
    CHECK(seen_from(l, 0).n == 0 && check_public(dir) == 65);
    CHECK_OK(ledger_trim(l, 65, true));
    ledger_close(l);
    l = open_log(dir);
    CHECK(state_of(l).size == 65 && !state_of(l).read_only);
    CHECK_OK(append_some(l, 1, START_MS, NULL));
    CHECK(seen_from(l, 0).first == 65);
    ledger_close(l);
    drop_place(&g);
}

/* ---- failures ---- */

TEST(a_group_whose_sync_failed_is_taken_back)
{
    struct ledger_place places[4];
    for (int64_t k = 1; k <= 2; k++) { /* the write, the fdatasync */
        const char *dir = new_place(&g);
        make_log(dir, 4);
        struct ledger *l = open_log(dir);
        file_fail_at(k);
        places[0].index = 77;
        CHECK_FAILS(E_SPACE, append_some(l, 3, START_MS, places));
        file_fail_at(0);
        CHECK(places[0].index == 77);
        CHECK(state_of(l).read_only && state_of(l).size == 4);
        CHECK_FAILS(E_READ_ONLY, append_some(l, 1, START_MS, NULL));
        CHECK_MESSAGE("cannot");
        CHECK(seen_from(l, 0).n == 4);
        ledger_close(l);
        l = open_log(dir);
        CHECK(!state_of(l).read_only && state_of(l).size == 4);
        ledger_close(l);
        drop_place(&g);
    }
}

TEST(a_disk_that_is_full_stops_the_log_and_costs_nothing)
{
    const char *dir = new_place(&g);
    struct rlimit before, small;
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    make_log(dir, 4);
    struct ledger *l = open_log(dir);
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small = before;
    small.rlim_cur = 4000; /* a part of the group still fits */
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    rc r = append_some(l, 100, START_MS, NULL);
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(r.code == E_SPACE && state_of(l).read_only);
    CHECK(check_public(dir) == 4);
    ledger_close(l);
    l = open_log(dir);
    CHECK(!state_of(l).read_only && state_of(l).size == 4);
    CHECK_OK(append_some(l, 100, START_MS, NULL));
    ledger_close(l);
    drop_place(&g);
}

TESTS(RUN(a_group_that_stands_twice_counts_once),
      RUN(what_lay_beside_published_entries_is_missed_when_it_is_gone),
      RUN(a_disk_that_is_full_stops_the_log_and_costs_nothing),
      RUN(a_group_torn_anywhere_is_dropped_and_the_log_goes_on),
      RUN(pages_of_a_group_that_came_to_the_disk_in_another_order_are_no_damage),
      RUN(a_damaged_group_before_good_ones_stops_the_log_and_is_not_cut_off),
      RUN(an_acknowledged_group_that_was_promised_cannot_pass_for_a_torn_one),
      RUN(an_entry_that_holds_a_piece_of_the_journal_changes_nothing),
      RUN(a_missing_or_headless_file_of_the_journal_is_told),
      RUN(a_reader_that_stopped_catches_up_from_where_it_was), RUN(who_catches_up_may_stop),
      RUN(trimming_removes_only_what_is_kept_elsewhere_and_published),
      RUN(what_is_erased_stands_in_no_file_and_the_rest_stays),
      RUN(a_group_whose_sync_failed_is_taken_back))
