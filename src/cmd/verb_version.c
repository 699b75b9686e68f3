/* SPDX-License-Identifier: Apache-2.0
 * sanad version. */
#include <stdio.h>

#include "bank/bank.h"
#include "cmd/cmd.h"
#include "cmd/say_int.h"

static const enum lang k_languages[] = {LANG_AR, LANG_FA, LANG_VI, LANG_ES, LANG_FR,
                                        LANG_ID, LANG_MS, LANG_IT, LANG_EN};

static rc version_json(struct call *call)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct json_writer w;
    json_begin(&w, &out);
    json_open_object(&w);
    json_key(&w, "bank_format");
    json_int(&w, BANK_VERSION);
    json_key(&w, "languages");
    json_open_array(&w);
    for (size_t i = 0; i < COUNT_OF(k_languages); i++)
        json_cstr(&w, lang_tag(k_languages[i]));
    json_close_array(&w);
    json_key(&w, "version");
    json_cstr(&w, SANAD_VERSION);
    json_close_object(&w);
    return say_json(call, &w);
}

rc verb_version(struct call *call, int *out_exit)
{
    (void)out_exit;
    if (call->values[VERSION_JSON].given) return version_json(call);
    TRY(out_writef(&call->out, "sanad %s\nbank format %d\nlanguages", SANAD_VERSION, BANK_VERSION));
    for (size_t i = 0; i < COUNT_OF(k_languages); i++)
        TRY(out_writef(&call->out, " %s", lang_tag(k_languages[i])));
    return out_write(&call->out, VIEW("\n"));
}
