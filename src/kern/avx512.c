/* SPDX-License-Identifier: Apache-2.0
 * avx512 variant: placeholder. */
#include "kern/kern_int.h"
