/* SPDX-License-Identifier: Apache-2.0
 * ClaimReview as JSON-LD (schema.org/ClaimReview): one object, a list, @graph, DataFeed; also
 * inside the page or article that carries it. What names a person (claimants, authors who are
 * persons) is not taken. */
#include "exchange/exchange_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- values as JSON-LD writes them ---- */

/* The first element of an array, everything else as it is. */
static const struct json *first(const struct json *value)
{
    if (value && value->type == JSON_ARRAY) return value->n ? &value->as.items[0] : NULL;
    return value;
}

/* A string, or the string inside an object under one of two keys. */
static struct view string_in(const struct json *value, const char *key, const char *other_key)
{
    value = first(value);
    if (value && value->type == JSON_STRING) return value->as.string;
    struct view v = json_get_string(value, key);
    return v.n ? v : json_get_string(value, other_key);
}

static struct view text_of(const struct json *object, const char *key)
{
    return string_in(json_get(object, key), "@value", "name");
}

static struct view address_of(const struct json *object, const char *key)
{
    return string_in(json_get(object, key), "@id", "url");
}

static struct view either(struct view a, struct view b)
{
    return is_blank(a) ? b : a;
}

/* A number, also one in quotes; 0 when there is none. */
static double number_of(const struct json *object, const char *key)
{
    const struct json *value = first(json_get(object, key));
    if (!value) return 0;
    if (value->type == JSON_INT) return (double)value->as.integer;
    if (value->type == JSON_DOUBLE) return value->as.number;
    char text[32], *end;
    if (value->type != JSON_STRING || value->as.string.n >= sizeof text) return 0;
    if (value->as.string.n == 0) return 0;
    memcpy(text, value->as.string.p, value->as.string.n);
    text[value->as.string.n] = 0;
    double x = strtod(text, &end);
    return end > text && isfinite(x) ? x : 0;
}

/* "ClaimReview", "schema:ClaimReview", "https://schema.org/ClaimReview". */
static bool is_named(const struct json *type, const char *name)
{
    if (type->type != JSON_STRING) return false;
    struct view v = type->as.string, tail = view_cstr(name);
    if (!view_ends(v, tail)) return false;
    return v.n == tail.n || v.p[v.n - tail.n - 1] == ':' || v.p[v.n - tail.n - 1] == '/';
}

static bool has_type(const struct json *object, const char *name)
{
    const struct json *type = json_get(object, "@type");
    if (!type) return false;
    if (type->type != JSON_ARRAY) return is_named(type, name);
    for (uint32_t i = 0; i < type->n; i++)
        if (is_named(&type->as.items[i], name)) return true;
    return false;
}

/* ---- one review ---- */

/* Who says it: an organisation. Of a person only the host of the address is kept. */
static rc read_org(const struct json *review, struct view url, struct arena *mem,
                   struct item_verdict *v)
{
    const struct json *author = first(json_get(review, "author"));
    const struct json *publisher = first(json_get(review, "publisher"));
    if (has_type(author, "Person") || !author) author = publisher;
    if (has_type(author, "Person")) author = NULL;
    if (author && author->type == JSON_OBJECT) {
        v->org_name = json_get_string(author, "name");
        TRY(url_host(address_of(author, "url"), mem, &v->org));
    }
    return v->org.n ? OK : url_host(url, mem, &v->org);
}

static void read_rating(const struct json *review, struct item_verdict *v)
{
    const struct json *rating = first(json_get(review, "reviewRating"));
    struct view words = either(text_of(rating, "alternateName"), text_of(rating, "name"));
    if (rating && rating->type == JSON_STRING) words = rating->as.string;
    if (is_blank(words) && !json_get(rating, "bestRating"))
        words = text_of(rating, "ratingValue"); /* "False" where a number belongs */
    v->label = label_from_rating(words, number_of(rating, "ratingValue"),
                                 number_of(rating, "bestRating"), number_of(rating, "worstRating"));
    v->label_text = words;
    v->reasons = either(text_of(rating, "ratingExplanation"), text_of(review, "reviewBody"));
}

static rc read_review(struct reading *r, const struct json *review, struct view text,
                      struct item *out)
{
    struct item_verdict *v;
    struct view url = either(address_of(review, "url"), json_get_string(review, "@id"));
    TRY(arena_new(&r->mem, &v));
    read_rating(review, v);
    v->url = url;
    v->date =
        date_or_empty(either(text_of(review, "datePublished"), text_of(review, "dateCreated")));
    TRY(read_org(review, url, &r->mem, v));
    struct view lang = string_in(json_get(review, "inLanguage"), "alternateName", "name");
    TRY(lang_or_empty(lang, &r->mem, &v->lang));
    struct item item = {
        .lang = v->lang,
        .text = text,
        .title = either(text_of(review, "headline"), text_of(review, "name")),
        .url = url,
        .licence = either(address_of(review, "sdLicense"), address_of(review, "license")),
        .source = either(text_of(review, "sdPublisher"), view_of(NULL, 0)),
        .n_verdicts = 1,
        .verdicts = v,
    };
    item_use_defaults(&item, &r->defaults);
    if (item.lang.n == 0)
        return FAIL(E_INPUT, "inLanguage: missing, and no default language is given");
    TRY(id_for(&r->ids, url, text, r->limits, &r->mem, &item.id));
    TRY(fields_check(k_item_fields, r->limits, &item));
    rc failure = verdict_check(v, r->limits);
    if (!ok(failure)) return rc_within(failure, "reviewRating: ");
    *out = item;
    return OK;
}

static rc offer_review(struct reading *r, const struct json *review, const struct json *text,
                       uint64_t where)
{
    struct item item;
    rc failure = expect_type("claimReviewed", text, JSON_STRING);
    if (ok(failure) && is_blank(text->as.string)) failure = FAIL(E_INPUT, "claimReviewed: blank");
    if (ok(failure)) failure = read_review(r, review, text->as.string, &item);
    if (ok(failure)) failure = reading_offer(r, &item, where);
    return ok(failure) ? OK : reading_reject(r, failure, where);
}

/* What is said of a Claim without claimReviewed at the top. Of any other thing (a person, a post)
 * nothing is taken. */
static const struct json *text_of_claim(const struct json *claim)
{
    static const char *const k_keys[] = {"text", "claimReviewed", "name", "headline"};
    for (size_t i = 0; has_type(claim, "Claim") && i < COUNT_OF(k_keys); i++)
        if (json_get(claim, k_keys[i])) return json_get(claim, k_keys[i]);
    return NULL;
}

/* One item for each claim that is reviewed. */
static rc take_review(struct reading *r, const struct json *review, uint64_t where)
{
    const struct json *texts = json_get(review, "claimReviewed");
    const struct json *claims = json_get(review, "itemReviewed");
    if (texts && texts->type == JSON_OBJECT) texts = json_get(texts, "@value");
    if (texts && texts->type != JSON_NULL) {
        if (texts->type != JSON_ARRAY) return offer_review(r, review, texts, where);
        for (uint32_t i = 0; i < texts->n; i++)
            TRY(offer_review(r, review, &texts->as.items[i], where));
        if (texts->n > 0) return OK;
    }
    uint32_t n = !claims ? 0 : claims->type == JSON_ARRAY ? claims->n : 1;
    uint32_t n_found = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct json *claim = claims->type == JSON_ARRAY ? &claims->as.items[i] : claims;
        const struct json *text = text_of_claim(claim);
        if (!text) continue;
        n_found++;
        TRY(offer_review(r, review, text, where));
    }
    return n_found ? OK : FAIL(E_INPUT, "claimReviewed: missing");
}

/* ---- finding the reviews of an element ---- */

enum { MAX_WAITING = 256 };
struct search {
    const struct json *waiting[MAX_WAITING];
    uint32_t n;
};

static rc add(struct search *s, const struct json *value)
{
    if (s->n == MAX_WAITING)
        return FAIL(E_LIMIT, "over %d values to look through for a ClaimReview", MAX_WAITING);
    s->waiting[s->n++] = value;
    return OK;
}

/* Where a review hides in what is none itself. Last first: a stack turns the order round. */
static rc look_inside(struct search *s, const struct json *value)
{
    static const char *const k_wrappers[] = {"hasPart", "subjectOf",  "review",
                                             "about",   "mainEntity", "item"};
    if (value->type == JSON_ARRAY)
        for (uint32_t i = value->n; i > 0; i--)
            TRY(add(s, &value->as.items[i - 1]));
    for (size_t i = 0; i < COUNT_OF(k_wrappers); i++) {
        const struct json *inner = json_get(value, k_wrappers[i]);
        if (inner && (inner->type == JSON_OBJECT || inner->type == JSON_ARRAY)) TRY(add(s, inner));
    }
    return OK;
}

/* Elements of other known types are no fault: a page's @graph has many. */
static rc take_element(struct reading *r, const struct json *value, uint64_t where)
{
    struct search s = {.n = 0};
    bool found = false;
    TRY(expect_type("element", value, JSON_OBJECT));
    TRY(add(&s, value));
    while (s.n > 0) {
        const struct json *next = s.waiting[--s.n];
        if (has_type(next, "ClaimReview") || json_get(next, "claimReviewed")) {
            found = true;
            rc failure = take_review(r, next, where);
            if (!ok(failure)) TRY(reading_reject(r, failure, where));
        } else {
            TRY(look_inside(&s, next));
        }
    }
    if (found || json_get(value, "@type")) return OK;
    return FAIL(E_INPUT, "claimReviewed: missing");
}

rc jsonld_read(struct reading *r)
{
    uint64_t n_elements;
    TRY(elements_read(r, take_element, &n_elements));
    if (r->counts.accepted + r->counts.rejected > 0 || n_elements == 0) return OK;
    return FAIL(E_FORMAT, "no ClaimReview in %llu elements", (unsigned long long)n_elements);
}
