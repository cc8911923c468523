"""Sigma rules of the shop beside the cases' captures: which rules match is what the cases' expect.yaml wants.

Rules and correlations are evaluated here, by brute force over the connections that scapy finds; what Sigma cannot say
(payload, drift, progress) is left out.
"""
import ipaddress
import itertools
import pathlib
import re
import sys

import yaml
from scapy.all import IP, TCP, IPv6, rdpcap

from exporting import expected_elements, export

HOURS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def connections(capture):
    """Time and fields of each TCP connection, at its first SYN."""
    out = {}
    for packet in rdpcap(str(capture)):
        net = packet.getlayer(IP) or packet.getlayer(IPv6)
        if net is None or TCP not in packet or packet[TCP].flags & 0x12 != 2:
            continue
        key = (net.src, net.dst, packet[TCP].sport, packet[TCP].dport)
        out.setdefault(key, (float(packet.time), {"source.ip": net.src, "destination.ip": net.dst,
                                                  "destination.port": packet[TCP].dport}))
    return list(out.values())


def field_holds(name, values, event):
    field, _, modifier = name.partition("|")
    value = event[field]
    if modifier == "cidr":
        return any(ipaddress.ip_address(value) in ipaddress.ip_network(v) for v in values)
    if modifier in ("gte", "lte"):
        return value >= values[0] if modifier == "gte" else value <= values[0]
    assert not modifier, name
    return value in values


def rule_holds(rule, event):
    """The condition, with each selection's name as what it gives."""
    detection = dict(rule["detection"])
    condition = detection.pop("condition")
    given = {name: any(all(field_holds(f, v, event) for f, v in one.items()) for one in maps)
             for name, maps in detection.items()}
    assert re.fullmatch(r"[\w ()]+", condition), condition
    return eval(condition, {"__builtins__": {}}, given)   # pylint: disable=eval-used


def correlated(document, hits):
    """Completing events of an ordered correlation: the last of each chain that holds."""
    c = document["correlation"]
    assert c["type"] == "temporal_ordered"
    span = int(c["timespan"][:-1]) * HOURS[c["timespan"][-1]]
    for chain in itertools.product(*(hits[name] for name in c["rules"])):
        times = [at for at, _ in chain]
        ordered = all(a < b for a, b in zip(times, times[1:])) and times[-1] - times[0] <= span
        joined = all(len({event[c["aliases"][g][name]] for name, (_, event) in zip(c["rules"], chain)}) == 1
                     for g in c["group-by"])
        if ordered and joined:
            yield chain[-1][1]


def main():
    glacis, model, cases = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    documents = list(yaml.safe_load_all(export(glacis, [model], "sigma")[0]))
    told = {d["name"].split("/", 1)[1] for d in documents}
    faults, matched = [], 0
    for case in sorted(cases.glob("*/expect.yaml")):
        expect = yaml.safe_load(case.read_text())
        if pathlib.Path(expect.get("model", model)).name != model.name:
            continue
        events = connections(case.parent / "traffic.pcap")
        hits = {d["name"]: [e for e in events if rule_holds(d, e[1])] for d in documents if "detection" in d}
        got = {(d["name"].split("/", 1)[1], e["source.ip"], e["destination.ip"]) for d in documents
               if d["level"] != "informational"
               for e in (correlated(d, hits) if "correlation" in d else [e for _, e in hits[d["name"]]])}
        wanted = {e for e in expected_elements(expect) if e[0] in told}
        matched += len(got)
        if got != wanted:
            faults.append(f"{case.parent.name}: only in Sigma {got - wanted}, only wanted {wanted - got}")
    print(*faults, f"{matched} matches", sep="\n")
    sys.exit(1 if faults or matched < 5 else 0)


if __name__ == "__main__":
    main()
