/* SPDX-License-Identifier: Apache-2.0
 * Between the files of bench_match: the paths from a post to claims that are measured. */
#ifndef SANAD_BENCH_MATCH_H
#define SANAD_BENCH_MATCH_H

#include "match/match.h"

enum { MOST_POSTS = 20000, MOST_FOUND = 10, MOST_CANDIDATES = 256 };

struct post {
    struct view text;
    uint32_t n_right;
    const uint32_t *right; /* items */
};

/** Ranked items, best first. */
struct found {
    uint32_t n;
    uint32_t item[MOST_FOUND];
};

struct bench {
    struct bank_source *source;
    const struct bank_snapshot *snapshot;
    struct bank_scratch *scratch;
    struct matcher *matcher;
    struct arena mem; /* of one look-up */
    struct post *posts;
    uint32_t n;

    /* what prepare did before the clock runs, and what look leaves for judge */
    struct text text;
    struct bank_query query;
    struct answer answer;
    struct buf json;
};
MUST rc bench_open(const char *bank_path, struct bench *out);
void bench_close(struct bench *b);

/** One way to look a post up. Only look is timed; judge turns its answer into items. */
struct path {
    const char *name;
    rc (*prepare)(struct bench *b, const struct post *post);
    rc (*look)(struct bench *b, const struct post *post, struct found *out);
    rc (*judge)(struct bench *b, struct found *inout);
};
extern const struct path k_paths[], k_phases[]; /* phases: out is not used, no judge */
/** Adds and withdraws n claims one by one while posts are answered, beside n_overlay added before;
 *  writes into the folder of changes beside the bank and prints one line. */
MUST rc bench_changes(struct bench *b, const char *path, uint32_t n, uint32_t n_overlay);
extern const uint32_t k_n_paths, k_n_phases;

#endif
