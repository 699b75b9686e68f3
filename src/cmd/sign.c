/* SPDX-License-Identifier: Apache-2.0
 * Who may sign a record, and the signing. */
#include "cmd/sign_int.h"

/* ---- which key ---- */

/* The record ends this key: it stands among body.keys with the end that the file was given. */
static bool ends_key(const struct record *r, const struct seal_key_file *file)
{
    CLEANUP(buf_done) struct buf line = {0};
    const struct json *keys = json_get(r->body, "keys");
    if (!view_eq(r->kind_name, VIEW("organisation")) || !r->has_prev || file->ended.n == 0)
        return false;
    if (!ok(seal_verifier_print(&file->public_half, &line))) return false;
    for (uint32_t i = 0; keys && keys->type == JSON_ARRAY && i < keys->n; i++)
        if (view_eq(json_get_string(&keys->as.items[i], "vkey"), buf_view(&line)))
            return view_eq(json_get_string(&keys->as.items[i], "until"), file->ended);
    return false;
}

static struct key_entry *find_ended(const struct signing *s, const struct keys *keys,
                                    enum seal_key_state state)
{
    for (uint32_t i = 0; i < keys->n; i++) {
        struct key_entry *e = &keys->list[i];
        if (e->file.purpose == SEAL_AUTHOR && e->file.state == state &&
            view_eq(e->file.org, s->org) && ends_key(s->record, &e->file))
            return e;
    }
    return NULL;
}

rc sign_find_key(const struct signing *s, const struct keys *keys, struct key_entry **out)
{
    static const struct view k_any = {NULL, 0};
    struct key_entry *found = NULL;
    if (s->purpose == SEAL_AUTHOR) {
        found = find_ended(s, keys, SEAL_REVOKED);
        if (found && ok(keys_current(keys, s->folder, s->org, SEAL_RECOVERY, k_any, out)))
            return OK;
        if (!found) found = find_ended(s, keys, SEAL_RETIRED);
    }
    if (!found) return keys_current(keys, s->folder, s->org, s->purpose, k_any, out);
    *out = found;
    return OK;
}

/* ---- may it ---- */

static bool is_signer(const struct record *r, struct view org)
{
    for (uint32_t i = 0; i < r->n_signers; i++)
        if (view_eq(r->signers[i], org)) return true;
    return view_eq(r->org, org);
}

/* A bare key has no organisation but that of its name. */
static struct view org_of(const struct seal_key_file *file)
{
    struct view name = file->public_half.name;
    return file->org.n ? file->org : view_slice(name, 0, view_find(name, '/'));
}

static rc check_org(const struct record *r, struct view org, enum seal_purpose purpose)
{
    if (purpose == SEAL_RECOVERY) {
        if (view_eq(r->kind_name, VIEW("organisation")) && view_eq(r->org, org)) return OK;
        return FAIL(E_INPUT, "sign: a recovery key signs its own organisation's record "
                             "\"organisation\" and nothing else");
    }
    if (purpose == SEAL_REVIEWER && r->n_signers == 0) return OK;
    if (is_signer(r, org)) return OK;
    if (r->n_signers == 0)
        return FAIL(E_INPUT,
                    "sign: %.*s is not the author (org is %.*s), and the record names "
                    "no signers",
                    VIEW_ARG(org), VIEW_ARG(r->org));
    return FAIL(E_INPUT, "sign: %.*s is not among the %u signers of the record", VIEW_ARG(org),
                r->n_signers);
}

rc sign_check_key(const struct signing *s, const struct key_entry *key)
{
    const struct seal_key_file *f = &key->file;
    enum seal_purpose purpose = f->purpose ? f->purpose : s->purpose;
    struct view org = org_of(f);
    if (purpose != SEAL_AUTHOR && purpose != SEAL_REVIEWER && purpose != SEAL_RECOVERY)
        return FAIL(E_INPUT,
                    "%.*s: a %s key signs no records: one for author, reviewer or recovery is "
                    "needed",
                    VIEW_ARG(key->path), seal_purpose_name(purpose));
    if (f->public_half.type != SEAL_TYPE_ED25519 ||
        !seal_purpose_fits(purpose, org, f->public_half.name))
        return FAIL(E_INPUT, "%.*s: a key named %.*s is no %s key", VIEW_ARG(key->path),
                    VIEW_ARG(f->public_half.name), seal_purpose_name(purpose));
    TRY(check_org(s->record, org, purpose));
    if (f->state == SEAL_CURRENT || ends_key(s->record, f)) return OK;
    return FAIL(E_INPUT, "%.*s: this key is %s since %.*s", VIEW_ARG(key->path),
                seal_key_state_name(f->state), VIEW_ARG(f->ended));
}

/* ---- signing ---- */

static bool is_known(const struct seal_verifier *known, size_t n, const struct seal_verifier *key)
{
    for (size_t i = 0; i < n; i++)
        if (known[i].id == key->id && view_eq(known[i].name, key->name)) return true;
    return false;
}

rc sign_check_others(const struct signing *s, const struct keys *keys)
{
    struct seal_note note;
    struct seal_verifier *known;
    const struct seal_signed *seen;
    size_t n = 0;
    if (s->note.n == 0) return OK;
    TRY(seal_note_parse(s->note, s->mem, &note));
    TRY(arena_array(s->mem, keys->n, &known));
    for (uint32_t i = 0; i < keys->n; i++)
        if (!is_known(known, n, &keys->list[i].file.public_half))
            known[n++] = keys->list[i].file.public_half;
    rc r = seal_note_check(&note, known, n, s->mem, &seen);
    return r.code == E_NOT_FOUND || r.code == E_LIMIT ? OK : r; /* not ours to judge */
}

static rc check_lines(const struct signing *s, const struct seal_key_file *file)
{
    struct seal_note note;
    uint32_t n_signers = 0;
    if (s->note.n == 0) return OK;
    TRY(seal_note_parse(s->note, s->mem, &note));
    for (uint32_t i = 0; i < note.n_lines; i++) {
        const struct seal_line *line = &note.lines[i];
        if (line->id == file->public_half.id && view_eq(line->name, file->public_half.name))
            return FAIL(E_DUPLICATE, "sign: %.*s has signed this with key %08x already",
                        VIEW_ARG(line->name), line->id);
        n_signers += is_signer(s->record, line->name);
    }
    if (n_signers >= RECORD_MAX_SIGNERS && is_signer(s->record, file->public_half.name))
        return FAIL(E_LIMIT, "sign: this would be signer %u, the limit is %d", n_signers + 1,
                    RECORD_MAX_SIGNERS);
    return OK;
}

/* What we write, others can read: our own line holds. */
static rc check_written(const struct signing *s, struct view note,
                        const struct seal_verifier *public_half)
{
    struct seal_note read;
    const struct seal_signed *seen;
    TRY(seal_note_parse(note, s->mem, &read));
    rc r = seal_note_check(&read, public_half, 1, s->mem, &seen);
    return r.code == E_LIMIT ? OK : r; /* many others whose keys nobody asked about */
}

rc sign_note(const struct signing *s, const struct key_entry *key, struct buf *out)
{
    CLEANUP(seal_signer_done) struct seal_signer signer = {0};
    size_t before = out->n;
    TRY(check_lines(s, &key->file));
    TRY(key_entry_open(key, s->passphrase_file, s->reader, s->mem, &signer));
    rc r = buf_add(out, s->note.n ? s->note : s->record->text);
    if (ok(r) && s->note.n == 0) r = buf_add_byte(out, '\n');
    if (ok(r)) r = seal_sign_line(&signer, s->record->text, 0, out);
    if (ok(r))
        r = check_written(s, view_slice(buf_view(out), before, out->n), &key->file.public_half);
    if (!ok(r)) out->n = before;
    return r;
}
