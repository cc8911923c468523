#!/usr/bin/env python3
"""Checks the house: include directions, a README in every folder, file lengths, sources that nothing builds.

check.py ROOT            the tree itself
check.py --self-test DIR every sample below DIR must be refused for the reason its first line names
Exit code: 0 fine, 1 a rule is broken (each is printed as file:line: what).
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rules import AIM, FOLDERS, FOREIGN, LONGEST_FILE, PROTO  # noqa: E402

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TREES = ("dataplane", "sensor", "control", "bench", "tests")
SKIP = (os.path.join("tests", "arch", "bad"),)


def below(folder, roots):
    return any(folder == root or folder.startswith(root + "/") for root in roots)


def owner(folder):
    """The most exact entry of FOLDERS that holds the folder."""
    parts = folder.split("/")
    for n in range(len(parts), 0, -1):
        if "/".join(parts[:n]) in FOLDERS:
            return "/".join(parts[:n])
    return None


def built_in(root):
    """Paths, relative to the root, of the sources that cmake is told of; glacis_fuzz(NAME) tells of NAME.cpp."""
    built = set()
    folders = [(root, [], ["CMakeLists.txt"])]
    for tree in (*TREES, "proto"):
        folders += os.walk(os.path.join(root, tree))
    for folder, _, files in folders:
        for name in files:
            if name != "CMakeLists.txt" and not name.endswith(".cmake"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = re.sub(r"#.*", "", file.read())
            sources = re.findall(r"[\w./{}$-]+\.cpp", text) + [fuzz + ".cpp" for fuzz in re.findall(r"glacis_fuzz\((\w+)", text)]
            for source in sources:
                base, rest = (root, source.split("}/", 1)[1]) if source.startswith("${PROJECT_SOURCE_DIR}") else (folder, source)
                built.add(os.path.normpath(os.path.relpath(os.path.join(base, rest), root)))
    return built


def faults_of(path, text, built):
    """path is relative to the root; yields (line, what)."""
    folder = os.path.dirname(path)
    entry = owner(folder)
    if path.endswith(".h") and not re.search(r"^#pragma once", text, re.M):
        yield 1, "a header without #pragma once"
    if path.endswith(".cpp") and path not in built:
        yield 1, "nothing that cmake reads names it: it is not built"
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, name = found.groups()
        for pattern, what, allowed in FOREIGN:
            if re.search(pattern, name) and not below(path, allowed):
                yield number, f"{what} ({name}) does not belong into {folder}"
        if name.startswith("glacis/v1/"):
            if not below(path, PROTO):
                yield number, f"messages ({name}) do not belong into {folder}"
            continue
        if quote == '"':
            yield from ours(number, folder, entry, name)
    length = text.count("\n")
    if length > LONGEST_FILE:
        yield length, f"{length} lines; the longest allowed is {LONGEST_FILE}"


def ours(number, folder, entry, name):
    target = os.path.dirname(name)
    if name.startswith("../") or target == "":
        yield number, f'include from the root of the repository, not "{name}"'
    elif target.split("/")[0] not in TREES:
        return
    elif entry is None:
        yield number, f"{folder} has no entry in tests/arch/rules.py"
    elif name not in FOLDERS[entry] and not below(target, [entry] + FOLDERS[entry]):
        yield number, f"{folder} may not include {target}"


def sources(root):
    for tree in TREES:
        for folder, folders, files in os.walk(os.path.join(root, tree)):
            folders[:] = [f for f in folders if f != "__pycache__"]
            relative = os.path.relpath(folder, root)
            if below(relative, SKIP):
                continue
            yield relative, files


def check_tree(root):
    count = 0
    long_files = []
    built = built_in(root)
    for folder, files in sources(root):
        code = [f for f in files if f.endswith((".h", ".cpp"))]
        for name in sorted(code):
            path = os.path.join(folder, name)
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
            for line, what in faults_of(path, text, built):
                print(f"{path}:{line}: {what}")
                count += 1
            if text.count("\n") > AIM:
                long_files.append((text.count("\n"), path))
        needs_readme = code and folder.split("/")[0] != "tests"
        if needs_readme and "README.md" not in files:
            print(f"{folder}: no README.md")
            count += 1
    for lines, path in sorted(long_files, reverse=True):
        print(f"note: {path} has {lines} lines; the aim is {AIM}")
    return count


def self_test(folder):
    """Each sample: `// as: PATH` is where it pretends to live, `// expect: TEXT` is the fault it plants; all but orphans are built."""
    missed = 0
    names = sorted(n for n in os.listdir(folder) if n.endswith((".h", ".cpp")))
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        as_path = re.search(r"// as: (\S+)", text).group(1)
        expected = re.search(r"// expect: (.+)", text).group(1)
        built = {as_path} - {"dataplane/zone/orphan.cpp"}
        found = [what for _, what in faults_of(as_path, text, built)]
        wanted_none = expected == "nothing"
        good = not found if wanted_none else any(expected in what for what in found)
        print(f"{'caught' if good else 'MISSED'}: {name}: {found or 'no fault found'}")
        missed += not good
    if not names:
        print("no samples")
        return 1
    return missed


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--self-test":
        return 1 if self_test(arguments[1]) else 0
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    broken = check_tree(arguments[0])
    print(f"{broken} broken rules")
    return 1 if broken else 0


sys.exit(main(sys.argv[1:]))
