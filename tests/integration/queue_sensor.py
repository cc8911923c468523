"""What tests of ports with several queues have in common: a sensor on a DPDK device, its sum and its flows."""
import json

from accounting import accounted
from wired_test import WiredTest

WORKERS = 2


class QueueSensor(WiredTest):
    def sensor(self, *devices, queues=1):
        """A sensor of two workers with DPDK devices as its ports, ready."""
        # Their sender repeats its frames.
        ports = ", ".join(f"{{vdev: '{device}', queues: {queues}, duplicates: ignore}}" for device in devices)
        return self.start_with(f"ports: [{ports}]\nworkers: {{count: {WORKERS}}}\nalerts: {{eve: '-', flows: true}}\n")

    def end(self, sensor, sent):
        """Ends it; the numbers of its sum, which comes out on both sides, and each flow's packets by source port."""
        self.assertEqual(sensor.terminate(), 0, sensor.told())
        numbers = accounted(sensor, sent)
        flows = {}
        for record in (json.loads(line) for line in sensor.stdout.all()):
            if record["event_type"] == "flow":
                flows.setdefault(record["src_port"], []).append(record["flow"]["pkts_toserver"])
        return numbers, flows
