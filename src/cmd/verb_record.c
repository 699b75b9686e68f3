/* SPDX-License-Identifier: Apache-2.0
 * sanad record new, record sign. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/desk_int.h"
#include "cmd/draft_int.h"
#include "cmd/own_keys_int.h"
#include "cmd/sign_int.h"

/* ---- new ---- */

static rc list_kinds(struct call *call)
{
    struct page p;
    page_begin(&p, &call->out, call->term, LANG_EN);
    const char *family = "";
    for (uint32_t i = 0; i < k_n_record_kinds; i++) {
        const struct record_kind *k = &k_record_kinds[i];
        if (strcmp(family, k->family) != 0) {
            if (*family) page_line(&p);
            page_indent(&p, 0);
            page_own(&p, PAINT_BOLD, k->family);
            page_line(&p);
            family = k->family;
        }
        page_indent(&p, 2);
        page_column(&p, 2);
        page_own(&p, PAINT_NONE, k->name);
        page_indent(&p, 20);
        page_column(&p, 20);
        page_text(&p, PAINT_NONE, view_cstr(k->summary));
        page_line(&p);
    }
    return page_end(&p);
}

/* The organisation of the author's key on this machine, when there is exactly one. */
static struct view only_org(const struct keys *keys)
{
    struct view org = {0};
    for (uint32_t i = 0; i < keys->n; i++) {
        const struct seal_key_file *f = &keys->list[i].file;
        if (f->purpose != SEAL_AUTHOR || f->state != SEAL_CURRENT) continue;
        if (org.n && !view_eq(org, f->org)) return view_of(NULL, 0);
        org = f->org;
    }
    return org;
}

/* Who says it, and what is known of it already. */
static rc look_up(struct call *call, const struct record_kind *kind, struct arena *mem,
                  struct view *out_org, const struct json **out_own)
{
    CLEANUP(keys_done) struct keys keys = {0};
    const char *folder;
    *out_org = view_cstr(call->values[RECORD_NEW_ORG].text);
    *out_own = NULL;
    if (out_org->n) TRY(record_org_check(*out_org));
    if (!ok(keys_path(call->values[RECORD_NEW_KEYS].text, mem, &folder))) return OK;
    TRY(keys_read(folder, call->reader, mem, &keys));
    if (out_org->n == 0) TRY(arena_copy(mem, only_org(&keys), out_org));
    if (strcmp(kind->name, "organisation") != 0) return OK;
    return own_keys(&keys, *out_org, mem, out_own);
}

static rc write_new(const char *path, struct view bytes)
{
    CLEANUP(file_abandon) struct file_writer w = {.fd = -1};
    TRY(file_create(path, &w));
    TRY(file_write(&w, bytes));
    return file_commit_new(&w);
}

rc verb_record_new(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf draft = {0};
    const struct record_kind *kind;
    const char *path = call->values[RECORD_NEW_OUTPUT].text;
    struct view org;
    const struct json *own;
    (void)out_exit;
    arena_init(&mem, 0);
    if (call->n_args == 0) return list_kinds(call);
    TRY(kind_find(call->args[0], &kind));
    TRY(look_up(call, kind, &mem, &org, &own));
    TRY(draft_of_kind(kind, org, own, call->reader, &mem, &draft));
    return path ? write_new(path, buf_view(&draft)) : out_write(&call->out, buf_view(&draft));
}

/* ---- sign: reading ---- */

struct work {
    struct call *call;
    struct arena mem;
    struct buf bytes, json; /* the file; a draft without its notes, else empty */
    const char *path;
    struct view text, note; /* note: empty for a draft */
    const struct record_part_text *parts;
    uint32_t n_parts;
    const struct record *record;
    struct view *signed_by; /* told when it is written */
    uint32_t n_signed;
};

static void work_done(struct work *w)
{
    arena_done(&w->mem);
    buf_done(&w->bytes);
    buf_done(&w->json);
}

static rc read_file(struct work *w)
{
    TRY(file_read(w->path, RECORD_BUNDLE_MAX_BYTES, &w->bytes));
    struct view bytes = buf_view(&w->bytes);
    if (record_bundle_is(bytes)) {
        struct record_bundle bundle;
        TRY(record_bundle_read(bytes, &w->mem, &bundle));
        w->note = bundle.note;
        w->text = bundle.text;
        w->parts = bundle.parts;
        w->n_parts = bundle.n_parts;
        return OK;
    }
    struct record_draft draft;
    TRY(record_draft_finish(bytes, clock_wall_ms(), &w->mem, &draft));
    TRY(record_draft_json(bytes, &w->json));
    w->text = draft.text;
    w->parts = draft.parts;
    w->n_parts = draft.n_parts;
    return OK;
}

/* ---- sign: faults ---- */

/* Parts of a draft stand in its body: "parts.url.value" is "body.url" there. */
static rc path_in_draft(struct work *w, struct view path, struct view *out)
{
    struct view parts = VIEW("parts."), value = VIEW(".value");
    *out = path;
    if (w->json.n == 0 || !view_starts(path, parts)) return OK;
    struct view rest = view_slice(path, parts.n, path.n);
    size_t n = view_find(rest, '.');
    struct view behind = view_slice(rest, n, rest.n);
    if (view_starts(behind, value)) behind = view_slice(behind, value.n, behind.n);
    return arena_format(&w->mem, out, "body.%.*s%.*s", (int)n, (const char *)rest.p,
                        VIEW_ARG(behind));
}

static rc tell_fault(struct work *w, const struct record_kind *kind, struct view path,
                     struct view what)
{
    CLEANUP(buf_done) struct buf text = {0};
    uint32_t line = 1, column;
    TRY(path_in_draft(w, path, &path));
    TRY(buf_addf(&text, "%.*s%s%.*s", VIEW_ARG(path), path.n ? ": " : "", VIEW_ARG(what)));
    const struct record_field *field = draft_field_at(kind, path);
    if (field) {
        struct record_field element = *field;
        if (view_ends(path, VIEW("]"))) element.list = false;
        TRY(buf_add(&text, VIEW(" (")));
        TRY(draft_describe(&element, w->call->reader, &text));
        TRY(buf_add_byte(&text, ')'));
    }
    TRY(buf_add_byte(&text, 0));
    struct view json = buf_view(&w->json);
    if (json.n) record_draft_place(json, record_draft_find(json, path), &line, &column);
    report_line(w->path, line, (const char *)text.p);
    return OK;
}

static rc tell_faults(struct work *w, const struct record_kind *kind, rc failure,
                      const struct record_faults *faults)
{
    char total[16];
    if (faults->total == 0) return rc_within(failure, "%s: ", w->path);
    for (uint32_t i = 0; i < faults->n; i++)
        TRY(tell_fault(w, kind, faults->list[i].path, faults->list[i].what));
    snprintf(total, sizeof total, "%u", faults->total);
    struct view n = view_cstr(total);
    report(w->call->reader, message_n(w->call->reader, MSG_RECORD_FAULTS, faults->total), 1, &n);
    return failure;
}

static const struct record_kind *kind_of(struct work *w)
{
    const struct json *root;
    if (!ok(json_parse(w->text, NULL, &w->mem, &root))) return NULL;
    return record_kind_find(json_get_string(root, "kind"));
}

/* "guard names_itself: body.keys: no author's key …" */
static rc tell_guard(struct work *w, rc failure)
{
    struct record_faults one = {.n = 1, .total = 1};
    struct view said, rest;
    TRY(arena_format(&w->mem, &said, "%s", rc_message()));
    size_t behind_guard = view_find(said, ':') + 2;
    rest = view_slice(said, behind_guard, said.n);
    size_t n_path = view_find(rest, ':');
    one.list[0].path = view_slice(rest, 0, n_path);
    one.list[0].what = view_slice(rest, n_path + 2, rest.n);
    return tell_faults(w, w->record->kind, failure, &one);
}

/* Everything that the record alone can break. *out_told: the faults were shown. */
static rc check(struct work *w, bool *out_told)
{
    struct record_faults *faults;
    int64_t now_ms = clock_wall_ms();
    *out_told = true;
    TRY(arena_new(&w->mem, &faults));
    rc r = record_parse(w->text, RECORD_WRITTEN_HERE, now_ms, &w->mem, &w->record, faults);
    *out_told = faults->total > 0;
    if (!ok(r)) return tell_faults(w, kind_of(w), r, faults);
    for (uint32_t i = 0; i < w->n_parts; i++) {
        r = record_check_part(w->record, w->parts[i].field, w->parts[i].text, &w->mem, NULL,
                              faults);
        *out_told = faults->total > 0;
        if (!ok(r)) return tell_faults(w, w->record->kind, r, faults);
    }
    r = record_check_alone(w->record, now_ms, &w->mem);
    *out_told = r.code == E_INPUT;
    return r.code == E_INPUT ? tell_guard(w, r) : r;
}

/* ---- sign: signing ---- */

static rc sign_with(struct work *w, struct signing *s, const struct key_entry *key)
{
    CLEANUP(buf_done) struct buf note = {0};
    TRY(sign_check_key(s, key));
    TRY(sign_note(s, key, &note));
    TRY(arena_copy(&w->mem, buf_view(&note), &s->note));
    return arena_copy(&w->mem, key->file.public_half.name, &w->signed_by[w->n_signed++]);
}

static rc sign_all(struct work *w, struct signing *s)
{
    CLEANUP(keys_done) struct keys keys = {0};
    struct call *call = w->call;
    TRY(arena_array(&w->mem, (size_t)call->n_args, &w->signed_by));
    TRY(keys_path(call->values[RECORD_SIGN_KEYS].text, &w->mem, &s->folder));
    TRY(keys_read(s->folder, call->reader, &w->mem, &keys));
    TRY(sign_check_others(s, &keys));
    if (call->n_args == 1) {
        struct key_entry *key;
        TRY(sign_find_key(s, &keys, &key));
        return sign_with(w, s, key);
    }
    for (int i = 1; i < call->n_args; i++) {
        CLEANUP(key_entry_done) struct key_entry key = {0};
        TRY(key_entry_read(call->args[i], &w->mem, &key));
        TRY(sign_with(w, s, &key));
    }
    return OK;
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The old signatures are in the new file too; a draft is not. */
static bool may_replace(const struct work *w, const char *path)
{
    return w->note.n > 0 && same_file(path, w->path);
}

/* Before anybody is asked for a passphrase. */
static rc check_output(const struct work *w)
{
    struct stat st;
    const char *path = w->call->values[RECORD_SIGN_OUTPUT].text;
    if (!path || lstat(path, &st) != 0 || may_replace(w, path)) return OK;
    return FAIL(E_DUPLICATE, "%s: exists already; nothing was signed", path);
}

static void tell_signed(const struct work *w)
{
    char id[RECORD_ID_CHARS];
    record_id_write(w->record->id, id);
    for (uint32_t i = 0; i < w->n_signed; i++)
        report(w->call->reader, message(w->call->reader, MSG_RECORD_SIGNED), 2,
               (struct view[]){view_of(id, sizeof id), w->signed_by[i]});
}

static rc write_signed(struct work *w, const struct signing *s)
{
    CLEANUP(buf_done) struct buf out = {0};
    CLEANUP(file_abandon) struct file_writer file = {.fd = -1};
    const char *path = w->call->values[RECORD_SIGN_OUTPUT].text;
    TRY(record_bundle_write(s->note, w->parts, w->n_parts, &w->mem, &out));
    if (!path) return out_write(&w->call->out, buf_view(&out));
    bool again = may_replace(w, path);
    TRY(file_create(path, &file));
    TRY(file_write(&file, buf_view(&out)));
    return again ? file_commit(&file) : file_commit_new(&file);
}

rc verb_record_sign(struct call *call, int *out_exit)
{
    static const enum seal_purpose k_purposes[] = {SEAL_AUTHOR, SEAL_REVIEWER, SEAL_RECOVERY};
    CLEANUP(work_done) struct work w = {.call = call, .path = call->args[0]};
    const struct value *values = call->values;
    bool told = false;
    arena_init(&w.mem, 0);
    rc r = read_file(&w);
    if (!ok(r)) return r.code == E_NOT_FOUND ? r : rc_within(r, "%s: ", w.path);
    r = check(&w, &told);
    if (!ok(r) && told) *out_exit = EXIT_BAD_INPUT;
    if (!ok(r)) return told ? OK : r;
    struct signing s = {.record = w.record,
                        .note = w.note,
                        .purpose = k_purposes[values[RECORD_SIGN_AS].number],
                        .org = view_cstr(values[RECORD_SIGN_ORG].text),
                        .passphrase_file = values[RECORD_SIGN_PASSPHRASE_FILE].text,
                        .reader = call->reader,
                        .mem = &w.mem};
    if (s.org.n == 0) s.org = w.record->org;
    TRY(check_output(&w));
    TRY(sign_all(&w, &s));
    TRY(write_signed(&w, &s));
    tell_signed(&w);
    return OK;
}
