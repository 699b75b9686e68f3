/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

TEST(an_arena_stops_at_its_limit_instead_of_eating_the_machine)
{
    struct arena a;
    arena_init(&a, 10000);
    uint64_t *p = NULL;
    CHECK_OK(arena_array(&a, 100, &p));
    CHECK(p[99] == 0);
    CHECK_FAILS(E_MEMORY, arena_array(&a, 10000, &p));
    CHECK_MESSAGE("10000");
    arena_reset(&a);
    CHECK_OK(arena_array(&a, 100, &p));
    arena_done(&a);
    arena_done(&a);
}

TEST(a_failure_keeps_its_message_and_takes_a_prefix)
{
    rc r = FAIL(E_INPUT, "field \"%s\" is missing", "id");
    r = rc_within(r, "line %d: ", 7);
    CHECK(r.code == E_INPUT);
    CHECK(strcmp(rc_message(), "line 7: field \"id\" is missing") == 0);
}

TEST(a_number_that_is_no_error_is_described_as_a_fault_of_the_program)
{
    CHECK(err_describe((enum err)9999)->code == E_INTERNAL);
    CHECK(err_describe(E_REFUSED)->http_status == 403);
}

TESTS(RUN(a_number_that_is_no_error_is_described_as_a_fault_of_the_program),
      RUN(an_arena_stops_at_its_limit_instead_of_eating_the_machine),
      RUN(a_failure_keeps_its_message_and_takes_a_prefix))
