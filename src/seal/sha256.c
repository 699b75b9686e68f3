/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 through OpenSSL's EVP. The algorithm is looked up once per process: the look-up takes a
 * lock and a walk through the providers, which would cost more than the hash of a short text. */
#include "seal/seal_int.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t g_fetched = PTHREAD_ONCE_INIT;
static EVP_MD *g_sha256; /* lives as long as the process */

static void fetch(void)
{
    g_sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

/* Takes OpenSSL's reasons off its queue, so that none appears beside a later failure. */
static rc openssl_failed(const char *what)
{
    char reason[256] = "no reason given";
    unsigned long number = ERR_peek_last_error();
    if (number != 0) ERR_error_string_n(number, reason, sizeof reason);
    ERR_clear_error();
    return FAIL(E_INTERNAL, "seal: %s: %s", what, reason);
}

rc seal_hasher_init(struct seal_hasher *h)
{
    h->context = NULL;
    pthread_once(&g_fetched, fetch);
    if (!g_sha256) return openssl_failed("OpenSSL has no SHA-256");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context) return FAIL(E_MEMORY, "seal: no memory for a hash");
    if (EVP_DigestInit_ex2(context, g_sha256, NULL) != 1) {
        EVP_MD_CTX_free(context);
        return openssl_failed("a hash cannot begin");
    }
    h->context = context;
    return OK;
}

rc seal_hasher_add(struct seal_hasher *h, struct view part)
{
    if (!h->context) return FAIL(E_INTERNAL, "seal: a hash is used outside init and finish");
    if (part.n != 0 && EVP_DigestUpdate(h->context, part.p, part.n) != 1)
        return openssl_failed("a hash cannot go on");
    return OK;
}

/* The context stays. */
static rc end(struct seal_hasher *h, uint8_t out[SEAL_SHA256_BYTES])
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    if (EVP_DigestFinal_ex(h->context, hash, &n) != 1 || n != SEAL_SHA256_BYTES)
        return openssl_failed("a hash cannot end");
    memcpy(out, hash, SEAL_SHA256_BYTES);
    return OK;
}

rc seal_hasher_finish(struct seal_hasher *h, uint8_t out[SEAL_SHA256_BYTES])
{
    if (!h->context) return FAIL(E_INTERNAL, "seal: a hash is used outside init and finish");
    rc r = end(h, out);
    seal_hasher_done(h);
    return r;
}

void seal_hasher_done(struct seal_hasher *h)
{
    if (!h) return;
    EVP_MD_CTX_free(h->context);
    h->context = NULL;
}

rc seal_sha256(struct view bytes, uint8_t out[SEAL_SHA256_BYTES])
{
    CLEANUP(seal_hasher_done) struct seal_hasher h;
    TRY(seal_hasher_init(&h));
    TRY(seal_hasher_add(&h, bytes));
    return seal_hasher_finish(&h, out);
}

rc hash_parts(struct seal_hasher *h, const struct view *parts, size_t n_parts,
              uint8_t out[SEAL_SHA256_BYTES])
{
    if (!h->context)
        TRY(seal_hasher_init(h));
    else if (EVP_DigestInit_ex2(h->context, NULL, NULL) != 1)
        return openssl_failed("a hash cannot begin again");
    for (size_t i = 0; i < n_parts; i++)
        TRY(seal_hasher_add(h, parts[i]));
    return end(h, out);
}
