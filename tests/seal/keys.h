/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and notes that other programs made or check (golang.org/x/mod/sumdb/note, the C2SP pages,
 * two witnesses), for the tests of seal. */
#ifndef SANAD_TESTS_SEAL_KEYS_H
#define SANAD_TESTS_SEAL_KEYS_H

#include "seal/seal.h"
#include "test.h"

/* Seeds are SHA-256("log1") and SHA-256("w1"). */
#define LOG_NAME "exchange.example/log1"
#define LOG_KEY LOG_NAME "+cc7ffb32+AbnpI4hLNCOleiCj8S7v9oIxdQcHk3hjyA/DpMUX/pA6"
#define WITNESS_NAME "witness.example/w1"
#define WITNESS_KEY WITNESS_NAME "+ed8c37d6+BLDvac9mmAMfo6UM3ZhuGEswRR4MUnSlB9TyBI0y+MK1"
#define WITNESS_TIME 1700000000
#define CHECKPOINT_TEXT LOG_NAME "\n3\nLP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNo=\n"
#define LOG_LINE                                                                    \
    "\u2014 " LOG_NAME                                                              \
    " zH/7MiqSL9sJrAADbH3wDPzb3w2y2t3kb67ESTRS3J9J8Bp6osQ8JKJ1GNGF/P8TRiownm+Okfl/" \
    "ONDkyqj3VVAMEQ0=\n"
#define WITNESS_LINE                                                                    \
    "\u2014 " WITNESS_NAME                                                              \
    " 7Yw31gAAAABlU/EAZSvdm482KtMc+xyH5vky890IT80rKuaBdjbCJggD1zHOn4YqHsPAl7K7HA22SO4E" \
    "UjMApAIQHCF2reUooP5ECA==\n"

#define SPEC_KEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define SPEC_NOTE                                                                  \
    "This is an example message.\n\n\u2014 example.com/foo "                       \
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuw" \
    "HjG1Yu72IneyaQM=\n"

/* The example of golang.org/x/mod/sumdb/note. */
#define NEUMANN_SECRET \
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define NEUMANN_KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define NEUMANN_TEXT                                             \
    "If you think cryptography is the answer to your problem,\n" \
    "then you don't know what your problem is.\n"
#define NEUMANN_LINE                                                                     \
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSN" \
    "XgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

static inline struct seal_verifier verifier(const char *line, struct arena *mem)
{
    struct seal_verifier key;
    CHECK_OK(seal_verifier_parse(view_cstr(line), mem, &key));
    return key;
}

/* A key of a seed that is the hash of a word. name: static. */
static inline struct seal_signer signer(const char *name, uint8_t type, const char *word)
{
    uint8_t seed[SEAL_SEED_BYTES];
    struct seal_signer key;
    CHECK_OK(seal_sha256(view_cstr(word), seed));
    CHECK_OK(seal_signer_init(view_cstr(name), type, seed, &key));
    return key;
}

#endif
