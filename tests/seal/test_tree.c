/* SPDX-License-Identifier: Apache-2.0 */
#include "trees.h"

/* Leaves and roots of the reference implementation of RFC 6962. */
static const char *const k_leaves[] = {"",
                                       "00",
                                       "10",
                                       "2021",
                                       "3031",
                                       "40414243",
                                       "5051525354555657",
                                       "606162636465666768696a6b6c6d6e6f"};
static const char *const k_roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

static void reference_leaves(struct seal_hash out[8])
{
    for (size_t i = 0; i < 8; i++) {
        uint8_t entry[16];
        size_t n = strlen(k_leaves[i]) / 2;
        CHECK_OK(seal_from_hex(view_cstr(k_leaves[i]), n, entry));
        CHECK_OK(seal_hash_leaf(view_of(entry, n), &out[i]));
    }
}

TEST(a_tree_has_the_root_that_every_other_log_computes)
{
    struct seal_hash leaves[8], root;
    struct seal_tree t = {0};
    reference_leaves(leaves);
    for (size_t n = 0; n <= 8; n++) {
        CHECK_OK(seal_hash_tree(leaves, n, &root));
        check_hash(&root, k_roots[n]);
        CHECK_OK(seal_tree_head(&t, &root));
        check_hash(&root, k_roots[n]);
        if (n < 8) CHECK_OK(seal_tree_add(&t, &leaves[n]));
    }
}

TEST(a_small_log_has_the_hashes_it_has_elsewhere)
{
    static const char *const k_hashes[] = {
        "f94070abfd2da0bf72902eb13a808e794f954d9e2745c682a158f6ed0d4ac036",
        "fb5d93e6cf90bc9470cd9ea9d9e12348993db3e854ab2b7660e3594767045f6c",
        "3d1de776df086c1ae9f7049d2bb0c0475ad14185f987e064e8d10dcb2db4a322"};
    struct seal_hash leaves[3], root;
    for (size_t i = 0; i < 3; i++) {
        char entry[16];
        int n = snprintf(entry, sizeof entry, "{\"n\":%zu}", i);
        CHECK_OK(seal_hash_leaf(view_of(entry, (size_t)n), &leaves[i]));
        check_hash(&leaves[i], k_hashes[i]);
    }
    CHECK_OK(seal_hash_tree(leaves, 3, &root));
    check_hash(&root, "2cfef7627597e00b564975774ad728ef210706759fca6d64138c6dfc1cbf2cda");
}

TEST(a_large_log_has_the_root_that_it_has_elsewhere)
{
    struct seal_tree t = {0};
    struct seal_hash leaf, root;
    CLEANUP(buf_done) struct buf text = {0};
    for (size_t i = 0; i < 70000; i++) {
        char entry[24];
        int n = snprintf(entry, sizeof entry, "{\"n\":%zu}", i);
        CHECK_OK(seal_hash_leaf(view_of(entry, (size_t)n), &leaf));
        CHECK_OK(seal_tree_add(&t, &leaf));
    }
    CHECK_OK(seal_tree_head(&t, &root));
    CHECK_OK(seal_base64(view_of(root.bytes, sizeof root.bytes), &text));
    CHECK_TEXT(buf_view(&text), "Bgv+86JoCgNF32/SwcmYtPJl1lKSbMhDoRdDYwUbFUc=");
}

TEST(the_root_is_the_one_of_the_standard_for_every_size)
{
    struct seal_hash *leaves = new_leaves(300), got;
    struct seal_tree t = {0};
    for (uint64_t n = 0; n <= 300; n++) {
        struct seal_hash want = rfc_head(leaves, n);
        CHECK_OK(seal_hash_tree(leaves, n, &got));
        CHECK(same_hash(&got, &want));
        CHECK_OK(seal_tree_head(&t, &got));
        CHECK(same_hash(&got, &want));
        if (n < 300) CHECK_OK(seal_tree_add(&t, &leaves[n]));
    }
    free(leaves);
}

TEST(an_entry_cannot_pass_for_a_node)
{
    struct seal_hash leaves[2], node, leaf;
    CHECK_OK(seal_hash_leaf(VIEW("a"), &leaves[0]));
    CHECK_OK(seal_hash_leaf(VIEW("b"), &leaves[1]));
    CHECK_OK(seal_hash_node(&leaves[0], &leaves[1], &node));
    CHECK_OK(seal_hash_leaf(view_of(leaves, sizeof leaves), &leaf));
    CHECK(!same_hash(&node, &leaf));
    CHECK_OK(seal_hash_node(&leaves[1], &leaves[0], &leaf));
    CHECK(!same_hash(&node, &leaf));
}

TEST(a_log_goes_on_from_its_stored_hashes_after_a_restart)
{
    struct stored all;
    stored_init(&all, 300);
    for (uint64_t size = 0; size <= 300; size++) {
        struct stored part = all;
        part.size = size; /* what lies behind is refused */
        const struct seal_source from = {&part, read_stored};
        struct seal_tree t;
        struct seal_hash got, want;
        CHECK_OK(seal_tree_load(size, &from, &t));
        CHECK_OK(seal_tree_head(&t, &got));
        CHECK_OK(seal_hash_tree(all.level[0], size, &want));
        CHECK(same_hash(&got, &want));
        for (uint64_t i = size; i < 300 && i < size + 3; i++)
            CHECK_OK(seal_tree_add(&t, &all.level[0][i]));
        CHECK_OK(seal_tree_head(&t, &got));
        CHECK_OK(seal_hash_tree(all.level[0], t.size, &want));
        CHECK(same_hash(&got, &want));
    }
    stored_done(&all);
}

TEST(a_tile_gives_the_hash_of_the_level_above)
{
    struct stored s;
    struct seal_hash up;
    stored_init(&s, 1024);
    for (uint64_t tile = 0; tile < 4; tile++) {
        CHECK_OK(seal_hash_tree(s.level[0] + 256 * tile, 256, &up));
        CHECK(same_hash(&up, &s.level[8][tile]));
    }
    CHECK_OK(seal_hash_tree(s.level[3] + 8, 4, &up));
    CHECK(same_hash(&up, &s.level[5][2]));
    stored_done(&s);
}

TEST(a_broken_store_stops_the_log_and_changes_nothing)
{
    struct stored s;
    struct seal_tree t = {.size = 77};
    stored_init(&s, 10);
    const struct seal_source from = {&s, read_stored};
    CHECK_FAILS(E_NOT_FOUND, seal_tree_load(11, &from, &t));
    CHECK_FAILS(E_LIMIT, seal_tree_load(SEAL_SIZE_MAX + 1, &from, &t));
    CHECK_FAILS(E_LIMIT, seal_tree_load(UINT64_MAX, &from, &t));
    CHECK(t.size == 77);
    stored_done(&s);
}

TEST(the_largest_tree_is_refused_one_more_leaf)
{
    struct seal_tree t = {.size = SEAL_SIZE_MAX - 1};
    struct seal_hash leaf = hash_of_hex(k_roots[1]), root;
    CHECK_OK(seal_tree_add(&t, &leaf));
    CHECK(t.size == SEAL_SIZE_MAX);
    CHECK_OK(seal_tree_head(&t, &root));
    CHECK_FAILS(E_LIMIT, seal_tree_add(&t, &leaf));
    CHECK(t.size == SEAL_SIZE_MAX);
    t.size++;
    CHECK_FAILS(E_LIMIT, seal_tree_head(&t, &root));
}

TESTS(RUN(a_tree_has_the_root_that_every_other_log_computes),
      RUN(a_small_log_has_the_hashes_it_has_elsewhere),
      RUN(a_large_log_has_the_root_that_it_has_elsewhere),
      RUN(the_root_is_the_one_of_the_standard_for_every_size), RUN(an_entry_cannot_pass_for_a_node),
      RUN(a_log_goes_on_from_its_stored_hashes_after_a_restart),
      RUN(a_tile_gives_the_hash_of_the_level_above),
      RUN(a_broken_store_stops_the_log_and_changes_nothing),
      RUN(the_largest_tree_is_refused_one_more_leaf))
