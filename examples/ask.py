#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a bank about one post through the C library, with nothing but ctypes.

    python3 ask.py facts.bank "Drinking bleach cures the flu"

The library is found by its name; SANAD_LIBRARY names another file.
"""
import ctypes
import json
import os
import sys


class Sanad:
    """An opened bank. Use it in a `with` statement; any thread may ask."""

    def __init__(self, path):
        lib = self.lib = ctypes.CDLL(os.environ.get("SANAD_LIBRARY", "libsanad.so.0"))
        handle, answer = ctypes.c_void_p, ctypes.c_void_p
        lib.sanad_error_message.restype = ctypes.c_char_p
        lib.sanad_bank_open.argtypes = [ctypes.c_char_p, ctypes.POINTER(handle)]
        lib.sanad_bank_close.argtypes = [handle]
        lib.sanad_bank_close.restype = None
        lib.sanad_bank_refresh.argtypes = [handle]
        lib.sanad_check.argtypes = [handle, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p,
                                    ctypes.POINTER(answer)]
        lib.sanad_answer_json.argtypes = [answer]
        lib.sanad_answer_json.restype = ctypes.c_char_p
        lib.sanad_answer_free.argtypes = [answer]
        lib.sanad_answer_free.restype = None
        self.bank = handle()
        self._must(lib.sanad_bank_open(os.fsencode(path), ctypes.byref(self.bank)))

    def _must(self, error):
        if error:
            raise RuntimeError(f"error {error}: {self.lib.sanad_error_message().decode()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lib.sanad_bank_close(self.bank)
        self.bank = None

    def check(self, post):
        """The answer to one post, as docs/formats/hit.md describes it."""
        self._must(self.lib.sanad_bank_refresh(self.bank))
        text, answer = post.encode(), ctypes.c_void_p()
        self._must(self.lib.sanad_check(self.bank, text, len(text), None, ctypes.byref(answer)))
        try:
            return json.loads(self.lib.sanad_answer_json(answer))
        finally:
            self.lib.sanad_answer_free(answer)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: ask.py BANK POST")
    try:
        with Sanad(sys.argv[1]) as bank:
            hits = bank.check(sys.argv[2])["hits"]
    except RuntimeError as error:
        print(f"ask.py: {error}", file=sys.stderr)
        return 4
    for hit in hits:
        found = ", ".join(f"{v['org']}: {v['label']}" for v in hit["verdicts"])
        print(f"{hit['tier']:9}  {hit['score']:.2f}  {hit['how']:10}  {hit['id']}  ({found})")
    if not hits:
        print("nothing found")
    return 0 if hits else 1


if __name__ == "__main__":
    sys.exit(main())
