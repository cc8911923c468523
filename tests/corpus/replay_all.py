#!/usr/bin/env python3
"""Replays every capture through the whole engine: nothing breaks, every packet is accounted for, and alerts, flow
records and counts are the same for any number of workers.

usage: replay_all.py GLACIS CAPTURES [WORKERS...]      (1 2 4)
"""
import json
import pathlib
import re
import subprocess
import sys

from captures import captures_in

MODEL = pathlib.Path(__file__).parent / "model.yaml"
AT_ONCE = 64
# What the sensor may refuse before it begins: file and reason.
REFUSED = re.compile(r"^glacis-sensor: (?P<file>/\S.*?): (?P<why>link type \d+ is not supported|not a pcap or pcapng file|empty)", re.M)


def replay(glacis, files, workers):
    command = [glacis, "replay", *files, "--model", MODEL, "--eve", "-", "--flows", "--json", "--workers", str(workers)]
    return subprocess.run(command, capture_output=True, timeout=1200, check=False)


def accepted(glacis, files, workers):
    """The files without those that are refused for a stated reason, those reasons, and how their replay ended."""
    refused = {}
    while True:
        done = replay(glacis, files, workers)
        found = REFUSED.search(done.stderr.decode(errors="replace")) if done.returncode == 1 and not done.stdout else None
        if found is None or pathlib.Path(found["file"]) not in files:
            return files, refused, done
        refused[found["file"]] = found["why"]
        files = [file for file in files if file != pathlib.Path(found["file"])]


def summary_of(done, files):
    """Of a replay that ended well, or told of captures that end in the middle (3); otherwise the program ends here."""
    text = done.stderr.decode(errors="replace")
    if done.returncode not in (0, 3):
        sys.exit(f"exit code {done.returncode} for {' '.join(map(str, files))}\n{text[-4000:]}")
    summary = json.loads(text.splitlines()[-1])
    if (done.returncode == 3) != bool(summary["faults"]):
        sys.exit(f"exit code {done.returncode} with the faults {summary['faults']}")
    if not summary["balanced"] or summary["packets"] != summary["processed"] + sum(summary["dropped"].values()):
        sys.exit(f"packets are not accounted for in {' '.join(map(str, files))}\n{summary}")
    return summary


def main(glacis, folder, *workers):
    workers = [int(n) for n in workers or (1, 2, 4)]
    files, refused, packets, flows, alerts, different = captures_in(folder), {}, 0, 0, 0, 0
    for first in range(0, len(files), AT_ONCE):
        group, without, done = accepted(glacis, files[first:first + AT_ONCE], workers[0])
        refused |= without
        summary = summary_of(done, group)
        packets, flows, alerts = packets + summary["packets"], flows + summary["flow_records"], alerts + summary["alerts"]
        for more in workers[1:]:
            again = replay(glacis, group, more)
            if again.stdout != done.stdout or summary_of(again, group) != summary:
                different += 1
                print(f"other records or counts with {more} workers: {' '.join(map(str, group))}", flush=True)
    for file, why in sorted(refused.items()):
        print(f"refused: {pathlib.Path(file).relative_to(folder)}: {why}")
    print(f"{len(files)} captures, {len(refused)} refused, {packets} packets, {flows} flow records, {alerts} alerts")
    if packets == 0 or flows == 0 or alerts == 0:
        sys.exit("nothing was seen")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
