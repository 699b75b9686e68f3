#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each write, sync, rename, link, removal and new name of the program failing in turn, once or from there on: it says
so, exits with 4, and has everything that it acknowledged when it is opened again."""
import errno
import shutil
import subprocess

from faults import LOAD, SANAD, SOAK, Faulty, layered, main, run

WAYS = ({"errno": errno.EIO}, {"errno": errno.ENOSPC, "stay": 1}, {"errno": errno.EIO, "stay": 1}, {"errno": errno.ENOSPC})
FAULTY_CODES = (0, 4)


class Failing(Faulty):
    def with_layer(self, log, command, **how):
        return subprocess.run(list(map(str, command)), capture_output=True, check=False, env=layered(log, **how))

    def sweep(self, make, command, then, codes=FAULTY_CODES):
        """Every k-th step failing; then(result, log) is asked each time. How many ways in turn: one of four, in a soak all."""
        log = make()
        counted = self.base / "count"
        self.with_layer(log, command(log), count=counted)
        n = int(counted.read_text())
        self.assertGreater(n, 10)
        for k in range(1, n + 1):
            for i, way in enumerate(WAYS):
                if not SOAK and i != k % len(WAYS):
                    continue
                with self.subTest(step=k, of=n, **way):
                    log = make()
                    done = self.with_layer(log, command(log), fail=k, **way)
                    errors = done.stderr.decode()
                    self.assertIn(done.returncode, codes, errors)
                    self.assertEqual(done.returncode != 0, errors != "", errors)
                    then(done, log)
        print(f"{n} steps failed in turn")

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
                self.assertRegex(done.stderr.decode(), "(?s)load: .*\nagain: .*(takes nothing|nothing more is taken|again)")
            self.check(log)

        self.sweep(self.fresh, lambda log: [LOAD, "run", log, "2000", "150"], then)

    def test_a_replay_whose_disk_fails_leaves_a_log_that_can_be_replayed(self):
        self.sweep(self.fresh, lambda log: [SANAD, "log", "replay", log], lambda done, log: self.check(log))

    def test_a_log_is_made_whole_or_not_at_all(self):
        def make():
            log = self.base / "made"
            shutil.rmtree(log, ignore_errors=True)
            shutil.rmtree(self.base / "made.part", ignore_errors=True)
            (self.base / "made.key").unlink(missing_ok=True)
            return log

        key = self.ok("key", "new", "--org", "checker.example", "--purpose", "author", "--keys", self.base / "keys").strip()
        command = [SANAD, "log", "init", "--origin", "checker.example/log", self.base / "made", key]

        def then(done, log):
            again = run(*command[1:])
            if done.returncode == 0:
                self.assertEqual(again.code, 3, again.errors)
            elif again.code != 0:
                self.assertTrue((log / "node.json").is_file(), again.errors)
            self.ok("log", "verify", log)
            self.ok("log", "show", log)

        self.below = self.base
        self.sweep(make, lambda log: command, then)

    def test_what_is_erased_is_gone_when_erasing_is_asked_for_again(self):
        secret = b"unmistakable words"

        def make():
            return self.fresh(of=self.with_secret)

        self.with_secret, record = self.make_secret(secret)

        def then(done, log):
            if done.returncode != 0:
                again = run("record", "erase", record, "--log", log)
                self.assertIn(again.code, (0, 3), again.errors)
            for path in log.rglob("*"):
                if path.is_file():
                    self.assertNotIn(secret, path.read_bytes(), path)
            self.check(log)

        self.sweep(make, lambda log: [SANAD, "record", "erase", record, "--log", log], then)

    def make_secret(self, secret):
        log = self.fresh("secret")
        notes = self.base / "secret.notes"
        self.load("write", notes, 4000, 1)
        text = self.ok("record", "submit", "--log", log, notes)
        return log, text.split("\t")[0]


if __name__ == "__main__":
    main()
