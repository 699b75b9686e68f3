/* SPDX-License-Identifier: Apache-2.0
 * Between the files that look for candidates: near.c (rare skeleton grams), by_words.c, measure.c,
 * candidates.c. */
#ifndef SANAD_BANK_SEARCH_INT_H
#define SANAD_BANK_SEARCH_INT_H

#include "bank/bank_int.h"
#include "kern/kern.h"

enum { MAX_COPIES = 24, MAX_BY_WORDS = 40 };

/** Scores of one kind, by document. All are 0 between queries; those met are put back, so that what
 *  a query costs goes by the postings it reads and not by the size of the bank. */
struct bank_scratch {
    uint32_t room;
    uint16_t *words;
    uint32_t *met, n_met; /* documents with a score by words; room for KERN_BLOCK more */
    uint16_t *stretches;  /* largest of each stretch of words */
    struct kern_hits hits;
    struct code_points letters;
    struct bank_profile *profile; /* NULL: not measured */
};

/** The clock, when somebody wants to know. */
static inline uint64_t profile_ns(const struct bank_scratch *s)
{
    return s->profile ? clock_mono_ns() : 0;
}

/** The best few of many, best first; on a tie the lower document. */
struct best {
    uint32_t n, room;
    struct ranked {
        uint32_t doc;
        float rank;
    } row[MAX_BY_WORDS];
};
void best_add(struct best *b, uint32_t doc, float rank);

/** Asks the memory for the forms of a document that is measured soon: of the first FETCHED_AHEAD at
 *  once, of the others while those are measured. */
enum { FETCHED_AHEAD = 16, FETCHED_COPIES = 4 };
void fetch_forms(const struct bank *b, uint32_t doc);
/** Whether the document's item was withdrawn. */
bool doc_withdrawn(const struct bank *b, const struct bank_query *q, uint32_t doc);

/** near.c: the documents that share most rare grams, with how many.
 *  copies_only  stops at a plain copy, and reads fewer postings when there is none */
MUST rc best_copies(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                    struct arena *mem, bool copies_only, struct best *out,
                    uint32_t out_hits[MAX_COPIES]);
/** by_words.c: the best `most` by words, at most MAX_BY_WORDS, and the scores of the documents
 *  `also`. */
MUST rc best_by_words(const struct bank *b, const struct bank_query *q, struct bank_scratch *s,
                      struct arena *mem, uint32_t most, struct best *out, const uint32_t *also,
                      uint32_t n_also, uint16_t *out_also);
/** measure.c: containment of skeleton grams both ways. */
MUST rc measure_skeleton(const struct bank *b, const struct bank_query *q,
                         const struct bank_doc *doc, struct bank_scratch *s, struct candidate *c);
/** Cosine of word-bounded grams. */
MUST rc measure_words(const struct bank *statistics, const struct bank_query *q,
                      const struct bank_doc *doc, struct bank_scratch *s, struct candidate *c);

#endif
