"""What `glacis diagram` draws: Graphviz reads the dot, xml.etree the SVG, mermaid.py the Mermaid; all three show the same.

Each picture of each model, a model whose texts are hostile to all three languages, and one with a small edit.
"""
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

import yaml

import mermaid

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '"] end\n--> x{{#quot;<script>&lt;`$$%%;|\\N\\" ]]> --> &#1; \u202e'


def draw(glacis, model, form, case):
    options = ["--case", case] if case else []
    return subprocess.run([glacis, "diagram", str(model), "--format", form, *options], capture_output=True, text=True, check=True).stdout


def from_dot(text):
    """Nodes, labelled edges and clusters, as Graphviz understood them."""
    out = json.loads(subprocess.run(["dot", "-Tjson"], input=text, capture_output=True, text=True, check=True).stdout)
    objects = out.get("objects", [])
    names = {one["_gvid"]: one["name"] for one in objects}
    groups = {one["name"].removeprefix("cluster_"): [names[n] for n in one.get("nodes", [])] for one in objects
              if one["name"].startswith("cluster_")}
    nodes = {one["name"] for one in objects if not one["name"].startswith("cluster_")}
    edges = [(names[edge["tail"]], names[edge["head"]], edge.get("label", "")) for edge in out.get("edges", [])]
    return nodes, groups, edges


def box(rect):
    return tuple(int(rect.get(name)) for name in ("x", "y", "width", "height"))


def overlap(a, b):
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def holds(outer, inner):
    return (outer[0] <= inner[0] and outer[1] <= inner[1] and inner[0] + inner[2] <= outer[0] + outer[2]
            and inner[1] + inner[3] <= outer[1] + outer[3])


def from_svg(text):
    """Nodes and groups; no box lies on another, each group holds what it should, nothing is outside the page."""
    root = ET.fromstring(text)
    page = (0, 0, int(root.get("width")), int(root.get("height")))
    boxes = {kind: {r.get("id"): box(r) for r in root.iter(SVG + "rect") if r.get("class") == kind} for kind in ("node", "group")}
    for kind in boxes.values():
        for (one, a), (other, b) in itertools.combinations(kind.items(), 2):
            assert not overlap(a, b), (one, other)
        assert all(holds(page, each) for each in kind.values())
    groups = {g: [n for n, inner in boxes["node"].items() if overlap(outer, inner)] for g, outer in boxes["group"].items()}
    assert all(holds(boxes["group"][g], boxes["node"][n]) for g, inner in groups.items() for n in inner)
    allowed = {SVG + tag for tag in ("svg", "title", "style", "defs", "marker", "path", "rect", "text")}
    assert {element.tag for element in root.iter()} <= allowed, "an element that no picture needs"
    lines = [p for p in root.iter(SVG + "path") if "L" in p.get("d") and p.get("class", "").startswith("line")]
    return set(boxes["node"]), groups, len(lines)


def graph_id(kind, name):
    return kind + "_" + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in name)


def flat(label):
    return " ".join(label.split())


def same_picture(glacis, model, case=None):
    nodes, groups, edges = mermaid.read(draw(glacis, model, "mermaid", case))
    dot_nodes, dot_groups, dot_edges = from_dot(draw(glacis, model, "dot", case))
    svg_nodes, svg_groups, svg_lines = from_svg(draw(glacis, model, "svg", case))
    assert set(nodes) == dot_nodes == svg_nodes, (set(nodes) ^ dot_nodes, dot_nodes ^ svg_nodes)
    sorted_groups = [{name: sorted(inner) for name, inner in each.items()} for each in (groups, dot_groups, svg_groups)]
    assert sorted_groups[0] == sorted_groups[1] == sorted_groups[2], sorted_groups
    assert len(edges) == svg_lines
    # Graphviz keeps what it is given, entities and escapes included.
    assert sorted((a, b) for a, b, _ in edges) == sorted((a, b) for a, b, _ in dot_edges)
    told = [flat(label).replace("&", "&amp;").replace("\\", "\\\\") for _, _, label in edges]
    assert sorted(told) == sorted(flat(label) for _, _, label in dot_edges), (told, dot_edges)
    return nodes, groups, edges


def check_flows(model, picture):
    """Against the model as another YAML reader has it: an edge for each pair of ends of each line, each asset in its zone."""
    read = yaml.safe_load(pathlib.Path(model).read_text(encoding="utf-8"))
    for name in read.get("include", []):
        read = {**yaml.safe_load((pathlib.Path(model).parent / name).read_text(encoding="utf-8")), **read}
    nodes, groups, edges = picture
    ends = [value if isinstance(value, list) else [value] for line in read["flows"].values() for value in (line["from"], line["to"])]
    pairs = sum(len(a) * len(b) for a, b in zip(ends[::2], ends[1::2]))
    empty = [label for _, _, label in edges if "no line crosses it" in label]
    assert len(edges) - len(empty) == pairs, (len(edges), pairs)
    assert len(groups) == len(read["zones"])
    by_name = {label.split("\n")[0]: node for node, label in nodes.items()}
    zone_of = {node: group for group, inner in groups.items() for node in inner}
    for name, asset in read["assets"].items():
        assert by_name[name] == graph_id("a", name) and zone_of[by_name[name]] == graph_id("z", asset["zone"]), name
    for name, line in read["flows"].items():
        mine = [label for _, _, label in edges if label.split(" ")[0] == name]
        ports = line.get("port", [])
        plain = [str(port) for port in (ports if isinstance(ports, list) else [ports]) if str(port)[0].isdigit()]
        assert mine and all(port in label for label in mine for port in plain[:4]), name


def hostile(model):
    """The model with texts that mean something to every language that is written."""
    read = yaml.safe_load(pathlib.Path(model).read_text(encoding="utf-8"))
    read["model"]["title"] = HOSTILE
    for case in read["abuse"].values():
        case["says"] = case["goal"] = HOSTILE
        for step in case["path"]["then"]:
            step["says"] = HOSTILE
    next(iter(read["flows"].values()))["app"] = HOSTILE
    return yaml.safe_dump(read, allow_unicode=True, sort_keys=False)


def edited(model):
    """The model with one more asset at the end and one more line, to two places, in the middle."""
    read = yaml.safe_load(pathlib.Path(model).read_text(encoding="utf-8"))
    read["assets"]["end"] = {"kind": "store", "zone": "servers"}
    lines = list(read["flows"].items())
    read["flows"] = dict(lines[:2] + [("f-end", {"from": "shop", "to": ["end", "db"], "port": 9})] + lines[2:])
    return yaml.safe_dump(read, sort_keys=False)


def check_edit(glacis, shop, folder):
    path = folder / "edited.yaml"
    path.write_text(edited(shop), encoding="utf-8")
    for form in ("mermaid", "dot"):
        before, after = (draw(glacis, model, form, None).split("\n") for model in (shop, path))
        added = [line for line in after if line not in before]
        assert [line for line in after if line in before] == before and len(added) == 3, (form, added)
    check_flows(path, same_picture(glacis, path))


def main():
    glacis, shop, clinic = sys.argv[1:]
    for model in (shop, clinic):
        check_flows(model, same_picture(glacis, model))
        for case in yaml.safe_load(pathlib.Path(model).read_text(encoding="utf-8"))["abuse"]:
            same_picture(glacis, model, case)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_edit(glacis, shop, folder)
        (folder / "hostile.yaml").write_text(hostile(shop), encoding="utf-8")
        same_picture(glacis, folder / "hostile.yaml")
        same_picture(glacis, folder / "hostile.yaml", "LM1")
        unknown = subprocess.run([glacis, "diagram", shop, "--case", "LM2"], capture_output=True, text=True, check=False)
        assert unknown.returncode == 2 and "did you mean 'LM1'" in unknown.stderr, unknown


if __name__ == "__main__":
    main()
