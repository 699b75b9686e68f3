# SPDX-License-Identifier: Apache-2.0
"""How a fault of a kind file is refused, and the checks that every part of it shares."""
import re

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


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
