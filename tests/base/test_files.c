/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <sys/stat.h>
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

static void fresh_folder(char *path)
{
    CHECK(mkdtemp(path) != NULL);
}

TEST(a_journal_keeps_what_was_written_when_the_disk_is_full)
{
    char folder[] = "/tmp/sanad-test-XXXXXX", path[64];
    fresh_folder(folder);
    snprintf(path, sizeof path, "%s/journal", folder);
    struct append_file f CLEANUP(append_close) = {.fd = -1}, other = {.fd = -1};
    CHECK_FAILS(E_NOT_FOUND, append_open(path, &f));
    CHECK_OK(append_create(path, &f));
    CHECK_FAILS(E_DUPLICATE, append_create(path, &other));
    CHECK_OK(append_write(&f, VIEW("first")));
    CHECK_OK(append_sync(&f));
    file_fail_at(1);
    CHECK_FAILS(E_SPACE, append_write(&f, VIEW("second")));
    CHECK(f.size == 5);
    CHECK_OK(append_cut(&f, f.size));
    append_close(&f);
    CHECK_OK(append_open(path, &f));
    CHECK(f.size == 5);
    CHECK_OK(append_write(&f, VIEW(" again")));
    struct buf now CLEANUP(buf_done) = {0};
    CHECK_OK(file_read(path, 100, &now));
    CHECK_TEXT(buf_view(&now), "first again");
    file_fail_at(1);
    CHECK_FAILS(E_SPACE, append_sync(&f));
    CHECK_OK(file_remove(path));
    CHECK_FAILS(E_NOT_FOUND, file_remove(path));
    CHECK_OK(file_remove(folder));
}

struct steps {
    char text[256];
};

static void note_step(void *context, enum file_step step, const char *path)
{
    struct steps *s = context;
    size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "%d %s\n", (int)step, path);
}

TEST(a_new_name_is_durable_when_it_is_there)
{
    char folder[] = "/tmp/sanad-test-XXXXXX", from[64], to[64], expected[256];
    struct steps steps = {""};
    fresh_folder(folder);
    snprintf(from, sizeof from, "%s/a.part", folder);
    snprintf(to, sizeof to, "%s/a/", folder);
    snprintf(expected, sizeof expected, "%d %s\n%d %s\n", STEP_RENAME, to, STEP_SYNC_FOLDER,
             folder);
    CHECK_OK(folder_make(from));
    for (int k = 1; k <= 2; k++) {
        file_fail_at(k);
        CHECK_FAILS(E_SPACE, file_rename(from, to));
        file_fail_at(0);
        CHECK((access(to, F_OK) == 0) == (k == 2));
    }
    CHECK(rename(to, from) == 0);
    file_watch(note_step, &steps);
    CHECK_OK(file_rename(from, to));
    file_watch(NULL, NULL);
    CHECK_TEXT(view_cstr(steps.text), expected);
    CHECK_FAILS(E_NOT_FOUND, file_rename(from, to));
    CHECK_OK(file_remove(to));
    CHECK_OK(file_remove(folder));
}

TEST(a_folder_is_listed_in_one_order)
{
    char folder[] = "/tmp/sanad-test-XXXXXX", path[64];
    struct arena mem CLEANUP(arena_done) = {0};
    struct view *names;
    size_t n;
    fresh_folder(folder);
    CHECK_OK(folder_names(folder, &mem, &names, &n));
    CHECK(n == 0);
    static const char *const k_names[] = {"b", "a", "10", "9"};
    for (size_t i = 0; i < COUNT_OF(k_names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, k_names[i]);
        CHECK_OK(folder_make(path));
        CHECK_OK(folder_make(path));
    }
    CHECK_OK(folder_sync(folder));
    CHECK_OK(folder_sync_all(folder));
    CHECK_OK(folder_names(folder, &mem, &names, &n));
    CHECK(n == 4);
    CHECK_TEXT(names[0], "10");
    CHECK_TEXT(names[1], "9");
    CHECK_TEXT(names[2], "a");
    CHECK_TEXT(names[3], "b");
    CHECK_EVERY_ALLOCATION(folder_names(folder, &mem, &names, &n), arena_done(&mem));
    CHECK_FAILS(E_IO, file_remove(folder)); /* it is not empty */
    for (size_t i = 0; i < COUNT_OF(k_names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, k_names[i]);
        CHECK_OK(file_remove(path));
    }
    CHECK_OK(file_remove(folder));
    CHECK_FAILS(E_NOT_FOUND, folder_names(folder, &mem, &names, &n));
    CHECK_FAILS(E_NOT_FOUND, folder_sync(folder));
}

TEST(two_writers_cannot_hold_one_folder)
{
    char path[] = "/tmp/sanad-test-XXXXXX";
    close(mkstemp(path));
    int first, second;
    CHECK_OK(file_lock(path, &first));
    CHECK_FAILS(E_BUSY, file_lock(path, &second));
    file_unlock(first);
    CHECK_OK(file_lock(path, &second));
    file_unlock(second);
    unlink(path);
}

static rc write_secret(const char *path, const char *text)
{
    struct file_writer w CLEANUP(file_abandon) = {.fd = -1};
    TRY(file_create_private(path, &w));
    TRY(file_write(&w, view_cstr(text)));
    return file_commit_new(&w);
}

TEST(a_secret_is_written_for_its_owner_alone_and_never_over_another)
{
    char folder[] = "/tmp/sanad-test-XXXXXX", path[64], part[96];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/a.key", folder);
    snprintf(part, sizeof part, "%s.part.%u", path, (unsigned)getpid());
    for (int64_t k = 1;; k++) {
        file_fail_at(k);
        rc r = write_secret(path, "secret");
        file_fail_at(0);
        CHECK(access(part, F_OK) != 0);
        if (ok(r)) break;
        CHECK(r.code == E_SPACE && k < 10);
        unlink(path); /* the name may be there when only the folder was not synced */
    }
    struct stat st;
    CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
    CHECK_FAILS(E_DUPLICATE, write_secret(path, "another"));
    CHECK(access(part, F_OK) != 0);
    struct buf now CLEANUP(buf_done) = {0};
    CHECK_OK(file_read_private(path, 6, &now));
    CHECK_TEXT(buf_view(&now), "secret");
    CHECK_FAILS(E_LIMIT, file_read_private(path, 5, &now));
    static const mode_t k_modes[] = {0640, 0604, 0620, 0602, 0610};
    for (size_t i = 0; i < COUNT_OF(k_modes); i++) {
        CHECK(chmod(path, k_modes[i]) == 0);
        CHECK_FAILS(E_INPUT, file_read_private(path, 100, &now));
        CHECK_MESSAGE("chmod 600");
    }
    CHECK_FAILS(E_FORMAT, file_read_private(folder, 100, &now));
    unlink(path);
    CHECK_FAILS(E_NOT_FOUND, file_read_private(path, 100, &now));
    rmdir(folder);
}

TESTS(RUN(a_journal_keeps_what_was_written_when_the_disk_is_full),
      RUN(a_new_name_is_durable_when_it_is_there), RUN(a_folder_is_listed_in_one_order),
      RUN(two_writers_cannot_hold_one_folder),
      RUN(a_secret_is_written_for_its_owner_alone_and_never_over_another),
      RUN(a_full_disk_leaves_the_old_file), RUN(looking_ahead_loses_no_byte_of_a_stream),
      RUN(a_pipe_can_be_looked_into_before_it_is_read))
