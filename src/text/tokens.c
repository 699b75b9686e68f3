/* SPDX-License-Identifier: Apache-2.0
 * Tokens: the pieces that scan.c found, with their texts, keys, stems and flags. */
#include "text/tables_int.h"
#include "text/text_int.h"

/* A code point folds to four at most (the table's maker sees to it), of four bytes each. */
enum { FOLD_MOST = 4 };

struct token_maker {
    struct text *text;
    struct arena *mem;
    struct stems stems;
    bool shouting;      /* more capitals than small letters */
    uint32_t last_to;   /* byte behind the last token */
    uint32_t url;       /* first URL not wholly behind us */
    uint32_t handle_to; /* byte behind the last handle */
    uint32_t *letters;
    uint32_t n_letters; /* code points of the piece, without separators */
    bool accented;
};

/* ---- Texts ------------------------------------------------------------------------------- */

/* The code points of the piece that belong to the word: no apostrophes, no separators of letters
 * that were spaced out. */
static void collect_letters(struct token_maker *m, const struct piece *p)
{
    const uint32_t *cp = m->text->exact.cp;
    m->n_letters = 0;
    m->accented = false;
    for (uint32_t i = p->from; i < p->to; i++) {
        unsigned class = class_of(cp[i] & ~SILENT);
        m->accented |= (class & CLASS_ACCENTED) != 0;
        if (class & (CLASS_WORD | CLASS_EMOJI)) m->letters[m->n_letters++] = cp[i];
    }
}

static rc put_utf8(const uint32_t *cp, uint32_t n, struct arena *mem, struct view *out)
{
    uint8_t *p;
    TRY(arena_bytes(mem, (size_t)n * 4, &p));
    size_t used = 0;
    for (uint32_t i = 0; i < n; i++)
        used += utf8_put(cp[i] & ~SILENT, p + used);
    *out = view_of(p, used);
    return OK;
}

/* Folds one code point to at most FOLD_MOST; returns how many. */
static uint32_t fold_letter(uint32_t c, uint32_t out[FOLD_MOST])
{
    uint32_t entry = fold_of(c);
    const uint32_t *sequence = k_sequences + entry_payload(entry);
    switch (fold_kind_of(entry)) {
    case FOLD_SELF: out[0] = c; return 1;
    case FOLD_ONE: out[0] = entry_payload(entry); return 1;
    case FOLD_DROP: return 0;
    case FOLD_SEQUENCE: break;
    }
    for (uint32_t i = 0; i < sequence[0]; i++)
        out[i] = sequence[i + 1];
    return sequence[0];
}

static rc fold_word(const uint32_t *cp, uint32_t n, struct arena *mem, struct view *out)
{
    uint8_t *p;
    TRY(arena_bytes(mem, (size_t)n * 4 * FOLD_MOST, &p));
    size_t used = 0, last_bytes = 0;
    uint32_t last = 0, run = 0, letters[FOLD_MOST];
    for (uint32_t i = 0; i < n; i++) {
        if (cp[i] & SILENT) continue;
        uint32_t k = fold_letter(cp[i], letters);
        for (uint32_t j = 0; j < k; j++) {
            run = letters[j] == last ? run + 1 : 1;
            last = letters[j];
            bool letter = run >= 3 && class_of(last) & CLASS_LETTER;
            if (letter && run == 3) used -= last_bytes;
            if (letter || !(class_of(last) & (CLASS_WORD | CLASS_EMOJI))) continue;
            last_bytes = utf8_put(last, p + used);
            used += last_bytes;
        }
    }
    *out = view_of(p, used);
    return OK;
}

/* A number as 3500000.25 whatever its separators: those in front of groups of three go, another one
 * becomes a point. */
static rc fold_number(const uint32_t *cp, uint32_t n, struct arena *mem, struct view *out)
{
    uint8_t *p;
    TRY(arena_bytes(mem, (size_t)n + 1, &p));
    size_t used = 0;
    uint32_t digit[FOLD_MOST], first_group = 0, first_separator = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (fold_letter(cp[i], digit) == 1 && *digit >= '0' && *digit <= '9') {
            p[used++] = (uint8_t)*digit;
            continue;
        }
        uint32_t next = i + 1;
        while (next < n && class_of(cp[next]) & CLASS_DIGIT)
            next++;
        if (!first_separator) {
            first_separator = cp[i];
            first_group = i;
        }
        bool group = next - i == 4 && first_group <= 3 && cp[i] == first_separator &&
                     !(first_group == 1 && p[0] == '0');
        if (!group) p[used++] = '.';
    }
    *out = view_of(p, used);
    return OK;
}

/* ---- Flags ------------------------------------------------------------------------------- */

static bool is_shouting(struct view source)
{
    size_t upper = 0, lower = 0;
    for (size_t pos = 0; pos < source.n;) {
        unsigned class = class_of(next_short(source, &pos));
        upper += (class & CLASS_UPPER) != 0;
        lower += (class & CLASS_LOWER) != 0;
    }
    return upper > lower;
}

static bool ends_sentence(uint32_t c)
{
    static const uint32_t k_ends[] = {'.',   '!',   '?',    '\n',   ':',   0x2026,
                                      0x61F, 0x6D4, 0x3002, 0xFF01, 0xFF1F};
    if (c == ' ') return false;
    for (size_t i = 0; i < COUNT_OF(k_ends); i++)
        if (k_ends[i] == c) return true;
    return false;
}

static bool is_name_like(const struct token_maker *m, uint32_t from)
{
    struct view source = m->text->source;
    size_t pos = from;
    if (m->shouting || from >= source.n || !(class_of(utf8_next(source, &pos)) & CLASS_UPPER))
        return false;
    bool begins = m->last_to == 0;
    for (pos = m->last_to; pos < from && !begins;)
        begins = ends_sentence(next_short(source, &pos));
    return !begins;
}

static bool in_url(struct token_maker *m, const struct token *t)
{
    const struct text *text = m->text;
    while (m->url < text->n_urls && text->urls[m->url].to <= t->from)
        m->url++;
    return m->url < text->n_urls && text->urls[m->url].from < t->to;
}

enum { HANDLE_MOST_BYTES = 128 };

/* "NASA Mars (@NASA_Mars)": such a handle is often several words written as one, and weighs as a
 * rare word; what it tells, the name before it has told. */
static bool is_handle(struct token_maker *m, const struct token *t)
{
    struct view source = m->text->source;
    bool opens = t->from >= 3 && source.p[t->from - 1] == '@' && source.p[t->from - 2] == '(';
    if (!opens || m->last_to == 0) return t->to <= m->handle_to;
    uint32_t at = t->to;
    struct view most = view_slice(source, 0, at + HANDLE_MOST_BYTES);
    while (at < most.n && most.p[at] > ' ' && most.p[at] != ')')
        at++;
    m->handle_to = at < most.n && most.p[at] == ')' ? at : 0;
    return m->handle_to > 0;
}

/* Spelled with separators ("n-o-t") or with letters that only look like those of its word. */
static bool is_disguised(const struct token *t)
{
    if (t->to - t->from > t->exact.n) return true;
    for (size_t i = 0; i < t->exact.n; i++) {
        bool greek_or_cyrillic = t->exact.p[i] >= 0xCD && t->exact.p[i] <= 0xD4;
        if (greek_or_cyrillic) return t->folded.n > 0 && t->folded.p[0] < 0x80;
    }
    return false;
}

/* What the word lists of the text's language say. */
static uint32_t list_flags(const struct token_maker *m, const struct token *t)
{
    enum lang lang = m->text->lang;
    if (lang == LANG_UNKNOWN || lang == LANG_OTHER) return 0;
    bool one = t->exact.p == t->folded.p;
    const struct known_word *known =
        word_known(lang == LANG_VI && !one ? text_key(t->exact) : t->folded_key);
    uint32_t stop = known->stop >> lang & 1, turns = known->turns >> lang & 1;
    if (t->flags & TOKEN_CAPITAL) turns |= known->turns_as_name >> lang & 1;
    if (known->negates >> lang & 1 && is_disguised(t))
        turns = 1; /* find_negations reads plain words */
    return stop * TOKEN_STOP | turns * TOKEN_TURNS;
}

/* ---- One token --------------------------------------------------------------------------- */

/* Where the piece ends in the source: with what shares its place, before what does not. */
static uint32_t piece_end(const struct form *exact, const struct piece *p)
{
    uint32_t i = p->to;
    while (i < exact->n && exact->from[i] == exact->from[p->to - 1])
        i++;
    return exact->from[i];
}

/* Most words are nothing but letters that fold to themselves, none three times in a row: one text
 * and one key serve as both. False for all others. */
static bool set_plain_texts(struct token_maker *m, const struct piece *p, uint8_t *out,
                            struct token *t)
{
    const uint32_t *cp = m->text->exact.cp + p->from;
    uint32_t n = p->to - p->from, used = 0;
    uint64_t key = KEY_SEED;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = cp[i];
        if (c & SILENT || fold_kind_of(fold_of(c)) != FOLD_SELF) return false;
        unsigned class = class_of(c);
        if (!(class & CLASS_WORD) || class & CLASS_ACCENTED) return false;
        if (i > 1 && c == cp[i - 1] && c == cp[i - 2]) return false;
        uint32_t from = used;
        used += put_short(c, out + used);
        for (uint32_t k = from; k < used; k++)
            key = key_add(key, out[k]);
        m->letters[i] = c;
    }
    m->n_letters = n;
    m->accented = false;
    t->exact = t->folded = view_of(out, used);
    t->folded_key = key_end(key);
    return true;
}

static rc set_texts(struct token_maker *m, const struct piece *p, struct token *t)
{
    const uint32_t *cp = m->text->exact.cp + p->from;
    if (p->kind == TOKEN_WORD) {
        uint8_t *out;
        TRY(arena_bytes(m->mem, (size_t)(p->to - p->from) * 4, &out));
        if (set_plain_texts(m, p, out, t)) return OK;
    }
    collect_letters(m, p);
    if (p->kind == TOKEN_NUMBER) {
        TRY(put_utf8(cp, p->to - p->from, m->mem, &t->exact));
        return fold_number(cp, p->to - p->from, m->mem, &t->folded);
    }
    TRY(put_utf8(m->letters, m->n_letters, m->mem, &t->exact));
    TRY(fold_word(m->letters, m->n_letters, m->mem, &t->folded));
    if (view_eq(t->exact, t->folded)) t->folded = t->exact;
    return OK;
}

static rc set_stem(struct token_maker *m, struct token *t)
{
    t->stem = t->folded;
    t->stem_key = t->folded_key;
    if (t->kind != TOKEN_WORD || t->flags & TOKEN_IN_URL) return OK;
    if (t->flags & TOKEN_STOP && m->text->lang != LANG_VI) return OK;
    TRY(stem_word(&m->stems, m->letters, m->n_letters, m->accented, t->folded, m->mem, &t->stem));
    if (t->stem.p != t->folded.p || t->stem.n != t->folded.n) t->stem_key = text_key(t->stem);
    return OK;
}

static rc make_token(struct token_maker *m, const struct piece *p, struct token *t)
{
    const struct form *exact = &m->text->exact;
    *t = (struct token){.kind = p->kind, .flags = p->flags};
    t->from = exact->from[p->from];
    t->to = piece_end(exact, p);
    TRY(set_texts(m, p, t));
    if (!t->folded_key) t->folded_key = text_key(t->folded);
    if (in_url(m, t)) t->flags |= TOKEN_IN_URL;
    if (is_handle(m, t)) t->flags |= TOKEN_HANDLE;
    if (p->kind == TOKEN_WORD) {
        if (is_name_like(m, t->from)) t->flags |= TOKEN_CAPITAL;
        t->flags |= list_flags(m, t);
    }
    m->last_to = t->to;
    TRY(set_stem(m, t));
    if (m->accented) t->exact_key = m->text->lang == LANG_VI ? t->stem_key : text_key(t->exact);
    return OK;
}

static rc make_tokens(struct token_maker *m, const struct piece *pieces, uint32_t n,
                      struct token *tokens)
{
    struct text *text = m->text;
    text->n_tokens = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct token *t = &tokens[text->n_tokens];
        TRY(make_token(m, &pieces[i], t));
        text->n_tokens += t->folded.n > 0; /* tatweel alone is no word */
    }
    return OK;
}

rc tokens_read(struct text *text, uint32_t most, struct arena *mem, struct token **out)
{
    const struct piece *pieces;
    uint32_t n;
    TRY(scan_pieces(text->source, &text->exact, text->lang, most, mem, &pieces, &n, &text->cut));
    struct token *tokens;
    TRY(arena_array_raw(mem, n + 1, &tokens));
    struct token_maker m = {.text = text,
                            .mem = mem,
                            .stems = {.lang = text->lang},
                            .shouting = is_shouting(text->source)};
    TRY(arena_array_raw(mem, text->exact.n + 1, &m.letters));
    rc result = make_tokens(&m, pieces, n, tokens);
    stems_done(&m.stems);
    TRY(result);
    *out = tokens;
    return OK;
}

void tokens_mark_negations(const struct text *text, struct token *tokens)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < text->n_tokens; i++) {
        struct token *t = &tokens[i];
        while (at < text->n_negations && text->negations[at].to <= t->from)
            at++;
        if (at < text->n_negations && text->negations[at].from < t->to) t->flags |= TOKEN_NEGATES;
    }
}
