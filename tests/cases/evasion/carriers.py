"""What carries a packet: each of these puts one header, or as many as it is told, around an IP packet."""
import struct

from scapy.contrib.mpls import MPLS
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Dot1Q, Ether, GRE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from wire import FIRST, Frame, OUTER_FROM, OUTER_TO, REST, Talk, ether

SEGMENTS = 5   # of the connection, its handshake with it
PPP_TYPE = {4: b"\x00\x21", 6: b"\x00\x57"}


def outer(**changes):
    return IP(src=OUTER_FROM, dst=OUTER_TO, id=9, ttl=60, **changes)


def connection(version=4):
    """Its marker is cut, so that only who follows the inner flow finds it."""
    return Talk(version).open().client(0, FIRST).client(8, REST).done()


def inside(wrap, made=None, link=ether):
    """Every packet of the connection behind what `wrap` puts around it; it is given the inner IP packet."""
    return [Frame(link() / wrap(frame.packet.payload), frame.pause_ns) for frame in made or connection()]


def inner_frame(packet):
    return Ether(src="02:00:00:00:00:0a", dst="02:00:00:00:00:0b") / packet


def gre(packet):
    return outer() / GRE() / packet


def pptp(packet):
    """RFC 2637, 4.1, with a sequence number."""
    carried = b"\xff\x03" + PPP_TYPE[packet.version] + bytes(packet)
    return outer(proto=47) / Raw(struct.pack(">HHHHI", 0x3001, 0x880b, len(carried), 7, 1) + carried)


def erspan(kind, header, packet):
    """GRE with a sequence number where the type has a header."""
    return outer(proto=47) / Raw(struct.pack(">HH", 0x1000 if header else 0, kind) + (struct.pack(">I", 1) if header else b"")
                                 + header + bytes(inner_frame(packet)))


def erspan_1(packet):
    return erspan(0x88be, b"", packet)


def erspan_2(packet):
    return erspan(0x88be, struct.pack(">HHI", 0x1001, 5, 0), packet)


def erspan_3(packet):
    return erspan(0x22eb, struct.pack(">HHIHH", 0x2001, 5, 99, 0, 0), packet)


def vxlan(packet, vni=77):
    return outer() / UDP(sport=50000, dport=4789) / VXLAN(flags=8, vni=vni) / inner_frame(packet)


def teredo(packet, around=None):
    return (around or outer()) / UDP(sport=50000, dport=3544) / packet


def tags(packet, count):
    for i in range(count):
        packet = Dot1Q(vlan=100 + i) / packet
    return packet


def labels(packet, count):
    packet = MPLS(label=1000, s=1, ttl=60) / packet
    for i in range(count - 1):
        packet = MPLS(label=1001 + i, s=0, ttl=60) / packet
    return packet


def times(wrap, count):
    """The same again around itself."""
    def wrapped(packet):
        for _ in range(count):
            packet = wrap(packet)
        return packet
    return wrapped
