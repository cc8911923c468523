"""What tests of live ports have in common: a folder, wires between namespaces, a sensor on their ends."""
import contextlib
import os
import unittest

from glacis_programs import compile_policy, folder, start_sensor
from veth import Wires


class WiredTest(unittest.TestCase):
    def setUp(self):
        blocks = contextlib.ExitStack()
        self.addCleanup(blocks.close)
        self.folder = blocks.enter_context(folder())
        self.wires = blocks.enter_context(Wires())
        self.blocks = blocks

    def start_with(self, configuration):
        """A sensor with the web shop's policy and the rest of this configuration, ready."""
        policy = compile_policy("web-shop.yaml", self.folder)
        config = os.path.join(self.folder, "sensor.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"policy: {policy}\n{configuration}")
        sensor = self.blocks.enter_context(start_sensor(self.folder, "--config", config, within=self.wires.within))
        sensor.wait_ready()
        return sensor
