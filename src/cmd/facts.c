/* SPDX-License-Identifier: Apache-2.0
 * Names and values, for people or for programs. */
#include "cmd/facts_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/say_int.h"
#include "record/record.h"

enum { VALUES_FROM_COLUMN = 18 };

void facts_begin(struct facts *f)
{
    *f = (struct facts){0};
    arena_init(&f->mem, 0);
}

void facts_done(struct facts *f)
{
    arena_done(&f->mem);
}

static void add(struct facts *f, struct named_fact fact)
{
    if (!ok(f->failure)) return;
    if (f->n == FACTS_MAX)
        f->failure = FAIL(E_INTERNAL, "facts: more than %d", FACTS_MAX);
    else
        f->list[f->n++] = fact;
}

void facts_text(struct facts *f, const char *name, struct view text)
{
    struct view copy;
    if (text.n == 0 || !ok(f->failure)) return;
    f->failure = arena_copy(&f->mem, text, &copy);
    if (ok(f->failure)) add(f, (struct named_fact){.name = name, .text = copy});
}

void facts_number(struct facts *f, const char *name, uint64_t n)
{
    add(f, (struct named_fact){.name = name, .type = FACT_NUMBER, .number = n});
}

void facts_time(struct facts *f, const char *name, int64_t ms)
{
    char text[24];
    if (ms == 0) return;
    record_time_write(ms, text);
    facts_text(f, name, view_of(text, sizeof text));
}

void facts_id(struct facts *f, const char *name, const uint8_t hash[SEAL_SHA256_BYTES])
{
    char text[RECORD_ID_CHARS];
    record_id_write(hash, text);
    facts_text(f, name, view_of(text, sizeof text));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct named_fact *)a)->name, ((const struct named_fact *)b)->name);
}

static rc print_json(struct call *call, const struct facts *f)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct named_fact sorted[FACTS_MAX];
    struct json_writer w;
    memcpy(sorted, f->list, f->n * sizeof sorted[0]);
    qsort(sorted, f->n, sizeof sorted[0], by_name);
    json_begin(&w, &out);
    json_open_object(&w);
    for (uint32_t i = 0; i < f->n; i++) {
        json_key(&w, sorted[i].name);
        switch (sorted[i].type) {
        case FACT_TEXT: json_string(&w, sorted[i].text); break;
        case FACT_NUMBER: json_int(&w, (int64_t)sorted[i].number); break;
        }
    }
    json_close_object(&w);
    return say_json(call, &w);
}

static void print_name(struct page *p, const char *name)
{
    char words[64];
    snprintf(words, sizeof words, "%s", name);
    for (char *c = words; *c; c++)
        if (*c == '_') *c = ' ';
    page_own(p, PAINT_BOLD, words);
    page_indent(p, VALUES_FROM_COLUMN);
    page_column(p, VALUES_FROM_COLUMN);
}

static rc print_page(struct call *call, const struct facts *f)
{
    struct page p;
    page_begin(&p, &call->out, call->term, LANG_EN);
    for (uint32_t i = 0; i < f->n; i++) {
        const struct named_fact *fact = &f->list[i];
        print_name(&p, fact->name);
        switch (fact->type) {
        case FACT_TEXT: page_copied(&p, PAINT_NONE, fact->text); break;
        case FACT_NUMBER: page_number(&p, PAINT_NONE, fact->number); break;
        }
        page_line(&p);
        page_indent(&p, 0);
    }
    return page_end(&p);
}

rc facts_print(struct call *call, const struct facts *f, bool json)
{
    TRY(f->failure);
    return json ? print_json(call, f) : print_page(call, f);
}

rc facts_told(struct call *call, const struct facts *f, bool json, enum message which,
              size_t n_args, const struct view *args)
{
    TRY(f->failure);
    if (json) return print_json(call, f);
    report(call->reader, message(call->reader, which), n_args, args);
    return OK;
}
