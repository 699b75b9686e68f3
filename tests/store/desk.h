/* SPDX-License-Identifier: Apache-2.0
 * A desk for the tests of the store: a few organisations with keys, records signed by them, logs as
 * lists of arrivals, and a folder that goes when the test is over. */
#ifndef SANAD_TESTS_STORE_DESK_H
#define SANAD_TESTS_STORE_DESK_H

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../record/raw.h"
#include "store/store.h"

enum { DESK_LOGS = 3, DESK_ENTRIES = 400, DESK_ORGS = 6 };
#define LATER_MS (MADE_MS + 3600000)
#define HOUR_MS INT64_C(3600000)

static const struct {
    const char *org, *kind;
    bool founder;
} k_orgs[DESK_ORGS] = {
    {"checker.example", "fact_checker", true}, {"desk.example", "newsroom", true},
    {"panel.example", "civil_society", true},  {"platform.example", "platform", true},
    {"ministry.example", "state_body", false}, {"late.example", "academic", false}};

struct desk {
    struct arena mem;
    char dir[64];
    struct seal_signer keys[DESK_ORGS], reviewers[DESK_ORGS];
    struct record_founder founders[DESK_ORGS];
    struct store_options options;
    struct store *store;
    struct store_arrival log[DESK_LOGS][DESK_ENTRIES];
    uint32_t n[DESK_LOGS];
    int64_t now_ms;
    uint32_t salt;
};

static const char *const k_logs[DESK_LOGS] = {"log.one.example", "log.two.example",
                                              "log.three.example"};

static inline uint32_t org_of(const char *name)
{
    for (uint32_t i = 0; i < DESK_ORGS; i++)
        if (strcmp(k_orgs[i].org, name) == 0) return i;
    fail_msg("no organisation %s", name);
    return 0;
}

static inline void desk_open(struct desk *d)
{
    CHECK_OK(store_open(d->dir, &d->options, &d->store));
}

static inline void desk_reopen(struct desk *d)
{
    store_close(d->store);
    d->store = NULL;
    desk_open(d);
}

/* Everything but the store itself. */
static inline void desk_init(struct desk *d)
{
    memset(d, 0, sizeof *d);
    arena_init(&d->mem, 0);
    strcpy(d->dir, "/tmp/sanad-store-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    for (uint32_t i = 0; i < DESK_ORGS; i++) {
        uint8_t seed[SEAL_SEED_BYTES];
        CHECK_OK(seal_sha256(view_cstr(k_orgs[i].org), seed));
        CHECK_OK(seal_signer_init(view_cstr(k_orgs[i].org), SEAL_TYPE_ED25519, seed, &d->keys[i]));
        seed[0] ^= 1;
        CHECK_OK(
            seal_signer_init(view_cstr(k_orgs[i].org), SEAL_TYPE_ED25519, seed, &d->reviewers[i]));
        if (!k_orgs[i].founder) continue;
        d->founders[d->options.n_founders++] = (struct record_founder){
            .org = view_cstr(k_orgs[i].org), .key = seal_signer_verifier(&d->keys[i])};
    }
    d->options.founders = d->founders;
    d->now_ms = LATER_MS;
}

static inline void remove_folder(const char *dir)
{
    char path[512];
    DIR *open = opendir(dir);
    for (struct dirent *e = open ? readdir(open) : NULL; e; e = readdir(open)) {
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        unlink(path);
    }
    if (open) closedir(open);
    rmdir(dir);
}

/** Whether any file of the folder has these bytes. */
static inline bool desk_holds(const struct desk *d, const char *bytes)
{
    bool found = false;
    DIR *dir = opendir(d->dir);
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        struct buf all = {0};
        char path[512];
        snprintf(path, sizeof path, "%s/%s", d->dir, e->d_name);
        if (ok(file_read(path, 64 << 20, &all)) && all.n > 0)
            found = found || memmem(all.p, all.n, bytes, strlen(bytes)) != NULL;
        buf_done(&all);
    }
    closedir(dir);
    return found;
}

static inline void desk_done(struct desk *d)
{
    store_close(d->store);
    remove_folder(d->dir);
    arena_done(&d->mem);
}

/** The signed note of a text: by its author, and by a reviewer of a second organisation. */
static inline struct view desk_note(struct desk *d, struct view text, const char *org,
                                    const char *second)
{
    struct buf out = {0};
    struct seal_signer keys[2] = {d->keys[org_of(org)]};
    if (second) keys[1] = d->reviewers[org_of(second)];
    CHECK_OK(seal_note_write(text, keys, second ? 2 : 1, &out));
    struct view note;
    CHECK_OK(arena_copy(&d->mem, buf_view(&out), &note));
    buf_done(&out);
    return note;
}

/** An example of a kind with edits, a salt of its own, about one record (or NULL), by an
 *  organisation; canonical. */
static inline struct view desk_text(struct desk *d, const char *kind, const char *org,
                                    const struct seal_hash *about, const char *const *edits)
{
    char author[128], from[160] = "", to[160] = "", salt[64];
    const char *all[40] = {0};
    size_t n = 0;
    struct view example;
    snprintf(author, sizeof author, "\"org\":\"%s\"", org);
    uint8_t bytes[RECORD_SALT_BYTES] = {0};
    memcpy(bytes, &d->salt, sizeof d->salt);
    d->salt++;
    struct buf b64 = {0};
    CHECK_OK(seal_base64(view_of(bytes, sizeof bytes), &b64));
    snprintf(salt, sizeof salt, "\"salt\":\"%.*s\"", (int)b64.n, (const char *)b64.p);
    buf_done(&b64);
    all[n++] = "\"org\":\"checker.example\",\"";
    char author_more[140];
    snprintf(author_more, sizeof author_more, "%s,\"", author);
    all[n++] = author_more;
    all[n++] = "\"salt\":\"AAECAwQFBgcICQoLDA0ODw==\"";
    all[n++] = salt;
    CHECK_OK(record_example(view_cstr(kind), &example));
    bool has = view_starts(example, VIEW("{\"about\":[\""));
    if (about && !has) { /* the writer puts it where it belongs */
        char id[RECORD_ID_CHARS];
        record_id_write(about->bytes, id);
        strcpy(from, "{\"b");
        snprintf(to, sizeof to, "{\"about\":[\"%.*s\"],\"b", RECORD_ID_CHARS, id);
        all[n++] = from;
        all[n++] = to;
    }
    if (about && has) {
        memcpy(from, example.p, 11 + RECORD_ID_CHARS);
        memcpy(to, "{\"about\":[\"", 11);
        record_id_write(about->bytes, to + 11);
        all[n++] = from;
        all[n++] = to;
    }
    for (size_t i = 0; edits && edits[i]; i++)
        all[n++] = edits[i];
    return raw_text(kind, all, &d->mem);
}

/** Puts a signed note into a log; the note itself only when it is given. */
static inline struct seal_hash desk_put(struct desk *d, uint32_t log, struct view text,
                                        struct view note)
{
    struct store_arrival *a = &d->log[log][d->n[log]];
    CHECK(d->n[log] < DESK_ENTRIES);
    *a = (struct store_arrival){.log = view_cstr(k_logs[log]),
                                .index = d->n[log],
                                .received_ms = MADE_MS + 1000 * (int64_t)d->n[log] + log,
                                .note = note};
    CHECK_OK(seal_sha256(text, a->id.bytes));
    d->n[log]++;
    return a->id;
}

/** A record of a kind, signed by its author (and second), in a log. */
static inline struct seal_hash desk_say(struct desk *d, uint32_t log, const char *kind,
                                        const char *org, const char *second,
                                        const struct seal_hash *about, const char *const *edits)
{
    struct view text = desk_text(d, kind, org, about, edits);
    return desk_put(d, log, text, desk_note(d, text, org, second));
}

static inline struct view desk_key_row(struct desk *d, const struct seal_signer *key,
                                       const char *purpose)
{
    struct seal_verifier v = seal_signer_verifier(key);
    struct buf vkey = {0};
    struct view row;
    CHECK_OK(seal_verifier_print(&v, &vkey));
    CHECK_OK(arena_format(&d->mem, &row,
                          "{\"from\":\"2026-11-01T00:00:00.000Z\",\"purpose\":\"%s\","
                          "\"until\":\"2027-11-01T00:00:00.000Z\",\"vkey\":\"%.*s\"}",
                          purpose, VIEW_ARG(buf_view(&vkey))));
    buf_done(&vkey);
    return row;
}

/** Criteria of desk.example, commented in October, in force by two votes and a step. */
static inline struct seal_hash desk_criteria(struct desk *d)
{
    struct seal_hash e = desk_say(
        d, 1, "criteria", "desk.example", NULL, NULL,
        EDITS("attack_instruction", "promotion", "2026-11-22\",\"comments_until\":\"2026-12-20",
              "2026-10-01\",\"comments_until\":\"2026-10-20", "2026-11-22T", "2026-10-01T"));
    CHECK_OK(
        record_time_read(VIEW("2026-10-01T12:00:00.000Z"), &d->log[1][d->n[1] - 1].received_ms));
    desk_say(d, 1, "vote", "desk.example", NULL, &e, NULL);
    desk_say(d, 2, "vote", "panel.example", NULL, &e, NULL);
    desk_say(d, 2, "step", "panel.example", NULL, &e, EDITS("\"withdrawn\"", "\"in_force\""));
    return e;
}

/** A signal that cites criteria; one edit more, from and to, or NULL. */
static inline struct seal_hash desk_signal(struct desk *d, uint32_t log, const char *org,
                                           const struct seal_hash *criteria,
                                           const char *const *edit)
{
    static const char k_named[] = "\"criteria\":\"";
    char from[RECORD_ID_CHARS + 20] = {0}, to[RECORD_ID_CHARS + 20] = {0};
    struct view example;
    CHECK_OK(record_example(VIEW("signal"), &example));
    const char *at = strstr((const char *)example.p, k_named);
    CHECK(at != NULL);
    memcpy(from, at, strlen(k_named) + RECORD_ID_CHARS);
    strcpy(to, k_named);
    record_id_write(criteria->bytes, to + strlen(k_named));
    return desk_say(d, log, "signal", org, NULL, criteria,
                    EDITS(from, to, edit ? edit[0] : NULL, edit ? edit[1] : NULL));
}

/** A cosign record: the line of a key over the text of what a log holds at a place. */
static inline struct seal_hash desk_cosign(struct desk *d, uint32_t log, const char *org,
                                           const struct seal_signer *key,
                                           const struct store_arrival *of)
{
    struct view text = view_slice(of->note, 0, view_find(of->note, '\n') + 1), example, from, to;
    struct buf made = {0};
    CHECK_OK(seal_sign_line(key, text, 0, &made));
    CHECK_OK(arena_format(&d->mem, &to, "\"line\":\"%.*s\"%c", (int)made.n - 1,
                          (const char *)made.p, 0));
    buf_done(&made);
    CHECK_OK(record_example(VIEW("cosign"), &example));
    const char *at = strstr((const char *)example.p, "\"line\":\""), *end = strchr(at + 8, '"');
    CHECK_OK(arena_format(&d->mem, &from, "%.*s%c", (int)(end - at) + 1, at, 0));
    return desk_say(d, log, "cosign", org, NULL, &of->id,
                    EDITS((const char *)from.p, (const char *)to.p));
}

/** An organisation's own record, with a key of its author and one of a reviewer. */
static inline struct seal_hash desk_introduce(struct desk *d, uint32_t log, const char *org)
{
    uint32_t i = org_of(org);
    char kind[64], home[64];
    struct view author = desk_key_row(d, &d->keys[i], "author");
    struct view reviewer = desk_key_row(d, &d->reviewers[i], "reviewer"), rows;
    CHECK_OK(arena_format(&d->mem, &rows, "%.*s,%.*s%c", VIEW_ARG(author), VIEW_ARG(reviewer), 0));
    snprintf(kind, sizeof kind, "\"org_kind\":\"%s\"", k_orgs[i].kind);
    snprintf(home, sizeof home, "\"home_log\":\"%s\"", k_logs[log]);
    return desk_say(
        d, log, "organisation", org, NULL, NULL,
        EDITS("{\"from\":\"2026-11-01T00:00:00.000Z\",\"purpose\":\"author\","
              "\"until\":\"2027-11-01T00:00:00.000Z\",\"vkey\":"
              "\"checker.example+c10d7dd4+ASmsOTxO2NGjGq1Fz8zqNSQPYM4r3jYSQCu9k8YGDrlL\"}",
              (const char *)rows.p, "\"org_kind\":\"fact_checker\"", kind,
              "\"home_log\":\"log.checker.example\"", home, "[{\"org\":\"water.example\"}]", "[]"));
}

static inline rc desk_try(struct desk *d, uint32_t log, uint32_t from, uint32_t n,
                          struct store_report *report)
{
    return store_apply(d->store, &d->log[log][from], n, d->now_ms, report);
}

static inline void desk_apply(struct desk *d, uint32_t log, uint32_t from, uint32_t n)
{
    CHECK_OK(desk_try(d, log, from, n, NULL));
}

static inline void desk_apply_all(struct desk *d)
{
    for (uint32_t l = 0; l < DESK_LOGS; l++)
        desk_apply(d, l, 0, d->n[l]);
}

/* ---- the dump ---- */

static inline rc add_line(void *context, struct view line)
{
    TRY(buf_add(context, line));
    return buf_add_byte(context, '\n');
}

static inline struct view desk_dump(struct desk *d)
{
    struct buf out = {0};
    struct view kept;
    CHECK_OK(store_dump_view(d->store, &out, add_line));
    CHECK_OK(arena_copy(&d->mem, buf_view(&out), &kept));
    buf_done(&out);
    return kept;
}

static inline void check_same(struct view a, struct view b)
{
    size_t at = 0;
    while (at < a.n && at < b.n && a.p[at] == b.p[at])
        at++;
    if (at == a.n && at == b.n) return;
    while (at > 0 && a.p[at - 1] != '\n')
        at--;
    fail_msg("the dumps differ from byte %zu on:\n%.300s\n---\n%.300s", at,
             (const char *)a.p + (at < a.n ? at : a.n), (const char *)b.p + (at < b.n ? at : b.n));
}

/* ---- questions ---- */

static const struct store_viewer k_anybody = {.kind = STORE_ANYBODY};
static const struct store_viewer k_node = {.kind = STORE_NODE};

static inline struct store_viewer as_org(const char *org)
{
    return (struct store_viewer){.kind = STORE_ORGANISATION, .org = view_cstr(org)};
}

static inline struct store_object desk_object(struct desk *d, const struct seal_hash *id)
{
    struct store_object o = {0};
    CHECK_OK(store_object(d->store, &k_node, id, &d->mem, &o));
    return o;
}

static inline rc count_object(void *context, const struct store_object *o)
{
    (void)o;
    ++*(uint32_t *)context;
    return OK;
}

static inline uint32_t desk_count(struct desk *d, const struct store_viewer *v,
                                  const struct store_filter *f)
{
    uint32_t n = 0;
    CHECK_OK(store_list(d->store, v, f, NULL, 100000, &n, count_object));
    return n;
}

#endif
