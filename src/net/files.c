/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of a folder. The kernel resolves names beneath the folder (openat2 with RESOLVE_BENEATH),
 * so that no link and no race leads out of it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/net_int.h"

enum { NAME_BYTES = 1024 };

static const struct {
    const char *ending, *content_type;
} k_types[] = {
    {".html", "text/html; charset=utf-8"},
    {".txt", "text/plain; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".jsonl", "application/jsonl"},
    {".xml", "application/xml"},
    {".atom", "application/atom+xml"},
    {".csv", "text/csv; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".gz", "application/gzip"},
    {"checkpoint", "text/plain; charset=utf-8"}, /* of a log; its tiles have no ending */
};

static const char *type_of(struct view name)
{
    for (size_t i = 0; i < COUNT_OF(k_types); i++)
        if (view_ends(name, view_cstr(k_types[i].ending))) return k_types[i].content_type;
    return "application/octet-stream";
}

rc net_files_open(const char *folder, const char *const *immutable, size_t n_immutable,
                  uint32_t fresh_s, struct net_files *out)
{
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        enum err code = errno == ENOENT ? E_NOT_FOUND : errno == ENOTDIR ? E_FORMAT : E_IO;
        return FAIL(code, "%s: cannot open: %s", folder, strerror(errno));
    }
    *out = (struct net_files){fd, fresh_s, immutable, n_immutable};
    return OK;
}

void net_files_close(struct net_files *files)
{
    /* Zeroed memory is a closed one: nobody serves descriptor 0. */
    if (files && files->folder_fd > 0) close(files->folder_fd);
    if (files) *files = (struct net_files){0};
}

/* A NUL-terminated copy; false for what cannot be a served name. */
static bool copy_name(struct view relative, char out[NAME_BYTES])
{
    if (relative.n == 0 || relative.n >= NAME_BYTES || view_find(relative, 0) < relative.n)
        return false;
    for (size_t i = 0; i < relative.n; i++)
        if (relative.p[i] == '.' && (i == 0 || relative.p[i - 1] == '/')) return false;
    memcpy(out, relative.p, relative.n);
    out[relative.n] = 0;
    return true;
}

static rc absent(struct view relative)
{
    return FAIL(E_NOT_FOUND, "nothing is at \"%.*s\"", VIEW_ARG(relative));
}

static rc open_beneath(const struct net_files *files, struct view relative, int *out_fd)
{
    char name[NAME_BYTES];
    /* O_NONBLOCK: a named pipe must not stop the loop. */
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    if (!copy_name(relative, name)) return absent(relative);
    long fd = syscall(SYS_openat2, files->folder_fd, name, &how, sizeof how);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == EIO || errno == ENOSYS))
        return FAIL(E_IO, "files: cannot open \"%s\": %s", name, strerror(errno));
    if (fd < 0) return absent(relative);
    *out_fd = (int)fd;
    return OK;
}

static rc set_freshness(const struct net_files *files, struct view relative,
                        struct net_response *response)
{
    char value[64];
    bool forever = false;
    for (size_t i = 0; i < files->n_immutable; i++)
        if (view_starts(relative, view_cstr(files->immutable[i]))) forever = true;
    snprintf(value, sizeof value,
             forever ? "public, max-age=31536000, immutable" : "public, max-age=%u",
             files->fresh_s);
    return net_response_header(response, "Cache-Control", view_cstr(value));
}

rc net_files_serve(const struct net_files *files, struct view relative,
                   struct net_response *response)
{
    int fd;
    struct stat st;
    TRY(open_beneath(files, relative, &fd));
    response->file = fd + 1; /* from here on the server closes it */
    if (fstat(fd, &st) != 0) return FAIL(E_IO, "files: %s", strerror(errno));
    if (!S_ISREG(st.st_mode)) return absent(relative);
    response->file_bytes = (uint64_t)st.st_size;
    response->content_type = type_of(relative);
    return set_freshness(files, relative, response);
}
