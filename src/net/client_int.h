/* SPDX-License-Identifier: Apache-2.0
 * One transfer of the client, between client.c and transfer.c. */
#ifndef SANAD_NET_CLIENT_INT_H
#define SANAD_NET_CLIENT_INT_H

#include <curl/curl.h>

#include "net/net.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a transfer is for; content_type NULL: a GET. */
struct net_job {
    struct view url;
    const char *content_type;
    struct view body;
    struct net_answer *answer;
    size_t index;
};

struct net_transfer {
    CURL *easy; /* owned */
    const struct net_client_options *options;
    struct net_job job;
    struct buf url; /* with its NUL */
    struct curl_slist *headers;
    char error[CURL_ERROR_SIZE];
    size_t header_bytes;
    bool busy;
    bool refused_address, header_overflow;
    rc body_failure;
};

/** Sets up t->easy, which is made when there is none, for a job. Errors E_INPUT the URL; E_MEMORY
 */
MUST rc net_transfer_begin(struct net_transfer *t, const struct net_client_options *options,
                           const struct net_job *job);
/** What came of it; fills job.answer. Errors as of net_get. */
MUST rc net_transfer_end(struct net_transfer *t, CURLcode code);
/** Gives all back; zeroed is fine. */
void net_transfer_done(struct net_transfer *t);

#ifdef __cplusplus
}
#endif
#endif
