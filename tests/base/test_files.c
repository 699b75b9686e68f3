/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <unistd.h>

TEST(a_full_disk_leaves_the_old_file)
{
    char path[] = "/tmp/sanad-test-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, "old", 3) == 3);
    close(fd);
    for (int64_t k = 1;; k++) {
        struct file_writer w = {0};
        CHECK_OK(file_create(path, &w));
        file_fail_at(k);
        rc r = file_write(&w, VIEW("new bytes"));
        if (ok(r)) r = file_commit(&w);
        file_fail_at(0);
        file_abandon(&w);
        struct buf now CLEANUP(buf_done) = {0};
        CHECK_OK(file_read(path, 100, &now));
        if (ok(r)) {
            CHECK_TEXT(buf_view(&now), "new bytes");
            break;
        }
        CHECK(r.code == E_SPACE);
        CHECK(k < 10);
    }
    unlink(path);
}

TEST(looking_ahead_loses_no_byte_of_a_stream)
{
    struct line_reader r CLEANUP(line_close) = {0};
    struct view v;
    bool more;
    CHECK_OK(line_open_bytes(VIEW("one\ntwo\nthree"), 100, &r));
    CHECK(r.bytes_total == 13);
    CHECK_OK(line_peek(&r, 3, &v));
    CHECK(view_starts(v, VIEW("one")));
    CHECK_OK(line_next(&r, &v, &more));
    CHECK_TEXT(v, "one");
    CHECK_OK(line_raw(&r, &v));
    CHECK_TEXT(v, "two\nthree");
    CHECK_OK(line_raw(&r, &v));
    CHECK(v.n == 0);
    CHECK_OK(line_next(&r, &v, &more));
    CHECK(!more);
}

TEST(a_pipe_can_be_looked_into_before_it_is_read)
{
    int ends[2];
    CHECK(pipe(ends) == 0 && write(ends[1], "ab\ncd", 5) == 5);
    close(ends[1]);
    char path[32];
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    struct line_reader r CLEANUP(line_close) = {0};
    struct view v;
    bool more;
    CHECK_OK(line_open(path, 100, &r));
    CHECK(r.bytes_total == 0);
    CHECK_OK(line_peek(&r, 1000, &v));
    CHECK_TEXT(v, "ab\ncd");
    CHECK_OK(line_next(&r, &v, &more));
    CHECK_TEXT(v, "ab");
    CHECK_OK(line_next(&r, &v, &more));
    CHECK_TEXT(v, "cd");
    close(ends[0]);
}

TESTS(RUN(a_full_disk_leaves_the_old_file), RUN(looking_ahead_loses_no_byte_of_a_stream),
      RUN(a_pipe_can_be_looked_into_before_it_is_read))
