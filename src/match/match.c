/* SPDX-License-Identifier: Apache-2.0
 * One post from its bytes to its hits. */
#include "match/match_int.h"

#include "seal/seal.h"

#include <math.h>
#include <stdlib.h>

enum {
    MAX_CANDIDATES = 96,
    LEAST_VERIFIED = 6, /* even when fewer are asked for: verification may reorder them */
    FEW_WORDS = 3,      /* below that only exact copies are looked for */
    LEAST_COPY_LETTERS = 20,
    LEAST_COPY_WORDS = 3,
    OTHERS_FOR_A_LEAD = 16,
};
/* Of a confirmed copy, by weight or count: the claim's words found in the post, the words of the
 * stretch that are the claim's, and the claim's letter grams when its words were moved. */
#define LEAST_COPY_SHARE 0.86
#define LEAST_SPAN_SHARE 0.7
/* Of a claim that stands in a post at all. */
#define LEAST_STANDING_SHARE 0.5
/* A title stands for its claim only in a post that says little else. */
#define LEAST_TITLE_POST_SHARE 0.8
#define LEAST_TITLE_LEAD 0.5
#define LEAST_COPY_LETTER_SHARE 0.6
/* Only function words may have moved: "cats kill more birds than wind turbines". */
#define LEAST_MOVED_LETTER_SHARE 0.9
/* Of letter grams, when no telling word is shared. */
#define LEAST_LETTERS_SHARE 0.3
/* Log-odds before verification that none was ever seen to rise from. */
#define HOPELESS (-4.6)
/* What verification adds to log-odds as a rule. */
#define USUAL_RISE 1.0
/* What is assumed where there are hardly others to stand before. */
#define LEAD_BEFORE_FEW 1.25
/* Log-odds of nothing at all. */
#define LEAST_RANK (-8.0)

const struct match_options k_match_options = {
    .top = 5,
    .lowest = TIER_SUGGESTED,
    .lang = LANG_UNKNOWN,
    .limits = {.max_bytes = 1u << 20, .max_tokens = 65536},
};

struct matcher {
    struct bank_scratch *scratch;
    struct match_profile *profile; /* NULL: not measured */
};

rc matcher_new(struct matcher **out)
{
    struct matcher *m;
    TRY(mem_new(1, sizeof *m, &m));
    rc r = bank_scratch_new(&m->scratch);
    if (!ok(r)) {
        matcher_free(m);
        return r;
    }
    *out = m;
    return OK;
}

void matcher_free(struct matcher *m)
{
    if (!m) return;
    bank_scratch_free(m->scratch);
    mem_free(m);
}

void matcher_profile(struct matcher *m, struct match_profile *profile)
{
    m->profile = profile;
    bank_scratch_profile(m->scratch, profile ? &profile->bank : NULL);
}

/* The clock, when somebody wants to know. */
static uint64_t profile_ns(const struct matcher *m)
{
    return m->profile ? clock_mono_ns() : 0;
}

/* Adds what has passed since *inout_since to a stage and goes on from now. */
static void profile_add(struct matcher *m, uint64_t *stage, uint64_t *inout_since)
{
    if (!m->profile) return;
    uint64_t now = clock_mono_ns();
    *stage += now - *inout_since;
    *inout_since = now;
}

static uint64_t bank_ns(const struct bank_profile *p)
{
    return p->near_ns + p->words_ns + p->letters_ns;
}

/* ---- one question ---- */

/* A candidate with the image it came from. */
struct finding {
    const struct bank *bank;
    uint32_t image; /* 0 the base, then the layers, then the overlay */
    struct candidate c;
    uint32_t item;
    enum segment segment; /* whose skeleton met best */
    struct measures measures;
    double rank;
};

struct question {
    struct matcher *matcher;
    const struct bank_snapshot *snapshot;
    const struct match_options *options;
    struct arena *mem;
    struct text post;
    struct post_parts parts; /* of the post, when something is verified */
    struct finding *findings;
    uint32_t n_findings;
    double best_grams; /* of the findings */
};

static bool withdrawn(const struct bank_layer *image, uint32_t item)
{
    return image->withdrawn && (image->withdrawn[item / 64] >> (item % 64) & 1);
}

/* The segment whose skeleton met best, and the measures that go with it. */
static void measure(const struct question *q, const struct bank_doc *doc, struct finding *f)
{
    double best = -1;
    for (uint32_t s = 0; s < SEGMENT_COUNT; s++) {
        double there = fmax((double)f->c.claim_in_post[s], (double)f->c.post_in_claim[s]);
        /* The text says it; a title or a body is met only where the text clearly is not. */
        double bonus = s == SEGMENT_TEXT ? LEAST_TITLE_LEAD : 0;
        if (doc->skeleton[s].n == 0 || there + bonus <= best) continue;
        best = there + bonus;
        f->segment = (enum segment)s;
    }
    f->measures = (struct measures){.lang = q->post.lang,
                                    .title = f->segment == SEGMENT_TITLE,
                                    .words = (double)f->c.words,
                                    .grams = (double)f->c.grams,
                                    .claim_in_post = (double)f->c.claim_in_post[f->segment],
                                    .post_in_claim = (double)f->c.post_in_claim[f->segment],
                                    .post_letters = q->post.skeleton.n,
                                    .claim_letters = f->c.letters[f->segment]};
    f->rank = rank_of(&f->measures);
}

static rc add_finding(struct question *q, uint32_t number, const struct candidate *c)
{
    struct bank_layer image = bank_image(q->snapshot, number);
    struct bank_doc doc;
    TRY(bank_doc(image.bank, c->doc, &doc));
    if (withdrawn(&image, doc.item)) return OK;
    struct finding f = {.bank = image.bank, .image = number, .c = *c, .item = doc.item};
    measure(q, &doc, &f);
    q->best_grams = fmax(q->best_grams, f.measures.grams);
    q->findings[q->n_findings++] = f;
    return OK;
}

static rc find_in(struct question *q, uint32_t number, struct bank_query *query)
{
    struct bank_layer image = bank_image(q->snapshot, number);
    struct candidate *found;
    uint32_t n;
    if (!image.bank || bank_n_docs(image.bank) == 0) return OK;
    query->withdrawn = image.withdrawn;
    TRY(arena_array_raw(q->mem, MAX_CANDIDATES, &found));
    TRY(bank_candidates(image.bank, q->snapshot->base, query, q->matcher->scratch, q->mem,
                        MAX_CANDIDATES, found, &n));
    for (uint32_t i = 0; i < n; i++)
        TRY(add_finding(q, number, &found[i]));
    return OK;
}

static int by_rank(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->rank < y->rank || x->rank > y->rank) return x->rank > y->rank ? -1 : 1;
    if (x->image != y->image) return x->image < y->image ? -1 : 1;
    return x->c.doc < y->c.doc ? -1 : x->c.doc > y->c.doc;
}

/* Of an item's documents only the best stays. */
static void one_per_item(struct question *q)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < q->n_findings; i++) {
        bool known = false;
        for (uint32_t k = 0; k < kept && !known; k++)
            known = q->findings[k].bank == q->findings[i].bank &&
                    q->findings[k].item == q->findings[i].item;
        if (!known) q->findings[kept++] = q->findings[i];
    }
    q->n_findings = kept;
}

/* ---- from a finding to a hit ---- */

static struct view segment_text(const struct item *item, uint32_t variant, enum segment segment,
                                size_t max_body_bytes)
{
    if (variant > 0 && variant <= item->n_translations) {
        const struct item_translation *t = &item->translations[variant - 1];
        return segment == SEGMENT_TITLE ? t->title : t->text;
    }
    switch (segment) {
    case SEGMENT_TITLE: return item->title;
    case SEGMENT_TEXT: return item->text;
    case SEGMENT_BODY: return view_slice(item->body, 0, max_body_bytes);
    }
    return item->text;
}

/* By words or by letters, whichever found more: words cut, joined or typed otherwise leave letters.
 */
static enum how how_of(const struct finding *f, const struct verdict_on *v)
{
    double claim = fmax(v->why.claim_share, f->measures.claim_in_post);
    double post = fmax(v->why.post_share, f->measures.post_in_claim);
    bool stands = (v->in_order && v->span_share >= LEAST_STANDING_SHARE) ||
                  f->measures.claim_in_post >= LEAST_COPY_LETTER_SHARE;
    if (v->exact) return HOW_EXACT;
    if (claim >= 0.8 && !stands) return HOW_SAME_WORDS;
    if (claim >= 0.8 && post >= 0.6) return HOW_NEAR_COPY;
    if (claim >= 0.8) return HOW_CONTAINS;
    return post >= 0.8 ? HOW_WITHIN : HOW_SAME_WORDS;
}

/* A copy, so nearly whole that nothing of weight can be missing, its words together and in order,
 * no change that was noticed, and not called false by the post. */
static bool confirmed(const struct finding *f, const struct verdict_on *v)
{
    bool changed = v->number_changed || v->name_changed || v->negation_changed;
    bool long_enough =
        v->weight_words >= LEAST_COPY_WORDS && f->measures.claim_letters >= LEAST_COPY_LETTERS;
    bool title = f->segment == SEGMENT_TITLE && v->why.post_share >= LEAST_TITLE_POST_SHARE;
    bool whole = v->claim_said >= LEAST_COPY_SHARE && (f->segment == SEGMENT_TEXT || title);
    bool stays =
        v->in_order || (!v->telling_moved && f->measures.claim_in_post >= LEAST_MOVED_LETTER_SHARE);
    bool together = v->span_said >= LEAST_SPAN_SHARE && stays;
    return !changed && !v->why.refuted && long_enough && whole && together;
}

/* Whatever the score: without a telling word or a stretch of letters in common nothing is shown. */
static bool something_met(const struct finding *f, const struct verdict_on *v)
{
    return v->why.n_shared > 0 || f->measures.claim_in_post >= LEAST_LETTERS_SHARE ||
           f->measures.post_in_claim >= LEAST_LETTERS_SHARE;
}

/* A hit whose score waits for the others. */
struct met {
    struct hit hit;
    struct measures measures;
    double rank;
    bool something;
};

static void add_verified(const struct question *q, const struct verdict_on *v, struct measures *m)
{
    m->best_grams = q->best_grams;
    m->claim_share = v->why.claim_share;
    m->post_share = v->why.post_share;
    m->span_share = v->span_share;
    m->n_shared = v->why.n_shared;
    m->heaviest = v->heaviest;
    m->names = v->names;
    m->pairs = v->pairs;
    m->post_words = v->post_words;
    m->in_order = v->in_order;
    m->negation_differs = v->why.negation != NEGATION_SAME;
}

static struct hit_measures told(const struct measures *m)
{
    return (struct hit_measures){.words = m->words,
                                 .grams = m->grams,
                                 .claim_in_post = m->claim_in_post,
                                 .post_in_claim = m->post_in_claim,
                                 .heaviest = m->heaviest,
                                 .names = m->names,
                                 .pairs = (uint32_t)m->pairs,
                                 .span_share = m->span_share,
                                 .claim_letters = (uint32_t)m->claim_letters,
                                 .post_letters = (uint32_t)m->post_letters,
                                 .post_words = (uint32_t)m->post_words,
                                 .in_order = m->in_order};
}

static rc meet(struct question *q, const struct finding *f, struct met *out)
{
    struct hit hit = {0};
    struct bank_doc doc;
    struct text claim;
    struct verdict_on v;
    TRY(item_to_show(f->bank, f->item, q->mem, &hit.item));
    TRY(bank_doc(f->bank, f->c.doc, &doc));
    struct view text =
        segment_text(&hit.item, doc.variant, f->segment, bank_parameters(f->bank)->max_body_bytes);
    TRY(text_read(text, doc.lang, NULL, q->mem, &claim));
    TRY(verify(q->snapshot->base, &claim, &q->post, &q->parts, q->mem, &v));
    struct measures m = f->measures;
    add_verified(q, &v, &m);
    hit.why = v.why;
    hit.why.segment = f->segment;
    hit.how = how_of(f, &v);
    hit.tier = confirmed(f, &v) ? TIER_CONFIRMED : TIER_NONE;
    hit.measures = told(&m);
    *out = (struct met){hit, m, rank_of(&m), something_met(f, &v)};
    return OK;
}

/* Scores and tiers, now that the best two are known. next: rank of the best that was not met.
 * To stand before a handful of others says little: a lead counts by their number. */
static void settle(const struct question *q, struct met *met, uint32_t n, double next)
{
    double others = fmin((double)q->n_findings / OTHERS_FOR_A_LEAD, 1);
    double best = next, second = next;
    for (uint32_t i = 0; i < n; i++) {
        second = fmax(second, fmin(best, met[i].rank));
        best = fmax(best, met[i].rank);
    }
    for (uint32_t i = 0; i < n; i++) {
        struct hit *h = &met[i].hit;
        double lead = met[i].rank - (met[i].rank < best ? best : second);
        lead = others * lead + (1 - others) * LEAD_BEFORE_FEW;
        h->score = probability_of(&met[i].measures, met[i].rank, lead);
        bool suggested = met[i].something && h->score >= k_score.suggested_from;
        if (h->tier == TIER_NONE && suggested) h->tier = TIER_SUGGESTED;
    }
}

static int by_score(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if (x->score < y->score || x->score > y->score) return x->score > y->score ? -1 : 1;
    return view_cmp(x->item.id, y->item.id);
}

/* ---- the ways ---- */

/* Vietnamese typed by the Telex rules and left so: its letters are read as what was meant. */
static rc undo_telex(struct question *q)
{
    if (!text_looks_like_telex(&q->post)) return OK;
    return text_skeleton_telex(q->post.source, &q->options->limits, q->mem, &q->post.skeleton);
}

/* Verification lifts a score only where words or letters were found; the rest is asked for only to
 * see the whole ranking. */
static bool worth_verifying(const struct question *q, const struct finding *f)
{
    return q->options->lowest == TIER_NONE || f->rank >= HOPELESS;
}

/* What the bank did was measured there and is no part of the ranking. */
static void keep_profile(struct matcher *m, struct match_profile *p, uint64_t in_bank_before,
                         uint32_t n_verified)
{
    if (!m->profile) return;
    p->bank = m->profile->bank;
    p->score_ns -= bank_ns(&p->bank) - in_bank_before;
    p->verified += n_verified;
    *m->profile = *p;
}

static rc by_retrieval(struct question *q, struct answer *out)
{
    struct bank_query query;
    struct hit *hits;
    struct met *met;
    uint32_t n = 0, kept = 0;
    static const struct match_profile k_none;
    struct match_profile p = q->matcher->profile ? *q->matcher->profile : k_none;
    uint64_t since = profile_ns(q->matcher), in_bank = bank_ns(&p.bank);
    TRY(undo_telex(q));
    TRY(bank_query_make(q->snapshot->base, &q->post, q->mem, &query));
    TRY(arena_array_raw(q->mem, (size_t)bank_n_images(q->snapshot) * MAX_CANDIDATES, &q->findings));
    profile_add(q->matcher, &p.query_ns, &since);
    for (uint32_t i = 0; i < bank_n_images(q->snapshot); i++)
        TRY(find_in(q, i, &query));
    if (q->n_findings > 1) qsort(q->findings, q->n_findings, sizeof *q->findings, by_rank);
    one_per_item(q);
    uint32_t most = q->options->top > LEAST_VERIFIED ? q->options->top : LEAST_VERIFIED;
    if (most > q->n_findings) most = q->n_findings;
    TRY(arena_array(q->mem, (size_t)most + 1, &hits));
    profile_add(q->matcher, &p.score_ns, &since);
    TRY(arena_array_raw(q->mem, most, &met));
    if (most > 0) TRY(post_parts_make(q->snapshot->base, &q->post, q->mem, &q->parts));
    /* The best needs a second beside it: its lead is part of the score. */
    for (; n < most && (n == 1 || worth_verifying(q, &q->findings[n])); n++)
        TRY(meet(q, &q->findings[n], &met[n]));
    settle(q, met, n, n < q->n_findings ? q->findings[n].rank + USUAL_RISE : LEAST_RANK);
    for (uint32_t i = 0; i < n; i++)
        hits[i] = met[i].hit;
    profile_add(q->matcher, &p.verify_ns, &since);
    if (n > 1) qsort(hits, n, sizeof *hits, by_score);
    for (uint32_t i = 0; i < n && kept < q->options->top; i++)
        if (hits[i].tier >= q->options->lowest) hits[kept++] = hits[i];
    out->hits = hits;
    out->n_hits = kept;
    profile_add(q->matcher, &p.score_ns, &since);
    keep_profile(q->matcher, &p, in_bank, n);
    return OK;
}

/* Whole hits for items that are known by their number alone. */
static rc add_plain(struct question *q, const struct bank_layer *image, uint32_t item, enum how how,
                    struct hit *hits, uint32_t *n)
{
    if (*n >= q->options->top || withdrawn(image, item)) return OK;
    struct hit hit = {.tier = TIER_SUGGESTED, .how = how, .score = 0.5};
    TRY(item_to_show(image->bank, item, q->mem, &hit.item));
    for (uint32_t i = 0; i < *n; i++)
        if (view_eq(hits[i].item.id, hit.item.id)) return OK;
    hit.why = (struct why){.segment = SEGMENT_TEXT,
                           .lang = lang_from_tag(hit.item.lang),
                           .claim_text = hit.item.text,
                           .span_to = (uint32_t)q->post.source.n};
    if (q->options->lowest <= hit.tier) hits[(*n)++] = hit;
    return OK;
}

static rc by_link(struct question *q, struct answer *out)
{
    struct hit *hits;
    TRY(arena_array(q->mem, q->options->top, &hits));
    for (uint32_t u = 0; u < q->post.n_urls; u++)
        for (uint32_t b = 0; b < bank_n_images(q->snapshot); b++) {
            struct bank_layer image = bank_image(q->snapshot, b);
            const uint32_t *items;
            uint32_t n;
            if (!image.bank) continue;
            TRY(bank_find_url(image.bank, q->post.urls[u].canonical, q->mem, &items, &n));
            for (uint32_t i = 0; i < n; i++)
                TRY(add_plain(q, &image, items[i], HOW_SAME_LINK, hits, &out->n_hits));
        }
    out->hits = hits;
    return OK;
}

static rc by_skeleton(struct question *q, struct answer *out)
{
    struct hit *hits;
    struct view skeleton;
    TRY(arena_array(q->mem, q->options->top, &hits));
    TRY(bank_skeleton_utf8(&q->post.skeleton, q->mem, &skeleton));
    for (uint32_t b = 0; b < bank_n_images(q->snapshot); b++) {
        struct bank_layer image = bank_image(q->snapshot, b);
        const uint32_t *docs;
        uint32_t n;
        if (!image.bank) continue;
        TRY(bank_find_skeleton(image.bank, skeleton, q->mem, &docs, &n));
        for (uint32_t i = 0; i < n; i++) {
            struct bank_doc doc;
            TRY(bank_doc(image.bank, docs[i], &doc));
            TRY(add_plain(q, &image, doc.item, HOW_EXACT, hits, &out->n_hits));
        }
    }
    out->hits = hits;
    return OK;
}

/* ---- which way ---- */

static enum note note_of(const struct text *post)
{
    uint32_t words = 0;
    for (uint32_t i = 0; i < post->n_tokens; i++)
        words += token_speaks(&post->tokens[i]);
    if (post->n_urls > 0 && words == 0) return NOTE_ONLY_LINK;
    if (words == 0) return NOTE_EMPTY;
    return words < FEW_WORDS && post->skeleton.n < 24 ? NOTE_TOO_SHORT : NOTE_NOTHING;
}

rc match_post(struct matcher *m, const struct bank_snapshot *snapshot, struct view post,
              const struct match_options *options, struct arena *mem, struct answer *out)
{
    if (!options) options = &k_match_options;
    struct question q = {.matcher = m, .snapshot = snapshot, .options = options, .mem = mem};
    struct answer a = {.post = post};
    uint64_t since = profile_ns(m);
    TRY(text_read(post, options->lang, &options->limits, mem, &q.post));
    if (m->profile) {
        m->profile->posts++;
        profile_add(m, &m->profile->normalise_ns, &since);
    }
    a.lang = q.post.lang;
    a.cut = q.post.cut;
    a.note = note_of(&q.post);
    seal_hex(snapshot->version, BANK_HASH_BYTES, a.bank_version);
    switch (a.note) {
    case NOTE_EMPTY: break;
    case NOTE_ONLY_LINK: TRY(by_link(&q, &a)); break;
    case NOTE_TOO_SHORT: TRY(by_skeleton(&q, &a)); break;
    case NOTE_NOTHING: TRY(by_retrieval(&q, &a)); break;
    }
    *out = a;
    return OK;
}
