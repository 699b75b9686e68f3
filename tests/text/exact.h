/* SPDX-License-Identifier: Apache-2.0
 * A near exact form for tests of readers behind it: UTF-8 decoded, ASCII in lower case, white space
 * as one space, zero-width characters dropped, "½" as its three code points from one place. */
#ifndef SANAD_TESTS_EXACT_H
#define SANAD_TESTS_EXACT_H

#include "test.h"
#include "text/text_int.h"

static inline bool exact_is_dropped(uint32_t c)
{
    return c >= 0x200B && c <= 0x200F;
}

static inline uint32_t exact_folded(uint32_t c)
{
    if (c >= 'A' && c <= 'Z') return c + 32;
    bool space = c == '\n' || c == '\t' || c == 0xA0 || c == 0x202F || c == 0x2009;
    return space ? ' ' : c;
}

static inline struct form exact_of(struct view utf8, struct arena *mem)
{
    static const uint32_t k_half[3] = {'1', 0x2044, '2'};
    uint32_t *cp, *from, n = 0;
    CHECK_OK(arena_array(mem, 3 * utf8.n + 1, &cp));
    CHECK_OK(arena_array(mem, 3 * utf8.n + 1, &from));
    for (size_t i = 0; i < utf8.n;) {
        uint32_t at = (uint32_t)i, c = exact_folded(utf8_next(utf8, &i));
        if (exact_is_dropped(c) || (c == ' ' && n && cp[n - 1] == ' ')) continue;
        for (uint32_t k = 0; k < (c == 0xBD ? 3u : 1u); k++, n++) {
            cp[n] = c == 0xBD ? k_half[k] : c;
            from[n] = at;
        }
    }
    from[n] = (uint32_t)utf8.n;
    return (struct form){n, cp, from};
}

#endif
