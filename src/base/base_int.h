/* SPDX-License-Identifier: Apache-2.0
 * What files of base share: steps that tests let fail, and the C++ file's side of json_in.c. */
#ifndef SANAD_BASE_INT_H
#define SANAD_BASE_INT_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Steps that change files (disk.c) ---- */

/** Counts a step, and says whether it must fail as on a full disk because a test asked for it; then
 *  errno is set. */
bool step_fails(void);
/** Tells a watching test that a step was made. */
void step_done(enum file_step step, const char *path);
/** The failure that errno stands for: "path: cannot <what>: …". */
MUST rc file_failed(const char *what, const char *path);

/* ---- JSON ---- */

/** Kinds of refusal whose place can be found afterwards. */
enum json_fault { JSON_FAULT_OTHER, JSON_FAULT_SYNTAX, JSON_FAULT_DEPTH };

/** Parses into out (zeroed) without the checks that json_parse adds.
 *  out_fault  what kind of failure it is, when json_parse can tell where it stands */
MUST rc json_simd_parse(struct view text, const struct json_limits *limits, struct arena *mem,
                        struct json *out, enum json_fault *out_fault);

#ifdef __cplusplus
}
#endif
#endif
