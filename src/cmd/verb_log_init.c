/* SPDX-License-Identifier: Apache-2.0
 * sanad log init: the folder of a log and its key. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/desk_int.h"
#include "cmd/facts_int.h"

/* Without --origin a log is named after its first member and its folder. */
static rc choose_origin(const struct call *call, const struct node_config *config,
                        struct arena *mem, struct view *out_org, struct view *out_origin)
{
    struct view dir = view_cstr(call->args[0]);
    const char *given = call->values[LOG_INIT_ORIGIN].text;
    *out_org = config->n_members > 0 ? config->members[0].org : VIEW("localhost.localdomain");
    *out_origin = view_cstr(given);
    if (given) {
        *out_org = view_slice(*out_origin, 0, view_find(*out_origin, '/'));
        return OK;
    }
    while (dir.n > 1 && dir.p[dir.n - 1] == '/')
        dir.n--;
    size_t from = dir.n;
    while (from > 0 && dir.p[from - 1] != '/')
        from--;
    dir = view_slice(dir, from, dir.n);
    return arena_format(mem, out_origin, "%.*s/%.*s", VIEW_ARG(*out_org), VIEW_ARG(dir));
}

static rc read_members(const struct call *call, struct arena *mem, struct node_config *config)
{
    struct record_founder *members;
    uint32_t n = (uint32_t)call->n_args - 1;
    TRY(arena_array(mem, n, &members));
    for (uint32_t i = 0; i < n; i++) {
        TRY(vkey_read(call->args[i + 1], mem, &members[i].key));
        members[i].org = members[i].key.name;
    }
    *config = (struct node_config){.members = members, .n_members = n};
    return OK;
}

static rc write_key(const struct seal_signer *key, struct view org, const char *path)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(file_abandon) struct file_writer file = {.fd = -1};
    char created[SEAL_TIME_CHARS];
    record_time_write(clock_wall_ms(), created);
    TRY(seal_key_file_write(key, SEAL_LOG, org, view_of(created, sizeof created), (struct view){0},
                            &bytes));
    rc r = file_create_private(path, &file);
    if (ok(r)) r = file_write(&file, buf_view(&bytes));
    seal_wipe(bytes.p, bytes.n);
    TRY(r);
    return file_commit_new(&file);
}

static rc open_part(const struct call *call, const char *part, struct view origin,
                    struct arena *mem, struct seal_signer *key, bool *out_same)
{
    CLEANUP(key_entry_done) struct key_entry entry = {0};
    TRY(key_entry_read(part, mem, &entry));
    *out_same = entry.file.purpose == SEAL_LOG && view_eq(entry.file.public_half.name, origin);
    return *out_same ? key_entry_open(&entry, NULL, call->reader, mem, key) : OK;
}

/* That of a run that was stopped, when it is for the same name: nothing was ever signed with it but
 * the beginning of this log. */
static rc make_key(const struct call *call, struct view org, struct view origin, struct arena *mem,
                   const char *part, struct seal_signer *key)
{
    uint8_t seed[SEAL_SEED_BYTES];
    bool same = false;
    if (access(part, F_OK) == 0) {
        TRY(open_part(call, part, origin, mem, key, &same));
        if (same) return OK;
        TRY(file_remove(part));
    }
    TRY(seal_random(seed, sizeof seed));
    rc r = seal_signer_init(origin, SEAL_TYPE_ED25519, seed, key);
    seal_wipe(seed, sizeof seed);
    if (!ok(r) && !call->values[LOG_INIT_ORIGIN].given)
        return FAIL(E_INPUT, "no log can be called %.*s: give it another name with --origin",
                    VIEW_ARG(origin));
    TRY(r);
    return write_key(key, org, part);
}

static bool has_file(const char *dir, const char *name)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s%s", dir, name);
    return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

/* The log that stands in DIR is the one that this key was made for. */
static bool is_of(const char *dir, const struct seal_signer *key, struct arena *mem)
{
    struct ledger_files files;
    struct seal_verifier lies;
    const struct seal_verifier mine = seal_signer_verifier(key);
    return ok(ledger_folder(dir, mem, &files)) && ok(ledger_read_key(&files, mem, &lies)) &&
           seal_verifier_eq(&lies, &mine);
}

/* The log stands, and its key lacks its name. */
static rc find_key(const struct call *call, struct view origin, struct arena *mem, const char *part,
                   struct seal_signer *key)
{
    const char *dir = call->args[0];
    bool same;
    TRY(open_part(call, part, origin, mem, key, &same));
    if (same && is_of(dir, key, mem)) return OK;
    return FAIL(E_DUPLICATE, "%s: there is a log already, and %s is not its key of the name %.*s",
                dir, part, VIEW_ARG(origin));
}

static rc make_beside(const struct call *call, const struct node_config *config, struct arena *mem,
                      const char *part, struct seal_signer *key)
{
    const char *dir = call->args[0];
    struct view org, origin;
    TRY(choose_origin(call, config, mem, &org, &origin));
    if (has_file(dir, "/log") && access(part, F_OK) == 0)
        return find_key(call, origin, mem, part, key);
    TRY(ledger_check_free(dir));
    TRY(make_key(call, org, origin, mem, part, key));
    return node_create(dir, key, config);
}

/* The key stands in DIR.key.part until the log stands: stopped anywhere, the same command goes on
 * there. A key that was there before is never touched. */
static rc make_with_key(const struct call *call, const struct node_config *config,
                        struct arena *mem, const char *path, struct seal_signer *key)
{
    struct view text;
    bool stood = has_file(call->args[0], "/log");
    TRY(arena_format(mem, &text, "%s.part%c", path, 0));
    const char *part = (const char *)text.p;
    if (access(path, F_OK) == 0)
        return FAIL(E_DUPLICATE, "%s: exists already; a log is made with it by --log-key", path);
    rc r = make_beside(call, config, mem, part, key);
    if (ok(r)) return file_rename(part, path);
    /* The last sync may have failed when the log stands already, and then its key is needed. */
    bool stands = has_file(call->args[0], "/log");
    if (!stands) unlink(part);
    if (stands && !stood) rename(part, path);
    return r;
}

/* With a key of its own, or the one that is given. */
static rc make_log(struct call *call, struct arena *mem, const struct node_config *config,
                   struct seal_signer *key, const char **out_key_path)
{
    *out_key_path = call->values[LOG_INIT_LOG_KEY].text;
    if (*out_key_path) {
        TRY(key_open(call, *out_key_path, call->values[LOG_INIT_LOG_PASSPHRASE_FILE].text, SEAL_LOG,
                     mem, key));
        return node_create(call->args[0], key, config);
    }
    TRY(log_key_path(call->args[0], mem, out_key_path));
    return make_with_key(call, config, mem, *out_key_path, key);
}

static rc init(struct call *call, struct arena *mem, struct seal_signer *key)
{
    CLEANUP(facts_done) struct facts f;
    CLEANUP(buf_done) struct buf vkey = {0};
    struct node_config config;
    const char *key_path;
    facts_begin(&f);
    /* Made beside its place and moved there: what stands under the feet cannot be. */
    if (strcmp(call->args[0], ".") == 0 || strcmp(call->args[0], "..") == 0)
        return FAIL(E_USAGE, "%s: name the folder that is to be made, from the folder above it",
                    call->args[0]);
    TRY(read_members(call, mem, &config));
    TRY(make_log(call, mem, &config, key, &key_path));
    TRY(node_config_read(call->args[0], mem, &config)); /* of a run before, when one was stopped */
    const struct seal_verifier public_half = seal_signer_verifier(key);
    TRY(seal_verifier_print(&public_half, &vkey));
    facts_text(&f, "log", view_cstr(call->args[0]));
    facts_text(&f, "origin", key->name);
    facts_text(&f, "public_key", buf_view(&vkey));
    facts_text(&f, "key_file", view_cstr(key_path));
    facts_number(&f, "members", config.n_members);
    return facts_print(call, &f, call->values[LOG_INIT_JSON].given);
}

rc verb_log_init(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    struct seal_signer key = {0};
    (void)out_exit;
    arena_init(&mem, 0);
    rc r = init(call, &mem, &key);
    seal_signer_done(&key);
    return r;
}
