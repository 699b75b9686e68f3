/* SPDX-License-Identifier: Apache-2.0
 * Deltas: small files beside a bank that add and withdraw items. Layout in bank_int.h. Each names
 * the base and the delta before it, so that a wrong base, a gap or a torn file is noticed. */
#include "bank/bank_int.h"
#include "seal/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t k_no_hash[BANK_HASH_BYTES];

/* ---- one delta ---- */

rc delta_read(struct view file, struct delta *out)
{
    uint8_t hash[BANK_HASH_BYTES];
    if (file.n < 12 || memcmp(file.p, "SANADDLT", 8) != 0)
        return FAIL(E_FORMAT, "not a delta (%zu bytes, no SANADDLT at byte 0)", file.n);
    if (get_u32(file.p + 8) != DELTA_VERSION)
        return FAIL(E_VERSION, "delta version %u, this program reads version %d",
                    get_u32(file.p + 8), DELTA_VERSION);
    if (file.n < DELTA_HEAD_BYTES + BANK_HASH_BYTES)
        return FAIL(E_DAMAGED, "torn: %zu bytes", file.n);
    size_t body = file.n - BANK_HASH_BYTES;
    TRY(seal_sha256(view_of(file.p, body), hash));
    if (get_u64(file.p + 96) != body - DELTA_HEAD_BYTES ||
        memcmp(hash, file.p + body, sizeof hash) != 0)
        return FAIL(E_DAMAGED, "torn or altered: its bytes do not match its checksum");
    *out = (struct delta){.seq = get_u64(file.p + 16),
                          .n_add = get_u32(file.p + 88),
                          .n_withdraw = get_u32(file.p + 92),
                          .base_hash = file.p + 24,
                          .previous_hash = file.p + 56,
                          .hash = file.p + body,
                          .payload = view_of(file.p + DELTA_HEAD_BYTES, body - DELTA_HEAD_BYTES)};
    return OK;
}

rc delta_entry(const struct delta *d, size_t *inout_at, struct view *out)
{
    struct view rest = view_slice(d->payload, *inout_at, d->payload.n);
    if (rest.n < 4 || get_u32(rest.p) > rest.n - 4)
        return FAIL(E_DAMAGED, "an entry reaches behind the end");
    *out = view_of(rest.p + 4, get_u32(rest.p));
    *inout_at += 4 + out->n;
    return OK;
}

rc delta_path(const char *bank_path, uint64_t seq, char **out_owned)
{
    size_t n = strlen(bank_path) + 48;
    TRY(mem_new(n, 1, out_owned));
    snprintf(*out_owned, n, "%s.d/%08llu.delta", bank_path, (unsigned long long)seq);
    return OK;
}

/* ---- base and deltas together ---- */

void pile_done(struct pile *p)
{
    if (!p) return;
    bank_free(p->base);
    file_map_close(&p->map);
    buf_done(&p->json);
    buf_done(&p->ids);
    mem_free(p->added);
    mem_free(p->withdrawn);
    *p = (struct pile){0};
}

rc pile_open(const char *bank_path, struct pile *out)
{
    struct pile p = {0};
    rc r = file_map_open(bank_path, &p.map);
    if (ok(r)) r = bank_open_image(p.map.bytes, &p.base);
    if (!ok(r)) {
        pile_done(&p);
        return rc_within(r, "%s: ", bank_path);
    }
    memcpy(p.hash, bank_hash(p.base), sizeof p.hash);
    *out = p;
    return OK;
}

static struct view added_id(const struct pile *p, uint32_t i)
{
    return view_of(p->ids.p + p->added[i].id_at, p->added[i].id_n);
}

/* Linear on purpose: deltas are few, a merge makes them fewer. */
static bool find_added(const struct pile *p, struct view id, uint32_t *out)
{
    for (uint32_t i = p->n_added; i-- > 0;)
        if (p->added[i].alive && view_eq(added_id(p, i), id)) {
            *out = i;
            return true;
        }
    return false;
}

static bool find_in_base(const struct pile *p, struct view id, uint32_t *out)
{
    if (!ok(bank_find_id(p->base, id, out))) return false;
    return !p->withdrawn || !(p->withdrawn[*out / 64] >> (*out % 64) & 1);
}

static rc withdraw(struct pile *p, struct view id)
{
    uint32_t i;
    if (find_added(p, id, &i)) {
        p->added[i].alive = false;
        return OK;
    }
    if (!find_in_base(p, id, &i))
        return FAIL(E_NOT_FOUND, "no item \"%.*s\" to withdraw", VIEW_ARG(id));
    if (!p->withdrawn)
        TRY(mem_new(bank_n_items(p->base) / 64 + 1, sizeof *p->withdrawn, &p->withdrawn));
    p->withdrawn[i / 64] |= 1ull << (i % 64);
    return OK;
}

static rc add(struct pile *p, struct view json)
{
    struct arena mem CLEANUP(arena_done);
    const struct json *value;
    struct item item;
    uint32_t i;
    arena_init(&mem, 0);
    TRY(json_parse(json, NULL, &mem, &value));
    TRY(item_from_json(value, NULL, &mem, &item));
    if (find_added(p, item.id, &i) || find_in_base(p, item.id, &i))
        return FAIL(E_DUPLICATE, "the id \"%.*s\" is already taken", VIEW_ARG(item.id));
    if (p->n_added == p->cap) {
        uint32_t cap = p->cap ? p->cap * 2 : 16;
        TRY(mem_resize(&p->added, cap, sizeof *p->added));
        p->cap = cap;
    }
    struct piled row = {p->json.n, json.n, p->ids.n, item.id.n, true};
    TRY(buf_add(&p->json, json));
    TRY(buf_add(&p->ids, item.id));
    p->added[p->n_added++] = row;
    return OK;
}

/* Applies withdrawals, then additions. A failure leaves p half changed: the caller starts over. */
static rc apply(struct pile *p, const struct delta *d)
{
    size_t at = 0;
    struct view entry;
    if (memcmp(d->base_hash, bank_hash(p->base), BANK_HASH_BYTES) != 0)
        return FAIL(E_STALE, "made for another base");
    if (d->seq != p->seq + 1)
        return FAIL(E_STALE, "has number %llu inside", (unsigned long long)d->seq);
    if (memcmp(d->previous_hash, p->seq ? p->hash : k_no_hash, BANK_HASH_BYTES) != 0)
        return FAIL(E_STALE, "does not follow the delta before it");
    for (uint32_t i = 0; i < d->n_withdraw; i++) {
        TRY(delta_entry(d, &at, &entry));
        TRY(withdraw(p, entry));
    }
    for (uint32_t i = 0; i < d->n_add; i++) {
        TRY(delta_entry(d, &at, &entry));
        TRY(add(p, entry));
    }
    if (at != d->payload.n) return FAIL(E_DAMAGED, "has stray bytes");
    p->seq = d->seq;
    memcpy(p->hash, d->hash, BANK_HASH_BYTES);
    return OK;
}

/* Whether d could be applied as it is: the same checks, on nothing but itself and p. Withdrawals of
 * ids that the same delta adds are refused, so the order inside does not matter. */
static rc apply_whole_or_not(struct pile *p, const struct delta *d)
{
    uint32_t n_added = p->n_added;
    size_t json_n = p->json.n, ids_n = p->ids.n;
    size_t words = bank_n_items(p->base) / 64 + 1;
    uint64_t *bits = NULL;
    bool *alive = NULL;
    bool had_bits = p->withdrawn != NULL;
    if (had_bits) {
        TRY(mem_new(words, sizeof *bits, &bits));
        memcpy(bits, p->withdrawn, words * sizeof *bits);
    }
    rc r = mem_new(n_added + 1, sizeof *alive, &alive);
    for (uint32_t i = 0; ok(r) && i < n_added; i++)
        alive[i] = p->added[i].alive;
    if (ok(r)) {
        r = apply(p, d);
        if (!ok(r)) {
            p->n_added = n_added;
            p->json.n = json_n;
            p->ids.n = ids_n;
            for (uint32_t i = 0; i < n_added; i++)
                p->added[i].alive = alive[i];
            if (p->withdrawn && had_bits) memcpy(p->withdrawn, bits, words * sizeof *bits);
            if (p->withdrawn && !had_bits) memset(p->withdrawn, 0, words * sizeof *bits);
        }
    }
    mem_free(bits);
    mem_free(alive);
    return r;
}

/* Is there any delta behind the gap? Only then a missing number is a problem. */
static bool exists(const char *bank_path, uint64_t seq)
{
    char *path = NULL;
    bool there = ok(delta_path(bank_path, seq, &path)) && access(path, F_OK) == 0;
    mem_free(path);
    return there;
}

static rc follow_one(struct pile *p, const char *bank_path, bool *out_more)
{
    char *path = NULL;
    struct file_map map = {0};
    struct delta d;
    *out_more = false;
    TRY(delta_path(bank_path, p->seq + 1, &path));
    rc r = file_map_open(path, &map);
    if (r.code == E_NOT_FOUND) {
        mem_free(path);
        if (exists(bank_path, p->seq + 2))
            return FAIL(E_STALE, "%s.d: delta %llu is missing", bank_path,
                        (unsigned long long)p->seq + 1);
        return OK;
    }
    if (ok(r)) r = delta_read(map.bytes, &d);
    if (ok(r)) r = apply_whole_or_not(p, &d);
    *out_more = ok(r);
    if (!ok(r)) r = rc_within(r, "%s: ", path);
    file_map_close(&map);
    mem_free(path);
    return r;
}

rc pile_follow(struct pile *p, const char *bank_path, bool *out_changed)
{
    bool more = true;
    *out_changed = false;
    p->problem[0] = 0;
    while (more) {
        rc r = follow_one(p, bank_path, &more);
        if (r.code == E_MEMORY) return r;
        if (!ok(r)) snprintf(p->problem, sizeof p->problem, "%s", rc_message());
        *out_changed |= more;
    }
    return OK;
}

static rc add_alive(const struct pile *p, struct bank_builder *builder)
{
    struct arena mem CLEANUP(arena_done);
    arena_init(&mem, 0);
    for (uint32_t i = 0; i < p->n_added; i++) {
        const struct json *value;
        struct item item;
        if (!p->added[i].alive) continue;
        arena_reset(&mem);
        struct view json = view_of(p->json.p + p->added[i].json_at, p->added[i].json_n);
        TRY(json_parse(json, NULL, &mem, &value));
        TRY(item_from_json(value, NULL, &mem, &item));
        TRY(bank_builder_add(builder, &item));
    }
    return OK;
}

rc pile_overlay(const struct pile *p, struct buf *out)
{
    struct bank_builder *builder;
    TRY(bank_builder_new(NULL, p->base, &builder));
    rc r = add_alive(p, builder);
    if (ok(r) && bank_builder_count(builder) > 0) r = bank_builder_image(builder, NULL, out);
    bank_builder_free(builder);
    return r;
}

/* ---- writing ---- */

static void close_lock(const int *fd)
{
    if (*fd >= 0) close(*fd);
}

/* One writer at a time; the lock goes with the process. */
static rc lock_folder(const char *bank_path, int *out_fd)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s.d", bank_path);
    if (n < 0 || (size_t)n + 8 > sizeof path) return FAIL(E_LIMIT, "%s: too long", bank_path);
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return FAIL(E_IO, "%s: cannot create: %s", path, strerror(errno));
    memcpy(path + n, "/lock", 6);
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        rc r = FAIL(E_IO, "%s: cannot lock: %s", path, strerror(errno));
        if (fd >= 0) close(fd);
        return r;
    }
    *out_fd = fd;
    return OK;
}

static rc put_entry(struct buf *out, struct view entry)
{
    TRY(buf_add_u32(out, (uint32_t)entry.n));
    return buf_add(out, entry);
}

static rc make_delta(const struct pile *p, const struct bank_change *change, struct buf *out)
{
    struct buf payload CLEANUP(buf_done) = {0}, json CLEANUP(buf_done) = {0};
    for (uint32_t i = 0; i < change->n_withdraw; i++)
        TRY(put_entry(&payload, change->withdraw[i]));
    for (uint32_t i = 0; i < change->n_add; i++) {
        buf_reset(&json);
        TRY(item_to_json(&change->add[i], &json));
        TRY(put_entry(&payload, buf_view(&json)));
    }
    TRY(buf_add(out, VIEW("SANADDLT")));
    TRY(buf_add_u32(out, DELTA_VERSION));
    TRY(buf_add_u32(out, 0));
    TRY(buf_add_u64(out, p->seq + 1));
    TRY(buf_add(out, view_of(bank_hash(p->base), BANK_HASH_BYTES)));
    TRY(buf_add(out, view_of(p->seq ? p->hash : k_no_hash, BANK_HASH_BYTES)));
    TRY(buf_add_u32(out, change->n_add));
    TRY(buf_add_u32(out, change->n_withdraw));
    TRY(buf_add_u64(out, payload.n));
    TRY(buf_add(out, buf_view(&payload)));
    uint8_t hash[BANK_HASH_BYTES];
    TRY(seal_sha256(buf_view(out), hash));
    return buf_add(out, view_of(hash, sizeof hash));
}

static rc open_sound(const char *bank_path, struct pile *p)
{
    bool changed;
    TRY(pile_open(bank_path, p));
    TRY(pile_follow(p, bank_path, &changed));
    return p->problem[0] ? FAIL(E_STALE, "%s", p->problem) : OK;
}

static rc write_file(const char *path, struct view bytes)
{
    struct file_writer w CLEANUP(file_abandon) = {.fd = -1};
    TRY(file_create(path, &w));
    TRY(file_write(&w, bytes));
    return file_commit(&w);
}

rc bank_change_write(const char *bank_path, const struct bank_change *change, uint64_t *out_seq)
{
    int lock CLEANUP(close_lock) = -1;
    struct pile p CLEANUP(pile_done) = {0};
    struct buf bytes CLEANUP(buf_done) = {0};
    struct delta d;
    char *path = NULL;
    TRY(lock_folder(bank_path, &lock));
    TRY(open_sound(bank_path, &p));
    TRY(make_delta(&p, change, &bytes));
    TRY(delta_read(buf_view(&bytes), &d));
    TRY(apply_whole_or_not(&p, &d)); /* what readers will refuse is not written */
    TRY(delta_path(bank_path, d.seq, &path));
    rc r = write_file(path, buf_view(&bytes));
    mem_free(path);
    if (ok(r)) *out_seq = d.seq;
    return r;
}

static rc add_base(const struct pile *p, struct bank_builder *builder)
{
    struct arena mem CLEANUP(arena_done);
    arena_init(&mem, 0);
    for (uint32_t i = 0; i < bank_n_items(p->base); i++) {
        struct item item;
        if (p->withdrawn && p->withdrawn[i / 64] >> (i % 64) & 1) continue;
        arena_reset(&mem);
        TRY(bank_item(p->base, i, &mem, &item));
        TRY(bank_builder_add(builder, &item));
    }
    return OK;
}

static void remove_deltas(const char *bank_path, uint64_t up_to)
{
    for (uint64_t seq = up_to; seq >= 1; seq--) {
        char *path = NULL;
        if (ok(delta_path(bank_path, seq, &path))) unlink(path);
        mem_free(path);
    }
}

rc bank_merge(const char *bank_path, const struct bank_progress *progress)
{
    int lock CLEANUP(close_lock) = -1;
    struct pile p CLEANUP(pile_done) = {0};
    struct bank_builder *builder;
    TRY(lock_folder(bank_path, &lock));
    TRY(open_sound(bank_path, &p));
    TRY(bank_builder_new(NULL, NULL, &builder));
    rc r = add_base(&p, builder);
    if (ok(r)) r = add_alive(&p, builder);
    if (ok(r)) r = bank_builder_write(builder, progress, bank_path);
    bank_builder_free(builder);
    if (ok(r)) remove_deltas(bank_path, p.seq);
    return r;
}
