/* SPDX-License-Identifier: Apache-2.0
 * sanad key rotate, key revoke: the next key, and the draft of the organisation's record that says
 * so. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/draft_int.h"
#include "cmd/own_keys_int.h"
#include "record/record.h"

enum { MORE_MEMBERS = 2, MORE_KEYS = 2 };
#define MOST_INDEX INT64_C(9007199254740991) /* 2^53 - 1 */

struct change {
    struct call *call;
    struct arena mem;
    struct keys keys;
    struct buf record_bytes, phrase;
    bool revoke;
    struct view org, name; /* name: of the key; empty: any */
    enum seal_purpose purpose;
    const char *folder, *record_path, *output, *phrase_file;
    bool seal;
    int64_t last_good, now_ms;
    const struct record *record; /* the current one */
    struct view old_line;        /* public line; empty: a recovery key that nobody saw */
    struct view old_name;
    struct key_entry *old_key; /* its file here, or NULL */
    const char *new_path;
    struct view new_line, time;
};

static void change_done(struct change *c)
{
    keys_done(&c->keys);
    buf_done(&c->record_bytes);
    secret_done(&c->phrase);
    arena_done(&c->mem);
}

static struct view name_in(struct view line)
{
    return view_slice(line, 0, view_find(line, '+'));
}

/* ---- what there is ---- */

static rc read_record(struct change *c)
{
    struct record_bundle bundle;
    TRY(file_read(c->record_path, RECORD_BUNDLE_MAX_BYTES, &c->record_bytes));
    struct view text = buf_view(&c->record_bytes);
    if (record_bundle_is(text)) {
        TRY(record_bundle_read(text, &c->mem, &bundle));
        text = bundle.text;
    }
    TRY(record_parse(text, RECORD_WRITTEN_HERE, c->now_ms, &c->mem, &c->record, NULL));
    if (view_eq(c->record->kind_name, VIEW("organisation")) && view_eq(c->record->org, c->org))
        return OK;
    return FAIL(E_INPUT, "not the record \"organisation\" of %.*s, but \"%.*s\" of %.*s",
                VIEW_ARG(c->org), VIEW_ARG(c->record->kind_name), VIEW_ARG(c->record->org));
}

static bool in_force(const struct change *c, const struct json *key)
{
    struct view until = json_get_string(key, "until");
    return until.n == 0 || view_cmp(until, c->time) > 0;
}

/* The key of this purpose that the record says is in force. */
static rc find_listed(struct change *c)
{
    const struct json *keys = json_get(c->record->body, "keys");
    for (uint32_t i = 0; i < keys->n; i++) {
        const struct json *key = &keys->as.items[i];
        struct view line = json_get_string(key, "vkey");
        if (!view_eq(json_get_string(key, "purpose"), view_cstr(seal_purpose_name(c->purpose))) ||
            !in_force(c, key) || (c->name.n && !view_eq(name_in(line), c->name)))
            continue;
        if (c->old_line.n)
            return FAIL(E_INPUT, "two %s keys are in force: %.*s and %.*s; choose by --name",
                        seal_purpose_name(c->purpose), VIEW_ARG(name_in(c->old_line)),
                        VIEW_ARG(name_in(line)));
        c->old_line = line;
    }
    if (c->old_line.n || c->purpose == SEAL_RECOVERY) return OK;
    return FAIL(E_NOT_FOUND, "no %s key in force is listed%s%.*s", seal_purpose_name(c->purpose),
                c->name.n ? " with the name " : "", VIEW_ARG(c->name));
}

/* Its file on this machine; a lost key has none. */
static rc find_file(struct change *c)
{
    for (uint32_t i = 0; i < c->keys.n && c->old_line.n; i++) {
        struct view line;
        TRY(own_key_line(&c->keys.list[i].file.public_half, &c->mem, &line));
        if (view_eq(line, c->old_line)) c->old_key = &c->keys.list[i];
    }
    if (c->old_line.n == 0)
        TRY(keys_current(&c->keys, c->folder, c->org, c->purpose, c->name, &c->old_key));
    if (c->old_key && c->old_key->file.state == SEAL_REVOKED)
        return FAIL(E_INPUT, "%.*s: revoked already", VIEW_ARG(c->old_key->path));
    if (c->old_key && c->old_key->file.state == SEAL_RETIRED && !c->revoke)
        return FAIL(E_INPUT, "%.*s: retired already; its record is not in the log yet",
                    VIEW_ARG(c->old_key->path));
    c->old_name = c->old_line.n ? name_in(c->old_line) : c->old_key->file.public_half.name;
    return OK;
}

/* ---- what there will be ---- */

/* A copy of an object without some members, with room for more. */
static rc copy_without(const struct json *v, const char *const *without, size_t n_without,
                       uint32_t more, struct arena *mem, struct json *out)
{
    struct json *items;
    uint32_t n = 0;
    TRY(arena_array(mem, (size_t)v->n + more, &items));
    for (uint32_t i = 0; i < v->n; i++) {
        bool drop = false;
        for (size_t j = 0; j < n_without; j++)
            drop |= view_eq(v->as.items[i].key, view_cstr(without[j]));
        if (!drop) items[n++] = v->as.items[i];
    }
    *out = *v;
    out->n = n;
    out->as.items = items;
    return OK;
}

static void append(struct json *to, struct json value)
{
    struct json *items = (struct json *)(uintptr_t)to->as.items;
    items[to->n++] = value;
}

/* A stolen author's key: the committed recovery key speaks, so it is shown. */
static rc show_recovery(struct change *c, struct json *keys)
{
    struct key_entry *recovery;
    struct view line, hash;
    struct json shown;
    if (!c->revoke || c->purpose != SEAL_AUTHOR) return OK;
    static const struct view k_any = {NULL, 0};
    if (!ok(keys_current(&c->keys, c->folder, c->org, SEAL_RECOVERY, k_any, &recovery))) return OK;
    TRY(own_key_line(&recovery->file.public_half, &c->mem, &line));
    TRY(own_key_hash(line, &c->mem, &hash));
    if (!view_eq(hash, json_get_string(c->record->body, "recovery")))
        return FAIL(E_INPUT, "%.*s: not the recovery key that the record commits to",
                    VIEW_ARG(recovery->path));
    for (uint32_t i = 0; i < keys->n; i++)
        if (view_eq(json_get_string(&keys->as.items[i], "vkey"), line)) return OK;
    TRY(own_key_entry(line, SEAL_RECOVERY, recovery->file.created, &c->mem, &shown));
    append(keys, shown);
    return OK;
}

static rc next_keys(struct change *c, struct json *out)
{
    static const char *const k_until[] = {"until"};
    TRY(copy_without(json_get(c->record->body, "keys"), NULL, 0, MORE_KEYS, &c->mem, out));
    struct json *items = (struct json *)(uintptr_t)out->as.items, added;
    bool listed = c->purpose != SEAL_RECOVERY;
    for (uint32_t i = 0; i < out->n; i++) {
        if (!view_eq(json_get_string(&items[i], "vkey"), c->old_line)) continue;
        TRY(copy_without(&items[i], k_until, 1, 1, &c->mem, &items[i]));
        append(&items[i], json_text_member("until", c->time));
    }
    TRY(show_recovery(c, out));
    if (!listed) return OK; /* the next recovery key stays behind its hash */
    TRY(own_key_entry(c->new_line, c->purpose, c->time, &c->mem, &added));
    append(out, added);
    return OK;
}

static rc next_body(struct change *c, struct json *out)
{
    static const char *const k_without[] = {"keys", "last_good", "recovery"};
    size_t n = c->purpose == SEAL_RECOVERY ? 3 : 2;
    struct json keys;
    struct view hash;
    TRY(next_keys(c, &keys));
    TRY(copy_without(c->record->body, k_without, n, MORE_MEMBERS + 1, &c->mem, out));
    append(out, keys);
    if (c->revoke)
        append(out, (struct json){
                        .type = JSON_INT, .key = VIEW("last_good"), .as.integer = c->last_good});
    if (c->purpose != SEAL_RECOVERY) return OK;
    TRY(own_key_hash(c->new_line, &c->mem, &hash));
    append(out, json_text_member("recovery", hash));
    return OK;
}

static rc draft(struct change *c, struct buf *out)
{
    static const char *const k_without[] = {"body", "prev", "made", "salt"};
    const struct json *root;
    struct json next, body;
    char id[RECORD_ID_CHARS];
    TRY(json_parse(c->record->text, NULL, &c->mem, &root));
    TRY(copy_without(root, k_without, COUNT_OF(k_without), MORE_MEMBERS, &c->mem, &next));
    TRY(next_body(c, &body));
    record_id_write(c->record->id, id);
    append(&next, body);
    append(&next, json_text_member("prev", view_of(id, sizeof id)));
    return draft_of_record(c->record->kind, &next, c->call->reader, &c->mem, out);
}

/* ---- doing it ---- */

static rc write_draft(struct change *c)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(file_abandon) struct file_writer file = {.fd = -1};
    TRY(draft(c, &text));
    if (!c->output) {
        TRY(out_write(&c->call->out, buf_view(&text)));
        return out_flush(&c->call->out);
    }
    TRY(file_create(c->output, &file));
    TRY(file_write(&file, buf_view(&text)));
    return file_commit_new(&file);
}

static rc make_next(struct change *c)
{
    struct seal_verifier key;
    if (c->seal)
        TRY(passphrase_new(c->phrase_file, (const char *)c->old_name.p, c->call->reader,
                           &c->phrase));
    TRY(key_make(c->folder, c->org, c->purpose, c->old_name, buf_view(&c->phrase), c->now_ms,
                 &c->mem, &c->new_path, &key));
    rc r = own_key_line(&key, &c->mem, &c->new_line);
    if (ok(r)) r = write_draft(c);
    if (!ok(r)) unlink(c->new_path); /* nobody has seen it */
    return r;
}

static rc run(struct change *c)
{
    char time[SEAL_TIME_CHARS];
    TRY(record_org_check(c->org));
    record_time_write(c->now_ms, time);
    TRY(arena_copy(&c->mem, view_of(time, sizeof time), &c->time));
    TRY(keys_read(c->folder, c->call->reader, &c->mem, &c->keys));
    rc r = read_record(c);
    if (ok(r)) r = find_listed(c);
    if (!ok(r))
        return r.code == E_NOT_FOUND && !c->record ? r : rc_within(r, "%s: ", c->record_path);
    TRY(find_file(c));
    TRY(arena_format(&c->mem, &c->old_name, "%.*s", VIEW_ARG(c->old_name)));
    TRY(make_next(c));
    if (c->old_key) TRY(key_mark(c->old_key, c->revoke ? SEAL_REVOKED : SEAL_RETIRED, c->now_ms));
    enum lang reader = c->call->reader;
    report(reader, message(reader, MSG_KEY_WRITTEN), 1, (struct view[]){view_cstr(c->new_path)});
    report(reader, message(reader, MSG_KEY_DRAFT_NEXT), 1, (struct view[]){c->old_name});
    return OK;
}

static rc read_index(const char *text, int64_t *out)
{
    char *end;
    if (*text < '0' || *text > '9' || strlen(text) > 16)
        return FAIL(E_USAGE, "--last-good: \"%s\" is no index of an entry", text);
    *out = strtoll(text, &end, 10);
    if (*end || *out > MOST_INDEX)
        return FAIL(E_USAGE, "--last-good: \"%s\" is no index of an entry", text);
    return OK;
}

rc verb_key_rotate(struct call *call, int *out_exit)
{
    const struct value *v = call->values;
    CLEANUP(change_done)
    struct change c = {
        .call = call,
        .org = view_cstr(v[KEY_ROTATE_ORG].text),
        .name = view_cstr(v[KEY_ROTATE_NAME].text),
        .purpose = (enum seal_purpose)(v[KEY_ROTATE_PURPOSE].number + SEAL_AUTHOR),
        .record_path = v[KEY_ROTATE_RECORD].text,
        .output = v[KEY_ROTATE_OUTPUT].text,
        .phrase_file = v[KEY_ROTATE_PASSPHRASE_FILE].text,
        .seal = v[KEY_ROTATE_PASSPHRASE].given || v[KEY_ROTATE_PASSPHRASE_FILE].text,
        .now_ms = clock_wall_ms(),
    };
    (void)out_exit;
    arena_init(&c.mem, 0);
    TRY(keys_path(v[KEY_ROTATE_KEYS].text, &c.mem, &c.folder));
    return run(&c);
}

rc verb_key_revoke(struct call *call, int *out_exit)
{
    const struct value *v = call->values;
    CLEANUP(change_done)
    struct change c = {
        .call = call,
        .revoke = true,
        .org = view_cstr(v[KEY_REVOKE_ORG].text),
        .name = view_cstr(v[KEY_REVOKE_NAME].text),
        .purpose = (enum seal_purpose)(v[KEY_REVOKE_PURPOSE].number + SEAL_AUTHOR),
        .record_path = v[KEY_REVOKE_RECORD].text,
        .output = v[KEY_REVOKE_OUTPUT].text,
        .phrase_file = v[KEY_REVOKE_PASSPHRASE_FILE].text,
        .seal = v[KEY_REVOKE_PASSPHRASE].given || v[KEY_REVOKE_PASSPHRASE_FILE].text,
        .now_ms = clock_wall_ms(),
    };
    (void)out_exit;
    arena_init(&c.mem, 0);
    TRY(read_index(v[KEY_REVOKE_LAST_GOOD].text, &c.last_good));
    TRY(keys_path(v[KEY_REVOKE_KEYS].text, &c.mem, &c.folder));
    return run(&c);
}
