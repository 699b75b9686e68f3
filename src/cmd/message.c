/* SPDX-License-Identifier: Apache-2.0
 * Lookup of messages and their placeholders. */
#include "cmd/message_int.h"

#include <stdlib.h>
#include <string.h>

bool message_speaks(enum lang lang)
{
    return (unsigned)lang < LANG_COUNT && k_catalogues[lang].forms;
}

static const struct catalogue *catalogue_of(enum lang lang)
{
    return &k_catalogues[message_speaks(lang) ? lang : LANG_EN];
}

const char *message(enum lang lang, enum message which)
{
    return catalogue_of(lang)->forms[which][0];
}

const char *message_n(enum lang lang, enum message which, uint64_t n)
{
    const struct catalogue *c = catalogue_of(lang);
    const char *form = c->forms[which][c->plural(n) % MESSAGE_FORMS];
    return form ? form : c->forms[which][0];
}

bool message_piece(struct message_cursor *at, struct view *out_text, int *out_arg)
{
    const char *s = at->rest;
    if (!*s) return false;
    *out_arg = -1;
    if (*s != '%') {
        size_t n = strcspn(s, "%");
        *out_text = view_of(s, n);
        at->rest = s + n;
        return true;
    }
    if (s[1] == '%') {
        *out_text = view_of(s, 1);
        at->rest = s + 2;
        return true;
    }
    bool numbered = s[1] >= '1' && s[1] <= '9' && s[2] == '$';
    *out_arg = numbered ? s[1] - '1' : (int)at->next_arg;
    at->next_arg++;
    at->rest = s + (numbered ? 4 : 2); /* "%1$s", "%s": the generator lets nothing else pass */
    return true;
}

bool message_lang(const char *tag, enum lang *out)
{
    char plain[32];
    size_t n = strcspn(tag, ".@");
    if (n >= sizeof plain) return false;
    for (size_t i = 0; i < n; i++)
        plain[i] = tag[i] == '_' ? '-' : tag[i];
    enum lang lang = lang_from_tag(view_of(plain, n));
    if (!message_speaks(lang)) return false;
    *out = lang;
    return true;
}

enum lang message_reader(void)
{
    static const char *const k_names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    enum lang lang = LANG_EN;
    for (size_t i = 0; i < COUNT_OF(k_names); i++) {
        const char *value = getenv(k_names[i]);
        if (!value || !*value) continue;
        message_lang(value, &lang);
        break;
    }
    return lang;
}
