"""Packets inside packets: a connection whose marker is cut over two segments, so that it is found by the inner flow alone."""
import struct

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import IPv6ExtHdrDestOpt
from scapy.layers.l2 import Dot1Q, Ether, GRE
from scapy.layers.vxlan import VXLAN
from scapy.contrib.geneve import GENEVE
from scapy.contrib.gtp import GTP_U_Header
from scapy.contrib.mpls import MPLS
from scapy.packet import Raw

from fragments import PROTOCOL, pieces, transport, whole
from wire import CLIENT, FIRST, Frame, OUTER_FROM, OUTER_TO, REST, SERVER, Talk, case, ether, frames, ip

TOO_MANY_TUNNELS, TOO_MANY_TAGS, TOO_MANY_LABELS = 5, 5, 9
TOO_MANY_HEADERS = 9  # of extension
SEGMENTS = 5   # of the connection, its handshake with it
DEEP = "more layers than are followed: its packets are counted, and what they hold is not read"


def outer(**changes):
    return IP(src=OUTER_FROM, dst=OUTER_TO, id=9, ttl=60, **changes)


def connection(version=4):
    return Talk(version).open().client(0, FIRST).client(8, REST).done()


def inside(wrap, made=None):
    """Every packet of the connection behind what `wrap` puts around it; it is given the inner IP packet."""
    return [Frame(ether() / wrap(frame.packet.payload)) for frame in made or connection()]


def inner_frame(packet):
    return Ether(src="02:00:00:00:00:0a", dst="02:00:00:00:00:0b") / packet


def gre(packet):
    return outer() / GRE() / packet


def erspan(kind, header, packet):
    """GRE with a sequence number where the type has a header."""
    return outer(proto=47) / Raw(struct.pack(">HH", 0x1000 if header else 0, kind) + (struct.pack(">I", 1) if header else b"")
                                 + header + bytes(inner_frame(packet)))


def vxlan(packet, vni=77):
    return outer() / UDP(sport=50000, dport=4789) / VXLAN(flags=8, vni=vni) / inner_frame(packet)


def tags(packet, count):
    for i in range(count):
        packet = Dot1Q(vlan=100 + i) / packet
    return packet


def labels(packet, count):
    packet = MPLS(label=1000, s=1, ttl=60) / packet
    for i in range(count - 1):
        packet = MPLS(label=1001 + i, s=0, ttl=60) / packet
    return packet


def ip_in_ip(packet, count):
    for i in range(count):
        packet = IP(src=f"192.0.2.{2 * i + 1}", dst=f"192.0.2.{2 * i + 2}", id=9) / packet
    return packet


def behind_options(packet, count):
    header, segment = packet.copy(), packet[TCP]
    header.remove_payload()
    for _ in range(count):
        header /= IPv6ExtHdrDestOpt()
    return header / segment


@case(tshark="ipv6.dstopts && tcp", versions=(6,))
def case_ip6_extension_headers(version):
    return inside(lambda packet: behind_options(packet, TOO_MANY_HEADERS - 1), connection(version))


@case(found=False, because="more extension headers than are read: a flow without ports, and what they hold is not read",
      anomalies={"too-deep": SEGMENTS}, tshark="ipv6.dstopts && tcp", versions=(6,))
def case_ip6_too_many_extension_headers(version):
    return inside(lambda packet: behind_options(packet, TOO_MANY_HEADERS), connection(version))


@case(tshark="gre && tcp", versions=(4,), tunnel=("GRE", 1))
def case_tunnel_gre(version):
    return inside(gre)


@case(tshark="erspan && tcp", versions=(4,), tunnel=("ERSPAN", 1))
def case_tunnel_erspan_1(version):
    return inside(lambda packet: erspan(0x88be, b"", packet))


@case(tshark="erspan && tcp", versions=(4,), tunnel=("ERSPAN", 1))
def case_tunnel_erspan_2(version):
    return inside(lambda packet: erspan(0x88be, struct.pack(">HHI", 0x1001, 5, 0), packet))


@case(tshark="erspan && tcp", versions=(4,), tunnel=("ERSPAN", 1))
def case_tunnel_erspan_3(version):
    return inside(lambda packet: erspan(0x22eb, struct.pack(">HHIHH", 0x2001, 5, 99, 0, 0), packet))


@case(tshark="vxlan && tcp", versions=(4,), tunnel=("VXLAN", 1, 77))
def case_tunnel_vxlan(version):
    return inside(vxlan)


@case(tshark="geneve && tcp", versions=(4,), tunnel=("GENEVE", 1, 77))
def case_tunnel_geneve(version):
    return inside(lambda packet: outer() / UDP(sport=50000, dport=6081) / GENEVE(vni=77, proto=0x6558) / inner_frame(packet))


@case(tshark="gtp && tcp", versions=(4,), tunnel=("GTP-U", 1))
def case_tunnel_gtp_u(version):
    return inside(lambda packet: outer() / UDP(sport=2152, dport=2152) / GTP_U_Header(teid=7) / packet)


@case(tshark="ip.proto == 4 && tcp", versions=(4,), tunnel=("IP-IN-IP", 1))
def case_tunnel_ip_in_ip(version):
    return inside(lambda packet: outer() / packet)


@case(tshark="ip.proto == 41 && tcp", versions=(6,), tunnel=("6IN4", 1))
def case_tunnel_6in4(version):
    return inside(lambda packet: outer() / packet, connection(6))


@case(tshark="teredo && tcp", versions=(6,), tunnel=("TEREDO", 1))
def case_tunnel_teredo(version):
    return inside(lambda packet: outer() / UDP(sport=50000, dport=3544) / packet, connection(6))


@case(tshark="vlan && tcp", versions=(4, 6))
def case_tunnel_vlan_in_vlan(version):
    return inside(lambda packet: tags(packet, 2), connection(version))


@case(tshark="mpls && tcp", versions=(4, 6), tunnel=("MPLS", 0))
def case_tunnel_mpls(version):
    return inside(lambda packet: labels(packet, 3), connection(version))


@case(tshark="vxlan && gre && tcp", versions=(4,), tunnel=("GRE", 2, 77))
def case_tunnel_gre_in_vxlan(version):
    return inside(lambda packet: vxlan(gre(tags(packet, 0))))


# The same ends in two networks: two flows, and each half of a marker is no marker.
@case(found=False, because="nobody sends it: the halves go to two hosts that have one address", versions=(4,))
def case_tunnel_two_networks(version):
    made = connection()
    return inside(vxlan, made[:4]) + inside(lambda packet: vxlan(packet, vni=78), made[4:])


@case(tshark="tcp", versions=(4,), tunnel=("IP-IN-IP", 4))
def case_tunnel_as_deep_as_followed(version):
    return inside(lambda packet: ip_in_ip(packet, TOO_MANY_TUNNELS - 1))


@case(found=False, because=DEEP, anomalies={"too-deep": SEGMENTS}, told=(), tshark="tcp", versions=(4,))
def case_tunnel_too_deep_ip_in_ip(version):
    return inside(lambda packet: ip_in_ip(packet, TOO_MANY_TUNNELS))


# The last IP header that is followed has the ends of the model.
@case(found=False, because=DEEP, anomalies={"too-deep": SEGMENTS}, versions=(4,), tunnel=("IP-IN-IP", 4))
def case_tunnel_too_deep_between_zones(version):
    def wrap(packet):
        return ip_in_ip(ip(4, CLIENT[4], SERVER[4]) / outer() / packet, TOO_MANY_TUNNELS - 1)
    return inside(wrap)


@case(found=False, because=DEEP, anomalies={"too-deep": SEGMENTS}, told=(), tshark="tcp", versions=(4,))
def case_tunnel_too_deep_gre(version):
    def wrap(packet):
        for _ in range(TOO_MANY_TUNNELS):
            packet = gre(packet)
        return packet
    return inside(wrap)


@case(found=False, because=DEEP, anomalies={"too-deep": SEGMENTS}, told=(), tshark="tcp", versions=(4,))
def case_tunnel_too_deep_vlan(version):
    return inside(lambda packet: tags(packet, TOO_MANY_TAGS))


@case(found=False, because=DEEP, anomalies={"too-deep": SEGMENTS}, told=(), tshark="tcp", versions=(4,))
def case_tunnel_too_deep_mpls(version):
    return inside(lambda packet: labels(packet, TOO_MANY_LABELS))


def around(wrap, made):
    return [Frame(ether() / wrap(frame.packet.payload), frame.pause_ns) for frame in made]


@case(tshark="udp contains \"EVADE-20261126\"", versions=(4, 6), tunnel=("VXLAN", 1, 77))
def case_fragment_in_vxlan(version):
    return around(vxlan, frames(*pieces(version, whole(version))))


@case(tshark="udp contains \"EVADE-20261126\"", versions=(4, 6), tunnel=("GRE", 1))
def case_fragment_in_gre(version):
    return around(gre, frames(*pieces(version, whole(version))))


# The carrier is cut, the packet in it is whole.
@case(tshark="vxlan && udp contains \"EVADE-20261126\"", versions=(4,), tunnel=("VXLAN", 1, 77))
def case_fragment_of_vxlan(version):
    carrier = transport(vxlan(ip(4, CLIENT[4], SERVER[4], proto=PROTOCOL["udp"]) / Raw(whole(4))))
    made = pieces(4, carrier)
    for each in made:
        each.src, each.dst = OUTER_FROM, OUTER_TO
    return frames(*made)


# Cut, carried, and cut again.
@case(versions=(4,), tunnel=("VXLAN", 1, 77))
def case_fragment_of_fragment(version):
    out = []
    for ident, cut in enumerate(pieces(4, whole(4))):
        out += pieces(4, transport(vxlan(cut)), cut=256, ident=500 + ident)
    for each in out:
        each.src, each.dst = OUTER_FROM, OUTER_TO
    return frames(*out)
