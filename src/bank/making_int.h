/* SPDX-License-Identifier: Apache-2.0
 * Between the files that build an image: builder.c keeps items, documents.c reads them, weights.c
 * weighs and indexes, file.c puts the sections one behind another. */
#ifndef SANAD_BANK_MAKING_INT_H
#define SANAD_BANK_MAKING_INT_H

#include "bank/bank_int.h"

enum { PROGRESS_STEP = 512 };

struct waiting_item {
    size_t json_at, json_n;
};

struct bank_builder {
    struct bank_params params;
    const struct bank *statistics;
    struct ids ids;
    struct buf json;
    struct waiting_item *items; /* beside ids.rows */
    uint32_t cap;
};
struct view waiting_json(const struct bank_builder *b, uint32_t item);

struct pairs {
    uint64_t *at; /* key << 32 | document */
    size_t n, cap;
};

struct key_list {
    struct key_value *at;
    size_t n, cap;
};

/** An image being made. */
struct making {
    const struct bank_builder *builder;
    const struct bank_progress *progress;
    struct bank_params params; /* the builder's, with the count of idf bits decided */
    uint32_t text_rules;       /* fingerprint */
    uint32_t *order;           /* item numbers by id */
    struct buf section[SECTION_COUNT];
    struct buf item_blob, id_blob;
    struct pairs words, grams;
    struct key_list exact, urls;
    uint32_t *n_words; /* of each document */
    uint32_t n_docs, docs_cap;
    uint32_t *df, *last_doc; /* of word-bounded grams, by bucket; NULL with others' statistics */
    uint64_t total_words;
    double mean_words;
    struct arena mem; /* of one item */
    struct code_points letters;
    struct buf folded;
};
void making_done(struct making *m);
/** E_INTERRUPTED when the caller of the build wants to stop. */
MUST rc making_tell(const struct making *m, const char *phase, uint64_t done, uint64_t total);

/** All texts, in the order of the ids (documents.c). */
MUST rc making_read_items(struct making *m);
/** Places for the counts that weights are made of; before reading (weights.c). */
MUST rc making_start_weights(struct making *m);
/** Weights, norms and indexes; after reading (weights.c). */
MUST rc making_index(struct making *m);
/** Hands the parts of the file to `put` one after another (file.c). */
MUST rc making_emit(const struct making *m, rc (*put)(void *to, struct view part), void *to);
/** Ascending, for qsort. */
int making_by_value(const void *a, const void *b);

#endif
