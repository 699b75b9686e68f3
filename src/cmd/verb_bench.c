/* SPDX-License-Identifier: Apache-2.0
 * sanad bench: how fast a bank answers posts, and where the time goes. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/progress_int.h"
#include "cmd/say_int.h"
#include "cmd/session_int.h"
#include "cmd/table_int.h"

enum { LINE_BYTES = 8 << 20, FIRST_POSTS = 256 };

struct post {
    struct view text;
    enum lang lang;
};

struct bench {
    struct arena texts, mem; /* of all posts; of one answer */
    struct buf json;
    struct post *posts;
    uint64_t n, cap, *took_ns;
    /* of the quickest run */
    uint64_t total_ns, p50_ns, p99_ns;
    struct match_profile profile;
    uint64_t write_ns;
};

static void bench_done(struct bench *b)
{
    arena_done(&b->texts);
    arena_done(&b->mem);
    buf_done(&b->json);
    mem_free(b->posts);
    mem_free(b->took_ns);
}

/* ---- reading ---- */

static rc take(struct bench *b, struct view line)
{
    const struct json *object;
    if (b->n == b->cap) {
        b->cap = b->cap ? 2 * b->cap : FIRST_POSTS;
        TRY(mem_resize(&b->posts, b->cap, sizeof *b->posts));
    }
    TRY(json_parse(line, NULL, &b->texts, &object));
    const struct json *text = json_get(object, "text");
    if (!text || text->type != JSON_STRING) return FAIL(E_INPUT, "text: missing or no string");
    b->posts[b->n++] =
        (struct post){text->as.string, lang_from_tag(json_get_string(object, "lang"))};
    return OK;
}

static rc read_posts(struct bench *b, uint64_t most)
{
    CLEANUP(line_close) struct line_reader lines = {.fd = -1};
    TRY(line_open("-", LINE_BYTES, &lines));
    while (b->n < most) {
        struct view line;
        bool more;
        TRY(line_next(&lines, &line, &more));
        if (!more) break;
        rc r = take(b, line);
        if (!ok(r)) return rc_within(r, "line %llu: ", (unsigned long long)lines.line_number);
    }
    if (b->n == 0) return FAIL(E_INPUT, "no posts on standard input");
    return mem_new(b->n, sizeof *b->took_ns, &b->took_ns);
}

/* ---- measuring ---- */

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static rc answer_one(struct bench *b, struct session *s, const struct post *post,
                     uint64_t *inout_write_ns)
{
    struct match_options options = k_match_options;
    struct answer answer;
    options.lang = post->lang;
    arena_reset(&b->mem);
    buf_reset(&b->json);
    TRY(match_post(s->matcher, s->snapshot, post->text, &options, &b->mem, &answer));
    uint64_t start = clock_mono_ns();
    TRY(answer_to_json(&answer, VIEW("0"), &b->json));
    *inout_write_ns += clock_mono_ns() - start;
    return OK;
}

/* All posts once; what was measured stays when it was the quickest run so far. */
static rc run_once(struct bench *b, struct session *s, bool profile, struct progress *progress)
{
    struct match_profile p = {0};
    uint64_t total = 0, write_ns = 0;
    if (profile) matcher_profile(s->matcher, &p);
    for (uint64_t i = 0; i < b->n; i++) {
        if (i % 64 == 0 && !progress_tell(progress, "posts", i, b->n))
            return FAIL(E_INTERRUPTED, "stopped");
        uint64_t start = clock_mono_ns();
        TRY(answer_one(b, s, &b->posts[i], &write_ns));
        b->took_ns[i] = clock_mono_ns() - start;
        total += b->took_ns[i];
    }
    matcher_profile(s->matcher, NULL);
    if (b->total_ns && total >= b->total_ns) return OK;
    qsort(b->took_ns, b->n, sizeof *b->took_ns, by_size);
    b->total_ns = total;
    b->p50_ns = b->took_ns[b->n / 2];
    b->p99_ns = b->took_ns[b->n * 99 / 100];
    b->profile = p;
    b->write_ns = write_ns;
    return OK;
}

/* ---- showing ---- */

enum { N_STAGES = 9 };
struct stage {
    const char *key, *name; /* of the JSON; of the page */
    double us;
};

/* In the order of the way; the last one is what no stage has. */
static void stages_of(const struct bench *b, struct stage out[N_STAGES])
{
    const struct match_profile *p = &b->profile;
    const struct {
        const char *key, *name;
        uint64_t ns;
    } k_stages[N_STAGES - 1] = {
        {"normalise_us", "normalise", p->normalise_ns},
        {"query_us", "query", p->query_ns},
        {"near_copies_us", "near-copies", p->bank.near_ns},
        {"words_us", "words", p->bank.words_ns},
        {"letters_us", "letters", p->bank.letters_ns},
        {"verify_us", "verify", p->verify_ns},
        {"score_us", "score", p->score_ns},
        {"write_us", "write", b->write_ns},
    };
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT_OF(k_stages); i++) {
        out[i] = (struct stage){k_stages[i].key, k_stages[i].name,
                                (double)k_stages[i].ns / 1e3 / (double)b->n};
        sum += k_stages[i].ns;
    }
    double rest = b->total_ns > sum ? (double)(b->total_ns - sum) : 0;
    out[N_STAGES - 1] = (struct stage){"rest_us", "rest", rest / 1e3 / (double)b->n};
}

enum { N_READS = 9 };
struct read {
    const char *key, *name;
    uint64_t n;
};

static void reads_of(const struct match_profile *p, struct read out[N_READS])
{
    const struct read k_reads[N_READS] = {
        {"gram_postings", "postings of grams read", p->bank.gram_postings},
        {"gram_postings_there", "of postings there", p->bank.gram_postings_there},
        {"word_postings", "postings of words read", p->bank.word_postings},
        {"measured", "documents measured", p->bank.n_measured},
        {"verified", "candidates verified", p->verified},
        {"list_bytes", "bytes of posting lists", p->bank.list_bytes},
        {"score_bytes", "bytes of scores", p->bank.score_bytes},
        {"form_bytes", "bytes of documents", p->bank.form_bytes},
        {"dense", "posts that went through all scores", p->bank.n_dense},
    };
    for (size_t i = 0; i < N_READS; i++)
        out[i] = k_reads[i];
}

static double per_s(const struct bench *b)
{
    return 1e9 * (double)b->n / (double)(b->total_ns ? b->total_ns : 1);
}

static void json_number(struct json_writer *w, const char *key, double x)
{
    json_key(w, key);
    json_double(w, x);
}

static int by_key_of_stage(const void *a, const void *b)
{
    return view_cmp(view_cstr(((const struct stage *)a)->key),
                    view_cstr(((const struct stage *)b)->key));
}

static int by_key_of_read(const void *a, const void *b)
{
    return view_cmp(view_cstr(((const struct read *)a)->key),
                    view_cstr(((const struct read *)b)->key));
}

static rc show_json(struct call *call, const struct bench *b, bool profile, uint32_t items)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct stage stages[N_STAGES];
    struct read reads[N_READS];
    struct json_writer w;
    stages_of(b, stages);
    reads_of(&b->profile, reads);
    qsort(stages, N_STAGES, sizeof *stages, by_key_of_stage);
    qsort(reads, N_READS, sizeof *reads, by_key_of_read);
    json_begin(&w, &out);
    json_open_object(&w);
    json_number(&w, "answers_per_s", per_s(b));
    json_key(&w, "claims");
    json_int(&w, items);
    json_number(&w, "p50_us", (double)b->p50_ns / 1e3);
    json_number(&w, "p99_us", (double)b->p99_ns / 1e3);
    json_key(&w, "posts");
    json_int(&w, (int64_t)b->n);
    if (profile) {
        json_key(&w, "read_per_post");
        json_open_object(&w);
        for (size_t i = 0; i < N_READS; i++)
            json_number(&w, reads[i].key, (double)reads[i].n / (double)b->n);
        json_close_object(&w);
        json_key(&w, "stages");
        json_open_object(&w);
        for (size_t i = 0; i < N_STAGES; i++)
            json_number(&w, stages[i].key, stages[i].us);
        json_close_object(&w);
    }
    json_close_object(&w);
    return say_json(call, &w);
}

static void line(struct page *p, const char *text)
{
    page_own(p, PAINT_NONE, text);
    page_line(p);
}

static rc print_profile(struct page *p, const struct bench *b, struct arena *mem)
{
    struct stage stages[N_STAGES];
    struct read reads[N_READS];
    struct table t;
    double us = (double)b->total_ns / 1e3 / (double)b->n;
    stages_of(b, stages);
    reads_of(&b->profile, reads);
    page_line(p);
    table_begin(&t, mem, 3);
    table_row(&t, VIEW("stage"));
    table_cellf(&t, "us a post");
    table_cellf(&t, "share");
    for (size_t i = 0; i < N_STAGES; i++) {
        table_row(&t, view_cstr(stages[i].name));
        table_cellf(&t, "%.1f", stages[i].us);
        table_cellf(&t, "%.1f %%", us > 0 ? 100 * stages[i].us / us : 0);
    }
    TRY(table_print(&t, p));
    page_line(p);
    table_begin(&t, mem, 2);
    table_row(&t, VIEW("read"));
    table_cellf(&t, "a post");
    for (size_t i = 0; i < N_READS; i++) {
        table_row(&t, view_cstr(reads[i].name));
        table_cellf(&t, "%.1f", (double)reads[i].n / (double)b->n);
    }
    return table_print(&t, p);
}

static rc show_page(struct call *call, const struct bench *b, bool profile, uint32_t items,
                    struct arena *mem)
{
    struct page p;
    char text[160];
    rc r = OK;
    page_begin(&p, &call->out, call->term, LANG_EN);
    snprintf(text, sizeof text, "%.0f answers a second, p50 %.0f us, p99 %.0f us", per_s(b),
             (double)b->p50_ns / 1e3, (double)b->p99_ns / 1e3);
    line(&p, text);
    snprintf(text, sizeof text, "%llu posts, %u claims, one thread", (unsigned long long)b->n,
             items);
    line(&p, text);
    if (profile) r = print_profile(&p, b, mem);
    TRY(page_end(&p));
    return r;
}

rc verb_bench(struct call *call, int *out_exit)
{
    CLEANUP(session_close) struct session session = {0};
    CLEANUP(bench_done) struct bench b = {0};
    const struct value *values = call->values;
    struct progress progress;
    bool profile = values[BENCH_PROFILE].given;

    (void)out_exit;
    interrupt_catch();
    TRY(read_posts(&b, values[BENCH_MAX_POSTS].number));
    TRY(session_open(&session, values[BENCH_BANK].text, call->reader));
    session.snapshot = bank_acquire(session.source);
    progress_begin(&progress);
    rc r = OK;
    for (uint64_t i = 0; ok(r) && i < values[BENCH_RUNS].number; i++)
        r = run_once(&b, &session, profile, &progress);
    matcher_profile(session.matcher, NULL);
    progress_clear(&progress);
    TRY(session_within(values[BENCH_BANK].text, r));
    if (values[BENCH_JSON].given) return show_json(call, &b, profile, session.snapshot->n_items);
    return show_page(call, &b, profile, session.snapshot->n_items, &b.mem);
}
