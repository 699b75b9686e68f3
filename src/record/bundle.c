/* SPDX-License-Identifier: Apache-2.0
 *
 * Bundles: what is handed in, sent and kept of one record.
 *
 *   {"body":…}                        the record, one line
 *                                     an empty line
 *   — checker.example <base64>        1 to 100 signature lines: up to here a signed note
 *   + <field> {"salt":…,"value":…}    0 to 16 parts of erasable fields, in the order of the names
 */
#include "record/record_int.h"

#include <stdlib.h>

#define DASH "\u2014 "

static bool line_starts(struct view bytes, size_t at, struct view with)
{
    return view_starts(view_slice(bytes, at, bytes.n), with);
}

static size_t next_line(struct view bytes, size_t at)
{
    size_t n = view_find(view_slice(bytes, at, bytes.n), '\n');
    return at + n < bytes.n ? at + n + 1 : bytes.n;
}

bool record_bundle_is(struct view bytes)
{
    for (size_t at = 0; at < bytes.n; at = next_line(bytes, at))
        if (line_starts(bytes, at, VIEW(DASH))) return true;
    return false;
}

/* The text is one line, so the note is cut without looking at anything else. */
static rc cut_note(struct view bytes, struct record_bundle *out, size_t *out_end)
{
    size_t text = next_line(bytes, 0), at = text + 1;
    if (text < 2 || bytes.p[text - 1] != '\n' || !line_starts(bytes, text, VIEW("\n" DASH)))
        return FAIL(E_INPUT, "bundle: not a record in one line, an empty line, and signatures");
    while (line_starts(bytes, at, VIEW(DASH)))
        at = next_line(bytes, at);
    if (bytes.p[at - 1] != '\n') return FAIL(E_INPUT, "bundle: the last line has no end");
    out->note = view_slice(bytes, 0, at);
    out->text = view_slice(bytes, 0, text);
    *out_end = at;
    return OK;
}

static rc read_part(struct view line, struct record_part_text *out)
{
    if (!view_starts(line, VIEW("+ ")))
        return FAIL(E_INPUT, "bundle: only parts (\"+ field …\") stand behind the signatures");
    struct view rest = view_slice(line, 2, line.n);
    out->field = view_slice(rest, 0, view_find(rest, ' '));
    out->text = view_slice(rest, out->field.n + 1, rest.n);
    if (format_fault(RECORD_TOKEN, out->field) || !view_starts(out->text, VIEW("{")))
        return FAIL(E_INPUT, "bundle: a part is \"+ field {\"salt\":…,\"value\":…}\"");
    return OK;
}

static rc read_parts(struct view bytes, size_t at, struct arena *mem, struct record_bundle *out)
{
    struct record_part_text *parts;
    uint32_t n = 0;
    TRY(arena_array(mem, RECORD_MAX_PARTS, &parts));
    for (; at < bytes.n; n++) {
        size_t end = next_line(bytes, at);
        if (bytes.p[end - 1] != '\n') return FAIL(E_INPUT, "bundle: the last line has no end");
        if (n == RECORD_MAX_PARTS)
            return FAIL(E_LIMIT, "bundle: more than %d parts", RECORD_MAX_PARTS);
        TRY(read_part(view_slice(bytes, at, end - at - 1), &parts[n]));
        if (n > 0 && view_cmp(parts[n - 1].field, parts[n].field) >= 0)
            return FAIL(E_INPUT, "bundle: part %.*s stands twice or out of order",
                        VIEW_ARG(parts[n].field));
        at = end;
    }
    out->parts = parts;
    out->n_parts = n;
    return OK;
}

rc record_bundle_read(struct view bytes, struct arena *mem, struct record_bundle *out)
{
    struct record_bundle bundle;
    size_t end;
    if (bytes.n > RECORD_BUNDLE_MAX_BYTES)
        return FAIL(E_LIMIT, "bundle: %zu bytes, the limit is %d", bytes.n,
                    RECORD_BUNDLE_MAX_BYTES);
    TRY(cut_note(bytes, &bundle, &end));
    TRY(read_parts(bytes, end, mem, &bundle));
    *out = bundle;
    return OK;
}

static int by_field(const void *a, const void *b)
{
    const struct record_part_text *x = a, *y = b;
    return view_cmp(x->field, y->field);
}

static rc append(struct view note, const struct record_part_text *parts, uint32_t n_parts,
                 struct buf *out)
{
    TRY(buf_add(out, note));
    for (uint32_t i = 0; i < n_parts; i++) {
        TRY(buf_add(out, VIEW("+ ")));
        TRY(buf_add(out, parts[i].field));
        TRY(buf_add_byte(out, ' '));
        TRY(buf_add(out, parts[i].text));
        TRY(buf_add_byte(out, '\n'));
    }
    return OK;
}

rc record_bundle_write(struct view note, const struct record_part_text *parts, uint32_t n_parts,
                       struct arena *mem, struct buf *out)
{
    struct record_part_text *sorted;
    struct record_bundle check;
    size_t before = out->n;
    TRY(arena_array(mem, n_parts, &sorted));
    for (uint32_t i = 0; i < n_parts; i++)
        sorted[i] = parts[i];
    if (n_parts > 1) qsort(sorted, n_parts, sizeof *sorted, by_field);
    rc r = append(note, sorted, n_parts, out);
    if (ok(r)) r = record_bundle_read(view_slice(buf_view(out), before, out->n), mem, &check);
    if (!ok(r)) out->n = before;
    return r;
}
