/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as a URL and as running text. A canonical form is its own canonical form,
 * its site is its end, and finds stand in order inside the text.
 *
 *   clang -g -fsanitize=fuzzer,address,undefined … fuzz/fuzz_url.c; ./fuzz_url fuzz/corpus/url
 */
#include "text/text_int.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void expect(bool holds, const char *what, struct view a, struct view b)
{
    if (holds) return;
    fprintf(stderr, "%s: \"%.*s\" and \"%.*s\" (%s)\n", what, VIEW_ARG(a), VIEW_ARG(b),
            rc_message());
    abort();
}

static void check_canonical(struct view canonical, struct arena *mem)
{
    struct view again = {0}, site = {0};
    rc r = url_canonical(canonical, mem, &again);
    expect(ok(r) && view_eq(canonical, again), "not a fixed point", canonical, again);
    expect(ok(url_site(canonical, mem, &site)), "no site", canonical, site);
    expect(site.p > canonical.p && site.p + site.n <= canonical.p + canonical.n, "a site elsewhere",
           canonical, site);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena mem;
    arena_init(&mem, 0);
    struct view text = view_of(bytes, n), canonical;
    if (ok(url_canonical(text, &mem, &canonical))) check_canonical(canonical, &mem);
    const struct found_url *found = NULL;
    uint32_t n_found = 0, last = 0;
    expect(ok(find_urls(text, &mem, &found, &n_found)), "finding failed", text, text);
    for (uint32_t i = 0; i < n_found; i++) {
        expect(found[i].from >= last && found[i].to > found[i].from && found[i].to <= n,
               "a find out of place", text, found[i].canonical);
        last = found[i].to;
        check_canonical(found[i].canonical, &mem);
    }
    arena_done(&mem);
    return 0;
}
