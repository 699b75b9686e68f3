/* SPDX-License-Identifier: Apache-2.0
 * Signatures of a group that is about to come to the door, checked together on several cores with
 * the keys that are known now. What is found is looked up by signature, key and text; what was not
 * foreseen (keys that the group itself brings) is checked in its turn. */
#include "store/store_int.h"

#include <string.h>

struct seen {
    struct seal_check check;
    struct seen *next;
};

static struct seen **bucket(const struct store *s, const uint8_t *signature)
{
    return &s->seen_at[get_u64(signature) & (s->n_seen_at - 1)];
}

static rc collect(struct store *s, struct view note, struct seal_check **checks, uint32_t *n,
                  uint32_t *cap)
{
    struct seal_note cut;
    rc parsed = seal_note_parse(note, &s->seen_mem, &cut);
    if (!ok(parsed)) return parsed.code == E_MEMORY ? parsed : OK; /* the door says what is wrong */
    for (uint32_t i = 0; i < cut.n_lines; i++) {
        struct seal_verifier *keys;
        uint32_t n_keys;
        if (cut.lines[i].signature.n != SEAL_SIGNATURE_BYTES) continue;
        TRY(facts_keys(s, &cut.lines[i], 1, &s->seen_mem, &keys, &n_keys));
        for (uint32_t k = 0; k < n_keys; k++) {
            if (*n == *cap) {
                struct seal_check *wider;
                *cap = *cap ? 2 * *cap : 1024;
                TRY(arena_array_raw(&s->seen_mem, *cap, &wider));
                if (*n) memcpy(wider, *checks, *n * sizeof *wider);
                *checks = wider;
            }
            (*checks)[(*n)++] = (struct seal_check){.text = cut.text,
                                                    .public_key = keys[k].public_key.p,
                                                    .signature = cut.lines[i].signature.p};
        }
    }
    return OK;
}

static rc remember(struct store *s, const struct seal_check *checks, uint32_t n)
{
    struct seen *list;
    s->n_seen_at = 64;
    while (s->n_seen_at < n)
        s->n_seen_at *= 2;
    TRY(arena_array(&s->seen_mem, s->n_seen_at, &s->seen_at));
    TRY(arena_array(&s->seen_mem, n ? n : 1, &list));
    for (uint32_t i = 0; i < n; i++) {
        struct seen **at = bucket(s, checks[i].signature);
        list[i] = (struct seen){checks[i], *at};
        *at = &list[i];
    }
    return OK;
}

rc store_foresee(struct store *s, const struct view *notes, size_t n, uint32_t n_threads)
{
    struct seal_check *checks = NULL;
    uint32_t n_checks = 0, cap = 0;
    store_forget_foreseen(s);
    TRY(keys_load(s));
    for (size_t i = 0; i < n; i++)
        TRY(collect(s, notes[i], &checks, &n_checks, &cap));
    TRY(seal_check_many(checks, n_checks, n_threads));
    rc r = remember(s, checks, n_checks);
    if (!ok(r)) store_forget_foreseen(s);
    return r;
}

void store_forget_foreseen(struct store *s)
{
    s->seen_at = NULL;
    arena_reset(&s->seen_mem);
}

bool foreseen(void *context, struct view text, const struct seal_line *line,
              const struct seal_verifier *key, bool *out_holds)
{
    const struct store *s = context;
    if (!s->seen_at || line->signature.n != SEAL_SIGNATURE_BYTES) return false;
    for (const struct seen *at = *bucket(s, line->signature.p); at; at = at->next)
        if (memcmp(at->check.signature, line->signature.p, SEAL_SIGNATURE_BYTES) == 0 &&
            memcmp(at->check.public_key, key->public_key.p, SEAL_PUBLIC_BYTES) == 0 &&
            view_eq(at->check.text, text)) {
            *out_holds = at->check.holds;
            return true;
        }
    return false;
}
