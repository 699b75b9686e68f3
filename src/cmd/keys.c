/* SPDX-License-Identifier: Apache-2.0
 * The folder of keys. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/keys_int.h"
#include "record/record.h"

void secret_done(struct buf *secret)
{
    if (secret->p) seal_wipe(secret->p, secret->cap);
    buf_done(secret);
}

/* ---- one file ---- */

void key_entry_done(struct key_entry *entry)
{
    if (!entry) return;
    secret_done(&entry->bytes);
    *entry = (struct key_entry){0};
}

rc key_entry_read(const char *path, struct arena *mem, struct key_entry *out)
{
    struct key_entry entry = {0};
    TRY(arena_format(mem, &entry.path, "%s", path));
    rc r = file_read_private(path, SEAL_KEY_FILE_MAX_BYTES, &entry.bytes);
    if (ok(r)) {
        r = seal_key_file_parse(buf_view(&entry.bytes), mem, &entry.file);
        if (!ok(r)) r = rc_within(r, "%s: ", path);
    }
    if (!ok(r)) {
        key_entry_done(&entry);
        return r;
    }
    *out = entry;
    return OK;
}

rc key_entry_open(const struct key_entry *entry, const char *passphrase_file, enum lang reader,
                  struct arena *mem, struct seal_signer *out)
{
    CLEANUP(secret_done) struct buf phrase = {0};
    const char *path = (const char *)entry->path.p;
    if (entry->file.sealed) TRY(passphrase_ask(passphrase_file, path, reader, &phrase));
    rc r = seal_key_file_open(&entry->file, buf_view(&phrase), mem, out);
    return ok(r) ? OK : rc_within(r, "%s: ", path);
}

/* ---- the folder ---- */

rc keys_path(const char *option, struct arena *mem, const char **out)
{
    struct view path;
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (option && *option)
        TRY(arena_format(mem, &path, "%s", option));
    else if (config && *config == '/')
        TRY(arena_format(mem, &path, "%s/sanad/keys", config));
    else if (home && *home)
        TRY(arena_format(mem, &path, "%s/.config/sanad/keys", home));
    else
        return FAIL(E_USAGE, "key: no home to keep keys in; use --keys DIR");
    *out = (const char *)path.p;
    return OK;
}

static rc make_one(const char *path)
{
    struct stat st;
    if (mkdir(path, 0700) == 0) return OK;
    int why = errno;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return OK;
    return FAIL(E_IO, "%s: cannot make the folder: %s", path, strerror(why));
}

rc keys_make_folder(const char *path)
{
    CLEANUP(buf_done) struct buf part = {0};
    for (size_t i = 1; path[i]; i++) {
        if (path[i] != '/') continue;
        buf_reset(&part);
        TRY(buf_add(&part, view_of(path, i)));
        TRY(buf_add_byte(&part, 0));
        TRY(make_one((const char *)part.p));
    }
    return make_one(path);
}

static int is_key(const struct dirent *entry)
{
    return view_ends(view_cstr(entry->d_name), VIEW(".key")) && entry->d_name[0] != '.';
}

static rc read_names(const char *path, struct dirent **names, uint32_t n, enum lang reader,
                     struct arena *mem, struct keys *out)
{
    if (n > KEYS_MAX_FILES)
        return FAIL(E_LIMIT, "%s: %u keys, the limit is %d", path, n, KEYS_MAX_FILES);
    TRY(arena_array(mem, n, &out->list));
    for (uint32_t i = 0; i < n; i++) {
        struct view file;
        TRY(arena_format(mem, &file, "%s/%s", path, names[i]->d_name));
        rc r = key_entry_read((const char *)file.p, mem, &out->list[out->n]);
        if (r.code == E_MEMORY) return r;
        if (!ok(r)) report_failure(reader, r);
        out->n += ok(r);
        out->n_broken += !ok(r);
    }
    return OK;
}

rc keys_read(const char *path, enum lang reader, struct arena *mem, struct keys *out)
{
    struct dirent **names;
    *out = (struct keys){0};
    int n = scandir(path, &names, is_key, alphasort);
    if (n < 0 && errno == ENOENT) return OK;
    if (n < 0) return FAIL(E_IO, "%s: cannot read the folder: %s", path, strerror(errno));
    rc r = read_names(path, names, (uint32_t)n, reader, mem, out);
    for (int i = 0; i < n; i++)
        mem_free(names[i]);
    mem_free(names);
    if (!ok(r)) keys_done(out);
    return r;
}

void keys_done(struct keys *keys)
{
    if (!keys) return;
    for (uint32_t i = 0; i < keys->n; i++)
        key_entry_done(&keys->list[i]);
    *keys = (struct keys){0};
}

rc keys_current(const struct keys *keys, const char *folder, struct view org,
                enum seal_purpose purpose, struct view name, struct key_entry **out)
{
    struct key_entry *found = NULL;
    for (uint32_t i = 0; i < keys->n; i++) {
        struct key_entry *e = &keys->list[i];
        if (e->file.purpose != purpose || e->file.state != SEAL_CURRENT ||
            !view_eq(e->file.org, org) || (name.n && !view_eq(e->file.public_half.name, name)))
            continue;
        if (found)
            return FAIL(E_INPUT, "key: two current %s keys of %.*s, name one: %.*s, %.*s",
                        seal_purpose_name(purpose), VIEW_ARG(org), VIEW_ARG(found->path),
                        VIEW_ARG(e->path));
        found = e;
    }
    if (!found)
        return FAIL(E_NOT_FOUND, "key: no current %s key of %.*s in %s", seal_purpose_name(purpose),
                    VIEW_ARG(org), folder);
    *out = found;
    return OK;
}

/* ---- making and marking ---- */

static rc write_private(const char *path, struct view bytes, bool is_new)
{
    CLEANUP(file_abandon) struct file_writer w = {.fd = -1};
    TRY(file_create_private(path, &w));
    TRY(file_write(&w, bytes));
    return is_new ? file_commit_new(&w) : file_commit(&w);
}

static rc make_signer(struct view name, enum seal_purpose purpose, struct seal_signer *out)
{
    uint8_t seed[SEAL_SEED_BYTES];
    TRY(seal_random(seed, sizeof seed));
    rc r = seal_signer_init(name, seal_purpose_type(purpose), seed, out);
    seal_wipe(seed, sizeof seed);
    return r;
}

static struct view time_text(int64_t ms, char out[SEAL_TIME_CHARS])
{
    record_time_write(ms, out);
    return view_of(out, SEAL_TIME_CHARS);
}

rc key_make(const char *folder, struct view org, enum seal_purpose purpose, struct view name,
            struct view passphrase, int64_t now_ms, struct arena *mem, const char **out_path,
            struct seal_verifier *out_public)
{
    CLEANUP(seal_signer_done) struct seal_signer key = {0};
    CLEANUP(secret_done) struct buf file = {0};
    char time[SEAL_TIME_CHARS];
    struct view path, public_key;
    TRY(make_signer(name, purpose, &key));
    TRY(buf_reserve(&file, SEAL_KEY_FILE_MAX_BYTES, NULL));
    TRY(seal_key_file_write(&key, purpose, org, time_text(now_ms, time), passphrase, &file));
    TRY(keys_make_folder(folder));
    TRY(arena_format(mem, &path, "%s/%.*s.%s.%08x.key", folder, VIEW_ARG(org),
                     seal_purpose_name(purpose), key.id));
    TRY(arena_copy(mem, view_of(key.public_key, sizeof key.public_key), &public_key));
    TRY(write_private((const char *)path.p, buf_view(&file), true));
    *out_path = (const char *)path.p;
    *out_public = seal_signer_verifier(&key);
    out_public->public_key = public_key;
    return OK;
}

rc key_mark(const struct key_entry *entry, enum seal_key_state state, int64_t now_ms)
{
    CLEANUP(secret_done) struct buf file = {0};
    char time[SEAL_TIME_CHARS];
    TRY(buf_reserve(&file, 2 * SEAL_KEY_FILE_MAX_BYTES, NULL));
    TRY(seal_key_file_mark(&entry->file, state, time_text(now_ms, time), &file));
    return write_private((const char *)entry->path.p, buf_view(&file), false);
}
