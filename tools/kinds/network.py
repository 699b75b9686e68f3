# SPDX-License-Identifier: Apache-2.0
"""Reads the folder of kinds and has every file of it checked."""
import re
import tomllib
from pathlib import Path

from kinds.checks import NAME, known, refuse
from kinds.examples import Examples
from kinds.fields import check_field_keys, take_shapes
from kinds.kind import FAMILIES, KIND_KEYS, NEEDED_KEYS, check_kind
from kinds.names import Names

SHARED_KEYS = {"enums": dict, "shapes": dict, "one_of": dict}
NOT_KINDS = ("shared.toml", "exceptions.toml")


class Network:
    """All kinds with the shapes they use.

    kinds: name -> what its file says, completed by kind.py. order: the names by family.
    shapes: (owner, name) -> (fields, whether exactly one of them is given); the owner is a kind or "shared".
    guards: (name, when, what it demands).
    """
    def __init__(self, folder, guards_def):
        self.folder = Path(folder)
        self.guards = re.findall(r"^GUARD\((\w+), (\w+), \"([^\"]+)\"\)", Path(guards_def).read_text("utf-8"), re.M)
        self.guard_names = [g[0] for g in self.guards]
        self.shared = self.load("shared.toml")
        known("shared.toml", "", self.shared, SHARED_KEYS, {"enums", "shapes"})
        known("shared.toml", "enums", self.shared["enums"], dict.fromkeys(self.shared["enums"], [str]), {"org_kind"})
        self.names = Names(self.load("exceptions.toml"))
        self.kinds, self.shapes = {}, {}
        files = self.load_kinds()
        take_shapes(self, "shared.toml", {**self.shared, "kind": "shared"})
        for file in files:
            check_kind(self, file, self.kinds[file.removesuffix(".toml")])
        self.names.check_exceptions_used()
        self.order = sorted(self.kinds, key=lambda n: (FAMILIES.index(self.kinds[n]["family"]), n))
        self.examples = Examples(self)

    def load(self, name):
        try:
            with open(self.folder / name, "rb") as f:
                return tomllib.load(f)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
            refuse(name, "", str(e))

    def load_kinds(self):
        """All of them before the first is checked: they speak of each other."""
        files = sorted(p.name for p in self.folder.glob("*.toml") if p.name not in NOT_KINDS)
        for file, k in [(f, self.load(f)) for f in files]:
            known(file, "", k, KIND_KEYS, NEEDED_KEYS)
            check_field_keys(file, "fields", k["fields"])
            if k["kind"] != file.removesuffix(".toml") or not NAME.fullmatch(k["kind"]):
                refuse(file, "kind", "is the name of the file, a lower-case word")
            self.kinds[k["kind"]] = k
        return files

    def scope(self, k):
        """What the types of a kind can name."""
        return {"enums": self.shared["enums"], "shapes": {**self.shared["shapes"], **k.get("shapes", {})}}

    def shape_key(self, k, name):
        """Where a shape's checked fields stand: its own kind's or the shared one."""
        return (k["kind"], name) if name in k.get("shapes", {}) else ("shared", name)

    def shape(self, k, name):
        """(the kind that its fields' types are read in, its fields, whether exactly one of them is given)."""
        owner, _ = key = self.shape_key(k, name)
        return (self.owner(owner), *self.shapes[key])

    def owner(self, name):
        return self.kinds.get(name, {"kind": "shared"})
