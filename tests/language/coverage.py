"""What `glacis coverage` writes for others: ATT&CK Navigator layers by the format's own rules, HTML by xml.etree, Markdown by its tables.

Layer format 4.5 (mitre-attack/attack-navigator, layers/LAYERFORMATv4_5.md): which fields there are, of which type, which
must be there, and what they may hold.
"""
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

NUMBER = (int, float)
# field -> type, list of objects, or object; "!" must be there
LAYER = {
    "name!": str, "domain!": str, "versions": {"attack": str, "navigator!": str, "layer!": str}, "description": str,
    "layout": {"layout": str, "showID": bool, "showName": bool, "showAggregateScores": bool, "countUnscored": bool,
               "aggregateFunction": str, "expandedSubtechniques": str},
    "techniques": [{"techniqueID!": str, "tactic": str, "comment": str, "enabled": bool, "score": NUMBER, "color": str,
                    "metadata": [{"name!": str, "value!": str}], "showSubtechniques": bool}],
    "gradient": {"colors!": list, "minValue!": NUMBER, "maxValue!": NUMBER},
    "sorting": int, "hideDisabled": bool, "legendItems": [{"label!": str, "color!": str}],
}


def conforms(value, rule, where):
    if isinstance(rule, list):
        assert isinstance(value, list), where
        for i, one in enumerate(value):
            conforms(one, rule[0], f"{where}[{i}]")
    elif isinstance(rule, dict):
        assert isinstance(value, dict), where
        fields = {name.rstrip("!"): kind for name, kind in rule.items()}
        missing = {name[:-1] for name in rule if name.endswith("!")} - set(value)
        assert not missing and set(value) <= set(fields), (where, missing, set(value) - set(fields))
        for name, inner in value.items():
            conforms(inner, fields[name], f"{where}.{name}")
    else:
        assert isinstance(value, rule), (where, value)
        assert rule is bool or not isinstance(value, bool), where


def check_layer(layer):
    conforms(layer, LAYER, "layer")
    assert layer["domain"] == "enterprise-attack"
    assert layer["versions"]["layer"] == "4.5"
    assert tuple(map(int, layer["versions"]["navigator"].split("."))) >= (4, 9, 0)
    gradient = layer["gradient"]
    assert len(gradient["colors"]) >= 2 and gradient["maxValue"] > gradient["minValue"]
    assert all(re.fullmatch("#[0-9a-f]{6}", color) for color in gradient["colors"])
    ids = [technique["techniqueID"] for technique in layer["techniques"]]
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", technique) for technique in ids), ids
    assert len(set(ids)) == len(ids), "a technique stands twice"
    for technique in layer["techniques"]:
        assert gradient["minValue"] <= technique["score"] <= gradient["maxValue"], technique
        assert technique["metadata"] and all(pair["name"] and pair["value"] for pair in technique["metadata"])


def run(glacis, model, *options):
    return subprocess.run([glacis, "coverage", model, *options], capture_output=True, text=True, check=True).stdout


def check_model(glacis, model):
    coverage = json.loads(run(glacis, model, "--json"))
    sights = {}
    for one in coverage["models"]:
        for case in one["cases"]:
            sights[f"{one['model']}/abuse/{case['id']}"] = case["sight"]
            sights |= {f"{one['model']}/abuse/{case['id']}.{step['id']}": step["sight"] for step in case["steps"]}
        sights |= {f"{one['model']}/{line['element']}": line["sight"] for line in one["lines"]}
    assert set(sights.values()) <= {"enforced", "metadata only", "elsewhere", "blind"}
    threat = json.loads(run(glacis, model, "--format", "navigator", "--layer", "threat"))
    covered = json.loads(run(glacis, model, "--format", "navigator"))
    for layer in (threat, covered):
        check_layer(layer)
    named = {technique["techniqueID"] for technique in threat["techniques"]}
    assert {technique["techniqueID"] for technique in covered["techniques"]} <= named
    for technique in covered["techniques"]:
        elements = [pair["name"] for pair in technique["metadata"]]
        assert technique["score"] == len(elements)
        assert all(sights[element] == "enforced" for element in elements), technique
    page = ET.fromstring(re.sub("<(meta[^>]*)>", r"<\1/>", run(glacis, model, "--format", "html").split("\n", 1)[1].replace("<br>", "<br/>")))
    assert not list(page.iter("script")) and not list(page.iter("img"))
    tables = [[len(row) for row in table.iter("tr")] for table in page.iter("table")]
    assert tables and all(len(set(widths)) == 1 for widths in tables), "rows of one table differ in length"
    lines = run(glacis, model, "--format", "markdown").split("\n")
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in lines if line.startswith("|")]
    html_rows = sum(len(widths) for widths in tables)
    assert len(widths) == html_rows + len(tables), "Markdown and HTML have other rows"


def main():
    glacis, *models = sys.argv[1:]
    for model in models:
        check_model(glacis, model)
    broken = subprocess.run([glacis, "coverage", models[0], "--layer", "threat"], capture_output=True, text=True, check=False)
    assert broken.returncode == 2 and "--layer" in broken.stderr, broken


if __name__ == "__main__":
    main()
