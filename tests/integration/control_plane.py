"""The control plane and the `glacis` command, for the tests that run the whole line."""
import json
import os

from glacis_programs import Program, model, program, run, wait_until


def start_control(into, *options, name="control", listen=None):
    """glacis-control with its store in `into`; listens on a Unix socket there unless told otherwise."""
    ready = os.path.join(into, f"{name}.ready")
    listen = listen or f"unix:{into}/{name}.sock"
    command = [program("glacis-control"), "--state", os.path.join(into, name), "--listen", listen,
               "--ready-file", ready, *options]
    control = Program(command, ready_file=ready)
    control.address = control.wait_ready().split()[0]
    return control


def glacis(control, *words, **options):
    """Runs `glacis WORDS --control ADDRESS`; the address may outlive the control plane."""
    address = control if isinstance(control, str) else control.address
    return run([program("glacis"), *words, "--control", address], **options)


def push(control, name, *options):
    """Pushes a shipped model and waits for its rollout; the events, each with sensor and state."""
    done = glacis(control, "push", model(name), "--json", *options)
    if done.returncode != 0:
        raise AssertionError(f"push {name}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def states(events):
    return [event["state"].removeprefix("ROLLOUT_STATE_") for event in events if "state" in event]


def stored_alerts(control):
    """Every revision in the store, in its order."""
    done = glacis(control, "alerts", "--json")
    if done.returncode != 0:
        raise AssertionError(f"alerts: exit {done.returncode}\n{done.stderr}")
    return [json.loads(line)["alert"] for line in done.stdout.splitlines()]


def fleet(control):
    done = glacis(control, "status", "--json")
    if done.returncode != 0:
        raise AssertionError(f"status: exit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


def sensor_state(control, name):
    return next((s for s in fleet(control)["sensors"] if s["sensor"] == name), None)


def counter(state, name, label=""):
    """A counter of the sensor's last heartbeat; 0 when it has not said it."""
    for item in state.get("heartbeat", {}).get("counters", []):
        if item["name"] == name and item["label"] == label:
            return int(item["value"])
    return 0


def wait_connected(control, name):
    def look():
        state = sensor_state(control, name)
        return state if state and state["connected"] else None
    return wait_until(look, f"sensor {name} is connected", context=control.told)


def wait_nothing_spooled(control, name):
    """Until the sensor has said, after its last alert, that its spool is empty."""
    def look():
        state = sensor_state(control, name)
        return state and state["connected"] and int(state.get("heartbeat", {}).get("spooled_alerts", "1")) == 0
    return wait_until(look, f"the spool of {name} is empty", context=control.told)
