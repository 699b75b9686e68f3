/* SPDX-License-Identifier: Apache-2.0
 * Every variant gives the bits of the scalar one, and the scalar one those of a naive reading of
 * kern.h. Inputs are heap blocks of the exact size, so that the address sanitizer sees one byte too
 * many. */
#include "test.h"

#include "kern/kern.h"
#include "kern_blocks.h"
#include "kern_random.h"

/* ---- Posting blocks ---- */

static const uint32_t k_block_sizes[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 63, 100, 127, 128};

static void check_block(const uint32_t *docs, uint32_t n, uint32_t first, uint32_t bits)
{
    size_t n_bytes = ((size_t)n * bits + 7) / 8;
    uint8_t *packed = heap_block(n_bytes + KERN_PAD_BYTES, 1);
    memset(packed, 0xA5, n_bytes + KERN_PAD_BYTES);
    assert_int_equal(kern_pack_deltas(docs, n, first, bits, packed), n_bytes);
    EACH_VARIANT(v)
    {
        uint32_t *out = heap_block(KERN_BLOCK, sizeof *out);
        uint64_t last = v->unpack_deltas(packed, bits, n, first, out);
        assert_int_equal(last, n ? docs[n - 1] : 0);
        assert_memory_equal(out, docs, n * sizeof *out);
        mem_free(out);
    }
    mem_free(packed);
}

TEST(no_document_number_is_lost_in_a_posting_block_of_any_width)
{
    uint64_t seed = 1;
    for (uint32_t bits = 0; bits <= 32; bits++) {
        for (size_t s = 0; s < COUNT_OF(k_block_sizes); s++) {
            uint32_t docs[KERN_BLOCK], n = k_block_sizes[s], first = random_below(&seed, 1000);
            uint64_t next = first;
            for (uint32_t i = 0; i < n; i++) {
                /* One full-width delta and small ones: strictly ascending below 2^32. */
                uint64_t widest = bits == 0 ? 0 : (UINT64_C(1) << bits) - 1;
                uint64_t delta = i == n / 2 ? widest : random_u64(&seed) & widest & 0xFFFF;
                if (next + delta > UINT32_MAX - 128 * 65536 && i != n - 1) delta = 0;
                if (next + delta > UINT32_MAX) delta = UINT32_MAX - next;
                docs[i] = (uint32_t)(next + delta);
                next = (uint64_t)docs[i] + 1;
                if (next > UINT32_MAX) n = i + 1;
            }
            assert_true(kern_bits_needed(docs, n, first) <= bits);
            check_block(docs, n, first, bits);
        }
    }
}

TEST(the_bits_needed_are_those_of_the_largest_gap)
{
    const uint32_t dense[] = {5, 6, 7, 8}, far[] = {0, UINT32_MAX}, one[] = {9};
    assert_int_equal(kern_bits_needed(dense, 4, 5), 0);
    assert_int_equal(kern_bits_needed(dense, 4, 4), 1);
    assert_int_equal(kern_bits_needed(dense, 4, 0), 3);
    assert_int_equal(kern_bits_needed(far, 2, 0), 32);
    assert_int_equal(kern_bits_needed(one, 1, 9), 0);
    assert_int_equal(kern_bits_needed(one, 0, 0), 0);
}

TEST(a_packed_block_has_the_bytes_the_format_page_says)
{
    /* Deltas 1, 2, 3 of 3 bits: 011'010'001. */
    const uint32_t docs[] = {11, 14, 18};
    uint8_t out[2] = {0xFF, 0xFF};
    assert_int_equal(kern_pack_deltas(docs, 3, 10, 3, out), 2);
    assert_int_equal(out[0], 0xD1);
    assert_int_equal(out[1], 0x00);
}

TEST(a_damaged_block_cannot_pretend_to_be_in_range)
{
    uint64_t seed = 2;
    for (int round = 0; round < 2000; round++) {
        uint32_t bits = random_below(&seed, 33), n = 1 + random_below(&seed, KERN_BLOCK);
        uint32_t first = (uint32_t)random_u64(&seed);
        uint8_t *in = heap_block(((size_t)n * bits + 7) / 8 + KERN_PAD_BYTES, 1);
        for (size_t i = 0; i < ((size_t)n * bits + 7) / 8; i++)
            in[i] = (uint8_t)random_u64(&seed);
        uint32_t expected[KERN_BLOCK];
        uint64_t last = kern_variant(0)->unpack_deltas(in, bits, n, first, expected);
        EACH_VARIANT(v)
        {
            uint32_t out[KERN_BLOCK];
            assert_true(v->unpack_deltas(in, bits, n, first, out) == last);
            assert_memory_equal(out, expected, n * sizeof *out);
        }
        /* What the caller's one check rests on. */
        for (uint32_t i = 0; last <= UINT32_MAX && i < n; i++)
            assert_true(expected[i] <= last && (i == 0 || expected[i] > expected[i - 1]));
        assert_true(last >= first);
        mem_free(in);
    }
}

/* ---- Scores ---- */

enum { N_SCORES = 1000 };

static uint32_t distinct_docs(uint64_t *seed, uint32_t *out)
{
    uint32_t n = 0;
    for (uint32_t doc = random_below(seed, 5); doc < N_SCORES; doc += 1 + random_below(seed, 20))
        out[n++] = doc;
    return n;
}

TEST(scores_add_up_and_who_is_met_first_is_told)
{
    static const uint16_t k_weights[] = {0, 1, 7, 256, 257, 258, 40000, 65535};
    uint64_t seed = 3;
    for (uint32_t round = 0; round < 200; round++) {
        uint16_t expected[N_SCORES], weight = k_weights[round % COUNT_OF(k_weights)];
        uint32_t new_expected[N_SCORES], n_expected = 0;
        uint16_t *start = heap_block(N_SCORES, sizeof *start);
        for (int i = 0; i < N_SCORES; i++)
            start[i] = (uint16_t)(i % 5 ? random_u64(&seed) >> random_below(&seed, 16) : 0);
        uint32_t docs[N_SCORES], n = round < 5 ? round : distinct_docs(&seed, docs);
        for (uint32_t i = 0; round < 5 && i < n; i++)
            docs[i] = N_SCORES - 1 - i;
        uint8_t impact[N_SCORES];
        for (uint32_t i = 0; i < n; i++)
            impact[i] = (uint8_t)(i % 3 ? random_u64(&seed) : 255);
        memcpy(expected, start, sizeof expected);
        for (uint32_t i = 0; i < n; i++) {
            uint64_t sum = expected[docs[i]] + ((uint64_t)impact[i] * weight >> 8);
            if (expected[docs[i]] == 0 && (uint16_t)sum > 0) new_expected[n_expected++] = docs[i];
            expected[docs[i]] = (uint16_t)sum;
        }
        uint32_t *tight_docs = heap_copy(docs, n, sizeof *docs);
        uint8_t *tight_impact = heap_copy(impact, n, 1);
        EACH_VARIANT(v)
        {
            uint16_t *score = heap_copy(start, N_SCORES, sizeof *score);
            uint32_t *fresh = heap_block(n, sizeof *fresh);
            assert_int_equal(
                v->accumulate_new_u16(score, tight_docs, tight_impact, n, weight, fresh),
                n_expected);
            assert_memory_equal(fresh, new_expected, n_expected * sizeof *fresh);
            assert_memory_equal(score, expected, sizeof expected);
            memcpy(score, start, sizeof expected);
            v->accumulate_u16(score, tight_docs, tight_impact, n, weight);
            assert_memory_equal(score, expected, sizeof expected);
            mem_free(fresh);
            mem_free(score);
        }
        mem_free(tight_docs);
        mem_free(tight_impact);
        mem_free(start);
    }
}

TEST(hit_counts_add_up_and_stay_at_the_top_instead_of_wrapping)
{
    uint64_t seed = 4;
    for (uint32_t round = 0; round < 200; round++) {
        uint8_t start[N_SCORES], expected[N_SCORES];
        uint32_t once[N_SCORES], twice[N_SCORES], n_once = 0, n_twice = 0;
        for (int i = 0; i < N_SCORES; i++)
            start[i] = i % 4 < 2 ? (uint8_t)(i % 4) : i % 4 == 2 ? 255 : (uint8_t)random_u64(&seed);
        uint32_t docs[N_SCORES], n = round == 0 ? 0 : distinct_docs(&seed, docs);
        for (uint32_t i = 0; round % 2 && i < n; i++) /* some several times, in any order */
            docs[i] = docs[random_u64(&seed) % n];
        memcpy(expected, start, sizeof expected);
        for (uint32_t i = 0; i < n; i++) {
            int sum = expected[docs[i]] + 1;
            if (sum == 1) once[n_once++] = docs[i];
            if (sum == 2) twice[n_twice++] = docs[i];
            expected[docs[i]] = (uint8_t)(sum > 255 ? 255 : sum);
        }
        EACH_VARIANT(v)
        {
            struct kern_hits hits = {.count = heap_copy(start, N_SCORES, 1),
                                     .once = heap_block(n + 1, 4),
                                     .twice = heap_block(n + 1, 4)};
            v->add_hits_u8(&hits, docs, n / 2);
            v->add_hits_u8(&hits, docs + n / 2, n - n / 2);
            assert_memory_equal(hits.count, expected, sizeof expected);
            assert_int_equal(hits.n_once, n_once);
            assert_int_equal(hits.n_twice, n_twice);
            assert_memory_equal(hits.once, once, n_once * sizeof *once);
            assert_memory_equal(hits.twice, twice, n_twice * sizeof *twice);
            mem_free(hits.count);
            mem_free(hits.once);
            mem_free(hits.twice);
        }
    }
}

TEST(no_stretch_hides_its_best_score)
{
    uint64_t seed = 5;
    for (uint32_t round = 0; round < 400; round++) {
        uint32_t n = round < 140 ? round : random_below(&seed, N_SCORES);
        uint32_t shift = random_below(&seed, 17), skip = round % 3;
        uint32_t n_out = (n + KERN_STRETCH - 1) / KERN_STRETCH;
        uint16_t *score = heap_block(n + skip, sizeof *score);
        uint16_t *expected = heap_block(n_out, sizeof *expected);
        for (uint32_t i = 0; i < n; i++)
            score[skip + i] = (uint16_t)((random_u64(&seed) & 0xFFFF) >> shift);
        if (n > 3 && round % 2) score[skip + random_below(&seed, n)] = 65535;
        for (uint32_t i = 0; i < n; i++)
            if (score[skip + i] > expected[i / KERN_STRETCH])
                expected[i / KERN_STRETCH] = score[skip + i];
        EACH_VARIANT(v)
        {
            uint16_t *out = heap_block(n_out, sizeof *out);
            v->stretch_max_u16(score + skip, n, out);
            assert_memory_equal(out, expected, n_out * sizeof *out);
            mem_free(out);
        }
        mem_free(expected);
        mem_free(score);
    }
}

/* ---- Intersections ---- */

static void check_intersection(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb)
{
    uint64_t *wide_a = heap_block(na, sizeof *wide_a), *wide_b = heap_block(nb, sizeof *wide_b);
    uint64_t *expected = heap_block(na, sizeof *expected);
    /* Both halves of the 64-bit values differ, and the order stays. */
    for (uint32_t i = 0; i < na; i++)
        wide_a[i] = (uint64_t)a[i] << 32 | ~a[i];
    for (uint32_t i = 0; i < nb; i++)
        wide_b[i] = (uint64_t)b[i] << 32 | ~b[i];
    uint32_t n = 0;
    for (uint32_t i = 0, j = 0; i < na; i++) {
        while (j < nb && b[j] < a[i])
            j++;
        if (j < nb && b[j] == a[i]) expected[n++] = wide_a[i];
    }
    EACH_VARIANT(v)
    {
        assert_int_equal(v->intersect_u32(a, na, b, nb), n);
        assert_int_equal(v->intersect_u32(b, nb, a, na), n);
        assert_int_equal(v->intersect_u64(wide_a, na, wide_b, nb, NULL), n);
        uint64_t *out = heap_block(na < nb ? na : nb, sizeof *out);
        assert_int_equal(v->intersect_u64(wide_b, nb, wide_a, na, out), n);
        assert_memory_equal(out, expected, n * sizeof *out);
        mem_free(out);
    }
    mem_free(wide_a);
    mem_free(wide_b);
    mem_free(expected);
}

TEST(shared_shingles_are_counted_right_whatever_the_sizes)
{
    uint64_t seed = 7;
    for (uint32_t round = 0; round < 600; round++) {
        uint32_t na = random_below(&seed, 140), nb = random_below(&seed, 140);
        if (round % 5 == 0) nb = na * 40 + random_below(&seed, 10);
        uint32_t *a = heap_block(na, sizeof *a), *b = heap_block(nb, sizeof *b);
        uint32_t gap = 1 + random_below(&seed, 6);
        random_ascending(&seed, a, na, round % 5 ? gap : gap * 40);
        random_ascending(&seed, b, nb, gap);
        check_intersection(a, na, b, nb);
        mem_free(a);
        mem_free(b);
    }
}

TEST(the_same_text_shares_everything_and_another_one_nothing)
{
    for (uint32_t n = 0; n < 70; n++) {
        uint32_t *a = heap_block(n, sizeof *a), *b = heap_block(n, sizeof *b);
        for (uint32_t i = 0; i < n; i++) {
            a[i] = UINT32_MAX - 2 * (n - 1 - i);
            b[i] = a[i] - 1;
        }
        check_intersection(a, n, a, n);
        check_intersection(a, n, b, n);
        check_intersection(a, n, a, n / 2);
        check_intersection(a, n, a + n / 2, n - n / 2);
        mem_free(a);
        mem_free(b);
    }
}

TEST(a_damaged_shingle_list_gives_a_wrong_count_at_worst)
{
    uint64_t seed = 8;
    for (uint32_t round = 0; round < 300; round++) {
        uint32_t na = random_below(&seed, 100), nb = random_below(&seed, 100);
        uint32_t least = na < nb ? na : nb;
        uint64_t *a = heap_block(na, sizeof *a), *b = heap_block(nb, sizeof *b);
        uint32_t *low_a = heap_block(na, sizeof *low_a), *low_b = heap_block(nb, sizeof *low_b);
        for (uint32_t i = 0; i < na; i++)
            a[i] = low_a[i] = random_below(&seed, 4);
        for (uint32_t i = 0; i < nb; i++)
            b[i] = low_b[i] = random_below(&seed, 4);
        EACH_VARIANT(v)
        {
            uint64_t *out = heap_block(least, sizeof *out);
            assert_true(v->intersect_u64(a, na, b, nb, out) <= least);
            assert_true(v->intersect_u32(low_a, na, low_b, nb) <= least);
            mem_free(out);
        }
        mem_free(a);
        mem_free(b);
        mem_free(low_a);
        mem_free(low_b);
    }
}

/* ---- Bits and hashes ---- */

TEST(every_set_bit_is_counted)
{
    uint64_t seed = 9;
    for (size_t n = 0; n < 200; n++) {
        uint64_t *words = heap_block(n, sizeof *words), ones = 0;
        for (size_t i = 0; i < n; i++) {
            words[i] = n % 3 == 0 ? UINT64_MAX : random_u64(&seed);
            for (int bit = 0; bit < 64; bit++)
                ones += words[i] >> bit & 1;
        }
        EACH_VARIANT(v)
        {
            assert_int_equal(v->popcount(words, n), ones);
        }
        mem_free(words);
    }
}

TEST(gram_hash_1_is_murmur3_as_others_compute_it)
{
    /* The first: the published hash of the four bytes "test". The others: Python's
     * mmh3.hash(text.encode("utf-32-le"), 0). */
    static const struct {
        uint32_t n, cp[KERN_GRAM_MAX], hash;
    } k_grams[] = {
        {1, {0x74736574}, 0xba6bd213},
        {3, {'a', 'b', 'c'}, 0x9bf65d80},
        {3, {0x634, 0x645, 0x627}, 0xb440820a},
        {6, {'C', 'o', 'v', 'i', 'd', 0x1f637}, 0x475897cf},
        {8, {'v', 'a', 'c', 'c', 'i', 'n', 'e', 's'}, 0x86abc9bd},
    };
    for (size_t i = 0; i < COUNT_OF(k_grams); i++) {
        EACH_VARIANT(v)
        {
            uint32_t out = 0;
            assert_int_equal(v->hash_ngrams(k_grams[i].cp, k_grams[i].n, k_grams[i].n, &out), 1);
            assert_int_equal(out, k_grams[i].hash);
        }
    }
}

TEST(a_bank_finds_its_grams_again_on_another_machine)
{
    uint64_t seed = 10;
    for (uint32_t n = 0; n < 150; n++) {
        uint32_t *cp = heap_block(n, sizeof *cp);
        for (uint32_t i = 0; i < n; i++)
            cp[i] = i % 7 ? random_below(&seed, 0x110000) : (uint32_t)random_u64(&seed);
        for (uint32_t gram = 0; gram <= KERN_GRAM_MAX + 1; gram++) {
            bool valid = gram >= KERN_GRAM_MIN && gram <= KERN_GRAM_MAX && n >= gram;
            uint32_t n_grams = valid ? n - gram + 1 : 0;
            uint32_t *expected = heap_block(n_grams, sizeof *expected);
            kern_variant(0)->hash_ngrams(cp, n, gram, expected);
            EACH_VARIANT(v)
            {
                uint32_t *out = heap_block(n_grams, sizeof *out);
                assert_int_equal(v->hash_ngrams(cp, n, gram, out), n_grams);
                assert_memory_equal(out, expected, n_grams * sizeof *out);
                mem_free(out);
            }
            mem_free(expected);
        }
        mem_free(cp);
    }
}

TESTS(RUN(no_document_number_is_lost_in_a_posting_block_of_any_width),
      RUN(the_bits_needed_are_those_of_the_largest_gap),
      RUN(a_packed_block_has_the_bytes_the_format_page_says),
      RUN(a_damaged_block_cannot_pretend_to_be_in_range),
      RUN(scores_add_up_and_who_is_met_first_is_told),
      RUN(hit_counts_add_up_and_stay_at_the_top_instead_of_wrapping),
      RUN(no_stretch_hides_its_best_score),
      RUN(shared_shingles_are_counted_right_whatever_the_sizes),
      RUN(the_same_text_shares_everything_and_another_one_nothing),
      RUN(a_damaged_shingle_list_gives_a_wrong_count_at_worst), RUN(every_set_bit_is_counted),
      RUN(gram_hash_1_is_murmur3_as_others_compute_it),
      RUN(a_bank_finds_its_grams_again_on_another_machine))
