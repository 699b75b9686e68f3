/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal as it is read: at a start, by who looks on, and by who catches up. The layout stands
 * at the head of journal.c. */
#include "ledger/writing_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_DIGITS = 20, WINDOW_BYTES = 1 << 20 };

/* ---- the files ---- */

static bool parse_name(struct view name, uint64_t *out)
{
    char again[SEGMENT_NAME_BYTES];
    uint64_t x = 0;
    if (name.n != NAME_DIGITS) return false;
    for (size_t i = 0; i < name.n; i++)
        if (MUL_OVERFLOWS(x, 10u, &x) || ADD_OVERFLOWS(x, (uint64_t)(name.p[i] - '0'), &x))
            return false;
    journal_file_name(x, again);
    *out = x;
    return view_eq(name, view_cstr(again));
}

rc journal_list(const char *folder, struct arena *mem, uint64_t **out_firsts, size_t *out_n)
{
    struct view *names;
    uint64_t *firsts;
    size_t n_names, n = 0;
    TRY(folder_names(folder, mem, &names, &n_names));
    TRY(arena_array(mem, n_names + 1, &firsts));
    for (size_t i = 0; i < n_names; i++)
        if (parse_name(names[i], &firsts[n])) n++;
    *out_firsts = firsts;
    *out_n = n;
    return OK;
}

/* One file that is being read. */
struct source {
    int fd;
    const char *path;
    uint64_t size, at, expected; /* at: where the next group begins; expected: its index */
    struct segment segment;
    struct buf bytes;
};

static void source_done(struct source *s)
{
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
    buf_done(&s->bytes);
}

static rc read_failed(const char *path)
{
    return FAIL(errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: cannot read: %s", path, strerror(errno));
}

/* Exactly n bytes at a place that is inside the file. */
static rc read_at(const struct source *s, uint64_t at, uint8_t *out, size_t n)
{
    while (n > 0) {
        ssize_t got = pread(s->fd, out, n, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return read_failed(s->path);
        if (got == 0) return FAIL(E_DAMAGED, "%s: became shorter", s->path);
        out += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return OK;
}

/* Errors E_DAMAGED: no head, and then size says whether the file was ever used. */
static rc source_open(const char *path, struct source *out)
{
    struct stat st;
    uint8_t head[SEGMENT_HEAD_BYTES];
    out->path = path;
    out->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (out->fd < 0 || fstat(out->fd, &st) != 0) return read_failed(path);
    out->size = (uint64_t)st.st_size;
    out->at = sizeof head;
    if (out->size < sizeof head) return FAIL(E_DAMAGED, "%s: has no head", path);
    TRY(read_at(out, 0, head, sizeof head));
    TRY(segment_parse(head, &out->segment));
    out->expected = out->segment.first;
    return OK;
}

rc segment_head(const char *path, struct segment *out)
{
    CLEANUP(source_done) struct source s = {.fd = -1};
    TRY(source_open(path, &s));
    *out = s.segment;
    return OK;
}

/* ---- groups ---- */

rc group_next(struct view items, size_t *at, struct view *out_entry, struct view *out_beside)
{
    struct view rest = view_slice(items, *at, items.n);
    if (rest.n < ITEM_HEAD_BYTES) return FAIL(E_DAMAGED, "journal: an item is cut off");
    uint64_t entry = get_u32(rest.p), beside = get_u32(rest.p + 4);
    if (rest.n - ITEM_HEAD_BYTES < entry + beside)
        return FAIL(E_DAMAGED, "journal: an item is cut off");
    *out_entry = view_of(rest.p + ITEM_HEAD_BYTES, entry);
    *out_beside = view_of(rest.p + ITEM_HEAD_BYTES + entry, beside);
    *at += ITEM_HEAD_BYTES + entry + beside;
    return OK;
}

/* The group at a place. *out_good is false for anything that is not one; items live in s->bytes. */
static rc read_group(struct source *s, uint64_t at, struct group *out, bool *out_good)
{
    uint8_t head[GROUP_HEAD_BYTES], *p;
    struct seal_hash hash;
    *out_good = false;
    if (s->size - at < sizeof head) return OK;
    TRY(read_at(s, at, head, sizeof head));
    uint32_t n_bytes = get_u32(head + 8);
    struct group g = {.index = get_u64(head + 16),
                      .n = get_u32(head + 12),
                      .received_ms = (int64_t)get_u64(head + 24)};
    if (memcmp(head, s->segment.mark, MARK_BYTES) != 0 || g.n == 0 || g.n > LEDGER_GROUP_MAX ||
        n_bytes > s->size - at - sizeof head || g.index > SEAL_SIZE_MAX - LEDGER_GROUP_MAX)
        return OK;
    buf_reset(&s->bytes);
    TRY(buf_reserve(&s->bytes, n_bytes, &p));
    TRY(read_at(s, at + sizeof head, p, n_bytes));
    g.items = view_of(p, n_bytes);
    TRY(group_hash(&s->segment, head, g.items, &hash));
    *out_good = memcmp(hash.bytes, head + 32, sizeof hash.bytes) == 0;
    *out = g;
    return OK;
}

/* Whether a good group stands anywhere behind `at`: then what stands at `at` is no torn end. */
static rc good_one_behind(struct source *s, uint64_t at, bool *out)
{
    CLEANUP(buf_done) struct buf window = {0};
    uint8_t *p;
    *out = false;
    TRY(buf_reserve(&window, WINDOW_BYTES, &p));
    while (s->size - at > MARK_BYTES) {
        size_t n = s->size - at < WINDOW_BYTES ? (size_t)(s->size - at) : WINDOW_BYTES;
        TRY(read_at(s, at, p, n));
        for (size_t i = 1; i + MARK_BYTES <= n; i++) {
            struct group g;
            if (memcmp(p + i, s->segment.mark, MARK_BYTES) != 0) continue;
            TRY(read_group(s, at + i, &g, out));
            if (*out) return OK;
        }
        at += n - MARK_BYTES;
        if (n < WINDOW_BYTES) break;
    }
    return OK;
}

/* ---- the whole ---- */

struct walk {
    const char *folder;
    uint64_t from, in_tiles;
    void *context;
    rc (*each)(void *context, const struct group *group);
    struct journal_end *end;
};

PRINTF(2, 3) static rc damaged(struct journal_end *end, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(end->why, sizeof end->why, fmt, args);
    va_end(args);
    end->damaged = true;
    return OK;
}

static rc bad_group(const struct walk *w, struct source *s, bool last)
{
    bool behind = !last;
    if (last) TRY(good_one_behind(s, s->at, &behind));
    if (!behind) {
        w->end->torn = true;
        return OK;
    }
    return damaged(w->end, "journal: entry %llu cannot be read, at byte %llu of %020llu",
                   (unsigned long long)s->expected, (unsigned long long)s->at,
                   (unsigned long long)s->segment.first);
}

static rc walk_groups(const struct walk *w, struct source *s, bool last)
{
    while (s->at < s->size) {
        struct group g;
        bool good;
        TRY(read_group(s, s->at, &g, &good));
        if (!good || g.index != s->expected) return bad_group(w, s, last);
        s->at += GROUP_HEAD_BYTES + g.items.n;
        s->expected += g.n;
        w->end->next = s->expected;
        w->end->last_bytes = s->at;
        if (w->each && s->expected > w->from) TRY(w->each(w->context, &g));
    }
    return OK;
}

static rc walk_segment(const struct walk *w, uint64_t first, bool last)
{
    CLEANUP(free_path) char *path = NULL;
    CLEANUP(source_done) struct source s = {.fd = -1};
    char name[SEGMENT_NAME_BYTES];
    struct journal_end *end = w->end;
    journal_file_name(first, name);
    TRY(path_join(w->folder, name, &path));
    rc r = source_open(path, &s);
    end->last_first = first;
    end->last_bytes = s.at;
    if (r.code == E_DAMAGED || (ok(r) && s.segment.first != first)) {
        /* The head is durable before the first group is written. */
        end->headless = last && s.size <= SEGMENT_HEAD_BYTES;
        end->last_bytes = s.size;
        return end->headless ? OK : damaged(end, "journal: %s has no head", name);
    }
    TRY(r);
    /* Behind a repair from a mirror the tiles have what no segment holds. */
    if (end->next < first && first <= w->in_tiles) end->next = first;
    if (end->next != first)
        return damaged(end, "journal: entries %llu to %llu are missing",
                       (unsigned long long)end->next, (unsigned long long)first - 1);
    return walk_groups(w, &s, last);
}

rc segment_bytes(const char *folder, uint64_t first, uint64_t *out)
{
    CLEANUP(free_path) char *path = NULL;
    char name[SEGMENT_NAME_BYTES];
    struct stat st;
    journal_file_name(first, name);
    TRY(path_join(folder, name, &path));
    if (stat(path, &st) != 0) return read_failed(path);
    *out = (uint64_t)st.st_size;
    return OK;
}

rc segment_read(const char *folder, uint64_t first, uint64_t end, void *context,
                rc (*each)(void *context, const struct group *group))
{
    struct journal_end found = {.next = first};
    const struct walk w = {folder, first, 0, context, each, &found};
    TRY(walk_segment(&w, first, false));
    if (found.damaged) return FAIL(E_DAMAGED, "%s", found.why);
    if (found.next != end)
        return FAIL(E_DAMAGED, "journal: entries %llu to %llu are missing",
                    (unsigned long long)found.next, (unsigned long long)end - 1);
    return OK;
}

static rc count_bytes(const char *folder, const uint64_t *firsts, size_t n, uint64_t *out)
{
    uint64_t bytes = 0, one;
    for (size_t i = 0; i < n; i++, bytes += one)
        TRY(segment_bytes(folder, firsts[i], &one));
    *out = bytes;
    return OK;
}

rc journal_read(const char *folder, uint64_t from, uint64_t in_tiles, void *context,
                rc (*each)(void *context, const struct group *group), struct journal_end *out)
{
    CLEANUP(arena_done) struct arena mem = {0};
    uint64_t *firsts;
    size_t n, i = 0;
    struct journal_end end = {.next = from, .begin = from};
    const struct walk w = {folder, from, in_tiles, context, each, &end};
    TRY(journal_list(folder, &mem, &firsts, &n));
    TRY(count_bytes(folder, firsts, n, &end.bytes));
    end.any = n > 0;
    while (i + 1 < n && firsts[i + 1] <= from)
        i++; /* it ends before */
    if (n) end.begin = firsts[0];
    if (i < n) end.next = firsts[i];
    for (; i < n && !end.damaged; i++)
        TRY(walk_segment(&w, firsts[i], i + 1 == n));
    *out = end;
    return OK;
}
