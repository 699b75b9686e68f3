/* SPDX-License-Identifier: Apache-2.0
 * Which format a stream has: by the keys of its first object or the columns of its first line,
 * then by the end of its name. */
#include "exchange/exchange_int.h"

#include <string.h>
#include <strings.h>

enum { LOOK_BYTES = 1 << 16 };

/* Keys that tell, strongest first: claims of the API have a "text" like our items. */
static const struct {
    const char *key;
    enum item_format format;
} k_keys[] = {
    {"claimReviewed", ITEMS_CLAIMREVIEW},
    {"@context", ITEMS_CLAIMREVIEW},
    {"@type", ITEMS_CLAIMREVIEW},
    {"@graph", ITEMS_CLAIMREVIEW},
    {"dataFeedElement", ITEMS_CLAIMREVIEW},
    {"itemListElement", ITEMS_CLAIMREVIEW},
    {"claims", ITEMS_FACTCHECKTOOLS},
    {"claimReview", ITEMS_FACTCHECKTOOLS},
    {"nextPageToken", ITEMS_FACTCHECKTOOLS},
    {"results", ITEMS_FACTCHECKTOOLS},
    {"text", ITEMS_JSONL},
    {"id", ITEMS_JSONL},
};
static const struct {
    const char *ending;
    enum item_format format;
} k_endings[] = {
    {".jsonl", ITEMS_JSONL}, {".ndjson", ITEMS_JSONL},       {".csv", ITEMS_CSV},
    {".tsv", ITEMS_CSV},     {".jsonld", ITEMS_CLAIMREVIEW}, {".json", ITEMS_CLAIMREVIEW},
};

/* Marks the keys of the first object in `text`, as far as it can be seen. */
static void find_keys(struct view text, bool found[COUNT_OF(k_keys)])
{
    uint32_t depth = 0;
    bool after_value = false; /* a string here is a value, not a key */
    for (size_t i = view_find(text, '{'); i < text.n; i++) {
        uint8_t c = text.p[i];
        if (c == '{' || c == '[') depth++;
        if (c == '}' || c == ']') depth--;
        if (depth == 0) return;
        if (c == ':' || c == ',') after_value = c == ':';
        if (c != '"') continue;
        size_t from = i + 1;
        for (i++; i < text.n && text.p[i] != '"'; i++)
            if (text.p[i] == '\\') i++;
        if (i >= text.n) return;
        struct view string = view_slice(text, from, i - from);
        for (size_t k = 0; depth == 1 && !after_value && k < COUNT_OF(k_keys); k++)
            if (view_eq(string, view_cstr(k_keys[k].key))) found[k] = true;
    }
}

static bool by_name(const char *name, enum item_format *out)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < COUNT_OF(k_endings); i++) {
        size_t m = strlen(k_endings[i].ending);
        if (n < m || strcasecmp(name + n - m, k_endings[i].ending) != 0) continue;
        *out = k_endings[i].format;
        return true;
    }
    return false;
}

static bool by_keys(struct view text, enum item_format *out)
{
    bool found[COUNT_OF(k_keys)] = {false};
    find_keys(text, found);
    for (size_t i = 0; i < COUNT_OF(k_keys); i++) {
        if (!found[i]) continue;
        *out = k_keys[i].format;
        return true;
    }
    return false;
}

/* Whether the first line has the cells "id" and "text". */
static bool has_header(struct view text)
{
    static const char *const k_needed[] = {"id", "text"};
    struct view line = view_slice(text, 0, view_find(text, '\n'));
    size_t n_found = 0;
    for (size_t from = 0, i = 0; i <= line.n; i++) {
        if (i < line.n && !memchr(",;\t\r", line.p[i], 4)) continue;
        struct view cell = view_trim(view_slice(line, from, i - from));
        if (cell.n >= 2 && cell.p[0] == '"') cell = view_slice(cell, 1, cell.n - 2);
        for (size_t k = 0; k < COUNT_OF(k_needed); k++)
            n_found += cell.n == strlen(k_needed[k]) &&
                       strncasecmp((const char *)cell.p, k_needed[k], cell.n) == 0;
        from = i + 1;
    }
    return n_found >= COUNT_OF(k_needed);
}

rc items_detect(struct line_reader *in, const char *name, enum item_format *out)
{
    struct view text;
    TRY(line_peek(in, LOOK_BYTES, &text));
    if (view_starts(text, VIEW("\xFF\xFE")) || view_starts(text, VIEW("\xFE\xFF")))
        return FAIL(E_FORMAT, "byte 0: UTF-16; UTF-8 is expected");
    if (view_starts(text, VIEW("\xEF\xBB\xBF"))) text = view_slice(text, 3, text.n);
    text = view_trim(text);
    bool json = text.n > 0 && (text.p[0] == '{' || text.p[0] == '[');
    if (json && by_keys(text, out)) return OK;
    if (!json && has_header(text)) {
        *out = ITEMS_CSV;
        return OK;
    }
    enum item_format named;
    const bool known = by_name(name, &named);
    if (view_starts(text, VIEW("<")) && (!known || named != ITEMS_JSONL)) /* rows fail alone */
        return FAIL(E_FORMAT, "a page of the web, not data: its ClaimReview stands between "
                              "<script type=\"application/ld+json\"> and </script>; save that "
                              "alone, as a file .jsonld");
    if (known) {
        *out = named;
        return OK;
    }
    if (text.n > 0 && !json)
        return FAIL(E_FORMAT, "neither JSON nor a table with the columns id and text");
    *out = text.n && text.p[0] == '[' ? ITEMS_CLAIMREVIEW : ITEMS_JSONL;
    return OK;
}
