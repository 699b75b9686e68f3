/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys with names, and their lines:
 *
 *   name+id+base64(type, public key)                 what checks
 *   PRIVATE+KEY+name+id+base64(type, seed)           what signs
 *
 * id: the first four bytes of SHA-256(name, line feed, type, public key) as eight digits. */
#include "seal/seal_int.h"

#include <sodium.h>
#include <string.h>

enum { ID_DIGITS = 2 * KEY_ID_BYTES };
#define SECRET_PREFIX "PRIVATE+KEY+"

static rc key_id(struct view name, uint8_t type, struct view public_key, uint32_t *out)
{
    CLEANUP(seal_hasher_done) struct seal_hasher h = {0};
    uint8_t hash[SEAL_SHA256_BYTES];
    const struct view parts[] = {name, VIEW("\n"), view_of(&type, 1), public_key};
    TRY(hash_parts(&h, parts, COUNT_OF(parts), hash));
    *out = get_be32(hash);
    return OK;
}

rc seal_verifier_init(struct view name, uint8_t type, struct view public_key,
                      struct seal_verifier *out)
{
    const struct key_kind *kind;
    struct seal_verifier key = {name, 0, type, public_key};
    TRY(sodium_ready());
    TRY(find_key_kind(type, &kind));
    TRY(check_name(name, "key"));
    if (name.n > SEAL_NAME_MAX_BYTES)
        return FAIL(E_INPUT, "seal: a key's name of %zu bytes; at most %d", name.n,
                    SEAL_NAME_MAX_BYTES);
    if (public_key.n != kind->public_bytes)
        return FAIL(E_INPUT, "seal: %zu bytes for a key of type %s, which has %zu", public_key.n,
                    kind->english, kind->public_bytes);
    if (type != SEAL_TYPE_MLDSA44 && !crypto_core_ed25519_is_valid_point(public_key.p))
        return FAIL(E_INPUT, "seal: %zu bytes that are no Ed25519 key", public_key.n);
    TRY(key_id(name, type, public_key, &key.id));
    *out = key;
    return OK;
}

/* A line cut at its first two pluses: no name has one, base64 may. */
struct parts {
    struct view name;
    uint32_t id;
    struct view base64;
};

static rc cut(struct view line, struct parts *out)
{
    uint8_t id[KEY_ID_BYTES];
    size_t n_name = view_find(line, '+');
    struct view rest = view_slice(line, n_name + 1, line.n);
    if (rest.n < ID_DIGITS + 1 || rest.p[ID_DIGITS] != '+')
        return FAIL(E_INPUT, "seal: a key is name+id+base64, with an id of %d digits", ID_DIGITS);
    TRY(seal_from_hex(view_of(rest.p, ID_DIGITS), sizeof id, id));
    out->name = view_of(line.p, n_name);
    out->id = get_be32(id);
    out->base64 = view_slice(rest, ID_DIGITS + 1, rest.n);
    return OK;
}

static rc check_id(uint32_t said, uint32_t is)
{
    if (said == is) return OK;
    return FAIL(E_INPUT, "seal: a key says its id is %08x; it is %08x", said, is);
}

rc seal_verifier_parse(struct view line, struct arena *mem, struct seal_verifier *out)
{
    struct parts parts;
    struct view bytes, name;
    struct seal_verifier key;
    TRY(cut(line, &parts));
    TRY(seal_from_base64(parts.base64, mem, &bytes));
    if (bytes.n == 0) return FAIL(E_INPUT, "seal: a key without a type");
    TRY(arena_copy(mem, parts.name, &name));
    TRY(seal_verifier_init(name, bytes.p[0], view_slice(bytes, 1, bytes.n), &key));
    TRY(check_id(parts.id, key.id));
    *out = key;
    return OK;
}

bool seal_verifier_eq(const struct seal_verifier *a, const struct seal_verifier *b)
{
    return a->type == b->type && a->id == b->id && view_eq(a->name, b->name) &&
           view_eq(a->public_key, b->public_key);
}

static rc print_key(struct view prefix, struct view name, uint32_t id, struct view typed_key,
                    struct buf *out)
{
    size_t before = out->n;
    rc r = buf_add(out, prefix);
    if (ok(r)) r = buf_add(out, name);
    if (ok(r)) r = buf_addf(out, "+%08x+", id);
    if (ok(r)) r = seal_base64(typed_key, out);
    if (!ok(r)) out->n = before;
    return r;
}

rc seal_verifier_print(const struct seal_verifier *key, struct buf *out)
{
    CLEANUP(buf_done) struct buf typed = {0};
    TRY(buf_add_byte(&typed, key->type));
    TRY(buf_add(&typed, key->public_key));
    return print_key(VIEW(""), key->name, key->id, buf_view(&typed), out);
}

rc seal_signer_init(struct view name, uint8_t type, const uint8_t seed[SEAL_SEED_BYTES],
                    struct seal_signer *out)
{
    const struct key_kind *kind;
    struct seal_verifier public_half;
    uint8_t public_key[SEAL_PUBLIC_BYTES];
    TRY(sodium_ready());
    TRY(find_key_kind(type, &kind));
    if (!kind->sign) return FAIL(E_VERSION, "seal: no key of type %s signs here", kind->english);
    struct seal_signer key = {.name = name, .type = type};
    crypto_sign_seed_keypair(public_key, key.secret, seed);
    memcpy(key.public_key, public_key, sizeof public_key);
    rc r = seal_verifier_init(name, type, view_of(public_key, sizeof public_key), &public_half);
    if (ok(r)) {
        key.id = public_half.id;
        *out = key;
    }
    seal_signer_done(&key);
    return r;
}

/* seed: type and seed, wiped by the caller. */
static rc parse_secret(struct view line, struct arena *mem, uint8_t seed[1 + SEAL_SEED_BYTES],
                       struct seal_signer *out)
{
    struct view prefix = VIEW(SECRET_PREFIX), name;
    struct parts parts;
    if (!view_starts(line, prefix))
        return FAIL(E_INPUT, "seal: a key that signs begins with " SECRET_PREFIX);
    TRY(cut(view_slice(line, prefix.n, line.n), &parts));
    TRY(seal_from_base64_exact(parts.base64, 1 + SEAL_SEED_BYTES, seed));
    TRY(arena_copy(mem, parts.name, &name));
    TRY(seal_signer_init(name, seed[0], seed + 1, out));
    return check_id(parts.id, out->id);
}

rc seal_signer_parse(struct view line, struct arena *mem, struct seal_signer *out)
{
    uint8_t seed[1 + SEAL_SEED_BYTES];
    CLEANUP(seal_signer_done) struct seal_signer key = {0};
    rc r = parse_secret(line, mem, seed, &key);
    seal_wipe(seed, sizeof seed);
    if (ok(r)) *out = key;
    return r;
}

rc seal_signer_print(const struct seal_signer *key, struct buf *out)
{
    uint8_t typed[1 + SEAL_SEED_BYTES];
    typed[0] = key->type;
    memcpy(typed + 1, key->secret, SEAL_SEED_BYTES);
    rc r = print_key(VIEW(SECRET_PREFIX), key->name, key->id, view_of(typed, sizeof typed), out);
    seal_wipe(typed, sizeof typed);
    return r;
}

struct seal_verifier seal_signer_verifier(const struct seal_signer *key)
{
    struct seal_verifier half = {key->name, key->id, key->type,
                                 view_of(key->public_key, sizeof key->public_key)};
    return half;
}

void seal_signer_done(struct seal_signer *key)
{
    if (key) seal_wipe(key, sizeof *key);
}
