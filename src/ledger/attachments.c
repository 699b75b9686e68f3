/* SPDX-License-Identifier: Apache-2.0
 *
 * Attachments: what is too large for an entry, in files named by the SHA-256 of their bytes, 64
 * hexadecimal digits. A file that is there under its name is there whole. */
#include "ledger/reading_int.h"
#include "ledger/writing_int.h"

#include <stdio.h>
#include <string.h>

static rc attachment_path(const char *dir, const struct seal_hash *hash, char **out)
{
    char name[sizeof ATTACHMENT_FOLDER + 1 + 2 * SEAL_SHA256_BYTES];
    memcpy(name, ATTACHMENT_FOLDER "/", sizeof ATTACHMENT_FOLDER);
    seal_hex(hash->bytes, sizeof hash->bytes, name + sizeof ATTACHMENT_FOLDER);
    name[sizeof name - 1] = 0;
    return path_join(dir, name, out);
}

/* Written again when it is there: what the disk altered is put right by that, and a file of a run
 * that was stopped becomes durable. */
rc ledger_attach(struct ledger *l, struct view bytes, struct seal_hash *out_hash)
{
    CLEANUP(free_path) char *path = NULL;
    CLEANUP(file_abandon) struct file_writer w = {0};
    struct seal_hash hash;
    TRY(ledger_may_write(l));
    if (bytes.n > LEDGER_ATTACHMENT_MAX_BYTES)
        return FAIL(E_LIMIT, "attachment: %zu bytes, more than %d", bytes.n,
                    LEDGER_ATTACHMENT_MAX_BYTES);
    TRY(seal_sha256(bytes, hash.bytes));
    TRY(attachment_path(l->dir, &hash, &path));
    TRY(file_create(path, &w));
    TRY(file_write(&w, bytes));
    TRY(file_commit(&w));
    *out_hash = hash;
    return OK;
}

/* A folder without attachments is another fault than one that lacks this. */
static rc not_there(const char *dir, const struct seal_hash *hash)
{
    char hex[2 * SEAL_SHA256_BYTES];
    if (!folder_has(dir, ATTACHMENT_FOLDER))
        return FAIL(E_NOT_FOUND, "%s: no folder of a log, or a copy without attachments", dir);
    seal_hex(hash->bytes, sizeof hash->bytes, hex);
    return FAIL(E_NOT_FOUND, "%s: holds no attachment " ID_PREFIX "%.*s", dir, (int)sizeof hex,
                hex);
}

rc ledger_attachment(const char *dir, const struct seal_hash *hash, struct buf *out)
{
    CLEANUP(free_path) char *path = NULL;
    struct seal_hash found;
    size_t before = out->n;
    TRY(attachment_path(dir, hash, &path));
    rc r = file_read(path, LEDGER_ATTACHMENT_MAX_BYTES, out);
    if (r.code == E_NOT_FOUND) r = not_there(dir, hash);
    if (ok(r)) r = seal_sha256(view_slice(buf_view(out), before, SIZE_MAX), found.bytes);
    if (ok(r) && memcmp(found.bytes, hash->bytes, sizeof found.bytes) != 0)
        r = FAIL(E_DAMAGED, "%s: the bytes have another hash", path);
    if (!ok(r)) out->n = before;
    return r;
}

rc ledger_detach(struct ledger *l, const struct seal_hash *hash)
{
    CLEANUP(free_path) char *path = NULL, *folder = NULL;
    TRY(ledger_may_write(l));
    TRY(attachment_path(l->dir, hash, &path));
    TRY(path_join(l->dir, ATTACHMENT_FOLDER, &folder));
    TRY(file_remove(path));
    return folder_sync(folder);
}
