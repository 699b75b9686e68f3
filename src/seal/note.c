/* SPDX-License-Identifier: Apache-2.0
 *
 * Signed notes (C2SP signed-note v1.0.0): a text that ends in a line feed, an empty line, and
 * signature lines. The last empty line divides, so the text may have others.
 *
 *   — <name> base64(<key id, 4 bytes, big-endian> <signature>)
 */
#include "seal/seal_int.h"

#include <string.h>

static const uint8_t k_dash[] = {0xE2, 0x80, 0x94, ' '}; /* U+2014 and a space */

/* ---- reading ---- */

static rc find_lines(struct view bytes, size_t *out_from)
{
    for (size_t i = bytes.n; i >= 2; i--)
        if (bytes.p[i - 1] == '\n' && bytes.p[i - 2] == '\n') {
            *out_from = i;
            return OK;
        }
    return FAIL(E_INPUT, "seal: no empty line divides the note from its signatures");
}

static rc parse_line(struct view line, struct arena *mem, struct seal_line *out)
{
    struct view blob;
    if (!view_starts(line, view_of(k_dash, sizeof k_dash)))
        return FAIL(E_INPUT, "seal: it does not begin with a dash (U+2014) and a space");
    struct view rest = view_slice(line, sizeof k_dash, line.n);
    size_t n_name = view_find(rest, ' ');
    TRY(check_name(view_of(rest.p, n_name), "signature"));
    if (n_name == rest.n) return FAIL(E_INPUT, "seal: nothing follows the name");
    struct view base64 = view_slice(rest, n_name + 1, rest.n);
    if (base64.n / 4 > (KEY_ID_BYTES + SEAL_LINE_MAX_BYTES + 2) / 3)
        return FAIL(E_LIMIT, "seal: %zu characters for a signature of at most %d bytes", base64.n,
                    SEAL_LINE_MAX_BYTES);
    TRY(seal_from_base64(base64, mem, &blob));
    if (blob.n <= KEY_ID_BYTES)
        return FAIL(E_INPUT, "seal: %zu bytes are no key id and signature", blob.n);
    out->name = view_of(rest.p, n_name);
    out->id = get_be32(blob.p);
    out->signature = view_slice(blob, KEY_ID_BYTES, blob.n);
    return OK;
}

static bool same_key(struct view name, uint32_t id, struct view other_name, uint32_t other_id)
{
    return id == other_id && view_eq(name, other_name);
}

/* The very same line again says nothing more. */
static bool is_repeated(const struct seal_line *lines, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (same_key(lines[i].name, lines[i].id, lines[n].name, lines[n].id) &&
            view_eq(lines[i].signature, lines[n].signature))
            return true;
    return false;
}

rc seal_note_parse(struct view bytes, struct arena *mem, struct seal_note *out)
{
    size_t from;
    if (bytes.n > SEAL_NOTE_MAX_BYTES)
        return FAIL(E_LIMIT, "seal: a note of %zu bytes; at most %d", bytes.n, SEAL_NOTE_MAX_BYTES);
    TRY(check_note_text(bytes));
    TRY(find_lines(bytes, &from));
    if (from == bytes.n) return FAIL(E_INPUT, "seal: a note without a signature");
    uint32_t n_lines = 0;
    for (size_t i = from; i < bytes.n; i++)
        n_lines += bytes.p[i] == '\n';
    if (n_lines > SEAL_LINES_MAX)
        return FAIL(E_LIMIT, "seal: %u signatures; at most %d", n_lines, SEAL_LINES_MAX);
    struct seal_line *lines;
    TRY(arena_array(mem, n_lines, &lines));
    size_t at = from;
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_lines; i++) {
        struct view line;
        TRY(take_line(bytes, &at, &line));
        rc r = parse_line(line, mem, &lines[n]);
        if (!ok(r)) return rc_within(r, "signature %u: ", i + 1);
        n += !is_repeated(lines, n);
    }
    *out = (struct seal_note){view_of(bytes.p, from - 1), lines, n};
    return OK;
}

/* ---- checking ---- */

static rc check_line(const struct seal_note *note, const struct seal_line *line,
                     const struct seal_verifier *key, struct seal_signed *out)
{
    const struct key_kind *kind;
    TRY(find_key_kind(key->type, &kind));
    if (!kind->check)
        return FAIL(E_VERSION, "seal: signatures of type %s cannot be checked yet", kind->english);
    if (line->signature.n != kind->signature_bytes || key->public_key.n != kind->public_bytes)
        return FAIL(E_DAMAGED, "seal: %zu bytes are no signature of type %s", line->signature.n,
                    kind->english);
    uint64_t time_s = 0;
    TRY(kind->check(key, note->text, line->signature, &time_s));
    out->holds = true;
    if (time_s > out->time_s) out->time_s = time_s;
    return OK;
}

/* Index of the key that a line names, or n_keys. */
static size_t key_of(const struct seal_line *line, const struct seal_verifier *keys, size_t n_keys)
{
    size_t i = 0;
    while (i < n_keys && !same_key(line->name, line->id, keys[i].name, keys[i].id))
        i++;
    return i;
}

static rc check_distinct(const struct seal_verifier *keys, size_t n_keys)
{
    for (size_t i = 0; i < n_keys; i++)
        for (size_t j = 0; j < i; j++)
            if (same_key(keys[i].name, keys[i].id, keys[j].name, keys[j].id))
                return FAIL(E_DUPLICATE, "seal: two keys are %.*s with id %08x",
                            VIEW_ARG(keys[i].name), keys[i].id);
    return OK;
}

rc seal_note_check(const struct seal_note *note, const struct seal_verifier *keys, size_t n_keys,
                   struct arena *mem, const struct seal_signed **out)
{
    struct seal_signed *seen;
    uint32_t n_unknown = 0;
    TRY(check_distinct(keys, n_keys));
    TRY(arena_array(mem, n_keys, &seen));
    for (uint32_t i = 0; i < note->n_lines; i++) {
        const struct seal_line *line = &note->lines[i];
        size_t key = key_of(line, keys, n_keys);
        if (key == n_keys) {
            n_unknown++;
            continue;
        }
        rc r = check_line(note, line, &keys[key], &seen[key]);
        if (!ok(r)) return rc_within(r, "signature of %.*s: ", VIEW_ARG(line->name));
    }
    if (n_unknown > SEAL_UNKNOWN_MAX)
        return FAIL(E_LIMIT, "seal: %u signatures of unknown keys; at most %d", n_unknown,
                    SEAL_UNKNOWN_MAX);
    if (n_unknown == note->n_lines)
        return FAIL(E_NOT_FOUND, "seal: none of the %u signatures is of a known key", n_unknown);
    *out = seen;
    return OK;
}

/* ---- writing ---- */

static rc append_line(const struct seal_signer *key, struct view text, uint64_t time_s,
                      struct buf *out)
{
    const struct key_kind *kind;
    uint8_t blob[KEY_ID_BYTES + TIME_BYTES + SEAL_SIGNATURE_BYTES];
    TRY(find_key_kind(key->type, &kind));
    if (!kind->sign || KEY_ID_BYTES + kind->signature_bytes > sizeof blob)
        return FAIL(E_VERSION, "seal: no key of type %s signs here", kind->english);
    TRY(check_note_text(text));
    put_be32(blob, key->id);
    TRY(kind->sign(key, text, time_s, blob + KEY_ID_BYTES));
    TRY(buf_add(out, view_of(k_dash, sizeof k_dash)));
    TRY(buf_add(out, key->name));
    TRY(buf_add_byte(out, ' '));
    TRY(seal_base64(view_of(blob, KEY_ID_BYTES + kind->signature_bytes), out));
    return buf_add_byte(out, '\n');
}

rc seal_sign_line(const struct seal_signer *key, struct view text, uint64_t time_s, struct buf *out)
{
    size_t before = out->n;
    rc r = append_line(key, text, time_s, out);
    if (!ok(r)) out->n = before;
    return r;
}

static rc append_note(struct view text, const struct seal_signer *keys, size_t n_keys,
                      struct buf *out)
{
    if (n_keys == 0) return FAIL(E_USAGE, "seal: a note without a signer");
    if (n_keys > SEAL_LINES_MAX) return FAIL(E_LIMIT, "seal: %zu signers of a note", n_keys);
    TRY(buf_add(out, text));
    TRY(buf_add_byte(out, '\n'));
    for (size_t i = 0; i < n_keys; i++) {
        if (keys[i].type == SEAL_TYPE_COSIGNATURE)
            return FAIL(E_USAGE, "seal: a cosigner signs a note that there is");
        for (size_t j = 0; j < i; j++)
            if (same_key(keys[i].name, keys[i].id, keys[j].name, keys[j].id))
                return FAIL(E_DUPLICATE, "seal: %.*s would sign twice", VIEW_ARG(keys[i].name));
        TRY(append_line(&keys[i], text, 0, out));
    }
    return OK;
}

rc seal_note_write(struct view text, const struct seal_signer *keys, size_t n_keys, struct buf *out)
{
    size_t before = out->n;
    rc r = append_note(text, keys, n_keys, out);
    if (!ok(r)) out->n = before;
    return r;
}
