/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as the checkpoint of a log, with its key and a witness's. What is read as
 * a checkpoint is written again as the same bytes; what is said to be signed has lines of ours. */
#include <string.h>

#include "ledger/reading_int.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void make_key(const char *name, uint8_t type, const char *word, struct seal_signer *out)
{
    uint8_t seed[SEAL_SEED_BYTES];
    must(ok(seal_sha256(view_cstr(word), seed)));
    must(ok(seal_signer_init(view_cstr(name), type, seed, out)));
}

static void try_text(struct view text)
{
    CLEANUP(buf_done) struct buf again = {0};
    struct seal_checkpoint c;
    if (!ok(seal_checkpoint_parse(text, &c))) return;
    must(c.size <= SEAL_SIZE_MAX && c.origin.n > 0);
    /* A reader takes origins that a writer does not make. */
    if (ok(seal_checkpoint_print(&c, &again))) must(view_eq(buf_view(&again), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct seal_signer log, witness;
    struct arena mem;
    struct signed_checkpoint c;
    if (!log.name.n) {
        make_key("exchange.example/log1", SEAL_TYPE_ED25519, "log1", &log);
        make_key("witness.example/w1", SEAL_TYPE_COSIGNATURE, "w1", &witness);
    }
    const struct seal_verifier keys[] = {seal_signer_verifier(&log),
                                         seal_signer_verifier(&witness)};
    arena_init(&mem, 0);
    try_text(view_of(bytes, n));
    if (ok(checkpoint_check(view_of(bytes, n), keys, COUNT_OF(keys), &mem, &c))) {
        must(c.n_signed >= 1 && c.n_signed <= 2);
        must(view_eq(c.tree.origin, log.name));
    }
    arena_done(&mem);
    return 0;
}
