/* SPDX-License-Identifier: Apache-2.0
 * Raw requests that two readers could read in two ways: refused, and the connection closed. */
#include <netinet/tcp.h>

#include "serving.h"

static int g_handled;

static rc get_ok(void *context, const struct net_request *request, struct net_response *response)
{
    (void)context;
    g_handled++;
    return buf_add(&response->body, request->path);
}

static const struct net_route k_routes[] = {
    {NET_POST, "/post", get_ok, 64, "takes a little"},
    {NET_GET, "/*", get_ok, 0, "everything"},
};
static const struct net_server_options k_options = {.routes = k_routes, .n_routes = 2};

static const struct {
    const char *raw;
    int status;
} k_refused[] = {
    /* framing */
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\na", 400},
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", 400},
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400},
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na", 400},
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
     400},
    {"POST /post HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411},
    {"POST /post HTTP/1.1\r\nHost: a\r\n\r\n", 411},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 400},
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 65\r\n\r\n", 413},
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413},
    /* Host */
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.0\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a:\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
    {"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    /* lines */
    {"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n Content-Length: 5\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\nHost: a\n\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\rX: 1\r\n\r\n", 400},
    {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\n: no name\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", 400},
    {"\x16\x03\x01\x02", 400}, /* the beginning of TLS */
    /* request line */
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /\r\nHost: a\r\n\r\n", 400},
    {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405},
    {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405},
    {"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417},
    /* paths */
    {"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /.. HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a/./b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a/%2e%2e/b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a/.%2E HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a%5cb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a%0d%0aX HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET //a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a% HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a%g0 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /?a=%4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /%c0%ae%c0%ae/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /\xd9\x81 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /?a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
};

TEST(a_request_that_two_readers_read_differently_is_refused_and_the_connection_closed)
{
    static struct serving s;
    serving_begin(&s, k_options);
    g_handled = 0;
    for (size_t i = 0; i < COUNT_OF(k_refused); i++) {
        int status = status_of(net_server_port(s.server), view_cstr(k_refused[i].raw));
        if (status != k_refused[i].status)
            fail_msg("%d instead of %d: %s", status, k_refused[i].status, k_refused[i].raw);
    }
    CHECK(status_of(net_server_port(s.server), VIEW("GET /\0a HTTP/1.1\r\nHost: a\r\n\r\n")) ==
          400);
    CHECK(g_handled == 0);
    serving_end(&s);
}

TEST(a_refusal_says_what_was_wrong)
{
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&s, k_options);
    int fd = dial(net_server_port(s.server));
    say(fd, VIEW("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\tY: 2\r\n\r\n"));
    hear_all(fd, &heard);
    close(fd);
    CHECK(strstr((char *)heard.p, "Content-Type: text/plain; charset=utf-8\r\n"));
    CHECK(strstr((char *)heard.p, "Connection: close\r\n"));
    CHECK(strstr((char *)heard.p, "\r\n\r\na folded header line\n"));
    serving_end(&s);
}

TEST(the_same_refusal_comes_when_the_bytes_come_one_by_one)
{
    static struct serving s;
    serving_begin(&s, k_options);
    for (size_t i = 0; i < COUNT_OF(k_refused); i += 5) {
        CLEANUP(buf_done) struct buf heard = {0};
        struct view raw = view_cstr(k_refused[i].raw);
        int one = 1, status = 0, fd = dial(net_server_port(s.server));
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        for (size_t k = 0; k < raw.n; k++)
            if (send(fd, raw.p + k, 1, MSG_NOSIGNAL) != 1) break;
        hear_all(fd, &heard);
        close(fd);
        sscanf((char *)heard.p, "HTTP/1.1 %d ", &status);
        if (status != k_refused[i].status) fail_msg("%d: %s", status, k_refused[i].raw);
    }
    serving_end(&s);
}

static const struct {
    const char *raw, *body;
} k_taken[] = {
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "/"},
    {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", "/"},
    {"GET http://A:80/b?c HTTP/1.1\r\nHost: a:80\r\nConnection: close\r\n\r\n", "/b"},
    {"GET http://a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "/"},
    {"GET /a..b/... HTTP/1.1\r\nHost: [::1]:80\r\nConnection: x, Close\r\n\r\n", "/a..b/..."},
    {"GET /%D9%81/?q={|} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "/\u0641/"},
    {"GET /a%20b HTTP/1.1\r\nhOST:\ta \r\nX: \u00e9\r\nConnection: close\r\n\r\n", "/a b"},
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab", "/post"},
    {"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "/post"},
};

TEST(what_browsers_and_proxies_send_is_taken)
{
    static struct serving s;
    serving_begin(&s, k_options);
    for (size_t i = 0; i < COUNT_OF(k_taken); i++) {
        CLEANUP(buf_done) struct buf heard = {0};
        int fd = dial(net_server_port(s.server));
        say(fd, view_cstr(k_taken[i].raw));
        hear_all(fd, &heard);
        close(fd);
        const char *body = strstr((char *)heard.p, "\r\n\r\n");
        CHECK(strncmp((char *)heard.p, "HTTP/1.1 200 OK\r\n", 17) == 0);
        CHECK(body && strcmp(body + 4, k_taken[i].body) == 0);
    }
    serving_end(&s);
}

/* A head with a target of n bytes, or header lines of n bytes together (the empty one counts). */
static int status_of_size(uint16_t port, size_t target_bytes, size_t header_bytes)
{
    CLEANUP(buf_done) struct buf b = {0};
    static const char k_host[] = "Host: a\r\nConnection: close\r\nX: ";
    CHECK_OK(buf_addf(&b, "GET /"));
    while (b.n < 4 + target_bytes)
        CHECK_OK(buf_add_byte(&b, 'a'));
    CHECK_OK(buf_addf(&b, " HTTP/1.1\r\n%s", k_host));
    size_t rest = header_bytes - (sizeof k_host - 1) - 4;
    for (size_t i = 0; i < rest; i++)
        CHECK_OK(buf_add_byte(&b, 'x'));
    CHECK_OK(buf_addf(&b, "\r\n\r\n"));
    return status_of(port, buf_view(&b));
}

TEST(long_heads_are_taken_up_to_the_limit_and_refused_behind_it)
{
    static struct serving s;
    CLEANUP(buf_done) struct buf many = {0};
    serving_begin(&s, k_options);
    uint16_t port = net_server_port(s.server);
    CHECK(status_of_size(port, NET_TARGET_BYTES, 100) == 200);
    CHECK(status_of_size(port, NET_TARGET_BYTES + 1, 100) == 414);
    CHECK(status_of_size(port, 100000, 100) == 414);
    CHECK(status_of_size(port, 1, NET_HEADER_BYTES) == 200);
    CHECK(status_of_size(port, 1, NET_HEADER_BYTES + 1) == 431);
    CHECK(status_of_size(port, 1, 300000) == 431);
    CHECK_OK(buf_addf(&many, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"));
    for (int i = 2; i < NET_HEADERS_MAX; i++)
        CHECK_OK(buf_addf(&many, "X: %d\r\n", i));
    size_t full = many.n;
    CHECK_OK(buf_addf(&many, "\r\n"));
    CHECK(status_of(port, buf_view(&many)) == 200);
    many.n = full;
    CHECK_OK(buf_addf(&many, "X: y\r\n\r\n"));
    CHECK(status_of(port, buf_view(&many)) == 431);
    serving_end(&s);
}

TESTS(RUN(a_request_that_two_readers_read_differently_is_refused_and_the_connection_closed),
      RUN(a_refusal_says_what_was_wrong),
      RUN(the_same_refusal_comes_when_the_bytes_come_one_by_one),
      RUN(what_browsers_and_proxies_send_is_taken),
      RUN(long_heads_are_taken_up_to_the_limit_and_refused_behind_it))
