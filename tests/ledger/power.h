/* SPDX-License-Identifier: Apache-2.0
 *
 * A power failure, made by hand: remembers which bytes of which files and which names of which
 * folders were made durable, and builds the folder that is left when all else is gone. Steps of
 * base are watched; what was there at the start counts as durable. */
#ifndef SANAD_TESTS_LEDGER_POWER_H
#define SANAD_TESTS_LEDGER_POWER_H

#include "logs.h"

#include <dirent.h>
#include <fcntl.h>

enum { POWER_NODES = 4096 };

struct power_name {
    char name[64];
    uint64_t node;
};
/* A file or folder as far as it is durable. */
struct power_node {
    uint64_t id; /* inode and birth: numbers of removed files come again */
    bool folder;
    struct buf bytes; /* of a file; names of a folder */
};
struct power {
    char root[TEST_PATH];
    struct power_node nodes[POWER_NODES];
    size_t n;
};

static inline uint64_t power_id(const char *path, bool *out_folder)
{
    struct statx st;
    CHECK(statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME | STATX_TYPE, &st) == 0);
    *out_folder = S_ISDIR(st.stx_mode);
    return st.stx_ino * 1000003u + (uint64_t)st.stx_btime.tv_sec * 1000000000u +
           st.stx_btime.tv_nsec;
}

static inline struct power_node *power_node(struct power *p, const char *path)
{
    bool folder;
    uint64_t id = power_id(path, &folder);
    for (size_t i = 0; i < p->n; i++)
        if (p->nodes[i].id == id) return &p->nodes[i];
    CHECK(p->n < POWER_NODES);
    p->nodes[p->n] = (struct power_node){.id = id, .folder = folder};
    return &p->nodes[p->n++];
}

/* What stands on the disk now is durable: bytes of a file, or names of a folder. */
static inline void power_keep(struct power *p, const char *path)
{
    struct power_node *node = power_node(p, path);
    buf_reset(&node->bytes);
    if (!node->folder) {
        CHECK_OK(file_read(path, 1 << 28, &node->bytes));
        return;
    }
    struct buf names = {0};
    DIR *dir = opendir(path);
    CHECK(dir != NULL);
    for (struct dirent *e; (e = readdir(dir));) {
        struct power_name name = {0};
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        CHECK(strlen(e->d_name) < sizeof name.name);
        memcpy(name.name, e->d_name, strlen(e->d_name));
        name.node = power_node(p, below(path, e->d_name))->id;
        CHECK_OK(buf_add(&names, view_of(&name, sizeof name)));
    }
    closedir(dir);
    node = power_node(p, path);
    buf_done(&node->bytes);
    node->bytes = names;
}

static struct power *g_power_all;
static inline int power_keep_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st, (void)flag, (void)at;
    power_keep(g_power_all, path);
    return 0;
}
static inline void power_keep_all(struct power *p)
{
    g_power_all = p;
    CHECK(nftw(p->root, power_keep_one, 32, FTW_PHYS) == 0);
}

static inline void power_done(struct power *p)
{
    for (size_t i = 0; i < p->n; i++)
        buf_done(&p->nodes[i].bytes);
    p->n = 0;
}
static inline void power_start(struct power *p, const char *root)
{
    power_done(p);
    snprintf(p->root, sizeof p->root, "%s", root);
    power_keep_all(p);
}

/* To be told of each step; returns whether anything more is durable. */
static inline bool power_step(struct power *p, enum file_step step, const char *path)
{
    char folder[TEST_PATH];
    struct stat st;
    if (step == STEP_SYNC) power_keep(p, path);
    if (step == STEP_SYNC_ALL) power_keep_all(p);
    if (step == STEP_SYNC_FOLDER) {
        snprintf(folder, sizeof folder, "%s", path);
        CHECK(stat(folder, &st) == 0);
        if (!S_ISDIR(st.st_mode)) *strrchr(folder, '/') = 0;
        power_keep(p, folder);
    }
    return step == STEP_SYNC || step == STEP_SYNC_ALL || step == STEP_SYNC_FOLDER;
}

static inline void power_build(const struct power *p, uint64_t id, const char *path)
{
    const struct power_node *node = NULL;
    for (size_t i = 0; i < p->n; i++)
        if (p->nodes[i].id == id) node = &p->nodes[i];
    CHECK(node != NULL);
    if (!node->folder) {
        FILE *f = fopen(path, "wb");
        CHECK(f != NULL);
        CHECK(fwrite(node->bytes.p, 1, node->bytes.n, f) == node->bytes.n);
        CHECK(fclose(f) == 0);
        return;
    }
    CHECK(mkdir(path, 0755) == 0);
    for (size_t at = 0; at < node->bytes.n; at += sizeof(struct power_name)) {
        struct power_name name;
        char child[TEST_PATH];
        memcpy(&name, node->bytes.p + at, sizeof name);
        CHECK(snprintf(child, sizeof child, "%s/%s", path, name.name) < TEST_PATH);
        power_build(p, name.node, child);
    }
}
/* The folder that is there when power comes back. */
static inline void power_back(const struct power *p, const char *to)
{
    bool folder;
    power_build(p, power_id(p->root, &folder), to);
}

#endif
