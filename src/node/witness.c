/* SPDX-License-Identifier: Apache-2.0
 * Both ends of a witness (C2SP tlog-witness): the service that cosigns others' checkpoints, and the
 * question to those who cosign ours.
 *
 *   POST add-checkpoint                       ledger_witness_add says what is answered
 *   GET  <SHA-256 of the origin>/checkpoint   the last one that was cosigned */
#include "net/net.h"
#include "node/node_int.h"

#include <stdio.h>
#include <string.h>

enum { REQUEST_MAX_BYTES = 64 << 10, STATUS_CONFLICT = 409, STATUS_OK = 200 };

/* ---- the service ---- */

/* Set while a service runs, for node_witness_stop. */
static struct net_server *volatile running;

static rc answer_add(void *context, const struct net_request *request,
                     struct net_response *response)
{
    struct ledger_witness *w = context;
    struct ledger_witness_answer answer = {0};
    rc r = ledger_witness_add(w, request->body, (uint64_t)(clock_wall_ms() / 1000), &answer);
    if (ok(r)) {
        response->status = answer.status;
        response->content_type = answer.content_type;
        r = buf_add(&response->body, buf_view(&answer.body));
    }
    buf_done(&answer.body);
    return r;
}

static rc answer_latest(void *context, const struct net_request *request,
                        struct net_response *response)
{
    struct ledger_witness *w = context;
    struct seal_hash origin;
    struct view rest = view_slice(request->path, 1, request->path.n);
    size_t hex = view_find(rest, '/');
    if (!view_eq(view_slice(rest, hex, rest.n), VIEW("/checkpoint")) ||
        !ok(seal_from_hex(view_slice(rest, 0, hex), sizeof origin.bytes, origin.bytes)))
        return FAIL(E_NOT_FOUND, "witness: nothing is here");
    return ledger_witness_latest(w, &origin, &response->body);
}

static rc serve(const struct node_witness_service *service, struct ledger_witness *witness)
{
    static const struct net_route k_routes[] = {
        {NET_POST, "/add-checkpoint", answer_add, REQUEST_MAX_BYTES, "cosign a checkpoint"},
        {NET_GET, "/*", answer_latest, 0, "the last checkpoint that was cosigned"},
    };
    const struct net_server_options options = {.address = service->listen,
                                               .port = service->port,
                                               .routes = k_routes,
                                               .n_routes = COUNT_OF(k_routes),
                                               .context = witness,
                                               .log = service->log,
                                               .idle_stop_ms =
                                                   (uint32_t)service->stop_after_idle_ms};
    struct net_server *server;
    TRY(net_server_open(&options, &server));
    running = server;
    if (service->ready) service->ready(service->context, net_server_port(server));
    rc r = net_server_run(server);
    running = NULL;
    net_server_close(server);
    return r;
}

rc node_witness_serve(const struct node_witness_service *service)
{
    struct ledger_witness *witness;
    TRY(ledger_witness_open(service->dir, service->key, &witness));
    rc r = serve(service, witness);
    ledger_witness_close(witness);
    return r;
}

void node_witness_stop(void)
{
    if (running) net_server_stop(running);
}

/* ---- the question ---- */

struct asking {
    struct node *node;
    struct arena *mem;
    struct net_client *client;
    struct ledger_reader *reader;
    const struct seal_checkpoint *checkpoint;
    struct view note;
};

static rc write_request(const struct asking *a, uint64_t old_size, struct buf *out)
{
    struct seal_proof proof = {0};
    const struct seal_source source = ledger_source(a->reader);
    if (old_size > 0) TRY(seal_prove_consistency(old_size, a->checkpoint->size, &source, &proof));
    TRY(buf_addf(out, "old %llu\n", (unsigned long long)old_size));
    TRY(seal_proof_print(&proof, out));
    TRY(buf_add_byte(out, '\n'));
    return buf_add(out, a->note);
}

static rc post(const struct asking *a, const struct node_witness *w, uint64_t old_size,
               struct net_answer *answer)
{
    CLEANUP(buf_done) struct buf body = {0};
    struct view url;
    TRY(arena_format(a->mem, &url, "%.*s%sadd-checkpoint", VIEW_ARG(w->url),
                     view_ends(w->url, VIEW("/")) ? "" : "/"));
    TRY(write_request(a, old_size, &body));
    return net_post(a->client, url, "text/plain; charset=utf-8", buf_view(&body), answer);
}

/* The first word is a guess; a witness that knows better says its size, and is asked again. */
static rc ask_witness(const struct asking *a, const struct node_witness *w, uint64_t *out_size,
                      struct net_answer *answer)
{
    uint64_t size = a->checkpoint->size;
    for (int round = 0; round < 2; round++) {
        TRY(post(a, w, size, answer));
        if (answer->status != STATUS_CONFLICT) break;
        TRY(seal_count_read(view_trim(buf_view(&answer->body)), "its size", &size));
        if (size > a->checkpoint->size)
            return FAIL(E_DAMAGED, "it has seen %llu entries of this log, which has %llu here",
                        (unsigned long long)size, (unsigned long long)a->checkpoint->size);
    }
    if (answer->status != STATUS_OK)
        return FAIL(E_NETWORK, "it answered %d: %.*s", answer->status,
                    VIEW_ARG(view_trim(buf_view(&answer->body))));
    *out_size = size;
    return OK;
}

/* Only the lines of the answer: the note may hold an older one of this witness. */
static rc cosign(const struct asking *a, const struct node_witness *w)
{
    CLEANUP(net_answer_done) struct net_answer answer = {0};
    CLEANUP(buf_done) struct buf note = {0};
    struct seal_note asked;
    uint64_t size;
    TRY(ask_witness(a, w, &size, &answer));
    TRY(seal_note_parse(a->note, a->mem, &asked));
    TRY(buf_add(&note, asked.text));
    TRY(buf_add_byte(&note, '\n'));
    TRY(buf_add(&note, buf_view(&answer.body)));
    return ledger_add_cosignatures(a->node->ledger, buf_view(&note), &w->key, 1);
}

static rc ask_all(struct asking *a, rc (*ask)(const struct asking *a, const struct node_witness *w),
                  const struct node_asked **out, uint32_t *out_n)
{
    const struct node_config *config = &a->node->config;
    struct node_asked *asked;
    TRY(arena_array(a->mem, config->n_witnesses, &asked));
    for (uint32_t i = 0; i < config->n_witnesses; i++) {
        /* The node may be closed before the answers are read. */
        TRY(arena_copy(a->mem, config->witnesses[i].key.name, &asked[i].witness));
        asked[i].failure = ask(a, &config->witnesses[i]);
        if (!ok(asked[i].failure))
            TRY(arena_copy(a->mem, view_cstr(rc_message()), &asked[i].message));
    }
    *out = asked;
    *out_n = config->n_witnesses;
    return OK;
}

/* Addresses of witnesses stand in the operator's own configuration: private ones are meant. */
static rc with_checkpoint(struct node *n, struct arena *mem,
                          rc (*ask)(const struct asking *a, const struct node_witness *w),
                          const struct node_asked **out, uint32_t *out_n)
{
    static const struct net_client_options k_options = {.allow_private = true};
    struct asking a = {.node = n, .mem = mem};
    TRY(net_client_open(&k_options, &a.client));
    rc r = node_reader(n, &a.reader);
    if (ok(r)) {
        a.checkpoint = ledger_reader_checkpoint(a.reader, &a.note, NULL);
        r = ask_all(&a, ask, out, out_n);
        ledger_reader_close(a.reader);
    }
    net_client_close(a.client);
    return r;
}

rc node_cosign(struct node *n, struct arena *mem, const struct node_asked **out, uint32_t *out_n)
{
    if (!n->ledger) return FAIL(E_USAGE, "log: cosignatures are added by who has its key");
    return with_checkpoint(n, mem, cosign, out, out_n);
}

static rc look(const struct asking *a, const struct node_witness *w)
{
    CLEANUP(net_answer_done) struct net_answer answer = {0};
    uint64_t size;
    return ask_witness(a, w, &size, &answer);
}

rc node_confirm(const char *dir, bool without_witnesses, struct arena *mem,
                const struct node_asked **out, uint32_t *out_n)
{
    struct node *n;
    rc r = OK;
    TRY(node_open_public(dir, &n));
    /* That nobody was asked is not that nobody has seen more. */
    if (!without_witnesses && n->config.n_witnesses == 0)
        r = FAIL(E_INPUT,
                 "%s/node.json names no witness to ask: --without-witnesses says that "
                 "nobody has seen more of this log",
                 dir);
    else if (without_witnesses && n->config.n_witnesses > 0)
        r = FAIL(E_INPUT,
                 "%s/node.json names witnesses, and they are asked: who is gone for good is taken "
                 "out of it first",
                 dir);
    else if (!without_witnesses)
        r = with_checkpoint(n, mem, look, out, out_n);
    node_close(n);
    TRY(r);
    if (without_witnesses) *out_n = 0;
    for (uint32_t i = 0; i < *out_n; i++)
        if (!ok((*out)[i].failure))
            return FAIL((*out)[i].failure.code, "%.*s: %.*s", VIEW_ARG((*out)[i].witness),
                        VIEW_ARG((*out)[i].message));
    return ledger_confirm(dir, (struct view){0});
}
