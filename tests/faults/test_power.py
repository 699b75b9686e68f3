#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When power fails, what was acknowledged is there and nothing that was signed is contradicted: the disk is built anew
from what was made durable, with none or any of the sectors and names that were only written."""
import os
import random
import shutil
import subprocess

from disk import Disk, read_trace
from faults import LOAD, SANAD, SOAK, Faulty, layered, main

LIVES = 60 if SOAK else 2
CUTS = 25 if SOAK else 16


class Power(Faulty):
    def traced(self, log, *command):
        """The folder as it was at the start, and the steps of a program that ran to its end."""
        disk, trace = Disk(log), self.base / "trace"
        trace.unlink(missing_ok=True)
        done = subprocess.run(list(map(str, command)), capture_output=True, check=False, env=layered(log, trace=trace))
        self.assertEqual(done.returncode, 0, done.stderr)
        return disk, read_trace(trace)

    def go(self, disk, log, steps):
        """Makes steps; what is told and shown on the way counts."""
        for word, a, b, name, body in steps:
            disk.step(word, a, b, name, body)
            if word == "say":
                self.acknowledge(body.decode())
            if word == "rename" and name.endswith(str(log / "public" / "checkpoint")):
                self.seen_bytes(bytes(disk.node(log / "public" / "checkpoint").now))

    def power_comes_back(self, disk, torn):
        found = self.base / "found"
        shutil.rmtree(found, ignore_errors=True)
        disk.build(found, random.Random(self.dice.random()) if torn else None)
        shutil.copy(f"{self.start}.key", f"{found}.key")
        return found

    def check_found(self, found):
        told, checkpoints = dict(self.told), dict(self.checkpoints)
        self.check(found)
        self.told, self.checkpoints = told, checkpoints

    def commands(self, log):
        notes = self.base / "power.notes"
        self.load("write", notes, 5000, 60)
        yield [LOAD, "run", log, "2000", "300"]
        yield [SANAD, "record", "submit", "--log", log, notes]
        yield [SANAD, "log", "replay", log]
        yield [LOAD, "run", log, "3000", "100"]

    def test_power_that_fails_costs_nothing_that_was_acknowledged(self):
        n = 0
        for life in range(LIVES):
            log = self.fresh()
            for command in self.commands(log):
                disk, steps = self.traced(log, *command)
                cuts = sorted(self.dice.sample(range(len(steps) + 1), min(CUTS // 4 + 1, len(steps))))
                at = 0
                for i, cut in enumerate(cuts):
                    self.go(disk, log, steps[at:cut])
                    at = cut
                    with self.subTest(life=life, command=os.path.basename(str(command[0])), cut=cut, torn=i % 2):
                        self.check_found(self.power_comes_back(disk, i % 2))
                        n += 1
                self.go(disk, log, steps[at:])
                disk.check(log)  # the layer missed nothing
        print(f"{n} power failures")

    def test_power_that_fails_again_while_a_log_recovers_costs_nothing(self):
        n = 0
        for life in range(4 * LIVES):
            log = self.fresh()
            disk, steps = self.traced(log, LOAD, "run", log, "2000", "200")
            self.go(disk, log, steps[:self.dice.randrange(len(steps))])
            found = self.power_comes_back(disk, life % 2)
            again = self.base / "again"
            shutil.rmtree(again, ignore_errors=True)
            os.rename(found, again)
            shutil.copy(f"{self.start}.key", f"{again}.key")
            disk, steps = self.traced(again, SANAD, "record", "submit", "--log", again, self.records)
            at = 0
            for i, cut in enumerate(sorted(self.dice.sample(range(len(steps)), 3))):
                self.go(disk, again, steps[at:cut])
                at = cut
                with self.subTest(life=life, cut=cut):
                    self.check_found(self.power_comes_back(disk, i % 2))
                    n += 1
        print(f"{n} power failures while recovering")

    def test_a_disk_that_does_not_keep_what_it_confirmed_is_noticed(self):
        """The model itself: without the syncs of the journal, power takes what was acknowledged."""
        log = self.fresh()
        disk, steps = self.traced(log, SANAD, "record", "submit", "--log", log, self.records)
        self.go(disk, log, [step for step in steps if not step[0].startswith("sync")])
        with self.assertRaises(AssertionError):
            self.check_found(self.power_comes_back(disk, False))


if __name__ == "__main__":
    main()
