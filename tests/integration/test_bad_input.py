"""Bad input for the sensor: each a clear error that names the thing and the place, with the right exit code."""
import contextlib
import ctypes
import os
import re
import resource
import signal
import struct
import subprocess
import unittest

from glacis_programs import DEADLINE_S, Program, capture, compile_policy, folder, program, run, start_sensor, wait_until

FAILED, USAGE, CUT_SHORT = 1, 2, 3
FILE_HEADER, RECORD_HEADER = 24, 16   # of a pcap file


def hugepages():
    with open("/proc/meminfo", encoding="utf-8") as file:
        return int(re.search(r"HugePages_Total:\s+(\d+)", file.read())[1])


HUGEPAGES = hugepages()


def give_up_raw_sockets():
    """For good, whoever the program runs as. Another user would do, were every checkout open to all users."""
    pr_capbset_drop, cap_net_raw = 24, 13   # prctl(2), capabilities(7)
    if ctypes.CDLL(None, use_errno=True).prctl(pr_capbset_drop, cap_net_raw, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


class BadInput(unittest.TestCase):
    def setUp(self):
        blocks = contextlib.ExitStack()
        self.addCleanup(blocks.close)
        self.blocks = blocks
        self.folder = blocks.enter_context(folder())
        self.good = capture("lateral")
        self.policy = compile_policy("web-shop.yaml", self.folder)

    def write(self, name, content):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb" if isinstance(content, bytes) else "w") as file:
            file.write(content)
        return path

    def capture_bytes(self):
        with open(self.good, "rb") as file:
            return bytearray(file.read())

    def refused(self, code, *words, says, **options):
        """The sensor ends with `code` and says each of `says`; it never dies of a signal."""
        done = run([program("glacis-sensor"), *words], stdin=None, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        for text in says:
            self.assertIn(text, done.stderr)
        return done

    def replayed(self, code, captures, says, *words):
        return self.refused(code, "replay", "--policy", self.policy, "--json", *words, *captures, says=says)

    def live(self, code, *words, says, **options):
        state = os.path.join(self.folder, "state")
        return self.refused(code, "run", "--state", state, *words, says=says, **options)

    def sensor(self, *words, **options):
        sensor = self.blocks.enter_context(start_sensor(self.folder, *words, **options))
        sensor.wait_ready()
        return sensor

    # Interfaces.

    def test_a_missing_interface_is_named(self):
        self.live(FAILED, "--interface", "nosuch0", says=["nosuch0: no such interface"])

    def test_an_interface_name_that_is_too_long_is_named(self):
        self.live(FAILED, "--interface", "x" * 16, says=["x" * 16 + ": an interface name has at most 15 characters"])

    @unittest.skipUnless(os.geteuid() == 0, "gives up one of root's rights, so it needs them")
    def test_the_right_that_an_interface_needs_is_named(self):
        self.live(FAILED, "--interface", "lo", says=["lo: a packet socket cannot be opened", "CAP_NET_RAW"],
                  preexec_fn=give_up_raw_sockets)

    # Captures.

    def test_a_missing_capture_is_named(self):
        for start in (self.live, lambda code, _, path, says: self.replayed(code, [path], says)):
            start(FAILED, "--capture", "/nonexistent/a.pcap", says=["/nonexistent/a.pcap", "No such file"])

    def test_a_folder_is_no_capture(self):
        self.live(FAILED, "--capture", self.folder, says=[self.folder + ": not a regular file"])
        self.replayed(FAILED, [self.folder], [self.folder + ": not a regular file"])

    def test_an_empty_capture_and_a_cut_header_are_named(self):
        empty = self.write("empty.pcap", b"")
        self.replayed(FAILED, [empty], [empty + ": the capture is empty"])
        short = self.write("short.pcap", bytes(self.capture_bytes()[:FILE_HEADER - 1]))
        self.replayed(FAILED, [short], [short + ": the file header is cut short"])
        text = self.write("text.pcap", "this is no capture, it is a letter\n")
        self.replayed(FAILED, [text], [text])

    def test_a_link_type_that_is_not_known_is_named(self):
        data = self.capture_bytes()
        struct.pack_into("<I", data, 20, 147)
        path = self.write("link.pcap", bytes(data))
        self.replayed(FAILED, [path], [path + ": link type 147 is not supported"])
        self.live(FAILED, "--capture", path, says=[path + ": link type 147 is not supported"])

    def test_a_cut_capture_is_judged_up_to_the_cut(self):
        data = self.capture_bytes()
        first = FILE_HEADER + RECORD_HEADER + struct.unpack_from("<I", data, FILE_HEADER + 8)[0]
        path = self.write("cut.pcap", bytes(data[:first + 5]))
        says = [f"{path} at byte {first}: the last record header is cut short", '"packets":1,"processed":1']
        done = self.replayed(CUT_SHORT, [path], says)
        self.assertIn('"event_type":"alert"', done.stdout)

    def test_a_record_longer_than_its_file_is_named_with_its_place(self):
        data = self.capture_bytes()
        struct.pack_into("<I", data, FILE_HEADER + 8, 0xfffffff0)
        path = self.write("long.pcap", bytes(data))
        says = [f"{path} at byte {FILE_HEADER}: a record of 4294967280 bytes reaches past the end"]
        self.replayed(CUT_SHORT, [path], says)
        # Beside a good capture, which is judged to its end.
        done = self.replayed(CUT_SHORT, [path, self.good], says)
        self.assertEqual(done.stdout.count('"event_type":"alert"'),
                         self.replayed(0, [self.good], []).stdout.count('"event_type":"alert"'))

    def test_a_live_sensor_says_that_its_capture_was_cut_and_stays(self):
        path = self.write("cut.pcap", bytes(self.capture_bytes()[:-1]))
        sensor = self.sensor("--capture", path, "--pace", "none", "--policy", self.policy, "--eve", "-")
        sensor.wait_line(f"capture cut short: {path} at byte")
        sensor.wait_stdout('"event_type":"alert"')
        self.assertEqual(sensor.terminate(), 0)

    def test_a_cut_capture_that_loops_goes_on_and_is_told_once(self):
        with open(capture("ws-to-db"), "rb") as file:   # whose flows close, so that each round alerts
            path = self.write("cut.pcap", file.read()[:-1])
        in_a_round = self.replayed(CUT_SHORT, [path], []).stdout.count('"event_type":"alert"')
        sensor = self.sensor("--capture", path, "--loop", "--pace", "2000", "--policy", self.policy, "--eve", "-")
        sensor.wait_line(f"capture cut short: {path} at byte")
        told = len(sensor.stdout.all())
        wait_until(lambda: len(sensor.stdout.all()) > told + 3 * in_a_round, "further rounds", context=sensor.told)
        self.assertEqual(sensor.terminate(), 0)
        self.assertEqual(sensor.told().count("capture cut short"), 1)
        self.assertNotIn("is at its end", sensor.told())

    # Names and the state folder.

    def test_a_name_that_control_would_refuse_is_refused_at_the_start(self):
        self.live(USAGE, "--name", "a b/ü", "--capture", self.good, says=["name: 'a b/ü' is no plain name"])
        self.live(USAGE, "--tap", "t core", "--capture", self.good, says=["tap: 't core' is no plain name"])

    def test_a_second_sensor_on_a_state_folder_is_refused_and_the_first_goes_on(self):
        away = "unix:" + os.path.join(self.folder, "nobody.sock")
        first = self.sensor("--control", away, "--capture", self.good, "--policy", self.policy)
        first.wait_line("without the control plane")
        state = os.path.join(self.folder, "sensor")
        self.refused(FAILED, "run", "--state", state, "--control", away, "--capture", self.good,
                     says=[f"{state}: another glacis-sensor (process {first.process.pid}) uses this state folder"])
        self.assertTrue(first.running())
        self.assertEqual(first.terminate(), 0)
        self.assertEqual(first.told().count("without the control plane"), 1)

    # EVE lines.

    def test_an_eve_file_that_cannot_be_opened_is_named(self):
        blocked = os.path.join(self.write("file", "x"), "eve.json")   # root may write into any folder
        says = [blocked + ": cannot write EVE lines: Not a directory"]
        self.live(FAILED, "--capture", self.good, "--eve", blocked, says=says)
        self.replayed(FAILED, [self.good], says, "--eve", blocked)
        self.replayed(FAILED, [self.good], [self.folder + ": cannot write EVE lines: Is a directory"], "--eve", self.folder)

    def test_a_full_disk_fails_a_replay_and_counts_every_line(self):
        lines = self.replayed(0, [self.good], [], "--eve", "-").stdout.count("\n")
        self.assertGreater(lines, 1)
        self.replayed(FAILED, [self.good], [f"/dev/full: {lines} EVE lines could not be written: No space left"],
                      "--eve", "/dev/full")

    def test_a_disk_that_fills_up_breaks_one_line_and_loses_no_other_that_fitted(self):
        path = os.path.join(self.folder, "eve.json")
        whole = self.replayed(0, [self.good], []).stdout

        def small():   # the process alone: no disk is filled
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        fitting = whole[:4096].count("\n")
        self.refused(FAILED, "replay", "--policy", self.policy, "--eve", path, self.good, preexec_fn=small,
                     says=[f"{path}: {whole.count(chr(10)) - fitting} EVE lines could not be written: File too large"])
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), whole[:4096])

    def test_a_full_disk_does_not_stop_a_live_sensor(self):
        sensor = self.sensor("--capture", self.good, "--pace", "none", "--policy", self.policy, "--eve", "/dev/full")
        sensor.wait_line("EVE lines could not be written: No space left on device; what comes is tried again")
        self.assertTrue(sensor.running())
        self.assertEqual(sensor.terminate(), 0)
        self.assertIn("received 25 = processed 25", sensor.told())

    def test_a_reader_of_eve_lines_that_goes_away_does_not_stop_a_live_sensor(self):
        read, write = os.pipe()
        ready = os.path.join(self.folder, "ready")
        command = [program("glacis-sensor"), "run", "--state", self.folder, "--ready-file", ready, "--capture", self.good,
                   "--pace", "none", "--policy", self.policy, "--eve", f"/proc/self/fd/{write}"]
        with Program(command, ready_file=ready, pass_fds=[write]) as sensor:
            os.close(read)
            os.close(write)
            sensor.wait_line("EVE lines could not be written: Broken pipe")
            self.assertEqual(sensor.terminate(), 0)

    # State.

    def test_a_state_folder_that_cannot_be_made_is_named(self):
        blocked = os.path.join(self.write("file", "x"), "state")
        self.refused(FAILED, "run", "--state", blocked, "--capture", self.good, "--control", "unix:" + self.folder + "/s",
                     says=[blocked + ": cannot make the folder: Not a directory"])

    def test_a_damaged_stored_policy_is_told_and_the_sensor_goes_on(self):
        stored = self.write("sensor/policy.bin", "GLPOL001 but nothing that belongs behind it")
        sensor = self.sensor("--capture", self.good, "--policy", self.policy, "--eve", "-", "--pace", "none",
                             "--control", "unix:" + self.folder + "/away")
        sensor.wait_line(f"the stored policy is of no use: {stored}: the file is damaged (remove it;")
        sensor.wait_stdout('"event_type":"alert"')
        self.assertEqual(sensor.terminate(), 0)

    def test_a_damaged_trusted_version_is_refused_and_says_why(self):
        stored = self.write("state/trusted-version", "7")
        self.live(FAILED, "--capture", self.good, "--control", "unix:" + self.folder + "/away",
                  says=[stored + ": the file is damaged", "an older policy could be slipped in"])

    # Policies.

    def test_a_policy_that_is_none_is_named(self):
        garbage = self.write("garbage.bin", b"\x99this is no policy" * 20)
        empty = self.write("empty.bin", b"")
        for path, text in ((garbage, "not a policy"), (empty, "the policy is empty"),
                           (self.folder, "cannot read the policy: Is a directory"),
                           ("/nonexistent/p", "cannot read the policy: No such file")):
            with self.subTest(path=path):
                self.refused(FAILED, "replay", "--policy", path, self.good, says=[path + ": ", text])
                self.live(FAILED, "--capture", self.good, "--policy", path, says=[path + ": ", text])

    # Configuration and command line.

    def check(self, text, *says):
        path = self.write("sensor.yaml", text)
        for words in (["check", path], ["run", "--config", path, "--check"], ["run", "--config", path]):
            with self.subTest(words=words):
                self.refused(FAILED, *words, says=[path + where for where in says])

    def test_every_fault_of_a_configuration_is_told_with_its_place(self):
        self.check("workers:\n  cuont: 2\n  burst: many\nports: 3\n",
                   ":2:3: unknown key 'cuont' in workers (did you mean 'count'?)",
                   ":3:10: expected a whole number, not 'many'", ":4:8: ports must be a list")
        self.check("ports:\n  - {interface: a, capture: b}\n",
                   ":2:5: ports[0]: a port needs exactly one of interface, capture, vdev and pci")
        self.check("ports:\n  - {interface: eth1}\n  - {name: b, vdev: 'net_af_packet0,iface=eth1'}\n",
                   ":3:5: ports[1]: reads eth1, as ports[0] does")
        self.check("workers: {count: 17, poll: maybe}\n", ":1:28: poll must be adaptive or busy, not 'maybe'",
                   ":1:18: workers.count: must be between 1 and 16, not 17")
        self.check("ports: [{pci: '3:0.0'}]\n", ":1:9: ports[0]: '3:0.0' is no PCI address")
        self.check("name: [\n", ":2:")

    def test_a_pool_that_is_too_small_is_refused_with_the_least_that_is_needed(self):
        self.check("ports: [{interface: nosuch0}]\nworkers: {count: 3, mbufs: 4096}\n",
                   ":2:28: workers.mbufs: 4096 are too few, at least 14336 are needed")
        # Fine by itself, too small for what the command line asks.
        path = self.write("sensor.yaml", "ports: [{interface: nosuch0}]\nworkers: {mbufs: 4096}\n")
        self.refused(0, "run", "--config", path, "--check", says=[])
        self.refused(USAGE, "run", "--config", path, "--workers", "3", says=["workers.mbufs: 4096 are too few, at least 14336"])

    @unittest.skipIf(HUGEPAGES, "the machine has hugepages, so DPDK would start")
    def test_a_card_without_hugepages_is_told_what_it_needs(self):
        path = self.write("sensor.yaml", "ports: [{pci: '0000:7f:1f.7'}]\n")
        self.live(FAILED, "--config", path, says=["DPDK does not start", "a card needs 208 MiB of hugepages"])

    def test_a_configuration_that_cannot_be_read_is_named(self):
        for words in (["check"], ["run", "--config"]):
            self.refused(FAILED, *words, self.folder, says=[self.folder + ": cannot read the configuration: Is a directory"])
            self.refused(FAILED, *words, "/nonexistent.yaml", says=["/nonexistent.yaml: cannot read the configuration: No such"])

    def test_a_good_configuration_is_checked_and_not_run(self):
        path = self.write("sensor.yaml", "ports: [{interface: nosuch0}]\n")
        for words in (["check", path], ["run", "--config", path, "--check"], ["run", "--check", "--config", path, "--tap", "t"]):
            self.assertEqual(self.refused(0, *words, says=[]).stdout, path + ": fine\n")

    def test_wrong_usage_is_told_with_a_suggestion(self):
        for words, says in ((["rn"], "rn: unknown command (did you mean 'run'?)"),
                            (["run", "--contrl", "x"], "--contrl: unknown option (did you mean '--control'?)"),
                            (["replay", "--polcy=x", "c"], "--polcy=x: unknown option (did you mean '--policy'?)"),
                            (["check", "--zzzzzzzz"], "--zzzzzzzz: unknown option (see glacis-sensor --help)"),
                            (["run", "--interface"], "--interface: needs a value"),
                            (["run", "--workers", "99"], "--workers: needs a whole number from 1 to 16, not '99'"),
                            (["run", "--capture", self.good, "--pace", "12x"], "--pace: needs capture, none or packets per second"),
                            (["run", "word"], "word: unexpected word"),
                            (["run", "--interface", "a", "--capture", "b"], "exactly one of interface, capture, vdev and pci")):
            with self.subTest(words=words):
                self.refused(USAGE, *words, says=[says])
        self.live(FAILED, says=["no port to read from", "--interface or --capture"])

    def test_an_answer_that_cannot_be_written_is_no_success(self):
        path = self.write("sensor.yaml", "name: core-1\n")
        for words in (["--help"], ["--version"], ["check", path], ["run", "--check"]):
            with self.subTest(words=words), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([program("glacis-sensor"), *words], stdout=full, stderr=subprocess.PIPE, text=True,
                                      timeout=DEADLINE_S, check=False)
                self.assertEqual((done.returncode, done.stderr),
                                 (FAILED, "glacis-sensor: standard output: cannot write: No space left on device\n"))

    def test_an_address_of_the_control_plane_is_checked(self):
        for address, says in (("10.0.0.1:7443", "10.0.0.1:7443: plaintext goes to loopback or a Unix socket only"),
                              ("control.example", "control.example: is no address of a control plane (HOST:PORT"),
                              ("host:99999", "host:99999: is no address"), ("unix:", "unix:: is no address")):
            with self.subTest(address=address):
                self.live(FAILED, "--capture", self.good, "--control", address, says=[says])
        path = self.write("sensor.yaml", f"control: {{address: 'h:1', tls: {{ca: /nonexistent.pem, cert: {self.policy}, "
                          f"key: k}}}}\nports: [{{capture: {self.good}}}]\n")
        self.live(FAILED, "--config", path, says=["/nonexistent.pem: cannot open the file (named by control.tls)"])

    def test_a_ready_file_that_cannot_be_written_is_named(self):
        blocked = os.path.join(self.write("file", "x"), "ready")
        self.live(FAILED, "--capture", self.good, "--ready-file", blocked, says=[blocked + ": cannot write: Not a directory"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
