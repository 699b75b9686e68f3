/* SPDX-License-Identifier: Apache-2.0
 *
 * Publishing: what is durable in the journal becomes a signed tree that anyone may read.
 *
 *   1  full tiles and bundles, then the partial ones at the right edge
 *   2  promised: size and root
 *   3  one syncfs makes 1 and 2 durable
 *   4  the checkpoint is signed, written beside its place, made durable and renamed
 *   5  partial tiles that full ones have replaced are removed
 *
 * Nothing is signed before 3 is done, and only 4 shows it. Which of 1 and 2 gets to the disk first
 * does not matter: the journal holds every promised entry. syncfs, because an fsync for each of the
 * 5 to 20 files and folders costs five to ten times as much where the disk limits the number of
 * writes; it also waits for what others wrote to the same file system.
 */
#include "ledger/writing_int.h"

#include <stdio.h>
#include <string.h>

static rc sync_tiles(const struct ledger *l)
{
    if (l->public_elsewhere) TRY(folder_sync_all(l->tiles.public_folder));
    return folder_sync_all(l->dir);
}

static rc publish(struct ledger *l)
{
    CLEANUP(buf_done) struct buf note = {0};
    struct promise promise = {.size = l->tree.size};
    uint64_t old_size = l->published_size;
    TRY(tiles_write_full(&l->tiles));
    TRY(tiles_write_partial(&l->tiles, old_size));
    TRY(seal_tree_head(&l->tree, &promise.root));
    TRY(promise_place(l->dir, &promise));
    TRY(sync_tiles(l));
    TRY(print_checkpoint(l->key, &l->tree, &promise.root, &note));
    TRY(write_durable(l->tiles.public_folder, CHECKPOINT_FILE, buf_view(&note)));
    buf_done(&l->note);
    l->note = note;
    note = (struct buf){0};
    l->published_size = promise.size;
    l->root = promise.root;
    return tiles_drop_partial(&l->tiles, old_size, l->published_size);
}

rc ledger_publish(struct ledger *l)
{
    TRY(ledger_may_write(l));
    if (l->tree.size == l->published_size) return OK;
    return ledger_broke(l, publish(l));
}

/* ---- cosignatures ---- */

static rc print_line(const struct seal_line *line, struct buf *out)
{
    CLEANUP(buf_done) struct buf blob = {0};
    const uint8_t id[4] = {(uint8_t)(line->id >> 24), (uint8_t)(line->id >> 16),
                           (uint8_t)(line->id >> 8), (uint8_t)line->id};
    TRY(buf_add(&blob, view_of(id, sizeof id)));
    TRY(buf_add(&blob, line->signature));
    TRY(buf_addf(out, "\u2014 "));
    TRY(buf_add(out, line->name));
    TRY(buf_add_byte(out, ' '));
    TRY(seal_base64(buf_view(&blob), out));
    return buf_add_byte(out, '\n');
}

static bool is_of(const struct seal_line *line, const struct seal_verifier *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (keys[i].id == line->id && view_eq(keys[i].name, line->name)) return true;
    return false;
}

static bool has_key(const struct seal_verifier *keys, size_t n, const struct seal_verifier *key)
{
    const struct seal_line line = {.name = key->name, .id = key->id};
    return is_of(&line, keys, n);
}

static bool is_in(const struct seal_line *line, const struct seal_note *note)
{
    for (uint32_t i = 0; i < note->n_lines; i++)
        if (note->lines[i].id == line->id && view_eq(note->lines[i].name, line->name)) return true;
    return false;
}

/* Lines of the checkpoint in place, a witness's newer one instead of its older; then what is new.
 */
static rc merge(const struct seal_note *now, const struct seal_note *more,
                const struct seal_verifier *keys, size_t n, struct buf *out)
{
    uint32_t n_lines = 0;
    TRY(buf_add(out, now->text));
    TRY(buf_add_byte(out, '\n'));
    for (uint32_t i = 0; i < now->n_lines; i++) {
        if (is_of(&now->lines[i], keys, n) && is_in(&now->lines[i], more)) continue;
        TRY(print_line(&now->lines[i], out));
        n_lines++;
    }
    for (uint32_t i = 0; i < more->n_lines; i++) {
        if (!is_of(&more->lines[i], keys, n)) continue;
        TRY(print_line(&more->lines[i], out));
        n_lines++;
    }
    if (n_lines > SEAL_LINES_MAX || out->n > SEAL_NOTE_MAX_BYTES)
        return FAIL(E_LIMIT, "checkpoint: %u lines in %zu bytes", n_lines, out->n);
    return OK;
}

rc ledger_add_cosignatures(struct ledger *l, struct view checkpoint,
                           const struct seal_verifier *keys, size_t n)
{
    CLEANUP(arena_done) struct arena mem = {0};
    CLEANUP(buf_done) struct buf note = {0};
    struct seal_note now, more;
    const struct seal_signed *seen;
    TRY(ledger_may_write(l));
    TRY(seal_note_parse(buf_view(&l->note), &mem, &now));
    TRY(seal_note_parse(checkpoint, &mem, &more));
    if (!view_eq(now.text, more.text))
        return FAIL(E_INPUT, "log %s: the cosignatures are not over the checkpoint in place",
                    l->dir);
    if (has_key(keys, n, &l->log.key))
        return FAIL(E_USAGE, "log %s: the log's own key is no witness", l->dir);
    TRY(seal_note_check(&more, keys, n, &mem, &seen));
    TRY(merge(&now, &more, keys, n, &note));
    TRY(ledger_broke(l, write_durable(l->tiles.public_folder, CHECKPOINT_FILE, buf_view(&note))));
    buf_done(&l->note);
    l->note = note;
    note = (struct buf){0};
    return OK;
}
