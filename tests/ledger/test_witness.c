/* SPDX-License-Identifier: Apache-2.0 */
#include "tiny_log.h"

#define WITNESS_NAME "witness.example/w1"
#define WITNESS_KEY WITNESS_NAME "+ed8c37d6+BLDvac9mmAMfo6UM3ZhuGEswRR4MUnSlB9TyBI0y+MK1"
#define NOW 1700000000
/* Of three entries, checked by other programs. */
#define THEIR_CHECKPOINT                                                                      \
    TINY_NAME "\n3\nLP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNo=\n\n\u2014 " TINY_NAME        \
              " zH/7MiqSL9sJrAADbH3wDPzb3w2y2t3kb67ESTRS3J9J8Bp6osQ8JKJ1GNGF/P8TRiownm+Okfl/" \
              "ONDkyqj3VVAMEQ0=\n"
#define THEIR_COSIGNATURE                                                       \
    "\u2014 witness.example/w1 "                                                \
    "7Yw31gAAAABlU/EAZSvdm482KtMc+xyH5vky890IT80rKuaBdjbCJggD1zHOn4YqHsPAl7K7H" \
    "A22SO4EUjMApAIQHCF2reUooP5ECA==\n"
#define THEIR_PROOF                                  \
    "+12T5s+QvJRwzZ6p2eEjSJk9s+hUqyt2YONZR2cEX2w=\n" \
    "PR3ndt8IbBrp9wSdK7DAR1rRQYX5h+Bk6NENyy20oyI=\n"
#define ORIGIN_HASH "7c42e348eba080560966591c028aedfb275f5365e1782431380a531118e2043a"

struct desk {
    char dir[64];
    struct seal_signer key;
    struct ledger_witness *w;
    struct tiny log;
    struct ledger_witness_answer answer;
};

static void desk_init(struct desk *d)
{
    memset(d, 0, sizeof *d);
    tiny_folder(d->dir);
    d->key = tiny_signer(WITNESS_NAME, SEAL_TYPE_COSIGNATURE, "w1");
    d->log.word = "a";
    tiny_grow(&d->log, 40);
    CHECK_OK(ledger_witness_open(d->dir, &d->key, &d->w));
    CHECK_OK(ledger_witness_trust(d->w, VIEW(TINY_KEY)));
}

static void desk_done(struct desk *d)
{
    ledger_witness_close(d->w);
    buf_done(&d->answer.body);
    tiny_done(&d->log);
    tiny_remove(d->dir);
}

static void desk_restart(struct desk *d)
{
    ledger_witness_close(d->w);
    CHECK_OK(ledger_witness_open(d->dir, &d->key, &d->w));
}

static rc try_add(struct desk *d, struct view body)
{
    struct ledger_witness_answer made = {0};
    TRY(ledger_witness_add(d->w, body, NOW, &made));
    buf_done(&d->answer.body);
    d->answer = made;
    return OK;
}

static int add(struct desk *d, struct view body)
{
    CHECK_OK(try_add(d, body));
    if (d->answer.status != 200 && d->answer.status != 409)
        CHECK(strcmp(d->answer.content_type, "text/plain; charset=utf-8") == 0 &&
              d->answer.body.n > 1 && d->answer.body.p[d->answer.body.n - 1] == '\n');
    return d->answer.status;
}

static rc read_leaf_tree(void *context, uint32_t level, uint64_t index, struct seal_hash *out)
{
    const struct tiny *t = context;
    return seal_hash_tree(t->leaves + (index << level), UINT64_C(1) << level, out);
}

/* "old", the proof, and the checkpoint of a size. */
static void request(const struct tiny *t, uint64_t old, uint64_t size, struct buf *out)
{
    const struct seal_source source = {(void *)(uintptr_t)t, read_leaf_tree};
    struct seal_proof proof = {0};
    CHECK_OK(buf_addf(out, "old %llu\n", (unsigned long long)old));
    if (old > 0 && old < size) CHECK_OK(seal_prove_consistency(old, size, &source, &proof));
    CHECK_OK(seal_proof_print(&proof, out));
    CHECK_OK(buf_add_byte(out, '\n'));
    tiny_checkpoint(t, size, out);
}

static int ask(struct desk *d, const struct tiny *t, uint64_t old, uint64_t size)
{
    CLEANUP(buf_done) struct buf body = {0};
    request(t, old, size, &body);
    return add(d, buf_view(&body));
}

static void check_cosigned(const struct desk *d, uint64_t size)
{
    CLEANUP(buf_done) struct buf note = {0};
    struct arena mem;
    struct seal_note parts;
    struct seal_verifier keys[2] = {tiny_key()};
    const struct seal_signed *seen;
    struct seal_hash hash;
    struct seal_checkpoint c;
    arena_init(&mem, 0);
    CHECK_OK(seal_verifier_parse(VIEW(WITNESS_KEY), &mem, &keys[1]));
    CHECK_OK(seal_from_hex(VIEW(ORIGIN_HASH), sizeof hash.bytes, hash.bytes));
    CHECK_OK(ledger_witness_latest(d->w, &hash, &note));
    CHECK_OK(seal_note_parse(buf_view(&note), &mem, &parts));
    CHECK_OK(seal_note_check(&parts, keys, 2, &mem, &seen));
    CHECK(seen[0].holds && seen[1].holds && seen[1].time_s == NOW);
    CHECK_OK(seal_checkpoint_parse(parts.text, &c));
    CHECK(c.size == size);
    arena_done(&mem);
}

static size_t n_forks(const struct desk *d)
{
    char path[160];
    struct arena mem;
    struct view *names;
    size_t n = 0;
    arena_init(&mem, 0);
    snprintf(path, sizeof path, "%s/forks/" ORIGIN_HASH, d->dir);
    if (!ok(folder_names(path, &mem, &names, &n))) n = 0;
    arena_done(&mem);
    return n;
}

TEST(a_signature_line_that_stands_twice_is_read_once)
{
    struct desk d;
    CLEANUP(buf_done) struct buf body = {0}, line = {0};
    desk_init(&d);
    request(&d.log, 0, 3, &body);
    size_t n = body.n - 1;
    while (body.p[n - 1] != '\n')
        n--;
    CHECK_OK(buf_add(&line, view_slice(buf_view(&body), n, body.n)));
    CHECK_OK(buf_add(&body, buf_view(&line)));
    CHECK_OK(buf_add(&body, buf_view(&line)));
    CHECK(add(&d, buf_view(&body)) == 200);
    check_cosigned(&d, 3);
    CHECK(ask(&d, &d.log, 3, 5) == 200);
    desk_done(&d);
}

TEST(a_witness_cosigns_as_other_witnesses_do)
{
    struct desk d;
    desk_init(&d);
    CHECK(add(&d, VIEW("old 0\n\n" THEIR_CHECKPOINT)) == 200);
    CHECK_TEXT(buf_view(&d.answer.body), THEIR_COSIGNATURE);
    check_cosigned(&d, 3);
    CHECK(add(&d, VIEW("old 1\n" THEIR_PROOF "\n" THEIR_CHECKPOINT)) == 409);
    CHECK(strcmp(d.answer.content_type, "text/x.tlog.size") == 0);
    CHECK_TEXT(buf_view(&d.answer.body), "3\n");
    desk_done(&d);
}

TEST(a_log_that_grows_is_cosigned_step_by_step)
{
    static const uint64_t k_sizes[] = {0, 0, 1, 3, 3, 4, 7, 8, 40};
    struct desk d;
    uint64_t old = 0;
    desk_init(&d);
    for (size_t i = 0; i < COUNT_OF(k_sizes); i++) {
        if (ask(&d, &d.log, old, k_sizes[i]) != 200)
            fail_msg("%llu to %llu: %d %.*s", (unsigned long long)old,
                     (unsigned long long)k_sizes[i], d.answer.status,
                     VIEW_ARG(buf_view(&d.answer.body)));
        CHECK(view_starts(buf_view(&d.answer.body), VIEW("\u2014 " WITNESS_NAME " ")));
        old = k_sizes[i];
        check_cosigned(&d, old);
        desk_restart(&d);
    }
    CHECK(n_forks(&d) == 0);
    desk_done(&d);
}

TEST(each_refusal_has_the_status_that_clients_expect)
{
    struct desk d;
    CLEANUP(buf_done) struct buf body = {0};
    desk_init(&d);
    CHECK(ask(&d, &d.log, 0, 5) == 200);
    CHECK(ask(&d, &d.log, 6, 5) == 400);
    CHECK(ask(&d, &d.log, 4, 7) == 409);
    CHECK_TEXT(buf_view(&d.answer.body), "5\n");
    CHECK(ask(&d, &d.log, 0, 7) == 409);
    CHECK(ask(&d, &d.log, 3, 3) == 409); /* an old view of the log */
    CHECK_TEXT(buf_view(&d.answer.body), "5\n");
    /* A proof of other sizes, one where there is nothing to prove, none where one is needed. */
    CHECK_OK(buf_addf(&body, "old 5\n" THEIR_PROOF "\n"));
    tiny_checkpoint(&d.log, 7, &body);
    CHECK(add(&d, buf_view(&body)) == 422);
    buf_reset(&body);
    CHECK_OK(buf_addf(&body, "old 5\n" THEIR_PROOF "\n"));
    tiny_checkpoint(&d.log, 5, &body);
    CHECK(add(&d, buf_view(&body)) == 422);
    buf_reset(&body);
    CHECK_OK(buf_addf(&body, "old 5\n\n"));
    tiny_checkpoint(&d.log, 7, &body);
    CHECK(add(&d, buf_view(&body)) == 422);
    check_cosigned(&d, 5);
    CHECK(ask(&d, &d.log, 5, 7) == 200);
    desk_done(&d);
}

TEST(a_first_checkpoint_needs_no_proof_and_takes_none)
{
    struct desk d;
    CLEANUP(buf_done) struct buf body = {0}, text = {0};
    struct seal_signer key = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log1");
    desk_init(&d);
    CHECK(add(&d, VIEW("old 0\n" THEIR_PROOF "\n" THEIR_CHECKPOINT)) == 422);
    CHECK(ask(&d, &d.log, 1, 3) == 409);
    CHECK_TEXT(buf_view(&d.answer.body), "0\n");
    /* No entries, and yet another root than that of none. */
    CHECK_OK(buf_addf(&text, TINY_NAME "\n0\nLP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNo=\n"));
    CHECK_OK(buf_addf(&body, "old 0\n\n"));
    CHECK_OK(seal_note_write(buf_view(&text), &key, 1, &body));
    CHECK(add(&d, buf_view(&body)) == 422);
    CHECK(ask(&d, &d.log, 0, 0) == 200);
    CHECK(add(&d, buf_view(&body)) == 422);
    desk_done(&d);
}

TEST(what_is_no_request_is_refused)
{
    static const char *const k_bodies[] = {
        "",
        "\n",
        "old 0",
        "old 0\n",
        "old 0\n\n",
        "old 0\n" THEIR_CHECKPOINT,
        "old\n\n" THEIR_CHECKPOINT,
        "old -1\n\n" THEIR_CHECKPOINT,
        "old 00\n\n" THEIR_CHECKPOINT,
        "old 9223372036854775808\n\n" THEIR_CHECKPOINT,
        "Old 0\n\n" THEIR_CHECKPOINT,
        "old 0\r\n\n" THEIR_CHECKPOINT,
        "\nold 0\n\n" THEIR_CHECKPOINT,
        "old 0\n \n\n" THEIR_CHECKPOINT,
        "old 0\nAAAA\n\n" THEIR_CHECKPOINT,
        "old 0\n\n\n" THEIR_CHECKPOINT,
        "old 0\n\n" THEIR_CHECKPOINT "x",
        "old 0\n\n" TINY_NAME "\n3\n\n",
        "old 0\n\nno checkpoint\n\n\u2014 a AAAAAAE=\n",
        "old 0\n\n" TINY_NAME "\n0\nLP73\n\n\u2014 a AAAAAAE=\n",
    };
    struct desk d;
    CLEANUP(buf_done) struct buf body = {0};
    desk_init(&d);
    for (size_t i = 0; i < COUNT_OF(k_bodies); i++)
        if (add(&d, view_cstr(k_bodies[i])) != 400)
            fail_msg("request %zu is answered with %d", i, d.answer.status);
    for (uint32_t lines = 63; lines <= 65; lines++) {
        buf_reset(&body);
        CHECK_OK(buf_addf(&body, "old 0\n"));
        for (uint32_t i = 0; i < lines; i++)
            CHECK_OK(buf_addf(&body, "PR3ndt8IbBrp9wSdK7DAR1rRQYX5h+Bk6NENyy20oyI=\n"));
        CHECK_OK(buf_addf(&body, "\n" THEIR_CHECKPOINT));
        CHECK(add(&d, buf_view(&body)) == (lines == 63 ? 422 : 400));
    }
    desk_done(&d);
}

TEST(only_logs_and_keys_that_are_trusted_are_cosigned)
{
    struct desk d;
    CLEANUP(buf_done) struct buf note = {0}, body = {0}, line = {0};
    struct seal_signer other = tiny_signer("another.example", SEAL_TYPE_ED25519, "other");
    struct seal_signer second = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log2");
    struct seal_checkpoint c = {.origin = other.name, .size = 3};
    struct seal_verifier key;
    desk_init(&d);
    c.root = tiny_root(&d.log, 3);
    CHECK_OK(seal_checkpoint_print(&c, &note));
    CHECK_OK(buf_addf(&body, "old 0\n\n"));
    CHECK_OK(seal_note_write(buf_view(&note), &other, 1, &body));
    CHECK(add(&d, buf_view(&body)) == 404);
    /* The origin is watched, the key is not the log's; then it is. */
    buf_reset(&note);
    buf_reset(&body);
    c.origin = second.name;
    CHECK_OK(seal_checkpoint_print(&c, &note));
    CHECK_OK(buf_addf(&body, "old 0\n\n"));
    CHECK_OK(seal_note_write(buf_view(&note), &second, 1, &body));
    CHECK(add(&d, buf_view(&body)) == 403);
    key = seal_signer_verifier(&second);
    CHECK_OK(seal_verifier_print(&key, &line));
    CHECK_OK(ledger_witness_trust(d.w, buf_view(&line)));
    CHECK_OK(ledger_witness_trust(d.w, buf_view(&line))); /* twice is fine */
    desk_restart(&d);
    CHECK(add(&d, buf_view(&body)) == 200);
    CHECK(ask(&d, &d.log, 3, 5) == 200); /* the first key still counts */
    /* A known key whose line does not hold. */
    buf_reset(&body);
    request(&d.log, 5, 6, &body);
    body.p[body.n - 8] = body.p[body.n - 8] == 'A' ? 'B' : 'A';
    CHECK(add(&d, buf_view(&body)) == 403);
    CHECK_FAILS(E_USAGE, ledger_witness_trust(d.w, VIEW(WITNESS_KEY)));
    CHECK_FAILS(E_INPUT, ledger_witness_trust(d.w, VIEW("nothing")));
    desk_done(&d);
}

TEST(a_fork_is_refused_and_both_sides_are_kept)
{
    struct desk d;
    struct tiny fork = {.word = "a", .other = "b", .fork_at = 2};
    desk_init(&d);
    tiny_grow(&fork, 120);
    CHECK(ask(&d, &d.log, 0, 5) == 200);
    CHECK(ask(&d, &fork, 5, 5) == 422);
    CHECK(n_forks(&d) == 2);
    CHECK(ask(&d, &fork, 5, 5) == 422);
    CHECK(n_forks(&d) == 2); /* the same again */
    CHECK(ask(&d, &fork, 5, 9) == 422);
    CHECK(n_forks(&d) == 3);
    CHECK(ask(&d, &fork, 4, 5) == 409); /* another old, and yet a fork that can be seen */
    desk_restart(&d);
    CHECK(ask(&d, &fork, 5, 9) == 422);
    check_cosigned(&d, 5);
    CHECK(ask(&d, &d.log, 5, 9) == 200);
    /* Anybody can send failing proofs of what the log signed: of those, only some are kept. */
    for (uint64_t size = 10; size < 120; size++)
        CHECK(ask(&d, &fork, 9, size) == 422);
    CHECK(n_forks(&d) > 32 && n_forks(&d) < 80);
    tiny_done(&fork);
    desk_done(&d);
}

TEST(a_line_that_is_not_durable_is_given_to_nobody)
{
    struct desk d;
    CLEANUP(buf_done) struct buf body = {0};
    desk_init(&d);
    CHECK(ask(&d, &d.log, 0, 5) == 200);
    request(&d.log, 5, 9, &body);
    for (int64_t k = 1;; k++) {
        file_fail_at(k);
        rc r = try_add(&d, buf_view(&body));
        file_fail_at(0);
        if (ok(r) && d.answer.status == 200) break;
        /* After a failed sync of the folder the new state may stand: then old is told. */
        CHECK(!ok(r) ? r.code == E_SPACE : d.answer.status == 409);
        if (ok(r)) break;
        CHECK(k < 20);
    }
    desk_restart(&d);
    check_cosigned(&d, 9);
    desk_done(&d);
}

TEST(two_processes_are_not_one_witness)
{
    struct desk d;
    struct ledger_witness *second = NULL;
    struct seal_signer log = tiny_signer(TINY_NAME, SEAL_TYPE_ED25519, "log1");
    desk_init(&d);
    CHECK_FAILS(E_BUSY, ledger_witness_open(d.dir, &d.key, &second));
    CHECK_FAILS(E_USAGE, ledger_witness_open(d.dir, &log, &second));
    CHECK(second == NULL);
    ledger_witness_close(NULL);
    desk_done(&d);
}

TEST(a_folder_that_holds_a_log_is_no_memory)
{
    struct desk d;
    static const char *const k_files[] = {"log", "checkpoint"};
    desk_init(&d);
    ledger_witness_close(d.w);
    d.w = NULL;
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        tiny_write(d.dir, k_files[i], VIEW("anything"));
        CHECK_FAILS(E_INPUT, ledger_witness_open(d.dir, &d.key, &d.w));
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", d.dir, k_files[i]);
        CHECK_OK(file_remove(path));
    }
    CHECK_OK(ledger_witness_open(d.dir, &d.key, &d.w));
    desk_done(&d);
}

TEST(a_witness_whose_memory_is_damaged_does_not_begin_anew)
{
    struct desk d;
    CLEANUP(buf_done) struct buf bytes = {0};
    static const char k_path[] = "logs/" ORIGIN_HASH ".checkpoint";
    desk_init(&d);
    CHECK(ask(&d, &d.log, 0, 5) == 200);
    tiny_read(d.dir, k_path, &bytes);
    bytes.p[sizeof TINY_NAME] = '4';
    tiny_write(d.dir, k_path, buf_view(&bytes));
    CLEANUP(buf_done) struct buf body = {0};
    request(&d.log, 0, 5, &body);
    CHECK_FAILS(E_DAMAGED, try_add(&d, buf_view(&body)));
    ledger_witness_close(d.w);
    d.w = NULL;
    CHECK_FAILS(E_DAMAGED, ledger_witness_open(d.dir, &d.key, &d.w));
    CHECK_MESSAGE(k_path);
    desk_done(&d);
}

TEST(the_latest_of_an_unknown_log_is_not_there)
{
    struct desk d;
    struct seal_hash hash = {{1}};
    CLEANUP(buf_done) struct buf out = {0};
    desk_init(&d);
    CHECK_FAILS(E_NOT_FOUND, ledger_witness_latest(d.w, &hash, &out));
    CHECK(out.n == 0);
    desk_done(&d);
}

TEST(a_lack_of_memory_is_told)
{
    struct desk d;
    CLEANUP(buf_done) struct buf body = {0};
    desk_init(&d);
    CHECK(ask(&d, &d.log, 0, 5) == 200);
    request(&d.log, 5, 5, &body); /* may be repeated */
    CHECK_EVERY_ALLOCATION(try_add(&d, buf_view(&body)), (void)0);
    CHECK(d.answer.status == 200);
    desk_done(&d);
}

TESTS(RUN(a_signature_line_that_stands_twice_is_read_once),
      RUN(a_witness_cosigns_as_other_witnesses_do), RUN(a_log_that_grows_is_cosigned_step_by_step),
      RUN(each_refusal_has_the_status_that_clients_expect),
      RUN(a_first_checkpoint_needs_no_proof_and_takes_none), RUN(what_is_no_request_is_refused),
      RUN(only_logs_and_keys_that_are_trusted_are_cosigned),
      RUN(a_fork_is_refused_and_both_sides_are_kept),
      RUN(a_line_that_is_not_durable_is_given_to_nobody), RUN(two_processes_are_not_one_witness),
      RUN(a_folder_that_holds_a_log_is_no_memory),
      RUN(a_witness_whose_memory_is_damaged_does_not_begin_anew),
      RUN(the_latest_of_an_unknown_log_is_not_there), RUN(a_lack_of_memory_is_told))
