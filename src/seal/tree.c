/* SPDX-License-Identifier: Apache-2.0
 *
 * Merkle trees of RFC 9162 section 2.1.1, grown leaf by leaf: a tree of n leaves is one full
 * subtree for each bit of n, largest first. No recursion, no list of all leaves. */
#include "seal/seal_int.h"

const struct seal_hash k_empty_root = {{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
                                        0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
                                        0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
                                        0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};

/* Leaves and nodes are told apart, so that no entry can pass for a node. */
static const uint8_t k_leaf_prefix = 0, k_node_prefix = 1;

rc hash_node(struct seal_hasher *h, const struct seal_hash *left, const struct seal_hash *right,
             struct seal_hash *out)
{
    const struct view parts[] = {view_of(&k_node_prefix, 1),
                                 view_of(left->bytes, sizeof left->bytes),
                                 view_of(right->bytes, sizeof right->bytes)};
    return hash_parts(h, parts, COUNT_OF(parts), out->bytes);
}

rc seal_hash_node(const struct seal_hash *left, const struct seal_hash *right,
                  struct seal_hash *out)
{
    CLEANUP(seal_hasher_done) struct seal_hasher h = {0};
    return hash_node(&h, left, right, out);
}

rc seal_hash_leaf(struct view entry, struct seal_hash *out)
{
    CLEANUP(seal_hasher_done) struct seal_hasher h = {0};
    const struct view parts[] = {view_of(&k_leaf_prefix, 1), entry};
    return hash_parts(&h, parts, COUNT_OF(parts), out->bytes);
}

/* t is unchanged on failure: its places above the size are nobody's. */
static rc add(struct seal_hasher *h, struct seal_tree *t, const struct seal_hash *leaf)
{
    if (t->size >= SEAL_SIZE_MAX)
        return FAIL(E_LIMIT, "seal: a tree has at most %llu leaves",
                    (unsigned long long)SEAL_SIZE_MAX);
    struct seal_hash up = *leaf;
    uint32_t level = 0;
    for (; t->size >> level & 1; level++)
        TRY(hash_node(h, &t->full[level], &up, &up));
    t->full[level] = up;
    t->size++;
    return OK;
}

static rc head(struct seal_hasher *h, const struct seal_tree *t, struct seal_hash *out)
{
    if (t->size > SEAL_SIZE_MAX) return FAIL(E_LIMIT, "seal: a tree larger than any may be");
    struct seal_hash up = k_empty_root;
    bool any = false;
    for (uint32_t level = 0; level < COUNT_OF(t->full); level++) {
        if (!(t->size >> level & 1)) continue;
        if (any)
            TRY(hash_node(h, &t->full[level], &up, &up));
        else
            up = t->full[level];
        any = true;
    }
    *out = up;
    return OK;
}

rc seal_tree_add(struct seal_tree *t, const struct seal_hash *leaf)
{
    CLEANUP(seal_hasher_done) struct seal_hasher h = {0};
    return add(&h, t, leaf);
}

rc seal_tree_head(const struct seal_tree *t, struct seal_hash *out)
{
    CLEANUP(seal_hasher_done) struct seal_hasher h = {0};
    return head(&h, t, out);
}

rc seal_hash_tree(const struct seal_hash *hashes, uint64_t n, struct seal_hash *out)
{
    CLEANUP(seal_hasher_done) struct seal_hasher h = {0};
    struct seal_tree t = {0};
    for (uint64_t i = 0; i < n; i++)
        TRY(add(&h, &t, &hashes[i]));
    return head(&h, &t, out);
}

rc seal_tree_load(uint64_t size, const struct seal_source *from, struct seal_tree *out)
{
    if (size > SEAL_SIZE_MAX) return FAIL(E_LIMIT, "seal: a tree larger than any may be");
    struct seal_tree t = {.size = size};
    for (uint32_t level = 0; level < COUNT_OF(t.full); level++)
        if (size >> level & 1)
            TRY(from->read(from->context, level, (size >> level) - 1, &t.full[level]));
    *out = t;
    return OK;
}
