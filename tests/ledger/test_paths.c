/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger_int.h"
#include "test.h"

static const struct {
    int level;
    uint64_t index;
    uint32_t width;
    const char *path;
} k_paths[] = {
    {0, 0, 256, "tile/0/000"},
    {0, 1234067, 256, "tile/0/x001/x234/067"},
    {-1, 0, 3, "tile/entries/000.p/3"},
    {-1, 273, 112, "tile/entries/273.p/112"},
    {1, 1, 17, "tile/1/001.p/17"},
    {2, 0, 1, "tile/2/000.p/1"},
    {0, 999, 255, "tile/0/999.p/255"},
    {0, 1000, 256, "tile/0/x001/000"},
    {63, UINT64_MAX, 255, "tile/63/x018/x446/x744/x073/x709/x551/615.p/255"},
};

TEST(every_client_finds_the_tile_where_it_looks)
{
    for (size_t i = 0; i < COUNT_OF(k_paths); i++) {
        char path[LEDGER_PATH_BYTES];
        int level;
        uint64_t index;
        uint32_t width;
        ledger_tile_path(k_paths[i].level, k_paths[i].index, k_paths[i].width, path);
        CHECK_TEXT(view_cstr(path), k_paths[i].path);
        CHECK_OK(ledger_tile_path_parse(view_cstr(path), &level, &index, &width));
        CHECK(level == k_paths[i].level && index == k_paths[i].index && width == k_paths[i].width);
    }
}

TEST(a_path_that_leads_elsewhere_is_refused)
{
    static const char *const k_wrong[] = {
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/8/0/000",
        "tile/data/000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x01/000",
        "tile/0/x001",
        "tile/0/x001/",
        "tile/0/x001.p/3",
        "tile/0/001/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/1000",
        "tile/0/000.p/3/",
        "tile/0/000/",
        "tile/0/000/3",
        "/tile/0/000",
        "tile//000",
        "tile/0/../checkpoint",
        "tile/0/+01",
        "Tile/0/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x099/x018/x446/x744/x073/x709/x551/615",
    };
    for (size_t i = 0; i < COUNT_OF(k_wrong); i++) {
        int level = 77;
        uint64_t index;
        uint32_t width;
        if (ok(ledger_tile_path_parse(view_cstr(k_wrong[i]), &level, &index, &width)))
            fail_msg("%s is taken", k_wrong[i]);
        CHECK_FAILS(E_INPUT, ledger_tile_path_parse(view_cstr(k_wrong[i]), &level, &index, &width));
        CHECK(level == 77);
    }
    int taken = 0; /* the full tile, .p/2 and .p/25 are whole paths too */
    for (size_t n = 0; n < strlen(k_paths[8].path); n++) {
        int level;
        uint64_t index;
        uint32_t width;
        taken += ok(ledger_tile_path_parse(view_of(k_paths[8].path, n), &level, &index, &width));
    }
    CHECK(taken == 3);
    int level;
    uint64_t index;
    uint32_t width;
    CHECK_FAILS(E_INPUT,
                ledger_tile_path_parse(view_of("tile/0/000\0", 11), &level, &index, &width));
}

TEST(the_tiles_of_a_size_are_those_of_the_specification)
{
    CHECK(full_tiles(70000, 0) == 273 && tile_width(70000, 0) == 112);
    CHECK(full_tiles(70000, -1) == 273 && tile_width(70000, -1) == 112);
    CHECK(full_tiles(70000, 1) == 1 && tile_width(70000, 1) == 17);
    CHECK(full_tiles(70000, 2) == 0 && tile_width(70000, 2) == 1);
    CHECK(full_tiles(70000, 3) == 0 && tile_width(70000, 3) == 0);
    CHECK(tile_width(256, 0) == 0 && full_tiles(256, 0) == 1);
    CHECK(full_tiles(SEAL_SIZE_MAX, 7) == 0 && tile_width(SEAL_SIZE_MAX, 7) == 127);
}

TESTS(RUN(every_client_finds_the_tile_where_it_looks), RUN(a_path_that_leads_elsewhere_is_refused),
      RUN(the_tiles_of_a_size_are_those_of_the_specification))
