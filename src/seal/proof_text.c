/* SPDX-License-Identifier: Apache-2.0
 *
 * Proofs as text: one base64 line per hash, and the .tlog-proof file (C2SP tlog-proof v1):
 *
 *   c2sp.org/tlog-proof@v1
 *   extra <base64>            only when there are bytes to say
 *   index <decimal>
 *   <base64 of 32 bytes>      one line per hash, from the leaf up
 *                             an empty line
 *   <checkpoint>              a signed note, as the log gave it */
#include "seal/seal_int.h"

rc seal_proof_parse(struct view lines, struct seal_proof *out)
{
    struct seal_proof proof = {0};
    for (size_t at = 0; at < lines.n; proof.n++) {
        struct view line;
        TRY(take_line(lines, &at, &line));
        if (proof.n >= SEAL_PROOF_MAX)
            return FAIL(E_LIMIT, "seal: a proof has at most %d hashes", SEAL_PROOF_MAX);
        rc r = seal_from_base64_exact(line, SEAL_SHA256_BYTES, proof.hash[proof.n].bytes);
        if (!ok(r)) return rc_within(r, "line %u of a proof: ", proof.n + 1);
    }
    *out = proof;
    return OK;
}

rc seal_proof_print(const struct seal_proof *proof, struct buf *out)
{
    if (proof->n > SEAL_PROOF_MAX) return FAIL(E_LIMIT, "seal: a proof of %u hashes", proof->n);
    for (uint32_t i = 0; i < proof->n; i++) {
        TRY(seal_base64(view_of(proof->hash[i].bytes, SEAL_SHA256_BYTES), out));
        TRY(buf_add_byte(out, '\n'));
    }
    return OK;
}

/* Where the hashes end: at the first empty line behind `at`. */
static rc find_empty_line(struct view bytes, size_t at, size_t *out)
{
    for (size_t next = at; next < bytes.n; at = next) {
        struct view line;
        TRY(take_line(bytes, &next, &line));
        if (line.n == 0) {
            *out = at;
            return OK;
        }
    }
    return FAIL(E_INPUT, "seal: a proof file has no empty line before its checkpoint");
}

rc seal_proof_file_parse(struct view bytes, struct arena *mem, struct seal_proof_file *out)
{
    static const char k_first[] = "c2sp.org/tlog-proof@v1";
    struct seal_proof_file file = {0};
    struct view line;
    size_t at = 0, end;
    TRY(take_line(bytes, &at, &line));
    if (!view_eq(line, view_cstr(k_first)))
        return FAIL(E_INPUT, "seal: a proof file begins with the line %s", k_first);
    TRY(take_line(bytes, &at, &line));
    if (view_starts(line, VIEW("extra "))) {
        if (line.n == 6) return FAIL(E_INPUT, "seal: a proof file with an empty line \"extra\"");
        TRY(seal_from_base64(view_slice(line, 6, line.n), mem, &file.extra));
        TRY(take_line(bytes, &at, &line));
    }
    if (!view_starts(line, VIEW("index ")))
        return FAIL(E_INPUT, "seal: a proof file lacks the line \"index\"");
    TRY(seal_count_read(view_slice(line, 6, line.n), "index", &file.index));
    TRY(find_empty_line(bytes, at, &end));
    TRY(seal_proof_parse(view_slice(bytes, at, end - at), &file.proof));
    file.checkpoint = view_slice(bytes, end + 1, bytes.n);
    if (file.checkpoint.n == 0) return FAIL(E_INPUT, "seal: a proof file without a checkpoint");
    *out = file;
    return OK;
}

static rc print_file(const struct seal_proof_file *file, struct buf *out)
{
    TRY(buf_add(out, VIEW("c2sp.org/tlog-proof@v1\n")));
    if (file->extra.n) {
        TRY(buf_add(out, VIEW("extra ")));
        TRY(seal_base64(file->extra, out));
        TRY(buf_add_byte(out, '\n'));
    }
    TRY(buf_addf(out, "index %llu\n", (unsigned long long)file->index));
    TRY(seal_proof_print(&file->proof, out));
    TRY(buf_add_byte(out, '\n'));
    return buf_add(out, file->checkpoint);
}

rc seal_proof_file_print(const struct seal_proof_file *file, struct buf *out)
{
    size_t before = out->n;
    rc r = print_file(file, out);
    if (!ok(r)) out->n = before;
    return r;
}
