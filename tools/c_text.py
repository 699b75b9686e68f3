# SPDX-License-Identifier: Apache-2.0
"""A text as a literal of C, for every generator that writes C."""

ESCAPED = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n"}


def c_string(text):
    """None is NULL. Octal escapes, so that no digit behind one is taken for a part of it; and no trigraphs."""
    if text is None:
        return "NULL"
    out = [ESCAPED.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in text.encode()]
    return '"' + "".join(out).replace("??", "?\\?") + '"'
