/* SPDX-License-Identifier: Apache-2.0
 *
 * Trees for the tests of seal: RFC 9162 section 2.1 word by word and recursive, to compare with;
 * and a source of stored hashes that refuses whatever a log would not have stored. */
#ifndef SANAD_TESTS_SEAL_TREES_H
#define SANAD_TESTS_SEAL_TREES_H

#include "seal/seal.h"
#include "test.h"

static inline struct seal_hash hash_of_hex(const char *hex)
{
    struct seal_hash h;
    CHECK_OK(seal_from_hex(view_cstr(hex), sizeof h.bytes, h.bytes));
    return h;
}

static inline void check_hash(const struct seal_hash *h, const char *hex)
{
    char text[2 * SEAL_SHA256_BYTES];
    seal_hex(h->bytes, sizeof h->bytes, text);
    CHECK_TEXT(view_of(text, sizeof text), hex);
}

static inline bool same_hash(const struct seal_hash *a, const struct seal_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Some leaf hashes; no two are equal. */
static inline struct seal_hash *new_leaves(uint64_t n)
{
    struct seal_hash *leaves = calloc(n ? n : 1, sizeof *leaves);
    CHECK(leaves != NULL);
    for (uint64_t i = 0; leaves && i < n; i++)
        CHECK_OK(seal_hash_leaf(view_of(&i, sizeof i), &leaves[i]));
    return leaves;
}

static inline uint64_t split(uint64_t n)
{
    uint64_t k = 1;
    while (k * 2 < n)
        k *= 2;
    return k;
}

static inline struct seal_hash rfc_head(const struct seal_hash *d, uint64_t n)
{
    if (n == 0)
        return hash_of_hex("e3b0c44298fc1c149afbf4c8996fb924"
                           "27ae41e4649b934ca495991b7852b855");
    if (n == 1) return d[0];
    uint64_t k = split(n);
    struct seal_hash left = rfc_head(d, k), right = rfc_head(d + k, n - k), both;
    CHECK_OK(seal_hash_node(&left, &right, &both));
    return both;
}

static inline void rfc_path(uint64_t m, const struct seal_hash *d, uint64_t n,
                            struct seal_proof *out)
{
    if (n == 1) return;
    uint64_t k = split(n);
    if (m < k) {
        rfc_path(m, d, k, out);
        out->hash[out->n++] = rfc_head(d + k, n - k);
    } else {
        rfc_path(m - k, d + k, n - k, out);
        out->hash[out->n++] = rfc_head(d, k);
    }
}

static inline void rfc_subproof(uint64_t m, const struct seal_hash *d, uint64_t n, bool whole,
                                struct seal_proof *out)
{
    if (m == n) {
        if (!whole) out->hash[out->n++] = rfc_head(d, n);
        return;
    }
    uint64_t k = split(n);
    if (m <= k) {
        rfc_subproof(m, d, k, whole, out);
        out->hash[out->n++] = rfc_head(d + k, n - k);
    } else {
        rfc_subproof(m - k, d + k, n - k, false, out);
        out->hash[out->n++] = rfc_head(d, k);
    }
}

/* Stored hashes of a tree in memory. */
struct stored {
    uint64_t size;
    uint32_t n_levels;
    struct seal_hash *level[40];
};

static inline rc read_stored(void *context, uint32_t level, uint64_t index, struct seal_hash *out)
{
    const struct stored *s = context;
    if (level >= s->n_levels || index >= s->size >> level)
        return FAIL(E_NOT_FOUND, "test: no full subtree at level %u, %llu", level,
                    (unsigned long long)index);
    *out = s->level[level][index];
    return OK;
}

static inline void stored_init(struct stored *s, uint64_t size)
{
    memset(s, 0, sizeof *s);
    s->size = size;
    s->level[0] = new_leaves(size);
    for (s->n_levels = 1; size >> s->n_levels; s->n_levels++) {
        uint64_t n = size >> s->n_levels;
        struct seal_hash *below = s->level[s->n_levels - 1], *up = calloc(n, sizeof *up);
        CHECK(up != NULL);
        for (uint64_t i = 0; up && i < n; i++)
            CHECK_OK(seal_hash_node(&below[2 * i], &below[2 * i + 1], &up[i]));
        s->level[s->n_levels] = up;
    }
}

static inline void stored_done(struct stored *s)
{
    for (uint32_t i = 0; i < COUNT_OF(s->level); i++)
        free(s->level[i]);
}

static inline uint64_t next_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u; /* splitmix64 */
    uint64_t x = *state;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

#endif
