#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the crosswalk of printed ratings from src/exchange/tables/labels.tsv.

  gen_labels.py TABLE OUT.h         C tables: folding of letters, folded rating -> label
  gen_labels.py --doc TABLE OUT.md  the page docs/formats/labels.md

Refuses a spelling with two labels, an unknown label and a line with the wrong number of columns.
"""
import sys
import unicodedata

from c_text import c_string

LABELS = ["false", "misleading", "accurate", "unproven", "not_checkable"]
LANGUAGES = {"ar": "Arabic", "fa": "Persian", "vi": "Vietnamese", "es": "Spanish", "fr": "French",
             "id": "Indonesian", "ms": "Malay", "it": "Italian", "en": "English", "th": "Thai",
             "zh": "Chinese", "pt": "Portuguese", "de": "German"}
MAX_KEY = 127

# What compatibility decomposition leaves different although readers take it for the same letter.
SAME = {"đ": "d", "ı": "i", "ł": "l", "ø": "o", "ß": "s", "æ": "a", "œ": "o",
        "ی": "ي", "ى": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ە": "ه", "ۀ": "ه", "ٱ": "ا"}
# Ranges whose characters are looked at one by one; letters above them stay as they are.
FOLDED = [(0x80, 0x1000), (0x1E00, 0x2C00), (0x3000, 0x3040), (0xFB00, 0x10000), (0x1F000, 0x1FB00)]


def fold_char(c):
    """One character as the matcher sees it: a lower-case letter or digit, or "" for all else."""
    if ord(c) >= 0x80 and not any(start <= ord(c) < end for start, end in FOLDED):
        return c
    for d in unicodedata.normalize("NFKD", c):
        d = unicodedata.normalize("NFKD", d.casefold())[0]
        d = SAME.get(d, d)
        if unicodedata.category(d)[0] == "N" and unicodedata.decimal(d, None) is not None:
            return str(unicodedata.decimal(d))
        if unicodedata.category(d)[0] in "LN" and d != "ـ":
            return d
    return ""


def fold(text):
    return "".join(fold_char(c) for c in text)


def read_table(path):
    rows, label_of = [], {}
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.rstrip("\n")
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 4 or cells[2] not in LABELS or cells[0] not in LANGUAGES:
            sys.exit(f"{path}:{number}: language, rating, label, used by are expected")
        lang, rating, label, who = cells
        key = fold(rating)
        if not key or len(key.encode()) > MAX_KEY:
            sys.exit(f"{path}:{number}: {rating!r} folds to nothing or to over {MAX_KEY} bytes")
        if label_of.setdefault(key, label) != label:
            sys.exit(f"{path}:{number}: {rating!r} stands for {label} here, "
                     f"for {label_of[key]} elsewhere")
        rows.append((lang, rating, label, who))
    return rows, label_of


def fold_ranges():
    """(first, last, to) of every character that folding changes; to 0: dropped."""
    out = []
    for start, end in FOLDED:
        for cp in range(start, end):
            folded = "" if 0xD800 <= cp < 0xE000 else fold_char(chr(cp))
            to = ord(folded) if folded else 0
            if to == cp:
                continue
            if out and to == 0 and out[-1][2] == 0 and out[-1][1] == cp - 1:
                out[-1] = (out[-1][0], cp, 0)
            else:
                out.append((cp, cp, to))
    return out


def write_header(path, label_of):
    with open(path, "w", encoding="utf-8") as f:
        f.write("/* Made by tools/gen_labels.py from src/exchange/tables/labels.tsv. */\n")
        f.write(f"enum {{ MAX_KEY_BYTES = {MAX_KEY} }};\n")
        f.write("static const struct fold k_folds[] = {\n")
        for first, last, to in fold_ranges():
            f.write(f"    {{0x{first:X}, 0x{last:X}, 0x{to:X}}},\n")
        f.write("};\nstatic const struct rating k_ratings[] = {\n")
        for key in sorted(label_of, key=str.encode):
            f.write(f"    {{{c_string(key)}, LABEL_{label_of[key].upper()}}},\n")
        f.write("};\n")


DOC_HEAD = """# Labels: what an organisation found

This page is made by `tools/gen_labels.py --doc` from `src/exchange/tables/labels.tsv`; change the table, not the page.

sanad knows five labels, a closed list:

| label | the organisation says |
|---|---|
| `false` | the claim is untrue: invented, forged, refuted |
| `misleading` | there is something true in it, but it leads to a wrong belief: half true, out of context, exaggerated, old |
| `accurate` | the claim is true, or true with small gaps |
| `unproven` | there is not enough evidence either way |
| `not_checkable` | nothing that can be checked: opinion, satire, forecast |

A verdict whose rating cannot be mapped has no label and keeps the words of the source (`label_text`). The words are always kept,
also beside a label: the label serves for counting and for the reader's language, the words are what the organisation said.

## How a printed rating is matched

1. Both sides are folded: compatibility forms resolved, lower case, accents and vowel marks dropped, Persian and Arabic variants of
   a letter made one, digits of all scripts as 0-9, everything that is neither letter nor digit (spaces, punctuation, emoji) dropped.
   `Pants on Fire!` and `PANTS-ON-FIRE` are the same, `Enganoso` and `Engañoso` too.
2. The whole rating is looked up in the tables below, all languages at once. A spelling has one label in all of them.
3. If that finds nothing, the head is looked up: the words inside leading brackets (`[HOAX] …`), or the words before the first
   of `:` `(` `|` `—` `–` ` - ` or a full stop with a space behind (`Faux : la photo date de 2015`). A head never gives `accurate`: what
   follows "true" may take it back.
4. If that finds nothing either, a numeric scale decides. With `worst` and `best` as its ends, a value stands at
   `(value - worst) / (best - worst)`:

   | place | label |
   |---|---|
   | below 0.2 | `false` |
   | from 0.2, below 0.7 | `misleading`, but only when no words were printed: the middle may also be "unproven" |
   | from 0.7 | `accurate` |

   Equal ends (as 0 and 0, or -1 and -1) mean that there is no scale; a value outside it says nothing. The usual scale of 1 to 5 gives
   1 `false`, 2 and 3 `misleading`, 4 and 5 `accurate`.

"Mostly false" is `misleading`, not `false`, and "mostly true" is `accurate`: a label must not say more than the organisation did.

## From our labels to ClaimReview

| label | ratingValue (worst 1, best 5) |
|---|---|
| `false` | 1 |
| `misleading` | 2 |
| `accurate` | 5 |
| `unproven`, `not_checkable` | none: write `alternateName` only |

## The tables
"""


def write_doc(path, rows):
    with open(path, "w", encoding="utf-8") as f:
        f.write(DOC_HEAD)
        for lang, name in LANGUAGES.items():
            f.write(f"\n### {name} (`{lang}`)\n\n| label | known from | further words |\n|---|---|---|\n")
            for label in LABELS:
                mine = [r for r in rows if r[0] == lang and r[2] == label]
                known = "; ".join(f"{r[1]} ({r[3]})" for r in mine if r[3] != "common")
                common = "; ".join(r[1] for r in mine if r[3] == "common")
                if mine:
                    f.write(f"| `{label}` | {known} | {common} |\n")


def main():
    args = sys.argv[1:]
    doc = args[:1] == ["--doc"]
    if len(args) != 2 + doc:
        sys.exit(__doc__)
    rows, label_of = read_table(args[-2])
    write_doc(args[-1], rows) if doc else write_header(args[-1], label_of)


if __name__ == "__main__":
    main()
