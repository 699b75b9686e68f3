/* SPDX-License-Identifier: Apache-2.0
 * Keys as the record "organisation" lists them. */
#include "cmd/own_keys_int.h"

#include "ledger/ledger.h"
#include "record/record.h"

#include <stdlib.h>

rc own_key_line(const struct seal_verifier *key, struct arena *mem, struct view *out)
{
    CLEANUP(buf_done) struct buf line = {0};
    TRY(seal_verifier_print(key, &line));
    return arena_copy(mem, buf_view(&line), out);
}

rc own_key_hash(struct view line, struct arena *mem, struct view *out)
{
    uint8_t hash[SEAL_SHA256_BYTES];
    char id[RECORD_ID_CHARS];
    TRY(seal_sha256(line, hash));
    record_id_write(hash, id);
    return arena_copy(mem, view_of(id, sizeof id), out);
}

struct json json_text_member(const char *key, struct view text)
{
    return (struct json){.type = JSON_STRING, .key = view_cstr(key), .as.string = text};
}

rc own_key_entry(struct view line, enum seal_purpose purpose, struct view from, struct arena *mem,
                 struct json *out)
{
    struct json *items;
    TRY(arena_array(mem, 3, &items));
    items[0] = json_text_member("vkey", line);
    items[1] = json_text_member("purpose", view_cstr(seal_purpose_name(purpose)));
    items[2] = json_text_member("from", from);
    *out = (struct json){.type = JSON_OBJECT, .n = 3, .as.items = items};
    return OK;
}

static bool is_own(const struct key_entry *e, struct view org)
{
    return e->file.purpose != SEAL_NO_PURPOSE && e->file.state == SEAL_CURRENT &&
           view_eq(e->file.org, org);
}

/* The log in SANAD_LOG, when there is one: a record that names another as the home of an
 * organisation would take it away from there. */
static rc home_log(struct arena *mem, struct view *out)
{
    const char *dir = getenv("SANAD_LOG");
    struct ledger_files files;
    struct seal_verifier key;
    struct view path;
    *out = view_of(NULL, 0);
    if (!dir || !*dir) return OK;
    TRY(arena_format(mem, &path, "%s/public%c", dir, 0));
    TRY(ledger_folder((const char *)path.p, mem, &files));
    if (ok(ledger_read_key(&files, mem, &key))) *out = key.name;
    return OK;
}

rc own_keys(const struct keys *keys, struct view org, struct arena *mem, const struct json **out)
{
    struct json *list, *fields, *object;
    struct view line, hash = {0}, home;
    uint32_t n = 0, n_fields = 0;
    bool author = false;
    TRY(arena_array(mem, keys->n, &list));
    TRY(arena_array(mem, 3, &fields));
    TRY(home_log(mem, &home));
    TRY(arena_new(mem, &object));
    for (uint32_t i = 0; i < keys->n; i++) {
        const struct seal_key_file *f = &keys->list[i].file;
        if (!is_own(&keys->list[i], org)) continue;
        author |= f->purpose == SEAL_AUTHOR;
        TRY(own_key_line(&f->public_half, mem, &line));
        struct view created;
        TRY(arena_copy(mem, f->created, &created));
        if (f->purpose == SEAL_RECOVERY) /* only its hash is shown before it is needed */
            TRY(own_key_hash(line, mem, &hash));
        else
            TRY(own_key_entry(line, f->purpose, created, mem, &list[n++]));
    }
    fields[n_fields++] =
        (struct json){.type = JSON_ARRAY, .key = VIEW("keys"), .n = n, .as.items = list};
    if (hash.n) fields[n_fields++] = json_text_member("recovery", hash);
    if (home.n) fields[n_fields++] = json_text_member("home_log", home);
    *object = (struct json){.type = JSON_OBJECT, .n = n_fields, .as.items = fields};
    *out = author ? object : NULL;
    return OK;
}
