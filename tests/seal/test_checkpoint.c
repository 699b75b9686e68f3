/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#define ROOT "LP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNo="
#define EMPTY_ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

TEST(a_checkpoint_is_read_and_written_as_elsewhere)
{
    struct seal_checkpoint c;
    CLEANUP(buf_done) struct buf out = {0};
    char hex[64];
    CHECK_OK(seal_checkpoint_parse(VIEW(CHECKPOINT_TEXT), &c));
    CHECK_TEXT(c.origin, LOG_NAME);
    CHECK(c.size == 3 && c.extension.n == 0);
    seal_hex(c.root.bytes, 32, hex);
    CHECK_TEXT(view_of(hex, 64),
               "2cfef7627597e00b564975774ad728ef210706759fca6d64138c6dfc1cbf2cda");
    CHECK_OK(seal_checkpoint_print(&c, &out));
    CHECK_TEXT(buf_view(&out), CHECKPOINT_TEXT);
}

TEST(checkpoints_at_the_edges_come_back_as_they_were)
{
    static const char *const k_texts[] = {
        "a\n0\n" EMPTY_ROOT "\n",
        "a\n1\n" ROOT "\n",
        "a\n9223372036854775807\n" ROOT "\n",
        "a\n10\n" ROOT "\none more\n",
        "a\n10\n" ROOT "\none more\n and one\n",
    };
    for (size_t i = 0; i < COUNT_OF(k_texts); i++) {
        struct seal_checkpoint c;
        CLEANUP(buf_done) struct buf out = {0};
        CHECK_OK(seal_checkpoint_parse(view_cstr(k_texts[i]), &c));
        CHECK_OK(seal_checkpoint_print(&c, &out));
        CHECK_TEXT(buf_view(&out), k_texts[i]);
    }
}

TEST(a_malformed_checkpoint_is_refused)
{
    static const struct {
        const char *text;
        enum err expected;
    } k_cases[] = {
        {"", E_INPUT},
        {"a\n", E_INPUT},
        {"a\n1\n", E_INPUT},
        {"a\n1\n" ROOT, E_INPUT},
        {"\n1\n" ROOT "\n", E_INPUT},
        {"a\n\n" ROOT "\n", E_INPUT},
        {"a\n1\n\n", E_INPUT},
        {"a\n1\n" ROOT "\n\n", E_INPUT},
        {"a\n1\n" ROOT "\n\nx\n", E_INPUT},
        {"a\n1\n" ROOT "\nx\n\ny\n", E_INPUT},
        {"a\n01\n" ROOT "\n", E_INPUT},
        {"a\n00\n" ROOT "\n", E_INPUT},
        {"a\n+1\n" ROOT "\n", E_INPUT},
        {"a\n-1\n" ROOT "\n", E_INPUT},
        {"a\n 1\n" ROOT "\n", E_INPUT},
        {"a\n1 \n" ROOT "\n", E_INPUT},
        {"a\n1.0\n" ROOT "\n", E_INPUT},
        {"a\n0x1\n" ROOT "\n", E_INPUT},
        {"a\n\u0661\n" ROOT "\n", E_INPUT},
        {"a\n9223372036854775808\n" ROOT "\n", E_INPUT},
        {"a\n18446744073709551616\n" ROOT "\n", E_INPUT},
        {"a\n99999999999999999999999999\n" ROOT "\n", E_INPUT},
        {"a\n0\n" ROOT "\n", E_INPUT},
        {"a\n1\nLP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LA==\n", E_INPUT},
        {"a\n1\nLP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNoA\n", E_INPUT},
        {"a\n1\nLP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNp=\n", E_INPUT},
        {"a\n1\nLP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNo\n", E_INPUT},
        {"a\n1\n" ROOT " \n", E_INPUT},
        {"a\r\n1\r\n" ROOT "\r\n", E_INPUT},
        {"a\n1\n" ROOT "\nx\ty\n", E_INPUT},
        {"\xff\n1\n" ROOT "\n", E_ENCODING},
    };
    struct seal_checkpoint c = {.size = 77};
    for (size_t i = 0; i < COUNT_OF(k_cases); i++)
        CHECK_FAILS(k_cases[i].expected, seal_checkpoint_parse(view_cstr(k_cases[i].text), &c));
    struct view whole = VIEW(CHECKPOINT_TEXT);
    for (size_t n = 0; n < whole.n; n++)
        CHECK_FAILS(E_INPUT, seal_checkpoint_parse(view_of(whole.p, n), &c));
    CHECK(c.size == 77);
}

TEST(a_checkpoint_that_others_would_refuse_is_not_written)
{
    struct seal_checkpoint good, c;
    CLEANUP(buf_done) struct buf out = {0};
    CHECK_OK(buf_add(&out, VIEW("kept")));
    CHECK_OK(seal_checkpoint_parse(VIEW(CHECKPOINT_TEXT), &good));
    static const char *const k_origins[] = {"", "a b", "a+b", "a\nb", "a\n"};
    for (size_t i = 0; i < COUNT_OF(k_origins); i++) {
        c = good;
        c.origin = view_cstr(k_origins[i]);
        CHECK_FAILS(E_INPUT, seal_checkpoint_print(&c, &out));
    }
    static const char *const k_extensions[] = {"x", "\n", "x\n\n", "x\ny", "\r\n"};
    for (size_t i = 0; i < COUNT_OF(k_extensions); i++) {
        c = good;
        c.extension = view_cstr(k_extensions[i]);
        CHECK_FAILS(E_INPUT, seal_checkpoint_print(&c, &out));
    }
    c = good;
    c.size = 0;
    CHECK_FAILS(E_INPUT, seal_checkpoint_print(&c, &out));
    c.size = SEAL_SIZE_MAX + 1;
    CHECK_FAILS(E_INPUT, seal_checkpoint_print(&c, &out));
    CHECK_TEXT(buf_view(&out), "kept");
}

TEST(a_witness_signs_as_other_witnesses_do)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_signer witness = signer(WITNESS_NAME, SEAL_TYPE_COSIGNATURE, "w1");
    CHECK_OK(seal_sign_line(&witness, VIEW(CHECKPOINT_TEXT), WITNESS_TIME, &out));
    CHECK_TEXT(buf_view(&out), WITNESS_LINE);
}

TEST(a_witness_signs_checkpoints_only)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_signer witness = signer(WITNESS_NAME, SEAL_TYPE_COSIGNATURE, "w1");
    CHECK_FAILS(E_INPUT, seal_sign_line(&witness, VIEW("a record\n"), WITNESS_TIME, &out));
    CHECK_FAILS(E_USAGE, seal_sign_line(&witness, VIEW(CHECKPOINT_TEXT), UINT64_MAX, &out));
    CHECK(out.n == 0);
    CHECK_OK(seal_sign_line(&witness, VIEW(CHECKPOINT_TEXT), INT64_MAX, &out));
    CHECK_OK(seal_sign_line(&witness, VIEW(CHECKPOINT_TEXT), 0, &out));
}

/* The checkpoint with the witness's signature bytes changed by flip, and their count by more. */
static rc check_cosignature(size_t flip_bit, int more, uint64_t *out_time_s)
{
    struct arena mem;
    struct seal_note note;
    uint8_t blob[4 + 72 + 8] = {0};
    CLEANUP(buf_done) struct buf text = {0};
    const struct seal_signed *seen = NULL;
    arena_init(&mem, 0);
    struct seal_verifier key = verifier(WITNESS_KEY, &mem);
    CHECK_OK(seal_note_parse(VIEW(CHECKPOINT_TEXT "\n" WITNESS_LINE), &mem, &note));
    CHECK(note.lines[0].signature.n == 72);
    for (unsigned i = 0; i < 4; i++)
        blob[i] = (uint8_t)(note.lines[0].id >> (24 - 8 * i));
    memcpy(blob + 4, note.lines[0].signature.p, 72);
    if (flip_bit < 8 * 72) blob[4 + flip_bit / 8] ^= (uint8_t)(1 << flip_bit % 8);
    CHECK_OK(buf_add(&text, VIEW(CHECKPOINT_TEXT "\n\u2014 " WITNESS_NAME " ")));
    CHECK_OK(seal_base64(view_of(blob, (size_t)(76 + more)), &text));
    CHECK_OK(buf_add_byte(&text, '\n'));
    CHECK_OK(seal_note_parse(buf_view(&text), &mem, &note));
    rc r = seal_note_check(&note, &key, 1, &mem, &seen);
    if (ok(r)) *out_time_s = seen[0].time_s;
    arena_done(&mem);
    return r;
}

TEST(no_bit_of_a_cosignature_and_not_its_time_can_be_changed)
{
    uint64_t time_s = 0;
    CHECK_OK(check_cosignature(SIZE_MAX, 0, &time_s));
    CHECK(time_s == WITNESS_TIME);
    for (size_t bit = 0; bit < 8 * 72; bit++)
        CHECK_FAILS(E_DAMAGED, check_cosignature(bit, 0, &time_s));
    static const int k_more[] = {-71, -8, -1, 1, 8};
    for (size_t i = 0; i < COUNT_OF(k_more); i++)
        CHECK_FAILS(E_DAMAGED, check_cosignature(SIZE_MAX, k_more[i], &time_s));
}

TEST(a_cosignature_does_not_pass_for_a_signature_of_the_log)
{
    struct arena mem;
    struct seal_note note;
    CLEANUP(buf_done) struct buf text = {0};
    const struct seal_signed *seen;
    arena_init(&mem, 0);
    struct seal_signer plain = signer("a.example", SEAL_TYPE_ED25519, "a");
    struct seal_signer timed = signer("a.example", SEAL_TYPE_COSIGNATURE, "a");
    struct seal_verifier keys[2] = {seal_signer_verifier(&plain), seal_signer_verifier(&timed)};
    CHECK_OK(buf_add(&text, VIEW(CHECKPOINT_TEXT "\n")));
    CHECK_OK(seal_sign_line(&timed, VIEW(CHECKPOINT_TEXT), WITNESS_TIME, &text));
    CHECK_OK(seal_note_parse(buf_view(&text), &mem, &note));
    CHECK_FAILS(E_NOT_FOUND, seal_note_check(&note, keys, 1, &mem, &seen));
    CHECK_OK(seal_note_check(&note, keys, 2, &mem, &seen));
    CHECK(!seen[0].holds && seen[1].holds && seen[1].time_s == WITNESS_TIME);
    arena_done(&mem);
}

TESTS(RUN(a_checkpoint_is_read_and_written_as_elsewhere),
      RUN(checkpoints_at_the_edges_come_back_as_they_were), RUN(a_malformed_checkpoint_is_refused),
      RUN(a_checkpoint_that_others_would_refuse_is_not_written),
      RUN(a_witness_signs_as_other_witnesses_do), RUN(a_witness_signs_checkpoints_only),
      RUN(no_bit_of_a_cosignature_and_not_its_time_can_be_changed),
      RUN(a_cosignature_does_not_pass_for_a_signature_of_the_log))
