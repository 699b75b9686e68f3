/* SPDX-License-Identifier: Apache-2.0
 * Between json_in.c and the C++ file; for base's own files only. */
#ifndef SANAD_BASE_INT_H
#define SANAD_BASE_INT_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Parses into out (zeroed) without the checks that json_parse adds.
 *  out_syntax  true when the failure is one of syntax, whose place json_parse then looks for */
MUST rc json_simd_parse(struct view text, const struct json_limits *limits, struct arena *mem,
                        struct json *out, bool *out_syntax);

#ifdef __cplusplus
}
#endif
#endif
