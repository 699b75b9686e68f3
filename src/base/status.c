/* SPDX-License-Identifier: Apache-2.0
 * Status values: the error table and the message of a thread's latest failure. */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 1024 };

static _Thread_local char t_message[MESSAGE_BYTES];

static const struct err_info k_errors[] = {
#define ERR(symbol, number, http, exit, english) {symbol, #symbol, http, exit, english},
#include "base/errors.def"
#undef ERR
};

const struct err_info *err_table(size_t *out_n)
{
    *out_n = COUNT_OF(k_errors);
    return k_errors;
}

const struct err_info *err_describe(enum err code)
{
    const struct err_info *fallback = NULL;
    for (size_t i = 0; i < COUNT_OF(k_errors); i++) {
        if (k_errors[i].code == code) return &k_errors[i];
        if (k_errors[i].code == E_INTERNAL) fallback = &k_errors[i];
    }
    return fallback;
}

/* A cut in the middle of a character would make the message invalid UTF-8. */
static void end_at_character(char *text, size_t n)
{
    while (n > 0 && ((uint8_t)text[n] & 0xC0) == 0x80)
        n--;
    text[n] = 0;
}

void rc_note(const char *fmt, ...)
{
    char fresh[MESSAGE_BYTES];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(fresh, sizeof fresh, fmt, args);
    va_end(args);
    if (n >= (int)sizeof fresh) end_at_character(fresh, sizeof fresh - 1);
    memcpy(t_message, fresh, sizeof fresh);
}

rc rc_within(rc failure, const char *fmt, ...)
{
    char prefix[MESSAGE_BYTES];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(prefix, sizeof prefix, fmt, args);
    va_end(args);
    if (n < 0) return failure;
    size_t head = (size_t)n < sizeof prefix ? (size_t)n : sizeof prefix - 1;
    size_t tail = strlen(t_message);
    if (head + tail >= MESSAGE_BYTES) {
        tail = MESSAGE_BYTES - 1 - head;
        end_at_character(t_message, tail);
        tail = strlen(t_message);
    }
    memmove(t_message + head, t_message, tail + 1);
    memcpy(t_message, prefix, head);
    return failure;
}

const char *rc_message(void)
{
    return t_message;
}
