"""`glacis import` of other tools' published models: what it found beside the index's counts, and whether `check` passes.

The models and their index are not part of the project: skipped (77) where they are not beside it. What the index counts
is counted here a second time in the draft, read by python3-yaml, where the draft has a place for it.
"""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

# The index's words for what a format has, where the import's list uses another.
WORDS = {
    "tmt": {"surface": "surfaces", "boxes": "GE.TB.B", "connectors": "GE.DF"},
    "pytm": {"actor": "actors"},
    "threatcl": {"DFD": "data_flow_diagram", "trust_zones": "trust_zone", "external": "external_element",
                 "flows": "flow"},
    "threat-dragon": {"Open": "threats Open", "Mitigated": "threats Mitigated"},
    "tm-bom": {"suggested": "controls suggested", "active": "controls active"},
    "otm": {}, "threagile": {},
}
# Of these a draft has as many, less what the list says is lost.
SECTIONS = {
    "tmt": {"stencils": "assets", "GE.TB.B": "zones", "GE.DF": "flows", "threats": "abuse"},
    "pytm": {"boundaries": "zones", "flows": "flows"},
    "threatcl": {"trust_zone": "zones", "flow": "flows", "threat": "abuse"},
    "threat-dragon": {"flow": "flows", "trust-boundary-box": "zones", "threats": "abuse"},
    "tm-bom": {"trust_zones": "zones", "data_flows": "flows", "trust_boundaries": "boundaries", "threats": "abuse",
               "controls": "controls", "data_sets": "data"},
    "otm": {"trustZones": "zones", "components": "assets", "dataflows": "flows"},
    "threagile": {"trust_boundaries": "zones", "technical_assets": "assets", "communication_links": "flows",
                  "data_assets": "data", "abuse_cases": "abuse", "security_requirements": "requirements"},
}


def index_counts(form, text):
    """{what: count} of "2 trustZones, 29 components"; sums of a format's parts stand in brackets."""
    counts = {}
    for count, what in re.findall(r"\b(\d+) ((?:GE\.)?[A-Za-z][\w.-]*)", text):
        counts[WORDS[form].get(what, what)] = int(count)
    return {what: count for what, count in counts.items() if not ("cross" in text and what in ("of", "flows"))}


def crossings(model):
    zone = {name: asset["zone"] for name, asset in model["assets"].items()}
    return sum(zone.get(f["from"], f["from"]) != zone.get(f["to"], f["to"]) for f in model["flows"].values())


def no_flow(told):
    return sum("no flow" in note["what"] or "never is on a wire" in note["what"] for note in told["lost"])


def check(glacis, row, folder, models):
    form = {"Microsoft": "tmt", "OTM": "otm", "pytm": "pytm", "Threagile": "threagile", "threatcl": "threatcl",
            "Threat": "threat-dragon", "OWASP": "tm-bom"}[row["format"].split()[0]]
    draft = folder / (row["file"] + ".yaml")
    command = [glacis, "import", str(models / row["file"]), "-o", str(draft), "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, (row["file"], run.stderr)
    told = json.loads(run.stdout)
    assert told["format"] == form, (row["file"], told["format"])
    column = next(value for key, value in row.items() if key.startswith("what an importer must find"))
    wanted = index_counts(form, column)
    found = {what: told["found"].get(what) for what in wanted}
    assert found == wanted and len(wanted) >= 3, (row["file"], {w: (wanted[w], found[w]) for w in wanted if wanted[w] != found[w]})
    model = yaml.safe_load(draft.read_text())
    for what, section in SECTIONS[form].items():
        have, missing = len(model.get(section, {})), no_flow(told) if section == "flows" else 0
        extra = {"unplaced", "internet", "public"} & set(model["zones"]) if section == "zones" else set()
        assert told["found"][what] - missing in range(have - len(extra), have + 1), (row["file"], what, told["found"][what], have)
    if match := re.search(r"(\d+) of \d+ flows cross", column):
        assert crossings(model) == int(match[1]), (row["file"], crossings(model))
    if "dangling" in row["traps"]:
        assert any("free point" in note["what"] for note in told["lost"])
    if "imports another file" in row["traps"]:
        assert any("is not followed" in note["what"] for note in told["lost"])
    told_check = subprocess.run([glacis, "check", "--json", str(draft)], capture_output=True, text=True, check=False)
    errors = [d for d in json.loads(told_check.stdout) if d["level"] == "error"]
    assert told_check.returncode == 0 and model["model"]["stage"] == "design", (row["file"], errors)
    before = draft.read_bytes()
    again = subprocess.run([*command[:-1], "--format", form], capture_output=True, text=True, check=True)
    assert draft.read_bytes() == before and again.stdout == "" and again.stderr.startswith(form), row["file"]
    print(f"{row['file']}: {len(wanted)} counts as in the index, {len(told['lost'])} lost, {len(told['assumed'])} assumed")


def main():
    glacis, models = sys.argv[1], pathlib.Path(sys.argv[2])
    if not (models / "INDEX.tsv").exists():
        print("skipped: the models of other tools are not beside the project")
        sys.exit(77)
    with open(models / "INDEX.tsv", encoding="utf-8", newline="") as file, tempfile.TemporaryDirectory() as name:
        for row in csv.DictReader(file, delimiter="\t"):
            check(glacis, row, pathlib.Path(name), models)


if __name__ == "__main__":
    main()
