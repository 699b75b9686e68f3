/* SPDX-License-Identifier: Apache-2.0
 *
 * Build-time tool: what ICU knows about every code point, as text on standard output, for
 * tools/gen_text_tables.py. So no ICU call is needed at run time where a character stands alone.
 *
 * One line per range of code points that say the same, fields separated by tabs:
 *   first last  hex
 *   gc          general category, two letters
 *   ccc         canonical combining class
 *   flags       1 may combine with what precedes (no NFKC_Casefold boundary before it)
 *               2 NFC quick check says yes   4 white space   8 pictograph   16 default ignorable
 *               32 emoji modifier or regional indicator
 *   script      four letters
 *   digit       0..9 of a decimal digit, else -1
 *   casefold    NFKC_Casefold mapping in hex, "=" for itself, "" for nothing
 *   nfd         canonical decomposition in hex, "=" for itself
 *
 * With the argument "places": what the nine languages call the countries and territories of the
 * world, one line each, from the Unicode CLDR that is in ICU:
 *   language    en ar …
 *   name        UTF-8
 */
#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uloc.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

enum { ROW_BYTES = 600 };

static void print_mapping(const UNormalizer2 *form, UChar32 c, char *out, size_t cap)
{
    UChar in[2], mapped[64];
    int32_t n_in = 0;
    U16_APPEND_UNSAFE(in, n_in, c);
    UErrorCode status = U_ZERO_ERROR;
    int32_t n = unorm2_normalize(form, in, n_in, mapped, 64, &status);
    if (n == n_in && memcmp(in, mapped, (size_t)n * sizeof *in) == 0) {
        snprintf(out, cap, "=");
        return;
    }
    size_t used = 0;
    out[0] = 0;
    for (int32_t i = 0; i < n;) {
        UChar32 m;
        U16_NEXT_UNSAFE(mapped, i, m);
        used += (size_t)snprintf(out + used, cap - used, used ? " %X" : "%X", (unsigned)m);
    }
}

static void describe(const UNormalizer2 *casefold, const UNormalizer2 *nfd, UChar32 c, char *row)
{
    static const char k_category[][3] = {
        "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp",
        "Cc", "Cf", "Co", "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf"};
    UErrorCode status = U_ZERO_ERROR;
    int flags = 0;
    if (!unorm2_hasBoundaryBefore(casefold, c)) flags |= 1;
    if (u_getIntPropertyValue(c, UCHAR_NFC_QUICK_CHECK) == UNORM_YES) flags |= 2;
    if (u_hasBinaryProperty(c, UCHAR_WHITE_SPACE)) flags |= 4;
    if (u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC)) flags |= 8;
    if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) flags |= 16;
    if (u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER) ||
        u_hasBinaryProperty(c, UCHAR_REGIONAL_INDICATOR))
        flags |= 32;
    char folded[256], decomposed[256];
    print_mapping(casefold, c, folded, sizeof folded);
    print_mapping(nfd, c, decomposed, sizeof decomposed);
    int digit = u_charType(c) == U_DECIMAL_DIGIT_NUMBER ? u_charDigitValue(c) : -1;
    snprintf(row, ROW_BYTES, "%s\t%d\t%d\t%s\t%d\t%s\t%s", k_category[u_charType(c)],
             (int)u_getCombiningClass(c), flags,
             uscript_getShortName(uscript_getScript(c, &status)), digit, folded, decomposed);
}

static int print_places(void)
{
    static const char *const k_langs[] = {"ar", "en", "es", "fa", "fr", "id", "it", "ms", "vi"};
    for (size_t i = 0; i < sizeof k_langs / sizeof *k_langs; i++)
        for (const char *const *code = uloc_getISOCountries(); *code; code++) {
            char locale[16], utf8[512];
            UChar name[128];
            int32_t n_utf8;
            UErrorCode status = U_ZERO_ERROR;
            snprintf(locale, sizeof locale, "und_%s", *code);
            int32_t n = uloc_getDisplayCountry(locale, k_langs[i], name, 128, &status);
            u_strToUTF8(utf8, sizeof utf8, &n_utf8, name, n, &status);
            if (U_FAILURE(status)) {
                fprintf(stderr, "gen_icu_table: %s in %s: %s\n", *code, k_langs[i],
                        u_errorName(status));
                return 1;
            }
            if (strcmp(utf8, *code) != 0) printf("%s\t%s\n", k_langs[i], utf8);
        }
    return 0;
}

int main(int n_arguments, char **arguments)
{
    if (n_arguments == 2 && strcmp(arguments[1], "places") == 0) return print_places();
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *casefold = unorm2_getNFKCCasefoldInstance(&status);
    const UNormalizer2 *nfd = unorm2_getNFDInstance(&status);
    if (U_FAILURE(status)) {
        fprintf(stderr, "gen_icu_table: %s\n", u_errorName(status));
        return 1;
    }
    static char row[ROW_BYTES], held[ROW_BYTES];
    UChar32 first = 0;
    for (UChar32 c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            snprintf(row, sizeof row, "Cs\t0\t2\tZzzz\t-1\t=\t=");
        else
            describe(casefold, nfd, c, row);
        if (c > 0 && strcmp(row, held) != 0) {
            printf("%X\t%X\t%s\n", (unsigned)first, (unsigned)c - 1, held);
            first = c;
        }
        memcpy(held, row, sizeof row);
    }
    printf("%X\t10FFFF\t%s\n", (unsigned)first, held);
    return 0;
}
