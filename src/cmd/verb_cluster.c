/* SPDX-License-Identifier: Apache-2.0
 * sanad cluster: JSON lines of posts in, one line for each thing that is said out.
 *
 * Lines are read into a batch, digested by all threads, and added in order; folding begins when the
 * input ends, and now and then in between when interim results were asked for. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "match/match.h"

enum { LINES = 512, LINES_BYTES = 8 << 20, REASON_BYTES = 512 };

struct line {
    uint64_t number;
    struct view bytes, id, text; /* id as JSON */
    struct cluster_digest digest;
    char reason[REASON_BYTES]; /* why it is no post; empty: it is one */
};

struct worker {
    struct stream *stream;
    uint32_t number;
    struct arena mem; /* of one batch */
    rc failure;       /* of memory: ends the run */
    char failure_text[REASON_BYTES];
    pthread_t thread;
};

struct stream {
    struct call *call;
    struct line_reader in;
    struct cluster_limits limits;
    struct cluster_set *set;
    size_t max_line_bytes;
    uint32_t n_threads, n_lines, n_interim;
    size_t n_bytes;
    struct line *lines;
    struct worker *workers;
    struct arena texts; /* of one batch */
    uint64_t n_bad, n_told;
    uint64_t interim_ns, next_interim_ns; /* 0: none */
    bool full;
};

/* ---- a line ---- */

static rc need_text(const struct json *object, const struct json **out)
{
    *out = json_get(object, "text");
    if (!*out) return FAIL(E_INPUT, "text: missing");
    if ((*out)->type != JSON_STRING)
        return FAIL(E_INPUT, "text: must be a string, not %s", json_type_name((*out)->type));
    return OK;
}

static rc need_id(const struct json *object, const struct json **out)
{
    *out = json_get(object, "id");
    if (!*out) return FAIL(E_INPUT, "id: missing");
    if ((*out)->type != JSON_STRING && (*out)->type != JSON_INT)
        return FAIL(E_INPUT, "id: must be a string or a whole number, not %s",
                    json_type_name((*out)->type));
    return OK;
}

static rc read_line(const struct stream *s, struct line *line, struct arena *mem)
{
    const struct json *object, *id, *text;
    CLEANUP(buf_done) struct buf id_json = {0};
    struct json_limits limits = k_json_limits;
    limits.max_bytes = s->max_line_bytes;
    if (view_trim(line->bytes).n == 0) return FAIL(E_INPUT, "empty line");
    TRY(json_parse(line->bytes, &limits, mem, &object));
    if (object->type != JSON_OBJECT)
        return FAIL(E_INPUT, "a JSON object is needed, not %s", json_type_name(object->type));
    TRY(need_id(object, &id));
    TRY(need_text(object, &text));
    const struct json *lang = json_get(object, "lang");
    if (lang && lang->type != JSON_STRING && lang->type != JSON_NULL)
        return FAIL(E_INPUT, "lang: must be a string, not %s", json_type_name(lang->type));
    TRY(json_write(id, mem, &id_json));
    TRY(arena_copy(mem, buf_view(&id_json), &line->id));
    line->text = text->as.string;
    return cluster_read(line->text, lang_from_tag(json_get_string(object, "lang")), &s->limits, mem,
                        &line->digest);
}

static bool is_fault_of_line(rc r)
{
    return r.code == E_INPUT || r.code == E_ENCODING || r.code == E_LIMIT;
}

static void read_share(struct worker *w)
{
    struct stream *s = w->stream;
    w->failure = OK;
    for (uint32_t i = w->number; i < s->n_lines; i += s->n_threads) {
        struct line *line = &s->lines[i];
        if (line->reason[0]) continue;
        rc r = read_line(s, line, &w->mem);
        if (ok(r)) continue;
        if (is_fault_of_line(r)) {
            snprintf(line->reason, sizeof line->reason, "%s", rc_message());
            continue;
        }
        w->failure = r;
        snprintf(w->failure_text, sizeof w->failure_text, "%s", rc_message());
        return;
    }
}

static void *run_worker(void *context)
{
    read_share(context);
    return NULL;
}

/* The first share is read by this thread, and those of threads that cannot be started. */
static void read_all(struct stream *s)
{
    uint32_t n = 1;
    sigset_t all, old;
    sigfillset(&all); /* Ctrl-C is for the main thread */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (n < s->n_threads &&
           pthread_create(&s->workers[n].thread, NULL, run_worker, &s->workers[n]) == 0)
        n++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    read_share(&s->workers[0]);
    for (uint32_t i = n; i < s->n_threads; i++)
        read_share(&s->workers[i]);
    for (uint32_t i = 1; i < n; i++)
        pthread_join(s->workers[i].thread, NULL);
}

static rc add_line(struct stream *s, struct line *line)
{
    if (!line->reason[0]) {
        s->full = cluster_set_n_posts(s->set) >= s->limits.max_posts;
        rc r = cluster_set_add(s->set, line->id, line->text, &line->digest);
        if (ok(r)) return OK;
        if (!is_fault_of_line(r)) return r;
        snprintf(line->reason, sizeof line->reason, "%s", rc_message());
    }
    report_line(NULL, line->number, line->reason);
    s->n_bad++;
    return OK;
}

/* Adds the batch to the set and empties it. */
static rc take_in(struct stream *s)
{
    if (s->n_lines == 0) return OK;
    read_all(s);
    for (uint32_t i = 0; i < s->n_threads; i++)
        if (!ok(s->workers[i].failure))
            return FAIL(s->workers[i].failure.code, "%s", s->workers[i].failure_text);
    for (uint32_t i = 0; i < s->n_lines && !s->full; i++)
        TRY(add_line(s, &s->lines[i]));
    for (uint32_t i = 0; i < s->n_threads; i++)
        arena_reset(&s->workers[i].mem);
    arena_reset(&s->texts);
    s->n_lines = 0;
    s->n_bytes = 0;
    return OK;
}

/* ---- results ---- */

static bool go_on(void *context)
{
    (void)context;
    return !interrupted();
}

static rc write_clusters(struct stream *s, uint32_t interim)
{
    CLEANUP(arena_done) struct arena mem;
    CLEANUP(buf_done) struct buf line = {0};
    const struct cluster *clusters;
    uint32_t n;
    arena_init(&mem, 0);
    TRY(cluster_set_fold(s->set, go_on, NULL, &mem, &clusters, &n));
    for (uint32_t i = 0; i < n; i++) {
        buf_reset(&line);
        TRY(cluster_to_json(&clusters[i], interim, &line));
        TRY(buf_add_byte(&line, '\n'));
        TRY(out_write(&s->call->out, buf_view(&line)));
    }
    return out_flush(&s->call->out);
}

/* Folding may take longer than the interval; as long again goes to reading. */
static rc write_interim(struct stream *s)
{
    uint64_t begun = clock_mono_ns();
    if (s->interim_ns == 0 || begun < s->next_interim_ns) return OK;
    TRY(take_in(s));
    if (cluster_set_n_posts(s->set) > s->n_told) TRY(write_clusters(s, ++s->n_interim));
    s->n_told = cluster_set_n_posts(s->set);
    uint64_t now = clock_mono_ns(), took = now - begun;
    s->next_interim_ns = now + (took > s->interim_ns ? took : s->interim_ns);
    return OK;
}

/* ---- input ---- */

/* Until there is something to read, an interim result is due, or Ctrl-C was pressed. */
static void wait_for_input(const struct stream *s)
{
    struct pollfd input = {.fd = s->in.fd, .events = POLLIN};
    int wait_ms = -1;
    if (s->interim_ns && cluster_set_n_posts(s->set) > s->n_told) {
        uint64_t now = clock_mono_ns();
        wait_ms = now < s->next_interim_ns ? (int)((s->next_interim_ns - now) / 1000000) + 1 : 0;
    }
    (void)poll(&input, 1, wait_ms); /* woken by a signal: the caller looks again */
}

static rc take_line(struct stream *s, bool *out_more)
{
    struct view bytes = {0};
    rc r = line_next(&s->in, &bytes, out_more);
    if (!ok(r) && r.code != E_LIMIT) return r;
    if (ok(r) && !*out_more) return OK;
    *out_more = true;
    struct line *line = &s->lines[s->n_lines];
    line->number = s->in.line_number;
    line->reason[0] = 0;
    if (ok(r))
        TRY(arena_copy(&s->texts, bytes, &line->bytes));
    else
        snprintf(line->reason, sizeof line->reason, "%s", rc_message());
    s->n_lines++;
    s->n_bytes += bytes.n;
    return OK;
}

static rc read_posts(struct stream *s)
{
    bool more = true;
    while (more && !s->full && !interrupted()) {
        TRY(write_interim(s));
        if (line_would_block(&s->in)) {
            TRY(take_in(s));
            wait_for_input(s);
            continue;
        }
        TRY(take_line(s, &more));
        if (!more || s->n_lines == LINES || s->n_bytes >= LINES_BYTES) TRY(take_in(s));
    }
    return OK;
}

/* ---- the run ---- */

static rc begin(struct stream *s)
{
    const struct value *values = s->call->values;
    s->limits = k_cluster_limits;
    s->limits.max_posts = values[CLUSTER_MAX_POSTS].number;
    s->limits.text.max_bytes = (size_t)values[CLUSTER_MAX_POST_BYTES].number;
    s->max_line_bytes = (size_t)values[CLUSTER_MAX_LINE_BYTES].number;
    s->n_threads = (uint32_t)values[CLUSTER_THREADS].number;
    s->interim_ns = values[CLUSTER_INTERIM].number * 1000000000u;
    s->next_interim_ns = clock_mono_ns() + s->interim_ns;
    arena_init(&s->texts, 0);
    TRY(mem_new(s->n_threads, sizeof *s->workers, &s->workers));
    for (uint32_t i = 0; i < s->n_threads; i++) {
        s->workers[i] = (struct worker){.stream = s, .number = i};
        arena_init(&s->workers[i].mem, 0);
    }
    TRY(mem_new(LINES, sizeof *s->lines, &s->lines));
    TRY(cluster_set_new(&s->limits, &s->set));
    return line_open("-", s->max_line_bytes, &s->in);
}

static void end(struct stream *s)
{
    for (uint32_t i = 0; s->workers && i < s->n_threads; i++)
        arena_done(&s->workers[i].mem);
    mem_free(s->workers);
    mem_free(s->lines);
    arena_done(&s->texts);
    cluster_set_free(s->set);
    line_close(&s->in);
}

rc verb_cluster(struct call *call, int *out_exit)
{
    CLEANUP(end) struct stream s = {.call = call};
    interrupt_catch();
    TRY(begin(&s));
    TRY(read_posts(&s));
    if (!interrupted()) TRY(write_clusters(&s, 0));
    if (interrupted()) return FAIL(E_INTERRUPTED, "cluster: stopped on request");
    if (s.n_bad > 0) *out_exit = report_bad_lines(call->reader, s.n_bad);
    return OK;
}
