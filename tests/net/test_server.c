/* SPDX-License-Identifier: Apache-2.0
 * The loop: answers, failures, limits, and its end. */
#include <signal.h>
#include <sys/wait.h>

#include "serving.h"

/* ---- Handlers ------------------------------------------------------------------------------ */

static rc echo(void *context, const struct net_request *q, struct net_response *response)
{
    static const char *const k_names[] = {"GET", "HEAD", "POST"};
    struct view text;
    (void)context;
    TRY(net_query_get(q->query, "text", q->mem, &text));
    TRY(buf_addf(&response->body, "%s ", q->method == NET_HEAD ? "GET" : k_names[q->method]));
    TRY(buf_add(&response->body, q->path));
    TRY(buf_addf(&response->body, " %.*s ", VIEW_ARG(text)));
    return buf_add(&response->body, q->body);
}

static rc fail_not_found(void *context, const struct net_request *q, struct net_response *response)
{
    (void)context, (void)q;
    TRY(buf_add(&response->body, VIEW("half an answer")));
    return FAIL(E_NOT_FOUND, "claims: none of that id");
}

static rc fail_with_path(void *context, const struct net_request *q, struct net_response *response)
{
    (void)context, (void)q, (void)response;
    return FAIL(E_NOT_FOUND, "/srv/secret/place: cannot open: No such file or directory");
}

static rc fail_inside(void *context, const struct net_request *q, struct net_response *response)
{
    (void)context, (void)q, (void)response;
    return FAIL(E_IO, "the disk of secret is gone");
}

static rc big(void *context, const struct net_request *q, struct net_response *response)
{
    uint8_t *p;
    (void)context, (void)q;
    TRY(buf_reserve(&response->body, 8 << 20, &p));
    memset(p, 'b', 8 << 20);
    response->body.n = 8 << 20;
    return OK;
}

static rc headers(void *context, const struct net_request *q, struct net_response *response)
{
    (void)context;
    response->status = 201;
    response->content_type = "text/html; charset=utf-8";
    if (net_response_header(response, "X-Bad", VIEW("a\r\nX-Split: yes")).code != E_INTERNAL)
        return FAIL(E_IO, "a split header was taken");
    if (net_response_header(response, "X Bad", VIEW("a")).code != E_INTERNAL)
        return FAIL(E_IO, "a bad name was taken");
    return net_response_header(response, "X-Agent", net_header_get(q, "user-AGENT"));
}

static rc nothing(void *context, const struct net_request *q, struct net_response *response)
{
    (void)context, (void)q;
    response->status = 204;
    return buf_add(&response->body, VIEW("not to be sent"));
}

static const struct net_route k_routes[] = {
    {NET_GET, "/echo", echo, 0, ""},           {NET_POST, "/echo", echo, 1 << 20, ""},
    {NET_GET, "/fail", fail_not_found, 0, ""}, {NET_GET, "/path", fail_with_path, 0, ""},
    {NET_GET, "/inside", fail_inside, 0, ""},  {NET_GET, "/big", big, 0, ""},
    {NET_GET, "/headers", headers, 0, ""},     {NET_GET, "/nothing", nothing, 0, ""},
    {NET_POST, "/only-post/*", echo, 10, ""},
};
static const struct net_server_options k_options = {.routes = k_routes,
                                                    .n_routes = COUNT_OF(k_routes)};

/* ---- Answers ------------------------------------------------------------------------------- */

TEST(a_stock_client_works_unmodified_over_one_kept_connection)
{
    static struct serving s;
    const char *script = getenv("NET_STOCK_CLIENT");
    char command[1024];
    if (!script) SKIP("NET_STOCK_CLIENT does not name the client");
    serving_begin(&s, k_options);
    snprintf(command, sizeof command, "python3 %s %u", script, net_server_port(s.server));
    int end = system(command);
    serving_end(&s);
    CHECK(WIFEXITED(end) && WEXITSTATUS(end) == 0);
}

/* One GET on a connection of its own. */
static void fetch(struct serving *s, const char *method, const char *path, struct buf *out)
{
    CLEANUP(buf_done) struct buf raw = {0};
    CHECK_OK(buf_addf(&raw,
                      "%s %s HTTP/1.1\r\nHost: a\r\nUser-Agent: me\r\nConnection: close\r\n\r\n",
                      method, path));
    int fd = dial(net_server_port(s->server));
    say(fd, buf_view(&raw));
    buf_reset(out);
    hear_all(fd, out);
    close(fd);
}

#define HAS(heard, part) \
    if (!strstr((char *)(heard).p, part)) fail_msg("\"%s\" lacks %s", (char *)(heard).p, part)
#define LACKS(heard, part) \
    if (strstr((char *)(heard).p, part)) fail_msg("\"%s\" has %s", (char *)(heard).p, part)

TEST(a_failure_is_told_by_its_status_and_never_by_a_path_of_the_machine)
{
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&s, k_options);
    fetch(&s, "GET", "/fail", &heard);
    HAS(heard, "HTTP/1.1 404 Not Found\r\n");
    HAS(heard, "\r\n\r\nclaims: none of that id\n");
    LACKS(heard, "half an answer");
    fetch(&s, "GET", "/path", &heard);
    HAS(heard, "HTTP/1.1 404 ");
    LACKS(heard, "secret");
    fetch(&s, "GET", "/inside", &heard);
    HAS(heard, "HTTP/1.1 500 ");
    HAS(heard, "the system could not read or write");
    LACKS(heard, "secret");
    serving_end(&s);
}

TEST(headers_of_a_handler_arrive_and_cannot_be_split)
{
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&s, k_options);
    fetch(&s, "GET", "/headers", &heard);
    HAS(heard, "HTTP/1.1 201 Created\r\n");
    HAS(heard, "\r\nX-Agent: me\r\n");
    HAS(heard, "\r\nContent-Type: text/html; charset=utf-8\r\n");
    LACKS(heard, "X-Split");
    fetch(&s, "GET", "/nothing", &heard);
    HAS(heard, "HTTP/1.1 204 ");
    LACKS(heard, "not to be sent");
    LACKS(heard, "Content-Length");
    fetch(&s, "HEAD", "/big", &heard);
    HAS(heard, "\r\nContent-Length: 8388608\r\n");
    LACKS(heard, "\r\n\r\nb");
    fetch(&s, "GET", "/only-post/x", &heard);
    HAS(heard, "HTTP/1.1 405 ");
    HAS(heard, "\r\nAllow: POST\r\n");
    serving_end(&s);
}

TEST(requests_sent_in_one_go_are_answered_in_order)
{
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&s, k_options);
    int fd = dial(net_server_port(s.server));
    say(fd, VIEW("GET /echo?text=1 HTTP/1.1\r\nHost: a\r\n\r\n"
                 "POST /echo?text=2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /"
                 "GET /absent HTTP/1.1\r\nHost: a\r\n\r\n"
                 "GET /echo?text=3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                 "GET /echo?text=4 HTTP/1.1\r\nHost: a\r\n\r\n"));
    hear_all(fd, &heard);
    close(fd);
    char *one = strstr((char *)heard.p, "GET /echo 1"),
         *two = strstr((char *)heard.p, "POST /echo 2 GET /"),
         *none = strstr((char *)heard.p, "HTTP/1.1 404"),
         *three = strstr((char *)heard.p, "GET /echo 3");
    CHECK(one && two && none && three && one < two && two < none && none < three);
    LACKS(heard, "echo 4");
    serving_end(&s);
}

TEST(a_client_that_asks_before_it_sends_a_body_is_told_to_go_on)
{
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&s, k_options);
    int fd = dial(net_server_port(s.server));
    say(fd,
        VIEW(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
    hear_one(fd, true, &heard);
    HAS(heard, "HTTP/1.1 100 Continue\r\n\r\n");
    say(fd, VIEW("body"));
    hear_one(fd, false, &heard);
    HAS(heard, "POST /echo  body");
    close(fd);
    serving_end(&s);
}

TEST(a_large_answer_reaches_a_reader_who_starts_late)
{
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&s, k_options);
    int fd = dial(net_server_port(s.server));
    say(fd, VIEW("GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    usleep(200000);
    hear_all(fd, &heard);
    close(fd);
    CHECK(heard.n > 8 << 20 && heard.p[heard.n - 2] == 'b');
    serving_end(&s);
}

/* ---- Limits -------------------------------------------------------------------------------- */

static struct net_server_options hurried(void)
{
    struct net_server_options o = k_options;
    o.keep_alive_ms = 150;
    o.read_ms = 200;
    o.write_ms = 200;
    o.min_bytes_per_s = 1 << 30;
    return o;
}

TEST(a_client_that_drips_its_request_is_cut_off_in_time)
{
    static struct serving s;
    serving_begin(&s, hurried());
    static const char *const k_drips[] = {
        "GET / HT", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"};
    for (size_t i = 0; i < COUNT_OF(k_drips); i++) {
        CLEANUP(buf_done) struct buf heard = {0};
        int fd = dial(net_server_port(s.server));
        uint64_t begin = clock_mono_ns();
        say(fd, view_cstr(k_drips[i]));
        uint8_t heard_one;
        /* The deadline is for the whole: a byte now and then does not move it. */
        while (clock_mono_ns() - begin < 3000000000 &&
               recv(fd, &heard_one, 1, MSG_PEEK | MSG_DONTWAIT) < 0) {
            (void)send(fd, "a", 1, MSG_NOSIGNAL);
            usleep(20000);
        }
        CHECK(clock_mono_ns() - begin < 1500000000);
        hear_all(fd, &heard);
        close(fd);
        HAS(heard, "HTTP/1.1 408 ");
    }
    serving_end(&s);
}

TEST(a_silent_connection_and_one_that_does_not_read_are_closed)
{
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&s, hurried());
    int quiet = dial(net_server_port(s.server)), deaf = dial(net_server_port(s.server));
    say(deaf, VIEW("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
    hear_all(quiet, &heard);
    CHECK(heard.n == 1); /* closed without a word */
    usleep(400000);
    buf_reset(&heard);
    hear_all(deaf, &heard);
    CHECK(heard.n < 8 << 20);
    LACKS(heard, "TIMEOUT");
    close(quiet);
    close(deaf);
    serving_end(&s);
}

TEST(one_connection_too_many_is_turned_away_and_the_others_go_on)
{
    struct net_server_options o = k_options;
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    o.max_connections = 2;
    serving_begin(&s, o);
    int a = dial(net_server_port(s.server)), b = dial(net_server_port(s.server));
    say(a, VIEW("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"));
    hear_one(a, false, &heard);
    say(b, VIEW("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"));
    hear_one(b, false, &heard);
    int c = dial(net_server_port(s.server));
    buf_reset(&heard);
    hear_all(c, &heard);
    HAS(heard, "HTTP/1.1 503 ");
    close(c);
    say(a, VIEW("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"));
    hear_one(a, false, &heard);
    HAS(heard, "HTTP/1.1 200 ");
    close(b);
    usleep(50000);
    c = dial(net_server_port(s.server));
    say(c, VIEW("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n"));
    hear_one(c, false, &heard);
    HAS(heard, "HTTP/1.1 200 ");
    close(a);
    close(c);
    serving_end(&s);
}

/* ---- Beginning and end --------------------------------------------------------------------- */

TEST(two_servers_run_beside_each_other_and_stop_apart)
{
    static struct serving a, b;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&a, k_options);
    serving_begin(&b, k_options);
    CHECK(net_server_port(a.server) != net_server_port(b.server));
    int kept = dial(net_server_port(a.server)); /* an idle connection does not hold the stop up */
    serving_end(&a);
    fetch(&b, "GET", "/echo", &heard);
    HAS(heard, "HTTP/1.1 200 ");
    serving_end(&b);
    close(kept);
}

TEST(a_server_with_nothing_to_do_stops_by_itself)
{
    struct net_server_options o = k_options;
    struct net_server *s;
    o.idle_stop_ms = 100;
    CHECK_OK(net_server_open(&o, &s));
    uint64_t begin = clock_mono_ns();
    CHECK_OK(net_server_run(s));
    CHECK(clock_mono_ns() - begin < 3000000000);
    net_server_close(s);
}

TEST(an_answer_that_is_being_sent_ends_before_the_server_does)
{
    struct net_server_options o = k_options;
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    o.stop_ms = 3000;
    serving_begin(&s, o);
    int fd = dial(net_server_port(s.server));
    say(fd, VIEW("GET /big HTTP/1.1\r\nHost: a\r\n\r\n"));
    usleep(100000);
    net_server_stop(s.server);
    usleep(100000);
    hear_all(fd, &heard);
    close(fd);
    CHECK(heard.n > 8 << 20);
    LACKS(heard, "TIMEOUT");
    serving_end(&s);
}

static struct net_server *g_signalled;

static void on_signal(int number)
{
    (void)number;
    net_server_stop(g_signalled);
}

TEST(a_signal_ends_the_loop_even_before_it_runs)
{
    CHECK_OK(net_server_open(&k_options, &g_signalled));
    signal(SIGUSR1, on_signal);
    CHECK(raise(SIGUSR1) == 0);
    CHECK_OK(net_server_run(g_signalled));
    signal(SIGUSR1, SIG_DFL);
    net_server_close(g_signalled);
    net_server_close(NULL);
}

TEST(a_port_that_is_taken_and_an_address_that_is_none_are_said_so)
{
    struct net_server_options o = k_options;
    struct net_server *s, *t;
    CHECK_OK(net_server_open(&o, &s));
    o.port = net_server_port(s);
    CHECK_FAILS(E_BUSY, net_server_open(&o, &t));
    CHECK_MESSAGE("port");
    o.address = "localhost";
    CHECK_FAILS(E_INPUT, net_server_open(&o, &t));
    net_server_close(s);
    o.port = 0;
    o.address = NULL;
    CHECK_EVERY_ALLOCATION(net_server_open(&o, &s), (void)0);
    net_server_close(s);
    o.share_port = true;
    CHECK_OK(net_server_open(&o, &s));
    o.port = net_server_port(s);
    CHECK_OK(net_server_open(&o, &t));
    net_server_close(s);
    net_server_close(t);
}

TEST(an_allocation_that_fails_costs_one_connection_and_not_the_server)
{
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&s, k_options);
    for (int64_t k = 1; k < 40; k++) {
        uint8_t dropped[4096];
        int fd = dial(net_server_port(s.server));
        mem_fail_at(k);
        say(fd, VIEW("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: "
                     "close\r\n\r\nbody"));
        while (recv(fd, dropped, sizeof dropped, 0) > 0)
            ;
        mem_fail_at(0);
        close(fd);
    }
    fetch(&s, "GET", "/echo", &heard);
    HAS(heard, "HTTP/1.1 200 ");
    serving_end(&s);
}

TEST(fields_of_a_query_are_decoded_and_checked)
{
    struct arena mem;
    struct view v;
    arena_init(&mem, 0);
    CHECK_OK(net_query_get(VIEW("a=1&b%20c=%D9%81+x&d&a=2"), "b c", &mem, &v));
    CHECK_TEXT(v, "\u0641 x");
    CHECK_OK(net_query_get(VIEW("a=1&a=2"), "a", &mem, &v));
    CHECK_TEXT(v, "1");
    CHECK_OK(net_query_get(VIEW("d&a=x=y&&"), "a", &mem, &v));
    CHECK_TEXT(v, "x=y");
    CHECK_OK(net_query_get(VIEW("d"), "d", &mem, &v));
    CHECK_TEXT(v, "");
    CHECK_OK(net_query_get(VIEW(""), "a", &mem, &v));
    CHECK(v.n == 0);
    CHECK_FAILS(E_INPUT, net_query_get(VIEW("a=%4"), "a", &mem, &v));
    CHECK_FAILS(E_ENCODING, net_query_get(VIEW("a=%00"), "a", &mem, &v));
    CHECK_FAILS(E_ENCODING, net_query_get(VIEW("a=%ff"), "a", &mem, &v));
    CHECK_EVERY_ALLOCATION(net_query_get(VIEW("b=1&a=%41"), "a", &mem, &v), arena_done(&mem));
    arena_done(&mem);
}

TESTS(RUN(a_stock_client_works_unmodified_over_one_kept_connection),
      RUN(a_failure_is_told_by_its_status_and_never_by_a_path_of_the_machine),
      RUN(headers_of_a_handler_arrive_and_cannot_be_split),
      RUN(requests_sent_in_one_go_are_answered_in_order),
      RUN(a_client_that_asks_before_it_sends_a_body_is_told_to_go_on),
      RUN(a_large_answer_reaches_a_reader_who_starts_late),
      RUN(a_client_that_drips_its_request_is_cut_off_in_time),
      RUN(a_silent_connection_and_one_that_does_not_read_are_closed),
      RUN(one_connection_too_many_is_turned_away_and_the_others_go_on),
      RUN(two_servers_run_beside_each_other_and_stop_apart),
      RUN(a_server_with_nothing_to_do_stops_by_itself),
      RUN(an_answer_that_is_being_sent_ends_before_the_server_does),
      RUN(a_signal_ends_the_loop_even_before_it_runs),
      RUN(a_port_that_is_taken_and_an_address_that_is_none_are_said_so),
      RUN(an_allocation_that_fails_costs_one_connection_and_not_the_server),
      RUN(fields_of_a_query_are_decoded_and_checked))
