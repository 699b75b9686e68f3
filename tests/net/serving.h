/* SPDX-License-Identifier: Apache-2.0
 * A server on loopback in a thread of its own, and raw sockets to talk to it. Servers stop by
 * themselves when a test that failed forgets them; until then their threads use `struct serving`,
 * which is static for that reason. */
#ifndef SANAD_TEST_SERVING_H
#define SANAD_TEST_SERVING_H

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "net/net.h"
#include "test.h"

struct serving {
    struct net_server *server;
    pthread_t thread;
    enum err end;
};

static inline void *serving_run(void *context)
{
    struct serving *s = (struct serving *)context;
    s->end = net_server_run(s->server).code;
    return NULL;
}

static inline void serving_begin(struct serving *s, struct net_server_options options)
{
    options.address = "127.0.0.1";
    if (!options.idle_stop_ms) options.idle_stop_ms = 20000;
    if (!options.stop_ms) options.stop_ms = 200;
    CHECK_OK(net_server_open(&options, &s->server));
    CHECK(pthread_create(&s->thread, NULL, serving_run, s) == 0);
}

static inline void serving_end(struct serving *s)
{
    net_server_stop(s->server);
    CHECK(pthread_join(s->thread, NULL) == 0);
    CHECK(s->end == E_OK);
    net_server_close(s->server);
}

/* A connected socket that gives up reading after three seconds. */
static inline int dial(uint16_t port)
{
    struct timeval tv = {3, 0};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    CHECK(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
    return fd;
}

static inline void say(int fd, struct view bytes)
{
    CHECK(send(fd, bytes.p, bytes.n, MSG_NOSIGNAL) == (ssize_t)bytes.n);
}

/* All that comes until the other end closes; "TIMEOUT" behind it when it does not. */
static inline void hear_all(int fd, struct buf *out)
{
    uint8_t part[4096];
    ssize_t n;
    while ((n = recv(fd, part, sizeof part, 0)) > 0)
        CHECK_OK(buf_add(out, view_of(part, (size_t)n)));
    if (n < 0) CHECK_OK(buf_add(out, VIEW("TIMEOUT")));
    CHECK_OK(buf_add_byte(out, 0));
}

/* One answer with its body by Content-Length (none for HEAD), as text; the connection stays. */
static inline void hear_one(int fd, bool head_only, struct buf *out)
{
    char *end = NULL;
    size_t want = SIZE_MAX;
    buf_reset(out);
    CHECK_OK(buf_reserve(out, 1, NULL));
    while (out->n < want) {
        uint8_t c;
        CHECK(recv(fd, &c, 1, 0) == 1);
        CHECK_OK(buf_add_byte(out, c));
        CHECK_OK(buf_reserve(out, 1, NULL));
        out->p[out->n] = 0;
        if (!end && (end = strstr((char *)out->p, "\r\n\r\n")) != NULL) {
            const char *length = strstr((char *)out->p, "Content-Length: ");
            want = out->n + (length && !head_only ? (size_t)atoll(length + 16) : 0);
        }
    }
}

/* What a server answers to raw bytes on a connection of their own: the status, 0 when it closed
 * without a word. The connection must be closed by it. */
static inline int status_of(uint16_t port, struct view raw)
{
    CLEANUP(buf_done) struct buf heard = {0};
    int status = 0, fd = dial(port);
    say(fd, raw);
    hear_all(fd, &heard);
    close(fd);
    if (strstr((char *)heard.p, "TIMEOUT")) return -1;
    sscanf((char *)heard.p, "HTTP/1.1 %d ", &status);
    return status;
}

#endif
