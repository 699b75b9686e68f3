# SPDX-License-Identifier: Apache-2.0
"""The parts of tools/gen_kinds.py.

network.py      reads all kinds and has them checked:
kind.py             what holds for a kind as a whole
fields.py           fields and shapes; field_types.py reads their types
names.py            the safeguards R1 and R2: what no field may be called
life.py             states, clocks, transitions
checks.py       how each of them refuses
examples.py     fills a record of each kind
c.py, sql.py, forms.py (JSON), pages.py     write what is made of the kinds
"""
