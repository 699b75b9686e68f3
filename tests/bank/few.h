/* SPDX-License-Identifier: Apache-2.0
 *
 * A few claims, and a folder for a bank of them, for the tests of bank. */
#ifndef SANAD_TESTS_BANK_FEW_H
#define SANAD_TESTS_BANK_FEW_H

#include <dirent.h>
#include <unistd.h>

#include "bank/bank.h"
#include "test.h"

static const char *const k_few[] = {
    ("{\"id\":\"salt\",\"lang\":\"en\",\"text\":\"Warm salt water cures malaria in 12 days\","
     "\"title\":\"Salt water\",\"url\":\"https://one.example/salt\",\"verdicts\":[{\"org\":"
     "\"one.example\",\"label\":\"false\",\"date\":\"2026-01-02\",\"url\":"
     "\"https://one.example/checks/salt\"}]}"),
    ("{\"id\":\"bridge\",\"lang\":\"fa\",\"text\":\"پل بزرگ شهر در سیل "
     "سه‌شنبه "
     "فرو "
     "ریخت\","
     "\"body\":\"عکس‌ها از سال ۲۰۱۱ است.\"}"),
    ("{\"id\":\"tower\",\"lang\":\"vi\",\"text\":\"Tháp truyền hình phát ra sóng gây bệnh\","
     "\"translations\":[{\"lang\":\"en\",\"text\":\"The television tower spreads an illness\"},"
     "{\"lang\":\"id\",\"text\":\"Menara televisi menyebarkan penyakit\"}]}"),
    ("{\"id\":\"ballot\",\"lang\":\"fr\",\"text\":\"Dix mille bulletins de vote ont été brûlés "
     "dans une école\"}"),
    ("{\"id\":\"cheque\",\"lang\":\"es\",\"text\":\"El gobierno regala un cheque de 500 euros a "
     "quien comparta este mensaje\",\"url\":\"https://two.example/cheque?utm_source=x\"}"),
};

static inline struct item item_of(const char *json_text, struct arena *mem)
{
    const struct json *json;
    struct item item;
    CHECK_OK(json_parse(view_cstr(json_text), NULL, mem, &json));
    CHECK_OK(item_from_json(json, NULL, mem, &item));
    return item;
}

/* ids: which of k_few, in this order, as "021". */
static inline struct bank_builder *builder_of(const char *ids, const struct bank_params *params)
{
    struct arena mem CLEANUP(arena_done);
    struct bank_builder *builder;
    arena_init(&mem, 0);
    CHECK_OK(bank_builder_new(params, NULL, &builder));
    for (; *ids; ids++) {
        struct item item = item_of(k_few[*ids - '0'], &mem);
        CHECK_OK(bank_builder_add(builder, &item));
    }
    return builder;
}

static inline struct buf image_of(const char *ids, const struct bank_params *params)
{
    struct buf image = {0};
    struct bank_builder *builder = builder_of(ids, params);
    CHECK_OK(bank_builder_image(builder, NULL, &image));
    bank_builder_free(builder);
    return image;
}

/* The smallest weights, so that every bit of the image can be tried. */
static inline struct bank_params small_params(void)
{
    struct bank_params params = k_bank_params;
    params.idf_bits = 6;
    return params;
}

/* ---- on disk ---- */

struct place {
    char folder[64], bank[80], deltas[96];
};

static inline void place_make(struct place *p)
{
    snprintf(p->folder, sizeof p->folder, "/tmp/sanad-bank-XXXXXX");
    CHECK(mkdtemp(p->folder) != NULL);
    snprintf(p->bank, sizeof p->bank, "%s/b", p->folder);
    snprintf(p->deltas, sizeof p->deltas, "%s/b.d", p->folder);
}

static inline void empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *e; folder && (e = readdir(folder));) {
        char name[512];
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.') unlink(name);
    }
    if (folder) closedir(folder);
}

static inline void place_remove(const struct place *p)
{
    empty_folder(p->deltas);
    rmdir(p->deltas);
    empty_folder(p->folder);
    rmdir(p->folder);
}

static inline void write_bank(const struct place *p, const char *ids)
{
    struct bank_builder *builder = builder_of(ids, NULL);
    CHECK_OK(bank_builder_write(builder, NULL, p->bank));
    bank_builder_free(builder);
}

static inline void read_whole(const char *path, struct buf *out)
{
    buf_reset(out);
    CHECK_OK(file_read(path, 1u << 30, out));
}

static inline void write_whole(const char *path, struct view bytes)
{
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(bytes.p, 1, bytes.n, f) == bytes.n && fclose(f) == 0);
}

static inline void delta_name(const struct place *p, unsigned seq, char out[128])
{
    snprintf(out, 128, "%s/%08u.delta", p->deltas, seq);
}

/* One change: `add` as in builder_of, and one id to withdraw or NULL. */
static inline rc change(const struct place *p, const char *add, const char *withdraw)
{
    struct arena mem CLEANUP(arena_done);
    struct item items[8];
    struct view id = view_cstr(withdraw);
    uint32_t n = 0;
    uint64_t seq;
    arena_init(&mem, 0);
    for (; *add; add++)
        items[n++] = item_of(k_few[*add - '0'], &mem);
    const struct bank_change c = {n, withdraw ? 1 : 0, items, &id};
    return bank_change_write(p->bank, &c, &seq);
}

/* Ids that a snapshot holds and has not withdrawn. */
static inline bool holds(const struct bank_snapshot *s, const char *id)
{
    uint32_t i;
    if (s->overlay && ok(bank_find_id(s->overlay, view_cstr(id), &i))) return true;
    for (uint32_t l = 0; l < s->n_layers; l++)
        if (ok(bank_find_id(s->layers[l].bank, view_cstr(id), &i)) &&
            !(s->layers[l].withdrawn && s->layers[l].withdrawn[i / 64] >> (i % 64) & 1))
            return true;
    if (!ok(bank_find_id(s->base, view_cstr(id), &i))) return false;
    return !s->withdrawn || !(s->withdrawn[i / 64] >> (i % 64) & 1);
}

/* Two changes beside a bank of 0 and 1: adds 2, adds 3. */
struct changed_bank {
    struct place place;
    char first[128], second[128], third[128];
};

static inline void changed_make(struct changed_bank *c)
{
    place_make(&c->place);
    write_bank(&c->place, "01");
    CHECK_OK(change(&c->place, "2", NULL));
    CHECK_OK(change(&c->place, "3", NULL));
    delta_name(&c->place, 1, c->first);
    delta_name(&c->place, 2, c->second);
    delta_name(&c->place, 3, c->third);
}

/* A reader sees this many changes, and why not more. */
static inline void check_seen(const struct changed_bank *c, uint64_t seq, const char *problem_part)
{
    struct bank_source *source;
    char problem[600];
    CHECK_OK(bank_source_open(c->place.bank, &source));
    bank_source_problem(source, problem, sizeof problem);
    const struct bank_snapshot *s = bank_acquire(source);
    if (s->seq != seq || !strstr(problem, problem_part) || !*problem_part != !*problem)
        fail_msg("change %d and \"%s\" instead of %d and \"%s\"", (int)s->seq, problem, (int)seq,
                 problem_part);
    CHECK(holds(s, "salt") && holds(s, "tower") == (seq >= 1) && holds(s, "ballot") == (seq >= 2));
    bank_release(source, s);
    bank_source_close(source);
}

#endif
