/* SPDX-License-Identifier: Apache-2.0
 * Files of a folder over HTTP: what is there arrives whole, what lies outside does not. */
#include <fcntl.h>
#include <sys/stat.h>

#include "serving.h"

static struct net_files g_files;

static rc get_file(void *context, const struct net_request *q, struct net_response *response)
{
    (void)context;
    return net_files_serve(&g_files, view_slice(q->path, strlen("/log/"), SIZE_MAX), response);
}

static const struct net_route k_routes[] = {{NET_GET, "/log/*", get_file, 0, "files of a log"}};
static const char *const k_immutable[] = {"tile/"};

static char g_top[] = "/tmp/sanad-net-XXXXXX";

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", g_top, name);
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0);
    fclose(f);
}

static const char *below(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", g_top, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(g_top)) return -1;
    mkdir(below("log"), 0700);
    mkdir(below("log/tile"), 0700);
    mkdir(below("log/tile/0"), 0700);
    put("secret.txt", "secret");
    put("log/checkpoint", "head");
    put("log/page.html", "<p>");
    put("log/empty.json", "");
    put("log/.hidden", "secret");
    put("log/tile/0/000", "tile");
    FILE *f = fopen(below("log/large"), "w");
    for (int i = 0; f && i < 300000; i++)
        fputs("0123456789", f);
    if (f) fclose(f);
    if (mkfifo(below("log/pipe"), 0600) != 0) return -1;
    if (symlink("../secret.txt", below("log/out")) != 0) return -1;
    if (symlink("/etc/passwd", below("log/abs")) != 0) return -1;
    if (symlink("..", below("log/up")) != 0) return -1;
    if (symlink("tile/0/000", below("log/in")) != 0) return -1;
    return ok(net_files_open(below("log"), k_immutable, 1, 5, &g_files)) ? 0 : -1;
}

static int drop_folder(void **state)
{
    static const char *const k_names[] = {"log/up",         "log/in",         "log/abs",
                                          "log/out",        "log/pipe",       "log/large",
                                          "log/tile/0/000", "log/.hidden",    "log/empty.json",
                                          "log/page.html",  "log/checkpoint", "secret.txt"};
    (void)state;
    net_files_close(&g_files);
    net_files_close(&g_files);
    for (size_t i = 0; i < COUNT_OF(k_names); i++)
        unlink(below(k_names[i]));
    rmdir(below("log/tile/0"));
    rmdir(below("log/tile"));
    rmdir(below("log"));
    return rmdir(g_top);
}

static void fetch(struct serving *s, const char *method, const char *path, struct buf *out)
{
    CLEANUP(buf_done) struct buf raw = {0};
    CHECK_OK(
        buf_addf(&raw, "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", method, path));
    int fd = dial(net_server_port(s->server));
    say(fd, buf_view(&raw));
    buf_reset(out);
    hear_all(fd, out);
    close(fd);
}

#define HAS(heard, part) \
    if (!strstr((char *)(heard).p, part)) fail_msg("\"%.300s\" lacks %s", (char *)(heard).p, part)

TEST(a_file_arrives_whole_with_its_type_and_how_long_it_stays_fresh)
{
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&s, (struct net_server_options){.routes = k_routes, .n_routes = 1});
    fetch(&s, "GET", "/log/checkpoint", &heard);
    HAS(heard, "Content-Type: text/plain; charset=utf-8\r\n");
    HAS(heard, "Cache-Control: public, max-age=5\r\n");
    HAS(heard, "\r\n\r\nhead");
    fetch(&s, "GET", "/log/tile/0/000", &heard);
    HAS(heard, "Content-Type: application/octet-stream\r\n");
    HAS(heard, "Cache-Control: public, max-age=31536000, immutable\r\n");
    HAS(heard, "\r\n\r\ntile");
    fetch(&s, "HEAD", "/log/tile/0/000", &heard);
    HAS(heard, "Content-Length: 4\r\n");
    CHECK(heard.n > 5 && memcmp(heard.p + heard.n - 5, "\r\n\r\n", 4) == 0);
    fetch(&s, "GET", "/log/empty.json", &heard);
    HAS(heard, "Content-Type: application/json\r\n");
    HAS(heard, "Content-Length: 0\r\n");
    fetch(&s, "GET", "/log/page.html", &heard);
    HAS(heard, "Content-Type: text/html; charset=utf-8\r\n");
    fetch(&s, "GET", "/log/large", &heard);
    CHECK(heard.n > 3000000 && strcmp((char *)heard.p + heard.n - 11, "0123456789") == 0);
    fetch(&s, "GET", "/log/in", &heard); /* a link that stays inside */
    HAS(heard, "\r\n\r\ntile");
    serving_end(&s);
}

TEST(nothing_outside_the_folder_is_ever_sent)
{
    static const char *const k_absent[] = {"/log/",      "/log/nothing",       "/log/tile",
                                           "/log/tile/", "/log/tile/0/000/",   "/log/out",
                                           "/log/abs",   "/log/up/secret.txt", "/log/.hidden",
                                           "/log/pipe",  "/log/tile/0/000/x"};
    static struct serving s;
    CLEANUP(buf_done) struct buf heard = {0};
    serving_begin(&s, (struct net_server_options){.routes = k_routes, .n_routes = 1});
    for (size_t i = 0; i < COUNT_OF(k_absent); i++) {
        fetch(&s, "GET", k_absent[i], &heard);
        HAS(heard, "HTTP/1.1 404 ");
        if (strstr((char *)heard.p, "secret\n") || strstr((char *)heard.p, g_top) ||
            strstr((char *)heard.p, "immutable"))
            fail_msg("%s: %s", k_absent[i], (char *)heard.p);
    }
    /* The guard does not let these through; a caller's mistake must not either. */
    struct net_response r = {0};
    CHECK_FAILS(E_NOT_FOUND, net_files_serve(&g_files, VIEW("../secret.txt"), &r));
    CHECK_FAILS(E_NOT_FOUND, net_files_serve(&g_files, VIEW("/etc/passwd"), &r));
    CHECK_FAILS(E_NOT_FOUND, net_files_serve(&g_files, VIEW("tile/../../secret.txt"), &r));
    CHECK_FAILS(E_NOT_FOUND, net_files_serve(&g_files, VIEW("checkpoint\0.html"), &r));
    CHECK(r.file == 0);
    serving_end(&s);
}

TEST(a_folder_that_is_none_is_said_so)
{
    struct net_files files;
    CHECK_FAILS(E_NOT_FOUND, net_files_open(below("absent"), NULL, 0, 5, &files));
    CHECK_FAILS(E_FORMAT, net_files_open(below("secret.txt"), NULL, 0, 5, &files));
}

int main(void)
{
    const struct CMUnitTest k_tests[] = {
        RUN(a_file_arrives_whole_with_its_type_and_how_long_it_stays_fresh),
        RUN(nothing_outside_the_folder_is_ever_sent),
        RUN(a_folder_that_is_none_is_said_so),
    };
    return cmocka_run_group_tests(k_tests, make_folder, drop_folder);
}
