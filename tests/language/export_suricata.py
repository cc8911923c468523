"""Suricata rules: by their syntax, and where a Suricata is installed (Debian 12 has it in its backports only) by it.

Suricata must load all rules of each model without a word, and say of the cases' captures what their expect.yaml wants,
less what the export names as lost (drift, progress, check digits).
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

from exporting import expected_elements, export

ADDRESS = r"(?:any|\[!?[0-9a-f.:/]+(?:,!?[0-9a-f.:/]+)*\])"
PORTS = r"(?:any|\[\d+(?::\d+)?(?:,\d+(?::\d+)?)*\])"
RULE = re.compile(rf"alert (?:ip|tcp|udp) {ADDRESS} {PORTS} -> {ADDRESS} {PORTS} \((.*;)\)")
OPTIONS = {
    "msg": r'"(?:[^"\\;]|\\["\\;])+"', "flow": r"to_(?:server|client)(?:,established)?",
    "flowbits": r"(?:set|isnotset),[\w.:-]+", "xbits": r"(?:isset,[\w.:-]+,track ip_(?:src|dst)|"
    r"set,[\w.:-]+,track ip_(?:src|dst),expire [1-9]\d*)", "content": r'"(?:[^"\\;:|]|\|[0-9a-f]{2}\|)+"',
    "pcre": r'"/[^";/]+/"', "threshold": r"type limit,track by_both,count 1,seconds 60",
    "metadata": r"[^\";\\]+", "priority": "[1-5]", "sid": r"1\d{6}", "rev": "1", "app-layer-protocol": r"[\w-]+"}
# A configuration that needs no file of Suricata's package.
CONFIG = """%YAML 1.1
---
vars: {address-groups: {HOME_NET: any, EXTERNAL_NET: any}, port-groups: {}}
default-log-dir: .
stats: {enabled: no}
classification-file: FOLDER/none
reference-config-file: FOLDER/none
threshold-file: FOLDER/none
outputs: [{eve-log: {enabled: yes, filename: eve.json, types: [{alert: {metadata: {rule: {metadata: true}}}}]}}]
app-layer: {protocols: {PROTOCOLS}}
""".replace("PROTOCOLS", ", ".join(f"{p}: {{enabled: yes}}" for p in (
    "http", "tls", "ssh", "smb", "krb5", "ftp", "smtp", "ntp", "dhcp", "snmp", "tftp", "mqtt", "sip", "nfs", "dcerpc", "ike",
    "rdp", "rfb", "telnet", "quic", "imap")))


def syntax(rules, name):
    sids = []
    for rule in rules:
        whole = RULE.fullmatch(rule)
        assert whole, f"{name}: {rule}"
        for option in filter(None, re.split(r"(?<!\\);\s*", whole[1])):
            key, _, value = option.partition(":")
            assert key in ("noalert", "nocase") or re.fullmatch(OPTIONS[key], value), f"{name}: {option}"
            if key == "sid":
                sids.append(int(value))
    assert len(set(sids)) == len(sids) == len(rules) > 0, name
    bits = {kind: set(re.findall(kind + r",([\w.:-]+)", "\n".join(rules))) for kind in ("[: ]set", "isset", "isnotset")}
    assert bits["isset"] | bits["isnotset"] == bits["[: ]set"], name


def suricata(folder, rules, *options):
    """Exit code, and what it complains of."""
    (folder / "none").touch()
    (folder / "suricata.yaml").write_text(CONFIG.replace("FOLDER", str(folder)))
    (folder / "x.rules").write_text(rules)
    run = subprocess.run(["suricata", "-c", folder / "suricata.yaml", "-S", folder / "x.rules", "-l", folder, "-k", "none",
                          *options], capture_output=True, text=True, check=False)
    said = [line for line in (run.stdout + run.stderr).splitlines()
            if re.search(r"Error|Warning", line) or ("rules failed" in line and ", 0 rules failed" not in line)]
    return run.returncode, said


def alerts(folder, rules, capture):
    (folder / "eve.json").unlink(missing_ok=True)
    code, said = suricata(folder, rules, "-r", capture)
    assert code == 0, said
    records = map(json.loads, (folder / "eve.json").read_text().splitlines())
    return {r["alert"]["metadata"]["element"][0].split("/", 1)[1] for r in records if r["event_type"] == "alert"}


def compare(folder, rules, cases, model):
    """The elements that alert in each capture; data/... are told beside never lines that carry the same."""
    faults, got_all = [], set()
    for case in sorted(cases.glob("*/expect.yaml")):
        expect = yaml.safe_load(case.read_text())
        if pathlib.Path(expect.get("model", model)).name != model.name:
            continue
        got = {e for e in alerts(folder, rules, case.parent / "traffic.pcap") if not e.startswith("data/")}
        if "luhn" in case.parent.name:
            got.discard("never/n-clear-cards")
        wanted = {e for e, *_ in expected_elements(expect) if not e.startswith(("drift", "data/"))}
        got_all |= got
        if got != wanted:
            faults.append(f"{case.parent.name}: only Suricata {got - wanted}, only wanted {wanted - got}")
    print(*faults, sep="\n")
    assert not faults and len(got_all) > 3, got_all


def main():
    glacis, cases, *models = sys.argv[1], pathlib.Path(sys.argv[2]), *map(pathlib.Path, sys.argv[3:])
    for model in models:
        text = export(glacis, [model], "suricata")[0]
        syntax([line for line in text.splitlines() if not line.startswith("#")], model.name)
    if not shutil.which("suricata"):
        print("no suricata here: syntax alone was checked")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for model in models:
            code, said = suricata(folder, export(glacis, [model], "suricata")[0], "-T")
            assert code == 0 and not said, (model.name, said)
        compare(folder, export(glacis, models[:1], "suricata")[0], cases, models[0])
    print("suricata loads and agrees")


if __name__ == "__main__":
    main()
