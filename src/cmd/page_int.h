/* SPDX-License-Identifier: Apache-2.0
 *
 * Paragraphs for people: wrapped to the terminal, coloured when it can, in the reader's direction.
 * Everything that sanad prints for a person goes through here, because this is where other
 * people's text is made harmless.
 *
 * Text that runs against the reader's direction stands in isolates (U+2068 … U+2069, Unicode
 * Standard Annex 9), which are closed at the end of each line and opened again on the next: a
 * terminal orders every line for itself. For readers of right-to-left languages a line begins with
 * U+200F, so that a line which starts with a Latin word still runs from the right.
 *
 * A failure (of the output) sticks and comes out of page_end, so calls in between need no check.
 */
#ifndef SANAD_PAGE_INT_H
#define SANAD_PAGE_INT_H

#include "base/base.h"
#include "cmd/message_int.h"
#include "cmd/term_int.h"

#ifdef __cplusplus
extern "C" {
#endif

enum paint {
    PAINT_NONE,
    PAINT_BOLD,
    PAINT_FAINT,
    PAINT_RED,
    PAINT_GREEN,
    PAINT_YELLOW,
    PAINT_BLUE
};

/** What is open at a place of a line. */
struct page_state {
    enum paint paint;
    bool isolate;
};

struct page {
    struct out_stream *out;
    struct term term;
    enum lang reader;
    rc failure;
    uint32_t indent, column, first; /* of the line: column 0: nothing on it yet; first: where its
                                       text begins */
    struct buf word;                /* not yet on the line */
    uint32_t word_columns;
    bool space_due, whole_words;
    struct page_state now, at_word;
};
/** out is borrowed until page_end; term: columns UINT32_MAX never wraps. */
void page_begin(struct page *p, struct out_stream *out, struct term term, enum lang reader);
/** Errors  those of the output. Frees what the page holds. */
MUST rc page_end(struct page *p);

/** Of the lines that begin from now on. */
void page_indent(struct page *p, uint32_t columns);
/** Somebody else's text, made harmless. */
void page_text(struct page *p, enum paint paint, struct view text);
/** The same, for what people copy (keys, paths): no word of it is broken. Addresses and ids are
 *  kept whole by page_text too. */
void page_copied(struct page *p, enum paint paint, struct view text);
/** The same as page_text, cut behind max_code_points with an ellipsis. */
void page_text_cut(struct page *p, enum paint paint, struct view text, size_t max_code_points);
/** An own text: a part of a sentence, punctuation. */
void page_own(struct page *p, enum paint paint, const char *text);
void page_number(struct page *p, enum paint paint, uint64_t n);
/** A message; its values are somebody else's text. n_args values, borrowed for the call. */
void page_say(struct page *p, enum paint paint, const char *template_text, size_t n_args,
              const struct view *args);
/** Fills the line with spaces up to a column; a new line when it is further on already. */
void page_column(struct page *p, uint32_t column);
/** Ends the line; twice: an empty line. */
void page_line(struct page *p);

#ifdef __cplusplus
}
#endif
#endif
