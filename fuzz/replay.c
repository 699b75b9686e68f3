/* SPDX-License-Identifier: Apache-2.0
 *
 * Feeds a folder of saved inputs to a fuzz target without libFuzzer: every file whole, and, when it
 * is small, cut at every byte and with every byte changed. What is wrong stops the program there;
 * the line before it names the input.
 *
 *   fuzz_json FOLDER|FILE …
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MUTATE_UP_TO_BYTES = 1024, PATH_BYTES = 4096 };

/* A copy of exactly this size, so that AddressSanitizer sees the first byte too many. */
static void feed(const uint8_t *data, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact) abort();
    memcpy(exact, data, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

static void feed_changed(uint8_t *data, size_t n)
{
    static const uint8_t k_flips[] = {0x01, 0x20, 0x80, 0xff};
    for (size_t i = 0; i < n; i++) {
        feed(data, i);
        data[i] ^= k_flips[i % sizeof k_flips];
        feed(data, n);
        data[i] ^= k_flips[i % sizeof k_flips];
    }
}

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat about;
    if (!f || fstat(fileno(f), &about) != 0) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        return 1;
    }
    size_t n = (size_t)about.st_size;
    uint8_t *data = malloc(n ? n : 1);
    if (!data || fread(data, 1, n, f) != n) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        return 1;
    }
    fclose(f);
    printf("replaying %s\n", path);
    fflush(stdout);
    feed(data, n);
    if (n <= MUTATE_UP_TO_BYTES) feed_changed(data, n);
    free(data);
    return 0;
}

/* Returns how many files were fed, or -1. */
static int replay_folder(const char *folder)
{
    DIR *d = opendir(folder);
    if (!d) return -1;
    int n = 0;
    for (struct dirent *e; (e = readdir(d));) {
        char path[PATH_BYTES];
        if (e->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (replay_file(path) != 0) exit(1);
        n++;
    }
    closedir(d);
    return n;
}

int main(int argc, char **argv)
{
    int n = 0;
    for (int i = 1; i < argc; i++) {
        int in_folder = replay_folder(argv[i]);
        if (in_folder < 0 && replay_file(argv[i]) != 0) return 1;
        n += in_folder < 0 ? 1 : in_folder;
    }
    if (n == 0) {
        fprintf(stderr, "replay: nothing to feed\n");
        return 1;
    }
    printf("ok no input of the corpus does harm (%d files)\n", n);
    return 0;
}
