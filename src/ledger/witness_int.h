/* SPDX-License-Identifier: Apache-2.0
 * What the two files of the witness share: its state on disk. */
#ifndef SANAD_LEDGER_WITNESS_INT_H
#define SANAD_LEDGER_WITNESS_INT_H

#include "ledger/reading_int.h"

#define LOGS_FOLDER "logs"
#define FORKS_FOLDER "forks"
enum {
    HEX_BYTES = 2 * SEAL_SHA256_BYTES,
    NAME_BYTES = 192,
    KEYS_MAX = 16, /* of one log */
    KEYS_MAX_BYTES = 1 << 16,
    PROOF_MAX = 63,   /* lines of a request */
    UNPROVEN_MAX = 64 /* checkpoints of a log that are kept because a proof failed */
};

struct ledger_witness {
    char *dir;
    int lock;
    const struct seal_signer *key;
    struct buf bytes;
};

/* What is known of the log of a request. */
struct known {
    struct arena mem;
    char hash[HEX_BYTES + 1]; /* of the origin */
    struct seal_verifier keys[KEYS_MAX];
    size_t n_keys;
    struct view note; /* the last one cosigned, or empty */
    struct seal_checkpoint last;
};

/** Name of a file of a log, by the hash of its origin. */
MUST rc witness_name_of(const char *hash, const char *end, char out[NAME_BYTES]);
MUST rc witness_hash_origin(struct view origin, char out[HEX_BYTES + 1]);
/** Keys and last checkpoint of the log whose hash is set in k, whose arena is ready.
 *  Errors E_NOT_FOUND a log that is not watched; E_DAMAGED; E_IO, E_MEMORY */
MUST rc witness_load(struct ledger_witness *w, struct known *k);

#endif
