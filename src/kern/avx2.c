/* SPDX-License-Identifier: Apache-2.0
 * avx2 variant: placeholder. */
#include "kern/kern_int.h"
