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

rc code_points_read(struct code_points *c, struct view utf8)
{
    TRY(code_points_room(c, utf8.n + 2));
    size_t n = 0;
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
    return OK;
}

rc skeleton_grams(struct code_points *c, uint32_t gram, uint32_t *out_n)
{
    *out_n = c->n ? kern()->hash_ngrams(c->cp, (uint32_t)c->n, gram, c->hash) : 0;
    return OK;
}

/* A window is word-bounded when no space stands inside it. */
static bool bounded(const uint32_t *cp, uint32_t gram)
{
    for (uint32_t i = 1; i + 1 < gram; i++)
        if (cp[i] == ' ') return false;
    return true;
}

rc word_grams(struct code_points *c, struct view utf8, uint32_t gram, uint32_t *out_n)
{
    TRY(code_points_read(c, utf8));
    for (size_t i = c->n; i > 0; i--)
        c->cp[i] = c->cp[i - 1];
    c->cp[0] = ' ';
    c->cp[c->n + 1] = ' ';
    c->n += 2;
    uint32_t n = kern()->hash_ngrams(c->cp, (uint32_t)c->n, gram, c->hash), kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (bounded(c->cp + i, gram)) c->hash[kept++] = c->hash[i];
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
    TRY(arena_array(mem, slots, &t->key));
    TRY(arena_array(mem, slots, &t->weight));
    TRY(arena_array(mem, slots, &t->stamp));
    TRY(arena_array(mem, slots, &t->count));
    *out = t;
    return OK;
}

float gram_weight(const struct bank *statistics, uint32_t hash)
{
    uint32_t bits = statistics->params.idf_bits;
    if (statistics->section[SECTION_IDF].n != 1ull << bits) return 1.0f;
    return (float)statistics->section[SECTION_IDF].p[hash >> (32 - bits)] / 16.0f;
}
