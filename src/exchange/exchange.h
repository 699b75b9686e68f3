/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange: other people's formats become one neutral item that carries its licence and source.
 * JSON lines, CSV with a header, ClaimReview JSON-LD (single, list, @graph, DataFeed) and answers
 * of the Fact Check Tools API; all streaming, all reporting rejected rows with line and reason. A
 * row is taken whole or not at all.
 */
#ifndef SANAD_EXCHANGE_H
#define SANAD_EXCHANGE_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What an organisation can find, closed list (docs/formats/labels.md has the crosswalk). */
enum label {
    LABEL_NONE, /* the source has a verdict that we cannot map; label_text keeps it */
    LABEL_FALSE,
    LABEL_MISLEADING,
    LABEL_ACCURATE,
    LABEL_UNPROVEN,
    LABEL_NOT_CHECKABLE,
};
enum { LABEL_COUNT = LABEL_NOT_CHECKABLE + 1 };
/** "false", …; "" for LABEL_NONE. Static. */
const char *label_name(enum label label);
/** From our own names only; LABEL_NONE otherwise. */
enum label label_from_name(struct view name);
/** From the words fact-checkers print ("Pants on Fire", "FALSO", "غير صحيح", "Hoaks"), by the table
 *  tables/labels.tsv; best/worst are the ends of a numeric scale when there is one (0 and 0: none).
 */
enum label label_from_rating(struct view printed, double value, double best, double worst);

struct item_source {
    struct view url, title, publisher, date;
};

/** What one organisation found; with reported_by, what another says that it found: no verdict, and
 *  counted for neither of the two. */
struct item_verdict {
    struct view org;      /* its domain, "" unknown */
    struct view org_name; /* as printed, may be empty */
    struct view
        reported_by; /* domain of the organisation that reports it; empty: its own verdict */
    enum label label;
    struct view label_text; /* as printed by the source; empty when label says it all */
    struct view date;       /* YYYY-MM-DD or empty */
    struct view lang, url, reasons;
    struct view claim, claim_text; /* id and text of the claim that it was said of, when that is not
                                      the item's own; else empty */
    uint32_t n_sources;
    const struct item_source *sources;
};

struct item_translation {
    struct view lang, text, title;
};

/** A claim with what is known about it, whatever format it came from. All views live in the arena
 *  of the call that made the item; absent text is an empty view. */
struct item {
    struct view id, lang, text; /* always there, never empty */
    struct view title, url, body, topic;
    struct view licence, source; /* SPDX id or URL; where it came from */
    uint32_t n_translations, n_verdicts;
    const struct item_translation *translations;
    const struct item_verdict *verdicts;
};

struct item_limits {
    size_t max_row_bytes; /* one line, CSV row or JSON-LD element */
    size_t max_id_bytes;
    size_t max_text_bytes; /* each text field */
    uint32_t max_translations, max_verdicts, max_sources;
};
/** 4 MiB, 512 B, 1 MiB, 64, 256, 64. */
extern const struct item_limits k_item_limits;

/** An item from one parsed JSON object with our documented fields (docs/formats/items.md).
 *  Unknown members are ignored. A "rating" without "verdicts" becomes one verdict.
 *  Errors  E_INPUT with the path of the fault ("verdicts[1].label: …"), E_LIMIT, E_MEMORY. */
MUST rc item_from_json(const struct json *object, const struct item_limits *limits,
                       struct arena *mem, struct item *out);
/** Canonical JSON (RFC 8785) of an item with our documented fields, appended to out; empty members
 *  are left out. item_from_json reads it back to an equal item. */
MUST rc item_to_json(const struct item *item, struct buf *out);
/** The member "verdicts" of that JSON alone: an array. */
MUST rc item_verdicts_to_json(const struct item *item, struct buf *out);

enum item_format { ITEMS_AUTO, ITEMS_JSONL, ITEMS_CSV, ITEMS_CLAIMREVIEW, ITEMS_FACTCHECKTOOLS };
/** By name ("jsonl", "csv", "claimreview", "factchecktools", "auto"); false when unknown. */
bool item_format_from_name(struct view name, enum item_format *out);
const char *item_format_name(enum item_format format);

/** Where rows go while a file is read. */
struct item_sink {
    void *context;
    /** An accepted row. item: borrowed for the call; where: line (or element) number, from 1.
     *  A failure of E_DUPLICATE, E_INPUT or E_LIMIT rejects the row with its message; any other
     * stops the reading. */
    rc (*take)(void *context, const struct item *item, uint64_t where);
    /** A rejected row: reason names field and fault. */
    void (*reject)(void *context, uint64_t where, const char *reason);
    /** Now and then: bytes read so far, of total (0 when unknown). May be NULL. Return false to
     *  stop the reading with E_INTERRUPTED. */
    bool (*progress)(void *context, uint64_t bytes, uint64_t total);
};

struct item_defaults {
    struct view lang, licence, source; /* for rows that do not say */
};

struct item_counts {
    uint64_t accepted, rejected;
};

/** Reads a whole file (or "-") row by row in bounded memory.
 *  format    ITEMS_AUTO decides by the first bytes, then by the name
 *  defaults  may be NULL
 *  limits    NULL for k_item_limits
 *  out_counts  what was taken and rejected, also when the reading stopped with a failure
 *  Errors    of the stream (E_IO, E_NOT_FOUND), of a file that is broken as a whole (E_FORMAT with
 *            line or byte: unbalanced quotes, brackets that never close), of sink->take. Rejected
 *            rows are no error; *out_counts has them. */
MUST rc items_read(const char *path, enum item_format format, const struct item_defaults *defaults,
                   const struct item_limits *limits, const struct item_sink *sink,
                   struct item_counts *out_counts);
/** The same for bytes in memory, borrowed for the call. */
MUST rc items_read_bytes(struct view bytes, enum item_format format,
                         const struct item_defaults *defaults, const struct item_limits *limits,
                         const struct item_sink *sink, struct item_counts *out_counts);

#ifdef __cplusplus
}
#endif
#endif
