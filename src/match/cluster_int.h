/* SPDX-License-Identifier: Apache-2.0
 * Between the files that fold posts into clusters.
 *
 *   cluster_read.c   a post becomes a digest
 *   cluster.c        the posts that are kept
 *   cluster_links.c  which posts say the same, and how surely
 *   cluster_fold.c   links become clusters
 *
 * The order of the posts cannot matter: folding begins with nodes (posts of equal digest) sorted by
 * what they say, and everything behind that is a function of the sorted nodes. */
#ifndef SANAD_CLUSTER_INT_H
#define SANAD_CLUSTER_INT_H

#include "match/match.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CLUSTER_GRAM = 5, NO_POST = -1 };

/** Posts that have the same digest. */
struct cluster_node {
    struct cluster_digest digest; /* arrays in the set's arena */
    struct view id, text;         /* of the post shown for them */
    bool cut;
    uint32_t n_posts;
    int64_t last_post; /* its posts, linked backwards */
};
struct cluster_post {
    struct view id;
    enum lang lang;
    int64_t before; /* post of the same node, NO_POST at the end */
};

struct cluster_set {
    struct cluster_limits limits;
    struct arena mem;
    uint64_t n_posts, n_nodes, posts_room, nodes_room, n_slots;
    struct cluster_post *posts;
    struct cluster_node *nodes;
    uint32_t *slots; /* hash table by key: node + 1 */
};

/** Total order of digests by what they say; 0 only for equal ones. */
int cluster_digest_cmp(const struct cluster_digest *a, const struct cluster_digest *b);

/** A node with how much each of its parts tells in this stream. */
struct weighed {
    const struct cluster_node *node;
    uint8_t *gram_weight, *word_weight; /* beside the digest's arrays */
    uint32_t gram_total, word_total;
};
/** Two nodes compared. */
struct comparison {
    double gram_least, gram_most; /* weight in common as share of the whole, of either side */
    double word_least, word_most;
    bool same;     /* they are to be one */
    bool apart;    /* they must not: copies but for a number or a negation */
    uint32_t sure; /* 0..1000 */
};
/** Symmetric; depends on nothing but the two. Cost O(grams + words). */
struct comparison cluster_compare(const struct weighed *a, const struct weighed *b);

struct link {
    uint32_t a, b; /* node numbers, a < b */
    uint32_t sure;
};
struct folding {
    uint32_t n_nodes;
    struct weighed *nodes; /* in the order of what they say */
    uint64_t n_links;
    struct link *links; /* surest first, then by a and b */
    bool (*go_on)(void *context);
    void *context;
    struct arena *mem;
};
/** Weighs the nodes and finds their links. */
MUST rc cluster_weigh(struct folding *f);
MUST rc cluster_find_links(struct folding *f);
/** E_INTERRUPTED when the caller wants no more. */
MUST rc cluster_go_on(const struct folding *f);
/** Sorts by the upper 32 bits, keeping the order of equals; spare has room for n. Cost O(n). */
void cluster_sort_high(uint64_t *values, uint64_t *spare, uint64_t n);

#ifdef __cplusplus
}
#endif
#endif
