/* SPDX-License-Identifier: Apache-2.0
 *
 * Proofs of RFC 9162 sections 2.1.3 and 2.1.4. Both are the way from one node to the root: of a
 * leaf for inclusion; for consistency of the last full subtree that the old tree consists of, whose
 * hash goes first unless it is the whole old tree. */
#include "seal/seal_int.h"

#include <string.h>

static rc put(struct seal_proof *proof, const struct seal_hash *hash)
{
    if (proof->n >= SEAL_PROOF_MAX)
        return FAIL(E_LIMIT, "seal: a proof has at most %d hashes", SEAL_PROOF_MAX);
    proof->hash[proof->n++] = *hash;
    return OK;
}

/* Hash over the leaves from … size - 1: one full subtree per bit of their count, the smallest, and
 * so the last, first. */
static rc right_edge(const struct seal_source *source, struct seal_hasher *h, uint64_t from,
                     uint64_t size, struct seal_hash *out)
{
    uint64_t n = size - from;
    bool any = false;
    for (uint32_t level = 0; n >> level; level++) {
        if (!(n >> level & 1)) continue;
        struct seal_hash left;
        TRY(source->read(source->context, level, (size >> level) - 1, &left));
        if (any)
            TRY(hash_node(h, &left, out, out));
        else
            *out = left;
        any = true;
    }
    return OK;
}

/* The hashes beside the way from node (level, index) to the root. */
static rc way_up(const struct seal_source *source, uint32_t level, uint64_t index, uint64_t size,
                 struct seal_proof *out)
{
    CLEANUP(seal_hasher_done) struct seal_hasher h = {0};
    for (uint64_t last = (size - 1) >> level; last > 0; level++, index >>= 1, last >>= 1) {
        struct seal_hash beside;
        if (index % 2 == 1)
            TRY(source->read(source->context, level, index - 1, &beside));
        else if (index + 1 < last)
            TRY(source->read(source->context, level, index + 1, &beside));
        else if (index + 1 == last)
            TRY(right_edge(source, &h, last << level, size, &beside));
        else
            continue; /* nothing stands on its right, so it rises as it is */
        TRY(put(out, &beside));
    }
    return OK;
}

static rc check_sizes(uint64_t inner, uint64_t size, const char *what)
{
    if (size > SEAL_SIZE_MAX)
        return FAIL(E_LIMIT, "seal: a tree of %llu leaves", (unsigned long long)size);
    if (inner == 0 || inner > size)
        return FAIL(E_INPUT, "seal: no proof is about %s %llu in a tree of %llu leaves", what,
                    (unsigned long long)inner, (unsigned long long)size);
    return OK;
}

static rc check_place(uint64_t index, uint64_t size)
{
    if (index >= SEAL_SIZE_MAX) return FAIL(E_INPUT, "seal: a leaf that no tree has");
    return check_sizes(index + 1, size, "leaf number");
}

rc seal_prove_inclusion(uint64_t index, uint64_t size, const struct seal_source *from,
                        struct seal_proof *out)
{
    TRY(check_place(index, size));
    struct seal_proof proof = {0};
    TRY(way_up(from, 0, index, size, &proof));
    *out = proof;
    return OK;
}

rc seal_prove_consistency(uint64_t old_size, uint64_t size, const struct seal_source *from,
                          struct seal_proof *out)
{
    TRY(check_sizes(old_size, size, "an earlier size"));
    struct seal_proof proof = {0};
    if (old_size < size) {
        uint32_t level = (uint32_t)__builtin_ctzll(old_size);
        uint64_t index = (old_size >> level) - 1;
        if (index > 0) {
            struct seal_hash first;
            TRY(from->read(from->context, level, index, &first));
            TRY(put(&proof, &first));
        }
        TRY(way_up(from, level, index, size, &proof));
    }
    *out = proof;
    return OK;
}

/* ---- checking ---- */

static bool same(const struct seal_hash *a, const struct seal_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Walks up from node `index` of a level whose last node is `last`. *root becomes the hash over all,
 * *old_root, if asked for, the hash over what stands left of the way and the way itself. */
static rc walk(const struct seal_hash *hash, uint32_t n, uint64_t index, uint64_t last,
               struct seal_hash *root, struct seal_hash *old_root)
{
    CLEANUP(seal_hasher_done) struct seal_hasher h = {0};
    for (uint32_t i = 0; i < n; i++) {
        if (last == 0) return FAIL(E_DAMAGED, "seal: a proof is longer than the way to the root");
        while (index % 2 == 0 && index == last) {
            index >>= 1;
            last >>= 1;
        }
        if (index % 2 == 1) {
            TRY(hash_node(&h, &hash[i], root, root));
            if (old_root) TRY(hash_node(&h, &hash[i], old_root, old_root));
        } else {
            TRY(hash_node(&h, root, &hash[i], root));
        }
        index >>= 1;
        last >>= 1;
    }
    if (last != 0) return FAIL(E_DAMAGED, "seal: a proof is shorter than the way to the root");
    return OK;
}

rc seal_check_inclusion(const struct seal_proof *proof, const struct seal_hash *leaf,
                        uint64_t index, uint64_t size, const struct seal_hash *root)
{
    TRY(check_place(index, size));
    if (proof->n > SEAL_PROOF_MAX) return FAIL(E_LIMIT, "seal: a proof of %u hashes", proof->n);
    struct seal_hash all = *leaf;
    TRY(walk(proof->hash, proof->n, index, size - 1, &all, NULL));
    if (!same(&all, root)) return FAIL(E_DAMAGED, "seal: an inclusion proof leads to another root");
    return OK;
}

rc seal_check_consistency(const struct seal_proof *proof, uint64_t old_size,
                          const struct seal_hash *old_root, uint64_t size,
                          const struct seal_hash *root)
{
    TRY(check_sizes(old_size, size, "an earlier size"));
    if (proof->n > SEAL_PROOF_MAX) return FAIL(E_LIMIT, "seal: a proof of %u hashes", proof->n);
    uint32_t level = (uint32_t)__builtin_ctzll(old_size);
    uint64_t index = (old_size >> level) - 1;
    bool whole = index == 0 || old_size == size; /* the way begins at the old root itself */
    if (old_size == size && (proof->n != 0 || !same(old_root, root)))
        return FAIL(E_DAMAGED, "seal: two trees of one size that are not the same");
    if (old_size == size) return OK;
    if (!whole && proof->n == 0) return FAIL(E_DAMAGED, "seal: an empty proof between two sizes");
    struct seal_hash all = whole ? *old_root : proof->hash[0], left = all;
    uint32_t skip = whole ? 0 : 1;
    TRY(walk(proof->hash + skip, proof->n - skip, index, (size - 1) >> level, &all, &left));
    if (!same(&left, old_root))
        return FAIL(E_DAMAGED, "seal: a consistency proof leads to another earlier root");
    if (!same(&all, root))
        return FAIL(E_DAMAGED, "seal: a consistency proof leads to another root");
    return OK;
}
