/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#define SIGNED NEUMANN_TEXT "\n" NEUMANN_LINE

static rc check_with(const char *note_text, const char *const *lines, size_t n_lines,
                     struct arena *mem, const struct seal_signed **out)
{
    struct seal_verifier keys[8];
    struct seal_note note;
    for (size_t i = 0; i < n_lines; i++)
        TRY(seal_verifier_parse(view_cstr(lines[i]), mem, &keys[i]));
    TRY(seal_note_parse(view_cstr(note_text), mem, &note));
    return seal_note_check(&note, keys, n_lines, mem, out);
}

/* One key, and whether the note is good under it. */
static rc check_one(const char *note_text, const char *key)
{
    struct arena mem;
    const struct seal_signed *out = NULL;
    arena_init(&mem, 0);
    rc r = check_with(note_text, &key, 1, &mem, &out);
    if (ok(r)) CHECK(out[0].holds && out[0].time_s == 0);
    arena_done(&mem);
    return r;
}

/* More signatures than one thread takes at a time, some of them wrong, on one core and on many. */
TEST(many_signatures_are_told_apart)
{
    enum { MANY = 100 };
    static const uint8_t k_seed[SEAL_SEED_BYTES] = {7};
    static struct seal_check checks[MANY];
    uint8_t signatures[MANY][SEAL_SIGNATURE_BYTES];
    struct seal_signer signer;
    CHECK_OK(seal_signer_init(VIEW("checker.example"), SEAL_TYPE_ED25519, k_seed, &signer));
    struct seal_verifier v = seal_signer_verifier(&signer);
    struct arena mem;
    arena_init(&mem, 0);
    for (uint32_t cores = 1; cores <= 4; cores++) {
        for (int i = 0; i < MANY; i++) {
            struct buf out = {0};
            struct seal_note note;
            struct view kept;
            CHECK_OK(buf_addf(&out, "text %d\n", i));
            CHECK_OK(arena_copy(&mem, buf_view(&out), &kept));
            buf_reset(&out);
            CHECK_OK(seal_note_write(kept, &signer, 1, &out));
            CHECK_OK(seal_note_parse(buf_view(&out), &mem, &note));
            memcpy(signatures[i], note.lines[0].signature.p, SEAL_SIGNATURE_BYTES);
            if (i % 7 == 3) signatures[i][i % SEAL_SIGNATURE_BYTES] ^= 1;
            checks[i] = (struct seal_check){kept, v.public_key.p, signatures[i], i % 2 == 0};
            buf_done(&out);
        }
        CHECK_OK(seal_check_many(checks, MANY, cores));
        for (int i = 0; i < MANY; i++)
            CHECK(checks[i].holds == (i % 7 != 3));
    }
    CHECK_OK(seal_check_many(NULL, 0, 4));
    arena_done(&mem);
}

TEST(notes_of_other_programs_hold)
{
    CHECK_OK(check_one(SPEC_NOTE, SPEC_KEY));
    CHECK_OK(check_one(SIGNED, NEUMANN_KEY));
    CHECK_OK(check_one(CHECKPOINT_TEXT "\n" LOG_LINE, LOG_KEY));
}

TEST(a_note_is_written_as_other_programs_write_it)
{
    struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_signer key;
    arena_init(&mem, 0);
    CHECK_OK(seal_signer_parse(VIEW(NEUMANN_SECRET), &mem, &key));
    CHECK_OK(seal_note_write(VIEW(NEUMANN_TEXT), &key, 1, &out));
    CHECK_TEXT(buf_view(&out), SIGNED);
    struct seal_signer log = signer(LOG_NAME, SEAL_TYPE_ED25519, "log1");
    buf_reset(&out);
    CHECK_OK(seal_note_write(VIEW(CHECKPOINT_TEXT), &log, 1, &out));
    CHECK_TEXT(buf_view(&out), CHECKPOINT_TEXT "\n" LOG_LINE);
    arena_done(&mem);
}

TEST(lines_of_unknown_keys_do_no_harm)
{
    static const char k_note[] =
        CHECKPOINT_TEXT "\n" WITNESS_LINE LOG_LINE "\u2014 x AAAAAAE=\n\u2014 y AAAAAAE=\n"
                        "\u2014 " LOG_NAME " AAAAAAE=\n";
    static const char *const k_both[] = {WITNESS_KEY, SPEC_KEY, LOG_KEY};
    struct arena mem;
    const struct seal_signed *out;
    arena_init(&mem, 0);
    CHECK_OK(check_one(k_note, LOG_KEY));
    CHECK_OK(check_with(k_note, k_both, 3, &mem, &out));
    CHECK(out[0].holds && out[0].time_s == WITNESS_TIME);
    CHECK(!out[1].holds && out[1].time_s == 0);
    CHECK(out[2].holds && out[2].time_s == 0);
    CHECK_FAILS(E_NOT_FOUND, check_one(k_note, SPEC_KEY));
    CHECK_FAILS(E_NOT_FOUND, check_with(k_note, NULL, 0, &mem, &out));
    arena_done(&mem);
}

TEST(a_known_key_whose_signature_fails_spoils_the_note)
{
    /* Another text under the same line; a signature that is too short, too long, of another type.
     */
    static const char *const k_notes[] = {
        "x" SIGNED,
        "Another text.\n\n" NEUMANN_LINE,
        NEUMANN_TEXT "\n\u2014 PeterNeumann x08gowA=\n",
        NEUMANN_TEXT
        "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFY"
        "C2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnA==\n",
        NEUMANN_TEXT
        "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFY"
        "C2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAMA\n",
    };
    for (size_t i = 0; i < COUNT_OF(k_notes); i++)
        CHECK_FAILS(E_DAMAGED, check_one(k_notes[i], NEUMANN_KEY));
    CHECK_MESSAGE("PeterNeumann");
    /* Also when another known key's line holds. */
    static const char *const k_keys[] = {LOG_KEY, WITNESS_KEY};
    static const char k_half[] = CHECKPOINT_TEXT
        "\n" LOG_LINE "\u2014 " WITNESS_NAME
        " 7Yw31gAAAABlU/EBZSvdm482KtMc+xyH5vky890IT80rKuaBdjbCJggD1zHOn4YqHsPAl7K7HA22SO4"
        "EUjMApAIQHCF2reUooP5ECA==\n";
    struct arena mem;
    const struct seal_signed *out = NULL;
    arena_init(&mem, 0);
    CHECK_FAILS(E_DAMAGED, check_with(k_half, k_keys, 2, &mem, &out));
    CHECK(out == NULL);
    arena_done(&mem);
}

TEST(no_bit_of_a_note_can_be_changed)
{
    char note[] = SIGNED;
    size_t n = strlen(note), n_refused = 0;
    for (size_t bit = 0; bit < 8 * n; bit++) {
        note[bit / 8] = (char)(note[bit / 8] ^ 1 << bit % 8);
        if (note[bit / 8] != 0) { /* NUL would end our C string; it is refused elsewhere */
            rc r = check_one(note, NEUMANN_KEY);
            if (ok(r)) fail_msg("bit %zu of byte %zu changed and the note holds", bit % 8, bit / 8);
            n_refused++;
        }
        note[bit / 8] = (char)(note[bit / 8] ^ 1 << bit % 8);
    }
    CHECK(n_refused > 7 * n);
    CHECK_OK(check_one(note, NEUMANN_KEY));
}

TEST(a_note_cut_anywhere_is_refused)
{
    struct arena mem;
    struct seal_note note;
    struct view whole = VIEW(CHECKPOINT_TEXT "\n" LOG_LINE WITNESS_LINE);
    size_t whole_line = whole.n - strlen(WITNESS_LINE);
    arena_init(&mem, 0);
    for (size_t n = 0; n < whole.n; n++) {
        rc r = seal_note_parse(view_of(whole.p, n), &mem, &note);
        CHECK(ok(r) == (n == whole_line));
    }
    arena_done(&mem);
}

TEST(a_line_that_stands_twice_does_no_harm_and_of_several_each_has_to_hold)
{
    static const char k_unknown[] = "\u2014 x AAAAAAE=\n\u2014 x AAAAAAI=\n\u2014 x AAAAAAE=\n";
    static const char *const k_keys[] = {LOG_KEY, WITNESS_KEY};
    struct arena mem;
    CLEANUP(buf_done) struct buf note = {0};
    struct seal_signer witness = signer(WITNESS_NAME, SEAL_TYPE_COSIGNATURE, "w1");
    struct seal_note read;
    const struct seal_signed *out;
    arena_init(&mem, 0);
    CHECK_OK(buf_addf(&note, "%s\n%s%s%s", CHECKPOINT_TEXT, LOG_LINE, k_unknown, LOG_LINE));
    CHECK_OK(seal_note_parse(buf_view(&note), &mem, &read));
    CHECK(read.n_lines == 3);
    CHECK_OK(buf_add_byte(&note, 0));
    CHECK_OK(check_one((const char *)note.p, LOG_KEY));
    /* One that cosigned again: the later time, wherever it stands. */
    for (int later = 0; later < 2; later++) {
        buf_reset(&note);
        CHECK_OK(buf_addf(&note, "%s\n%s", CHECKPOINT_TEXT, LOG_LINE));
        for (int i = 0; i < 2; i++)
            CHECK_OK(
                seal_sign_line(&witness, VIEW(CHECKPOINT_TEXT), i == later ? 9000 : 5000, &note));
        CHECK_OK(buf_add(&note, VIEW(WITNESS_LINE WITNESS_LINE)));
        CHECK_OK(buf_add_byte(&note, 0));
        CHECK_OK(check_with((const char *)note.p, k_keys, 2, &mem, &out));
        CHECK(out[1].holds && out[1].time_s == WITNESS_TIME);
    }
    /* A second one that does not hold, before or behind one that does. */
    static const char k_wrong[] = "\u2014 " LOG_NAME " zH/7MgAAAAA=\n";
    CHECK_FAILS(
        E_DAMAGED,
        check_one(CHECKPOINT_TEXT "\n" LOG_LINE "\u2014 " LOG_NAME " zH/7MgAAAAA=\n", LOG_KEY));
    buf_reset(&note);
    CHECK_OK(buf_addf(&note, "%s\n%s%s%c", CHECKPOINT_TEXT, k_wrong, LOG_LINE, 0));
    CHECK_FAILS(E_DAMAGED, check_one((const char *)note.p, LOG_KEY));
    arena_done(&mem);
}

TEST(a_malformed_note_is_refused)
{
    static const struct {
        const char *note;
        enum err expected;
        const char *why;
    } k_cases[] = {
        {"", E_INPUT, "line feed"},
        {"\n", E_INPUT, "empty line"},
        {"\n\n", E_INPUT, "without a signature"},
        {NEUMANN_TEXT, E_INPUT, "empty line"},
        {NEUMANN_TEXT "\n", E_INPUT, "without a signature"},
        {NEUMANN_TEXT NEUMANN_LINE, E_INPUT, "empty line"},
        {NEUMANN_LINE, E_INPUT, "empty line"},
        {"\n" NEUMANN_LINE, E_INPUT, "empty line"},
        {SIGNED "\n", E_INPUT, "without a signature"},
        {SIGNED "x", E_INPUT, "line feed"},
        {SIGNED "x\n", E_INPUT, "signature 2"},
        {SIGNED " ", E_INPUT, "line feed"},
        {"a\r\n\r\n" NEUMANN_LINE, E_INPUT, "0x0d"},
        {"a\n\n\u2014 x AAAAAAE=\r\n", E_INPUT, "0x0d"},
        {"a\tb\n\n" NEUMANN_LINE, E_INPUT, "0x09"},
        {"a\x01\n\n" NEUMANN_LINE, E_INPUT, "0x01"},
        {"a\x1f\n\n" NEUMANN_LINE, E_INPUT, "0x1f"},
        {"a\xff\n\n" NEUMANN_LINE, E_ENCODING, "byte 1"},
        {"a\xed\xa0\x80\n\n" NEUMANN_LINE, E_ENCODING, "byte 1"},
        {"a\xc0\xaf\n\n" NEUMANN_LINE, E_ENCODING, "byte 1"},
        {"a\n\n\u2014x AAAAAAE=\n", E_INPUT, "dash"},
        {"a\n\n- x AAAAAAE=\n", E_INPUT, "dash"},
        {"a\n\n\u2013 x AAAAAAE=\n", E_INPUT, "dash"},
        {"a\n\n \u2014 x AAAAAAE=\n", E_INPUT, "dash"},
        {"a\n\n\u2014 \n", E_INPUT, "empty"},
        {"a\n\n\u2014  AAAAAAE=\n", E_INPUT, "empty"},
        {"a\n\n\u2014 x\n", E_INPUT, "follows"},
        {"a\n\n\u2014 x \n", E_INPUT, "0 bytes"},
        {"a\n\n\u2014 x AAAAAA==\n", E_INPUT, "4 bytes"},
        {"a\n\n\u2014 x AAAA\n", E_INPUT, "3 bytes"},
        {"a\n\n\u2014 x AAAAAAE\n", E_INPUT, "base64"},
        {"a\n\n\u2014 x AAAAAAF=\n", E_INPUT, "base64"},
        {"a\n\n\u2014 x AAAAAAE= \n", E_INPUT, "base64"},
        {"a\n\n\u2014 x  AAAAAAE=\n", E_INPUT, "base64"},
        {"a\n\n\u2014 x AAAAAAE= y\n", E_INPUT, "base64"},
        {"a\n\n\u2014 x+y AAAAAAE=\n", E_INPUT, "U+002B"},
        {"a\n\n\u2014 x\u00a0y AAAAAAE=\n", E_INPUT, "U+00A0"},
    };
    struct arena mem;
    struct seal_note note = {.n_lines = 77};
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        CHECK_FAILS(k_cases[i].expected, seal_note_parse(view_cstr(k_cases[i].note), &mem, &note));
        CHECK_MESSAGE(k_cases[i].why);
    }
    CHECK_FAILS(E_INPUT, seal_note_parse(VIEW("a\0b\n\n" NEUMANN_LINE), &mem, &note));
    CHECK(note.n_lines == 77);
    arena_done(&mem);
}

TEST(the_last_empty_line_divides_a_note)
{
    struct arena mem;
    struct seal_note note;
    arena_init(&mem, 0);
    CHECK_OK(
        seal_note_parse(VIEW("a\n\n\u2014 x AAAAAAE=\n\nb\n\n\u2014 y AAAAAAI=\n"), &mem, &note));
    CHECK_TEXT(note.text, "a\n\n\u2014 x AAAAAAE=\n\nb\n");
    CHECK(note.n_lines == 1 && note.lines[0].id == 0);
    CHECK_TEXT(note.lines[0].name, "y");
    CHECK(view_eq(note.lines[0].signature, VIEW("\2")));
    CHECK_OK(seal_note_parse(VIEW("\n\n\u2014 x /////wE=\n"), &mem, &note));
    CHECK_TEXT(note.text, "\n");
    CHECK(note.lines[0].id == 0xffffffff);
    arena_done(&mem);
}

TEST(names_and_ids_may_each_be_shared_but_not_both)
{
    struct arena mem;
    struct seal_note note;
    arena_init(&mem, 0);
    CHECK_OK(seal_note_parse(VIEW("a\n\n\u2014 x AAAAAAE=\n\u2014 x AAAAAQE=\n\u2014 y AAAAAAE=\n"),
                             &mem, &note));
    CHECK(note.n_lines == 3);
    arena_done(&mem);
}

/* A note of the log with n further lines of unknown keys before its own. */
static void crowd(size_t n, struct buf *out)
{
    buf_reset(out);
    CHECK_OK(buf_add(out, VIEW(CHECKPOINT_TEXT "\n")));
    for (size_t i = 0; i < n; i++)
        CHECK_OK(buf_addf(out, "\u2014 w%zu AAAAAAE=\n", i));
    CHECK_OK(buf_add(out, VIEW(LOG_LINE)));
}

TEST(sixteen_unknown_signatures_are_borne_and_no_more)
{
    struct arena mem;
    CLEANUP(buf_done) struct buf text = {0};
    struct seal_note note;
    const struct seal_signed *out;
    arena_init(&mem, 0);
    struct seal_verifier key = verifier(LOG_KEY, &mem);
    crowd(SEAL_UNKNOWN_MAX, &text);
    CHECK_OK(seal_note_parse(buf_view(&text), &mem, &note));
    CHECK_OK(seal_note_check(&note, &key, 1, &mem, &out));
    crowd(SEAL_UNKNOWN_MAX + 1, &text);
    CHECK_OK(seal_note_parse(buf_view(&text), &mem, &note));
    CHECK_FAILS(E_LIMIT, seal_note_check(&note, &key, 1, &mem, &out));
    crowd(SEAL_LINES_MAX - 1, &text);
    CHECK_OK(seal_note_parse(buf_view(&text), &mem, &note));
    crowd(SEAL_LINES_MAX, &text);
    CHECK_FAILS(E_LIMIT, seal_note_parse(buf_view(&text), &mem, &note));
    arena_done(&mem);
}

TEST(long_signatures_of_tomorrow_fit_and_longer_ones_do_not)
{
    static const uint8_t k_long[4 + SEAL_LINE_MAX_BYTES + 3] = {1, 2, 3, 4, 5};
    static const struct {
        size_t n;
        bool good;
    } k_cases[] = {{4 + 8 + 2420, true},
                   {4 + SEAL_LINE_MAX_BYTES, true},
                   {4 + SEAL_LINE_MAX_BYTES + 3, false}};
    struct arena mem;
    struct seal_note note;
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        CLEANUP(buf_done) struct buf text = {0};
        CHECK_OK(buf_add(&text, VIEW("a\n\n\u2014 later.example ")));
        CHECK_OK(seal_base64(view_of(k_long, k_cases[i].n), &text));
        CHECK_OK(buf_add_byte(&text, '\n'));
        rc r = seal_note_parse(buf_view(&text), &mem, &note);
        CHECK(r.code == (k_cases[i].good ? E_OK : E_LIMIT));
        if (ok(r)) CHECK(note.lines[0].signature.n == k_cases[i].n - 4);
    }
    arena_done(&mem);
}

TEST(a_known_key_that_cannot_be_checked_yet_is_not_passed_over)
{
    uint8_t public_key[1312] = {9}, blob[4 + 8 + 2420] = {0};
    struct arena mem;
    CLEANUP(buf_done) struct buf text = {0};
    struct seal_note note;
    struct seal_verifier keys[2];
    const struct seal_signed *out;
    arena_init(&mem, 0);
    keys[0] = verifier(LOG_KEY, &mem);
    CHECK_OK(seal_verifier_init(VIEW("later.example"), SEAL_TYPE_MLDSA44,
                                view_of(public_key, sizeof public_key), &keys[1]));
    for (unsigned i = 0; i < 4; i++)
        blob[i] = (uint8_t)(keys[1].id >> (24 - 8 * i));
    CHECK_OK(buf_add(&text, VIEW(CHECKPOINT_TEXT "\n" LOG_LINE "\u2014 later.example ")));
    CHECK_OK(seal_base64(view_of(blob, sizeof blob), &text));
    CHECK_OK(buf_add_byte(&text, '\n'));
    CHECK_OK(seal_note_parse(buf_view(&text), &mem, &note));
    CHECK_FAILS(E_VERSION, seal_note_check(&note, keys, 2, &mem, &out));
    CHECK_OK(seal_note_check(&note, keys, 1, &mem, &out));
    arena_done(&mem);
}

TEST(a_huge_note_is_refused_before_it_is_read)
{
    struct arena mem;
    struct seal_note note;
    uint8_t *bytes = calloc(SEAL_NOTE_MAX_BYTES + 1, 1);
    arena_init(&mem, 0);
    CHECK(bytes != NULL);
    CHECK_FAILS(E_LIMIT, seal_note_parse(view_of(bytes, SEAL_NOTE_MAX_BYTES + 1), &mem, &note));
    CHECK_FAILS(E_INPUT, seal_note_parse(view_of(bytes, SEAL_NOTE_MAX_BYTES), &mem, &note));
    free(bytes);
    arena_done(&mem);
}

TEST(the_same_key_given_twice_is_a_mistake)
{
    static const char *const k_twice[] = {LOG_KEY, WITNESS_KEY, LOG_KEY};
    struct arena mem;
    const struct seal_signed *out;
    arena_init(&mem, 0);
    CHECK_FAILS(E_DUPLICATE, check_with(CHECKPOINT_TEXT "\n" LOG_LINE, k_twice, 3, &mem, &out));
    arena_done(&mem);
}

TEST(a_control_character_is_found_wherever_it_stands)
{
    static const uint8_t k_bytes[] = {0, 1, '\t', '\r', 0x1f, '\n', ' ', 0x7f};
    struct seal_signer key = signer("a.example", SEAL_TYPE_ED25519, "a");
    uint8_t text[26];
    for (size_t n = 1; n < sizeof text; n++)
        for (size_t i = 0; i < (n - 1) * COUNT_OF(k_bytes); i++) {
            CLEANUP(buf_done) struct buf out = {0};
            uint8_t c = k_bytes[i % COUNT_OF(k_bytes)];
            memset(text, i & 8 ? '\n' : 0x7f, n); /* neighbours that must not hide it */
            text[n - 1] = '\n';
            text[i / COUNT_OF(k_bytes)] = c;
            rc r = seal_sign_line(&key, view_of(text, n), 0, &out);
            CHECK(r.code == (c >= ' ' || c == '\n' ? E_OK : E_INPUT));
        }
}

TEST(what_no_reader_would_take_is_not_signed)
{
    static const char *const k_texts[] = {"", "a", "a\nb", "a\r\n", "a\tb\n"};
    struct seal_signer keys[2] = {signer("a.example", SEAL_TYPE_ED25519, "a"),
                                  signer("b.example", SEAL_TYPE_ED25519, "b")};
    struct seal_signer cosigner = signer("a.example", SEAL_TYPE_COSIGNATURE, "a");
    CLEANUP(buf_done) struct buf out = {0};
    CHECK_OK(buf_add(&out, VIEW("kept")));
    for (size_t i = 0; i < COUNT_OF(k_texts); i++) {
        CHECK_FAILS(E_INPUT, seal_note_write(view_cstr(k_texts[i]), keys, 1, &out));
        CHECK_FAILS(E_INPUT, seal_sign_line(keys, view_cstr(k_texts[i]), 0, &out));
    }
    CHECK_FAILS(E_ENCODING, seal_note_write(VIEW("\xff\n"), keys, 1, &out));
    CHECK_FAILS(E_USAGE, seal_note_write(VIEW("a\n"), keys, 0, &out));
    CHECK_FAILS(E_USAGE, seal_note_write(VIEW(CHECKPOINT_TEXT), &cosigner, 1, &out));
    CHECK_FAILS(E_USAGE, seal_sign_line(keys, VIEW("a\n"), 1, &out));
    CHECK_TEXT(buf_view(&out), "kept");
    struct seal_signer twice[2] = {keys[0], keys[0]};
    CHECK_FAILS(E_DUPLICATE, seal_note_write(VIEW("a\n"), twice, 2, &out));
    CHECK_TEXT(buf_view(&out), "kept");
    out.limit_bytes = 100;
    CHECK_FAILS(E_LIMIT, seal_note_write(VIEW("a\n"), keys, 2, &out));
    CHECK_TEXT(buf_view(&out), "kept");
}

TEST(several_signers_of_one_text_all_hold)
{
    enum { N = 17 };
    static char names[N][16];
    struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_signer keys[N];
    struct seal_verifier halves[N];
    struct seal_note note;
    const struct seal_signed *seen;
    arena_init(&mem, 0);
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "s%zu.example", i);
        keys[i] = signer(names[i], SEAL_TYPE_ED25519, names[i]);
        halves[i] = seal_signer_verifier(&keys[i]);
    }
    CHECK_OK(seal_note_write(VIEW("\u067e\u0644\n\nb\n"), keys, N, &out));
    CHECK_OK(seal_note_parse(buf_view(&out), &mem, &note));
    CHECK_OK(seal_note_check(&note, halves, N, &mem, &seen));
    for (size_t i = 0; i < N; i++)
        CHECK(seen[i].holds);
    CHECK_OK(seal_note_check(&note, halves + 1, N - 1, &mem, &seen));
    arena_done(&mem);
}

static rc write_and_check(struct arena *mem, struct buf *out)
{
    static const char *const k_keys[] = {LOG_KEY, WITNESS_KEY};
    struct seal_signer log = signer(LOG_NAME, SEAL_TYPE_ED25519, "log1");
    struct seal_signer witness = signer(WITNESS_NAME, SEAL_TYPE_COSIGNATURE, "w1");
    const struct seal_signed *seen;
    TRY(seal_note_write(VIEW(CHECKPOINT_TEXT), &log, 1, out));
    TRY(seal_sign_line(&witness, VIEW(CHECKPOINT_TEXT), WITNESS_TIME, out));
    return check_with(CHECKPOINT_TEXT "\n" LOG_LINE WITNESS_LINE, k_keys, 2, mem, &seen);
}

TEST(no_memory_is_told_and_no_half_note_is_written)
{
    struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    arena_init(&mem, 0);
    CHECK_EVERY_ALLOCATION(write_and_check(&mem, &out), (arena_done(&mem), buf_done(&out)));
    CHECK_TEXT(buf_view(&out), CHECKPOINT_TEXT "\n" LOG_LINE WITNESS_LINE);
    arena_done(&mem);
}

TESTS(RUN(notes_of_other_programs_hold), RUN(many_signatures_are_told_apart),
      RUN(a_note_is_written_as_other_programs_write_it), RUN(lines_of_unknown_keys_do_no_harm),
      RUN(a_control_character_is_found_wherever_it_stands),
      RUN(a_known_key_whose_signature_fails_spoils_the_note), RUN(no_bit_of_a_note_can_be_changed),
      RUN(a_note_cut_anywhere_is_refused), RUN(a_malformed_note_is_refused),
      RUN(a_line_that_stands_twice_does_no_harm_and_of_several_each_has_to_hold),
      RUN(the_last_empty_line_divides_a_note), RUN(names_and_ids_may_each_be_shared_but_not_both),
      RUN(sixteen_unknown_signatures_are_borne_and_no_more),
      RUN(long_signatures_of_tomorrow_fit_and_longer_ones_do_not),
      RUN(a_known_key_that_cannot_be_checked_yet_is_not_passed_over),
      RUN(a_huge_note_is_refused_before_it_is_read), RUN(the_same_key_given_twice_is_a_mistake),
      RUN(what_no_reader_would_take_is_not_signed), RUN(several_signers_of_one_text_all_hold),
      RUN(no_memory_is_told_and_no_half_note_is_written))
