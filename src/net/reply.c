/* SPDX-License-Identifier: Apache-2.0
 *
 * Responses as they go over the wire, and what may be told of a failure. */
#include <string.h>
#include <unistd.h>

#include "net/net_int.h"

static const struct {
    int status;
    const char *reason;
} k_reasons[] = {
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

/* RFC 9112 section 4: a reason may be absent; nobody reads it. */
static const char *reason_of(int status)
{
    for (size_t i = 0; i < COUNT_OF(k_reasons); i++)
        if (k_reasons[i].status == status) return k_reasons[i].reason;
    return "";
}

rc net_response_header(struct net_response *response, const char *name, struct view value)
{
    if (!net_is_token(view_cstr(name))) return FAIL(E_INTERNAL, "net: a header without a name");
    for (size_t i = 0; i < value.n; i++)
        if ((value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7F)
            return FAIL(E_INTERNAL, "net: a control character in the header %s", name);
    struct buf *b = &response->headers;
    TRY(buf_reserve(b, strlen(name) + value.n + 4, NULL)); /* whole or not at all */
    TRY(buf_add(b, view_cstr(name)));
    TRY(buf_add(b, VIEW(": ")));
    TRY(buf_add(b, value));
    return buf_add(b, VIEW("\r\n"));
}

rc net_write_reply(const struct net_response *response, const char *date, bool with_body,
                   bool closes, struct buf *out)
{
    int status = response->status == 0 ? 200 : response->status;
    bool bodiless = status == 204 || status == 304;
    const char *type = response->content_type;
    TRY(buf_addf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nServer: sanad\r\n", status, reason_of(status),
                 date));
    TRY(buf_addf(out, "X-Content-Type-Options: nosniff\r\n"));
    if (!bodiless)
        TRY(buf_addf(out, "Content-Type: %s\r\nContent-Length: %llu\r\n",
                     type ? type : "text/plain; charset=utf-8",
                     (unsigned long long)(response->body.n + response->file_bytes)));
    if (closes) TRY(buf_add(out, VIEW("Connection: close\r\n")));
    TRY(buf_add(out, buf_view(&response->headers)));
    TRY(buf_add(out, VIEW("\r\n")));
    return with_body && !bodiless ? buf_add(out, buf_view(&response->body)) : OK;
}

void net_response_done(struct net_response *response)
{
    buf_done(&response->headers);
    buf_done(&response->body);
    if (response->file) close(response->file - 1);
    *response = (struct net_response){0};
}

rc net_say(struct net_response *response, int status, const char *text)
{
    net_response_done(response);
    response->status = status;
    return buf_addf(&response->body, "%s\n", text);
}

/* Messages of base name the file they could not open. */
static bool names_a_file(const char *message)
{
    for (const char *slash = message; (slash = strchr(slash, '/')) != NULL; slash++) {
        bool begins = slash == message || strchr(" \"'(", slash[-1]);
        size_t word = strcspn(slash, " \"')");
        if (begins && word > 1 && memchr(slash + 1, '/', word - 1)) return true;
    }
    return false;
}

rc net_say_failure(rc failure, struct net_response *response)
{
    const struct err_info *row = err_describe(failure.code);
    bool tell = row->http_status < 500 && !names_a_file(rc_message());
    return net_say(response, row->http_status, tell ? rc_message() : row->english);
}
