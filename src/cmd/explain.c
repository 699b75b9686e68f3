/* SPDX-License-Identifier: Apache-2.0
 * An answer for a person: first how sure the match is, then the claim, why it matched, and what
 * each organisation found. */
#include "cmd/explain_int.h"

#include <stdio.h>
#include <string.h>

enum {
    INDENT = 3,
    DEEPER = 5,
    CLAIM_LETTERS = 600,
    SPAN_LETTERS = 300,
    REASON_LETTERS = 2000,
    WORD_LETTERS = 60,
    VERSION_LETTERS = 12
};

static const struct {
    enum message message;
    enum paint paint;
} k_tiers[] = {
    [TIER_NONE] = {MSG_TIER_NONE, PAINT_FAINT},
    [TIER_SUGGESTED] = {MSG_TIER_SUGGESTED, PAINT_YELLOW},
    [TIER_CONFIRMED] = {MSG_TIER_CONFIRMED, PAINT_BOLD},
};

static const enum message k_hows[] = {
    [HOW_EXACT] = MSG_HOW_EXACT,           [HOW_NEAR_COPY] = MSG_HOW_NEAR_COPY,
    [HOW_CONTAINS] = MSG_HOW_CONTAINS,     [HOW_WITHIN] = MSG_HOW_WITHIN,
    [HOW_SAME_WORDS] = MSG_HOW_SAME_WORDS, [HOW_SAME_LINK] = MSG_HOW_SAME_LINK,
};

static const struct {
    enum message message;
    enum paint paint;
} k_labels[LABEL_COUNT] = {
    [LABEL_NONE] = {MSG_LABEL_NONE, PAINT_BOLD},
    [LABEL_FALSE] = {MSG_LABEL_FALSE, PAINT_RED},
    [LABEL_MISLEADING] = {MSG_LABEL_MISLEADING, PAINT_YELLOW},
    [LABEL_ACCURATE] = {MSG_LABEL_ACCURATE, PAINT_GREEN},
    [LABEL_UNPROVEN] = {MSG_LABEL_UNPROVEN, PAINT_YELLOW},
    [LABEL_NOT_CHECKABLE] = {MSG_LABEL_NOT_CHECKABLE, PAINT_BLUE},
};

static const enum message k_notes[] = {
    [NOTE_NOTHING] = MESSAGE_COUNT,
    [NOTE_EMPTY] = MSG_NOTE_EMPTY,
    [NOTE_TOO_SHORT] = MSG_NOTE_TOO_SHORT,
    [NOTE_ONLY_LINK] = MSG_NOTE_ONLY_LINK,
};

/* ---- small parts ---- */

static void say(struct page *p, enum paint paint, enum message which)
{
    page_say(p, paint, message(p->reader, which), 0, NULL);
}

static void say_line(struct page *p, enum paint paint, enum message which)
{
    say(p, paint, which);
    page_line(p);
}

static void colon(struct page *p)
{
    page_own(p, PAINT_FAINT, p->reader == LANG_FR ? "\xC2\xA0: " : ": ");
}

static void heading(struct page *p, enum message which)
{
    say(p, PAINT_FAINT, which);
    colon(p);
}

/* Between the members of a list, as the language writes it. */
static void comma(struct page *p)
{
    page_own(p, PAINT_NONE, lang_is_rtl(p->reader) ? "\xD8\x8C " : ", ");
}

static void semicolon(struct page *p)
{
    page_own(p, PAINT_NONE,
             lang_is_rtl(p->reader) ? "\xD8\x9B "
             : p->reader == LANG_FR ? "\xE2\x80\xAF; "
                                    : "; ");
}

/* Says a template with one value that is a list: what stands before it, and nothing behind. */
static void begin_list(struct page *p, const char *template_text, uint64_t n)
{
    struct message_cursor at = {.rest = template_text};
    struct view text;
    int arg;
    while (message_piece(&at, &text, &arg)) {
        char literal[256];
        if (arg == 0) continue;
        if (arg > 0) {
            page_number(p, PAINT_NONE, n);
            continue;
        }
        snprintf(literal, sizeof literal, "%.*s", VIEW_ARG(text));
        page_own(p, PAINT_NONE, literal);
    }
}

/* The text, or its first letters and an ellipsis; room for max * 4 + 3 bytes. */
static struct view short_form(struct view text, size_t max, char *room)
{
    size_t pos = 0;
    for (size_t n = 0; n < max && pos < text.n; n++)
        utf8_next(text, &pos);
    if (pos == text.n) return text;
    memcpy(room, text.p, pos);
    memcpy(room + pos, "\xE2\x80\xA6", 3);
    return view_of(room, pos + 3);
}

/* A template with one or two values that are words of the post or the claim. */
static void say_words(struct page *p, enum message which, struct view first, struct view second)
{
    char rooms[2][WORD_LETTERS * 4 + 3];
    struct view args[] = {short_form(first, WORD_LETTERS, rooms[0]),
                          short_form(second, WORD_LETTERS, rooms[1])};
    page_say(p, PAINT_NONE, message(p->reader, which), 2, args);
}

/* ---- why ---- */

static void explain_numbers(struct page *p, const struct why *why)
{
    if (why->n_agree > 0) begin_list(p, message(p->reader, MSG_WHY_NUMBERS_AGREE), 0);
    for (uint32_t i = 0; i < why->n_agree; i++) {
        if (i) comma(p);
        page_text_cut(p, PAINT_NONE, why->agree[i].post, WORD_LETTERS);
    }
    if (why->n_agree > 0) page_line(p);
    if (why->n_differ > 0) begin_list(p, message(p->reader, MSG_WHY_NUMBERS_DIFFER), 0);
    for (uint32_t i = 0; i < why->n_differ; i++) {
        const struct number_pair *pair = &why->differ[i];
        if (i) semicolon(p);
        if (pair->post.n == 0)
            say_words(p, MSG_NUMBER_MISSING, pair->claim, pair->claim);
        else if (pair->claim.n == 0)
            say_words(p, MSG_NUMBER_ADDED, pair->post, pair->post);
        else
            say_words(p, MSG_NUMBER_DIFFERS, pair->post, pair->claim);
    }
    if (why->n_differ > 0) page_line(p);
}

static void explain_changed(struct page *p, const struct why *why)
{
    if (why->n_changed == 0) return;
    begin_list(p, message(p->reader, MSG_WHY_CHANGED), 0);
    for (uint32_t i = 0; i < why->n_changed; i++) {
        const struct word_pair *pair = &why->changed[i];
        if (i) semicolon(p);
        if (pair->post.n == 0)
            say_words(p, MSG_WORD_MISSING, pair->claim, pair->claim);
        else if (pair->claim.n == 0)
            say_words(p, MSG_WORD_ADDED, pair->post, pair->post);
        else
            say_words(p, MSG_WORD_CHANGED, pair->post, pair->claim);
    }
    page_line(p);
}

static void explain_shared(struct page *p, const struct why *why)
{
    if (why->n_shared == 0) return;
    begin_list(p, message_n(p->reader, MSG_WHY_SHARED, why->n_shared), why->n_shared);
    for (uint32_t i = 0; i < why->n_shared; i++) {
        if (i) comma(p);
        page_text_cut(p, PAINT_NONE, why->shared[i], WORD_LETTERS);
    }
    page_line(p);
}

/* A translation or the title met the post, which the reader has not seen yet. */
static void explain_compared(struct page *p, const struct why *why, struct view shown)
{
    bool seen = view_eq(why->claim_text, shown) || why->segment == SEGMENT_BODY;
    if (seen || why->claim_text.n == 0) return;
    heading(p, MSG_COMPARED);
    page_text_cut(p, PAINT_NONE, why->claim_text, SPAN_LETTERS);
    page_line(p);
}

static void explain_why(struct page *p, const struct answer *answer, const struct hit *hit)
{
    const struct why *why = &hit->why;
    uint32_t n = why->span_to > why->span_from ? why->span_to - why->span_from : 0;
    if (n > 0) {
        char room[SPAN_LETTERS * 4 + 3];
        struct view span = view_slice(answer->post, why->span_from, n);
        heading(p, MSG_YOUR_POST);
        page_say(p, PAINT_NONE, message(p->reader, MSG_QUOTED), 1,
                 (struct view[]){short_form(span, SPAN_LETTERS, room)});
        page_line(p);
    }
    heading(p, MSG_WHY);
    say_line(p, PAINT_NONE, k_hows[hit->how]);
    page_indent(p, DEEPER);
    if (hit->how != HOW_SAME_LINK && why->segment == SEGMENT_TITLE)
        say_line(p, PAINT_NONE, MSG_WHY_TITLE);
    if (hit->how != HOW_SAME_LINK && why->segment == SEGMENT_BODY)
        say_line(p, PAINT_NONE, MSG_WHY_BODY);
    if (hit->how != HOW_EXACT) explain_shared(p, why); /* else: all of them */
    explain_numbers(p, why);
    explain_changed(p, why);
    if (why->negation == NEGATION_ADDED) say_line(p, PAINT_YELLOW, MSG_WHY_NEGATION_ADDED);
    if (why->negation == NEGATION_REMOVED) say_line(p, PAINT_YELLOW, MSG_WHY_NEGATION_REMOVED);
    if (why->refuted) say_line(p, PAINT_YELLOW, MSG_WHY_REFUTED);
    page_indent(p, INDENT);
}

/* ---- verdicts ---- */

static bool same_source(const struct item_source *a, const struct item_source *b)
{
    return view_eq(a->url, b->url) && view_eq(a->title, b->title) &&
           view_eq(a->publisher, b->publisher) && view_eq(a->date, b->date);
}

static bool same_sources(const struct item_verdict *a, const struct item_verdict *b)
{
    if (a->n_sources != b->n_sources) return false;
    for (uint32_t i = 0; i < a->n_sources; i++)
        if (!same_source(&a->sources[i], &b->sources[i])) return false;
    return true;
}

/* before: the verdict shown above this one, or NULL */
static void explain_sources(struct page *p, const struct item_verdict *verdict,
                            const struct item_verdict *before)
{
    if (verdict->n_sources == 0) return;
    heading(p, MSG_SOURCES);
    if (before && same_sources(verdict, before)) {
        say_line(p, PAINT_NONE, MSG_SAME_AS_ABOVE);
        return;
    }
    page_line(p);
    for (uint32_t i = 0; i < verdict->n_sources; i++) {
        const struct item_source *source = &verdict->sources[i];
        const struct view parts[] = {source->title, source->publisher, source->date};
        bool any = false;
        page_own(p, PAINT_NONE, "- ");
        page_indent(p, DEEPER + 2);
        for (size_t k = 0; k < COUNT_OF(parts); k++) {
            if (parts[k].n == 0) continue;
            if (any) comma(p);
            page_text_cut(p, PAINT_NONE, parts[k], SPAN_LETTERS);
            any = true;
        }
        if (any && source->url.n) page_line(p);
        page_text(p, PAINT_BLUE, source->url);
        page_line(p);
        page_indent(p, DEEPER);
    }
}

static void explain_label(struct page *p, const struct item_verdict *verdict)
{
    bool mapped = verdict->label != LABEL_NONE;
    if (mapped || verdict->label_text.n == 0)
        say(p, k_labels[verdict->label].paint, k_labels[verdict->label].message);
    if (verdict->label_text.n == 0) return;
    page_own(p, PAINT_NONE, mapped ? " (" : "");
    page_text_cut(p, mapped ? PAINT_NONE : PAINT_BOLD, verdict->label_text, WORD_LETTERS);
    page_own(p, PAINT_NONE, mapped ? ")" : "");
}

static void explain_verdict(struct page *p, const struct item_verdict *verdict,
                            const struct item_verdict *before, bool brief)
{
    struct view name = verdict->org_name.n ? verdict->org_name : verdict->org;
    page_indent(p, INDENT);
    if (verdict->reported_by.n) {
        char room[SPAN_LETTERS * 4 + 3];
        page_say(p, PAINT_FAINT, message(p->reader, MSG_REPORTED_BY), 1,
                 (struct view[]){short_form(verdict->reported_by, SPAN_LETTERS, room)});
        colon(p);
    }
    explain_label(p, verdict);
    const struct view parts[] = {name, verdict->date};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].n == 0) continue;
        page_own(p, PAINT_NONE, " \xC2\xB7 ");
        page_text_cut(p, PAINT_NONE, parts[i], SPAN_LETTERS);
    }
    page_line(p);
    page_indent(p, DEEPER);
    if (verdict->claim_text.n) {
        heading(p, MSG_SAID_OF);
        page_text_cut(p, PAINT_NONE, verdict->claim_text, SPAN_LETTERS);
        page_line(p);
    }
    if (verdict->reasons.n && !brief) {
        page_text_cut(p, PAINT_NONE, verdict->reasons, REASON_LETTERS);
        page_line(p);
    }
    if (verdict->url.n) {
        page_text(p, PAINT_BLUE, verdict->url);
        page_line(p);
    }
    if (!brief) explain_sources(p, verdict, before);
}

/* Of verdicts alone: what is reported counts neither for who reports it nor for its publisher. */
static bool they_disagree(const struct item *item)
{
    enum label first = LABEL_NONE;
    for (uint32_t i = 0; i < item->n_verdicts; i++) {
        enum label label = item->verdicts[i].label;
        if (label == LABEL_NONE || item->verdicts[i].reported_by.n > 0) continue;
        if (first != LABEL_NONE && label != first) return true;
        first = label;
    }
    return false;
}

/* Verdicts, or what is reported. *before: the one shown above, or NULL. */
static void explain_some(struct page *p, const struct item *item, bool reported, bool brief,
                         const struct item_verdict **before)
{
    for (uint32_t i = 0; i < item->n_verdicts; i++) {
        const struct item_verdict *v = &item->verdicts[i];
        if ((v->reported_by.n > 0) != reported) continue;
        explain_verdict(p, v, *before, brief);
        *before = v;
    }
}

static void explain_verdicts(struct page *p, const struct item *item, bool brief)
{
    const struct item_verdict *before = NULL;
    bool only_reported = item->n_verdicts > 0;
    for (uint32_t i = 0; i < item->n_verdicts; i++)
        only_reported &= item->verdicts[i].reported_by.n > 0;
    if (!only_reported) {
        heading(p, MSG_VERDICTS);
        page_line(p);
    }
    if (item->n_verdicts == 0) say_line(p, PAINT_NONE, MSG_NO_VERDICTS);
    if (they_disagree(item)) say_line(p, PAINT_YELLOW, MSG_DISAGREE);
    explain_some(p, item, false, brief, &before);
    explain_some(p, item, true, brief, &before);
}

/* ---- hits ---- */

/* The claim in the reader's language when the bank has it, then as it was first written, then the
 * text that the post met if that is neither. */
static void explain_claim(struct page *p, const struct hit *hit)
{
    const struct item *item = &hit->item;
    const struct item_translation *own = NULL;
    if (lang_from_tag(item->lang) != p->reader)
        for (uint32_t i = 0; i < item->n_translations && !own; i++)
            if (lang_from_tag(item->translations[i].lang) == p->reader)
                own = &item->translations[i];
    struct view shown = own && own->text.n ? own->text : item->text;
    heading(p, MSG_CLAIM);
    page_text_cut(p, PAINT_BOLD, shown, CLAIM_LETTERS);
    page_line(p);
    if (!view_eq(shown, item->text)) {
        heading(p, MSG_ORIGINAL);
        page_text_cut(p, PAINT_NONE, item->text, CLAIM_LETTERS);
        page_line(p);
    }
    if (hit->how != HOW_SAME_LINK && !view_eq(hit->why.claim_text, item->text))
        explain_compared(p, &hit->why, shown);
}

static void explain_hit(struct page *p, const struct answer *answer, uint32_t place, bool brief)
{
    const struct hit *hit = &answer->hits[place];
    page_indent(p, 0);
    page_line(p);
    page_number(p, PAINT_NONE, place + 1);
    page_own(p, PAINT_NONE, ". ");
    say(p, k_tiers[hit->tier].paint, k_tiers[hit->tier].message);
    page_own(p, PAINT_FAINT, " \xC2\xB7 ");
    page_text_cut(p, PAINT_FAINT, hit->item.id, WORD_LETTERS);
    page_line(p);
    page_indent(p, INDENT);
    explain_claim(p, hit);
    explain_why(p, answer, hit);
    explain_verdicts(p, &hit->item, brief);
    page_indent(p, 0);
}

void explain_answer(struct page *p, const struct answer *answer, bool brief)
{
    char count[16];
    bool suggested = false;
    uint32_t n_found = 0;
    for (uint32_t i = 0; i < answer->n_hits; i++) {
        if (answer->hits[i].tier != TIER_NONE) n_found++;
        if (answer->hits[i].tier == TIER_SUGGESTED) suggested = true;
    }
    snprintf(count, sizeof count, "%u", n_found);
    if (n_found > 0)
        page_say(p, PAINT_NONE, message_n(p->reader, MSG_FOUND, n_found), 1,
                 (struct view[]){view_cstr(count)});
    else
        say(p, PAINT_NONE, MSG_NOTHING_FOUND);
    page_line(p);
    if (n_found == 0 && answer->note != NOTE_EMPTY) say_line(p, PAINT_NONE, MSG_NOTHING_MEANS);
    if (k_notes[answer->note] != MESSAGE_COUNT) say_line(p, PAINT_NONE, k_notes[answer->note]);
    if (answer->cut) say_line(p, PAINT_NONE, MSG_NOTE_CUT);
    for (uint32_t i = 0; i < answer->n_hits; i++)
        explain_hit(p, answer, i, brief);
    page_line(p);
    if (suggested) say_line(p, PAINT_NONE, MSG_SUGGESTED_MEANS);
    page_say(p, PAINT_FAINT, message(p->reader, MSG_BANK_VERSION), 1,
             (struct view[]){view_slice(view_cstr(answer->bank_version), 0, VERSION_LETTERS)});
    page_line(p);
}
