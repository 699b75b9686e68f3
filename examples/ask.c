/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks a bank about one post, and prints what is found.
 *
 *   cc ask.c -o ask $(pkg-config --cflags --libs sanad)
 *   ./ask facts.bank "Drinking bleach cures the flu"
 */
#include <sanad/sanad.h>

#include <stdio.h>
#include <string.h>

static const char *const k_tiers[] = {"none", "suggested", "confirmed"};

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: ask BANK POST\n");
        return 2;
    }
    sanad_bank *bank = NULL;
    sanad_answer *answer = NULL;
    sanad_options options = SANAD_OPTIONS;
    options.top = 3;

    int error = sanad_bank_open(argv[1], &bank);
    if (error == SANAD_OK) error = sanad_check(bank, argv[2], strlen(argv[2]), &options, &answer);
    if (error != SANAD_OK) {
        fprintf(stderr, "ask: error %d: %s\n", error, sanad_error_message());
        sanad_bank_close(bank);
        return 4;
    }

    uint32_t n = sanad_answer_count(answer);
    for (uint32_t i = 0; i < n; i++)
        printf("%-9s  %.2f  %-10s  %s\n", k_tiers[sanad_answer_tier(answer, i)],
               sanad_answer_score(answer, i), sanad_answer_how(answer, i),
               sanad_answer_id(answer, i));
    if (n == 0) printf("nothing found\n");

    sanad_answer_free(answer);
    sanad_bank_close(bank);
    return n ? 0 : 1;
}
