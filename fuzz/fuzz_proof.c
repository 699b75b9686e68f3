/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a proof file, as proof lines, and as a proof in binary: earlier size or
 * index (8 bytes), size (8), kind (1), then hashes. What is read is written again as the same
 * bytes, and no bytes prove what is not so. */
#include <string.h>

#include "must.h"
#include "seal/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void try_file(struct view bytes)
{
    struct arena mem;
    struct seal_proof_file file;
    CLEANUP(buf_done) struct buf again = {0};
    arena_init(&mem, 0);
    if (ok(seal_proof_file_parse(bytes, &mem, &file))) {
        must(file.index <= SEAL_SIZE_MAX && file.proof.n <= SEAL_PROOF_MAX);
        must(ok(seal_proof_file_print(&file, &again)) && view_eq(buf_view(&again), bytes));
    }
    arena_done(&mem);
}

static void try_lines(struct view bytes)
{
    struct seal_proof proof;
    CLEANUP(buf_done) struct buf again = {0};
    if (!ok(seal_proof_parse(bytes, &proof))) return;
    must(proof.n <= SEAL_PROOF_MAX);
    must(ok(seal_proof_print(&proof, &again)) && view_eq(buf_view(&again), bytes));
}

/* All subtrees of one level are alike, so that a tree of any size can be asked. */
static rc read_alike(void *context, uint32_t level, uint64_t index, struct seal_hash *out)
{
    (void)context;
    (void)index;
    must(level < 63);
    memset(out->bytes, (int)level + 1, sizeof out->bytes);
    return OK;
}

static void try_binary(struct view bytes)
{
    static const struct seal_source k_source = {NULL, read_alike};
    struct seal_proof given = {0}, right;
    struct seal_hash leaf, root;
    if (bytes.n < 17) return;
    uint64_t a = get_u64(bytes.p), size = get_u64(bytes.p + 8);
    if (bytes.p[16] & 2) size = a + size % 64; /* small differences are rare by chance */
    for (size_t at = 17; at + 32 <= bytes.n && given.n < SEAL_PROOF_MAX; at += 32)
        memcpy(given.hash[given.n++].bytes, bytes.p + at, 32);
    memset(leaf.bytes, 1, sizeof leaf.bytes);
    memset(root.bytes, 7, sizeof root.bytes);
    bool inclusion = bytes.p[16] & 1;
    rc made = inclusion ? seal_prove_inclusion(a, size, &k_source, &right)
                        : seal_prove_consistency(a, size, &k_source, &right);
    rc checked = inclusion ? seal_check_inclusion(&given, &leaf, a, size, &root)
                           : seal_check_consistency(&given, a, &leaf, size, &root);
    if (!ok(made)) {
        must(made.code == E_INPUT || made.code == E_LIMIT);
        must(checked.code == made.code);
        return;
    }
    must(right.n <= SEAL_PROOF_MAX);
    /* Of a whole tree of one leaf, leaf and root are one; these two differ. */
    must(checked.code == E_DAMAGED);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    try_file(view_of(bytes, n));
    try_lines(view_of(bytes, n));
    try_binary(view_of(bytes, n));
    return 0;
}
