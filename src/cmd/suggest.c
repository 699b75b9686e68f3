/* SPDX-License-Identifier: Apache-2.0
 * The word somebody meant: optimal string alignment distance (Boytsov, ACM JEA 16, 2011, 2.1). */
#include "cmd/cmd.h"

#include <string.h>

enum { MOST_LETTERS = 40 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    unsigned d[MOST_LETTERS + 1][MOST_LETTERS + 1];
    for (size_t i = 0; i <= n_a; i++)
        d[i][0] = (unsigned)i;
    for (size_t j = 0; j <= n_b; j++)
        d[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n_a; i++) {
        for (size_t j = 1; j <= n_b; j++) {
            unsigned change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(change, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[n_a][n_b];
}

const char *suggest(const char *typed, size_t n, const char *const *candidates)
{
    const char *best = NULL;
    unsigned best_distance = (unsigned)n / 3 + 1;
    if (n == 0 || n > MOST_LETTERS) return NULL;
    for (; *candidates; candidates++) {
        size_t length = strlen(*candidates);
        if (length > MOST_LETTERS) continue;
        unsigned d = distance(typed, n, *candidates, length);
        if (n >= 2 && length > n && memcmp(typed, *candidates, n) == 0) d = 1;
        if (d > best_distance || d >= length || (best && d == best_distance)) continue;
        best = *candidates;
        best_distance = d;
    }
    return best;
}
