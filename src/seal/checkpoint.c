/* SPDX-License-Identifier: Apache-2.0
 *
 * Checkpoints (C2SP tlog-checkpoint v1.0.0): the text of a note in lines
 *
 *   <origin>
 *   <size in decimal>
 *   <base64 of the root>
 *   <extension>               any number of them, none empty; we write none */
#include "seal/seal_int.h"

#include <string.h>

static rc check_root(const struct seal_checkpoint *c)
{
    if (c->size == 0 && memcmp(&c->root, &k_empty_root, sizeof c->root) != 0)
        return FAIL(E_INPUT, "seal: a tree of 0 leaves has one root, and it is not this one");
    return OK;
}

rc seal_checkpoint_parse(struct view text, struct seal_checkpoint *out)
{
    struct seal_checkpoint c = {0};
    struct view line;
    size_t at = 0;
    TRY(check_note_text(text));
    TRY(take_line(text, &at, &c.origin));
    if (c.origin.n == 0) return FAIL(E_INPUT, "seal: a checkpoint without an origin");
    TRY(take_line(text, &at, &line));
    TRY(seal_count_read(line, "size of a tree", &c.size));
    TRY(take_line(text, &at, &line));
    TRY(seal_from_base64_exact(line, sizeof c.root, c.root.bytes));
    TRY(check_root(&c));
    c.extension = view_slice(text, at, text.n);
    while (at < text.n) {
        TRY(take_line(text, &at, &line));
        if (line.n == 0) return FAIL(E_INPUT, "seal: an empty line in a checkpoint");
    }
    *out = c;
    return OK;
}

static rc print(const struct seal_checkpoint *c, struct buf *out)
{
    TRY(check_name(c->origin, "log"));
    if (c->size > SEAL_SIZE_MAX) return FAIL(E_INPUT, "seal: a tree larger than any may be");
    TRY(buf_add(out, c->origin));
    TRY(buf_addf(out, "\n%llu\n", (unsigned long long)c->size));
    TRY(seal_base64(view_of(c->root.bytes, sizeof c->root.bytes), out));
    TRY(buf_add_byte(out, '\n'));
    return buf_add(out, c->extension);
}

rc seal_checkpoint_print(const struct seal_checkpoint *c, struct buf *out)
{
    size_t before = out->n;
    struct seal_checkpoint again;
    rc r = print(c, out);
    if (ok(r)) r = seal_checkpoint_parse(view_slice(buf_view(out), before, out->n), &again);
    if (!ok(r)) out->n = before;
    return r;
}
