/* SPDX-License-Identifier: Apache-2.0
 *
 * lib: the C library behind include/sanad/sanad.h. A thin shell: it owns handles, keeps matchers
 * for reuse between calls, and makes answers that depend on nothing else.
 *
 * Threads. A bank handle is shared. Matchers are scratch of one thread, so each call takes one from
 * a small pool of atomic slots, or makes one when the slots are empty, and puts it back when there
 * is room. No call waits for another.
 */
#include "sanad/sanad.h"

#include <stdatomic.h>

#include "bank/bank.h"
#include "base/base.h"
#include "match/match.h"
#include "text/text.h"

/* The public numbers are the numbers of the error table, every one of them. */
#define ERR(symbol, number, http, exit, english) \
    _Static_assert(SANAD_##symbol == (number), "sanad.h and errors.def differ");
#include "base/errors.def"
#undef ERR
_Static_assert(SANAD_NONE == (int)TIER_NONE && SANAD_SUGGESTED == (int)TIER_SUGGESTED &&
                   SANAD_CONFIRMED == (int)TIER_CONFIRMED,
               "sanad.h and match.h differ");

enum { POOL_SLOTS = 32, MOST_HITS = 100 };

struct sanad_bank {
    struct bank_source *source;
    _Atomic(struct matcher *) pool[POOL_SLOTS];
};

struct answer_hit {
    struct view id; /* arena_format puts a NUL behind it */
    double score;
    enum tier tier;
    enum how how;
};

struct sanad_answer {
    struct arena mem;
    struct buf json; /* with a NUL behind it */
    uint32_t n;
    struct answer_hit *hits;
};

const char *sanad_version(void)
{
    return SANAD_VERSION;
}

const char *sanad_error_message(void)
{
    return rc_message();
}

/* ---- Banks ------------------------------------------------------------------------------- */

static rc open_bank(const char *path, struct sanad_bank **out)
{
    if (!path || !out) return FAIL(E_USAGE, "sanad_bank_open: path and out must not be NULL");
    struct bank_source *source;
    TRY(bank_source_open(path, &source));
    struct sanad_bank *bank;
    rc r = mem_new(1, sizeof *bank, &bank);
    if (!ok(r)) {
        bank_source_close(source);
        return r;
    }
    bank->source = source;
    *out = bank;
    return OK;
}

int sanad_bank_open(const char *path, sanad_bank **out)
{
    return (int)open_bank(path, out).code;
}

void sanad_bank_close(sanad_bank *bank)
{
    if (!bank) return;
    for (size_t i = 0; i < POOL_SLOTS; i++)
        matcher_free(atomic_load(&bank->pool[i]));
    bank_source_close(bank->source);
    mem_free(bank);
}

int sanad_bank_refresh(sanad_bank *bank)
{
    if (!bank) return (int)FAIL(E_USAGE, "sanad_bank_refresh: bank must not be NULL").code;
    return (int)bank_source_refresh(bank->source, false).code;
}

uint32_t sanad_bank_claims(sanad_bank *bank)
{
    if (!bank) return 0;
    const struct bank_snapshot *snapshot = bank_acquire(bank->source);
    uint32_t n = snapshot->n_items;
    bank_release(bank->source, snapshot);
    return n;
}

void sanad_bank_problem(sanad_bank *bank, char *out, size_t out_bytes)
{
    if (!out || out_bytes == 0) return;
    out[0] = 0;
    if (bank) bank_source_problem(bank->source, out, out_bytes);
}

/* ---- Matchers kept for reuse ------------------------------------------------------------- */

static rc take_matcher(struct sanad_bank *bank, struct matcher **out)
{
    for (size_t i = 0; i < POOL_SLOTS; i++) {
        struct matcher *m = atomic_exchange(&bank->pool[i], NULL);
        if (m) {
            *out = m;
            return OK;
        }
    }
    return matcher_new(out);
}

static void give_matcher(struct sanad_bank *bank, struct matcher *m)
{
    for (size_t i = 0; i < POOL_SLOTS; i++) {
        struct matcher *empty = NULL;
        if (atomic_compare_exchange_strong(&bank->pool[i], &empty, m)) return;
    }
    matcher_free(m);
}

/* ---- Questions --------------------------------------------------------------------------- */

static rc read_options(const sanad_options *given, struct match_options *out)
{
    struct match_options o = k_match_options;
    o.limits = k_text_limits;
    if (given) {
        if (given->struct_bytes < sizeof *given)
            return FAIL(E_USAGE, "sanad_check: options of %zu bytes, at least %zu expected",
                        given->struct_bytes, sizeof *given);
        if (given->top > MOST_HITS)
            return FAIL(E_USAGE, "sanad_check: top is %u, at most %d", given->top, MOST_HITS);
        if (given->lowest_tier < SANAD_NONE || given->lowest_tier > SANAD_CONFIRMED)
            return FAIL(E_USAGE, "sanad_check: lowest_tier is %d, not 0..2", given->lowest_tier);
        if (given->top) o.top = given->top;
        o.lowest = (enum tier)given->lowest_tier;
        o.lang = lang_from_tag(view_cstr(given->lang));
        if (given->max_bytes) o.limits.max_bytes = given->max_bytes;
    }
    *out = o;
    return OK;
}

/* Copies what the accessors give, so that the answer outlives the snapshot and the post. */
static rc keep_answer(const struct answer *found, struct sanad_answer *a)
{
    TRY(arena_array(&a->mem, found->n_hits, &a->hits));
    for (uint32_t i = 0; i < found->n_hits; i++) {
        const struct hit *from = &found->hits[i];
        struct answer_hit *to = &a->hits[i];
        TRY(arena_format(&a->mem, &to->id, "%.*s", VIEW_ARG(from->item.id)));
        to->score = from->score;
        to->tier = from->tier;
        to->how = from->how;
    }
    a->n = found->n_hits;
    TRY(answer_to_json(found, view_cstr(""), &a->json));
    return buf_add_byte(&a->json, 0);
}

static rc answer_post(struct sanad_bank *bank, struct matcher *m, struct view post,
                      const struct match_options *options, struct sanad_answer *a)
{
    CLEANUP(arena_done) struct arena scratch;
    arena_init(&scratch, 0);
    const struct bank_snapshot *snapshot = bank_acquire(bank->source);
    struct answer found;
    rc r = match_post(m, snapshot, post, options, &scratch, &found);
    if (ok(r)) r = keep_answer(&found, a);
    bank_release(bank->source, snapshot);
    return r;
}

static rc check_post(sanad_bank *bank, const char *text, size_t n_bytes,
                     const sanad_options *options, sanad_answer **out)
{
    if (!bank || !out || (!text && n_bytes))
        return FAIL(E_USAGE, "sanad_check: bank, text and out must not be NULL");
    struct match_options o;
    TRY(read_options(options, &o));
    struct sanad_answer *a;
    TRY(mem_new(1, sizeof *a, &a));
    arena_init(&a->mem, 0);
    struct matcher *m;
    rc r = take_matcher(bank, &m);
    if (ok(r)) {
        r = answer_post(bank, m, view_of(text, n_bytes), &o, a);
        give_matcher(bank, m);
    }
    if (!ok(r)) {
        sanad_answer_free(a);
        return r;
    }
    *out = a;
    return OK;
}

int sanad_check(sanad_bank *bank, const char *text, size_t n_bytes, const sanad_options *options,
                sanad_answer **out)
{
    return (int)check_post(bank, text, n_bytes, options, out).code;
}

/* ---- Answers ----------------------------------------------------------------------------- */

void sanad_answer_free(sanad_answer *answer)
{
    if (!answer) return;
    arena_done(&answer->mem);
    buf_done(&answer->json);
    mem_free(answer);
}

uint32_t sanad_answer_count(const sanad_answer *answer)
{
    return answer ? answer->n : 0;
}

static const struct answer_hit *hit_at(const sanad_answer *answer, uint32_t i)
{
    return i < sanad_answer_count(answer) ? &answer->hits[i] : NULL;
}

const char *sanad_answer_id(const sanad_answer *answer, uint32_t i)
{
    const struct answer_hit *hit = hit_at(answer, i);
    return hit ? (const char *)hit->id.p : NULL;
}

int sanad_answer_tier(const sanad_answer *answer, uint32_t i)
{
    const struct answer_hit *hit = hit_at(answer, i);
    return hit ? (int)hit->tier : SANAD_NONE;
}

double sanad_answer_score(const sanad_answer *answer, uint32_t i)
{
    const struct answer_hit *hit = hit_at(answer, i);
    return hit ? hit->score : 0;
}

const char *sanad_answer_how(const sanad_answer *answer, uint32_t i)
{
    const struct answer_hit *hit = hit_at(answer, i);
    return hit ? how_name(hit->how) : NULL;
}

const char *sanad_answer_json(const sanad_answer *answer)
{
    return answer ? (const char *)answer->json.p : "{}";
}
