/* SPDX-License-Identifier: Apache-2.0
 * Entries of tables/negation.tsv, whose head says what the kinds mean. */
#ifndef SANAD_TEXT_NEGATION_INT_H
#define SANAD_TEXT_NEGATION_INT_H

#include <stdint.h>

enum cue_kind {
    CUE_NONE,
    CUE_NEGATE,
    CUE_CONCORD,
    CUE_OPEN,
    CUE_CLOSE,
    CUE_ONLY,
    CUE_REFUTE,
    CUE_NT,
    CUE_SHIELD,
    CUE_CLAUSE,
};
enum cue_flag { CUE_ALONE = 1, CUE_QUESTION = 2 };

struct cue_word {
    uint8_t kind, flags;
};
extern const struct cue_word k_cue_words[];

#endif
