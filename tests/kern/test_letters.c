/* SPDX-License-Identifier: Apache-2.0
 * Letters and their grams as the matcher reads them from a bank: every variant as the scalar one,
 * that one as a naive reading of kern.h. */
#include "test.h"

#include "kern/kern.h"
#include "kern_blocks.h"
#include "kern_random.h"

TEST(a_word_gram_never_spans_two_words)
{
    uint64_t seed = 11;
    for (uint32_t n = 0; n < 150; n++) {
        uint32_t *cp = heap_block(n, sizeof *cp);
        for (uint32_t i = 0; i < n; i++)
            cp[i] = random_below(&seed, 4) ? 'a' + random_below(&seed, 9) : ' ';
        for (uint32_t gram = 0; gram <= KERN_GRAM_MAX + 1; gram++) {
            uint32_t all =
                gram >= KERN_GRAM_MIN && gram <= KERN_GRAM_MAX && n >= gram ? n - gram + 1 : 0;
            uint32_t *expected = heap_block(all, sizeof *expected), n_expected = 0;
            for (uint32_t i = 0; i < all; i++) {
                bool space = false;
                for (uint32_t j = 1; j + 1 < gram; j++)
                    space |= cp[i + j] == ' ';
                if (!space)
                    n_expected +=
                        kern_variant(0)->hash_ngrams(cp + i, gram, gram, expected + n_expected);
            }
            EACH_VARIANT(v)
            {
                uint32_t *out = heap_block(all, sizeof *out);
                assert_int_equal(v->hash_word_ngrams(cp, n, gram, out), n_expected);
                assert_memory_equal(out, expected, n_expected * sizeof *out);
                mem_free(out);
            }
            mem_free(expected);
        }
        mem_free(cp);
    }
}

TEST(a_word_of_one_letter_is_found_wherever_it_stands)
{
    uint64_t seed = 15;
    for (uint32_t round = 0; round < 900; round++) {
        uint32_t n = round % 90, n_expected = 0;
        uint32_t *cp = heap_block(n, sizeof *cp), *expected = heap_block(n, sizeof *cp);
        for (uint32_t i = 0; i < n; i++)
            cp[i] = random_below(&seed, 3) ? 'a' : ' ';
        for (uint32_t i = 0; i + 2 < n; i++)
            if (cp[i] == ' ' && cp[i + 1] == 'a' && cp[i + 2] == ' ') expected[n_expected++] = i;
        EACH_VARIANT(v)
        {
            uint32_t *out = heap_block(n_expected + 1, sizeof *out);
            assert_int_equal(v->find_lone(cp, n, out), n_expected);
            assert_memory_equal(out, expected, n_expected * sizeof *out);
            mem_free(out);
        }
        mem_free(expected);
        mem_free(cp);
    }
}

TEST(no_gram_of_the_query_is_lost_in_its_filter)
{
    uint64_t seed = 12;
    for (uint32_t bits = 5; bits <= 14; bits++)
        for (uint32_t n = 0; n < 60; n++) {
            uint32_t n_words = (1u << bits) / 32, n_expected = 0;
            uint32_t *filter = heap_block(n_words, sizeof *filter);
            uint32_t *hash = heap_block(n, sizeof *hash), *expected = heap_block(n, sizeof *hash);
            for (uint32_t i = 0; i < n_words; i++)
                filter[i] = (uint32_t)random_u64(&seed);
            for (uint32_t i = 0; i < n; i++) {
                hash[i] = (uint32_t)random_u64(&seed);
                uint32_t at = (uint32_t)(((uint64_t)hash[i] << bits) >> 32);
                if (filter[at >> 5] >> (at & 31) & 1) expected[n_expected++] = hash[i];
            }
            EACH_VARIANT(v)
            {
                uint32_t *inout = heap_copy(hash, n, sizeof *hash);
                assert_int_equal(v->keep_in_filter(inout, n, filter, bits), n_expected);
                assert_memory_equal(inout, expected, n_expected * sizeof *inout);
                mem_free(inout);
            }
            mem_free(expected);
            mem_free(hash);
            mem_free(filter);
        }
}

TEST(a_letter_of_any_script_is_read_as_it_was_written)
{
    static const uint32_t k_letters[] = {'a',   'z',    0x7F,   0x80,    0x641,   0x7FF,
                                         0x800, 0x1EA1, 0xFFFF, 0x10000, 0x10FFFF};
    uint64_t seed = 13;
    for (uint32_t round = 0; round < 600; round++) {
        uint32_t n = round % 60, cp[60], n_bytes = 0, some = 1 + random_below(&seed, 11);
        uint8_t bytes[4 * 60];
        for (uint32_t i = 0; i < n; i++) {
            cp[i] = k_letters[random_below(&seed, some)];
            n_bytes += (uint32_t)utf8_put(cp[i], bytes + n_bytes);
        }
        uint8_t *tight = heap_copy(bytes, n_bytes, 1);
        EACH_VARIANT(v)
        {
            uint32_t *out = heap_block(n_bytes, sizeof *out);
            assert_int_equal(v->decode_utf8(tight, n_bytes, out), n);
            assert_memory_equal(out, cp, n * sizeof *out);
            mem_free(out);
        }
        mem_free(tight);
    }
}

TEST(damaged_letters_never_make_more_of_a_text_than_its_bytes)
{
    uint64_t seed = 14;
    for (uint32_t round = 0; round < 600; round++) {
        uint32_t n = round % 100;
        uint8_t *bytes = heap_block(n, 1);
        for (uint32_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)random_u64(&seed);
        EACH_VARIANT(v)
        {
            uint32_t *out = heap_block(n, sizeof *out);
            assert_true(v->decode_utf8(bytes, n, out) <= n);
            mem_free(out);
        }
        mem_free(bytes);
    }
}

TESTS(RUN(a_word_of_one_letter_is_found_wherever_it_stands), RUN(a_word_gram_never_spans_two_words),
      RUN(no_gram_of_the_query_is_lost_in_its_filter),
      RUN(a_letter_of_any_script_is_read_as_it_was_written),
      RUN(damaged_letters_never_make_more_of_a_text_than_its_bytes))
