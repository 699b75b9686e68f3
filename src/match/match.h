/* SPDX-License-Identifier: Apache-2.0
 *
 * match: from a post to verified, explained hits in two tiers. A match asks, it never acts.
 *
 *   exact -> near-copy and containment -> retrieval (words and grams) -> verification (numbers,
 *   negation, names, alignment) -> tier and calibrated score
 *
 * docs/formats/hit.md fixes the object that comes back; it is the same in C, on the command line
 * and in streams. A detected change of number, name or negation is never TIER_CONFIRMED.
 */
#ifndef SANAD_MATCH_H
#define SANAD_MATCH_H

#include "bank/bank.h"

#ifdef __cplusplus
extern "C" {
#endif

enum tier { TIER_NONE, TIER_SUGGESTED, TIER_CONFIRMED };
/** "none", "suggested", "confirmed". Static. */
const char *tier_name(enum tier tier);
bool tier_from_name(struct view name, enum tier *out);

/** How a post and a claim meet, strongest first. */
enum how {
    HOW_EXACT,      /* the same text but for case, spaces and punctuation */
    HOW_NEAR_COPY,  /* the same text with small or disguising changes */
    HOW_CONTAINS,   /* the claim stands inside a longer post */
    HOW_WITHIN,     /* the post is a part of the claim's text */
    HOW_SAME_WORDS, /* the same claim in other words */
    HOW_SAME_LINK,  /* the post is a link that the claim or a verdict carries */
};
/** "exact", "near-copy", "contains", "within", "same-claim", "same-link". Static. */
const char *how_name(enum how how);

/** Why an answer is empty or weak on purpose. */
enum note {
    NOTE_NOTHING,
    NOTE_EMPTY,     /* no letters and no digits: emoji, punctuation */
    NOTE_TOO_SHORT, /* fewer than three words: only exact copies are looked for */
    NOTE_ONLY_LINK, /* a bare URL: only links are looked up */
};
const char *note_name(enum note note);

/** A number of the claim beside one of the post. Texts are borrowed from their sources. */
struct number_pair {
    struct view claim, post; /* one is empty: missing in the post, or added by it */
};
/** A name or content word of the claim that the post replaced, or a small word that turns the claim
 *  round. */
struct word_pair {
    struct view claim, post; /* post is empty when the word is only missing, claim when added */
};
enum negation_change { NEGATION_SAME, NEGATION_ADDED, NEGATION_REMOVED };

/** The deciding evidence. Arrays in the arena of the answer. */
struct why {
    enum segment segment;           /* which part of the claim was met */
    enum lang lang;                 /* of the document that was met */
    struct view claim_text;         /* that part */
    uint32_t span_from, span_to;    /* bytes of the post */
    double claim_share, post_share; /* weight of the claim's words found in the post, and back */
    uint32_t n_shared, n_agree, n_differ, n_changed;
    const struct view *shared; /* words as the post writes them, most telling first, <= 12 */
    const struct number_pair *agree, *differ; /* <= 8 each */
    const struct word_pair *changed;          /* <= 8 */
    enum negation_change negation;
    bool
        refuted; /* the post calls it false in its own words: "HOAX: …", which the claim does not */
};

/** What the score was made of, beside what stands in struct why (docs/formats/hit.md). */
struct hit_measures {
    double words, grams; /* share of the post's word weight; cosine of letter grams */
    double claim_in_post, post_in_claim; /* containment of skeleton grams, 0..1 */
    double heaviest, names; /* of the words in common: weight of the rarest, and of all names;
                               1 is the weight of a word that one claim alone has */
    double span_share;      /* weight of the words of the span that are the claim's, 0..1 */
    uint32_t claim_letters, post_letters, post_words; /* words: telling ones */
    uint32_t pairs; /* of words in common that are neighbours in both texts */
    bool in_order;  /* the words in common stand in the claim's order */
};

struct hit {
    struct item item; /* id, texts, verdicts … */
    enum tier tier;
    enum how how;
    double score; /* calibrated probability that the post makes this claim, 0..1 */
    struct why why;
    struct hit_measures measures;
};

struct answer {
    struct view post;
    enum lang lang;
    enum note note;
    bool cut; /* the post has more words than are looked at */
    uint32_t n_hits;
    const struct hit *hits; /* best first */
    char bank_version[65];  /* hex */
};

struct match_options {
    uint32_t top;     /* most hits, 1..100 */
    enum tier lowest; /* of the tiers shown; TIER_NONE shows the whole ranking */
    enum lang lang;   /* LANG_UNKNOWN: detected */
    struct text_limits limits;
};
/** top 5, lowest TIER_SUGGESTED, detected, k_text_limits. */
extern const struct match_options k_match_options;

/** Scratch of one thread. */
struct matcher;
MUST rc matcher_new(struct matcher **out);
void matcher_free(struct matcher *m);

/** Where the answers of a matcher spend their time; sums over the posts answered by retrieval and,
 *  for `posts` and normalise_ns, over all. Nanoseconds of the clock on the wall. */
struct match_profile {
    uint64_t posts, verified;
    uint64_t normalise_ns; /* forms, language, tokens, numbers, negation, links of the post */
    uint64_t query_ns;     /* its weights and grams */
    uint64_t verify_ns;    /* candidates read, compared word by word, judged */
    uint64_t score_ns;     /* ranking of the candidates and of the hits */
    struct bank_profile bank;
};
/** Adds to profile from now on; NULL: nothing is measured. Borrowed until it is taken away. */
void matcher_profile(struct matcher *m, struct match_profile *profile);

/** Answers one post.
 *  snapshot  borrowed for the call
 *  post      borrowed as long as the answer is used
 *  options   NULL for k_match_options
 *  mem       the answer lives there
 *  Errors    E_LIMIT (post too large, the message names the limit), E_DAMAGED, E_MEMORY. Nothing
 *            found is no error.
 *  Threads   one matcher per thread */
MUST rc match_post(struct matcher *m, const struct bank_snapshot *snapshot, struct view post,
                   const struct match_options *options, struct arena *mem, struct answer *out);

/** The answer as canonical JSON (docs/formats/hit.md), appended to out.
 *  id    of the post, echoed as given JSON (string or number); empty: left out */
MUST rc answer_to_json(const struct answer *answer, struct view id_json, struct buf *out);

/* ---- Evaluation -------------------------------------------------------------------------- */

/** Ranks of right answers for one group of queries. */
struct eval_scores {
    uint64_t n;
    double map5, mrr, s1, s5, s10;
    double confirmed;   /* share of queries whose best right claim came as confirmed */
    double recall_at_1; /* with unrelated posts: recall at 1 % false matches, else -1 */
};
struct eval_group {
    struct view name; /* kind or split */
    struct eval_scores scores;
};
struct eval_report {
    struct eval_scores all;
    uint32_t n_kinds;
    const struct eval_group *kinds;
    double unrelated_confirmed, unrelated_suggested; /* shares; -1 when not measured */
    double threshold_at_1;                           /* score that 1 % of unrelated posts reach */
    double changed_confirmed;                   /* share of changed posts wrongly confirmed; -1 */
    uint64_t n_unrelated, n_changed, n_skipped; /* skipped: queries without a known right claim */
    double p50_us, p99_us;                      /* of match_post with the options of a user */
};
struct eval_inputs {
    const char *queries, *qrels;     /* paths */
    const char *unrelated, *changed; /* paths or NULL */
    struct view split;               /* only queries of this split; empty: all */
    uint64_t max_queries;            /* 0: all */
};
/** Runs the sets through match_post. Identical claims under several ids count as one.
 *  Errors  of the files (E_INPUT with line), E_MEMORY */
MUST rc match_evaluate(struct matcher *m, const struct bank_snapshot *snapshot,
                       const struct eval_inputs *inputs,
                       bool (*progress)(void *context, uint64_t done, uint64_t total),
                       void *context, struct arena *mem, struct eval_report *out);

/* ---- Clusters ----------------------------------------------------------------------------- */

/** A number of a post, as hashes. */
struct cluster_number {
    uint32_t digits; /* as written, without the scale */
    uint32_t scale;  /* "million", units: what multiplies the digits; 0: nothing */
    uint32_t word;   /* the folded word that it is or is in ("three", "5g"), else 0 */
};

/** What folding compares of one post: arrays of distinct values, ascending, in the arena of the
 *  call that made it. */
struct cluster_digest {
    uint64_t key;     /* of everything below: equal posts have equal keys */
    uint32_t minhash; /* smallest gram, mixed: near-copies often share it */
    uint32_t n_letters, n_grams, n_words, n_numbers, n_cues;
    enum lang lang;
    const uint32_t *grams; /* of 5 skeleton letters */
    const uint32_t *words; /* folded; function words too */
    const uint32_t *cues;  /* the words that negate */
    const struct cluster_number *numbers;
};

struct cluster_limits {
    uint64_t max_posts;       /* 1 .. 2^31 */
    uint32_t max_letters;     /* of a post's skeleton that are looked at */
    uint32_t max_shown_bytes; /* of a post's text that are kept to be shown */
    uint32_t max_id_bytes;    /* of an id as JSON */
    struct text_limits text;
};
/** 1,000,000 posts, 1,024 letters, 1,024 and 256 bytes, k_text_limits. */
extern const struct cluster_limits k_cluster_limits;

/** Reads a post for folding.
 *  text    borrowed for the call
 *  lang    LANG_UNKNOWN: detected
 *  limits  NULL for k_cluster_limits
 *  mem     the digest lives there; scratch too
 *  Errors  E_LIMIT (post too large), E_MEMORY. Cost that of text_read. Thread-safe. */
MUST rc cluster_read(struct view text, enum lang lang, const struct cluster_limits *limits,
                     struct arena *mem, struct cluster_digest *out);

/** Posts that are to be folded. One thread at a time. */
struct cluster_set;
/** limits NULL for k_cluster_limits; out is owned, cluster_set_free. Errors E_USAGE, E_MEMORY. */
MUST rc cluster_set_new(const struct cluster_limits *limits, struct cluster_set **out);
void cluster_set_free(struct cluster_set *set);
uint64_t cluster_set_n_posts(const struct cluster_set *set);
/** Bytes that are held for the posts so far. */
uint64_t cluster_set_bytes(const struct cluster_set *set);
/** Adds a post; all of it is copied. Posts with the same digest share it.
 *  id_json  canonical JSON of the id; ids may repeat
 *  Errors   E_LIMIT (the message names the limit: posts, bytes of the id), E_MEMORY; the set is
 * then as before */
MUST rc cluster_set_add(struct cluster_set *set, struct view id_json, struct view text,
                        const struct cluster_digest *digest);

/** Posts that say the same. Everything but the arrays is borrowed from the set. */
struct cluster {
    uint32_t n_members, langs;  /* langs: bit 1 << enum lang for each language */
    const struct view *members; /* ids as JSON, by their bytes */
    struct view id, text;       /* of the post that most others are like */
    bool cut;                   /* its text is longer than what was kept */
};
/** Folds all posts added so far; largest cluster first, then by id. The clusters depend on the
 * posts and not on the order in which they were added. go_on   NULL, or asked now and then; false
 * ends it with E_INTERRUPTED mem     clusters and scratch, about 3 KB for each distinct post Errors
 * E_INTERRUPTED, E_MEMORY; the set is unchanged. Cost about 50 microseconds a post */
MUST rc cluster_set_fold(const struct cluster_set *set, bool (*go_on)(void *context), void *context,
                         struct arena *mem, const struct cluster **out, uint32_t *out_n);
/** One canonical JSON object (docs/formats/cluster.md), appended to out.
 *  interim  0, or the number of an interim result */
MUST rc cluster_to_json(const struct cluster *cluster, uint32_t interim, struct buf *out);

#ifdef __cplusplus
}
#endif
#endif
