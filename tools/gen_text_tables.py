#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles src/text/tables/*.tsv and the output of gen_icu_table into C arrays (text/tables_int.h).

usage: gen_text_tables.py ICU_TABLE ICU_PLACES TABLES_FOLDER OUT.c

Refuses tables that contradict themselves: see check().
"""
import sys
import unicodedata
from pathlib import Path

from c_text import c_string

BLOCK = 128
LANGS = ['unknown', 'ar', 'en', 'es', 'fa', 'fr', 'id', 'it', 'ms', 'vi', 'other']
BOUNDLESS, NFC_YES, SPACE, PICTURE, IGNORABLE, EMOJI_PART = 1, 2, 4, 8, 16, 32
# Scripts whose marks are dropped in the folded form; elsewhere a mark is half of a letter.
STRIP_SCRIPTS = {'Zinh', 'Zyyy', 'Latn', 'Grek', 'Cyrl', 'Arab', 'Hebr', 'Syrc', 'Copt', 'Armn'}
KEPT_MARKS = {0x3099, 0x309A}  # voiced sound marks of Kana
# Letters of no script that stand in Kana and Han.
KANA_SIGNS = {0x3005, 0x30FC, 0xFF70}
NO_SPACES = {'Hani', 'Hira', 'Kana', 'Thai', 'Laoo', 'Khmr', 'Mymr'}
VIETNAMESE = set('đơưăạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ')


class Char:
    __slots__ = ('gc', 'ccc', 'flags', 'script', 'digit', 'fold', 'nfd')

    def __init__(self, fields):
        self.gc, self.script = fields[0], fields[3]
        self.ccc, self.flags, self.digit = int(fields[1]), int(fields[2]), int(fields[4])
        self.fold = None if fields[5] == '=' else tuple(int(x, 16) for x in fields[5].split())
        self.nfd = None if fields[6] == '=' else tuple(int(x, 16) for x in fields[6].split())


def die(text):
    sys.exit('gen_text_tables: ' + text)


def read_icu(path):
    chars = [None] * 0x110000
    for line in open(path, encoding='ascii'):
        fields = line.rstrip('\n').split('\t')
        one = Char(fields[2:])
        for c in range(int(fields[0], 16), int(fields[1], 16) + 1):
            chars[c] = one
    return chars


def read_rows(path):
    for number, line in enumerate(open(path, encoding='utf-8'), 1):
        line = line.rstrip('\n')
        if line and not line.startswith('# ') and line != '#':
            yield f'{path.name}:{number}', line.split('\t')


def letters(cell, where):
    """A cell: literal letters, or U+XXXX, or U+XXXX..U+YYYY (a list of code points)."""
    if cell.startswith('U+'):
        ends = [int(x[2:], 16) for x in cell.split('..')]
        return list(range(ends[0], ends[-1] + 1))
    if not cell:
        die(where + ': empty cell')
    return [ord(x) for x in cell]


def read_map(path):
    out = {}
    for where, row in read_rows(path):
        source = letters(row[0], where)
        if len(source) > 1 and '..' not in row[0]:
            die(f'{where}: "{row[0]}" is more than one letter')
        target = () if row[1] == '-' else tuple(letters(row[1], where))
        for c in source:
            if c in out:
                die(f'{where}: {chr(c)} U+{c:04X} has a row already')
            out[c] = target
    return out


class Tables:
    def __init__(self, chars, places, folder):
        self.chars, self.places = chars, places
        self.folder = folder
        self.invisible, self.blank = set(), set()
        for where, row in read_rows(folder / 'invisible.tsv'):
            into = {'-': self.invisible, 'space': self.blank}.get(row[1])
            if into is None:
                die(f'{where}: "{row[1]}" is neither "-" nor "space"')
            into.update(letters(row[0], where))
        self.own = {}
        for name in ('arabic.tsv', 'latin.tsv', 'confusables.tsv'):
            for c, target in read_map(folder / name).items():
                if c in self.own:
                    die(f'{name}: {chr(c)} U+{c:04X} has a row in another table')
                self.own[c] = target
        self.dotless = read_map(folder / 'dotless.tsv')
        self.leet = {c: t[0] for c, t in read_map(folder / 'leet.tsv').items()}
        self.fold_memo = {}

    # ---- what a code point becomes -------------------------------------------------------

    def removed(self, c):
        return c in self.invisible or self.chars[c].fold == ()

    def space(self, c):
        return c in self.blank or (self.chars[c].flags & SPACE) != 0

    def exact(self, c):
        if self.removed(c):
            return ()
        if self.space(c):
            return (0x20,)
        fold = self.chars[c].fold
        return (c,) if fold is None else fold

    def fold_once(self, c):
        char = self.chars[c]
        if c in self.own:
            return self.own[c]
        if char.gc in ('Mn', 'Me') and char.script in STRIP_SCRIPTS and c not in KEPT_MARKS:
            return ()
        if char.nfd is not None and char.script in STRIP_SCRIPTS:
            return char.nfd
        if char.digit >= 0:
            return (0x30 + char.digit,)
        return (c,)

    def fold(self, c):
        """The folded form of a code point of the exact form."""
        if c not in self.fold_memo:
            text = (c,)
            for _ in range(8):
                more = tuple(y for x in text for y in self.fold_once(x))
                more = tuple(y for x in more for y in self.exact(x))
                if more == text:
                    break
                text = more
            else:
                die(f'{chr(c)} U+{c:04X}: its rows lead in a circle')
            self.fold_memo[c] = text
        return self.fold_memo[c]

    def source_to_folded(self, c):
        return tuple(y for x in self.exact(c) for y in self.fold(x))

    # ---- entries ---------------------------------------------------------------------------

    def exact_entry(self, c, pool):
        char = self.chars[c]
        if self.removed(c):
            return 3 << 24
        if self.space(c):
            return 4 << 24
        if char.flags & BOUNDLESS:
            plain = char.ccc and char.flags & NFC_YES and char.fold is None
            return 5 << 24 | char.ccc if plain else 6 << 24
        text = self.exact(c)
        if text == (c,):
            return 0
        return 1 << 24 | text[0] if len(text) == 1 else 2 << 24 | pool.add(text)

    def fold_entry(self, c, pool):
        if self.exact(c) != (c,) and c != 0x20:
            return 0  # never stands in an exact form
        text = self.fold(c)
        if text == (c,):
            return 0
        if not text:
            return 3 << 24
        if len(text) > 4:
            die(f'{chr(c)} U+{c:04X} folds to more than 4 letters')
        return 1 << 24 | text[0] if len(text) == 1 else 2 << 24 | pool.add(text)

    def folded_to_skeleton(self, c):
        """Entry of a single code point of the folded form."""
        char = self.chars[c]
        if c in self.dotless:
            target = self.dotless[c]
            return 1 << 24 | target[0] if target else 4 << 24
        if 0x30 <= c <= 0x39:
            return 3 << 24 | c
        if c in self.leet:
            return 5 << 24 | c
        if c == 0x27:
            return 4 << 24  # an apostrophe does not end a word
        if char.gc[0] == 'M':
            return 7 << 24
        if char.gc[0] == 'L' or char.gc == 'Nl':
            return 9 << 24 if char.flags & BOUNDLESS else 2 << 24
        return 0

    def plain_mark(self, c):
        char = self.chars[c]
        return bool(char.ccc and char.flags & NFC_YES and char.fold is None)

    def skeleton_entry(self, c, pool):
        if self.removed(c):
            return (8 if c == 0x200C else 4) << 24
        text = self.source_to_folded(c)
        if self.chars[c].flags & BOUNDLESS and text and not self.plain_mark(c):
            return 9 << 24
        if not text:
            return 4 << 24
        if text == (0x20,):
            return 0 if self.exact(c) == text else 9 << 24  # a spacing accent
        if len(text) == 1:
            entry = self.folded_to_skeleton(text[0])
            if entry >> 24 == 2 and text[0] != c:
                return 1 << 24 | text[0]
            return entry
        if all(self.folded_to_skeleton(x) == 0 for x in text):
            return 0
        return 6 << 24 | pool.add(text)

    def class_entry(self, c):
        char, bits = self.chars[c], 0
        if char.gc[0] == 'L' or char.gc == 'Nl':
            bits |= 1
        if char.digit >= 0:
            bits |= 2
        if char.gc[0] == 'M':
            bits |= 4
        if (char.flags & PICTURE and c > 0x203B) or c == 0x1F1E6:
            bits |= 8
        if char.flags & EMOJI_PART and 0x1F1E6 <= c <= 0x1F1FF:
            bits |= 8 | 2048
        if char.gc in ('Lu', 'Lt'):
            bits |= 16
        if char.gc == 'Ll':
            bits |= 32
        if bits & 5 and (char.script in NO_SPACES or c in KANA_SIGNS or c in KEPT_MARKS):
            bits |= 64
        if bits & 1 and char.script == 'Arab':
            bits |= 128
        if bits & 1 and char.script == 'Latn':
            bits |= 256
            lower = unicodedata.normalize('NFC', chr(c).lower())
            if c > 0x7F and all(x < 0x80 for x in self.source_to_folded(c)):
                if char.nfd is not None or self.exact(c)[0] in self.own:
                    bits |= 512
            if lower in VIETNAMESE:
                bits |= 1024
        if char.flags & BOUNDLESS or self.removed(c):
            bits |= 4096
        return bits

    # ---- words -----------------------------------------------------------------------------

    def exact_text(self, word):
        text = ''.join(chr(y) for x in word for y in self.exact(ord(x)))
        return unicodedata.normalize('NFC', text)

    def folded_text(self, word):
        return ''.join(chr(y) for x in self.exact_text(word) for y in self.fold(ord(x)))

    def check(self):
        """What forms.c relies on."""
        seen = set()
        for c in range(0x110000):
            for f in self.source_to_folded(c):
                seen.add(f)
        for f in seen:
            if not self.chars[f].flags & BOUNDLESS and self.source_to_folded(f) != (f,):
                die(f'{chr(f)} U+{f:04X} stands in a folded form but folds to '
                    f'{[hex(x) for x in self.source_to_folded(f)]}')
        for c in range(0x110000):
            nfd = self.chars[c].nfd
            if nfd is None or len(nfd) < 2:
                continue
            parts = [y for x in nfd for y in self.source_to_folded(x)]
            slow = any(self.skeleton_entry(x, Pool()) >> 24 == 9 for x in nfd)
            if tuple(parts) != self.source_to_folded(c) and not slow:
                die(f'{chr(c)} U+{c:04X} folds otherwise than its parts; give it no row of its own')
        for c, target in self.dotless.items():
            if self.source_to_folded(c) != (c,):
                die(f'dotless.tsv: {chr(c)} is no letter of the folded form')
            for t in target:
                if t in self.dotless:
                    die(f'dotless.tsv: {chr(t)} is a class and has a row')


class Pool:
    def __init__(self):
        self.items, self.at = [], {}

    def add(self, text):
        if text not in self.at:
            self.at[text] = len(self.items)
            self.items += [len(text), *text]
        return self.at[text]


def text_key(data):
    h = 0xCBF29CE484222325
    for b in data:
        h = (h ^ b) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    h = (h ^ h >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    h ^= h >> 31
    return h or 1


def print_array(out, kind, name, items, per_line=16):
    out.write(f'const {kind} {name}[] = {{\n')
    for i in range(0, len(items), per_line):
        out.write(','.join(str(x) for x in items[i:i + per_line]) + ',\n')
    out.write('};\n')


def print_trie(out, kind, name, entries):
    blocks, at, index = [], {}, []
    for i in range(0, len(entries), BLOCK):
        block = tuple(entries[i:i + BLOCK])
        if block not in at:
            at[block] = len(blocks) // BLOCK
            blocks += block
        index.append(at[block])
    print_array(out, 'uint16_t', f'k_{name}_index', index, 32)
    print_array(out, kind, f'k_{name}_blocks', blocks)


SHORTEST_PLACE = 3
# Written onto an Arabic word without a space: and, so, by, for, the, and "the" behind each.
GLUED_AR = ('', 'و', 'ف', 'ب', 'ل', 'ال', 'وال', 'بال', 'فال', 'لل', 'وب', 'ول', 'ولل')


def listed(path, columns):
    """(language, column before the words or '', word) of a table of single words."""
    for where, row in read_rows(path):
        for word in row[columns - 1].split('|'):
            if not word or ' ' in word:
                die(f'{where}: "{word}" is no single word')
            for lang in row[0].split(','):
                yield lang, row[1] if columns == 3 else '', word


def place_names(tables):
    """(language, word): names that are one word, and what places.tsv adds and takes away."""
    own = list(listed(tables.folder / 'places.tsv', 3))
    spelled = tables.folded_text
    shadowed = {(lang, spelled(word)) for lang, kind, word in own if kind == 'not'}
    for lang, name in tables.places:
        if ' ' not in name and len(name) >= SHORTEST_PLACE and (lang, spelled(name)) not in shadowed:
            yield lang, name
            if lang == 'ar' and name.startswith('ال'):
                yield lang, name[2:]  # "lil-" takes the article's first letter
    yield from ((lang, word) for lang, kind, word in own if kind == 'also')


def place_syllables(tables):
    """(language, word): what is one only when it is written as a name."""
    return ((lang, word) for lang, kind, word in listed(tables.folder / 'places.tsv', 3) if kind == 'name')


def turning_words(tables, note):
    """Words that turn a claim round; Vietnamese ones by their tones only."""
    words = [(lang, word) for name in ('turns.tsv', 'offices.tsv') for lang, _, word in listed(tables.folder / name, 2)]
    for lang, word in [*words, *place_names(tables)]:
        spell = tables.exact_text if lang == 'vi' else tables.folded_text
        for glued in GLUED_AR if lang == 'ar' else ('',):
            note(spell(glued + word), 4, lang)
    for lang, word in place_syllables(tables):
        note(tables.exact_text(word) if lang == 'vi' else tables.folded_text(word), 5, lang)


def known_words(tables):
    """Key -> [stop, elides, tells, kept, turns, turns as a name, negates], from the word lists."""
    words = {}

    def note(text, column, lang):
        key = text_key(text.encode())
        words.setdefault(key, [0, 0, 0, 0, 0, 0, 0])[column] |= 1 << LANGS.index(lang)

    for lang in LANGS[1:-1]:
        for _, row in read_rows(tables.folder / f'stop_{lang}.tsv'):
            note(tables.folded_text(row[0]), 0, lang)
            if lang == 'vi':
                note(tables.exact_text(row[0]), 0, lang)
    for _, row in read_rows(tables.folder / 'function_words_other.tsv'):
        for word in row[1].split():
            note(tables.folded_text(word), 0, 'other')
    for _, row in read_rows(tables.folder / 'elisions.tsv'):
        for lang in row[0].split(','):
            for word in row[1].split():
                note(tables.folded_text(word), 1, lang)
    for _, row in read_rows(tables.folder / 'id_ms.tsv'):
        for word in row[1].split():
            note(tables.folded_text(word), 2, row[0])
    for lang in ('ar', 'fa'):
        for _, row in read_rows(tables.folder / f'affixes_{lang}.tsv'):
            for word in row[1].split() if row[0] == 'keep' else ():
                note(tables.folded_text(word), 3, lang)
    turning_words(tables, note)
    for _, row in read_rows(tables.folder / 'negation.tsv'):
        for lang in row[0].split(',') if row[2] in ('negate', 'open', 'close') else ():
            for word in row[1].split('|'):
                note(tables.folded_text(word), 6, lang)
    return words


def print_words(out, tables):
    words = known_words(tables)
    size = 1
    while size < 3 * len(words):
        size *= 2
    slots = [None] * size
    for key in sorted(words):
        at = key & (size - 1)
        while slots[at]:
            at = (at + 1) & (size - 1)
        slots[at] = f'{{{key}u,' + ','.join(str(x) for x in words[key]) + '}'
    print_array(out, 'struct known_word', 'k_known_words', [x or '{0}' for x in slots], 4)
    out.write(f'const uint32_t k_known_words_mask = {size - 1};\n')


def print_affixes(out, tables, lang):
    rows = []
    for where, row in read_rows(tables.folder / f'affixes_{lang}.tsv'):
        if row[0] == 'keep':
            continue
        if row[0] not in ('prefix', 'suffix'):
            die(f'{where}: "{row[0]}" is neither prefix nor suffix nor keep')
        text = tables.folded_text(row[1])
        rows.append((-len(text.encode()), text, int(row[2]), row[0] == 'prefix'))
    rows.sort()
    print_array(out, 'struct affix', f'k_affixes_{lang}',
                [f'{{{c_string(t)},{-n},{left},{str(p).lower()}}}' for n, t, left, p in rows], 2)
    out.write(f'const uint32_t k_n_affixes_{lang} = {len(rows)};\n')


def print_telex(out, tables):
    cells = {row[0]: row[1].split() for _, row in read_rows(tables.folder / 'telex.tsv')}
    for name, column in (('onsets', 'onset'), ('codas', 'coda')):
        items = {tables.folded_text(x) for x in cells[column]}
        ordered = sorted(items, key=lambda x: (-len(x), x))
        print_array(out, 'char *const', f'k_telex_{name}', [f'"{x}"' for x in ordered] + ['NULL'])
    for name, column in (('tones', 'tone'), ('horns', 'horn'), ('vowels', 'vowel')):
        mask = sum(1 << (ord(x) - 97) for x in cells[column])
        out.write(f'const uint32_t k_telex_{name} = {mask}u;\n')


def print_tones(out, tables):
    """Vietnamese letters in order, with the vowel they carry and the combining tone."""
    marks = (0x300, 0x301, 0x309, 0x303, 0x323)
    rows = []
    for where, row in read_rows(tables.folder / 'tones_vi.tsv'):
        if len(row) != 6:
            die(where + ': a vowel and five tones are needed')
        rows += [(ord(x), ord(row[0]), mark) for x, mark in zip(row[1:], marks)]
    rows.sort()
    print_array(out, 'struct tone', 'k_tones', [f'{{{c},{v},{m}}}' for c, v, m in rows], 6)
    out.write(f'const uint32_t k_n_tones = {len(rows)};\n')


def main():
    icu, places, folder, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    tables = Tables(read_icu(icu), [tuple(row) for _, row in read_rows(places)], folder)
    tables.check()
    pool = Pool()
    every = range(0x110000)
    with open(target, 'w', encoding='ascii') as out:
        out.write('/* Made by tools/gen_text_tables.py; do not edit. */\n#include "text/tables_int.h"\n')
        print_trie(out, 'uint32_t', 'exact', [tables.exact_entry(c, pool) for c in every])
        print_trie(out, 'uint32_t', 'fold', [tables.fold_entry(c, pool) for c in every])
        print_trie(out, 'uint32_t', 'skeleton', [tables.skeleton_entry(c, pool) for c in every])
        print_trie(out, 'uint16_t', 'class', [tables.class_entry(c) for c in every])
        print_array(out, 'uint32_t', 'k_sequences', pool.items)
        print_array(out, 'uint8_t', 'k_leet', [tables.leet.get(c, 0) for c in range(128)])
        print_words(out, tables)
        print_affixes(out, tables, 'ar')
        print_affixes(out, tables, 'fa')
        rows = [f'{{LANG_{r[0].upper()},{c_string(r[1])},{c_string(r[2])}}}'
                for _, r in read_rows(folder / 'accents.tsv')]
        print_array(out, 'struct accent', 'k_accents', rows, 2)
        out.write(f'const uint32_t k_n_accents = {len(rows)};\n')
        print_telex(out, tables)
        print_tones(out, tables)


if __name__ == '__main__':
    main()
