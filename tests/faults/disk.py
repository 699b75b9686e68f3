# SPDX-License-Identifier: Apache-2.0
"""A disk as it is found when power comes back: reads what tests/faults/layer.c told of a program and keeps, for each
file and folder, what was made durable and what was only written."""
import os
import re
from pathlib import Path

SECTOR = 512
LINE = re.compile(rb"([a-z]+) (-?\d+) (-?\d+) ([^\n]*)\n")


def read_trace(path):
    """(word, number, number, name, bytes or None) of each step."""
    data, at, steps = Path(path).read_bytes(), 0, []
    while at < len(data):
        match = LINE.match(data, at)
        if not match:
            raise ValueError(f"the trace cannot be read at byte {at}: {data[at:at + 60]!r}")
        word, a, b, name = match[1].decode(), int(match[2]), int(match[3]), match[4].decode()
        at, body = match.end(), None
        if word in ("write", "say"):
            body, at = data[at:at + b], at + b
        steps.append((word, a, b, name, body))
    return steps


class File:
    def __init__(self, content=b""):
        self.now, self.durable, self.changes = bytearray(content), bytes(content), []

    def write(self, at, data):
        if len(self.now) < at:
            self.now.extend(bytes(at - len(self.now)))
        self.now[at:at + len(data)] = data
        self.changes.append((at, data))

    def cut(self, size):
        del self.now[size:]
        if len(self.now) < size:
            self.now.extend(bytes(size - len(self.now)))
        self.changes.append((size, None))

    def sync(self):
        self.durable, self.changes = bytes(self.now), []

    def found(self, dice):
        """What is left: with dice, any of the sectors that were not synced may have reached the disk."""
        left = bytearray(self.durable)
        for at, data in self.changes if dice else ():
            if data is None:
                if dice.random() < 0.5:
                    del left[at:]
                    left.extend(bytes(at - len(left)))
                continue
            pieces = [(at + i, data[i:i + SECTOR]) for i in range(0, len(data), SECTOR)]
            for where, piece in pieces:
                if dice.random() < 0.5:
                    if len(left) < where:
                        left.extend(bytes(where - len(left)))
                    left[where:where + len(piece)] = piece
        return bytes(left)


class Folder:
    def __init__(self):
        self.now, self.durable = {}, {}

    def sync(self):
        self.durable = dict(self.now)

    def found(self, dice):
        if not dice:
            return self.durable
        left = {}
        for name in {**self.durable, **self.now}:
            node = (self.now if dice.random() < 0.5 else self.durable).get(name)
            if node is not None:
                left[name] = node
        return left


class Disk:
    """Everything below one folder; what is there at the start is durable."""

    def __init__(self, root):
        self.root, self.fds = Path(root), {}
        self.top = self.load(self.root)

    def load(self, path):
        if path.is_dir():
            node = Folder()
            node.now = {p.name: self.load(p) for p in path.iterdir() if not p.name.endswith("-shm")}
            node.sync()
            return node
        return File(path.read_bytes())

    def find(self, path):
        """(folder, name) of a path below the root; (None, None) for the root or what is elsewhere."""
        try:
            parts = Path(path).relative_to(self.root).parts
        except ValueError:
            return None, None
        node = self.top
        for part in parts[:-1]:
            node = node.now[part]
        return (node, parts[-1]) if parts else (None, None)

    def node(self, path):
        folder, name = self.find(path)
        return self.top if folder is None else folder.now[name]

    def each(self, node=None):
        node = node or self.top
        yield node
        if isinstance(node, Folder):
            for child in node.now.values():
                yield from self.each(child)

    def step(self, word, a, b, name, body):
        if word in ("open", "create", "empty"):
            folder, last = self.find(name)
            if folder and last not in folder.now:
                folder.now[last] = File()
            self.fds[a] = self.node(name)
            if word == "empty":
                self.fds[a].cut(0)
        elif word == "unnamed":
            self.fds[a] = File()
        elif word == "close":
            self.fds.pop(a, None)
        elif word == "write":
            self.fds[a].write(int(name), body)
        elif word == "cut":
            self.fds[a].cut(b)
        elif word == "sync":
            self.fds[a].sync()
        elif word == "syncall":
            for node in self.each():
                node.sync()
        elif word == "mkdir":
            folder, last = self.find(name.split("\t")[0])
            folder.now[last] = Folder()
        elif word in ("unlink", "rmdir"):
            folder, last = self.find(name.split("\t")[0])
            del folder.now[last]
        elif word in ("link", "rename"):
            source, target = name.split("\t")
            to, last = self.find(target)
            if source.startswith("/proc/self/fd/"):
                to.now[last] = self.fds[int(source.rsplit("/", 1)[1])]
                return
            folder, was = self.find(source)
            to.now[last] = folder.now[was]
            if word == "rename":
                del folder.now[was]
        elif word != "say":
            raise ValueError(word)

    def build(self, target, dice=None, node=None):
        """What is found when power comes back: at least what was made durable."""
        node, target = node or self.top, Path(target)
        if isinstance(node, File):
            target.write_bytes(node.found(dice))
            if target.suffix in (".db", ".db-wal"):
                os.chmod(target, 0o600)
            return
        target.mkdir()
        for name, child in node.found(dice).items():
            self.build(target / name, dice, child)

    def check(self, folder):
        """The model holds what the folder holds: nothing was missed."""
        for node, path in self.pairs(self.top, Path(folder)):
            if isinstance(node, Folder):
                names = {p.name for p in path.iterdir() if not p.name.endswith("-shm")}
                if names != set(node.now):
                    raise AssertionError(f"{path}: {sorted(names)} on disk, {sorted(node.now)} told")
            elif path.read_bytes() != bytes(node.now):
                raise AssertionError(f"{path}: the bytes are not those that were told")

    def pairs(self, node, path):
        yield node, path
        if isinstance(node, Folder):
            for name, child in node.now.items():
                yield from self.pairs(child, path / name)
