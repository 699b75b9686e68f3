# SPDX-License-Identifier: Apache-2.0
"""Writes docs/kinds: a page per kind."""
import json
from pathlib import Path

from kinds.field_types import MAX_INT
from kinds.sql import projected


def type_words(t):
    base = {"text": f"text, at most {t.max_chars} characters",
            "shown": f"text with language, at most {t.max_chars} characters",
            "int": f"number from {t.least} to {'2^53 - 1' if t.most == MAX_INT else t.most}",
            "enum": "one of " + ", ".join(f"`{v}`" for v in t.values),
            "country": "country" + "".join(f" or `{v}`" for v in t.values),
            "bool": "yes or no"}.get(t.base) or (f"`{t.shape}`" if t.shape else t.base)
    return f"list of {t.min} to {t.max}: {base}" if t.list else base


def field_rows(fields):
    out = ["| field | type | needed | what |", "|---|---|---|---|"]
    for f in fields:
        w = f.get("required_when")
        needed = "yes" if f.get("required") else f"when `{w['field']}` is {' or '.join(w['is'])}" if w else ""
        shown = f", shown to those who may read `{f['part_mark']}`" if "part_mark" in f else ""
        what = f["help"] + (f" (erasable{shown})" if f.get("erasable") else "")
        out.append(f"| `{f['name']}` | {type_words(f['t'])} | {needed} | {what} |")
    return out


def used_shapes(net, k):
    todo, done = [f["t"].shape for f in k["f"] if f["t"].shape], []
    while todo:
        name = todo.pop(0)
        if name not in done:
            done.append(name)
            todo += [f["t"].shape for f in net.shape(k, name)[1] if f["t"].shape]
    return done


def life_lines(k):
    out = ["", "## States", ""]
    out += [f"- `{n}`: {m}" for n, m in k["states"].items()]
    if k["erases"]:
        out += ["", f"In {', '.join(f'`{s}`' for s in k['erases'])} the erasable parts of the record and of what it replaced are erased."]
    out += ["", "| from | to | by | who | only when |", "|---|---|---|---|---|"]
    for t in k["transitions"]:
        by = {"self": "the record itself", "signers": "the last of its signers", "clock": "time",
              "prev": "a record that replaces it"}.get(t["by"], f"`{t['by']}`")
        when = [f"`{g}`" for g in t["guards"]]
        if "otherwise" in t:
            when.append(f"otherwise it goes to `{t['otherwise']}`")
        if w := t.get("when"):
            when.insert(0, f"its `{w['field']}` is {' or '.join(w['is'])}")
        out.append(f"| {', '.join(t['sources'])} | `{t['to']}` | {by} | {t['who']} | {', '.join(when)} |")
    for c in k["clocks"]:
        length = f"{c['within']} from receipt" if "within" in c else f"until `{c['field']}`"
        stop = f", stopped by `{c['stops_by']}`" if "stops_by" in c else ""
        stop += f", extended by the `until` of `{c['extends_by']}`" if "extends_by" in c else ""
        if c["stands"]:
            stop += f", stands in {', '.join(f'`{s}`' for s in c['stands'])} and goes on with what is left"
        late = f"; then shown: {c['late']}" if "late" in c else ""
        of = f" of one about {', '.join(f'`{n}`' for n in c['about'])}" if c["about"] else ""
        out.append(f"\nClock `{c['name']}`{of} in {', '.join(f'`{s}`' for s in c['states'])}: {length}{stop}{late}.")
    return out


def make_page(net, k):
    about = k["about"]
    out = [f"# {k['kind']}", "", f"{k['summary']}.", "",
           f"Family {k['family']}, version {k['version']}, lowest mark `{k['lowest_mark']}`. Author: "
           f"{'any organisation' if 'any' in k['authors'] else ', '.join(k['authors'])}.", ""]
    if k["hidden"]:
        out += ["Whoever may not read it does not learn that it is there: its state alone would tell.", ""]
    if about["max"]:
        kinds = "any kind" if "any" in about["kinds"] else ", ".join(f"`{n}`" for n in about["kinds"])
        out += [f"Speaks about {about['min']} to {about['max']} records of {kinds}.", ""]
    needs = [f"`{n}`" for n in ("until", "basis") if k[n] == "required"]
    if k["signers"]["min"]:
        needs.append(f"`signers` ({k['signers']['min']} or more)")
    if needs:
        out += [f"The envelope needs {', '.join(needs)}.", ""]
    if k["prev"] == "refused":
        out += ["No later record replaces it (`prev`).", ""]
    if k["guards"]:
        english = {g[0]: g[2] for g in net.guards}
        out += ["Refused unless:", "", *(f"- `{g}`: {english[g]}" for g in k["guards"]), ""]
    out += ["## Fields", "", *field_rows(k["f"])]
    for name in used_shapes(net, k):
        _, fields, only = net.shape(k, name)
        out += ["", f"`{name}`{' (exactly one of the fields)' if only else ''}:", "", *field_rows(fields)]
    out += ["", "Projected into `kind_" + k["kind"] + "` of the store: " +
            ", ".join(f"`{f['name']}`" for f in projected(k)) + "."]
    if k["states"]:
        out += life_lines(k)
    example = json.dumps(json.loads(net.examples.of(k["kind"])[0]), ensure_ascii=False, indent=1, sort_keys=True)
    out += ["", "## Example", "", "```json", example, "```"]
    for name, part in net.examples.of(k["kind"])[1].items():
        out += ["", f"The erasable part `{name}`:", "", "```json", part, "```"]
    return f"<!-- Made by tools/gen_kinds.py from kinds/{k['kind']}.toml. -->\n" + "\n".join(out) + "\n"


def make_docs(net, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        if old.stem not in net.kinds and old.name != "README.md":
            old.unlink()
    for n in net.order:
        (folder / f"{n}.md").write_text(make_page(net, net.kinds[n]), encoding="utf-8")
