/* SPDX-License-Identifier: Apache-2.0
 * Formats of single values: each gives the reason of a refusal, or NULL. */
#include "record/record_int.h"

#include <stdio.h>
#include <string.h>

enum {
    MAX_TOKEN_CHARS = 100,
    MAX_LANG_CHARS = 35,
    MAX_URL_BYTES = 2048,
    MAX_DOMAIN_BYTES = 253,
    MAX_LABEL_BYTES = 63,
    MAX_VKEY_BYTES = 4096,
    DAY_MS = 86400000
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}
static bool is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}
static bool is_letter(uint8_t c)
{
    return is_lower((uint8_t)(c | 0x20));
}

/* ---- time ---- */

/* Days from 1970-01-01 of a day of the Gregorian calendar (H. Hinnant, days_from_civil). */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = y / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool digits_at(struct view v, size_t from, size_t n, int64_t *out)
{
    int64_t x = 0;
    for (size_t i = from; i < from + n; i++) {
        if (!is_digit(v.p[i])) return false;
        x = x * 10 + (v.p[i] - '0');
    }
    *out = x;
    return true;
}

static bool read_day(struct view v, int64_t *out_ms)
{
    static const uint8_t k_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t y, m, d;
    if (v.n < 10 || v.p[4] != '-' || v.p[7] != '-') return false;
    if (!digits_at(v, 0, 4, &y) || !digits_at(v, 5, 2, &m) || !digits_at(v, 8, 2, &d)) return false;
    if (y < 1 || m < 1 || m > 12 || d < 1) return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (d > k_days[m - 1] + (m == 2 && leap)) return false;
    *out_ms = days_of(y, m, d) * DAY_MS;
    return true;
}

rc record_date_read(struct view text, int64_t *out_ms)
{
    if (text.n != 10 || !read_day(text, out_ms))
        return FAIL(E_INPUT, "record: no day YYYY-MM-DD: \"%.*s\"", VIEW_ARG(text));
    return OK;
}

rc record_time_read(struct view text, int64_t *out_ms)
{
    int64_t day, h, m, s, ms;
    bool good = text.n == 24 && read_day(text, &day) && text.p[10] == 'T' && text.p[13] == ':' &&
                text.p[16] == ':' && text.p[19] == '.' && text.p[23] == 'Z' &&
                digits_at(text, 11, 2, &h) && digits_at(text, 14, 2, &m) &&
                digits_at(text, 17, 2, &s) && digits_at(text, 20, 3, &ms);
    /* No leap second: it would have no place of its own among milliseconds. */
    if (!good || day < 0 || h > 23 || m > 59 || s > 59)
        return FAIL(E_INPUT, "record: no time YYYY-MM-DDThh:mm:ss.mmmZ: \"%.*s\"", VIEW_ARG(text));
    *out_ms = day + ((h * 60 + m) * 60 + s) * 1000 + ms;
    return OK;
}

void record_time_write(int64_t ms, char out[24])
{
    int64_t days = ms / DAY_MS, rest = ms % DAY_MS;
    /* The reverse of days_of (H. Hinnant, civil_from_days). */
    int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t d = doy - (153 * mp + 2) / 5 + 1, m = mp < 10 ? mp + 3 : mp - 9;
    int64_t y = yoe + era * 400 + (m <= 2);
    char text[96];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)y, (int)m, (int)d,
             (int)(rest / 3600000), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
             (int)(rest % 1000));
    memcpy(out, text, 24);
}

static const char *date_fault(struct view v)
{
    int64_t ms;
    return v.n == 10 && read_day(v, &ms) ? NULL : "no day of the calendar as YYYY-MM-DD";
}

static const char *time_fault(struct view v)
{
    int64_t ms;
    return ok(record_time_read(v, &ms)) ? NULL : "no time in UTC as YYYY-MM-DDThh:mm:ss.mmmZ";
}

/* ---- names ---- */

static const char *label_fault(struct view label)
{
    if (label.n == 0 || label.n > MAX_LABEL_BYTES) return "a label has 1 to 63 characters";
    if (label.p[0] == '-' || label.p[label.n - 1] == '-') return "a hyphen at the edge of a label";
    for (size_t i = 0; i < label.n; i++)
        if (!is_lower(label.p[i]) && !is_digit(label.p[i]) && label.p[i] != '-')
            return "only a-z, 0-9 and hyphens: write the name in lower-case A-labels (xn--…)";
    if (label.n >= 4 && label.p[2] == '-' && label.p[3] == '-' &&
        (!view_starts(label, VIEW("xn--")) || label.n == 4))
        return "two hyphens there mark an A-label, which begins with xn--";
    return NULL;
}

/* RFC 1035 section 2.3.1 and RFC 5890 section 2.3.2.1. */
static const char *org_fault(struct view v)
{
    struct view rest = v, label = {0};
    uint32_t n_labels = 0;
    if (v.n == 0 || v.n > MAX_DOMAIN_BYTES) return "a domain name has 1 to 253 characters";
    for (;;) {
        size_t dot = view_find(rest, '.');
        label = view_slice(rest, 0, dot);
        const char *why = label_fault(label);
        if (why) return why;
        n_labels++;
        if (dot == rest.n) break;
        rest = view_slice(rest, dot + 1, rest.n);
    }
    if (n_labels < 2) return "a domain name of two labels or more is expected";
    for (size_t i = 0; i < label.n; i++)
        if (!is_digit(label.p[i])) return NULL;
    return "a domain name, not a number";
}

static const char *token_fault(struct view v)
{
    if (v.n == 0 || v.n > MAX_TOKEN_CHARS) return "1 to 100 characters are expected";
    for (size_t i = 0; i < v.n; i++)
        if (!is_letter(v.p[i]) && !is_digit(v.p[i]) && !memchr("._-", v.p[i], 3))
            return "only letters, digits and . _ - without accents";
    return NULL;
}

/* RFC 5646 section 2.1, well-formed as far as the shape of the subtags tells. */
static const char *lang_fault(struct view v)
{
    static const char k_why[] = "no language tag (BCP 47), such as vi or zh-Hant";
    size_t at = 0;
    if (v.n == 0 || v.n > MAX_LANG_CHARS) return k_why;
    for (bool first = true; at <= v.n; first = false) {
        struct view sub = view_slice(v, at, view_find(view_slice(v, at, v.n), '-'));
        if (sub.n == 0 || sub.n > 8 || (first && sub.n < 2)) return k_why;
        for (size_t i = 0; i < sub.n; i++)
            if (first ? !is_lower(sub.p[i]) : !is_letter(sub.p[i]) && !is_digit(sub.p[i]))
                return k_why;
        at += sub.n + 1;
    }
    return NULL;
}

static const char *id_fault(struct view v)
{
    uint8_t hash[SEAL_SHA256_BYTES];
    return ok(record_id_read(v, hash)) ? NULL : "\"sha256:\" and 64 lower-case digits are expected";
}

/* ---- URLs and keys ---- */

static const char *host_fault(struct view authority)
{
    if (view_find(authority, '@') < authority.n) return "an address that names a user";
    size_t colon = view_find(authority, ':');
    for (size_t i = colon + 1; i < authority.n; i++)
        if (!is_digit(authority.p[i]) || i > colon + 5) return "a port that is no number";
    return org_fault(view_slice(authority, 0, colon)) ? "no host in lower-case A-labels" : NULL;
}

static const char *url_fault(struct view v)
{
    size_t skip = view_starts(v, VIEW("https://")) ? 8 : view_starts(v, VIEW("http://")) ? 7 : 0;
    if (skip == 0) return "no absolute http or https address";
    if (v.n > MAX_URL_BYTES) return "longer than 2048 bytes";
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] <= 0x20 || v.p[i] >= 0x7f || memchr("\"<>\\^`{|}", v.p[i], 9))
            return "a character that an address writes with %";
    struct view rest = view_slice(v, skip, v.n);
    size_t end = 0;
    while (end < rest.n && !memchr("/?#", rest.p[end], 3))
        end++;
    return host_fault(view_slice(rest, 0, end));
}

static bool is_base64(struct view v)
{
    if (v.n == 0 || v.n % 4 != 0) return false;
    size_t pad = v.p[v.n - 1] != '=' ? 0 : v.p[v.n - 2] != '=' ? 1 : 2;
    for (size_t i = 0; i < v.n - pad; i++)
        if (!is_letter(v.p[i]) && !is_digit(v.p[i]) && v.p[i] != '+' && v.p[i] != '/') return false;
    /* One spelling for each value: the bits that pad are zero. */
    static const char k_last[3][17] = {"", "AEIMQUYcgkosw048", "AQgw"};
    uint8_t last = v.p[v.n - pad - 1];
    return pad == 0 || memchr(k_last[pad], last, strlen(k_last[pad])) != NULL;
}

bool format_salt(struct view text)
{
    return text.n == 24 && is_base64(text) && text.p[22] == '=' && text.p[21] != '=';
}

/* C2SP signed-note, verifier keys: name+hash+base64. */
static const char *vkey_fault(struct view v)
{
    static const char k_why[] = "no public line of a key: name+8 digits+base64";
    size_t plus = view_find(v, '+');
    if (v.n > MAX_VKEY_BYTES || plus == 0 || plus + 10 >= v.n || v.p[plus + 9] != '+') return k_why;
    for (size_t i = 0; i < plus; i++)
        if (v.p[i] <= 0x20 || v.p[i] >= 0x7f) return k_why;
    for (size_t i = plus + 1; i < plus + 9; i++)
        if (!is_digit(v.p[i]) && !(v.p[i] >= 'a' && v.p[i] <= 'f')) return k_why;
    return is_base64(view_slice(v, plus + 10, v.n)) ? NULL : k_why;
}

static const char *country_fault(struct view v)
{
    bool good = v.n == 2 && v.p[0] >= 'A' && v.p[0] <= 'Z' && v.p[1] >= 'A' && v.p[1] <= 'Z';
    return good ? NULL : "no country as two capital letters (ISO 3166)";
}

void check_chars(struct check *c, struct view text, uint32_t max_chars)
{
    uint32_t n_chars = 0;
    bool control = false;
    for (size_t at = 0; at < text.n; n_chars++) {
        uint32_t u = text.p[at] < 0x80 ? text.p[at++] : utf8_next(text, &at);
        control |= (u < 0x20 && u != '\n' && u != '\t') || (u >= 0x7f && u < 0xa0);
    }
    if (control) check_fault(c, NULL, "a control character");
    if (n_chars == 0) check_fault(c, NULL, "an empty text: leave the field out");
    if (n_chars > max_chars)
        check_fault(c, NULL, "%u characters, the limit is %u", n_chars, max_chars);
}

const char *format_fault(enum record_type type, struct view text)
{
    static const char *(*const k_formats[])(struct view) = {
        [RECORD_TOKEN] = token_fault, [RECORD_LANG] = lang_fault, [RECORD_ORG] = org_fault,
        [RECORD_ID] = id_fault,       [RECORD_SHA256] = id_fault, [RECORD_URL] = url_fault,
        [RECORD_DATE] = date_fault,   [RECORD_TIME] = time_fault, [RECORD_COUNTRY] = country_fault,
        [RECORD_VKEY] = vkey_fault,   [RECORD_SHAPE] = NULL};
    return k_formats[type] ? k_formats[type](text) : NULL;
}

/* ---- identities ---- */

void record_id_write(const uint8_t id[SEAL_SHA256_BYTES], char out[RECORD_ID_CHARS])
{
    memcpy(out, "sha256:", 7);
    seal_hex(id, SEAL_SHA256_BYTES, out + 7);
}

rc record_id_read(struct view text, uint8_t out[SEAL_SHA256_BYTES])
{
    if (!view_starts(text, VIEW("sha256:")))
        return FAIL(E_INPUT, "record: no \"sha256:\" before an id");
    return seal_from_hex(view_slice(text, 7, text.n), SEAL_SHA256_BYTES, out);
}

rc record_org_check(struct view name)
{
    const char *why = format_fault(RECORD_ORG, name);
    return why ? FAIL(E_INPUT, "record: organisation \"%.*s\": %s", VIEW_ARG(name), why) : OK;
}
