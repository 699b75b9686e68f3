/* SPDX-License-Identifier: Apache-2.0
 *
 * One add-checkpoint request of a witness (C2SP tlog-witness v1.0.0), and its answer:
 *
 *   old <size>            of the last checkpoint that this witness cosigned, as the client has it
 *   <base64 of a hash>    0 to 63 lines: the consistency of that tree with the new one
 *                         an empty line
 *   <checkpoint>          a note that a key of the log signed
 *
 *   400 no such request, or old is larger than the checkpoint   404 an origin that is not watched
 *   403 no valid signature of a trusted key   409 another old: the body is the size that is known
 *   422 a proof that does not hold, or another root   200 our line, durable before it is given
 */
#include "ledger/witness_int.h"

#include <stdio.h>
#include <string.h>

/* ---- a request ---- */

struct request {
    struct known log;
    uint64_t old;
    struct seal_proof proof;
    struct view note_bytes;
    struct seal_note note;
    struct seal_checkpoint c;
    bool wrong_empty_root; /* size 0 and another root than that of no entries */
    struct buf kept;       /* text and the lines of the log's keys */
};

static const char k_text[] = "text/plain; charset=utf-8";

static rc answer(struct ledger_witness_answer *out, int status, const char *type, struct view body)
{
    buf_reset(&out->body);
    TRY(buf_add(&out->body, body));
    out->status = status;
    out->content_type = type;
    return OK;
}

static rc refuse(struct ledger_witness_answer *out, int status, const char *why)
{
    TRY(answer(out, status, k_text, view_cstr(why)));
    return buf_add_byte(&out->body, '\n');
}

/* seal takes no checkpoint of size 0 with another root, and this protocol has its own answer to it:
 * the text is read again with the right root. */
static rc parse_checkpoint(struct request *q)
{
    static const char k_empty[] = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    CLEANUP(buf_done) struct buf text = {0};
    uint8_t root[SEAL_SHA256_BYTES];
    struct view copy;
    rc r = seal_checkpoint_parse(q->note.text, &q->c);
    if (ok(r)) return r;
    size_t n_origin = view_find(q->note.text, '\n');
    struct view rest = view_slice(q->note.text, n_origin, q->note.text.n);
    struct view line = view_slice(rest, 3, sizeof k_empty - 1);
    if (!view_starts(rest, VIEW("\n0\n")) || !ok(seal_from_base64_exact(line, sizeof root, root)))
        return FAIL(E_INPUT, "no checkpoint");
    TRY(buf_add(&text, view_slice(q->note.text, 0, n_origin + 3)));
    TRY(buf_add(&text, view_cstr(k_empty)));
    TRY(buf_add(&text, view_slice(rest, 3 + line.n, rest.n)));
    TRY(arena_copy(&q->log.mem, buf_view(&text), &copy));
    TRY(seal_checkpoint_parse(copy, &q->c));
    q->wrong_empty_root = true;
    return OK;
}

/* "old N", proof lines, an empty line, the checkpoint. */
static rc parse(struct request *q, struct view body)
{
    size_t n = view_find(body, '\n'), end = n;
    struct view first = view_slice(body, 0, n);
    if (!view_starts(first, VIEW("old "))) return FAIL(E_INPUT, "line 1 is not \"old\" and a size");
    TRY(seal_count_read(view_slice(first, 4, first.n), "old", &q->old));
    while (end + 1 < body.n && !(body.p[end] == '\n' && body.p[end + 1] == '\n'))
        end++;
    if (end + 1 >= body.n) return FAIL(E_INPUT, "no empty line before the checkpoint");
    TRY(seal_proof_parse(view_slice(body, n + 1, end - n), &q->proof));
    if (q->proof.n > PROOF_MAX)
        return FAIL(E_INPUT, "%u lines of a proof, more than %d", q->proof.n, PROOF_MAX);
    q->note_bytes = view_slice(body, end + 2, body.n);
    TRY(seal_note_parse(q->note_bytes, &q->log.mem, &q->note));
    return parse_checkpoint(q);
}

/* Text and the lines of the log's own keys: what others added is not kept for them. */
static rc keep_signed(struct request *q)
{
    TRY(buf_add(&q->kept, q->note.text));
    TRY(buf_add_byte(&q->kept, '\n'));
    for (uint32_t i = 0; i < q->note.n_lines; i++) {
        const struct seal_line *line = &q->note.lines[i];
        CLEANUP(buf_done) struct buf blob = {0};
        size_t k = 0;
        while (k < q->log.n_keys &&
               !(q->log.keys[k].id == line->id && view_eq(q->log.keys[k].name, line->name)))
            k++;
        if (k == q->log.n_keys) continue;
        for (int shift = 24; shift >= 0; shift -= 8)
            TRY(buf_add_byte(&blob, (uint8_t)(line->id >> shift)));
        TRY(buf_add(&blob, line->signature));
        TRY(buf_addf(&q->kept, "\u2014 %.*s ", VIEW_ARG(line->name)));
        TRY(seal_base64(buf_view(&blob), &q->kept));
        TRY(buf_add_byte(&q->kept, '\n'));
    }
    return OK;
}

/* ---- evidence ---- */

static rc keep_one(struct ledger_witness *w, const char *folder, struct view note, bool always)
{
    CLEANUP(free_path) char *path = NULL;
    CLEANUP(arena_done) struct arena mem = {0};
    struct view *names;
    size_t n, n_text = note.n;
    char file[HEX_BYTES + sizeof ".checkpoint"], hash[HEX_BYTES + 1];
    while (n_text > 1 && !(note.p[n_text - 1] == '\n' && note.p[n_text - 2] == '\n'))
        n_text--;
    TRY(witness_hash_origin(view_of(note.p, n_text - 1),
                            hash)); /* of the text: other lines, same name */
    snprintf(file, sizeof file, "%s.checkpoint", hash);
    TRY(path_join(w->dir, folder, &path));
    TRY(folders_make(path));
    TRY(folder_names(path, &mem, &names, &n));
    if (folder_has(path, file) || (!always && n >= UNPROVEN_MAX)) return OK;
    return folder_put(path, file, note, true);
}

/* Both checkpoints. A failed proof alone proves nothing and anybody can send one, so of those only
 * some are kept; two roots of one size are always. */
static rc keep_evidence(struct ledger_witness *w, const struct request *q, bool proven)
{
    char folder[NAME_BYTES];
    snprintf(folder, sizeof folder, FORKS_FOLDER "/%s", q->log.hash);
    if (q->log.note.n) TRY(keep_one(w, folder, q->log.note, true));
    return keep_one(w, folder, buf_view(&q->kept), proven);
}

/* ---- the answer ---- */

static rc cosign(struct ledger_witness *w, struct request *q, uint64_t now_s,
                 struct ledger_witness_answer *out)
{
    CLEANUP(buf_done) struct buf line = {0};
    char name[NAME_BYTES];
    TRY(seal_sign_line(w->key, q->note.text, now_s, &line));
    TRY(buf_add(&q->kept, buf_view(&line)));
    TRY(answer(out, 200, k_text, buf_view(&line)));
    TRY(witness_name_of(q->log.hash, ".checkpoint", name));
    rc r = folder_put(w->dir, name, buf_view(&q->kept), true);
    if (!ok(r)) out->status = 0; /* not durable: nobody gets the line */
    return r;
}

static rc conflict(const struct known *log, struct ledger_witness_answer *out)
{
    char size[32];
    snprintf(size, sizeof size, "%llu\n", (unsigned long long)log->last.size);
    return answer(out, 409, "text/x.tlog.size", view_cstr(size));
}

/* The signature holds: it is the log that says so. */
static rc judge(struct ledger_witness *w, struct request *q, uint64_t now_s,
                struct ledger_witness_answer *out)
{
    const struct seal_checkpoint *c = &q->c, *last = &q->log.last;
    bool any = q->log.note.n > 0;
    bool other = any && c->size == last->size && !same_hash(&c->root, &last->root);
    if (q->old > c->size) return refuse(out, 400, "old is larger than the checkpoint");
    if (other) TRY(keep_evidence(w, q, true));
    if (q->old != (any ? last->size : 0)) return conflict(&q->log, out);
    if (q->wrong_empty_root) return refuse(out, 422, "another root than that of no entries");
    if (other) return refuse(out, 422, "another root of the same size: a fork");
    if (q->old == 0 || q->old == c->size)
        return q->proof.n ? refuse(out, 422, "a proof where there is nothing to prove")
                          : cosign(w, q, now_s, out);
    rc r = seal_check_consistency(&q->proof, q->old, &last->root, c->size, &c->root);
    if (ok(r)) return cosign(w, q, now_s, out);
    if (r.code != E_DAMAGED && r.code != E_INPUT) return r;
    TRY(keep_evidence(w, q, false));
    return refuse(out, 422, "the proof does not hold");
}

static bool is_machine(rc r)
{
    return r.code == E_MEMORY || r.code == E_IO || r.code == E_SPACE || r.code == E_INTERNAL;
}

static rc handle(struct ledger_witness *w, struct request *q, struct view body, uint64_t now_s,
                 struct ledger_witness_answer *out)
{
    const struct seal_signed *seen;
    rc r = parse(q, body);
    if (is_machine(r)) return r;
    if (!ok(r)) return refuse(out, 400, rc_message());
    TRY(witness_hash_origin(q->c.origin, q->log.hash));
    r = witness_load(w, &q->log);
    if (r.code == E_NOT_FOUND) return refuse(out, 404, "a log that is not watched here");
    TRY(r);
    r = seal_note_check(&q->note, q->log.keys, q->log.n_keys, &q->log.mem, &seen);
    if (is_machine(r)) return r;
    if (!ok(r)) return refuse(out, 403, "no valid signature of a key that is trusted here");
    TRY(keep_signed(q));
    return judge(w, q, now_s, out);
}

rc ledger_witness_add(struct ledger_witness *w, struct view body, uint64_t now_s,
                      struct ledger_witness_answer *out)
{
    struct request q = {0};
    struct ledger_witness_answer made = {0};
    arena_init(&q.log.mem, 0);
    rc r = handle(w, &q, body, now_s, &made);
    arena_done(&q.log.mem);
    buf_done(&q.kept);
    if (!ok(r)) {
        buf_done(&made.body);
        return r;
    }
    *out = made;
    return OK;
}
