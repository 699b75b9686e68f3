/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as the head of a request. The same verdict comes whether they arrive at
 * once or one by one; what is taken has one end, one host and one path, and nothing in the path
 * that somebody behind could read differently.
 */
#include <string.h>

#include "must.h"
#include "net/net_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_path(struct view raw)
{
    static uint8_t path[NET_TARGET_BYTES];
    size_t n;
    must(raw.n <= sizeof path);
    if (net_decode_path(raw, path, &n).status != 0) return;
    must(n > 0 && n <= raw.n && path[0] == '/');
    struct view decoded = view_of(path, n);
    must(utf8_check(decoded) == n && view_find(decoded, '\\') == n);
    for (size_t i = 0; i < n; i++)
        must(path[i] >= 0x20 && path[i] != 0x7F);
    for (size_t i = 0; i + 1 < n; i++)
        must(path[i] != '/' || path[i + 1] != '/');
    must(!memmem(path, n, "/../", 4) && !memmem(path, n, "/./", 3));
    must(!view_ends(decoded, VIEW("/..")) && !view_ends(decoded, VIEW("/.")));
}

static void check_query(struct view query, struct arena *mem)
{
    struct view value;
    if (ok(net_query_get(query, "text", mem, &value)))
        must(value.n <= query.n && utf8_check(value) == value.n);
}

static uint32_t count_lines(const struct net_head *head, const char *name)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < head->n_headers; i++)
        n += net_same_word(head->headers[i].name, view_cstr(name));
    return n;
}

static void check_head(const struct net_head *head)
{
    uint32_t n_lengths = count_lines(head, "Content-Length");
    must(count_lines(head, "Host") == 1 && head->host.n > 0);
    must(count_lines(head, "Transfer-Encoding") == 0);
    must(head->method == NET_POST ? n_lengths == 1 : n_lengths <= 1 && head->body_bytes == 0);
    must(head->n_headers <= NET_HEADERS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct net_head head;
    struct net_scan whole = {0}, slow = {0};
    struct net_refusal at_once = net_scan_head(view_of(bytes, n), &whole), slowly = NET_FINE;
    for (size_t i = 1; i <= n && slowly.status == 0 && slow.head_bytes == 0; i++)
        slowly = net_scan_head(view_of(bytes, i), &slow);
    must(at_once.status == slowly.status);
    must(at_once.status != 0 ||
         (whole.head_bytes == slow.head_bytes && whole.line_bytes == slow.line_bytes));
    if (at_once.status != 0 || whole.head_bytes == 0) return 0;
    struct net_refusal no =
        net_parse_head(view_of(bytes, whole.head_bytes), whole.line_bytes, &head);
    must((no.status == 0) == (no.why == NULL));
    if (no.status != 0) return 0;
    struct arena mem;
    arena_init(&mem, 0);
    check_head(&head);
    check_path(head.path);
    check_query(head.query, &mem);
    arena_done(&mem);
    return 0;
}
