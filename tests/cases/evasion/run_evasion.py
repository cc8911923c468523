#!/usr/bin/env python3
"""Makes one case's capture, replays it and holds what is told against the table.

run_evasion.py GLACIS CASE     with 1, 2 and 4 workers; tshark's word on the capture where the case asks for it
run_evasion.py --all GLACIS    every case in one capture, hours apart, with 4 workers: for sanitizers, which make each replay slow
run_evasion.py --anomalies GLACIS   whether each anomaly that is counted is expected by a case, and told by a path
run_evasion.py --write CASE FOLDER [4|6]   the capture alone
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
import links  # noqa: E402,F401
import nesting  # noqa: E402,F401
import odd_headers  # noqa: E402,F401
import stacks  # noqa: E402,F401
import streams  # noqa: E402,F401
import tunnels  # noqa: E402,F401
from wire import CASES, MARKER, readings_of, write_captures  # noqa: E402

RULE, ANY, KIND = "never/n-marker", "abuse/E1", "abuse/"
CAPS = ("streams_refused", "partials_evicted", "findings_refused")


def replay(glacis, captures, workers):
    command = [glacis, "replay", *captures, "--model", os.path.join(HERE, "model.yaml"), "--eve", "-", "--json",
               "--workers", str(workers)]
    done = subprocess.run(command, capture_output=True, timeout=100, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr.decode(errors='replace')}")
    summary = json.loads(done.stderr.decode().splitlines()[-1])
    replay_accounted(summary, sum(packets_of(capture) for capture in captures))
    return done.stdout, summary


def alerts_of(eve):
    records = [json.loads(line) for line in eve.decode().splitlines()]
    return [record for record in records if record["event_type"] == "alert"]


def tunnel_of(case):
    """As EVE names it."""
    if not case.tunnel:
        return None
    kind, depth, *network = case.tunnel
    ends = dict(zip(("src_ip", "dest_ip"), case.outer)) if depth else {}
    return ends | {"proto": kind, "depth": depth} | ({"vni": network[0]} if network else {})


def counts_of(summary):
    """What is expected in full: anomalies, and packets by the reason why they have no flow."""
    dropped = {reason: count for reason, count in summary["dropped"].items() if count != 0 and reason != "fragment"}
    return {name: count for name, count in summary["anomalies"].items() if count != 0}, dropped


def count_faults(anomalies, dropped, summary):
    faults = [f"{name}: {summary[name]}" for name in CAPS if summary[name] != 0]
    for counted, expected in zip(counts_of(summary), (anomalies, dropped)):
        if counted != expected:
            faults.append(f"counted {counted}, expected {expected}")
    return faults


def alert_faults(case, version, alerts):
    faults, told, found, odd, others = [], set(), {}, False, {}
    for alert in alerts:
        meta = alert["alert"]["metadata"]
        element = meta["element"][0]
        if alert.get("tunnel") != tunnel_of(case):
            faults.append(f"an alert names the tunnel {alert.get('tunnel')}, expected {tunnel_of(case)}")
        if element == RULE:
            ends = (alert["src_ip"], alert["dest_ip"])
            found.setdefault(ends, "+".join(meta["reading"]))
        elif element == ANY:
            odd = True
        elif element.startswith(KIND) and "anomaly" in meta:
            told.add(element.removeprefix(KIND))
            if meta["anomaly"] != [element.removeprefix(KIND)]:
                faults.append(f"{element} names {meta['anomaly']}")
        else:
            others.setdefault(element, []).append((meta["key"][0], int(meta["count"][0])))
    expected = readings_of(case, version)
    if found != expected:
        faults.append(f"the marker was found between {found}, expected {expected}")
    if told != case.told or odd != bool(told):
        faults.append(f"paths tell {sorted(told)}, expected {sorted(case.told)}; the one of any: {odd}")
    summed = {element: (len(lines), sum(dict(lines).values())) for element, lines in others.items()}
    if summed != case.others:
        faults.append(f"other elements alert {summed}, expected {case.others}")
    return faults


def faults_of(case, version, eve, summary):
    """As one worker told it."""
    faults = count_faults(case.anomalies, case.dropped, summary) + alert_faults(case, version, alerts_of(eve))
    if case.evicts != (summary["flows_evicted"] != 0):
        faults.append(f"{summary['flows_evicted']} flows evicted")
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
    shown, anomalies, dropped = [], collections.Counter(), collections.Counter()
    for _, case in sorted(CASES.items()):
        for version in case.versions:
            shown.append((case.link, case.make(version)))
            anomalies.update(case.anomalies)
            dropped.update(case.dropped)
    with tempfile.TemporaryDirectory() as folder:
        eve, summary = replay(glacis, write_captures(folder, shown), 4)
    faults = count_faults(dict(anomalies), dict(dropped), summary)
    if not any(alert["alert"]["metadata"]["element"][0] == RULE for alert in alerts_of(eve)):
        faults.append("no marker was found")
    return verdict(faults, f"{len(CASES)} cases in {sum(len(made) for _, made in shown)} frames: as expected")


def check(glacis, name):
    case = CASES[name]
    faults, workers = [], (1, 2, 4)
    for version in case.versions:
        with tempfile.TemporaryDirectory() as folder:
            captures = write_captures(folder, [(case.link, case.make(version))])
            here = tshark_faults(case, *captures)
            eve, summary = replay(glacis, captures, workers[0])
            here += faults_of(case, version, eve, summary)
            for more in workers[1:]:
                again, other = replay(glacis, captures, more)
                if again != eve or counts_of(other) != counts_of(summary):
                    here.append(f"other alerts or counts with {more} workers")
        faults += [f"IPv{version}: {fault}" for fault in here]
    return verdict(faults, f"{name}: as expected over IPv{' and IPv'.join(map(str, case.versions))}")


def check_anomalies(glacis):
    """Those of a summary are all that the sensor has."""
    with tempfile.TemporaryDirectory() as folder:
        _, summary = replay(glacis, write_captures(folder, [(1, streams.case_tcp_in_order(4))]), 1)
    known = set(summary["anomalies"])
    counted = set().union(*(case.anomalies for case in CASES.values()))
    told = set().union(*(case.told for case in CASES.values()))
    faults = [f"no case raises {name}" for name in sorted(known - counted)]
    faults += [f"no path of a case tells {name}" for name in sorted(known - told)]
    return verdict(faults, f"{len(known)} anomalies, each raised by a case")


def verdict(faults, good):
    print("\n".join(faults) or good)
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
        case ["--write", name, folder, *version]:
            case = CASES[name]
            print(*write_captures(folder, [(case.link, case.make(int(version[0]) if version else case.versions[0]))]))
            return 0
        case ["--anomalies", glacis]:
            return check_anomalies(glacis)
        case ["--all", glacis]:
            return check_all(glacis)
        case [glacis, name] if name in CASES:
            return check(glacis, name)
    print(__doc__, file=sys.stderr)
    return 2


sys.exit(main(sys.argv[1:]))
