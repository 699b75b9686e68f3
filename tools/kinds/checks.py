# SPDX-License-Identifier: Apache-2.0
"""How a fault of a kind file is refused, and the checks that every part of it shares."""
import re

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class Refused(Exception):
    pass


def refuse(file, path, what):
    raise Refused(f"{file}: {path}: {what}")


JSON = object()
WORDS = {str: "a text", int: "a whole number", bool: "true or false", dict: "a table", JSON: "what a record can hold"}


def fits(value, form):
    """form = a type, [the type of each element], or JSON without broken numbers."""
    if isinstance(form, list):
        return isinstance(value, list) and all(fits(v, form[0]) for v in value)
    if form is JSON:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return isinstance(value, (str, int, dict, list)) and all(fits(v, JSON) for v in inner)
    return type(value) is form  # pylint: disable=unidiomatic-typecheck # true is no number here


def known(file, path, table, allowed, needed=()):
    """allowed = {key: the form of its value}."""
    if not isinstance(table, dict):
        refuse(file, path, "a table is expected")
    for key, value in table.items():
        at, form = f"{path}.{key}".lstrip("."), allowed.get(key)
        if form is None:
            refuse(file, at, "unknown key")
        if not fits(value, form):
            words = f"a list, each of it {WORDS[form[0]]}," if isinstance(form, list) else WORDS[form]
            refuse(file, at, f"{words} is expected")
    for key in sorted(needed):
        if key not in table:
            refuse(file, f"{path}.{key}".lstrip("."), "is missing")


def one_of(file, path, value, allowed):
    if value not in allowed:
        refuse(file, path, f"{value!r} is not one of {', '.join(map(str, allowed))}")


def sentence(file, path, text):
    if not isinstance(text, str) or not text.strip() or text.endswith("."):
        refuse(file, path, "one phrase without a full stop is expected")
