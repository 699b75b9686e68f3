/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"
#include "trees.h"

/* The small log from 1 to 3 entries, as witnesses are sent it. */
#define LINE_1 "+12T5s+QvJRwzZ6p2eEjSJk9s+hUqyt2YONZR2cEX2w=\n"
#define LINE_2 "PR3ndt8IbBrp9wSdK7DAR1rRQYX5h+Bk6NENyy20oyI=\n"

TEST(a_proof_is_sent_as_witnesses_expect_it_and_holds)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_hash leaves[3], root;
    struct seal_proof proof;
    for (size_t i = 0; i < 3; i++) {
        char entry[16];
        int n = snprintf(entry, sizeof entry, "{\"n\":%zu}", i);
        CHECK_OK(seal_hash_leaf(view_of(entry, (size_t)n), &leaves[i]));
    }
    CHECK_OK(seal_hash_tree(leaves, 3, &root));
    CHECK_OK(seal_proof_parse(VIEW(LINE_1 LINE_2), &proof));
    CHECK(proof.n == 2);
    CHECK_OK(seal_check_consistency(&proof, 1, &leaves[0], 3, &root));
    CHECK_OK(seal_proof_print(&proof, &out));
    CHECK_TEXT(buf_view(&out), LINE_1 LINE_2);
    CHECK_OK(seal_proof_parse(VIEW(""), &proof));
    CHECK(proof.n == 0);
}

TEST(proof_lines_that_are_no_hashes_are_refused)
{
    static const char *const k_wrong[] = {"\n",
                                          "AAAA\n",
                                          LINE_1 "\n",
                                          "\n" LINE_1,
                                          LINE_1 "x",
                                          " " LINE_1,
                                          LINE_1 "AAAA\n",
                                          "+12T5s+QvJRwzZ6p2eEjSJk9s+hUqyt2YONZR2cEX2w=",
                                          "+12T5s+QvJRwzZ6p2eEjSJk9s+hUqyt2YONZR2cEX2w=\r\n",
                                          "+12T5s+QvJRwzZ6p2eEjSJk9s+hUqyt2YONZR2cEX2x=\n",
                                          "+12T5s+QvJRwzZ6p2eEjSJk9s+hUqyt2YONZR2cEX2w\n",
                                          "+12T5s+QvJRwzZ6p2eEjSJk9s+hUqyt2YONZR2cEX2wA\n"};
    struct seal_proof proof = {.n = 9};
    CLEANUP(buf_done) struct buf many = {0};
    for (size_t i = 0; i < COUNT_OF(k_wrong); i++)
        CHECK_FAILS(E_INPUT, seal_proof_parse(view_cstr(k_wrong[i]), &proof));
    CHECK_FAILS(E_INPUT, seal_proof_parse(VIEW(LINE_1 "AAAA\n"), &proof));
    CHECK_MESSAGE("line 2");
    for (size_t i = 0; i <= SEAL_PROOF_MAX; i++)
        CHECK_OK(buf_add(&many, VIEW(LINE_1)));
    CHECK_FAILS(E_LIMIT, seal_proof_parse(buf_view(&many), &proof));
    CHECK(proof.n == 9);
    CHECK_OK(seal_proof_parse(view_of(many.p, many.n - strlen(LINE_1)), &proof));
    CHECK(proof.n == SEAL_PROOF_MAX);
    proof.n++;
    CHECK_FAILS(E_LIMIT, seal_proof_print(&proof, &many));
}

#define FILE_HEAD "c2sp.org/tlog-proof@v1\n"
#define NOTE CHECKPOINT_TEXT "\n" LOG_LINE WITNESS_LINE

TEST(whoever_holds_a_proof_file_can_check_it_alone)
{
    struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_proof_file file = {
        .index = 1, .extra = VIEW("{\"n\":1}"), .checkpoint = VIEW(NOTE)};
    struct seal_proof_file back;
    struct stored s;
    struct seal_note note;
    struct seal_checkpoint checkpoint;
    const struct seal_signed *seen;
    struct seal_hash leaf;
    arena_init(&mem, 0);
    stored_init(&s, 3);
    for (size_t i = 0; i < 3; i++) {
        char entry[16];
        int n = snprintf(entry, sizeof entry, "{\"n\":%zu}", i);
        CHECK_OK(seal_hash_leaf(view_of(entry, (size_t)n), &s.level[0][i]));
    }
    CHECK_OK(seal_hash_node(&s.level[0][0], &s.level[0][1], &s.level[1][0]));
    const struct seal_source from = {&s, read_stored};
    CHECK_OK(seal_prove_inclusion(1, 3, &from, &file.proof));
    CHECK_OK(seal_proof_file_print(&file, &out));

    CHECK_OK(seal_proof_file_parse(buf_view(&out), &mem, &back));
    struct seal_verifier keys[2] = {verifier(LOG_KEY, &mem), verifier(WITNESS_KEY, &mem)};
    CHECK_OK(seal_note_parse(back.checkpoint, &mem, &note));
    CHECK_OK(seal_note_check(&note, keys, 2, &mem, &seen));
    CHECK(seen[0].holds && seen[1].holds);
    CHECK_OK(seal_checkpoint_parse(note.text, &checkpoint));
    CHECK_OK(seal_hash_leaf(back.extra, &leaf));
    CHECK_OK(
        seal_check_inclusion(&back.proof, &leaf, back.index, checkpoint.size, &checkpoint.root));
    stored_done(&s);
    arena_done(&mem);
}

TEST(proof_files_come_back_as_they_were)
{
    static const char *const k_files[] = {
        FILE_HEAD "index 0\n\n" NOTE,
        FILE_HEAD "index 9223372036854775807\n" LINE_1 LINE_2 "\n" NOTE,
        FILE_HEAD "extra AAAA\nindex 7\n" LINE_2 "\n" NOTE,
    };
    struct arena mem;
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_files); i++) {
        struct seal_proof_file file;
        CLEANUP(buf_done) struct buf out = {0};
        CHECK_OK(seal_proof_file_parse(view_cstr(k_files[i]), &mem, &file));
        CHECK_TEXT(file.checkpoint, NOTE);
        CHECK_OK(seal_proof_file_print(&file, &out));
        CHECK_TEXT(buf_view(&out), k_files[i]);
    }
    arena_done(&mem);
}

TEST(a_malformed_proof_file_is_refused)
{
    static const char *const k_wrong[] = {
        "",
        "c2sp.org/tlog-proof@v1",
        FILE_HEAD,
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" NOTE,
        "c2sp.org/tlog-proof@v1\r\nindex 0\n\n" NOTE,
        " " FILE_HEAD "index 0\n\n" NOTE,
        FILE_HEAD "\nindex 0\n\n" NOTE,
        FILE_HEAD "index\n\n" NOTE,
        FILE_HEAD "index \n\n" NOTE,
        FILE_HEAD "index 00\n\n" NOTE,
        FILE_HEAD "index -1\n\n" NOTE,
        FILE_HEAD "index 1 \n\n" NOTE,
        FILE_HEAD "index 9223372036854775808\n\n" NOTE,
        FILE_HEAD "index 0\nextra AAAA\n\n" NOTE,
        FILE_HEAD "extra AAAA\nextra AAAA\nindex 0\n\n" NOTE,
        FILE_HEAD "extra \nindex 0\n\n" NOTE,
        FILE_HEAD "extra AAA\nindex 0\n\n" NOTE,
        FILE_HEAD "extra AAAA\n",
        FILE_HEAD "index 0\n" NOTE,
        FILE_HEAD "index 0\n" LINE_1,
        FILE_HEAD "index 0\n" LINE_1 "\n",
        FILE_HEAD "index 0\nAAAA\n\n" NOTE,
    };
    struct arena mem;
    struct seal_proof_file file = {.index = 77};
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_wrong); i++) {
        rc r = seal_proof_file_parse(view_cstr(k_wrong[i]), &mem, &file);
        if (r.code != E_INPUT) fail_msg("case %zu: %d", i, (int)r.code);
    }
    CHECK(file.index == 77);
    arena_done(&mem);
}

static rc read_and_write(struct arena *mem, struct buf *out)
{
    struct seal_proof_file file;
    TRY(seal_proof_file_parse(VIEW(FILE_HEAD "extra AAAA\nindex 7\n" LINE_2 "\n" NOTE), mem,
                              &file));
    return seal_proof_file_print(&file, out);
}

TEST(no_memory_is_told_and_no_half_file_is_written)
{
    struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    arena_init(&mem, 0);
    CHECK_EVERY_ALLOCATION(read_and_write(&mem, &out), (arena_done(&mem), buf_done(&out)));
    arena_done(&mem);
}

TESTS(RUN(a_proof_is_sent_as_witnesses_expect_it_and_holds),
      RUN(proof_lines_that_are_no_hashes_are_refused),
      RUN(whoever_holds_a_proof_file_can_check_it_alone), RUN(proof_files_come_back_as_they_were),
      RUN(a_malformed_proof_file_is_refused), RUN(no_memory_is_told_and_no_half_file_is_written))
