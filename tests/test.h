/* SPDX-License-Identifier: Apache-2.0
 *
 * What every unit test includes: cmocka, and short names for the checks we use. A test's name says
 * what a user loses when it fails. A test that cannot run calls SKIP with the reason.
 *
 *   TEST(a_post_with_a_byte_order_mark_is_still_read) { … }
 *   TESTS(RUN(a_post_…), RUN(…))
 */
#ifndef SANAD_TEST_H
#define SANAD_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <stdlib.h>

#include <cmocka.h>

#include "base/base.h"

#define TEST(name) static void name(__attribute__((unused)) void **state_)
#define RUN(name) cmocka_unit_test(name)
#define TESTS(...)                                          \
    int main(void)                                          \
    {                                                       \
        const struct CMUnitTest k_tests[] = {__VA_ARGS__};  \
        return cmocka_run_group_tests(k_tests, NULL, NULL); \
    }
#define SKIP(why)                                      \
    do {                                               \
        print_message("SKIP %s: %s\n", __func__, why); \
        skip();                                        \
    } while (0)

/** The call succeeds; otherwise its message is shown. */
#define CHECK_OK(call)                                               \
    do {                                                             \
        rc check_rc_ = (call);                                       \
        if (!ok(check_rc_)) fail_msg("%s: %s", #call, rc_message()); \
    } while (0)
/** The call fails with this error, and with a message. */
#define CHECK_FAILS(expected, call)                                                            \
    do {                                                                                       \
        rc check_rc_ = (call);                                                                 \
        if (check_rc_.code != (expected))                                                      \
            fail_msg("%s: error %d instead of %s (%s)", #call, (int)check_rc_.code, #expected, \
                     rc_message());                                                            \
        assert_true(rc_message()[0] != 0);                                                     \
    } while (0)
#define CHECK(condition) assert_true(condition)
#define CHECK_TEXT(v, text)                                                          \
    do {                                                                             \
        struct view check_view_ = (v);                                               \
        if (!view_eq(check_view_, view_cstr(text)))                                  \
            fail_msg("%s is \"%.*s\", not \"%s\"", #v, VIEW_ARG(check_view_), text); \
    } while (0)
#define CHECK_MESSAGE(part)                                                                   \
    do {                                                                                      \
        if (!strstr(rc_message(), part)) fail_msg("\"%s\" lacks \"%s\"", rc_message(), part); \
    } while (0)

/** Runs `call` with the first, second, … allocation failing until it succeeds; each failure must be
 *  E_MEMORY. `again` puts things back between the runs. */
#define CHECK_EVERY_ALLOCATION(call, again)                                      \
    do {                                                                         \
        for (int64_t k_ = 1;; k_++) {                                            \
            again;                                                               \
            mem_fail_at(k_);                                                     \
            rc check_rc_ = (call);                                               \
            mem_fail_at(0);                                                      \
            if (ok(check_rc_)) break;                                            \
            if (check_rc_.code != E_MEMORY)                                      \
                fail_msg("%s: allocation %d: %s", #call, (int)k_, rc_message()); \
            assert_true(k_ < 100000);                                            \
        }                                                                        \
    } while (0)

#endif
