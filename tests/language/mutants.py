"""Every change of a model has a consequence: `glacis diff` says what it means, of the element in which it was made, or the
model has faults. Only what is listed here may mean the same; only words for people may be told as text alone.

Each key of the models is dropped, each item of a list too, and each value is changed to another that could stand there.
"""
import argparse
import collections
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

from schema_agrees import Core, at, nodes

TEXT = {"says", "why", "title", "scope", "goal", "ask", "include"}
SPARE = "again-"  # begins the name of a second file with the same text
SECTIONS = ("taps", "sources", "zones", "boundaries", "data", "assets", "identities", "flows", "never", "assumptions", "abuse",
            "controls", "findings", "requirements", "hunts", "answers", "ports")
GROUPS = ("then", "all", "any")
# What is in a key, where it is an element of its own.
INNER = {("data", "seen_as"): "data.seen_as", ("identities", "seen_as"): "identities.seen_as", ("flows", "limit"): "limit",
         ("assumptions", "prove"): "prove", ("abuse", "risk"): "risk", ("abuse", "path"): "group",
         ("findings", "accept"): "accept", ("requirements", "verify"): "verify", ("drift", "unmodelled"): "unmodelled",
         ("hunts", "run"): "step", ("step", "of"): "step", ("step", "unless"): "step", ("group", "unless"): "step"}
# Mutants that say the same as before, by what is done and where (the last keys of the path).
SAME = {
    "drop glacis": "1 is meant where it is not said",
    "drop never/*/severity": "medium is meant",
    "drop sources/*/state": "planned is meant",
    "drop controls/*/status": "planned is meant",
    "drop abuse/*/severity": "risk says the same",
    "drop alert_at/#": "the whole path always alerts",
    "drop never/*/to": "anybody is meant where `any` stood",
    "drop prove/from": "likewise",
    "drop model/stage": "design is meant",
    "drop zones/*/taps": "none is meant, where the list was empty",
    "drop identities/*/env": "no zone of the model has one",
    "change alert_at/#": "another name of the same step",
}


def kind_of(tree, path):
    """The element of the grammar that the path's last key belongs to."""
    kind = "top"
    for i, step in enumerate(path[:-1]):
        if kind == "top" and step in SECTIONS:
            kind = ("names", step)
        elif isinstance(kind, tuple):
            kind = kind[1]
        elif kind == "top":
            kind = step
        elif isinstance(step, int) and path[i - 1] in GROUPS:
            kind = "group" if set(at(tree, path[:i + 1])) & set(GROUPS) else "step"
        elif (kind, step) in INNER:
            kind = INNER[(kind, step)]
    return kind


class Mutants:
    """Of one file: what is done, where, and the trees to try until one is a good model."""

    def __init__(self, tree, schema, names):
        self.tree, self.names = tree, names
        self.enums = [[str(word) for word in value] for path, value in nodes(schema) if path and path[-1] == "enum"]

    def each(self):
        for path, value in nodes(self.tree):
            if path:
                yield "drop", path, [self.without(path)]
            if path and not isinstance(value, (dict, list)):
                yield "change", path, [self.with_value(path, other) for other in self.others(path, value)]

    def without(self, path):
        out = copy.deepcopy(self.tree)
        del at(out, path[:-1])[path[-1]]
        return out

    def with_value(self, path, value):
        out = copy.deepcopy(self.tree)
        at(out, path[:-1])[path[-1]] = value
        return out

    def others(self, path, value):
        """Values that could stand there too, the likeliest first."""
        text = str(value)
        if path[0] == "include":
            return [SPARE + text]
        if isinstance(value, bool):
            return [not value]
        if isinstance(value, int):
            return [value + 1, value - 1]
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return [str(int(text[:4]) + 1) + text[4:]]
        if found := re.fullmatch(r"(\d+)([A-Za-z]*(/[smhd])?)", text):
            return [f"{int(found[1]) + 1}{found[2]}"]
        if found := re.fullmatch(r"(\d\d:\d)(\d)(-.*)", text):
            return [f"{found[1]}{(int(found[2]) + 1) % 10}{found[3]}"]
        if found := re.fullmatch(r"(\d+)-(\d+)", text):
            return [f"{found[1]}-{int(found[2]) + 1}"]
        if found := re.fullmatch(r"(\d+\.\d+\.\d+\.)(\d+)(/\d+)?", text):
            return [f"{found[1]}{int(found[2]) ^ 16 << i}{found[3] or ''}" for i in range(4)] + [f"10.77.{len(path)}.0/24"]
        if found := re.fullmatch(r"T(\d{4})(\.\d+)?", text):
            return [f"T{(int(found[1]) + 1):04d}"]
        if text.startswith("mon-"):
            return ["mon-sun"]
        out = [word for enum in self.enums if text in enum for word in enum if word != text]
        name, _, variable = text.partition(" $")
        if name == "any":
            out = self.names["zones"] + out
        for ids in self.names.values():
            if name in ids:
                out += [other + (" $" + variable if variable else "") for other in ids if other != name]
        return out + ["Europe/Paris", text + "x", text + " more"] if "/" in text else out + [text + "x", text + " more"]


def write(folder, trees):
    for name, tree in trees.items():
        text = yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=10_000)
        for file in (name, SPARE + name):
            (folder / file).write_text(text)


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False)


class Judge:
    def __init__(self, glacis, folder, main, trees):
        self.glacis, self.folder, self.main, self.trees = glacis, folder, main, trees
        for side in ("before", "after"):
            (folder / side).mkdir()
        write(folder / "before", trees)

    def changes(self, file, tree):
        """Changes that diff tells, or None where the mutant is no good model."""
        write(self.folder / "after", {**self.trees, file: tree})
        done = run(self.glacis, "diff", "--json", str(self.folder / "before" / self.main),
                   str(self.folder / "after" / self.main))
        if done.returncode != 0:
            return None
        return json.loads(done.stdout)["changes"]


def element_of(path):
    """As diff calls the element that the path lies in."""
    if path[0] in SECTIONS:
        return f"{path[0]}/{path[1]}" if len(path) > 1 else None
    return "model" if path[0] == "include" else path[0]


def same_key(what, path):
    named = ["#" if isinstance(step, int) else str(step) for step in path]
    if path[0] in SECTIONS and len(path) > 1:
        named[1] = "*"
    return {f"{what} {'/'.join(named[i:])}" for i in range(len(named))}


def verdict(what, path, changes):
    """Nothing, or what is wrong with the answer."""
    where = f"{what} {'/'.join(map(str, path))}"
    if not changes:
        return None if same_key(what, path) & set(SAME) else f"{where}: diff says nothing"
    element = element_of(path)
    if element and not any(c["element"] == element for c in changes):
        return f"{where}: diff speaks of {sorted({c['element'] for c in changes})}"
    told = [c for c in changes if element in (None, c["element"])]
    if all(c["area"] == "Text only" for c in told) and path[-1] not in TEXT and path[-2] not in TEXT:
        return f"{where}: told as text only"
    return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("glacis")
    arguments.add_argument("model", type=pathlib.Path)
    arguments.add_argument("--whole-grammar", action="store_true", help="the model has every key: each must be told of")
    options = arguments.parse_args()
    if not options.model.exists():
        print(f"skipped: {options.model.name} is not beside the project")
        sys.exit(77)
    schema = json.loads(run(options.glacis, "schema").stdout)
    files = [options.model]
    model = yaml.load(options.model.read_text(), Loader=Core)
    files += [options.model.parent / name for name in model.get("include", [])]
    trees = {file.name: yaml.load(file.read_text(), Loader=Core) for file in files}
    names = {section: [i for tree in trees.values() for i in tree.get(section, {})] for section in SECTIONS}
    wrong, count, covered = [], collections.Counter(), set()
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(options.glacis, pathlib.Path(folder), options.model.name, trees)
        assert judge.changes(options.model.name, trees[options.model.name]) == [], "a model differs from itself"
        for file, tree in trees.items():
            for what, path, mutants in Mutants(tree, schema, names).each():
                answers = (judge.changes(file, mutant) for mutant in mutants)
                changes = next((c for c in answers if c is not None), None)
                fault = None if changes is None else verdict(what, path, changes)
                count["refused" if changes is None else "the same" if not changes else "told"] += 1
                if fault:
                    wrong.append(fault)
                elif changes:
                    covered.add((kind_of(tree, path), path[-1] if isinstance(path[-1], str) else path[-2]))
    if options.whole_grammar:
        wrong += untold(schema, covered)
    print(*wrong[:60], sep="\n")
    print(f"{sum(count.values())} mutants: {dict(count)}; {len(wrong)} wrong")
    sys.exit(1 if wrong or sum(count.values()) < 200 else 0)


def untold(schema, covered):
    """Keys of the grammar of which diff never said anything; one with an element of its own is told by that one's keys."""
    told = {kind for kind, _ in covered}
    for element, definition in schema["definitions"].items():
        if element in ("node", "inner step"):  # a group or a step; a step in a step
            continue
        for key in definition["properties"]:
            if key != "<<" and (element, key) not in covered and INNER.get((element, key)) not in told:
                yield f"no mutant of '{key}' of '{element}' is told"


if __name__ == "__main__":
    main()
