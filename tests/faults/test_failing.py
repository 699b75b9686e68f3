#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each write, sync, rename, link, removal and new name of the program failing in turn, once or from there on: it says
so, exits with 4, and has everything that it acknowledged when it is opened again."""
import errno
import shutil
import signal
import subprocess

from faults import LOAD, SANAD, SOAK, Faulty, layered, main, run

WAYS = ({"errno": errno.EIO}, {"errno": errno.ENOSPC, "stay": 1}, {"errno": errno.EIO, "stay": 1}, {"errno": errno.ENOSPC})
FAULTY_CODES = (0, 4)
STEPS = 24  # of a long command in make check; in a soak all of them, in all ways


class Failing(Faulty):
    def with_layer(self, log, command, **how):
        return subprocess.run(list(map(str, command)), capture_output=True, check=False, env=layered(log, **how))

    def sweep(self, make, command, then, codes=FAULTY_CODES, ways=WAYS):
        """Every k-th step failing; then(result, log) is asked each time. How many ways in turn: one of four, in a soak all."""
        log = make()
        counted = self.base / "count"
        self.with_layer(log, command(log), count=counted)
        n = int(counted.read_text())
        self.assertGreater(n, 10)
        steps = range(1, n + 1) if SOAK or n <= 3 * STEPS else sorted(self.dice.sample(range(1, n + 1), STEPS))
        for at, k in enumerate(steps):
            for i, way in enumerate(ways):
                if not SOAK and i != at % len(ways):
                    continue
                with self.subTest(step=k, of=n, **way):
                    log = make()
                    done = self.with_layer(log, command(log), fail=k, **way)
                    errors = done.stderr.decode()
                    self.assertIn(done.returncode, codes, errors)
                    if done.returncode > 0:
                        self.assertRegex(errors, "^(sanad|load): .*\\S")
                    then(done, log)
        print(f"{len(steps)} of {n} steps failed")

    def test_a_submit_whose_disk_fails_loses_nothing_and_says_so(self):
        def then(done, log):
            self.acknowledge(done.stdout.decode())
            if done.returncode == 0:  # said to be done, so it is done for everybody
                self.assertEqual(len(self.told), 10)
                shown = self.shown(log)[1]
                for index, record in self.told.items():
                    self.assertEqual(shown[index], record)
            self.check_looking(log)
            self.check(log)

        self.sweep(self.fresh, lambda log: [SANAD, "record", "submit", "--log", log, self.records], then)

    def test_a_load_whose_disk_fails_takes_nothing_more(self):
        def then(done, log):
            self.acknowledge(done.stdout.decode())
            if done.returncode == 0:
                self.assertEqual(len(self.told), 150)
            else:
                self.assertRegex(done.stderr.decode(), "(?s)load: opening: |load: .*\nagain: .*(takes nothing|nothing more is taken)")
            self.check(log)

        self.sweep(self.fresh, lambda log: [LOAD, "run", log, "2000", "150"], then)

    def test_a_replay_whose_disk_fails_leaves_a_log_that_can_be_replayed(self):
        self.sweep(self.fresh, lambda log: [SANAD, "log", "replay", log], lambda done, log: self.check(log))

    def test_a_log_is_made_whole_or_not_at_all(self):
        top = self.base / "made"
        log, key = top / "log", self.base / "keys"
        vkey = self.ok("key", "new", "--org", "checker.example", "--purpose", "author", "--keys", key).strip()
        command = [SANAD, "log", "init", "--origin", "checker.example/log", log, vkey]

        def make():
            shutil.rmtree(top, ignore_errors=True)
            top.mkdir()
            return top

        def then(done, _):
            if done.returncode != 0 and not (top / "log.key").exists():
                self.ok(*command[1:])  # asked for again, with nothing done by hand
            self.assertEqual(sorted(p.name for p in top.iterdir()), ["log", "log.key"])
            self.ok("log", "verify", log)
            self.ok("log", "show", log)
            self.ok("log", "replay", log)  # with log.key

        self.sweep(make, lambda _: command, then)
        self.sweep(make, lambda _: command, then, codes=(0, -signal.SIGKILL), ways=({"kill": 1},))

    def test_making_a_log_takes_no_key_that_is_there_and_loses_none(self):
        top = self.base / "made"
        shutil.rmtree(top, ignore_errors=True)
        top.mkdir()
        log, key, part = top / "log", top / "log.key", top / "log.key.part"
        vkey = self.ok("key", "new", "--org", "checker.example", "--purpose", "author", "--keys", self.base / "keys2").strip()
        command = ["log", "init", "--origin", "checker.example/log", log, vkey]
        self.ok(*command)
        first = key.read_bytes()
        done = run(*command)
        self.assertEqual(done.code, 3)
        self.assertIn(f"{key}: exists already", done.errors)
        log.rename(top / "moved")  # its key may have signed what others hold
        done = run(*command)
        self.assertEqual(done.code, 3)
        self.assertIn("--log-key", done.errors)
        self.assertEqual((key.read_bytes(), log.exists()), (first, False))
        (top / "moved").rename(log)
        key.rename(part)  # as a stop behind the last step but one leaves it
        done = run("log", "init", "--origin", "checker.example/other", log, vkey)
        self.assertEqual((done.code, part.read_bytes(), key.exists()), (3, first, False), done.errors)
        self.ok(*command)
        self.assertEqual(key.read_bytes(), first)
        self.assertFalse(part.exists())
        self.ok("log", "replay", log)
        shutil.copytree(log, top / "kept")
        shutil.rmtree(log)
        key.rename(part)  # a key that no log in place has; the same name: it goes on with it
        self.ok(*command)
        self.assertEqual(key.read_bytes(), first)
        shutil.rmtree(log)
        key.rename(part)
        self.ok("log", "init", "--origin", "checker.example/other", log, vkey)
        self.assertNotEqual(key.read_bytes(), first)
        key.unlink()
        part.write_bytes(first)
        part.chmod(0o600)
        done = run(*command)  # a log that stands there with another key
        self.assertEqual(done.code, 3)
        self.assertEqual((part.read_bytes(), key.exists()), (first, False))

    def test_what_is_erased_is_gone_when_erasing_is_asked_for_again(self):
        secret = "chữa khỏi bệnh số 4000".encode()

        def make():
            return self.fresh(of=self.with_secret)

        self.with_secret, record = self.make_secret()
        self.assertTrue(any(secret in p.read_bytes() for p in self.with_secret.rglob("*") if p.is_file()))

        def then(done, log):
            if done.returncode != 0:
                self.ok("record", "erase", record, "--log", log)
            for path in log.rglob("*"):
                if path.is_file():
                    self.assertNotIn(secret, path.read_bytes(), path)
            self.check(log)

        self.sweep(make, lambda log: [SANAD, "record", "erase", record, "--log", log], then)

    def make_secret(self):
        log = self.fresh("secret")
        notes = self.base / "secret.notes"
        self.load("write", notes, 4000, 1)
        text = self.ok("record", "submit", "--log", log, notes)
        return log, text.split("\t")[0]


if __name__ == "__main__":
    main()
