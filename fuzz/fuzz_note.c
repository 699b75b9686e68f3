/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a note, as a checkpoint and as the lines of keys. What is read is
 * written again as the same bytes, but for lines that stand twice, and then read the same; only the
 * true signature holds; nothing is read twice in two ways.
 */
#include <string.h>

#include "must.h"
#include "seal/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define KEY "exchange.example/log1+cc7ffb32+AbnpI4hLNCOleiCj8S7v9oIxdQcHk3hjyA/DpMUX/pA6"
#define TEXT "exchange.example/log1\n3\nLP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNo=\n"

static void write_line(const struct seal_line *line, struct buf *out)
{
    CLEANUP(buf_done) struct buf blob = {0};
    for (unsigned i = 0; i < 4; i++)
        must(ok(buf_add_byte(&blob, (uint8_t)(line->id >> (24 - 8 * i)))));
    must(ok(buf_add(&blob, line->signature)));
    must(ok(buf_addf(out, "\u2014 ")) && ok(buf_add(out, line->name)));
    must(ok(buf_add_byte(out, ' ')) && ok(seal_base64(buf_view(&blob), out)));
    must(ok(buf_add_byte(out, '\n')));
}

static uint32_t count_lines(struct view v)
{
    uint32_t n = 0;
    for (size_t i = 0; i < v.n; i++)
        n += v.p[i] == '\n';
    return n;
}

static void try_note(struct view bytes, struct arena *mem)
{
    struct seal_note note, once;
    struct seal_verifier key;
    const struct seal_signed *seen = NULL;
    CLEANUP(buf_done) struct buf again = {0};
    if (!ok(seal_note_parse(bytes, mem, &note))) return;
    must(note.n_lines > 0 && note.n_lines <= SEAL_LINES_MAX);
    must(ok(buf_add(&again, note.text)) && ok(buf_add_byte(&again, '\n')));
    for (uint32_t i = 0; i < note.n_lines; i++)
        write_line(&note.lines[i], &again);
    struct view behind = view_slice(bytes, note.text.n + 1, bytes.n);
    if (note.n_lines == count_lines(behind))
        must(view_eq(buf_view(&again), bytes));
    else
        must(note.n_lines < count_lines(behind) && again.n < bytes.n &&
             ok(seal_note_parse(buf_view(&again), mem, &once)) && once.n_lines == note.n_lines);
    must(ok(seal_verifier_parse(VIEW(KEY), mem, &key)));
    if (ok(seal_note_check(&note, &key, 1, mem, &seen)))
        must(seen[0].holds && view_eq(note.text, VIEW(TEXT)));
}

static void try_checkpoint(struct view bytes)
{
    struct seal_checkpoint c;
    CLEANUP(buf_done) struct buf again = {0};
    if (!ok(seal_checkpoint_parse(bytes, &c))) return;
    must(c.size <= SEAL_SIZE_MAX && c.origin.n > 0);
    /* Origins with spaces are read and not written. */
    if (ok(seal_checkpoint_print(&c, &again))) must(view_eq(buf_view(&again), bytes));
}

static void try_keys(struct view bytes, struct arena *mem)
{
    struct seal_verifier key;
    struct seal_signer signer;
    CLEANUP(buf_done) struct buf again = {0};
    if (ok(seal_verifier_parse(bytes, mem, &key))) {
        must(ok(seal_verifier_print(&key, &again)) && view_eq(buf_view(&again), bytes));
    } else if (ok(seal_signer_parse(bytes, mem, &signer))) {
        must(ok(seal_signer_print(&signer, &again)) && view_eq(buf_view(&again), bytes));
        seal_signer_done(&signer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena mem;
    arena_init(&mem, 0);
    try_note(view_of(bytes, n), &mem);
    try_checkpoint(view_of(bytes, n));
    try_keys(view_of(bytes, n), &mem);
    arena_done(&mem);
    return 0;
}
