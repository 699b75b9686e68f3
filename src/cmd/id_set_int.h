/* SPDX-License-Identifier: Apache-2.0
 *
 * Ids that have been seen: an open-addressed table in an arena, at most half full.
 */
#ifndef SANAD_ID_SET_INT_H
#define SANAD_ID_SET_INT_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

struct id_set {
    struct arena *mem;
    uint32_t n, n_slots; /* a power of two */
    struct view *slots;  /* empty view: free */
};
MUST rc id_set_init(struct id_set *set, struct arena *mem);
/** Adds a copy of an id (not empty); *out_new is false when it was there. O(1). */
MUST rc id_set_add(struct id_set *set, struct view id, bool *out_new);

#ifdef __cplusplus
}
#endif
#endif
