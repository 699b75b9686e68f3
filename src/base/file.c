/* SPDX-License-Identifier: Apache-2.0
 * Files: mapped, read whole, and written so that they appear whole or not at all. */
#include "base/base_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP_BYTES = 1 << 16, WRITE_STEP_BYTES = 1 << 18 };

/* ---- mapped ---- */

rc file_map_open(const char *path, struct file_map *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return file_failed("open", path);
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        rc r = S_ISREG(st.st_mode) ? file_failed("read", path)
                                   : FAIL(E_FORMAT, "%s: not a regular file", path);
        close(fd);
        return r;
    }
    void *p = NULL;
    if (st.st_size > 0) p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    rc r = p == MAP_FAILED ? file_failed("map", path) : OK;
    close(fd);
    TRY(r);
    out->bytes = view_of(p, (size_t)st.st_size);
    out->inode = st.st_ino;
    out->mtime_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
    return OK;
}

void file_map_close(struct file_map *m)
{
    if (!m) return;
    if (m->bytes.n) munmap((void *)(uintptr_t)m->bytes.p, m->bytes.n);
    *m = (struct file_map){0};
}

/* ---- read whole ---- */

static rc open_input(const char *path, int *out_fd, bool *out_owned)
{
    *out_owned = strcmp(path, "-") != 0;
    *out_fd = *out_owned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    return *out_fd < 0 ? file_failed("open", path) : OK;
}

static rc read_some(int fd, uint8_t *p, size_t n, const char *path, size_t *out_n)
{
    ssize_t got;
    do {
        got = read(fd, p, n);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return file_failed("read", path);
    *out_n = (size_t)got;
    return OK;
}

static rc read_all(int fd, const char *path, size_t limit_bytes, struct buf *out)
{
    rc r = OK;
    size_t total = 0;
    for (;;) {
        uint8_t *p;
        size_t got;
        r = buf_reserve(out, READ_STEP_BYTES, &p);
        if (ok(r)) r = read_some(fd, p, READ_STEP_BYTES, path, &got);
        if (!ok(r) || got == 0) break;
        total += got;
        if (total > limit_bytes) {
            r = FAIL(E_LIMIT, "%s: larger than the limit of %zu bytes", path, limit_bytes);
            break;
        }
        out->n += got;
    }
    return r;
}

rc file_read(const char *path, size_t limit_bytes, struct buf *out)
{
    int fd;
    bool owned;
    TRY(open_input(path, &fd, &owned));
    rc r = read_all(fd, path, limit_bytes, out);
    if (owned) close(fd);
    return r;
}

rc file_read_private(const char *path, size_t limit_bytes, struct buf *out)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not wait here */
    if (fd < 0) return file_failed("open", path);
    rc r = OK;
    if (fstat(fd, &st) != 0)
        r = file_failed("read", path);
    else if (!S_ISREG(st.st_mode))
        r = FAIL(E_FORMAT, "%s: not a regular file", path);
    else if (st.st_mode & (S_IRWXG | S_IRWXO))
        r = FAIL(E_INPUT, "%s: mode %04o lets others at a secret; chmod 600 it", path,
                 (unsigned)st.st_mode & 07777);
    else if (st.st_uid != geteuid() && geteuid() != 0)
        r = FAIL(E_INPUT, "%s: a secret that belongs to another user", path);
    if (ok(r)) r = read_all(fd, path, limit_bytes, out);
    close(fd);
    return r;
}

/* ---- written whole or not at all ---- */

PRINTF(2, 3) static rc heap_format(char **out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(out, fmt, args);
    va_end(args);
    return n < 0 ? FAIL(E_MEMORY, "memory: no room for a file name") : OK;
}

static const char *folder_of(char *path_copy)
{
    char *slash = strrchr(path_copy, '/');
    if (!slash) return ".";
    if (slash == path_copy) return "/";
    *slash = 0;
    return path_copy;
}

static int open_unnamed(const char *path, mode_t mode)
{
    char *copy = NULL;
    if (!ok(heap_format(&copy, "%s", path))) {
        errno = ENOMEM;
        return -1;
    }
    int fd = open(folder_of(copy), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    mem_free(copy);
    return fd;
}

static rc create(const char *path, bool secret, struct file_writer *out)
{
    struct file_writer w = {.fd = -1, .secret = secret};
    mode_t mode = secret ? 0600 : 0644;
    rc r = heap_format(&w.path, "%s", path);
    if (ok(r)) r = heap_format(&w.part_path, "%s.part.%u", path, (unsigned)getpid());
    if (!ok(r)) {
        file_abandon(&w);
        return r;
    }
    /* A file without a name vanishes with the process; not every file system has them. */
    w.fd = open_unnamed(path, mode);
    w.unnamed = w.fd >= 0;
    if (w.fd < 0 && secret) unlink(w.part_path); /* it may have another mode */
    if (w.fd < 0) w.fd = open(w.part_path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, mode);
    if (w.fd < 0) {
        r = file_failed("create", path);
        w.unnamed = true; /* nothing to unlink */
        file_abandon(&w);
        return r;
    }
    *out = w;
    return OK;
}

rc file_create(const char *path, struct file_writer *out)
{
    return create(path, false, out);
}

rc file_create_private(const char *path, struct file_writer *out)
{
    return create(path, true, out);
}

static rc write_all(struct file_writer *w, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t done = step_fails() ? -1 : write(w->fd, p, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return file_failed("write", w->path);
        p += done;
        n -= (size_t)done;
    }
    step_done(STEP_WRITE, w->path);
    return OK;
}

static rc flush(struct file_writer *w)
{
    TRY(write_all(w, w->pending.p, w->pending.n));
    buf_reset(&w->pending);
    return OK;
}

rc file_write(struct file_writer *w, struct view v)
{
    if (w->pending.n + v.n > WRITE_STEP_BYTES) TRY(flush(w));
    if (v.n > WRITE_STEP_BYTES)
        TRY(write_all(w, v.p, v.n));
    else
        TRY(buf_add(&w->pending, v));
    w->written += v.n;
    return OK;
}

/* A second name of the open file; fails when the name is taken. */
static int link_to(const struct file_writer *w, const char *name)
{
    char self[64];
    if (!w->unnamed) return link(w->part_path, name);
    snprintf(self, sizeof self, "/proc/self/fd/%d", w->fd);
    return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static rc give_name(struct file_writer *w)
{
    if (!w->unnamed) return OK;
    unlink(w->part_path);
    if (link_to(w, w->part_path) != 0) return file_failed("name", w->path);
    w->unnamed = false;
    return OK;
}

static rc sync_folder(const char *path)
{
    char *copy;
    TRY(heap_format(&copy, "%s", path));
    rc r = folder_sync(folder_of(copy));
    mem_free(copy);
    return r;
}

rc file_rename(const char *from, const char *to)
{
    if (step_fails() || rename(from, to) != 0) return file_failed("rename", to);
    step_done(STEP_RENAME, to);
    return sync_folder(from); /* to may end in a slash */
}

static rc put_in_place(struct file_writer *w)
{
    TRY(give_name(w));
    if (step_fails() || rename(w->part_path, w->path) != 0) return file_failed("rename", w->path);
    w->unnamed = true; /* part_path is gone */
    step_done(STEP_RENAME, w->path);
    return OK;
}

rc file_commit(struct file_writer *w)
{
    TRY(flush(w));
    if (step_fails() || fsync(w->fd) != 0) return file_failed("sync", w->path);
    TRY(give_name(w));
    step_done(STEP_SYNC, w->part_path);
    TRY(put_in_place(w));
    rc r = sync_folder(w->path);
    file_abandon(w);
    return r;
}

/* A new name needs no rename, and a process that is killed leaves no second one. */
static bool link_new_name(const struct file_writer *w)
{
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", w->fd);
    return w->unnamed && linkat(AT_FDCWD, self, AT_FDCWD, w->path, AT_SYMLINK_FOLLOW) == 0;
}

rc file_place(struct file_writer *w)
{
    TRY(flush(w));
    if (link_new_name(w))
        step_done(STEP_RENAME, w->path);
    else
        TRY(put_in_place(w));
    file_abandon(w);
    return OK;
}

rc file_commit_new(struct file_writer *w)
{
    TRY(flush(w));
    if (step_fails() || fsync(w->fd) != 0) return file_failed("sync", w->path);
    if (step_fails() || link_to(w, w->path) != 0)
        return errno == EEXIST ? FAIL(E_DUPLICATE, "%s: exists already", w->path)
                               : file_failed("name", w->path);
    rc r = sync_folder(w->path);
    file_abandon(w);
    return r;
}

void file_abandon(struct file_writer *w)
{
    if (!w || !w->path) return;
    if (w->secret && w->pending.p) explicit_bzero(w->pending.p, w->pending.cap);
    if (w->fd >= 0) close(w->fd);
    if (!w->unnamed && w->part_path) unlink(w->part_path);
    mem_free(w->path);
    mem_free(w->part_path);
    buf_done(&w->pending);
    *w = (struct file_writer){.fd = -1};
}

/* ---- lines ---- */

rc line_open(const char *path, size_t limit_bytes, struct line_reader *out)
{
    struct line_reader r = {.limit_bytes = limit_bytes};
    TRY(open_input(path, &r.fd, &r.owned));
    struct stat st;
    if (fstat(r.fd, &st) == 0 && S_ISREG(st.st_mode)) r.bytes_total = (uint64_t)st.st_size;
    *out = r;
    return OK;
}

rc line_open_bytes(struct view bytes, size_t limit_bytes, struct line_reader *out)
{
    struct line_reader r = {.fd = -1, .at_end = true, .limit_bytes = limit_bytes};
    TRY(buf_add(&r.hold, bytes));
    r.bytes_read = r.bytes_total = bytes.n;
    *out = r;
    return OK;
}

void line_close(struct line_reader *r)
{
    if (!r) return;
    if (r->owned) close(r->fd);
    buf_done(&r->hold);
    *r = (struct line_reader){.at_end = true};
}

/* Moves what is left to the front and reads on. */
static rc refill(struct line_reader *r)
{
    if (r->from > 0) {
        memmove(r->hold.p, r->hold.p + r->from, r->hold.n - r->from);
        r->hold.n -= r->from;
        r->from = 0;
    }
    uint8_t *p;
    size_t got;
    TRY(buf_reserve(&r->hold, READ_STEP_BYTES, &p));
    TRY(read_some(r->fd, p, READ_STEP_BYTES, "input", &got));
    r->hold.n += got;
    r->bytes_read += got;
    r->at_end = got == 0;
    return OK;
}

static struct view held(const struct line_reader *r)
{
    return r->hold.p ? view_of(r->hold.p + r->from, r->hold.n - r->from) : view_of(NULL, 0);
}

rc line_peek(struct line_reader *r, size_t want, struct view *out)
{
    while (held(r).n < want && !r->at_end)
        TRY(refill(r));
    *out = held(r);
    return OK;
}

rc line_raw(struct line_reader *r, struct view *out_piece)
{
    TRY(line_peek(r, 1, out_piece));
    r->from = r->hold.n;
    return OK;
}

static struct view without_ends(struct view line, bool first)
{
    if (line.n && line.p[line.n - 1] == '\r') line.n--;
    if (first && view_starts(line, VIEW("\xEF\xBB\xBF"))) line = view_slice(line, 3, line.n);
    return line;
}

rc line_next(struct line_reader *r, struct view *out_line, bool *out_more)
{
    size_t seen = 0; /* bytes already searched for the end of the line */
    bool too_long = false;
    for (;;) {
        struct view rest = held(r);
        size_t end = seen + view_find(view_slice(rest, seen, rest.n), '\n');
        bool found = end < rest.n;
        if (found || (r->at_end && (rest.n > 0 || too_long))) {
            r->line_number++;
            r->from += end + (found ? 1 : 0);
            if (too_long || end > r->limit_bytes)
                return FAIL(E_LIMIT, "longer than the limit of %zu bytes", r->limit_bytes);
            *out_line = without_ends(view_of(rest.p, end), r->line_number == 1);
            *out_more = true;
            return OK;
        }
        if (r->at_end) {
            *out_more = false;
            return OK;
        }
        if (rest.n > r->limit_bytes) {
            too_long = true;
            r->from = r->hold.n; /* drop it, the rest of the line too */
            rest.n = 0;
        }
        seen = rest.n;
        TRY(refill(r));
    }
}

static bool line_is_held(const struct line_reader *r)
{
    if (r->at_end) return true;
    if (!r->hold.p) return false;
    struct view held = view_of(r->hold.p + r->from, r->hold.n - r->from);
    return view_find(held, '\n') < held.n;
}

bool line_would_block(const struct line_reader *r)
{
    struct pollfd input = {.fd = r->fd, .events = POLLIN};
    return !line_is_held(r) && poll(&input, 1, 0) == 0;
}

/* ---- output ---- */

void out_init(struct out_stream *o, int fd)
{
    *o = (struct out_stream){.fd = fd};
}

rc out_flush(struct out_stream *o)
{
    const uint8_t *p = o->pending.p;
    size_t left = o->pending.n;
    o->pending.n = 0;
    while (left > 0 && !o->closed_by_reader) {
        ssize_t done = write(o->fd, p, left);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0 && errno == EPIPE) {
            o->closed_by_reader = true;
            break;
        }
        if (done < 0) return file_failed("write", "output");
        p += done;
        left -= (size_t)done;
    }
    if (o->closed_by_reader) return FAIL(E_INTERRUPTED, "output: closed by its reader");
    return OK;
}

rc out_write(struct out_stream *o, struct view v)
{
    TRY(buf_add(&o->pending, v));
    return o->pending.n >= READ_STEP_BYTES ? out_flush(o) : OK;
}

rc out_writef(struct out_stream *o, const char *fmt, ...)
{
    char text[4096];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text)
        return FAIL(E_LIMIT, "output: one piece over %zu bytes", sizeof text - 1);
    return out_write(o, view_of(text, (size_t)n));
}

void out_done(struct out_stream *o)
{
    if (!o) return;
    buf_done(&o->pending);
}
