/* SPDX-License-Identifier: Apache-2.0
 *
 * seal: SHA-256 (FIPS 180-4) by OpenSSL, and hexadecimal text. The only module that knows OpenSSL.
 * All functions may be used by any number of threads; one hasher by one thread at a time.
 */
#ifndef SANAD_SEAL_H
#define SANAD_SEAL_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SEAL_SHA256_BYTES = 32 };

/** Hash of bytes in memory.
 *  bytes   borrowed for the call
 *  out     uint8[32], set on success only
 *  Errors  E_MEMORY; E_INTERNAL when OpenSSL offers no SHA-256 (a broken installation)
 *  Cost    O(n) */
MUST rc seal_sha256(struct view bytes, uint8_t out[SEAL_SHA256_BYTES]);

/** Hash of bytes that come in parts: init, add…, finish, and done in any case.
 *  Zeroed memory is a hasher after done. */
struct seal_hasher {
    void *context; /* OpenSSL's, owned */
};
/** Caller's memory. Errors as seal_sha256. */
MUST rc seal_hasher_init(struct seal_hasher *h);
/** The next part. Errors E_INTERNAL; also when h is not between init and finish. Cost O(n). */
MUST rc seal_hasher_add(struct seal_hasher *h, struct view part);
/** Hash of all parts; nothing may be added after that.
 *  out     uint8[32], set on success only. Errors E_INTERNAL */
MUST rc seal_hasher_finish(struct seal_hasher *h, uint8_t out[SEAL_SHA256_BYTES]);
/** Releases h. NULL, zeroed and finished hashers are fine, twice too. */
void seal_hasher_done(struct seal_hasher *h);

/** n bytes as 2*n lower-case hexadecimal digits, no NUL behind them. out: char[2*n]. */
void seal_hex(const uint8_t *bytes, size_t n, char *out);
/** Exactly 2*n lower-case hexadecimal digits as n bytes: one spelling for each value.
 *  out     uint8[n], set on success only
 *  Errors  E_INPUT: another length, or a character that is no such digit, with its place */
MUST rc seal_from_hex(struct view hex, size_t n, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
