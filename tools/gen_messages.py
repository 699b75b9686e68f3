#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles the message files src/cmd/po/*.po into C tables, and refuses incomplete or faulty ones.

    gen_messages.py {header|c} OUT en.po ar.po ...     en.po, the list of the messages, comes first
    gen_messages.py check en.po ar.po ...

Checked: every entry of en.po stands in every file and no other; the English text is the same; no entry is
fuzzy, obsolete or empty; the placeholders (%s, %1$s) are those of the English text, only the count of a
plural form for one single number may be left out; as many plural forms as the language has.
"""
import re
import sys
from pathlib import Path

from c_text import c_string

# Header line of the PO file, and the same rule for Python.
PLURALS = {
    "nplurals=1; plural=0;": lambda n: 0,
    "nplurals=2; plural=(n != 1);": lambda n: int(n != 1),
    "nplurals=2; plural=(n > 1);": lambda n: int(n > 1),
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);":
        lambda n: (n if n < 3 else 3 if 3 <= n % 100 <= 10 else 4 if n % 100 >= 11 else 5),
}
MOST_FORMS = 6
KEYWORD = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr|msgstr\[(\d)\]) (".*")$')
PLACEHOLDER = re.compile(r"%(?:(\d)\$)?(.)")


class PoError(Exception):
    pass


def unquote(text, where):
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        raise PoError(f"{where}: a string needs quotes on both sides")
    escapes = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
    return re.sub(r"\\(.)", lambda m: escapes[m[1]], text[1:-1])


def read_po(path):
    """Header fields and entries {context: {"msgid":…, "msgid_plural":…, "forms": […]}} in order."""
    entries, current, target, header = {}, None, None, None
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        where = f"{path}:{number}"
        line = line.strip()
        if line.startswith("#~"):
            raise PoError(f"{where}: obsolete entry; remove it")
        if line.startswith("#,") and "fuzzy" in line:
            raise PoError(f"{where}: fuzzy entry; review it and remove the mark")
        if line.startswith("#"):
            continue
        if not line:
            current = target = None
            continue
        if line.startswith('"') and target is not None:
            current[target] = current[target] + unquote(line, where)
            continue
        match = KEYWORD.match(line)
        if not match:
            raise PoError(f"{where}: cannot read this line")
        key, form, text = match[1], match[2], unquote(match[3], where)
        if current is None:
            current = {"where": where}
        if key in current:
            raise PoError(f"{where}: {key} twice in one entry")
        target = ("form", int(form)) if form else ("form", 0) if key == "msgstr" else key
        current[target] = text
        if target == "msgctxt":
            if text in entries:
                raise PoError(f"{where}: {text} twice")
            entries[text] = current
        elif "msgctxt" not in current and key == "msgid":
            if text or header is not None:
                raise PoError(f"{where}: an entry needs its msgctxt first")
            header = current
    if header is None:
        raise PoError(f"{path}: no header entry")
    return dict(re.findall(r"([\w-]+): (.*)\n", header[("form", 0)])), entries


def placeholders(text, where):
    found, place = set(), 0
    for number, kind in PLACEHOLDER.findall(text):
        if kind == "%":
            continue
        if kind != "s":
            raise PoError(f"{where}: the only placeholders are %s and %1$s")
        place += 1
        found.add(int(number) if number else place)
    return found


def check_forms(where, entry, english, rule, n_forms):
    plural = "msgid_plural" in english
    forms = [entry[k] for k in sorted(k for k in entry if isinstance(k, tuple))]
    if len(forms) != (n_forms if plural else 1):
        raise PoError(f"{where}: {len(forms)} forms instead of {n_forms if plural else 1}")
    wanted = placeholders(english.get("msgid_plural", english["msgid"]), where)
    for i, form in enumerate(forms):
        if not form.strip():
            raise PoError(f"{where}: not translated")
        missing = wanted - placeholders(form, where)
        numbers = [n for n in range(1000) if rule(n) == i] if plural else []
        if placeholders(form, where) - wanted or (missing and (len(numbers) != 1 or len(missing) > 1)):
            raise PoError(f"{where}: placeholders differ from the English text: {form}")
    return forms


def load(paths):
    """[(language, plural header, {context: forms})]; raises PoError."""
    _, english = read_po(paths[0])
    if Path(paths[0]).stem != "en":
        raise PoError("en.po comes first")
    out = []
    for path in paths:
        header, entries = read_po(path)
        language, rule = Path(path).stem, header.get("Plural-Forms", "")
        if header.get("Language") != language:
            raise PoError(f"{path}: Language of the header is not {language}")
        if rule not in PLURALS:
            raise PoError(f"{path}: Plural-Forms not known to tools/gen_messages.py: {rule}")
        if missing := [c for c in english if c not in entries]:
            raise PoError(f"{path}: missing: {', '.join(missing)}")
        if extra := [c for c in entries if c not in english]:
            raise PoError(f"{path}: not in en.po: {', '.join(extra)}")
        n_forms = int(re.match(r"nplurals=(\d)", rule)[1])
        table = {}
        for context, entry in entries.items():
            for key in ("msgid", "msgid_plural"):
                if entry.get(key) != english[context].get(key):
                    raise PoError(f"{entry['where']}: {context}: {key} is not that of en.po")
            table[context] = check_forms(f"{entry['where']}: {context}", entry, english[context],
                                         PLURALS[rule], n_forms)
        out.append((language, rule, {c: table[c] for c in english}))
    return out


def make_header(catalogues):
    names = list(catalogues[0][2])
    lines = ["/* Made by tools/gen_messages.py from src/cmd/po. */", "#ifndef SANAD_MESSAGES_GEN_H",
             "#define SANAD_MESSAGES_GEN_H", "", "enum message {"]
    lines += [f"    MSG_{name}," for name in names]
    lines += ["    MESSAGE_COUNT,", "};", f"enum {{ MESSAGE_FORMS = {MOST_FORMS} }};", "", "#endif", ""]
    return "\n".join(lines)


def make_c(catalogues):
    lines = ["/* Made by tools/gen_messages.py from src/cmd/po. */", '#include "cmd/message_int.h"', ""]
    for language, rule, table in catalogues:
        expression = re.search(r"plural=(.*);", rule)[1]
        unused = "" if "n" in expression else "(void)n;\n    "
        lines += [f"static unsigned plural_{language}(uint64_t n)", "{",
                  f"    {unused}return (unsigned)({expression});", "}",
                  f"static const char *const k_{language}[MESSAGE_COUNT][MESSAGE_FORMS] = {{"]
        for name, forms in table.items():
            lines.append(f"    [MSG_{name}] = {{{', '.join(c_string(f) for f in forms)}}},")
        lines += ["};", ""]
    lines.append("const struct catalogue k_catalogues[LANG_COUNT] = {")
    lines += [f"    [LANG_{c[0].upper()}] = {{k_{c[0]}, plural_{c[0]}}}," for c in catalogues]
    lines += ["};", ""]
    return "\n".join(lines)


def main():
    try:
        if sys.argv[1] == "check":
            n = len(load(sys.argv[2:])[0][2])
            print(f"{n} messages in {len(sys.argv) - 2} languages")
            return
        text = {"header": make_header, "c": make_c}[sys.argv[1]](load(sys.argv[3:]))
    except PoError as e:
        sys.exit(str(e))
    Path(sys.argv[2]).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
