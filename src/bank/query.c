/* SPDX-License-Identifier: Apache-2.0
 * What a post looks for: its words with their weights, its skeleton grams, its word-bounded grams.
 */
#include "bank/bank_int.h"
#include "kern/kern.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_key(const void *a, const void *b)
{
    const struct word_weight *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->token < y->token ? -1 : x->token > y->token;
}

/* Weight of a word by how many documents have it (Robertson, Zaragoza, FnTIR 3(4), 2009, 3.4). */
static float weight_of(const struct bank *statistics, uint32_t n_having)
{
    double n = statistics->n_docs, df = n_having;
    return (float)log(1 + (n - df + 0.5) / (df + 0.5));
}

static rc find_words(const struct bank *statistics, const uint32_t *keys, uint32_t n,
                     struct arena *mem, struct posting_list **out)
{
    TRY(arena_array_raw(mem, n, out));
    return postings_find_all(statistics->section[SECTION_WORDS], statistics->n_docs, keys, n, *out);
}

rc bank_token_weights(const struct bank *statistics, const struct token *tokens, uint32_t n,
                      enum lang lang, struct arena *mem, struct token_weight **out)
{
    struct posting_list *lists;
    struct token_weight *weights;
    uint32_t *keys, both[2];
    TRY(arena_array_raw(mem, n, &keys));
    TRY(arena_array_raw(mem, n, &weights));
    for (uint32_t i = 0; i < n; i++) {
        (void)token_keys(&tokens[i], lang, false, both);
        keys[i] = both[0];
    }
    TRY(find_words(statistics, keys, n, mem, &lists));
    for (uint32_t i = 0; i < n; i++)
        weights[i] = (struct token_weight){weight_of(statistics, lists[i].left), lists[i].left > 0};
    *out = weights;
    return OK;
}

/* A toneless form counts half of a stem. */
static const float k_key_weight[2] = {1.0f, 0.5f};

static rc collect_words(const struct text *text, struct arena *mem, struct bank_query *q)
{
    TRY(arena_array(mem, (size_t)2 * text->n_tokens, &q->words));
    for (uint32_t i = 0; i < text->n_tokens; i++) {
        uint32_t keys[2];
        if (!token_speaks(&text->tokens[i])) continue;
        uint32_t n = token_keys(&text->tokens[i], text->lang, true, keys);
        for (uint32_t k = 0; k < n; k++)
            q->words[q->n_words++] = (struct word_weight){keys[k], i, k_key_weight[k]};
    }
    if (q->n_words > 1) qsort(q->words, q->n_words, sizeof *q->words, by_key);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < q->n_words; i++)
        if (i == 0 || q->words[i].key != q->words[kept - 1].key) q->words[kept++] = q->words[i];
    q->n_words = kept;
    return OK;
}

/* Of the weight of a word that no document has. */
static const float k_unknown_part = 0.25f;

static rc make_words(const struct bank *statistics, const struct text *text, struct arena *mem,
                     struct bank_query *q)
{
    uint32_t *keys;
    double sum = 0;
    TRY(collect_words(text, mem, q));
    TRY(arena_array_raw(mem, q->n_words, &keys));
    for (uint32_t i = 0; i < q->n_words; i++)
        keys[i] = q->words[i].key;
    TRY(find_words(statistics, keys, q->n_words, mem, &q->lists));
    q->statistics = statistics;
    for (uint32_t i = 0; i < q->n_words; i++) {
        float weight = weight_of(statistics, q->lists[i].left);
        /* A word the bank never saw does not tell which of its claims is meant, but that the post
         * may speak of something else. */
        q->words[i].weight *= q->lists[i].left > 0 ? weight : k_unknown_part * weight;
        sum += (double)q->words[i].weight;
    }
    for (uint32_t i = 0; i < q->n_words && sum > 0; i++)
        q->words[i].weight = (float)((double)q->words[i].weight / sum);
    return OK;
}

/* Different hashes of `hash` as keys of a new table; their counts in table->count. */
static rc fill_table(const uint32_t *hash, uint32_t n, struct arena *mem, struct gram_table **out)
{
    struct gram_table *t;
    TRY(gram_table_new(mem, n, &t));
    for (uint32_t i = 0; i < n; i++)
        gram_add(t, hash[i]);
    *out = t;
    return OK;
}

static rc make_word_grams(const struct bank *statistics, const struct text *text, struct arena *mem,
                          struct bank_query *q)
{
    struct code_points letters;
    struct buf words;
    size_t bytes = 0;
    uint32_t n;
    double sum = 0;
    for (uint32_t i = 0; i < text->n_tokens; i++)
        bytes += text->tokens[i].folded.n + 1;
    TRY(buf_in(mem, bytes, &words));
    TRY(folded_words(text, &words));
    TRY(code_points_in(mem, words.n, &letters));
    TRY(word_grams(&letters, buf_view(&words), statistics->params.word_gram, &n));
    for (uint32_t i = 0; i < n; i++)
        gram_weight_fetch(statistics, letters.hash[i]);
    TRY(fill_table(letters.hash, n, mem, &q->word_grams));
    struct gram_table *t = q->word_grams;
    for (uint32_t i = 0; i <= t->mask; i++) {
        struct gram_slot *slot = &t->slot[i];
        if (slot->key == 0) continue;
        slot->idf = gram_weight(statistics, slot->key);
        double w = (1 + log(slot->count)) * (double)slot->idf;
        slot->weight = (float)w;
        slot->count = 0;
        sum += w * w;
    }
    q->gram_norm = (float)sqrt(sum);
    return OK;
}

static rc make_skeleton_grams(const struct bank *statistics, const struct form *skeleton,
                              struct arena *mem, struct bank_query *q)
{
    uint32_t gram = statistics->params.skeleton_gram, *hash, n;
    q->n_letters = skeleton->n;
    TRY(arena_array_raw(mem, skeleton->n + 1, &hash));
    n = skeleton->n ? kern()->hash_ngrams(skeleton->cp, skeleton->n, gram, hash) : 0;
    TRY(fill_table(hash, n, mem, &q->skeleton_grams));
    struct gram_table *t = q->skeleton_grams;
    q->grams = hash;
    /* In the order of the table, which is none of the text: a budget cuts evenly. The array has one
     * place more than grams, so that an empty slot can be written and not counted. */
    for (uint32_t i = 0, kept = 0; i <= t->mask; i++) {
        q->grams[kept] = t->slot[i].key;
        kept += t->slot[i].key != 0;
        q->n_grams = kept;
    }
    return OK;
}

rc bank_query_words(const struct bank *statistics, const struct text *text, struct arena *mem,
                    struct bank_query *out)
{
    struct bank_query q = {0};
    TRY(make_words(statistics, text, mem, &q));
    *out = q;
    return OK;
}

rc bank_query_make(const struct bank *statistics, const struct text *text, struct arena *mem,
                   struct bank_query *out)
{
    struct bank_query q = {0};
    TRY(make_skeleton_grams(statistics, &text->skeleton, mem, &q));
    if (text->n_tokens > 0) {
        TRY(make_words(statistics, text, mem, &q));
        TRY(make_word_grams(statistics, text, mem, &q));
    }
    *out = q;
    return OK;
}
