#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes of src/cmd/verbs.toml what depends on it: the C tables of the command line, the man page, the
completions of bash and zsh, and docs/cli.md.

    gen_verbs.py verbs.toml {header|c|man|bash|zsh|markdown} OUT [--version V]
"""
import argparse
import re
import sys
import tomllib

from c_text import c_string

TYPES = {"flag", "text", "path", "count", "bytes", "choice", "language"}
LANGUAGES = ["ar", "fa", "vi", "es", "fr", "id", "ms", "it", "en"]
OPTION_KEYS = {"name", "short", "type", "value", "values", "min", "max", "default", "unit", "required",
               "many", "env", "help"}
VERB_KEYS = {"name", "run", "summary", "arguments", "min_args", "max_args", "use", "use_after", "about",
             "option", "example"}


class TableError(Exception):
    pass


# ---- Reading and checking ------------------------------------------------------------------------

def check_option(where, o):
    if extra := set(o) - OPTION_KEYS:
        raise TableError(f"{where}: unknown keys {sorted(extra)}")
    if o.get("type") not in TYPES:
        raise TableError(f"{where}: type is not one of {sorted(TYPES)}")
    if not o.get("help") or o["help"].endswith("."):
        raise TableError(f"{where}: help is one phrase without a full stop")
    if o["type"] != "flag" and not o.get("value"):
        raise TableError(f"{where}: value needs a name for the help")
    if o.get("many") and o["type"] not in ("text", "path"):
        raise TableError(f"{where}: only a text or path may be given many times")
    if o["type"] == "choice" and o.get("default", o["values"][0]) not in o["values"]:
        raise TableError(f"{where}: default is not one of the values")
    if o["type"] in ("count", "bytes"):
        if not {"min", "max", "default"} <= set(o) or not o["min"] <= o["default"] <= o["max"]:
            raise TableError(f"{where}: needs min <= default <= max")


def read_table(path):
    with open(path, "rb") as f:
        table = tomllib.load(f)
    names = set()
    for v in table["verb"]:
        name = v["name"]
        if extra := set(v) - VERB_KEYS:
            raise TableError(f"{name}: unknown keys {sorted(extra)}")
        if name in names:
            raise TableError(f"{name}: twice in the table")
        names.add(name)
        groups = table["group"]
        options = [o for g in v.get("use", []) for o in groups[g]["options"]]
        options += v.get("option", [])
        options += [o for g in v.get("use_after", []) for o in groups[g]["options"]]
        v["options"] = options
        for key in ("name", "short"):
            used = [o[key] for o in options if key in o]
            if len(used) != len(set(used)):
                raise TableError(f"{name}: an option's {key} is used twice: {used}")
        for o in options:
            check_option(f"{name} --{o['name']}", o)
        v["about"] = [p.strip() for p in v["about"].strip().split("\n\n")]
    table["program"]["about"] = table["program"]["about"].strip()
    return table


def families(table):
    """First words of two-word verbs, in order."""
    out = []
    for v in table["verb"]:
        first, _, rest = v["name"].partition(" ")
        if rest and first not in out:
            out.append(first)
    return out


def value_word(o):
    return o.get("value", "")


def option_head(o):
    short = f"-{o['short']}, " if "short" in o else "    "
    return short + "--" + o["name"] + (f" {value_word(o)}" if value_word(o) else "")


def option_facts(o):
    """What the help says behind the sentence: choices, default, unit, variable."""
    facts = []
    if o["type"] == "choice":
        facts.append("one of " + ", ".join(o["values"]))
    if o["type"] == "bytes":
        facts.append("K, M and G multiply by 1024")
    if "default" in o:
        facts.append(f"default {o['default']}")
    if "min" in o and o["type"] == "count":
        facts.append(f"{o['min']} to {o['max']}")
    if "env" in o:
        facts.append(f"default ${o['env']}")
    elif o.get("required"):
        facts.append("needed")
    if o.get("many"):
        facts.append("may be given several times")
    return facts


def synopsis(v):
    parts = ["sanad", v["name"]]
    parts += [f"--{o['name']} {value_word(o)}" for o in v["options"] if o.get("required")]
    if any(not o.get("required") for o in v["options"]):
        parts.append("[OPTION...]")
    if v["arguments"]:
        parts.append(v["arguments"])
    return " ".join(parts)


# ---- C -------------------------------------------------------------------------------------------

def c_name(text):
    return re.sub(r"[^A-Za-z0-9]", "_", text)


def make_header(table):
    lines = ["/* Made by tools/gen_verbs.py from verbs.toml: places of the options in call.values. */",
             "#ifndef SANAD_VERBS_GEN_H", "#define SANAD_VERBS_GEN_H", ""]
    most = 0
    for v in table["verb"]:
        most = max(most, len(v["options"]))
        if v["options"]:
            names = [f"{c_name(v['name']).upper()}_{c_name(o['name']).upper()}" for o in v["options"]]
            lines.append("enum { " + ", ".join(names) + " };")
    lines += [f"enum {{ VERB_MAX_OPTIONS = {most} }};", ""]
    lines += [f"rc {v['run']}(struct call *call, int *out_exit);" for v in table["verb"]]
    lines += ["", "#endif", ""]
    return "\n".join(lines)


def c_option(o, values_name):
    fields = [f".name = {c_string(o['name'])}", f".type = OPTION_{o['type'].upper()}",
              f".help = {c_string(o['help'])}", f".facts = {c_string('; '.join(option_facts(o)))}"]
    if "short" in o:
        fields.append(f".letter = '{o['short']}'")
    if value_word(o):
        fields.append(f".value = {c_string(value_word(o))}")
    if o.get("required"):
        fields.append(".required = true")
    if o.get("many"):
        fields.append(".many = true")
    if "env" in o:
        fields.append(f".env = {c_string(o['env'])}")
    if values_name:
        fields.append(f".values = {values_name}")
    if o["type"] in ("count", "bytes"):
        fields.append(f".least = {o['min']}u, .most = {o['max']}u")
        fields.append(f".number = {o['default']}u")
    if o["type"] == "choice":
        fields.append(f".number = {o['values'].index(o.get('default', o['values'][0]))}u")
    return "    {" + ", ".join(fields) + "},"


def c_verb_parts(v, lines):
    """The arrays that a verb's row points to; returns the fields of the row."""
    tag = c_name(v["name"])
    rows, getopt, letters = [], [], ":h"
    for i, o in enumerate(v["options"]):
        values_name = None
        if o["type"] == "choice":
            values_name = f"k_values_{tag}_{c_name(o['name'])}"
            words = ", ".join(c_string(w) for w in o["values"])
            lines.append(f"static const char *const {values_name}[] = {{{words}, NULL}};")
        rows.append(c_option(o, values_name))
        needs = "no_argument" if o["type"] == "flag" else "required_argument"
        getopt.append(f"    {{{c_string(o['name'])}, {needs}, NULL, OPTION_BASE + {i}}},")
        if "short" in o:
            letters += o["short"] + ("" if o["type"] == "flag" else ":")
    getopt += ['    {"help", no_argument, NULL, \'h\'},', "    {NULL, 0, NULL, 0},"]
    if rows:
        lines += [f"static const struct option_row k_options_{tag}[] = {{", *rows, "};"]
    lines += [f"static const struct option k_getopt_{tag}[] = {{", *getopt, "};"]
    examples = [f"    {{{c_string(e['command'])}, {c_string(e['says'])}}}," for e in v.get("example", [])]
    lines += [f"static const struct example_row k_examples_{tag}[] = {{", *examples, "    {NULL, NULL},",
              "};", ""]
    return [f".name = {c_string(v['name'])}", f".summary = {c_string(v['summary'])}",
            f".synopsis = {c_string(synopsis(v))}", f".about = {c_string(chr(10).join(v['about']))}",
            f".arguments = {c_string(v['arguments'])}",
            f".min_args = {v['min_args']}, .max_args = {v['max_args']}",
            f".n_options = {len(rows)}, .options = {'k_options_' + tag if rows else 'NULL'}",
            f".getopt_options = k_getopt_{tag}, .letters = {c_string(letters)}",
            f".examples = k_examples_{tag}, .run = {v['run']}"]


def make_c(table):
    lines = ["/* Made by tools/gen_verbs.py from verbs.toml. */", "#include \"cmd/cmd.h\"", ""]
    rows = []
    for v in table["verb"]:
        fields = c_verb_parts(v, lines)
        rows.append("    {" + ",\n     ".join(fields) + "},")
    lines += ["const struct verb_row k_verbs[] = {", *rows, "    {.name = NULL},", "};",
              f"const size_t k_n_verbs = {len(rows)};", ""]
    for name, key, left in (("exits", "exit", "code"), ("environment", "environment", "name")):
        lines += [f"const struct example_row k_{name}[] = {{"]
        lines += [f"    {{{c_string(str(e[left]))}, {c_string(e['meaning'])}}}," for e in table[key]]
        lines += ["    {NULL, NULL},", "};"]
    p = table["program"]
    lines += [f"const char k_program_summary[] = {c_string(p['summary'])};",
              f"const char k_program_about[] = {c_string(p['about'])};", ""]
    return "\n".join(lines)


# ---- Man page (scdoc) ----------------------------------------------------------------------------

def scd(text):
    return re.sub(r"([\\*_#~|<])", r"\\\1", text).replace("...", "\\...")


def make_man(table):
    p = table["program"]
    out = ["sanad(1) \"sanad @VERSION@\" \"sanad\"", "", "# NAME", "", f"sanad - {scd(p['summary'])}", "",
           "# SYNOPSIS", "", "*sanad* _COMMAND_ [_OPTION_\\...] [_ARGUMENT_\\...]", "", "# DESCRIPTION", "",
           scd(p["about"]), "", "# COMMANDS", ""]
    for v in table["verb"]:
        out += [f"## {scd(synopsis(v))}", "", scd(v["summary"][0].upper() + v["summary"][1:] + "."), ""]
        for paragraph in v["about"]:
            out += [scd(paragraph), ""]
        for o in v["options"]:
            head = ", ".join(([f"*-{o['short']}*"] if "short" in o else []) + [f"*--{o['name']}*"])
            if value_word(o):
                head += f" _{scd(value_word(o))}_"
            facts = option_facts(o)
            text = o["help"][0].upper() + o["help"][1:] + (f" ({'; '.join(facts)})" if facts else "") + "."
            out += [head, "\t" + scd(text), ""]
        for e in v.get("example", []):
            out += [scd(e["says"][0].upper() + e["says"][1:]) + ":", "", "```", e["command"], "```", ""]
    out += ["# EXIT STATUS", ""]
    for e in table["exit"]:
        out += [f"*{e['code']}*", "\t" + scd(e["meaning"][0].upper() + e["meaning"][1:]) + ".", ""]
    out += ["When the reader of the output closes the pipe (as *head* does), sanad ends quietly with "
            "exit status 0.", "", "# ENVIRONMENT", ""]
    for e in table["environment"]:
        out += [f"*{scd(e['name'])}*", "\t" + scd(e["meaning"][0].upper() + e["meaning"][1:]) + ".", ""]
    return "\n".join(out).rstrip() + "\n"


# ---- Completions ---------------------------------------------------------------------------------

def option_words(v):
    words = []
    for o in v["options"]:
        words.append("--" + o["name"])
    return words + ["--help"]


def completes(o):
    """What a value completes to: ("files", ""), ("words", "a b") or ("none", "")."""
    if o["type"] == "path":
        return "files", ""
    if o["type"] == "choice":
        return "words", " ".join(o["values"])
    if o["type"] == "language":
        return "words", " ".join(LANGUAGES)
    return "none", ""


def takes_files(v):
    return any(word in v["arguments"] for word in ("FILE", "INPUT"))


def bash_options(v):
    lines = []
    for o in v["options"]:
        if o["type"] == "flag":
            continue
        keys = "|".join(([f"-{o['short']}"] if "short" in o else []) + [f"--{o['name']}"])
        kind, words = completes(o)
        reply = {"files": 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur")',
                 "words": f'COMPREPLY=($(compgen -W "{words}" -- "$cur"))', "none": "COMPREPLY=()"}[kind]
        lines.append(f'        "{v["name"]}":{keys.replace("|", chr(124) + chr(34) + v["name"] + chr(34) + ":")})'
                     f' {reply}; return ;;')
    return lines


def make_bash(table):
    firsts = []
    for v in table["verb"]:
        first = v["name"].split()[0]
        if first not in firsts:
            firsts.append(first)
    fam = families(table)
    out = ["# bash completion of sanad. Made by tools/gen_verbs.py from verbs.toml.", "_sanad() {",
           "    local cur prev verb i", "    COMPREPLY=()", '    cur="${COMP_WORDS[COMP_CWORD]}"',
           '    prev="${COMP_WORDS[COMP_CWORD-1]}"', "    i=1",
           '    [ "${COMP_WORDS[1]-}" = help ] && [ "$COMP_CWORD" -gt 1 ] && i=2',
           '    if [ "$COMP_CWORD" -le "$i" ]; then',
           f'        COMPREPLY=($(compgen -W "{" ".join(firsts)}" -- "$cur")); return', "    fi",
           '    verb="${COMP_WORDS[i]}"', '    case "$verb" in']
    for f in fam:
        seconds = " ".join(v["name"].split()[1] for v in table["verb"] if v["name"].startswith(f + " "))
        out += [f"    {f})", '        if [ "$COMP_CWORD" -eq $((i + 1)) ]; then',
                f'            COMPREPLY=($(compgen -W "{seconds}" -- "$cur")); return', "        fi",
                '        verb="$verb ${COMP_WORDS[i+1]}" ;;']
    out += ["    esac", '    [ "$i" = 2 ] && return', '    case "$verb:$prev" in']
    for v in table["verb"]:
        out += bash_options(v)
    out += ["    esac", '    case "$cur" in', "    -*)", '        case "$verb" in']
    for v in table["verb"]:
        out.append(f'        "{v["name"]}") COMPREPLY=($(compgen -W "{" ".join(option_words(v))}" -- "$cur")) ;;')
    out += ["        esac ;;", "    *)", '        case "$verb" in']
    files = "|".join(f'"{v["name"]}"' for v in table["verb"] if takes_files(v))
    out += [f"        {files})", '            compopt -o filenames 2>/dev/null',
            '            mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;', "        esac ;;", "    esac", "}",
            "complete -F _sanad sanad", ""]
    return "\n".join(out)


def zsh_text(text):
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh_spec(o):
    action = ""
    if o["type"] != "flag":
        kind, words = completes(o)
        action = f":{value_word(o)}:" + {"files": "_files", "words": f"({words})", "none": ""}[kind]
    help_text = f"[{zsh_text(o['help'])}]"
    if "short" in o and o.get("many"):
        return f"'*'{{-{o['short']},--{o['name']}}}'{help_text}{action}'"
    if "short" in o:
        return f"'(-{o['short']} --{o['name']})'{{-{o['short']},--{o['name']}}}'{help_text}{action}'"
    return f"'{'*' if o.get('many') else ''}--{o['name']}{help_text}{action}'"


def zsh_verb_case(v, word):
    specs = [zsh_spec(o) for o in v["options"]] + ["'(-h --help)'{-h,--help}'[show help]'"]
    if takes_files(v):
        specs.append("'*:file:_files'")
    return [f"    {word})", "        _arguments \\"] + ["            " + s + " \\" for s in specs[:-1]] + \
           ["            " + specs[-1] + " ;;"]


def make_zsh(table):
    fam = families(table)
    out = ["#compdef sanad", "# zsh completion of sanad. Made by tools/gen_verbs.py from verbs.toml.", ""]
    for f in fam:
        verbs = [v for v in table["verb"] if v["name"].startswith(f + " ")]
        out += [f"_sanad_{f}() {{", "    local -a verbs", "    verbs=("]
        out += [f"        '{v['name'].split()[1]}:{zsh_text(v['summary'])}'" for v in verbs]
        out += ["    )", "    if (( CURRENT == 2 )); then", f"        _describe '{f} command' verbs; return",
                "    fi", "    local word=$words[2]", "    shift words; (( CURRENT-- ))", "    case $word in"]
        for v in verbs:
            out += zsh_verb_case(v, v["name"].split()[1])
        out += ["    esac", "}", ""]
    out += ["_sanad() {", "    local -a verbs", "    verbs=("]
    out += [f"        '{f}:commands on banks of claims'" for f in fam]
    singles = [v for v in table["verb"] if " " not in v["name"]]
    out += [f"        '{v['name']}:{zsh_text(v['summary'])}'" for v in singles]
    out += ["    )", "    if (( CURRENT == 2 )); then", "        _describe 'command' verbs; return", "    fi",
            "    local word=$words[2]", "    shift words; (( CURRENT-- ))", "    case $word in"]
    out += [f"    {f}) _sanad_{f} ;;" for f in fam]
    for v in singles:
        out += zsh_verb_case(v, v["name"])
    out += ["    esac", "}", "", "_sanad \"$@\"", ""]
    return "\n".join(out)


# ---- docs/cli.md ---------------------------------------------------------------------------------

def md(text):
    return re.sub(r"([<>|*_])", r"\\\1", text)


def make_markdown(table):
    p = table["program"]
    out = ["# The program `sanad`", "",
           "<!-- Made by tools/gen_verbs.py from src/cmd/verbs.toml; `ninja -C build docs-cli` writes it anew. -->",
           "", md(p["about"]), "", "| command | what it does |", "|---|---|"]
    for v in table["verb"]:
        anchor = "sanad-" + v["name"].replace(" ", "-")
        out.append(f"| [`{v['name']}`](#{anchor}) | {md(v['summary'])} |")
    for v in table["verb"]:
        out += ["", f"## sanad {v['name']}", "", "```", synopsis(v), "```", ""]
        out += ["\n\n".join(md(x) for x in v["about"])]
        if v["options"]:
            out += ["", "| option | meaning |", "|---|---|"]
        for o in v["options"]:
            facts = option_facts(o)
            out.append(f"| `{option_head(o).strip()}` | {md(o['help'])}{md(' (' + '; '.join(facts) + ')') if facts else ''} |")
        if v.get("example"):
            out += ["", "```sh"] + [f"{e['command']}   # {e['says']}" for e in v["example"]] + ["```"]
    out += ["", "## Exit codes", "", "| code | meaning |", "|---|---|"]
    out += [f"| {e['code']} | {md(e['meaning'])} |" for e in table["exit"]]
    out += ["", "When the reader of the output closes the pipe (as `head` does), sanad ends quietly with exit "
            "code 0.", "", "## Environment", "", "| variable | meaning |", "|---|---|"]
    out += [f"| `{e['name']}` | {md(e['meaning'])} |" for e in table["environment"]]
    return "\n".join(out) + "\n"


MAKERS = {"header": make_header, "c": make_c, "man": make_man, "bash": make_bash, "zsh": make_zsh,
          "markdown": make_markdown}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("table")
    parser.add_argument("what", choices=MAKERS)
    parser.add_argument("out")
    parser.add_argument("--version", default="")
    args = parser.parse_args()
    try:
        text = MAKERS[args.what](read_table(args.table)).replace("@VERSION@", args.version)
    except (TableError, KeyError, tomllib.TOMLDecodeError) as e:
        sys.exit(f"{args.table}: {e}")
    with open(args.out, "w", encoding="utf-8", newline="\n") as f:
        f.write(text)


if __name__ == "__main__":
    main()
