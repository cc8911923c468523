"""Two network namespaces with veth pairs between them: one end sends, the sensor stands on the other."""
import os
import shutil
import sys

from glacis_programs import run

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77   # ctest's SKIP_RETURN_CODE
OFFLOADS = ("tso", "gso", "gro", "tx")


def checked(*command):
    done = run(command)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def skip_unless_possible():
    """Ends the test program, saying why, where namespaces cannot be made."""
    why = None
    if os.geteuid() != 0:
        why = "network namespaces need root"
    elif not (shutil.which("ip") and shutil.which("ethtool")):
        why = "ip (iproute2) and ethtool are needed"
    else:
        name = f"glacis-try-{os.getpid()}"
        made = run(["ip", "netns", "add", name])
        if made.returncode != 0:
            why = "no network namespace can be made here: " + made.stderr.strip()
        else:
            checked("ip", "netns", "del", name)
    if why:
        print("skipped: " + why)
        sys.exit(SKIPPED)


class Wires:
    """with Wires() as wires: wires.add("a") makes a0 (sender's end) and a1 (sensor's end), up, offloads off.

    Nothing but what send() sends is on them: no IPv6, so no neighbour discovery, and no addresses, so no ARP.
    """

    def __enter__(self):
        number = os.getpid()
        self.sender, self.sensor = f"glacis-send-{number}", f"glacis-tap-{number}"
        self.sent = 0
        try:
            for namespace in (self.sender, self.sensor):
                checked("ip", "netns", "add", namespace)
                for which in ("all", "default"):
                    self._in(namespace, "sysctl", "-qw", f"net.ipv6.conf.{which}.disable_ipv6=1")
        except AssertionError:
            self.__exit__()  # half of a fixture would stand in the next test's way
            raise
        return self

    def __exit__(self, *_):
        for namespace in (self.sender, self.sensor):
            run(["ip", "netns", "del", namespace])

    @staticmethod
    def _in(namespace, *command):
        return checked("ip", "netns", "exec", namespace, *command)

    @property
    def within(self):
        """The words that start a command in the sensor's namespace."""
        return ("ip", "netns", "exec", self.sensor)

    def add(self, name, offloads="off", queues=1):
        count = ("numtxqueues", str(queues), "numrxqueues", str(queues))
        checked("ip", "-n", self.sender, "link", "add", name + "0", *count, "type", "veth",
                "peer", "name", name + "1", *count, "netns", self.sensor)
        for namespace, end in ((self.sender, name + "0"), (self.sensor, name + "1")):
            words = [word for offload in OFFLOADS for word in (offload, offloads)]
            self._in(namespace, "ethtool", "-K", end, *words)
            checked("ip", "-n", namespace, "link", "set", end, "up")

    def remove(self, name):
        """The sender's end goes, and with it the sensor's."""
        checked("ip", "-n", self.sender, "link", "del", name + "0")

    def set_sensor_end(self, name, state):
        checked("ip", "-n", self.sensor, "link", "set", name + "1", state)

    def set_sender_end(self, name, state):
        """down: the sensor's end has no carrier."""
        checked("ip", "-n", self.sender, "link", "set", name + "0", state)

    def at_sensor(self, *command):
        return self._in(self.sensor, *command)

    def send_from_kernel(self, name, source_port):
        """One datagram from a socket, as send() sends its SYN: the kernel's offloads have their say."""
        end = name + "0"
        checked("ip", "-n", self.sender, "addr", "replace", "10.1.7.3/8", "dev", end)
        checked("ip", "-n", self.sender, "neigh", "replace", "10.4.0.5", "lladdr", "02:00:00:00:00:02", "dev", end)
        say = ("import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
               f"s.bind(('10.1.7.3', {source_port}))\ns.sendto(b'glacis', ('10.4.0.5', 5432))\n")
        self._in(self.sender, sys.executable, "-c", say)
        self.sent += 1

    def send(self, name, source_port, count=1, flows=1):
        """`count` frames from each of `flows` source ports."""
        self._in(self.sender, sys.executable, os.path.join(HERE, "send_frames.py"),
                 name + "0", str(source_port), str(count), str(flows))
        self.sent += count * flows
