/* SPDX-License-Identifier: Apache-2.0
 * From items to documents: one reading of all texts fills the sections items, ids, first, docs and
 * forms, and collects what the indexes are made of. */
#include "bank/making_int.h"

#include <stdlib.h>

static rc add_pair(struct pairs *p, uint32_t key, uint32_t doc)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 4096;
        TRY(mem_resize(&p->at, cap, sizeof *p->at));
        p->cap = cap;
    }
    p->at[p->n++] = (uint64_t)key << 32 | doc;
    return OK;
}

static rc add_key(struct key_list *l, uint64_t key, uint32_t value)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 1024;
        TRY(mem_resize(&l->at, cap, sizeof *l->at));
        l->cap = cap;
    }
    l->at[l->n++] = (struct key_value){key, value};
    return OK;
}

static rc add_skeleton(struct making *m, uint32_t doc, struct view skeleton)
{
    uint32_t n;
    TRY(code_points_read(&m->letters, skeleton));
    TRY(skeleton_grams(&m->letters, m->params.skeleton_gram, &n));
    uint32_t *hash = m->letters.hash;
    if (n > 1) qsort(hash, n, sizeof *hash, making_by_value);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || hash[i] != hash[i - 1]) TRY(add_pair(&m->grams, hash[i], doc));
    if (skeleton.n > 0) TRY(add_key(&m->exact, skeleton_key(skeleton), doc));
    return OK;
}

static rc count_word_grams(struct making *m, uint32_t doc)
{
    uint32_t n;
    if (!m->df) return OK;
    TRY(word_grams(&m->letters, buf_view(&m->folded), m->params.word_gram, &n));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t bucket = m->letters.hash[i] >> (32 - m->params.idf_bits);
        if (m->last_doc[bucket] == doc + 1) continue;
        m->last_doc[bucket] = doc + 1;
        m->df[bucket]++;
    }
    return OK;
}

static rc room_for_doc(struct making *m)
{
    if (m->n_docs < m->docs_cap) return OK;
    uint32_t cap = m->docs_cap ? m->docs_cap * 2 : 1024;
    TRY(mem_resize(&m->n_words, cap, sizeof *m->n_words));
    m->docs_cap = cap;
    return OK;
}

static rc add_words(struct making *m, const struct text *text, uint32_t doc)
{
    for (uint32_t i = 0; i < text->n_tokens; i++) {
        uint32_t keys[2];
        if (!token_speaks(&text->tokens[i])) continue;
        uint32_t n = token_keys(&text->tokens[i], text->lang, false, keys);
        for (uint32_t k = 0; k < n; k++)
            TRY(add_pair(&m->words, keys[k], doc));
        m->n_words[doc]++;
    }
    TRY(folded_words(text, &m->folded));
    return OK;
}

/* Reads the segments of a document; empty ones stay empty. */
static rc read_parts(struct making *m, uint32_t doc, enum lang lang,
                     const struct view parts[SEGMENT_COUNT], struct text text[SEGMENT_COUNT])
{
    m->n_words[doc] = 0;
    buf_reset(&m->folded);
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++) {
        text[s] = (struct text){0};
        if (parts[s].n == 0) continue;
        TRY(text_read(parts[s], lang, NULL, &m->mem, &text[s]));
        TRY(add_words(m, &text[s], doc));
    }
    m->total_words += m->n_words[doc];
    return count_word_grams(m, doc);
}

static rc add_forms(struct making *m, uint32_t doc, const struct text text[SEGMENT_COUNT],
                    uint32_t out_bytes[SEGMENT_COUNT])
{
    struct buf *forms = &m->section[SECTION_FORMS];
    TRY(buf_add(forms, buf_view(&m->folded)));
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++) {
        size_t from = forms->n;
        TRY(form_utf8(&text[s].skeleton, forms));
        struct view skeleton = view_slice(buf_view(forms), from, forms->n - from);
        out_bytes[s] = (uint32_t)skeleton.n;
        TRY(add_skeleton(m, doc, skeleton));
    }
    return OK;
}

static rc add_doc(struct making *m, uint32_t item, uint32_t variant, enum lang lang,
                  const struct view parts[SEGMENT_COUNT])
{
    uint32_t skeleton_bytes[SEGMENT_COUNT], doc = m->n_docs;
    struct buf *docs = &m->section[SECTION_DOCS];
    uint64_t at = m->section[SECTION_FORMS].n;
    struct text text[SEGMENT_COUNT];
    if (doc == UINT32_MAX || variant > UINT16_MAX)
        return FAIL(E_LIMIT, "bank: more than %u documents or %u translations", doc, variant);
    TRY(room_for_doc(m));
    m->n_docs++;
    TRY(read_parts(m, doc, lang, parts, text));
    TRY(add_forms(m, doc, text, skeleton_bytes));
    TRY(buf_add_u32(docs, item));
    TRY(buf_add_u16(docs, (uint16_t)lang));
    TRY(buf_add_u16(docs, (uint16_t)variant));
    TRY(buf_add_u32(docs, 0)); /* gram norm, known when all documents are read */
    TRY(buf_add_u32(docs, m->n_words[doc]));
    TRY(buf_add_u64(docs, at));
    TRY(buf_add_u32(docs, (uint32_t)m->folded.n));
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++)
        TRY(buf_add_u32(docs, skeleton_bytes[s]));
    return OK;
}

static rc add_url(struct making *m, struct view url, uint32_t item)
{
    struct view canonical;
    if (url.n == 0) return OK;
    rc r = url_canonical(url, &m->mem, &canonical);
    if (r.code == E_INPUT || r.code == E_LIMIT) return OK; /* kept as text, not found as a link */
    TRY(r);
    return add_key(&m->urls, text_key(canonical), item);
}

/* A body is cut at a character. */
static struct view cut(struct view body, size_t max_bytes)
{
    if (body.n <= max_bytes) return body;
    while (max_bytes > 0 && (body.p[max_bytes] & 0xC0) == 0x80)
        max_bytes--;
    return view_of(body.p, max_bytes);
}

static enum lang lang_of(struct view tag, struct view text)
{
    enum lang lang = lang_from_tag(tag);
    return lang == LANG_UNKNOWN ? text_detect_lang(text) : lang;
}

/* The original, then its translations. */
static rc add_docs(struct making *m, uint32_t number, const struct item *item)
{
    struct view body = cut(item->body, m->params.max_body_bytes);
    struct view original[SEGMENT_COUNT] = {item->title, item->text, body};
    TRY(add_doc(m, number, 0, lang_of(item->lang, item->text), original));
    for (uint32_t t = 0; t < item->n_translations; t++) {
        const struct item_translation *other = &item->translations[t];
        struct view parts[SEGMENT_COUNT] = {other->title, other->text};
        TRY(add_doc(m, number, t + 1, lang_of(other->lang, other->text), parts));
    }
    return OK;
}

static rc read_item(struct making *m, uint32_t number)
{
    struct view text = waiting_json(m->builder, m->order[number]);
    const struct json *json;
    struct item item;
    arena_reset(&m->mem);
    TRY(json_parse(text, NULL, &m->mem, &json));
    TRY(item_from_json(json, NULL, &m->mem, &item));
    if (m->id_blob.n + item.id.n > UINT32_MAX) return FAIL(E_LIMIT, "bank: ids over 4 GiB");
    TRY(buf_add_u64(&m->section[SECTION_ITEMS], m->item_blob.n));
    TRY(buf_add(&m->item_blob, text));
    TRY(buf_add_u32(&m->section[SECTION_IDS], (uint32_t)m->id_blob.n));
    TRY(buf_add(&m->id_blob, item.id));
    TRY(buf_add_u32(&m->section[SECTION_FIRST], m->n_docs));
    TRY(add_docs(m, number, &item));
    TRY(add_url(m, item.url, number));
    for (uint32_t v = 0; v < item.n_verdicts; v++)
        TRY(add_url(m, item.verdicts[v].url, number));
    return OK;
}

rc making_read_items(struct making *m)
{
    uint32_t n = m->builder->ids.n;
    for (uint32_t i = 0; i < n; i++) {
        if (i % PROGRESS_STEP == 0) TRY(making_tell(m, "reading", i, n));
        rc r = read_item(m, i);
        if (!ok(r))
            return rc_within(r, "item \"%.*s\": ", VIEW_ARG(ids_at(&m->builder->ids, m->order[i])));
    }
    TRY(buf_add_u64(&m->section[SECTION_ITEMS], m->item_blob.n));
    TRY(buf_add(&m->section[SECTION_ITEMS], buf_view(&m->item_blob)));
    TRY(buf_add_u32(&m->section[SECTION_IDS], (uint32_t)m->id_blob.n));
    TRY(buf_add(&m->section[SECTION_IDS], buf_view(&m->id_blob)));
    TRY(buf_add_u32(&m->section[SECTION_FIRST], m->n_docs));
    return making_tell(m, "reading", n, n);
}
