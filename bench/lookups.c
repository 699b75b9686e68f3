/* SPDX-License-Identifier: Apache-2.0
 *
 * How many look-ups a second, on one core, from the bytes of a post to claims:
 *
 *   near      skeleton -> near-copies
 *   retrieve  forms, tokens -> candidates by words and grams, measured
 *   answer    all of match_post, with the options of a user
 *
 *   bench_lookups BANK POSTS
 *
 * POSTS are JSON lines {"text", "claim"}. Prints one JSON object; "found" is the share of posts
 * whose claim is the best of what came back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/match.h"

enum { MOST_POSTS = 20000, MOST_CANDIDATES = 256, LINE_BYTES = 1 << 20 };

struct post {
    struct view text, claim;
};

struct bench {
    const struct bank_snapshot *snapshot;
    struct bank_scratch *scratch;
    struct matcher *matcher;
    struct arena mem; /* of one look-up */
    struct post *posts;
    uint32_t n;
};

/** One look-up; *out_found: whether the post's claim came first. */
typedef rc (*lookup_fn)(struct bench *b, const struct post *post, bool *out_found);

static rc is_item(const struct bench *b, uint32_t doc, struct view id, bool *out)
{
    struct bank_doc found;
    uint32_t item;
    TRY(bank_doc(b->snapshot->base, doc, &found));
    rc r = bank_find_id(b->snapshot->base, id, &item);
    *out = ok(r) && item == found.item;
    return OK;
}

static rc best_is(const struct bench *b, const struct candidate *c, uint32_t n, struct view id,
                  bool copies, bool *out)
{
    double most = -1;
    uint32_t best = 0;
    for (uint32_t i = 0; i < n; i++) {
        double copy = 0;
        for (int s = 0; s < SEGMENT_COUNT; s++) {
            double both = (double)c[i].claim_in_post[s] + (double)c[i].post_in_claim[s];
            if (both > copy) copy = both;
        }
        double score = copies ? copy : (double)c[i].words + (double)c[i].grams;
        if (score > most) {
            most = score;
            best = c[i].doc;
        }
    }
    *out = false;
    return n ? is_item(b, best, id, out) : OK;
}

static rc near(struct bench *b, const struct post *post, bool *out_found)
{
    struct text text = {.source = post->text};
    struct bank_query query;
    struct candidate *found;
    uint32_t n;
    TRY(text_skeleton(post->text, NULL, &b->mem, &text.skeleton));
    TRY(bank_query_make(b->snapshot->base, &text, &b->mem, &query));
    TRY(arena_array_raw(&b->mem, MOST_CANDIDATES, &found));
    TRY(bank_near_copies(b->snapshot->base, &query, b->scratch, &b->mem, MOST_CANDIDATES, found,
                         &n));
    return best_is(b, found, n, post->claim, true, out_found);
}

static rc retrieve(struct bench *b, const struct post *post, bool *out_found)
{
    struct text text;
    struct bank_query query;
    struct candidate *found;
    uint32_t n;
    TRY(text_read(post->text, LANG_UNKNOWN, NULL, &b->mem, &text));
    TRY(bank_query_make(b->snapshot->base, &text, &b->mem, &query));
    TRY(arena_array_raw(&b->mem, MOST_CANDIDATES, &found));
    TRY(bank_candidates(b->snapshot->base, b->snapshot->base, &query, b->scratch, &b->mem,
                        MOST_CANDIDATES, found, &n));
    return best_is(b, found, n, post->claim, false, out_found);
}

static rc answer(struct bench *b, const struct post *post, bool *out_found)
{
    struct answer found;
    TRY(match_post(b->matcher, b->snapshot, post->text, NULL, &b->mem, &found));
    *out_found = found.n_hits > 0 && view_eq(found.hits[0].item.id, post->claim);
    return OK;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static rc measure(struct bench *b, const char *name, lookup_fn lookup, const char *end)
{
    static uint64_t ns[MOST_POSTS];
    uint64_t n_found = 0, total = 0;
    bool found;
    for (uint32_t warm = 0; warm < b->n && warm < 200; warm++) {
        arena_reset(&b->mem);
        TRY(lookup(b, &b->posts[warm], &found));
    }
    for (uint32_t i = 0; i < b->n; i++) {
        arena_reset(&b->mem);
        uint64_t start = clock_mono_ns();
        TRY(lookup(b, &b->posts[i], &found));
        ns[i] = clock_mono_ns() - start;
        total += ns[i];
        n_found += found;
    }
    qsort(ns, b->n, sizeof ns[0], by_size);
    printf("\"%s\":{\"per_s\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"found\":%.4f}%s", name,
           1e9 * b->n / (double)total, (double)ns[b->n / 2] / 1e3,
           (double)ns[(size_t)b->n * 99 / 100] / 1e3, (double)n_found / b->n, end);
    return OK;
}

static rc read_posts(const char *path, struct arena *mem, struct bench *b)
{
    struct line_reader lines CLEANUP(line_close) = {.fd = -1};
    struct view line;
    bool more;
    TRY(arena_array(mem, MOST_POSTS, &b->posts));
    TRY(line_open(path, LINE_BYTES, &lines));
    for (;;) {
        const struct json *row;
        TRY(line_next(&lines, &line, &more));
        if (!more || b->n == MOST_POSTS) break;
        TRY(json_parse(line, NULL, mem, &row));
        b->posts[b->n++] =
            (struct post){json_get_string(row, "text"), json_get_string(row, "claim")};
    }
    return b->n ? OK : FAIL(E_INPUT, "%s: no posts", path);
}

static rc run(const char *bank_path, const char *posts_path)
{
    struct bench b = {0};
    struct bank_source *source;
    CLEANUP(arena_done) struct arena posts;
    arena_init(&posts, 0);
    arena_init(&b.mem, 0);
    TRY(read_posts(posts_path, &posts, &b));
    TRY(bank_source_open(bank_path, &source));
    b.snapshot = bank_acquire(source);
    rc r = bank_scratch_new(&b.scratch);
    if (ok(r)) r = matcher_new(&b.matcher);
    printf("{");
    if (ok(r)) r = measure(&b, "near", near, ",");
    if (ok(r)) r = measure(&b, "retrieve", retrieve, ",");
    if (ok(r)) r = measure(&b, "answer", answer, "}\n");
    bank_scratch_free(b.scratch);
    matcher_free(b.matcher);
    bank_release(source, b.snapshot);
    bank_source_close(source);
    arena_done(&b.mem);
    return r;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: bench_lookups BANK POSTS\n");
        return 2;
    }
    rc r = run(argv[1], argv[2]);
    if (!ok(r)) fprintf(stderr, "bench_lookups: %s\n", rc_message());
    return ok(r) ? 0 : 4;
}
