/* SPDX-License-Identifier: Apache-2.0
 * sanad key new, key list. */
#include <stdio.h>

#include "cmd/facts_int.h"
#include "cmd/keys_int.h"
#include "cmd/say_int.h"
#include "cmd/table_int.h"
#include "record/record.h"

/* ---- new ---- */

static void hint(const struct call *call, enum message which, struct view value)
{
    report(call->reader, message(call->reader, which), 1, &value);
}

/* Two keys of one name for one thing: nobody could say which one signs. */
static rc check_none(const struct call *call, const char *folder, struct view org,
                     enum seal_purpose purpose, struct view name, struct arena *mem)
{
    CLEANUP(keys_done) struct keys keys = {0};
    struct key_entry *there;
    TRY(keys_read(folder, call->reader, mem, &keys));
    rc r = keys_current(&keys, folder, org, purpose, name, &there);
    if (r.code == E_NOT_FOUND) return OK;
    TRY(r);
    return FAIL(E_DUPLICATE, "%.*s: a current %s key named %.*s; key rotate replaces it",
                VIEW_ARG(there->path), seal_purpose_name(purpose), VIEW_ARG(name));
}

static rc name_of(struct view org, enum seal_purpose purpose, const char *given, struct arena *mem,
                  struct view *out)
{
    if (!given && purpose != SEAL_AUTHOR)
        return arena_format(mem, out, "%.*s/%s", VIEW_ARG(org), seal_purpose_name(purpose));
    *out = given ? view_cstr(given) : org;
    if (seal_purpose_fits(purpose, org, *out)) return OK;
    return FAIL(E_INPUT, "key: a %s key of %.*s is not named %.*s", seal_purpose_name(purpose),
                VIEW_ARG(org), VIEW_ARG(*out));
}

static rc print_public(struct call *call, const struct seal_verifier *key)
{
    CLEANUP(buf_done) struct buf line = {0};
    TRY(seal_verifier_print(key, &line));
    TRY(out_write(&call->out, buf_view(&line)));
    return out_write(&call->out, VIEW("\n"));
}

static rc tell_recovery(struct call *call, const struct seal_verifier *key)
{
    CLEANUP(buf_done) struct buf line = {0};
    uint8_t hash[SEAL_SHA256_BYTES];
    char id[RECORD_ID_CHARS];
    TRY(seal_verifier_print(key, &line));
    TRY(seal_sha256(buf_view(&line), hash));
    record_id_write(hash, id);
    hint(call, MSG_KEY_RECOVERY_HASH, view_of(id, sizeof id));
    return OK;
}

static rc new_json(struct call *call, struct view org, enum seal_purpose purpose, const char *path,
                   const struct seal_verifier *key)
{
    CLEANUP(facts_done) struct facts f;
    CLEANUP(buf_done) struct buf line = {0};
    char id[9];
    facts_begin(&f);
    TRY(seal_verifier_print(key, &line));
    snprintf(id, sizeof id, "%08x", key->id);
    facts_text(&f, "file", view_cstr(path));
    facts_text(&f, "id", view_cstr(id));
    facts_text(&f, "name", key->name);
    facts_text(&f, "org", org);
    facts_text(&f, "public", buf_view(&line));
    facts_text(&f, "purpose", view_cstr(seal_purpose_name(purpose)));
    return facts_print(call, &f, true);
}

rc verb_key_new(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(secret_done) struct buf phrase = {0};
    struct view org = view_cstr(call->values[KEY_NEW_ORG].text), name;
    const char *phrase_file = call->values[KEY_NEW_PASSPHRASE_FILE].text;
    const char *folder, *path;
    struct seal_verifier key;
    (void)out_exit;
    arena_init(&mem, 0);
    enum seal_purpose purpose =
        (enum seal_purpose)(call->values[KEY_NEW_PURPOSE].number + SEAL_AUTHOR);
    TRY(record_org_check(org));
    TRY(name_of(org, purpose, call->values[KEY_NEW_NAME].text, &mem, &name));
    TRY(keys_path(call->values[KEY_NEW_KEYS].text, &mem, &folder));
    TRY(check_none(call, folder, org, purpose, name, &mem));
    if (call->values[KEY_NEW_PASSPHRASE].given || phrase_file)
        TRY(passphrase_new(phrase_file, (const char *)name.p, call->reader, &phrase));
    TRY(key_make(folder, org, purpose, name, buf_view(&phrase), clock_wall_ms(), &mem, &path,
                 &key));
    hint(call, MSG_KEY_WRITTEN, view_cstr(path));
    if (phrase.n == 0) hint(call, MSG_KEY_NOT_SEALED, view_cstr(path));
    if (purpose == SEAL_RECOVERY) TRY(tell_recovery(call, &key));
    if (purpose != SEAL_RECOVERY) hint(call, MSG_KEY_PUBLIC_LINE, name);
    if (call->values[KEY_NEW_JSON].given) return new_json(call, org, purpose, path, &key);
    return print_public(call, &key);
}

/* ---- list ---- */

static bool wanted(const struct call *call, const struct key_entry *e)
{
    const char *org = call->values[KEY_LIST_ORG].text;
    return !org || view_eq(e->file.org, view_cstr(org));
}

static rc list_json(struct call *call, const struct keys *keys)
{
    CLEANUP(buf_done) struct buf out = {0}, line = {0};
    struct json_writer w;
    char id[9];
    json_begin(&w, &out);
    json_open_array(&w);
    for (uint32_t i = 0; i < keys->n; i++) {
        const struct seal_key_file *f = &keys->list[i].file;
        if (!wanted(call, &keys->list[i])) continue;
        buf_reset(&line);
        TRY(seal_verifier_print(&f->public_half, &line));
        snprintf(id, sizeof id, "%08x", f->public_half.id);
        json_open_object(&w);
        json_key(&w, "created");
        json_string(&w, f->created);
        json_key(&w, "ended");
        json_string(&w, f->ended);
        json_key(&w, "file");
        json_string(&w, keys->list[i].path);
        json_key(&w, "id");
        json_cstr(&w, id);
        json_key(&w, "name");
        json_string(&w, f->public_half.name);
        json_key(&w, "org");
        json_string(&w, f->org);
        json_key(&w, "public");
        json_string(&w, buf_view(&line));
        json_key(&w, "purpose");
        json_cstr(&w, seal_purpose_name(f->purpose));
        json_key(&w, "sealed");
        json_bool(&w, f->sealed);
        json_key(&w, "state");
        json_cstr(&w, seal_key_state_name(f->state));
        json_close_object(&w);
    }
    json_close_array(&w);
    return say_json(call, &w);
}

static rc list_public(struct call *call, const struct keys *keys)
{
    for (uint32_t i = 0; i < keys->n; i++)
        if (wanted(call, &keys->list[i])) TRY(print_public(call, &keys->list[i].file.public_half));
    return OK;
}

static rc list_page(struct call *call, const struct keys *keys, struct arena *mem)
{
    struct page p;
    struct table t;
    page_begin(&p, &call->out, call->term, LANG_EN);
    table_begin(&t, mem, 6);
    for (uint32_t i = 0; i < keys->n; i++) {
        const struct seal_key_file *f = &keys->list[i].file;
        if (!wanted(call, &keys->list[i])) continue;
        table_row(&t, f->org.n ? f->org : f->public_half.name);
        table_cellf(&t, "%s", f->purpose ? seal_purpose_name(f->purpose) : "-");
        table_cellf(&t, "%08x", f->public_half.id);
        table_cellf(&t, "%.*s", VIEW_ARG(view_slice(f->created, 0, 10)));
        table_cellf(&t, "%s", f->sealed ? "sealed" : "open");
        table_cellf(&t, "%s", seal_key_state_name(f->state));
    }
    rc r = table_print(&t, &p);
    TRY(page_end(&p));
    return r;
}

rc verb_key_list(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(keys_done) struct keys keys = {0};
    const char *folder;
    uint32_t n = 0;
    arena_init(&mem, 0);
    TRY(keys_path(call->values[KEY_LIST_KEYS].text, &mem, &folder));
    TRY(keys_read(folder, call->reader, &mem, &keys));
    for (uint32_t i = 0; i < keys.n; i++)
        n += wanted(call, &keys.list[i]);
    if (n == 0) hint(call, MSG_KEY_NONE, view_cstr(folder));
    *out_exit = keys.n_broken ? EXIT_BAD_INPUT : n == 0 ? EXIT_NOTHING_FOUND : 0;
    if (call->values[KEY_LIST_JSON].given) return list_json(call, &keys);
    if (call->values[KEY_LIST_PUBLIC].given) return list_public(call, &keys);
    return n ? list_page(call, &keys, &mem) : OK;
}
