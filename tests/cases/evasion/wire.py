"""What the cases are made of: two ends, a marker, frames with fixed times, the table of cases.

A case is a function `case_NAME(version)` that gives its frames in their order; what must be seen of them stands
above it. The same call gives the same bytes.
"""
import os
import struct
from dataclasses import dataclass, field

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw

OUTER_FROM, OUTER_TO = "192.0.2.1", "192.0.2.2"   # of a tunnel
CLIENT = {4: "10.1.0.1", 6: "fd00:1::1"}
SERVER = {4: "10.2.0.2", 6: "fd00:2::2"}
# Hosts of each family beside the server, which says nothing and so is as Linux.
STACKS = ("linux", "linux-old", "windows", "windows-xp", "bsd", "macos", "solaris", "hpux", "cisco", "linux-2.2",
          "hp-jetdirect")
HOSTS = {stack: {4: f"10.2.0.{11 + i}", 6: f"fd00:2::{11 + i}"} for i, stack in enumerate(STACKS)}
LOUD = {4: "10.3.0.1", 6: "fd00:3::1"}   # all traffic with it breaks a rule
CLIENT_PORT, SERVER_PORT = 40000, 7000
MARKER = b"EVADE-20261126"
FIRST, REST = MARKER[:8], MARKER[8:]     # a marker that is cut
HALF = f"tcp contains \"{REST.decode()}\""   # to tshark: it has gone all the way in
JUNK, LATE_JUNK = b"........", b"......"  # as long as each
START_NS = 1_790_000_000 * 1_000_000_000
STEP_NS = 1_000_000
HOURS_NS = 3 * 3600 * 10**9   # longer than any time-out
ETHERNET = 1                  # link type of a capture

CASES = {}


@dataclass
class Case:
    make: object
    found: bool            # whether the rule for the marker alerts
    anomalies: dict        # what the summary counts: all of it
    told: set              # which of them a path's step alerts for
    tshark: str            # a display filter that takes a frame, "stream": the marker is in the bytes it follows
    versions: tuple = (4, 6)
    tunnel: tuple = ()     # that alerts name: kind and depth, with outer ends unless it is 0, and the network where it has one
    outer: tuple = (OUTER_FROM, OUTER_TO)
    dropped: dict = field(default_factory=dict)  # packets by the reason why they have no flow, fragments aside
    evicts: bool = False   # flows, when one worker has all of them
    others: dict = field(default_factory=dict)  # by other elements that alert: lines of alerts, and what their counts add up to
    link: int = ETHERNET
    because: str = ""      # why a marker is not found, or an anomaly not told
    reading: str = "target"   # in which the marker stands: its target takes it, or "other" bytes there, or none
    takes: dict = field(default_factory=dict)  # sent to HOSTS instead: by version the stacks that take the marker
    # By version the pairs of ends between which the marker is found.
    ends: dict = field(default_factory=lambda: {version: [(CLIENT[version], SERVER[version])] for version in (4, 6)})


def case(found=True, anomalies=None, told=None, tshark="", **more):
    """Enters the function into the table. `told`: where it is not each anomaly that is counted."""
    def enter(make):
        counted = dict(anomalies or {})
        CASES[make.__name__.removeprefix("case_")] = Case(
            make, found, counted, set(counted if told is None else told), tshark, **more)
        return make
    return enter


def readings_of(each, version):
    """By ends in which reading the marker is found between them."""
    if each.takes:
        return {(CLIENT[version], HOSTS[stack][version]): "target" if stack in each.takes[version] else "other"
                for stack in STACKS}
    return dict.fromkeys(each.ends[version], each.reading) if each.found else {}


@dataclass
class Frame:
    packet: object          # scapy's or bytes, from the link's header on
    pause_ns: int = STEP_NS  # behind the frame before


def ether():
    return Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")


def ip(version, source, destination, **changes):
    if version == 4:
        return IP(**{"src": source, "dst": destination, "id": 7, "ttl": 64} | changes)
    names = {"ttl": "hlim", "proto": "nh"}
    changes = {names.get(name, name): value for name, value in changes.items() if name != "id"}
    return IPv6(**{"src": source, "dst": destination, "hlim": 64} | changes)


def datagram(payload, version=4, **changes):
    return ip(version, CLIENT[version], SERVER[version], **changes) / UDP(sport=CLIENT_PORT, dport=SERVER_PORT) / Raw(payload)


def swapped(data):
    """Other bytes with the same checksum: an end that puts them in cannot tell by it."""
    words = [data[i:i + 2] for i in range(0, len(data), 2)]
    return b"".join(reversed(words))


class Talk:
    """A TCP connection. Places are bytes of the sender's stream, from 0; numbers follow from them."""

    def __init__(self, version=4, isn=1000, peer_isn=9000, client_port=CLIENT_PORT, server_port=SERVER_PORT,
                 client=CLIENT, server=SERVER):
        self.version, self.isn, self.peer_isn = version, isn, peer_isn
        self.ends, self.ports = (client[version], server[version]), (client_port, server_port)
        self.frames = []

    def send(self, from_client, seq, ack, flags, data, pause_ns, packet, tcp):
        ends, ports = self.ends, self.ports
        if not from_client:
            ends, ports = ends[::-1], ports[::-1]
        number = {"seq": seq % 2**32, "ack": ack % 2**32 if "A" in flags else 0}
        segment = TCP(**{"sport": ports[0], "dport": ports[1], "flags": flags, "window": 65000} | number | tcp)
        built = ip(self.version, *ends, **packet) / segment
        if data:
            built /= Raw(data)
        self.frames.append(Frame(ether() / built, pause_ns))

    def client(self, at=0, data=b"", flags="A", acks=0, pause_ns=STEP_NS, ip_fields=None, **tcp):
        self.send(True, self.isn + 1 + at, self.peer_isn + 1 + acks, flags, data, pause_ns, ip_fields or {}, tcp)
        return self

    def server(self, at=0, data=b"", flags="A", acks=0, pause_ns=STEP_NS, ip_fields=None, **tcp):
        self.send(False, self.peer_isn + 1 + at, self.isn + 1 + acks, flags, data, pause_ns, ip_fields or {}, tcp)
        return self

    def open(self, **tcp):
        self.client(at=-1, flags="S", **tcp)
        self.server(at=-1, flags="SA", **tcp)
        return self.client(**tcp)

    def done(self):
        return self.frames


def frames(*packets):
    return [Frame(ether() / packet) for packet in packets]


def write_captures(folder, shown):
    """A pcap file with nanoseconds for each link type, on one clock. `shown`: link types and frames, hours apart."""
    records, now = {}, START_NS
    for link, made in shown:
        for frame in made:
            now += frame.pause_ns
            data = bytes(frame.packet)
            records.setdefault(link, []).append(struct.pack("<IIII", now // 10**9, now % 10**9, len(data), len(data)) + data)
        now += HOURS_NS
    return [write_capture(os.path.join(folder, f"link-{link}.pcap"), link, packed) for link, packed in records.items()]


def write_capture(path, link, packed):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, link) + b"".join(packed))
    return path
