"""The JSON Schema for editors says what the parser says, on good models and on hundreds of broken ones.

Both must call a model good or both bad, as far as one value can be judged by itself; what only the parser knows (names,
addresses in zones, paths, patterns) is left out by its codes. With --invariants the first file is a model and the others are
files of invariants.
"""
import argparse
import copy
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

# What the parser says of single keys and values.
STRUCTURE = {"unknown-key", "missing-key", "bad-value", "bad-element", "bad-duration", "bad-date", "bad-days", "bad-attack",
             "bad-rate", "bad-amount", "bad-hours", "bad-group", "bad-deny", "no-verb", "two-verbs", "empty-group", "language"}
# Of these codes, messages about more than a value's shape.
BEYOND = ("is not seen on a wire", "is empty", "must be five numbers", "belongs to the whole path", "names nothing",
          "'count' needs", "'sum' needs", "'distinct' needs", "a time such as", "must be such as", "must be a date")


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: no dates, no yes and no."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
        ("tag:yaml.org,2002:bool", r"^(?:true|false)$", "tf"),
        ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", "-+0123456789"),
        ("tag:yaml.org,2002:float", r"^[-+]?[0-9]+\.[0-9]*$", "-+0123456789"),
        ("tag:yaml.org,2002:null", r"^(?:null|~|)$", ["n", "~", ""]),
        ("tag:yaml.org,2002:merge", r"^<<$", "<")):
    Core.add_implicit_resolver(tag, re.compile(pattern), list(first))


def nodes(tree, path=()):
    yield path, tree
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from nodes(value, path + (key,))
    if isinstance(tree, list):
        for i, value in enumerate(tree):
            yield from nodes(value, path + (i,))


def at(tree, path):
    for step in path:
        tree = tree[step]
    return tree


def mutate(model, rng):
    """One change somewhere: a key gone, misspelt or new, or a value of another shape."""
    out = copy.deepcopy(model)
    path, value = rng.choice([n for n in nodes(out) if n[0]])
    parent, name = at(out, path[:-1]), path[-1]
    change = rng.choice(["drop", "misspell", "add", "word", "list", "map", "null", "number", "negative"])
    if change == "drop":
        del parent[name]
    elif change == "misspell" and isinstance(parent, dict):
        parent[name + "x"] = parent.pop(name)
    elif change == "add" and isinstance(value, dict):
        value["surprise"] = 1
    else:
        parent[name] = {"list": [value], "map": {"inner": value}, "null": None, "number": 7,
                        "negative": -1}.get(change, "some words")
    return out, f"{change} at {'/'.join(map(str, path))}"


def told(glacis, folder, model, checked):
    """Errors of the file; `checked`: the model that it is the invariants of, else it is a model itself."""
    file = folder / "mutant.yaml"
    file.write_text(yaml.safe_dump(model, sort_keys=False, allow_unicode=True, width=10_000))
    words = [str(checked), "--invariants", str(file)] if checked else [str(file)]
    run = subprocess.run([glacis, "check", "--json", *words], capture_output=True, text=True, check=False)
    return [d for d in json.loads(run.stdout) if d["level"] == "error" and (not checked or d["file"] == file.name)]


def structural(faults):
    return [f for f in faults if f["code"] in STRUCTURE and not any(words in f["message"] for words in BEYOND)]


def compare(validator, faults, model, what):
    """Nothing, or how the two differ."""
    errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(model)]
    if errors and not faults:
        return f"{what}: the schema says {errors[0]}, the parser nothing"
    if structural(faults) and not errors:
        return f"{what}: the parser says {structural(faults)[0]['message']}, the schema nothing"
    return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("glacis")
    arguments.add_argument("model", nargs="+", type=pathlib.Path)
    arguments.add_argument("--invariants", action="store_true")
    arguments.add_argument("--mutants", type=int, default=400)
    options = arguments.parse_args()
    checked = options.model.pop(0) if options.invariants else None
    which = ["--invariants"] if options.invariants else []
    schema = json.loads(subprocess.run([options.glacis, "schema", *which], capture_output=True, text=True, check=True).stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    differences, rejected = [], 0
    for file in options.model:
        model = yaml.load(file.read_text(), Loader=Core)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for beside in file.parent.glob("*.yaml"):
                (folder / beside.name).write_text(beside.read_text())
            faults = told(options.glacis, folder, model, checked)
            if faults or list(validator.iter_errors(model)):
                differences.append(f"{file.name}: not good: {faults or next(validator.iter_errors(model)).message}")
            for seed in range(options.mutants):
                mutant, what = mutate(model, random.Random(seed))
                faults = told(options.glacis, folder, mutant, checked)
                rejected += bool(structural(faults))
                differences.append(compare(validator, faults, mutant, f"{file.name}, seed {seed}, {what}"))
    differences = [d for d in differences if d]
    print(*differences[:40], sep="\n")
    print(f"{len(options.model)} models, {options.mutants} mutants of each, {rejected} bad by their shape, "
          f"{len(differences)} judged differently")
    sys.exit(1 if differences or not rejected else 0)


if __name__ == "__main__":
    main()
