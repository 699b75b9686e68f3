/* SPDX-License-Identifier: Apache-2.0
 *
 * net: talking HTTP. A strict HTTP/1.1 server loop on libevent (RFC 9112, only what cannot be read
 * in two ways), files of a folder behind it, and a client on libcurl that does not let itself be
 * sent to private addresses. The only module that knows libevent and libcurl.
 *
 * A server and a client belong to one thread each; any number of them may be in use at once.
 * Nothing here starts a thread that outlives the call (libcurl resolves names in one of its own).
 */
#ifndef SANAD_NET_H
#define SANAD_NET_H

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What comes in ------------------------------------------------------------------------- */

enum net_method { NET_GET, NET_HEAD, NET_POST };

enum {
    NET_TARGET_BYTES = 8 << 10,  /* longest request target, else 414 */
    NET_HEADER_BYTES = 32 << 10, /* all header lines together, else 431 */
    NET_HEADERS_MAX = 100,       /* header lines, else 431 */
    NET_PEER_BYTES = 48          /* a numeric address as text, with its NUL */
};

struct net_header {
    struct view name, value; /* value without white space around it */
};

/** A request that has passed the guard. All of it is borrowed until the handler returns. */
struct net_request {
    enum net_method method;
    struct view path;  /* decoded; begins with "/", UTF-8, no control character, no empty, "." or
                          ".." segment, no backslash, no slash that was written %2F */
    struct view query; /* behind "?", as it came; net_query_get decodes it */
    struct view host;  /* as it came, with its port */
    const struct net_header *headers;
    uint32_t n_headers;
    struct view body;
    const char *peer;  /* numeric address of the other end; behind a proxy, the proxy's */
    struct arena *mem; /* for the handler's own use, empty before each request */
};

/** Value of the first header of this name (any case); empty when there is none. */
struct view net_header_get(const struct net_request *request, const char *name);
/** Decoded value of the first field of this name in a query or a form
 *  (application/x-www-form-urlencoded: "+" is a space).
 *  out      in the arena; empty view when the field is absent or empty
 *  Errors   E_INPUT a "%" without two digits; E_ENCODING no UTF-8, or NUL in it; E_MEMORY */
MUST rc net_query_get(struct view query, const char *name, struct arena *mem, struct view *out);

/* ---- What goes out ------------------------------------------------------------------------- */

/** Zeroed before the handler sees it. */
struct net_response {
    int status;               /* 100s never; 0 means 200 */
    const char *content_type; /* static; NULL means "text/plain; charset=utf-8" */
    struct buf headers;       /* further lines; only through net_response_header */
    struct buf body;
    int file; /* descriptor + 1 whose bytes follow the body, closed by the server; 0: none */
    uint64_t file_bytes;
};
/** One more header line. Errors E_INTERNAL a name that is no token, or a line break or control
 *  character in the value; E_MEMORY */
MUST rc net_response_header(struct net_response *response, const char *name, struct view value);

/* ---- Routes -------------------------------------------------------------------------------- */

/** Answers one request in the loop's thread: what takes long keeps all others waiting.
 *  A failure becomes the HTTP status of its row in errors.def, with the message as plain text; for
 *  a status of 500 and more, or when the message names a file by an absolute path, the meaning from
 *  the table instead, and the message goes to the log sink. */
typedef rc (*net_handler)(void *context, const struct net_request *request,
                          struct net_response *response);

struct net_route {
    enum net_method method; /* a NET_GET route answers HEAD too */
    const char *path;       /* whole path; one that ends in "*" stands for all that begin so */
    net_handler handle;
    size_t body_max_bytes; /* of a NET_POST route, else 413 */
    const char *summary;   /* for documents */
};

/* ---- Server -------------------------------------------------------------------------------- */

/** A zero in a limit stands for the default behind it. */
struct net_server_options {
    const char *address; /* numeric IPv4 or IPv6; NULL: "127.0.0.1" */
    uint16_t port;       /* 0: any free one, see net_server_port */
    bool share_port;     /* SO_REUSEPORT: several servers, one port */
    /** The first route that fits answers; borrowed as long as the server lives, like context. */
    const struct net_route *routes;
    size_t n_routes;
    void *context;
    const struct log_sink *log; /* NULL: silent; borrowed as long as the server lives */
    uint32_t max_connections;   /* 1,024; the next one gets 503 */
    uint32_t keep_alive_ms;     /* 15,000: wait for a request */
    uint32_t read_ms;         /* 10,000: from the first byte of a head to its last; a body has this
                                 and its length at min_bytes_per_s. Then 408. */
    uint32_t write_ms;        /* 20,000 for a response, and its length at min_bytes_per_s */
    uint32_t min_bytes_per_s; /* 8,192 */
    uint32_t stop_ms;         /* 2,000: what is being answered may end after net_server_stop */
    uint32_t idle_stop_ms;    /* 0: never; else stop when no byte came for so long */
    size_t request_mem_bytes; /* 64 MiB: limit of net_request.mem */
};

struct net_server;

/** Listens; connections wait until net_server_run.
 *  out      owned, net_server_close. Errors E_INPUT an address that is none; E_BUSY the port is
 *           taken; E_REFUSED no right to it; E_IO; E_MEMORY */
MUST rc net_server_open(const struct net_server_options *options, struct net_server **out);
/** The port it listens on. */
uint16_t net_server_port(const struct net_server *s);
/** Answers until net_server_stop or until idle for idle_stop_ms. All connections are closed then
 *  and the server only waits for net_server_close. Errors E_IO the loop itself failed. */
MUST rc net_server_run(struct net_server *s);
/** Ends net_server_run, now or when it is called. From any thread, and from a signal handler. */
void net_server_stop(struct net_server *s);
/** Not while net_server_run runs. NULL is fine. */
void net_server_close(struct net_server *s);

/* ---- Files --------------------------------------------------------------------------------- */

/** Files of a folder that are written whole and never in place. */
struct net_files {
    int folder_fd; /* owned */
    uint32_t fresh_s;
    const char *const *immutable;
    size_t n_immutable;
};
/** folder      borrowed for the call
 *  immutable   beginnings of paths below the folder ("tile/") whose files never change once they
 *              are there: caches may keep them for a year; borrowed as long as out is used
 *  fresh_s     how long caches may keep the others
 *  Errors      E_NOT_FOUND, E_FORMAT no folder, E_IO */
MUST rc net_files_open(const char *folder, const char *const *immutable, size_t n_immutable,
                       uint32_t fresh_s, struct net_files *out);
void net_files_close(struct net_files *files);
/** Answers with the file of this name below the folder. Regular files only: a symbolic link that
 *  leads out of the folder, a folder and a name that begins with "." in any part are absent. The
 *  content type follows the ending of the name.
 *  relative  decoded, no leading "/": the rest of net_request.path behind the route's beginning
 *  Errors    E_NOT_FOUND; E_IO. No message holds a path of this machine. */
MUST rc net_files_serve(const struct net_files *files, struct view relative,
                        struct net_response *response);

/* ---- Client -------------------------------------------------------------------------------- */

/** A zero stands for the default behind it. */
struct net_client_options {
    uint32_t connect_ms;     /* 10,000 */
    uint32_t total_ms;       /* 60,000 for one answer, redirects included */
    size_t max_body_bytes;   /* 16 MiB; reading stops with the first byte over it */
    size_t max_header_bytes; /* 64 KiB, of all answers on the way */
    uint32_t max_redirects;  /* 0: an answer that redirects is the result */
    bool allow_private;      /* connect to addresses that net_address_is_public refuses */
    const char *user_agent;  /* NULL: "sanad"; borrowed for net_client_open */
    const char *ca_file;     /* NULL: the system's; borrowed for net_client_open */
};

struct net_client;

/** What a server said; any status is a result. Zeroed memory is a valid empty answer. */
struct net_answer {
    int status;
    char content_type[128]; /* "" when there is none or it is longer */
    struct buf body;
};
void net_answer_done(struct net_answer *answer);

/** No proxy and no setting of the environment is used. http and https only; a redirect never leaves
 *  https. Connections are kept for the next request to the same host.
 *  out      owned, net_client_close. Errors E_INTERNAL libcurl does not work; E_MEMORY */
MUST rc net_client_open(const struct net_client_options *options, struct net_client **out);
void net_client_close(struct net_client *c);

/** Fetches one URL.
 *  url      absolute, http or https, no user name in it; borrowed for the call
 *  out      zeroed or used before: its body is filled anew; owned, net_answer_done
 *  Errors   E_INPUT no such URL; E_REFUSED the host has no address that may be connected to (seen
 *           when connecting, so a name that changes its address gains nothing); E_NETWORK it cannot
 *           be found, reached or believed (TLS), breaks off, or is too slow; E_LIMIT more than a
 *           limit; E_MEMORY. The message names the URL without its query, and the reason. */
MUST rc net_get(struct net_client *c, struct view url, struct net_answer *out);
/** Sends a body and fetches the answer; the rest as net_get.
 *  content_type  without line breaks; body: borrowed for the call */
MUST rc net_post(struct net_client *c, struct view url, const char *content_type, struct view body,
                 struct net_answer *out);

/** Told of each URL, in the order they end. A failure of one (result; its message is rc_message())
 *  does not touch the others; a failure returned stops all and comes out of net_get_all.
 *  i        index of the URL
 *  answer   borrowed for the call; NULL when result is a failure */
typedef rc (*net_each)(void *context, size_t i, rc result, const struct net_answer *answer);
/** Fetches n URLs, up to `parallel` (1..64) at a time, in this thread.
 *  Memory   parallel answers. Errors those of each; E_USAGE; E_INTERNAL; E_MEMORY */
MUST rc net_get_all(struct net_client *c, const struct view *urls, size_t n, uint32_t parallel,
                    net_each each, void *context);

struct sockaddr;
/** Whether an address is one of the public Internet: not loopback, private, link-local, of a
 *  carrier's NAT, multicast, unspecified, reserved, for documents or tests, nor an IPv6 address
 *  that carries such an IPv4 one. Source: IANA special-purpose registries (RFC 6890). */
bool net_address_is_public(const struct sockaddr *address);

#ifdef __cplusplus
}
#endif
#endif
