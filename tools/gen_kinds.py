#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes of kinds/*.toml what depends on it, after checking it against the rules of docs/kinds/README.md.

    gen_kinds.py KINDS GUARDS.DEF {check|c|sql|forms|labels|examples|docs} OUT

c: const tables. sql: a table per kind for what is projected of it, and the operations on it. forms: descriptors of the input forms (JSON). labels: every word shown to people (JSON).
examples: one example of each kind (JSON). docs: a page per kind, in the folder OUT.
A fault is refused as `file: path: what`.
"""
import argparse
import base64
import datetime
import hashlib
import json
import re
import sys
import tomllib
import zlib
from pathlib import Path

FAMILIES = ["register", "answers", "signals", "platforms", "remedy", "desk", "community", "all"]
MARKS = ["clear", "green", "amber", "amber+strict", "red"]
KIND_KEYS = {"kind", "family", "version", "summary", "label", "lowest_mark", "hidden", "authors", "about", "until", "basis",
             "signers", "prev", "safest", "erases", "guards", "fields", "shapes", "one_of", "states", "transitions", "clocks"}
NEEDED_KEYS = {"kind", "family", "version", "summary", "label", "authors", "fields"}
FIELD_KEYS = {"type", "required", "required_when", "erasable", "part_mark", "help", "label", "example", "examples", "example_lang"}
TRANSITION_KEYS = {"from", "to", "by", "who", "guards", "otherwise", "when", "clock"}
CLOCK_KEYS = {"name", "state", "stands_in", "about", "within", "field", "stops_by", "extends_by", "late"}
BY = ["self", "signers", "step", "prev", "clock"]
WHO = ["any", "author", "signer", "other", "unrelated", "addressee", "member", "owner"]
SIMPLE = {"bool", "lang", "org", "id", "sha256", "url", "date", "time", "token", "vkey"}
ENVELOPE = {"about", "basis", "body", "kind", "made", "mark", "must", "org", "parts", "prev", "salt", "sanad",
            "signers", "to", "until", "v"}
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
UNITS_S = {"s": 1, "min": 60, "h": 3600, "d": 86400}
MAX_INT = 2**53 - 1
MADE = "2026-11-22T10:15:00.000Z"
SALT = base64.b64encode(bytes(range(16))).decode()
PLACEHOLDER = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

# Parts of names that could describe a person (R1), and those that put somebody in an order (R2).
REFUSED = {
    "R1": set("""name names surname forename nickname alias person persons people individual human_name email mail
        phone telephone tel mobile fax ip ipv4 ipv6 account accounts user users username userid login handle profile
        avatar portrait face faces voice fingerprint biometric birth birthday birthdate born age gender sex sexuality
        religion faith ethnicity race tribe caste nationality citizen citizenship address addresses street home_address
        location gps latitude longitude lat lon coordinates passport identity ssn iban card licence_plate device imei
        cookie session viewer viewers visitor subject suspect offender victim speaker creator poster uploader sender
        recipient follower followers friend friends family member_name child children parent_name spouse employer
        occupation income health diagnosis disability criminal conviction dna author_name reviewer_name
        signer_name""".split()),
    "R2": set("""score scores rank ranks ranking rankings rating ratings rate stars points karma reputation credibility
        trustworthiness reliability grade grades leaderboard badge badges tier best worst top accuracy influence
        popularity strikes index_of_trust weight""".split()),
}
WHY = {"R1": "could describe a person", "R2": "could score or rank somebody"}


class Refused(Exception):
    pass


def refuse(file, path, what):
    raise Refused(f"{file}: {path}: {what}")


def known(file, path, table, allowed, needed=()):
    if not isinstance(table, dict):
        refuse(file, path, "a table is expected")
    for key in table:
        if key not in allowed:
            refuse(file, f"{path}.{key}".lstrip("."), "unknown key")
    for key in sorted(needed):
        if key not in table:
            refuse(file, f"{path}.{key}".lstrip("."), "is missing")


def one_of(file, path, value, allowed):
    if value not in allowed:
        refuse(file, path, f"{value!r} is not one of {', '.join(map(str, allowed))}")


def sentence(file, path, text):
    if not isinstance(text, str) or not text.strip() or text.endswith("."):
        refuse(file, path, "one phrase without a full stop is expected")


# ---- Types ---------------------------------------------------------------------------------------

class Type:
    """What a type expression says: base, limits, values, and the list around it."""
    def __init__(self, base):
        self.base, self.max_chars, self.least, self.most = base, 0, 0, 0
        self.values, self.shape, self.list, self.min, self.max = [], None, False, 0, 0


def parse_type(where, text, scope):
    """where = (file, path); scope = {"enums":…, "shapes":…}."""
    if not isinstance(text, str):
        refuse(*where, "a type is a text")
    if m := re.fullmatch(r"list<(.+), (\d+)\.\.(\d+)>", text):
        t = parse_type(where, m[1], scope)
        t.list, t.min, t.max = True, int(m[2]), int(m[3])
        if t.max < 1 or t.min > t.max or t.max > 1000:
            refuse(*where, "a list holds MIN..MAX elements, at most 1000")
        return t
    if m := re.fullmatch(r"(text|shown)\((\d+)\)", text):
        t = Type(m[1])
        t.max_chars = int(m[2])
        if not 1 <= t.max_chars <= 20000:
            refuse(*where, "texts have 1 to 20000 characters")
        return t
    if m := re.fullmatch(r"int\((-?\d+)\.\.(-?\d+)\)", text):
        t = Type("int")
        t.least, t.most = int(m[1]), int(m[2])
        if t.least > t.most or max(-t.least, t.most) > MAX_INT:
            refuse(*where, "an int lies between LEAST..MOST within 2^53 - 1")
        return t
    if m := re.fullmatch(r"enum\((.+)\)", text):
        t = Type("enum")
        words = [w.strip() for w in m[1].split(",")]
        t.values = scope["enums"].get(words[0], words) if len(words) == 1 else words
        if len(t.values) < 2 or len(set(t.values)) != len(t.values):
            refuse(*where, "an enum has two or more different values, or the name of a shared one")
        for word in t.values:
            if not NAME.fullmatch(word):
                refuse(*where, f"{word!r} is no lower-case word")
        return t
    if m := re.fullmatch(r"country(?:\((\w+)\))?", text):
        t = Type("country")
        t.values = [m[1]] if m[1] else []
        return t
    if text in SIMPLE:
        return Type(text)
    if text in scope["shapes"]:
        t = Type("shape")
        t.shape = text
        return t
    refuse(*where, f"no type {text!r}")


# ---- Reading and checking ------------------------------------------------------------------------

class Network:
    """All kinds with the shapes they use."""
    def __init__(self, folder, guards_def):
        self.folder = Path(folder)
        self.guards = re.findall(r"^GUARD\((\w+), (\w+), \"([^\"]+)\"\)", Path(guards_def).read_text("utf-8"), re.M)
        self.guard_names = [g[0] for g in self.guards]
        self.shared = self.load("shared.toml")
        known("shared.toml", "", self.shared, {"enums", "shapes", "one_of"}, {"enums", "shapes"})
        self.exceptions = self.load("exceptions.toml")
        known("exceptions.toml", "", self.exceptions, {"R1", "R2"})
        self.used_exceptions = set()
        names = sorted(p.name for p in self.folder.glob("*.toml") if p.name not in ("shared.toml", "exceptions.toml"))
        loaded = [(n, self.load(n)) for n in names]
        self.kinds, self.shapes = {}, {}
        for file, k in loaded:
            known(file, "", k, KIND_KEYS, NEEDED_KEYS)
            if k["kind"] != file.removesuffix(".toml") or not NAME.fullmatch(k["kind"]):
                refuse(file, "kind", "is the name of the file, a lower-case word")
            self.kinds[k["kind"]] = k
        self.take_shapes("shared.toml", "shared", self.shared)
        for file, k in loaded:
            self.check_kind(file, k)
        for rule, rows in self.exceptions.items():
            for path in rows:
                if (rule, path) not in self.used_exceptions:
                    refuse("exceptions.toml", f"{rule}.{path}", "nothing needs this exception")
        self.order = sorted(self.kinds, key=lambda n: (FAMILIES.index(self.kinds[n]["family"]), n))
        self.examples = {}

    def load(self, name):
        try:
            with open(self.folder / name, "rb") as f:
                return tomllib.load(f)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
            refuse(name, "", str(e))

    def scope(self, k):
        return {"enums": self.shared["enums"], "shapes": {**self.shared["shapes"], **k.get("shapes", {})}}

    def shape_key(self, k, name):
        """Where a shape's checked fields stand: its own kind's or the shared one."""
        return (k["kind"], name) if name in k.get("shapes", {}) else ("shared", name)

    def take_shapes(self, file, owner, table):
        k = table if owner != "shared" else {"kind": "shared", "shapes": table["shapes"]}
        only = table.get("one_of", {})
        known(file, "one_of", only, {"shapes"})
        for name in only.get("shapes", []):
            if name not in table.get("shapes", {}):
                refuse(file, f"one_of.shapes.{name}", "no such shape in this file")
        for name, fields in table.get("shapes", {}).items():
            if owner != "shared" and name in self.shared["shapes"]:
                refuse(file, f"shapes.{name}", "there is a shared shape of this name")
            if not NAME.fullmatch(name):
                refuse(file, f"shapes.{name}", "a lower-case word is expected")
            self.shapes[(owner, name)] = (self.check_fields(file, k, f"shapes.{name}", fields, name),
                                          name in only.get("shapes", []))
        for name in table.get("shapes", {}):
            self.check_depth(file, k, name, [])

    def check_depth(self, file, k, name, above):
        if name in above or len(above) > 3:
            refuse(file, f"shapes.{name}", "shapes hold shapes at most four deep, and never themselves")
        for f in self.shapes[self.shape_key(k, name)][0]:
            if f["t"].shape:
                self.check_depth(file, k, f["t"].shape, above + [name])

    def check_name(self, file, owner, path, name):
        """R1 and R2 by the words of a name."""
        words = name.split("_")
        spans = {"_".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
        for rule, refused in REFUSED.items():
            bad = sorted(spans & refused)
            if not bad:
                continue
            key = f"{owner}.{name}"
            reason = self.exceptions.get(rule, {}).get(key)
            if not isinstance(reason, str) or len(reason) < 20:
                refuse(file, path, f"{rule}: \"{bad[0]}\" {WHY[rule]}; "
                                   f"an exception \"{key}\" with its reason stands in exceptions.toml or nowhere")
            self.used_exceptions.add((rule, key))

    def check_fields(self, file, k, where, fields, owner):
        out = []
        if not isinstance(fields, dict) or not fields:
            refuse(file, where, "fields are expected")
        for name, f in fields.items():
            path = f"{where}.{name}"
            known(file, path, f, FIELD_KEYS, {"type", "help"})
            if not NAME.fullmatch(name):
                refuse(file, path, "a lower-case name is expected")
            self.check_name(file, owner, path, name)
            sentence(file, f"{path}.help", f["help"])
            t = parse_type((file, f"{path}.type"), f["type"], self.scope(k))
            for flag in ("required", "erasable"):
                if not isinstance(f.get(flag, False), bool):
                    refuse(file, f"{path}.{flag}", "true or false")
            if f.get("erasable") and where != "fields":
                refuse(file, f"{path}.erasable", "only a field of the kind itself can be erased")
            if "part_mark" in f:
                one_of(file, f"{path}.part_mark", f["part_mark"], MARKS)
                if not f.get("erasable"):
                    refuse(file, f"{path}.part_mark", "only an erasable field has a part")
            if t.list and f.get("required") and t.min < 1:
                refuse(file, f"{path}.type", "a required list has at least one element")
            if f.get("required") and t.base not in ("id", "shape") and not {"example", "examples"} & set(f):
                refuse(file, f"{path}.example", "is missing")
            out.append({**f, "name": name, "t": t, "label": f.get("label", name.replace("_", " "))})
        names = [f["name"] for f in out]
        for f in out:
            if w := f.get("required_when"):
                path = f"{where}.{f['name']}.required_when"
                known(file, path, w, {"field", "is"}, {"field", "is"})
                one_of(file, path, w["field"], names)
                self.check_when(file, path, out, w)
        return out

    @staticmethod
    def check_when(file, path, fields, w):
        t = next(f["t"] for f in fields if f["name"] == w["field"])
        allowed = t.values + ["present"] + (["true", "false"] if t.base == "bool" else [])
        for word in w["is"]:
            one_of(file, f"{path}.is", word, allowed)

    def check_kind(self, file, k):
        one_of(file, "family", k["family"], FAMILIES)
        one_of(file, "lowest_mark", k.setdefault("lowest_mark", "clear"), MARKS)
        if not isinstance(k.setdefault("hidden", False), bool) or (k["hidden"] and k["lowest_mark"] == "clear"):
            refuse(file, "hidden", "true or false, and only what is never clear can be hidden")
        sentence(file, "summary", k["summary"])
        sentence(file, "label", k["label"])
        if not isinstance(k["version"], int) or not 1 <= k["version"] <= 65535:
            refuse(file, "version", "a number from 1 to 65535")
        for org in k["authors"]:
            one_of(file, "authors", org, ["any"] + self.shared["enums"]["org_kind"])
        about = k.setdefault("about", {"min": 0, "max": 0, "kinds": []})
        known(file, "about", about, {"min", "max", "kinds"}, {"min", "max", "kinds"})
        if not 0 <= about["min"] <= about["max"] <= 64:
            refuse(file, "about", "0 <= min <= max <= 64")
        for name in about["kinds"]:
            one_of(file, "about.kinds", name, ["any", *self.kinds])
        one_of(file, "until", k.setdefault("until", "optional"), ["required", "optional"])
        one_of(file, "basis", k.setdefault("basis", "optional"), ["required", "optional"])
        known(file, "signers", k.setdefault("signers", {"min": 0}), {"min"}, {"min"})
        if not 0 <= k["signers"]["min"] <= 16:
            refuse(file, "signers.min", "0 to 16")
        one_of(file, "prev", k.setdefault("prev", "allowed"), ["allowed", "refused"])
        for g in k.setdefault("guards", []):
            one_of(file, "guards", g, self.guard_names)
        if k["kind"] != "shared":
            self.take_shapes(file, k["kind"], k)
        k["f"] = self.check_fields(file, k, "fields", k["fields"], k["kind"])
        for f in k["f"]:
            if f["name"] in ENVELOPE and f["name"] not in ("to",):
                refuse(file, f"fields.{f['name']}", "is a name of the envelope")
        self.check_life(file, k)

    def check_life(self, file, k):
        states, clocks = k.setdefault("states", {}), k.setdefault("clocks", [])
        k.setdefault("transitions", [])
        if len(states) > 30:
            refuse(file, "states", "at most 30")
        for name, meaning in states.items():
            if not NAME.fullmatch(name) or name == "start":
                refuse(file, f"states.{name}", "a lower-case name other than start is expected")
            sentence(file, f"states.{name}", meaning)
        for i, c in enumerate(clocks):
            path = f"clocks[{i}]"
            known(file, path, c, CLOCK_KEYS, {"name", "state"})
            c["states"] = [s.strip() for s in c["state"].split(",")]
            for s in c["states"]:
                one_of(file, f"{path}.state", s, list(states))
            c["stands"] = [s.strip() for s in c.get("stands_in", "").split(",") if s.strip()]
            for s in c["stands"]:
                one_of(file, f"{path}.stands_in", s, [s for s in states if s not in c["states"]])
            for kind in c.setdefault("about", []):
                one_of(file, f"{path}.about", kind, k["about"]["kinds"])
            if ("within" in c) == ("field" in c):
                refuse(file, path, "either within or field")
            if c["stands"] and ("field" in c or "stops_by" in c):
                refuse(file, f"{path}.stands_in", "only a clock of a length can stand, and none that stops for good")
            c["seconds"] = self.duration(file, path, c["within"]) if "within" in c else 0
            if "field" in c and c["field"] != "until":
                dated = [f["name"] for f in k["f"] if f["t"].base in ("date", "time") and not f["t"].list]
                one_of(file, f"{path}.field", c["field"], dated)
            for key in ("stops_by", "extends_by"):
                if key in c:
                    one_of(file, f"{path}.{key}", c[key], list(self.kinds))
            if "extends_by" in c and c.get("field") != "until":
                refuse(file, f"{path}.extends_by", "only a clock of the field until can be extended")
            if "late" in c:
                sentence(file, f"{path}.late", c["late"])
        if "safest" in k:
            one_of(file, "safest", k["safest"], list(states))
        for s in k.setdefault("erases", []):
            one_of(file, "erases", s, list(states))
        if k["erases"] and not any(f.get("erasable") for f in k["f"]):
            refuse(file, "erases", "the kind has no erasable field")
        reached = set()
        for i, t in enumerate(k["transitions"]):
            self.check_transition(file, f"transitions[{i}]", k, t)
            reached |= {t["to"], t.get("otherwise", t["to"])}
        self.check_clock_moves(file, k)
        if unreached := set(states) - reached:
            refuse(file, f"states.{sorted(unreached)[0]}", "no transition leads there")
        if states and not any("start" in t["sources"] for t in k["transitions"]):
            refuse(file, "transitions", "none leads from start")

    @staticmethod
    def check_clock_moves(file, k):
        """A clock moves only where it runs, and clocks alone never lead in a circle."""
        by_clock = [(i, t) for i, t in enumerate(k["transitions"]) if t["by"] == "clock"]
        for i, t in by_clock:
            runs = next(c["states"] for c in k["clocks"] if c["name"] == t["clock"])
            for s in t["sources"]:
                if s not in runs:
                    refuse(file, f"transitions[{i}].from", f"the clock {t['clock']!r} does not run in {s!r}")
        for start in k["states"]:
            ahead = {t["to"] for _, t in by_clock if start in t["sources"]}
            for _ in k["states"]:
                ahead |= {t["to"] for _, t in by_clock if ahead & set(t["sources"])}
            if start in ahead:
                refuse(file, f"states.{start}", "clocks alone lead from it to itself")

    @staticmethod
    def duration(file, path, text):
        m = re.fullmatch(r"(\d+)(s|min|h|d)", str(text))
        if not m or int(m[1]) == 0:
            refuse(file, f"{path}.within", "a duration such as 10min, 24h, 30d")
        return int(m[1]) * UNITS_S[m[2]]

    def check_transition(self, file, path, k, t):
        known(file, path, t, TRANSITION_KEYS, {"from", "to", "by"})
        t["sources"] = [s.strip() for s in t["from"].split(",")]
        for s in t["sources"]:
            one_of(file, f"{path}.from", s, ["start", *k["states"]])
        one_of(file, f"{path}.to", t["to"], list(k["states"]))
        one_of(file, f"{path}.by", t["by"], BY + list(self.kinds))
        one_of(file, f"{path}.who", t.setdefault("who", "any"), WHO)
        for g in t.setdefault("guards", []):
            one_of(file, f"{path}.guards", g, self.guard_names)
        if (t["by"] == "clock") != ("clock" in t):
            refuse(file, path, "by = \"clock\" goes with the clock's name")
        if "clock" in t:
            one_of(file, f"{path}.clock", t["clock"], [c["name"] for c in k["clocks"]])
        if "otherwise" in t:
            one_of(file, f"{path}.otherwise", t["otherwise"], list(k["states"]))
            if t["by"] != "self" or not t["guards"]:
                refuse(file, f"{path}.otherwise", "only where the record itself meets guards")
        if t["by"] == "signers" and not k["signers"]["min"]:
            refuse(file, f"{path}.by", "the kind has no signers")
        if ("start" in t["sources"]) != (t["by"] == "self"):
            refuse(file, path, "the record itself leads from start, and nothing else does")
        if w := t.get("when"):
            known(file, f"{path}.when", w, {"field", "is"}, {"field", "is"})
            speaker = k if t["by"] in ("self", "prev", "signers") else self.kinds.get(t["by"])
            if speaker is None or w["field"] not in speaker["fields"]:
                refuse(file, f"{path}.when.field", f"{t['by']} has no field {w['field']!r}")
            enum = parse_type((file, f"{path}.when"), speaker["fields"][w["field"]]["type"], self.scope(speaker))
            words = enum.values + ["present"] + (["true", "false"] if enum.base == "bool" else [])
            for word in w["is"]:
                one_of(file, f"{path}.when.is", word, words)

    # ---- Examples ----

    def example_value(self, k, f, index, above):
        t = f["t"]
        if "examples" in f:
            value = f["examples"][index % len(f["examples"])]
        elif t.shape:
            fields, only = self.shapes[self.shape_key(k, t.shape)]
            filled = [x for x in fields if x["t"].shape or x["t"].base == "id" or {"example", "examples"} & set(x)]
            filled = filled[:1] if only else filled
            owner = k if t.shape in k.get("shapes", {}) else {"kind": "shared"}
            return {x["name"]: self.example_field(owner, x, index, above) for x in filled}
        elif t.base == "id" and "example" not in f:
            value = above or PLACEHOLDER
        else:
            value = f["example"]
        if isinstance(value, datetime.date):
            value = value.isoformat()
        if t.base == "shown" and isinstance(value, str):
            value = {"lang": f.get("example_lang", "en"), "text": value}
        return value

    def example_field(self, k, f, index=0, above=None):
        t = f["t"]
        if not t.list or isinstance(f.get("example"), list):
            return self.example_value(k, f, index, above)
        return [self.example_value(k, f, i, above) for i in range(max(t.min, 1))]

    def example(self, name, above=()):
        """(canonical text with its line feed, {field: text of its part})."""
        if name in self.examples:
            return self.examples[name]
        k = self.kinds[name]
        about, texts = [], {}
        wanted = [w for w in k["about"]["kinds"] if w not in above and w != name]
        for i in range(k["about"]["min"]):
            if i > 0 or not wanted or wanted[0] == "any":
                about.append("sha256:" + hashlib.sha256(f"{name} {i}".encode()).hexdigest() if i else
                             identity(self.example("claim")[0]) if wanted else PLACEHOLDER)
            else:
                about.append(identity(self.example(wanted[0], (*above, name))[0]))
        record = {"kind": name, "made": MADE, "mark": k["lowest_mark"], "org": "checker.example", "salt": SALT,
                  "sanad": 1, "v": k["version"], "body": {}}
        if about:
            record["about"] = about
        if k["lowest_mark"] != "clear":
            record["to"] = ["desk.example", "platform.example"]
        if k["until"] == "required":
            record["until"] = "2027-06-22"
        if k["basis"] == "required":
            record["basis"] = "Act 12, article 3 (1)"
        if k["signers"]["min"]:
            record["signers"] = ["checker.example", "desk.example", "panel.example"][:max(2, k["signers"]["min"])]
        for f in k["f"]:
            if not ({"example", "examples"} & set(f) or f.get("required") or f["t"].shape):
                continue
            value = self.example_field(k, f, 0, about[0] if about else None)
            if f.get("erasable"):
                texts[f["name"]] = canonical({"salt": SALT, "value": value})
                record.setdefault("parts", {})[f["name"]] = identity(texts[f["name"]])
            else:
                record["body"][f["name"]] = value
        self.examples[name] = (canonical(record) + "\n", texts)
        return self.examples[name]


def identity(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def canonical(value):
    """RFC 8785 for what a kind file can hold: ASCII keys, no floats, no control characters."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# ---- C -------------------------------------------------------------------------------------------

def c_string(text):
    if text is None:
        return "NULL"
    out = []
    for b in text.encode():
        out.append({34: '\\"', 92: "\\\\", 10: "\\n"}.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}"))
    return '"' + "".join(out).replace("??", "?\\?") + '"'


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
            t, w = f["t"], f.get("required_when")
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
            if w:
                row.append(f".when = {{{c_string(w['field'])}, {self.words(w['is'])}, {len(w['is'])}}}")
            rows.append("    {" + ", ".join(row) + "},")
        self.lines += [f"static const struct record_field k_fields_{tag}[] = {{", *rows, "};"]

    def shape(self, owner, name, done):
        if (owner, name) in done:
            return
        done.add((owner, name))
        fields, only = self.net.shapes[(owner, name)]
        k = self.net.kinds.get(owner, {"kind": "shared"})
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
        tag, states, row = k["kind"], list(k["states"]), []
        if states:
            self.lines += [f"static const struct record_state k_states_{tag}[] = {{",
                           *(f"    {{{c_string(n)}, {c_string(m)}}}," for n, m in k["states"].items()), "};"]
            row.append(f".states = k_states_{tag}, .n_states = {len(states)}")
        if k["clocks"]:
            rows = [f"    {{{c_string(c['name'])}, {self.state_bits(states, c['states'])}, {c['seconds']}, "
                    f"{c_string(c.get('field'))}, {c_string(c.get('stops_by'))}, {c_string(c.get('extends_by'))}, "
                    f"{c_string(c.get('late'))}, {self.state_bits(states, c['stands']) or '0'}, "
                    f"{self.words(c['about'])}, {len(c['about'])}}},"
                    for c in k["clocks"]]
            self.lines += [f"static const struct record_clock k_clocks_{tag}[] = {{", *rows, "};"]
            row.append(f".clocks = k_clocks_{tag}, .n_clocks = {len(k['clocks'])}")
        rows = []
        for t in k["transitions"]:
            bits = self.state_bits(states, t["sources"])
            otherwise = states.index(t["otherwise"]) if "otherwise" in t else -1
            by = t["by"] if t["by"] in BY else "kind"
            r = [f".from = {bits}", f".to = {states.index(t['to'])}", f".by = RECORD_BY_{by.upper()}",
                 f".who = RECORD_WHO_{t['who'].upper()}", f".guards = {self.guard_bits(t['guards'])}",
                 f".otherwise = {otherwise}"]
            if by == "kind":
                r.append(f".by_kind = {c_string(t['by'])}")
            if w := t.get("when"):
                r.append(f".when = {{{c_string(w['field'])}, {self.words(w['is'])}, {len(w['is'])}}}")
            if "clock" in t:
                index = [c["name"] for c in k["clocks"]].index(t["clock"])
                r.append(f".clock = &k_clocks_{tag}[{index}]")
            rows.append("    {" + ", ".join(r) + "},")
        if rows:
            self.lines += [f"static const struct record_transition k_transitions_{tag}[] = {{", *rows, "};"]
            row.append(f".transitions = k_transitions_{tag}, .n_transitions = {len(rows)}")
        return row

    def kind(self, k):
        tag, about = k["kind"], k["about"]
        text, texts = self.net.example(tag)
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


# ---- SQL -----------------------------------------------------------------------------------------

def projected(k):
    """Fields that stand in the table of a kind: all that nobody can have erased."""
    return [f for f in k["f"] if not f.get("erasable")]


def make_sql(net):
    """A column per field: numbers and yes or no as INTEGER, words as TEXT, all else as canonical JSON."""
    out = ["-- SPDX-License-Identifier: Apache-2.0", "-- Made by tools/gen_kinds.py from kinds/."]
    for n in net.order:
        columns = [f'"{f["name"]}" {"INTEGER" if f["t"].base in ("int", "bool") and not f["t"].list else "TEXT"}'
                   for f in projected(net.kinds[n])]
        out.append(f"CREATE TABLE kind_{n} (object INTEGER PRIMARY KEY, {', '.join(columns)}) STRICT;")
    for n in net.order:
        marks = ", ".join(f"?{i + 1}" for i in range(len(projected(net.kinds[n])) + 1))
        out += [f"-- op view kind_put.{n}", f"INSERT OR REPLACE INTO kind_{n} VALUES ({marks});"]
    for n in net.order:
        out += [f"-- op view kind_drop.{n}", f"DELETE FROM kind_{n} WHERE object = ?1;"]
    for n in net.order:
        columns = "".join(f', k."{f["name"]}"' for f in projected(net.kinds[n]))
        out += [f"-- op view kind_dump.{n}",
                f"SELECT lower(hex(r.id)){columns} FROM kind_{n} k JOIN record r ON r.n = k.object ORDER BY r.id;"]
    return "\n".join(out) + "\n"


# ---- JSON ----------------------------------------------------------------------------------------

def form_field(net, k, f):
    t = f["t"]
    out = {"name": f["name"], "label": f["label"], "help": f["help"], "type": t.base,
           "required": f.get("required", False), "erasable": f.get("erasable", False)}
    if t.list:
        out["list"] = {"min": t.min, "max": t.max}
    if t.max_chars:
        out["max_chars"] = t.max_chars
    if t.base == "int":
        out.update(least=t.least, most=t.most)
    if t.values:
        out["values"] = t.values
    if "required_when" in f:
        out["required_when"] = f["required_when"]
    if t.shape:
        fields, only = net.shapes[net.shape_key(k, t.shape)]
        owner = k if t.shape in k.get("shapes", {}) else {"kind": "shared"}
        out["fields"], out["one_of"] = [form_field(net, owner, x) for x in fields], only
    return out


def make_forms(net):
    return [{"kind": n, "family": k["family"], "version": k["version"], "label": k["label"], "summary": k["summary"],
             "lowest_mark": k["lowest_mark"], "about": k["about"], "until": k["until"], "basis": k["basis"],
             "signers_min": k["signers"]["min"], "fields": [form_field(net, k, f) for f in k["f"]]}
            for n, k in ((n, net.kinds[n]) for n in net.order)]


def make_labels(net):
    out = {f"org_kind.{w}": w.replace("_", " ") for w in net.shared["enums"]["org_kind"]}

    def add(prefix, fields):
        for f in fields:
            out[f"{prefix}.{f['name']}"] = f["label"]
            out[f"{prefix}.{f['name']}.help"] = f["help"]
            for word in f["t"].values:
                out[f"{prefix}.{f['name']}={word}"] = word.replace("_", " ")
    for n in net.order:
        k = net.kinds[n]
        out[n], out[f"{n}.summary"] = k["label"], k["summary"]
        add(n, k["f"])
        for state, meaning in k["states"].items():
            out[f"{n}:{state}"], out[f"{n}:{state}.help"] = state.replace("_", " "), meaning
        for c in k["clocks"]:
            if "late" in c:
                out[f"{n}@{c['name']}"] = c["late"]
    for (owner, name), (fields, _) in net.shapes.items():
        add(f"{owner}/{name}", fields)
    return dict(sorted(out.items()))


def make_examples(net):
    return [{"kind": n, "record": json.loads(net.example(n)[0]),
             "parts": {f: json.loads(p) for f, p in net.example(n)[1].items()}} for n in net.order]


# ---- Pages ---------------------------------------------------------------------------------------

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
            todo += [f["t"].shape for f in net.shapes[net.shape_key(k, name)][0] if f["t"].shape]
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
        fields, only = net.shapes[net.shape_key(k, name)]
        out += ["", f"`{name}`{' (exactly one of the fields)' if only else ''}:", "", *field_rows(fields)]
    out += ["", "Projected into `kind_" + k["kind"] + "` of the store: " +
            ", ".join(f"`{f['name']}`" for f in projected(k)) + "."]
    if k["states"]:
        out += life_lines(k)
    example = json.dumps(json.loads(net.example(k["kind"])[0]), ensure_ascii=False, indent=1, sort_keys=True)
    out += ["", "## Example", "", "```json", example, "```"]
    for name, part in net.example(k["kind"])[1].items():
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


def write_depfile(net, out, path):
    """For ninja: out rests on every kind, and on the folder, which changes when a kind is added."""
    needs = [net.folder, *sorted(net.folder.glob("*.toml"))]
    Path(path).write_text(f"{out}: " + " ".join(str(n).replace(" ", "\\ ") for n in needs) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds")
    parser.add_argument("guards")
    parser.add_argument("what", choices=["check", "c", "sql", "forms", "labels", "examples", "docs"])
    parser.add_argument("out", nargs="?")
    parser.add_argument("--depfile")
    a = parser.parse_args()
    if a.what != "check" and not a.out:
        parser.error("OUT is missing")
    try:
        net = Network(a.kinds, a.guards)
    except Refused as e:
        sys.exit(f"gen_kinds: {e}")
    if a.what == "check":
        print(f"kinds: {len(net.kinds)} kinds, {len(net.shapes)} shapes, nothing refused")
    elif a.what == "docs":
        make_docs(net, a.out)
    elif a.what in ("c", "sql"):
        Path(a.out).write_text({"c": make_c, "sql": make_sql}[a.what](net), encoding="utf-8")
    else:
        made = {"forms": make_forms, "labels": make_labels, "examples": make_examples}[a.what](net)
        Path(a.out).write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if a.depfile:
        write_depfile(net, a.out, a.depfile)


if __name__ == "__main__":
    main()
