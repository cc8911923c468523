"""What `glacis check` writes for build servers and code hosts, read by others' readers.

JUnit by xml.etree; SARIF by python3-jsonschema against the published schema, where that is at hand (else 77: skipped).
"""
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ET

import jsonschema


def check(glacis, model, form):
    run = subprocess.run([glacis, "check", "--format", form, "--at", "2026-11-26", str(model)], capture_output=True,
                         text=True, check=False)
    assert run.returncode == (1 if "broken" in model.name else 0), (model, run.returncode)
    return run.stdout


def junit(glacis, model):
    told = json.loads(check(glacis, model, "json"))
    faults = {(d["file"], d["code"]) for d in told if d["level"] == "error"}
    root = ET.fromstring(check(glacis, model, "junit"))
    failed = {(case.get("file"), case.get("name")) for case in root.iter("testcase") if case.find("failure") is not None}
    assert failed == faults, failed ^ faults
    assert int(root.get("failures")) == len(faults)
    assert int(root.get("tests")) == len(list(root.iter("testcase")))


def sarif(glacis, model, schema):
    told = json.loads(check(glacis, model, "json"))
    log = json.loads(check(glacis, model, "sarif"))
    jsonschema.validate(log, schema)
    run = log["runs"][0]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert [r["ruleId"] for r in run["results"]] == [d["code"] for d in told]
    assert {r["ruleId"] for r in run["results"]} <= rules
    prints = [r["partialFingerprints"]["said/v1"] for r in run["results"]]
    assert len(set(prints)) == len(prints), "two results with one fingerprint"


def main():
    glacis, what, *rest = sys.argv[1:]
    if what == "junit":
        for model in rest:
            junit(glacis, pathlib.Path(model))
        return
    schema = pathlib.Path(rest.pop(0))
    if not schema.exists():
        print(f"skipped: {schema.name} is not beside the project")
        sys.exit(77)
    for model in rest:
        sarif(glacis, pathlib.Path(model), json.loads(schema.read_text()))


if __name__ == "__main__":
    main()
