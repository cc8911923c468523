"""A reader of the part of Mermaid's flowchart language that `glacis diagram` may write; anything else is refused.

Beside it stand what the language forbids: an id that is a word of it, text with characters that end a label.
"""
import re

WORDS = {"end", "graph", "flowchart", "subgraph", "style", "class", "classdef", "click", "linkstyle", "default", "direction"}
ID = r"[A-Za-z][A-Za-z0-9_]*"
LABEL = r'"((?:[^"#&<>`|{};\\%$\x00-\x1f]|#\d+;|<br/>)*)"'
NODE = re.compile(rf"({ID})(?:\({LABEL}\)|\[{LABEL}\]|\[\({LABEL}\)\]|\{{\{{{LABEL}\}}\}})(?::::([a-z-]+))?")
EDGE = re.compile(rf"({ID}) (?:(-->|==>|\.->|\.-)|-- {LABEL} -->|== {LABEL} ==>|-\. {LABEL} \.->|-\. {LABEL} \.-) ({ID})")
GROUP = re.compile(rf"subgraph ({ID}) \[{LABEL}\]")
CLASS = re.compile(r"classDef ([a-z-]+) fill:#[0-9a-f]{6},stroke:#[0-9a-f]{6}")


def text_of(label):
    return re.sub(r"#(\d+);", lambda code: chr(int(code.group(1))), label.replace("<br/>", "\n"))


def label_in(groups):
    return text_of(next((g for g in groups if g is not None), ""))


def read(text):
    """nodes {id: label}, groups {id: [nodes]}, edges [(from, to, label)]; ValueError names the line that is none."""
    lines = text.split("\n")
    if lines[0] != "flowchart LR" or lines[-1] != "":
        raise ValueError("no flowchart")
    nodes, groups, edges, classes, used, group = {}, {}, [], set(), set(), None
    for line in map(str.strip, lines[1:-1]):
        if line == "end" and group is not None:
            group = None
        elif found := GROUP.fullmatch(line):
            group = found.group(1)
            groups[group] = []
        elif found := NODE.fullmatch(line):
            if found.group(1) in nodes:
                raise ValueError(f"two nodes {found.group(1)}")
            nodes[found.group(1)] = label_in(found.groups()[1:5])
            used |= {found.group(6)} - {None}
            if group is not None:
                groups[group].append(found.group(1))
        elif found := EDGE.fullmatch(line):
            edges.append((found.group(1), found.groups()[-1], label_in(found.groups()[2:6])))
        elif found := CLASS.fullmatch(line):
            classes.add(found.group(1))
        else:
            raise ValueError(f"not of the language: {line}")
    ids = set(nodes) | set(groups)
    if group is not None or len(ids) != len(nodes) + len(groups) or {i.lower() for i in ids} & WORDS:
        raise ValueError("an open subgraph, or an id that cannot be one")
    if {end for edge in edges for end in edge[:2]} - set(nodes) or used - classes:
        raise ValueError("an edge or a class of nothing")
    return nodes, groups, edges
