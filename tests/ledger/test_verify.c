/* SPDX-License-Identifier: Apache-2.0 */
#include "tiny_log.h"

struct told {
    uint64_t n, progress, of;
    char path[64], what[256];
    uint64_t index;
};

static void note_fault(void *context, const struct ledger_fault *fault)
{
    struct told *t = context;
    if (t->n++ > 0) return;
    snprintf(t->path, sizeof t->path, "%s", fault->path);
    snprintf(t->what, sizeof t->what, "%.*s", VIEW_ARG(fault->what));
    t->index = fault->index;
}

static void note_progress(void *context, uint64_t done, uint64_t of)
{
    struct told *t = context;
    CHECK(done > t->progress && done <= of);
    t->progress = done;
    t->of = of;
}

static rc verify_as(const char *dir, const struct seal_verifier *key, struct told *told,
                    struct ledger_report *report)
{
    struct arena mem;
    struct ledger_files files;
    const struct ledger_watch watch = {told, note_fault, note_progress};
    *told = (struct told){.index = 12345};
    arena_init(&mem, 0);
    CHECK_OK(ledger_folder(dir, &mem, &files));
    rc r = ledger_verify(&files, key, 1, &watch, report);
    arena_done(&mem);
    if (ok(r)) CHECK(report->n_faults == told->n);
    return r;
}

static struct told verify(const char *dir, struct ledger_report *report)
{
    struct seal_verifier key = tiny_key();
    struct told told;
    CHECK_OK(verify_as(dir, &key, &told, report));
    return told;
}

/* Fails unless exactly this is told. index UINT64_MAX: none. */
static void check_told(const char *dir, const char *path, uint64_t index, uint64_t n_most)
{
    struct ledger_report report;
    struct told told = verify(dir, &report);
    if (told.n == 0 || told.n > n_most || strcmp(told.path, path) != 0 || told.index != index)
        fail_msg("%s, %lld: %llu faults, the first %s, %lld: %s", path, (long long)index,
                 (unsigned long long)told.n, told.path, (long long)told.index, told.what);
}

/* Which entry of a bundle a byte belongs to. */
static uint64_t entry_at(const struct buf *bundle, size_t at, uint64_t first)
{
    size_t from = 0;
    struct view entry;
    for (uint64_t i = first;; i++) {
        CHECK_OK(bundle_next(buf_view(bundle), &from, &entry));
        if (at < from) return i;
    }
}

static void flip_each(const char *dir, const char *path, size_t step)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    int level;
    uint64_t index;
    uint32_t width;
    bool bundle = ok(ledger_tile_path_parse(view_cstr(path), &level, &index, &width)) && level < 0;
    tiny_read(dir, path, &bytes);
    for (size_t at = 0; at < bytes.n; at += step) {
        uint64_t entry = bundle ? entry_at(&bytes, at, index * 256) : UINT64_MAX;
        bytes.p[at] ^= (uint8_t)(1 << at % 8);
        tiny_write(dir, path, buf_view(&bytes));
        check_told(dir, path, entry, 1);
        bytes.p[at] ^= (uint8_t)(1 << at % 8);
    }
    tiny_write(dir, path, buf_view(&bytes));
}

TEST(a_whole_log_has_no_fault)
{
    static const uint64_t k_sizes[] = {0, 1, 255, 256, 257, 65536, 66000};
    struct tiny t = {.word = "a"};
    for (size_t i = 0; i < COUNT_OF(k_sizes); i++) {
        struct ledger_report report;
        char dir[64];
        tiny_folder(dir);
        tiny_publish(&t, dir, k_sizes[i]);
        struct told told = verify(dir, &report);
        if (told.n) fail_msg("%llu: %s: %s", (unsigned long long)k_sizes[i], told.path, told.what);
        CHECK(report.size == k_sizes[i] && report.n_entries == k_sizes[i]);
        CHECK(report.n_beyond == 0 && report.n_signed == 1);
        CHECK(told.progress == k_sizes[i] && told.of == k_sizes[i]);
        tiny_remove(dir);
    }
    tiny_done(&t);
}

TEST(one_altered_byte_anywhere_is_told_with_file_and_entry)
{
    char dir[64];
    struct tiny t = {.word = "a"};
    struct ledger_report report;
    tiny_folder(dir);
    tiny_publish(&t, dir, 5);
    static const char *const k_small[] = {"checkpoint", "key", "tile/0/000.p/5",
                                          "tile/entries/000.p/5"};
    for (size_t i = 0; i < COUNT_OF(k_small); i++)
        flip_each(dir, k_small[i], 1);
    tiny_publish(&t, dir, 259); /* the files of the tree of 5 are still there */
    static const char *const k_large[] = {
        "checkpoint",       "tile/0/000",           "tile/0/001.p/3",       "tile/1/000.p/1",
        "tile/entries/000", "tile/entries/001.p/3", "tile/entries/000.p/5", "tile/0/000.p/5"};
    for (size_t i = 0; i < COUNT_OF(k_large); i++)
        flip_each(dir, k_large[i], i == 4 ? 61 : 7);
    CHECK(verify(dir, &report).n == 0);
    tiny_remove(dir);
    tiny_done(&t);
}

TEST(one_altered_byte_in_a_tree_of_three_levels_is_told)
{
    static const char *const k_files[] = {"tile/2/000.p/1",  "tile/1/000", "tile/1/001.p/1",
                                          "tile/0/077",      "tile/0/256", "tile/0/257.p/8",
                                          "tile/entries/077"};
    char dir[64];
    struct tiny t = {.word = "a"};
    tiny_folder(dir);
    tiny_publish(&t, dir, 65800);
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        CLEANUP(buf_done) struct buf bytes = {0};
        tiny_read(dir, k_files[i], &bytes);
        flip_each(dir, k_files[i], bytes.n / 2 + 1);
    }
    tiny_remove(dir);
    tiny_done(&t);
}

static void remove_file(const char *dir, const char *path)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", dir, path);
    CHECK(unlink(whole) == 0);
}

TEST(a_file_that_is_missing_cut_or_too_long_is_told)
{
    static const struct {
        const char *path;
        uint64_t cut, longer; /* index told when it is cut by a byte, and when it has one more */
    } k_files[] = {
        {"tile/0/000", UINT64_MAX, UINT64_MAX},     {"tile/0/001.p/3", UINT64_MAX, UINT64_MAX},
        {"tile/1/000.p/1", UINT64_MAX, UINT64_MAX}, {"tile/entries/000", 255, UINT64_MAX},
        {"tile/entries/001.p/3", 258, UINT64_MAX},  {"checkpoint", UINT64_MAX, UINT64_MAX}};
    char dir[64];
    struct tiny t = {.word = "a"};
    tiny_folder(dir);
    tiny_publish(&t, dir, 259);
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        CLEANUP(buf_done) struct buf bytes = {0}, large = {0};
        tiny_read(dir, k_files[i].path, &bytes);
        tiny_write(dir, k_files[i].path, view_of(bytes.p, bytes.n - 1));
        check_told(dir, k_files[i].path, k_files[i].cut, 1);
        tiny_write(dir, k_files[i].path, VIEW(""));
        check_told(dir, k_files[i].path, i == 3 ? 0 : i == 4 ? 256 : UINT64_MAX, 1);
        CHECK_OK(buf_reserve(&large, 17 << 20, NULL));
        CHECK_OK(buf_add(&large, buf_view(&bytes)));
        CHECK_OK(buf_add_byte(&large, 0));
        tiny_write(dir, k_files[i].path, buf_view(&large));
        check_told(dir, k_files[i].path, k_files[i].longer, 1);
        memset(large.p + large.n, 0, (17 << 20) - large.n);
        tiny_write(dir, k_files[i].path, view_of(large.p, 17 << 20));
        check_told(dir, k_files[i].path, k_files[i].longer, 1);
        remove_file(dir, k_files[i].path);
        check_told(dir, k_files[i].path, UINT64_MAX, 1);
        tiny_write(dir, k_files[i].path, buf_view(&bytes));
    }
    tiny_remove(dir);
    tiny_done(&t);
}

TEST(what_a_crash_left_behind_the_checkpoint_is_no_fault)
{
    char dir[64];
    struct tiny t = {.word = "a"};
    struct ledger_report report;
    tiny_folder(dir);
    tiny_publish(&t, dir, 259);
    tiny_grow(&t, 700);
    tiny_put_tiles(&t, dir, 700);
    tiny_write(dir, "tile/0/001.part.77", VIEW("half"));
    CHECK(verify(dir, &report).n == 0);
    /* 001 and 002.p/188 of both, 1/000.p/2, the half file. */
    CHECK(report.size == 259 && report.n_entries == 259 && report.n_beyond == 6);
    /* What the checkpoint covers of them counts. */
    flip_each(dir, "tile/0/001.p/3", 31);
    CLEANUP(buf_done) struct buf bytes = {0};
    tiny_read(dir, "tile/entries/001", &bytes);
    bytes.p[3] ^= 1;
    tiny_write(dir, "tile/entries/001", buf_view(&bytes));
    check_told(dir, "tile/entries/001", 256, 1);
    /* A full bundle that took the place of the partial one is not told twice. */
    remove_file(dir, "tile/entries/001.p/3");
    check_told(dir, "tile/entries/001", 256, 1);
    bytes.p[3] ^= 1;
    bytes.p[bytes.n - 1] ^= 1; /* behind the checkpoint: nobody can say */
    tiny_write(dir, "tile/entries/001", buf_view(&bytes));
    CHECK(verify(dir, &report).n == 0);
    tiny_remove(dir);
    tiny_done(&t);
}

TEST(several_faults_are_all_told)
{
    char dir[64];
    struct tiny t = {.word = "a"};
    struct ledger_report report;
    CLEANUP(buf_done) struct buf bytes = {0};
    tiny_folder(dir);
    tiny_publish(&t, dir, 700);
    tiny_read(dir, "tile/entries/000", &bytes);
    bytes.p[100] ^= 1;
    bytes.p[bytes.n - 1] ^= 1;
    tiny_write(dir, "tile/entries/000", buf_view(&bytes));
    remove_file(dir, "tile/entries/002.p/188");
    tiny_read(dir, "tile/0/001", &bytes);
    bytes.p[100] ^= 1;
    tiny_write(dir, "tile/0/001", buf_view(&bytes));
    CHECK(verify(dir, &report).n == 4);
    remove_file(dir, "tile/1/000.p/2");
    CHECK(verify(dir, &report).n >= 4);
    tiny_remove(dir);
    tiny_done(&t);
}

struct files_told {
    char path[8][64];
    uint32_t n;
};

static void note_path(void *context, const struct ledger_fault *fault)
{
    struct files_told *t = context;
    if (t->n < 8) snprintf(t->path[t->n], sizeof t->path[0], "%s", fault->path);
    t->n++;
}

/* Fails unless both files are told, and nothing else. */
static void check_both(const char *dir, const char *one, const char *other)
{
    struct arena mem;
    struct ledger_files files;
    struct ledger_report report;
    struct seal_verifier key = tiny_key();
    struct files_told t = {.n = 0};
    const struct ledger_watch watch = {&t, note_path, NULL};
    arena_init(&mem, 0);
    CHECK_OK(ledger_folder(dir, &mem, &files));
    CHECK_OK(ledger_verify(&files, &key, 1, &watch, &report));
    arena_done(&mem);
    bool first = t.n > 0 && strcmp(t.path[0], one) == 0;
    if (t.n != 2 || strcmp(t.path[first ? 0 : 1], one) != 0 ||
        strcmp(t.path[first ? 1 : 0], other) != 0)
        fail_msg("%s, %s: %u told: %s, %s", one, other, t.n, t.path[0], t.path[1]);
}

TEST(of_two_damages_on_one_path_to_the_root_no_good_file_is_blamed)
{
    static const char *const k_above[] = {"tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"};
    static const char *const k_below[] = {"tile/0/136", "tile/0/256", "tile/1/000"};
    char dir[64];
    struct tiny t = {.word = "a"};
    tiny_folder(dir);
    tiny_publish(&t, dir, 65800);
    for (size_t i = 0; i < COUNT_OF(k_above); i++) {
        CLEANUP(buf_done) struct buf above = {0}, below = {0};
        tiny_read(dir, k_above[i], &above);
        tiny_read(dir, k_below[i], &below);
        below.p[100] ^= 1;
        tiny_write(dir, k_below[i], buf_view(&below));
        remove_file(dir, k_above[i]);
        check_both(dir, k_above[i], k_below[i]);
        tiny_write(dir, k_above[i], VIEW(""));
        check_both(dir, k_above[i], k_below[i]);
        above.p[8] ^= 1;
        tiny_write(dir, k_above[i], buf_view(&above));
        check_both(dir, k_above[i], k_below[i]);
        above.p[8] ^= 1;
        below.p[100] ^= 1;
        tiny_write(dir, k_above[i], buf_view(&above));
        tiny_write(dir, k_below[i], buf_view(&below));
    }
    tiny_remove(dir);
    tiny_done(&t);
}

TEST(a_log_that_was_replaced_as_a_whole_is_told)
{
    char dir[64];
    struct tiny t = {.word = "a"}, other = {.word = "a", .other = "b", .fork_at = 300};
    struct ledger_report report;
    tiny_folder(dir);
    tiny_grow(&t, 700);
    tiny_publish(&other, dir, 700);
    tiny_put_checkpoint(&t, dir, 700);
    CHECK(verify(dir, &report).n > 0);
    tiny_remove(dir);
    tiny_done(&t);
    tiny_done(&other);
}

/* Entries that the log itself signed, and that no log of ours may hold. */
static void check_entry_fault(const char *bytes, const char *what)
{
    char dir[64];
    struct tiny t = {.word = "a"};
    struct ledger_report report;
    tiny_folder(dir);
    tiny_grow(&t, 3);
    buf_reset(&t.entries[2]);
    CHECK_OK(buf_add(&t.entries[2], view_cstr(bytes)));
    CHECK_OK(seal_hash_leaf(buf_view(&t.entries[2]), &t.leaves[2]));
    tiny_publish(&t, dir, 3);
    struct told told = verify(dir, &report);
    CHECK(told.n == 1 && told.index == 2 && strcmp(told.path, "tile/entries/000.p/3") == 0);
    if (!strstr(told.what, what)) fail_msg("\"%s\" is told as \"%s\"", what, told.what);
    tiny_remove(dir);
    tiny_done(&t);
}

#define ID "sha256:fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125\n"

TEST(an_entry_the_log_should_never_have_taken_is_told)
{
    check_entry_fault("{\"n\":2}", "line 1");
    check_entry_fault("sanad/entry/v2\n1700000000002\n" ID, "sanad/entry/v2");
    check_entry_fault("sanad/entry/v1\n1600000000000\n" ID, "received at 1600000000000");
    check_entry_fault("sanad/entry/v1\n1700000000002\n" ID "not a note", "");
    check_entry_fault("sanad/entry/v1\n1700000000002\n" ID "a text\n\n\u2014 a.example AAAAAAE=\n",
                      "another id");
}

TEST(a_disk_that_cannot_be_read_is_a_failure_not_a_fault)
{
    char dir[64];
    struct tiny t = {.word = "a"};
    struct ledger_report report;
    struct told told;
    struct seal_verifier key = tiny_key();
    tiny_folder(dir);
    tiny_publish(&t, dir, 259);
    CHECK_EVERY_ALLOCATION(verify_as(dir, &key, &told, &report), (void)0);
    CHECK(told.n == 0);
    tiny_remove(dir);
    tiny_done(&t);
}

TESTS(RUN(a_whole_log_has_no_fault), RUN(one_altered_byte_anywhere_is_told_with_file_and_entry),
      RUN(one_altered_byte_in_a_tree_of_three_levels_is_told),
      RUN(a_file_that_is_missing_cut_or_too_long_is_told),
      RUN(what_a_crash_left_behind_the_checkpoint_is_no_fault), RUN(several_faults_are_all_told),
      RUN(of_two_damages_on_one_path_to_the_root_no_good_file_is_blamed),
      RUN(a_log_that_was_replaced_as_a_whole_is_told),
      RUN(an_entry_the_log_should_never_have_taken_is_told),
      RUN(a_disk_that_cannot_be_read_is_a_failure_not_a_fault))
