/* SPDX-License-Identifier: Apache-2.0
 *
 * How far long work has come: one line on standard error, only when that is a terminal.
 */
#ifndef SANAD_PROGRESS_INT_H
#define SANAD_PROGRESS_INT_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct progress {
    bool on, shown;
    uint32_t columns;
    uint64_t next_ns; /* not drawn again before */
};
void progress_begin(struct progress *p);
/** Draws at most ten times a second.
 *  context  struct progress
 *  phase    what is being done; borrowed for the call
 *  total    0 when unknown
 *  Returns  false when Ctrl-C was pressed: the work is to stop */
bool progress_tell(void *context, const char *phase, uint64_t done, uint64_t total);
/** Takes the line away, so that something else can be printed. */
void progress_clear(struct progress *p);

#ifdef __cplusplus
}
#endif
#endif
