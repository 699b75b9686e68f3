# SPDX-License-Identifier: Apache-2.0
"""url_tracking.tsv, url_wrappers.tsv, url_bare.tsv -> url_tables.c

    gen_url_tables.py OUT TRACKING WRAPPERS BARE

Checks what the code relies on: known rules, aliases that do not chain, parameters of wrappers that no
tracking row removes. Also writes the class of every byte, so that the escape sets stand in one place.
"""
import string
import sys

# Bytes that are escaped in each part (WHATWG URL Standard, section 1.3), above the controls.
ESCAPED = {"PATH": ' "#<>?^`{}', "QUERY": " \"#<>'", "FRAGMENT": ' "<>`'}
PREFIXES = ("www", "m", "mobile", "amp")
RULES = {"param", "path", "dashed", "alias", "video"}


def rows(path, columns):
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if not line.strip() or line.startswith("#"):
                continue
            cells = line.split("\t")
            if len(cells) > columns:
                sys.exit(f"{path}:{number}: {len(cells)} columns instead of {columns}")
            yield f"{path}:{number}", cells + [""] * (columns - len(cells))


def quoted(text):
    if not text.isascii() or '"' in text or "\\" in text:
        sys.exit(f"not plain ASCII: {text!r}")
    return f'URL_TEXT("{text}")'


def byte_classes():
    unreserved = string.ascii_letters + string.digits + "-._~"
    for byte in range(256):
        c = chr(byte)
        flags = [f"URL_ESCAPE_{part}" for part, chars in ESCAPED.items()
                 if byte < 0x20 or byte > 0x7E or c in chars]
        if byte < 0x80 and c in unreserved:
            flags.append("URL_UNRESERVED")
        if byte < 0x80 and (c in string.ascii_letters + string.digits + "-_"):
            flags.append("URL_NAME_BYTE")
        yield " | ".join(flags) or "0"


def read_tracking(path):
    found = []
    for where, (name, host, page, _why) in rows(path, 4):
        if name != name.lower() or not name.rstrip("*"):
            sys.exit(f"{where}: the name is not in lower case or empty")
        found.append((name, host, page))
    if len(found) != len(set(found)):
        sys.exit(f"{path}: a row stands twice")
    return sorted(found, key=lambda row: row[0][0])  # stable: rows of a letter keep their order


def removes(tracking, host, name):
    return any(row[0] == name or (row[0].endswith("*") and name.startswith(row[0][:-1]))
               for row in tracking if row[1] in ("*", host))


def read_wrappers(path, tracking):
    found = list(rows(path, 4))
    sources = {host for _, (rule, host, _p, _a) in found if rule == "alias"}
    for where, (rule, host, _page, argument) in found:
        if rule not in RULES:
            sys.exit(f"{where}: no rule {rule}")
        if host.lstrip(".").split(".")[0] in PREFIXES and not host.startswith("."):
            sys.exit(f"{where}: {host} is never seen, its first label is removed before")
        if rule == "alias" and (argument in sources or argument.split(".")[0] in PREFIXES):
            sys.exit(f"{where}: {argument} is written as something else again")
        if rule == "alias" and host.startswith(".") and len(argument) >= len(host):
            sys.exit(f"{where}: {argument} is not shorter than {host}")
        if rule != "alias" and host in sources:
            sys.exit(f"{where}: {host} is an alias, name the host it leads to")
        if rule == "param" and removes(tracking, host, argument):
            sys.exit(f"{where}: {argument} is removed as a tracking parameter")
    return [cells for _, cells in found]


def read_bare(path):
    return [(tld, kind) for _, (tld, kind, _why) in rows(path, 3)]


def write(out, tracking, wrappers, bare):
    out.write("/* Made by tools/gen_url_tables.py; change the .tsv files instead. */\n"
              '#include "text/url_int.h"\n\n')
    out.write("const uint8_t k_url_byte_class[256] = {\n")
    out.writelines(f"    {flags},\n" for flags in byte_classes())
    out.write("};\n\nconst struct url_tracking k_url_tracking[] = {\n")
    for name, host, page in tracking:
        whole = "false" if name.endswith("*") else "true"
        out.write(f"    {{{quoted(name.rstrip('*'))}, {quoted(host if host != '*' else '')}, "
                  f"{quoted(page if page != '*' else '')}, {whole}}},\n")
    out.write("};\nconst uint16_t k_url_tracking_from[257] = {\n")
    for byte in range(257):
        out.write(f"    {sum(ord(row[0][0]) < byte for row in tracking)},\n")
    out.write("};\n\nconst struct url_wrapper k_url_wrappers[] = {\n")
    for rule, host, page, argument in wrappers:
        page = "" if page == "*" else page
        out.write(f"    {{URL_{rule.upper()}, {quoted(host)}, {quoted(page)}, {quoted(argument)}}},\n")
    out.write("};\nconst size_t k_url_n_wrappers = COUNT_OF(k_url_wrappers);\n\n"
              "const struct url_bare k_url_bare[] = {\n")
    for tld, kind in bare:
        out.write(f"    {{{quoted(tld)}, URL_BARE_{kind.upper()}}},\n")
    out.write("};\nconst size_t k_url_n_bare = COUNT_OF(k_url_bare);\n")


def main():
    out_path, tracking_path, wrappers_path, bare_path = sys.argv[1:]
    tracking = read_tracking(tracking_path)
    wrappers = read_wrappers(wrappers_path, tracking)
    bare = read_bare(bare_path)
    with open(out_path, "w", encoding="ascii") as out:
        write(out, tracking, wrappers, bare)


main()
