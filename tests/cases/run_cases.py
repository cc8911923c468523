#!/usr/bin/env python3
"""Replays one case and holds the alerts against its expect.yaml.

run_cases.py alerts GLACIS CASE_DIR    the alerts are the expected ones and nothing else
run_cases.py same GLACIS CASE_DIR      the same bytes for 1, 2, 4 workers, bursts of 1 and 64, other seeds
run_cases.py few GLACIS CASE_DIR       likewise, for one and four workers alone: for sanitizers, which make it slow
run_cases.py capture CASE_DIR          tshark agrees: the flows are there, no frame above the MTU, good checksums
Exit code: 0 as expected, 1 not.
"""
import json
import os
import subprocess
import sys

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))
from accounting import packets_of, replay_accounted  # noqa: E402  (its folder is known here only)

MTU_FRAME = 1514
TAGS = 8   # QinQ
BAD, GOOD = "0", "1"   # what tshark says of a checksum


def load(case):
    with open(os.path.join(case, "expect.yaml"), encoding="utf-8") as file:
        return yaml.safe_load(file)


def replay(glacis, case, expect, *options):
    model = os.path.join(ROOT, expect.get("model", "configs/models/web-shop.yaml"))
    capture = os.path.join(case, "traffic.pcap")
    command = [glacis, "replay", capture, "--model", model, "--eve", "-", "--json", *options]
    done = subprocess.run(command, capture_output=True, timeout=100, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr.decode(errors='replace')}")
    replay_accounted(json.loads(done.stderr.decode().splitlines()[-1]), packets_of(capture))
    return done.stdout


def alerts_of(eve):
    """One entry for each alert: its last revision."""
    last = {}
    for line in eve.decode().splitlines():
        record = json.loads(line)
        if record["event_type"] != "alert":
            continue
        meta = record["alert"]["metadata"]
        last[meta["key"][0], tuple(meta.get("path_step", []))] = {
            "element": meta["element"][0],
            "from": record["src_ip"],
            "to": record["dest_ip"],
            "port": record.get("dest_port"),
            "outcome": meta.get("outcome", ["none"])[0],
            "vlan": record.get("vlan"),
            "step": meta.get("path_step", [None])[0],
            "also": sorted(meta.get("also", [])),
        }
    return list(last.values())


def describe(alert):
    return " ".join(f"{k}={v}" for k, v in sorted(alert.items()) if v is not None)


def takes(expected, alert):
    return all(alert.get(name) == value for name, value in expected.items())


def check_alerts(glacis, case):
    expect = load(case)
    left = alerts_of(replay(glacis, case, expect))
    faults = []
    for expected in expect["alerts"]:
        found = next((alert for alert in left if takes(expected, alert)), None)
        if found is None:
            faults.append("missing:    " + describe(expected))
        else:
            left.remove(found)
    if expect.get("nothing_else", True):
        faults += ["unexpected: " + describe(alert) for alert in left]
    print("\n".join(faults) or f"{len(expect['alerts'])} alerts as expected")
    return 1 if faults else 0


FEW = (["--workers", "4", "--burst", "64", "--seed", "99"],)
MANY = (["--workers", "1", "--burst", "1"], ["--workers", "2", "--burst", "64"], ["--workers", "4", "--burst", "1"],
        ["--workers", "4", "--burst", "64"], ["--workers", "2", "--seed", "7"], ["--workers", "4", "--seed", "99"])


def check_same(glacis, case, others):
    expect = load(case)
    first = replay(glacis, case, expect)
    for options in others:
        if replay(glacis, case, expect, *options) != first:
            print("other bytes with " + " ".join(options))
            return 1
    if expect["alerts"] and not first:
        print("no output at all")
        return 1
    print(f"{len(first)} bytes, the same {len(others) + 1} times")
    return 0


def tshark(capture, shown, *output):
    options = [word for p in ("ip", "tcp", "udp") for word in ("-o", f"{p}.check_checksum:TRUE")]
    done = subprocess.run(["tshark", "-n", "-r", capture, *options, *(["-Y", shown] if shown else []), *output],
                          capture_output=True, check=True, timeout=100)
    return done.stdout.decode(errors="replace").splitlines()


def frame_faults(capture, longest):
    checked = ("ip.checksum.status", "tcp.checksum.status", "udp.checksum.status")
    fields = [word for name in ("frame.len", *checked) for word in ("-e", name)]
    lines = tshark(capture, None, "-T", "fields", "-E", "separator=;", *fields)
    rows = [line.split(";") for line in lines]
    faults = [f"frame {n}: {row[0]} bytes, above the MTU" for n, row in enumerate(rows, 1) if int(row[0]) > longest]
    faults += [f"frame {n}: bad checksum" for n, row in enumerate(rows, 1) if BAD in ",".join(row[1:]).split(",")]
    if not any(GOOD in row[2:] for row in rows):
        faults.append("tshark checked no checksum")
    return faults


def check_capture(case):
    capture = os.path.join(case, "traffic.pcap")
    expect = load(case)
    faults = []
    for flow in expect["flows"]:
        if not tshark(capture, flow):
            faults.append(f"not in the capture: {flow}")
    for absent in expect.get("absent", []):
        if tshark(capture, absent):
            faults.append(f"in the capture, but should not: {absent}")
    faults += frame_faults(capture, MTU_FRAME + (TAGS if expect.get("tagged") else 0))
    print("\n".join(faults) or "the capture holds what the case says")
    return 1 if faults else 0


def main(arguments):
    match arguments:
        case ["alerts", glacis, directory]:
            return check_alerts(glacis, directory)
        case ["same", glacis, directory]:
            return check_same(glacis, directory, MANY)
        case ["few", glacis, directory]:
            return check_same(glacis, directory, FEW)
        case ["capture", directory]:
            return check_capture(directory)
    print(__doc__, file=sys.stderr)
    return 2


sys.exit(main(sys.argv[1:]))
