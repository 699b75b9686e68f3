/* SPDX-License-Identifier: Apache-2.0
 * Bytes as hexadecimal text and back. */
#include "seal/seal.h"

static const char k_digits[16] = {'0', '1', '2', '3', '4', '5', '6', '7',
                                  '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

void seal_hex(const uint8_t *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        *out++ = k_digits[bytes[i] >> 4];
        *out++ = k_digits[bytes[i] & 15];
    }
}

/* 0..15, or 16 for a character that is no digit. */
static uint8_t digit_value(uint8_t c)
{
    if (c >= '0' && c <= '9') return (uint8_t)(c - '0');
    if (c >= 'a' && c <= 'f') return (uint8_t)(c - 'a' + 10);
    return 16;
}

rc seal_from_hex(struct view hex, size_t n, uint8_t *out)
{
    size_t n_digits;
    if (MUL_OVERFLOWS(n, (size_t)2, &n_digits) || hex.n != n_digits)
        return FAIL(E_INPUT, "seal: %zu hexadecimal digits where twice %zu are due", hex.n, n);
    for (size_t i = 0; i < hex.n; i++)
        if (digit_value(hex.p[i]) > 15)
            return FAIL(E_INPUT, "seal: byte 0x%02x at place %zu is no digit 0-9a-f", hex.p[i], i);
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(digit_value(hex.p[2 * i]) << 4 | digit_value(hex.p[2 * i + 1]));
    return OK;
}
