/* SPDX-License-Identifier: Apache-2.0
 * Between the files of match only. */
#ifndef SANAD_MATCH_INT_H
#define SANAD_MATCH_INT_H

#include "match/match.h"

/* ---- items (item.c) ---- */

/** An item without reports of what stands in it as a verdict of its own: the same canonical
 * address. Errors as bank_item. */
MUST rc item_to_show(const struct bank *b, uint32_t number, struct arena *mem, struct item *out);

/* ---- alignment (align.c) ---- */

/** A token as alignment sees it. */
struct part {
    const struct token *token;
    float weight; /* how telling it is: its idf, function words less */
    bool has_digit;
    bool known;     /* the bank has this word */
    bool slip;      /* its mate is spelled differently */
    bool moved;     /* its mate stands elsewhere */
    bool inflected; /* only its stem met: Arabic five and fifty have one */
    bool number;    /* no mate, but in a number that the other side has */
    uint32_t mate;  /* number of the token of the other side, or NO_MATE */
};
#define NO_MATE UINT32_MAX

/** A stretch of the claim without mates beside the stretch of the post that stands in its place. */
struct gap {
    uint32_t claim_from, claim_to, post_from, post_to; /* part numbers, half open */
};

struct alignment {
    uint32_t n_claim, n_post;
    struct part *claim, *post;
    uint32_t window_from, window_to; /* parts of the post that were compared */
    uint32_t span_from, span_to;     /* parts of the post from the first to behind the last mate */
    uint32_t n_gaps;
    struct gap *gaps;
    bool in_order; /* every mate stands in the order of the claim */
};
/** A post as alignment sees it: made once, held against every claim. Without mates. */
struct post_parts {
    const struct part *part;
    uint32_t n;
};
/** Of a text that is borrowed as long as the parts are used. Errors E_DAMAGED, E_MEMORY. */
MUST rc post_parts_make(const struct bank *statistics, const struct text *post, struct arena *mem,
                        struct post_parts *out);
/** Brings the words of claim and post together: the stretch of the post that shares most, then
 *  the heaviest common subsequence, then words that moved, then what was spelled differently.
 *  Cost O(post + claim x window); the window is at most 512 words */
MUST rc align(const struct bank *statistics, const struct text *claim,
              const struct post_parts *post, struct arena *mem, struct alignment *out);
/** Whether two words are one word spelled or disguised differently. Never for digits. */
bool same_word_disguised(struct view a, struct view b);

/* ---- verification (verify.c) ---- */

/** What verification found, for tier and score. */
struct verdict_on {
    struct why why;
    bool exact;          /* the same words in the same order and nothing else */
    bool number_changed; /* a number differs, was added or taken out inside the span */
    bool name_changed;   /* a telling word was replaced, or one that turns the claim round */
    bool negation_changed;
    bool in_order;       /* the words met stand in the claim's order */
    bool telling_moved;  /* one that does not is no function word: who did it to whom */
    double span_share;   /* weight of the words of the span that are the claim's */
    double claim_said;   /* why.claim_share, with numbers that are only written otherwise */
    double span_said;    /* span_share, likewise */
    double weight_words; /* of the claim: how many telling words it has */
    double post_words;   /* of the post: the same */
    double heaviest; /* weight of the rarest telling word met; 1: of a word of one claim alone */
    double names;    /* weight of the claim's words with a capital that were met, likewise */
    uint32_t pairs;  /* words met that are neighbours in both texts */
};
/** parts: of the same post */
MUST rc verify(const struct bank *statistics, const struct text *claim, const struct text *post,
               const struct post_parts *parts, struct arena *mem, struct verdict_on *out);

enum { MAX_PAIRS = 8 };       /* of words or numbers that are named */
#define LEAST_WHOLE_SHARE 0.8 /* of a claim that a post takes up as a whole */

/** changed.c: telling words that were replaced and small words that turn a claim round; fills
 *  why.changed and name_changed. v has why.claim_share. */
MUST rc fill_changed(const struct alignment *a, const struct text *claim, const struct text *post,
                     struct arena *mem, struct verdict_on *v);
/** Bytes of the mark at `at` that ends a sentence or a clause, 0 when none does. */
size_t sentence_mark(struct view source, size_t at);
struct view token_as_written(const struct text *text, const struct token *token);
/** Whether a number of the text has the token in it. */
bool covered_by_number(const struct text *text, const struct token *t);

/* ---- score (score.c) ---- */

/** Everything known about a candidate. What verification finds is 0 before it. */
struct measures {
    enum lang lang;       /* of the post */
    bool title;           /* the segment met is a title */
    double words, grams;  /* bank: shares of the whole */
    double best_grams;    /* of all candidates of the post; 0 before they are known */
    double claim_in_post; /* skeleton grams of the met segment */
    double post_in_claim;
    double claim_letters, post_letters;
    double claim_share, post_share, span_share; /* verification */
    double n_shared;                            /* telling words in common */
    double heaviest, names, post_words, pairs;  /* as in struct verdict_on */
    bool in_order, negation_differs;
};
/** Log-odds by which the hits of one post are ordered, about -8 to 10. */
double rank_of(const struct measures *m);
/** Probability that post and claim say the same.
 *  rank  rank_of the same measures
 *  lead  rank less that of the best other hit of the post */
double probability_of(const struct measures *m, double rank, double lead);
enum { CALIBRATED_STEPS = 20 };
/** tables/score.tsv, where each has its meaning. */
struct score_table {
    double word_part[LANG_COUNT];
    double post_part, shared_part, heaviest_part, names_part, negation_part;
    double alike_offset, alike_slope, alike_at_most;
    double copy_share, copy_slope, copy_at_most, title_part;
    double claim_copy_letters, claim_copy_unit, post_copy_letters, post_copy_unit;
    double sure_offset, sure_rank, sure_lead, sure_words, sure_copy, lead_at_most, unsure_scale;
    double sure_alike[LANG_COUNT], sure_pairs[LANG_COUNT];
    double calibrated[CALIBRATED_STEPS + 1];
    double suggested_from;
};
extern const struct score_table k_score;

#endif
