/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages in the reader's language, which is an argument of every call: nothing is taken from the
 * process's locale. The texts come from po/ *.po, compiled by tools/gen_messages.py.
 */
#ifndef SANAD_MESSAGE_INT_H
#define SANAD_MESSAGE_INT_H

#include "base/base.h"
#include "messages.gen.h"
#include "text/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Texts of one language; forms NULL: there are none. */
struct catalogue {
    const char *const (*forms)[MESSAGE_FORMS];
    unsigned (*plural)(uint64_t n);
};
extern const struct catalogue k_catalogues[LANG_COUNT];

/** Whether there are messages in a language. */
bool message_speaks(enum lang lang);
/** Template of a message, English when the language has none. Static, UTF-8.
 *  The placeholders are %s and %1$s; message_piece takes them apart. */
const char *message(enum lang lang, enum message which);
/** The same for n things. */
const char *message_n(enum lang lang, enum message which, uint64_t n);

/** Where a template is being read; zeroed apart from `rest` at the start. */
struct message_cursor {
    const char *rest;
    size_t next_arg;
};
/** Next piece of a template: *out_arg < 0: the literal text *out_text; else the place, from 0, of
 *  the value that stands there. False at the end. */
bool message_piece(struct message_cursor *at, struct view *out_text, int *out_arg);

/** Reader's language by LC_ALL, LC_MESSAGES, LANG (the first that is not empty); English when they
 *  name none of ours. */
enum lang message_reader(void);
/** From what a person types: "fa", "fa-IR", "fa_IR.UTF-8"; false when we do not speak it. */
bool message_lang(const char *tag, enum lang *out);

#ifdef __cplusplus
}
#endif
#endif
