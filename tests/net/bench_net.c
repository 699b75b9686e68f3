/* SPDX-License-Identifier: Apache-2.0
 * Speed of the loop and of the client on loopback: small answers over kept connections, the server
 * in one thread, the asking in another. `ninja -C build tests/net/bench_net && …/bench_net` */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net.h"

enum { N_CONNS = 32, N_ROUNDS = 6000, N_FETCHES = 20000 };

static rc answer(void *context, const struct net_request *q, struct net_response *response)
{
    (void)context, (void)q;
    return buf_add(&response->body, VIEW("an answer of some fifty bytes, about what a hash has"));
}

static const struct net_route k_routes[] = {{NET_GET, "/x", answer, 0, "always the same"}};

static void *run(void *server)
{
    if (!ok(net_server_run(server))) abort();
    return NULL;
}

static int dial(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) != 0) abort();
    return fd;
}

static void bench_server(uint16_t port)
{
    static const char k_ask[] = "GET /x HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n"
                                "Accept: */*\r\n\r\n";
    int fds[N_CONNS];
    char answer_text[1024];
    for (size_t i = 0; i < N_CONNS; i++)
        fds[i] = dial(port);
    uint64_t begin = clock_mono_ns();
    for (int round = 0; round < N_ROUNDS; round++) {
        for (size_t i = 0; i < N_CONNS; i++)
            if (send(fds[i], k_ask, sizeof k_ask - 1, 0) < 0) abort();
        for (size_t i = 0; i < N_CONNS; i++)
            if (recv(fds[i], answer_text, sizeof answer_text, 0) < 100) abort();
    }
    double s = (double)(clock_mono_ns() - begin) / 1e9;
    printf("server: %.0f requests/s over %d connections\n", N_CONNS * N_ROUNDS / s, N_CONNS);
    for (size_t i = 0; i < N_CONNS; i++)
        close(fds[i]);
}

static rc count(void *context, size_t i, rc result, const struct net_answer *a)
{
    (void)i;
    *(size_t *)context += ok(result) && a->status == 200;
    return OK;
}

static void bench_client(uint16_t port, uint32_t parallel)
{
    static struct view urls[N_FETCHES];
    struct net_client *c;
    char url[64];
    size_t n = 0;
    snprintf(url, sizeof url, "http://127.0.0.1:%u/x", port);
    for (size_t i = 0; i < N_FETCHES; i++)
        urls[i] = view_cstr(url);
    if (!ok(net_client_open(&(struct net_client_options){.allow_private = true}, &c))) abort();
    uint64_t begin = clock_mono_ns();
    if (!ok(net_get_all(c, urls, N_FETCHES, parallel, count, &n)) || n != N_FETCHES) abort();
    double s = (double)(clock_mono_ns() - begin) / 1e9;
    printf("client: %.0f fetches/s, %u at a time\n", N_FETCHES / s, parallel);
    net_client_close(c);
}

int main(void)
{
    struct net_server_options o = {.routes = k_routes, .n_routes = 1, .idle_stop_ms = 30000};
    struct net_server *s;
    pthread_t thread;
    if (!ok(net_server_open(&o, &s)) || pthread_create(&thread, NULL, run, s) != 0) return 4;
    bench_server(net_server_port(s));
    bench_client(net_server_port(s), 1);
    bench_client(net_server_port(s), 16);
    net_server_stop(s);
    pthread_join(thread, NULL);
    net_server_close(s);
    return 0;
}
