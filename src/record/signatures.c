/* SPDX-License-Identifier: Apache-2.0
 * Which signature lines hold over a record's text: facts, found once, that the fold rests on. */
#include "record/record_int.h"

#include <string.h>

static rc line_holds(struct view text, const struct seal_line *line,
                     const struct seal_verifier *key, const struct record_checked *checked,
                     bool *out)
{
    *out = false;
    if (key->type != SEAL_TYPE_ED25519 || key->id != line->id || !view_eq(key->name, line->name) ||
        line->signature.n != SEAL_SIGNATURE_BYTES || key->public_key.n != SEAL_PUBLIC_BYTES)
        return OK;
    if (checked && checked->find(checked->context, text, line, key, out)) return OK;
    rc r = seal_ed25519_check(text, key->public_key.p, line->signature.p);
    *out = ok(r);
    return r.code == E_DAMAGED ? OK : r;
}

rc record_signatures(struct view text, const struct seal_line *lines, uint32_t n_lines,
                     const struct seal_verifier *keys, uint32_t n_keys,
                     const struct record_checked *checked, struct arena *mem,
                     const struct record_signature **out, uint32_t *out_n)
{
    struct record_signature *found;
    uint32_t n = 0;
    TRY(arena_array(mem, (size_t)n_lines + 1, &found));
    for (uint32_t l = 0; l < n_lines; l++)
        for (uint32_t k = 0; k < n_keys; k++) {
            bool holds;
            TRY(line_holds(text, &lines[l], &keys[k], checked, &holds));
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

rc record_cosign_line(const struct record *cosign, struct view text, struct arena *mem,
                      struct seal_line *out, bool *out_is_line)
{
    struct seal_note cut;
    struct view note;
    TRY(arena_format(mem, &note, "%.*s\n%.*s\n", VIEW_ARG(text),
                     VIEW_ARG(json_get_string(cosign->body, "line"))));
    rc parsed = seal_note_parse(note, mem, &cut);
    if (parsed.code == E_MEMORY || parsed.code == E_INTERNAL) return parsed;
    *out_is_line = ok(parsed) && cut.n_lines == 1 && cut.text.n == text.n;
    if (*out_is_line) *out = cut.lines[0];
    return OK;
}
