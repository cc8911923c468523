"""Many that want all the room, and a marker among them."""
import socket
import struct
import zlib

from scapy.layers.inet import TCP

from fragments import piece, pieces, whole
from wire import (CLIENT, CLIENT_PORT, FIRST, Frame, JUNK, LOUD, REST, SERVER, SERVER_PORT, STEP_NS, Talk, case, ether,
                  frames, ip)

MANY = 3000
CLOSE_NS = 10_000   # apart: all at once, as far as time-outs go
HALF_OPEN = 150_000   # more than half of a worker's table, 262,144 flows
TALKS = 20
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
HOSTS_IN_NET = 1 << 15   # of the senders' network; the others are there for those who talk


def host(version, i):
    return {4: f"10.1.{i >> 8}.{i & 255}", 6: f"fd00:1::{i:x}"}[version]


def talking_ends(version):
    return [(host(version, HOSTS_IN_NET + 1 + i), SERVER[version]) for i in range(TALKS)]


TALKING = {version: talking_ends(version) for version in (4, 6)}


class Stamp:
    """Segments to the server, equal but for the sender's last 16 bits, port and number; quickly made."""

    def __init__(self, version, flags):
        segment = TCP(sport=0, dport=SERVER_PORT, seq=0, ack=0, flags=flags, window=1024)
        self.bytes = bytes(ether() / ip(version, host(version, 0), SERVER[version]) / segment)
        self.host_at, self.tcp_at = (28, 34) if version == 4 else (36, 54)
        self.sums_at = (24, self.tcp_at + 16) if version == 4 else (self.tcp_at + 16,)

    def frame(self, sender, port, number=0):
        made = bytearray(self.bytes)
        struct.pack_into(">H", made, self.host_at, sender)
        struct.pack_into(">HHI", made, self.tcp_at, port, SERVER_PORT, number)
        more = [sender, sender + port + (number >> 16) + (number & 0xffff)][-len(self.sums_at):]
        for at, added in zip(self.sums_at, more):
            struct.pack_into(">H", made, at, summed_up(struct.unpack_from(">H", made, at)[0], added))
        return Frame(bytes(made), CLOSE_NS)


def summed_up(checksum, added):
    """RFC 1624, 3."""
    total = (checksum ^ 0xffff) + added
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def open_talks(version):
    """All of them as far as the first half of the marker, and what each then sends."""
    talks = [Talk(version, client={version: ends[0]}).open().client(0, FIRST) for ends in TALKING[version]]
    begun = [frame for talk in talks for frame in talk.frames]
    return begun, [talk.client(8, REST).frames[-1] for talk in talks]


# Half-open ones go first, and half of the table is not for them.
@case(evicts=True, ends=TALKING)
def case_flood_of_syns(version):
    stamp = Stamp(version, "S")
    begun, rest = open_talks(version)
    return begun + [stamp.frame(i % HOSTS_IN_NET, 1024 + i // HOSTS_IN_NET, i) for i in range(HALF_OPEN)] + rest


def port_of_crc(version, target):
    """By sender the port that gives the low 16 bits of the ends' CRC-32 which `target` has: linear, so one table is enough."""
    def crc(sender, port):
        ends = socket.inet_pton(FAMILY[version], host(version, sender)) + socket.inet_pton(FAMILY[version], SERVER[version])
        return zlib.crc32(ends + struct.pack(">HH", port, SERVER_PORT)) & 0xffff
    zero = crc(0, 0)
    port_of = {crc(0, port) ^ zero: port for port in range(1 << 16)}
    wanted = crc(target, CLIENT_PORT)
    return lambda sender: port_of.get(crc(sender, 0) ^ wanted, 0)


# Ends that an unkeyed hash puts where those of the first talk are: by their sum, their exclusive or, the low bits of their CRC-32.
@case(ends=TALKING)
def case_flood_of_equal_hashes(version):
    stamp = Stamp(version, "A")
    begun, rest = open_talks(version)
    target = HOSTS_IN_NET + 1
    of_crc = port_of_crc(version, target)
    flood = []
    for sender in range(1, 8001):
        ports = ((target + CLIENT_PORT - sender) & 0xffff, target ^ CLIENT_PORT ^ sender, of_crc(sender))
        flood += [stamp.frame(sender, port) for port in dict.fromkeys(ports) if port > 0]
    return begun + flood + rest


# One source has a quarter of the room: its own oldest go, another's datagram stays.
@case(anomalies={"fragment-missing": 512, "fragment-limit": MANY - 512}, versions=(4,))
def case_flood_of_fragments(version):
    body = whole(version)
    flood = [Frame(ether() / piece(version, body, 0, 400, ident=1000 + i, source=host(version, 5)), CLOSE_NS)
             for i in range(MANY)]
    first, second, third = frames(*pieces(version, body))
    return [first] + flood[:MANY // 2] + [third] + flood[MANY // 2:] + [second]


# Each byte of its own, every second one missing: more pieces than a direction may have (32), so that each further one
# gives a hole up, and the end the rest of them at once. Another connection is read on.
@case(anomalies={"tcp-limit": 200 - 32, "tcp-gap": 200 - 32 + 1}, versions=(4,))
def case_flood_of_pieces(version):
    flood = Talk(version, client_port=41000).open().client(0, b"hello")
    for i in range(200):
        flood.client(10 + 2 * i, b"x")
    talk = Talk(version).open().client(8, REST)
    return talk.frames + flood.frames + Talk(version).client(0, FIRST).frames


def long_talk(version, text, segments, **more):
    """`text` ever again, answered now and then, and the marker at its end."""
    talk = Talk(version, **more).open()
    for i in range(segments):
        talk.client(i * len(text), text, pause_ns=CLOSE_NS)
        if i % 50 == 49:
            talk.server(0, acks=(i + 1) * len(text), pause_ns=CLOSE_NS)
    end = segments * len(text)
    return talk.client(end, FIRST).client(end + 8, REST).server(0, acks=end + 14).done()


# What goes on beside it, and its own end.
@case(ends={version: [(CLIENT[version], SERVER[version]), *TALKING[version]] for version in (4, 6)})
def case_flood_of_one_elephant(version):
    begun, rest = open_talks(version)
    return begun + long_talk(version, b"elephant" * 180, 1500) + rest


# All but the last digit, and beginnings in beginnings.
@case(tshark="stream")
def case_flood_of_near_matches(version):
    return long_talk(version, b"EVADE-EVADE-1234567EVADE-2026112" * 45, 400)


CROSSINGS, SAID = 400, 500


# Rules that all traffic with one host breaks: each tells it once and counts, and the marker between is found.
@case(others={"boundaries/b-loud": (3, CROSSINGS + 1), "abuse/talk": (2, 10)})
def case_flood_of_a_rule_that_always_matches(version):
    talk = Talk(version).open().client(0, FIRST).client(8, REST).frames
    said = Talk(version, client_port=9999, server=LOUD).open()
    for i in range(SAID):
        said.client(i * 8, JUNK, pause_ns=20 * STEP_NS)
    crossings = [frame for i in range(CROSSINGS) for frame in Talk(version, client_port=10_000 + i, server=LOUD).open().frames]
    return talk[:4] + crossings + said.frames + talk[4:]
