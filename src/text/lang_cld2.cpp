/* SPDX-License-Identifier: Apache-2.0
 * The only file that sees CLD2. */
#include "text/text_int.h"

#include <cld2/public/compact_lang_det.h>

enum lang cld2_detect(struct view utf8)
{
    enum { MOST_BYTES = 1 << 14 };
    size_t n = utf8.n < MOST_BYTES ? utf8.n : MOST_BYTES;
    while (n > 0 && n < utf8.n && (utf8.p[n] & 0xC0) == 0x80)
        n--;
    /* CLD2 reads past ill-formed bytes. */
    if (utf8_check(view_of(utf8.p, n)) != n) return LANG_UNKNOWN;
    bool reliable = false;
    CLD2::Language found = CLD2::DetectLanguage(reinterpret_cast<const char *>(utf8.p),
                                                static_cast<int>(n), true, &reliable);
    if (!reliable || found == CLD2::UNKNOWN_LANGUAGE) return LANG_UNKNOWN;
    return lang_from_tag(view_cstr(CLD2::LanguageCode(found)));
}
