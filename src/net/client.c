/* SPDX-License-Identifier: Apache-2.0
 *
 * The client: transfers over one pool of connections (a multi handle of libcurl), one or many at a
 * time, in the caller's thread. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "net/client_int.h"

enum { PARALLEL_MAX = 64, POLL_MS = 1000 };

struct net_client {
    struct net_client_options options; /* zeros replaced; its texts are those below */
    struct buf texts[2];
    CURLM *multi;
    struct net_transfer transfers[PARALLEL_MAX];
    struct net_answer answers[PARALLEL_MAX]; /* of net_get_all */
};

static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static CURLcode g_started;

static void start_libcurl(void)
{
    g_started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- Opening ------------------------------------------------------------------------------- */

static rc keep_text(struct buf *b, const char *text, const char **out)
{
    TRY(buf_add(b, view_of(text, strlen(text) + 1)));
    *out = (const char *)b->p;
    return OK;
}

static rc set_options(struct net_client *c, const struct net_client_options *given)
{
    struct net_client_options *o = &c->options;
    *o = *given;
    if (!o->connect_ms) o->connect_ms = 10000;
    if (!o->total_ms) o->total_ms = 60000;
    if (!o->max_body_bytes) o->max_body_bytes = 16 << 20;
    if (!o->max_header_bytes) o->max_header_bytes = 64 << 10;
    TRY(keep_text(&c->texts[0], o->user_agent ? o->user_agent : "sanad", &o->user_agent));
    return o->ca_file ? keep_text(&c->texts[1], o->ca_file, &o->ca_file) : OK;
}

rc net_client_open(const struct net_client_options *options, struct net_client **out)
{
    struct net_client *c;
    pthread_once(&g_once, start_libcurl);
    if (g_started) return FAIL(E_INTERNAL, "net: libcurl: %s", curl_easy_strerror(g_started));
    TRY(mem_new(1, sizeof *c, &c));
    rc r = set_options(c, options);
    if (ok(r)) {
        c->multi = curl_multi_init();
        if (!c->multi) r = FAIL(E_MEMORY, "net: no room for a client");
    }
    if (!ok(r)) {
        net_client_close(c);
        return r;
    }
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)PARALLEL_MAX);
    *out = c;
    return OK;
}

void net_answer_done(struct net_answer *answer)
{
    if (answer) buf_done(&answer->body);
}

void net_client_close(struct net_client *c)
{
    if (!c) return;
    for (size_t i = 0; i < PARALLEL_MAX; i++) {
        net_transfer_done(&c->transfers[i]);
        net_answer_done(&c->answers[i]);
    }
    if (c->multi) curl_multi_cleanup(c->multi);
    buf_done(&c->texts[0]);
    buf_done(&c->texts[1]);
    mem_free(c);
}

/* ---- A closed connection must not end the program ------------------------------------------ */

/* OpenSSL writes without MSG_NOSIGNAL. SIGPIPE is held back in this thread during a run, and one
 * that came is taken away, unless it was pending before. */
struct pipe_guard {
    sigset_t before;
    bool pending;
};

static void hold_pipe_signal(struct pipe_guard *g)
{
    sigset_t pipe_only, pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    g->pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_only, &g->before);
}

static void release_pipe_signal(const struct pipe_guard *g)
{
    sigset_t pipe_only;
    struct timespec now = {0, 0};
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    if (!g->pending) sigtimedwait(&pipe_only, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &g->before, NULL);
}

/* ---- Running ------------------------------------------------------------------------------- */

/* Jobs that wait, and who is told how they end. */
struct run {
    struct net_client *client;
    const struct view *urls; /* NULL: the one job below */
    struct net_job job;
    size_t n, next;
    uint32_t parallel, n_busy;
    net_each each;
    void *context;
};

static rc start(struct run *run, uint32_t slot)
{
    struct net_client *c = run->client;
    struct net_transfer *t = &c->transfers[slot];
    struct net_job job = run->job;
    job.index = run->next++;
    if (run->urls) {
        job.url = run->urls[job.index];
        job.answer = &c->answers[slot];
    }
    rc r = net_transfer_begin(t, &c->options, &job);
    if (!ok(r)) return run->each(run->context, job.index, r, NULL);
    if (curl_multi_add_handle(c->multi, t->easy) != CURLM_OK)
        return FAIL(E_INTERNAL, "net: libcurl takes no transfer");
    t->busy = true;
    run->n_busy++;
    return OK;
}

static rc fill(struct run *run)
{
    for (uint32_t i = 0; i < run->parallel; i++)
        while (run->next < run->n && !run->client->transfers[i].busy)
            TRY(start(run, i));
    return OK;
}

static void leave(struct run *run, struct net_transfer *t)
{
    curl_multi_remove_handle(run->client->multi, t->easy);
    t->busy = false;
    run->n_busy--;
}

static rc collect(struct run *run)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(run->client->multi, &left)) != NULL;) {
        struct net_transfer *t = NULL;
        if (m->msg != CURLMSG_DONE) continue;
        CURLcode code = m->data.result; /* m is gone after leave */
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        leave(run, t);
        rc r = net_transfer_end(t, code);
        TRY(run->each(run->context, t->job.index, r, ok(r) ? t->job.answer : NULL));
    }
    return OK;
}

static rc go(struct run *run)
{
    CURLM *multi = run->client->multi;
    for (;;) {
        int n_running;
        TRY(fill(run));
        if (run->n_busy == 0) return OK;
        CURLMcode code = curl_multi_perform(multi, &n_running);
        TRY(collect(run));
        if (!code && (uint32_t)n_running == run->n_busy && n_running > 0)
            code = curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
        if (code) return FAIL(E_INTERNAL, "net: libcurl: %s", curl_multi_strerror(code));
    }
}

static rc run_all(struct run *run)
{
    struct pipe_guard guard;
    hold_pipe_signal(&guard);
    rc r = go(run);
    for (uint32_t i = 0; i < run->parallel; i++)
        if (run->client->transfers[i].busy) leave(run, &run->client->transfers[i]);
    release_pipe_signal(&guard);
    return r;
}

static rc pass_on(void *context, size_t i, rc result, const struct net_answer *answer)
{
    (void)context, (void)i, (void)answer;
    return result;
}

static rc run_one(struct net_client *c, struct net_job job)
{
    struct run run = {.client = c, .job = job, .n = 1, .parallel = 1, .each = pass_on};
    return run_all(&run);
}

rc net_get(struct net_client *c, struct view url, struct net_answer *out)
{
    return run_one(c, (struct net_job){.url = url, .answer = out});
}

rc net_post(struct net_client *c, struct view url, const char *content_type, struct view body,
            struct net_answer *out)
{
    if (!content_type) return FAIL(E_USAGE, "net: a POST without a content type");
    return run_one(c, (struct net_job){url, content_type, body, out, 0});
}

rc net_get_all(struct net_client *c, const struct view *urls, size_t n, uint32_t parallel,
               net_each each, void *context)
{
    struct run run = {.client = c, .urls = urls, .n = n, .parallel = parallel, .each = each};
    run.context = context;
    if (parallel == 0 || parallel > PARALLEL_MAX)
        return FAIL(E_USAGE, "net: %u transfers at a time, 1 to %d can be", parallel, PARALLEL_MAX);
    return run_all(&run);
}
