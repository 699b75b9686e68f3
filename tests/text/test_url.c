/* SPDX-License-Identifier: Apache-2.0
 *
 * URLs: one spelling for all ways to one page, and finding them in what people write. The pairs are
 * our own; docs/formats/url.md numbers the rules they show. */
#include "test.h"
#include "text/text_int.h"

#include <time.h>

struct pair {
    const char *url, *canonical;
};

static const struct pair k_syntax[] = {
    {"http://EXAMPLE/", "https://example/"},
    {"http://example.com", "https://example.com/"},
    {"https://example.com/", "https://example.com/"},
    {"HTTP://Example.COM/Path", "https://example.com/Path"},
    {"  https://example.com/a \n", "https://example.com/a"},
    {"https://exa\tmple.com/a\nb\r", "https://example.com/ab"},
    {"\x01https://example.com/\x1f", "https://example.com/"},
    {"http:\\\\example.com\\a\\b", "https://example.com/a/b"},
    {"http:/example.com/a", "https://example.com/a"},
    {"http:example.com", "https://example.com/"},
    {"https:///example.com//a", "https://example.com//a"},
    {"//example.com/x", "https://example.com/x"},
    {"example.org/x", "https://example.org/x"},
    {"example.org", "https://example.org/"},
    {"example.org:8080/x", "https://example.org:8080/x"},
    {"localhost:3000", "https://localhost:3000/"},
    {"localhost/x", "https://localhost/x"},
    {"192.0.2.1/x", "https://192.0.2.1/x"},
    {"192.0.2.1:81/x", "https://192.0.2.1:81/x"},
    {"[2001:db8::1]/x", "https://[2001:db8::1]/x"},
    {"https://user:secret@example.com/", "https://example.com/"},
    {"https://a@b@example.com/", "https://example.com/"},
    {"https://example.com@evil.example/", "https://evil.example/"},
    {"http://example.com:80/", "https://example.com/"},
    {"https://example.com:443/", "https://example.com/"},
    {"http://example.com:443/", "https://example.com/"},
    {"http://example.com:/", "https://example.com/"},
    {"http://example.com:00080/", "https://example.com/"},
    {"http://example.com:8080", "https://example.com:8080/"},
    {"https://example.com/?", "https://example.com/"},
    {"https://example.com/#", "https://example.com/"},
    {"https://example.com?a=1", "https://example.com/?a=1"},
    {"https://example.com#x?y", "https://example.com/"},
    {"https://example.com/a?b#c?d", "https://example.com/a?b"},
    {"https://example.com/a#:~:text=word", "https://example.com/a"},
    {"https://example.com/#!/people/7", "https://example.com/#!/people/7"},
    {"https://example.com/#/map a", "https://example.com/#/map%20a"},
    {"https://example.com/#!", "https://example.com/"},
    {"https://example.com/#/", "https://example.com/"},
    {"hxxps://evil[.]com/x", "https://evil.com/x"},
    {"hxxp[:]//evil[dot]com", "https://evil.com/"},
    {"hXXps[://]a(.)evil{.}com/[.]", "https://a.evil.com/[.]"},
};

static const struct pair k_paths[] = {
    {"https://example.com/a/", "https://example.com/a"},
    {"https://example.com/a//", "https://example.com/a"},
    {"https://example.com//", "https://example.com/"},
    {"https://example.com/a//b", "https://example.com/a//b"},
    {"https://example.com/a/?b", "https://example.com/a?b"},
    {"https://example.com/a/../b", "https://example.com/b"},
    {"https://example.com/../../b", "https://example.com/b"},
    {"https://example.com/a/./b/.", "https://example.com/a/b"},
    {"https://example.com/a/b/..", "https://example.com/a"},
    {"https://example.com/a//..", "https://example.com/a"},
    {"https://example.com/a/%2e%2E/b", "https://example.com/b"},
    {"https://example.com/a/.%2e/%2e/b", "https://example.com/b"},
    {"https://example.com/a..b/...", "https://example.com/a..b/..."},
    {"https://example.com/a b", "https://example.com/a%20b"},
    {"https://example.com/%7Euser/%41", "https://example.com/~user/A"},
    {"https://example.com/%c3%a9", "https://example.com/%C3%A9"},
    {"https://example.com/é", "https://example.com/%C3%A9"},
    {"https://example.com/%2f", "https://example.com/%2F"},
    {"https://example.com/100%", "https://example.com/100%25"},
    {"https://example.com/%%32e", "https://example.com/%252e"},
    {"https://example.com/%zz", "https://example.com/%25zz"},
    {"https://example.com/%252e", "https://example.com/%252e"},
    {"https://example.com/%00%ff", "https://example.com/%00%FF"},
    {"https://example.com/\"<>^`{|}", "https://example.com/%22%3C%3E%5E%60%7B|%7D"},
    {"https://example.com/it's(1)!*,;:@&=+$", "https://example.com/it's(1)!*,;:@&=+$"},
    {"https://example.com/تهران", "https://example.com/%D8%AA%D9%87%D8%B1%D8%A7%D9%86"},
    {"https://example.com/tin-tức", "https://example.com/tin-t%E1%BB%A9c"},
    {"https://example.com/😀", "https://example.com/%F0%9F%98%80"},
    {"https://example.com/?q=it's \"a\" <b>", "https://example.com/?q=it%27s%20%22a%22%20%3Cb%3E"},
    {"https://example.com/?q=a+b&r=^`{}", "https://example.com/?q=a+b&r=^`{}"},
    {"https://example.com/?q=café&%61=%62", "https://example.com/?q=caf%C3%A9&a=b"},
    {"https://example.com/?b=2&a=1&b=1", "https://example.com/?b=2&a=1&b=1"},
    {"https://example.com/?&&a=1&", "https://example.com/?a=1"},
    {"https://example.com/?a&b=", "https://example.com/?a&b="},
    {"https://example.com/?a=/../b?c\\d", "https://example.com/?a=/../b?c\\d"},
};

static const struct pair k_hosts[] = {
    {"https://straße.de/", "https://xn--strae-oqa.de/"},
    {"https://faß.example", "https://xn--fa-hia.example/"},
    {"https://FASS.example", "https://fass.example/"},
    {"https://bücher.example:80/", "https://xn--bcher-kva.example/"},
    {"https://BÜCHER.example", "https://xn--bcher-kva.example/"},
    {"https://b\xC3\xBC"
     "cher.example",
     "https://xn--bcher-kva.example/"},
    {"https://bu\xCC\x88"
     "cher.example",
     "https://xn--bcher-kva.example/"},
    {"https://XN--BCHER-KVA.example", "https://xn--bcher-kva.example/"},
    {"https://ｅｘａｍｐｌｅ.com", "https://example.com/"},
    {"https://example。com", "https://example.com/"},
    {"https://exa\xC2\xADmple.com", "https://example.com/"},
    {"https://ex%41mple.com", "https://example.com/"},
    {"https://b%C3%BCcher.example", "https://xn--bcher-kva.example/"},
    {"https://💩.la", "https://xn--ls8h.la/"},
    {"https://☕.example/x", "https://xn--53h.example/x"},
    {"https://президент.рф", "https://xn--d1abbgf6aiiy.xn--p1ai/"},
    {"https://مثال.إختبار", "https://xn--mgbh0fb.xn--kgbechtv/"},
    {"https://例え.テスト", "https://xn--r8jz45g.xn--zckzah/"},
    {"https://nome_con_riga.example", "https://nome_con_riga.example/"},
    {"https://-a-.example", "https://-a-.example/"},
    {"https://a--b.example", "https://a--b.example/"},
    {"https://example.com./", "https://example.com/"},
    {"https://0x7f.1/", "https://127.0.0.1/"},
    {"https://0177.0.0.01/", "https://127.0.0.1/"},
    {"https://2130706433/", "https://127.0.0.1/"},
    {"https://127.1/", "https://127.0.0.1/"},
    {"https://192.168.257", "https://192.168.1.1/"},
    {"https://0xC0.0xA8.0x1.0xff", "https://192.168.1.255/"},
    {"https://１２７.0.0.1", "https://127.0.0.1/"},
    {"https://127.0.0.1./", "https://127.0.0.1/"},
    {"https://0x/", "https://0.0.0.0/"},
    {"https://[::1]:443/", "https://[::1]/"},
    {"https://[::]", "https://[::]/"},
    {"https://[2001:DB8:0:0:1:0:0:1]:8443", "https://[2001:db8::1:0:0:1]:8443/"},
    {"https://[1:0:2:3:4:5:6:7]", "https://[1:0:2:3:4:5:6:7]/"},
    {"https://[1:2:3:4:5:6:0:0]", "https://[1:2:3:4:5:6::]/"},
    {"https://[0001:0:0:4:0:0:0:8]", "https://[1:0:0:4::8]/"},
    {"https://[::ffff:192.0.2.1]", "https://[::ffff:c000:201]/"},
};

static const struct pair k_sites[] = {
    {"https://www.example.com", "https://example.com/"},
    {"https://m.example.com", "https://example.com/"},
    {"https://mobile.example.co.uk/", "https://example.co.uk/"},
    {"https://amp.example.com", "https://example.com/"},
    {"https://m.www.example.com", "https://example.com/"},
    {"https://www.news.example.com", "https://www.news.example.com/"},
    {"https://www.com", "https://www.com/"},
    {"https://www.www.com", "https://www.com/"},
    {"https://m.co.uk/", "https://m.co.uk/"},
    {"https://www.a.github.io", "https://a.github.io/"},
    {"https://www.github.io", "https://www.github.io/"},
    {"https://mobile.twitter.com/a/status/1?s=20&t=x", "https://x.com/a/status/1"},
    {"https://en.m.wikipedia.org/wiki/A?wprov=sfla1", "https://en.wikipedia.org/wiki/A"},
    {"https://a.m.m.wikipedia.org/", "https://a.wikipedia.org/"},
    {"https://web.facebook.com/x?mibextid=q&__cft__[0]=A", "https://facebook.com/x"},
    {"https://old.reddit.com/r/x", "https://reddit.com/r/x"},
    {"https://telegram.me/c/1?single", "https://t.me/c/1"},
    {"https://youtu.be/dQw4w9WgXcQ", "https://youtube.com/watch?v=dQw4w9WgXcQ"},
    {"https://youtu.be/dQw4w9WgXcQ?si=a&t=9", "https://youtube.com/watch?v=dQw4w9WgXcQ"},
    {"https://m.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&list=P",
     "https://youtube.com/watch?v=dQw4w9WgXcQ"},
    {"https://www.youtube.com/shorts/dQw4w9WgXcQ/", "https://youtube.com/watch?v=dQw4w9WgXcQ"},
    {"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
     "https://youtube.com/watch?v=dQw4w9WgXcQ"},
    {"https://youtube.com/embed/videoseries?list=P",
     "https://youtube.com/embed/videoseries?list=P"},
    {"https://youtube.com/playlist?list=P", "https://youtube.com/playlist?list=P"},
    {"https://youtu.be/", "https://youtu.be/"},
    {"https://example.com/?utm_source=a&id=7&UTM_Medium=b&fbclid=c", "https://example.com/?id=7"},
    {"https://example.com/?%75tm_source=a", "https://example.com/"},
    {"https://example.com/?utm_source=a#top", "https://example.com/"},
    {"https://example.com/?utm=1&utmost=2&fbclid2=3",
     "https://example.com/?utm=1&utmost=2&fbclid2=3"},
    {"https://example.com/?si=1&t=2&s=3", "https://example.com/?si=1&t=2&s=3"},
    {"https://instagram.com/p/x/?igshid=a&igsh=b", "https://instagram.com/p/x"},
    {"https://example.com/?mc_cid=1&mc_eid=2&gclid=3&amp=1", "https://example.com/"},
};

static const struct pair k_wrapped[] = {
    {"https://www.google.com/url?sa=t&q=https%3A%2F%2Fwww.example.com%2Fa&ved=x",
     "https://example.com/a"},
    {"https://www.google.co.id/url?url=http://example.com/b", "https://example.com/b"},
    {"https://google.com/url?q=/search", "https://google.com/url?q=/search"},
    {"https://google.com/url?q=https://a..b/", "https://google.com/url?q=https://a..b/"},
    {"https://google.evil.example/url?q=https://a.com",
     "https://google.evil.example/url?q=https://a.com"},
    {"https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2F%3Ffbclid%3Dx&h=y",
     "https://example.com/"},
    {"https://lm.facebook.com/l.php?h=y&u=https%3A%2F%2Fexample.com", "https://example.com/"},
    {"https://l.instagram.com/?u=https%3A%2F%2Fexample.com", "https://example.com/"},
    {"https://t.umblr.com/redirect?z=https%3A%2F%2Fexample.com", "https://example.com/"},
    {"https://out.reddit.com/t3_a?url=https%3A%2F%2Fexample.com", "https://example.com/"},
    {"https://vk.com/away.php?to=https%3A%2F%2Fexample.com%2F%25C3%25A9",
     "https://example.com/%C3%A9"},
    {"https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fexample.com",
     "https://example.com/"},
    {"https://duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.com&rut=1", "https://example.com/"},
    {"https://example-com.cdn.ampproject.org/c/s/example.com/a?b=1", "https://example.com/a?b=1"},
    {"https://cdn.ampproject.org/v/example.com/a", "https://example.com/a"},
    {"https://www.google.com/amp/s/amp.example.com/a", "https://example.com/a"},
    {"https://www-example-com.translate.goog/a?_x_tr_sl=fa&_x_tr_tl=en", "https://example.com/a"},
    {"https://a--b-example-com.translate.goog/", "https://a-b.example.com/"},
    {"https://web.archive.org/web/20200131235959/http://example.com:80/a?b",
     "https://example.com/a?b"},
    {"https://web.archive.org/web/https://example.com/a", "https://example.com/a"},
    {"https://web.archive.org/web/2020*/", "https://web.archive.org/web/2020*"},
    {"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.com&data=1",
     "https://example.com/"},
    {"https://vk.com/away.php?to=https%3A%2F%2Fgoogle.com%2Furl%3Fq%3Dhttps%253A%252F%252Fa.com",
     "https://a.com/"},
    {"https://vk.com/away.php", "https://vk.com/away.php"},
};

static const struct {
    const struct pair *pairs;
    size_t n;
} k_golden[] = {
    {k_syntax, COUNT_OF(k_syntax)}, {k_paths, COUNT_OF(k_paths)},     {k_hosts, COUNT_OF(k_hosts)},
    {k_sites, COUNT_OF(k_sites)},   {k_wrapped, COUNT_OF(k_wrapped)},
};

TEST(every_spelling_of_an_address_leads_to_one)
{
    struct arena mem;
    arena_init(&mem, 0);
    size_t n = 0;
    for (size_t g = 0; g < COUNT_OF(k_golden); g++)
        for (size_t i = 0; i < k_golden[g].n; i++, n++) {
            const struct pair *p = &k_golden[g].pairs[i];
            struct view once = {0}, twice = {0}, site = {0};
            rc r = url_canonical(view_cstr(p->url), &mem, &once);
            if (!ok(r) || !view_eq(once, view_cstr(p->canonical)))
                fail_msg("<%s> gives <%.*s>, not <%s> (%s)", p->url, VIEW_ARG(once), p->canonical,
                         ok(r) ? "" : rc_message());
            CHECK_OK(url_canonical(once, &mem, &twice));
            CHECK_TEXT(twice, p->canonical);
            CHECK_OK(url_site(once, &mem, &site));
            CHECK(site.n > 0 && site.p > once.p && site.p + site.n <= once.p + once.n);
        }
    assert_true(n >= 120);
    arena_done(&mem);
}

static const struct {
    const char *url, *reason;
} k_bad[] = {
    {"", "empty"},
    {" \t ", "empty"},
    {"hello", "no host name with a dot at byte 0"},
    {"3.5", "no scheme"},
    {"127.1", "no scheme"},
    {"/path", "a path without a host"},
    {"mailto:a@example.com", "\"mailto\""},
    {"ftp://example.com/", "\"ftp\""},
    {"javascript:alert(1)", "\"javascript\""},
    {"data:text/html,x", "\"data\""},
    {"tel:12345", "\"tel\""},
    {"a@example.com", "an @ at byte 1"},
    {"https://", "no host at byte 8"},
    {"https:///", "no host"},
    {"https://a@/x", "no host at byte 10"},
    {"https://:80/", "no host"},
    {"https://a:b/", "the port at byte 10"},
    {"https://a:65536/", "over 65535"},
    {"https://a:-1/", "is no number"},
    {"https://a..b/", "empty label"},
    {"https://a../", "empty label"},
    {"https://./", "empty label"},
    {"https://256.1.1.1/", "too large"},
    {"https://1.2.3.4.5/", "no IPv4 address"},
    {"https://a.08/", "no IPv4 address"},
    {"https://1..2/", "empty label"},
    {"https://4294967296/", "too large"},
    {"https://[::1/", "no IPv6 address"},
    {"https://[1:2]/", "no IPv6 address"},
    {"https://[fe80::1%25eth0]/", "no IPv6 address"},
    {"https://[::1]x/", "no IPv6 address"},
    {"https://a b.com/", "character 0x20"},
    {"https://a%00b.com/", "at byte 8"},
    {"https://a<b.com/", "character 0x3c"},
    {"https://a%2fb.com/", "character 0x2f"},
    {"https://a\xE2\x84\x80.com/", "0x2f"},
    {"https://%ff.com/", "not UTF-8"},
    {"https://a.com/\xff", "not UTF-8 at byte 14"},
    {"https://xn--a.com/", "no valid international name"},
    {"https://xn--a-.com/", "no valid international name"},
    {"https://xn--.com/", "no valid international name"},
    {"https://\xD8\xA7"
     "a.com/",
     "no valid international name"},
    {"https://\xC2\xAD/", "empty label"},
};

TEST(what_is_no_web_address_is_refused_with_the_reason_and_the_byte)
{
    struct arena mem;
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_bad); i++) {
        struct view out = VIEW("untouched");
        rc r = url_canonical(view_cstr(k_bad[i].url), &mem, &out);
        if (r.code != E_INPUT || !strstr(rc_message(), k_bad[i].reason))
            fail_msg("<%s>: error %d, \"%s\" lacks \"%s\" <%.*s>", k_bad[i].url, r.code,
                     rc_message(), k_bad[i].reason, VIEW_ARG(out));
        CHECK_TEXT(out, "untouched");
    }
    arena_done(&mem);
}

static struct view repeat(struct arena *mem, const char *head, const char *part, size_t n_bytes)
{
    uint8_t *p;
    size_t n_head = strlen(head), n_part = strlen(part);
    CHECK_OK(arena_bytes(mem, n_bytes, &p));
    for (size_t i = 0; i < n_bytes; i++)
        p[i] = (uint8_t)(i < n_head ? head[i] : part[(i - n_head) % n_part]);
    return view_of(p, n_bytes);
}

TEST(a_huge_address_is_refused_and_the_largest_allowed_one_is_not)
{
    struct arena mem;
    struct view out = {0};
    arena_init(&mem, 0);
    CHECK_OK(url_canonical(repeat(&mem, "https://a.com/", "x", 8192), &mem, &out));
    CHECK(out.n == 8192);
    CHECK_FAILS(E_LIMIT, url_canonical(repeat(&mem, "https://a.com/", "x", 8193), &mem, &out));
    CHECK_MESSAGE("8192");
    CHECK_FAILS(E_LIMIT, url_canonical(repeat(&mem, "http://a.com/", "x", 8192), &mem, &out));
    CHECK_FAILS(E_LIMIT, url_canonical(repeat(&mem, "https://a.com/", " x", 8192), &mem, &out));
    CHECK_FAILS(E_INPUT, url_canonical(repeat(&mem, "https://", "a.", 300), &mem, &out));
    CHECK_FAILS(E_INPUT, url_canonical(repeat(&mem, "https://", "é", 4000), &mem, &out));
    CHECK_FAILS(E_INPUT, url_canonical(repeat(&mem, "https://", "a", 8 + 64), &mem, &out));
    CHECK_OK(url_canonical(repeat(&mem, "https://", "a", 8 + 63), &mem, &out));
    arena_done(&mem);
}

TEST(addresses_inside_addresses_are_opened_four_deep_and_no_deeper)
{
    struct arena mem;
    struct view out = {0};
    char url[400] = "https://example.com/";
    arena_init(&mem, 0);
    for (int level = 1; level <= 5; level++) {
        char text[400];
        /* a path wrapper needs no escapes, so the nesting stays short */
        snprintf(text, sizeof text, "https://web.archive.org/web/2020/%.300s", url);
        snprintf(url, sizeof url, "%s", text);
        if (level <= 4) {
            CHECK_OK(url_canonical(view_cstr(url), &mem, &out));
            CHECK_TEXT(out, "https://example.com/");
        }
    }
    CHECK_FAILS(E_LIMIT, url_canonical(view_cstr(url), &mem, &out));
    arena_done(&mem);
}

TEST(the_site_of_an_address_is_who_answers_for_it)
{
    static const struct pair k_site[] = {
        {"https://news.bbc.co.uk/a", "bbc.co.uk"},
        {"https://bbc.co.uk:8080/a", "bbc.co.uk"},
        {"https://a.b.example.com/?x=https://y.org", "example.com"},
        {"https://x.y.github.io/", "y.github.io"},
        {"https://127.0.0.1:80/", "127.0.0.1"},
        {"https://[::1]:80/", "[::1]"},
        {"https://localhost/", "localhost"},
        {"https://co.uk/", "co.uk"},
        {"https://a.www.ck/", "www.ck"},
        {"https://xn--d1abbgf6aiiy.xn--p1ai/", "xn--d1abbgf6aiiy.xn--p1ai"},
    };
    struct arena mem;
    struct view site = {0};
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_site); i++) {
        CHECK_OK(url_site(view_cstr(k_site[i].url), &mem, &site));
        CHECK_TEXT(site, k_site[i].canonical);
    }
    CHECK_FAILS(E_INPUT, url_site(VIEW("http://a.com/"), &mem, &site));
    CHECK_FAILS(E_INPUT, url_site(VIEW(""), &mem, &site));
    CHECK_FAILS(E_INPUT, url_site(VIEW("https:///x"), &mem, &site));
    arena_done(&mem);
}

/* ---- In text ------------------------------------------------------------------------------ */

struct find_case {
    const char *text;
    const char *finds[5]; /* as written */
};

static const struct find_case k_finds[] = {
    /* English */
    {"See https://example.com/a. Then http://b.org/x, ok?",
     {"https://example.com/a", "http://b.org/x"}},
    {"(https://en.wikipedia.org/wiki/Plan_(law)) and (http://a.com/b)",
     {"https://en.wikipedia.org/wiki/Plan_(law)", "http://a.com/b"}},
    {"\"www.bbc.co.uk/news\" <https://a.com> [t](https://b.com/c)more",
     {"www.bbc.co.uk/news", "https://a.com", "https://b.com/c"}},
    {"It is ok.so we went. The end.The start. wait.is it", {NULL}},
    {"read bbc.com/news, gov.uk/x, gov.uk or BBC.COM now", {"bbc.com/news", "gov.uk/x", "BBC.COM"}},
    {"main.py README.md 3.5 1.2.3 e.g. U.S. p.m. co.uk 192.168.1.1 v2.0", {NULL}},
    {"mail a.b@example.com or @user.bsky.com #tag.com", {NULL}},
    {"hxxps[:]//evil[.]com/p and evil[.]com, evil(dot)com/x",
     {"hxxps[:]//evil[.]com/p", "evil[.]com", "evil(dot)com/x"}},
    {"a.com,https://b.com/x;https://c.com/yhttps://d.com seehttp://e.com",
     {"a.com", "https://b.com/x", "https://c.com/y", "https://d.com", "http://e.com"}},
    {"https://web.archive.org/web/2020/https://a.com/ **https://b.com**",
     {"https://web.archive.org/web/2020/https://a.com/", "https://b.com"}},
    {"https://t.co/abc… 'https://a.com/it's' {\"u\":\"http:\\/\\/x\"}",
     {"https://t.co/abc", "https://a.com/it's"}},
    {"http://localhost:80/a http://192.168.1.1 https://[::1]/x https:// http://.",
     {"http://localhost:80/a", "http://192.168.1.1", "https://[::1]/x"}},
    {"example.com:8080/a example.com?q=1 example.com? example.com: end",
     {"example.com:8080/a", "example.com?q=1", "example.com", "example.com"}},
    {"www.wow www. www.a.example www..com", {"www.a.example"}},
    {"ftp://a.com mailto:b@c.com and/or 24/7 C:\\x.com /etc/hosts.com", {NULL}},
    /* Arabic, Persian */
    {"شاهدوا https://example.com/abcثم (https://ar.wikipedia.org/wiki/مصر)، انتهى.",
     {"https://example.com/abc", "https://ar.wikipedia.org/wiki/مصر"}},
    {"وexample.com، bbc.com/arabic؟", {"example.com", "bbc.com/arabic"}},
    {"\u202Bhttps://example.com/a\u202C\u200F و\u2067www.example.org\u2069",
     {"https://example.com/a", "www.example.org"}},
    {"در https://fa.wikipedia.org/wiki/تهران‌بزرگ؛ آپارات aparat.com/v/abc؟",
     {"https://fa.wikipedia.org/wiki/تهران‌بزرگ", "aparat.com/v/abc"}},
    {"سایت https://مثال.ایران/الف۔", {"https://مثال.ایران/الف"}},
    /* Vietnamese */
    {"Xem https://vnexpress.net/tin-tức?id=1, nhé! và tuoitre.vn.",
     {"https://vnexpress.net/tin-tức?id=1", "tuoitre.vn"}},
    /* Spanish, French, Italian */
    {"¿Viste elpais.com/a? lo sé.es verdad «https://a.es/ñ»", {"elpais.com/a", "https://a.es/ñ"}},
    {"Voir « https://lemonde.fr/été » ou lemonde.fr ; fini.le début",
     {"https://lemonde.fr/été", "lemonde.fr"}},
    {"Vedi repubblica.it e www.rai.it: sì.ma no", {"repubblica.it", "www.rai.it"}},
    /* Indonesian, Malay */
    {"Cek kompas.com/a dan https://s.id/abc, ya.ke sana", {"kompas.com/a", "https://s.id/abc"}},
    {"Sila layari https://sebenarnya.my/x atau sebenarnya.my.",
     {"https://sebenarnya.my/x", "sebenarnya.my"}},
    /* other scripts around, names beyond ASCII */
    {"请看https://example.com/abc请看 https://zh.wikipedia.org/wiki/北京。",
     {"https://example.com/abc", "https://zh.wikipedia.org/wiki/北京"}},
    {"例「https://example.jp/a」とexample.jpです", {"https://example.jp/a", "example.jp"}},
    {"bücher.de/x und https://bücher.example 💩https://💩.la",
     {"bücher.de/x", "https://bücher.example", "https://💩.la"}},
    {"prothomalo.com.bd", {"prothomalo.com.bd"}},
    {"", {NULL}},
    {"http", {NULL}},
    {"https://", {NULL}},
    {"h", {NULL}},
};

TEST(links_in_posts_are_found_in_every_language_and_nothing_else_is)
{
    struct arena mem;
    arena_init(&mem, 0);
    for (size_t i = 0; i < COUNT_OF(k_finds); i++) {
        const struct find_case *c = &k_finds[i];
        struct view text = view_cstr(c->text);
        const struct found_url *found = NULL;
        uint32_t n = 0, k = 0;
        CHECK_OK(find_urls(text, &mem, &found, &n));
        for (; k < COUNT_OF(c->finds) && c->finds[k]; k++) {
            struct view span = {0};
            if (k < n) span = view_slice(text, found[k].from, found[k].to - found[k].from);
            if (!view_eq(span, view_cstr(c->finds[k])))
                fail_msg("<%s>: find %u is <%.*s>, not <%s>", c->text, k, VIEW_ARG(span),
                         c->finds[k]);
        }
        if (n > k) fail_msg("<%s>: <%.*s> too", c->text, VIEW_ARG(found[k].canonical));
    }
    arena_done(&mem);
}

TEST(a_find_carries_the_canonical_form)
{
    struct arena mem;
    arena_init(&mem, 0);
    const struct found_url *found;
    uint32_t n;
    CHECK_OK(find_urls(VIEW("a www.youtu.be/dQw4w9WgXcQ?si=1!"), &mem, &found, &n));
    CHECK(n == 1 && found[0].from == 2 && found[0].to == 31);
    CHECK_TEXT(found[0].canonical, "https://youtube.com/watch?v=dQw4w9WgXcQ");
    arena_done(&mem);
}

TEST(broken_bytes_around_a_link_do_not_hide_it)
{
    struct arena mem;
    arena_init(&mem, 0);
    const struct found_url *found;
    uint32_t n;
    CHECK_OK(find_urls(VIEW("\xff\xc3https://a.com/\xff\0 b.org\xe2\x80"), &mem, &found, &n));
    CHECK(n == 2);
    CHECK_TEXT(found[0].canonical, "https://a.com/");
    CHECK_TEXT(found[1].canonical, "https://b.org/");
    arena_done(&mem);
}

TEST(no_text_makes_the_search_slow)
{
    static const char *const k_parts[] = {
        ".",        "a.",     "a.b ",    "http://",  "ahttp://", "www.",     "https://a.com/(",
        "[.]",      "(",      "h",       "a@",       "é",        "https://", "a.com ",
        "http://a", "a.com/", "\xff",    "www.a.b ", ":",        "[dot]",    "a.com,https://b.c,",
        "%",        "a[.]",   "xn--a. ", "خ.com/",
    };
    for (size_t i = 0; i < COUNT_OF(k_parts); i++) {
        struct arena mem;
        arena_init(&mem, 0);
        struct view text = repeat(&mem, "", k_parts[i], 1 << 20);
        const struct found_url *found;
        uint32_t n;
        clock_t from = clock();
        CHECK_OK(find_urls(text, &mem, &found, &n));
        double seconds = (double)(clock() - from) / CLOCKS_PER_SEC;
        /* Far above what is measured (0.2 s at most), far below what a square would take. */
        if (seconds > 20) fail_msg("1 MiB of \"%s\" takes %.1f s", k_parts[i], seconds);
        arena_done(&mem);
    }
}

TEST(memory_that_runs_out_is_said_and_nothing_leaks)
{
    struct arena mem = {0};
    struct view out;
    const struct found_url *found;
    uint32_t n;
    struct view text =
        VIEW("https://b\xC3\xBC"
             "cher.example/ https://vk.com/away.php?to=https://a.com b.com/x c.com/y "
             "d.com/z e.com/1 f.com/2 g.com/3 h.com/4 i.com/5");
    CHECK_EVERY_ALLOCATION(url_canonical(VIEW("https://a.com"), &mem, &out),
                           (arena_done(&mem), arena_init(&mem, 0)));
    CHECK_EVERY_ALLOCATION(find_urls(text, &mem, &found, &n),
                           (arena_done(&mem), arena_init(&mem, 0)));
    CHECK(n == 10);
    arena_done(&mem);
}

TESTS(RUN(every_spelling_of_an_address_leads_to_one),
      RUN(what_is_no_web_address_is_refused_with_the_reason_and_the_byte),
      RUN(a_huge_address_is_refused_and_the_largest_allowed_one_is_not),
      RUN(addresses_inside_addresses_are_opened_four_deep_and_no_deeper),
      RUN(the_site_of_an_address_is_who_answers_for_it),
      RUN(links_in_posts_are_found_in_every_language_and_nothing_else_is),
      RUN(a_find_carries_the_canonical_form), RUN(broken_bytes_around_a_link_do_not_hide_it),
      RUN(no_text_makes_the_search_slow), RUN(memory_that_runs_out_is_said_and_nothing_leaks))
