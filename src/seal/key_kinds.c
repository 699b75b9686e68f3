/* SPDX-License-Identifier: Apache-2.0
 *
 * The types of keys in notes, one row each: C2SP signed-note (0x01) and tlog-cosignature (0x04,
 * 0x06). A cosignature v1 signs
 *
 *   cosignature/v1
 *   time <seconds since 1970>
 *   <text of the checkpoint>
 *
 * and its signature is the time as 8 bytes, big-endian, then 64 bytes. */
#include "seal/seal_int.h"

#include <sodium.h>
#include <stdio.h>

static rc sign_plain(const struct seal_signer *key, struct view text, uint64_t time_s, uint8_t *out)
{
    if (time_s != 0) return FAIL(E_USAGE, "seal: a time for a key that signs none");
    TRY(sodium_ready());
    crypto_sign_detached(out, NULL, text.p, text.n, key->secret);
    return OK;
}

static rc check_plain(const struct seal_verifier *key, struct view text, struct view signature,
                      uint64_t *out_time_s)
{
    TRY(seal_ed25519_check(text, key->public_key.p, signature.p));
    *out_time_s = 0;
    return OK;
}

static rc cosigned_message(struct view text, uint64_t time_s, struct buf *out)
{
    TRY(buf_reserve(out, COSIGNATURE_HEAD_BYTES + text.n, NULL));
    TRY(buf_addf(out, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s));
    return buf_add(out, text);
}

static rc sign_timed(const struct seal_signer *key, struct view text, uint64_t time_s, uint8_t *out)
{
    CLEANUP(buf_done) struct buf message = {0};
    struct seal_checkpoint checkpoint;
    if (time_s > INT64_MAX) return FAIL(E_USAGE, "seal: a time of more than 63 bits");
    TRY(sodium_ready());
    TRY(seal_checkpoint_parse(text, &checkpoint));
    TRY(cosigned_message(text, time_s, &message));
    put_be32(out, (uint32_t)(time_s >> 32));
    put_be32(out + 4, (uint32_t)time_s);
    crypto_sign_detached(out + TIME_BYTES, NULL, message.p, message.n, key->secret);
    return OK;
}

static rc check_timed(const struct seal_verifier *key, struct view text, struct view signature,
                      uint64_t *out_time_s)
{
    CLEANUP(buf_done) struct buf message = {0};
    uint64_t time_s = (uint64_t)get_be32(signature.p) << 32 | get_be32(signature.p + 4);
    if (time_s > INT64_MAX) return FAIL(E_DAMAGED, "seal: a cosignature of a time over 63 bits");
    TRY(cosigned_message(text, time_s, &message));
    TRY(seal_ed25519_check(buf_view(&message), key->public_key.p, signature.p + TIME_BYTES));
    *out_time_s = time_s;
    return OK;
}

static const struct key_kind k_kinds[] = {
    {SEAL_TYPE_ED25519, "Ed25519", SEAL_PUBLIC_BYTES, SEAL_SIGNATURE_BYTES, sign_plain,
     check_plain},
    {SEAL_TYPE_COSIGNATURE, "Ed25519 cosignature", SEAL_PUBLIC_BYTES,
     TIME_BYTES + SEAL_SIGNATURE_BYTES, sign_timed, check_timed},
    /* FIPS 204, table 2; the time goes before it. */
    {SEAL_TYPE_MLDSA44, "ML-DSA-44", 1312, TIME_BYTES + 2420, NULL, NULL},
};

rc find_key_kind(uint8_t type, const struct key_kind **out)
{
    for (size_t i = 0; i < COUNT_OF(k_kinds); i++)
        if (k_kinds[i].type == type) {
            *out = &k_kinds[i];
            return OK;
        }
    return FAIL(E_VERSION, "seal: keys of type 0x%02x are not known here", type);
}
