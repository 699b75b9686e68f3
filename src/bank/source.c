/* SPDX-License-Identifier: Apache-2.0
 * A bank on disk followed as it changes: readers hold counted snapshots, one thread looks for news
 * and swaps them. */
#include "bank/bank_int.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 200, MOST_TRIES = 16 };

/* The base outlives the snapshots that use it. */
struct base_file {
    struct counted counted;
    struct pile pile;
    struct layers layers; /* of the one that looks for news; readers have theirs */
};

struct held {
    struct counted counted; /* first: counted_hold gives this address */
    struct bank_snapshot snapshot;
    struct base_file *base;
    struct buf overlay_image;
    struct bank *overlay;
    struct layers layers;
    struct arena mem; /* what the snapshot tells of them */
    uint64_t *withdrawn;
};

struct bank_source {
    char *path;
    struct counted_place place;
    struct base_file *base;
    uint64_t published_seq; /* of the base: number of the last delta that readers see */
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
    layers_done(&f->layers);
    pile_done(&f->pile);
    mem_free(f);
}

static void release_held(struct counted *c)
{
    struct held *h = (struct held *)c;
    bank_free(h->overlay);
    buf_done(&h->overlay_image);
    layers_done(&h->layers);
    arena_done(&h->mem);
    mem_free(h->withdrawn);
    if (h->base) counted_drop(&h->base->counted);
    mem_free(h);
}

static void release_problem(struct counted *c)
{
    mem_free(c); /* its first member */
}

/* ---- snapshots ---- */

static rc fill(struct held *h, struct base_file *base)
{
    const struct pile *p = &base->pile;
    const struct bank_layer *layers;
    uint32_t n_layers;
    TRY(layers_settle(&base->layers, p));
    TRY(layers_copy(&base->layers, &h->layers));
    TRY(layers_show(&h->layers, p, &h->mem, &layers, &n_layers));
    TRY(pile_overlay(p, h->layers.settled, p->ids.n, &h->overlay_image));
    if (h->overlay_image.n > 0) TRY(bank_open_image(buf_view(&h->overlay_image), &h->overlay));
    if (p->withdrawn) {
        size_t words = bits_words(bank_n_items(p->base));
        TRY(mem_new(words, sizeof *h->withdrawn, &h->withdrawn));
        memcpy(h->withdrawn, p->withdrawn, words * sizeof *h->withdrawn);
    }
    h->snapshot = (struct bank_snapshot){.base = p->base,
                                         .overlay = h->overlay,
                                         .n_layers = n_layers,
                                         .layers = layers,
                                         .withdrawn = h->withdrawn,
                                         .seq = p->seq,
                                         .n_items = pile_count_alive(p)};
    memcpy(h->snapshot.version, p->hash, sizeof p->hash);
    return OK;
}

static rc make_held(struct base_file *base, struct held **out)
{
    struct held *h;
    TRY(mem_new(1, sizeof *h, &h));
    h->counted.release = release_held;
    arena_init(&h->mem, 0);
    rc r = fill(h, base);
    if (!ok(r)) {
        release_held(&h->counted);
        return r;
    }
    __atomic_add_fetch(&base->counted.holders, 1, __ATOMIC_RELAXED);
    h->base = base;
    *out = h;
    return OK;
}

/* What is wrong with a base and its deltas, the worst first. */
static rc make_problem(const char *text, struct problem **out)
{
    struct problem *p;
    TRY(mem_new(1, sizeof *p, &p));
    p->counted.release = release_problem;
    snprintf(p->text, sizeof p->text, "%s", text);
    *out = p;
    return OK;
}

/* What base and deltas say now becomes what readers get; all of it or nothing. */
static rc publish(struct bank_source *s, struct base_file *base)
{
    struct held *h = NULL;
    struct problem *p = NULL;
    TRY(make_problem(base->pile.problem, &p));
    rc r = make_held(base, &h);
    if (!ok(r)) {
        mem_free(p);
        return r;
    }
    counted_swap(&s->problem_place, &p->counted);
    counted_swap(&s->place, &h->counted);
    s->published_seq = base->pile.seq;
    return OK;
}

static rc tell_problem(struct bank_source *s, const char *text)
{
    struct problem *p;
    TRY(make_problem(text, &p));
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

static bool replaced(const char *path, const struct file_map *m)
{
    struct stat st;
    if (stat(path, &st) != 0) return false; /* the old one stays in use */
    uint64_t mtime_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
    return st.st_ino != m->inode || mtime_ns != m->mtime_ns || (size_t)st.st_size != m->bytes.n;
}

/* Base and deltas of one moment: a merge between the two looks removes deltas whose items are in
 * the new base only, so the base is looked at again. */
static rc open_together(const char *path, struct pile *out)
{
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        struct pile p = {0};
        TRY(pile_open(path, &p));
        rc r = pile_follow(&p, path);
        if (ok(r) && !replaced(path, &p.map)) {
            *out = p;
            return OK;
        }
        pile_done(&p);
        TRY(r);
    }
    return FAIL(E_STALE, "%s: replaced %d times while it was opened", path, MOST_TRIES);
}

static rc load(struct bank_source *s)
{
    struct base_file *f;
    TRY(mem_new(1, sizeof *f, &f));
    f->counted = (struct counted){1, release_base};
    rc r = open_together(s->path, &f->pile);
    if (ok(r)) r = publish(s, f);
    if (!ok(r)) {
        counted_drop(&f->counted);
        return r;
    }
    if (s->base) counted_drop(&s->base->counted);
    s->base = f;
    return OK;
}

static rc look(struct bank_source *s)
{
    struct pile *p = &s->base->pile;
    if (replaced(s->path, &p->map)) return load(s);
    bool had_problem = p->problem[0] != 0;
    TRY(pile_follow(p, s->path));
    if (replaced(s->path, &p->map)) return load(s); /* a merge came in between */
    if (p->seq != s->published_seq) return publish(s, s->base);
    return had_problem || p->problem[0] ? tell_problem(s, p->problem) : OK;
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

static rc find_item(const struct bank *bank, struct view id, uint32_t *out_item, bool *out_found)
{
    *out_found = false;
    if (!bank) return OK;
    rc r = bank_find_id(bank, id, out_item);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    *out_found = true;
    return OK;
}

rc bank_holds(const struct bank_snapshot *s, struct view id, bool *out)
{
    for (uint32_t i = bank_n_images(s); i-- > 0;) {
        struct bank_layer image = bank_image(s, i);
        uint32_t item = 0;
        TRY(find_item(image.bank, id, &item, out));
        if (*out && !bit_is_set(image.withdrawn, item)) return OK;
    }
    *out = false;
    return OK;
}
