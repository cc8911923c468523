"""What a replay's options change in what is found, through both programs that replay."""
import json
import os
import sys
import unittest

from scapy.layers.l2 import Dot1Q

from glacis_programs import ROOT, folder, program, run

EVASION = os.path.join(ROOT, "tests", "cases", "evasion")
sys.path.insert(0, EVASION)
from wire import MARKER, Frame, Talk, ether, write_captures  # noqa: E402  (its folder is known here only)

MODEL = os.path.join(EVASION, "model.yaml")
USAGE = 2


class ReplayOptions(unittest.TestCase):
    def setUp(self):
        made = folder()
        self.folder = made.__enter__()
        self.addCleanup(made.__exit__, None, None, None)
        policy = os.path.join(self.folder, "policy")
        done = run([program("glacis"), "compile", MODEL, "-o", policy])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.programs = ([program("glacis"), "replay", "--model", MODEL], [program("glacis-sensor"), "replay", "--policy", policy])

    def capture(self, frames):
        ethernet = 1
        return write_captures(self.folder, [(ethernet, frames)])[0]

    def replayed(self, capture, *options):
        """The same of both programs: the summary, and by event type the EVE records."""
        told = []
        for command in self.programs:
            done = run([*command, "--flows", "--eve", "-", "--json", *options, capture])
            self.assertEqual(done.returncode, 0, done.stderr)
            told.append((done.stdout, json.loads(done.stderr.splitlines()[-1])))
        self.assertEqual(*told)
        eve, summary = told[0]
        records = [json.loads(line) for line in eve.splitlines()]
        alerts = [each["alert"]["metadata"] for each in records if each["event_type"] == "alert"]
        return summary, alerts, [each for each in records if each["event_type"] == "flow"]

    def marker_alerts(self, alerts):
        return [alert for alert in alerts if alert["element"] == ["never/n-marker"]]

    def test_trusted_checksums_are_not_asked(self):
        talk = Talk().open().client(0, MARKER, chksum=0x1234).server(0, b"answer", acks=len(MARKER))
        capture = self.capture(talk.done())
        for options, bad, reading in (([], 1, "other"), (["--checksums", "verify"], 1, "other"),
                                      (["--checksums=trust"], 0, "target")):
            with self.subTest(options=options):
                summary, alerts, _ = self.replayed(capture, *options)
                self.assertEqual(summary["bad_checksum"], bad)
                self.assertEqual(self.marker_alerts(alerts)[0]["reading"], [reading])
                self.assertEqual("abuse/bad-checksum" in [alert["element"][0] for alert in alerts], bad == 1)

    def test_two_directions_on_two_vlans_are_one_flow_if_vlans_are_not_in_the_key(self):
        talk = Talk().open().client(0, MARKER).server(0, b"answer", acks=len(MARKER))
        tagged = [Frame(ether() / Dot1Q(vlan=10 if each.packet.payload.src == "10.1.0.1" else 20) / each.packet.payload,
                        each.pause_ns) for each in talk.done()]
        capture = self.capture(tagged)
        for options, flows in (([], 2), (["--vlan-in-key", "true"], 2), (["--vlan-in-key", "false"], 1)):
            with self.subTest(options=options):
                summary, alerts, records = self.replayed(capture, *options)
                self.assertEqual(summary["flows"], flows)
                self.assertEqual(len(records), flows)
                self.assertEqual(self.marker_alerts(alerts)[0]["outcome"] == ["established"], flows == 1)
                both_ways = [each["flow"]["pkts_toserver"] * each["flow"]["pkts_toclient"] != 0 for each in records]
                self.assertEqual(both_ways, [True] if flows == 1 else [False, False])

    def test_what_stands_behind_the_depth_is_not_found(self):
        talk = Talk().open().client(0, b"." * 1400).client(1400, MARKER).server(0, acks=1400 + len(MARKER))
        capture = self.capture(talk.done())
        for options, found in (([], True), (["--stream-depth", "unlimited"], True), (["--stream-depth", "2KiB"], True),
                               (["--stream-depth", "1KiB"], False)):
            with self.subTest(options=options):
                _, alerts, records = self.replayed(capture, *options)
                self.assertEqual(bool(self.marker_alerts(alerts)), found)
                marks = records[0].get("metadata", {}).get("flowbits", [])
                self.assertEqual("unscanned.depth" in marks, not found)

    def test_a_wrong_value_or_name_is_wrong_usage(self):
        capture = self.capture(Talk().open().done())
        for words, says in ((["--checksums", "maybe"], "--checksums: needs verify or trust, not 'maybe'"),
                            (["--checksums", "verfy"], "did you mean 'verify'?"),
                            (["--vlan-in-key", "no"], "--vlan-in-key: needs true or false, not 'no'"),
                            (["--stream-depth", "1"], "--stream-depth: expected unlimited or a size from 1KiB to 1024GiB"),
                            (["--stream-dpeth", "1MiB"], "did you mean '--stream-depth'?"),
                            (["--vlan-in-kye", "true"], "did you mean '--vlan-in-key'?")):
            for command in self.programs:
                with self.subTest(words=words, program=command[0]):
                    done = run([*command, *words, capture])
                    self.assertEqual(done.returncode, USAGE, done.stderr)
                    self.assertIn(says, done.stderr)

    def test_the_help_names_them(self):
        for words in (["glacis", "replay", "--help"], ["glacis-sensor", "--help"]):
            done = run([program(words[0]), *words[1:]])
            self.assertEqual(done.returncode, 0)
            for option in ("--checksums", "--vlan-in-key", "--stream-depth"):
                self.assertIn(option, done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
