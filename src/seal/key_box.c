/* SPDX-License-Identifier: Apache-2.0
 *
 * A seed behind a passphrase: Argon2id (RFC 9106) makes the key, XChaCha20-Poly1305 the box
 * (draft-irtf-cfrg-xchacha), both by libsodium. The line:
 *
 *   SEALED argon2id13 <passes> <bytes of memory> base64(salt) base64(nonce) base64(box)
 *
 * The box also covers the head of the key file, so that nobody gives the key another purpose. */
#include "seal/seal_int.h"

#include <sodium.h>

enum {
    SALT_BYTES = crypto_pwhash_SALTBYTES,                       /* 16 */
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, /* 24 */
    BOX_KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    BOX_BYTES = SEAL_SEED_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES, /* 48 */
    PASSES = crypto_pwhash_argon2id_OPSLIMIT_MODERATE,                       /* 3 */
    MOST_PASSES = 16
};
/* A file says how much work it is; one that was made to hurt must not. */
#define LEAST_MEMORY ((uint64_t)crypto_pwhash_argon2id_MEMLIMIT_MIN)
#define MEMORY ((uint64_t)crypto_pwhash_argon2id_MEMLIMIT_MODERATE) /* 256 MiB */
#define MOST_MEMORY ((uint64_t)1 << 30)

STATIC_ASSERT((int)KEY_BOX_BYTES == (int)BOX_BYTES, "as libsodium has it");
STATIC_ASSERT((int)KEY_BOX_SALT_BYTES == (int)SALT_BYTES, "as libsodium has it");
STATIC_ASSERT((int)KEY_BOX_NONCE_BYTES == (int)NONCE_BYTES, "as libsodium has it");

static rc check_work(const struct key_box *box)
{
    if (box->passes < 1 || box->passes > MOST_PASSES)
        return FAIL(E_LIMIT, "seal: a key sealed with %llu passes; 1 to %d",
                    (unsigned long long)box->passes, MOST_PASSES);
    if (box->memory_bytes < LEAST_MEMORY || box->memory_bytes > MOST_MEMORY)
        return FAIL(E_LIMIT, "seal: a key sealed with %llu bytes of memory; %llu to %llu",
                    (unsigned long long)box->memory_bytes, (unsigned long long)LEAST_MEMORY,
                    (unsigned long long)MOST_MEMORY);
    return OK;
}

static rc stretch(const struct key_box *box, struct view passphrase, uint8_t out[BOX_KEY_BYTES])
{
    TRY(sodium_ready());
    if (crypto_pwhash(out, BOX_KEY_BYTES, (const char *)passphrase.p, passphrase.n, box->salt,
                      box->passes, box->memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return FAIL(E_MEMORY, "seal: no %llu MiB of memory for a passphrase",
                    (unsigned long long)(box->memory_bytes >> 20));
    return OK;
}

rc key_box_close(const uint8_t seed[SEAL_SEED_BYTES], struct view head, struct view passphrase,
                 struct key_box *out)
{
    uint8_t key[BOX_KEY_BYTES];
    struct key_box box = {.passes = PASSES, .memory_bytes = MEMORY};
    TRY(seal_random(box.salt, sizeof box.salt));
    TRY(seal_random(box.nonce, sizeof box.nonce));
    TRY(stretch(&box, passphrase, key));
    crypto_aead_xchacha20poly1305_ietf_encrypt(box.box, NULL, seed, SEAL_SEED_BYTES, head.p, head.n,
                                               NULL, box.nonce, key);
    seal_wipe(key, sizeof key);
    *out = box;
    return OK;
}

rc key_box_open(const struct key_box *box, struct view head, struct view passphrase,
                uint8_t out_seed[SEAL_SEED_BYTES])
{
    uint8_t key[BOX_KEY_BYTES];
    TRY(check_work(box));
    TRY(stretch(box, passphrase, key));
    int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
        out_seed, NULL, NULL, box->box, sizeof box->box, head.p, head.n, box->nonce, key);
    seal_wipe(key, sizeof key);
    if (opened != 0)
        return FAIL(E_DAMAGED, "seal: the passphrase does not open the key, or its file was "
                               "changed");
    return OK;
}

rc key_box_print(const struct key_box *box, struct buf *out)
{
    TRY(buf_addf(out, KEY_BOX_WORD "%llu %llu ", (unsigned long long)box->passes,
                 (unsigned long long)box->memory_bytes));
    TRY(seal_base64(view_of(box->salt, sizeof box->salt), out));
    TRY(buf_add_byte(out, ' '));
    TRY(seal_base64(view_of(box->nonce, sizeof box->nonce), out));
    TRY(buf_add_byte(out, ' '));
    return seal_base64(view_of(box->box, sizeof box->box), out);
}

/* The word at *rest, which moves behind it and its space. */
static struct view take_word(struct view *rest)
{
    struct view word = view_slice(*rest, 0, view_find(*rest, ' '));
    *rest = view_slice(*rest, word.n + 1, rest->n);
    return word;
}

rc key_box_parse(struct view line, struct key_box *out)
{
    struct view word = VIEW(KEY_BOX_WORD);
    struct key_box box;
    if (!view_starts(line, word))
        return FAIL(E_VERSION, "seal: a key is sealed with argon2id13 here, not with this");
    struct view rest = view_slice(line, word.n, line.n);
    TRY(seal_count_read(take_word(&rest), "count of passes", &box.passes));
    TRY(seal_count_read(take_word(&rest), "count of bytes", &box.memory_bytes));
    TRY(check_work(&box));
    TRY(seal_from_base64_exact(take_word(&rest), sizeof box.salt, box.salt));
    TRY(seal_from_base64_exact(take_word(&rest), sizeof box.nonce, box.nonce));
    TRY(seal_from_base64_exact(rest, sizeof box.box, box.box));
    *out = box;
    return OK;
}
