/* SPDX-License-Identifier: Apache-2.0
 *
 * Results of one line: for people, or as one JSON object.
 */
#ifndef SANAD_SAY_INT_H
#define SANAD_SAY_INT_H

#include "cmd/cmd.h"

#ifdef __cplusplus
extern "C" {
#endif

/** "facts.bank: 12 claims added" on standard output: a message of a file and a count. */
MUST rc say_count(struct call *call, enum message which, const char *path, uint64_t n);

struct fact {
    const char *name;
    uint64_t n;
};
/** {"bank": path, name: n, …} and a newline; names in canonical order, behind "bank". */
MUST rc say_facts(struct call *call, const char *path, size_t n_facts, const struct fact *facts);
/** What a writer wrote into a buf, and a newline, on standard output. */
MUST rc say_json(struct call *call, struct json_writer *w);

#ifdef __cplusplus
}
#endif
#endif
