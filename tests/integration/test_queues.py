"""A port of several queues that another process fills over memif: each read by a worker of its own."""
import os
import unittest

from glacis_programs import Program, program
from queue_sensor import WORKERS, QueueSensor
from veth import skip_unless_possible

FLOWS, FIRST_MARK = 500, 60000   # as frame_sender.cpp has them
FRAMES = 4000   # no ring between workers can overflow, however late its worker comes


class Memif(QueueSensor):
    def memif(self, queues):
        """The sum of a sensor to which another process has sent frames, on queues at random."""
        socket = f"socket={os.path.join(self.folder, 'memif')},socket-abstract=no"
        sensor = self.sensor(f"net_memif0,role=server,{socket}", queues=queues)
        sender = self.blocks.enter_context(Program([
            *self.wires.within, program("frame_sender"), f"net_memif0,role=client,{socket}", str(queues), str(FRAMES)]))
        sent = int(sender.wait_stdout("sent ").split()[1])
        self.assertEqual(sent, FRAMES + queues)
        for queue in range(queues):
            sensor.wait_stdout(f'"src_port":{FIRST_MARK + queue},')
        numbers, flows = self.end(sensor, sent)
        self.assertEqual(sender.terminate(), 0, sender.told())
        self.assertEqual(numbers["processed"], sent, "memif loses nothing that it has taken")
        self.assertEqual(len(flows), FLOWS + queues)
        self.assertTrue(all(len(records) == 1 for records in flows.values()), "one owner and one record for each flow")
        self.assertEqual(sum(sum(records) for records in flows.values()), sent, "no packet twice")
        return numbers

    def test_two_queues_are_read_by_two_workers(self):
        # About half of what comes on a queue at random is the other worker's.
        self.assertGreater(self.memif(WORKERS)["handed_over"], FRAMES // 4)

    def test_one_queue_is_shared_out_by_a_distributor(self):
        self.assertEqual(self.memif(1)["handed_over"], 0)


if __name__ == "__main__":
    skip_unless_possible()
    unittest.main(verbosity=2)
