/* SPDX-License-Identifier: Apache-2.0
 * Erasable parts: {"salt":"…","value":…}, canonical, beside a record that holds their hash alone.
 */
#include "record/record_int.h"

#include <string.h>

static const struct record_part *part_of(const struct record *r, struct view field)
{
    for (uint32_t i = 0; i < r->n_parts; i++)
        if (view_eq(r->parts[i].field, field)) return &r->parts[i];
    return NULL;
}

static rc check_part(struct check *c, const struct record *r, struct view field, struct view part,
                     const struct json *root)
{
    const struct record_field *f = r->kind ? record_field_find(&r->kind->body, field) : NULL;
    CLEANUP(buf_done) struct buf again = {0};
    check_into(c, VIEW("parts"));
    check_into(c, field);
    TRY(check_plain(c, root));
    TRY(check_result(c));
    TRY(json_write(root, c->mem, &again));
    if (!view_eq(buf_view(&again), part)) check_fault(c, NULL, "not canonical (RFC 8785)");
    const struct json *value = json_get(root, "value");
    if (!format_salt(json_get_string(root, "salt")))
        check_fault(c, "salt", "16 random bytes in base64 are expected");
    if (!value) check_fault(c, "value", "is missing");
    if (root->n > 2 && !r->newer) check_fault(c, NULL, "only salt and value stand in a part");
    if (value && f) {
        check_into(c, VIEW("value"));
        check_value(c, f, value);
        check_out(c);
    }
    return check_result(c);
}

rc record_check_part(const struct record *r, struct view field, struct view part, struct arena *mem,
                     const struct json **out_value, struct record_faults *out_faults)
{
    const struct json_limits limits = {RECORD_MAX_BYTES, 16, 20000};
    const struct record_part *named = part_of(r, field);
    uint8_t hash[SEAL_SHA256_BYTES];
    const struct json *root;
    struct record_faults *faults;
    if (out_faults) out_faults->n = out_faults->total = 0;
    if (!named) return FAIL(E_NOT_FOUND, "record: it names no part \"%.*s\"", VIEW_ARG(field));
    TRY(seal_sha256(part, hash));
    if (memcmp(hash, named->hash, sizeof hash) != 0)
        return FAIL(E_DAMAGED, "record: parts.%.*s: not the part that was signed", VIEW_ARG(field));
    TRY(arena_new(mem, &faults));
    TRY(json_parse(part, &limits, mem, &root));
    struct check c = {.mem = mem, .faults = faults, .keep_unknown = r->newer};
    rc checked = check_part(&c, r, field, part, root);
    if (out_faults) *out_faults = *faults;
    TRY(checked);
    if (out_value) *out_value = json_get(root, "value");
    return OK;
}

static void base64_salt(const uint8_t salt[RECORD_SALT_BYTES], char out[24])
{
    static const char k_digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0, at = 0; i < RECORD_SALT_BYTES; i += 3) {
        uint32_t x = (uint32_t)salt[i] << 16;
        if (i + 1 < RECORD_SALT_BYTES) x |= (uint32_t)salt[i + 1] << 8;
        if (i + 2 < RECORD_SALT_BYTES) x |= salt[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            out[at++] = k_digits[x >> shift & 63];
    }
    memset(out + 22, '=', 2); /* 16 bytes fill 22 digits */
}

rc record_write_part(const uint8_t salt[RECORD_SALT_BYTES], struct view value, struct buf *out,
                     uint8_t out_hash[SEAL_SHA256_BYTES])
{
    char text[24];
    size_t from = out->n;
    struct json_writer w;
    base64_salt(salt, text);
    json_begin(&w, out);
    json_open_object(&w);
    json_key(&w, "salt");
    json_string(&w, view_of(text, sizeof text));
    json_key(&w, "value");
    json_raw(&w, value);
    json_close_object(&w);
    TRY(json_finish(&w));
    return seal_sha256(view_of(out->p + from, out->n - from), out_hash);
}
