/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that the files of a log can be held against: the checkpoint against its keys, every
 * tile against the root, every entry against its tile.
 *
 * What a tile holds in the tree is told by the tile above it, from the top down. A tile that the
 * one above does not confirm is made anew from what lies below; when that fits, the tile is at
 * fault and its children are not. When it does not, a child may be at fault too, and is made anew
 * in its turn. So one altered byte is told as one fault, where it is, also when two lie one above
 * the other.
 */
#include "ledger/reading_int.h"

#include <stdio.h>
#include <string.h>

struct check {
    const struct ledger_files *files;
    const struct ledger_watch *watch;
    struct ledger_report report;
    struct arena mem;
    struct buf note, bytes;
    struct proved *tiles;
    struct seal_hash (*below)[LEDGER_TILE]; /* [TILE_LEVELS + 1], the last for a moment */
    bool full_for_partial[TILE_LEVELS + 1]; /* [level + 1]: the full tile was read */
    bool quiet;                             /* these faults have been told */
    int64_t received_ms;
};

static void tell(struct check *c, const char *path, uint64_t index, const char *fmt, ...)
    PRINTF(4, 5);
static void tell(struct check *c, const char *path, uint64_t index, const char *fmt, ...)
{
    char what[512];
    va_list args;
    if (c->quiet) return;
    va_start(args, fmt);
    int n = vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    if (n >= (int)sizeof what) n = sizeof what - 1;
    c->report.n_faults++;
    const struct ledger_fault fault = {path, index, view_of(what, (size_t)(n < 0 ? 0 : n))};
    if (c->watch && c->watch->fault) c->watch->fault(c->watch->context, &fault);
}

/* Whether a failure says something of the log; others say that it could not be looked at. */
static bool is_fault(rc r)
{
    static const enum err k_faults[] = {E_DAMAGED, E_NOT_FOUND, E_INPUT,  E_ENCODING,
                                        E_LIMIT,   E_FORMAT,    E_VERSION};
    for (size_t i = 0; i < COUNT_OF(k_faults); i++)
        if (r.code == k_faults[i]) return true;
    return false;
}

/* ---- tiles ---- */

static rc read_tile(struct check *c, int level, uint64_t index, char path[LEDGER_PATH_BYTES],
                    bool *out_readable)
{
    uint32_t width = 0;
    rc r = tile_read(c->files, c->tiles->size, level, index, &c->bytes, path, &width);
    *out_readable = ok(r);
    if (!ok(r)) return is_fault(r) ? OK : r;
    if (width != tile_covers(c->tiles->size, level, index)) c->full_for_partial[level + 1] = true;
    if (c->quiet) return OK;
    c->report.n_tiles++;
    c->report.bytes += c->bytes.n;
    return OK;
}

static rc hash_entries(struct check *c, uint64_t index, struct seal_hash *out, bool *out_whole)
{
    char path[LEDGER_PATH_BYTES];
    struct view entries[LEDGER_TILE];
    uint32_t n = tile_covers(c->tiles->size, 0, index), width, n_cut;
    rc r = tile_read(c->files, c->tiles->size, ENTRIES_LEVEL, index, &c->bytes, path, &width);
    if (!ok(r)) return is_fault(r) ? OK : r;
    rc cut = bundle_cut(buf_view(&c->bytes), width, entries, &n_cut);
    for (uint32_t i = 0; i < n && i < n_cut; i++)
        TRY(seal_hash_leaf(entries[i], &out[i]));
    *out_whole = ok(cut);
    return OK;
}

/* What a tile should hold, from what lies below it. */
static rc hash_below(struct check *c, int level, uint64_t index, struct seal_hash *out,
                     bool *out_whole)
{
    char path[LEDGER_PATH_BYTES];
    uint32_t n = tile_covers(c->tiles->size, level, index), width;
    memset(out, 0, LEDGER_TILE * sizeof *out);
    *out_whole = false;
    if (level == 0) return hash_entries(c, index, out, out_whole);
    *out_whole = true;
    for (uint32_t i = 0; i < n; i++) {
        rc r = tile_read(c->files, c->tiles->size, level - 1, index * LEDGER_TILE + i, &c->bytes,
                         path, &width);
        if (!ok(r) && !is_fault(r)) return r;
        *out_whole &= ok(r);
        if (ok(r)) TRY(seal_hash_tree((const struct seal_hash *)c->bytes.p, LEDGER_TILE, &out[i]));
    }
    return OK;
}

/* Tiles that say something else than what lies below them: either may be right. */
enum { MOST_DOUBTS = 8 };
struct doubts {
    struct {
        int level; /* of the tile above, whose hash is c->below[level][at] */
        uint32_t at;
        struct seal_hash other;
    } of[MOST_DOUBTS];
    uint32_t n;
};

static rc add_doubts(struct check *c, int level, uint64_t index, struct doubts *d)
{
    uint32_t n = level > 0 ? tile_covers(c->tiles->size, level, index) : 0;
    for (uint32_t i = 0; i < n && d->n < MOST_DOUBTS; i++) {
        bool whole;
        struct seal_hash other;
        TRY(hash_below(c, level - 1, index * LEDGER_TILE + i, c->below[TILE_LEVELS], &whole));
        TRY(tile_hash(c->below[TILE_LEVELS], &other));
        if (!whole || same_hash(&other, &c->below[level][i])) continue;
        d->of[d->n].level = level;
        d->of[d->n].at = i;
        d->of[d->n++].other = other;
    }
    return OK;
}

/* Once more to undo it. */
static void swap_doubts(struct check *c, struct doubts *d, uint32_t which)
{
    for (uint32_t i = 0; i < d->n; i++) {
        struct seal_hash *at = &c->below[d->of[i].level][d->of[i].at], hash = *at;
        if (!(which >> i & 1)) continue;
        *at = d->of[i].other;
        d->of[i].other = hash;
    }
}

/* Whether c->below[level] fits when some of the children are not believed; it is left so. */
static rc doubt_children(struct check *c, int level, uint64_t index, const struct seal_hash *above,
                         bool *out_fits)
{
    struct doubts d = {.n = 0};
    struct seal_hash hash;
    TRY(add_doubts(c, level, index, &d));
    for (uint32_t which = 1; which < 1u << d.n && !*out_fits; which++) {
        swap_doubts(c, &d, which);
        TRY(tile_hash(c->below[level], &hash));
        *out_fits = same_hash(&hash, above);
        if (!*out_fits) swap_doubts(c, &d, which);
    }
    return OK;
}

/* Keeps what the tree holds at a full tile, and tells when the file holds something else. */
static rc settle(struct check *c, int level, uint64_t index)
{
    char path[LEDGER_PATH_BYTES];
    char why[256];
    struct seal_hash above, hash, in_file[LEDGER_TILE];
    bool readable, whole;
    TRY(proved_above(c->tiles, level, index, &above));
    TRY(read_tile(c, level, index, path, &readable));
    if (readable) {
        memcpy(in_file, c->bytes.p, sizeof in_file);
        TRY(tile_hash(in_file, &hash));
        if (same_hash(&hash, &above)) {
            proved_put(c->tiles, level, index, in_file);
            return OK;
        }
    }
    snprintf(why, sizeof why, "%s", readable ? "not what the tree holds" : rc_message());
    TRY(hash_below(c, level, index, c->below[level], &whole));
    TRY(tile_hash(c->below[level], &hash));
    bool mended = whole && same_hash(&hash, &above);
    if (!mended) TRY(doubt_children(c, level, index, &above, &mended));
    tell(c, path, UINT64_MAX, mended ? "%s" : "%s; nor does what lies below it fit the tree", why);
    proved_put(c->tiles, level, index, readable && !mended ? in_file : c->below[level]);
    return OK;
}

/* The hashes that the tree holds, as far as can be told. */
static rc truth(struct check *c, int level, uint64_t index, const struct seal_hash **out)
{
    int up = 0;
    while (!proved_kept(c->tiles, level + up, index >> (8 * up)))
        up++;
    while (up-- > 0)
        TRY(settle(c, level + up, index >> (8 * up)));
    *out = proved_kept(c->tiles, level, index);
    return OK;
}

/* ---- the right edge ---- */

struct edge {
    struct seal_hash in_file[TILE_LEVELS][LEDGER_TILE];
    bool readable[TILE_LEVELS], differs[TILE_LEVELS];
    char path[TILE_LEVELS][LEDGER_PATH_BYTES];
};

static rc read_edge(struct check *c, struct edge *e, bool *out_whole)
{
    *out_whole = true;
    for (int level = 0; level < TILE_LEVELS; level++) {
        uint32_t width = tile_width(c->tiles->size, level);
        if (!width) continue;
        uint64_t index = full_tiles(c->tiles->size, level);
        TRY(read_tile(c, level, index, e->path[level], &e->readable[level]));
        *out_whole &= e->readable[level];
        if (e->readable[level])
            memcpy(e->in_file[level], c->bytes.p, width * sizeof e->in_file[level][0]);
        else
            tell(c, e->path[level], UINT64_MAX, "%s", rc_message());
    }
    return OK;
}

/* Takes, of each level, what is in the file or what lies below, by the bits of a choice. */
static rc try_choice(struct check *c, const struct edge *e, uint32_t choice, bool *out_fits)
{
    for (int level = 0; level < TILE_LEVELS; level++)
        memcpy(c->tiles->edge[level].hash,
               choice >> level & 1 ? c->below[level] : e->in_file[level], sizeof e->in_file[level]);
    return proved_check_edge(c->tiles, out_fits);
}

/* Some levels from their files, the others from what lies below. */
static rc try_choices(struct check *c, const struct edge *e, uint32_t differing,
                      uint32_t unreadable, uint32_t *out_choice, bool *out_fits)
{
    for (uint32_t choice = 0; choice < 1u << TILE_LEVELS && !*out_fits; choice++) {
        if ((choice & unreadable) != unreadable || (choice & ~differing & ~unreadable)) continue;
        TRY(try_choice(c, e, choice, out_fits));
        *out_choice = choice;
    }
    return OK;
}

static rc doubt_edge(struct check *c, const struct edge *e, uint32_t differing, uint32_t unreadable,
                     uint32_t *out_choice, bool *out_fits)
{
    struct doubts d = {.n = 0};
    for (int level = 0; level < TILE_LEVELS; level++)
        if ((differing | unreadable) >> level & 1)
            TRY(add_doubts(c, level, full_tiles(c->tiles->size, level), &d));
    for (uint32_t which = 1; which < 1u << d.n && !*out_fits; which++) {
        swap_doubts(c, &d, which);
        TRY(try_choices(c, e, differing, unreadable, out_choice, out_fits));
        if (!*out_fits) swap_doubts(c, &d, which);
    }
    return OK;
}

static rc choose(struct check *c, struct edge *e)
{
    uint32_t differing = 0, unreadable = 0, choice;
    bool whole, fits = false;
    for (int level = 0; level < TILE_LEVELS; level++) {
        uint32_t width = tile_width(c->tiles->size, level);
        if (!width) continue;
        TRY(hash_below(c, level, full_tiles(c->tiles->size, level), c->below[level], &whole));
        if (!e->readable[level]) unreadable |= 1u << level;
        if (memcmp(c->below[level], e->in_file[level], width * sizeof c->below[level][0]) != 0)
            differing |= 1u << level;
    }
    TRY(try_choices(c, e, differing, unreadable, &choice, &fits));
    if (!fits) TRY(doubt_edge(c, e, differing, unreadable, &choice, &fits));
    if (!fits) choice = differing;
    for (int level = 0; level < TILE_LEVELS; level++)
        if (choice >> level & 1 && e->readable[level])
            tell(c, e->path[level], UINT64_MAX, "not what the tree holds");
    if (fits) return OK;
    if (!differing)
        tell(c, CHECKPOINT_FILE, UINT64_MAX, "its root is not that of the tiles and entries");
    return try_choice(c, e, unreadable, &fits);
}

static rc check_edge(struct check *c)
{
    struct edge *e;
    bool whole, fits = false;
    TRY(mem_new(1, sizeof *e, &e));
    rc r = read_edge(c, e, &whole);
    if (ok(r) && whole) r = try_choice(c, e, 0, &fits);
    if (ok(r) && !fits) r = choose(c, e);
    mem_free(e);
    return r;
}

/* ---- entries ---- */

static rc check_note(struct check *c, const struct ledger_entry *entry)
{
    struct seal_note note;
    struct seal_hash id;
    arena_reset(&c->mem);
    TRY(seal_note_parse(entry->note, &c->mem, &note));
    TRY(seal_sha256(note.text, id.bytes));
    if (!same_hash(&id, &entry->id)) return FAIL(E_DAMAGED, "its note has another id");
    return OK;
}

static rc check_form(struct check *c, const char *path, uint64_t index, struct view bytes)
{
    struct ledger_entry entry;
    rc r = ledger_entry_parse(bytes, &entry);
    if (ok(r)) {
        if (entry.received_ms < c->received_ms)
            tell(c, path, index, "received at %lld, an earlier entry at %lld",
                 (long long)entry.received_ms, (long long)c->received_ms);
        else
            c->received_ms = entry.received_ms;
        if (entry.note.n) r = check_note(c, &entry);
    }
    if (!ok(r) && !is_fault(r)) return r;
    if (!ok(r)) tell(c, path, index, "%s", rc_message());
    return OK;
}

/* The bundle that was read against the hashes of its tile. When a length was altered, all entries
 * behind it are other ones: only the first is told.
 *   n      entries that the tree has
 *   width  entries that the file has to hold */
static rc check_entries(struct check *c, const char *path, const struct seal_hash *hashes,
                        uint64_t first, uint32_t n, uint32_t width, bool with_form)
{
    struct view entries[LEDGER_TILE];
    char why[128];
    uint32_t n_cut;
    rc cut = bundle_cut(buf_view(&c->bytes), width, entries, &n_cut);
    snprintf(why, sizeof why, "%s", ok(cut) ? "" : rc_message());
    for (uint32_t i = 0; i < n && i < n_cut; i++) {
        struct seal_hash leaf;
        TRY(seal_hash_leaf(entries[i], &leaf));
        bool same = same_hash(&leaf, &hashes[i]);
        if (same && with_form) TRY(check_form(c, path, first + i, entries[i]));
        if (same) continue;
        tell(c, path, first + i, "altered: not the entry that the tree holds");
        if (!ok(cut)) return OK;
    }
    if (!ok(cut)) tell(c, path, n_cut < n ? first + n_cut : UINT64_MAX, "%s", why);
    return OK;
}

static rc check_bundle(struct check *c, uint64_t index)
{
    char path[LEDGER_PATH_BYTES];
    const struct seal_hash *hashes;
    uint32_t n = tile_covers(c->tiles->size, 0, index), width;
    TRY(truth(c, 0, index, &hashes)); /* first: it reads into the same bytes */
    rc r = tile_read(c->files, c->tiles->size, ENTRIES_LEVEL, index, &c->bytes, path, &width);
    if (!ok(r) && !is_fault(r)) return r;
    if (!ok(r)) {
        tell(c, path, UINT64_MAX, "%s", rc_message());
        return OK;
    }
    if (width != n) c->full_for_partial[0] = true;
    c->report.n_tiles++;
    c->report.n_entries += n;
    c->report.bytes += c->bytes.n;
    return check_entries(c, path, hashes, index * LEDGER_TILE, n, width, true);
}

/* ---- other files ---- */

static rc check_key(struct check *c, const struct seal_verifier *key)
{
    CLEANUP(buf_done) struct buf line = {0};
    buf_reset(&c->bytes);
    TRY(seal_verifier_print(key, &line));
    TRY(buf_add_byte(&line, '\n'));
    rc r = c->files->read(c->files->context, KEY_FILE, line.n, &c->bytes);
    if (r.code == E_NOT_FOUND) return OK; /* whoever serves the log need not give it */
    if (!ok(r) && !is_fault(r)) return r;
    if (!ok(r) || !view_eq(buf_view(&c->bytes), buf_view(&line)))
        tell(c, KEY_FILE, UINT64_MAX, "not the public line of the log's key");
    return OK;
}

/* A file of a smaller tree that a larger one has replaced, or that goes beyond the checkpoint. */
static rc check_replaced(struct check *c, int level, uint64_t index, uint32_t width, uint32_t n)
{
    char path[LEDGER_PATH_BYTES];
    const struct seal_hash *hashes;
    c->quiet = true;
    rc r = truth(c, level < 0 ? 0 : level, index, &hashes);
    c->quiet = false;
    TRY(r);
    r = tile_read_width(c->files, level, index, width, &c->bytes, path);
    if (!ok(r) && !is_fault(r)) return r;
    if (!ok(r)) tell(c, path, UINT64_MAX, "%s", rc_message());
    if (!ok(r)) return OK;
    c->report.n_tiles++;
    c->report.bytes += c->bytes.n;
    if (level < 0) return check_entries(c, path, hashes, index * LEDGER_TILE, n, width, false);
    if (memcmp(c->bytes.p, hashes, n * sizeof *hashes) != 0)
        tell(c, path, UINT64_MAX, "not what the tree holds");
    return OK;
}

static rc check_listed(void *context, const char *path)
{
    struct check *c = context;
    int level;
    uint64_t index;
    uint32_t width;
    if (strcmp(path, CHECKPOINT_FILE) == 0 || strcmp(path, KEY_FILE) == 0) return OK;
    bool is_tile =
        ok(ledger_tile_path_parse(view_cstr(path), &level, &index, &width)) && level < TILE_LEVELS;
    uint32_t n = is_tile ? tile_covers(c->tiles->size, level, index) : 0;
    if (n == 0 || width > n) c->report.n_beyond++;
    if (n == 0 || width == n || (width == LEDGER_TILE && c->full_for_partial[level + 1])) return OK;
    return check_replaced(c, level, index, width, width < n ? width : n);
}

/* ---- all of it ---- */

static rc check_all(struct check *c, const struct seal_verifier *keys, size_t n_keys)
{
    struct signed_checkpoint checkpoint;
    rc r = checkpoint_read(c->files, keys, n_keys, &c->mem, &c->note, &checkpoint);
    if (!ok(r) && !is_fault(r)) return r;
    if (!ok(r)) {
        tell(c, CHECKPOINT_FILE, UINT64_MAX, "%s", rc_message());
        return OK;
    }
    uint64_t size = c->report.size = checkpoint.tree.size;
    c->report.n_signed = checkpoint.n_signed;
    c->report.bytes += c->note.n;
    TRY(check_key(c, &keys[0]));
    TRY(proved_new(c->files, size, &checkpoint.tree.root, &c->tiles));
    TRY(mem_new(TILE_LEVELS + 1, sizeof c->below[0], &c->below));
    TRY(check_edge(c));
    for (uint64_t first = 0; first < size; first += LEDGER_TILE) {
        TRY(check_bundle(c, first / LEDGER_TILE));
        uint64_t done = size - first > LEDGER_TILE ? first + LEDGER_TILE : size;
        if (c->watch && c->watch->progress) c->watch->progress(c->watch->context, done, size);
    }
    return c->files->list ? c->files->list(c->files->context, c, check_listed) : OK;
}

rc ledger_verify(const struct ledger_files *files, const struct seal_verifier *keys, size_t n_keys,
                 const struct ledger_watch *watch, struct ledger_report *out)
{
    struct check c = {.files = files, .watch = watch};
    arena_init(&c.mem, 0);
    rc r = check_all(&c, keys, n_keys);
    proved_free(c.tiles);
    mem_free(c.below);
    buf_done(&c.note);
    buf_done(&c.bytes);
    arena_done(&c.mem);
    TRY(r);
    *out = c.report;
    return OK;
}
