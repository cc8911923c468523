"""Sentences, owners, names and files that try to break out of each format, read back by others' readers.

What is read back must hold the text, as one value, and nothing that the text tried to add.
"""
import csv
import io
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

import export_suricata
from exporting import export

EVIL = "x\"; sid:1;) drop ip any any -> any any (msg:\"`id` $(id) ' \\ {{ }} ] ; , # \u202e \u0085 \u2028 \x1b[31m\nalert"
FILE = "a\"; b', `c` $(d)\n{e} #.yaml"


def model():
    quoted = json.dumps(EVIL)   # a double-quoted scalar of YAML too
    return f"""
model: {{id: m, title: {quoted}, owner: {quoted}, scope: {quoted}}}
zones:
  net: {{trust: 0, addr: any, says: {quoted}}}
  users: {{trust: 40, addr: 10.1.0.0/16, says: {quoted}}}
  data: {{trust: 90, addr: 10.4.0.0/24}}
assets:
  db: {{kind: store, zone: data, addr: 10.4.0.5, holds: [cards], owner: {quoted}, says: {quoted}}}
  far: {{kind: third-party, zone: net, name: {quoted}}}
data:
  cards: {{sensitivity: 5, class: {quoted}, says: {quoted}, seen_as: {{pattern: 'a"b;c/d\\"e\\;f\\/g[";/]h\\\\'}}}}
flows:
  f: {{from: users, to: db, port: 443, app: [https, {quoted}], carries: [cards], says: {quoted}}}
  g: {{from: users, to: far, says: "=cmd|' /C calc'!A0"}}
never:
  n: {{from: users, to: data, except: [f], severity: high, why: {quoted}, says: {quoted}}}
  o: {{carries: [cards], except: [f], says: {quoted}}}
abuse:
  a:
    says: {quoted}
    goal: {quoted}
    respond: [{json.dumps(EVIL.replace("$", ""))}]
    attack: [T1021]
    path:
      within: 1h
      then:
        - {{id: one, flow: data $d, from: users $h, is: [unmodelled], says: {quoted}}}
        - {{id: two, content: '"; sid:2; /x" (?:`)', of: {{flow: net, from: $d}}}}
controls:
  c: {{status: active, covers: [a], says: {quoted}, d3fend: {quoted}, csf: {quoted}, owner: {quoted}}}
"""


def printable(text):
    """No control character, nothing that reorders or hides text."""
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f]", text), repr(text)


def sigma(text):
    for d in yaml.safe_load_all(text):
        assert set(d) <= {"title", "id", "name", "status", "description", "author", "logsource", "detection", "correlation",
                          "level", "tags"}, d
        assert d["author"].startswith('x"; sid:1;) drop ip'), d["author"]


def suricata(text, folder):
    rules = [line for line in text.splitlines() if not line.startswith("#")]
    for rule in rules:
        assert rule.startswith("alert "), rule
        options = re.split(r"(?<!\\);", rule[rule.index("(") + 1:-1])
        names = {o.split(":")[0].strip() for o in options} - {""}
        assert names <= {"msg", "flow", "flowbits", "xbits", "content", "pcre", "noalert", "threshold", "metadata", "priority",
                         "sid", "rev", "nocase", "app-layer-protocol"}, names
        assert len(re.findall(r"(?<!\\); sid:", rule)) == 1, rule
    assert any('pcre:"/a\\x22b\\x3bc\\x2fd\\x22e\\x3bf\\x2fg[\\x22\\x3b\\x2f]h\\\\/"' in rule for rule in rules), rules
    if shutil.which("suricata"):
        code, said = export_suricata.suricata(folder, text, "-T")
        assert code == 0 and not said, said


def nftables(text, folder):
    for line in (line for line in text.splitlines() if not line.startswith("#")):
        assert line.count('"') in (0, 2), line
    file = folder / "x.nft"
    file.write_text(text)
    nft = ["unshare", "-n", "nft", "-c", "-f", str(file)]
    if shutil.which("nft") and subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode == 0:
        checked = subprocess.run(nft, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr


def segments(text):
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all(len(row) == 11 and None not in row.values() for row in rows), rows
    assert not [c for row in rows for c in row.values() if c[:1] in "=+-@" and c], "a spreadsheet would calculate"
    never = next(row for row in rows if row["element"] == "m/never/n")
    assert never["says"].startswith('x"; sid:1;) drop ip'), never


def otm(text):
    project = json.loads(text)
    assert set(project) == {"otmVersion", "project", "assets", "trustZones", "components", "dataflows", "threats",
                            "mitigations"}
    assert project["project"]["name"].startswith('x"; sid:1;) drop ip')


def main():
    glacis = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / FILE).write_text(model())
        for to, read in (("sigma", sigma), ("suricata", lambda t: suricata(t, folder)), ("nftables", lambda t: nftables(t, folder)),
                         ("segments-csv", segments), ("otm", otm)):
            text, lost = export(glacis, [folder / FILE], to)
            printable(text)
            printable("\n".join(lost))
            read(text)
            file = folder / "losses.json"
            export(glacis, [folder / FILE], to, "--losses", str(file))
            assert len(json.loads(file.read_text())) == len(lost), (to, lost)


if __name__ == "__main__":
    main()
