/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <pthread.h>

#include "seal/seal.h"

enum { HEX_BYTES = 2 * SEAL_SHA256_BYTES };

static void check_hex(const uint8_t hash[SEAL_SHA256_BYTES], const char *expected)
{
    char hex[HEX_BYTES];
    seal_hex(hash, SEAL_SHA256_BYTES, hex);
    CHECK_TEXT(view_of(hex, sizeof hex), expected);
}

TEST(a_hash_is_the_one_every_other_tool_prints)
{
    /* NIST, Secure Hash Standard examples (FIPS 180-4), and the empty message. */
    static const struct {
        const char *text, *hash;
    } k_vectors[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
         "lmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < COUNT_OF(k_vectors); i++) {
        uint8_t hash[SEAL_SHA256_BYTES];
        CHECK_OK(seal_sha256(view_cstr(k_vectors[i].text), hash));
        check_hex(hash, k_vectors[i].hash);
    }
}

TEST(a_large_file_hashed_in_parts_has_its_published_hash)
{
    CLEANUP(seal_hasher_done) struct seal_hasher h;
    uint8_t part[1000], hash[SEAL_SHA256_BYTES];
    memset(part, 'a', sizeof part);
    CHECK_OK(seal_hasher_init(&h));
    for (int i = 0; i < 1000; i++)
        CHECK_OK(seal_hasher_add(&h, view_of(part, sizeof part)));
    CHECK_OK(seal_hasher_finish(&h, hash));
    check_hex(hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(the_hash_does_not_depend_on_how_the_bytes_were_cut)
{
    /* Around the edges of one and two 64-byte blocks, and of the length field at 56. */
    static const size_t k_lengths[] = {1, 55, 56, 57, 63, 64, 65, 119, 120, 121, 127, 128, 129};
    uint8_t bytes[129], whole[SEAL_SHA256_BYTES], cut[SEAL_SHA256_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37);
    for (size_t l = 0; l < COUNT_OF(k_lengths); l++) {
        size_t n = k_lengths[l];
        CHECK_OK(seal_sha256(view_of(bytes, n), whole));
        for (size_t at = 0; at <= n; at++) {
            struct seal_hasher h;
            CHECK_OK(seal_hasher_init(&h));
            CHECK_OK(seal_hasher_add(&h, view_of(bytes, at)));
            CHECK_OK(seal_hasher_add(&h, view_of(NULL, 0)));
            CHECK_OK(seal_hasher_add(&h, view_of(bytes + at, n - at)));
            CHECK_OK(seal_hasher_finish(&h, cut));
            assert_memory_equal(whole, cut, sizeof whole);
        }
    }
}

TEST(lengths_at_block_edges_have_the_hashes_of_another_program)
{
    /* n bytes 'a' by coreutils' sha256sum. */
    static const struct {
        size_t n;
        const char *hash;
    } k_vectors[] = {
        {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
        {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
        {63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
        {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
        {65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"},
        {119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
        {120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"},
        {127, "c57e9278af78fa3cab38667bef4ce29d783787a2f731d4e12200270f0c32320a"},
        {128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e"},
    };
    uint8_t bytes[128], hash[SEAL_SHA256_BYTES];
    memset(bytes, 'a', sizeof bytes);
    for (size_t i = 0; i < COUNT_OF(k_vectors); i++) {
        CHECK_OK(seal_sha256(view_of(bytes, k_vectors[i].n), hash));
        check_hex(hash, k_vectors[i].hash);
    }
}

TEST(a_hasher_used_too_late_is_told_and_the_output_stays)
{
    struct seal_hasher h = {NULL};
    uint8_t hash[SEAL_SHA256_BYTES], before[SEAL_SHA256_BYTES];
    memset(hash, 7, sizeof hash);
    memcpy(before, hash, sizeof hash);
    CHECK_FAILS(E_INTERNAL, seal_hasher_add(&h, VIEW("x")));
    CHECK_FAILS(E_INTERNAL, seal_hasher_finish(&h, hash));
    assert_memory_equal(hash, before, sizeof hash);
    CHECK_OK(seal_hasher_init(&h));
    CHECK_OK(seal_hasher_finish(&h, hash));
    CHECK_FAILS(E_INTERNAL, seal_hasher_add(&h, VIEW("x")));
    CHECK_FAILS(E_INTERNAL, seal_hasher_finish(&h, hash));
    seal_hasher_done(&h);
    seal_hasher_done(&h);
    seal_hasher_done(NULL);
}

static void *hash_often(void *out)
{
    for (int i = 0; i < 200; i++)
        if (!ok(seal_sha256(VIEW("abc"), out))) return NULL;
    return out;
}

TEST(threads_hashing_at_once_from_the_start_get_the_same_hash)
{
    enum { N_THREADS = 8 };
    pthread_t threads[N_THREADS];
    uint8_t hash[N_THREADS][SEAL_SHA256_BYTES];
    for (size_t i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_often, hash[i]), 0);
    for (size_t i = 0; i < N_THREADS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, hash[i]);
        check_hex(hash[i], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

TEST(hexadecimal_text_comes_back_as_the_same_bytes)
{
    uint8_t bytes[256], back[256];
    char hex[512];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    seal_hex(bytes, sizeof bytes, hex);
    CHECK_TEXT(view_of(hex, 6), "000102");
    CHECK_TEXT(view_of(hex + 506, 6), "fdfeff");
    CHECK_OK(seal_from_hex(view_of(hex, sizeof hex), sizeof back, back));
    assert_memory_equal(bytes, back, sizeof bytes);
    seal_hex(bytes, 0, hex);
    CHECK_TEXT(view_of(hex, 2), "00");
    CHECK_OK(seal_from_hex(view_of(NULL, 0), 0, back));
}

TEST(a_mistyped_hash_is_refused_with_its_place)
{
    uint8_t out[2] = {7, 7};
    CHECK_FAILS(E_INPUT, seal_from_hex(VIEW("abc"), 2, out));
    CHECK_FAILS(E_INPUT, seal_from_hex(VIEW("abcde"), 2, out));
    CHECK_FAILS(E_INPUT, seal_from_hex(VIEW(""), 2, out));
    CHECK_FAILS(E_INPUT, seal_from_hex(VIEW("abcg"), 2, out));
    CHECK_MESSAGE("place 3");
    static const char *const k_wrong[] = {"ab/0", "ab:0", "ab`0", "ab@0", "abF0", "ab 0", "0x12"};
    for (size_t i = 0; i < COUNT_OF(k_wrong); i++)
        CHECK_FAILS(E_INPUT, seal_from_hex(view_cstr(k_wrong[i]), 2, out));
    CHECK_FAILS(E_INPUT, seal_from_hex(VIEW(""), SIZE_MAX / 2 + 1, out));
    CHECK(out[0] == 7 && out[1] == 7);
}

TESTS(RUN(threads_hashing_at_once_from_the_start_get_the_same_hash),
      RUN(a_hash_is_the_one_every_other_tool_prints),
      RUN(a_large_file_hashed_in_parts_has_its_published_hash),
      RUN(the_hash_does_not_depend_on_how_the_bytes_were_cut),
      RUN(lengths_at_block_edges_have_the_hashes_of_another_program),
      RUN(a_hasher_used_too_late_is_told_and_the_output_stays),
      RUN(hexadecimal_text_comes_back_as_the_same_bytes),
      RUN(a_mistyped_hash_is_refused_with_its_place))
