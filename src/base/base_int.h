/* SPDX-License-Identifier: Apache-2.0
 * Between json_in.c and the C++ file; for base's own files only. */
#ifndef SANAD_BASE_INT_H
#define SANAD_BASE_INT_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

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
