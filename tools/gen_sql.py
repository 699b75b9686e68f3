#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes C of .sql files.

    gen_sql.py h OUT FILE...      enum of the operations, for whoever asks: the same for every database
    gen_sql.py c OUT FILE...      their text, and the schema of each database

"-- op DATABASE NAME: what" heads an operation. A name with a dot (dump.log) is one of a family, whose members stand
side by side: OP_dump_first … OP_dump_last. Everything before the first operation of a file is schema: of the database
that the file is named after, or, in other files, of the view.
"""
import re
import sys
from pathlib import Path

from c_text import c_string

DATABASES = ["view", "notes", "local"]
HEAD = re.compile(r"^-- op (\w+) ([a-z_]+(?:\.\w+)?)(?::.*)?$")


def read(paths):
    """({database: [statements]}, [(database, name, sql)])."""
    schema, ops = {d: [] for d in DATABASES}, []
    for path in paths:
        owner = Path(path).stem if Path(path).stem in DATABASES else "view"
        for line in Path(path).read_text("utf-8").splitlines():
            if m := HEAD.match(line):
                if m[1] not in DATABASES:
                    sys.exit(f"gen_sql: {path}: {m[1]} is no database")
                ops.append([m[1], m[2], ""])
            elif line.startswith("--") or not line.strip():
                continue
            elif ops and owner == "view" and Path(path).stem != "view" and not line.startswith("CREATE "):
                ops[-1][2] += line + "\n"
            else:
                schema[owner].append(line)
    families = {n.split(".")[0] for _, n, _ in ops if "." in n}
    alone = [o for o in ops if "." not in o[1]]
    ordered = alone + [o for f in sorted(families) for o in ops if o[1].split(".")[0] == f and "." in o[1]]
    names = [o[1] for o in ordered]
    if len(set(names)) != len(names):
        sys.exit("gen_sql: an operation stands twice")
    return schema, ordered, sorted(families)


def make_h(ops, families):
    out = ["/* SPDX-License-Identifier: Apache-2.0", " * Made by tools/gen_sql.py: operations of the store. */",
           "#ifndef SANAD_STORE_OPS_GEN_H", "#define SANAD_STORE_OPS_GEN_H", "", "enum op {"]
    out += [f"    OP_{name.replace('.', '_')}," for _, name, _ in ops]
    out.append("    N_OPS,")
    for f in families:
        members = [n for _, n, _ in ops if n.startswith(f + ".")]
        out += [f"    OP_{f}_first = OP_{members[0].replace('.', '_')},",
                f"    OP_{f}_last = OP_{members[-1].replace('.', '_')},"]
    return "\n".join(out + ["};", "", "#endif", ""])


def make_c(schema, ops):
    out = ["/* Made by tools/gen_sql.py from .sql files. */", '#include "store/sqlite/sqlite_int.h"', "",
           "const struct sqlite_op k_sqlite_ops[N_OPS] = {"]
    out += [f"    {{DB_{db.upper()}, {c_string(name)}, {c_string(sql.strip())}}}," for db, name, sql in ops]
    out.append("};")
    for d in DATABASES:
        lines = "\n    ".join(c_string(s + "\n") for s in schema[d])
        out.append(f"const char *const k_sqlite_schema_{d} =\n    {lines};")
    return "\n".join(out) + "\n"


def main():
    if len(sys.argv) < 4 or sys.argv[1] not in ("h", "c"):
        sys.exit(__doc__)
    schema, ops, families = read(sys.argv[3:])
    Path(sys.argv[2]).write_text(make_h(ops, families) if sys.argv[1] == "h" else make_c(schema, ops), "utf-8")


if __name__ == "__main__":
    main()
