/* SPDX-License-Identifier: Apache-2.0
 * Between the url_*.c files of text only. docs/formats/url.md numbers the rules named here. */
#ifndef SANAD_URL_INT_H
#define SANAD_URL_INT_H

#include "text/text_int.h"

enum {
    URL_MAX_BYTES = 8192, /* of a URL, given or canonical */
    URL_HOST_MAX = 253,   /* RFC 1035 section 2.3.4, written without the last dot */
    URL_LABEL_MAX = 63,
    URL_LEVELS = 4, /* wrappers around one another */
};

/** A view for the initialiser of a table. */
#define URL_TEXT(literal)                                  \
    {                                                      \
        (const uint8_t *)("" literal), sizeof(literal) - 1 \
    }

/** A URL in parts, each in its final spelling. Views point into text. Large: on the stack only. */
struct url {
    uint8_t host[URL_HOST_MAX + 1]; /* NUL behind; IPv6 in brackets */
    uint32_t n_host;
    uint32_t site_at;   /* where the registrable domain begins; 0 when there is none */
    uint32_t suffix_at; /* where the public suffix behind it begins; 0 when there is none */
    uint32_t port;      /* 0: the usual one */
    bool is_address;    /* the host is an IP address */
    struct view path;   /* "/" or "/x/y", no final slash */
    struct view query;  /* without "?" */
    struct view fragment;
    size_t n_text;
    bool full; /* something did not fit into text */
    uint8_t text[URL_MAX_BYTES + 64];
};

/* ---- url_host.c --------------------------------------------------------------------------- */

/** Host as written in a URL ("[::1]" with brackets) -> u->host and what belongs to it.
 *  at      byte where raw stands, for messages
 *  Errors  E_INPUT, E_MEMORY */
MUST rc url_host_read(struct view raw, size_t at, struct url *u);
/** Fills site_at and suffix_at of a named host from the public suffix list. */
void url_host_site(struct url *u);
/** Whether a public suffix is one of ICANN's, not of the private section or unknown. */
bool url_suffix_is_known(const uint8_t *nul_terminated);

/* ---- url_part.c --------------------------------------------------------------------------- */

/** Path, query and fragment in their final spelling, in u->text. Too long: u->full. */
void url_path_read(struct view raw, struct url *u);
void url_query_read(struct view raw, struct url *u);
void url_fragment_read(struct view raw, struct url *u);
/** Adds bytes to u->text as they are. */
void url_text_add(struct url *u, struct view v);
/** Writes v with its escapes decoded; out holds v.n bytes at least. Returns the count. */
size_t url_unescape(struct view v, uint8_t *out);

/* ---- url_rules.c -------------------------------------------------------------------------- */

/** The address a wrapper leads to, in out (URL_MAX_BYTES); empty when u is no wrapper. */
struct view url_unwrap(const struct url *u, uint8_t *out);
/** Writes the host by its alias, if it has one. */
void url_rename_host(struct url *u);
/** Videos as /watch?v=, tracking parameters away. */
void url_tidy(struct url *u);

/* ---- url.c -------------------------------------------------------------------------------- */

/** Length of an undisguised or disguised "http://" at the start of v ("hxxps[:]//"); 0 for none. */
size_t url_scheme_length(struct view v);
/** Length of a disguised dot or colon ("[.]", "(dot)") at the start of v, and what it stands for;
 *  0 for none. */
size_t url_disguise(struct view v, struct view *out_plain);

/* ---- tables, from the .tsv files by tools/gen_url_tables.py -------------------------------- */

enum url_byte_class {
    URL_ESCAPE_PATH = 1,
    URL_ESCAPE_QUERY = 2,
    URL_ESCAPE_FRAGMENT = 4,
    URL_UNRESERVED = 8, /* RFC 3986 section 2.3 */
    URL_NAME_BYTE = 16, /* ASCII of a host name's label */
};
extern const uint8_t k_url_byte_class[256];

struct url_tracking {
    struct view name, host, path; /* empty host or path: any */
    bool whole;                   /* false: the name only has to begin so */
};
extern const struct url_tracking k_url_tracking[];
/** Rows whose name begins with byte b: [k_url_tracking_from[b], k_url_tracking_from[b + 1]). */
extern const uint16_t k_url_tracking_from[257];

enum url_rule { URL_PARAM, URL_PATH, URL_DASHED, URL_ALIAS, URL_VIDEO };
struct url_wrapper {
    enum url_rule rule;
    struct view host, path, argument; /* empty path: any */
};
extern const struct url_wrapper k_url_wrappers[];
extern const size_t k_url_n_wrappers;

enum url_bare_kind { URL_BARE_WORD, URL_BARE_PATH };
struct url_bare {
    struct view tld;
    enum url_bare_kind kind;
};
extern const struct url_bare k_url_bare[];
extern const size_t k_url_n_bare;

#endif
