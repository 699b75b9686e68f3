#include "test.h"
TEST(a){} TESTS(RUN(a))
