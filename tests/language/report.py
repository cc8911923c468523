"""What `glacis report` writes: python3's csv, json, html.parser and xml.etree read it, python3-yaml reads the model beside it.

report.py GLACIS MODEL...            each finding, requirement, acceptance and planned control of the model, in each format
report.py GLACIS --corpus MODEL      likewise; skipped (77) where the model is not beside the project
"""
import csv
import datetime
import html.parser
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

import yaml

DAY = datetime.date(2027, 1, 20)
COLUMNS = ["id", "kind", "title", "description", "owner", "due", "severity", "labels", "links", "ticket", "file", "line"]
EVIL = "=cmd|' /C calc'!A0\",\"x\r\n@SUM(1;2) <script>alert(1)</script> | `id` **b** [x](http://e) \u202e \x1b[31m &amp; ]]>"


def run(glacis, models, *options):
    words = [glacis, "report", *map(str, models), "--at", DAY.isoformat(), *options]
    return subprocess.run(words, capture_output=True, check=True).stdout.decode()   # text mode would fold CRLF


def read_csv(text):
    assert text.endswith("\r\n") and text.count("\n") == text.count("\r\n"), "lines end with CRLF, cells hold none"
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows[0] == COLUMNS and all(len(row) == len(COLUMNS) for row in rows)
    for row in rows:
        assert all(not cell or cell[0] not in "=+-@\t\r" for cell in row), row
    return [dict(zip(COLUMNS, row)) for row in rows[1:]]


def read_yaml(path):
    """The model with what it includes, as another reader has it."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    include = read.get("include", [])
    for name in include if isinstance(include, list) else [include]:
        for section, value in yaml.safe_load((path.parent / name).read_text(encoding="utf-8")).items():
            read[section] = {**value, **read.get(section, {})} if isinstance(value, dict) else value
    return read


def listed(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def day(value):
    return str(value) if value is not None else ""


class Page(html.parser.HTMLParser):
    """Headings and tables of a page, and every element."""

    def __init__(self):
        super().__init__()
        self.tags, self.tables, self.text, self.heading = set(), {}, None, ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs), attrs
        if tag in ("td", "th", "h2", "h3"):
            self.text = ""
        if tag == "tr":
            self.tables.setdefault(self.heading, []).append([])

    def handle_endtag(self, tag):
        if tag in ("h2", "h3"):
            self.heading = self.text
        if tag in ("td", "th"):
            self.tables[self.heading][-1].append(self.text)

    def handle_data(self, data):
        if self.text is not None:
            self.text += data


def read_html(text):
    page = Page()
    page.feed(text)
    body = text.split("\n", 1)[1].replace("<br>", "<br/>")
    ET.fromstring(re.sub("<(meta[^>]*)>", r"<\1/>", body))
    assert not page.tags & {"script", "img", "link", "iframe", "a", "form", "b"}, page.tags
    return page.tables


def plain(cell):
    return re.sub(r"\\(.)", r"\1", cell)


def read_markdown(text):
    """Headings and their tables: cells end at a bar without a backslash, which may itself be escaped."""
    tables, heading = {}, ""
    for line in text.split("\n"):
        if line.startswith("#"):
            heading = plain(line.lstrip("#").strip())
        elif line.startswith("|") and not line.startswith("|---"):
            cells = re.findall(r"((?:[^|\\]|\\.)*)\|", line[1:])
            tables.setdefault(heading, []).append([plain(cell.strip()) for cell in cells])
    return tables


def rows_of(tables, start):
    """Of the table whose heading starts so: each row by its columns."""
    found = [rows for heading, rows in tables.items() if heading.startswith(start)]
    assert len(found) <= 1, start
    return [dict(zip(rows[0], row)) for rows in found for row in rows[1:]]


def due_of(finding):
    return day(finding.get("due") or finding.get("accept", {}).get("until"))


def check_items(model, name, items):
    """Every item of the model is there, with its own days, owner and line."""
    by_kind = {}
    for item in items:
        by_kind.setdefault(item["kind"], {})[item["id"]] = item
    assert sum(map(len, by_kind.values())) == len(items), "an id stands twice"
    ident = model["model"]["id"]
    findings = model.get("findings", {})
    accepted = {f"{ident}/{key}:accept": value["accept"] for key, value in findings.items() if "accept" in value}
    planned = {f"{ident}/{key}" for key, value in model.get("controls", {}).items() if value.get("status") != "active"}
    assert set(by_kind.get("finding", {})) == {f"{ident}/{key}" for key in findings}
    assert set(by_kind.get("requirement", {})) == {f"{ident}/{key}" for key in model.get("requirements", {})}
    assert set(by_kind.get("acceptance", {})) == set(accepted)
    assert set(by_kind.get("control", {})) == planned
    text = pathlib.Path(name).read_text(encoding="utf-8").split("\n")
    for key, value in findings.items():
        item = by_kind["finding"][f"{ident}/{key}"]
        assert (item["title"], item["owner"], item["due"] or "") == (value["says"], value["owner"], due_of(value)), item
        assert f"{key}:" in text[int(item["line"]) - 1], item
        about = [f"{ident}/{one}" for field in ("at", "abuse", "requires") for one in listed(value.get(field))]
        assert sorted(item["links"]) == sorted(set(about)) and item["labels"] == listed(value["decide"]), item
        assert (item["ticket"] or "") == value.get("ticket", ""), item
    for key, value in model.get("requirements", {}).items():
        asking = [f for f in findings.values() if key in listed(f.get("requires"))]
        dates = [due_of(f) for f in asking] + [day(a["until"]) for a in accepted.values() if key in listed(a.get("meanwhile"))]
        item = by_kind["requirement"][f"{ident}/{key}"]
        assert (item["title"], item["owner"], item["due"] or "") == (value["says"], value["owner"], min(dates, default="")), item
    for key, value in accepted.items():
        item = by_kind["acceptance"][key]
        assert (item["owner"], item["due"]) == (value["by"], day(value["until"])), item
        assert all(word in item["description"] for word in (value["by"], value["asked_by"], value["why"])), item
    return by_kind


def check_pages(model, tables, by_kind):
    findings = model.get("findings", {})
    shown = {row["Finding"]: row for row in rows_of(tables, "What changes")}
    assert set(shown) == set(findings)
    for key, value in findings.items():
        row = shown[key]
        assert (row["Says"], row["Owner"], row["Due"]) == (value["says"], value["owner"], due_of(value) or "-"), row
    assert {row["Requirement"] for row in rows_of(tables, "What must be built")} == set(model.get("requirements", {}))
    assert {row["Control"] for row in rows_of(tables, "Planned controls")} == {i.split("/")[1] for i in by_kind.get("control", {})}
    accepted = {row["Finding"]: row for row in rows_of(tables, "Risks of")}
    assert set(accepted) == {key for key, value in findings.items() if "accept" in value}
    for key, row in accepted.items():
        value = findings[key]["accept"]
        left = (value["until"] - DAY).days
        assert (row["By"], row["Asked by"], row["Until"], row["Days left"], row["Why"]) == (
            value["by"], value["asked_by"], day(value["until"]), str(left), value["why"]), row
    assert sum(int(row["Without an answer"]) for row in rows_of(tables, "Open threats")) == len(by_kind.get("threat", {}))
    cases = set(model.get("abuse", {}))
    for heading in ("What can go wrong", "What defenders will see", "Risk of the cases", "What the computed risk"):
        assert {row["Case"] for row in rows_of(tables, heading)} == cases, heading
    assert {row["Hunt"] for row in rows_of(tables, "Hunts")} == set(model.get("hunts", {}))
    for row in rows_of(tables, "Risk of the cases"):
        risk = model["abuse"][row["Case"]].get("risk")
        said = f"{risk['likelihood'] * risk['impact']} ({risk['likelihood']} x {risk['impact']})" if risk else "-"
        assert row["Authored"] == said, row
        if risk and "dread" in risk:
            numbers = risk["dread"]
            assert row["DREAD"] == f"{min(numbers)} to {max(numbers)}, mean {sum(numbers) / 5:.1f}", row
    for heading, rows in tables.items():
        if "Where" in rows[0]:
            at = rows[0].index("Where")
            assert all(re.fullmatch(r".+:\d+", row[at]) for row in rows[1:]), heading


def check_risk(report):
    """The documented formula, over what the report itself says."""
    last = 31
    for case in report["cases"]:
        computed = case["computed"]
        terms = computed["terms"]
        assert all(0 <= term <= 5 for term in terms.values())
        assert computed["ease"] == terms["exposure"] + terms["control"] + terms["sight"]
        assert computed["loss"] == terms["value"] + terms["sensitivity"] + terms["fan_out"]
        assert computed["sum"] == sum(terms.values()) <= last
        last = computed["sum"]
        hops = computed["exposure"]["hops"]
        assert terms["exposure"] == (0 if hops is None else max(1, 5 - hops))
        active = computed["active_control"]
        assert terms["control"] == 5 - (active["strength"] if active else 0)
        assert terms["sight"] == {"enforced": 0, "metadata only": 2, "elsewhere": 3, "blind": 5}[computed["sight"]]
        assert terms["fan_out"] == min(5, len(computed["further"]).bit_length())


def check_model(glacis, path):
    model = read_yaml(path)
    report = json.loads(run(glacis, [path], "--format", "json"))
    assert list(report) == ["at", "items", "cases"] and report["at"] == DAY.isoformat()
    assert run(glacis, [path], "--json") == run(glacis, [path], "--format", "json")
    check_risk(report)
    assert len(report["cases"]) == len(model.get("abuse", {}))
    by_kind = check_items(model, path, report["items"])
    rows = read_csv(run(glacis, [path], "--format", "csv"))
    for row, item in zip(rows, report["items"], strict=True):
        told = {key: " ".join(value) if isinstance(value, list) else "" if value is None else str(value) for key, value in item.items()}
        assert {key: cell.removeprefix("'") for key, cell in row.items()} == {k: v.removeprefix("'") for k, v in told.items()}, row
    threats = json.loads(subprocess.run([glacis, "threats", "--json", str(path)], capture_output=True, check=True).stdout)
    assert set(by_kind.get("threat", {})) == {f"{model['model']['id']}/{threat['id']}" for threat in threats}
    pages = read_html(run(glacis, [path], "--format", "html"))
    check_pages(model, pages, by_kind)
    sheets = read_markdown(run(glacis, [path], "--format", "markdown"))
    check_pages(model, sheets, by_kind)
    assert {heading: len(rows) for heading, rows in pages.items()} == {heading: len(rows) for heading, rows in sheets.items()}


def check_edit(glacis, path, folder):
    """More findings, requirements, cases and lines in front: whatever was there keeps its id."""
    before = {item["id"] for item in json.loads(run(glacis, [path], "--json"))["items"]}
    text = path.read_text(encoding="utf-8")
    first = read_yaml(path)
    never, flow = next(iter(first["never"])), next(iter(first["flows"].values()))
    more = {"findings": f"  F0: {{says: New, at: {never}, decide: [assign-owner], owner: zoe, due: 2028-01-01}}\n",
            "flows": f"  f-new: {{from: {json.dumps(flow['from'])}, to: {json.dumps(flow['to'])}, port: 99}}\n"}
    for section, line in more.items():
        text = re.sub(rf"^({section}:.*\n)", lambda found, line=line: found.group(1) + line, text, count=1, flags=re.M)
    edited = folder / path.name
    edited.write_text(text, encoding="utf-8")
    for name in listed(first.get("include")):
        (folder / name).write_text((path.parent / name).read_text(encoding="utf-8"), encoding="utf-8")
    after = {item["id"] for item in json.loads(run(glacis, [edited], "--json"))["items"]}
    assert before <= after and f"{first['model']['id']}/F0" in after, before - after


def hostile():
    said = json.dumps(EVIL)
    return f"""
model: {{id: m, owner: {said}, title: {said}, teams: {{soc: {said}}}}}
zones: {{net: {{trust: 0, addr: any}}, users: {{trust: 40, addr: 10.1.0.0/16}}, data: {{trust: 90, addr: 10.4.0.0/24}}}}
assets: {{db: {{kind: store, zone: data, addr: 10.4.0.5, owner: {said}}}}}
flows: {{f: {{from: [users, net], to: db, port: 443}}}}
never: {{n: {{from: users, to: data, why: {said}}}}}
abuse: {{c: {{says: {said}, owner: {said}, respond: [{json.dumps(EVIL.replace("$", ""))}], path: {{any: [{{id: s, flow: db, from: net, is: [unmodelled], says: {said}}}]}}}}}}
controls: {{k: {{status: planned, covers: [c], says: {said}, owner: {said}, d3fend: {said}}}}}
requirements: {{R: {{kind: siem, says: {said}, owner: {said}}}}}
findings: {{F: {{says: {said}, at: n, decide: [accept-risk], owner: {said}, ticket: {said}, accept: {{by: {said}, asked_by: other, why: {said}, until: 2027-01-31}}}}}}
hunts: {{H: {{ask: {said}, owner: {said}}}}}
"""


def check_hostile(glacis, folder):
    path = folder / "hostile.yaml"
    path.write_text(hostile(), encoding="utf-8")
    rows = read_csv(run(glacis, [path], "--format", "csv"))
    finding = next(row for row in rows if row["id"] == "m/F")
    assert finding["title"].startswith("'=cmd|' /C calc'!A0\",\"x") and finding["ticket"].startswith("'=cmd"), finding
    assert len(rows) == len({row["id"] for row in rows})
    outputs = {form: run(glacis, [path], "--format", form) for form in ("text", "markdown", "html", "csv", "json")}
    for form, text in outputs.items():
        bare = text.replace("\r\n", "\n") if form == "csv" else text
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", bare), form
    model = yaml.safe_load(hostile())
    report = json.loads(outputs["json"])
    assert next(item for item in report["items"] if item["id"] == "m/F")["title"].startswith("=cmd|")
    pages, sheets = read_html(outputs["html"]), read_markdown(outputs["markdown"])
    for tables in (pages, sheets):
        assert [row["Case"] for row in rows_of(tables, "Risk of the cases")] == list(model["abuse"])
        assert rows_of(tables, "Risks of")[0]["By"].startswith("=cmd|")
    assert {heading: len(rows) for heading, rows in pages.items()} == {heading: len(rows) for heading, rows in sheets.items()}


def check_words(glacis, path, folder):
    def told(*words):
        done = subprocess.run([glacis, "report", *map(str, words)], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr
    assert told()[0] == 2 and told(folder / "none.yaml")[0] == 2
    for words, word in ((["--role", "boss"], "--role"), (["--format", "pdf"], "--format"), (["--at", "soon"], "--at"),
                        (["--role", "soc", "--format", "csv"], "--role"), (["--rol", "soc"], "--rol")):
        code, out, err = told(path, *words)
        assert code == 2 and not out and word in err, (words, code, out, err)
    broken = folder / "broken.yaml"
    broken.write_text("model: {id: m}\n", encoding="utf-8")
    assert told(broken)[0] == 1
    least = folder / "least.yaml"
    least.write_text("model: {id: least, owner: a}\nzones: {z: {trust: 1, addr: 10.0.0.0/8}}\n", encoding="utf-8")
    for form in ("text", "markdown", "html", "csv", "json"):
        assert told(least, "--format", form)[0] == 0
    out = folder / "out.html"
    assert told(path, "--format", "html", "--at", DAY, "-o", out) == (0, "", "")
    assert out.read_text(encoding="utf-8") == run(glacis, [path], "--format", "html")
    assert told(path, "-o", folder / "none" / "x")[0] == 2
    both = json.loads(run(glacis, [path, least], "--json"))
    assert both["items"][: len(json.loads(run(glacis, [path], "--json"))["items"])] == json.loads(run(glacis, [path], "--json"))["items"]
    for role, heading in (("architect", "Architect"), ("soc", "SOC"), ("risk", "Risk owner")):
        headings = re.findall("^## (.*)$", run(glacis, [path], "--format", "markdown", "--role", role), flags=re.M)
        assert headings == [heading], headings


def main():
    glacis, *models = sys.argv[1:]
    if models[0] == "--corpus" and not pathlib.Path(models[1]).exists():
        print(f"skipped: {pathlib.Path(models[1]).name} is not beside the project")
        sys.exit(77)
    paths = [pathlib.Path(model) for model in models if model != "--corpus"]
    with tempfile.TemporaryDirectory() as name:
        for path in paths:
            check_model(glacis, path)
            check_edit(glacis, path, pathlib.Path(name))
        check_hostile(glacis, pathlib.Path(name))
        check_words(glacis, paths[0], pathlib.Path(name))


if __name__ == "__main__":
    main()
