"""Exports against the published schemas, by python3-jsonschema: export_schemas.py GLACIS sigma|otm SCHEMA... -- MODEL...

The schemas are not part of the project: skipped (77) where they are not beside it.
"""
import json
import pathlib
import sys
import uuid

import jsonschema
import yaml

from exporting import export, skip

NAME_SPACE = uuid.uuid5(uuid.NAMESPACE_X500, "glacis")


def sigma(glacis, schemas, model):
    rule_schema, correlation_schema = schemas
    documents = list(yaml.safe_load_all(export(glacis, [model], "sigma")[0]))
    assert documents, model
    names = {d["name"] for d in documents}
    assert len(names) == len(documents), "a name twice"
    for d in documents:
        jsonschema.validate(d, correlation_schema if "correlation" in d else rule_schema,
                            cls=jsonschema.Draft202012Validator, format_checker=jsonschema.FormatChecker())
        assert d["id"] == str(uuid.uuid5(NAME_SPACE, d["name"])), d["name"]
        assert set(d.get("correlation", {}).get("rules", [])) <= names, d["name"]
    print(f"{model.name}: {len(documents)} documents")


def otm(glacis, schemas, models):
    for model in models:
        project = json.loads(export(glacis, [model], "otm")[0])
        jsonschema.validate(project, schemas[0], cls=jsonschema.Draft7Validator)
        components = {c["id"] for c in project["components"]}
        zones = {z["id"] for z in project["trustZones"]}
        threats, mitigations = ({t["id"] for t in project[k]} for k in ("threats", "mitigations"))
        data = {a["id"] for a in project["assets"]}
        flows = [f["id"] for f in project["dataflows"]]
        assert flows and len(set(flows)) == len(flows)
        for flow in project["dataflows"]:
            assert {flow["source"], flow["destination"]} <= components and set(flow["assets"]) <= data, flow
        for component in project["components"]:
            assert component["parent"]["trustZone"] in zones, component
            for threat in component["threats"]:
                assert threat["threat"] in threats, threat
                assert {m["mitigation"] for m in threat["mitigations"]} <= mitigations, threat


def main():
    glacis, what, *rest = sys.argv[1:]
    schemas = [pathlib.Path(p) for p in rest[:rest.index("--")]]
    models = [pathlib.Path(p) for p in rest[rest.index("--") + 1:]]
    if not all(s.exists() for s in schemas):
        skip(f"{schemas[0].name} is not beside the project")
    models = [m for m in models if m.exists()]
    loaded = [json.loads(s.read_text()) for s in schemas]
    if what == "sigma":
        for model in models:
            sigma(glacis, loaded, model)
    else:
        otm(glacis, loaded, models)


if __name__ == "__main__":
    main()
