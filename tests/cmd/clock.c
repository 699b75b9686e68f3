/* SPDX-License-Identifier: Apache-2.0
 * For tests, loaded before the program (LD_PRELOAD): the clock on the wall, moved by the seconds of
 * SANAD_TEST_CLOCK, so that days of comment and ends of pledges need no waiting. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *t)
{
    long r = syscall(SYS_clock_gettime, id, t);
    const char *moved = getenv("SANAD_TEST_CLOCK");
    if (r == 0 && id == CLOCK_REALTIME && moved) t->tv_sec += strtol(moved, NULL, 10);
    return (int)r;
}
