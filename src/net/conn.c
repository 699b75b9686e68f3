/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection: waits for a head, reads it through the guard, reads the body that the head
 * announced, answers, and waits again. Every phase has a deadline as a whole, so that a byte now
 * and then keeps nobody's place. What must not be read on is refused and closed; one connection at
 * a time is answered, and the next head is looked at when the answer has been sent. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net_int.h"

enum {
    READ_BYTES = 16 << 10,
    FILE_BYTES = 64 << 10,  /* of a file in memory at a time */
    KEEP_BYTES = 64 << 10,  /* larger buffers are given back after a request */
    KEEP_ARENA = 256 << 10, /* the same for the arena of requests */
    LINGER_MS = 1000
};

static void go_on(struct net_conn *c);

/* ---- Phases and their deadlines ------------------------------------------------------------ */

static void enter(struct net_conn *c, enum net_phase phase, uint64_t ms, uint64_t bytes)
{
    uint64_t rate = c->server->options.min_bytes_per_s;
    struct timeval tv = net_timeval(ms + bytes * 1000 / rate);
    c->phase = phase;
    evtimer_add(&c->deadline, &tv);
}

static void wait_for_request(struct net_conn *c)
{
    if (c->file) close(c->file - 1);
    c->file = 0;
    c->file_left = 0;
    /* The head stays until here: the request's views lie in it. */
    c->in.n -= c->scan.head_bytes;
    if (c->in.n > 0) memmove(c->in.p, c->in.p + c->scan.head_bytes, c->in.n);
    c->scan = (struct net_scan){0};
    c->sent = 0;
    if (c->body.cap > KEEP_BYTES) buf_done(&c->body);
    if (c->out.cap > KEEP_BYTES) buf_done(&c->out);
    buf_reset(&c->body);
    buf_reset(&c->out);
    enter(c, NET_WAIT, c->server->options.keep_alive_ms, 0);
}

void net_conn_close(struct net_conn *c)
{
    struct net_server *s = c->server;
    if (c->prev) c->prev->next = c->next;
    if (c->next) c->next->prev = c->prev;
    if (s->conns == c) s->conns = c->next;
    event_del(&c->readable);
    event_del(&c->writable);
    event_del(&c->deadline);
    close(c->fd);
    if (c->file) close(c->file - 1);
    buf_done(&c->in);
    buf_done(&c->path);
    buf_done(&c->body);
    buf_done(&c->out);
    mem_free(c);
    s->n_conns--;
    if (s->stopping && s->n_conns == 0) net_server_left(s);
}

void net_conn_stop(struct net_conn *c)
{
    c->closes = true;
    if (c->phase != NET_BODY && c->phase != NET_ANSWER) net_conn_close(c);
}

/* ---- Sending ------------------------------------------------------------------------------- */

enum sent { SENT_ALL, SENT_PART, SENT_BROKEN };

static enum sent send_buffer(struct net_conn *c)
{
    while (c->sent < c->out.n) {
        ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN ? SENT_PART : SENT_BROKEN;
        c->sent += (size_t)n;
    }
    return SENT_ALL;
}

/* The next piece of the file into the buffer, which is empty. A file that became shorter breaks the
 * connection: its length has been told. */
static bool load_file(struct net_conn *c)
{
    uint8_t *p;
    size_t want = c->file_left < FILE_BYTES ? (size_t)c->file_left : FILE_BYTES;
    buf_reset(&c->out);
    c->sent = 0;
    if (!ok(buf_reserve(&c->out, want, &p))) return false;
    ssize_t n = read(c->file - 1, p, want);
    if (n <= 0) return false;
    c->out.n = (size_t)n;
    c->file_left -= (uint64_t)n;
    return true;
}

static enum sent send_all(struct net_conn *c)
{
    for (;;) {
        enum sent sent = send_buffer(c);
        if (sent != SENT_ALL || c->file_left == 0) return sent;
        if (!load_file(c)) return SENT_BROKEN;
    }
}

/* An answer is sent: the connection ends, lingers after a refusal, or waits for a request. Closing
 * at once with unread bytes would reset the connection and take the refusal with it.
 * Returns whether the connection may go on with what it has read. */
static bool after_answer(struct net_conn *c)
{
    if (!c->closes) {
        event_add(&c->readable, NULL);
        wait_for_request(c);
        return true;
    }
    if (!c->refused || shutdown(c->fd, SHUT_WR) != 0) {
        net_conn_close(c);
        return false;
    }
    event_add(&c->readable, NULL);
    enter(c, NET_LINGER, LINGER_MS, 0);
    return false;
}

/* Sends what can be sent now. Returns as after_answer. */
static bool push(struct net_conn *c)
{
    switch (send_all(c)) {
    case SENT_ALL: return after_answer(c);
    case SENT_PART:
        event_del(&c->readable);
        event_add(&c->writable, NULL);
        return false;
    case SENT_BROKEN: net_conn_close(c); return false;
    }
    return false;
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct net_conn *c = context;
    if (push(c)) go_on(c);
}

/* ---- Answering ----------------------------------------------------------------------------- */

static const char *date_now(struct net_server *s)
{
    int64_t now_s = clock_wall_ms() / 1000;
    time_t t = (time_t)now_s;
    struct tm tm;
    if (now_s == s->date_s || !gmtime_r(&t, &tm)) return s->date;
    static const char k_days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char k_months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    s->date_s = now_s;
    snprintf(s->date, sizeof s->date, "%s, %02d %s %04d %02d:%02d:%02d GMT", k_days[tm.tm_wday],
             tm.tm_mday, k_months[tm.tm_mon], (tm.tm_year + 1900) % 10000, tm.tm_hour, tm.tm_min,
             tm.tm_sec);
    return s->date;
}

/* Starts to send; takes the response's file over. Returns as after_answer. */
static bool reply(struct net_conn *c, struct net_response *response)
{
    bool with_body = c->refused || c->head.method != NET_HEAD;
    buf_reset(&c->out);
    c->sent = 0;
    rc r = net_write_reply(response, date_now(c->server), with_body, c->closes, &c->out);
    if (with_body && response->file && response->status != 304) {
        c->file = response->file;
        c->file_left = response->file_bytes;
        response->file = 0;
    }
    if (!ok(r)) {
        net_conn_close(c);
        return false;
    }
    enter(c, NET_ANSWER, c->server->options.write_ms, c->out.n + c->file_left);
    return push(c);
}

/* Answers what broke the rules, and ends the connection unless its next request is where it must
 * be. */
static bool refuse(struct net_conn *c, struct net_refusal why, const char *allow, bool closes)
{
    struct net_response response = {0};
    bool goes_on = false;
    c->refused = closes;
    c->closes = c->closes || closes;
    log_event(c->server->options.log, LOG_INFO, "refused", "%d %s", why.status, why.why);
    rc r = net_say(&response, why.status, why.why);
    if (ok(r) && allow) r = net_response_header(&response, "Allow", view_cstr(allow));
    if (ok(r))
        goes_on = reply(c, &response);
    else
        net_conn_close(c);
    net_response_done(&response);
    return goes_on;
}

static void log_answer(const struct net_conn *c, rc r, const struct net_response *response)
{
    const struct log_sink *log = c->server->options.log;
    struct view path = buf_view(&c->path);
    if (!ok(r) && err_describe(r.code)->http_status >= 500)
        log_event(log, LOG_ERROR, "failed", "%.*s: %s", VIEW_ARG(path), rc_message());
    log_event(log, LOG_DEBUG, "answered", "%d %.*s", response->status ? response->status : 200,
              VIEW_ARG(path));
}

static bool answer(struct net_conn *c)
{
    struct net_server *s = c->server;
    struct net_response response = {0};
    struct net_request request = {.method = c->head.method,
                                  .path = buf_view(&c->path),
                                  .query = c->head.query,
                                  .host = c->head.host,
                                  .headers = c->head.headers,
                                  .n_headers = c->head.n_headers,
                                  .body = buf_view(&c->body),
                                  .peer = c->peer,
                                  .mem = &s->mem};
    bool goes_on = false;
    rc r = c->route->handle(s->options.context, &request, &response);
    log_answer(c, r, &response);
    if (!ok(r)) r = net_say_failure(r, &response);
    if (ok(r))
        goes_on = reply(c, &response);
    else
        net_conn_close(c);
    net_response_done(&response);
    /* One large request must not hold its memory for ever. */
    if (s->mem.taken_bytes > KEEP_ARENA) arena_done(&s->mem);
    arena_reset(&s->mem);
    return goes_on;
}

/* ---- Reading ------------------------------------------------------------------------------- */

static bool path_fits(const char *pattern, struct view path)
{
    struct view p = view_cstr(pattern);
    if (!view_ends(p, VIEW("*"))) return view_eq(p, path);
    return view_starts(path, view_slice(p, 0, p.n - 1));
}

/* The route of a head, or the refusal. allow is set when others than its method would do. */
static struct net_refusal find_route(struct net_conn *c, const char **allow)
{
    const struct net_server_options *o = &c->server->options;
    enum net_method wanted = c->head.method == NET_POST ? NET_POST : NET_GET;
    for (size_t i = 0; i < o->n_routes; i++) {
        const struct net_route *route = &o->routes[i];
        if (!path_fits(route->path, buf_view(&c->path))) continue;
        if (route->method == wanted) {
            c->route = route;
            if (c->head.body_bytes <= route->body_max_bytes) return NET_FINE;
            return NET_REFUSE(413, "a body over the limit of this path");
        }
        *allow = route->method == NET_POST ? "POST" : "GET, HEAD";
    }
    if (*allow) return NET_REFUSE(405, "a method that this path does not have");
    return NET_REFUSE(404, "nothing is here");
}

/* A whole head is there. Returns as after_answer. */
static bool take_head(struct net_conn *c)
{
    struct view bytes = view_of(c->in.p, c->scan.head_bytes);
    const char *allow = NULL;
    size_t n;
    uint8_t *path;
    struct net_refusal no = net_parse_head(bytes, c->scan.line_bytes, &c->head);
    if (no.status != 0) return refuse(c, no, no.status == 405 ? "GET, HEAD, POST" : NULL, true);
    buf_reset(&c->path);
    if (!ok(buf_reserve(&c->path, c->head.path.n, &path)))
        return refuse(c, NET_REFUSE(503, "no memory left"), NULL, true);
    no = net_decode_path(c->head.path, path, &n);
    if (no.status != 0) return refuse(c, no, NULL, true);
    c->path.n = n;
    c->closes = c->closes || c->head.closes;
    no = find_route(c, &allow);
    if (no.status != 0) return refuse(c, no, allow, c->head.body_bytes > 0);
    enter(c, NET_BODY, c->server->options.read_ms, c->head.body_bytes);
    if (c->head.continues && c->head.body_bytes > 0)
        if (send(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL) != 25) {
            net_conn_close(c);
            return false;
        }
    return true;
}

/* Moves what belongs to the body out of the bytes behind the head. Returns whether it is whole. */
static bool take_body(struct net_conn *c, bool *out_whole)
{
    size_t have = c->in.n - c->scan.head_bytes, missing = c->head.body_bytes - c->body.n;
    size_t n = have < missing ? have : missing;
    uint8_t *behind = c->in.p + c->scan.head_bytes;
    if (!ok(buf_add(&c->body, view_of(behind, n)))) {
        (void)refuse(c, NET_REFUSE(503, "no memory left"), NULL, true);
        return false;
    }
    memmove(behind, behind + n, have - n);
    c->in.n -= n;
    *out_whole = c->body.n == c->head.body_bytes;
    return true;
}

/* Goes as far as the bytes that are there reach. */
static void go_on(struct net_conn *c)
{
    for (;;) {
        if (c->phase == NET_BODY) {
            bool whole = false;
            if (!take_body(c, &whole) || !whole || !answer(c)) return;
            continue;
        }
        if (c->scan.seen == c->in.n) return;
        struct net_refusal no = net_scan_head(buf_view(&c->in), &c->scan);
        if (no.status != 0) {
            (void)refuse(c, no, NULL, true);
            return;
        }
        if (c->scan.head_bytes == 0) {
            if (c->phase == NET_WAIT) enter(c, NET_PARTIAL, c->server->options.read_ms, 0);
            return;
        }
        if (!take_head(c)) return;
    }
}

static void drop_what_comes(struct net_conn *c)
{
    uint8_t dropped[4096];
    ssize_t n = recv(c->fd, dropped, sizeof dropped, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) net_conn_close(c);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    struct net_conn *c = context;
    uint8_t *p;
    (void)what;
    if (c->phase == NET_LINGER) {
        drop_what_comes(c);
        return;
    }
    if (!ok(buf_reserve(&c->in, READ_BYTES, &p))) {
        net_conn_close(c);
        return;
    }
    ssize_t n = recv(fd, p, READ_BYTES, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        net_conn_close(c);
        return;
    }
    c->in.n += (size_t)n;
    c->server->last_byte_ns = clock_mono_ns();
    go_on(c);
}

static void on_deadline(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct net_conn *c = context;
    if (c->phase == NET_PARTIAL || c->phase == NET_BODY)
        (void)refuse(c, NET_REFUSE(408, "a request that came too slowly"), NULL, true);
    else
        net_conn_close(c);
}

static void name_peer(struct net_conn *c, const struct sockaddr *peer)
{
    const void *address =
        peer->sa_family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr
            : (const void *)&((const struct sockaddr_in *)(const void *)peer)->sin_addr;
    if (!inet_ntop(peer->sa_family, address, c->peer, sizeof c->peer)) c->peer[0] = 0;
}

void net_conn_open(struct net_server *s, int fd, const struct sockaddr *peer)
{
    struct net_conn *c;
    if (!ok(mem_new(1, sizeof *c, &c))) {
        close(fd);
        return;
    }
    c->server = s;
    c->fd = fd;
    name_peer(c, peer);
    event_assign(&c->readable, s->loop, fd, EV_READ | EV_PERSIST, on_readable, c);
    event_assign(&c->writable, s->loop, fd, EV_WRITE, on_writable, c);
    event_assign(&c->deadline, s->loop, -1, 0, on_deadline, c);
    c->next = s->conns;
    if (c->next) c->next->prev = c;
    s->conns = c;
    s->n_conns++;
    wait_for_request(c);
    if (event_add(&c->readable, NULL) != 0) net_conn_close(c);
}
