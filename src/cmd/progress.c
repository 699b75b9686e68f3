/* SPDX-License-Identifier: Apache-2.0
 * The progress line: phase, bar, share. */
#include "cmd/progress_int.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"

enum { REDRAW_NS = 100000000, BAR_COLUMNS = 24, PHASE_COLUMNS = 32, BAR_NEEDS_COLUMNS = 70 };

void progress_begin(struct progress *p)
{
    struct term term;
    term_look(STDERR_FILENO, &term);
    *p = (struct progress){.on = term.tty, .columns = term.columns};
}

/* Phases name files: what is not harmless is left out. */
static void harmless(const char *text, char out[PHASE_COLUMNS * 4 + 1])
{
    struct view v = view_cstr(text);
    uint32_t cp, columns = 0;
    size_t n = 0;
    for (size_t i = 0; term_next(v, &i, &cp) && columns < PHASE_COLUMNS;) {
        n += utf8_put(cp, (uint8_t *)out + n);
        columns += term_columns(cp);
        if (n > PHASE_COLUMNS * 3) break;
    }
    out[n] = 0;
}

static void draw(struct progress *p, const char *phase, uint64_t done, uint64_t total)
{
    char name[PHASE_COLUMNS * 4 + 1], bar[BAR_COLUMNS + 1];
    if (p->columns < BAR_NEEDS_COLUMNS) phase = "";
    harmless(phase, name);
    if (total == 0) {
        fprintf(stderr, "\r\033[K%s %llu", name, (unsigned long long)done);
        return;
    }
    if (done > total) done = total;
    double share = (double)done / (double)total;
    for (size_t i = 0; i < BAR_COLUMNS; i++)
        bar[i] = (double)i < share * BAR_COLUMNS ? '#' : '.';
    bar[BAR_COLUMNS] = 0;
    fprintf(stderr, "\r\033[K%s%s[%s] %3d %%", name, *name ? " " : "", bar, (int)(share * 100));
}

bool progress_tell(void *context, const char *phase, uint64_t done, uint64_t total)
{
    struct progress *p = context;
    if (interrupted()) return false;
    if (!p->on) return true;
    uint64_t now = clock_mono_ns();
    if (now < p->next_ns) return true;
    p->next_ns = now + REDRAW_NS;
    p->shown = true;
    draw(p, phase, done, total);
    return true;
}

void progress_clear(struct progress *p)
{
    if (p->shown) fprintf(stderr, "\r\033[K");
    p->shown = false;
    p->next_ns = 0;
}
