# SPDX-License-Identifier: Apache-2.0
"""Makes what pages for people need, as JSON: the input forms, the labels to translate, an example of each kind."""
import json


def form_field(net, k, f):
    t = f["t"]
    out = {"name": f["name"], "label": f["label"], "help": f["help"], "type": t.base,
           "required": f.get("required", False), "erasable": f.get("erasable", False)}
    if t.list:
        out["list"] = {"min": t.min, "max": t.max}
    if t.max_chars:
        out["max_chars"] = t.max_chars
    if t.base == "int":
        out.update(least=t.least, most=t.most)
    if t.values:
        out["values"] = t.values
    if "required_when" in f:
        out["required_when"] = f["required_when"]
    if t.shape:
        owner, fields, only = net.shape(k, t.shape)
        out["fields"], out["one_of"] = [form_field(net, owner, x) for x in fields], only
    return out


def make_forms(net):
    return [{"kind": n, "family": k["family"], "version": k["version"], "label": k["label"], "summary": k["summary"],
             "lowest_mark": k["lowest_mark"], "about": k["about"], "until": k["until"], "basis": k["basis"],
             "signers_min": k["signers"]["min"], "fields": [form_field(net, k, f) for f in k["f"]]}
            for n, k in ((n, net.kinds[n]) for n in net.order)]


def make_labels(net):
    out = {f"org_kind.{w}": w.replace("_", " ") for w in net.shared["enums"]["org_kind"]}

    def add(prefix, fields):
        for f in fields:
            out[f"{prefix}.{f['name']}"] = f["label"]
            out[f"{prefix}.{f['name']}.help"] = f["help"]
            for word in f["t"].values:
                out[f"{prefix}.{f['name']}={word}"] = word.replace("_", " ")
    for n in net.order:
        k = net.kinds[n]
        out[n], out[f"{n}.summary"] = k["label"], k["summary"]
        add(n, k["f"])
        for state, meaning in k["states"].items():
            out[f"{n}:{state}"], out[f"{n}:{state}.help"] = state.replace("_", " "), meaning
        for c in k["clocks"]:
            if "late" in c:
                out[f"{n}@{c['name']}"] = c["late"]
    for (owner, name), (fields, _) in net.shapes.items():
        add(f"{owner}/{name}", fields)
    return dict(sorted(out.items()))


def make_examples(net):
    return [{"kind": n, "record": json.loads(net.examples.of(n)[0]),
             "parts": {f: json.loads(p) for f, p in net.examples.of(n)[1].items()}} for n in net.order]
