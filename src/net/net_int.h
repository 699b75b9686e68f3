/* SPDX-License-Identifier: Apache-2.0
 * net's own: the guard over raw heads, targets, replies, connections. For net's files only. */
#ifndef SANAD_NET_INT_H
#define SANAD_NET_INT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>

#include "net/net.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The guard: raw bytes of a head (head.c, target.c) ------------------------------------- */

/** Why a request is not answered. status 0: it is fine. */
struct net_refusal {
    int status;
    const char *why; /* static, one line */
};
#define NET_FINE ((struct net_refusal){0, NULL})
#define NET_REFUSE(status, why) ((struct net_refusal){status, why})

/** Where the look for the end of a head stands. Zeroed memory is the beginning. */
struct net_scan {
    size_t seen;       /* bytes that were looked at */
    size_t line_bytes; /* of the request line with its end; 0: not seen yet */
    size_t head_bytes; /* of the whole head with the empty line; 0: not seen yet */
};
/** Looks at the bytes behind scan->seen: ends of lines, control characters, sizes. Each byte is
 *  looked at once. bytes: all that came so far, from the first byte of the head. */
MUST struct net_refusal net_scan_head(struct view bytes, struct net_scan *scan);

/** What a head says; views into the head's bytes. */
struct net_head {
    enum net_method method;
    struct view path, query; /* as they came */
    struct view host;
    struct net_header headers[NET_HEADERS_MAX];
    uint32_t n_headers;
    uint64_t body_bytes;
    bool closes;    /* the connection ends with the answer */
    bool continues; /* the other end waits for "100 Continue" */
};
/** Reads a whole head that net_scan_head found no fault in. out is unspecified after a refusal. */
MUST struct net_refusal net_parse_head(struct view head, size_t line_bytes, struct net_head *out);

/** The path of a target, decoded and checked.
 *  raw     begins with "/", or is refused
 *  out     uint8[raw.n]
 *  out_n   bytes of it */
MUST struct net_refusal net_decode_path(struct view raw, uint8_t *out, size_t *out_n);
/** Fields of a target's query: only characters that RFC 3986 or browsers put there. */
MUST struct net_refusal net_check_query(struct view raw);
/** Value 0..15 of a hexadecimal digit, or -1. */
int net_hex_digit(uint8_t c);
/** Equal but for the case of ASCII letters. */
bool net_same_word(struct view a, struct view b);
/** A name of RFC 9110: one or more of its "token" characters. */
bool net_is_token(struct view v);

/* ---- Replies (reply.c) --------------------------------------------------------------------- */

/** Head and body as they go over the wire, appended to out; a file's bytes are not.
 *  date       "Sun, 06 Nov 1994 08:49:37 GMT"
 *  with_body  false for HEAD: the length is told, the body is not */
MUST rc net_write_reply(const struct net_response *response, const char *date, bool with_body,
                        bool closes, struct buf *out);
/** Fills a response with one line of text. */
MUST rc net_say(struct net_response *response, int status, const char *text);
/** Fills a response with what may be told of a failure; the message is that of rc_message(). */
MUST rc net_say_failure(rc failure, struct net_response *response);
void net_response_done(struct net_response *response);

/* ---- Connections (conn.c) and the loop (server.c) ------------------------------------------ */

enum net_phase {
    NET_WAIT,    /* for the first byte of a request */
    NET_PARTIAL, /* some bytes of a head are there */
    NET_BODY,    /* some bytes of a body are missing */
    NET_ANSWER,  /* not all of an answer is sent */
    NET_LINGER   /* refused: what still comes is dropped, so that the refusal can be read */
};

struct net_conn {
    struct net_server *server;
    struct net_conn *next, *prev;
    int fd;
    enum net_phase phase;
    struct event readable, writable, deadline;
    bool closes, refused;
    char peer[NET_PEER_BYTES];
    struct buf in; /* the head, and what came behind it */
    struct net_scan scan;
    struct net_head head;
    struct buf path; /* decoded */
    const struct net_route *route;
    struct buf body;
    struct buf out; /* what is being sent, from `sent` on; then the file */
    size_t sent;
    int file; /* descriptor + 1 */
    uint64_t file_left;
};

struct net_server {
    struct net_server_options options; /* zeros replaced */
    struct event_base *loop;
    struct evconnlistener *listener;
    struct event *wake, *idle, *stop, *resume; /* wake: stop_fd; the others are timers */
    int stop_fd;
    uint16_t port;
    bool stopping;
    struct net_conn *conns;
    uint32_t n_conns;
    uint64_t last_byte_ns;
    struct arena mem; /* of the request that is being answered */
    int64_t date_s;
    char date[32];
};

/** Takes a socket over, also when it fails. */
void net_conn_open(struct net_server *s, int fd, const struct sockaddr *peer);
void net_conn_close(struct net_conn *c);
/** The server stops: what is not being answered is closed, the rest ends with its answer. */
void net_conn_stop(struct net_conn *c);
/** The last connection of a stopping server is gone. */
void net_server_left(struct net_server *s);
struct timeval net_timeval(uint64_t ms);

#ifdef __cplusplus
}
#endif
#endif
