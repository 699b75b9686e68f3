/* SPDX-License-Identifier: Apache-2.0
 * Between the files of exchange; nobody else includes it. */
#ifndef SANAD_EXCHANGE_INT_H
#define SANAD_EXCHANGE_INT_H

#include "exchange/exchange.h"

/* ---- fields (check.c) ---- */

enum field_kind {
    FIELD_TEXT,    /* what people read; may have lines */
    FIELD_NAME,    /* one line */
    FIELD_ID,      /* one line, max_id_bytes */
    FIELD_LANG,    /* looks like BCP 47 */
    FIELD_DATE,    /* YYYY-MM-DD; of a timestamp the day is kept */
    FIELD_ADDRESS, /* one line; when it has a scheme, one that is harmless to show as a link */
};
/** A string of a record: where it stands and what it must look like. */
struct field {
    const char *name;
    size_t name_n;
    size_t offset; /* of a struct view */
    enum field_kind kind;
    bool needed;
};
struct fields {
    const struct field *rows;
    size_t n;
};
extern const struct fields k_item_fields, k_verdict_fields, k_source_fields, k_translation_fields;

/** Checks every field of a record. Blank optional fields become empty, dates are cut to the day.
 *  Errors  E_INPUT, E_LIMIT: "date: …". */
MUST rc fields_check(struct fields fields, const struct item_limits *limits, void *record);
/** Takes the string members of an object into a record; null counts as absent.
 *  Errors  E_INPUT: "date: a string is expected, this is a number". */
MUST rc fields_read(struct fields fields, const struct json *object, void *record);
/** v itself when it is right, cut to the day; empty otherwise. For formats that are not ours. */
struct view date_or_empty(struct view v);
/** With '-' for '_' when it looks like a language tag, else empty. */
MUST rc lang_or_empty(struct view v, struct arena *mem, struct view *out);
/** White space, also that of Unicode and invisible characters, and nothing else. */
bool is_blank(struct view v);
MUST rc expect_type(const char *name, const struct json *value, enum json_type type);

/* ---- items from our JSON (item_in.c) ---- */

MUST rc item_read_json(const struct json *object, const struct item_limits *limits,
                       const struct item_defaults *defaults, struct arena *mem, struct item *out);
/** What the row does not say. */
void item_use_defaults(struct item *item, const struct item_defaults *defaults);
/** Sets label and label_text from what the source says in our words (label) or its own (rating). */
void verdict_set_label(struct view label, struct view rating, struct item_verdict *v);
/** Its fields, and that it says anything at all. */
MUST rc verdict_check(struct item_verdict *v, const struct item_limits *limits);

/* ---- addresses and ids (ids.c) ---- */

/** Host of an http address in lower case without "www."; empty when there is none. */
MUST rc url_host(struct view url, struct arena *mem, struct view *out);

/** What ids this file has given out. Zeroed memory is an empty set; 16 bytes a slot. */
struct id_set {
    struct id_slot *slots;
    size_t n_slots, n_used;
};
void id_set_done(struct id_set *set);
/** A stable id: the address; the address and "#claim-2" for another claim behind the same one;
 *  "cr:" and a hash of the text without an address. */
MUST rc id_for(struct id_set *set, struct view url, struct view text,
               const struct item_limits *limits, struct arena *mem, struct view *out);

/* ---- reading (read.c) ---- */

/** The stream as raw pieces, without a byte order mark. step: no piece is longer (for tests). */
struct pieces {
    struct line_reader *in;
    size_t step;
    struct view rest;
    bool started;
};
/** Next piece, empty at the end; borrowed until the next call. */
MUST rc pieces_next(struct pieces *p, struct view *out);

struct reading {
    struct line_reader in;
    size_t step;
    struct item_defaults defaults;
    const struct item_limits *limits;
    const struct item_sink *sink;
    struct item_counts counts;
    struct arena mem; /* of the present row */
    struct id_set ids;
    uint64_t next_progress_at;
};
/** Hands a checked item to the sink and counts it. */
MUST rc reading_offer(struct reading *r, const struct item *item, uint64_t where);
/** A failure of a row goes to the sink and is over; any other is returned. */
MUST rc reading_reject(struct reading *r, rc failure, uint64_t where);
MUST rc reading_progress(struct reading *r);
MUST rc reading_parse(struct reading *r, struct view text, const struct json **out);

/** Formats. Each reads r->in to its end. */
MUST rc jsonl_read(struct reading *r);
MUST rc csv_read(struct reading *r);
MUST rc jsonld_read(struct reading *r);
MUST rc factchecktools_read(struct reading *r);
/** Errors  E_FORMAT when neither bytes nor name tell. */
MUST rc items_detect(struct line_reader *in, const char *name, enum item_format *out);
/** items_read for a reader that is already open; closes it. name: for messages and detection.
 *  step: see struct pieces, 0 for no limit. */
MUST rc items_read_from(struct line_reader *in, const char *name, size_t step,
                        enum item_format format, const struct item_defaults *defaults,
                        const struct item_limits *limits, const struct item_sink *sink,
                        struct item_counts *out_counts);

/* ---- elements of large JSON (splitter.c) ---- */

enum { SPLIT_KINDS = 1024, SPLIT_FRAMES = 16, SPLIT_KEY_BYTES = 24 };

/** Cuts a JSON stream of any size into the elements that matter, one at a time; memory is bounded
 *  by one element. Elements are: values of top-level arrays, values of arrays under the keys of
 *  k_containers, and top-level objects that hold no such array. */
struct splitter {
    struct pieces pieces;
    struct view piece;
    size_t at, copy_from; /* in piece */
    uint64_t passed;      /* bytes before piece */
    size_t max_element_bytes;
    uint64_t number; /* of the element given last, from 1 */

    uint32_t depth;                 /* open brackets */
    uint8_t kinds[SPLIT_KINDS / 8]; /* bit set: '{'; deeper ones are only counted */
    struct split_frame {
        uint32_t depth; /* brackets open inside it */
        bool list;      /* its values are elements; else an object around such a list */
        bool after_value, after_comma;
        uint64_t open_at;
    } frames[SPLIT_FRAMES];
    uint32_t n_frames;

    struct buf element;
    uint64_t element_at;
    bool in_element, is_scalar, too_long;
    bool in_string, escaped;
    uint8_t key[SPLIT_KEY_BYTES]; /* the latest string directly in the present object */
    uint32_t key_n;
    bool takes_key, key_ready;
};
void splitter_init(struct splitter *s, struct pieces pieces, size_t max_element_bytes);
void splitter_done(struct splitter *s);
/** Next element; out_element is borrowed until the next call.
 *  Errors  E_LIMIT: this element is too long and has been skipped, the next call goes on.
 *          E_FORMAT with the byte: the brackets do not fit; do not go on. */
MUST rc splitter_next(struct splitter *s, struct view *out_element, bool *out_more);

/** Runs the elements of the stream through `take`, which gets parsed values.
 *  out_elements  how many there were */
MUST rc elements_read(struct reading *r,
                      rc (*take)(struct reading *r, const struct json *value, uint64_t where),
                      uint64_t *out_elements);

#endif
