/* SPDX-License-Identifier: Apache-2.0
 * The only place that allocates: heap blocks, arenas, growing buffers; and the switch that makes
 * the k-th allocation fail, so that tests can walk through every out-of-memory path. */
#include "base/base.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- heap ---- */

static _Atomic int64_t g_fail_at;
static _Atomic int64_t g_allocations;

int64_t mem_fail_at(int64_t k)
{
    atomic_store(&g_fail_at, k);
    return atomic_exchange(&g_allocations, 0);
}

static bool must_fail(void)
{
    atomic_fetch_add_explicit(&g_allocations, 1, memory_order_relaxed);
    if (LIKELY(atomic_load_explicit(&g_fail_at, memory_order_relaxed) == 0)) return false;
    return atomic_fetch_sub(&g_fail_at, 1) == 1;
}

rc mem_new(size_t n, size_t size, void *out)
{
    size_t bytes;
    if (MUL_OVERFLOWS(n, size, &bytes)) return FAIL(E_MEMORY, "memory: %zu x %zu bytes", n, size);
    void *p = must_fail() ? NULL : calloc(1, bytes ? bytes : 1);
    if (!p) return FAIL(E_MEMORY, "memory: the system has no %zu bytes left", bytes);
    memcpy(out, &p, sizeof p);
    return OK;
}

rc mem_resize(void *inout_p, size_t n, size_t size)
{
    size_t bytes;
    if (MUL_OVERFLOWS(n, size, &bytes)) return FAIL(E_MEMORY, "memory: %zu x %zu bytes", n, size);
    void *p;
    memcpy(&p, inout_p, sizeof p);
    p = must_fail() ? NULL : realloc(p, bytes ? bytes : 1);
    if (!p) return FAIL(E_MEMORY, "memory: the system has no %zu bytes left", bytes);
    memcpy(inout_p, &p, sizeof p);
    return OK;
}

void mem_free(void *p)
{
    free(p);
}

/* ---- arena ---- */

enum { FIRST_CHUNK_BYTES = 4096, LARGEST_STEP_BYTES = 1 << 22 };

struct arena_chunk {
    struct arena_chunk *below;
    size_t bytes; /* behind this header */
    _Alignas(max_align_t) uint8_t data[];
};

void arena_init(struct arena *a, size_t limit_bytes)
{
    *a = (struct arena){.limit_bytes = limit_bytes};
}

void arena_done(struct arena *a)
{
    if (!a) return;
    for (struct arena_chunk *c = a->chunks; c;) {
        struct arena_chunk *below = c->below;
        mem_free(c);
        c = below;
    }
    arena_init(a, a->limit_bytes);
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *keep = a->chunks;
    if (!keep) return;
    for (struct arena_chunk *c = keep->below; c;) {
        struct arena_chunk *below = c->below;
        if (c->bytes > keep->bytes) {
            struct arena_chunk *smaller = keep;
            keep = c;
            c = smaller;
        }
        mem_free(c);
        c = below;
    }
    keep->below = NULL;
    a->chunks = keep;
    a->next = keep->data;
    a->end = keep->data + keep->bytes;
    a->taken_bytes = keep->bytes;
}

static rc add_chunk(struct arena *a, size_t at_least)
{
    size_t bytes = a->chunks ? a->chunks->bytes * 2 : FIRST_CHUNK_BYTES;
    if (bytes > LARGEST_STEP_BYTES) bytes = LARGEST_STEP_BYTES;
    if (bytes < at_least) bytes = at_least;
    size_t left = a->limit_bytes - a->taken_bytes;
    if (a->limit_bytes && bytes > left) bytes = left;
    if (bytes < at_least)
        return FAIL(E_MEMORY, "memory: an arena is at its limit of %zu bytes", a->limit_bytes);
    struct arena_chunk *c = NULL;
    size_t whole;
    if (ADD_OVERFLOWS(bytes, sizeof *c, &whole)) return FAIL(E_MEMORY, "memory: %zu bytes", bytes);
    TRY(mem_resize(&c, whole, 1));
    c->below = a->chunks;
    c->bytes = bytes;
    a->chunks = c;
    a->taken_bytes += bytes;
    a->next = c->data;
    a->end = c->data + bytes;
    return OK;
}

rc arena_take_raw(struct arena *a, size_t n, size_t size, size_t align, void *out)
{
    size_t bytes, with_slack;
    if (MUL_OVERFLOWS(n, size, &bytes) || ADD_OVERFLOWS(bytes, align, &with_slack))
        return FAIL(E_MEMORY, "memory: %zu x %zu bytes", n, size);
    size_t pad = (align - ((uintptr_t)a->next & (align - 1))) & (align - 1);
    size_t room = (size_t)(a->end - a->next);
    if (room < pad || room - pad < bytes || !a->chunks) {
        TRY(add_chunk(a, align <= _Alignof(max_align_t) ? bytes : with_slack));
        pad = (align - ((uintptr_t)a->next & (align - 1))) & (align - 1);
    }
    uint8_t *p = a->next + pad;
    a->next = p + bytes;
    memcpy(out, &p, sizeof p);
    return OK;
}

rc arena_take(struct arena *a, size_t n, size_t size, size_t align, void *out)
{
    uint8_t *p;
    TRY(arena_take_raw(a, n, size, align, &p));
    memset(p, 0, n * size);
    memcpy(out, &p, sizeof p);
    return OK;
}

rc arena_bytes(struct arena *a, size_t n, uint8_t **out)
{
    return arena_take_raw(a, n, 1, 1, out);
}

rc arena_copy(struct arena *a, struct view v, struct view *out)
{
    uint8_t *p;
    TRY(arena_bytes(a, v.n, &p));
    if (v.n) memcpy(p, v.p, v.n);
    *out = view_of(p, v.n);
    return OK;
}

rc arena_format(struct arena *a, struct view *out, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    uint8_t *p = NULL;
    rc r = n < 0 ? FAIL(E_INTERNAL, "memory: format failed") : arena_bytes(a, (size_t)n + 1, &p);
    if (ok(r)) {
        vsnprintf((char *)p, (size_t)n + 1, fmt, again);
        *out = view_of(p, (size_t)n);
    }
    va_end(again);
    return r;
}

/* ---- buffer ---- */

void buf_init(struct buf *b, size_t limit_bytes)
{
    *b = (struct buf){.limit_bytes = limit_bytes};
}

void buf_done(struct buf *b)
{
    if (!b) return;
    mem_free(b->p);
    buf_init(b, b->limit_bytes);
}

void buf_reset(struct buf *b)
{
    b->n = 0;
}

rc buf_reserve(struct buf *b, size_t n, uint8_t **out_p)
{
    size_t need;
    if (ADD_OVERFLOWS(b->n, n, &need) || (b->limit_bytes && need > b->limit_bytes))
        return FAIL(E_LIMIT, "buffer: more than its limit of %zu bytes", b->limit_bytes);
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap + b->cap / 2 : 256;
        if (cap < need) cap = need;
        TRY(mem_resize(&b->p, cap, 1));
        b->cap = cap;
    }
    if (out_p) *out_p = b->p ? b->p + b->n : NULL;
    return OK;
}

rc buf_add(struct buf *b, struct view v)
{
    uint8_t *p;
    TRY(buf_reserve(b, v.n, &p));
    if (v.n) memcpy(p, v.p, v.n);
    b->n += v.n;
    return OK;
}

rc buf_add_byte(struct buf *b, uint8_t c)
{
    return buf_add(b, view_of(&c, 1));
}

rc buf_add_u16(struct buf *b, uint16_t x)
{
    uint8_t le[2] = {(uint8_t)x, (uint8_t)(x >> 8)};
    return buf_add(b, view_of(le, sizeof le));
}

rc buf_add_u32(struct buf *b, uint32_t x)
{
    uint8_t le[4];
    for (unsigned i = 0; i < sizeof le; i++)
        le[i] = (uint8_t)(x >> 8 * i);
    return buf_add(b, view_of(le, sizeof le));
}

rc buf_add_u64(struct buf *b, uint64_t x)
{
    TRY(buf_add_u32(b, (uint32_t)x));
    return buf_add_u32(b, (uint32_t)(x >> 32));
}

rc buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    uint8_t *p = NULL;
    rc r = n < 0 ? FAIL(E_INTERNAL, "buffer: format failed") : buf_reserve(b, (size_t)n + 1, &p);
    if (ok(r)) {
        vsnprintf((char *)p, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
    return r;
}
