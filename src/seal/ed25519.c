/* SPDX-License-Identifier: Apache-2.0
 *
 * Ed25519 and randomness by libsodium. Its verification refuses unreduced scalars and points of
 * small order, and compares the point R byte by byte: one message and key have no second spelling
 * of a signature that anybody but the signer can make. */
#include "seal/seal_int.h"

#include <pthread.h>
#include <sodium.h>

STATIC_ASSERT((int)SEAL_PUBLIC_BYTES == (int)crypto_sign_PUBLICKEYBYTES, "as libsodium has it");
STATIC_ASSERT((int)SEAL_SIGNATURE_BYTES == (int)crypto_sign_BYTES, "as libsodium has it");
STATIC_ASSERT((int)SEAL_SEED_BYTES == (int)crypto_sign_SEEDBYTES, "as libsodium has it");

static pthread_once_t g_started = PTHREAD_ONCE_INIT;
static bool g_ready;

static void start(void)
{
    g_ready = sodium_init() >= 0;
}

rc sodium_ready(void)
{
    pthread_once(&g_started, start);
    return g_ready ? OK : FAIL(E_INTERNAL, "seal: libsodium cannot start");
}

rc seal_random(uint8_t *out, size_t n)
{
    TRY(sodium_ready());
    randombytes_buf(out, n);
    return OK;
}

void seal_wipe(void *secret, size_t n)
{
    sodium_memzero(secret, n);
}

rc seal_ed25519_check(struct view message, const uint8_t public_key[SEAL_PUBLIC_BYTES],
                      const uint8_t signature[SEAL_SIGNATURE_BYTES])
{
    TRY(sodium_ready());
    if (crypto_sign_verify_detached(signature, message.p, message.n, public_key) != 0)
        return FAIL(E_DAMAGED, "seal: a signature over %zu bytes does not hold", message.n);
    return OK;
}
