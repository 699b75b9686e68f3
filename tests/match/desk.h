/* SPDX-License-Identifier: Apache-2.0
 *
 * A desk where posts are asked about: a bank in memory, a matcher, and short ways to ask. */
#ifndef SANAD_TESTS_MATCH_DESK_H
#define SANAD_TESTS_MATCH_DESK_H

#include "match/match_int.h"
#include "test.h"

struct desk {
    struct buf image;
    struct bank *bank;
    struct bank_snapshot snapshot;
    struct matcher *matcher;
    struct arena mem; /* of the latest answer */
};

/* Enough claims for words to weigh differently; their ids sort as they stand. */
static const char *const k_claims[] = {
    ("{\"id\":\"ballots\",\"lang\":\"en\",\"text\":\"Ballots marked with a felt-tip pen are "
     "rejected by the scanners in every city.\",\"title\":\"Felt-tip pens\",\"url\":"
     "\"https://one.example/ballots\",\"translations\":[{\"lang\":\"fr\",\"text\":\"Les bulletins "
     "remplis au feutre sont rejetés par les scanners dans toutes les villes.\"},{\"lang\":\"en\","
     "\"text\":\"Ballots marked with felt-tip pens are rejected by scanners in every city.\"}],"
     "\"verdicts\":[{\"org\":\"one.example\",\"label\":\"false\",\"date\":\"2025-03-14\",\"lang\":"
     "\"en\",\"url\":\"https://one.example/checks/ballots\",\"reasons\":\"The scanners read any "
     "dark "
     "mark.\",\"sources\":[{\"url\":\"https://office.example/pens\",\"title\":\"Which pens\"}]},"
     "{\"org\":\"two.example\",\"label\":\"unproven\",\"date\":\"2025-03-20\"}]}"),
    ("{\"id\":\"bridge\",\"lang\":\"en\",\"text\":\"The old harbour bridge collapsed on 12 March "
     "2021 and 35 people drowned in the river.\",\"body\":\"A picture of a lighthouse keeper with "
     "his grey parrot and a broken umbrella was spread with this story for several weeks.\"}"),
    ("{\"id\":\"cancer\",\"lang\":\"en\",\"text\":\"Drinking warm lemon water every morning cures "
     "cancer within 30 days.\",\"translations\":[{\"lang\":\"vi\",\"text\":\"Uống nước chanh ấm "
     "mỗi "
     "sáng chữa khỏi ung thư trong vòng 30 ngày.\"},{\"lang\":\"fa\",\"text\":\"نوشیدن آب گرم با "
     "آب‌لیمو "
     "هر روز صبح سرطان را در ۳۰ روز درمان می‌کند.\"}]}"),
    ("{\"id\":\"glacier\",\"lang\":\"es\",\"text\":\"El glaciar del norte perdió la mitad de su "
     "hielo "
     "desde 1990 por las minas de cobre.\"}"),
    ("{\"id\":\"lights\",\"lang\":\"en\",\"text\":\"The northern lights were switched off by the "
     "new "
     "telescope on the island.\"}"),
    "{\"id\":\"short\",\"lang\":\"en\",\"text\":\"Flat Earth\"}",
    ("{\"id\":\"tower\",\"lang\":\"id\",\"text\":\"Menara jaringan 5G menyebarkan penyakit di "
     "seluruh "
     "desa pegunungan.\"}"),
    ("{\"id\":\"virus\",\"lang\":\"fr\",\"text\":\"Le vaccin contre la grippe donne la grippe dans "
     "les "
     "deux jours qui suivent la "
     "piqûre.\",\"url\":\"https://www.two.example/grippe?utm_source=x\"}"),
};

static inline struct item item_from(const char *json_text, struct arena *mem)
{
    const struct json *json;
    struct item item;
    CHECK_OK(json_parse(view_cstr(json_text), NULL, mem, &json));
    CHECK_OK(item_from_json(json, NULL, mem, &item));
    return item;
}

static inline void desk_open_items(struct desk *d, const char *const *claims, size_t n)
{
    struct arena mem CLEANUP(arena_done) = {0};
    struct bank_builder *builder;
    *d = (struct desk){0};
    CHECK_OK(bank_builder_new(NULL, NULL, &builder));
    for (size_t i = 0; i < n; i++) {
        struct item item = item_from(claims[i], &mem);
        CHECK_OK(bank_builder_add(builder, &item));
    }
    CHECK_OK(bank_builder_image(builder, NULL, &d->image));
    bank_builder_free(builder);
    CHECK_OK(bank_open_image(buf_view(&d->image), &d->bank));
    d->snapshot = (struct bank_snapshot){.base = d->bank, .n_items = (uint32_t)n};
    memcpy(d->snapshot.version, bank_hash(d->bank), BANK_HASH_BYTES);
    CHECK_OK(matcher_new(&d->matcher));
}

static inline void desk_open(struct desk *d)
{
    desk_open_items(d, k_claims, COUNT_OF(k_claims));
}

static inline void desk_close(struct desk *d)
{
    matcher_free(d->matcher);
    bank_free(d->bank);
    buf_done(&d->image);
    arena_done(&d->mem);
}

/* The answer lives until the next question. options: NULL for the whole ranking. */
static inline struct answer desk_ask_bytes(struct desk *d, struct view post,
                                           const struct match_options *options)
{
    struct match_options all = k_match_options;
    struct answer answer;
    all.lowest = TIER_NONE;
    arena_reset(&d->mem);
    CHECK_OK(
        match_post(d->matcher, &d->snapshot, post, options ? options : &all, &d->mem, &answer));
    return answer;
}

static inline struct answer desk_ask(struct desk *d, const char *post)
{
    return desk_ask_bytes(d, view_cstr(post), NULL);
}

static inline const struct hit *hit_of(const struct answer *a, const char *id)
{
    for (uint32_t i = 0; i < a->n_hits; i++)
        if (view_eq(a->hits[i].item.id, view_cstr(id))) return &a->hits[i];
    return NULL;
}

/* The best hit is this claim, in this tier, met in this way. */
static inline void check_best(const struct answer *a, const char *id, enum tier tier, enum how how)
{
    if (a->n_hits == 0) fail_msg("%.*s: no hit", VIEW_ARG(a->post));
    const struct hit *h = &a->hits[0];
    if (!view_eq(h->item.id, view_cstr(id)) || h->tier != tier || h->how != how)
        fail_msg("%.*s: best is %.*s, %s, %s (%.4f); expected %s, %s, %s", VIEW_ARG(a->post),
                 VIEW_ARG(h->item.id), tier_name(h->tier), how_name(h->how), h->score, id,
                 tier_name(tier), how_name(how));
}

/** As TESTS, with `desk` open before the first test and closed behind the last. */
#define TESTS_AT_DESK(desk, ...)                                       \
    static int open_desk(__attribute__((unused)) void **state)         \
    {                                                                  \
        desk_open(&desk);                                              \
        return 0;                                                      \
    }                                                                  \
    static int close_desk(__attribute__((unused)) void **state)        \
    {                                                                  \
        desk_close(&desk);                                             \
        return 0;                                                      \
    }                                                                  \
    int main(void)                                                     \
    {                                                                  \
        const struct CMUnitTest k_tests[] = {__VA_ARGS__};             \
        return cmocka_run_group_tests(k_tests, open_desk, close_desk); \
    }

#endif
