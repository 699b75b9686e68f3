/* SPDX-License-Identifier: Apache-2.0
 * Weights of words and grams, lengths of documents, and the indexes made with them. */
#include "bank/making_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_IDF_BITS = 18, SMALLEST_IDF_BITS = 10 };

uint32_t idf_bits_for(uint64_t n_items)
{
    uint32_t bits = SMALLEST_IDF_BITS;
    while (bits < LARGEST_IDF_BITS && 1ull << bits < 8 * n_items)
        bits++;
    return bits;
}

rc making_start_weights(struct making *m)
{
    struct bank_params *p = &m->params;
    if (m->builder->statistics) return OK;
    if (p->idf_bits == 0) p->idf_bits = idf_bits_for(m->builder->ids.n);
    TRY(mem_new(1ull << p->idf_bits, sizeof *m->df, &m->df));
    return mem_new(1ull << p->idf_bits, sizeof *m->last_doc, &m->last_doc);
}

/* Weights of word-bounded grams in sixteenths: 1 + ln((1 + N) / (1 + df)). */
static rc add_idf(struct making *m)
{
    if (!m->df) return OK;
    for (uint64_t i = 0; i < 1ull << m->params.idf_bits; i++) {
        double idf = 1 + log((1.0 + m->n_docs) / (1.0 + m->df[i]));
        TRY(buf_add_byte(&m->section[SECTION_IDF], (uint8_t)fmin(255, floor(idf * 16 + 0.5))));
    }
    return OK;
}

/* Sum over different grams of ((1 + ln tf) x weight)^2. */
static double norm_of(uint32_t *hash, uint32_t n, const struct bank *statistics)
{
    double sum = 0;
    if (n > 1) qsort(hash, n, sizeof *hash, making_by_value);
    for (uint32_t i = 0; i < n;) {
        uint32_t tf = 1;
        while (i + tf < n && hash[i + tf] == hash[i])
            tf++;
        double w = (1 + log(tf)) * (double)gram_weight(statistics, hash[i]);
        sum += w * w;
        i += tf;
    }
    return sqrt(sum);
}

static rc add_norms(struct making *m)
{
    struct bank own = {.params = m->params};
    own.section[SECTION_IDF] = buf_view(&m->section[SECTION_IDF]);
    const struct bank *statistics = m->builder->statistics ? m->builder->statistics : &own;
    uint8_t *docs = m->section[SECTION_DOCS].p;
    for (uint32_t d = 0; d < m->n_docs; d++) {
        uint8_t *row = docs + (size_t)d * DOC_BYTES;
        uint32_t n;
        struct view folded =
            view_of(m->section[SECTION_FORMS].p + get_u64(row + 16), get_u32(row + 24));
        if (d % (16 * PROGRESS_STEP) == 0) TRY(making_tell(m, "weighing", d, m->n_docs));
        TRY(word_grams(&m->letters, folded, m->params.word_gram, &n));
        float norm = (float)norm_of(m->letters.hash, n, statistics);
        memcpy(row + 8, &norm, sizeof norm);
    }
    m->mean_words = m->builder->statistics ? m->builder->statistics->mean_words
                    : m->n_docs            ? (double)m->total_words / m->n_docs
                                           : 0;
    return OK;
}

/* BM25's share of a term in a document, without its idf, of what it could be at most. */
static uint8_t word_impact(const void *context, uint32_t doc, uint32_t tf)
{
    const struct making *m = context;
    const struct bank_params *p = &m->params;
    double mean = m->mean_words > 0 ? m->mean_words : 1;
    double length = 1 - p->bm25_b + p->bm25_b * m->n_words[doc] / mean;
    double share = tf / (tf + p->bm25_k1 * length);
    return (uint8_t)fmax(1, floor(share * 255 + 0.5));
}

static rc add_index(struct making *m, struct pairs *pairs, enum section_id id, impact_fn impact)
{
    uint64_t *spare;
    TRY(making_tell(m, "indexing", id, SECTION_COUNT));
    TRY(mem_new(pairs->n, sizeof *spare, &spare));
    sort_pairs(pairs->at, spare, pairs->n);
    mem_free(spare);
    return postings_build(pairs->at, pairs->n, impact, m, &m->section[id]);
}

rc making_index(struct making *m)
{
    TRY(add_idf(m));
    TRY(add_norms(m));
    TRY(add_index(m, &m->words, SECTION_WORDS, word_impact));
    TRY(add_index(m, &m->grams, SECTION_GRAMS, NULL));
    TRY(keys_build(m->exact.at, m->exact.n, &m->section[SECTION_EXACT]));
    return keys_build(m->urls.at, m->urls.n, &m->section[SECTION_URLS]);
}
