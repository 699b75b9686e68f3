/* SPDX-License-Identifier: Apache-2.0 */
#include "logs.h"

#include "ledger/ledger_int.h"

#include <sys/wait.h>

static struct place g;

static void check_stopped(const char *dir, const char *why)
{
    struct ledger_item item = {0};
    struct ledger_place place;
    CLEANUP(buf_done) struct buf before = {0}, after = {0};
    read_all(dir, "public/checkpoint", &before);
    struct ledger *l = open_log(dir);
    struct ledger_state s = state_of(l);
    if (!s.read_only) fail_msg("not stopped by: %s", why);
    if (!strstr((const char *)s.why.p, why)) fail_msg("\"%.*s\" lacks %s", VIEW_ARG(s.why), why);
    CHECK_FAILS(E_READ_ONLY, ledger_append(l, &item, 1, START_MS, &place));
    CHECK_MESSAGE(why);
    CHECK_FAILS(E_READ_ONLY, ledger_publish(l));
    struct seal_hash hash;
    CHECK_FAILS(E_READ_ONLY, ledger_attach(l, VIEW("x"), &hash));
    ledger_close(l);
    read_all(dir, "public/checkpoint", &after);
    CHECK(view_eq(buf_view(&before), buf_view(&after))); /* nothing was signed */
}

static void flip(const char *dir, const char *name, size_t at)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    read_all(dir, name, &bytes);
    CHECK(at < bytes.n);
    bytes.p[at] ^= 1;
    write_all(dir, name, buf_view(&bytes));
}

/* ---- who may open ---- */

TEST(two_programs_cannot_write_one_log)
{
    const struct ledger_options look = {.look_only = true};
    const char *dir = new_place(&g);
    make_log(dir, 3);
    struct ledger *l = open_log(dir), *second = NULL;
    CHECK_FAILS(E_BUSY, ledger_open(dir, log_key(), NULL, &second));
    pid_t child = fork();
    if (child == 0) {
        rc r = ledger_open(dir, log_key(), NULL, &second);
        _exit(r.code == E_BUSY ? 0 : 1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_OK(ledger_open(dir, NULL, &look, &second)); /* looking on disturbs nobody */
    CHECK(state_of(second).size == 3 && !state_of(second).read_only);
    ledger_close(second);
    CHECK_OK(append_some(l, 2, START_MS, NULL));
    CHECK_OK(ledger_open(dir, NULL, &look, &second));
    CHECK(state_of(second).size == 5 && state_of(second).published_size == 3);
    struct ledger_item item = {0};
    struct ledger_place place;
    CHECK_FAILS(E_READ_ONLY, ledger_append(second, &item, 1, START_MS, &place));
    CHECK_FAILS(E_READ_ONLY, ledger_publish(second));
    ledger_close(second);
    ledger_close(l);
    l = open_log(dir); /* the lock goes with its holder */
    CHECK(state_of(l).published_size == 5);
    ledger_close(l);
    drop_place(&g);
}

TEST(only_the_key_of_a_log_opens_it)
{
    struct seal_signer other = *log_key();
    struct ledger *l = NULL;
    uint8_t seed[SEAL_SEED_BYTES] = {1};
    const char *dir = new_place(&g);
    CHECK_FAILS(E_NOT_FOUND, ledger_open(dir, log_key(), NULL, &l));
    CHECK_OK(seal_signer_init(VIEW(LOG_NAME), SEAL_TYPE_COSIGNATURE, seed, &other));
    CHECK_FAILS(E_USAGE, ledger_create(dir, &other));
    make_log(dir, 1);
    CHECK_OK(seal_signer_init(VIEW(LOG_NAME), SEAL_TYPE_ED25519, seed, &other));
    CHECK_FAILS(E_INPUT, ledger_open(dir, &other, NULL, &l));
    CHECK_FAILS(E_USAGE, ledger_open(dir, NULL, NULL, &l));
    other = *log_key();
    other.name = VIEW("other.example/log");
    CHECK_FAILS(E_INPUT, ledger_open(dir, &other, NULL, &l));
    CHECK(l == NULL);
    drop_place(&g);
}

TEST(a_folder_of_a_newer_program_is_left_alone)
{
    struct ledger *l = NULL;
    CLEANUP(buf_done) struct buf text = {0};
    const char *dir = new_place(&g);
    make_log(dir, 1);
    read_all(dir, "log", &text);
    static const struct {
        const char *line;
        enum err code;
    } k_lines[] = {{"sanad/log/v2\n", E_VERSION}, {"sanad/log/v0\n", E_FORMAT},
                   {"sanad/log/v01\n", E_FORMAT}, {"sanad/log/v\n", E_FORMAT},
                   {"another log\n", E_FORMAT},   {"", E_FORMAT}};
    for (size_t i = 0; i < COUNT_OF(k_lines); i++) {
        CLEANUP(buf_done) struct buf changed = {0};
        CHECK_OK(buf_add(&changed, view_cstr(k_lines[i].line)));
        CHECK_OK(buf_add(&changed, view_slice(buf_view(&text), 13, text.n)));
        write_all(dir, "log", buf_view(&changed));
        CHECK_FAILS(k_lines[i].code, ledger_open(dir, log_key(), NULL, &l));
    }
    write_all(dir, "log", buf_view(&text));
    ledger_close(open_log(dir));
    CHECK_OK(buf_add(&text, VIEW("more\n")));
    write_all(dir, "log", buf_view(&text));
    CHECK_FAILS(E_FORMAT, ledger_open(dir, log_key(), NULL, &l));
    drop_place(&g);
}

TEST(a_folder_with_other_things_in_it_does_not_become_a_log)
{
    const char *dir = new_place(&g);
    CHECK(mkdir(dir, 0755) == 0);
    write_all(dir, "letter", VIEW("dear"));
    CHECK_FAILS(E_DUPLICATE, ledger_create(dir, log_key()));
    CHECK(unlink(below(dir, "letter")) == 0);
    CHECK_OK(ledger_create(dir, log_key())); /* empty, it does */
    ledger_close(open_log(dir));
    CHECK_FAILS(E_NOT_FOUND, ledger_create(below(g.base, "none/log"), log_key()));
    /* What a run that was stopped left beside it is in nobody's way. */
    char other[TEST_PATH];
    snprintf(other, sizeof other, "%s/other", g.base);
    CHECK(mkdir(below(g.base, "other.part"), 0755) == 0);
    write_all(g.base, "other.part/log", VIEW("half"));
    CHECK_OK(ledger_create(other, log_key()));
    ledger_close(open_log(other));
    CHECK(!exists(g.base, "other.part"));
    drop_place(&g);
}

/* ---- what a log never signs ---- */

TEST(a_log_that_lost_its_end_never_signs_another)
{
    static const char *const k_entries[] = {"public/tile/entries/001.p/44",
                                            "public/tile/0/001.p/44", "public/tile/1/000.p/1"};
    for (size_t i = 0; i < COUNT_OF(k_entries); i++) {
        const char *dir = new_place(&g);
        make_log(dir, 300);
        flip(dir, k_entries[i], 20);
        check_stopped(dir, i == 0 ? "" : "tiles");
        flip(dir, k_entries[i], 20);
        CHECK(truncate(below(dir, k_entries[i]), 31) == 0);
        check_stopped(dir, "");
        CHECK(unlink(below(dir, k_entries[i])) == 0);
        check_stopped(dir, "cannot open");
        drop_place(&g);
    }
}

TEST(a_log_put_back_to_an_older_day_never_signs_a_fork)
{
    const char *dir = new_place(&g);
    char old[TEST_PATH];
    snprintf(old, sizeof old, "%s/old", g.base);
    make_log(dir, 300);
    copy_tree(dir, old);
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 10, START_MS, NULL));
    CHECK_OK(ledger_publish(l));
    ledger_close(l);
    /* All of the old day but the promise. */
    CLEANUP(buf_done) struct buf promised = {0};
    read_all(dir, "promised", &promised);
    write_all(old, "promised", buf_view(&promised));
    check_stopped(old, "310 entries were promised and 300 are there");
    /* Then other entries in the journal under the promise of the first. */
    CHECK(unlink(below(old, "promised")) == 0);
    check_stopped(old, "promised");
    struct promise p = {.size = 300};
    struct arena mem CLEANUP(arena_done) = {0};
    p.root = checkpoint_of(old, &mem).root;
    CHECK_OK(promise_write(old, &p));
    l = open_log(old);
    CHECK_OK(append_some(l, 12, START_MS + 1, NULL));
    ledger_close(l);
    write_all(old, "promised", buf_view(&promised));
    check_stopped(old, "another tree than promised");
    drop_place(&g);
}

TEST(a_promise_that_cannot_be_read_stops_the_log)
{
    const char *dir = new_place(&g);
    make_log(dir, 3);
    struct promise p;
    CHECK_OK(promise_read(dir, &p));
    CHECK(p.size == 3);
    flip(dir, "promised", 20); /* the place of size 0, or of size 3 */
    flip(dir, "promised", 4096 + 20);
    check_stopped(dir, "promised");
    flip(dir, "promised", 20);
    rc r = promise_read(dir, &p);
    CHECK(ok(r) && p.size != 3);
    check_stopped(dir, "0 entries are promised and 3 are signed");
    flip(dir, "promised", 4096 + 20);
    struct ledger *l = open_log(dir);
    CHECK(!state_of(l).read_only);
    ledger_close(l);
    drop_place(&g);
}

TEST(a_checkpoint_that_is_not_ours_stops_the_log)
{
    CLEANUP(buf_done) struct buf note = {0}, other = {0};
    const char *dir = new_place(&g);
    make_log(dir, 3);
    read_all(dir, "public/checkpoint", &note);
    for (size_t i = 0; i < note.n; i += 7) {
        flip(dir, "public/checkpoint", i);
        check_stopped(dir, "");
        flip(dir, "public/checkpoint", i);
    }
    write_all(dir, "public/checkpoint", VIEW(""));
    check_stopped(dir, "");
    /* Of the same key, and another tree of the same size. */
    struct seal_checkpoint c = {.origin = VIEW(LOG_NAME), .size = 3};
    CHECK_OK(seal_checkpoint_print(&c, &other));
    buf_reset(&note);
    CHECK_OK(seal_note_write(buf_view(&other), log_key(), 1, &note));
    write_all(dir, "public/checkpoint", buf_view(&note));
    check_stopped(dir, "another tree than promised");
    struct promise p = {.size = 3};
    CHECK_OK(promise_write(dir, &p));
    check_stopped(dir, "another root");
    c.origin = VIEW("other.example/log");
    buf_reset(&other);
    buf_reset(&note);
    CHECK_OK(seal_checkpoint_print(&c, &other));
    CHECK_OK(seal_note_write(buf_view(&other), log_key(), 1, &note));
    write_all(dir, "public/checkpoint", buf_view(&note));
    check_stopped(dir, "of another log");
    drop_place(&g);
}

TEST(a_restored_log_takes_nothing_until_it_is_confirmed)
{
    const char *dir = new_place(&g);
    make_log(dir, 3);
    write_all(dir, "restored", VIEW("restored from a backup of Monday\n"));
    check_stopped(dir, "Monday");
    CHECK(unlink(below(dir, "restored")) == 0);
    struct ledger *l = open_log(dir);
    CHECK(!state_of(l).read_only);
    ledger_close(l);
    drop_place(&g);
}

TEST(a_log_without_a_journal_goes_on_from_its_tiles)
{
    const char *dir = new_place(&g);
    make_log(dir, 300);
    CHECK(unlink(below(dir, "journal/00000000000000000000")) == 0);
    struct ledger *l = open_log(dir);
    CHECK(!state_of(l).read_only && state_of(l).size == 300);
    CHECK(state_of(l).received_ms == START_MS);
    CHECK_OK(append_some(l, 300, START_MS, NULL));
    CHECK_OK(ledger_publish(l));
    ledger_close(l);
    CHECK(check_public(dir) == 600);
    drop_place(&g);
}

TEST(a_start_finds_its_way_when_full_tiles_came_before_the_checkpoint)
{
    CLEANUP(buf_done) struct buf old = {0};
    const char *dir = new_place(&g);
    make_log(dir, 200);
    read_all(dir, "public/checkpoint", &old);
    struct ledger *l = open_log(dir);
    CHECK_OK(append_some(l, 100, START_MS, NULL));
    CHECK_OK(ledger_publish(l));
    ledger_close(l);
    CHECK(!exists(dir, "public/tile/0/000.p"));
    write_all(dir, "public/checkpoint", buf_view(&old));
    l = open_log(dir);
    CHECK(!state_of(l).read_only && state_of(l).published_size == 300);
    ledger_close(l);
    CHECK(check_public(dir) == 300);
    drop_place(&g);
}

TEST(partial_tiles_that_a_stopped_run_left_are_swept)
{
    const char *dir = new_place(&g);
    make_log(dir, 300);
    CHECK_OK(folder_make(below(dir, "public/tile/0/000.p")));
    write_all(dir, "public/tile/0/000.p/3", VIEW("x"));
    CHECK_OK(folder_make(below(dir, "public/tile/entries/000.p")));
    ledger_close(open_log(dir));
    CHECK(!exists(dir, "public/tile/0/000.p") && !exists(dir, "public/tile/entries/000.p"));
    CHECK(exists(dir, "public/tile/0/001.p/44"));
    drop_place(&g);
}

/* ---- the disk, the clock on the wall ---- */

/* In a process of its own without the rights of root, who may write everywhere. */
static int open_without_rights(const char *dir)
{
    const struct ledger_options look = {.look_only = true};
    struct ledger *l = NULL;
    if (geteuid() == 0 && setuid(65534) != 0) return 1;
    if (ledger_open(dir, log_key(), NULL, &l).code != E_IO) return 2;
    if (!ok(ledger_open(dir, NULL, &look, &l))) return 3;
    int result = state_of(l).size == 3 && !state_of(l).read_only ? 0 : 4;
    ledger_close(l);
    return result;
}

TEST(a_folder_that_cannot_be_written_is_only_read)
{
    int status;
    const char *dir = new_place(&g);
    make_log(dir, 3);
    CHECK(chmod(g.base, 0755) == 0);
    CHECK(chmod(dir, 0555) == 0 && chmod(below(dir, "lock"), 0444) == 0);
    pid_t child = fork();
    if (child == 0) _exit(open_without_rights(dir));
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    if (WEXITSTATUS(status)) fail_msg("step %d", WEXITSTATUS(status));
    CHECK(chmod(dir, 0755) == 0);
    drop_place(&g);
}

TEST(a_start_after_a_hundred_thousand_entries_takes_less_than_a_second)
{
    const char *dir = new_place(&g);
    make_log(dir, 0);
    struct ledger *l = open_log(dir);
    while (state_of(l).size < 100000) /* none of them published: the longest way */
        CHECK_OK(append_some(l, 2000, START_MS, NULL));
    ledger_close(l);
    uint64_t start = clock_mono_ns();
    l = open_log(dir);
    uint64_t unpublished_ms = (clock_mono_ns() - start) / 1000000;
    CHECK(state_of(l).published_size == 100000);
    ledger_close(l);
    start = clock_mono_ns();
    l = open_log(dir);
    uint64_t ms = (clock_mono_ns() - start) / 1000000;
    ledger_close(l);
    print_message("start: %llu ms with 100,000 entries to publish, %llu ms with none\n",
                  (unsigned long long)unpublished_ms, (unsigned long long)ms);
    /* Sanitizers and valgrind make it ten times as slow. */
    CHECK(unpublished_ms < (getenv("SANAD_SLOW") ? 30000 : 3000) && ms < 3000);
    CHECK(check_public(dir) == 100000);
    drop_place(&g);
}

TESTS(RUN(two_programs_cannot_write_one_log), RUN(only_the_key_of_a_log_opens_it),
      RUN(a_folder_of_a_newer_program_is_left_alone),
      RUN(a_folder_with_other_things_in_it_does_not_become_a_log),
      RUN(a_log_that_lost_its_end_never_signs_another),
      RUN(a_log_put_back_to_an_older_day_never_signs_a_fork),
      RUN(a_promise_that_cannot_be_read_stops_the_log),
      RUN(a_checkpoint_that_is_not_ours_stops_the_log),
      RUN(a_restored_log_takes_nothing_until_it_is_confirmed),
      RUN(a_log_without_a_journal_goes_on_from_its_tiles),
      RUN(a_start_finds_its_way_when_full_tiles_came_before_the_checkpoint),
      RUN(partial_tiles_that_a_stopped_run_left_are_swept),
      RUN(a_folder_that_cannot_be_written_is_only_read),
      RUN(a_start_after_a_hundred_thousand_entries_takes_less_than_a_second))
