/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of keys: what a key is for, and its secret in the last line, open or sealed.
 *
 *   # sanad key 1
 *   # org: checker.example
 *   # purpose: author
 *   # created: 2026-11-22T10:15:00.000Z
 *   # public: checker.example+c10d7dd4+ASmsOTxO2NGjGq1Fz8zqNSQPYM4r3jYSQCu9k8YGDrlL
 *   # retired: 2027-11-22T10:15:00.000Z        only of a key that is not current; or "revoked"
 *   PRIVATE+KEY+…                              or: SEALED …, see key_box.c
 *
 * A file of the last line alone, as other programs write it, is read too. */
#include "seal/seal_int.h"

#include <string.h>

#define FIRST_LINE "# sanad key 1"
#define PRIVATE_WORD "PRIVATE+KEY+"
#define FORMAT_WORD "# sanad key "
#define SEALED_WORD "SEALED "

static const struct {
    const char *name;
    uint8_t type;
} k_purposes[SEAL_N_PURPOSES] = {
    [SEAL_NO_PURPOSE] = {"", SEAL_TYPE_ED25519},
    [SEAL_AUTHOR] = {"author", SEAL_TYPE_ED25519},
    [SEAL_REVIEWER] = {"reviewer", SEAL_TYPE_ED25519},
    [SEAL_LOG] = {"log", SEAL_TYPE_ED25519},
    [SEAL_WITNESS] = {"witness", SEAL_TYPE_COSIGNATURE},
    [SEAL_MIRROR] = {"mirror", SEAL_TYPE_COSIGNATURE},
    [SEAL_RECOVERY] = {"recovery", SEAL_TYPE_ED25519},
};

const char *seal_purpose_name(enum seal_purpose purpose)
{
    return (unsigned)purpose < SEAL_N_PURPOSES ? k_purposes[purpose].name : "";
}

enum seal_purpose seal_purpose_find(struct view name)
{
    for (unsigned i = SEAL_AUTHOR; i < SEAL_N_PURPOSES; i++)
        if (view_eq(name, view_cstr(k_purposes[i].name))) return (enum seal_purpose)i;
    return SEAL_NO_PURPOSE;
}

uint8_t seal_purpose_type(enum seal_purpose purpose)
{
    return k_purposes[(unsigned)purpose < SEAL_N_PURPOSES ? purpose : SEAL_NO_PURPOSE].type;
}

bool seal_purpose_fits(enum seal_purpose purpose, struct view org, struct view name)
{
    struct view domain = view_slice(name, 0, view_find(name, '/'));
    if (purpose == SEAL_AUTHOR || org.n == 0) return org.n > 0 && view_eq(name, org);
    if (view_eq(domain, org)) return name.n > domain.n + 1;
    return domain.n > org.n + 1 && view_ends(domain, org) && domain.p[domain.n - org.n - 1] == '.';
}

static const char *const k_states[] = {"current", "retired", "revoked"};

const char *seal_key_state_name(enum seal_key_state state)
{
    return k_states[(unsigned)state < COUNT_OF(k_states) ? state : SEAL_REVOKED];
}

/* ---- reading ---- */

static rc check_time(struct view time)
{
    static const char k_form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    bool good = time.n == SEAL_TIME_CHARS;
    for (size_t i = 0; good && i < SEAL_TIME_CHARS; i++)
        good = k_form[i] == 'd' ? time.p[i] >= '0' && time.p[i] <= '9' : time.p[i] == k_form[i];
    return good ? OK : FAIL(E_INPUT, "seal: a time is YYYY-MM-DDThh:mm:ss.mmmZ");
}

/* The value of the line "# name: value" at *at, which moves behind it. */
static rc take_value(struct view bytes, size_t *at, const char *name, struct view *out)
{
    struct view line, label = view_cstr(name);
    TRY(take_line(bytes, at, &line));
    size_t n = 2 + label.n + 2;
    if (line.n <= n || !view_starts(line, VIEW("# ")) ||
        !view_starts(view_slice(line, 2, n), label) || memcmp(line.p + 2 + label.n, ": ", 2) != 0)
        return FAIL(E_INPUT, "seal: a key file has \"# %s: …\" here", name);
    *out = view_slice(line, n, line.n);
    return OK;
}

static rc read_ended(struct view bytes, size_t *at, struct seal_key_file *out)
{
    struct view rest = view_slice(bytes, *at, bytes.n);
    if (!view_starts(rest, VIEW("# "))) return OK;
    out->state = view_starts(rest, VIEW("# revoked")) ? SEAL_REVOKED : SEAL_RETIRED;
    TRY(take_value(bytes, at, k_states[out->state], &out->ended));
    return check_time(out->ended);
}

static rc check_head(const struct seal_key_file *file)
{
    struct view name = file->public_half.name;
    if (file->purpose == SEAL_NO_PURPOSE)
        return FAIL(E_INPUT, "seal: a key file whose purpose is none that is known");
    if (!seal_purpose_fits(file->purpose, file->org, name))
        return FAIL(E_INPUT, "seal: a key named %.*s is no %s key of %.*s", VIEW_ARG(name),
                    seal_purpose_name(file->purpose), VIEW_ARG(file->org));
    if (file->public_half.type != seal_purpose_type(file->purpose))
        return FAIL(E_INPUT, "seal: a %s key is of type 0x%02x, not 0x%02x",
                    seal_purpose_name(file->purpose), seal_purpose_type(file->purpose),
                    file->public_half.type);
    return check_time(file->created);
}

static rc read_head(struct view bytes, struct arena *mem, struct seal_key_file *out)
{
    struct view purpose, line;
    size_t at = 0;
    TRY(take_line(bytes, &at, &line));
    if (!view_eq(line, VIEW(FIRST_LINE)))
        return FAIL(E_VERSION, "seal: a key file of another version than 1");
    TRY(take_value(bytes, &at, "org", &out->org));
    TRY(take_value(bytes, &at, "purpose", &purpose));
    TRY(take_value(bytes, &at, "created", &out->created));
    TRY(take_value(bytes, &at, "public", &line));
    out->purpose = seal_purpose_find(purpose);
    TRY(seal_verifier_parse(line, mem, &out->public_half));
    TRY(check_head(out));
    out->head = view_slice(bytes, 0, at);
    TRY(read_ended(bytes, &at, out));
    TRY(take_line(bytes, &at, &out->secret));
    if (at != bytes.n) return FAIL(E_INPUT, "seal: something stands behind the secret of a key");
    out->sealed = view_starts(out->secret, VIEW(SEALED_WORD));
    if (out->sealed) {
        struct key_box box;
        return key_box_parse(out->secret, &box);
    }
    return view_starts(out->secret, VIEW(PRIVATE_WORD))
               ? OK
               : FAIL(E_INPUT, "seal: the last line of a key file is no key");
}

/* The line alone: only its secret tells what its public half is. */
static rc read_bare(struct view bytes, struct arena *mem, struct seal_key_file *out)
{
    CLEANUP(seal_signer_done) struct seal_signer key = {0};
    struct view public_key;
    if (bytes.n && bytes.p[bytes.n - 1] == '\n') bytes.n--;
    TRY(seal_signer_parse(bytes, mem, &key));
    TRY(arena_copy(mem, view_of(key.public_key, sizeof key.public_key), &public_key));
    out->public_half = seal_signer_verifier(&key);
    out->public_half.public_key = public_key;
    out->secret = bytes;
    return OK;
}

rc seal_key_file_parse(struct view bytes, struct arena *mem, struct seal_key_file *out)
{
    struct seal_key_file file = {0};
    if (bytes.n > SEAL_KEY_FILE_MAX_BYTES)
        return FAIL(E_LIMIT, "seal: a key file of %zu bytes; at most %d", bytes.n,
                    SEAL_KEY_FILE_MAX_BYTES);
    if (view_find(bytes, '\r') < bytes.n)
        return FAIL(E_INPUT, "seal: a key file with carriage returns: an editor changed it");
    if (view_starts(bytes, VIEW(PRIVATE_WORD))) {
        TRY(read_bare(bytes, mem, &file));
    } else if (view_starts(bytes, VIEW(FORMAT_WORD))) {
        TRY(read_head(bytes, mem, &file));
    } else {
        return FAIL(E_INPUT, "seal: not a key file");
    }
    *out = file;
    return OK;
}

/* ---- the secret ---- */

static rc open_secret(const struct seal_key_file *file, struct view passphrase, struct arena *mem,
                      struct seal_signer *out)
{
    uint8_t seed[SEAL_SEED_BYTES];
    struct key_box box;
    if (!file->sealed) return seal_signer_parse(file->secret, mem, out);
    if (passphrase.n == 0) return FAIL(E_USAGE, "seal: the key is sealed with a passphrase");
    TRY(key_box_parse(file->secret, &box));
    rc r = key_box_open(&box, file->head, passphrase, seed);
    if (ok(r)) r = seal_signer_init(file->public_half.name, file->public_half.type, seed, out);
    seal_wipe(seed, sizeof seed);
    return r;
}

rc seal_key_file_open(const struct seal_key_file *file, struct view passphrase, struct arena *mem,
                      struct seal_signer *out)
{
    CLEANUP(seal_signer_done) struct seal_signer key = {0};
    TRY(open_secret(file, passphrase, mem, &key));
    struct seal_verifier half = seal_signer_verifier(&key);
    if (!seal_verifier_eq(&half, &file->public_half))
        return FAIL(E_DAMAGED, "seal: the public line of a key file is not that of its secret");
    *out = key;
    return OK;
}

/* ---- writing ---- */

static rc print_head(const struct seal_key_file *file, struct buf *out)
{
    TRY(buf_addf(out, FIRST_LINE "\n# org: %.*s\n# purpose: %s\n# created: %.*s\n# public: ",
                 VIEW_ARG(file->org), seal_purpose_name(file->purpose), VIEW_ARG(file->created)));
    TRY(seal_verifier_print(&file->public_half, out));
    return buf_add_byte(out, '\n');
}

static rc print_secret(const struct seal_signer *key, struct view head, struct view passphrase,
                       struct buf *out)
{
    struct key_box box;
    if (passphrase.n == 0) return seal_signer_print(key, out);
    TRY(key_box_close(key->secret, head, passphrase, &box));
    return key_box_print(&box, out);
}

rc seal_key_file_write(const struct seal_signer *key, enum seal_purpose purpose, struct view org,
                       struct view created, struct view passphrase, struct buf *out)
{
    CLEANUP(buf_done) struct buf head = {0};
    struct seal_key_file file = {.org = org,
                                 .purpose = purpose,
                                 .created = created,
                                 .public_half = seal_signer_verifier(key)};
    size_t before = out->n;
    if (passphrase.n > SEAL_PASSPHRASE_MAX_BYTES)
        return FAIL(E_LIMIT, "seal: a passphrase of %zu bytes; at most %d", passphrase.n,
                    SEAL_PASSPHRASE_MAX_BYTES);
    TRY(check_head(&file));
    TRY(print_head(&file, &head));
    rc r = buf_add(out, buf_view(&head));
    if (ok(r)) r = print_secret(key, buf_view(&head), passphrase, out);
    if (ok(r)) r = buf_add_byte(out, '\n');
    if (!ok(r)) out->n = before;
    return r;
}

rc seal_key_file_mark(const struct seal_key_file *file, enum seal_key_state state, struct view time,
                      struct buf *out)
{
    size_t before = out->n;
    if (file->purpose == SEAL_NO_PURPOSE)
        return FAIL(E_INPUT, "seal: a bare key has no place for its state");
    if (file->state == SEAL_REVOKED) return FAIL(E_INPUT, "seal: a revoked key stays revoked");
    if (state == SEAL_CURRENT) return FAIL(E_USAGE, "seal: a key does not become current again");
    TRY(check_time(time));
    rc r = buf_add(out, file->head);
    if (ok(r)) r = buf_addf(out, "# %s: %.*s\n", k_states[state], VIEW_ARG(time));
    if (ok(r)) r = buf_add(out, file->secret);
    if (ok(r)) r = buf_add_byte(out, '\n');
    if (!ok(r)) out->n = before;
    return r;
}
