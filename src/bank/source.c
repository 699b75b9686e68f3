/* SPDX-License-Identifier: Apache-2.0
 * A bank on disk followed as it changes: readers hold counted snapshots, one thread looks for news
 * and swaps them. */
#include "bank/bank_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 200 };

/* The base outlives the snapshots that use it. */
struct base_file {
    struct counted counted;
    struct pile pile;
};

struct held {
    struct counted counted; /* first: counted_hold gives this address */
    struct bank_snapshot snapshot;
    struct base_file *base;
    struct buf overlay_image;
    struct bank *overlay;
    uint64_t *withdrawn;
};

struct bank_source {
    char *path;
    struct counted_place place;
    struct base_file *base;
    uint64_t looked_ns;
    bool looking;
    struct counted_place problem_place;
};

struct problem {
    struct counted counted;
    char text[512];
};

static void release_base(struct counted *c)
{
    struct base_file *f = (struct base_file *)c;
    pile_done(&f->pile);
    mem_free(f);
}

static void release_held(struct counted *c)
{
    struct held *h = (struct held *)c;
    bank_free(h->overlay);
    buf_done(&h->overlay_image);
    mem_free(h->withdrawn);
    if (h->base) counted_drop(&h->base->counted);
    mem_free(h);
}

static void release_problem(struct counted *c)
{
    mem_free(c);
}

/* ---- snapshots ---- */

static uint32_t count_alive(const struct pile *p, const struct bank *overlay)
{
    uint32_t n = bank_n_items(p->base) + (overlay ? bank_n_items(overlay) : 0);
    for (uint32_t w = 0; p->withdrawn && w < bank_n_items(p->base) / 64 + 1; w++)
        n -= (uint32_t)__builtin_popcountll(p->withdrawn[w]);
    return n;
}

static rc fill(struct held *h, const struct pile *p)
{
    TRY(pile_overlay(p, &h->overlay_image));
    if (h->overlay_image.n > 0) TRY(bank_open_image(buf_view(&h->overlay_image), &h->overlay));
    if (p->withdrawn) {
        size_t words = bank_n_items(p->base) / 64 + 1;
        TRY(mem_new(words, sizeof *h->withdrawn, &h->withdrawn));
        memcpy(h->withdrawn, p->withdrawn, words * sizeof *h->withdrawn);
    }
    h->snapshot = (struct bank_snapshot){.base = p->base,
                                         .overlay = h->overlay,
                                         .withdrawn = h->withdrawn,
                                         .seq = p->seq,
                                         .n_items = count_alive(p, h->overlay)};
    memcpy(h->snapshot.version, p->hash, sizeof p->hash);
    return OK;
}

static rc publish(struct bank_source *s, struct base_file *base)
{
    struct held *h;
    TRY(mem_new(1, sizeof *h, &h));
    h->counted.release = release_held;
    rc r = fill(h, &base->pile);
    if (!ok(r)) {
        release_held(&h->counted);
        return r;
    }
    __atomic_add_fetch(&base->counted.holders, 1, __ATOMIC_RELAXED);
    h->base = base;
    counted_swap(&s->place, &h->counted);
    return OK;
}

static rc tell_problem(struct bank_source *s, const char *text)
{
    struct problem *p;
    TRY(mem_new(1, sizeof *p, &p));
    p->counted.release = release_problem;
    snprintf(p->text, sizeof p->text, "%s", text);
    counted_swap(&s->problem_place, &p->counted);
    return OK;
}

void bank_source_problem(struct bank_source *s, char *out, size_t out_bytes)
{
    struct counted *c = counted_hold(&s->problem_place);
    snprintf(out, out_bytes, "%s", c ? ((struct problem *)c)->text : "");
    counted_drop(c);
}

/* ---- looking for news ---- */

static rc load(struct bank_source *s)
{
    struct base_file *f;
    bool changed;
    TRY(mem_new(1, sizeof *f, &f));
    f->counted = (struct counted){1, release_base};
    rc r = pile_open(s->path, &f->pile);
    if (ok(r)) r = pile_follow(&f->pile, s->path, &changed);
    if (ok(r)) r = publish(s, f);
    if (ok(r)) r = tell_problem(s, f->pile.problem);
    if (!ok(r)) {
        counted_drop(&f->counted);
        return r;
    }
    if (s->base) counted_drop(&s->base->counted);
    s->base = f;
    return OK;
}

static bool base_replaced(const struct bank_source *s)
{
    struct stat st;
    const struct file_map *m = &s->base->pile.map;
    if (stat(s->path, &st) != 0) return false; /* the old one stays in use */
    uint64_t mtime_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
    return st.st_ino != m->inode || mtime_ns != m->mtime_ns || (size_t)st.st_size != m->bytes.n;
}

static rc look(struct bank_source *s)
{
    bool changed;
    if (base_replaced(s)) return load(s);
    struct pile *p = &s->base->pile;
    bool had_problem = p->problem[0] != 0;
    TRY(pile_follow(p, s->path, &changed));
    if (changed) TRY(publish(s, s->base));
    return changed || had_problem || p->problem[0] ? tell_problem(s, p->problem) : OK;
}

rc bank_source_refresh(struct bank_source *s, bool force)
{
    if (__atomic_test_and_set(&s->looking, __ATOMIC_ACQUIRE)) return OK;
    rc r = OK;
    uint64_t now = clock_mono_ns();
    if (force || now - s->looked_ns >= LOOK_EVERY_MS * 1000000ull) {
        s->looked_ns = now;
        r = look(s);
    }
    __atomic_clear(&s->looking, __ATOMIC_RELEASE);
    return r;
}

/* ---- the door ---- */

rc bank_source_open(const char *bank_path, struct bank_source **out)
{
    struct bank_source *s;
    size_t n = strlen(bank_path) + 1;
    TRY(mem_new(1, sizeof *s, &s));
    rc r = mem_new(n, 1, &s->path);
    if (ok(r)) {
        memcpy(s->path, bank_path, n);
        r = load(s);
    }
    if (!ok(r)) {
        bank_source_close(s);
        return r;
    }
    s->looked_ns = clock_mono_ns();
    *out = s;
    return OK;
}

void bank_source_close(struct bank_source *s)
{
    if (!s) return;
    counted_swap(&s->place, NULL);
    counted_swap(&s->problem_place, NULL);
    if (s->base) counted_drop(&s->base->counted);
    mem_free(s->path);
    mem_free(s);
}

const struct bank_snapshot *bank_acquire(struct bank_source *s)
{
    return &((struct held *)counted_hold(&s->place))->snapshot;
}

void bank_release(struct bank_source *s, const struct bank_snapshot *snapshot)
{
    (void)s;
    if (!snapshot) return;
    counted_drop(
        (struct counted *)(uintptr_t)((const char *)snapshot - offsetof(struct held, snapshot)));
}
