"""Runs glacis-bench for an instant and holds what it tells against what it promises."""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import unittest

BENCH = None
PARTS = {"decode", "checksum", "flow table: find and count", "content scan", "stream in order", "pipeline", "pipeline, other mixes",
         "capture replay"}
NOT_EVERYWHERE = {"nDPI", "Suricata"}    # what may not be installed, and is said not to be
FIGURES = {                              # part -> how the names of its figures begin, where there is a second CPU
    "cores": ("two cores beside one",),
    "swap": ("capacity", "packets lost in 50 swaps", "packets lost without", "longest gap between polls in the second",
             "longest gap between polls in the 50 ms", "what a swap adds", "worst 10 ms of a swap", "worst 10 ms of a stretch without",
             "push to active, reference policy, all patterns new", "packets lost while pushing"),
    "elephant": ("its core's rate", "packets of the others lost", "packets of the elephant lost",
                 "no content selected: of the others"),
}
INSTANT = ["--quick", "--run-ms", "5", "--most-flows", "100000"]


def run(*arguments, **environment):
    return subprocess.run([BENCH, *arguments], capture_output=True, text=True, timeout=600, env={**os.environ, **environment})


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class WholeBench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bench.json"
            cls.done = run(*INSTANT, "--json", str(path), TMPDIR=folder)
            cls.text = path.read_text() if path.exists() else "{}"
            cls.left_behind = [p.name for p in pathlib.Path(folder).iterdir() if p != path]
        cls.report = json.loads(cls.text)
        cls.lines = cls.report.get("results", [])

    def each(self, check):
        for line in self.lines:
            with self.subTest(part=line["part"], line=line["name"], flows=line["flows"], burst=line["burst"]):
                check(line)

    def test_EndsWellAndLeavesNothingBehind(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        self.assertEqual(self.done.stderr, "", "progress is for terminals")
        self.assertEqual(self.left_behind, [])

    def test_EveryPartHasLines(self):
        self.assertEqual({line["part"] for line in self.lines}, PARTS)
        self.assertLessEqual({line["name"] for line in self.report["skipped"]}, NOT_EVERYWHERE)
        self.assertTrue(all(line["why"] for line in self.report["skipped"]))

    def test_FiguresAreThereWithTheirUnits(self):
        if (os.cpu_count() or 1) < 2:
            self.skipTest("needs two CPUs")
        for part, names in FIGURES.items():
            for name in names:
                with self.subTest(part=part, name=name):
                    found = [f for f in self.report["figures"] if f["part"] == part and f["name"].startswith(name)]
                    self.assertTrue(found)
                    self.assertTrue(is_number(found[0]["value"]) and found[0]["unit"])
                    self.assertTrue(0 <= found[0]["off_cpu"] <= 1)
        rate = next(f["value"] for f in self.report["figures"] if f["name"].startswith("its core's rate"))
        self.assertGreater(rate, 0)

    def test_MachineAndMethodAreTold(self):
        for key in ("cpu", "kernel", "huge_pages", "flags"):
            self.assertTrue(self.report["machine"][key], key)
        self.assertIn("-march=x86-64-v3", self.report["machine"]["flags"])
        self.assertGreater(self.report["machine"]["cpus"], 0)
        self.assertGreater(self.report["machine"]["tsc_hz"], 1e8)
        self.assertRegex(self.report["date"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(self.report["run_ns"], 5_000_000)

    def test_ReferencePolicyIsAsLargeAsPromised(self):
        self.assertEqual(self.report["policy"], "200 zones, 5000 prefixes, 2000 rules, 500 patterns, 50 paths")

    def test_NothingIsAllocatedAndNothingDropped(self):
        def check(line):
            self.assertEqual(line["drops"], 0)
            if line["ours"]:
                self.assertEqual(line["allocations_per_packet"], 0)
        self.each(check)

    def test_LinesHoldFiveRunsAndTheirMedian(self):
        def check(line):
            ns = line["ns_per_packet"]
            self.assertEqual(len(ns["runs"]), self.report["runs"])
            self.assertGreaterEqual(self.report["runs"], 5)
            self.assertEqual(ns["median"], statistics.median(ns["runs"]))
            self.assertEqual((ns["least"], ns["most"]), (min(ns["runs"]), max(ns["runs"])))
            self.assertGreater(ns["least"], 0)
            self.assertAlmostEqual(ns["spread"], (ns["most"] - ns["least"]) / ns["median"], places=3)
            self.assertGreater(line["packets"], 0)
            cycles = ns["median"] * self.report["machine"]["tsc_hz"] / 1e9
            self.assertAlmostEqual(line["cycles_per_packet"] / cycles, 1, places=3)
            self.assertTrue(0 <= line["off_cpu"] <= 1, line["off_cpu"])
        self.each(check)

    def test_PipelineHasItsFlowsAndBursts(self):
        known = {(line["flows"], line["burst"]) for line in self.lines if line["name"] == "known flows"}
        self.assertLessEqual({(10_000, 64), (10_000, 1), (100_000, 64)}, known)
        self.assertTrue(all(flows <= 100_000 for flows, _ in known), "--most-flows leaves out what has more")

    def test_OtherMixesHaveTheFlowsThatTheySay(self):
        lines = [line for line in self.lines if line["part"] == "pipeline, other mixes"]
        self.assertEqual({line["flows"] for line in lines}, {100_000})
        mixes = {(line["mix"], line["name"]) for line in lines}
        self.assertEqual(len(mixes), len(lines))
        for word in ("100 % IPv6", "30 % IPv6", "50 % VLAN", "IMIX", "SYN"):
            self.assertTrue(any(word in mix for mix, _ in mixes), word)
        for word in ("zipf 1.0", "one has 80 %", "SYN flood"):
            self.assertTrue(any(word in name for _, name in mixes), word)

    def test_NewHostsMakeFlowsGrow(self):
        flows = {(line["mix"], line["name"]): line["flows"] for line in self.lines if line["part"] == "capture replay"}
        for (mix, name), grown in flows.items():
            if name == "receive, pipeline and free, new hosts":
                self.assertGreater(grown, flows[mix, "receive, pipeline and free"], mix)

    def test_OthersStandBesideOurs(self):
        missing = {line["name"] for line in self.report["skipped"]}
        for word in NOT_EVERYWHERE - missing:
            lines = [line for line in self.lines if line["name"].startswith(word)]
            self.assertTrue(lines and not any(line["ours"] for line in lines), word)
            self.assertTrue(all(line["times_first"] for line in lines), word)

    def test_ComparisonsAreRatiosToTheirFirstLine(self):
        compared = [line for line in self.lines if line["times_first"] is not None]
        for part in ("checksum", "flow table: find and count", "content scan"):
            lines = [line for line in compared if line["part"] == part]
            self.assertGreaterEqual(len(lines), 2, part)
            for line in lines:
                ratio = line["ns_per_packet"]["median"] / lines[0]["ns_per_packet"]["median"]
                self.assertAlmostEqual(line["times_first"] / ratio, 1, places=3, msg=line["name"])

    def test_TableFitsATerminalOf120Columns(self):
        body = self.done.stdout.splitlines()
        long = [line for line in body if len(line) > 120 and not line.startswith(("machine", "build"))]
        self.assertEqual(long, [])
        for line in self.lines:
            self.assertIn(line["name"], self.done.stdout)


class Suricata(unittest.TestCase):
    """Its place is taken by a script: what is shown is how it is called, and that its failure is told."""

    def bench_with(self, script):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "suricata"
            program.write_text(f"#!/bin/sh\nset -eu\n{script}\n")
            program.chmod(0o755)
            report = pathlib.Path(folder) / "bench.json"
            done = run("--only", "capture", "--run-ms", "1", "--json", str(report), TMPDIR=folder,
                       PATH=f"{folder}:{os.environ['PATH']}")
            return done, json.loads(report.read_text() or "{}")

    def test_IsRunOverACaptureAndNextToNone(self):
        done, report = self.bench_with('[ "$1 $3 $4 $5" = "-r -S /dev/null -l" ]; cksum "$2" >"$6/eve.json"')
        self.assertEqual(done.returncode, 0, done.stderr)
        line = next(line for line in report["results"] if line["name"].startswith("Suricata"))
        self.assertFalse(line["ours"])
        self.assertGreater(line["packets"], 0)

    def test_ItsFailureIsTold(self):
        done, _ = self.bench_with("exit 1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("suricata", done.stderr)


class BadUse(unittest.TestCase):
    def refused(self, code, says, *arguments):
        done = run(*arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(says, done.stderr)

    def test_HelpTeaches(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--quick", "--json", "--only", "Exit code"):
            self.assertIn(word, done.stdout)

    def test_WrongUsageIsNamed(self):
        self.refused(2, "--fast: no such option", "--fast")
        self.refused(2, "--json: needs a value", "--json")
        self.refused(2, "no part 'nic'", "--only", "nic")
        self.refused(2, "'5x' is no number", "--run-ms", "5x")
        self.refused(2, "'0' is no number", "--most-flows", "0")

    def test_UnwritableFileIsToldBeforeMeasuring(self):
        self.refused(1, "/nowhere/bench.json: cannot write there: No such file", "--json", "/nowhere/bench.json")

    def test_BadCapturesAreNamed(self):
        with tempfile.TemporaryDirectory() as folder:
            missing, text, cut = (os.path.join(folder, name) for name in ("missing.pcap", "text.pcap", "cut.pcap"))
            pathlib.Path(text).write_text("this is no capture, only text of some length")
            header = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
            pathlib.Path(cut).write_bytes(header + bytes.fromhex("000000000000000040000000") + b"\x40\0\0\0" + b"short")
            for path in (missing, text, cut):
                with self.subTest(path=path):
                    self.refused(1, os.path.basename(path), "--only", "capture", "--run-ms", "1", path)


if __name__ == "__main__":
    BENCH = sys.argv.pop(1)
    unittest.main(verbosity=2)
