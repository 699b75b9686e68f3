/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of a log on disk: read below the public folder, listed, put in place, removed, locked. */
#include "ledger/reading_int.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 16 }; /* of folders: tile, level, seven groups, .p */

static rc failed(const char *what, const char *path)
{
    return FAIL(errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: cannot %s: %s", path, what,
                strerror(errno));
}

/* ---- as files of a log ---- */

/* What is not there and what is no file are one to a reader: "tile/0/000" may be a folder. */
static rc read_below(void *context, const char *path, size_t limit_bytes, struct buf *out)
{
    CLEANUP(free_path) char *whole = NULL;
    size_t before = out->n;
    TRY(path_join(context, path, &whole));
    rc r = file_read(whole, limit_bytes, out);
    if (!ok(r)) out->n = before;
    return r;
}

static rc list_below(void *context, void *to, rc (*each)(void *to, const char *path))
{
    return folder_each(context, to, each);
}

rc ledger_folder(const char *dir, struct arena *mem, struct ledger_files *out)
{
    struct view path;
    bool whole_log = folder_has(dir, PUBLIC_FOLDER);
    TRY(arena_format(mem, &path, whole_log ? "%s/" PUBLIC_FOLDER "%c" : "%s%c", dir, 0));
    *out = (struct ledger_files){(void *)(uintptr_t)path.p, read_below, list_below};
    return OK;
}

rc ledger_read_checkpoint(const struct ledger_files *files, struct buf *out)
{
    return files->read(files->context, CHECKPOINT_FILE, CHECKPOINT_MAX_BYTES, out);
}

rc ledger_read_key(const struct ledger_files *files, struct arena *mem, struct seal_verifier *out)
{
    CLEANUP(buf_done) struct buf line = {0};
    TRY(files->read(files->context, KEY_FILE, SEAL_LINE_MAX_BYTES, &line));
    rc r = seal_verifier_parse(view_trim(buf_view(&line)), mem, out);
    return ok(r) ? r : rc_within(r, KEY_FILE ": ");
}

bool folder_has(const char *dir, const char *name)
{
    char *path;
    if (!ok(path_join(dir, name, &path))) return false;
    struct stat about;
    bool there = lstat(path, &about) == 0;
    mem_free(path);
    return there;
}

/* ---- listing ---- */

struct walk {
    struct buf path; /* from the folder on, ends in a NUL that is not counted */
    size_t base_n;
    DIR *open[DEPTH_MAX];
    size_t path_n[DEPTH_MAX]; /* of the path of each open folder */
    int depth;
};

static rc enter(struct walk *w)
{
    if (w->depth == DEPTH_MAX)
        return FAIL(E_LIMIT, "%s: folders are nested too deeply", (char *)w->path.p);
    DIR *d = opendir((char *)w->path.p);
    if (!d) return failed("read the folder", (char *)w->path.p);
    w->path_n[w->depth] = w->path.n;
    w->open[w->depth++] = d;
    return OK;
}

static rc set_path(struct walk *w, const char *name)
{
    w->path.n = w->path_n[w->depth - 1];
    TRY(buf_addf(&w->path, "/%s", name));
    TRY(buf_add_byte(&w->path, 0));
    w->path.n--;
    return OK;
}

static rc visit(struct walk *w, const char *name, void *to, rc (*each)(void *to, const char *path))
{
    struct stat about;
    TRY(set_path(w, name));
    const char *path = (char *)w->path.p;
    if (lstat(path, &about) != 0) return errno == ENOENT ? OK : failed("look at", path);
    if (S_ISDIR(about.st_mode)) return enter(w);
    return each(to, path + w->base_n + 1);
}

static rc walk_on(struct walk *w, void *to, rc (*each)(void *to, const char *path))
{
    while (w->depth > 0) {
        errno = 0;
        struct dirent *e = readdir(w->open[w->depth - 1]);
        if (!e && errno != 0) return failed("read the folder", (char *)w->path.p);
        if (!e) {
            closedir(w->open[--w->depth]);
            continue;
        }
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        TRY(visit(w, e->d_name, to, each));
    }
    return OK;
}

rc folder_each(const char *dir, void *to, rc (*each)(void *to, const char *path))
{
    struct walk w = {0};
    rc r = buf_add(&w.path, view_of(dir, strlen(dir) + 1));
    if (ok(r)) {
        w.base_n = --w.path.n;
        r = enter(&w);
        if (r.code == E_NOT_FOUND)
            r = OK;
        else if (ok(r))
            r = walk_on(&w, to, each);
    }
    while (w.depth > 0)
        closedir(w.open[--w.depth]);
    buf_done(&w.path);
    return r;
}

/* ---- writing ---- */

/* Makes every folder of the path up to `n` bytes of it. */
static rc make_folders(char *path, size_t n)
{
    for (size_t i = 1; i <= n; i++) {
        char c = path[i];
        if (c != '/' && i != n) continue;
        path[i] = 0;
        rc r = access(path, F_OK) == 0 ? OK : folder_make(path);
        path[i] = c;
        TRY(r);
    }
    return OK;
}

rc folders_make(const char *dir)
{
    CLEANUP(free_path) char *path = NULL;
    TRY(path_join(dir, "", &path));
    return make_folders(path, strlen(dir));
}

rc folder_put(const char *dir, const char *path, struct view bytes, bool synced)
{
    CLEANUP(free_path) char *whole = NULL;
    CLEANUP(file_abandon) struct file_writer w = {0};
    TRY(path_join(dir, path, &whole));
    rc r = file_create(whole, &w);
    if (r.code == E_NOT_FOUND) {
        TRY(make_folders(whole, (size_t)(strrchr(whole, '/') - whole)));
        r = file_create(whole, &w);
    }
    TRY(r);
    TRY(file_write(&w, bytes));
    return synced ? file_commit(&w) : file_place(&w);
}

rc folder_remove(const char *dir, const char *path)
{
    CLEANUP(free_path) char *whole = NULL;
    TRY(path_join(dir, path, &whole));
    rc r = file_remove(whole);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    *strrchr(whole, '/') = 0;
    return folder_sync(whole);
}

static rc remove_listed(void *context, const char *path)
{
    return folder_remove(context, path);
}

rc folder_drop(const char *dir, const char *path, const char *end)
{
    CLEANUP(free_path) char *whole = NULL;
    CLEANUP(buf_done) struct buf name = {0};
    TRY(buf_addf(&name, "%s%s%c", path, end, 0));
    TRY(path_join(dir, (char *)name.p, &whole));
    TRY(folder_each(whole, whole, remove_listed));
    rc r = file_remove(whole);
    return r.code == E_NOT_FOUND ? OK : r;
}

rc folder_lock(const char *dir, int *out_fd)
{
    CLEANUP(free_path) char *path = NULL;
    TRY(path_join(dir, LOCK_FILE, &path));
    return file_lock(path, out_fd);
}
