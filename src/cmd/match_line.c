/* SPDX-License-Identifier: Apache-2.0
 * One line of a stream. */
#include "cmd/match_line_int.h"

static rc need(const struct json *object, const char *key, const struct json **out)
{
    *out = json_get(object, key);
    return *out ? OK : FAIL(E_INPUT, "%s: missing", key);
}

static rc read_line(struct view line, size_t max_bytes, struct arena *mem, const struct json **out)
{
    struct json_limits limits = k_json_limits;
    if (view_trim(line).n == 0) return FAIL(E_INPUT, "empty line");
    limits.max_bytes = max_bytes;
    TRY(json_parse(line, &limits, mem, out));
    if ((*out)->type != JSON_OBJECT)
        return FAIL(E_INPUT, "a JSON object is needed, not %s", json_type_name((*out)->type));
    return OK;
}

rc match_line(struct matcher *matcher, const struct bank_snapshot *snapshot, struct view line,
              const struct match_pool_options *options, struct arena *mem, struct buf *out)
{
    const struct json *object, *id, *text;
    struct match_options match = options->match;
    struct answer answer;
    CLEANUP(buf_done) struct buf id_json = {0};

    TRY(read_line(line, options->max_line_bytes, mem, &object));
    TRY(need(object, "id", &id));
    if (id->type != JSON_STRING && id->type != JSON_INT)
        return FAIL(E_INPUT, "id: must be a string or a whole number, not %s",
                    json_type_name(id->type));
    TRY(need(object, "text", &text));
    if (text->type != JSON_STRING)
        return FAIL(E_INPUT, "text: must be a string, not %s", json_type_name(text->type));
    const struct json *lang = json_get(object, "lang");
    if (lang && lang->type != JSON_STRING && lang->type != JSON_NULL)
        return FAIL(E_INPUT, "lang: must be a string, not %s", json_type_name(lang->type));
    if (text->as.string.n > match.limits.max_bytes)
        return FAIL(E_LIMIT, "text: %zu bytes, more than the limit of %zu (--max-post-bytes)",
                    text->as.string.n, match.limits.max_bytes);
    match.lang = lang_from_tag(json_get_string(object, "lang"));
    TRY(json_write(id, mem, &id_json));
    TRY(match_post(matcher, snapshot, text->as.string, &match, mem, &answer));
    TRY(answer_to_json(&answer, buf_view(&id_json), out));
    return buf_add_byte(out, '\n');
}
