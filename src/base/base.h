/* SPDX-License-Identifier: Apache-2.0
 *
 * base: the ground everything stands on. Status values whose failures always carry a message,
 * byte views, arenas with limits, growing buffers, files, clocks, JSON in and out, a log sink.
 * Nothing here knows what sanad is for.
 *
 * Ownership words used in every header of this project:
 *   borrowed  the callee or caller may read it until the named moment, and never frees it
 *   owned     the receiver must release it with the named function
 *   arena     lives in the named arena and goes with it
 */
#ifndef SANAD_BASE_H
#define SANAD_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- GNU extensions, only through these names ------------------------------------------- */

#define MUST __attribute__((warn_unused_result))
#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define PRINTF(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ADD_OVERFLOWS(a, b, out) __builtin_add_overflow(a, b, out)
#define MUL_OVERFLOWS(a, b, out) __builtin_mul_overflow(a, b, out)
#ifdef __cplusplus
#define STATIC_ASSERT(condition, why) static_assert(condition, why)
#else
#define STATIC_ASSERT(condition, why) _Static_assert(condition, why)
#endif
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Status ------------------------------------------------------------------------------ */

enum err {
    E_OK = 0,
#define ERR(symbol, number, http, exit, english) symbol = number,
#include "base/errors.def"
#undef ERR
};

/** What every function that can fail returns. A struct, so that a stray int does not pass. */
typedef struct rc {
    enum err code;
} rc;

#ifdef __cplusplus
#define OK (rc{E_OK})
#else
#define OK ((rc){E_OK})
#endif

/** The only way to make a failure: FAIL(E_INPUT, "module: what, with %s", values).
 *  The message stays readable through rc_message() in the same thread until the next failure. */
#ifdef __cplusplus
#define FAIL(failure, ...) (rc_note(__VA_ARGS__), rc{failure})
#else
#define FAIL(failure, ...) (rc_note(__VA_ARGS__), (rc){failure})
#endif

/** Passes a failure on unchanged. */
#define TRY(call)                                           \
    do {                                                    \
        rc try_rc_ = (call);                                \
        if (UNLIKELY(try_rc_.code != E_OK)) return try_rc_; \
    } while (0)

static inline bool ok(rc r)
{
    return r.code == E_OK;
}

/** Keeps the message of a failure; use FAIL.
 *  fmt   printf format, at most 1,023 bytes survive; borrowed for the call */
void rc_note(const char *fmt, ...) PRINTF(1, 2);

/** Puts a prefix ("line 7: ") before the message of a failure that is being passed on. */
MUST rc rc_within(rc failure, const char *fmt, ...) PRINTF(2, 3);

/** Message of this thread's latest failure; "" when there was none. Borrowed until the next one. */
const char *rc_message(void);

/** One row of the error table (errors.def). */
struct err_info {
    enum err code;
    const char *symbol;
    int http_status;
    int exit_code;
    const char *english;
};
/** Row for a code; the row of E_INTERNAL for a number that is not in the table. Static. */
const struct err_info *err_describe(enum err code);
/** The whole table, for documents and tests. Static. */
const struct err_info *err_table(size_t *out_n);

/* ---- Byte views -------------------------------------------------------------------------- */

/** Bytes somebody else owns. Text travels like this too: UTF-8, no terminating NUL. */
struct view {
    const uint8_t *p;
    size_t n;
};

#ifdef __cplusplus
#define VIEW(literal) (view{reinterpret_cast<const uint8_t *>(literal), sizeof(literal) - 1})
#else
#define VIEW(literal) ((struct view){(const uint8_t *)("" literal), sizeof(literal) - 1})
#endif
/** For printf("%.*s", VIEW_ARG(v)). */
#define VIEW_ARG(v) (int)((v).n > 4096 ? 4096 : (v).n), (const char *)(v).p

static inline struct view view_of(const void *p, size_t n)
{
    struct view v = {(const uint8_t *)p, n};
    return v;
}
/** View of a C string; of NULL: empty. Borrowed as long as s. */
struct view view_cstr(const char *s);
bool view_eq(struct view a, struct view b);
/** Order of the bytes as unsigned numbers, shorter first on a tie: <0, 0, >0. */
int view_cmp(struct view a, struct view b);
bool view_starts(struct view v, struct view prefix);
bool view_ends(struct view v, struct view suffix);
/** Part [from, from + n) cut to what v holds. */
struct view view_slice(struct view v, size_t from, size_t n);
/** Index of the first byte equal to c, or v.n. */
size_t view_find(struct view v, uint8_t c);
/** v without ASCII white space at both ends. */
struct view view_trim(struct view v);

/** Reads one code point at *pos and moves *pos behind it. Ill-formed bytes give U+FFFD, one byte
 *  consumed. Needs *pos < v.n. */
uint32_t utf8_next(struct view v, size_t *pos);
/** Writes a code point as 1..4 bytes; surrogates and numbers over U+10FFFF are written as U+FFFD.
 *  Returns the count of bytes. */
size_t utf8_put(uint32_t code_point, uint8_t out[4]);
/** Offset of the first ill-formed byte, or v.n when the whole view is well-formed UTF-8. */
size_t utf8_check(struct view v);

/* ---- Memory ------------------------------------------------------------------------------ */

/** What arena_array aligns to: enough for any C type. */
#define ARENA_ALIGN 16

struct arena_chunk;
/** Memory that is given back all at once. One per request, load or scan.
 *  Make it with arena_init; not shared between threads. */
struct arena {
    struct arena_chunk *chunks;
    uint8_t *next, *end;
    size_t taken_bytes;
    size_t limit_bytes;
};

/** Caller's memory, nothing is allocated yet. limit_bytes 0 means no limit. */
void arena_init(struct arena *a, size_t limit_bytes);
/** Frees all; a is as after arena_init. NULL and zeroed are fine, twice too. */
void arena_done(struct arena *a);
/** Forgets the contents, keeps the largest chunk for the next use. */
void arena_reset(struct arena *a);
/** n objects of `size` bytes, zeroed, aligned; out points to a pointer. Use arena_array.
 *  Errors  E_MEMORY at the limit or when the system has none. Cost O(bytes). */
MUST rc arena_take(struct arena *a, size_t n, size_t size, size_t align, void *out);
/** The same, not zeroed. */
MUST rc arena_take_raw(struct arena *a, size_t n, size_t size, size_t align, void *out);
#define arena_array(a, n, out) arena_take((a), (n), sizeof(**(out)), ARENA_ALIGN, (out))
#define arena_array_raw(a, n, out) arena_take_raw((a), (n), sizeof(**(out)), ARENA_ALIGN, (out))
#define arena_new(a, out) arena_array((a), 1, (out))
/** Copy of v in the arena. */
MUST rc arena_copy(struct arena *a, struct view v, struct view *out);
/** Formatted text in the arena. */
MUST rc arena_format(struct arena *a, struct view *out, const char *fmt, ...) PRINTF(3, 4);
/** Unaligned bytes, not zeroed: for text. */
MUST rc arena_bytes(struct arena *a, size_t n, uint8_t **out);

/** Heap memory, for what outlives any arena. mem_new gives zeroed memory; p may be NULL in
 *  mem_free. All heap memory of our C code comes through here. */
MUST rc mem_new(size_t n, size_t size, void *out);
/** Grows or shrinks; *inout_p keeps its value on failure. */
MUST rc mem_resize(void *inout_p, size_t n, size_t size);
void mem_free(void *p);
/** Tests only: the k-th allocation from now fails (k >= 1); 0 switches it off. Returns how many
 *  allocations had happened since the last call. */
int64_t mem_fail_at(int64_t k);

/** Bytes that grow, on the heap, up to a limit. Zeroed memory is a valid empty buf without limit.
 */
struct buf {
    uint8_t *p;
    size_t n, cap;
    size_t limit_bytes;
};
void buf_init(struct buf *b, size_t limit_bytes);
void buf_done(struct buf *b);
void buf_reset(struct buf *b);
static inline struct view buf_view(const struct buf *b)
{
    return view_of(b->p, b->n);
}
/** Room for n more bytes; *out_p (may be NULL) points to them, b->n is not moved. */
MUST rc buf_reserve(struct buf *b, size_t n, uint8_t **out_p);
MUST rc buf_add(struct buf *b, struct view v);
MUST rc buf_add_byte(struct buf *b, uint8_t c);
MUST rc buf_add_u16(struct buf *b, uint16_t x); /* little endian, as all numbers in files */
MUST rc buf_add_u32(struct buf *b, uint32_t x);
MUST rc buf_add_u64(struct buf *b, uint64_t x);
MUST rc buf_addf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

static inline uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (unsigned)p[1] << 8);
}
static inline uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t get_u64(const uint8_t *p)
{
    return (uint64_t)get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
}

/* ---- Files ------------------------------------------------------------------------------- */

/** A file mapped read-only. */
struct file_map {
    struct view bytes;
    uint64_t inode, mtime_ns;
};
/** Errors  E_NOT_FOUND, E_FORMAT (no regular file), E_IO. An empty file maps to an empty view. */
MUST rc file_map_open(const char *path, struct file_map *out);
void file_map_close(struct file_map *m);

/** The whole file (or standard input for "-") appended to out, whose limit holds.
 *  Errors  E_NOT_FOUND, E_FORMAT (a folder), E_IO, E_LIMIT with the limit and its unit in the
 * message. */
MUST rc file_read(const char *path, size_t limit_bytes, struct buf *out);

/** A file that holds a secret: as file_read, but one that others than its owner may read or change
 *  is refused with E_INPUT, and so is standard input. */
MUST rc file_read_private(const char *path, size_t limit_bytes, struct buf *out);

/** A file that appears whole or not at all: written beside `path` under no name, and renamed over
 *  it by file_commit after fsync. A crash, a full disk or Ctrl-C leaves the old file. */
struct file_writer {
    int fd;
    char *path, *part_path;
    bool unnamed, secret;
    uint64_t written;
    struct buf pending;
};
MUST rc file_create(const char *path, struct file_writer *out);
/** The same, for secrets: mode 600, and what is still buffered is wiped when the file is closed. */
MUST rc file_create_private(const char *path, struct file_writer *out);
MUST rc file_write(struct file_writer *w, struct view v);
/** fsync, rename, fsync of the folder. Errors E_IO, E_SPACE. */
MUST rc file_commit(struct file_writer *w);
/** The same, but a file that is there stays as it is. Errors also E_DUPLICATE. */
MUST rc file_commit_new(struct file_writer *w);
/** Drops what was not committed; NULL, zeroed and committed writers are fine. */
void file_abandon(struct file_writer *w);
/** Puts the file in place like file_commit, but nothing is durable until folder_sync_all. */
MUST rc file_place(struct file_writer *w);

/** A file that only grows, for a journal. */
struct append_file {
    int fd; /* -1: none */
    char *path;
    uint64_t size; /* bytes that were written whole */
};
/** A new file (E_DUPLICATE when there is one); one that is there. Errors E_NOT_FOUND, E_IO,
 * E_SPACE. */
MUST rc append_create(const char *path, struct append_file *out);
MUST rc append_open(const char *path, struct append_file *out);
/** One write at the end. After a failure a part of v may stand behind `size`: append_cut. */
MUST rc append_write(struct append_file *f, struct view v);
/** fdatasync. After a failure nobody knows what is durable; trying again tells nothing. */
MUST rc append_sync(struct append_file *f);
MUST rc append_cut(struct append_file *f, uint64_t size); /* drops what stands behind size bytes */
void append_close(struct append_file *f);                 /* NULL, zeroed, closed ones are fine */

/** Makes a folder; one that is there is fine. private: mode 0700, whether it is there or not.
 *  Errors E_NOT_FOUND no parent; E_IO, E_SPACE. */
MUST rc folder_make(const char *path);
MUST rc folder_make_private(const char *path);
MUST rc folder_sync(const char *path); /* makes the names in it durable */
/** Makes everything on the file system of this folder durable (syncfs): one call for many files. */
MUST rc folder_sync_all(const char *path);
/** Names in a folder but "." and "..", sorted by bytes, a NUL behind each. Errors E_NOT_FOUND,
 * E_IO. */
MUST rc folder_names(const char *path, struct arena *mem, struct view **out, size_t *out_n);
/** Writes over bytes of a file; not durable yet. Errors E_NOT_FOUND, E_IO, E_SPACE. */
MUST rc file_overwrite(const char *path, uint64_t offset, struct view v);
MUST rc file_remove(const char *path); /* a file or an empty folder */
/** In one folder, and durably; a folder too, over an empty one. */
MUST rc file_rename(const char *from, const char *to);
/** Holds a file, made when missing, until file_unlock. Errors E_BUSY another holds it, in this
 *  process too; E_IO. */
MUST rc file_lock(const char *path, int *out_fd);
void file_unlock(int fd);

/** Tests only: the k-th step that changes files from now fails as on a full disk; 0 = off. Returns
 *  how many there were since the last call. */
int64_t file_fail_at(int64_t k);
enum file_step {
    STEP_WRITE,
    STEP_SYNC,
    STEP_RENAME,
    STEP_SYNC_FOLDER,
    STEP_SYNC_ALL,
    STEP_CREATE,
    STEP_CUT,
    STEP_REMOVE,
    STEP_MAKE_FOLDER
};
/** Tests only: told each such step that succeeded; a file without a name yet by its later one. */
void file_watch(void (*step)(void *context, enum file_step step, const char *path), void *context);

/** Lines of a stream, one at a time, in bounded memory. */
struct line_reader {
    int fd;
    bool owned, at_end;
    uint64_t line_number;
    uint64_t bytes_read;
    uint64_t bytes_total; /* size of the file when it was opened, 0 when there is none to know */
    size_t limit_bytes;
    struct buf hold;
    size_t from;
};
/** path "-" is standard input. limit_bytes per line, not 0. */
MUST rc line_open(const char *path, size_t limit_bytes, struct line_reader *out);
void line_close(struct line_reader *r);
/** Next line without "\n" or "\r\n"; a byte order mark before line 1 is dropped. *out_more is
 *  false at the end. out_line is borrowed until the next call.
 *  Errors  E_LIMIT: this line is too long; it has been skipped, the next call goes on behind it.
 *          E_IO: the stream is broken; do not go on. */
MUST rc line_next(struct line_reader *r, struct view *out_line, bool *out_more);
/** Lines of bytes in memory, which are copied. */
MUST rc line_open_bytes(struct view bytes, size_t limit_bytes, struct line_reader *out);
/** What comes next, not consumed: at least `want` bytes, fewer at the end of the stream. Borrowed
 *  until the next call. Errors E_IO. */
MUST rc line_peek(struct line_reader *r, size_t want, struct view *out);
/** The same stream as raw pieces of any size, for formats that lines do not fit; empty at the end.
 *  A byte order mark is not dropped. Borrowed until the next call. Errors E_IO. */
MUST rc line_raw(struct line_reader *r, struct view *out_piece);
/** Whether line_next would have to wait for whoever writes the stream: the moment to flush. */
bool line_would_block(const struct line_reader *r);

/** Buffered output to a descriptor; a closed pipe is remembered, not fatal. */
struct out_stream {
    int fd;
    bool closed_by_reader;
    struct buf pending;
};
void out_init(struct out_stream *o, int fd);
MUST rc out_write(struct out_stream *o, struct view v);
MUST rc out_writef(struct out_stream *o, const char *fmt, ...) PRINTF(2, 3);
/** Errors  E_IO, E_SPACE; E_INTERRUPTED when the reader closed the pipe. */
MUST rc out_flush(struct out_stream *o);
void out_done(struct out_stream *o);

/* ---- Objects that threads share ------------------------------------------------------------ */

/** An immutable object with a count of who holds it; the first member of the object. */
struct counted {
    uint32_t holders;                      /* only through the functions below */
    void (*release)(struct counted *self); /* called by the last holder */
};
/** A place that holds one counted object, read by many threads and swapped by one. Zeroed memory is
 *  a valid empty place. The lock inside is held for a few instructions. */
struct counted_place {
    struct counted *now;
    bool locked;
};
/** What is there now, held for the caller; NULL when empty. Give back with counted_drop. */
struct counted *counted_hold(struct counted_place *place);
void counted_drop(struct counted *object);
/** Puts a new object (its count is set to 1, for the place) and drops the old one. NULL empties. */
void counted_swap(struct counted_place *place, struct counted *object);

/* ---- Clock ------------------------------------------------------------------------------- */

uint64_t clock_mono_ns(void);
/** Milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_ms(void);

/* ---- JSON in ----------------------------------------------------------------------------- */

enum json_type {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_DOUBLE,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

/** One value. Members of an object carry their key; they stand in the order of the input. */
struct json {
    enum json_type type;
    uint32_t n;      /* elements of an array, members of an object */
    struct view key; /* of a member */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct view string;
        const struct json *items;
    } as;
};

struct json_limits {
    size_t max_bytes;
    uint32_t max_depth;  /* levels of brackets, at most 1,024 */
    uint32_t max_values; /* all values of the text */
};
/** 16 MiB, 64 levels, 1,000,000 values. */
extern const struct json_limits k_json_limits;

/** Strict RFC 8259 in UTF-8: duplicate keys, lone surrogates, ill-formed UTF-8, anything behind the
 *  value: refused with what and where (byte offset or path).
 *  text    borrowed for the call; a leading byte order mark is refused
 *  limits  NULL for k_json_limits
 *  mem     the tree and all strings live there
 *  Errors  E_INPUT, E_ENCODING, E_LIMIT, E_MEMORY. Cost O(n), O(k log k) per object of k members.
 */
MUST rc json_parse(struct view text, const struct json_limits *limits, struct arena *mem,
                   const struct json **out);
/** Member of an object, NULL when absent or when obj is NULL or no object. */
const struct json *json_get(const struct json *obj, const char *key);
/** String of a member; empty view when absent or another type. */
struct view json_get_string(const struct json *obj, const char *key);
/** "null", "boolean", "number", "string", "array", "object". */
const char *json_type_name(enum json_type type);

/* ---- JSON out ---------------------------------------------------------------------------- */

enum { JSON_WRITER_DEPTH = 32 };

/** Writes canonical JSON (RFC 8785): no spaces, members in the order of their keys' UTF-16 units,
 *  numbers as ECMAScript prints them. Keys must come in that order: the writer checks it. A failure
 *  sticks and comes out of json_finish, so calls in between need no check. */
struct json_writer {
    struct buf *out;
    rc failure;
    uint32_t depth;
    struct {
        bool object, any;
        char last_key[48];
    } level[JSON_WRITER_DEPTH];
    bool after_key;
};
void json_begin(struct json_writer *w, struct buf *out);
void json_open_object(struct json_writer *w);
void json_close_object(struct json_writer *w);
void json_open_array(struct json_writer *w);
void json_close_array(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_string(struct json_writer *w, struct view utf8);
void json_cstr(struct json_writer *w, const char *utf8);
void json_int(struct json_writer *w, int64_t x);   /* |x| <= 2^53 - 1, else E_INPUT */
void json_double(struct json_writer *w, double x); /* finite, else E_INPUT */
void json_bool(struct json_writer *w, bool x);
void json_null(struct json_writer *w);
/** A value that is canonical JSON already. */
void json_raw(struct json_writer *w, struct view canonical);
/** Errors  the first failure; E_INTERNAL when brackets are open or keys out of order. */
MUST rc json_finish(struct json_writer *w);

/** A parsed tree as canonical JSON appended to out. mem: scratch for sorting. */
MUST rc json_write(const struct json *value, struct arena *mem, struct buf *out);
/** A finite double as ECMAScript prints it (RFC 8785 section 3.2.2.3); returns bytes, at most 32.
 */
size_t json_format_double(double x, char out[32]);

/* ---- Log sink ---------------------------------------------------------------------------- */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
/** Where a program's log lines go. Library modules never log; node and cmd do. */
struct log_sink {
    enum log_level lowest;
    void (*emit)(void *context, struct view line);
    void *context;
};
/** One JSON line: {"at":ms,"event":…,"level":…,"text":…}. NULL sink: nothing happens. */
void log_event(const struct log_sink *sink, enum log_level level, const char *event,
               const char *fmt, ...) PRINTF(4, 5);

#ifdef __cplusplus
}
#endif
#endif
