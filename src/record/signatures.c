/* SPDX-License-Identifier: Apache-2.0
 * Which signature lines hold over a record's text: facts, found once, that the fold rests on. */
#include "record/record_int.h"

#include <string.h>

static rc line_holds(struct view text, const struct seal_line *line,
                     const struct seal_verifier *key, bool *out)
{
    *out = false;
    if (key->type != SEAL_TYPE_ED25519 || key->id != line->id || !view_eq(key->name, line->name) ||
        line->signature.n != SEAL_SIGNATURE_BYTES || key->public_key.n != SEAL_PUBLIC_BYTES)
        return OK;
    rc r = seal_ed25519_check(text, key->public_key.p, line->signature.p);
    *out = ok(r);
    return r.code == E_DAMAGED ? OK : r;
}

rc record_signatures(struct view text, const struct seal_line *lines, uint32_t n_lines,
                     const struct seal_verifier *keys, uint32_t n_keys, struct arena *mem,
                     const struct record_signature **out, uint32_t *out_n)
{
    struct record_signature *found;
    uint32_t n = 0;
    TRY(arena_array(mem, (size_t)n_lines + 1, &found));
    for (uint32_t l = 0; l < n_lines; l++)
        for (uint32_t k = 0; k < n_keys; k++) {
            bool holds;
            TRY(line_holds(text, &lines[l], &keys[k], &holds));
            if (!holds) continue;
            found[n].name = keys[k].name;
            found[n].key_id = keys[k].id;
            memcpy(found[n++].public_key, keys[k].public_key.p, SEAL_PUBLIC_BYTES);
            break;
        }
    *out = found;
    *out_n = n;
    return OK;
}

rc record_cosigned(const struct record *cosign, struct view text, const struct seal_verifier *keys,
                   uint32_t n_keys, struct arena *mem, const struct record_signature **out)
{
    CLEANUP(buf_done) struct buf note = {0};
    struct seal_note parsed;
    uint32_t n;
    const struct record_signature *found;
    TRY(buf_add(&note, text));
    TRY(buf_add_byte(&note, '\n'));
    TRY(buf_add(&note, json_get_string(cosign->body, "line")));
    TRY(buf_add_byte(&note, '\n'));
    rc r = seal_note_parse(buf_view(&note), mem, &parsed);
    if (r.code == E_MEMORY || r.code == E_INTERNAL) return r;
    *out = NULL;
    if (!ok(r) || parsed.n_lines != 1 || parsed.text.n != text.n) return OK;
    TRY(record_signatures(text, parsed.lines, 1, keys, n_keys, mem, &found, &n));
    if (n == 1) *out = found;
    return OK;
}
