/* SPDX-License-Identifier: Apache-2.0
 * DIR/node.json: {"members":[{"home_log","key"}],"version":1,"witnesses":[{"key","url"}]}. A
 * member's name is that of its key; without home_log any log may be its home. A file for people
 * too: what this version does not know is refused rather than forgotten at the next writing. */
#include "node/node_int.h"

#include <stdio.h>
#include <string.h>

enum { CONFIG_MAX_BYTES = 1 << 20, CONFIG_VERSION = 1 };

static const char *const k_member_keys[] = {"home_log", "key"};
static const char *const k_witness_keys[] = {"key", "url"};
static const char *const k_config_keys[] = {"members", "version", "witnesses"};

static rc refuse_unknown(const struct json *object, const char *const *known, size_t n,
                         const char *where)
{
    for (uint32_t i = 0; i < object->n; i++) {
        const struct view key = object->as.items[i].key;
        bool found = false;
        for (size_t k = 0; k < n; k++)
            found = found || view_eq(key, view_cstr(known[k]));
        if (!found) return FAIL(E_INPUT, "%s: \"%.*s\" is not known", where, VIEW_ARG(key));
    }
    return OK;
}

/* Element i of a list of objects whose members are strings. */
static rc list_object(const struct json *list, uint32_t i, const char *name,
                      const char *const *known, size_t n_known, const struct json **out)
{
    char where[48];
    const struct json *object = &list->as.items[i];
    snprintf(where, sizeof where, "%s[%u]", name, i);
    if (object->type != JSON_OBJECT) return FAIL(E_INPUT, "%s: an object is needed", where);
    TRY(refuse_unknown(object, known, n_known, where));
    for (uint32_t m = 0; m < object->n; m++)
        if (object->as.items[m].type != JSON_STRING)
            return FAIL(E_INPUT, "%s.%.*s: a string is needed", where,
                        VIEW_ARG(object->as.items[m].key));
    *out = object;
    return OK;
}

static rc find_list(const struct json *root, const char *name, const struct json **out)
{
    static const struct json k_empty = {.type = JSON_ARRAY};
    const struct json *list = json_get(root, name);
    if (list && list->type != JSON_ARRAY) return FAIL(E_INPUT, "%s: a list is needed", name);
    *out = list ? list : &k_empty;
    return OK;
}

static rc read_members(const struct json *root, struct arena *mem, struct node_config *out)
{
    const struct json *list, *object;
    struct record_founder *members;
    TRY(find_list(root, "members", &list));
    TRY(arena_array(mem, list->n, &members));
    for (uint32_t i = 0; i < list->n; i++) {
        TRY(list_object(list, i, "members", k_member_keys, COUNT_OF(k_member_keys), &object));
        rc r = seal_verifier_parse(json_get_string(object, "key"), mem, &members[i].key);
        if (!ok(r)) return rc_within(r, "members[%u].key: ", i);
        members[i].org = members[i].key.name;
        members[i].home_log = json_get_string(object, "home_log");
    }
    out->members = members;
    out->n_members = list->n;
    return OK;
}

static rc read_witnesses(const struct json *root, struct arena *mem, struct node_config *out)
{
    const struct json *list, *object;
    struct node_witness *witnesses;
    TRY(find_list(root, "witnesses", &list));
    TRY(arena_array(mem, list->n, &witnesses));
    for (uint32_t i = 0; i < list->n; i++) {
        TRY(list_object(list, i, "witnesses", k_witness_keys, COUNT_OF(k_witness_keys), &object));
        rc r = seal_verifier_parse(json_get_string(object, "key"), mem, &witnesses[i].key);
        if (!ok(r)) return rc_within(r, "witnesses[%u].key: ", i);
        if (witnesses[i].key.type != SEAL_TYPE_COSIGNATURE)
            return FAIL(E_INPUT, "witnesses[%u].key: no key of a witness", i);
        witnesses[i].url = json_get_string(object, "url");
        if (!view_starts(witnesses[i].url, VIEW("http")))
            return FAIL(E_INPUT, "witnesses[%u].url: an http or https address is needed", i);
    }
    out->witnesses = witnesses;
    out->n_witnesses = list->n;
    return OK;
}

static rc read_config(const char *path, struct arena *mem, struct node_config *out)
{
    CLEANUP(buf_done) struct buf bytes = {0};
    const struct json *root;
    struct node_config config = {0};
    TRY(file_read(path, CONFIG_MAX_BYTES, &bytes));
    TRY(json_parse(buf_view(&bytes), NULL, mem, &root));
    if (root->type != JSON_OBJECT) return FAIL(E_INPUT, "an object is needed");
    TRY(refuse_unknown(root, k_config_keys, COUNT_OF(k_config_keys), "the file"));
    const struct json *version = json_get(root, "version");
    if (!version || version->type != JSON_INT || version->as.integer != CONFIG_VERSION)
        return FAIL(E_VERSION, "version: this program reads %d", CONFIG_VERSION);
    TRY(read_members(root, mem, &config));
    TRY(read_witnesses(root, mem, &config));
    *out = config;
    return OK;
}

rc node_config_read(const char *dir, struct arena *mem, struct node_config *out)
{
    struct view path;
    TRY(node_path(dir, "node.json", mem, &path));
    rc r = read_config((const char *)path.p, mem, out);
    return ok(r) || strstr(rc_message(), (const char *)path.p)
               ? r
               : rc_within(r, "%s: ", (const char *)path.p);
}

static rc write_key(struct json_writer *w, const char *name, const struct seal_verifier *key)
{
    CLEANUP(buf_done) struct buf line = {0};
    TRY(seal_verifier_print(key, &line));
    json_key(w, name);
    json_string(w, buf_view(&line));
    return OK;
}

static rc write_config(const struct node_config *config, struct buf *out)
{
    struct json_writer w;
    json_begin(&w, out);
    json_open_object(&w);
    json_key(&w, "members");
    json_open_array(&w);
    for (uint32_t i = 0; i < config->n_members; i++) {
        const struct record_founder *member = &config->members[i];
        json_open_object(&w);
        if (member->home_log.n > 0) {
            json_key(&w, "home_log");
            json_string(&w, member->home_log);
        }
        TRY(write_key(&w, "key", &member->key));
        json_close_object(&w);
    }
    json_close_array(&w);
    json_key(&w, "version");
    json_int(&w, CONFIG_VERSION);
    json_key(&w, "witnesses");
    json_open_array(&w);
    for (uint32_t i = 0; i < config->n_witnesses; i++) {
        json_open_object(&w);
        TRY(write_key(&w, "key", &config->witnesses[i].key));
        json_key(&w, "url");
        json_string(&w, config->witnesses[i].url);
        json_close_object(&w);
    }
    json_close_array(&w);
    json_close_object(&w);
    TRY(json_finish(&w));
    return buf_add_byte(out, '\n');
}

rc node_config_write(const char *dir, const struct node_config *config)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf bytes = {0};
    CLEANUP(file_abandon) struct file_writer file = {0};
    struct view path;
    arena_init(&mem, 0);
    TRY(node_path(dir, "node.json", &mem, &path));
    TRY(write_config(config, &bytes));
    TRY(file_create((const char *)path.p, &file));
    TRY(file_write(&file, buf_view(&bytes)));
    return file_commit(&file);
}
