/* SPDX-License-Identifier: Apache-2.0
 * Between the files of text only. */
#ifndef SANAD_TEXT_INT_H
#define SANAD_TEXT_INT_H

#include "text/text.h"

/** numbers.c: numbers of an exact form, in order, not overlapping. Spans in bytes of the source.
 *  lang decides words, and which of "." and "," groups thousands. Words inside URLs are skipped:
 *  skip holds n_skip byte spans (pairs from, to) in order. */
MUST rc find_numbers(const struct form *exact, enum lang lang, const uint32_t *skip,
                     uint32_t n_skip, struct arena *mem, const struct number **out,
                     uint32_t *out_n);

/** negation.c: cues of an exact form, in order, not overlapping. LANG_UNKNOWN: cues of all
 *  languages that cannot be mistaken. */
MUST rc find_negations(const struct form *exact, enum lang lang, struct arena *mem,
                       const struct negation **out, uint32_t *out_n);

/** negation.c: words that say something else is false ("fake", "bulo", "شایعه", "tin giả"), in
 *  order, not overlapping. They do not turn their own sentence round. */
MUST rc find_refutations(const struct form *exact, enum lang lang, struct arena *mem,
                         const struct negation **out, uint32_t *out_n);

/** url.c: spans of URLs in running text with their canonical forms ("https://…", "www.…",
 *  "name.tld/path" with a known public suffix). */
MUST rc find_urls(struct view source, struct arena *mem, const struct found_url **out,
                  uint32_t *out_n);

/** lang_cld2.cpp: CLD2's answer, LANG_UNKNOWN when it is not reliable. */
enum lang cld2_detect(struct view utf8);

#endif
