/* SPDX-License-Identifier: Apache-2.0
 * Clocks and the log sink. */
#include "base/base.h"

#include <stdio.h>
#include <time.h>

uint64_t clock_mono_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int64_t clock_wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const char *const k_level_names[] = {"debug", "info", "warn", "error"};

void log_event(const struct log_sink *sink, enum log_level level, const char *event,
               const char *fmt, ...)
{
    if (!sink || level < sink->lowest) return;
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    struct buf line CLEANUP(buf_done) = {0};
    struct json_writer w;
    json_begin(&w, &line);
    json_open_object(&w);
    json_key(&w, "at");
    json_int(&w, clock_wall_ms());
    json_key(&w, "event");
    json_cstr(&w, event);
    json_key(&w, "level");
    json_cstr(&w, k_level_names[level]);
    json_key(&w, "text");
    json_cstr(&w, text);
    json_close_object(&w);
    if (ok(json_finish(&w)) && ok(buf_add_byte(&line, '\n')))
        sink->emit(sink->context, buf_view(&line));
}
