/* SPDX-License-Identifier: Apache-2.0
 *
 * A witness (C2SP tlog-witness v1.0.0): cosigns a checkpoint of a log only when it contains the
 * last one it cosigned. What it cosigned is durable before anybody gets the signature, so that a
 * witness that was killed never signs both sides of a fork.
 *
 *   DIR/lock
 *   DIR/logs/<SHA-256 of the origin>.keys         public lines of the log, one per line
 *   DIR/logs/<SHA-256 of the origin>.checkpoint   the last one: text, the log's lines, our line
 *   DIR/forks/<SHA-256 of the origin>/<SHA-256 of the text>.checkpoint
 */
#include "ledger/witness_int.h"

#include <stdio.h>
#include <string.h>

rc witness_name_of(const char *hash, const char *end, char out[NAME_BYTES])
{
    int n = snprintf(out, NAME_BYTES, LOGS_FOLDER "/%s%s", hash, end);
    return n < 0 || n >= NAME_BYTES ? FAIL(E_INTERNAL, "witness: a file name of %d bytes", n) : OK;
}

static rc read_file(struct ledger_witness *w, const char *name, size_t limit_bytes)
{
    CLEANUP(free_path) char *path = NULL;
    TRY(path_join(w->dir, name, &path));
    buf_reset(&w->bytes);
    return file_read(path, limit_bytes, &w->bytes);
}

/* ---- what is known ---- */

static rc parse_keys(struct known *k, struct view lines)
{
    while (lines.n > 0) {
        size_t n = view_find(lines, '\n');
        if (n == lines.n || k->n_keys == KEYS_MAX)
            return FAIL(E_DAMAGED, "witness: the keys of %s cannot be read", k->hash);
        TRY(seal_verifier_parse(view_of(lines.p, n), &k->mem, &k->keys[k->n_keys]));
        k->n_keys++;
        lines = view_slice(lines, n + 1, lines.n);
    }
    return OK;
}

/* Our own state is never taken as empty because it cannot be read. */
static rc load_last(struct ledger_witness *w, struct known *k)
{
    char name[NAME_BYTES];
    struct seal_note note;
    const struct seal_signed *seen;
    const struct seal_verifier own = seal_signer_verifier(w->key);
    TRY(witness_name_of(k->hash, ".checkpoint", name));
    rc r = read_file(w, name, SEAL_NOTE_MAX_BYTES);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    TRY(arena_copy(&k->mem, buf_view(&w->bytes), &k->note));
    r = seal_note_parse(k->note, &k->mem, &note);
    if (ok(r)) r = seal_note_check(&note, &own, 1, &k->mem, &seen);
    if (ok(r)) r = seal_checkpoint_parse(note.text, &k->last);
    if (ok(r) || r.code == E_MEMORY) return r;
    return FAIL(E_DAMAGED, "witness: %s/%s cannot be read", w->dir, name);
}

rc witness_load(struct ledger_witness *w, struct known *k)
{
    char name[NAME_BYTES];
    TRY(witness_name_of(k->hash, ".keys", name));
    TRY(read_file(w, name, KEYS_MAX_BYTES));
    rc r = parse_keys(k, buf_view(&w->bytes));
    if (!ok(r))
        return r.code == E_MEMORY ? r
                                  : FAIL(E_DAMAGED, "witness: %s/%s cannot be read", w->dir, name);
    return load_last(w, k);
}

rc witness_hash_origin(struct view origin, char out[HEX_BYTES + 1])
{
    struct seal_hash hash;
    TRY(seal_sha256(origin, hash.bytes));
    seal_hex(hash.bytes, sizeof hash.bytes, out);
    out[HEX_BYTES] = 0;
    return OK;
}

/* ---- open and close ---- */

static rc check_log(void *context, const char *path)
{
    struct known k = {0};
    size_t n = strlen(path);
    if (n != HEX_BYTES + sizeof ".keys" - 1 || strcmp(path + HEX_BYTES, ".keys") != 0) return OK;
    memcpy(k.hash, path, HEX_BYTES);
    arena_init(&k.mem, 0);
    rc r = witness_load(context, &k);
    arena_done(&k.mem);
    return r;
}

static rc open_folder(struct ledger_witness *w, const char *dir)
{
    CLEANUP(free_path) char *logs = NULL, *forks = NULL;
    /* Of a log, of its public files, of a mirror. */
    if (folder_has(dir, LOG_FILE) || folder_has(dir, CHECKPOINT_FILE))
        return FAIL(E_INPUT, "%s: holds a log; a witness needs a folder of its own", dir);
    TRY(path_join(dir, "", &w->dir));
    w->dir[strlen(dir)] = 0;
    TRY(path_join(dir, LOGS_FOLDER, &logs));
    TRY(path_join(dir, FORKS_FOLDER, &forks));
    TRY(folders_make(logs));
    TRY(folders_make(forks));
    TRY(folder_sync(dir));
    TRY(folder_lock(dir, &w->lock));
    return folder_each(logs, w, check_log);
}

rc ledger_witness_open(const char *dir, const struct seal_signer *key, struct ledger_witness **out)
{
    struct ledger_witness *w;
    if (key->type != SEAL_TYPE_COSIGNATURE)
        return FAIL(E_USAGE, "witness: its key is of type %u, not one that cosigns", key->type);
    TRY(mem_new(1, sizeof *w, &w));
    w->lock = -1;
    w->key = key;
    rc r = open_folder(w, dir);
    if (!ok(r)) {
        ledger_witness_close(w);
        return r;
    }
    *out = w;
    return OK;
}

void ledger_witness_close(struct ledger_witness *w)
{
    if (!w) return;
    file_unlock(w->lock);
    buf_done(&w->bytes);
    mem_free(w->dir);
    mem_free(w);
}

/* ---- trust ---- */

static rc add_key(struct ledger_witness *w, struct known *k, struct view vkey)
{
    CLEANUP(buf_done) struct buf lines = {0};
    struct seal_verifier key;
    char name[NAME_BYTES];
    TRY(seal_verifier_parse(vkey, &k->mem, &key));
    if (key.type != SEAL_TYPE_ED25519)
        return FAIL(E_USAGE, "witness: a key of type %u signs no log", key.type);
    TRY(witness_hash_origin(key.name, k->hash));
    rc r = witness_load(w, k);
    if (r.code != E_NOT_FOUND) TRY(r);
    for (size_t i = 0; i < k->n_keys; i++)
        if (k->keys[i].id == key.id) return OK;
    if (k->n_keys == KEYS_MAX)
        return FAIL(E_LIMIT, "witness: %.*s has %d keys already", VIEW_ARG(key.name), KEYS_MAX);
    k->keys[k->n_keys++] = key;
    for (size_t i = 0; i < k->n_keys; i++) {
        TRY(seal_verifier_print(&k->keys[i], &lines));
        TRY(buf_add_byte(&lines, '\n'));
    }
    TRY(witness_name_of(k->hash, ".keys", name));
    return folder_put(w->dir, name, buf_view(&lines), true);
}

rc ledger_witness_trust(struct ledger_witness *w, struct view vkey)
{
    struct known k = {0};
    arena_init(&k.mem, 0);
    rc r = add_key(w, &k, vkey);
    arena_done(&k.mem);
    return r;
}

rc ledger_witness_latest(struct ledger_witness *w, const struct seal_hash *origin_hash,
                         struct buf *out)
{
    char hash[HEX_BYTES + 1], name[NAME_BYTES];
    seal_hex(origin_hash->bytes, sizeof origin_hash->bytes, hash);
    hash[HEX_BYTES] = 0;
    TRY(witness_name_of(hash, ".checkpoint", name));
    TRY(read_file(w, name, SEAL_NOTE_MAX_BYTES));
    return buf_add(out, buf_view(&w->bytes));
}
