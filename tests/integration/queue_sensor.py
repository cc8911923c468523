"""What tests of ports with several queues have in common: a sensor on a DPDK device, its sum and its flows."""
import contextlib
import json
import os
import unittest

from accounting import accounted
from glacis_programs import compile_policy, folder, start_sensor
from veth import Wires

WORKERS = 2


class QueueSensor(unittest.TestCase):
    def setUp(self):
        blocks = contextlib.ExitStack()
        self.addCleanup(blocks.close)
        self.folder = blocks.enter_context(folder())
        self.wires = blocks.enter_context(Wires())
        self.blocks = blocks

    def sensor(self, *devices, queues=1):
        """A sensor of two workers with DPDK devices as its ports, ready."""
        policy = compile_policy("web-shop.yaml", self.folder)
        config = os.path.join(self.folder, "sensor.yaml")
        ports = ", ".join(f"{{vdev: '{device}', queues: {queues}}}" for device in devices)
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"ports: [{ports}]\npolicy: {policy}\n"
                       f"workers: {{count: {WORKERS}}}\nalerts: {{eve: '-', flows: true}}\n")
        sensor = self.blocks.enter_context(start_sensor(self.folder, "--config", config, within=self.wires.within))
        sensor.wait_ready()
        return sensor

    def end(self, sensor, sent):
        """Ends it; the numbers of its sum, which comes out on both sides, and each flow's packets by source port."""
        self.assertEqual(sensor.terminate(), 0, sensor.told())
        numbers = accounted(sensor, sent)
        flows = {}
        for record in (json.loads(line) for line in sensor.stdout.all()):
            if record["event_type"] == "flow":
                flows.setdefault(record["src_port"], []).append(record["flow"]["pkts_toserver"])
        return numbers, flows
