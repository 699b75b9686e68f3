/* SPDX-License-Identifier: Apache-2.0
 *
 * A log as one object: made, opened, closed, asked how it stands. */
#include "ledger/writing_int.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { SEGMENT_BYTES = 64 << 20, LOOKS = 4 };

/* ---- small things ---- */

void ledger_stop(struct ledger *l, const char *fmt, ...)
{
    if (l->read_only) return; /* the first reason is the one that explains the others */
    va_list args;
    va_start(args, fmt);
    vsnprintf(l->why, sizeof l->why, fmt, args);
    va_end(args);
    l->read_only = true;
}

rc ledger_broke(struct ledger *l, rc failure)
{
    /* Without memory nothing was begun that the next call would not do again. */
    if (!ok(failure) && failure.code != E_MEMORY) ledger_stop(l, "%s", rc_message());
    return failure;
}

rc ledger_may_write(const struct ledger *l)
{
    if (l->look_only) return FAIL(E_READ_ONLY, "log %s: opened for looking only", l->dir);
    if (l->read_only) return FAIL(E_READ_ONLY, "log %s: takes nothing: %s", l->dir, l->why);
    return OK;
}

rc print_checkpoint(const struct seal_signer *key, const struct seal_tree *tree,
                    struct seal_hash *out_root, struct buf *out)
{
    CLEANUP(buf_done) struct buf text = {0};
    struct seal_checkpoint c = {.origin = key->name, .size = tree->size};
    TRY(seal_tree_head(tree, &c.root));
    TRY(seal_checkpoint_print(&c, &text));
    TRY(seal_note_write(buf_view(&text), key, 1, out));
    *out_root = c.root;
    return OK;
}

/* ---- made ---- */

static rc make_folder(const char *dir, const char *name)
{
    CLEANUP(free_path) char *path = NULL;
    TRY(path_join(dir, name, &path));
    return folder_make(path);
}

static rc write_public(const char *dir, const struct seal_signer *key)
{
    CLEANUP(free_path) char *public_folder = NULL;
    CLEANUP(buf_done) struct buf note = {0}, line = {0};
    const struct seal_tree empty = {0};
    const struct seal_verifier verifier = seal_signer_verifier(key);
    struct promise promise = {0};
    TRY(path_join(dir, PUBLIC_FOLDER, &public_folder));
    TRY(print_checkpoint(key, &empty, &promise.root, &note));
    TRY(promise_write(dir, &promise));
    TRY(seal_verifier_print(&verifier, &line));
    TRY(buf_add_byte(&line, '\n'));
    TRY(write_durable(public_folder, KEY_FILE, buf_view(&line)));
    return write_durable(public_folder, CHECKPOINT_FILE, buf_view(&note));
}

static const char *const k_folders[] = {JOURNAL_FOLDER, PUBLIC_FOLDER, ATTACHMENT_FOLDER};

static rc fill(const char *dir, const struct seal_signer *key)
{
    const struct seal_verifier verifier = seal_signer_verifier(key);
    TRY(folder_make(dir));
    for (size_t i = 0; i < COUNT_OF(k_folders); i++)
        TRY(make_folder(dir, k_folders[i]));
    TRY(write_public(dir, key));
    TRY(log_file_write(dir, &verifier));
    return folder_sync(dir);
}

/* What fill may have made; best done, a failure was told already. */
static void remove_unfinished(const char *dir)
{
    static const char *const k_made[] = {PUBLIC_FOLDER "/" CHECKPOINT_FILE,
                                         PUBLIC_FOLDER "/" KEY_FILE,
                                         PROMISED_FILE,
                                         LOG_FILE,
                                         JOURNAL_FOLDER,
                                         PUBLIC_FOLDER,
                                         ATTACHMENT_FOLDER,
                                         "."};
    for (size_t i = 0; i < COUNT_OF(k_made); i++) {
        CLEANUP(free_path) char *path = NULL;
        if (!ok(path_join(dir, k_made[i], &path))) return;
        if (k_made[i][0] == '.') path[strlen(dir)] = 0;
        remove(path);
    }
}

rc ledger_check_free(const char *dir)
{
    CLEANUP(arena_done) struct arena mem = {0};
    struct view *names;
    size_t n;
    rc r = folder_names(dir, &mem, &names, &n);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    for (size_t i = 0; i < n; i++)
        if (view_eq(names[i], VIEW(LOG_FILE)))
            return FAIL(E_DUPLICATE, "%s: there is a log already", dir);
    if (n) return FAIL(E_DUPLICATE, "%s: the folder is not empty", dir);
    return OK;
}

/* Made beside its place and moved there whole, so that there is never half a log. */
rc ledger_create(const char *dir, const struct seal_signer *key)
{
    CLEANUP(free_path) char *part = NULL;
    size_t n = strlen(dir);
    if (key->type != SEAL_TYPE_ED25519)
        return FAIL(E_USAGE, "log: a log signs with a key of type 1, not %u", key->type);
    TRY(ledger_check_free(dir));
    TRY(mem_new(n + sizeof ".part", 1, &part));
    memcpy(part, dir, n);
    while (n > 1 && part[n - 1] == '/')
        n--;
    memcpy(part + n, ".part", sizeof ".part");
    remove_unfinished(part); /* of a run that was stopped */
    rc r = fill(part, key);
    if (ok(r)) r = file_rename(part, dir);
    if (ok(r)) return OK;
    char why[512];
    snprintf(why, sizeof why, "%s", rc_message());
    remove_unfinished(part);
    return FAIL(r.code, "%s", why);
}

/* ---- opened ---- */

/* Steps from one format of the folder to the next; a new one has its row here. */
static const struct {
    uint32_t from;
    rc (*step)(const char *dir);
} k_upgrades[] = {
    {0, NULL}, /* there is no format before 1 */
};

static rc upgrade(struct ledger *l)
{
    uint32_t version = l->log.version;
    while (version < FORMAT_VERSION) {
        rc (*step)(const char *dir) = NULL;
        for (size_t i = 0; i < COUNT_OF(k_upgrades); i++)
            if (k_upgrades[i].from == version) step = k_upgrades[i].step;
        if (!step) return FAIL(E_VERSION, "log %s: no way on from format %u", l->dir, version);
        TRY(ledger_may_write(l));
        TRY(step(l->dir));
        version++;
    }
    if (version == l->log.version) return OK;
    l->log.version = version;
    return log_file_write(l->dir, &l->log.key);
}

static rc check_key(const struct ledger *l, const struct seal_signer *key)
{
    if (!key) {
        if (l->look_only) return OK;
        return FAIL(E_USAGE, "log %s: opened for writing without a key", l->dir);
    }
    const struct seal_verifier mine = seal_signer_verifier(key);
    if (!seal_verifier_eq(&mine, &l->log.key))
        return FAIL(E_INPUT, "log %s: the key %.*s is not the one of this log, %.*s", l->dir,
                    VIEW_ARG(mine.name), VIEW_ARG(l->log.key.name));
    return OK;
}

static rc take_lock(struct ledger *l)
{
    CLEANUP(free_path) char *path = NULL;
    if (l->look_only) return OK;
    TRY(path_join(l->dir, LOCK_FILE, &path));
    return file_lock(path, &l->lock_fd);
}

static rc find_folders(struct ledger *l)
{
    struct stat dir, public_folder;
    TRY(path_join(l->dir, JOURNAL_FOLDER, &l->journal.folder));
    TRY(path_join(l->dir, PUBLIC_FOLDER, &l->tiles.public_folder));
    l->public_elsewhere = stat(l->dir, &dir) == 0 &&
                          stat(l->tiles.public_folder, &public_folder) == 0 &&
                          dir.st_dev != public_folder.st_dev;
    return OK;
}

static rc open_log(struct ledger *l, const char *dir, const struct seal_signer *key)
{
    size_t n = strlen(dir) + 1;
    TRY(mem_new(n, 1, &l->dir));
    memcpy(l->dir, dir, n);
    TRY(log_file_read(dir, &l->mem, &l->log));
    TRY(check_key(l, key));
    TRY(take_lock(l));
    TRY(upgrade(l));
    TRY(find_folders(l));
    return ledger_recover(l);
}

static rc open_once(const char *dir, const struct seal_signer *key,
                    const struct ledger_options *options, struct ledger **out)
{
    struct ledger *l;
    TRY(mem_new(1, sizeof *l, &l));
    l->lock_fd = -1;
    l->journal.file.fd = -1;
    l->key = key;
    l->look_only = options && options->look_only;
    l->journal.segment_bytes =
        options && options->segment_bytes ? options->segment_bytes : SEGMENT_BYTES;
    rc r = open_log(l, dir, key);
    if (!ok(r)) {
        ledger_close(l);
        return r;
    }
    *out = l;
    return OK;
}

/* Who only looks may meet a writer between two of its steps. */
rc ledger_open(const char *dir, const struct seal_signer *key, const struct ledger_options *options,
               struct ledger **out)
{
    for (int i = 0;; i++) {
        struct ledger *l;
        TRY(open_once(dir, key, options, &l));
        if (!l->look_only || !l->read_only || i == LOOKS) {
            *out = l;
            return OK;
        }
        ledger_close(l);
    }
}

void ledger_close(struct ledger *l)
{
    if (!l) return;
    journal_close(&l->journal);
    tiles_done(&l->tiles);
    buf_done(&l->note);
    arena_done(&l->mem);
    file_unlock(l->lock_fd);
    mem_free(l->dir);
    mem_free(l);
}

void ledger_state(const struct ledger *l, struct ledger_state *out)
{
    *out = (struct ledger_state){.origin = l->log.key.name,
                                 .size = l->tree.size,
                                 .published_size = l->published_size,
                                 .root = l->root,
                                 .received_ms = l->received_ms,
                                 .read_only = l->read_only,
                                 .why = view_cstr(l->why),
                                 .journal_bytes = l->journal.bytes};
}
