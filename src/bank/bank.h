/* SPDX-License-Identifier: Apache-2.0
 *
 * bank: checked claims as one immutable mapped file that any number of threads read without a lock,
 * small deltas beside it, and candidates from both. The bytes are described in
 * docs/formats/bank.md; tools/read_bank.py is an independent reader of that page.
 *
 * Words used here
 *   item      a claim with its verdicts, as exchange gives it; numbered 0.. in the order of the ids
 *   document  an item in one language (the original, or one translation): title, text, body
 *   segment   title, text or body of a document
 *   base      the bank file; overlay, layers: images in memory of what the deltas add
 *   snapshot  base, overlay and the set of withdrawn items, frozen together
 */
#ifndef SANAD_BANK_H
#define SANAD_BANK_H

#include "base/base.h"
#include "exchange/exchange.h"
#include "text/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- One image --------------------------------------------------------------------------- */

enum { BANK_VERSION = 1, BANK_HASH_BYTES = 32 };

/** Parameters that were used to build, kept in the file: a reader obeys them. */
struct bank_params {
    uint32_t skeleton_gram; /* letters in a near-copy gram */
    uint32_t word_gram;     /* letters in a word-bounded gram, the space counts */
    uint32_t idf_bits;      /* 2^this weights of word-bounded grams */
    double bm25_k1, bm25_b;
    uint32_t max_body_bytes; /* of an item's body that are indexed */
};
extern const struct bank_params k_bank_params;

/** Three parts of a document. */
enum segment { SEGMENT_TITLE, SEGMENT_TEXT, SEGMENT_BODY };
enum { SEGMENT_COUNT = SEGMENT_BODY + 1 };
/** "title", "text", "body". Static. */
const char *segment_name(enum segment segment);

/** A document as the image keeps it. Views are borrowed from the image. */
struct bank_doc {
    uint32_t item;
    enum lang lang;
    uint32_t variant;   /* 0 the original, 1.. the item's translations in their order */
    float gram_norm;    /* Euclidean norm of its word-bounded gram weights */
    struct view folded; /* words of all segments, one space between them */
    struct view skeleton[SEGMENT_COUNT]; /* UTF-8 */
};

/** An opened image; immutable. */
struct bank;

/** Opens an image: header and section table are checked, sections when they are read.
 *  image   borrowed as long as the bank is used; of any alignment
 *  out     owned, bank_free
 *  Errors  E_FORMAT, E_VERSION (the message names both versions), E_DAMAGED, E_MEMORY. Cost O(1).
 */
MUST rc bank_open_image(struct view image, struct bank **out);
void bank_free(struct bank *b);
/** Every byte against its checksum, every offset, every posting. Errors E_DAMAGED with the section.
 */
MUST rc bank_verify(const struct bank *b);

uint32_t bank_n_items(const struct bank *b);
uint32_t bank_n_docs(const struct bank *b);
/** SHA-256 that names the image: of its header, which holds those of all sections. 32 bytes. */
const uint8_t *bank_hash(const struct bank *b);
const struct bank_params *bank_parameters(const struct bank *b);
/** Whether the bank was built with the text rules of this program. With others it can be read, but
 *  some posts are missed until it is built anew (a merge does). Errors E_MEMORY. Cost 0.2 ms. */
MUST rc bank_text_rules_known(const struct bank *b, bool *out);
/** What takes how much, for `bank info`: name and bytes of section i; false behind the last. */
bool bank_section(const struct bank *b, uint32_t i, const char **out_name, uint64_t *out_bytes);

/** Canonical JSON of an item (docs/formats/items.md). Errors E_DAMAGED. */
MUST rc bank_item_json(const struct bank *b, uint32_t item, struct view *out);
/** The same, parsed into mem. */
MUST rc bank_item(const struct bank *b, uint32_t item, struct arena *mem, struct item *out);
/** Number of an id; E_NOT_FOUND when the image does not hold it. O(log n). */
MUST rc bank_find_id(const struct bank *b, struct view id, uint32_t *out_item);
MUST rc bank_doc(const struct bank *b, uint32_t doc, struct bank_doc *out);
/** First document of an item; those of one item follow each other. */
MUST rc bank_first_doc(const struct bank *b, uint32_t item, uint32_t *out_doc);
/** Items whose own URL, or a verdict's, has this canonical form, by a 64-bit hash of it. O(log n).
 *  Errors E_DAMAGED. */
MUST rc bank_find_url(const struct bank *b, struct view canonical, struct arena *mem,
                      const uint32_t **out_items, uint32_t *out_n);
/** A skeleton form as the bank stores it. */
MUST rc bank_skeleton_utf8(const struct form *skeleton, struct arena *mem, struct view *out);
/** Documents with a segment of exactly this skeleton (any length). O(log n). Errors E_DAMAGED. */
MUST rc bank_find_skeleton(const struct bank *b, struct view skeleton_utf8, struct arena *mem,
                           const uint32_t **out_docs, uint32_t *out_n);

/* ---- Candidates -------------------------------------------------------------------------- */

/** Scratch of one thread: score arrays and tables, reused from query to query. */
struct bank_scratch;
MUST rc bank_scratch_new(struct bank_scratch **out);
void bank_scratch_free(struct bank_scratch *s);

/** Where the queries of a scratch spend their time and what they read; sums. */
struct bank_profile {
    uint64_t near_ns, words_ns, letters_ns;      /* rare grams; words; measuring documents */
    uint64_t gram_postings, gram_postings_there; /* read, of all that the queries' grams have */
    uint64_t word_postings;
    uint64_t n_measured, n_dense; /* documents; queries that went through all scores */
    uint64_t list_bytes, form_bytes, score_bytes; /* of posting lists, documents, score arrays */
};
/** Adds to profile from now on; NULL: nothing is measured. Borrowed until it is taken away. */
void bank_scratch_profile(struct bank_scratch *s, struct bank_profile *profile);

/** What a post looks for, made once and used on every image of a snapshot. */
struct bank_query {
    const uint64_t *withdrawn; /* bit per item of the image that is looked into next: never a
                                  candidate. NULL when none; set by the caller, borrowed */
    uint32_t n_words;
    struct word_weight {
        uint32_t key;
        uint32_t token; /* of the text; for reasons */
        float weight;   /* idf; the shares add up to 1 */
    } * words;
    struct posting_list *lists; /* of the words, in `statistics` */
    const struct bank *statistics;
    uint32_t n_grams; /* distinct skeleton grams */
    uint32_t *grams;
    uint32_t n_letters; /* of the skeleton */
    struct gram_table *skeleton_grams;
    struct gram_table *word_grams; /* word-bounded grams and their weights; NULL without words */
    float gram_norm;
};
/** Reads weights from `statistics` (the base), so that an overlay ranks as the base does.
 *  text may lack tokens when only near-copies are asked for (skeleton alone). */
MUST rc bank_query_make(const struct bank *statistics, const struct text *text, struct arena *mem,
                        struct bank_query *out);

/** The same with nothing but words: enough for bank_by_words. */
MUST rc bank_query_words(const struct bank *statistics, const struct text *text, struct arena *mem,
                         struct bank_query *out);

/** How telling tokens are: ln(1 + (N - df + 0.5) / (df + 0.5)) over the documents of the bank.
 *  mem  out is taken from it, one for each token
 *  Errors  E_DAMAGED, E_MEMORY. Many at once are quicker than one by one */
struct token_weight {
    float weight;
    bool known; /* whether any document has it */
};
MUST rc bank_token_weights(const struct bank *statistics, const struct token *tokens, uint32_t n,
                           enum lang lang, struct arena *mem, struct token_weight **out);

/** A document worth a look. */
struct candidate {
    uint32_t doc;
    float words;                        /* share of the query's word weight found in it, 0..1 */
    float grams;                        /* cosine of word-bounded grams, 0..1 */
    float claim_in_post[SEGMENT_COUNT]; /* share of a segment's skeleton grams that the post has */
    float post_in_claim[SEGMENT_COUNT]; /* the other way round */
    uint32_t letters[SEGMENT_COUNT];    /* of the segment's skeleton */
    uint32_t hits;                      /* skeleton grams in common among the rare ones */
};
/** Documents that share rare skeleton grams, most first, measured both ways.
 *  Errors  E_DAMAGED, E_MEMORY. Cost: the postings of rare grams, two for each gram of the query
 * when that finds a plain copy (half of the post stands in it), else at most 4,096 and of one list
 * more. */
MUST rc bank_near_copies(const struct bank *b, const struct bank_query *q,
                         struct bank_scratch *scratch, struct arena *mem, uint32_t max_out,
                         struct candidate *out, uint32_t *out_n);
/** The best documents by words alone, best first; of their measures only `words` is filled in.
 *  q  may be of bank_query_words. Errors E_DAMAGED, E_MEMORY. Cost: all postings of the words */
MUST rc bank_by_words(const struct bank *b, const struct bank_query *q,
                      struct bank_scratch *scratch, struct arena *mem, uint32_t max_out,
                      struct candidate *out, uint32_t *out_n);
/** Documents by words and grams: candidates of both kinds with all measures filled in, unordered.
 *  statistics  the bank whose weights count (the base)
 *  max_out     room in out; 96 is always enough */
MUST rc bank_candidates(const struct bank *b, const struct bank *statistics,
                        const struct bank_query *q, struct bank_scratch *scratch, struct arena *mem,
                        uint32_t max_out, struct candidate *out, uint32_t *out_n);

/* ---- Building ---------------------------------------------------------------------------- */

struct bank_builder;
/** params      NULL for k_bank_params; 0 idf_bits: by the count of items
 *  statistics  NULL, or the bank whose term statistics and parameters are to be used instead of
 *              own ones (for overlays); borrowed until the builder is freed
 *  Errors      E_USAGE: parameters out of range */
MUST rc bank_builder_new(const struct bank_params *params, const struct bank *statistics,
                         struct bank_builder **out);
void bank_builder_free(struct bank_builder *builder);
/** Takes a copy of an item. Errors E_DUPLICATE (id taken), E_LIMIT (4 billion bytes), E_MEMORY. */
MUST rc bank_builder_add(struct bank_builder *builder, const struct item *item);
uint32_t bank_builder_count(const struct bank_builder *builder);

/** Told now and then while an image is made; false stops with E_INTERRUPTED. */
struct bank_progress {
    void *context;
    bool (*tell)(void *context, const char *phase, uint64_t done, uint64_t total);
};
/** The image: the same items give the same bytes, in whatever order they came.
 *  progress  may be NULL
 *  Errors    E_LIMIT, E_INTERRUPTED, E_MEMORY; nothing is added to out then */
MUST rc bank_builder_image(struct bank_builder *builder, const struct bank_progress *progress,
                           struct buf *out);
/** The image as a file, whole or not at all. Errors also E_IO, E_SPACE. */
MUST rc bank_builder_write(struct bank_builder *builder, const struct bank_progress *progress,
                           const char *path);

/* ---- A bank on disk with its deltas ------------------------------------------------------ */

/** One change beside a bank: `<bank>.d/<seq>.delta`. */
struct bank_change {
    uint32_t n_add, n_withdraw;
    const struct item *add;      /* ids new to the bank, or withdrawn in the same change */
    const struct view *withdraw; /* ids */
};
/** Writes the next delta: all of the change or nothing of it. Another writer is waited for.
 *  Errors  E_DUPLICATE, E_NOT_FOUND (id to withdraw, or the bank), E_INPUT (an item that cannot be
 *          read back), E_STALE (the deltas that are there cannot all be applied), E_IO, E_SPACE.
 *          Nothing is written then, but when only the folder could not be synced: the change is
 *          visible and may be lost with the power */
MUST rc bank_change_write(const char *bank_path, const struct bank_change *change,
                          uint64_t *out_seq);
/** Base and deltas into a new base with the bytes of a fresh build with the base's parameters;
 *  deltas are removed. Stopped or failed anywhere, it leaves the old base with its deltas or the
 * new one. Errors as of bank_change_write, E_INTERRUPTED, E_MEMORY. */
MUST rc bank_merge(const char *bank_path, const struct bank_progress *progress);

/** Items that were added some while ago: an image in memory that is not made anew at each change.
 */
struct bank_layer {
    const struct bank *bank;
    const uint64_t *withdrawn; /* bit per item; NULL when none */
};

/** What one query sees. Counted: give back with bank_release. */
struct bank_snapshot {
    const struct bank *base;
    const struct bank *overlay; /* the latest of the added items; NULL without any */
    const uint64_t *withdrawn;  /* bit per item of the base; NULL when none */
    uint32_t n_layers;
    const struct bank_layer *layers; /* the other added items, thousands each, the oldest first */

    uint64_t seq;                     /* of the last delta applied, 0 none */
    uint32_t n_items;                 /* alive */
    uint8_t version[BANK_HASH_BYTES]; /* hash of the last delta, or of the base */
};

/** What a snapshot is made of, one by one: the base, the layers, the overlay, whose bank is NULL
 * when there is none. i: 0..bank_n_images - 1 */
static inline uint32_t bank_n_images(const struct bank_snapshot *s)
{
    return s->n_layers + 2;
}
static inline struct bank_layer bank_image(const struct bank_snapshot *s, uint32_t i)
{
    if (i == 0) return (struct bank_layer){s->base, s->withdrawn};
    return i <= s->n_layers ? s->layers[i - 1] : (struct bank_layer){s->overlay, NULL};
}

/** A bank on disk that is followed as it changes. */
struct bank_source;
/** Opens base and deltas. A delta that is torn, names another base or leaves a gap is not applied,
 *  nor any behind it; bank_source_problem tells.
 *  Errors  those of bank_open_image, E_NOT_FOUND, E_IO, E_MEMORY. */
MUST rc bank_source_open(const char *bank_path, struct bank_source **out);
void bank_source_close(struct bank_source *s);
/** What of the deltas could not be applied and why, or that the base was built with other text
 * rules;
 *  "" when all is well. Copied to out. */
void bank_source_problem(struct bank_source *s, char *out, size_t out_bytes);
/** Looks whether file or deltas changed, at most every 200 ms unless forced, and swaps the
 * snapshot. Readers are not blocked. One thread at a time; others return at once. On failure the
 * old snapshot stays. */
MUST rc bank_source_refresh(struct bank_source *s, bool force);
const struct bank_snapshot *bank_acquire(struct bank_source *s);
void bank_release(struct bank_source *s, const struct bank_snapshot *snapshot);
/** Whether an id is alive in what a question sees. Errors E_DAMAGED. O(log n). */
MUST rc bank_holds(const struct bank_snapshot *snapshot, struct view id, bool *out);

#ifdef __cplusplus
}
#endif
#endif
