/* SPDX-License-Identifier: Apache-2.0 */
#include "tiny_log.h"

/* A log and a mirror of it, and what the mirror asked for. */
struct pair {
    char source[64], copy[64];
    struct arena mem;
    struct ledger_files folder, files;
    struct seal_verifier key;
    struct ledger_report report;
    uint64_t n_reads, n_bundles, fail_at; /* fail_at 0: never */
};

static rc read_counted(void *context, const char *path, size_t limit_bytes, struct buf *out)
{
    struct pair *p = context;
    p->n_reads++;
    p->n_bundles += strstr(path, "entries") != NULL;
    if (p->n_reads == p->fail_at) return FAIL(E_NETWORK, "test: no connection");
    return p->folder.read(p->folder.context, path, limit_bytes, out);
}

static void pair_init(struct pair *p)
{
    memset(p, 0, sizeof *p);
    tiny_folder(p->source);
    tiny_folder(p->copy);
    arena_init(&p->mem, 0);
    CHECK_OK(ledger_folder(p->source, &p->mem, &p->folder));
    p->files = (struct ledger_files){p, read_counted, NULL};
    p->key = tiny_key();
}

static void pair_done(struct pair *p)
{
    arena_done(&p->mem);
    tiny_remove(p->source);
    tiny_remove(p->copy);
}

static rc mirror(struct pair *p)
{
    p->n_reads = p->n_bundles = 0;
    return ledger_mirror(&p->files, p->copy, &p->key, 1, NULL, &p->report);
}

static uint64_t count_faults(const char *dir, uint64_t *out_size)
{
    struct arena mem;
    struct ledger_files files;
    struct ledger_report report;
    struct seal_verifier key = tiny_key();
    arena_init(&mem, 0);
    CHECK_OK(ledger_folder(dir, &mem, &files));
    CHECK_OK(ledger_verify(&files, &key, 1, NULL, &report));
    arena_done(&mem);
    if (out_size) *out_size = report.size;
    return report.n_faults;
}

static void check_copy(const struct pair *p, uint64_t size)
{
    uint64_t found;
    CHECK(count_faults(p->copy, &found) == 0);
    CHECK(found == size);
}

static size_t n_forks(const char *dir)
{
    struct arena mem;
    struct view *names;
    size_t n, n_forks = 0;
    arena_init(&mem, 0);
    CHECK_OK(folder_names(dir, &mem, &names, &n));
    for (size_t i = 0; i < n; i++)
        n_forks += view_starts(names[i], VIEW("fork-")) && view_ends(names[i], VIEW(".checkpoint"));
    arena_done(&mem);
    return n_forks;
}

static bool has(const char *dir, const char *path)
{
    return folder_has(dir, path);
}

static void flip(const char *dir, const char *path, size_t at)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    tiny_read(dir, path, &bytes);
    CHECK(bytes.n > 0);
    bytes.p[at % bytes.n] ^= 1;
    tiny_write(dir, path, buf_view(&bytes));
}

TEST(a_mirror_follows_a_log_that_grows)
{
    static const uint64_t k_sizes[] = {0, 3, 5, 255, 256, 300, 300, 700, 65800};
    struct pair p;
    struct tiny t = {.word = "a"};
    uint64_t before = 0;
    pair_init(&p);
    for (size_t i = 0; i < COUNT_OF(k_sizes); i++) {
        tiny_publish(&t, p.source, k_sizes[i]);
        CHECK_OK(mirror(&p));
        check_copy(&p, k_sizes[i]);
        CHECK(p.report.size == k_sizes[i] && p.report.n_signed == 1);
        /* What is there already is not asked for again; what is partial comes at once. */
        CHECK(p.n_bundles == (k_sizes[i] + 255) / 256 - before / 256 || k_sizes[i] == before);
        before = k_sizes[i];
    }
    CHECK(!has(p.copy, "tile/0/000.p") && !has(p.copy, "tile/entries/000.p"));
    CHECK(has(p.copy, "tile/0/257.p/8"));
    pair_done(&p);
    tiny_done(&t);
}

TEST(a_mirror_that_was_stopped_goes_on_where_it_was)
{
    struct pair p;
    struct tiny t = {.word = "a"};
    uint64_t n_all, n_sum = 0;
    pair_init(&p);
    tiny_publish(&t, p.source, 3000);
    CHECK_OK(mirror(&p));
    n_all = p.n_reads;
    tiny_remove(p.copy);
    for (int tries = 0;; tries++) {
        p.fail_at = 9;
        rc r = mirror(&p);
        n_sum += p.n_reads;
        if (ok(r)) break;
        CHECK(r.code == E_NETWORK && !has(p.copy, "checkpoint"));
        CHECK(tries < 30);
    }
    CHECK(n_sum < 2 * n_all); /* only the checkpoint is asked for each time */
    check_copy(&p, 3000);
    pair_done(&p);
    tiny_done(&t);
}

TEST(what_a_stopped_mirror_left_half_is_fetched_again)
{
    struct pair p;
    struct tiny t = {.word = "a"};
    pair_init(&p);
    tiny_publish(&t, p.source, 700);
    CHECK_OK(mirror(&p));
    CHECK_OK(folder_remove(p.copy, "checkpoint"));
    flip(p.copy, "tile/entries/001", 5000);
    flip(p.copy, "tile/0/000", 77);
    flip(p.copy, "tile/1/000.p/2", 7);
    tiny_write(p.copy, "tile/entries/002.p/188", VIEW(""));
    CHECK_OK(mirror(&p));
    check_copy(&p, 700);
    CHECK(p.n_bundles == 2 && p.report.n_tiles == 4);
    pair_done(&p);
    tiny_done(&t);
}

TEST(wrong_bytes_of_a_source_never_get_into_a_mirror)
{
    static const char *const k_files[] = {
        "tile/0/000",       "tile/0/001.p/44",       "tile/1/000.p/1",
        "tile/entries/000", "tile/entries/001.p/44", "checkpoint"};
    struct pair p;
    struct tiny t = {.word = "a"};
    pair_init(&p);
    tiny_publish(&t, p.source, 3);
    CHECK_OK(mirror(&p));
    tiny_publish(&t, p.source, 300);
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        flip(p.source, k_files[i], 40);
        rc r = mirror(&p);
        if (r.code != E_DAMAGED) fail_msg("%s: %d %s", k_files[i], (int)r.code, rc_message());
        check_copy(&p, 3);
        CHECK(n_forks(p.copy) == 0);
        flip(p.source, k_files[i], 40);
    }
    CHECK_OK(mirror(&p));
    check_copy(&p, 300);
    pair_done(&p);
    tiny_done(&t);
}

static void check_fork(uint64_t ours, uint64_t theirs)
{
    struct pair p;
    struct tiny t = {.word = "a"}, fork = {.word = "a", .other = "b", .fork_at = 2};
    CLEANUP(buf_done) struct buf before = {0}, after = {0};
    pair_init(&p);
    tiny_publish(&t, p.source, ours);
    CHECK_OK(mirror(&p));
    tiny_read(p.copy, "checkpoint", &before);
    tiny_remove(p.source);
    CHECK_OK(folders_make(p.source));
    tiny_publish(&fork, p.source, theirs);
    CHECK_FAILS(E_DAMAGED, mirror(&p));
    CHECK_MESSAGE("two trees");
    CHECK(n_forks(p.copy) == 2);
    CHECK_FAILS(E_DAMAGED, mirror(&p));
    CHECK(n_forks(p.copy) == 2);
    tiny_read(p.copy, "checkpoint", &after);
    CHECK(view_eq(buf_view(&before), buf_view(&after)));
    check_copy(&p, ours);
    pair_done(&p);
    tiny_done(&t);
    tiny_done(&fork);
}

TEST(a_fork_changes_nothing_and_is_kept_as_evidence)
{
    check_fork(300, 700); /* larger */
    check_fork(300, 300);
    check_fork(300, 5); /* smaller */
    check_fork(3, 3);
}

TEST(an_old_view_of_the_log_is_no_fork)
{
    struct pair p;
    struct tiny t = {.word = "a"};
    pair_init(&p);
    tiny_publish(&t, p.source, 700);
    CHECK_OK(mirror(&p));
    tiny_put_checkpoint(&t, p.source, 300);
    CHECK_OK(mirror(&p));
    check_copy(&p, 700);
    CHECK(p.n_bundles == 0 && p.report.size == 700);
    tiny_put_checkpoint(&t, p.source, 0);
    CHECK_OK(mirror(&p));
    check_copy(&p, 700);
    pair_done(&p);
    tiny_done(&t);
}

TEST(a_mirror_gets_the_lines_of_witnesses_that_came_later)
{
    struct pair p;
    struct tiny t = {.word = "a"};
    CLEANUP(buf_done) struct buf note = {0}, copied = {0};
    struct seal_signer witness = tiny_signer("witness.example/w1", SEAL_TYPE_COSIGNATURE, "w1");
    pair_init(&p);
    tiny_publish(&t, p.source, 300);
    CHECK_OK(mirror(&p));
    tiny_read(p.source, "checkpoint", &note);
    struct seal_note parts;
    CHECK_OK(seal_note_parse(buf_view(&note), &p.mem, &parts));
    CLEANUP(buf_done) struct buf line = {0};
    CHECK_OK(seal_sign_line(&witness, parts.text, 1700000000, &line));
    CHECK_OK(buf_add(&note, buf_view(&line)));
    tiny_write(p.source, "checkpoint", buf_view(&note));
    const struct seal_verifier keys[] = {p.key, seal_signer_verifier(&witness)};
    CHECK_OK(ledger_mirror(&p.files, p.copy, keys, 2, NULL, &p.report));
    CHECK(p.report.n_signed == 2);
    tiny_read(p.copy, "checkpoint", &copied);
    CHECK(view_eq(buf_view(&note), buf_view(&copied)));
    pair_done(&p);
    tiny_done(&t);
}

TEST(a_full_disk_leaves_a_mirror_that_verifies)
{
    struct pair p;
    struct tiny t = {.word = "a"};
    pair_init(&p);
    tiny_publish(&t, p.source, 3);
    CHECK_OK(mirror(&p));
    tiny_publish(&t, p.source, 300);
    for (int64_t k = 1;; k++) {
        uint64_t size;
        file_fail_at(k);
        rc r = mirror(&p);
        file_fail_at(0);
        CHECK(count_faults(p.copy, &size) == 0);
        if (ok(r)) break;
        CHECK(r.code == E_SPACE && (size == 3 || size == 300));
        CHECK(k < 100);
    }
    check_copy(&p, 300);
    CHECK_EVERY_ALLOCATION(mirror(&p), tiny_put_checkpoint(&t, p.source, 300));
    pair_done(&p);
    tiny_done(&t);
}

/* ---- repair ---- */

#include "ledger/writing_int.h"

/* A log folder of a public one, as a writer leaves it. */
static void make_log(const char *dir, struct tiny *t, uint64_t size)
{
    char path[128];
    struct seal_verifier key = tiny_key();
    struct promise promise = {.size = size};
    snprintf(path, sizeof path, "%s/public", dir);
    CHECK_OK(folders_make(path));
    tiny_publish(t, path, size);
    promise.root = tiny_root(t, size);
    CHECK_OK(promise_write(dir, &promise));
    snprintf(path, sizeof path, "%s/journal", dir);
    CHECK_OK(folder_make(path));
    CHECK_OK(log_file_write(dir, &key));
}

struct fixed {
    uint64_t n;
};
static void count_fixed(void *context, const struct ledger_fault *fault)
{
    struct fixed *f = context;
    CHECK(fault->what.n > 0);
    f->n++;
}

TEST(a_damaged_log_is_put_right_from_a_mirror)
{
    static const char *const k_files[] = {"public/tile/0/000",
                                          "public/tile/0/001.p/44",
                                          "public/tile/1/000.p/1",
                                          "public/tile/entries/000",
                                          "public/tile/entries/001.p/44",
                                          "public/checkpoint",
                                          "public/key",
                                          "promised"};
    struct pair p;
    struct tiny t = {.word = "a"};
    struct fixed fixed = {0};
    const struct ledger_watch watch = {&fixed, count_fixed, NULL};
    struct seal_signer key = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log1");
    pair_init(&p);
    tiny_publish(&t, p.source, 300);
    make_log(p.copy, &t, 300);
    for (int how = 0; how < 3; how++)
        for (size_t i = 0; i < COUNT_OF(k_files); i++) {
            if (how == 0) flip(p.copy, k_files[i], 40);
            if (how == 1) tiny_write(p.copy, k_files[i], VIEW("x"));
            if (how == 2) CHECK_OK(folder_remove(p.copy, k_files[i]));
            fixed.n = 0;
            CHECK_OK(ledger_repair(p.copy, &p.files, &watch));
            if (i < 5) CHECK(fixed.n == 1);
            CHECK(count_faults(p.copy, NULL) == 0);
            struct ledger *l = NULL;
            struct ledger_state state;
            CHECK_OK(ledger_open(p.copy, &key, NULL, &l));
            ledger_state(l, &state);
            if (state.read_only) fail_msg("%s: %.*s", k_files[i], VIEW_ARG(state.why));
            CHECK(state.size == 300);
            ledger_close(l);
        }
    pair_done(&p);
    tiny_done(&t);
}

TEST(a_log_goes_on_after_a_repair_from_a_mirror_that_has_more)
{
    struct pair p;
    struct tiny t = {.word = "a"};
    struct seal_signer key = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log1");
    struct ledger *l = NULL;
    struct ledger_state state;
    struct ledger_place place;
    struct ledger_item item = {.id = {{1}}};
    pair_init(&p);
    make_log(p.copy, &t, 300); /* the log lost what came after, and had begun a journal */
    CHECK_OK(ledger_open(p.copy, &key, NULL, &l));
    CHECK_OK(ledger_append(l, &item, 1, 1800000000000, &place));
    ledger_close(l);
    tiny_publish(&t, p.source, 700);
    CHECK_OK(ledger_repair(p.copy, &p.files, NULL));
    CHECK_OK(ledger_open(p.copy, &key, NULL, &l));
    ledger_state(l, &state);
    if (state.read_only) fail_msg("%.*s", VIEW_ARG(state.why));
    CHECK(state.size == 700 && state.published_size == 700);
    CHECK_OK(ledger_append(l, &item, 1, 1900000000000, &place));
    CHECK(place.index == 700);
    CHECK_OK(ledger_publish(l));
    ledger_close(l);
    CHECK(count_faults(p.copy, NULL) == 0);
    pair_done(&p);
    tiny_done(&t);
}

TEST(a_log_is_not_repaired_into_a_fork)
{
    struct pair p;
    struct tiny t = {.word = "a"}, fork = {.word = "a", .other = "b", .fork_at = 299};
    pair_init(&p);
    make_log(p.copy, &t, 300);
    tiny_grow(&fork, 700);
    tiny_publish(&t, p.source, 299);
    CHECK_FAILS(E_DAMAGED, ledger_repair(p.copy, &p.files, NULL)); /* less than was promised */
    CHECK_MESSAGE("299");
    tiny_publish(&fork, p.source, 700);
    CHECK_FAILS(E_DAMAGED, ledger_repair(p.copy, &p.files, NULL));
    CHECK_OK(folder_remove(p.copy, "promised")); /* then the checkpoint still says it */
    CHECK_FAILS(E_DAMAGED, ledger_repair(p.copy, &p.files, NULL));
    CHECK(count_faults(p.copy, NULL) == 0);
    struct seal_signer key = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log1");
    struct ledger *l = NULL;
    tiny_publish(&t, p.source, 300);
    CHECK_OK(ledger_repair(p.copy, &p.files, NULL));
    CHECK_OK(ledger_open(p.copy, &key, NULL, &l));
    CHECK_FAILS(E_BUSY, ledger_repair(p.copy, &p.files, NULL));
    ledger_close(l);
    pair_done(&p);
    tiny_done(&t);
    tiny_done(&fork);
}

TESTS(RUN(a_mirror_follows_a_log_that_grows), RUN(a_mirror_that_was_stopped_goes_on_where_it_was),
      RUN(what_a_stopped_mirror_left_half_is_fetched_again),
      RUN(wrong_bytes_of_a_source_never_get_into_a_mirror),
      RUN(a_fork_changes_nothing_and_is_kept_as_evidence), RUN(an_old_view_of_the_log_is_no_fork),
      RUN(a_mirror_gets_the_lines_of_witnesses_that_came_later),
      RUN(a_full_disk_leaves_a_mirror_that_verifies), RUN(a_damaged_log_is_put_right_from_a_mirror),
      RUN(a_log_goes_on_after_a_repair_from_a_mirror_that_has_more),
      RUN(a_log_is_not_repaired_into_a_fork))
