"""Headers that no proper sender makes: source routes, ends that are none, tunnels whose inside is broken."""
import struct

from scapy.contrib.geneve import GENEVE
from scapy.layers.inet import IP, IPOption_LSRR, IPOption_SSRR, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrRouting
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from carriers import connection, inner_frame
from fragments import transport
from wire import (CLIENT, CLIENT_PORT, FIRST, Frame, JUNK, MARKER, REST, SERVER, SERVER_PORT, Talk, case, ether,
                  frames, ip)

ROUTER = {4: "192.0.2.9", 6: "2001:db8::9"}
HOP = {"left": {4: "10.1.0.254", 6: "fd00:1::fe"}, "right": {4: "10.2.0.254", 6: "fd00:2::fe"}}
FROM_CLIENT = 4    # segments of the connection
LOOSE, STRICT = IPOption_LSRR, IPOption_SSRR


def routed(packet, option, hop=None):
    """With a source route: behind its last stop, or on its way to `hop` with the destination still in it."""
    packet = packet.copy()
    segment, target = Raw(transport(packet)), packet.dst   # its checksum is for the destination
    packet.remove_payload()
    if packet.version == 4:
        packet.options, packet.proto = [option(pointer=4 if hop else 8, routers=[target if hop else ROUTER[4]])], 6
    else:
        packet.nh = 43
        packet /= IPv6ExtHdrRouting(type=0, nh=6, segleft=1 if hop else 0, addresses=[target if hop else ROUTER[6]])
    packet.dst = hop[packet.version] if hop else target
    return packet / segment


def routed_talk(version, option=LOOSE, hop=None):
    """What the client sends; of an answer there is nothing to see on the way."""
    return [Frame(ether() / routed(frame.packet.payload, option, hop)) for frame in connection(version)
            if frame.packet.payload.src == CLIENT[version]]


ROUTE_FILTER = "(ip.opt.type == 131 || ip.opt.type == 137 || ipv6.routing.type == 0) && tcp"


@case(anomalies={"source-route": FROM_CLIENT}, tshark=ROUTE_FILTER)
def case_source_route_loose(version):
    return routed_talk(version)


@case(anomalies={"source-route": FROM_CLIENT}, tshark=ROUTE_FILTER, versions=(4,))
def case_source_route_strict(version):
    return routed_talk(version, STRICT)


# Between the ends that its header has, wherever it goes from there.
@case(anomalies={"source-route": FROM_CLIENT}, tshark=ROUTE_FILTER,
      ends={version: [(CLIENT[version], HOP["right"][version])] for version in (4, 6)})
def case_source_route_on_the_way(version):
    return routed_talk(version, hop=HOP["right"])


# Its header says that it stays on the left, so no path from there to the right hears of it.
@case(anomalies={"source-route": FROM_CLIENT}, told=(), tshark=ROUTE_FILTER,
      ends={version: [(CLIENT[version], HOP["left"][version])] for version in (4, 6)})
def case_source_route_around_the_corner(version):
    return routed_talk(version, hop=HOP["left"])


# Between one host and itself, which is inside a zone; a server that answered it would be busy for ever.
@case(anomalies={"same-ends": 2}, tshark="tcp.srcport == tcp.dstport")
def case_same_ends_tcp(version):
    land = Talk(version, client_port=SERVER_PORT, client=SERVER).client(-1, flags="S").client(0, JUNK).done()
    return land + connection(version)


@case(anomalies={"same-ends": 1}, tshark="udp.srcport == udp.dstport")
def case_same_ends_udp(version):
    land = ip(version, SERVER[version], SERVER[version]) / UDP(sport=SERVER_PORT, dport=SERVER_PORT) / Raw(JUNK)
    return frames(land) + connection(version)


# One address with two ports: a host may talk to itself.
@case(tshark="tcp.srcport != tcp.dstport")
def case_same_address(version):
    return Talk(version, client=SERVER).open().client(0, JUNK).done() + connection(version)


@case(anomalies={"port-zero": 5}, tshark="tcp.srcport == 0")
def case_port_zero_of_client(version):
    return Talk(version, client_port=0).open().client(0, FIRST).client(8, REST).done()


@case(anomalies={"port-zero": 5}, tshark="tcp.dstport == 0")
def case_port_zero_of_server(version):
    return Talk(version, server_port=0).open().client(0, FIRST).client(8, REST).done()


@case(anomalies={"port-zero": 1}, tshark="udp.dstport == 0")
def case_port_zero_udp(version):
    return frames(ip(version, CLIENT[version], SERVER[version]) / UDP(sport=CLIENT_PORT, dport=0) / Raw(MARKER))


# IP, but its version is none.
NO_IP = b"\x05" + b"\0" * 39
BROKEN = {"anomalies": {"broken-tunnel": 1}}


def by_gre(version, data):
    return ip(version, CLIENT[version], SERVER[version], proto=47) / Raw(data)


def by_udp(version, port, header, data):
    """The marker is in what cannot be read, and so in the payload of the carrier."""
    carrier = ip(version, CLIENT[version], SERVER[version]) / UDP(sport=CLIENT_PORT, dport=port)
    return frames(carrier / header / Raw(data + MARKER))


# Of a protocol without ports nothing is searched but what can be taken out; a connection between the same hosts is read on.
def beside(packet, version):
    return frames(packet) + connection(version)


@case(**BROKEN, tshark="gre")
def case_broken_gre_header(version):
    return beside(by_gre(version, b"\x20\x00\x08\x00" + b"\0\0"), version)


# Routes without end (RFC 1701), which no receiver of today follows.
@case(**BROKEN, tshark="gre.flags.routing == 1")
def case_broken_gre_routes(version):
    route = struct.pack(">HBB", 2, 0, 4) + b"\0" * 4
    return beside(by_gre(version, b"\x40\x00\x08\x00" + b"\0" * 4 + route * 9), version)


@case(**BROKEN, tshark="gre.proto == 0x0800")
def case_broken_gre_inside(version):
    return beside(by_gre(version, b"\0\0\x08\x00" + NO_IP), version)


@case(**BROKEN, tshark="gre.proto == 0x880b")
def case_broken_pptp_length(version):
    return beside(by_gre(version, struct.pack(">HHHHI", 0x3001, 0x880b, 400, 7, 1) + b"\xff\x03\x00\x21"), version)


@case(**BROKEN, tshark="gre.proto == 0x88be")
def case_broken_erspan_2_header(version):
    return beside(by_gre(version, struct.pack(">HHIHH", 0x1000, 0x88be, 1, 0x1001, 5)), version)


@case(**BROKEN, tshark="gre.proto == 0x22eb")
def case_broken_erspan_3_header(version):
    return beside(by_gre(version, struct.pack(">HHIHHI", 0x1000, 0x22eb, 1, 0x2001, 5, 99)), version)


@case(**BROKEN, tshark="ip.proto == 4 || ipv6.nxt == 4")
def case_broken_ip_in_ip(version):
    return beside(ip(version, CLIENT[version], SERVER[version], proto=4) / Raw(NO_IP), version)


def in_a_frame(packet):
    return bytes(inner_frame(IP()))[:14] + packet


@case(**BROKEN, tshark="vxlan")
def case_broken_vxlan_inside(version):
    return by_udp(version, 4789, VXLAN(flags=8, vni=77), in_a_frame(NO_IP))


# A bit that is none of VXLAN's: a datagram as any other.
@case(tshark="udp.dstport == 4789")
def case_broken_vxlan_is_none(version):
    return by_udp(version, 4789, VXLAN(flags=0x0c, vni=77), in_a_frame(NO_IP))


@case(**BROKEN, tshark="geneve")
def case_broken_geneve_inside(version):
    return by_udp(version, 6081, GENEVE(vni=77, proto=0x0800), NO_IP)


# An extension without a length.
@case(**BROKEN, tshark="gtp")
def case_broken_gtp_u_extension(version):
    header = struct.pack(">BBHIHBB", 0x34, 0xff, 8 + len(MARKER), 7, 0, 0, 0x40)
    return by_udp(version, 2152, Raw(header), b"\0" * 4)


@case(**BROKEN, tshark="teredo")
def case_broken_teredo_inside(version):
    short = IPv6(src=CLIENT[6], dst=SERVER[6], nh=6, plen=4 + len(MARKER))   # no room for TCP's header
    return by_udp(version, 3544, short, b"\0" * 4)
