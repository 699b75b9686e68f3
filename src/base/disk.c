/* SPDX-License-Identifier: Apache-2.0
 * Files that grow, folders, locks: what a durable log needs of the system. Every step that changes
 * something is counted, so that a test can let each fail in turn or look at the disk after it. */
#include "base/base_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static _Atomic int64_t g_fail_at;
static _Atomic int64_t g_operations;
static struct {
    void (*step)(void *context, enum file_step step, const char *path);
    void *context;
} g_watch;

int64_t file_fail_at(int64_t k)
{
    atomic_store(&g_fail_at, k);
    return atomic_exchange(&g_operations, 0);
}

void file_watch(void (*step)(void *context, enum file_step step, const char *path), void *context)
{
    g_watch.step = step;
    g_watch.context = context;
}

bool step_fails(void)
{
    atomic_fetch_add_explicit(&g_operations, 1, memory_order_relaxed);
    if (LIKELY(atomic_load_explicit(&g_fail_at, memory_order_relaxed) == 0)) return false;
    if (atomic_fetch_sub(&g_fail_at, 1) != 1) return false;
    errno = ENOSPC;
    return true;
}

void step_done(enum file_step step, const char *path)
{
    if (UNLIKELY(g_watch.step != NULL)) g_watch.step(g_watch.context, step, path);
}

rc file_failed(const char *what, const char *path)
{
    enum err code = errno == ENOENT                                        ? E_NOT_FOUND
                    : errno == EISDIR || errno == ENOTDIR                  ? E_FORMAT
                    : errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? E_SPACE
                                                                           : E_IO;
    return FAIL(code, "%s: cannot %s: %s", path, what, strerror(errno));
}

/* ---- files that grow ---- */

static rc open_append(const char *path, int flags, struct append_file *out)
{
    struct append_file f = {.fd = -1};
    struct stat st;
    size_t n = strlen(path) + 1;
    TRY(mem_new(n, 1, &f.path));
    memcpy(f.path, path, n);
    f.fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
    if (f.fd < 0 || fstat(f.fd, &st) != 0) {
        rc r = file_failed("open", path);
        append_close(&f);
        return r;
    }
    f.size = (uint64_t)st.st_size;
    *out = f;
    return OK;
}

rc append_create(const char *path, struct append_file *out)
{
    if (step_fails()) return file_failed("create", path);
    if (access(path, F_OK) == 0) return FAIL(E_DUPLICATE, "%s: is there already", path);
    TRY(open_append(path, O_CREAT | O_EXCL, out));
    step_done(STEP_CREATE, path);
    return OK;
}

rc append_open(const char *path, struct append_file *out)
{
    return open_append(path, 0, out);
}

static rc write_at_end(struct append_file *f, struct view v)
{
    for (size_t at = 0; at < v.n;) {
        ssize_t done = pwrite(f->fd, v.p + at, v.n - at, (off_t)(f->size + at));
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return file_failed("write", f->path);
        at += (size_t)done;
    }
    return OK;
}

rc append_write(struct append_file *f, struct view v)
{
    if (step_fails()) { /* a disk that is full takes what still fits */
        TRY(write_at_end(f, view_slice(v, 0, v.n / 2)));
        errno = ENOSPC;
        return file_failed("write", f->path);
    }
    TRY(write_at_end(f, v));
    f->size += v.n;
    step_done(STEP_WRITE, f->path);
    return OK;
}

rc append_sync(struct append_file *f)
{
    if (step_fails() || fdatasync(f->fd) != 0) return file_failed("sync", f->path);
    step_done(STEP_SYNC, f->path);
    return OK;
}

rc append_cut(struct append_file *f, uint64_t size)
{
    if (step_fails() || ftruncate(f->fd, (off_t)size) != 0) return file_failed("cut", f->path);
    f->size = size;
    step_done(STEP_CUT, f->path);
    return OK;
}

void append_close(struct append_file *f)
{
    if (!f || !f->path) return;
    if (f->fd >= 0) close(f->fd);
    mem_free(f->path);
    *f = (struct append_file){.fd = -1};
}

rc file_overwrite(const char *path, uint64_t offset, struct view v)
{
    struct append_file f = {.fd = -1};
    TRY(append_open(path, &f));
    f.size = offset;
    rc r = append_write(&f, v);
    append_close(&f);
    return r;
}

/* ---- folders and names ---- */

static rc make_folder(const char *path, mode_t mode, bool *out_new)
{
    if (step_fails()) return file_failed("make", path);
    *out_new = mkdir(path, mode) == 0;
    if (!*out_new) {
        struct stat st;
        bool there = errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
        if (!there) return file_failed("make", path);
    }
    step_done(STEP_MAKE_FOLDER, path);
    return OK;
}

rc folder_make(const char *path)
{
    bool is_new;
    return make_folder(path, 0755, &is_new);
}

rc folder_make_private(const char *path)
{
    bool is_new;
    TRY(make_folder(path, 0700, &is_new));
    return is_new || chmod(path, 0700) == 0 ? OK : file_failed("make private", path);
}

static rc sync_with(const char *path, int (*sync_it)(int fd), enum file_step step)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return file_failed("open", path);
    rc r = step_fails() || sync_it(fd) != 0 ? file_failed("sync", path) : OK;
    close(fd);
    if (ok(r)) step_done(step, path);
    return r;
}

rc folder_sync(const char *path)
{
    return sync_with(path, fsync, STEP_SYNC_FOLDER);
}

rc folder_sync_all(const char *path)
{
    return sync_with(path, syncfs, STEP_SYNC_ALL);
}

static int by_bytes(const void *a, const void *b)
{
    return view_cmp(*(const struct view *)a, *(const struct view *)b);
}

static rc add_name(const char *name, struct arena *mem, struct buf *views)
{
    struct view v = view_of(name, strlen(name) + 1);
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return OK;
    TRY(arena_copy(mem, v, &v));
    v.n--;
    return buf_add(views, view_of(&v, sizeof v));
}

static rc read_names(DIR *dir, const char *path, struct arena *mem, struct buf *views)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry) return errno ? file_failed("list", path) : OK;
        TRY(add_name(entry->d_name, mem, views));
    }
}

rc folder_names(const char *path, struct arena *mem, struct view **out, size_t *out_n)
{
    CLEANUP(buf_done) struct buf views = {0};
    struct view *names;
    DIR *dir = opendir(path);
    if (!dir) return file_failed("list", path);
    rc r = read_names(dir, path, mem, &views);
    closedir(dir);
    TRY(r);
    size_t n = views.n / sizeof *names;
    TRY(arena_array(mem, n ? n : 1, &names));
    if (n) memcpy(names, views.p, views.n);
    qsort(names, n, sizeof *names, by_bytes);
    *out = names;
    *out_n = n;
    return OK;
}

rc file_remove(const char *path)
{
    if (step_fails() || remove(path) != 0) return file_failed("remove", path);
    step_done(STEP_REMOVE, path);
    return OK;
}

/* flock: the lock goes with the open file, so that it holds between threads too and a child that
 * closes another descriptor of the file does not lose it. */
rc file_lock(const char *path, int *out_fd)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return file_failed("open", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        rc r = errno == EWOULDBLOCK ? FAIL(E_BUSY, "%s: held by another process", path)
                                    : file_failed("lock", path);
        close(fd);
        return r;
    }
    *out_fd = fd;
    return OK;
}

void file_unlock(int fd)
{
    if (fd >= 0) close(fd);
}
