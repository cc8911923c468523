"""From a packet to an alert at a SOC client and a new model on a running sensor: the real programs."""
import json
import os
import subprocess
import unittest

from control_plane import (counter, fleet, glacis, push, sensor_state, start_control, states, stored_alerts,
                           wait_connected)
from glacis_programs import capture, folder, model, program, run, start_sensor, wait_until


def sensor_on(into, address, case, *options, name="core-1", tap="t-core"):
    return start_sensor(into, "--control", address, "--name", name, "--tap", tap, "--capture", capture(case),
                        "--loop", *options)


def wait_alert(control, element):
    """Until an alert of this element has come over gRPC to a client that follows; it."""
    done = glacis(control, "alerts", "--follow", "--json", "--count", "1", "--element", element)
    if done.returncode != 0:
        raise AssertionError(f"alerts: exit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)["alert"]


def wait_running(control, name, version):
    def look():
        state = sensor_state(control, name)
        return state and state["connected"] and int(state["heartbeat"]["running_version"]) == version
    return wait_until(look, f"{name} runs policy {version}", context=control.told)


def text_of(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def bad_model(into):
    path = os.path.join(into, "broken.yaml")
    with open(model("web-shop.yaml"), encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("trust: 40", "trsut: 40").replace("to: shop", "to: shopp"))
    return path


class WholeLine(unittest.TestCase):
    def test_a_pushed_model_changes_what_a_running_sensor_alerts_on(self):
        with folder() as into, start_control(into) as control, \
                sensor_on(into, control.address, "remote-admin") as sensor:
            wait_connected(control, "core-1")
            self.assertEqual(states(push(control, "web-shop.yaml")), ["OFFERED", "WARMED", "ACTIVE"])
            first = wait_alert(control, "drift/unmodelled.crossing")
            self.assertEqual(first["rule"]["line"]["file"], "web-shop.yaml")
            self.assertEqual(first["model"]["version"], "1")
            events = push(control, "web-shop-next.yaml")
            self.assertEqual(states(events), ["OFFERED", "WARMED", "ACTIVE"])
            self.assertEqual(events[-1]["packets_lost_at_swap"], "0")
            alert = wait_alert(control, "never/n-lab-ssh")
            self.assertEqual(alert["service"], "22/tcp")
            self.assertEqual(alert["severity"], "SEVERITY_HIGH")
            self.assertEqual(alert["model"]["version"], "2")
            self.assertEqual(alert["tap"], "t-core")
            self.assertEqual(sensor.terminate(), 0, sensor.told())
            self.assertIn("processed", " ".join(sensor.stderr.all()))

    def test_a_refused_model_changes_nothing_and_names_every_fault(self):
        with folder() as into, start_control(into) as control, sensor_on(into, control.address, "allowed-day"):
            wait_connected(control, "core-1")
            push(control, "web-shop.yaml")
            wait_running(control, "core-1", 1)
            refused = glacis(control, "push", bad_model(into))
            self.assertEqual(refused.returncode, 1, refused.stderr)
            said = refused.stdout + refused.stderr
            self.assertIn("trsut", said)
            self.assertIn("did you mean 'trust'", said)
            self.assertIn("shopp", said)
            dry = glacis(control, "push", "--dry-run", model("web-shop-next.yaml"))
            self.assertEqual(dry.returncode, 0, dry.stderr)
            state = sensor_state(control, "core-1")
            self.assertEqual(state["desired_version"], "1")
            self.assertEqual([m["version"] for m in fleet(control)["models"]], ["1"])

    def test_each_tap_gets_its_policy_and_an_unknown_tap_is_refused(self):
        with folder() as a, folder() as b, folder() as c, start_control(a) as control, \
                sensor_on(a, control.address, "lateral"), \
                sensor_on(b, control.address, "egress", name="edge-1", tap="t-edge"):
            wait_connected(control, "core-1")
            wait_connected(control, "edge-1")
            events = push(control, "web-shop.yaml")
            active = {e["sensor"]: e["digest"] for e in events if e.get("state") == "ROLLOUT_STATE_ACTIVE"}
            self.assertEqual(set(active), {"core-1", "edge-1"})
            self.assertNotEqual(active["core-1"], active["edge-1"])
            with sensor_on(c, control.address, "egress", name="lost-1", tap="t-attic"):
                control.wait_line("t-attic")
                self.assertIsNone(sensor_state(control, "lost-1"))

    def test_a_sensor_detects_without_its_control_plane_on_the_policy_of_its_last_run(self):
        with folder() as into:
            with start_control(into) as control, sensor_on(into, control.address, "remote-admin") as sensor:
                wait_connected(control, "core-1")
                push(control, "web-shop-next.yaml")
                self.assertEqual(sensor.terminate(), 0, sensor.told())
                self.assertEqual(control.terminate(), 0, control.told())
            eve = os.path.join(into, "eve.json")
            with sensor_on(into, control.address, "remote-admin", "--eve", eve) as sensor:
                sensor.wait_line("policy version 1 from disk")
                wait_until(lambda: "never/n-lab-ssh" in text_of(eve), "an alert of the stored policy",
                           context=sensor.told)
                # When control is back it learns what runs, and sends nothing.
                with start_control(into) as again:
                    wait_connected(again, "core-1")
                    wait_running(again, "core-1", 1)
                    state = sensor_state(again, "core-1")
                    self.assertEqual(state["policy"]["state"], "POLICY_STATE_ACTIVE")
                    self.assertEqual(state["policy"]["nonce"], "0", "it was offered what it runs")
                    wait_alert(again, "never/n-lab-ssh")

    def test_the_sensors_counters_reach_the_control_plane_and_balance(self):
        with folder() as into, start_control(into) as control, sensor_on(into, control.address, "allowed-day"):
            wait_connected(control, "core-1")

            def counted():
                state = sensor_state(control, "core-1")
                return state if state and counter(state, "rx_packets_total") > 200 else None
            state = wait_until(counted, "packets are counted", context=control.told)
            unkeyed = sum(int(c["value"]) for c in state["heartbeat"]["counters"] if c["name"] == "unkeyed_packets_total")
            # The heartbeat is taken over a running engine: the parts may be a burst apart.
            difference = counter(state, "rx_packets_total") - counter(state, "processed_packets_total") - unkeyed
            self.assertLessEqual(abs(difference), 64)
            self.assertEqual(counter(state, "lost_packets_total", "reason=missed"), 0)


class MutualTls(unittest.TestCase):
    """The same line on a TCP port, where every client must show a certificate with one SPIFFE id."""

    def certificate(self, into, name, spiffe_id=None, dns=None):
        key, request, cert = (os.path.join(into, f"{name}.{end}") for end in ("key", "csr", "pem"))
        extension = os.path.join(into, f"{name}.ext")
        names = [f"URI:{spiffe_id}"] if spiffe_id else []
        names += [f"DNS:{dns}", "IP:127.0.0.1"] if dns else []
        with open(extension, "w", encoding="utf-8") as file:
            file.write(f"subjectAltName={','.join(names)}\nbasicConstraints=CA:FALSE\n")
        subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request,
                        "-subj", f"/CN={name}"], check=True, capture_output=True)
        subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", os.path.join(into, "ca.pem"), "-CAkey",
                        os.path.join(into, "ca.key"), "-CAcreateserial", "-out", cert, "-days", "2", "-extfile",
                        extension], check=True, capture_output=True)
        return ["--tls-ca", os.path.join(into, "ca.pem"), "--tls-cert", cert, "--tls-key", key]

    def authority(self, into):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
                        "-keyout", os.path.join(into, "ca.key"), "-out", os.path.join(into, "ca.pem")],
                       check=True, capture_output=True)

    def sensor_config(self, into, address, tls):
        path = os.path.join(into, "sensor.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"name": "core-1", "tap": "t-core",
                       "control": {"address": address, "tls": {"ca": tls[1], "cert": tls[3], "key": tls[5]}},
                       "ports": [{"name": "tap", "capture": capture("remote-admin"), "loop": "true"}]}, file)
        return path

    def test_the_whole_line_with_certificates_and_only_with_them(self):
        with folder() as into:
            self.authority(into)
            server = self.certificate(into, "control", dns="localhost")
            sensor_tls = self.certificate(into, "core-1", "spiffe://example/sensor/core-1")
            architect = self.certificate(into, "ada", "spiffe://example/architect/ada")
            soc = self.certificate(into, "sam", "spiffe://example/soc/sam")
            with start_control(into, *server, listen="127.0.0.1:0") as control, \
                    start_sensor(into, "--config", self.sensor_config(into, control.address, sensor_tls)):
                def pushed():
                    done = glacis(control, "push", model("web-shop-next.yaml"), *architect)
                    return done.returncode == 0 and "ACTIVE" in done.stdout
                wait_until(lambda: "core-1" in glacis(control, "status", *soc).stdout, "the sensor is here",
                           context=control.told)
                self.assertTrue(pushed())
                seen = glacis(control, "alerts", "--follow", "--count", "1", "--element", "never/n-lab-ssh", *soc)
                self.assertEqual(seen.returncode, 0, seen.stderr)
                self.assertIn("servers are managed from the jump host", seen.stdout)
                wrong_role = glacis(control, "push", model("web-shop.yaml"), *soc)
                self.assertNotEqual(wrong_role.returncode, 0)
                self.assertIn("role 'soc' may not call ModelService", wrong_role.stderr)
                self.assertNotEqual(glacis(control, "alerts", *architect).returncode, 0)
                self.assertNotEqual(glacis(control, "status").returncode, 0, "plaintext")

    def test_plaintext_is_not_served_beyond_this_machine(self):
        with folder() as into:
            done = run([program("glacis-control"), "--state", into, "--listen", "0.0.0.0:0"])
            self.assertEqual(done.returncode, 1)
            self.assertIn("0.0.0.0:0", done.stderr)


if __name__ == "__main__":
    unittest.main()
