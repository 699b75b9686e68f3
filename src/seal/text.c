/* SPDX-License-Identifier: Apache-2.0
 * The rules that names and texts of notes share (C2SP signed-note v1.0.0, Format). */
#include "seal/seal_int.h"

#include <string.h>

/* White_Space of Unicode 15 from U+0085 on; below, only the space is no control character. */
static bool is_space(uint32_t c)
{
    return c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

rc check_name(struct view name, const char *what)
{
    if (name.n == 0) return FAIL(E_INPUT, "seal: the name of a %s is empty", what);
    size_t at = utf8_check(name);
    if (at < name.n)
        return FAIL(E_ENCODING, "seal: the name of a %s is no UTF-8 at byte %zu", what, at);
    for (size_t pos = 0; pos < name.n;) {
        size_t here = pos;
        uint32_t c = utf8_next(name, &pos);
        if (c < 0x20 || c == '+' || is_space(c))
            return FAIL(E_INPUT, "seal: U+%04X at byte %zu of the name of a %s", c, here, what);
    }
    return OK;
}

/* Whether any of eight bytes may be a control character: less than 0x20, line feeds included
 * (Anderson, Bit Twiddling Hacks, "Determine if a word has a byte less than n"). */
static bool any_control(const uint8_t *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t eight;
    memcpy(&eight, p, sizeof eight);
    return ((eight - ones * 0x20) & ~eight & ones * 0x80) != 0;
}

rc check_note_text(struct view text)
{
    if (text.n == 0 || text.p[text.n - 1] != '\n')
        return FAIL(E_INPUT, "seal: a text of %zu bytes does not end in a line feed", text.n);
    for (size_t i = 0; i < text.n; i++) {
        while (text.n - i >= 8 && !any_control(text.p + i))
            i += 8;
        if (i < text.n && text.p[i] < 0x20 && text.p[i] != '\n')
            return FAIL(E_INPUT, "seal: control character 0x%02x at byte %zu", text.p[i], i);
    }
    size_t at = utf8_check(text);
    if (at < text.n) return FAIL(E_ENCODING, "seal: no UTF-8 at byte %zu", at);
    return OK;
}

rc take_line(struct view text, size_t *at, struct view *out_line)
{
    struct view rest = view_slice(text, *at, text.n);
    size_t n = view_find(rest, '\n');
    if (n == rest.n) return FAIL(E_INPUT, "seal: no line feed behind byte %zu", *at);
    *out_line = view_of(rest.p, n);
    *at += n + 1;
    return OK;
}

rc seal_count_read(struct view digits, const char *what, uint64_t *out)
{
    uint64_t x = 0;
    bool good = digits.n > 0 && (digits.n == 1 || digits.p[0] != '0');
    for (size_t i = 0; good && i < digits.n; i++)
        good = digits.p[i] >= '0' && digits.p[i] <= '9' && !MUL_OVERFLOWS(x, 10u, &x) &&
               !ADD_OVERFLOWS(x, (uint64_t)(digits.p[i] - '0'), &x);
    if (!good || x > SEAL_SIZE_MAX)
        return FAIL(E_INPUT, "%s is no count: %.*s", what, VIEW_ARG(view_slice(digits, 0, 40)));
    *out = x;
    return OK;
}
