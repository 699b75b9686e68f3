/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: any bytes as the path of a tile. What is read is written again as the same bytes, so
 * no path leads out of the folder. The first 13 bytes are also taken as numbers, and their path is
 * read as these numbers. */
#include <string.h>

#include "ledger/ledger.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void try_path(struct view path)
{
    char again[LEDGER_PATH_BYTES];
    int level;
    uint64_t index;
    uint32_t width;
    if (!ok(ledger_tile_path_parse(path, &level, &index, &width))) return;
    must(level >= -1 && level <= 63 && width >= 1 && width <= LEDGER_TILE);
    ledger_tile_path(level, index, width, again);
    must(view_eq(view_cstr(again), path));
    must(!strstr(again, ".."));
}

static void try_numbers(const uint8_t *bytes)
{
    char path[LEDGER_PATH_BYTES];
    int level = bytes[0] % 65 - 1, found_level;
    uint64_t index = get_u64(bytes + 1), found_index;
    uint32_t width = 1 + get_u32(bytes + 9) % LEDGER_TILE, found_width;
    ledger_tile_path(level, index, width, path);
    must(ok(ledger_tile_path_parse(view_cstr(path), &found_level, &found_index, &found_width)));
    must(found_level == level && found_index == index && found_width == width);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    try_path(view_of(bytes, n));
    if (n >= 13) try_numbers(bytes);
    return 0;
}
