/* SPDX-License-Identifier: Apache-2.0
 * What is quick gives what is thorough: the best by words are those of a walk through everything,
 * whichever way a query takes, and no query leaves a trace for the next. */
#include "bank/search_int.h"
#include "few.h"
#include "kern/kern.h"

enum { N_DOCS = 3000, N_WORDS = 900, MOST_WORDS = 14, N_QUERIES = 300 };

struct desk {
    struct arena mem; /* of one query */
    struct buf image;
    struct bank *bank;
    struct bank_scratch *scratch;
    struct bank_profile profile;
    uint64_t seed;
};

static uint32_t random_below(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*seed >> 33) % below);
}

/* Few words are common and most are rare. */
static uint32_t random_word(uint64_t *seed)
{
    return random_below(seed, 1 + random_below(seed, 1 + random_below(seed, N_WORDS)));
}

static struct view random_text(struct desk *d, uint32_t n_words, uint32_t least_word)
{
    char *text;
    size_t n = 0;
    CHECK_OK(arena_array(&d->mem, (size_t)n_words * 8 + 1, &text));
    for (uint32_t i = 0; i < n_words; i++) {
        uint32_t w = least_word + random_word(&d->seed) % (N_WORDS - least_word);
        n += (size_t)sprintf(text + n, "%c%c%c%cmo ", 'b' + (int)(w % 8), 'a' + (int)(w / 8 % 8),
                             'k' + (int)(w / 64 % 8), 'o' + (int)(w / 512));
    }
    return view_of((const uint8_t *)text, n);
}

static void desk_make(struct desk *d)
{
    struct bank_builder *builder;
    *d = (struct desk){.seed = 7};
    arena_init(&d->mem, 0);
    CHECK_OK(bank_builder_new(NULL, NULL, &builder));
    for (uint32_t i = 0; i < N_DOCS; i++) {
        struct item item = {.lang = VIEW("id")};
        CHECK_OK(arena_format(&d->mem, &item.id, "c%05u", i));
        item.text = random_text(d, 3 + random_below(&d->seed, MOST_WORDS), 0);
        CHECK_OK(bank_builder_add(builder, &item));
    }
    CHECK_OK(bank_builder_image(builder, NULL, &d->image));
    bank_builder_free(builder);
    CHECK_OK(bank_open_image(buf_view(&d->image), &d->bank));
    CHECK_OK(bank_scratch_new(&d->scratch));
    bank_scratch_profile(d->scratch, &d->profile);
}

static void desk_done(struct desk *d)
{
    bank_scratch_free(d->scratch);
    bank_free(d->bank);
    buf_done(&d->image);
    arena_done(&d->mem);
}

/* least_word: 0 for any words, more for rare ones only. */
static struct bank_query random_query(struct desk *d, uint32_t least_word)
{
    struct text text;
    struct bank_query query;
    arena_reset(&d->mem);
    struct view post = random_text(d, 1 + random_below(&d->seed, MOST_WORDS), least_word);
    CHECK_OK(text_read(post, LANG_ID, NULL, &d->mem, &text));
    CHECK_OK(bank_query_make(d->bank, &text, &d->mem, &query));
    return query;
}

static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->rank < y->rank || x->rank > y->rank) return x->rank > y->rank ? -1 : 1;
    return x->doc < y->doc ? -1 : x->doc > y->doc;
}

/* Every posting of every word, one after the other, and all documents sorted. */
static void exhaustive(const struct desk *d, const struct bank_query *q, uint32_t score[N_DOCS],
                       struct best *out)
{
    memset(score, 0, N_DOCS * sizeof *score);
    for (uint32_t i = 0; i < q->n_words; i++) {
        struct posting_list list;
        uint32_t docs[KERN_BLOCK], n;
        const uint8_t *impacts;
        uint32_t weight = (uint32_t)(q->words[i].weight * 65535.0f);
        CHECK_OK(postings_find(d->bank->section[SECTION_WORDS], N_DOCS, q->words[i].key, &list));
        do {
            CHECK_OK(postings_next(&list, docs, &impacts, &n));
            for (uint32_t k = 0; k < n; k++)
                score[docs[k]] += impacts[k] * weight / 256;
        } while (n > 0);
    }
    for (uint32_t doc = 0; doc < N_DOCS; doc++)
        if (bit_is_set(q->withdrawn, doc)) score[doc] = 0;
    static struct ranked all[N_DOCS];
    for (uint32_t doc = 0; doc < N_DOCS; doc++)
        all[doc] = (struct ranked){doc, (float)score[doc]};
    qsort(all, N_DOCS, sizeof *all, by_rank);
    *out = (struct best){0};
    while (out->n < MAX_BY_WORDS && all[out->n].rank > 0) {
        out->row[out->n] = all[out->n];
        out->n++;
    }
}

static void check_query(struct desk *d, struct bank_query *q)
{
    static uint32_t score[N_DOCS];
    struct best wanted, found;
    const uint32_t also[3] = {0, N_DOCS / 2, N_DOCS - 1};
    uint16_t also_score[3];
    exhaustive(d, q, score, &wanted);
    CHECK_OK(
        best_by_words(d->bank, q, d->scratch, &d->mem, MAX_BY_WORDS, &found, also, 3, also_score));
    assert_int_equal(found.n, wanted.n);
    for (uint32_t k = 0; k < found.n; k++) {
        assert_int_equal(found.row[k].doc, wanted.row[k].doc);
        CHECK(found.row[k].rank >= wanted.row[k].rank && found.row[k].rank <= wanted.row[k].rank);
    }
    for (int k = 0; k < 3; k++)
        if (!bit_is_set(q->withdrawn, also[k])) assert_int_equal(also_score[k], score[also[k]]);
    for (uint32_t doc = 0; doc < N_DOCS; doc++)
        CHECK(d->scratch->words[doc] == 0 && d->scratch->hits.count[doc] == 0);
    struct candidate ten[10];
    uint32_t n_ten;
    bank_scratch_profile(d->scratch, NULL); /* asked twice, counted once */
    CHECK_OK(bank_by_words(d->bank, q, d->scratch, &d->mem, 10, ten, &n_ten));
    bank_scratch_profile(d->scratch, &d->profile);
    assert_int_equal(n_ten, wanted.n < 10 ? wanted.n : 10);
    for (uint32_t k = 0; k < n_ten; k++)
        assert_int_equal(ten[k].doc, wanted.row[k].doc);
}

static void make_room(struct desk *d)
{
    struct candidate found[96];
    uint32_t n;
    struct bank_query q = random_query(d, 0);
    CHECK_OK(bank_candidates(d->bank, d->bank, &q, d->scratch, &d->mem, 96, found, &n));
}

TEST(the_best_by_words_are_those_of_a_walk_through_every_posting)
{
    struct desk d;
    desk_make(&d);
    make_room(&d);
    for (size_t v = 0; kern_variant(v); v++) {
        CHECK_OK(kern_select(view_cstr(kern_variant(v)->name)));
        for (uint32_t i = 0; i < N_QUERIES; i++) {
            struct bank_query q = random_query(&d, i % 2 ? N_WORDS / 2 : 0);
            check_query(&d, &q);
        }
    }
    CHECK_OK(kern_select(VIEW("")));
    desk_done(&d);
}

TEST(a_query_of_few_postings_does_not_go_through_all_scores)
{
    struct desk d;
    uint32_t n_few = 0, n_many = 0;
    desk_make(&d);
    make_room(&d);
    for (uint32_t i = 0; i < N_QUERIES; i++) {
        struct bank_query q = random_query(&d, i % 2 ? N_WORDS / 2 : 0);
        d.profile = (struct bank_profile){0};
        check_query(&d, &q);
        bool many = d.profile.word_postings * 24 > N_DOCS;
        assert_int_equal(d.profile.n_dense, many);
        CHECK(many || d.profile.score_bytes <= 4 * d.profile.word_postings);
        n_few += !many;
        n_many += many;
    }
    CHECK(n_few > N_QUERIES / 20 && n_many > N_QUERIES / 20);
    desk_done(&d);
}

TEST(a_withdrawn_claim_takes_no_place_among_the_best_whichever_way_they_are_found)
{
    struct desk d;
    uint64_t withdrawn[N_DOCS / 64 + 1] = {0};
    desk_make(&d);
    make_room(&d);
    for (uint32_t i = 0; i < N_DOCS; i += 1 + random_below(&d.seed, 4))
        withdrawn[i / 64] |= 1ull << i % 64;
    for (uint32_t i = 0; i < N_QUERIES; i++) {
        struct bank_query q = random_query(&d, i % 2 ? N_WORDS / 2 : 0);
        q.withdrawn = withdrawn;
        check_query(&d, &q);
    }
    desk_done(&d);
}

TEST(a_copy_is_found_by_its_rarest_grams_among_thousands)
{
    struct desk d;
    desk_make(&d);
    for (uint32_t doc = 0; doc < N_DOCS; doc += 37) {
        struct bank_doc there;
        struct text text;
        struct bank_query query;
        struct candidate found[96];
        uint32_t n;
        arena_reset(&d.mem);
        CHECK_OK(bank_doc(d.bank, doc, &there));
        CHECK_OK(text_read(there.folded, LANG_ID, NULL, &d.mem, &text));
        CHECK_OK(bank_query_make(d.bank, &text, &d.mem, &query));
        d.profile = (struct bank_profile){0};
        CHECK_OK(bank_near_copies(d.bank, &query, d.scratch, &d.mem, 96, found, &n));
        bool whole = false;
        for (uint32_t i = 0; i < n; i++)
            whole |= found[i].claim_in_post[SEGMENT_TEXT] >= 1.0f &&
                     found[i].post_in_claim[SEGMENT_TEXT] >= 1.0f;
        CHECK(whole);
        CHECK(d.profile.gram_postings <= d.profile.gram_postings_there);
        for (uint32_t i = 0; i < N_DOCS; i++)
            CHECK(d.scratch->hits.count[i] == 0);
    }
    desk_done(&d);
}

TESTS(RUN(the_best_by_words_are_those_of_a_walk_through_every_posting),
      RUN(a_query_of_few_postings_does_not_go_through_all_scores),
      RUN(a_withdrawn_claim_takes_no_place_among_the_best_whichever_way_they_are_found),
      RUN(a_copy_is_found_by_its_rarest_grams_among_thousands))
