/* SPDX-License-Identifier: Apache-2.0
 * The demonstration claims and posts on every kind of processor: the same bytes come out. */
#include <glob.h>

#include "desk.h"
#include "kern/kern.h"

static struct desk s_desk;
static struct buf s_posts; /* texts, NUL between them */

static bool source_glob(const char *pattern, glob_t *out)
{
    char path[1024];
    const char *source = getenv("SANAD_SOURCE");
    snprintf(path, sizeof path, "%s/demo/%s/*.jsonl", source ? source : ".", pattern);
    return glob(path, 0, NULL, out) == 0;
}

typedef void (*line_fn)(void *context, struct view line);

static void each_line(const char *pattern, line_fn fn, void *context)
{
    glob_t files;
    if (!source_glob(pattern, &files)) return;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct line_reader lines CLEANUP(line_close) = {.fd = -1};
        struct view line;
        bool more;
        CHECK_OK(line_open(files.gl_pathv[i], 1u << 20, &lines));
        for (;;) {
            CHECK_OK(line_next(&lines, &line, &more));
            if (!more) break;
            fn(context, line);
        }
    }
    globfree(&files);
}

static void add_claim(void *context, struct view line)
{
    struct arena mem CLEANUP(arena_done) = {0};
    const struct json *json;
    struct item item;
    CHECK_OK(json_parse(line, NULL, &mem, &json));
    CHECK_OK(item_from_json(json, NULL, &mem, &item));
    CHECK_OK(bank_builder_add(context, &item));
}

static void add_post(void *context, struct view line)
{
    struct arena mem CLEANUP(arena_done) = {0};
    const struct json *json;
    (void)context;
    CHECK_OK(json_parse(line, NULL, &mem, &json));
    CHECK_OK(buf_add(&s_posts, json_get_string(json, "text")));
    CHECK_OK(buf_add_byte(&s_posts, 0));
}

/* The image and the answers to all posts, made with the variant in use. */
static void run_all(struct buf *out_image, struct buf *out_answers)
{
    struct bank_builder *builder;
    struct desk d = {0};
    CHECK_OK(bank_builder_new(NULL, NULL, &builder));
    each_line("claims", add_claim, builder);
    CHECK_OK(bank_builder_image(builder, NULL, out_image));
    bank_builder_free(builder);
    CHECK_OK(bank_open_image(buf_view(out_image), &d.bank));
    d.snapshot = (struct bank_snapshot){.base = d.bank};
    CHECK_OK(matcher_new(&d.matcher));
    for (size_t at = 0; at < s_posts.n;) {
        struct view post = view_cstr((const char *)s_posts.p + at);
        struct answer a = desk_ask_bytes(&d, post, NULL);
        CHECK_OK(answer_to_json(&a, view_of(NULL, 0), out_answers));
        at += post.n + 1;
    }
    desk_close(&d);
}

TEST(every_processor_gives_the_same_bank_and_the_same_answers)
{
    struct buf image CLEANUP(buf_done) = {0}, answers CLEANUP(buf_done) = {0};
    if (s_posts.n == 0) SKIP("no demonstration posts under SANAD_SOURCE");
    CHECK_OK(kern_select(VIEW("scalar")));
    run_all(&image, &answers);
    CHECK(answers.n > 10000);
    for (size_t i = 1; kern_variant(i); i++) {
        struct buf other_image CLEANUP(buf_done) = {0}, other_answers CLEANUP(buf_done) = {0};
        CHECK_OK(kern_select(view_cstr(i == 1 ? "avx2" : "avx512")));
        run_all(&other_image, &other_answers);
        if (!view_eq(buf_view(&image), buf_view(&other_image)))
            fail_msg("%s builds another bank", kern_name());
        if (!view_eq(buf_view(&answers), buf_view(&other_answers)))
            fail_msg("%s gives other answers", kern_name());
    }
    CHECK_OK(kern_select(view_of(NULL, 0)));
}

TEST(a_post_asked_twice_gets_the_same_answer)
{
    struct buf first CLEANUP(buf_done) = {0}, second CLEANUP(buf_done) = {0};
    desk_open(&s_desk);
    for (int round = 0; round < 2; round++)
        for (size_t at = 0; at < s_posts.n;) {
            struct view post = view_cstr((const char *)s_posts.p + at);
            struct answer a = desk_ask_bytes(&s_desk, post, NULL);
            CHECK_OK(answer_to_json(&a, view_of(NULL, 0), round ? &second : &first));
            at += post.n + 1;
        }
    CHECK(view_eq(buf_view(&first), buf_view(&second)));
    desk_close(&s_desk);
}

static int read_posts(void **state)
{
    (void)state;
    each_line("posts", add_post, NULL);
    return 0;
}
static int drop_posts(void **state)
{
    (void)state;
    buf_done(&s_posts);
    return 0;
}

int main(void)
{
    const struct CMUnitTest k_tests[] = {
        RUN(every_processor_gives_the_same_bank_and_the_same_answers),
        RUN(a_post_asked_twice_gets_the_same_answer),
    };
    return cmocka_run_group_tests(k_tests, read_posts, drop_posts);
}
