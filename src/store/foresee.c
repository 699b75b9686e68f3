/* SPDX-License-Identifier: Apache-2.0
 * Signatures of a group that is about to come to the door, checked on other cores while the door
 * judges what is before them, with the keys that are known now. What is found is looked up by
 * signature, key and text; what was not foreseen (keys that the group itself brings) is checked in
 * its turn. Notes are cut once: the door takes them as they were cut here. */
#include "store/store_int.h"

#include <string.h>

struct seen {
    uint32_t check;
    struct seen *next;
};

struct seen_note {
    struct view note;
    struct seal_note cut; /* no lines: it is none */
};

struct foresight {
    struct seen_note *notes;
    size_t n_notes, at; /* the next one that is expected at the door */
    struct seal_check *checks;
    uint32_t n_checks, cap_checks;
    struct seen **buckets;
    uint32_t n_buckets;
    struct seal_checking *checking;
};

static struct seen **bucket(const struct foresight *f, const uint8_t *signature)
{
    return &f->buckets[get_u64(signature) & (f->n_buckets - 1)];
}

/* Keys may move while others check. */
static rc add_check(struct store *s, struct foresight *f, struct view text,
                    const struct seal_line *line, const struct seal_verifier *key)
{
    struct view copy;
    if (f->n_checks == f->cap_checks) {
        struct seal_check *wider;
        f->cap_checks = f->cap_checks ? 2 * f->cap_checks : 1024;
        TRY(arena_array_raw(&s->seen_mem, f->cap_checks, &wider));
        if (f->n_checks) memcpy(wider, f->checks, f->n_checks * sizeof *wider);
        f->checks = wider;
    }
    TRY(arena_copy(&s->seen_mem, key->public_key, &copy));
    f->checks[f->n_checks++] =
        (struct seal_check){.text = text, .public_key = copy.p, .signature = line->signature.p};
    return OK;
}

static rc collect(struct store *s, struct foresight *f, struct seen_note *seen)
{
    struct seal_note *cut = &seen->cut;
    rc parsed = seal_note_parse(seen->note, &s->seen_mem, cut);
    if (!ok(parsed)) {
        *cut = (struct seal_note){0}; /* the door says what is wrong */
        return parsed.code == E_MEMORY ? parsed : OK;
    }
    for (uint32_t i = 0; i < cut->n_lines; i++) {
        struct seal_verifier *keys;
        uint32_t n_keys;
        if (cut->lines[i].signature.n != SEAL_SIGNATURE_BYTES) continue;
        TRY(facts_keys(s, &cut->lines[i], 1, &s->seen_mem, &keys, &n_keys));
        for (uint32_t k = 0; k < n_keys; k++)
            TRY(add_check(s, f, cut->text, &cut->lines[i], &keys[k]));
    }
    return OK;
}

static rc index_checks(struct store *s, struct foresight *f)
{
    struct seen *list;
    f->n_buckets = 64;
    while (f->n_buckets < f->n_checks)
        f->n_buckets *= 2;
    TRY(arena_array(&s->seen_mem, f->n_buckets, &f->buckets));
    TRY(arena_array(&s->seen_mem, f->n_checks ? f->n_checks : 1, &list));
    for (uint32_t i = 0; i < f->n_checks; i++) {
        struct seen **at = bucket(f, f->checks[i].signature);
        list[i] = (struct seen){i, *at};
        *at = &list[i];
    }
    return OK;
}

static rc foresee(struct store *s, const struct view *notes, size_t n, uint32_t n_threads)
{
    struct foresight *f;
    TRY(keys_load(s));
    TRY(arena_new(&s->seen_mem, &f));
    TRY(arena_array(&s->seen_mem, n ? n : 1, &f->notes));
    f->n_notes = n;
    for (size_t i = 0; i < n; i++) {
        f->notes[i].note = notes[i];
        TRY(collect(s, f, &f->notes[i]));
    }
    TRY(index_checks(s, f));
    TRY(seal_checking_start(f->checks, f->n_checks, n_threads, &f->checking));
    s->foresight = f;
    return OK;
}

rc store_foresee(struct store *s, const struct view *notes, size_t n, uint32_t n_threads)
{
    store_forget_foreseen(s);
    rc r = foresee(s, notes, n, n_threads);
    if (!ok(r)) store_forget_foreseen(s);
    return r;
}

void store_forget_foreseen(struct store *s)
{
    if (s->foresight) seal_checking_stop(s->foresight->checking);
    s->foresight = NULL;
    arena_reset(&s->seen_mem);
}

rc foreseen_cut(struct store *s, struct view note, struct arena *mem, struct seal_note *out)
{
    struct foresight *f = s->foresight;
    for (size_t i = f ? f->at : 0; f && i < f->n_notes; i++) {
        const struct seen_note *seen = &f->notes[i];
        if (seen->note.p != note.p || seen->note.n != note.n || seen->cut.n_lines == 0) continue;
        f->at = i + 1;
        *out = seen->cut;
        return OK;
    }
    return seal_note_parse(note, mem, out);
}

bool foreseen(const struct store *s, const struct seal_line *line, const struct seal_verifier *key,
              struct view text, bool *out_holds)
{
    const struct foresight *f = s->foresight;
    if (!f || line->signature.n != SEAL_SIGNATURE_BYTES) return false;
    for (const struct seen *at = *bucket(f, line->signature.p); at; at = at->next) {
        const struct seal_check *check = &f->checks[at->check];
        if (memcmp(check->signature, line->signature.p, SEAL_SIGNATURE_BYTES) == 0 &&
            memcmp(check->public_key, key->public_key.p, SEAL_PUBLIC_BYTES) == 0 &&
            view_eq(check->text, text)) {
            *out_holds = seal_checking_holds(f->checking, at->check);
            return true;
        }
    }
    return false;
}
