/* SPDX-License-Identifier: Apache-2.0
 * Keys as the record "organisation" lists them. */
#include "cmd/own_keys_int.h"

#include "record/record.h"

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

rc own_keys(const struct keys *keys, struct view org, struct arena *mem, const struct json **out)
{
    struct json *list, *fields, *object;
    struct view line, hash = {0};
    uint32_t n = 0;
    bool author = false;
    TRY(arena_array(mem, keys->n, &list));
    TRY(arena_array(mem, 2, &fields));
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
    fields[0] = (struct json){.type = JSON_ARRAY, .key = VIEW("keys"), .n = n, .as.items = list};
    fields[1] = json_text_member("recovery", hash);
    *object = (struct json){.type = JSON_OBJECT, .n = hash.n ? 2 : 1, .as.items = fields};
    *out = author ? object : NULL;
    return OK;
}
