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

TESTS(RUN(a_full_disk_leaves_the_old_file))
