/* SPDX-License-Identifier: Apache-2.0
 * sanad eval: a bank's answers against known right ones. */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/progress_int.h"
#include "cmd/say_int.h"
#include "cmd/session_int.h"
#include "cmd/table_int.h"

/* Columns of the table and members of the JSON, in the order of both. */
static const struct {
    const char *title, *key;
    size_t offset;
} k_columns[] = {
    /* canonical order of the keys */
    {"confirmed", "confirmed", offsetof(struct eval_scores, confirmed)},
    {"MAP@5", "map5", offsetof(struct eval_scores, map5)},
    {"MRR", "mrr", offsetof(struct eval_scores, mrr)},
    {"R@1%", "recall_at_1_percent_false", offsetof(struct eval_scores, recall_at_1)},
    {"S@1", "s1", offsetof(struct eval_scores, s1)},
    {"S@10", "s10", offsetof(struct eval_scores, s10)},
    {"S@5", "s5", offsetof(struct eval_scores, s5)},
};
static const size_t k_printed[] = {1, 2, 4, 6, 5, 0, 3};

static double score_of(const struct eval_scores *scores, size_t column)
{
    return *(const double *)(const void *)((const char *)scores + k_columns[column].offset);
}

/* ---- JSON ---- */

/* What was not measured (-1) is null. */
static void json_measure(struct json_writer *w, const char *key, double x)
{
    json_key(w, key);
    if (x < 0)
        json_null(w);
    else
        json_double(w, x);
}

static void json_scores(struct json_writer *w, const struct eval_scores *scores, struct view kind)
{
    size_t i = 0;
    json_open_object(w);
    json_measure(w, k_columns[i].key, score_of(scores, i));
    i++;
    if (kind.n) {
        json_key(w, "kind");
        json_string(w, kind);
    }
    for (; i < COUNT_OF(k_columns); i++) {
        if (i == 3) {
            json_key(w, "n");
            json_int(w, (int64_t)scores->n);
        }
        json_measure(w, k_columns[i].key, score_of(scores, i));
    }
    json_close_object(w);
}

static void json_count(struct json_writer *w, const char *key, uint64_t n)
{
    json_key(w, key);
    json_int(w, (int64_t)n);
}

static rc show_json(struct call *call, const struct eval_report *report_)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct json_writer w;
    json_begin(&w, &out);
    json_open_object(&w);
    json_key(&w, "all");
    json_scores(&w, &report_->all, view_of(NULL, 0));
    json_measure(&w, "changed_confirmed", report_->changed_confirmed);
    json_key(&w, "kinds");
    json_open_array(&w);
    for (uint32_t i = 0; i < report_->n_kinds; i++)
        json_scores(&w, &report_->kinds[i].scores, report_->kinds[i].name);
    json_close_array(&w);
    json_count(&w, "n_changed", report_->n_changed);
    json_count(&w, "n_skipped", report_->n_skipped);
    json_count(&w, "n_unrelated", report_->n_unrelated);
    json_measure(&w, "p50_us", report_->p50_us);
    json_measure(&w, "p99_us", report_->p99_us);
    json_measure(&w, "threshold_at_1_percent_false", report_->threshold_at_1);
    json_measure(&w, "unrelated_confirmed", report_->unrelated_confirmed);
    json_measure(&w, "unrelated_suggested", report_->unrelated_suggested);
    json_close_object(&w);
    return say_json(call, &w);
}

/* ---- page ---- */

static void table_scores(struct table *t, struct view name, const struct eval_scores *scores)
{
    table_row(t, name.n ? name : VIEW("(no kind)"));
    table_cellf(t, "%llu", (unsigned long long)scores->n);
    for (size_t i = 0; i < COUNT_OF(k_printed); i++) {
        double x = score_of(scores, k_printed[i]);
        if (x < 0)
            table_cellf(t, "-");
        else
            table_cellf(t, "%.4f", x);
    }
}

static void line(struct page *p, const char *text)
{
    page_own(p, PAINT_NONE, text);
    page_line(p);
}

static void print_rest(struct page *p, const struct eval_report *r)
{
    char text[160];
    page_line(p);
    if (r->n_unrelated) {
        snprintf(text, sizeof text, "unrelated posts: %llu, %.2f %% confirmed, %.2f %% suggested",
                 (unsigned long long)r->n_unrelated, 100 * r->unrelated_confirmed,
                 100 * r->unrelated_suggested);
        line(p, text);
        snprintf(text, sizeof text, "score that 1 %% of them reach: %.4f", r->threshold_at_1);
        line(p, text);
    }
    if (r->n_changed) {
        snprintf(text, sizeof text, "changed posts: %llu, %.2f %% wrongly confirmed",
                 (unsigned long long)r->n_changed, 100 * r->changed_confirmed);
        line(p, text);
    }
    if (r->n_skipped) {
        snprintf(text, sizeof text, "skipped: %llu queries without a right claim in the bank",
                 (unsigned long long)r->n_skipped);
        line(p, text);
    }
    snprintf(text, sizeof text, "time of an answer: p50 %.0f us, p99 %.0f us", r->p50_us,
             r->p99_us);
    line(p, text);
}

static rc show_page(struct call *call, const struct eval_report *r, struct arena *mem)
{
    struct page p;
    struct table t;
    table_begin(&t, mem, 2 + COUNT_OF(k_printed));
    table_row(&t, VIEW("kind"));
    table_cellf(&t, "n");
    for (size_t i = 0; i < COUNT_OF(k_printed); i++)
        table_cellf(&t, "%s", k_columns[k_printed[i]].title);
    table_scores(&t, VIEW("all"), &r->all);
    for (uint32_t i = 0; i < r->n_kinds; i++)
        table_scores(&t, r->kinds[i].name, &r->kinds[i].scores);
    page_begin(&p, &call->out, call->term, LANG_EN);
    rc printed = table_print(&t, &p);
    print_rest(&p, r);
    TRY(page_end(&p));
    return printed;
}

/* ---- the run ---- */

static bool tell(void *context, uint64_t done, uint64_t total)
{
    return progress_tell(context, "queries", done, total);
}

rc verb_eval(struct call *call, int *out_exit)
{
    CLEANUP(session_close) struct session session = {0};
    CLEANUP(arena_done) struct arena mem;
    const struct value *values = call->values;
    const struct eval_inputs inputs = {
        .queries = values[EVAL_QUERIES].text,
        .qrels = values[EVAL_QRELS].text,
        .unrelated = values[EVAL_UNRELATED].text,
        .changed = values[EVAL_CHANGED].text,
        .split = view_cstr(values[EVAL_SPLIT].text),
        .max_queries = values[EVAL_MAX_QUERIES].number,
    };
    struct eval_report result;
    struct progress progress;

    (void)out_exit;
    arena_init(&mem, 0);
    interrupt_catch();
    progress_begin(&progress);
    TRY(session_open(&session, values[EVAL_BANK].text, call->reader));
    session.snapshot = bank_acquire(session.source);
    rc r =
        match_evaluate(session.matcher, session.snapshot, &inputs, tell, &progress, &mem, &result);
    progress_clear(&progress);
    TRY(r);
    if (values[EVAL_JSON].given) return show_json(call, &result);
    return show_page(call, &result, &mem);
}
