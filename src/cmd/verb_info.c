/* SPDX-License-Identifier: Apache-2.0
 * sanad bank info and bank verify: what a bank holds, and whether it is as it was written. */
#include <inttypes.h>
#include <stdio.h>

#include "bank/bank.h"
#include "cmd/cmd.h"
#include "cmd/say_int.h"
#include "cmd/session_int.h"
#include "cmd/table_int.h"
#include "seal/seal.h"

struct hex {
    char text[2 * BANK_HASH_BYTES + 1];
};

static struct hex hex_of(const uint8_t hash[BANK_HASH_BYTES])
{
    struct hex hex;
    seal_hex(hash, BANK_HASH_BYTES, hex.text);
    hex.text[2 * BANK_HASH_BYTES] = 0;
    return hex;
}

/* ---- info ---- */

struct facts {
    const char *path, *problem;
    const struct bank_snapshot *snapshot;
    uint64_t n_docs, n_bytes;
    uint64_t by_lang[LANG_COUNT];
};

/* Languages in the order of their tags; those without an own tag count as "und". */
static const enum lang k_by_tag[] = {LANG_AR, LANG_EN, LANG_ES, LANG_FA,    LANG_FR,
                                     LANG_ID, LANG_IT, LANG_MS, LANG_OTHER, LANG_VI};

static rc count_docs(const struct bank *bank, struct facts *facts)
{
    uint32_t n = bank ? bank_n_docs(bank) : 0;
    for (uint32_t i = 0; i < n; i++) {
        struct bank_doc doc;
        TRY(bank_doc(bank, i, &doc));
        facts->by_lang[doc.lang == LANG_UNKNOWN ? LANG_OTHER : doc.lang]++;
    }
    facts->n_docs += n;
    return OK;
}

static rc collect(const struct session *s, const char *path, struct facts *out)
{
    const char *name;
    uint64_t bytes;
    *out = (struct facts){.path = path, .problem = s->problem, .snapshot = s->snapshot};
    TRY(count_docs(s->snapshot->base, out));
    TRY(count_docs(s->snapshot->overlay, out));
    for (uint32_t i = 0; i < s->snapshot->n_layers; i++)
        TRY(count_docs(s->snapshot->layers[i].bank, out));
    for (uint32_t i = 0; bank_section(s->snapshot->base, i, &name, &bytes); i++)
        out->n_bytes += bytes;
    return OK;
}

static double bytes_per_claim(const struct facts *facts)
{
    uint32_t n = bank_n_items(facts->snapshot->base);
    return n ? (double)facts->n_bytes / n : 0;
}

static void json_count(struct json_writer *w, const char *key, uint64_t n)
{
    json_key(w, key);
    json_int(w, (int64_t)n);
}

static void json_text(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_cstr(w, text);
}

static void json_number(struct json_writer *w, const char *key, double x)
{
    json_key(w, key);
    json_double(w, x);
}

static void json_parameters(struct json_writer *w, const struct bank_params *params)
{
    json_key(w, "parameters");
    json_open_object(w);
    json_number(w, "bm25_b", params->bm25_b);
    json_number(w, "bm25_k1", params->bm25_k1);
    json_count(w, "idf_bits", params->idf_bits);
    json_count(w, "max_body_bytes", params->max_body_bytes);
    json_count(w, "skeleton_gram", params->skeleton_gram);
    json_count(w, "word_gram", params->word_gram);
    json_close_object(w);
}

static void json_sections(struct json_writer *w, const struct bank *bank)
{
    const char *name;
    uint64_t bytes;
    json_key(w, "sections");
    json_open_array(w);
    for (uint32_t i = 0; bank_section(bank, i, &name, &bytes); i++) {
        json_open_object(w);
        json_count(w, "bytes", bytes);
        json_text(w, "name", name);
        json_close_object(w);
    }
    json_close_array(w);
}

static rc info_json(struct call *call, const struct facts *facts)
{
    CLEANUP(buf_done) struct buf out = {0};
    const struct bank_snapshot *s = facts->snapshot;
    struct json_writer w;
    json_begin(&w, &out);
    json_open_object(&w);
    json_text(&w, "bank", facts->path);
    json_count(&w, "bytes", facts->n_bytes);
    json_number(&w, "bytes_per_claim", bytes_per_claim(facts));
    json_key(&w, "changes");
    json_open_object(&w);
    json_count(&w, "applied", s->seq);
    json_text(&w, "problem", facts->problem);
    json_close_object(&w);
    json_count(&w, "claims", s->n_items);
    json_key(&w, "documents");
    json_open_object(&w);
    for (size_t i = 0; i < COUNT_OF(k_by_tag); i++)
        if (facts->by_lang[k_by_tag[i]])
            json_count(&w, lang_tag(k_by_tag[i]), facts->by_lang[k_by_tag[i]]);
    json_close_object(&w);
    json_count(&w, "format", BANK_VERSION);
    json_text(&w, "hash", hex_of(bank_hash(s->base)).text);
    json_parameters(&w, bank_parameters(s->base));
    json_sections(&w, s->base);
    json_text(&w, "version", hex_of(s->version).text);
    json_close_object(&w);
    return say_json(call, &w);
}

static void row(struct table *t, const char *name, uint64_t n)
{
    table_row(t, view_cstr(name));
    table_cellf(t, "%" PRIu64, n);
}

static rc print_tables(struct page *p, const struct facts *facts, struct arena *mem)
{
    struct table t;
    const char *name;
    uint64_t bytes;
    table_begin(&t, mem, 2);
    table_row(&t, VIEW("documents"));
    table_cellf(&t, "%" PRIu64, facts->n_docs);
    for (size_t i = 0; i < COUNT_OF(k_by_tag); i++)
        if (facts->by_lang[k_by_tag[i]])
            row(&t, lang_tag(k_by_tag[i]), facts->by_lang[k_by_tag[i]]);
    page_line(p);
    TRY(table_print(&t, p));
    table_begin(&t, mem, 2);
    table_row(&t, VIEW("section"));
    table_cellf(&t, "bytes");
    for (uint32_t i = 0; bank_section(facts->snapshot->base, i, &name, &bytes); i++)
        row(&t, name, bytes);
    row(&t, "all", facts->n_bytes);
    page_line(p);
    return table_print(&t, p);
}

static void line_of(struct page *p, const char *name, const char *text)
{
    page_own(p, PAINT_BOLD, name);
    page_indent(p, 14);
    page_column(p, 14);
    page_text(p, PAINT_NONE, view_cstr(text));
    page_line(p);
    page_indent(p, 0);
}

static rc info_page(struct call *call, const struct facts *facts)
{
    CLEANUP(arena_done) struct arena mem;
    const struct bank_snapshot *s = facts->snapshot;
    const struct bank_params *params = bank_parameters(s->base);
    struct page p;
    char text[256];
    arena_init(&mem, 0);
    page_begin(&p, &call->out, call->term, LANG_EN);
    line_of(&p, "bank", facts->path);
    snprintf(text, sizeof text, "%u (%.0f bytes each)", s->n_items, bytes_per_claim(facts));
    line_of(&p, "claims", text);
    line_of(&p, "version", hex_of(s->version).text);
    if (s->seq) line_of(&p, "base", hex_of(bank_hash(s->base)).text);
    snprintf(text, sizeof text, "%" PRIu64 " applied%s%s", s->seq, facts->problem[0] ? "; " : "",
             facts->problem);
    line_of(&p, "changes", text);
    snprintf(text, sizeof text,
             "format %d, skeleton grams of %u, word grams of %u, 2^%u weights, BM25 k1 %g b %g, "
             "bodies up to %u bytes",
             BANK_VERSION, params->skeleton_gram, params->word_gram, params->idf_bits,
             params->bm25_k1, params->bm25_b, params->max_body_bytes);
    line_of(&p, "parameters", text);
    rc printed = print_tables(&p, facts, &mem);
    TRY(page_end(&p));
    return printed;
}

rc verb_bank_info(struct call *call, int *out_exit)
{
    CLEANUP(session_close) struct session session = {0};
    struct facts facts;
    (void)out_exit;
    TRY(session_open(&session, call->args[0], call->reader));
    session.snapshot = bank_acquire(session.source);
    TRY(session_within(call->args[0], collect(&session, call->args[0], &facts)));
    return call->values[BANK_INFO_JSON].given ? info_json(call, &facts) : info_page(call, &facts);
}

/* ---- verify ---- */

static void free_bank(struct bank **bank)
{
    if (*bank) bank_free(*bank);
}

static rc verify_base(const char *path)
{
    CLEANUP(file_map_close) struct file_map map = {0};
    CLEANUP(free_bank) struct bank *bank = NULL;
    TRY(file_map_open(path, &map));
    TRY(bank_open_image(map.bytes, &bank));
    return bank_verify(bank);
}

/* Base first, then the changes beside it, which opening reads whole. */
static rc verify(struct session *session, const char *path)
{
    rc r = verify_base(path);
    if (!ok(r)) return rc_within(r, "%s: ", path);
    TRY(bank_source_open(path, &session->source));
    bank_source_problem(session->source, session->problem, sizeof session->problem);
    if (session->problem[0]) return FAIL(E_DAMAGED, "%s: %s", path, session->problem);
    session->snapshot = bank_acquire(session->source);
    return OK;
}

static rc verify_json(struct call *call, const struct session *session, const char *fault)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct json_writer w;
    json_begin(&w, &out);
    json_open_object(&w);
    json_text(&w, "bank", call->args[0]);
    if (*fault)
        json_text(&w, "fault", fault);
    else
        json_text(&w, "hash", hex_of(bank_hash(session->snapshot->base)).text);
    json_key(&w, "intact");
    json_bool(&w, !*fault);
    if (!*fault) json_text(&w, "version", hex_of(session->snapshot->version).text);
    json_close_object(&w);
    return say_json(call, &w);
}

rc verb_bank_verify(struct call *call, int *out_exit)
{
    CLEANUP(session_close) struct session session = {0};
    char fault[1024] = "";
    rc r = verify(&session, call->args[0]);
    bool json = call->values[BANK_VERIFY_JSON].given;
    if (!ok(r)) {
        if (!json || err_describe(r.code)->exit_code != EXIT_BAD_INPUT) return r;
        snprintf(fault, sizeof fault, "%s", rc_message());
        *out_exit = EXIT_BAD_INPUT;
    }
    if (json) return verify_json(call, &session, fault);
    struct page p;
    page_begin(&p, &call->out, call->term, call->reader);
    page_say(&p, PAINT_NONE, message(call->reader, MSG_INTACT), 1,
             (struct view[]){view_cstr(call->args[0])});
    page_line(&p);
    page_text(&p, PAINT_NONE, view_cstr(hex_of(session.snapshot->version).text));
    return page_end(&p);
}
