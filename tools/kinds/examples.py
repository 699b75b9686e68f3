# SPDX-License-Identifier: Apache-2.0
"""Fills a record of each kind from the examples that its fields give, the same one every time."""
import base64
import datetime
import hashlib
import json

MADE = "2026-11-22T10:15:00.000Z"
SALT = base64.b64encode(bytes(range(16))).decode()
PLACEHOLDER = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"


def identity(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def canonical(value):
    """RFC 8785 for what a kind file can hold: ASCII keys, no floats, no control characters."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def has_example(f):
    return "example" in f or "examples" in f


class Examples:
    def __init__(self, net):
        self.net, self.made = net, {}

    def of(self, name, above=()):
        """(canonical text with its line feed, {field: text of its part}); above = kinds whose examples wait for this one."""
        if name not in self.made:
            k = self.net.kinds[name]
            about = self.about(k, above)
            record = {**envelope(k), **({"about": about} if about else {})}
            texts = self.fill(k, record, about[0] if about else None)
            self.made[name] = (canonical(record) + "\n", texts)
        return self.made[name]

    def about(self, k, above):
        """The first is an example too, where the kind says what it can be about; the others are made up."""
        name = k["kind"]
        wanted = [w for w in k["about"]["kinds"] if w not in above and w != name]
        if k["about"]["min"] == 0:
            return []
        if not wanted:
            first = PLACEHOLDER
        elif wanted[0] == "any":
            first = identity(self.of("claim")[0])
        else:
            first = identity(self.of(wanted[0], (*above, name))[0])
        return [first, *(identity(f"{name} {i}") for i in range(1, k["about"]["min"]))]

    def fill(self, k, record, first_about):
        """Puts the fields into the record; the texts of its erasable parts."""
        texts = {}
        for f in k["f"]:
            if not (has_example(f) or f.get("required") or f["t"].shape):
                continue
            value = self.field(k, f, 0, first_about)
            if f.get("erasable"):
                texts[f["name"]] = canonical({"salt": SALT, "value": value})
                record.setdefault("parts", {})[f["name"]] = identity(texts[f["name"]])
            else:
                record["body"][f["name"]] = value
        return texts

    def field(self, k, f, index, first_about):
        if not f["t"].list or isinstance(f.get("example"), list):
            return self.value(k, f, index, first_about)
        return [self.value(k, f, i, first_about) for i in range(max(f["t"].min, 1))]

    def value(self, k, f, index, first_about):
        t = f["t"]
        if "examples" in f:
            value = f["examples"][index % len(f["examples"])]
        elif t.shape:
            owner, fields, only = self.net.shape(k, t.shape)
            filled = [x for x in fields if x["t"].shape or x["t"].base == "id" or has_example(x)]
            return {x["name"]: self.field(owner, x, index, first_about) for x in (filled[:1] if only else filled)}
        elif t.base == "id" and "example" not in f:
            value = first_about or PLACEHOLDER
        else:
            value = f["example"]
        if isinstance(value, datetime.date):
            value = value.isoformat()
        if t.base == "shown" and isinstance(value, str):
            value = {"lang": f.get("example_lang", "en"), "text": value}
        return value


def envelope(k):
    record = {"kind": k["kind"], "made": MADE, "mark": k["lowest_mark"], "org": "checker.example", "salt": SALT,
              "sanad": 1, "v": k["version"], "body": {}}
    if k["lowest_mark"] != "clear":
        record["to"] = ["desk.example", "platform.example"]
    if k["until"] == "required":
        record["until"] = "2027-06-22"
    if k["basis"] == "required":
        record["basis"] = "Act 12, article 3 (1)"
    if k["signers"]["min"]:
        record["signers"] = ["checker.example", "desk.example", "panel.example"][:max(2, k["signers"]["min"])]
    return record
