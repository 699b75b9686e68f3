/* SPDX-License-Identifier: Apache-2.0
 * Letter grams of two kinds: of the skeleton (no spaces; survive disguise) and word-bounded ones
 * (rank like words with endings forgiven). Both are "gram hash 1" of kern. */
#include "bank/bank_int.h"
#include "kern/kern.h"

void code_points_done(struct code_points *c)
{
    mem_free(c->cp);
    mem_free(c->hash);
    *c = (struct code_points){0};
}

static rc code_points_room(struct code_points *c, size_t n)
{
    if (n <= c->cap) return OK;
    TRY(mem_resize(&c->cp, n + n / 2, sizeof *c->cp));
    TRY(mem_resize(&c->hash, n + n / 2, sizeof *c->hash));
    c->cap = n + n / 2;
    return OK;
}

/* Appends; there is room. */
static void decode(struct code_points *c, struct view utf8)
{
    size_t n = c->n;
    for (size_t pos = 0; pos < utf8.n;) {
        uint8_t byte = utf8.p[pos];
        if (byte < 0x80) {
            c->cp[n++] = byte;
            pos++;
        } else {
            c->cp[n++] = utf8_next(utf8, &pos);
        }
    }
    c->n = n;
}

rc code_points_read(struct code_points *c, struct view utf8)
{
    TRY(code_points_room(c, utf8.n));
    c->n = 0;
    decode(c, utf8);
    return OK;
}

rc skeleton_grams(struct code_points *c, uint32_t gram, uint32_t *out_n)
{
    *out_n = c->n ? kern()->hash_ngrams(c->cp, (uint32_t)c->n, gram, c->hash) : 0;
    return OK;
}

/* Keeps the hashes of windows without a space inside; returns how many. A window is good when the
 * last space at or before its second-last letter is its first letter or stands before it. */
static uint32_t keep_bounded(struct code_points *c, uint32_t n, uint32_t gram)
{
    uint32_t kept = 0, space = 0; /* number of the last space seen, + 1 */
    for (uint32_t j = 1; j + 2 < gram && j < c->n; j++)
        if (c->cp[j] == ' ') space = j + 1;
    for (uint32_t i = 0; i < n; i++) {
        if (c->cp[i + gram - 2] == ' ') space = i + gram - 1;
        if (space <= i + 1) c->hash[kept++] = c->hash[i];
    }
    return kept;
}

rc word_grams(struct code_points *c, struct view utf8, uint32_t gram, uint32_t *out_n)
{
    TRY(code_points_room(c, utf8.n + 2));
    c->cp[0] = ' ';
    c->n = 1;
    decode(c, utf8);
    c->cp[c->n++] = ' ';
    uint32_t n = kern()->hash_ngrams(c->cp, (uint32_t)c->n, gram, c->hash);
    uint32_t kept = keep_bounded(c, n, gram);
    for (size_t i = 0; i + 2 < c->n; i++) /* words of one letter */
        if (gram > 3 && c->cp[i] == ' ' && c->cp[i + 1] != ' ' && c->cp[i + 2] == ' ')
            kern()->hash_ngrams(c->cp + i, 3, 3, &c->hash[kept++]);
    *out_n = kept;
    return OK;
}

rc gram_table_new(struct arena *mem, uint32_t n, struct gram_table **out)
{
    struct gram_table *t;
    uint32_t slots = 64;
    while (slots < 2 * n)
        slots *= 2;
    TRY(arena_new(mem, &t));
    t->mask = slots - 1;
    TRY(arena_array(mem, slots, &t->slot));
    *out = t;
    return OK;
}

float gram_weight(const struct bank *statistics, uint32_t hash)
{
    uint32_t bits = statistics->params.idf_bits;
    if (statistics->section[SECTION_IDF].n != 1ull << bits) return 1.0f;
    return (float)statistics->section[SECTION_IDF].p[hash >> (32 - bits)] / 16.0f;
}
