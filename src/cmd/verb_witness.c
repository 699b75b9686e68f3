/* SPDX-License-Identifier: Apache-2.0
 * sanad log witness and cosign: both ends of a witness. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/desk_int.h"
#include "cmd/facts_int.h"

/* ---- the service ---- */

static void on_signal(int number)
{
    (void)number;
    node_witness_stop();
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

struct serving {
    struct call *call;
    const char *listen;
};

/* The one line on standard output: whoever started it can go on. */
static void tell_ready(void *context, uint16_t port)
{
    struct serving *s = context;
    bool v6 = view_find(view_cstr(s->listen), ':') < view_cstr(s->listen).n;
    rc r = out_writef(&s->call->out, v6 ? "http://[%s]:%u/\n" : "http://%s:%u/\n", s->listen, port);
    if (ok(r)) r = out_flush(&s->call->out);
    (void)ok(r); /* a closed pipe is found again at the end */
}

static void emit_line(void *context, struct view line)
{
    (void)context;
    (void)!write(STDERR_FILENO, line.p, line.n);
}

/* Logs are named by their public lines; each is remembered. */
static rc trust_all(struct call *call, const struct seal_signer *key, struct arena *mem)
{
    struct ledger_witness *w;
    TRY(ledger_witness_open(call->args[0], key, &w));
    rc r = OK;
    for (int i = 1; i < call->n_args && ok(r); i++) {
        CLEANUP(buf_done) struct buf line = {0};
        struct seal_verifier log;
        r = vkey_read(call->args[i], mem, &log);
        if (ok(r)) r = seal_verifier_print(&log, &line);
        if (ok(r)) r = ledger_witness_trust(w, buf_view(&line));
    }
    ledger_witness_close(w);
    return r;
}

static rc witness(struct call *call, struct arena *mem, struct seal_signer *key)
{
    const struct log_sink sink = {LOG_INFO, emit_line, NULL};
    struct serving serving = {call, call->values[LOG_WITNESS_LISTEN].text};
    TRY(key_open(call, call->values[LOG_WITNESS_KEY].text,
                 call->values[LOG_WITNESS_PASSPHRASE_FILE].text, SEAL_WITNESS, mem, key));
    TRY(trust_all(call, key, mem));
    if (!serving.listen) serving.listen = "127.0.0.1";
    const struct node_witness_service service = {
        .dir = call->args[0],
        .key = key,
        .listen = serving.listen,
        .port = (uint16_t)call->values[LOG_WITNESS_PORT].number,
        .stop_after_idle_ms = call->values[LOG_WITNESS_STOP_AFTER_IDLE].number * 1000,
        .context = &serving,
        .ready = tell_ready,
        .log = &sink};
    catch_signals();
    return node_witness_serve(&service);
}

rc verb_log_witness(struct call *call, int *out_exit)
{
    CLEANUP(arena_done) struct arena mem;
    struct seal_signer key = {0};
    (void)out_exit;
    arena_init(&mem, 0);
    rc r = witness(call, &mem, &key);
    seal_signer_done(&key);
    return r;
}

/* ---- the question ---- */

static rc cosign(struct call *call, struct desk *d, int *out_exit)
{
    CLEANUP(facts_done) struct facts f;
    const struct node_asked *asked;
    uint32_t n, n_signed = 0;
    facts_begin(&f);
    TRY(node_cosign(d->node, &d->mem, &asked, &n));
    for (uint32_t i = 0; i < n; i++) {
        n_signed += ok(asked[i].failure);
        if (!ok(asked[i].failure))
            report(call->reader, "%s: %s", 2, (struct view[]){asked[i].witness, asked[i].message});
    }
    if (n_signed < n) *out_exit = EXIT_BAD_INPUT;
    facts_number(&f, "witnesses", n);
    facts_number(&f, "cosigned", n_signed);
    return facts_print(call, &f, call->values[LOG_COSIGN_JSON].given);
}

rc verb_log_cosign(struct call *call, int *out_exit)
{
    CLEANUP(desk_close) struct desk d = {0};
    TRY(desk_open(&d, call, call->args[0], call->values[LOG_COSIGN_LOG_KEY].text,
                  call->values[LOG_COSIGN_LOG_PASSPHRASE_FILE].text));
    return cosign(call, &d, out_exit);
}
