/* SPDX-License-Identifier: Apache-2.0
 * Passphrases: from the terminal, unseen, or from the first line of a file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/keys_int.h"

/* ---- the terminal ---- */

static rc say_prompt(int fd, enum lang reader, enum message prompt, const char *whose)
{
    struct out_stream out;
    struct page page;
    struct term term;
    term_look(fd, &term);
    out_init(&out, fd);
    page_begin(&page, &out, term, reader);
    page_say(&page, PAINT_NONE, message(reader, prompt), 1, (struct view[]){view_cstr(whose)});
    rc r = page_end(&page);
    if (ok(r)) r = out_flush(&out);
    out_done(&out);
    return r;
}

static rc read_line(int fd, struct buf *out)
{
    char c;
    for (;;) {
        ssize_t n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR && !interrupted()) continue;
        if (n < 0)
            return FAIL(interrupted() ? E_INTERRUPTED : E_IO, "terminal: %s", strerror(errno));
        if (n == 0 || c == '\n' || c == '\r') return OK;
        if (out->n == SEAL_PASSPHRASE_MAX_BYTES)
            return FAIL(E_LIMIT, "key: a passphrase of more than %d bytes",
                        SEAL_PASSPHRASE_MAX_BYTES);
        TRY(buf_add_byte(out, (uint8_t)c));
    }
}

static rc read_unseen(int fd, struct buf *out)
{
    struct termios before, unseen;
    if (tcgetattr(fd, &before) != 0) return FAIL(E_IO, "terminal: %s", strerror(errno));
    unseen = before;
    unseen.c_lflag &= ~(tcflag_t)ECHO;
    unseen.c_lflag |= ICANON | ECHONL;
    if (tcsetattr(fd, TCSAFLUSH, &unseen) != 0) return FAIL(E_IO, "terminal: %s", strerror(errno));
    rc r = read_line(fd, out);
    tcsetattr(fd, TCSAFLUSH, &before);
    return r;
}

static rc ask(enum lang reader, enum message prompt, const char *whose, struct buf *out)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return FAIL(E_USAGE, "key: no terminal to ask for the passphrase on; use "
                             "--passphrase-file (of a log's key: --log-passphrase-file)");
    interrupt_catch(); /* so that the terminal shows again what is typed */
    TRY(buf_reserve(out, SEAL_PASSPHRASE_MAX_BYTES, NULL));
    rc r = say_prompt(fd, reader, prompt, whose);
    if (ok(r)) r = read_unseen(fd, out);
    close(fd);
    return r;
}

/* ---- a file ---- */

static rc from_file(const char *path, struct buf *out)
{
    struct buf bytes = {0};
    rc r = file_read(path, 1 << 16, &bytes);
    if (ok(r)) {
        struct view line = view_slice(buf_view(&bytes), 0, view_find(buf_view(&bytes), '\n'));
        if (line.n && line.p[line.n - 1] == '\r') line.n--;
        r = line.n > SEAL_PASSPHRASE_MAX_BYTES
                ? FAIL(E_LIMIT, "%s: a passphrase of more than %d bytes", path,
                       SEAL_PASSPHRASE_MAX_BYTES)
                : buf_reserve(out, SEAL_PASSPHRASE_MAX_BYTES, NULL);
        if (ok(r)) r = buf_add(out, line);
    }
    secret_done(&bytes);
    return r;
}

static rc check_phrase(const struct buf *phrase)
{
    if (phrase->n == 0) return FAIL(E_INPUT, "key: an empty passphrase seals nothing");
    if (utf8_check(buf_view(phrase)) != phrase->n)
        return FAIL(E_ENCODING, "key: a passphrase that is not UTF-8");
    return OK;
}

rc passphrase_ask(const char *file, const char *whose, enum lang reader, struct buf *out)
{
    TRY(file ? from_file(file, out) : ask(reader, MSG_PASSPHRASE, whose, out));
    return check_phrase(out);
}

rc passphrase_new(const char *file, const char *whose, enum lang reader, struct buf *out)
{
    TRY(passphrase_ask(file, whose, reader, out));
    if (file) return OK;
    CLEANUP(secret_done) struct buf again = {0};
    TRY(ask(reader, MSG_PASSPHRASE_AGAIN, whose, &again));
    if (!view_eq(buf_view(out), buf_view(&again)))
        return FAIL(E_INPUT, "key: the two passphrases are not the same");
    return OK;
}
