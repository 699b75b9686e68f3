# SPDX-License-Identifier: Apache-2.0
"""Checks the life of a kind: its states, the clocks that run in them, and the transitions between them."""
import re

from kinds.checks import NAME, known, one_of, refuse, sentence
from kinds.field_types import CONDITION_KEYS, check_condition_words, parse_type

TRANSITION_KEYS = {"from": str, "to": str, "by": str, "who": str, "guards": [str], "otherwise": str, "when": dict, "clock": str}
CLOCK_KEYS = {"name": str, "state": str, "stands_in": str, "about": [str], "within": str, "field": str, "stops_by": str,
              "extends_by": str, "late": str}
BY = ["self", "signers", "step", "prev", "clock"]
WHO = ["any", "author", "signer", "other", "unrelated", "addressee", "member", "owner"]
UNITS_S = {"s": 1, "min": 60, "h": 3600, "d": 86400}
MAX_STATES = 30


def check_life(net, file, k):
    """Fills in what the file leaves out; adds "states", "stands", "seconds" to clocks and "sources" to transitions."""
    k.setdefault("states", {})
    k.setdefault("clocks", [])
    k.setdefault("transitions", [])
    check_states(file, k)
    for i, c in enumerate(k["clocks"]):
        check_clock(net, file, f"clocks[{i}]", k, c)
    check_safest_and_erases(file, k)
    for i, t in enumerate(k["transitions"]):
        check_transition(net, file, f"transitions[{i}]", k, t)
    check_clock_moves(file, k)
    check_reached(file, k)


def check_states(file, k):
    if len(k["states"]) > MAX_STATES:
        refuse(file, "states", f"at most {MAX_STATES}")
    for name, meaning in k["states"].items():
        if not NAME.fullmatch(name) or name == "start":
            refuse(file, f"states.{name}", "a lower-case name other than start is expected")
        sentence(file, f"states.{name}", meaning)


def check_safest_and_erases(file, k):
    if "safest" in k:
        one_of(file, "safest", k["safest"], list(k["states"]))
    for s in k.setdefault("erases", []):
        one_of(file, "erases", s, list(k["states"]))
    if k["erases"] and not any(f.get("erasable") for f in k["f"]):
        refuse(file, "erases", "the kind has no erasable field")


def check_reached(file, k):
    reached = {s for t in k["transitions"] for s in (t["to"], t.get("otherwise", t["to"]))}
    if unreached := set(k["states"]) - reached:
        refuse(file, f"states.{sorted(unreached)[0]}", "no transition leads there")
    if k["states"] and not any("start" in t["sources"] for t in k["transitions"]):
        refuse(file, "transitions", "none leads from start")


# ---- Clocks --------------------------------------------------------------------------------------

def check_clock(net, file, path, k, c):
    states = k["states"]
    known(file, path, c, CLOCK_KEYS, {"name", "state"})
    c["states"] = [s.strip() for s in c["state"].split(",")]
    for s in c["states"]:
        one_of(file, f"{path}.state", s, list(states))
    c["stands"] = [s.strip() for s in c.get("stands_in", "").split(",") if s.strip()]
    for s in c["stands"]:
        one_of(file, f"{path}.stands_in", s, [s for s in states if s not in c["states"]])
    for kind in c.setdefault("about", []):
        one_of(file, f"{path}.about", kind, k["about"]["kinds"])
    check_clock_end(net, file, path, k, c)
    if "late" in c:
        sentence(file, f"{path}.late", c["late"])


def check_clock_end(net, file, path, k, c):
    """When it runs out, and what stops or extends it."""
    if ("within" in c) == ("field" in c):
        refuse(file, path, "either within or field")
    if c["stands"] and ("field" in c or "stops_by" in c):
        refuse(file, f"{path}.stands_in", "only a clock of a length can stand, and none that stops for good")
    c["seconds"] = duration(file, path, c["within"]) if "within" in c else 0
    if "field" in c and c["field"] != "until":
        dated = [f["name"] for f in k["f"] if f["t"].base in ("date", "time") and not f["t"].list]
        one_of(file, f"{path}.field", c["field"], dated)
    for key in ("stops_by", "extends_by"):
        if key in c:
            one_of(file, f"{path}.{key}", c[key], list(net.kinds))
    if "extends_by" in c and c.get("field") != "until":
        refuse(file, f"{path}.extends_by", "only a clock of the field until can be extended")


def duration(file, path, text):
    m = re.fullmatch(r"(\d+)(s|min|h|d)", text)
    if not m or int(m[1]) == 0:
        refuse(file, f"{path}.within", "a duration such as 10min, 24h, 30d")
    return int(m[1]) * UNITS_S[m[2]]


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


# ---- Transitions ---------------------------------------------------------------------------------

def check_transition(net, file, path, k, t):
    known(file, path, t, TRANSITION_KEYS, {"from", "to", "by"})
    t["sources"] = [s.strip() for s in t["from"].split(",")]
    for s in t["sources"]:
        one_of(file, f"{path}.from", s, ["start", *k["states"]])
    one_of(file, f"{path}.to", t["to"], list(k["states"]))
    one_of(file, f"{path}.by", t["by"], BY + list(net.kinds))
    one_of(file, f"{path}.who", t.setdefault("who", "any"), WHO)
    for g in t.setdefault("guards", []):
        one_of(file, f"{path}.guards", g, net.guard_names)
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
    if t.get("when"):
        check_when(net, file, f"{path}.when", k, t)


def check_when(net, file, path, k, t):
    """The condition is on a field of the record that moves: one of this kind, or of the kind that it names."""
    w = t["when"]
    known(file, path, w, CONDITION_KEYS, CONDITION_KEYS)
    mover = k if t["by"] in ("self", "prev", "signers") else net.kinds.get(t["by"])
    if mover is None or w["field"] not in mover["fields"]:
        refuse(file, f"{path}.field", f"{t['by']} has no field {w['field']!r}")
    field_type = parse_type((file, path), mover["fields"][w["field"]]["type"], net.scope(mover))
    check_condition_words(file, f"{path}.is", field_type, w["is"])
