/* SPDX-License-Identifier: Apache-2.0
 * The only file that sees CLD2. */
#include "text/text_int.h"

#include <cstdio> /* the next one needs it and does not say so */
#include <cstring>

#include <cld2/public/compact_lang_det.h>

enum lang cld2_detect(uint8_t *utf8, size_t n)
{
    std::memset(utf8 + n, 0, CLD2_BEHIND);
    bool reliable = false;
    CLD2::Language found = CLD2::DetectLanguage(reinterpret_cast<const char *>(utf8),
                                                static_cast<int>(n), true, &reliable);
    if (!reliable || found == CLD2::UNKNOWN_LANGUAGE) return LANG_UNKNOWN;
    return lang_from_tag(view_cstr(CLD2::LanguageCode(found)));
}
