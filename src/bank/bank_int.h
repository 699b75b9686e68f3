/* SPDX-License-Identifier: Apache-2.0
 * Between the files of bank only: where things stand in an image (docs/formats/bank.md). */
#ifndef SANAD_BANK_INT_H
#define SANAD_BANK_INT_H

#include "bank/bank.h"

STATIC_ASSERT(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "images are read in place");

/* ---- header: offset | size | meaning ----
 *     0 |  8 | "SANADBNK"
 *     8 |  4 | version, 1                         12 | 4 | bytes of this header, 1152
 *    16 |  8 | bytes of the file                  24 | 4 | items      28 | 4 | documents
 *    32 |  4 | sections                           36 | 4 | fingerprint of the text rules
 *    40 |  4 | letters of a skeleton gram         44 | 4 | letters of a word-bounded gram
 *    48 |  4 | idf bits                           52 | 4 | bytes of a body that are indexed
 *    56 |  8 | BM25 k1 (IEEE 754 double)          64 | 8 | BM25 b
 *    72 |  8 | mean words of a document           80 | 4 | gram hash id   84 | 4 | key hash id, 1
 *    88 |  8 | 0
 *    96 | 64 x 16 | section table: name (16, NUL-padded), offset (8), bytes (8), SHA-256 (32)
 *  1120 | 32 | SHA-256 of bytes 0..1119: the name of the image
 * Sections stand at multiples of 64, with at least 64 zero bytes behind each. */
enum {
    HEADER_BYTES = 1152,
    HEADER_HASHED_BYTES = 1120,
    HEADER_TABLE_AT = 96,
    HEADER_SECTION_BYTES = 64,
    HEADER_MAX_SECTIONS = 16,
    SECTION_ALIGN = 64,
    SECTION_PAD_BYTES = 64,
    KEY_HASH_ID = 1,
};

/** Sections, in the order of the file. */
enum section_id {
    SECTION_ITEMS, /* u64 offset[n_items + 1], JSON */
    SECTION_IDS,   /* u32 offset[n_items + 1], bytes; ascending */
    SECTION_FIRST, /* u32 first document[n_items + 1] */
    SECTION_DOCS,  /* 40 bytes a document */
    SECTION_FORMS, /* folded words, then the skeletons of the segments */
    SECTION_WORDS, /* posting index with impacts */
    SECTION_GRAMS, /* posting index */
    SECTION_IDF,   /* u8[2^idf_bits], sixteenths; empty in overlays */
    SECTION_EXACT, /* key index: skeleton of a segment -> document */
    SECTION_URLS,  /* key index: canonical URL -> item */
};
enum { SECTION_COUNT = SECTION_URLS + 1, DOC_BYTES = 40 };

extern const char *const k_section_names[SECTION_COUNT];

struct bank {
    struct view image;
    struct bank_params params;
    double mean_words;
    uint32_t n_items, n_docs;
    uint32_t text_rules; /* fingerprint of those it was built with */
    struct view section[SECTION_COUNT];
};

/** Id of an item; borrowed from the image. Errors E_DAMAGED. */
MUST rc bank_item_id(const struct bank *b, uint32_t item, struct view *out);
/** Fingerprint of what the text rules of this program do (rules.c). Errors E_MEMORY. Cost 0.2 ms.
 */
MUST rc text_rules(uint32_t *out);
/** Whether parameters can be used; to build, 0 idf bits mean: by the count of items. */
bool params_sane(const struct bank_params *p, bool to_build);
/** What 0 idf bits become. */
uint32_t idf_bits_for(uint64_t n_items);

/* ---- ids and their numbers (ids.c) ---- */

/** In the order they came; zeroed memory is a valid empty one. */
struct ids {
    struct buf bytes;
    struct id_row {
        size_t at, n;
    } * rows;
    uint32_t *slots;
    uint32_t n, cap;
};
void ids_done(struct ids *t);
/** Borrowed until the next ids_add. */
struct view ids_at(const struct ids *t, uint32_t number);
/** The latest number of an id. */
bool ids_find(const struct ids *t, struct view id, uint32_t *out_number);
/** The next number for an id, whether it is there or not. Errors E_LIMIT, E_MEMORY. */
MUST rc ids_add(struct ids *t, struct view id);
/** Forgets what came after the first n. */
void ids_cut(struct ids *t, uint32_t n);

/* ---- posting index (postings.c) ----
 *   0 | 4 | bucket bits   4 | 4 | terms   8 | 4 | 1: with impacts   12 | 4 | 0   16 | 8 | bytes of
 * lists   24 | 8 | 0 32 | 4 x (2^bits + 1) | first term of each bucket; the bucket is the key's
 * upper bits | 4 | 0, when that is needed to stand at a multiple of 8 | 8 x terms | key (4), offset
 * of the list (4); ascending keys | lists: count (LEB128); per block of up to 128: bits (1), packed
 * deltas, impacts (1 each) */

/** A list being read. */
struct posting_list {
    const uint8_t *at, *end;
    uint32_t left; /* documents not yet read */
    uint32_t next; /* smallest number the next block can begin with */
    uint32_t n_docs;
    bool impacts;
};
/** count 0 when the key has no list. */
MUST rc postings_find(struct view index, uint32_t n_docs, uint32_t key, struct posting_list *out);
/** The same for many keys at once, which is quicker a key. out: n lists. */
MUST rc postings_find_all(struct view index, uint32_t n_docs, const uint32_t *keys, uint32_t n,
                          struct posting_list *out);
/** Asks the memory for the beginning of a list that is read soon; a block is loaded in steps of 64
 *  bytes, which lie in two lines of the cache. */
static inline void postings_fetch(const struct posting_list *list)
{
    __builtin_prefetch(list->at);
    __builtin_prefetch(list->at + 64);
}
/** Next block: up to 128 documents; *out_n 0 at the end. out_impacts may be NULL. */
MUST rc postings_next(struct posting_list *list, uint32_t out_docs[128],
                      const uint8_t **out_impacts, uint32_t *out_n);
MUST rc postings_check(struct view index, uint32_t n_docs, bool impacts, const char *name);

/** Weight of a document in a list: 1..255. */
typedef uint8_t (*impact_fn)(const void *context, uint32_t doc, uint32_t tf);
/** Index of pairs (key << 32 | document), sorted; equal pairs are one posting whose tf is their
 *  count. impact NULL: no impacts. */
MUST rc postings_build(const uint64_t *pairs, size_t n, impact_fn impact, const void *context,
                       struct buf *out);
/** Sorts pairs by key then document. spare: n words of scratch. Stable, O(n). */
void sort_pairs(uint64_t *pairs, uint64_t *spare, size_t n);

/* ---- key index (keys.c): 0 | 4 | n   4 | 4 | 0   8 | 8 x n | keys, ascending   | 4 x n | values
 */
struct key_value {
    uint64_t key;
    uint32_t value;
};
MUST rc keys_build(struct key_value *pairs, size_t n, struct buf *out);
MUST rc keys_find(struct view index, uint64_t key, uint32_t limit, struct arena *mem,
                  const uint32_t **out, uint32_t *out_n);
MUST rc keys_check(struct view index, uint32_t limit, const char *name);

/* ---- grams (grams.c) ---- */

/** Code points of stored UTF-8 into a growing array. */
struct code_points {
    uint32_t *cp;
    uint32_t *hash; /* room for as many */
    size_t n, cap;
};
void code_points_done(struct code_points *c);
/** For texts of up to n bytes, in an arena: without code_points_done. */
MUST rc code_points_in(struct arena *mem, size_t n, struct code_points *out);
MUST rc code_points_read(struct code_points *c, struct view utf8);
/** Hashes of all skeleton grams of what was read; *out_n of them in c->hash. */
MUST rc skeleton_grams(struct code_points *c, uint32_t gram, uint32_t *out_n);
/** Hashes of word-bounded grams: every gram of " word " for each word; a word too short for one
 *  gives one of all its letters. utf8: words with one space between. */
MUST rc word_grams(struct code_points *c, struct view utf8, uint32_t gram, uint32_t *out_n);

/** One gram of a query: all that is asked about it stands in one place of the cache. */
struct gram_slot {
    uint32_t key;      /* 0: empty */
    float weight, idf; /* of a word-bounded gram: (1 + ln tf) x idf in the query; idf */
    uint32_t stamp;    /* the `now` of the segment that met it last */
    uint16_t count;    /* in the document being measured */
};
/** Hash table of a query's grams. The filter has the bit of each (kern: keep_in_filter), so that
 *  most grams of a document that the query lacks are passed over without a look into the table. */
struct gram_table {
    uint32_t mask, n, now, filter_bits;
    struct gram_slot *slot;
    uint32_t *filter;
};
MUST rc gram_table_new(struct arena *mem, uint32_t n, struct gram_table **out);
/** Slot of a hash that is now in the table, its count one more. */
struct gram_slot *gram_add(struct gram_table *t, uint32_t hash);
/** Slot of a key, or the empty one where it belongs. */
static inline struct gram_slot *gram_find(const struct gram_table *t, uint32_t key)
{
    key += key == 0;
    uint32_t at = key & t->mask;
    while (t->slot[at].key != 0 && t->slot[at].key != key)
        at = (at + 1) & t->mask;
    return &t->slot[at];
}
/** Weight of a word-bounded gram by the idf section of `statistics`. */
float gram_weight(const struct bank *statistics, uint32_t hash);
/** Asks the memory for it. */
void gram_weight_fetch(const struct bank *statistics, uint32_t hash);

/* ---- terms of a document or a query (terms.c) ---- */

/** Keys of a token: its stem, and its toneless form where tones carry meaning. Returns how many. */
uint32_t token_keys(const struct token *token, enum lang lang, bool for_query, uint32_t out[2]);
/** Words of a text joined by one space, appended: what the word-bounded grams are made of. */
MUST rc folded_words(const struct text *text, struct buf *out);
uint64_t skeleton_key(struct view skeleton_utf8);
/** Appends a form as UTF-8. */
MUST rc form_utf8(const struct form *form, struct buf *out);
/** A buffer with room for n bytes and no more, in an arena: without buf_done. */
MUST rc buf_in(struct arena *mem, size_t n, struct buf *out);

/* ---- deltas (delta.c): offset | size | meaning ----
 *     0 |  8 | "SANADDLT"
 *     8 |  4 | version, 1          12 | 4 | 0          16 | 8 | seq, from 1
 *    24 | 32 | hash of the base    56 | 32 | hash of the delta before, zeros for the first
 *    88 |  4 | items added         92 | 4 | ids withdrawn        96 | 8 | bytes of the payload
 *   104 |    | withdrawn ids, then added items (canonical JSON): length (4), bytes
 *       | 32 | SHA-256 of all bytes before: the hash of this delta */
enum { DELTA_VERSION = 1, DELTA_HEAD_BYTES = 104 };

struct delta {
    uint64_t seq;
    uint32_t n_add, n_withdraw;
    const uint8_t *base_hash, *previous_hash, *hash;
    struct view payload;
};
extern const uint8_t k_no_hash[BANK_HASH_BYTES];
struct pile;
/** Checks everything but the meaning of ids. Errors E_FORMAT, E_VERSION, E_DAMAGED. */
MUST rc delta_read(struct view file, struct delta *out);
/** Next entry of a payload; at the start *inout_at is 0. */
MUST rc delta_entry(const struct delta *d, size_t *inout_at, struct view *out);
/** The bytes of the delta that follows those of p. */
MUST rc delta_make(const struct pile *p, const struct bank_change *change, struct buf *out);
MUST rc delta_path(const char *bank_path, uint64_t seq, char **out_owned);
/** `<bank>.d/merged`: hashes of the bases that the last merges replaced, the latest first. Deltas
 * for them are of the past, and are ignored where those of any other base are a fault. */
enum { MERGED_MOST = 64 };
MUST rc merged_path(const char *bank_path, char **out_owned);
/** Empty when there was no merge. */
MUST rc merged_read(const char *bank_path, struct buf *out);
/** Smallest number of a delta above a number, 0 when there is none. Errors E_IO, E_MEMORY. */
MUST rc delta_lowest(const char *bank_path, uint64_t above, uint64_t *out);
/** Removes deltas above a number, the highest first, so that what a crash leaves begins with the
 *  lowest. */
MUST rc delta_remove_above(const char *bank_path, uint64_t keep);

/* ---- base and what its deltas did to it (pile.c) ---- */

struct pile {
    struct file_map map;
    struct bank *base;
    struct buf json; /* of the items added */
    struct ids ids;  /* of the same */
    struct piled {
        size_t json_at, json_n;
        bool alive;
    } * added;
    uint32_t cap;
    uint64_t *withdrawn; /* bit per item of the base; NULL when none */
    uint64_t seq;
    uint8_t hash[BANK_HASH_BYTES]; /* of the last delta; of the base while there is none */
    char problem[512];
};
MUST rc pile_open(const char *bank_path, struct pile *out);
void pile_done(struct pile *p);
/** Applies a delta whole or not at all. Errors E_STALE, E_DUPLICATE, E_NOT_FOUND, E_INPUT, … */
MUST rc pile_apply(struct pile *p, const struct delta *d);
/** Applies the deltas that follow; stops at the first that cannot be, and keeps why in problem.
 *  Errors E_MEMORY: what was applied before it stays. */
MUST rc pile_follow(struct pile *p, const char *bank_path);
/** Items of the base that are not withdrawn, and those added and alive, into a builder. */
MUST rc pile_give_base(const struct pile *p, struct bank_builder *builder);
MUST rc pile_give_added(const struct pile *p, uint32_t from, uint32_t to,
                        struct bank_builder *builder);
/** Image of what is alive of the added items [from, to); empty when nothing is. */
MUST rc pile_overlay(const struct pile *p, uint32_t from, uint32_t to, struct buf *out);
uint32_t pile_count_alive(const struct pile *p);

/* ---- added items that stay as they are (layers.c) ---- */

struct layer;
/** The added items of a pile in order, in images of some thousands each, and the number of the
 * first that is in none. Zeroed memory is a valid empty one. */
struct layers {
    struct layer **row;
    uint32_t n, room, settled;
};
void layers_done(struct layers *l);
/** Settles the added items of p when enough are new. Images of like size are made into one, so that
 *  n items are in about n / 16,384 + 3 of them, and a change makes one of at most 16,384, or of the
 *  items it adds. A failure leaves *l as it was. */
MUST rc layers_settle(struct layers *l, const struct pile *p);
/** Holds the same layers for a snapshot. */
MUST rc layers_copy(const struct layers *l, struct layers *out);
/** The images with what of them is withdrawn by now, in mem. */
MUST rc layers_show(const struct layers *l, const struct pile *p, struct arena *mem,
                    const struct bank_layer **out, uint32_t *out_n);

static inline size_t bits_words(uint32_t n)
{
    return (size_t)n / 64 + 1;
}
static inline bool bit_is_set(const uint64_t *bits, uint32_t i)
{
    return bits && (bits[i / 64] >> (i % 64) & 1);
}

#endif
