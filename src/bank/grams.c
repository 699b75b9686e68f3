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

enum { SPACES_AROUND = 2 };

rc code_points_in(struct arena *mem, size_t n, struct code_points *out)
{
    *out = (struct code_points){.cap = n + SPACES_AROUND};
    TRY(arena_array_raw(mem, out->cap, &out->cp));
    return arena_array_raw(mem, out->cap, &out->hash);
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
    TRY(code_points_room(c, utf8.n));
    c->n = kern()->decode_utf8(utf8.p, (uint32_t)utf8.n, c->cp);
    return OK;
}

rc skeleton_grams(struct code_points *c, uint32_t gram, uint32_t *out_n)
{
    *out_n = c->n ? kern()->hash_ngrams(c->cp, (uint32_t)c->n, gram, c->hash) : 0;
    return OK;
}

rc word_grams(struct code_points *c, struct view utf8, uint32_t gram, uint32_t *out_n)
{
    TRY(code_points_room(c, utf8.n + SPACES_AROUND));
    c->cp[0] = ' ';
    c->n = 1 + kern()->decode_utf8(utf8.p, (uint32_t)utf8.n, c->cp + 1);
    c->cp[c->n++] = ' ';
    uint32_t kept = kern()->hash_word_ngrams(c->cp, (uint32_t)c->n, gram, c->hash);
    uint32_t *lone = c->hash + kept; /* each gives way to its hash, which stands no later */
    uint32_t n = gram > 3 ? kern()->find_lone(c->cp, (uint32_t)c->n, lone) : 0;
    for (uint32_t i = 0; i < n; i++) { /* words of one letter */
        uint32_t at = lone[i];
        kern()->hash_ngrams(c->cp + at, 3, 3, &lone[i]);
    }
    *out_n = kept + n;
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
    t->filter_bits = (uint32_t)__builtin_ctz(slots) + 3;
    TRY(arena_array(mem, slots, &t->slot));
    TRY(arena_array(mem, (1u << t->filter_bits) / 32, &t->filter));
    *out = t;
    return OK;
}

struct gram_slot *gram_add(struct gram_table *t, uint32_t hash)
{
    struct gram_slot *slot = gram_find(t, hash);
    uint32_t bit = hash >> (32 - t->filter_bits);
    t->n += slot->key == 0;
    slot->key = hash + (hash == 0);
    if (slot->count < UINT16_MAX) slot->count++;
    t->filter[bit / 32] |= 1u << bit % 32;
    return slot;
}

float gram_weight(const struct bank *statistics, uint32_t hash)
{
    uint32_t bits = statistics->params.idf_bits;
    if (statistics->section[SECTION_IDF].n != 1ull << bits) return 1.0f;
    return (float)statistics->section[SECTION_IDF].p[hash >> (32 - bits)] / 16.0f;
}

void gram_weight_fetch(const struct bank *statistics, uint32_t hash)
{
    struct view idf = statistics->section[SECTION_IDF];
    uint32_t bits = statistics->params.idf_bits;
    if (idf.n == 1ull << bits) __builtin_prefetch(idf.p + (hash >> (32 - bits)));
}
