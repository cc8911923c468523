"""A veth pair of two queues read by af_xdp.

The driver counts an interface's "combined" channels, of which veth has none, and then allows a port one queue: so
each queue is a port of its own, and a distributor reads both.
"""
import json
import os
import signal
import socket
import sys
import unittest

from queue_sensor import QueueSensor
from veth import SKIPPED, skip_unless_possible

AF_XDP = 44   # <bits/socket.h>; Python has no name for it
FLOWS, FRAMES = 12, 80   # fewer together than one queue's receive ring holds (1024), however late its reader comes
TOO_MANY = 800           # of each flow: more than both rings hold


class AfXdp(QueueSensor):
    def start(self):
        self.wires.add("a", queues=2)
        return self.sensor(*(f"net_af_xdp{queue},iface=a1,start_queue={queue},queue_count=1" for queue in (0, 1)))

    def send_last(self, sensor):
        """The kernel puts each flow on some queue; with so many some last frames are on either."""
        self.wires.send("a", 2000, flows=FLOWS)
        for flow in range(FLOWS):
            sensor.wait_stdout(f'"src_port":{2000 + flow},')

    def test_both_queues_of_a_veth_pair_are_read(self):
        sensor = self.start()
        self.wires.send("a", 1000, FRAMES, FLOWS)
        self.send_last(sensor)
        numbers, flows = self.end(sensor, self.wires.sent)
        self.assertEqual(numbers["processed"], self.wires.sent)
        self.assertEqual(len(flows), 2 * FLOWS)
        self.assertTrue(all(len(records) == 1 for records in flows.values()), "one owner and one record for each flow")
        ports = {json.loads(line).get("in_iface") for line in sensor.stdout.all()}
        self.assertEqual(ports, {"net_af_xdp0", "net_af_xdp1"})

    def test_what_finds_its_rings_full_is_missed(self):
        sensor = self.start()
        os.kill(sensor.process.pid, signal.SIGSTOP)
        self.wires.send("a", 1000, TOO_MANY, FLOWS)
        os.kill(sensor.process.pid, signal.SIGCONT)
        sensor.wait_stdout('"src_port":1000,')   # it reads: there is room for the last ones
        self.send_last(sensor)
        numbers, _ = self.end(sensor, self.wires.sent)
        self.assertGreater(numbers["missed"], 0)


def skip_without_af_xdp():
    try:
        socket.socket(AF_XDP, socket.SOCK_RAW).close()
    except OSError as error:
        print(f"skipped: the kernel refuses AF_XDP sockets: {error}")
        sys.exit(SKIPPED)


if __name__ == "__main__":
    skip_unless_possible()
    skip_without_af_xdp()
    unittest.main(verbosity=2)
