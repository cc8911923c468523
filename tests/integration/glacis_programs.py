"""Starts the real programs for the integration tests and waits for what they say.

Nothing here sleeps to let something happen: wait_until() looks again until it is true or too late, and
what it waited for stands in the failure beside everything the program said.
"""
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from accounting import accounted

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEADLINE_S = 60   # far above what a loaded machine needs; only a failing test waits so long
LOOK_AGAIN_S = 0.02


def program(name):
    """The path of glacis, glacis-sensor or glacis-control, from GLACIS, GLACIS_SENSOR, GLACIS_CONTROL."""
    variable = name.upper().replace("-", "_")
    path = os.environ.get(variable)
    if not path:
        raise RuntimeError(f"{variable} must name the program {name}; ctest sets it")
    return path


def model(name):
    return os.path.join(ROOT, "configs", "models", name)


def capture(case):
    return os.path.join(ROOT, "tests", "cases", case, "traffic.pcap")


def wait_until(true, what, deadline_s=DEADLINE_S, context=lambda: ""):
    """Returns the first true value of true(); fails naming `what` when none comes in time."""
    end = time.monotonic() + deadline_s
    while True:
        value = true()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}\n{context()}")
        time.sleep(LOOK_AGAIN_S)


@contextlib.contextmanager
def folder():
    """A folder that is gone afterwards. Its name is short: Unix socket paths have 107 bytes."""
    path = tempfile.mkdtemp(prefix="glacis")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def run(command, deadline_s=DEADLINE_S, **options):
    """Runs to the end: returncode, stdout and stderr as text."""
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=deadline_s,
                          check=False, **options)


def compile_policy(name, into, *options):
    """Compiles a shipped model; the policy's path."""
    path = os.path.join(into, "policy.bin")
    done = run([program("glacis"), "compile", model(name), "-o", path, *options])
    if done.returncode != 0:
        raise AssertionError(f"the model {name} does not compile:\n{done.stderr}")
    return path


class Lines:
    """What a pipe says, line by line, read by a thread of its own so that the program never waits."""

    def __init__(self, pipe):
        self._lines = []
        self._pipe = pipe
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self._pipe:
            self._lines.append(line.rstrip("\n"))
        self._pipe.close()

    def all(self):
        return list(self._lines)

    def join(self):
        self._thread.join(DEADLINE_S)
        return self.all()


class Program:
    """A running program; as a context manager it does not outlive its block.

    with Program([program("glacis-sensor"), "run", ...], ready_file=path) as sensor:
        sensor.wait_ready()
        sensor.wait_line("port veth1 is DOWN")
        code = sensor.terminate()
    """

    def __init__(self, command, ready_file=None, **options):
        self.command = command
        self.ready_file = ready_file
        if ready_file and os.path.exists(ready_file):
            os.remove(ready_file)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, errors="replace", **options)
        self.stdout = Lines(self.process.stdout)
        self.stderr = Lines(self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.running():
            self.kill()
        self.stdout.join()
        self.stderr.join()

    def running(self):
        return self.process.poll() is None

    def told(self):
        """For a failure: what ran, whether it still does, and everything it said."""
        state = "runs" if self.running() else f"ended with {self.process.returncode}"
        return "\n".join([f"{' '.join(self.command)} ({state})", *self.stderr.all()[-40:]])

    def _wait(self, true, what, deadline_s):
        def look():
            value = true()
            # In this order: what it said before it ended counts.
            if not value and not self.running():
                self.stdout.join()
                self.stderr.join()
                value = true()
                if not value:
                    raise AssertionError(f"ended before: {what}\n{self.told()}")
            return value
        return wait_until(look, what, deadline_s, self.told)

    def wait_ready(self, deadline_s=DEADLINE_S):
        """Until it has written its ready file; its content."""
        def read():
            with contextlib.suppress(FileNotFoundError), open(self.ready_file, encoding="utf-8") as file:
                text = file.read()
                return text if text.endswith("\n") else None
            return None
        return self._wait(read, f"{self.ready_file} is written", deadline_s)

    def wait_line(self, part, after=0, deadline_s=DEADLINE_S):
        """Until a line on stderr from number `after` on contains `part`; that line."""
        def find():
            return next((line for line in self.stderr.all()[after:] if part in line), None)
        return self._wait(find, f"'{part}' on stderr", deadline_s)

    def wait_stdout(self, part, after=0, deadline_s=DEADLINE_S):
        def find():
            return next((line for line in self.stdout.all()[after:] if part in line), None)
        return self._wait(find, f"'{part}' on stdout", deadline_s)

    def wait_exit(self, deadline_s=DEADLINE_S):
        """Until it has ended by itself; its exit code."""
        try:
            code = self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end within {deadline_s} s\n{self.told()}") from None
        self.stdout.join()
        self.stderr.join()
        return code

    def terminate(self, deadline_s=DEADLINE_S):
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait_exit(deadline_s)

    def kill(self):
        """SIGKILL: nothing is flushed, drained or closed."""
        self.process.kill()
        return self.wait_exit()


class Sensor(Program):
    def terminate(self, deadline_s=DEADLINE_S):
        """As Program; what it received is accounted for."""
        code = super().terminate(deadline_s)
        if code == 0:
            accounted(self)
        return code

    def __exit__(self, failed, *_):
        """One that still runs is ended, so that its sum is looked at in every test; in one that fails it is killed."""
        try:
            if self.running() and not failed and self.terminate() != 0:
                raise AssertionError(f"the sensor ended badly\n{self.told()}")
        finally:
            super().__exit__()


def start_sensor(into, *options, within=(), **popen):
    """A live sensor with its state in `into`, under the command `within` (a namespace, say)."""
    ready = os.path.join(into, "sensor.ready")
    state = os.path.join(into, "sensor")
    command = [*within, program("glacis-sensor"), "run", "--state", state, "--ready-file", ready, *options]
    return Sensor(command, ready_file=ready, **popen)
