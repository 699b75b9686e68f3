/* SPDX-License-Identifier: Apache-2.0 */
#include "trees.h"

static void expect_same(const struct seal_proof *got, const struct seal_proof *want)
{
    CHECK(got->n == want->n);
    assert_memory_equal(got->hash, want->hash, want->n * sizeof want->hash[0]);
}

TEST(proofs_are_those_of_the_reference_implementation)
{
    static const char *const k_leaves[] = {"",
                                           "00",
                                           "10",
                                           "2021",
                                           "3031",
                                           "40414243",
                                           "5051525354555657",
                                           "606162636465666768696a6b6c6d6e6f"};
    static const char *const k_inclusion_5_in_8[] = {
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"};
    static const char *const k_6_to_8[] = {
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"};
    struct stored s;
    struct seal_proof proof;
    stored_init(&s, 8);
    for (size_t i = 0; i < 8; i++) {
        uint8_t entry[16];
        size_t n = strlen(k_leaves[i]) / 2;
        CHECK_OK(seal_from_hex(view_cstr(k_leaves[i]), n, entry));
        CHECK_OK(seal_hash_leaf(view_of(entry, n), &s.level[0][i]));
    }
    for (uint32_t level = 1; level < s.n_levels; level++)
        for (size_t i = 0; i < 8u >> level; i++)
            CHECK_OK(seal_hash_node(&s.level[level - 1][2 * i], &s.level[level - 1][2 * i + 1],
                                    &s.level[level][i]));
    const struct seal_source from = {&s, read_stored};
    CHECK_OK(seal_prove_inclusion(5, 8, &from, &proof));
    CHECK(proof.n == 3);
    for (uint32_t i = 0; i < 3; i++)
        check_hash(&proof.hash[i], k_inclusion_5_in_8[i]);
    CHECK_OK(seal_prove_consistency(6, 8, &from, &proof));
    CHECK(proof.n == 3);
    for (uint32_t i = 0; i < 3; i++)
        check_hash(&proof.hash[i], k_6_to_8[i]);
    stored_done(&s);
}

enum { SMALL = 70 };

TEST(every_leaf_of_a_small_tree_has_the_proof_of_the_standard_and_it_holds)
{
    struct stored s;
    stored_init(&s, SMALL);
    const struct seal_hash *d = s.level[0];
    for (uint64_t size = 1; size <= SMALL; size++) {
        struct stored part = s;
        part.size = size;
        const struct seal_source from = {&part, read_stored};
        struct seal_hash root = rfc_head(d, size);
        for (uint64_t i = 0; i < size; i++) {
            struct seal_proof got, want = {0};
            CHECK_OK(seal_prove_inclusion(i, size, &from, &got));
            rfc_path(i, d, size, &want);
            expect_same(&got, &want);
            CHECK_OK(seal_check_inclusion(&got, &d[i], i, size, &root));
        }
    }
    stored_done(&s);
}

TEST(every_earlier_size_has_the_proof_of_the_standard_and_it_holds)
{
    struct stored s;
    stored_init(&s, SMALL);
    const struct seal_hash *d = s.level[0];
    for (uint64_t size = 1; size <= SMALL; size++) {
        struct stored part = s;
        part.size = size;
        const struct seal_source from = {&part, read_stored};
        struct seal_hash root = rfc_head(d, size);
        for (uint64_t old = 1; old <= size; old++) {
            struct seal_proof got, want = {0};
            struct seal_hash old_root = rfc_head(d, old);
            CHECK_OK(seal_prove_consistency(old, size, &from, &got));
            rfc_subproof(old, d, size, true, &want);
            expect_same(&got, &want);
            CHECK_OK(seal_check_consistency(&got, old, &old_root, size, &root));
        }
    }
    stored_done(&s);
}

/* The size of the whole is not in the root: only a signed checkpoint vouches for it. */
TEST(a_proof_holds_for_nothing_but_what_it_was_made_for)
{
    enum { SIZE = 20 };
    struct stored s;
    stored_init(&s, SIZE);
    const struct seal_source from = {&s, read_stored};
    struct seal_hash root[SIZE + 1];
    for (uint64_t n = 1; n <= SIZE; n++)
        root[n] = rfc_head(s.level[0], n);
    for (uint64_t m = 1; m <= SIZE; m++) {
        struct seal_proof inclusion, consistency;
        const struct seal_hash *leaf = &s.level[0][m - 1];
        CHECK_OK(seal_prove_inclusion(m - 1, SIZE, &from, &inclusion));
        CHECK_OK(seal_prove_consistency(m, SIZE, &from, &consistency));
        for (uint64_t i = 0; i < SIZE; i++) {
            rc r = seal_check_inclusion(&inclusion, leaf, i, SIZE, &root[SIZE]);
            CHECK(r.code == (i == m - 1 ? E_OK : E_DAMAGED));
            if (i != m - 1)
                CHECK_FAILS(E_DAMAGED, seal_check_inclusion(&inclusion, &s.level[0][i], m - 1, SIZE,
                                                            &root[SIZE]));
        }
        for (uint64_t n = 1; n < SIZE; n++) {
            if (n == m) continue;
            CHECK_FAILS(E_DAMAGED,
                        seal_check_consistency(&consistency, m, &root[n], SIZE, &root[SIZE]));
            CHECK_FAILS(E_DAMAGED,
                        seal_check_consistency(&consistency, n, &root[n], SIZE, &root[SIZE]));
        }
    }
    stored_done(&s);
}

/* The trap of some verifiers: nothing is consistent with nothing. */
TEST(sizes_that_no_proof_is_about_are_refused)
{
    static const struct {
        uint64_t old_size, size;
        enum err expected;
    } k_cases[] = {
        {0, 0, E_INPUT},
        {0, 1, E_INPUT},
        {2, 1, E_INPUT},
        {UINT64_MAX, 1, E_INPUT},
        {1, UINT64_MAX, E_LIMIT},
        {SEAL_SIZE_MAX + 1, SEAL_SIZE_MAX + 1, E_LIMIT},
        {UINT64_MAX, UINT64_MAX, E_LIMIT},
    };
    struct stored s;
    stored_init(&s, 4);
    const struct seal_source from = {&s, read_stored};
    struct seal_hash root = rfc_head(s.level[0], 0);
    struct seal_proof proof = {.n = 9}, empty = {0};
    for (size_t i = 0; i < COUNT_OF(k_cases); i++) {
        CHECK_FAILS(k_cases[i].expected,
                    seal_prove_consistency(k_cases[i].old_size, k_cases[i].size, &from, &proof));
        CHECK_FAILS(k_cases[i].expected, seal_check_consistency(&empty, k_cases[i].old_size, &root,
                                                                k_cases[i].size, &root));
    }
    static const uint64_t k_too_far[] = {0, 1, 4};
    for (size_t i = 0; i < COUNT_OF(k_too_far); i++) {
        uint64_t size = k_too_far[i];
        CHECK_FAILS(E_INPUT, seal_prove_inclusion(size, size, &from, &proof));
        CHECK_FAILS(E_INPUT, seal_check_inclusion(&empty, &root, size, size, &root));
        CHECK_FAILS(E_INPUT, seal_prove_inclusion(UINT64_MAX, size, &from, &proof));
        CHECK_FAILS(E_INPUT, seal_check_inclusion(&empty, &root, UINT64_MAX, size, &root));
    }
    CHECK_FAILS(E_LIMIT, seal_check_inclusion(&empty, &root, 0, UINT64_MAX, &root));
    CHECK(proof.n == 9);
    stored_done(&s);
}

TEST(two_trees_of_one_size_are_the_same_or_a_fork)
{
    struct stored s;
    stored_init(&s, 5);
    struct seal_hash root = rfc_head(s.level[0], 5), other = rfc_head(s.level[0], 4);
    struct seal_proof empty = {0}, one = {.n = 1};
    CHECK_OK(seal_check_consistency(&empty, 5, &root, 5, &root));
    CHECK_FAILS(E_DAMAGED, seal_check_consistency(&empty, 5, &root, 5, &other));
    CHECK_FAILS(E_DAMAGED, seal_check_consistency(&one, 5, &root, 5, &root));
    CHECK_FAILS(E_DAMAGED, seal_check_consistency(&empty, 4, &other, 5, &root));
    CHECK_FAILS(E_DAMAGED, seal_check_consistency(&empty, 3, &other, 5, &root));
    CHECK_OK(seal_check_inclusion(&empty, &root, 0, 1, &root));
    CHECK_FAILS(E_DAMAGED, seal_check_inclusion(&one, &root, 0, 1, &root));
    stored_done(&s);
}

static void drop_first(struct seal_proof *p)
{
    memmove(p->hash, p->hash + 1, (SEAL_PROOF_MAX - 1) * sizeof p->hash[0]);
    p->n--;
}

struct case_ {
    bool inclusion;
    uint64_t a, size; /* leaf or earlier size */
    struct seal_hash start, root;
};

static rc check(const struct case_ *c, const struct seal_proof *p)
{
    return c->inclusion ? seal_check_inclusion(p, &c->start, c->a, c->size, &c->root)
                        : seal_check_consistency(p, c->a, &c->start, c->size, &c->root);
}

static void every_change_fails(const struct case_ *c, const struct seal_proof *proof,
                               uint64_t *random)
{
    struct seal_proof p = *proof;
    bool all_bits = next_random(random) % 16 == 0;
    for (uint32_t i = 0; i < p.n; i++)
        for (uint32_t bit = 0; bit < 256; bit++) {
            uint32_t at = all_bits ? bit : (uint32_t)(next_random(random) % 256);
            p.hash[i].bytes[at / 8] ^= (uint8_t)(1 << at % 8);
            CHECK_FAILS(E_DAMAGED, check(c, &p));
            p.hash[i].bytes[at / 8] ^= (uint8_t)(1 << at % 8);
            if (!all_bits && bit >= 2) break;
        }
    struct case_ other = *c;
    other.start.bytes[next_random(random) % 32] ^= 1;
    CHECK_FAILS(E_DAMAGED, check(&other, &p));
    other = *c;
    other.root.bytes[next_random(random) % 32] ^= 0x80;
    CHECK_FAILS(E_DAMAGED, check(&other, &p));
    p.n++;
    CHECK_FAILS(E_DAMAGED, check(c, &p));
    p.hash[p.n - 1] = c->root;
    CHECK_FAILS(E_DAMAGED, check(c, &p));
    p = *proof;
    if (p.n == 0) return;
    p.n--;
    CHECK_FAILS(E_DAMAGED, check(c, &p));
    p = *proof;
    drop_first(&p);
    CHECK_FAILS(E_DAMAGED, check(c, &p));
}

TEST(in_trees_of_any_size_every_proof_holds_and_no_altered_one)
{
    enum { N_TREES = 12, N_PROOFS = 24, LARGEST = 5000 };
    uint64_t random = 7;
    struct stored all;
    stored_init(&all, LARGEST);
    for (int t = 0; t < N_TREES; t++) {
        struct stored s = all;
        s.size = 2 + next_random(&random) % (LARGEST - 1);
        const struct seal_source from = {&s, read_stored};
        struct case_ c = {.size = s.size};
        CHECK_OK(seal_hash_tree(s.level[0], s.size, &c.root));
        for (int i = 0; i < N_PROOFS; i++) {
            struct seal_proof proof;
            c.a = next_random(&random) % s.size;
            c.start = s.level[0][c.a];
            c.inclusion = true;
            CHECK_OK(seal_prove_inclusion(c.a, c.size, &from, &proof));
            CHECK_OK(check(&c, &proof));
            every_change_fails(&c, &proof, &random);
            c.a = 1 + next_random(&random) % (s.size - 1);
            c.inclusion = false;
            CHECK_OK(seal_hash_tree(s.level[0], c.a, &c.start));
            CHECK_OK(seal_prove_consistency(c.a, c.size, &from, &proof));
            CHECK_OK(check(&c, &proof));
            every_change_fails(&c, &proof, &random);
        }
    }
    stored_done(&all);
}

/* Any hash of any subtree: in the tree whose leaves are all alike it depends on the level only. */
static rc read_alike(void *context, uint32_t level, uint64_t index, struct seal_hash *out)
{
    (void)index;
    *out = ((struct seal_hash *)context)[level];
    return OK;
}

TEST(proofs_of_the_largest_trees_fit_and_hold)
{
    static const uint64_t k_places[] = {
        0, 1, 2, UINT64_C(1) << 62, (UINT64_C(1) << 62) - 1, SEAL_SIZE_MAX - 3, SEAL_SIZE_MAX - 2};
    struct seal_hash alike[64];
    struct seal_tree t, old;
    struct seal_hash root, old_root;
    struct seal_proof proof;
    CHECK_OK(seal_hash_leaf(VIEW("x"), &alike[0]));
    for (size_t i = 1; i < 64; i++)
        CHECK_OK(seal_hash_node(&alike[i - 1], &alike[i - 1], &alike[i]));
    const struct seal_source from = {alike, read_alike};
    uint32_t most = 0;
    CHECK_OK(seal_tree_load(SEAL_SIZE_MAX, &from, &t));
    CHECK_OK(seal_tree_head(&t, &root));
    for (size_t i = 0; i < COUNT_OF(k_places); i++) {
        CHECK_OK(seal_prove_inclusion(k_places[i], SEAL_SIZE_MAX, &from, &proof));
        CHECK_OK(seal_check_inclusion(&proof, &alike[0], k_places[i], SEAL_SIZE_MAX, &root));
        CHECK_OK(seal_prove_consistency(k_places[i] + 1, SEAL_SIZE_MAX, &from, &proof));
        CHECK_OK(seal_tree_load(k_places[i] + 1, &from, &old));
        CHECK_OK(seal_tree_head(&old, &old_root));
        CHECK_OK(seal_check_consistency(&proof, k_places[i] + 1, &old_root, SEAL_SIZE_MAX, &root));
        most = proof.n > most ? proof.n : most;
    }
    CHECK(most == SEAL_PROOF_MAX);
    proof.n = SEAL_PROOF_MAX + 1;
    CHECK_FAILS(E_LIMIT, seal_check_inclusion(&proof, &alike[0], 0, SEAL_SIZE_MAX, &root));
    CHECK_FAILS(E_LIMIT, seal_check_consistency(&proof, 1, &alike[0], SEAL_SIZE_MAX, &root));
}

TEST(a_missing_tile_is_told_and_the_proof_stays)
{
    struct stored s;
    struct seal_proof proof = {.n = 9};
    stored_init(&s, 8);
    const struct seal_source from = {&s, read_stored};
    CHECK_FAILS(E_NOT_FOUND, seal_prove_inclusion(1, 12, &from, &proof));
    CHECK_FAILS(E_NOT_FOUND, seal_prove_inclusion(10, 12, &from, &proof));
    CHECK_FAILS(E_NOT_FOUND, seal_prove_consistency(10, 12, &from, &proof));
    CHECK_FAILS(E_NOT_FOUND, seal_prove_consistency(4, 9, &from, &proof));
    CHECK(proof.n == 9);
    stored_done(&s);
}

TESTS(RUN(proofs_are_those_of_the_reference_implementation),
      RUN(every_leaf_of_a_small_tree_has_the_proof_of_the_standard_and_it_holds),
      RUN(every_earlier_size_has_the_proof_of_the_standard_and_it_holds),
      RUN(a_proof_holds_for_nothing_but_what_it_was_made_for),
      RUN(sizes_that_no_proof_is_about_are_refused),
      RUN(two_trees_of_one_size_are_the_same_or_a_fork),
      RUN(in_trees_of_any_size_every_proof_holds_and_no_altered_one),
      RUN(proofs_of_the_largest_trees_fit_and_hold),
      RUN(a_missing_tile_is_told_and_the_proof_stays))
