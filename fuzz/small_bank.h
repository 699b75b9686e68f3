/* SPDX-License-Identifier: Apache-2.0
 *
 * A small sound bank for the fuzz targets of bank: a few claims in several scripts, so that every
 * section has something in it. */
#ifndef SANAD_FUZZ_SMALL_BANK_H
#define SANAD_FUZZ_SMALL_BANK_H

#include "bank/bank.h"
#include "must.h"

static const char *const k_small_claims[] = {
    ("{\"id\":\"a\",\"lang\":\"en\",\"text\":\"Warm salt water cures malaria within 12 days\","
     "\"title\":\"Salt "
     "water\",\"url\":\"https://one.example/a\",\"verdicts\":[{\"org\":\"one.example\","
     "\"label\":\"false\",\"date\":\"2026-01-02\",\"url\":\"https://one.example/checks/a\"}]}"),
    ("{\"id\":\"b\",\"lang\":\"fa\",\"text\":\"آب‌نمک گرم در ۱۲ روز "
     "مالاریا "
     "را "
     "درمان "
     "نمی‌کند\","
     "\"body\":\"این متن بلندتر است و چند واژهٔ دیگر هم دارد.\"}"),
    ("{\"id\":\"c\",\"lang\":\"vi\",\"text\":\"Nước muối ấm chữa khỏi sốt rét trong 12 ngày\","
     "\"translations\":[{\"lang\":\"id\",\"text\":\"Air garam hangat menyembuhkan malaria\"}]}"),
    "{\"id\":\"d\",\"lang\":\"zh\",\"text\":\"温盐水十二天内治愈疟疾\"}",
};

/** Adds the first n claims. */
static inline void small_bank_add(struct bank_builder *builder, size_t n)
{
    CLEANUP(arena_done) struct arena mem;
    arena_init(&mem, 0);
    for (size_t i = 0; i < n && i < COUNT_OF(k_small_claims); i++) {
        const struct json *json;
        struct item item;
        must(ok(json_parse(view_cstr(k_small_claims[i]), NULL, &mem, &json)));
        must(ok(item_from_json(json, NULL, &mem, &item)));
        must(ok(bank_builder_add(builder, &item)));
    }
}

#endif
