#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""score.tsv -> score_table.c

    gen_score_table.py OUT TABLE

Rows whose name has a row of a language become an array by language, those named calibrated_… one array in their
order; all others are single numbers.
struct score_table (match_int.h) decides which names there are: the compiler refuses others.
"""
import sys

LANGS = ("ar", "en", "es", "fa", "fr", "id", "it", "ms", "vi")
BY_LANGUAGE = ("word_part", "sure_alike", "sure_pairs")
STEPS = "calibrated_"


def read(path):
    """{name: {language: value}}, in the order of the table."""
    table = {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.startswith("#") or not line.strip():
                continue
            cells = line.rstrip("\n").split("\t")
            if len(cells) != 4:
                sys.exit(f"{path}:{number}: {len(cells)} columns instead of 4")
            name, lang, value, _ = cells
            if lang != "*" and (lang not in LANGS or name not in BY_LANGUAGE):
                sys.exit(f"{path}:{number}: {name} has no row for {lang}")
            if lang in table.setdefault(name, {}):
                sys.exit(f"{path}:{number}: {name} {lang} stands twice")
            table[name][lang] = float(value)
    for name, values in table.items():
        if "*" not in values:
            sys.exit(f"{path}: {name} has no row for all languages")
    return table


def initialiser(name, values):
    if name not in BY_LANGUAGE:
        return repr(values["*"])
    by_lang = ", ".join(f"[LANG_{lang}] = {values.get(lang.lower(), values['*'])!r}"
                        for lang in ("UNKNOWN", *(x.upper() for x in LANGS), "OTHER"))
    return f"{{{by_lang}}}"


def main(out, path):
    table = read(path)
    steps = [values["*"] for name, values in table.items() if name.startswith(STEPS)]
    if any(low >= high for low, high in zip(steps, steps[1:])):
        sys.exit(f"{path}: {STEPS}… does not rise at every step")
    rows = "".join(f"    .{name} = {initialiser(name, values)},\n" for name, values in table.items() if not name.startswith(STEPS))
    rows += f"    .{STEPS[:-1]} = {{{', '.join(map(repr, steps))}}},\n"
    with open(out, "w", encoding="utf-8") as f:
        f.write("/* Made by tools/gen_score_table.py from score.tsv. */\n#include \"match/match_int.h\"\n\n"
                f"const struct score_table k_score = {{\n{rows}}};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
