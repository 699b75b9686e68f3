/* SPDX-License-Identifier: Apache-2.0
 * The reasons that a reader is given, for each way to disguise a claim and each way to change it.
 */
#include "desk.h"

static struct desk s_desk;

#define BRIDGE \
    "The old harbour bridge collapsed on 12 March 2021 and 35 people drowned in the river."

/* ---- disguises: the claim, its words, its place; nothing that differs ---- */

struct disguise {
    const char *kind, *post, *claim;
    const char *shared;    /* one of the words that are named, as the post writes it */
    const char *from, *to; /* how the span begins and ends */
};

static const struct disguise k_disguises[] = {
    {"capitals",
     "THE OLD HARBOUR BRIDGE COLLAPSED ON 12 MARCH 2021 AND 35 PEOPLE DROWNED IN THE RIVER",
     "bridge", "DROWNED", "THE OLD", "THE RIVER"},
    {"zero width",
     "The old harb\xE2\x80\x8Bour bridge coll\xE2\x80\x8B"
     "apsed on 12 March 2021 and 35 people "
     "drow\xE2\x80\x8Bned in the river.",
     "bridge", "bridge", "The old", "river"},
    {"look-alikes",
     "The \xD0\xBEld h\xD0\xB0rbour br\xD1\x96"
     "dge c\xD0\xBEll\xD0\xB0psed on 12 March 2021 and 35 people "
     "drowned in the river.",
     "bridge", "drowned", "The", "river"},
    {"full width",
     "The old \xEF\xBD\x88\xEF\xBD\x81\xEF\xBD\x92\xEF\xBD\x82\xEF\xBD\x8F\xEF\xBD\x95\xEF\xBD\x92 "
     "bridge collapsed on "
     "12 March 2021 and 35 people drowned in the river.",
     "bridge", "bridge", "The old", "river"},
    {"letters repeated",
     "The old harrrbour bridge collapsed on 12 March 2021 and 35 peoplllle drowned in the riverrr",
     "bridge", "drowned", "The old", "riverrr"},
    {"emoji between words",
     "The old 🔥 harbour bridge 🚨 collapsed on 12 March 2021 😱 and 35 people drowned in the river 🙏",
     "bridge", "collapsed", "The old", "river"},
    {"points between words",
     "The. old. harbour, bridge - collapsed; on 12 March 2021 / and 35 people... drowned in the "
     "river",
     "bridge", "collapsed", "The", "river"},
    {"digits of another script",
     "The old harbour bridge collapsed on ١٢ March ٢٠٢١ and ٣٥ people drowned in the river.",
     "bridge", "drowned", "The old", "river"},
    {"slips of the pen",
     "The old harbuor bridge colapsed on 12 March 2021 and 35 people drownd in the river.",
     "bridge", "bridge", "The old", "river"},
    {"words left out", "The harbour bridge collapsed 12 March 2021, 35 people drowned in river.",
     "bridge", "collapsed", "The harbour", "river"},
    {"in a longer post",
     "Good morning from the seaside, I slept badly. " BRIDGE " Later we ate soup.", "bridge",
     "harbour", "The old", "river"},
    {"forwarded", "Forwarded many times!! Please share\n" BRIDGE "\n#news https://t.example/1",
     "bridge", "harbour", "The old", "river"},
    {"without tones", "Uong nuoc chanh am moi sang chua khoi ung thu trong vong 30 ngay", "cancer",
     "chanh", "Uong", "ngay"},
    {"marks and stretched letters",
     "نُوشیدنِ آبِ گرم با آب‌لیمو هر روز صبح "
     "سرطـــان را در ۳۰ روز درمان می‌کند",
     "cancer", "صبح", "نُ", "کند"},
    {"without half-space", "نوشیدن آب گرم با آب لیمو هر روز صبح سرطان را در 30 روز درمان می کند",
     "cancer", "سرطان", "نوشیدن", "کند"},
};

static bool begins(struct view text, const char *with)
{
    return view_starts(text, view_cstr(with));
}

static bool ends(struct view text, const char *with)
{
    struct view w = view_cstr(with);
    return text.n >= w.n && view_eq(view_slice(text, text.n - w.n, text.n), w);
}

static bool named(const struct why *why, const char *word)
{
    struct arena mem CLEANUP(arena_done) = {0};
    struct text wanted, got;
    CHECK_OK(text_read(view_cstr(word), why->lang, NULL, &mem, &wanted));
    for (uint32_t i = 0; i < why->n_shared; i++) {
        CHECK_OK(text_read(why->shared[i], why->lang, NULL, &mem, &got));
        if (got.n_tokens && wanted.n_tokens &&
            got.tokens[0].folded_key == wanted.tokens[0].folded_key)
            return true;
    }
    return false;
}

TEST(a_disguised_claim_is_shown_with_its_words_and_place_and_nothing_that_differs)
{
    for (size_t i = 0; i < COUNT_OF(k_disguises); i++) {
        const struct disguise *d = &k_disguises[i];
        struct answer a = desk_ask(&s_desk, d->post);
        if (a.n_hits == 0 || !view_eq(a.hits[0].item.id, view_cstr(d->claim)))
            fail_msg("%s: not found", d->kind);
        const struct why *why = &a.hits[0].why;
        struct view span = view_slice(a.post, why->span_from, why->span_to - why->span_from);
        if (a.hits[0].tier != TIER_CONFIRMED)
            fail_msg("%s: not confirmed (%.3f)", d->kind, a.hits[0].score);
        if (why->n_differ || why->negation != NEGATION_SAME || why->refuted)
            fail_msg("%s: something differs", d->kind);
        if (why->segment != SEGMENT_TEXT) fail_msg("%s: not the text", d->kind);
        if (!begins(span, d->from) || !ends(span, d->to))
            fail_msg("%s: span is \"%.*s\"", d->kind, VIEW_ARG(span));
        if (!named(why, d->shared)) fail_msg("%s: \"%s\" is not named", d->kind, d->shared);
        if (why->claim_share < 0.85)
            fail_msg("%s: only %.2f of the claim", d->kind, why->claim_share);
    }
}

/* ---- changes: what differs is named, on both sides ---- */

enum change { NUMBER, WORD, NEGATED, REFUTED };

struct change_of_claim {
    const char *kind, *post, *claim;
    enum change change;
    const char *in_claim, *in_post; /* "" when the side has none, NULL when nothing is named */
};

static const struct change_of_claim k_changes[] = {
    {"digit",
     "The old harbour bridge collapsed on 12 March 2021 and 36 people drowned in the river.",
     "bridge", NUMBER, "35", "36"},
    {"number left out",
     "The old harbour bridge collapsed on 12 March 2021 and people drowned in the river.", "bridge",
     NUMBER, "35", ""},
    {"number put in",
     "The 3 old harbour bridge collapsed on 12 March 2021 and 35 people drowned in the river.",
     "bridge", NUMBER, "", "3"},
    {"date",
     "The old harbour bridge collapsed on 12 March 2022 and 35 people drowned in the river.",
     "bridge", NUMBER, "12 March 2021", "12 March 2022"},
    {"name",
     "The old harbour tunnel collapsed on 12 March 2021 and 35 people drowned in the river.",
     "bridge", WORD, "bridge", "tunnel"},
    {"more for less",
     "Ballots marked with a felt-tip pen are rejected by the scanners in some city.", "ballots",
     WORD, "every", "some"},
    {"negation put in",
     "The old harbour bridge never collapsed on 12 March 2021 and 35 people drowned in the river.",
     "bridge", NEGATED, NULL, NULL},
    {"denied",
     "It is not true that the old harbour bridge collapsed on 12 March 2021 and 35 people drowned "
     "in the river.",
     "bridge", NEGATED, NULL, NULL},
    {"called false",
     "HOAX: the old harbour bridge collapsed on 12 March 2021 and 35 people drowned in the river.",
     "bridge", REFUTED, NULL, NULL},
    {"negation in Vietnamese",
     "Uống nước chanh ấm mỗi sáng không chữa khỏi ung thư trong vòng 30 ngày", "cancer", NEGATED,
     NULL, NULL},
    {"number in Persian",
     "نوشیدن آب گرم با آب‌لیمو هر روز صبح سرطان را در ۶۰ "
     "روز "
     "درمان "
     "می‌کند.",
     "cancer", NUMBER, "۳۰ روز", "۶۰ روز"},
};

/* "30 days" names 30: what is written may take its unit along. */
static bool same_or_begins(struct view got, const char *wanted)
{
    return *wanted ? begins(got, wanted) : got.n == 0;
}

static bool told(const struct why *why, const struct change_of_claim *c)
{
    switch (c->change) {
    case NUMBER:
        for (uint32_t i = 0; i < why->n_differ; i++)
            if (same_or_begins(why->differ[i].claim, c->in_claim) &&
                same_or_begins(why->differ[i].post, c->in_post))
                return true;
        return false;
    case WORD:
        for (uint32_t i = 0; i < why->n_changed; i++)
            if (view_eq(why->changed[i].claim, view_cstr(c->in_claim)) &&
                view_eq(why->changed[i].post, view_cstr(c->in_post)))
                return true;
        return false;
    case NEGATED: return why->negation == NEGATION_ADDED;
    case REFUTED: return why->refuted;
    }
    return false;
}

TEST(a_changed_claim_is_shown_with_what_was_changed)
{
    for (size_t i = 0; i < COUNT_OF(k_changes); i++) {
        const struct change_of_claim *c = &k_changes[i];
        struct answer a = desk_ask(&s_desk, c->post);
        const struct hit *h = hit_of(&a, c->claim);
        if (!h || h->tier != TIER_SUGGESTED) fail_msg("%s: not suggested", c->kind);
        if (!told(&h->why, c)) fail_msg("%s: the change is not named", c->kind);
    }
}

TEST(a_negation_that_was_taken_out_is_told)
{
    static const char *const k_claim[] = {
        "{\"id\":\"tea\",\"lang\":\"en\",\"text\":\"Green tea does not protect sailors against the "
        "spring fever of the islands.\"}"};
    struct desk desk;
    desk_open_items(&desk, k_claim, 1);
    struct answer a =
        desk_ask(&desk, "Green tea does protect sailors against the spring fever of the islands.");
    CHECK(a.n_hits == 1 && a.hits[0].tier == TIER_SUGGESTED);
    assert_int_equal(a.hits[0].why.negation, NEGATION_REMOVED);
    desk_close(&desk);
}

TESTS_AT_DESK(s_desk,
              RUN(a_disguised_claim_is_shown_with_its_words_and_place_and_nothing_that_differs),
              RUN(a_changed_claim_is_shown_with_what_was_changed),
              RUN(a_negation_that_was_taken_out_is_told))
