/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64 (RFC 4648 section 4) with one spelling for each value: padding is due, unused bits are
 * zero (section 3.5). Our own reader, since libsodium 1.0.18 takes some bytes over 0x7f for
 * characters of the alphabet. */
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

/* One more than the value of a character, 0 for what is none of the alphabet. */
static const uint8_t k_values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64};

/* 0..63, or more for a character that is none of the alphabet. */
static uint32_t character_value(uint8_t c)
{
    return (uint32_t)k_values[c] - 1;
}

/* The text without its padding, and the count of bytes it stands for. */
static rc check_form(struct view text, struct view *out_digits, size_t *out_n)
{
    static const uint32_t k_unused_bits[] = {0, 3, 15}; /* by characters of padding */
    size_t n_pad = 0;
    if (text.n % 4 != 0)
        return FAIL(E_INPUT, "seal: %zu characters are no base64: not a multiple of 4", text.n);
    while (n_pad < 2 && n_pad < text.n && text.p[text.n - 1 - n_pad] == '=')
        n_pad++;
    for (size_t i = 0; i < text.n - n_pad; i++)
        if (character_value(text.p[i]) > 63)
            return FAIL(E_INPUT, "seal: byte 0x%02x at place %zu is none of base64", text.p[i], i);
    if (n_pad && character_value(text.p[text.n - n_pad - 1]) & k_unused_bits[n_pad])
        return FAIL(E_INPUT, "seal: unused bits are set at the end of base64");
    *out_digits = view_of(text.p, text.n - n_pad);
    *out_n = text.n / 4 * 3 - n_pad;
    return OK;
}

/* digits: checked. */
static void decode(struct view digits, uint8_t *out)
{
    uint32_t held = 0, n_bits = 0;
    size_t i = 0;
    for (; i + 4 <= digits.n; i += 4) { /* three bytes in four characters */
        const uint8_t *p = digits.p + i;
        uint32_t three = character_value(p[0]) << 18 | character_value(p[1]) << 12 |
                         character_value(p[2]) << 6 | character_value(p[3]);
        *out++ = (uint8_t)(three >> 16);
        *out++ = (uint8_t)(three >> 8);
        *out++ = (uint8_t)three;
    }
    for (; i < digits.n; i++) {
        held = held << 6 | character_value(digits.p[i]);
        n_bits += 6;
        if (n_bits < 8) continue;
        n_bits -= 8;
        *out++ = (uint8_t)(held >> n_bits);
    }
}

rc seal_from_base64(struct view text, struct arena *mem, struct view *out)
{
    struct view digits;
    size_t n;
    uint8_t *p;
    TRY(check_form(text, &digits, &n));
    TRY(arena_bytes(mem, n, &p));
    decode(digits, p);
    *out = view_of(p, n);
    return OK;
}

rc seal_from_base64_exact(struct view text, size_t n, uint8_t *out)
{
    struct view digits;
    size_t got;
    TRY(check_form(text, &digits, &got));
    if (got != n) return FAIL(E_INPUT, "seal: base64 of %zu bytes where %zu are due", got, n);
    decode(digits, out);
    return OK;
}
