# SPDX-License-Identifier: Apache-2.0
"""Types of fields, written as in `list<text(100), 1..5>`: docs/kinds/README.md lists them."""
import re

from kinds.checks import NAME, one_of, refuse

SIMPLE = {"bool", "lang", "org", "id", "sha256", "url", "date", "time", "token", "vkey"}
MAX_INT = 2**53 - 1


class Type:
    """What a type expression says: base, limits, values, and the list around it."""
    def __init__(self, base):
        self.base, self.max_chars, self.least, self.most = base, 0, 0, 0
        self.values, self.shape, self.list, self.min, self.max = [], None, False, 0, 0


def parse_type(where, text, scope):
    """where = (file, path); scope = {"enums":…, "shapes":…}."""
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


CONDITION_KEYS = {"field": str, "is": [str]}


def check_condition_words(file, path, t, words):
    """The words that a condition on a field of type t can wait for."""
    allowed = t.values + ["present"] + (["true", "false"] if t.base == "bool" else [])
    for word in words:
        one_of(file, path, word, allowed)
