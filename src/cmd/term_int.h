/* SPDX-License-Identifier: Apache-2.0
 *
 * What a terminal can do, how wide text is on it, and which code points it must never be sent.
 */
#ifndef SANAD_TERM_INT_H
#define SANAD_TERM_INT_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TERM_COLUMNS = 80, TERM_LEAST_COLUMNS = 20 };

struct term {
    bool tty, colour;
    uint32_t columns; /* at least TERM_LEAST_COLUMNS */
};
/** Looks at a descriptor and at NO_COLOR, TERM, COLUMNS. */
void term_look(int fd, struct term *out);

/** Columns that a code point takes: 0, 1 or 2. */
uint32_t term_columns(uint32_t code_point);
/** Columns of a text. */
uint32_t term_text_columns(struct view utf8);

/** Next code point of somebody else's text that may be shown; false at the end. White space and
 *  line separators come as one space each. Control characters, escape sequences (the whole of
 *  CSI), controls of direction and other invisible format characters are left out: such text must
 *  neither steer the terminal nor turn round what we print beside it. Joiners stay, Persian and
 *  emoji need them. */
bool term_next(struct view text, size_t *pos, uint32_t *out_code_point);

/** Which ways a text runs. */
struct directions {
    bool left_to_right, right_to_left;
};
struct directions term_directions(struct view utf8);

#ifdef __cplusplus
}
#endif
#endif
