/* SPDX-License-Identifier: Apache-2.0
 *
 * A layer between a program and its disk, loaded with LD_PRELOAD: tells every step that changes
 * what is below one folder, and lets one of them fail.
 *
 *   FAULTS_BELOW=DIR     the folder, as the program names it (absolute)
 *   FAULTS_TRACE=FILE    each step that succeeded is appended, also what goes to standard output
 *   FAULTS_FAIL=K        the K-th step from 1 fails, with FAULTS_ERRNO (number; ENOSPC when
 * absent); a write takes half of its bytes first when that is ENOSPC
 *   FAULTS_STAY=1        and so does every one behind it: a full disk
 *   FAULTS_KILL=1        instead the program is killed at that step
 *   FAULTS_COUNT=FILE    the number of steps is written there at the end
 *   FAULTS_CLOCK=MS      is added to the wall clock
 *
 * The trace is lines "WORD NUMBER NUMBER PATH-OR-NAME" with a line feed, then, behind a write, its
 * bytes; tests/faults/disk.py reads it. A file is named by its number: device and inode are used
 * again, numbers are not. Standard output is told as "say".
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { FDS = 1024 };

static struct {
    pthread_mutex_t lock;
    const char *below;
    int trace; /* -1: none */
    const char *count_path;
    long n, fail_at, clock_ms;
    int error;
    bool stay, kill, ready;
    bool ours[FDS]; /* open files below the folder */
    bool append[FDS];
} g = {.lock = PTHREAD_MUTEX_INITIALIZER, .trace = -1};

static long number(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : otherwise;
}

static void start(void)
{
    if (g.ready) return;
    g.ready = true;
    g.below = getenv("FAULTS_BELOW");
    g.fail_at = number("FAULTS_FAIL", 0);
    g.error = (int)number("FAULTS_ERRNO", ENOSPC);
    g.stay = number("FAULTS_STAY", 0) != 0;
    g.kill = number("FAULTS_KILL", 0) != 0;
    g.clock_ms = number("FAULTS_CLOCK", 0);
    g.count_path = getenv("FAULTS_COUNT");
    const char *trace = getenv("FAULTS_TRACE");
    if (trace)
        g.trace = (int)syscall(SYS_openat, AT_FDCWD, trace,
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

__attribute__((destructor)) static void end(void)
{
    char text[32];
    if (!g.count_path) return;
    int n = snprintf(text, sizeof text, "%ld\n", g.n);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, g.count_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0) return;
    (void)!syscall(SYS_write, fd, text, (size_t)n);
    syscall(SYS_close, fd);
}

static void enter(void)
{
    pthread_mutex_lock(&g.lock);
    start();
}
static void leave(void)
{
    int kept = errno;
    pthread_mutex_unlock(&g.lock);
    errno = kept;
}

/* The path from the root on; the folder part is resolved, the last name is not followed. */
static bool resolve(int at, const char *path, char out[PATH_MAX])
{
    char base[PATH_MAX], link[64];
    if (path[0] == '/') {
        snprintf(out, PATH_MAX, "%s", path);
    } else {
        ssize_t n;
        if (at == AT_FDCWD)
            n = getcwd(base, sizeof base) ? (ssize_t)strlen(base) : -1;
        else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", at);
            n = readlink(link, base, sizeof base - 1);
        }
        if (n < 0) return false;
        base[n] = 0;
        if (snprintf(out, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return false;
    }
    /* "a//b", "a/./b" and a slash at the end */
    char *to = out;
    for (const char *p = out; *p;) {
        if (p[0] == '/' && (p[1] == '/' || p[1] == 0)) {
            p++;
            continue;
        }
        if (p[0] == '/' && p[1] == '.' && (p[2] == '/' || p[2] == 0)) {
            p += 2;
            continue;
        }
        *to++ = *p++;
    }
    *to = 0;
    return true;
}

static bool is_below(const char *path)
{
    size_t n = g.below ? strlen(g.below) : 0;
    /* shared memory of SQLite is no part of what is kept */
    size_t m = strlen(path);
    if (m > 4 && strcmp(path + m - 4, "-shm") == 0) return false;
    return n && strncmp(path, g.below, n) == 0 && (path[n] == '/' || path[n] == 0);
}

static bool is_ours(int fd)
{
    return fd >= 0 && fd < FDS && g.ours[fd];
}

static void tell(const char *word, long long a, long long b, const char *name, const void *bytes)
{
    char line[PATH_MAX * 2 + 80];
    if (g.trace < 0) return;
    int n = snprintf(line, sizeof line, "%s %lld %lld %s\n", word, a, b, name);
    (void)!syscall(SYS_write, g.trace, line, (size_t)n);
    if (bytes) (void)!syscall(SYS_write, g.trace, bytes, (size_t)b);
}

/* A step that changes the disk begins: must it fail? */
static bool fails(void)
{
    g.n++;
    if (g.fail_at == 0 || g.n < g.fail_at || (g.n > g.fail_at && !g.stay)) return false;
    if (g.kill) raise(SIGKILL);
    errno = g.error;
    return true;
}

/* ---- opening ---- */

static int open_it(int at, const char *path, int flags, mode_t mode)
{
    char whole[PATH_MAX];
    enter();
    bool ours = resolve(at, path, whole) && is_below(whole);
    bool changes = ours && (flags & (O_CREAT | O_TRUNC)) != 0 &&
                   ((flags & O_TRUNC) || access(whole, F_OK) != 0);
    bool unnamed = ours && (flags & O_TMPFILE) == O_TMPFILE;
    int fd = (changes || unnamed) && fails()
                 ? -1
                 : (int)syscall(SYS_openat, at, path, flags | O_LARGEFILE, mode);
    if (fd >= 0 && fd < FDS) {
        g.ours[fd] = ours;
        g.append[fd] = (flags & O_APPEND) != 0;
        if (ours)
            tell(unnamed             ? "unnamed"
                 : (flags & O_TRUNC) ? "empty"
                 : (flags & O_CREAT) ? "create"
                                     : "open",
                 fd, 0, whole, NULL);
    }
    leave();
    return fd;
}

#define MODE_OF(flags)                     \
    mode_t mode = 0;                       \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list args;                      \
        va_start(args, flags);             \
        mode = va_arg(args, mode_t);       \
        va_end(args);                      \
    }

int open(const char *path, int flags, ...)
{
    MODE_OF(flags)
    return open_it(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...)
{
    MODE_OF(flags)
    return open_it(AT_FDCWD, path, flags, mode);
}
int openat(int at, const char *path, int flags, ...)
{
    MODE_OF(flags)
    return open_it(at, path, flags, mode);
}
int openat64(int at, const char *path, int flags, ...)
{
    MODE_OF(flags)
    return open_it(at, path, flags, mode);
}

int close(int fd)
{
    enter();
    if (is_ours(fd)) {
        tell("close", fd, 0, "-", NULL);
        g.ours[fd] = false;
    }
    int r = (int)syscall(SYS_close, fd);
    leave();
    return r;
}

/* ---- writing ---- */

static ssize_t write_it(int fd, const void *bytes, size_t n, off_t at)
{
    enter();
    bool ours = is_ours(fd);
    off_t where = at;
    ssize_t done;
    if (ours && at < 0) {
        struct stat st;
        if (g.append[fd])
            where = fstat(fd, &st) == 0 ? st.st_size : 0;
        else
            where = (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
    }
    bool bad = ours && fails();
    if (bad && !(g.error == ENOSPC && n > 1)) {
        done = -1;
    } else {
        if (bad) n /= 2; /* the next call then finds no room, if the disk stays full */
        done = at < 0 ? syscall(SYS_write, fd, bytes, n) : syscall(SYS_pwrite64, fd, bytes, n, at);
    }
    if (done >= 0 && ours) {
        char place[32];
        snprintf(place, sizeof place, "%lld", (long long)where);
        tell("write", fd, (long long)done, place, bytes);
    }
    if (done >= 0 && fd == STDOUT_FILENO) tell("say", 0, (long long)done, "-", bytes);
    if (bad && done >= 0 && n > 0) { /* told at once, as a disk that is full */
        errno = g.error;
        done = -1;
    }
    leave();
    return done;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    return write_it(fd, bytes, n, -1);
}
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return write_it(fd, bytes, n, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    return write_it(fd, bytes, n, at);
}

static int cut_it(int fd, off_t size)
{
    enter();
    bool ours = is_ours(fd);
    int r = ours && fails() ? -1 : (int)syscall(SYS_ftruncate, fd, size);
    if (r == 0 && ours) tell("cut", fd, (long long)size, "-", NULL);
    leave();
    return r;
}
int ftruncate(int fd, off_t size)
{
    return cut_it(fd, size);
}
int ftruncate64(int fd, off64_t size)
{
    return cut_it(fd, size);
}

/* ---- making durable ---- */

static int sync_it(int fd, long call, const char *word)
{
    enter();
    bool ours = is_ours(fd);
    int r = ours && fails() ? -1 : (int)syscall(call, fd);
    if (r == 0 && ours) tell(word, fd, 0, "-", NULL);
    leave();
    return r;
}
int fsync(int fd)
{
    return sync_it(fd, SYS_fsync, "sync");
}
int fdatasync(int fd)
{
    return sync_it(fd, SYS_fdatasync, "sync");
}
int syncfs(int fd)
{
    return sync_it(fd, SYS_syncfs, "syncall");
}

/* ---- names ---- */

static int name_it(const char *word, const char *from, const char *to, long call, long a, long b,
                   long c, long d, long e)
{
    char one[PATH_MAX], two[PATH_MAX] = "-", both[2 * PATH_MAX];
    enter();
    bool ours = resolve(AT_FDCWD, from, one) && is_below(one);
    if (to) ours = (resolve(AT_FDCWD, to, two) && is_below(two)) || ours;
    /* a full disk lets go of what is there */
    bool frees = (call == SYS_unlink || call == SYS_rmdir) && g.error == ENOSPC;
    int r = ours && fails() && !frees ? -1 : (int)syscall(call, a, b, c, d, e);
    snprintf(both, sizeof both, "%s\t%s", one, two);
    if (r == 0 && ours) tell(word, 0, 0, both, NULL);
    leave();
    return r;
}

int rename(const char *from, const char *to)
{
    return name_it("rename", from, to, SYS_rename, (long)from, (long)to, 0, 0, 0);
}
int link(const char *from, const char *to)
{
    return name_it("link", from, to, SYS_link, (long)from, (long)to, 0, 0, 0);
}
int linkat(int at, const char *from, int to_at, const char *to, int flags)
{
    int fd;
    char name[PATH_MAX];
    if (sscanf(from, "/proc/self/fd/%d", &fd) == 1) {
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        return name_it("link", name, to, SYS_linkat, at, (long)from, to_at, (long)to, flags);
    }
    return name_it("link", from, to, SYS_linkat, at, (long)from, to_at, (long)to, flags);
}
int unlink(const char *path)
{
    return name_it("unlink", path, NULL, SYS_unlink, (long)path, 0, 0, 0, 0);
}
int rmdir(const char *path)
{
    return name_it("rmdir", path, NULL, SYS_rmdir, (long)path, 0, 0, 0, 0);
}
int remove(const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode)) return rmdir(path);
    return unlink(path);
}
int mkdir(const char *path, mode_t mode)
{
    return name_it("mkdir", path, NULL, SYS_mkdir, (long)path, (long)mode, 0, 0, 0);
}

/* ---- the clock ---- */

int clock_gettime(clockid_t which, struct timespec *out)
{
    start();
    int r = (int)syscall(SYS_clock_gettime, which, out);
    if (r == 0 && which == CLOCK_REALTIME) out->tv_sec += g.clock_ms / 1000;
    return r;
}
