/* SPDX-License-Identifier: Apache-2.0
 * What a fuzz target holds to be true of every input. */
#ifndef SANAD_FUZZ_MUST_H
#define SANAD_FUZZ_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define must(condition)                                                               \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                  \
        }                                                                             \
    } while (0)

#endif
