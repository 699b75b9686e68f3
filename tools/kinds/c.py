# SPDX-License-Identifier: Apache-2.0
"""Writes the kinds as const tables of C (src/record/record_int.h has their structs)."""
import zlib

from c_text import c_string
from kinds.life import BY
from kinds.sql import make_sql


class Tables:
    def __init__(self, net):
        self.net, self.lines, self.lists = net, [], {}

    def words(self, values):
        """Name of a const list of these words."""
        if not values:
            return "NULL"
        key = tuple(values)
        if key not in self.lists:
            self.lists[key] = f"k_words_{len(self.lists)}"
            self.lines.append(f"static const char *const {self.lists[key]}[] = "
                              f"{{{', '.join(map(c_string, values))}}};")
        return self.lists[key]

    def fields(self, tag, k, fields):
        rows = []
        for f in fields:
            t = f["t"]
            row = [f".name = {c_string(f['name'])}", f".label = {c_string(f['label'])}",
                   f".help = {c_string(f['help'])}", f".type = RECORD_{t.base.upper()}"]
            row += [f".{flag} = true" for flag in ("required", "erasable") if f.get(flag)]
            if "part_mark" in f:
                row.append(f".part_mark = RECORD_{f['part_mark'].replace('+', '_').upper()}")
            if t.list:
                row.append(f".list = true, .min = {t.min}, .max = {t.max}")
            if t.max_chars:
                row.append(f".max_chars = {t.max_chars}")
            if t.base == "int":
                row.append(f".least = {t.least}, .most = {t.most}")
            if t.values:
                row.append(f".values = {self.words(t.values)}, .n_values = {len(t.values)}")
            if t.shape:
                owner, name = self.net.shape_key(k, t.shape)
                row.append(f".shape = &k_shape_{owner}_{name}")
            if w := f.get("required_when"):
                row.append(self.when(w))
            rows.append("    {" + ", ".join(row) + "},")
        self.lines += [f"static const struct record_field k_fields_{tag}[] = {{", *rows, "};"]

    def shape(self, owner, name, done):
        if (owner, name) in done:
            return
        done.add((owner, name))
        fields, only = self.net.shapes[(owner, name)]
        k = self.net.owner(owner)
        for f in fields:
            if f["t"].shape:
                self.shape(*self.net.shape_key(k, f["t"].shape), done)
        tag = f"{owner}_{name}"
        self.fields(tag, k, fields)
        self.lines += [f"static const struct record_shape k_shape_{tag} = {{{c_string(name)}, "
                       f"{str(only).lower()}, {len(fields)}, k_fields_{tag}}};"]

    @staticmethod
    def guard_bits(names):
        return " | ".join(f"RECORD_GUARD_BIT({n})" for n in names) or "0"

    @staticmethod
    def state_bits(states, names):
        return " | ".join("RECORD_START" if s == "start" else f"RECORD_STATE_BIT({states.index(s)})" for s in names)

    def life(self, k):
        tag, row = k["kind"], []
        if k["states"]:
            self.lines += [f"static const struct record_state k_states_{tag}[] = {{",
                           *(f"    {{{c_string(n)}, {c_string(m)}}}," for n, m in k["states"].items()), "};"]
            row.append(f".states = k_states_{tag}, .n_states = {len(k['states'])}")
        if k["clocks"]:
            rows = [self.clock(k, c) for c in k["clocks"]]
            self.lines += [f"static const struct record_clock k_clocks_{tag}[] = {{", *rows, "};"]
            row.append(f".clocks = k_clocks_{tag}, .n_clocks = {len(rows)}")
        if k["transitions"]:
            rows = [self.transition(k, t) for t in k["transitions"]]
            self.lines += [f"static const struct record_transition k_transitions_{tag}[] = {{", *rows, "};"]
            row.append(f".transitions = k_transitions_{tag}, .n_transitions = {len(rows)}")
        return row

    def clock(self, k, c):
        states = list(k["states"])
        return (f"    {{{c_string(c['name'])}, {self.state_bits(states, c['states'])}, {c['seconds']}, "
                f"{c_string(c.get('field'))}, {c_string(c.get('stops_by'))}, {c_string(c.get('extends_by'))}, "
                f"{c_string(c.get('late'))}, {self.state_bits(states, c['stands']) or '0'}, "
                f"{self.words(c['about'])}, {len(c['about'])}}},")

    def transition(self, k, t):
        states = list(k["states"])
        otherwise = states.index(t["otherwise"]) if "otherwise" in t else -1
        by = t["by"] if t["by"] in BY else "kind"
        row = [f".from = {self.state_bits(states, t['sources'])}", f".to = {states.index(t['to'])}",
               f".by = RECORD_BY_{by.upper()}", f".who = RECORD_WHO_{t['who'].upper()}",
               f".guards = {self.guard_bits(t['guards'])}", f".otherwise = {otherwise}"]
        if by == "kind":
            row.append(f".by_kind = {c_string(t['by'])}")
        if w := t.get("when"):
            row.append(self.when(w))
        if "clock" in t:
            index = [c["name"] for c in k["clocks"]].index(t["clock"])
            row.append(f".clock = &k_clocks_{k['kind']}[{index}]")
        return "    {" + ", ".join(row) + "},"

    def when(self, w):
        return f".when = {{{c_string(w['field'])}, {self.words(w['is'])}, {len(w['is'])}}}"

    def kind(self, k):
        tag, about = k["kind"], k["about"]
        text, texts = self.net.examples.of(tag)
        self.fields(tag, k, k["f"])
        life = self.life(k)
        for name, part in texts.items():
            self.lines.append(f"static const char k_part_{tag}_{name}[] = {c_string(part)};")
        if texts:
            rows = [f"    {{{{(const uint8_t *){c_string(n)}, {len(n)}}},"
                    f" {{(const uint8_t *)k_part_{tag}_{n}, sizeof k_part_{tag}_{n} - 1}}}},"
                    for n in texts]
            self.lines += [f"static const struct record_part_text k_parts_{tag}[] = {{", *rows, "};"]
            life.append(f".example_parts = k_parts_{tag}, .n_example_parts = {len(texts)}")
        self.lines.append(f"static const char k_example_{tag}[] =\n    {c_string(text)};")
        mark = k["lowest_mark"].replace("+", "_").upper()
        authors = [] if "any" in k["authors"] else k["authors"]
        kinds = [] if "any" in about["kinds"] else about["kinds"]
        row = [f".name = {c_string(tag)}", f".family = {c_string(k['family'])}", f".version = {k['version']}",
               f".label = {c_string(k['label'])}", f".summary = {c_string(k['summary'])}",
               f".lowest_mark = RECORD_{mark}, .hidden = {str(k['hidden']).lower()}",
               f".authors = {self.words(authors)}, .n_authors = {len(authors)}",
               f".about_min = {about['min']}, .about_max = {about['max']}",
               f".about_kinds = {self.words(kinds)}, .n_about_kinds = {len(kinds)}",
               f".until_required = {str(k['until'] == 'required').lower()}",
               f".basis_required = {str(k['basis'] == 'required').lower()}",
               f".signers_min = {k['signers']['min']}, .prev_refused = {str(k['prev'] == 'refused').lower()}",
               f".safest = {list(k['states']).index(k['safest']) if 'safest' in k else -1}",
               f".erases = {self.state_bits(list(k['states']), k['erases']) or '0'}",
               f".guards = RECORD_GUARD_BIT(clock_order) | RECORD_GUARD_BIT(may_author) | "
               f"{self.guard_bits(k['guards'])}",
               f".body = {{{c_string(tag)}, false, {len(k['f'])}, k_fields_{tag}}}",
               f".example = {{(const uint8_t *)k_example_{tag}, sizeof k_example_{tag} - 1}}"]
        return "    {" + ",\n     ".join(row + life) + "},"


def make_c(net):
    t = Tables(net)
    done = set()
    for owner, name in net.shapes:
        if owner != "shared" or any(f["t"].shape == name for k in net.kinds.values() for f in k["f"]) or \
                any(f["t"].shape == name for fields, _ in net.shapes.values() for f in fields):
            t.shape(owner, name, done)
    rows = [t.kind(net.kinds[n]) for n in net.order]
    rules = zlib.crc32("\n".join([*t.lines, *rows, make_sql(net)]).encode())
    return "\n".join(["/* Made by tools/gen_kinds.py from kinds/. */", '#include "record/record_int.h"', "",
                      *t.lines, "", "const struct record_kind k_record_kinds[] = {", *rows, "};",
                      f"const uint32_t k_n_record_kinds = {len(rows)};", f"const uint32_t k_record_rules = {rules}u;", ""])
