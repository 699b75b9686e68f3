#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles the word tables of numbers and negation into C.

usage: gen_number_tables.py TABLES_FOLDER OUT.c

Reads numbers_*.tsv, units.tsv, scales.tsv, months.tsv, approximate.tsv, negation.tsv; their heads
say what the columns mean. Writes hash tables that src/text/lexicon.c asks. The folding and the
hash here and there must stay the same.
"""
import pathlib
import sys
import unicodedata

LANGS = ['ar', 'en', 'es', 'fa', 'fr', 'id', 'it', 'ms', 'vi']
ENUM = {'ar': 'LANG_AR', 'en': 'LANG_EN', 'es': 'LANG_ES', 'fa': 'LANG_FA', 'fr': 'LANG_FR',
        'id': 'LANG_ID', 'it': 'LANG_IT', 'ms': 'LANG_MS', 'vi': 'LANG_VI'}
SLOT_LIMIT = 1 << 14
CP_TABLE = 0x2100
FOLDED = {0x622: 0x627, 0x623: 0x627, 0x625: 0x627, 0x671: 0x627, 0x629: 0x647, 0x643: 0x6A9,
          0x649: 0x6CC, 0x64A: 0x6CC}
ROLES = ['num', 'times', 'teen', 'scale', 'fraction', 'and', 'of', 'unit', 'month', 'before',
         'after', 'range', 'counted', 'name', 'year_cue', 'month_cue', 'day_cue', 'clock_cue',
         'ampm', 'ordinal', 'nth', 'plain', 'stop']
CUE_OF = {'year': 'year_cue', 'month': 'month_cue', 'day': 'day_cue', 'clock': 'clock_cue'}
RATIOS = {'ratio': 1, 'ratio_sure': 2, 'ratio_each': 4}  # as enum ratio_place
FLAGS = ['weak', 'article', 'alone', 'money', 'glued', 'prefix', 'direct', 'whole', 'careful']
KINDS = ['negate', 'concord', 'open', 'close', 'only', 'refute', 'nt', 'shield', 'clause']
CUE_FLAGS = ['alone', 'question']
KNOWN_FLAGS = set(FLAGS + CUE_FLAGS + ['u', 'uonly', 'before', 'times', 'teen'])


def die(where, what):
    sys.exit(f'gen_number_tables: {where}: {what}')


def rows(path, columns):
    for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        cells = [c.strip() for c in line.split('\t')]
        if len(cells) > columns:
            die(f'{path.name}:{number}', f'{len(cells)} columns instead of {columns}')
        yield f'{path.name}:{number}', cells + [''] * (columns - len(cells))


def skipped(c):
    return c in (0x640, 0x670) or 0x610 <= c <= 0x61A or 0x64B <= c <= 0x65F or (
        0x6D6 <= c <= 0x6ED and c != 0x6DD)


def words_of(text):
    """The code points of each word, as the C side sees them."""
    text = unicodedata.normalize('NFKC', text).casefold()
    text = unicodedata.normalize('NFC', text).replace('\u200c', '')
    for c in "-'\u2019":
        text = text.replace(c, ' ')
    return tuple(tuple(FOLDED.get(ord(c), ord(c)) for c in word if not skipped(ord(c)))
                 for word in text.split())


def hash_of(words):
    h = 0xcbf29ce484222325
    for i, word in enumerate(words):
        for c in ((0x20,) if i else ()) + word:
            h = ((h ^ c) * 0x100000001b3) & 0xffffffffffffffff
    return h


def without_accents(text):
    return ''.join(c for c in unicodedata.normalize('NFD', text)
                   if unicodedata.category(c) != 'Mn' or c == '\u0303')


class Lexicon:
    """Per language: words -> entry (a dict), merged from several rows."""

    def __init__(self):
        self.of = {lang: {} for lang in LANGS + ['und']}

    def languages(self, cell, flags, where):
        for flag in flags:
            if flag not in KNOWN_FLAGS and not flag.startswith('whole='):
                die(where, f'unknown flag "{flag}"')
        if 'uonly' in flags:
            return ['und']
        langs = LANGS + ['und'] if cell == '*' else cell.split(',')
        for lang in langs:
            if lang not in self.of:
                die(where, f'unknown language "{lang}"')
        return langs + (['und'] if 'u' in flags else [])

    def add(self, where, langs, texts, entry):
        for lang in langs:
            for text in texts.split('|'):
                if not words_of(text):
                    die(where, f'no words in "{texts}"')
                self.merge(where, lang, words_of(text), entry)
                bare = unicodedata.normalize('NFC', without_accents(text))
                if lang in ('es', 'fr', 'it') and bare != text and words_of(
                        bare) not in self.of[lang]:
                    self.merge(where, lang, words_of(bare), entry)

    def merge(self, where, lang, words, entry):
        held = self.of[lang].setdefault(words, {})
        for key, value in entry.items():
            if key in ('roles', 'flags'):
                held[key] = held.get(key, frozenset()) | value
            elif key == 'ratio':
                held[key] = held.get(key, 0) | value
            elif value is not None:
                if lang != 'und' and held.get(key, value) != value:
                    die(where, f'{lang}: two different {key}s for one word')
                held.setdefault(key, value)


def entry_of(role, flags, **more):
    flags = frozenset(f for f in flags if f in FLAGS)
    return {'roles': frozenset([role]), 'flags': flags, **more}


def read_numbers(folder, lexicon):
    for path in sorted(folder.glob('numbers_*.tsv')):
        lang = path.stem.split('_')[1]
        for where, (texts, role, value, flags) in rows(path, 4):
            role = CUE_OF.get(role, role)
            langs = lexicon.languages('*' if lang == 'any' else lang, flags.split(), where)
            if role in RATIOS:
                lexicon.add(where, langs, texts, {'roles': frozenset(), 'ratio': RATIOS[role]})
                continue
            if role not in ROLES:
                die(where, f'unknown role "{role}"')
            lexicon.add(where, langs, texts,
                        entry_of(role, flags.split(), value=float(value) if value else None))
    for where, (lang, texts, value, flags) in rows(folder / 'scales.tsv', 4):
        flags = flags.split()
        role = 'times' if 'times' in flags else 'teen' if 'teen' in flags else 'scale'
        lexicon.add(where, lexicon.languages(lang, flags, where), texts,
                    entry_of(role, flags, value=float(value)))
    for where, (lang, texts, month, flags) in rows(folder / 'months.tsv', 4):
        lexicon.add(where, lexicon.languages(lang, flags.split(), where), texts,
                    entry_of('month', flags.split(), month=int(month)))
    for where, (lang, texts, place) in rows(folder / 'approximate.tsv', 3):
        if place not in ('before', 'after'):
            die(where, f'unknown place "{place}"')
        lexicon.add(where, lexicon.languages(lang, [], where), texts, entry_of(place, []))


def read_units(folder, lexicon):
    units, ids = [], {}
    for where, cells in rows(folder / 'units.tsv', 6):
        if cells[0] == '=':
            ids[cells[1]] = len(units) + 1
            units.append(cells[2:6])
            continue
        lang, texts, unit, flags = cells[:4]
        if unit not in ids:
            die(where, f'unknown unit "{unit}"')
        flags = flags.split()
        entry = entry_of('unit', ['prefix' if f == 'before' else f for f in flags],
                         unit=ids[unit])
        for flag in flags:
            if flag.startswith('whole='):
                entry['value'] = float(flag[6:])
                entry['flags'] |= {'whole'}
        lexicon.add(where, lexicon.languages(lang, flags, where), texts, entry)
    return units


def value_words(lexicon, lang, limit):
    found = {}
    for words, entry in lexicon.of[lang].items():
        if 'num' in entry['roles'] and len(words) == 1:
            found.setdefault(int(entry['value']), ''.join(map(chr, words[0])))
    return {value: word for value, word in found.items() if value < limit}


def add_italian(lexicon):
    """ventuno … novecentonovantanove, and with -mila: one word each."""
    base = value_words(lexicon, 'it', 101)
    base[1], base[6] = 'uno', 'sei'
    below = dict(base)
    for tens in range(20, 100, 10):
        for unit in range(1, 10):
            stem = base[tens][:-1] if unit in (1, 8) else base[tens]
            below[tens + unit] = stem + base[unit]
    full = {v: w for v, w in below.items() if 0 < v < 100}
    for hundred in range(1, 10):
        stem = ('' if hundred == 1 else base[hundred]) + 'cento'
        full[hundred * 100] = stem
        for value in range(1, 100):
            full[hundred * 100 + value] = stem + below[value]
    for value, word in full.items():
        if value > 20:
            spellings = {word, word[:-3] + 'tré' if word.endswith('tre') else word}
            if value % 10 == 1 and value % 100 != 11:
                spellings.add(word[:-1])
            for spelling in spellings:
                lexicon.merge('italian', 'it', words_of(spelling),
                              entry_of('num', [], value=float(value)))
        if value > 1:
            stem = word[:-1] if value % 10 == 1 and value > 20 else word
            for spelling in {word + 'mila', stem + 'mila'}:
                lexicon.merge('italian', 'it', words_of(spelling),
                              entry_of('num', [], value=value * 1000.0))


def add_persian(lexicon):
    """Tens and units whose half-spaces are lost: one word."""
    base = value_words(lexicon, 'fa', 100)
    for tens in range(20, 100, 10):
        for unit in range(1, 10):
            lexicon.merge('persian', 'fa', words_of(base[tens] + 'و' + base[unit]),
                          entry_of('num', [], value=float(tens + unit)))


def persian_verbs(stem, past):
    negated = 'نی' + ('ا' + stem[1:]) if stem[0] in 'آا' else 'ن' + stem
    if past:
        ends = ['', 'م', 'ی', 'یم', 'ید', 'ند', 'ه', 'هام', 'های', 'هاست', 'هایم', 'هاید', 'هاند']
    else:
        ends = ['م', 'ی', 'د', 'یم', 'ید', 'ند', 'یی', 'ییم', 'یید']
        yield from ('نمی' + stem + end for end in ends + (['ه', 'ن'] if stem == 'ش' else []))
    yield from (negated + end for end in ends)
    if past:
        yield from ('نمی' + stem + end for end in ends[:6])


def read_negation(folder, cues, refutes):
    for where, (lang, texts, kind, flags) in rows(folder / 'negation.tsv', 4):
        if kind in ('fapast', 'fapresent'):
            forms = {f for stem in texts.split('|') for f in persian_verbs(stem, kind == 'fapast')}
            texts, kind = '|'.join(sorted(f for f in forms if len(f) > 3)), 'negate'
        if kind not in KINDS:
            die(where, f'unknown kind "{kind}"')
        flags = flags.split()
        entry = {'kind': kind, 'flags': frozenset(f for f in flags if f in CUE_FLAGS)}
        into = refutes if kind == 'refute' else cues
        into.add(where, into.languages(lang, flags, where), texts, entry)


def slots_of(table, index_of):
    """Slots of one language: every beginning of a phrase has one too."""
    keys, more = {}, {}
    for words, entry in table.items():
        keys[words] = (index_of(entry), 'prefix' in entry.get('flags', ()))
        for n in range(1, len(words)):
            more[words[:n]] = max(more.get(words[:n], 0), len(words) - n)
    for words in more:
        keys.setdefault(words, (0, False))
    size = 2
    while size < 2 * len(keys) + 2:
        size *= 2
    if size > SLOT_LIMIT:
        die('tables', f'{len(keys)} words in one language')
    slots, taken = [None] * size, {}
    for words, (at, stops) in sorted(keys.items()):
        key = hash_of(words)
        if key in (0, 1) or taken.setdefault(key, words) != words:
            die('tables', f'hash of {words} is taken')
        place = key >> 32 & (size - 1)
        while slots[place]:
            place = (place + 1) % size
        slots[place] = (key, at, more.get(words, 0), int(stops))
    return slots


def write_lexicon(out, name, lexicon, index_of):
    sizes = {}
    for lang, table in lexicon.of.items():
        slots = slots_of(table, index_of)
        sizes[lang] = len(slots)
        out.append(f'static const struct lexicon_slot k_{name}_{lang}[] = {{')
        for slot in slots:
            out.append('    {0x%016xu, %d, %d, %d},' % slot if slot else '    {0, 0, 0, 0},')
        out.append('};')
    out.append(f'const struct lexicon k_{name}_lexicon[LANG_COUNT] = {{')
    for lang, size in sizes.items():
        for symbol in ['LANG_UNKNOWN', 'LANG_OTHER'] if lang == 'und' else [ENUM[lang]]:
            out.append(f'    [{symbol}] = {{k_{name}_{lang}, {size - 1}}},')
    out.append('};')


def bits(prefix, names):
    return ' | '.join(prefix + n.upper() for n in sorted(names)) or '0'


def class_of(c):
    """As enum cp_class counts: other, space, letter, mark, digit, sign."""
    if c == 0x20:
        return 1
    if c in (0x25, 0xB0, 0x66A, 0x2030):
        return 5
    category = unicodedata.category(chr(c))
    if category[0] == 'L':
        return 0 if c == 0x2BC else 2
    return 3 if category[0] == 'M' else {'Nd': 4, 'Sc': 5}.get(category, 0)


def write_code_points(out):
    out.append('const uint8_t k_cp_class[CP_TABLE] = {')
    for c in range(0, CP_TABLE, 32):
        out.append('    ' + ' '.join(f'{class_of(c + k)},' for k in range(32)))
    out += ['};', 'const uint16_t k_arabic_folded[0x100] = {']
    for c in range(0x600, 0x700, 8):
        out.append('    ' + ' '.join('0,' if skipped(k) else f'{FOLDED.get(k, k):#x},'
                                     for k in range(c, c + 8)))
    out.append('};')


class Pool:
    """Equal entries are written once."""

    def __init__(self, written):
        self.written, self.lines, self.at = written, [], {}

    def __call__(self, entry):
        line = self.written(entry)
        if line not in self.at:
            self.lines.append(line)
            self.at[line] = len(self.lines)
        return self.at[line]


def number_line(entry):
    what = ' | '.join(x for x in (bits('ROLE_', entry['roles']),
                                  bits('WORD_', entry.get('flags', ()))) if x != '0')
    return '    {%s, %d, %d, %d, %r},' % (what or '0', entry.get('unit', 0), entry.get('month', 0),
                                          entry.get('ratio', 0), entry.get('value') or 0.0)


def cue_line(entry):
    return '    {CUE_%s, %s},' % (entry['kind'].upper(), bits('CUE_', entry['flags']))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    numbers, cues, refutes = Lexicon(), Lexicon(), Lexicon()
    units = read_units(folder, numbers)
    read_numbers(folder, numbers)
    add_italian(numbers)
    add_persian(numbers)
    read_negation(folder, cues, refutes)
    number_pool, cue_pool = Pool(number_line), Pool(cue_line)
    out = []
    write_code_points(out)
    write_lexicon(out, 'number', numbers, number_pool)
    write_lexicon(out, 'negation', cues, cue_pool)
    write_lexicon(out, 'refutation', refutes, cue_pool)
    out += ['const struct number_word k_number_words[] = {', *number_pool.lines, '};',
            'const struct cue_word k_cue_words[] = {', *cue_pool.lines, '};',
            'const struct unit_info k_units[] = {', '    {"", NUMBER_PLAIN, 1, 0},']
    out += ['    {"%s", NUMBER_%s, %s, %s},' % (base, kind.upper(), factor, offset)
            for kind, base, factor, offset in units]
    out += ['    {0},', '};', '']
    head = ['/* Written by tools/gen_number_tables.py from src/text/tables. */',
            '#include "text/numbers_int.h"', '#include "text/negation_int.h"', '']
    pathlib.Path(sys.argv[2]).write_text('\n'.join(head + out), encoding='utf-8')


main()
