/* SPDX-License-Identifier: Apache-2.0
 * Base64 by libsodium, which refuses what RFC 4648 section 3.5 leaves open: missing padding, unused
 * bits that are set, line breaks. */
#include "seal/seal_int.h"

#include <sodium.h>

rc seal_base64(struct view bytes, struct buf *out)
{
    if (bytes.n > SIZE_MAX / 2) return FAIL(E_LIMIT, "seal: %zu bytes as base64", bytes.n);
    size_t room = sodium_base64_encoded_len(bytes.n, sodium_base64_VARIANT_ORIGINAL);
    uint8_t *p;
    TRY(buf_reserve(out, room, &p));
    sodium_bin2base64((char *)p, room, bytes.p, bytes.n, sodium_base64_VARIANT_ORIGINAL);
    out->n += room - 1; /* it ends in NUL */
    return OK;
}

/* Count of bytes that a text of this length and padding stands for. */
static rc decoded_length(struct view text, size_t *out)
{
    if (text.n % 4 != 0)
        return FAIL(E_INPUT, "seal: %zu characters are no base64: not a multiple of 4", text.n);
    size_t n_pad = 0;
    while (n_pad < 2 && n_pad < text.n && text.p[text.n - 1 - n_pad] == '=')
        n_pad++;
    *out = text.n / 4 * 3 - n_pad;
    return OK;
}

/* libsodium 1.0.18 takes some bytes over 0x7f for characters of the alphabet. */
static rc check_ascii(struct view text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] > 0x7f)
            return FAIL(E_INPUT, "seal: byte 0x%02x at place %zu of base64", text.p[i], i);
    return OK;
}

static rc decode(struct view text, size_t n, uint8_t *out)
{
    size_t got = 0;
    TRY(check_ascii(text));
    if (sodium_base642bin(out, n, (const char *)text.p, text.n, NULL, &got, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        got != n)
        return FAIL(E_INPUT, "seal: %zu characters that are no base64", text.n);
    return OK;
}

rc seal_from_base64(struct view text, struct arena *mem, struct view *out)
{
    size_t n;
    uint8_t *p;
    TRY(decoded_length(text, &n));
    TRY(arena_bytes(mem, n, &p));
    if (n) TRY(decode(text, n, p));
    *out = view_of(p, n);
    return OK;
}

rc seal_from_base64_exact(struct view text, size_t n, uint8_t *out)
{
    size_t got;
    TRY(decoded_length(text, &got));
    if (got != n) return FAIL(E_INPUT, "seal: base64 of %zu bytes where %zu are due", got, n);
    return n ? decode(text, n, out) : OK;
}
