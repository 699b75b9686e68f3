/* SPDX-License-Identifier: Apache-2.0
 *
 * The loop: listens, counts connections, stops on request or when nothing comes any more. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net_int.h"

enum { RESUME_MS = 100, BACKLOG = 512 };

static const struct net_server_options k_defaults = {
    .address = "127.0.0.1",
    .max_connections = 1024,
    .keep_alive_ms = 15000,
    .read_ms = 10000,
    .write_ms = 20000,
    .min_bytes_per_s = 8192,
    .stop_ms = 2000,
    .request_mem_bytes = 64 << 20,
};

#define OR_DEFAULT(field) \
    if (!o.field) o.field = k_defaults.field

static struct net_server_options with_defaults(struct net_server_options o)
{
    OR_DEFAULT(address);
    OR_DEFAULT(max_connections);
    OR_DEFAULT(keep_alive_ms);
    OR_DEFAULT(read_ms);
    OR_DEFAULT(write_ms);
    OR_DEFAULT(min_bytes_per_s);
    OR_DEFAULT(stop_ms);
    OR_DEFAULT(request_mem_bytes);
    return o;
}

struct timeval net_timeval(uint64_t ms)
{
    return (struct timeval){.tv_sec = (time_t)(ms / 1000),
                            .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
}

static void start_timer(struct event *timer, uint64_t ms)
{
    struct timeval tv = net_timeval(ms);
    evtimer_add(timer, &tv);
}

/* ---- Events -------------------------------------------------------------------------------- */

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer,
                      int peer_bytes, void *context)
{
    static const char k_full[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
                                 "Content-Length: 0\r\nRetry-After: 5\r\n\r\n";
    struct net_server *s = context;
    int one = 1;
    (void)listener, (void)peer_bytes;
    if (s->n_conns >= s->options.max_connections) {
        /* Best effort: nothing is kept of a connection that is one too many. */
        if (send(fd, k_full, sizeof k_full - 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
            shutdown(fd, SHUT_WR);
        close(fd);
        log_event(s->options.log, LOG_WARN, "full", "%u connections", s->n_conns);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    net_conn_open(s, fd, peer);
}

/* Mostly: no descriptor left. Without a pause the loop would spin on the waiting connection. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
    struct net_server *s = context;
    log_event(s->options.log, LOG_ERROR, "accept", "%s", strerror(errno));
    evconnlistener_disable(listener);
    start_timer(s->resume, RESUME_MS);
}

static void on_resume(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct net_server *s = context;
    if (s->listener) evconnlistener_enable(s->listener);
}

void net_server_left(struct net_server *s)
{
    event_base_loopbreak(s->loop);
}

static void on_stop_time(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    net_server_left(context);
}

static void begin_stop(struct net_server *s)
{
    if (s->stopping) return;
    evconnlistener_free(s->listener);
    s->listener = NULL;
    for (struct net_conn *c = s->conns, *next; c; c = next) {
        next = c->next;
        net_conn_stop(c);
    }
    s->stopping = true;
    if (s->n_conns == 0)
        net_server_left(s);
    else
        start_timer(s->stop, s->options.stop_ms);
}

static void on_wake(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    begin_stop(context);
}

static void on_idle(evutil_socket_t fd, short what, void *context)
{
    (void)fd, (void)what;
    struct net_server *s = context;
    uint64_t quiet_ms = (clock_mono_ns() - s->last_byte_ns) / 1000000;
    if (quiet_ms >= s->options.idle_stop_ms)
        begin_stop(s);
    else
        start_timer(s->idle, s->options.idle_stop_ms - quiet_ms);
}

/* ---- Opening ------------------------------------------------------------------------------- */

static rc parse_address(const char *text, uint16_t port, struct sockaddr_storage *out,
                        socklen_t *out_bytes)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(out, &v4, sizeof v4);
        *out_bytes = sizeof v4;
    } else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        memcpy(out, &v6, sizeof v6);
        *out_bytes = sizeof v6;
    } else {
        return FAIL(E_INPUT, "net: \"%s\" is no numeric address to listen on", text);
    }
    return OK;
}

static rc bind_and_listen(int fd, const struct net_server_options *o, uint16_t *out_port)
{
    struct sockaddr_storage at;
    socklen_t n;
    int one = 1;
    TRY(parse_address(o->address, o->port, &at, &n));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (at.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (o->share_port) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, n) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &n) != 0) {
        enum err code = errno == EADDRINUSE ? E_BUSY : errno == EACCES ? E_REFUSED : E_IO;
        return FAIL(code, "net: cannot listen on %s port %u: %s", o->address, o->port,
                    strerror(errno));
    }
    *out_port = ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                               : ((struct sockaddr_in *)&at)->sin_port);
    return OK;
}

/* A listening socket; owned. */
static rc open_socket(const struct net_server_options *o, int *out_fd, uint16_t *out_port)
{
    struct sockaddr_storage at;
    socklen_t n;
    TRY(parse_address(o->address, o->port, &at, &n));
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return FAIL(E_IO, "net: no socket: %s", strerror(errno));
    rc r = bind_and_listen(fd, o, out_port);
    if (!ok(r)) {
        close(fd);
        return r;
    }
    *out_fd = fd;
    return OK;
}

static rc open_loop(struct net_server *s)
{
    struct event_config *config = event_config_new();
    if (config) event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    s->loop = config ? event_base_new_with_config(config) : NULL;
    if (config) event_config_free(config);
    s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!s->loop || s->stop_fd < 0) return FAIL(E_IO, "net: no event loop: %s", strerror(errno));
    s->wake = event_new(s->loop, s->stop_fd, EV_READ, on_wake, s);
    s->idle = evtimer_new(s->loop, on_idle, s);
    s->stop = evtimer_new(s->loop, on_stop_time, s);
    s->resume = evtimer_new(s->loop, on_resume, s);
    if (!s->wake || !s->idle || !s->stop || !s->resume || event_add(s->wake, NULL) != 0)
        return FAIL(E_MEMORY, "net: no room for events");
    return OK;
}

static rc open_listener(struct net_server *s)
{
    int fd;
    TRY(open_socket(&s->options, &fd, &s->port));
    s->listener = evconnlistener_new(s->loop, on_accept, s,
                                     LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
    if (!s->listener) {
        close(fd);
        return FAIL(E_MEMORY, "net: no room for a listener");
    }
    evconnlistener_set_error_cb(s->listener, on_accept_error);
    return OK;
}

rc net_server_open(const struct net_server_options *options, struct net_server **out)
{
    struct net_server *s;
    TRY(mem_new(1, sizeof *s, &s));
    s->options = with_defaults(*options);
    s->stop_fd = -1;
    arena_init(&s->mem, s->options.request_mem_bytes);
    rc r = open_loop(s);
    if (ok(r)) r = open_listener(s);
    if (!ok(r)) {
        net_server_close(s);
        return r;
    }
    *out = s;
    return OK;
}

uint16_t net_server_port(const struct net_server *s)
{
    return s->port;
}

rc net_server_run(struct net_server *s)
{
    s->last_byte_ns = clock_mono_ns();
    if (s->options.idle_stop_ms) start_timer(s->idle, s->options.idle_stop_ms);
    int end = event_base_loop(s->loop, EVLOOP_NO_EXIT_ON_EMPTY);
    while (s->conns)
        net_conn_close(s->conns);
    return end < 0 ? FAIL(E_IO, "net: the event loop failed: %s", strerror(errno)) : OK;
}

void net_server_stop(struct net_server *s)
{
    uint64_t one = 1;
    int kept = errno;
    ssize_t n = write(s->stop_fd, &one, sizeof one);
    (void)n; /* it fails only when it has been signalled already */
    errno = kept;
}

void net_server_close(struct net_server *s)
{
    if (!s) return;
    while (s->conns)
        net_conn_close(s->conns);
    if (s->listener) evconnlistener_free(s->listener);
    struct event *events[] = {s->wake, s->idle, s->stop, s->resume};
    for (size_t i = 0; i < COUNT_OF(events); i++)
        if (events[i]) event_free(events[i]);
    if (s->loop) event_base_free(s->loop);
    if (s->stop_fd >= 0) close(s->stop_fd);
    arena_done(&s->mem);
    mem_free(s);
}
