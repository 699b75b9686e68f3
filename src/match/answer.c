/* SPDX-License-Identifier: Apache-2.0
 * The answer as canonical JSON; every member is described in docs/formats/hit.md. */
#include "match/match_int.h"

#include <math.h>

static const char *const k_tier_names[] = {"none", "suggested", "confirmed"};
static const char *const k_how_names[] = {"exact",  "near-copy",  "contains",
                                          "within", "same-claim", "same-link"};
static const char *const k_note_names[] = {"", "empty", "too-short", "only-link"};
static const char *const k_negation_names[] = {"same", "added", "removed"};

const char *tier_name(enum tier tier)
{
    return k_tier_names[tier];
}
const char *how_name(enum how how)
{
    return k_how_names[how];
}
const char *note_name(enum note note)
{
    return k_note_names[note];
}

bool tier_from_name(struct view name, enum tier *out)
{
    for (size_t i = 0; i < COUNT_OF(k_tier_names); i++)
        if (view_eq(name, view_cstr(k_tier_names[i]))) {
            *out = (enum tier)i;
            return true;
        }
    return false;
}

/* Four decimals: more would pretend. */
static void write_share(struct json_writer *w, const char *key, double x)
{
    json_key(w, key);
    json_double(w, floor(x * 10000 + 0.5) / 10000);
}

static void write_text(struct json_writer *w, const char *key, struct view text)
{
    if (text.n == 0) return;
    json_key(w, key);
    json_string(w, text);
}

static void write_claim(struct json_writer *w, const struct item *item)
{
    json_open_object(w);
    write_text(w, "lang", item->lang);
    write_text(w, "licence", item->licence);
    write_text(w, "source", item->source);
    write_text(w, "text", item->text);
    write_text(w, "title", item->title);
    write_text(w, "topic", item->topic);
    write_text(w, "url", item->url);
    json_close_object(w);
}

static void write_number_pairs(struct json_writer *w, const char *key,
                               const struct number_pair *pairs, uint32_t n)
{
    json_key(w, key);
    json_open_array(w);
    for (uint32_t i = 0; i < n; i++) {
        json_open_object(w);
        write_text(w, "claim", pairs[i].claim);
        write_text(w, "post", pairs[i].post);
        json_close_object(w);
    }
    json_close_array(w);
}

static void write_changed(struct json_writer *w, const struct why *why)
{
    json_key(w, "changed");
    json_open_array(w);
    for (uint32_t i = 0; i < why->n_changed; i++) {
        json_open_object(w);
        write_text(w, "claim", why->changed[i].claim);
        write_text(w, "post", why->changed[i].post);
        json_close_object(w);
    }
    json_close_array(w);
}

static void write_why(struct json_writer *w, const struct why *why)
{
    json_open_object(w);
    write_changed(w, why);
    write_share(w, "claim_share", why->claim_share);
    json_key(w, "lang");
    json_cstr(w, lang_tag(why->lang));
    json_key(w, "negation");
    json_cstr(w, k_negation_names[why->negation]);
    json_key(w, "numbers");
    json_open_object(w);
    write_number_pairs(w, "agree", why->agree, why->n_agree);
    write_number_pairs(w, "differ", why->differ, why->n_differ);
    json_close_object(w);
    json_key(w, "part");
    json_cstr(w, segment_name(why->segment));
    write_share(w, "post_share", why->post_share);
    json_key(w, "refuted");
    json_bool(w, why->refuted);
    json_key(w, "shared");
    json_open_array(w);
    for (uint32_t i = 0; i < why->n_shared; i++)
        json_string(w, why->shared[i]);
    json_close_array(w);
    json_key(w, "span");
    json_open_array(w);
    json_int(w, why->span_from);
    json_int(w, why->span_to);
    json_close_array(w);
    json_close_object(w);
}

static void write_measures(struct json_writer *w, const struct hit_measures *m)
{
    json_open_object(w);
    write_share(w, "claim_in_post", m->claim_in_post);
    json_key(w, "claim_letters");
    json_int(w, m->claim_letters);
    write_share(w, "grams", m->grams);
    write_share(w, "heaviest", m->heaviest);
    json_key(w, "in_order");
    json_bool(w, m->in_order);
    write_share(w, "names", m->names);
    json_key(w, "pairs");
    json_int(w, m->pairs);
    write_share(w, "post_in_claim", m->post_in_claim);
    json_key(w, "post_letters");
    json_int(w, m->post_letters);
    json_key(w, "post_words");
    json_int(w, m->post_words);
    write_share(w, "span_share", m->span_share);
    write_share(w, "words", m->words);
    json_close_object(w);
}

static rc write_hit(struct json_writer *w, const struct hit *hit, struct buf *scratch)
{
    buf_reset(scratch);
    TRY(item_verdicts_to_json(&hit->item, scratch));
    json_open_object(w);
    json_key(w, "claim");
    write_claim(w, &hit->item);
    json_key(w, "disputes");
    json_raw(w, VIEW("[]"));
    json_key(w, "exemptions");
    json_raw(w, VIEW("[]"));
    json_key(w, "how");
    json_cstr(w, how_name(hit->how));
    json_key(w, "id");
    json_string(w, hit->item.id);
    json_key(w, "measures");
    write_measures(w, &hit->measures);
    write_share(w, "score", hit->score);
    json_key(w, "tier");
    json_cstr(w, tier_name(hit->tier));
    json_key(w, "verdicts");
    json_raw(w, buf_view(scratch));
    json_key(w, "why");
    write_why(w, &hit->why);
    json_close_object(w);
    return OK;
}

rc answer_to_json(const struct answer *answer, struct view id_json, struct buf *out)
{
    struct buf scratch CLEANUP(buf_done) = {0};
    struct json_writer w;
    json_begin(&w, out);
    json_open_object(&w);
    json_key(&w, "bank");
    json_cstr(&w, answer->bank_version);
    if (answer->cut) {
        json_key(&w, "cut");
        json_bool(&w, true);
    }
    json_key(&w, "hits");
    json_open_array(&w);
    for (uint32_t i = 0; i < answer->n_hits; i++)
        TRY(write_hit(&w, &answer->hits[i], &scratch));
    json_close_array(&w);
    if (id_json.n > 0) {
        json_key(&w, "id");
        json_raw(&w, id_json);
    }
    json_key(&w, "lang");
    json_cstr(&w, lang_tag(answer->lang));
    if (answer->note != NOTE_NOTHING) {
        json_key(&w, "note");
        json_cstr(&w, note_name(answer->note));
    }
    json_close_object(&w);
    return json_finish(&w);
}
