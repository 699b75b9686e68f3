# SPDX-License-Identifier: Apache-2.0
"""Checks one kind as a whole: who writes it about what, what its envelope needs; then its fields and its life."""
from kinds.checks import known, one_of, refuse, sentence
from kinds.fields import MARKS, check_fields, take_shapes
from kinds.life import check_life

FAMILIES = ["register", "answers", "signals", "platforms", "remedy", "desk", "community", "all"]
KIND_KEYS = {"kind": str, "family": str, "version": int, "summary": str, "label": str, "lowest_mark": str, "hidden": bool,
             "authors": [str], "about": dict, "until": str, "basis": str, "signers": dict, "prev": str, "safest": str,
             "erases": [str], "guards": [str], "fields": dict, "shapes": dict, "one_of": dict, "states": dict,
             "transitions": [dict], "clocks": [dict]}
ABOUT_KEYS = {"min": int, "max": int, "kinds": [str]}
SIGNERS_KEYS = {"min": int}
NEEDED_KEYS = {"kind", "family", "version", "summary", "label", "authors", "fields"}
# The names of the envelope; `to` alone may stand in a body too.
ENVELOPE = {"about", "basis", "body", "kind", "made", "mark", "must", "org", "parts", "prev", "salt", "sanad",
            "signers", "until", "v"}


def check_kind(net, file, k):
    """Fills in what the file leaves out, and adds "f": the checked fields."""
    check_head(net, file, k)
    check_envelope(net, file, k)
    for g in k.setdefault("guards", []):
        one_of(file, "guards", g, net.guard_names)
    take_shapes(net, file, k)
    k["f"] = check_fields(net, file, k, "fields", k["fields"], k["kind"])
    for f in k["f"]:
        if f["name"] in ENVELOPE:
            refuse(file, f"fields.{f['name']}", "is a name of the envelope")
    check_life(net, file, k)


def check_head(net, file, k):
    one_of(file, "family", k["family"], FAMILIES)
    one_of(file, "lowest_mark", k.setdefault("lowest_mark", "clear"), MARKS)
    if k.setdefault("hidden", False) and k["lowest_mark"] == "clear":
        refuse(file, "hidden", "only what is never clear can be hidden")
    sentence(file, "summary", k["summary"])
    sentence(file, "label", k["label"])
    if not 1 <= k["version"] <= 65535:
        refuse(file, "version", "a number from 1 to 65535")
    for org in k["authors"]:
        one_of(file, "authors", org, ["any"] + net.shared["enums"]["org_kind"])


def check_envelope(net, file, k):
    about = k.setdefault("about", {"min": 0, "max": 0, "kinds": []})
    known(file, "about", about, ABOUT_KEYS, ABOUT_KEYS)
    if not 0 <= about["min"] <= about["max"] <= 64:
        refuse(file, "about", "0 <= min <= max <= 64")
    for name in about["kinds"]:
        one_of(file, "about.kinds", name, ["any", *net.kinds])
    one_of(file, "until", k.setdefault("until", "optional"), ["required", "optional"])
    one_of(file, "basis", k.setdefault("basis", "optional"), ["required", "optional"])
    known(file, "signers", k.setdefault("signers", {"min": 0}), SIGNERS_KEYS, SIGNERS_KEYS)
    if not 0 <= k["signers"]["min"] <= 16:
        refuse(file, "signers.min", "0 to 16")
    one_of(file, "prev", k.setdefault("prev", "allowed"), ["allowed", "refused"])
