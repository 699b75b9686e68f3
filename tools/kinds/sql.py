# SPDX-License-Identifier: Apache-2.0
"""Writes the SQL of what is projected of the kinds: their tables, and the operations on them."""


def projected(k):
    """Fields that stand in the table of a kind: all that nobody can have erased."""
    return [f for f in k["f"] if not f.get("erasable")]


def make_sql(net):
    """A column per field: numbers and yes or no as INTEGER, words as TEXT, all else as canonical JSON."""
    out = ["-- SPDX-License-Identifier: Apache-2.0", "-- Made by tools/gen_kinds.py from kinds/."]
    for n in net.order:
        columns = [f'"{f["name"]}" {"INTEGER" if f["t"].base in ("int", "bool") and not f["t"].list else "TEXT"}'
                   for f in projected(net.kinds[n])]
        out.append(f"CREATE TABLE kind_{n} (object INTEGER PRIMARY KEY, {', '.join(columns)}) STRICT;")
    for n in net.order:
        marks = ", ".join(f"?{i + 1}" for i in range(len(projected(net.kinds[n])) + 1))
        out += [f"-- op view kind_put.{n}", f"INSERT OR REPLACE INTO kind_{n} VALUES ({marks});"]
    for n in net.order:
        out += [f"-- op view kind_drop.{n}", f"DELETE FROM kind_{n} WHERE object = ?1;"]
    for n in net.order:
        columns = "".join(f', k."{f["name"]}"' for f in projected(net.kinds[n]))
        out += [f"-- op view kind_dump.{n}",
                f"SELECT lower(hex(r.id)){columns} FROM kind_{n} k JOIN record r ON r.n = k.object ORDER BY r.id;"]
    return "\n".join(out) + "\n"
