/* SPDX-License-Identifier: Apache-2.0
 * The client against servers that are kind and servers that are not. */
#include <dirent.h>
#include <poll.h>

#include "serving.h"

/* ---- A server that does what no server should ---------------------------------------------- */

struct hostile {
    int listener;
    uint16_t port;
    volatile bool stop;
    pthread_t thread;
    int n_connections;
};

static bool send_text(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

static void act(struct hostile *h, int fd, const char *request)
{
    uint64_t until = clock_mono_ns() + 5000000000;
    if (strstr(request, " /endless ")) {
        send_text(fd, "HTTP/1.1 200 OK\r\n\r\n");
        while (!h->stop && send_text(fd, "more and more of it, more and more of it, on and on\n"))
            ;
    } else if (strstr(request, " /announced ")) {
        send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx");
    } else if (strstr(request, " /drip ")) {
        send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while (!h->stop && clock_mono_ns() < until && send_text(fd, "x"))
            usleep(20000);
    } else if (strstr(request, " /headers ")) {
        send_text(fd, "HTTP/1.1 200 OK\r\n");
        while (!h->stop && send_text(fd, "X-More: and more and more and more and more\r\n"))
            ;
    } else if (strstr(request, " /short ")) {
        send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    } else if (strstr(request, " /file ")) {
        send_text(
            fd, "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
    } else if (strstr(request, " /loop ")) {
        send_text(fd, "HTTP/1.1 302 Found\r\nLocation: /loop\r\nConnection: "
                      "close\r\nContent-Length: 0\r\n\r\n");
    } else if (strstr(request, " /noise ")) {
        send_text(fd, "no HTTP at all\r\n\r\n");
    } else if (!strstr(request, " /silent ")) {
        return; /* hangs up */
    } else {
        while (!h->stop && clock_mono_ns() < until)
            usleep(10000);
    }
}

static void *hostile_run(void *context)
{
    struct hostile *h = (struct hostile *)context;
    while (!h->stop) {
        struct pollfd p = {h->listener, POLLIN, 0};
        char request[2048];
        struct timeval tv = {1, 0};
        if (poll(&p, 1, 50) <= 0) continue;
        int fd = accept(h->listener, NULL, NULL);
        h->n_connections++;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
        ssize_t n = recv(fd, request, sizeof request - 1, 0);
        request[n > 0 ? n : 0] = 0;
        if (n > 0) act(h, fd, request);
        close(fd);
    }
    return NULL;
}

static void hostile_begin(struct hostile *h)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t n = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *h = (struct hostile){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    CHECK(bind(h->listener, (struct sockaddr *)&at, sizeof at) == 0 &&
          listen(h->listener, 16) == 0);
    CHECK(getsockname(h->listener, (struct sockaddr *)&at, &n) == 0);
    h->port = ntohs(at.sin_port);
    CHECK(pthread_create(&h->thread, NULL, hostile_run, h) == 0);
}

static void hostile_end(struct hostile *h)
{
    h->stop = true;
    CHECK(pthread_join(h->thread, NULL) == 0);
    close(h->listener);
}

/* ---- A kind server ------------------------------------------------------------------------- */

static volatile int g_requests;

static rc echo(void *context, const struct net_request *q, struct net_response *response)
{
    (void)context;
    g_requests++;
    TRY(buf_add(&response->body, q->path));
    TRY(buf_addf(&response->body, " %.*s ", VIEW_ARG(net_header_get(q, "content-type"))));
    return buf_add(&response->body, q->body);
}

static rc teapot(void *context, const struct net_request *q, struct net_response *response)
{
    (void)context, (void)q;
    response->status = 418;
    response->content_type = "application/json";
    return buf_add(&response->body, VIEW("{}"));
}

static rc bounce(void *context, const struct net_request *q, struct net_response *response)
{
    (void)context, (void)q;
    response->status = 302;
    return net_response_header(response, "Location", VIEW("/e/landed"));
}

static const struct net_route k_routes[] = {
    {NET_GET, "/e/*", echo, 0, ""},
    {NET_POST, "/e/*", echo, 1 << 20, ""},
    {NET_GET, "/teapot", teapot, 0, ""},
    {NET_GET, "/bounce", bounce, 0, ""},
};
static const struct net_server_options k_server = {.routes = k_routes,
                                                   .n_routes = COUNT_OF(k_routes)};

/* Options that reach a server on loopback, and hurry. */
static struct net_client_options hurried(void)
{
    return (struct net_client_options){.allow_private = true,
                                       .connect_ms = 2000,
                                       .total_ms = 400,
                                       .max_body_bytes = 100000,
                                       .max_header_bytes = 5000};
}

static char g_url[256];

static struct view url_of(uint16_t port, const char *path)
{
    snprintf(g_url, sizeof g_url, "http://127.0.0.1:%u%s", port, path);
    return view_cstr(g_url);
}

/* ---- Tests --------------------------------------------------------------------------------- */

TEST(an_answer_arrives_with_its_status_type_and_body)
{
    static struct serving s;
    struct net_client *c;
    struct net_answer a = {0};
    struct net_client_options o = hurried();
    /* A proxy of the environment would be a way around the filter. */
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
    serving_begin(&s, k_server);
    uint16_t port = net_server_port(s.server);
    CHECK_OK(net_client_open(&o, &c));
    CHECK_OK(net_get(c, url_of(port, "/e/a%20b?q=1"), &a));
    CHECK(a.status == 200);
    CHECK_TEXT(buf_view(&a.body), "/e/a b  ");
    CHECK(strcmp(a.content_type, "text/plain; charset=utf-8") == 0);
    CHECK_OK(net_post(c, url_of(port, "/e/p"), "text/x", VIEW("body"), &a));
    CHECK_TEXT(buf_view(&a.body), "/e/p text/x body");
    CHECK_OK(net_post(c, url_of(port, "/e/p"), "text/x", VIEW(""), &a));
    CHECK_TEXT(buf_view(&a.body), "/e/p text/x ");
    CHECK_OK(net_get(c, url_of(port, "/teapot"), &a));
    CHECK(a.status == 418 && strcmp(a.content_type, "application/json") == 0);
    CHECK_TEXT(buf_view(&a.body), "{}");
    CHECK_OK(net_get(c, url_of(port, "/bounce"), &a));
    CHECK(a.status == 302);
    CHECK_FAILS(E_USAGE, net_post(c, url_of(port, "/e/p"), "a\r\nX: y", VIEW(""), &a));
    CHECK_FAILS(E_USAGE, net_post(c, url_of(port, "/e/p"), NULL, VIEW(""), &a));
    net_client_close(c);
    o.max_redirects = 1;
    CHECK_OK(net_client_open(&o, &c));
    CHECK_OK(net_get(c, url_of(port, "/bounce"), &a));
    CHECK(a.status == 200);
    CHECK_TEXT(buf_view(&a.body), "/e/landed  ");
    net_client_close(c);
    net_answer_done(&a);
    net_client_close(NULL);
    serving_end(&s);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

TEST(a_url_does_not_lead_into_the_own_network)
{
    static struct hostile h; /* its thread outlives a test that fails */
    struct net_client *c;
    struct net_answer a = {0};
    static const char *const k_hosts[] = {
        "127.0.0.1", "localhost",          "0.0.0.0", "2130706433",      "0x7f.1",
        "[::1]",     "[::ffff:127.0.0.1]", "127.1",   "169.254.169.254", "10.0.0.1"};
    hostile_begin(&h);
    CHECK_OK(net_client_open(&(struct net_client_options){.total_ms = 3000}, &c));
    for (size_t i = 0; i < COUNT_OF(k_hosts); i++) {
        char url[128];
        snprintf(url, sizeof url, "http://%s:%u/x?secret=1", k_hosts[i], h.port);
        CHECK_FAILS(E_REFUSED, net_get(c, view_cstr(url), &a));
        CHECK_MESSAGE(k_hosts[i]);
        CHECK(!strstr(rc_message(), "secret"));
    }
    net_client_close(c);
    net_answer_done(&a);
    hostile_end(&h);
    CHECK(h.n_connections == 0);
}

static const struct {
    const char *path;
    enum err code;
    const char *message;
} k_hostile[] = {
    {"/endless", E_LIMIT, "100000 bytes"},
    {"/announced", E_LIMIT, "100000 bytes"},
    {"/drip", E_NETWORK, "timed out"},
    {"/headers", E_LIMIT, "header lines over 5000 bytes"},
    {"/short", E_NETWORK, "closed"},
    {"/noise", E_NETWORK, "HTTP/0.9"},
    {"/hangup", E_NETWORK, "reply"},
    {"/file", E_NETWORK, "file"},
    {"/loop", E_LIMIT, "more than 3 redirects"},
    {"/silent", E_NETWORK, "timed out"}, /* last: it keeps the server busy */
};

TEST(a_hostile_server_costs_neither_time_nor_memory_beyond_the_limits)
{
    struct net_client *c;
    struct net_answer a = {0};
    struct net_client_options o = hurried();
    static struct hostile h; /* its thread outlives a test that fails */
    hostile_begin(&h);
    o.max_redirects = 3;
    CHECK_OK(net_client_open(&o, &c));
    for (size_t i = 0; i < COUNT_OF(k_hostile); i++) {
        uint64_t begin = clock_mono_ns();
        rc r = net_get(c, url_of(h.port, k_hostile[i].path), &a);
        if (r.code != k_hostile[i].code || !strstr(rc_message(), k_hostile[i].message) ||
            !strstr(rc_message(), k_hostile[i].path))
            fail_msg("%s: error %d, \"%s\"", k_hostile[i].path, (int)r.code, rc_message());
        CHECK(clock_mono_ns() - begin < 3000000000);
        CHECK(a.body.cap <= 200000);
    }
    net_client_close(c);
    net_answer_done(&a);
    hostile_end(&h);
}

TEST(a_body_of_just_the_limit_is_taken)
{
    static struct serving s;
    struct net_client *c;
    struct net_answer a = {0};
    struct net_client_options o = hurried();
    serving_begin(&s, k_server);
    o.max_body_bytes = 6; /* "/e/x  " */
    CHECK_OK(net_client_open(&o, &c));
    CHECK_OK(net_get(c, url_of(net_server_port(s.server), "/e/x"), &a));
    CHECK_FAILS(E_LIMIT, net_get(c, url_of(net_server_port(s.server), "/e/xy"), &a));
    net_client_close(c);
    net_answer_done(&a);
    serving_end(&s);
}

TEST(a_bad_url_is_refused_before_anything_is_sent)
{
    static const char *const k_bad[] = {"",
                                        "example.org",
                                        "/x",
                                        "ftp://example.org/",
                                        "file:///etc/passwd",
                                        "http://",
                                        "http://a b/",
                                        "http://a/\r\nX: y",
                                        "http://\xc3\xa9.example/",
                                        "http://me@example.org/",
                                        "http://me:pass@example.org/",
                                        "http://example.org:99999/"};
    struct net_client *c;
    struct net_answer a = {0};
    CHECK_OK(net_client_open(&(struct net_client_options){0}, &c));
    for (size_t i = 0; i < COUNT_OF(k_bad); i++) {
        rc r = net_get(c, view_cstr(k_bad[i]), &a);
        if (r.code != E_INPUT) fail_msg("%s: %d %s", k_bad[i], (int)r.code, rc_message());
        CHECK(!strstr(rc_message(), "pass@"));
    }
    net_client_close(c);
}

static int count_threads(void)
{
    int n = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *e; tasks && (e = readdir(tasks)) != NULL;)
        n += e->d_name[0] != '.';
    if (tasks) closedir(tasks);
    return n;
}

TEST(a_host_that_is_not_there_or_speaks_no_tls_is_named_with_the_reason)
{
    static struct hostile h; /* its thread outlives a test that fails */
    struct net_client *c;
    struct net_answer a = {0};
    struct net_client_options o = hurried();
    char url[128];
    hostile_begin(&h);
    CHECK_OK(net_client_open(&o, &c));
    snprintf(url, sizeof url, "https://127.0.0.1:%u/noise", h.port);
    CHECK_FAILS(E_NETWORK, net_get(c, view_cstr(url), &a));
    CHECK_MESSAGE(url);
    hostile_end(&h);
    CHECK_FAILS(E_NETWORK, net_get(c, url_of(h.port, "/gone?q=secret"), &a));
    CHECK_MESSAGE("/gone: ");
    CHECK_MESSAGE("onnect");
    CHECK(!strstr(rc_message(), "secret"));
    CHECK_FAILS(E_NETWORK, net_get(c, VIEW("http://no-such-host.invalid/"), &a));
    net_client_close(c);
    net_answer_done(&a);
    CHECK(count_threads() == 1); /* the one that looked the name up is gone too */
}

TEST(a_certificate_that_nobody_vouches_for_is_not_believed)
{
    struct net_client *c;
    struct net_answer a = {0};
    struct net_client_options o = hurried();
    char command[1024], certificate[256], url[128];
    unsigned port = 0;
    const char *script = getenv("NET_TLS_SERVER");
    if (!script) SKIP("NET_TLS_SERVER does not name the server");
    snprintf(command, sizeof command, "python3 %s", script);
    FILE *server = popen(command, "r");
    CHECK(server && fscanf(server, "%u %255s", &port, certificate) == 2);
    snprintf(url, sizeof url, "https://127.0.0.1:%u/x", port);
    o.total_ms = 5000;
    CHECK_OK(net_client_open(&o, &c));
    CHECK_FAILS(E_NETWORK, net_get(c, view_cstr(url), &a));
    CHECK_MESSAGE("certificate");
    net_client_close(c);
    o.ca_file = certificate;
    CHECK_OK(net_client_open(&o, &c));
    CHECK_OK(net_get(c, view_cstr(url), &a));
    CHECK_TEXT(buf_view(&a.body), "over TLS");
    net_client_close(c);
    net_answer_done(&a);
    CHECK(pclose(server) == 0);
}

/* ---- Many ---------------------------------------------------------------------------------- */

enum { MANY = 500 };

struct seen {
    uint8_t times[MANY];
    size_t n_failures, stop_at, n;
};

static rc note_one(void *context, size_t i, rc result, const struct net_answer *answer)
{
    struct seen *seen = (struct seen *)context;
    char expected[64];
    seen->times[i]++;
    if (++seen->n == seen->stop_at) return FAIL(E_INTERRUPTED, "enough");
    if (!ok(result)) {
        seen->n_failures++;
        return answer || !rc_message()[0] ? FAIL(E_INTERNAL, "an answer to a failure") : OK;
    }
    snprintf(expected, sizeof expected, "/e/%zu  ", i);
    return view_eq(buf_view(&answer->body), view_cstr(expected)) ? OK
                                                                 : FAIL(E_INTERNAL, "mixed up");
}

TEST(many_urls_arrive_each_once_over_few_connections)
{
    static char texts[MANY][64];
    struct view urls[MANY];
    static struct serving s;
    struct net_client *c;
    struct net_client_options o = hurried();
    struct net_server_options so = k_server;
    struct net_answer a = {0};
    o.total_ms = 10000;
    so.max_connections = 8; /* a ninth would fail */
    serving_begin(&s, so);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "http://127.0.0.1:%u/e/%zu", net_server_port(s.server),
                 i);
        urls[i] = view_cstr(texts[i]);
    }
    CHECK_OK(net_client_open(&o, &c));
    static const uint32_t k_parallel[] = {1, 8};
    for (size_t p = 0; p < COUNT_OF(k_parallel); p++) {
        struct seen seen = {0};
        CHECK_OK(net_get_all(c, urls, MANY, k_parallel[p], note_one, &seen));
        for (size_t i = 0; i < MANY; i++)
            CHECK(seen.times[i] == 1);
        CHECK(seen.n_failures == 0);
    }
    struct seen some = {0}, few = {.stop_at = 20};
    urls[3] = VIEW("ftp://x/");
    urls[MANY - 1] = VIEW("http://127.0.0.1:1/");
    CHECK_OK(net_get_all(c, urls, MANY, 8, note_one, &some));
    CHECK(some.n == MANY && some.n_failures == 2);
    CHECK_FAILS(E_INTERRUPTED, net_get_all(c, urls, MANY, 8, note_one, &few));
    CHECK(few.n == 20);
    CHECK_OK(net_get(c, urls[0], &a)); /* the client goes on */
    CHECK_OK(net_get_all(c, urls, 0, 8, note_one, &few));
    CHECK_FAILS(E_USAGE, net_get_all(c, urls, 1, 0, note_one, &few));
    CHECK_FAILS(E_USAGE, net_get_all(c, urls, 1, 65, note_one, &few));
    net_answer_done(&a);
    net_client_close(c);
    serving_end(&s);
}

TEST(a_thousand_fetches_of_one_host_share_a_connection)
{
    struct net_server_options so = k_server;
    struct net_client_options o = hurried();
    static struct serving s;
    struct net_client *c;
    struct net_answer a = {0};
    so.max_connections = 1; /* closed ones would still be counted for a moment */
    serving_begin(&s, so);
    CHECK_OK(net_client_open(&o, &c));
    for (int i = 0; i < 1000; i++) {
        CHECK_OK(net_get(c, url_of(net_server_port(s.server), "/e/x"), &a));
        CHECK(a.status == 200);
    }
    net_client_close(c);
    net_answer_done(&a);
    serving_end(&s);
}

TEST(a_client_without_memory_says_so)
{
    struct net_client *c;
    static struct serving s;
    struct net_answer a = {0};
    struct net_client_options o = hurried();
    CHECK_EVERY_ALLOCATION(net_client_open(&o, &c), (void)0);
    net_client_close(c);
    /* Whole answers with our own allocations failing: at the server they close the connection. */
    serving_begin(&s, k_server);
    CHECK_OK(net_client_open(&o, &c));
    for (int64_t k = 1; k < 12; k++) {
        net_answer_done(&a);
        a = (struct net_answer){0};
        mem_fail_at(k);
        rc r = net_get(c, url_of(net_server_port(s.server), "/e/x"), &a);
        mem_fail_at(0);
        CHECK(r.code == E_OK || r.code == E_MEMORY || r.code == E_NETWORK);
    }
    CHECK_OK(net_get(c, url_of(net_server_port(s.server), "/e/x"), &a));
    net_client_close(c);
    net_answer_done(&a);
    serving_end(&s);
}

TESTS(RUN(an_answer_arrives_with_its_status_type_and_body),
      RUN(a_url_does_not_lead_into_the_own_network),
      RUN(a_hostile_server_costs_neither_time_nor_memory_beyond_the_limits),
      RUN(a_body_of_just_the_limit_is_taken), RUN(a_bad_url_is_refused_before_anything_is_sent),
      RUN(a_host_that_is_not_there_or_speaks_no_tls_is_named_with_the_reason),
      RUN(a_certificate_that_nobody_vouches_for_is_not_believed),
      RUN(many_urls_arrive_each_once_over_few_connections),
      RUN(a_thousand_fetches_of_one_host_share_a_connection), RUN(a_client_without_memory_says_so))
