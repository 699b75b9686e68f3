/* SPDX-License-Identifier: Apache-2.0
 * The envelope: what every record carries around its body. Byte by byte in docs/formats/record.md.
 */
#include "record/record_int.h"

#include <string.h>

enum {
    ENVELOPE_VERSION = 1,
    MAX_MUST = 32,
    MAX_BASIS_CHARS = 500,
    MAX_PATH_CHARS = 200,
    DAY_MS = 86400000
};

/* A record being read. */
struct reading {
    struct check check;
    struct record *r;
    enum record_door door;
    int64_t now_ms;
};

static const char *const k_marks[] = {[RECORD_CLEAR] = "clear",
                                      [RECORD_GREEN] = "green",
                                      [RECORD_AMBER] = "amber",
                                      [RECORD_AMBER_STRICT] = "amber+strict",
                                      [RECORD_RED] = "red"};

const char *record_mark_name(enum record_mark mark)
{
    return k_marks[mark];
}

const struct record_kind *record_kind_find(struct view name)
{
    for (uint32_t i = 0; i < k_n_record_kinds; i++)
        if (view_eq(view_cstr(k_record_kinds[i].name), name)) return &k_record_kinds[i];
    return NULL;
}

int record_state_find(const struct record_kind *kind, struct view name)
{
    for (uint32_t i = 0; i < kind->n_states; i++)
        if (view_eq(view_cstr(kind->states[i].name), name)) return (int)i;
    return -1;
}

rc record_example(struct view kind, struct view *out)
{
    const struct record_kind *k = record_kind_find(kind);
    if (!k) return FAIL(E_NOT_FOUND, "record: no kind \"%.*s\"", VIEW_ARG(kind));
    *out = k->example;
    return OK;
}

/* ---- members of the envelope ---- */

static bool is_string(struct check *c, const struct json *v)
{
    if (v->type == JSON_STRING) return true;
    check_fault(c, NULL, "a text is expected, not %s", json_type_name(v->type));
    return false;
}

static bool read_id(struct check *c, const struct json *v, uint8_t out[SEAL_SHA256_BYTES])
{
    if (!is_string(c, v)) return false;
    const char *why = format_fault(RECORD_ID, v->as.string);
    if (why) check_fault(c, NULL, "%s", why);
    return !why && ok(record_id_read(v->as.string, out));
}

static rc read_about(struct reading *in, const struct json *v)
{
    struct check *c = &in->check;
    uint8_t(*ids)[SEAL_SHA256_BYTES];
    if (v->type != JSON_ARRAY || v->n == 0 || v->n > RECORD_MAX_ABOUT) {
        check_fault(c, NULL, "a list of 1 to %d ids is expected", RECORD_MAX_ABOUT);
        return OK;
    }
    TRY(arena_array(c->mem, v->n, &ids));
    for (uint32_t i = 0; i < v->n; i++) {
        check_into_element(c, i);
        bool good = read_id(c, &v->as.items[i], ids[i]);
        for (uint32_t j = 0; j < i && good; j++)
            if (memcmp(ids[i], ids[j], SEAL_SHA256_BYTES) == 0)
                check_fault(c, NULL, "stands twice in the list");
        check_out(c);
    }
    in->r->about = (const uint8_t(*)[SEAL_SHA256_BYTES])ids;
    in->r->n_about = v->n;
    return OK;
}

static rc read_orgs(struct reading *in, const struct json *v, uint32_t most, const char *who,
                    const struct view **out, uint32_t *out_n)
{
    struct check *c = &in->check;
    struct view *orgs;
    if (v->type != JSON_ARRAY || v->n == 0) {
        check_fault(c, NULL, "a list of organisations is expected");
        return OK;
    }
    TRY(arena_array(c->mem, v->n, &orgs));
    for (uint32_t i = 0; i < v->n; i++) {
        const struct json *name = &v->as.items[i];
        check_into_element(c, i);
        if (i >= most) check_fault(c, NULL, "%s %u, the limit is %u", who, i + 1, most);
        if (is_string(c, name)) {
            const char *why = format_fault(RECORD_ORG, name->as.string);
            if (why) check_fault(c, NULL, "%s", why);
            orgs[i] = name->as.string;
            for (uint32_t j = 0; j < i && i < most; j++)
                if (view_eq(orgs[j], orgs[i])) check_fault(c, NULL, "stands twice in the list");
        }
        check_out(c);
        if (i >= most) break;
    }
    *out = orgs;
    *out_n = v->n < most ? v->n : most;
    return OK;
}

static rc read_to(struct reading *in, const struct json *v)
{
    struct record *r = in->r;
    bool group = v->type == JSON_ARRAY && v->n == 1 && v->as.items[0].type == JSON_STRING &&
                 view_starts(v->as.items[0].as.string, VIEW("sha256:"));
    if (!group) return read_orgs(in, v, RECORD_MAX_TO, "addressee", &r->to, &r->n_to);
    check_into_element(&in->check, 0);
    r->has_group = read_id(&in->check, &v->as.items[0], r->group);
    check_out(&in->check);
    return OK;
}

static rc read_signers(struct reading *in, const struct json *v)
{
    return read_orgs(in, v, RECORD_MAX_SIGNERS, "signer", &in->r->signers, &in->r->n_signers);
}

static rc read_parts(struct reading *in, const struct json *v)
{
    struct check *c = &in->check;
    struct record_part *parts;
    if (v->type != JSON_OBJECT || v->n == 0) {
        check_fault(c, NULL, "an object of erasable fields and hashes is expected");
        return OK;
    }
    TRY(arena_array(c->mem, v->n, &parts));
    for (uint32_t i = 0; i < v->n; i++) {
        const struct json *m = &v->as.items[i];
        const struct record_kind *kind = in->r->kind;
        const struct record_field *f = kind ? record_field_find(&kind->body, m->key) : NULL;
        check_into(c, m->key);
        if ((f ? !f->erasable : !c->keep_unknown))
            check_fault(c, NULL, "is no erasable field of the kind");
        parts[i].field = m->key;
        (void)read_id(c, m, parts[i].hash);
        check_out(c);
    }
    in->r->parts = parts;
    in->r->n_parts = v->n;
    return OK;
}

static rc read_org(struct reading *in, const struct json *v)
{
    if (!is_string(&in->check, v)) return OK;
    const char *why = format_fault(RECORD_ORG, v->as.string);
    if (why) check_fault(&in->check, NULL, "%s", why);
    in->r->org = v->as.string;
    return OK;
}

static rc read_basis(struct reading *in, const struct json *v)
{
    if (!is_string(&in->check, v)) return OK;
    check_chars(&in->check, v->as.string, MAX_BASIS_CHARS);
    in->r->basis = v->as.string;
    return OK;
}

static rc read_made(struct reading *in, const struct json *v)
{
    if (!is_string(&in->check, v)) return OK;
    const char *why = format_fault(RECORD_TIME, v->as.string);
    if (why)
        check_fault(&in->check, NULL, "%s", why);
    else
        TRY(record_time_read(v->as.string, &in->r->made_ms));
    if (!why && in->door == RECORD_WRITTEN_HERE &&
        in->r->made_ms > in->now_ms + RECORD_MAX_AHEAD_MS)
        check_fault(&in->check, NULL, "more than 5 minutes ahead of the clock here");
    return OK;
}

static rc read_until(struct reading *in, const struct json *v)
{
    if (!is_string(&in->check, v)) return OK;
    if (!format_fault(RECORD_DATE, v->as.string)) {
        TRY(record_date_read(v->as.string, &in->r->until_ms));
        in->r->until_ms += DAY_MS; /* the day itself still counts */
    } else if (!format_fault(RECORD_TIME, v->as.string)) {
        TRY(record_time_read(v->as.string, &in->r->until_ms));
    } else {
        check_fault(&in->check, NULL, "neither a day YYYY-MM-DD nor a time");
    }
    return OK;
}

static rc read_mark(struct reading *in, const struct json *v)
{
    if (!is_string(&in->check, v)) return OK;
    for (uint32_t i = 0; i < COUNT_OF(k_marks); i++)
        if (view_eq(v->as.string, view_cstr(k_marks[i]))) {
            in->r->mark = (enum record_mark)i;
            return OK;
        }
    check_fault(&in->check, NULL, "is none of clear, green, amber, amber+strict, red (TLP 2.0)");
    return OK;
}

static rc read_prev(struct reading *in, const struct json *v)
{
    in->r->has_prev = read_id(&in->check, v, in->r->prev);
    return OK;
}

static rc read_salt(struct reading *in, const struct json *v)
{
    if (is_string(&in->check, v) && !format_salt(v->as.string))
        check_fault(&in->check, NULL, "16 random bytes in base64 are expected");
    return OK;
}

static rc read_body(struct reading *in, const struct json *v)
{
    in->r->body = v;
    if (v->type != JSON_OBJECT)
        check_fault(&in->check, NULL, "an object is expected, not %s", json_type_name(v->type));
    return OK;
}

static rc read_before(struct reading *in, const struct json *v)
{
    (void)in;
    (void)v;
    return OK; /* read by begin or by end */
}

struct member {
    const char *name;
    rc (*read)(struct reading *in, const struct json *v);
    bool required;
};
static const struct member k_members[] = {
    {"about", read_about, false},     {"basis", read_basis, false}, {"body", read_body, true},
    {"kind", read_before, true},      {"made", read_made, true},    {"mark", read_mark, true},
    {"must", read_before, false},     {"org", read_org, true},      {"parts", read_parts, false},
    {"prev", read_prev, false},       {"salt", read_salt, true},    {"sanad", read_before, true},
    {"signers", read_signers, false}, {"to", read_to, false},       {"until", read_until, false},
    {"v", read_before, true},
};

static const struct member *member_of(struct view name)
{
    for (size_t i = 0; i < COUNT_OF(k_members); i++)
        if (view_eq(view_cstr(k_members[i].name), name)) return &k_members[i];
    return NULL;
}

/* ---- what decides how the rest is read ---- */

static rc begin(struct reading *in, const struct json *root)
{
    struct record *r = in->r;
    struct check *c = &in->check;
    const struct json *format = json_get(root, "sanad"), *v = json_get(root, "v");
    if (format && format->type == JSON_INT && format->as.integer > ENVELOPE_VERSION)
        return FAIL(E_VERSION, "record: sanad: format %lld, this program reads %d",
                    (long long)format->as.integer, ENVELOPE_VERSION);
    if (format && (format->type != JSON_INT || format->as.integer != ENVELOPE_VERSION))
        check_fault(c, "sanad", "%d is expected", ENVELOPE_VERSION);
    r->kind_name = json_get_string(root, "kind");
    r->kind = record_kind_find(r->kind_name);
    if (json_get(root, "kind") &&
        (format_fault(RECORD_TOKEN, r->kind_name) || (!r->kind && in->door == RECORD_WRITTEN_HERE)))
        check_fault(c, "kind", "no kind of record has this name");
    if (v && (v->type != JSON_INT || v->as.integer < 1 || v->as.integer > UINT16_MAX))
        check_fault(c, "v", "a version from 1 to %d is expected", UINT16_MAX);
    else if (v)
        r->version = (uint32_t)v->as.integer;
    r->newer = !r->kind || r->version > r->kind->version;
    if (r->newer && r->kind && in->door == RECORD_WRITTEN_HERE)
        check_fault(c, "v", "%s has version %u here", r->kind->name, r->kind->version);
    c->keep_unknown = r->newer && in->door == RECORD_FROM_ELSEWHERE;
    return OK;
}

static rc read_members(struct reading *in, const struct json *root)
{
    struct check *c = &in->check;
    for (size_t i = 0; i < COUNT_OF(k_members); i++)
        if (k_members[i].required && !json_get(root, k_members[i].name))
            check_fault(c, k_members[i].name, "is missing");
    for (uint32_t i = 0; i < root->n; i++) {
        const struct json *v = &root->as.items[i];
        const struct member *m = member_of(v->key);
        check_into(c, v->key);
        if (m)
            TRY(m->read(in, v));
        else if (!c->keep_unknown)
            check_fault(c, NULL, "is no field of a record");
        check_out(c);
    }
    return OK;
}

/* ---- what a kind demands of the envelope ---- */

static bool named(const struct view *orgs, uint32_t n, struct view org)
{
    for (uint32_t i = 0; i < n; i++)
        if (view_eq(orgs[i], org)) return true;
    return false;
}

static void check_envelope(struct reading *in, const struct json *root)
{
    const struct record *r = in->r;
    const struct record_kind *k = r->kind;
    struct check *c = &in->check;
    if (r->mark != RECORD_CLEAR && !json_get(root, "to"))
        check_fault(c, "to", "is missing: a record that is not clear names who may read it");
    if (r->n_signers > 0 && !named(r->signers, r->n_signers, r->org))
        check_fault(c, "signers", "the author is not among them");
    if (!k || (r->newer && in->door == RECORD_FROM_ELSEWHERE)) return;
    if (r->mark < k->lowest_mark)
        check_fault(c, "mark", "%s is at least %s", k->name, k_marks[k->lowest_mark]);
    if (r->n_about < k->about_min || r->n_about > k->about_max)
        check_fault(c, "about", "%u records, %u to %u are expected", r->n_about, k->about_min,
                    k->about_max);
    if (k->until_required && r->until_ms < 0) check_fault(c, "until", "is missing");
    if (k->basis_required && r->basis.n == 0) check_fault(c, "basis", "is missing");
    if (r->n_signers < k->signers_min)
        check_fault(c, "signers", "%u organisations, %u or more are expected", r->n_signers,
                    k->signers_min);
}

/* ---- must ---- */

static void freeze(struct reading *in, struct view path, const char *why)
{
    if (in->r->frozen || !ok(in->check.failure)) return;
    in->r->frozen = true;
    rc r = arena_format(in->check.mem, &in->r->frozen_why, "%.*s: %s", VIEW_ARG(path), why);
    if (!ok(r)) in->check.failure = r;
}

/* "mark", "body.headline", "body.sources.url": is there such a field in this version? */
static bool path_known(const struct record *r, struct view path)
{
    size_t dot = view_find(path, '.');
    if (dot == path.n) return member_of(path) != NULL;
    if (!view_eq(view_slice(path, 0, dot), VIEW("body")) || !r->kind) return false;
    const struct record_shape *shape = &r->kind->body;
    while (dot < path.n) {
        path = view_slice(path, dot + 1, path.n);
        dot = view_find(path, '.');
        const struct record_field *f =
            shape ? record_field_find(shape, view_slice(path, 0, dot)) : NULL;
        if (!f) return false;
        shape = f->shape;
    }
    return true;
}

static void check_must(struct reading *in, const struct json *must)
{
    struct check *c = &in->check;
    if (!must) return;
    check_into(c, VIEW("must"));
    if (must->type != JSON_ARRAY || must->n == 0 || must->n > MAX_MUST)
        check_fault(c, NULL, "a list of 1 to %d paths is expected", MAX_MUST);
    for (uint32_t i = 0; must->type == JSON_ARRAY && i < must->n && i < MAX_MUST; i++) {
        const struct json *path = &must->as.items[i];
        check_into_element(c, i);
        if (is_string(c, path)) {
            check_chars(c, path->as.string, MAX_PATH_CHARS);
            if (path_known(in->r, path->as.string)) {
                /* understood: nothing to hold back */
            } else if (c->keep_unknown) {
                freeze(in, path->as.string, "must be understood, and this version does not");
            } else {
                check_fault(c, NULL, "is no path of a field of this version");
            }
        }
        check_out(c);
    }
    check_out(c);
}

/* ---- the body ---- */

/* A newer version may widen what a field holds. What does not fit then freezes the record in its
 * safest state instead of refusing it: it is somebody's signed word. */
static void check_body(struct reading *in)
{
    struct record *r = in->r;
    struct check *c = &in->check;
    if (!r->kind || !r->body || r->body->type != JSON_OBJECT) return;
    uint32_t listed = c->faults->n, total = c->faults->total;
    check_into(c, VIEW("body"));
    check_shape(c, &r->kind->body, r->body, r);
    check_out(c);
    if (!c->keep_unknown || c->faults->total == total) return;
    if (c->faults->n > listed) {
        const struct record_fault *f = &c->faults->list[listed];
        freeze(in, f->path, "is not understood by this version");
    }
    c->faults->n = listed;
    c->faults->total = total;
}

/* ---- the door ---- */

/* Whether JSON that was parsed, without doubles and with names in order, is canonical at a glance:
 * nothing between its tokens, no escape that could be written shorter, no -0. What is not so at a
 * glance is written anew and compared. */
static bool plainly_canonical(struct view text)
{
    bool quoted = false;
    if (text.n == 0 || text.p[text.n - 1] != '\n') return false;
    for (size_t i = 0; i < text.n - 1; i++) {
        uint8_t ch = text.p[i];
        if (ch == '"') {
            quoted = !quoted;
        } else if (quoted) {
            if (ch == '\\' && !memchr("\"\\bfnrt", text.p[++i], 7)) return false;
        } else if (ch <= ' ' || (ch == '-' && text.p[i + 1] == '0')) {
            return false;
        }
    }
    return true;
}

static rc check_canonical(struct check *c, const struct json *root, struct view text)
{
    if (c->names_in_order && plainly_canonical(text)) return OK;
    CLEANUP(buf_done) struct buf again;
    buf_init(&again, 2 * RECORD_MAX_BYTES);
    TRY(json_write(root, c->mem, &again));
    TRY(buf_add_byte(&again, '\n'));
    size_t at = 0;
    while (at < again.n && at < text.n && again.p[at] == text.p[at])
        at++;
    if (at < again.n || at < text.n)
        check_fault(c, NULL, "not canonical (RFC 8785) from byte %zu on, or not one line", at);
    return c->failure;
}

static rc read_all(struct reading *in, struct view text, const struct json *root)
{
    struct check *c = &in->check;
    TRY(check_plain(c, root));
    if (c->faults->total > 0) return check_result(c);
    TRY(check_canonical(c, root, text));
    if (c->faults->total > 0) return check_result(c);
    TRY(begin(in, root));
    TRY(read_members(in, root));
    if (c->faults->total == 0) check_envelope(in, root);
    check_must(in, json_get(root, "must"));
    check_body(in);
    return check_result(c);
}

rc record_parse(struct view text, enum record_door door, int64_t now_ms, struct arena *mem,
                const struct record **out, struct record_faults *out_faults)
{
    static const struct json_limits k_limits = {RECORD_MAX_BYTES, 16, 20000};
    struct record_faults *faults;
    struct record *r;
    const struct json *root;
    if (out_faults) out_faults->n = out_faults->total = 0;
    if (text.n > RECORD_MAX_BYTES)
        return FAIL(E_LIMIT, "record: %zu bytes, the limit is %d", text.n, RECORD_MAX_BYTES);
    TRY(arena_new(mem, &faults));
    TRY(arena_new(mem, &r));
    TRY(arena_copy(mem, text, &r->text));
    rc read = json_parse(r->text, &k_limits, mem, &root);
    if (!ok(read)) return rc_within(read, "record: ");
    r->until_ms = -1;
    struct reading in = {
        .check = {.mem = mem, .faults = faults}, .r = r, .door = door, .now_ms = now_ms};
    read = read_all(&in, r->text, root);
    if (out_faults) *out_faults = *faults;
    TRY(read);
    TRY(seal_sha256(r->text, r->id));
    *out = r;
    return OK;
}

rc record_write(struct view draft, struct arena *mem, struct buf *out)
{
    struct record_faults *faults;
    const struct json *root;
    TRY(arena_new(mem, &faults));
    TRY(json_parse(draft, NULL, mem, &root));
    struct check c = {.mem = mem, .faults = faults};
    TRY(check_plain(&c, root));
    TRY(check_result(&c));
    TRY(json_write(root, mem, out));
    return buf_add_byte(out, '\n');
}
