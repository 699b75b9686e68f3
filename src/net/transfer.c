/* SPDX-License-Identifier: Apache-2.0
 *
 * One transfer: how libcurl is told to keep to the limits, and what its failures mean. */
#include <string.h>
#include <sys/socket.h>

#include "net/client_int.h"

/* ---- URLs ---------------------------------------------------------------------------------- */

/* What a message may show: no query, which may hold what somebody asked. */
static struct view shown(struct view url)
{
    size_t query = view_find(url, '?'), fragment = view_find(url, '#');
    return view_slice(url, 0, query < fragment ? query : fragment);
}

static bool part_is(CURLU *u, CURLUPart part, const char *a, const char *b)
{
    char *text = NULL;
    if (curl_url_get(u, part, &text, 0) != CURLUE_OK) return a == NULL;
    bool is = a && (strcmp(text, a) == 0 || strcmp(text, b) == 0);
    curl_free(text);
    return is;
}

static rc check_url(struct view url, const char *terminated)
{
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= 0x20 || url.p[i] >= 0x7F)
            return FAIL(E_INPUT, "url: a character at byte %zu that must be encoded", i);
    CURLU *u = curl_url();
    if (!u) return FAIL(E_MEMORY, "url: no room");
    rc r = OK;
    if (curl_url_set(u, CURLUPART_URL, terminated, 0) != CURLUE_OK)
        r = FAIL(E_INPUT, "url: no absolute URL of http or https");
    else if (!part_is(u, CURLUPART_SCHEME, "https", "http"))
        r = FAIL(E_INPUT, "%.*s: neither http nor https", VIEW_ARG(shown(url)));
    else if (!part_is(u, CURLUPART_USER, NULL, NULL) || !part_is(u, CURLUPART_PASSWORD, NULL, NULL))
        r = FAIL(E_INPUT, "url: a user name or password in it");
    curl_url_cleanup(u);
    return r;
}

static rc take_url(struct net_transfer *t)
{
    buf_reset(&t->url);
    TRY(buf_add(&t->url, t->job.url));
    TRY(buf_add_byte(&t->url, 0));
    return check_url(t->job.url, (const char *)t->url.p);
}

/* ---- What libcurl calls -------------------------------------------------------------------- */

/* Asked with the address it is about to connect to, whatever name led there. */
static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *at)
{
    struct net_transfer *t = context;
    (void)purpose;
    if (!t->options->allow_private && !net_address_is_public(&at->addr)) {
        t->refused_address = true;
        return CURL_SOCKET_BAD;
    }
    return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static size_t on_header(char *p, size_t size, size_t n, void *context)
{
    struct net_transfer *t = context;
    (void)p;
    t->header_bytes += size * n;
    if (t->header_bytes <= t->options->max_header_bytes) return size * n;
    t->header_overflow = true;
    return 0;
}

static size_t on_body(char *p, size_t size, size_t n, void *context)
{
    struct net_transfer *t = context;
    t->body_failure = buf_add(&t->job.answer->body, view_of(p, size * n));
    return ok(t->body_failure) ? size * n : 0;
}

/* ---- Settings ------------------------------------------------------------------------------ */

static CURLcode set_behaviour(CURL *e, const struct net_client_options *o, bool secure)
{
    const char *schemes = secure ? "https" : "http,https";
    CURLcode c = CURLE_OK;
#define SET(option, value) c = c ? c : curl_easy_setopt(e, option, value)
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROXY, ""); /* the environment is not asked */
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, schemes);
    SET(CURLOPT_FOLLOWLOCATION, o->max_redirects ? 1L : 0L);
    SET(CURLOPT_MAXREDIRS, (long)o->max_redirects);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_ms);
    SET(CURLOPT_TIMEOUT_MS, (long)o->total_ms);
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)o->max_body_bytes);
    SET(CURLOPT_USERAGENT, o->user_agent);
    if (o->ca_file) SET(CURLOPT_CAINFO, o->ca_file);
    return c;
}

static CURLcode set_callbacks(CURL *e, struct net_transfer *t)
{
    CURLcode c = CURLE_OK;
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_ERRORBUFFER, t->error);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    return c;
}

static CURLcode add_header(struct net_transfer *t, const char *line)
{
    struct curl_slist *longer = curl_slist_append(t->headers, line);
    if (!longer) return CURLE_OUT_OF_MEMORY;
    t->headers = longer;
    return CURLE_OK;
}

static CURLcode set_job(CURL *e, struct net_transfer *t)
{
    const struct net_job *job = &t->job;
    char line[256];
    CURLcode c = CURLE_OK;
    SET(CURLOPT_URL, (const char *)t->url.p);
    if (!job->content_type) return c;
    int n = snprintf(line, sizeof line, "Content-Type: %s", job->content_type);
    if (n < 0 || (size_t)n >= sizeof line || strpbrk(job->content_type, "\r\n"))
        return CURLE_BAD_FUNCTION_ARGUMENT;
    c = c ? c : add_header(t, line);
    c = c ? c : add_header(t, "Expect:"); /* a second's wait for nothing */
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->body.n);
    SET(CURLOPT_POSTFIELDS, job->body.n ? (const char *)job->body.p : "");
    SET(CURLOPT_HTTPHEADER, t->headers);
    return c;
}
#undef SET

rc net_transfer_begin(struct net_transfer *t, const struct net_client_options *options,
                      const struct net_job *job)
{
    t->options = options;
    t->job = *job;
    t->refused_address = t->header_overflow = false;
    t->body_failure = OK;
    t->header_bytes = 0;
    t->error[0] = 0;
    TRY(take_url(t));
    buf_reset(&job->answer->body);
    job->answer->body.limit_bytes = options->max_body_bytes;
    if (!t->easy) t->easy = curl_easy_init();
    if (!t->easy) return FAIL(E_MEMORY, "net: no room for a transfer");
    curl_easy_reset(t->easy);
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    CURLcode c = set_behaviour(t->easy, options, view_starts(job->url, VIEW("https:")));
    if (!c) c = set_callbacks(t->easy, t);
    if (!c) c = set_job(t->easy, t);
    if (c == CURLE_BAD_FUNCTION_ARGUMENT) return FAIL(E_USAGE, "net: a content type that is none");
    if (c == CURLE_OUT_OF_MEMORY) return FAIL(E_MEMORY, "net: no room for a transfer");
    return c ? FAIL(E_INTERNAL, "net: libcurl: %s", curl_easy_strerror(c)) : OK;
}

/* ---- Endings ------------------------------------------------------------------------------- */

/* The URL itself has been checked: a malformed one here comes from a server that redirects. */
static rc fail_as(const struct net_transfer *t, CURLcode code)
{
    struct view url = shown(t->job.url);
    const struct net_client_options *o = t->options;
    if (t->refused_address)
        return FAIL(E_REFUSED, "%.*s: its address is not one of the public Internet",
                    VIEW_ARG(url));
    if (t->body_failure.code == E_LIMIT || code == CURLE_FILESIZE_EXCEEDED)
        return FAIL(E_LIMIT, "%.*s: an answer over %zu bytes", VIEW_ARG(url), o->max_body_bytes);
    if (!ok(t->body_failure)) return FAIL(t->body_failure.code, "%.*s: no memory", VIEW_ARG(url));
    if (t->header_overflow)
        return FAIL(E_LIMIT, "%.*s: header lines over %zu bytes", VIEW_ARG(url),
                    o->max_header_bytes);
    if (code == CURLE_TOO_MANY_REDIRECTS)
        return FAIL(E_LIMIT, "%.*s: more than %u redirects", VIEW_ARG(url), o->max_redirects);
    return FAIL(code == CURLE_OUT_OF_MEMORY ? E_MEMORY : E_NETWORK, "%.*s: %s", VIEW_ARG(url),
                t->error[0] ? t->error : curl_easy_strerror(code));
}

rc net_transfer_end(struct net_transfer *t, CURLcode code)
{
    long status = 0;
    char *type = NULL;
    struct net_answer *answer = t->job.answer;
    if (code != CURLE_OK) return fail_as(t, code);
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    answer->status = (int)status;
    answer->content_type[0] = 0;
    if (type && strlen(type) < sizeof answer->content_type) strcpy(answer->content_type, type);
    return OK;
}

void net_transfer_done(struct net_transfer *t)
{
    if (t->easy) curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    buf_done(&t->url);
    *t = (struct net_transfer){0};
}
