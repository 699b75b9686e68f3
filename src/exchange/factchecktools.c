/* SPDX-License-Identifier: Apache-2.0
 * Answers of the Fact Check Tools API (claims:search, claims:imageSearch), also several behind one
 * another. One item a claim; each claimReview is a verdict. The claimant is not taken.
 * Source: Google Fact Check Tools API v1alpha1, FactCheckedClaim and ClaimReview. */
#include "exchange/exchange_int.h"

/* A string member of a claim or review; another type is a fault of the row. */
static rc get_string(const struct json *object, const char *key, struct view *out)
{
    const struct json *member = json_get(object, key);
    *out = view_of(NULL, 0);
    if (!member || member->type == JSON_NULL) return OK;
    TRY(expect_type(key, member, JSON_STRING));
    *out = member->as.string;
    return OK;
}

static rc read_review(struct reading *r, const struct json *review, struct view *out_title,
                      struct item_verdict *v)
{
    const struct json *publisher = json_get(review, "publisher");
    struct view rating, date, lang;
    TRY(get_string(review, "url", &v->url));
    TRY(get_string(review, "title", out_title));
    TRY(get_string(review, "textualRating", &rating));
    TRY(get_string(review, "reviewDate", &date));
    TRY(get_string(review, "languageCode", &lang));
    TRY(url_host(json_get_string(publisher, "site"), &r->mem, &v->org));
    if (v->org.n == 0) TRY(url_host(v->url, &r->mem, &v->org));
    v->org_name = json_get_string(publisher, "name");
    v->label = label_from_rating(rating, 0, 0, 0);
    v->label_text = rating;
    v->date = date_or_empty(date);
    TRY(lang_or_empty(lang, &r->mem, &v->lang));
    return verdict_check(v, r->limits);
}

static rc read_reviews(struct reading *r, const struct json *reviews, struct item *item)
{
    struct item_verdict *verdicts;
    if (!reviews || reviews->type == JSON_NULL) return OK;
    TRY(expect_type("claimReview", reviews, JSON_ARRAY));
    if (reviews->n > r->limits->max_verdicts)
        return FAIL(E_LIMIT, "claimReview: %u of them, the limit is %u", reviews->n,
                    r->limits->max_verdicts);
    TRY(arena_array(&r->mem, reviews->n, &verdicts));
    for (uint32_t i = 0; i < reviews->n; i++) {
        struct view title = {0};
        rc failure = expect_type("value", &reviews->as.items[i], JSON_OBJECT);
        if (ok(failure)) failure = read_review(r, &reviews->as.items[i], &title, &verdicts[i]);
        if (!ok(failure)) return rc_within(failure, "claimReview[%u].", i);
        if (item->title.n == 0) item->title = title;
        if (item->url.n == 0) item->url = verdicts[i].url;
        if (item->lang.n == 0) item->lang = verdicts[i].lang;
    }
    item->verdicts = verdicts;
    item->n_verdicts = reviews->n;
    return OK;
}

/* An answer without claims is an object like {} or {"nextPageToken":…}. */
static rc without_text(const struct json *answer)
{
    const struct json *error = json_get(answer, "error");
    if (error)
        return FAIL(E_INPUT, "the answer is an error: %.*s",
                    VIEW_ARG(json_get_string(error, "message")));
    if (answer->n == 0 || json_get(answer, "nextPageToken")) return OK;
    return FAIL(E_INPUT, "text: missing");
}

static rc take_claim(struct reading *r, const struct json *value, uint64_t where)
{
    struct item item = {0};
    TRY(expect_type("element", value, JSON_OBJECT));
    if (json_get(value, "claim")) value = json_get(value, "claim");
    if (!json_get(value, "text") && !json_get(value, "claimReview")) return without_text(value);
    TRY(get_string(value, "text", &item.text));
    TRY(read_reviews(r, json_get(value, "claimReview"), &item));
    item_use_defaults(&item, &r->defaults);
    if (item.lang.n == 0)
        return FAIL(E_INPUT, "languageCode: missing, and no default language is given");
    TRY(id_for(&r->ids, item.url, item.text, r->limits, &r->mem, &item.id));
    TRY(fields_check(k_item_fields, r->limits, &item));
    return reading_offer(r, &item, where);
}

rc factchecktools_read(struct reading *r)
{
    uint64_t n_elements;
    return elements_read(r, take_claim, &n_elements);
}
