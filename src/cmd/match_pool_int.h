/* SPDX-License-Identifier: Apache-2.0
 *
 * Posts answered in batches by worker threads, in the order in which they came. A ring of batches:
 * the one caller fills and submits at the head and takes answers at the tail; workers answer what
 * lies between. Without worker threads, submitting answers.
 */
#ifndef SANAD_MATCH_POOL_INT_H
#define SANAD_MATCH_POOL_INT_H

#include "match/match.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BATCH_LINES = 64, BATCH_BYTES = 1 << 20, BATCH_FAILURE_BYTES = 512 };

struct batch_line {
    uint64_t number;
    struct view text;
    const char *bad; /* why it has no answer; NULL: it has one */
};

struct batch {
    struct arena mem; /* texts and reasons */
    uint32_t n_lines;
    size_t n_bytes;
    struct batch_line lines[BATCH_LINES];
    struct buf out; /* one JSON line for each line that is not bad */
    rc failure;     /* of the bank or of memory: ends the run */
    char failure_text[BATCH_FAILURE_BYTES];
};
/** Adds a copy of a line; bad: NULL, or why it is not to be answered (copied). */
MUST rc batch_add(struct batch *b, uint64_t number, struct view text, const char *bad);
bool batch_is_full(const struct batch *b);

struct match_pool_options {
    uint32_t n_threads; /* 1: the caller's own */
    struct match_options match;
    size_t max_line_bytes;
};

struct match_pool;
/** source is borrowed until match_pool_free. Errors E_MEMORY, E_IO (no thread). */
MUST rc match_pool_new(struct bank_source *source, const struct match_pool_options *options,
                       struct match_pool **out);
/** Waits for the workers. NULL is fine. */
void match_pool_free(struct match_pool *pool);

/** The batch to fill; NULL when the ring is full. The same one until it is submitted. */
struct batch *match_pool_filling(struct match_pool *pool);
/** Gives the batch that was filled to the workers. */
void match_pool_submit(struct match_pool *pool);
/** The oldest submitted batch when it is answered; NULL when there is none or, unless `wait`, when
 *  it is not answered yet. */
struct batch *match_pool_oldest(struct match_pool *pool, bool wait);
/** Empties the oldest batch for the next use. */
void match_pool_release(struct match_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
