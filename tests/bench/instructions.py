"""Instructions per packet, counted by valgrind, beside those that stand in instructions.json: noise cannot fool them.

usage: instructions.py GLACIS_BENCH [--write]
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

KNOWN = pathlib.Path(__file__).with_name("instructions.json")
PACKETS = 6400
MOST_MORE = 0.03    # of what is known; more is a regression
MOST_LESS = 0.10    # better than known by that: the file is to be renewed, or nobody sees it get worse again
SKIPPED = 77


def counts(bench):
    """Line -> instructions per packet."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={folder}/out",
             bench, "--count", str(PACKETS), "--most-flows", "10000", "--only", "pipeline", "--only", "decode"],
            capture_output=True, text=True, timeout=500)
        lines = [line.split("\t")[1:] for line in done.stdout.splitlines() if line.startswith("counted\t")]
        if done.returncode != 0 or not lines:
            raise SystemExit(f"glacis-bench --count failed with {done.returncode}:\n{done.stdout}\n{done.stderr[-3000:]}")
        out = {}
        for number, (part, block, name, flows, burst, packets) in enumerate(lines, 1):
            text = pathlib.Path(f"{folder}/out.{number}").read_text()
            total = int(re.search(r"^(?:summary|totals): (\d+)", text, re.M).group(1))
            out[f"{part}; {block}; {name}; {flows} flows; burst {burst}"] = round(total / int(packets), 1)
        return out


def main():
    if shutil.which("valgrind") is None:
        print("skipped: valgrind is not installed")
        return SKIPPED
    found = counts(sys.argv[1])
    if sys.argv[2:] == ["--write"]:
        KNOWN.write_text(json.dumps(found, indent=2) + "\n")
        return 0
    known = json.loads(KNOWN.read_text())
    bad = 0
    for line in sorted(set(known) | set(found)):
        before, now = known.get(line), found.get(line)
        share = now / before - 1 if before and now else None
        wrong = share is None or share > MOST_MORE or share < -MOST_LESS
        bad += wrong
        print(f"{'WRONG' if wrong else 'ok':5} {now} instructions/packet, known {before}"
              f"{'' if share is None else f', {share:+.1%}'}: {line}")
    if bad:
        print(f"{bad} lines differ; if that is meant: {sys.argv[0]} GLACIS_BENCH --write, and say why in the commit")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
