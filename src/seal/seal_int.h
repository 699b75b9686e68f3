/* SPDX-License-Identifier: Apache-2.0
 * What the files of seal share. */
#ifndef SANAD_SEAL_INT_H
#define SANAD_SEAL_INT_H

#include "seal/seal.h"

/** Hash of parts one behind another. h: zeroed or used before by this function, so that many hashes
 *  cost one context; the caller calls seal_hasher_done at the end. */
MUST rc hash_parts(struct seal_hasher *h, const struct view *parts, size_t n_parts,
                   uint8_t out[SEAL_SHA256_BYTES]);
MUST rc hash_node(struct seal_hasher *h, const struct seal_hash *left,
                  const struct seal_hash *right, struct seal_hash *out);

/** SHA-256(""), the root of the tree without leaves. */
extern const struct seal_hash k_empty_root;

/** libsodium chooses its loops before the first use. */
MUST rc sodium_ready(void);

enum {
    KEY_ID_BYTES = 4,
    TIME_BYTES = 8,
    COSIGNATURE_HEAD_BYTES = 64 /* "cosignature/v1\ntime 9223372036854775807\n" is 40 */
};

static inline uint32_t get_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void put_be32(uint8_t *p, uint32_t x)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> (24 - 8 * i));
}

/** One type of key in notes. */
struct key_kind {
    uint8_t type;
    const char *english;
    size_t public_bytes, signature_bytes; /* the signature behind the key id */
    /** NULL: known by its form only. */
    rc (*sign)(const struct seal_signer *key, struct view text, uint64_t time_s, uint8_t *out);
    rc (*check)(const struct seal_verifier *key, struct view text, struct view signature,
                uint64_t *out_time_s);
};
/** Errors E_VERSION. */
MUST rc find_key_kind(uint8_t type, const struct key_kind **out);

enum { KEY_BOX_SALT_BYTES = 16, KEY_BOX_NONCE_BYTES = 24, KEY_BOX_BYTES = SEAL_SEED_BYTES + 16 };
#define KEY_BOX_WORD "SEALED argon2id13 "
/** A seed behind a passphrase. */
struct key_box {
    uint64_t passes, memory_bytes;
    uint8_t salt[KEY_BOX_SALT_BYTES], nonce[KEY_BOX_NONCE_BYTES], box[KEY_BOX_BYTES];
};
/** head: covered too, not inside. Errors E_MEMORY, E_INTERNAL. */
MUST rc key_box_close(const uint8_t seed[SEAL_SEED_BYTES], struct view head, struct view passphrase,
                      struct key_box *out);
/** Errors E_DAMAGED, E_LIMIT, E_MEMORY. */
MUST rc key_box_open(const struct key_box *box, struct view head, struct view passphrase,
                     uint8_t out_seed[SEAL_SEED_BYTES]);
/** Its line, no line feed. */
MUST rc key_box_print(const struct key_box *box, struct buf *out);
/** Errors E_INPUT, E_VERSION, E_LIMIT work that would hurt. */
MUST rc key_box_parse(struct view line, struct key_box *out);

/** Names: of keys and, written by us, of logs. Errors E_INPUT, E_ENCODING. */
MUST rc check_name(struct view name, const char *what);
/** Text of a note: not empty, UTF-8, ends in a line feed, no other control character.
 *  Errors E_INPUT, E_ENCODING. */
MUST rc check_note_text(struct view text);

/** The line at *at without its line feed; *at moves behind it. Errors E_INPUT: no line feed. */
MUST rc take_line(struct view text, size_t *at, struct view *out_line);
#endif
