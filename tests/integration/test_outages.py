"""Nothing is lost and nothing is stored twice, whoever dies: the real programs, killed.

GLACIS_OUTAGE_S=60 keeps the control plane away for that long instead of until a thousand alerts wait.
"""
import collections
import json
import os
import struct
import time
import unittest

from control_plane import (fleet, push, start_control, states, stored_alerts, wait_connected,
                           wait_nothing_spooled)
from glacis_programs import capture, folder, start_sensor, wait_until

OUTAGE_S = float(os.environ.get("GLACIS_OUTAGE_S", "0"))
RECORD_HEADER = struct.Struct("<IIQ")   # length, CRC32C, sequence: sensor/alert/spool_segment.h


def busy_sensor(into, address, *options, name="core-1", case="ws-to-db", pace="2000"):
    """A sensor on a capture that alerts again and again: a rule that is broken folds nothing."""
    return start_sensor(into, "--control", address, "--name", name, "--tap", "t-core", "--capture",
                        capture(case), "--loop", "--pace", pace, *options)


def eve_alerts(path):
    """(key, revision) of each whole alert line."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")[:-1]
    out = []
    for line in lines:
        record = json.loads(line)
        if record["event_type"] == "alert":
            out.append((record["alert"]["metadata"]["key"][0], record["alert"]["rev"]))
    return out


def spooled_sequences(into):
    """Spool id -> sequences of the whole records that stand in its segments."""
    out = {}
    root = os.path.join(into, "sensor", "spool")
    for spool in sorted(os.listdir(root)):
        sequences = out.setdefault(spool, [])
        for name in sorted(os.listdir(os.path.join(root, spool))):
            if not name.endswith(".seg"):
                continue
            with open(os.path.join(root, spool, name), "rb") as file:
                data = file.read()
            at = 0
            while at + RECORD_HEADER.size <= len(data):
                length, _, sequence = RECORD_HEADER.unpack_from(data, at)
                at += RECORD_HEADER.size + length
                if at <= len(data):
                    sequences.append(sequence)
    return out


def sequences_by_spool(alerts):
    out = collections.defaultdict(list)
    for alert in alerts:
        out[alert["id"]["spool"]].append(int(alert["id"]["sequence"]))
    return out


class Outages(unittest.TestCase):
    def assert_each_once(self, alerts):
        """Every spool's sequences from 1 on, in order, without a gap or a repeat."""
        for spool, sequences in sequences_by_spool(alerts).items():
            self.assertEqual(sequences, list(range(1, len(sequences) + 1)), f"spool {spool}")

    def wait_stored(self, control, count):
        return wait_until(lambda: int(fleet(control)["stored_alerts"]) >= count, f"{count} alerts are stored",
                          context=control.told)

    def wait_told(self, eve, count):
        return wait_until(lambda: len(eve_alerts(eve)) >= count, f"{count} alerts in {eve}")

    def test_a_control_plane_that_is_away_costs_no_alert(self):
        with folder() as into:
            eve = os.path.join(into, "eve.json")
            with start_control(into) as control, busy_sensor(into, control.address, "--eve", eve) as sensor:
                wait_connected(control, "core-1")
                self.assertEqual(states(push(control, "web-shop.yaml"))[-1], "ACTIVE")
                self.wait_stored(control, 20)
                for _ in range(2):
                    control.kill()
                    if OUTAGE_S:
                        time.sleep(OUTAGE_S)
                    self.wait_told(eve, len(eve_alerts(eve)) + 1000)
                    control = start_control(into)
                    wait_connected(control, "core-1")
                with control:
                    self.assertEqual(sensor.terminate(), 0, sensor.told())
                    told = collections.Counter(eve_alerts(eve))
                    alerts = stored_alerts(control)
                    stored = collections.Counter((a["key"], a["revision"]) for a in alerts)
                    self.assertGreater(len(alerts), 2000, sensor.told())
                    self.assertEqual(stored, told)
                    self.assert_each_once(alerts)
                    self.assertEqual(control.terminate(), 0, control.told())

    def test_a_killed_sensor_loses_nothing_that_was_spooled(self):
        with folder() as into:
            eve = os.path.join(into, "eve.json")
            control = start_control(into)
            with control, busy_sensor(into, control.address, "--eve", eve) as sensor:
                wait_connected(control, "core-1")
                push(control, "web-shop.yaml")
                self.wait_stored(control, 20)
                control.kill()
                self.wait_told(eve, len(eve_alerts(eve)) + 500)
                sensor.kill()
            spooled = spooled_sequences(into)
            self.assertEqual(len(spooled), 1)
            self.assertGreater(sum(map(len, spooled.values())), 300)
            with start_control(into) as control, busy_sensor(into, control.address, case="allowed-day"):
                wait_connected(control, "core-1")
                wait_nothing_spooled(control, "core-1")
                alerts = stored_alerts(control)
                self.assert_each_once(alerts)
                stored = sequences_by_spool(alerts)
                for spool, sequences in spooled.items():
                    self.assertLessEqual(set(sequences), set(stored[spool]), f"spool {spool}")

    def test_sensors_killed_while_they_deliver_store_nothing_twice(self):
        with folder() as into, start_control(into) as control:
            for round_ in range(4):
                with busy_sensor(into, control.address, pace="4000") as sensor:
                    wait_connected(control, "core-1")
                    if round_ == 0:
                        push(control, "web-shop.yaml")
                    self.wait_stored(control, int(fleet(control)["stored_alerts"]) + 200)
                    sensor.kill()
            with busy_sensor(into, control.address, case="allowed-day") as sensor:
                wait_connected(control, "core-1")
                wait_nothing_spooled(control, "core-1")
                self.assertEqual(sensor.terminate(), 0, sensor.told())
            alerts = stored_alerts(control)
            self.assertEqual(len(sequences_by_spool(alerts)), 4)
            self.assert_each_once(alerts)


if __name__ == "__main__":
    unittest.main()
