/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"
TEST(x) {}
TESTS(RUN(x))
