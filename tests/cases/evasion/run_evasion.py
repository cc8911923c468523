#!/usr/bin/env python3
"""Makes one case's capture, replays it and holds what is told against the table.

run_evasion.py GLACIS CASE     with 1, 2 and 4 workers; tshark's word on the capture where the case asks for it
run_evasion.py --all GLACIS    every case in one capture, hours apart, with 4 workers: for sanitizers, which make each replay slow
run_evasion.py --write CASE FILE [4|6]   the capture alone
run_evasion.py --list          the table
Exit code: 0 as expected, 1 not.
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "integration"))
from accounting import packets_of, replay_accounted  # noqa: E402  (its folder is known here only)

import floods  # noqa: E402,F401  (each enters its cases)
import fragments  # noqa: E402,F401
import stacks  # noqa: E402,F401
import streams  # noqa: E402,F401
import tunnels  # noqa: E402,F401
from wire import CASES, Frame, MARKER, OUTER_FROM, OUTER_TO, readings_of, write_capture  # noqa: E402

HOURS_NS = 3 * 3600 * 10**9   # longer than any time-out
RULE, ANY, KIND = "never/n-marker", "abuse/E1", "abuse/"


def replay(glacis, capture, workers):
    command = [glacis, "replay", capture, "--model", os.path.join(HERE, "model.yaml"), "--eve", "-", "--json",
               "--workers", str(workers)]
    done = subprocess.run(command, capture_output=True, timeout=100, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr.decode(errors='replace')}")
    summary = json.loads(done.stderr.decode().splitlines()[-1])
    replay_accounted(summary, packets_of(capture))
    return done.stdout, summary


def alerts_of(eve):
    records = [json.loads(line) for line in eve.decode().splitlines()]
    return [record for record in records if record["event_type"] == "alert"]


def tunnel_of(case):
    """As EVE names it."""
    if not case.tunnel:
        return None
    kind, depth, *network = case.tunnel
    ends = {"src_ip": OUTER_FROM, "dest_ip": OUTER_TO} if depth else {}
    return ends | {"proto": kind, "depth": depth} | ({"vni": network[0]} if network else {})


def faults_of(case, version, eve, summary):
    faults = []
    if summary["dropped"]["duplicate"] != case.duplicates:
        faults.append(f"{summary['dropped']['duplicate']} duplicates, expected {case.duplicates}")
    counted = {name: count for name, count in summary["anomalies"].items() if count != 0}
    if counted != case.anomalies:
        faults.append(f"counted {counted}, expected {case.anomalies}")
    told, found, odd = set(), {}, False
    for alert in alerts_of(eve):
        meta = alert["alert"]["metadata"]
        element = meta["element"][0]
        if alert.get("tunnel") != tunnel_of(case):
            faults.append(f"an alert names the tunnel {alert.get('tunnel')}, expected {tunnel_of(case)}")
        if element == RULE:
            ends = (alert["src_ip"], alert["dest_ip"])
            found.setdefault(ends, "+".join(meta["reading"]))
        elif element == ANY:
            odd = True
        elif element.startswith(KIND):
            told.add(element.removeprefix(KIND))
            if meta.get("anomaly") != [element.removeprefix(KIND)]:
                faults.append(f"{element} names {meta.get('anomaly')}")
        else:
            faults.append(f"an alert of {element}")
    expected = readings_of(case, version)
    if found != expected:
        faults.append(f"the marker was found between {found}, expected {expected}")
    if told != case.told or odd != bool(told):
        faults.append(f"paths tell {sorted(told)}, expected {sorted(case.told)}; the one of any: {odd}")
    return faults


def tshark(capture, *arguments):
    done = subprocess.run(["tshark", "-n", "-r", capture, *arguments], capture_output=True, check=True, timeout=100)
    return done.stdout.decode(errors="replace")


def tshark_faults(case, capture):
    """That the capture is what the case says, as another reads it."""
    if case.tshark == "stream":
        lines = tshark(capture, "-q", "-z", "follow,tcp,raw,0").splitlines()
        text = bytes.fromhex("".join(line.strip() for line in lines if set(line.strip()) <= set("0123456789abcdef")))
        return [] if MARKER in text else [f"tshark sees no marker in the stream: {text}"]
    if case.tshark and not tshark(capture, "-Y", case.tshark):
        return [f"tshark sees no frame with {case.tshark}"]
    return []


def check_all(glacis):
    """The sums of what is expected of each; that no case changes another's is seen where each is replayed by itself."""
    made, anomalies, duplicates = [], collections.Counter(), 0
    for _, case in sorted(CASES.items()):
        for version in case.versions:
            first, *rest = case.make(version)
            made += [Frame(first.packet, HOURS_NS), *rest]
            anomalies.update(case.anomalies)
            duplicates += case.duplicates
    with tempfile.TemporaryDirectory() as folder:
        eve, summary = replay(glacis, write_capture(os.path.join(folder, "traffic.pcap"), made), 4)
    counted = {name: count for name, count in summary["anomalies"].items() if count != 0}
    faults = [] if counted == dict(anomalies) else [f"counted {counted}, expected {dict(anomalies)}"]
    if summary["dropped"]["duplicate"] != duplicates:
        faults.append(f"{summary['dropped']['duplicate']} duplicates, expected {duplicates}")
    if not any(alert["alert"]["metadata"]["element"][0] == RULE for alert in alerts_of(eve)):
        faults.append("no marker was found")
    print("\n".join(faults) or f"{len(CASES)} cases in {len(made)} frames: as expected")
    return 1 if faults else 0


def check(glacis, name):
    case = CASES[name]
    faults, workers = [], (1, 2, 4)
    for version in case.versions:
        with tempfile.TemporaryDirectory() as folder:
            capture = write_capture(os.path.join(folder, "traffic.pcap"), case.make(version))
            here = tshark_faults(case, capture)
            eve, summary = replay(glacis, capture, workers[0])
            here += faults_of(case, version, eve, summary)
            for more in workers[1:]:
                again, other = replay(glacis, capture, more)
                if again != eve or other["anomalies"] != summary["anomalies"]:
                    here.append(f"other alerts or counts with {more} workers")
        faults += [f"IPv{version}: {fault}" for fault in here]
    print("\n".join(faults) or f"{name}: as expected over IPv{' and IPv'.join(map(str, case.versions))}")
    return 1 if faults else 0


def list_cases():
    for name, case in sorted(CASES.items()):
        found = ", ".join(f"{ends[1]} {reading}" for ends, reading in readings_of(case, case.versions[0]).items())
        print(f"{name}: {found or 'not found'}; counted {case.anomalies or 'nothing'}; told {sorted(case.told) or 'nothing'}"
              + (f"; because {case.because}" if case.because else ""))
    return 0


def main(arguments):
    match arguments:
        case ["--list"]:
            return list_cases()
        case ["--write", name, file, *version]:
            write_capture(file, CASES[name].make(int(version[0]) if version else CASES[name].versions[0]))
            return 0
        case ["--all", glacis]:
            return check_all(glacis)
        case [glacis, name] if name in CASES:
            return check(glacis, name)
    print(__doc__, file=sys.stderr)
    return 2


sys.exit(main(sys.argv[1:]))
