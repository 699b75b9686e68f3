/* SPDX-License-Identifier: Apache-2.0
 * dump FORMAT FILE [LANG]: what happens to every row, one line each, for tests in other languages.
 * "+where item", "-where reason", and at the end "= accepted rejected" or "! failure". */
#include "exchange/exchange.h"

#include <stdio.h>
#include <string.h>

static rc show(void *context, const struct item *item, uint64_t where)
{
    struct buf json CLEANUP(buf_done) = {0};
    (void)context;
    TRY(item_to_json(item, &json));
    printf("+%llu %.*s\n", (unsigned long long)where, (int)json.n, (const char *)json.p);
    return OK;
}

static void show_rejected(void *context, uint64_t where, const char *reason)
{
    (void)context;
    printf("-%llu %s\n", (unsigned long long)where, reason);
}

static rc count(void *context, const struct item *item, uint64_t where)
{
    (void)context;
    (void)where;
    return item->n_verdicts > UINT32_MAX - 1 ? FAIL(E_INTERNAL, "dump: never") : OK;
}

int main(int argc, char **argv)
{
    enum item_format format;
    struct item_counts counts;
    if (argc < 3 || !item_format_from_name(view_cstr(argv[1]), &format)) {
        fprintf(stderr,
                "usage: dump auto|jsonl|csv|claimreview|factchecktools FILE [LANG|--time]\n");
        return 2;
    }
    bool timed = argc > 3 && strcmp(argv[3], "--time") == 0;
    const struct item_defaults defaults = {.lang = view_cstr(argc > 3 && !timed ? argv[3] : NULL)};
    const struct item_sink sink = {.take = timed ? count : show, .reject = show_rejected};
    uint64_t start = clock_mono_ns();
    rc r = items_read(argv[2], format, &defaults, NULL, &sink, &counts);
    if (!ok(r)) {
        printf("! %s\n", rc_message());
        return err_describe(r.code)->exit_code;
    }
    printf("= %llu %llu\n", (unsigned long long)counts.accepted,
           (unsigned long long)counts.rejected);
    if (timed) printf("%.3f s\n", (double)(clock_mono_ns() - start) / 1e9);
    return 0;
}
