/* SPDX-License-Identifier: Apache-2.0
 * Keys of a log and of its witnesses. */
#include "cmd/desk_int.h"
#include "cmd/log_keys_int.h"

#include <string.h>

/* Twice the same key is no second one. */
static rc read_given(const struct value *given, struct arena *mem, struct log_keys *out)
{
    TRY(arena_array(mem, (size_t)given->n_texts + 1, &out->list));
    for (uint32_t i = 0; i < given->n_texts; i++) {
        struct seal_verifier *key = &out->list[out->n];
        uint32_t k = 0;
        TRY(vkey_read(given->texts[i], mem, key));
        while (k < out->n && !seal_verifier_eq(&out->list[k], key))
            k++;
        out->n += k == out->n;
    }
    return OK;
}

static uint32_t find_own(const struct log_keys *keys, struct view origin)
{
    uint32_t first = keys->n;
    for (uint32_t i = keys->n; i-- > 0;)
        if (keys->list[i].type != SEAL_TYPE_COSIGNATURE) first = i;
    for (uint32_t i = 0; i < keys->n; i++)
        if (keys->list[i].type != SEAL_TYPE_COSIGNATURE && view_eq(keys->list[i].name, origin))
            return i;
    return first;
}

rc log_keys_read(const struct value *given, struct view checkpoint,
                 const struct ledger_files *files, struct arena *mem, struct log_keys *out)
{
    struct log_keys keys = {0};
    TRY(read_given(given, mem, &keys));
    uint32_t at = find_own(&keys, view_slice(checkpoint, 0, view_find(checkpoint, '\n')));
    keys.own_given = at < keys.n;
    if (!keys.own_given && !files) return FAIL(E_USAGE, "--key: none of the keys is a log's");
    struct seal_verifier own = keys.list[at];
    if (!keys.own_given) TRY(ledger_read_key(files, mem, &own));
    memmove(&keys.list[1], &keys.list[0], at * sizeof own);
    keys.list[0] = own;
    keys.n += !keys.own_given;
    *out = keys;
    return OK;
}

/* ---- who cosigned ---- */

static rc add_name(struct buf *names, const struct seal_verifier *key,
                   const struct seal_signed *seen)
{
    char time[SEAL_TIME_CHARS];
    TRY(buf_addf(names, "%s%.*s", names->n ? ", " : "", VIEW_ARG(key->name)));
    if (!seen->holds || key->type != SEAL_TYPE_COSIGNATURE) return OK;
    record_time_write((int64_t)(seen->time_s % (UINT64_C(1) << 37)) * 1000, time);
    return buf_addf(names, " %.*s", (int)sizeof time, time);
}

static bool is_known(const struct log_keys *keys, const struct seal_line *line)
{
    for (uint32_t i = 0; i < keys->n; i++)
        if (keys->list[i].id == line->id && view_eq(keys->list[i].name, line->name)) return true;
    return false;
}

rc log_keys_tell(const struct log_keys *keys, struct view checkpoint, struct arena *mem,
                 struct facts *f)
{
    CLEANUP(buf_done) struct buf held = {0}, missing = {0}, unknown = {0};
    struct seal_note note;
    const struct seal_signed *seen;
    rc r = seal_note_parse(checkpoint, mem, &note);
    if (ok(r)) r = seal_note_check(&note, keys->list, keys->n, mem, &seen);
    if (!ok(r)) return r.code == E_MEMORY || r.code == E_INTERNAL ? r : OK;
    for (uint32_t i = 1; i < keys->n; i++)
        TRY(add_name(seen[i].holds ? &held : &missing, &keys->list[i], &seen[i]));
    for (uint32_t i = 0; i < note.n_lines; i++)
        if (!is_known(keys, &note.lines[i]))
            TRY(buf_addf(&unknown, "%s%.*s+%08x", unknown.n ? ", " : "",
                         VIEW_ARG(note.lines[i].name), note.lines[i].id));
    facts_text(f, "cosigned_by", buf_view(&held));
    facts_text(f, "not_cosigned_by", buf_view(&missing));
    facts_text(f, "unknown_cosigners", buf_view(&unknown));
    return OK;
}
