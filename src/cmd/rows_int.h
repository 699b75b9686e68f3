/* SPDX-License-Identifier: Apache-2.0
 *
 * Claims read from files for `bank build` and `bank add`: options, progress, refused rows.
 */
#ifndef SANAD_ROWS_INT_H
#define SANAD_ROWS_INT_H

#include "cmd/cmd.h"
#include "cmd/progress_int.h"
#include "exchange/exchange.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rows {
    struct call *call;
    struct progress *progress;
    /** Takes an accepted row; failures as of item_sink.take. item: borrowed for the call. */
    rc (*take)(void *owner, const struct item *item);
    void *owner;
    /* Kept by rows_read, zeroed at the start. */
    const char *path;
    uint64_t n_accepted, n_refused;
};
/** Reads the files call->args[first_arg ..] by the options of the verb. Refused rows are reported
 *  on standard error, at most 20 of a run.
 *  Errors  those of items_read (with the path), E_INTERRUPTED */
MUST rc rows_read(struct rows *rows, int first_arg);
/** Says how many rows were refused, and how many of them were not shown. */
void rows_report_refused(const struct rows *rows);
/** Whether --strict forbids to go on; then it has been said. */
bool rows_strict_forbids(const struct rows *rows, const char *bank_path);

#ifdef __cplusplus
}
#endif
#endif
