/* SPDX-License-Identifier: Apache-2.0
 * Records for measuring: two organisations, then claims of one and verdicts about them that the
 * other's reviewer signed too, in turn. A failure ends the program. */
#ifndef SANAD_TESTS_RECORDS_H
#define SANAD_TESTS_RECORDS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/node.h"

enum { FILL_BYTES = 600 };
#define MADE "2026-11-22T10:15:00.000Z"

static struct {
    struct seal_signer log, author, desk, reviewer;
    struct seal_verifier keys[2]; /* of author and reviewer */
    uint64_t salt;
} made;

static void must(rc r)
{
    if (ok(r)) return;
    fprintf(stderr, "%s\n", rc_message());
    exit(1);
}

static void make_keys(void)
{
    static const uint8_t k_seeds[4][SEAL_SEED_BYTES] = {{1}, {2}, {3}, {4}};
    must(seal_signer_init(VIEW("log.example"), SEAL_TYPE_ED25519, k_seeds[0], &made.log));
    must(seal_signer_init(VIEW("checker.example"), SEAL_TYPE_ED25519, k_seeds[1], &made.author));
    must(seal_signer_init(VIEW("desk.example"), SEAL_TYPE_ED25519, k_seeds[2], &made.desk));
    must(seal_signer_init(VIEW("desk.example"), SEAL_TYPE_ED25519, k_seeds[3], &made.reviewer));
    made.keys[0] = seal_signer_verifier(&made.author);
    made.keys[1] = seal_signer_verifier(&made.reviewer);
}

static struct view signed_note(struct view draft, bool reviewed, struct arena *mem,
                               struct seal_hash *out_id)
{
    struct seal_signer keys[2] = {made.author, made.reviewer};
    struct buf text = {0}, note = {0};
    struct view kept;
    must(record_write(draft, mem, &text));
    must(seal_sha256(buf_view(&text), out_id->bytes));
    must(seal_note_write(buf_view(&text), keys, reviewed ? 2 : 1, &note));
    must(arena_copy(mem, buf_view(&note), &kept));
    buf_done(&text);
    buf_done(&note);
    return kept;
}

static void format_salt(char out[32])
{
    snprintf(out, 32, "%021lluA==", (unsigned long long)++made.salt);
}

static struct view organisation(const char *org, const struct seal_signer *key,
                                const struct seal_signer *second, const char *purpose,
                                struct arena *mem, struct seal_hash *out_id)
{
    struct seal_verifier v = seal_signer_verifier(key);
    struct seal_verifier v2 = seal_signer_verifier(second);
    struct buf vkey = {0}, vkey2 = {0}, out = {0};
    struct view draft;
    char salt[32];
    must(seal_verifier_print(&v, &vkey));
    must(seal_verifier_print(&v2, &vkey2));
    format_salt(salt);
    must(arena_format(
        mem, &draft,
        "{\"body\":{\"complaints\":{\"lang\":\"en\",\"text\":\"Press Council\"},"
        "\"contact_url\":\"https://%s/desk\",\"countries\":[\"VN\"],\"decides\":{\"lang\":\"en\","
        "\"text\":\"A board\"},\"government\":\"none\",\"home_log\":\"log.example\",\"home_url\":"
        "\"https://%s/\",\"keys\":[{\"from\":\"2026-11-01T00:00:00.000Z\",\"purpose\":\"author\","
        "\"vkey\":\"%.*s\"},{\"from\":\"2026-11-01T00:00:00.000Z\",\"purpose\":\"%s\",\"vkey\":"
        "\"%.*s\"}],\"languages\":[\"en\"],\"law\":{\"lang\":\"en\",\"text\":\"An act\"},"
        "\"name\":[{\"lang\":\"en\",\"text\":\"Checkers\"}],\"org_kind\":\"fact_checker\"},"
        "\"kind\":"
        "\"organisation\",\"made\":\"" MADE "\",\"mark\":\"clear\",\"org\":\"%s\",\"salt\":\"%s\","
        "\"sanad\":1,\"v\":1}",
        org, org, VIEW_ARG(buf_view(&vkey)), purpose, VIEW_ARG(buf_view(&vkey2)), org, salt));
    struct buf text = {0};
    must(record_write(draft, mem, &text));
    must(seal_sha256(buf_view(&text), out_id->bytes));
    must(seal_note_write(buf_view(&text), key, 1, &out));
    must(arena_copy(mem, buf_view(&out), &draft));
    buf_done(&vkey);
    buf_done(&vkey2);
    buf_done(&text);
    buf_done(&out);
    return draft;
}

static struct view claim(struct arena *mem, struct seal_hash *out_id)
{
    static char fill[FILL_BYTES + 1];
    struct view draft;
    char salt[32];
    memset(fill, 'a', FILL_BYTES);
    for (int i = 7; i < FILL_BYTES - 8; i += 8)
        fill[i] = ' ';
    format_salt(salt);
    must(arena_format(
        mem, &draft,
        "{\"body\":{\"first_seen\":\"2026-11-20\",\"synthetic_media\":\"no\",\"text\":"
        "{\"lang\":\"en\",\"text\":\"Salt water %s\"},\"topics\":[\"health\"]},\"kind\":"
        "\"claim\",\"made\":\"" MADE "\",\"mark\":\"clear\",\"org\":\"checker.example\","
        "\"salt\":\"%s\",\"sanad\":1,\"v\":1}",
        fill, salt));
    return signed_note(draft, false, mem, out_id);
}

static struct view verdict(const struct seal_hash *about, struct arena *mem,
                           struct seal_hash *out_id)
{
    struct view draft;
    char salt[32], id[RECORD_ID_CHARS];
    record_id_write(about->bytes, id);
    format_salt(salt);
    must(arena_format(
        mem, &draft,
        "{\"about\":[\"%.*s\"],\"body\":{\"automation\":\"search\",\"conflicts\":{\"lang\":\"en\","
        "\"text\":\"None\"},\"headline\":{\"lang\":\"en\",\"text\":\"Salt water does not cure "
        "malaria\"},\"label\":\"false\",\"languages\":[\"en\"],\"method_version\":\"2.1\","
        "\"reasons\":"
        "{\"lang\":\"en\",\"text\":\"Malaria is caused by a parasite in the blood; both sources "
        "show "
        "that only medicine removes it.\"},\"review_by\":\"2027-11-22\",\"sources\":[{\"archived\":"
        "\"sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae\",\"date\":"
        "\"2026-11-20\",\"independence\":{\"lang\":\"en\",\"text\":\"Issued by the registry "
        "itself\"},"
        "\"publisher\":\"Public Registry\",\"url\":\"https://registry.example/notice/12\"},"
        "{\"archived\":"
        "\"sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9\",\"date\":"
        "\"2026-11-21\",\"independence\":{\"lang\":\"en\",\"text\":\"Own holdings of the "
        "archive\"},"
        "\"publisher\":\"City "
        "Archive\",\"url\":\"https://archive.example/paper/7\"}],\"valid_from\":"
        "\"2026-11-22\"},\"kind\":\"verdict\",\"made\":\"" MADE "\",\"mark\":\"clear\",\"org\":"
        "\"checker.example\",\"salt\":\"%s\",\"sanad\":1,\"v\":1}",
        RECORD_ID_CHARS, id, salt));
    return signed_note(draft, true, mem, out_id);
}

/* n records from number `from` on: two organisations, then claims and verdicts in turn. */
static void make_records(size_t from, size_t n, struct arena *mem, struct view *notes,
                         struct seal_hash *ids)
{
    static struct seal_hash last_claim;
    for (size_t i = 0; i < n; i++) {
        size_t number = from + i;
        if (number == 0)
            notes[i] =
                organisation("checker.example", &made.author, &made.log, "log", mem, &ids[i]);
        else if (number == 1)
            notes[i] =
                organisation("desk.example", &made.desk, &made.reviewer, "reviewer", mem, &ids[i]);
        else if (number % 2 == 0)
            notes[i] = claim(mem, &last_claim), ids[i] = last_claim;
        else
            notes[i] = verdict(&last_claim, mem, &ids[i]);
    }
}

#endif
