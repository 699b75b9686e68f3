/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

TEST(signatures_are_those_of_the_standard)
{
    /* RFC 8032 section 7.1, tests 1 to 3. */
    static const struct {
        const char *seed, *public_key, *message, *signature;
    } k_cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "cf9b4"
         "6bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
         "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0f11d"
         "8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7609"
         "84dc6"
         "594a7c15e9716ed28dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        uint8_t seed[32], public_key[32], message[8], signature[64];
        struct seal_signer key;
        struct view text = view_of(message, strlen(k_cases[i].message) / 2);
        CHECK_OK(seal_from_hex(view_cstr(k_cases[i].seed), 32, seed));
        CHECK_OK(seal_from_hex(view_cstr(k_cases[i].public_key), 32, public_key));
        CHECK_OK(seal_from_hex(view_cstr(k_cases[i].message), text.n, message));
        CHECK_OK(seal_from_hex(view_cstr(k_cases[i].signature), 64, signature));
        CHECK_OK(seal_signer_init(VIEW("a.example"), SEAL_TYPE_ED25519, seed, &key));
        assert_memory_equal(key.public_key, public_key, 32);
        CHECK_OK(seal_ed25519_check(text, public_key, signature));
        for (size_t bit = 0; bit < 512; bit++) {
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK_FAILS(E_DAMAGED, seal_ed25519_check(text, public_key, signature));
            signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t bit = 0; bit < 256; bit++) {
            public_key[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK_FAILS(E_DAMAGED, seal_ed25519_check(text, public_key, signature));
            public_key[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        seal_signer_done(&key);
    }
}

/* Adds the order of the group to the scalar: the same signature with a second spelling. */
TEST(a_signature_has_no_second_spelling)
{
    static const uint8_t k_order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                        0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    struct arena mem;
    arena_init(&mem, 0);
    struct seal_note note;
    CHECK_OK(seal_note_parse(VIEW(SPEC_NOTE), &mem, &note));
    struct seal_verifier key = verifier(SPEC_KEY, &mem);
    uint8_t signature[64];
    memcpy(signature, note.lines[0].signature.p, 64);
    CHECK_OK(seal_ed25519_check(note.text, key.public_key.p, signature));
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + k_order[i];
        signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    CHECK_FAILS(E_DAMAGED, seal_ed25519_check(note.text, key.public_key.p, signature));
    arena_done(&mem);
}

TEST(a_key_that_verifies_anything_is_refused)
{
    /* Points of small order, and encodings that are not reduced. */
    static const char *const k_points[] = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0200000000000000000000000000000000000000000000000000000000000000",
    };
    uint8_t anything[64] = {1};
    for (size_t i = 0; i < COUNT_OF(k_points); i++) {
        uint8_t point[32];
        struct seal_verifier key;
        CHECK_OK(seal_from_hex(view_cstr(k_points[i]), 32, point));
        CHECK_FAILS(E_INPUT, seal_verifier_init(VIEW("a.example"), SEAL_TYPE_ED25519,
                                                view_of(point, 32), &key));
        CHECK_FAILS(E_DAMAGED, seal_ed25519_check(VIEW("x"), point, anything));
    }
}

TEST(keys_of_other_programs_are_read_and_written_alike)
{
    static const struct {
        const char *line, *name;
        uint8_t type;
        uint32_t id;
    } k_cases[] = {
        {LOG_KEY, LOG_NAME, SEAL_TYPE_ED25519, 0xcc7ffb32},
        {WITNESS_KEY, WITNESS_NAME, SEAL_TYPE_COSIGNATURE, 0xed8c37d6},
        {SPEC_KEY, "example.com/foo", SEAL_TYPE_ED25519, 0x530d903a},
        {NEUMANN_KEY, "PeterNeumann", SEAL_TYPE_ED25519, 0xc74f20a3},
    };
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        struct arena mem;
        CLEANUP(buf_done) struct buf out = {0};
        arena_init(&mem, 0);
        struct seal_verifier key = verifier(k_cases[i].line, &mem);
        CHECK_TEXT(key.name, k_cases[i].name);
        CHECK(key.type == k_cases[i].type && key.id == k_cases[i].id && key.public_key.n == 32);
        CHECK_OK(seal_verifier_print(&key, &out));
        CHECK_TEXT(buf_view(&out), k_cases[i].line);
        arena_done(&mem);
    }
}

TEST(a_seed_gives_the_key_it_gives_elsewhere)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_signer log = signer(LOG_NAME, SEAL_TYPE_ED25519, "log1");
    struct seal_signer witness = signer(WITNESS_NAME, SEAL_TYPE_COSIGNATURE, "w1");
    struct seal_verifier half = seal_signer_verifier(&log);
    CHECK_OK(seal_verifier_print(&half, &out));
    CHECK_TEXT(buf_view(&out), LOG_KEY);
    buf_reset(&out);
    half = seal_signer_verifier(&witness);
    CHECK_OK(seal_verifier_print(&half, &out));
    CHECK_TEXT(buf_view(&out), WITNESS_KEY);
}

TEST(a_secret_key_is_read_and_written_as_elsewhere_and_wiped)
{
    struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    struct seal_signer key, zero;
    arena_init(&mem, 0);
    memset(&zero, 0, sizeof zero);
    CHECK_OK(seal_signer_parse(VIEW(NEUMANN_SECRET), &mem, &key));
    CHECK_OK(seal_signer_print(&key, &out));
    CHECK_TEXT(buf_view(&out), NEUMANN_SECRET);
    struct seal_verifier half = seal_signer_verifier(&key);
    buf_reset(&out);
    CHECK_OK(seal_verifier_print(&half, &out));
    CHECK_TEXT(buf_view(&out), NEUMANN_KEY);
    seal_signer_done(&key);
    assert_memory_equal(&key, &zero, sizeof key);
    seal_signer_done(&key);
    seal_signer_done(NULL);
    arena_done(&mem);
}

TEST(a_key_of_another_name_or_use_is_another_key)
{
    struct arena mem;
    arena_init(&mem, 0);
    const struct seal_verifier key = verifier(LOG_KEY, &mem), again = verifier(LOG_KEY, &mem);
    struct seal_signer others[] = {signer("other.example/log1", SEAL_TYPE_ED25519, "log1"),
                                   signer(LOG_NAME, SEAL_TYPE_COSIGNATURE, "log1"),
                                   signer(LOG_NAME, SEAL_TYPE_ED25519, "log2")};
    CHECK(seal_verifier_eq(&key, &again));
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        const struct seal_verifier other = seal_signer_verifier(&others[i]);
        CHECK(!seal_verifier_eq(&key, &other));
    }
    arena_done(&mem);
}

TEST(a_mistyped_key_is_refused)
{
    static const struct {
        const char *line;
        enum err expected;
    } k_cases[] = {
        {"", E_INPUT},
        {"example.com/foo", E_INPUT},
        {"example.com/foo+530d903a", E_INPUT},
        {"example.com/foo+530d903a+", E_INPUT},
        {"example.com/foo+530d903a+AQ==", E_INPUT},
        {"example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", E_INPUT},
        {"example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", E_INPUT},
        {"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", E_INPUT},
        {"example.com/foo+30d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", E_INPUT},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2", E_INPUT},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=", E_INPUT},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n", E_INPUT},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=", E_INPUT},
        {" example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", E_INPUT},
        {"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", E_INPUT},
        {"a\xff+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", E_ENCODING},
        {"a\u2003b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", E_INPUT},
        {"example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", E_VERSION},
    };
    struct arena mem;
    struct seal_verifier key = {.id = 7};
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_cases); i++)
        CHECK_FAILS(k_cases[i].expected,
                    seal_verifier_parse(view_cstr(k_cases[i].line), &mem, &key));
    struct view whole = VIEW(SPEC_KEY);
    for (size_t n = 0; n < whole.n; n++)
        CHECK_FAILS(E_INPUT, seal_verifier_parse(view_of(whole.p, n), &mem, &key));
    CHECK(key.id == 7);
    arena_done(&mem);
}

TEST(a_mistyped_secret_key_is_refused_and_not_shown)
{
    static const struct {
        const char *line;
        enum err expected;
    } k_cases[] = {
        {NEUMANN_KEY, E_INPUT},
        {"PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", E_INPUT},
        {"PRIVATE+KEY+PeterNeumann+c74f20a3+BIEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", E_INPUT},
        {"PRIVATE+KEY+PeterNeumann+c74f20a3+BoEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
         E_VERSION},
        {"PRIVATE+KEY+PeterNeumann+c74f20a3+AoEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
         E_VERSION},
    };
    struct arena mem;
    struct seal_signer key = {.id = 7};
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        CHECK_FAILS(k_cases[i].expected, seal_signer_parse(view_cstr(k_cases[i].line), &mem, &key));
        CHECK(!strstr(rc_message(), "EKFALVF"));
    }
    struct view whole = VIEW(NEUMANN_SECRET);
    for (size_t n = 0; n < whole.n; n++) {
        CHECK_FAILS(E_INPUT, seal_signer_parse(view_of(whole.p, n), &mem, &key));
        CHECK(!strstr(rc_message(), "EKFALVF"));
    }
    CHECK(key.id == 7);
    arena_done(&mem);
}

TEST(names_have_the_length_and_characters_that_notes_allow)
{
    static const uint8_t k_seed[SEAL_SEED_BYTES] = {1};
    static const char *const k_wrong[] = {
        "",         "a b",       "a+b",      "a\tb",     "a\nb",     "a\rb",
        "a\x1f",    "a\xc2\x85", "a\u00a0b", "\u1680",   "a\u2000b", "a\u200ab",
        "a\u2028b", "a\u2029b",  "a\u202fb", "a\u205fb", "a\u3000b"};
    static const char *const k_right[] = {"a", "a\u200bb", "\u00e9", "\u0633\u0646\u062f", "a/b:c"};
    struct seal_signer key;
    for (size_t i = 0; i < COUNT_OF(k_wrong); i++)
        CHECK_FAILS(E_INPUT,
                    seal_signer_init(view_cstr(k_wrong[i]), SEAL_TYPE_ED25519, k_seed, &key));
    CHECK_FAILS(E_INPUT, seal_signer_init(VIEW("a\0b"), SEAL_TYPE_ED25519, k_seed, &key));
    CHECK_FAILS(E_ENCODING, seal_signer_init(VIEW("a\xc0\x80"), SEAL_TYPE_ED25519, k_seed, &key));
    for (size_t i = 0; i < COUNT_OF(k_right); i++)
        CHECK_OK(seal_signer_init(view_cstr(k_right[i]), SEAL_TYPE_ED25519, k_seed, &key));
    char name[SEAL_NAME_MAX_BYTES + 1];
    memset(name, 'a', sizeof name);
    CHECK_OK(seal_signer_init(view_of(name, sizeof name - 1), SEAL_TYPE_ED25519, k_seed, &key));
    CHECK_FAILS(E_INPUT,
                seal_signer_init(view_of(name, sizeof name), SEAL_TYPE_ED25519, k_seed, &key));
}

TEST(one_key_for_two_purposes_has_two_ids)
{
    struct seal_signer author = signer("a.example", SEAL_TYPE_ED25519, "w1");
    struct seal_signer witness = signer("a.example", SEAL_TYPE_COSIGNATURE, "w1");
    assert_memory_equal(author.public_key, witness.public_key, 32);
    CHECK(author.id != witness.id);
}

TEST(a_key_for_the_time_after_quantum_computers_is_kept)
{
    uint8_t public_key[1312];
    struct arena mem;
    CLEANUP(buf_done) struct buf line = {0};
    struct seal_verifier key, again;
    arena_init(&mem, 0);
    for (size_t i = 0; i < sizeof public_key; i++)
        public_key[i] = (uint8_t)(i * 7);
    CHECK_OK(seal_verifier_init(VIEW("later.example"), SEAL_TYPE_MLDSA44,
                                view_of(public_key, sizeof public_key), &key));
    CHECK_OK(seal_verifier_print(&key, &line));
    CHECK_OK(seal_verifier_parse(buf_view(&line), &mem, &again));
    CHECK(again.id == key.id && again.type == SEAL_TYPE_MLDSA44);
    CHECK(view_eq(again.public_key, key.public_key));
    CHECK_FAILS(E_INPUT, seal_verifier_init(VIEW("later.example"), SEAL_TYPE_MLDSA44,
                                            view_of(public_key, 1311), &key));
    CHECK_FAILS(E_VERSION, seal_signer_init(VIEW("later.example"), SEAL_TYPE_MLDSA44, public_key,
                                            &(struct seal_signer){0}));
    arena_done(&mem);
}

TEST(base64_has_one_spelling_for_each_value)
{
    /* RFC 4648 section 10, then what it leaves open. */
    static const char *const k_vectors[][2] = {{"", ""},
                                               {"f", "Zg=="},
                                               {"fo", "Zm8="},
                                               {"foo", "Zm9v"},
                                               {"foob", "Zm9vYg=="},
                                               {"fooba", "Zm9vYmE="},
                                               {"foobar", "Zm9vYmFy"}};
    static const char *const k_wrong[] = {"Zg",       "Zg=",   "Zh==", "Zm9=",     "Zm9v\n",
                                          "Zm9\n",    "Zm 9v", "====", "=",        "Z===",
                                          "Zg==Zg==", "Zm9v=", "Zm-_", "Zm9v====", "Z\xc3\xa9v",
                                          "\n\n\n\n", "Zg=\n", "A",    "AA",       "AAA"};
    struct arena mem;
    struct view back;
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_vectors); i++) {
        CLEANUP(buf_done) struct buf out = {0};
        CHECK_OK(seal_base64(view_cstr(k_vectors[i][0]), &out));
        CHECK_TEXT(buf_view(&out), k_vectors[i][1]);
        CHECK_OK(seal_from_base64(buf_view(&out), &mem, &back));
        CHECK_TEXT(back, k_vectors[i][0]);
    }
    uint8_t three[3] = {7, 7, 7};
    for (size_t i = 0; i < COUNT_OF(k_wrong); i++) {
        CHECK_FAILS(E_INPUT, seal_from_base64(view_cstr(k_wrong[i]), &mem, &back));
        CHECK_FAILS(E_INPUT, seal_from_base64_exact(view_cstr(k_wrong[i]), 3, three));
    }
    CHECK_FAILS(E_INPUT, seal_from_base64(VIEW("Zm\0v"), &mem, &back));
    CHECK_FAILS(E_INPUT, seal_from_base64_exact(VIEW("Zm8="), 3, three));
    CHECK_FAILS(E_INPUT, seal_from_base64_exact(VIEW("Zm9vYg=="), 3, three));
    CHECK(three[0] == 7);
    CHECK_OK(seal_from_base64_exact(VIEW("Zm9v"), 3, three));
    CHECK_OK(seal_from_base64_exact(VIEW(""), 0, three));
    for (size_t n = 0; n < 100; n++) {
        CLEANUP(buf_done) struct buf out = {0};
        uint8_t bytes[100];
        CHECK_OK(seal_random(bytes, n));
        CHECK_OK(seal_base64(view_of(bytes, n), &out));
        CHECK_OK(seal_from_base64(buf_view(&out), &mem, &back));
        CHECK(view_eq(back, view_of(bytes, n)));
    }
    arena_done(&mem);
}

TEST(no_byte_outside_the_alphabet_passes_for_one_inside)
{
    for (size_t at = 0; at < 8; at++)
        for (unsigned c = 0; c < 256; c++) {
            uint8_t text[8] = "Zm9vYmFy", bytes[6];
            CLEANUP(buf_done) struct buf again = {0};
            text[at] = (uint8_t)c;
            rc r = seal_from_base64_exact(view_of(text, 8), 6, bytes);
            bool is_digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                            (c >= '0' && c <= '9') || c == '+' || c == '/';
            CHECK(r.code == (is_digit ? E_OK : E_INPUT));
            if (!is_digit) continue;
            CHECK_OK(seal_base64(view_of(bytes, 6), &again));
            CHECK(view_eq(buf_view(&again), view_of(text, 8)));
        }
}

TEST(random_bytes_differ_and_a_secret_is_wiped)
{
    uint8_t a[32], b[32], zero[32] = {0};
    CHECK_OK(seal_random(a, sizeof a));
    CHECK_OK(seal_random(b, sizeof b));
    CHECK(memcmp(a, b, sizeof a) != 0);
    seal_wipe(a, sizeof a);
    assert_memory_equal(a, zero, sizeof a);
}

static rc parse_and_print(struct arena *mem, struct buf *out)
{
    struct seal_verifier key;
    struct seal_signer secret;
    TRY(seal_verifier_parse(VIEW(LOG_KEY), mem, &key));
    TRY(seal_verifier_print(&key, out));
    TRY(seal_signer_parse(VIEW(NEUMANN_SECRET), mem, &secret));
    return seal_signer_print(&secret, out);
}

TEST(no_memory_is_told_and_leaves_nothing_half_written)
{
    struct arena mem;
    CLEANUP(buf_done) struct buf out = {0};
    arena_init(&mem, 0);
    CHECK_EVERY_ALLOCATION(parse_and_print(&mem, &out), (arena_done(&mem), buf_done(&out)));
    CHECK_TEXT(buf_view(&out), LOG_KEY NEUMANN_SECRET);
    arena_done(&mem);
}

TESTS(RUN(signatures_are_those_of_the_standard), RUN(a_signature_has_no_second_spelling),
      RUN(a_key_that_verifies_anything_is_refused),
      RUN(keys_of_other_programs_are_read_and_written_alike),
      RUN(a_seed_gives_the_key_it_gives_elsewhere),
      RUN(a_secret_key_is_read_and_written_as_elsewhere_and_wiped),
      RUN(a_key_of_another_name_or_use_is_another_key), RUN(a_mistyped_key_is_refused),
      RUN(a_mistyped_secret_key_is_refused_and_not_shown),
      RUN(names_have_the_length_and_characters_that_notes_allow),
      RUN(one_key_for_two_purposes_has_two_ids),
      RUN(a_key_for_the_time_after_quantum_computers_is_kept),
      RUN(base64_has_one_spelling_for_each_value),
      RUN(no_byte_outside_the_alphabet_passes_for_one_inside),
      RUN(random_bytes_differ_and_a_secret_is_wiped),
      RUN(no_memory_is_told_and_leaves_nothing_half_written))
