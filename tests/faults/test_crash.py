#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Killed at any moment, a log has everything that it acknowledged and contradicts nothing that it signed.

SANAD_FAULTS_SEED=N repeats a run as far as the machine's own pace allows; SANAD_SOAK=1 makes 1,000 rounds of 50."""
import signal
import subprocess
import time

from faults import LOAD, SANAD, SOAK, Faulty, environment, main

ROUNDS = 1000 if SOAK else 50
LIFE = 10  # rounds before a log begins anew
LOAD_RECORDS = 5000


class Killed(Faulty):
    def command(self, log, first):
        """The load program and, each third time, the program itself with its larger groups."""
        if first // LOAD_RECORDS % 3 == 2:
            notes = self.base / "load.notes"
            self.load("write", notes, first, 2500)
            return [SANAD, "record", "submit", "--log", log, notes]
        return [LOAD, "run", log, str(first), str(LOAD_RECORDS)]

    def kill_at_some_moment(self, command):
        """Half of the time counted from the first acknowledgement on: opening takes a share of its own."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment(), bufsize=0)
        first = b""
        if self.dice.random() < 0.7:
            first = process.stdout.read(1)
        time.sleep(self.dice.random() ** 2 * 0.4)
        process.send_signal(signal.SIGKILL)
        out, errors = process.communicate()
        self.assertIn(process.returncode, (0, -signal.SIGKILL), errors)
        return (first + out).decode()

    def test_a_log_that_is_killed_keeps_what_it_acknowledged_and_signs_no_fork(self):
        n_killed = n_told = 0
        slowest = 0.0
        for i in range(ROUNDS):
            if i % LIFE == 0:
                log = self.fresh()
                mirror = self.base / f"mirror{i}"
            text = self.kill_at_some_moment(self.command(log, 5 * LOAD_RECORDS * (i + 1)))
            with self.subTest(round=i):
                self.acknowledge(text)
                n_killed += 1
                n_told += len(text.splitlines())
                self.check_looking(log)
                slowest = max(slowest, self.check(log))
                self.ok("log", "mirror", "--key", log / "public" / "key", log, mirror)
        print(f"{n_killed} kills, {n_told} records acknowledged before one, slowest start {slowest:.2f} s")
        self.assertGreater(n_told, 20 * ROUNDS)

    def test_a_start_behind_a_large_log_takes_less_than_a_second(self):
        log = self.fresh()
        self.load("run", log, 10_000, 100_000 if SOAK else 5_000)
        process = subprocess.Popen([LOAD, "run", log, "900000", "50000"], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(0.2)
        process.kill()
        process.communicate()
        took = self.one_more(log)
        print(f"a start behind {self.seen(log)} entries after a kill: {took:.2f} s")
        self.assertLess(took, 1.0)


if __name__ == "__main__":
    main()
