"""A live sensor on two veth ports that go down, vanish and come back; what the kernel loses; offloads."""
import json
import os
import signal
import unittest

from accounting import accounted, last_words
from control_plane import glacis, sensor_state, start_control, wait_connected
from glacis_programs import program, run, wait_until
from veth import skip_unless_possible
from wired_test import WiredTest

RING = 65536   # frames that the port's ring holds


class Ports(WiredTest):
    def sensor(self, *names, more=""):
        """A sensor on the sensor's end of each wire, ready."""
        ports = ", ".join(f"{{name: tap-{name}, interface: {name}1}}" for name in names)
        return self.start_with(f"ports: [{ports}]\nalerts: {{eve: '-'}}\n{more}")

    def see(self, sensor, name, source_port):
        """One frame on a wire becomes an alert that names the port."""
        self.wires.send(name, source_port)
        alert = json.loads(sensor.wait_stdout(f'"src_port":{source_port},'))
        self.assertEqual(alert["in_iface"], f"tap-{name}")

    def end(self, sensor):
        """Ends it; what it received and missed of all that was sent, by its own last words."""
        self.assertEqual(sensor.terminate(), 0, sensor.told())
        count = accounted(sensor, self.wires.sent)
        return count["received"], count["missed"], last_words(sensor)

    def test_a_port_that_vanishes_is_attached_again_and_the_other_goes_on(self):
        self.wires.add("a")
        self.wires.add("b")
        sensor = self.sensor("a", "b")
        self.see(sensor, "a", 1001)
        self.see(sensor, "b", 1002)

        self.wires.remove("b")
        sensor.wait_line("port tap-b has VANISHED")
        self.see(sensor, "a", 1003)

        self.wires.add("b")
        sensor.wait_line("port tap-b is attached again")
        self.see(sensor, "b", 1004)
        self.see(sensor, "a", 1005)
        received, missed, last = self.end(sensor)
        self.assertEqual((received, missed), (self.wires.sent, 0), last)
        # The new pair may lose its carrier once more while both of its ends come up.
        self.assertRegex(last, "[12] times a port was down; 1 times a port was attached again")

    def test_a_port_sees_frames_for_others_and_leaves_its_interface_as_it_was(self):
        self.wires.add("a")

        def promiscuous():
            return "promiscuity 1" in self.wires.at_sensor("ip", "-d", "link", "show", "a1")
        self.assertFalse(promiscuous())
        sensor = self.sensor("a")
        self.assertTrue(promiscuous())
        sensor.kill()
        self.assertFalse(promiscuous())

    def test_an_interface_that_is_switched_off_at_the_start_is_named(self):
        self.wires.add("a")
        self.wires.set_sensor_end("a", "down")
        done = run([*self.wires.within, program("glacis-sensor"), "run", "--interface", "a1"])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("a1: the interface is switched off (ip link set a1 up)", done.stderr)

    def test_a_port_is_replaced_unseen_between_two_looks(self):
        self.wires.add("a")
        sensor = self.sensor("a")
        self.see(sensor, "a", 1001)
        os.kill(sensor.process.pid, signal.SIGSTOP)   # it cannot look in between
        self.wires.remove("a")
        self.wires.add("a")
        os.kill(sensor.process.pid, signal.SIGCONT)
        sensor.wait_line("port tap-a is attached again")
        self.see(sensor, "a", 1002)
        self.assertEqual(self.end(sensor)[0], self.wires.sent)

    def test_what_a_vanished_port_still_holds_is_read(self):
        self.wires.add("a")
        sensor = self.sensor("a")
        os.kill(sensor.process.pid, signal.SIGSTOP)
        self.wires.send("a", 1001, 5000)
        self.wires.remove("a")
        os.kill(sensor.process.pid, signal.SIGCONT)
        sensor.wait_line("port tap-a has VANISHED")
        self.wires.add("a")
        sensor.wait_line("port tap-a is attached again")
        received, missed, last = self.end(sensor)
        # The kernel's own backlog goes with the interface; what it dropped there, it counted there.
        self.assertEqual(received, self.wires.sent - missed, last)

    def test_links_that_go_down_come_up_by_themselves(self):
        self.wires.add("a")
        self.wires.add("b")
        sensor = self.sensor("a", "b")
        for turn, switch in enumerate((self.wires.set_sensor_end, self.wires.set_sender_end)):
            with self.subTest(switch=switch.__name__):
                said = len(sensor.stderr.all())
                switch("b", "down")
                sensor.wait_line("port tap-b is DOWN", said)
                self.see(sensor, "a", 1010 + turn)
                switch("b", "up")
                sensor.wait_line("port tap-b is up", said)
                self.see(sensor, "b", 1020 + turn)
        received, missed, last = self.end(sensor)
        self.assertEqual((received, missed), (self.wires.sent, 0), last)
        self.assertIn("2 times a port was down", last)
        self.assertNotIn("attached again", last)

    def test_what_the_kernel_loses_is_missed(self):
        self.wires.add("a")
        sensor = self.sensor("a")
        os.kill(sensor.process.pid, signal.SIGSTOP)
        self.wires.send("a", 1001, RING + 4000)
        os.kill(sensor.process.pid, signal.SIGCONT)
        self.see(sensor, "a", 1002)   # behind the others: they have been read
        received, missed, last = self.end(sensor)
        self.assertGreaterEqual(missed, 4000, last)
        self.assertEqual(received + missed, self.wires.sent, last)

    def test_an_operator_sees_that_packets_are_lost(self):
        control = self.blocks.enter_context(start_control(self.folder))
        self.wires.add("a")
        sensor = self.sensor("a", more=f"name: core-1\ncontrol: {{address: '{control.address}'}}\n")
        wait_connected(control, "core-1")
        self.assertEqual(sensor_state(control, "core-1")["heartbeat"]["health"], "HEALTH_OK")
        os.kill(sensor.process.pid, signal.SIGSTOP)
        self.wires.send("a", 1001, RING + 4000)
        os.kill(sensor.process.pid, signal.SIGCONT)
        said = wait_until(lambda: next((line for line in glacis(control, "status").stdout.splitlines()
                                        if "degraded: loses" in line), None), "a reason", context=sensor.told)
        self.assertRegex(said, r"degraded: loses \d{4,} packets missed before the sensor; since 20")
        sensor.wait_line("loses ")   # also where there is no control plane to ask
        self.see(sensor, "a", 1002)
        self.end(sensor)

    def test_offloads_are_warned_about_with_the_command_against_them(self):
        self.wires.add("a", offloads="on")
        sensor = self.sensor("a")
        warning = sensor.wait_line("warning: port tap-a")
        self.assertIn("tso, gso, gro, tx of a1 are on", warning)
        command = warning.split("switch them off with: ")[1].split()
        self.end(sensor)

        self.wires.at_sensor(*command)
        sensor = self.sensor("a")
        self.see(sensor, "a", 1001)
        self.end(sensor)
        self.assertNotIn("warning", sensor.told())

    def test_bad_checksums_of_an_offload_are_counted_and_judged(self):
        self.wires.add("a", offloads="on")
        sensor = self.sensor("a")
        self.wires.send_from_kernel("a", 40001)   # which leaves the checksum to a card that is not there
        sensor.wait_stdout('"src_port":40001,')
        last = self.end(sensor)[2]
        self.assertRegex(last, r"; [1-9]\d* packets with a bad checksum, judged all the same")


if __name__ == "__main__":
    skip_unless_possible()
    unittest.main(verbosity=2)
