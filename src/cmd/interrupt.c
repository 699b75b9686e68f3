/* SPDX-License-Identifier: Apache-2.0
 * Ctrl-C: a flag that long work asks for. Files are written whole or not at all (base), so even the
 * hard end leaves no half file. */
#include "cmd/cmd.h"

#include <unistd.h>

static volatile sig_atomic_t g_interrupted, g_at_once;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    if (g_interrupted || g_at_once) {
        ssize_t ignored = write(STDERR_FILENO, "\n", 1);
        (void)ignored;
        _exit(EXIT_INTERRUPTED);
    }
    g_interrupted = 1;
}

void interrupt_catch(void)
{
    struct sigaction old;
    if (sigaction(SIGINT, NULL, &old) != 0 || old.sa_handler == SIG_IGN) return;
    struct sigaction action = {.sa_handler = on_interrupt};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL); /* no SA_RESTART: a blocked read comes back */
}

void interrupt_ends_at_once(bool on)
{
    g_at_once = on;
}

bool interrupted(void)
{
    return g_interrupted != 0;
}
