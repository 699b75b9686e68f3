#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/verify_log.py, written from the format page alone, passes what our code writes, and tells where one
byte was altered. The names say what slips through when a test fails."""
import contextlib
import importlib.util
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parent.parent.parent / "tools" / "verify_log.py"
KEY = "exchange.example/log1+cc7ffb32+AbnpI4hLNCOleiCj8S7v9oIxdQcHk3hjyA/DpMUX/pA6"
OTHER = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
WITNESS = "witness.example/w1+ed8c37d6+BLDvac9mmAMfo6UM3ZhuGEswRR4MUnSlB9TyBI0y+MK1"
THEIRS = """exchange.example/log1
3
LP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNo=

\u2014 exchange.example/log1 zH/7MiqSL9sJrAADbH3wDPzb3w2y2t3kb67ESTRS3J9J8Bp6osQ8JKJ1GNGF/P8TRiownm+Okfl/ONDkyqj3VVAMEQ0=
\u2014 witness.example/w1 7Yw31gAAAABlU/EAZSvdm482KtMc+xyH5vky890IT80rKuaBdjbCJggD1zHOn4YqHsPAl7K7HA22SO4EUjMApAIQHCF2reUooP5ECA==
"""
sys.path.insert(0, str(TOOL.parent))
sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("verify_log", TOOL)
verify_log = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify_log)


def run(*args):
    """Exit code and lines; in this process, since thousands of runs are made."""
    verify_log.FAULTS.clear()
    out, before = io.StringIO(), sys.argv
    sys.argv = ["verify_log.py", *map(str, args)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = verify_log.main()
    except SystemExit as e:
        code = e.code
    finally:
        sys.argv = before
    return code or 0, out.getvalue().splitlines()


class Signatures(unittest.TestCase):
    # RFC 8032, section 7.1, tests 1 to 3
    VECTORS = (
        ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655"
         "141438e7a100b"),
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d"
         "291612bb0c00"),
        ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc0"
         "27beceea1ec40a"))

    def test_vectors_hold_and_no_second_spelling_does(self):
        for key, text, signature in (tuple(map(bytes.fromhex, vector)) for vector in self.VECTORS):
            verify_log.check_signature(key, text, signature)
            more = int.from_bytes(signature[32:], "little") + 2**252 + 27742317777372353535851937790883648493
            for wrong in (signature[:32] + more.to_bytes(32, "little"), bytes([signature[0] ^ 1]) + signature[1:],
                          b"\1" + bytes(63), signature[:-1] + bytes([signature[-1] ^ 1])):
                self.assertRaises(ValueError, verify_log.check_signature, key, text, wrong)
            self.assertRaises(ValueError, verify_log.check_signature, b"\1" + bytes(31), text, signature)


class Logs(unittest.TestCase):
    def setUp(self):
        self.base = Path(tempfile.mkdtemp(prefix="sanad-verify-log-"))
        self.dir = self.base / "log"

    def tearDown(self):
        shutil.rmtree(self.base)

    def make(self, *sizes):
        subprocess.run([os.environ["MAKE_LOG"], self.dir, *map(str, sizes)], check=True)

    def told(self, path, entry=None):
        """Exactly one fault, of this file and entry."""
        code, lines = run(self.dir, "--key", KEY)
        faults = [line for line in lines if not line.startswith("damaged: ")]
        where = f"{path}: " + (f"entry {entry}: " if entry is not None else "")
        self.assertEqual((code, len(faults)), (3, 1), (path, lines))
        self.assertTrue(faults[0].startswith(where), (where, lines))

    def test_logs_of_many_sizes_pass(self):
        for size in (0, 1, 2, 255, 256, 257, 700):
            shutil.rmtree(self.dir, ignore_errors=True)
            self.make(size)
            code, lines = run(self.dir)
            self.assertEqual((code, len(lines)), (0, 1), lines)
            self.assertIn(f" {size} entries", lines[0])

    def test_three_levels_pass_and_a_flip_in_each_is_told(self):
        self.make(65800)
        self.assertEqual(run(self.dir)[0], 0)
        for name in ("tile/2/000.p/1", "tile/1/000", "tile/0/077"):
            raw = bytearray((self.dir / name).read_bytes())
            raw[17] ^= 4
            (self.dir / name).write_bytes(raw)
            self.told(name)
            raw[17] ^= 4
            (self.dir / name).write_bytes(raw)

    def entry_at(self, raw, at):
        place, number = 0, -1
        while place <= at:
            place += 2 + int.from_bytes(raw[place:place + 2], "big")
            number += 1
        return number

    def test_an_altered_byte_anywhere_is_told_with_file_and_entry(self):
        self.make(5, 259)
        draw = random.Random(1)
        for path in sorted(p for p in self.dir.rglob("*") if p.is_file()):
            name, raw = path.relative_to(self.dir).as_posix(), path.read_bytes()
            for at in draw.sample(range(len(raw)), min(len(raw), 12)):
                altered = bytearray(raw)
                altered[at] ^= 1 << draw.randrange(8)
                path.write_bytes(altered)
                if "entries" in name:
                    self.entry_faults(name, self.entry_at(raw, at) + (256 if "/001" in name else 0))
                else:
                    self.told(name)
            path.write_bytes(raw)
        self.assertEqual(run(self.dir, "--key", KEY)[0], 0)

    def entry_faults(self, name, entry):
        """An altered length shifts what stands behind it; the first one told is the altered entry."""
        code, lines = run(self.dir, "--key", KEY)
        self.assertEqual(code, 3)
        first = next(line for line in lines if ": entry " in line)
        self.assertTrue(first.startswith(f"{name}: entry {entry}: "), (name, entry, lines[:3]))
        self.assertTrue(all(line.startswith((name, "damaged: ")) for line in lines), lines)

    def test_a_file_that_is_missing_cut_or_too_long(self):
        self.make(259)
        for name in ("tile/0/000", "tile/0/001.p/3", "tile/1/000.p/1", "tile/entries/001.p/3"):
            raw = (self.dir / name).read_bytes()
            for changed in (raw[:-1], raw + b"\0", b"", None):
                (self.dir / name).unlink()
                if changed is not None:
                    (self.dir / name).write_bytes(changed)
                code, lines = run(self.dir)
                self.assertEqual(code, 3, (name, lines))
                self.assertTrue(all(line.startswith((name, "damaged: ")) for line in lines), lines)
                (self.dir / name).write_bytes(raw)

    def test_a_missing_bundle_is_told_once_and_not_entry_by_entry(self):
        self.make(259)
        for name in ("tile/entries/000", "tile/entries/001.p/3"):
            raw = (self.dir / name).read_bytes()
            (self.dir / name).unlink()
            self.told(name)
            (self.dir / name).write_bytes(raw)

    def test_what_is_beyond_the_checkpoint_is_no_fault(self):
        self.make(259)
        checkpoint = (self.dir / "checkpoint").read_bytes()
        self.make(700)
        (self.dir / "checkpoint").write_bytes(checkpoint)
        self.assertEqual(run(self.dir)[0], 0)
        (self.dir / "tile/0/001.p/3").unlink()
        self.assertEqual(run(self.dir)[0], 0)

    def test_a_log_of_another_key_or_with_a_bad_cosignature(self):
        self.make(3)
        self.assertEqual(run(self.dir, "--key", OTHER)[0], 3)
        (self.dir / "checkpoint").write_text(THEIRS, encoding="utf-8")
        code, lines = run(self.dir, "--key", KEY, "--key", WITNESS)
        self.assertEqual(code, 3)  # of other entries; but both signatures hold
        self.assertIn("witness.example/w1", lines[-1])
        (self.dir / "checkpoint").write_text(THEIRS.replace("7Yw31gAAAABlU/EA", "7Yw31gAAAABlU/EB"), encoding="utf-8")
        self.told_signature()

    def told_signature(self):
        code, lines = run(self.dir, "--key", KEY, "--key", WITNESS)
        self.assertEqual((code, lines), (3, ["checkpoint: a signature does not hold"]))

    def test_a_proof_is_checked_without_the_log(self):
        for size in (1, 2, 3, 256, 257, 700):
            shutil.rmtree(self.dir, ignore_errors=True)
            self.make(size)
            proof, entry = Path(f"{self.dir}.proof"), Path(f"{self.dir}.entry")
            args = ("--proof", proof, "--entry", entry, "--key", KEY)
            self.assertEqual(run(*args)[0], 0)
            raw = proof.read_bytes()
            for at in range(0, raw.index(b"\n\n"), 7):
                altered = bytearray(raw)
                altered[at] ^= 1
                proof.write_bytes(altered)
                self.assertEqual(run(*args)[0], 3, at)
            proof.write_bytes(raw)
            entry.write_bytes(entry.read_bytes() + b"x")
            self.assertEqual(run(*args)[0], 3)

    def test_wrong_use_has_its_own_exit_code(self):
        for args in ((), ("a", "--proof", "b"), ("--proof", "b"), (self.base / "nothing",)):
            self.assertEqual(run(*args)[0], 2, args)
        done = subprocess.run([sys.executable, TOOL, self.base], capture_output=True, check=False)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
