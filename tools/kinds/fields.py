# SPDX-License-Identifier: Apache-2.0
"""Checks the fields of a kind and of the shapes (records within records) that they hold."""
from kinds.checks import JSON, NAME, known, one_of, refuse, sentence
from kinds.field_types import CONDITION_KEYS, check_condition_words, parse_type

MARKS = ["clear", "green", "amber", "amber+strict", "red"]
FIELD_KEYS = {"type": str, "required": bool, "required_when": dict, "erasable": bool, "part_mark": str, "help": str, "label": str,
              "example": JSON, "examples": [JSON], "example_lang": str}
MAX_SHAPES_ABOVE = 3


def check_field_keys(file, where, fields):
    if not isinstance(fields, dict) or not fields:
        refuse(file, where, "fields are expected")
    for name, f in fields.items():
        known(file, f"{where}.{name}", f, FIELD_KEYS, {"type", "help"})
        if f.get("examples") == []:
            refuse(file, f"{where}.{name}.examples", "one or more are expected")


def check_fields(net, file, k, where, fields, owner):
    """The fields in their order, each with its name, its label and its Type as "t". owner = what names.py calls them by."""
    out = []
    check_field_keys(file, where, fields)
    for name, f in fields.items():
        path = f"{where}.{name}"
        if not NAME.fullmatch(name):
            refuse(file, path, "a lower-case name is expected")
        net.names.check(file, owner, path, name)
        sentence(file, f"{path}.help", f["help"])
        t = parse_type((file, f"{path}.type"), f["type"], net.scope(k))
        check_flags(file, path, f, where == "fields")
        check_presence(file, path, f, t)
        out.append({**f, "name": name, "t": t, "label": f.get("label", name.replace("_", " "))})
    check_required_when(file, where, out)
    return out


def check_flags(file, path, f, of_kind):
    if f.get("erasable") and not of_kind:
        refuse(file, f"{path}.erasable", "only a field of the kind itself can be erased")
    if "part_mark" in f:
        one_of(file, f"{path}.part_mark", f["part_mark"], MARKS)
        if not f.get("erasable"):
            refuse(file, f"{path}.part_mark", "only an erasable field has a part")


def check_presence(file, path, f, t):
    if t.list and f.get("required") and t.min < 1:
        refuse(file, f"{path}.type", "a required list has at least one element")
    if f.get("required") and t.base not in ("id", "shape") and not {"example", "examples"} & set(f):
        refuse(file, f"{path}.example", "is missing")


def check_required_when(file, where, fields):
    types = {f["name"]: f["t"] for f in fields}
    for f in fields:
        if w := f.get("required_when"):
            path = f"{where}.{f['name']}.required_when"
            known(file, path, w, CONDITION_KEYS, CONDITION_KEYS)
            one_of(file, path, w["field"], list(types))
            check_condition_words(file, f"{path}.is", types[w["field"]], w["is"])


# ---- Shapes --------------------------------------------------------------------------------------

def take_shapes(net, file, k):
    """Checks the shapes of one file and puts them into net.shapes; k = the kind, or what shared.toml holds as kind "shared"."""
    owner, shapes, only = k["kind"], k.get("shapes", {}), k.get("one_of", {})
    known(file, "one_of", only, {"shapes": [str]})
    for name in only.get("shapes", []):
        if name not in shapes:
            refuse(file, f"one_of.shapes.{name}", "no such shape in this file")
    for name, fields in shapes.items():
        if owner != "shared" and name in net.shared["shapes"]:
            refuse(file, f"shapes.{name}", "there is a shared shape of this name")
        if not NAME.fullmatch(name):
            refuse(file, f"shapes.{name}", "a lower-case word is expected")
        net.shapes[(owner, name)] = (check_fields(net, file, k, f"shapes.{name}", fields, name),
                                     name in only.get("shapes", []))
    for name in shapes:
        check_depth(net, file, k, name, [])


def check_depth(net, file, k, name, above):
    if name in above or len(above) > MAX_SHAPES_ABOVE:
        refuse(file, f"shapes.{name}", "shapes hold shapes at most four deep, and never themselves")
    for f in net.shapes[net.shape_key(k, name)][0]:
        if f["t"].shape:
            check_depth(net, file, k, f["t"].shape, above + [name])
