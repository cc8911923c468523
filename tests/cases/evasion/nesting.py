"""As deep as is followed, and deeper: the limits are those of `dataplane/packet/layers.h`."""
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt
from scapy.layers.l2 import Ether

from carriers import (SEGMENTS, connection, erspan_1, erspan_2, erspan_3, gre, inside, labels, outer, pptp, tags, teredo,
                      times, vxlan)
from wire import CLIENT, HALF, SERVER, case, ip

TUNNELS, TAGS, LABELS = 4, 4, 8   # most of them
EXTENSION_HEADERS, LAYERS = 8, 24
DEEP = "more layers than are followed: its packets are counted, and what they hold is not read"
RELAYS = ("2001:0:c000:201::1", "2001:0:c000:201::2")



def too_deep(told=(), **more):
    """Found nowhere, as each packet belongs to the last IP header that is followed."""
    return case(found=False, because=DEEP, anomalies={"too-deep": SEGMENTS}, told=told, tshark=HALF, **more)


def no_ip(**more):
    """There is none before it gets too deep."""
    return too_deep(dropped={"too_deep": SEGMENTS}, **more)


def ip_in_ip(packet, count):
    for i in range(count):
        packet = IP(src=f"192.0.2.{2 * i + 1}", dst=f"192.0.2.{2 * i + 2}", id=9) / packet
    return packet


def teredo_in_teredo(packet, count):
    """Teredo carries IPv6, so all but the outermost go over it."""
    for _ in range(count - 1):
        packet = teredo(packet, IPv6(src=RELAYS[0], dst=RELAYS[1]))
    return teredo(packet)


def behind_options(packet, count):
    header, segment = packet.copy(), packet[TCP]
    header.remove_payload()
    for _ in range(count):
        header /= IPv6ExtHdrDestOpt()
    return header / segment


def frames_in_frames(packet, count):
    """Bridged frames straight in a frame (EtherType 0x6558), with that around them in which all are sent."""
    packet = Ether(src="02:00:00:00:00:0a", dst="02:00:00:00:00:0b") / packet
    for _ in range(count - 2):
        packet = Ether(src="02:00:00:00:00:0a", dst="02:00:00:00:00:0b", type=0x6558) / packet
    return packet


def bridge():
    return Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", type=0x6558)


@case(tshark=HALF, versions=(6,))
def case_nest_extension_headers(version):
    return inside(lambda packet: behind_options(packet, EXTENSION_HEADERS), connection(version))


# The last header that is followed has the ends of the model.
@too_deep(told={"too-deep"}, versions=(6,))
def case_nest_extension_headers_too_deep(version):
    return inside(lambda packet: behind_options(packet, EXTENSION_HEADERS + 1), connection(version))


@case(tshark=HALF)
def case_nest_vlan(version):
    return inside(lambda packet: tags(packet, TAGS), connection(version))


@no_ip()
def case_nest_vlan_too_deep(version):
    return inside(lambda packet: tags(packet, TAGS + 1), connection(version))


@case(tshark=HALF, tunnel=("MPLS", 0))
def case_nest_mpls(version):
    return inside(lambda packet: labels(packet, LABELS), connection(version))


@no_ip()
def case_nest_mpls_too_deep(version):
    return inside(lambda packet: labels(packet, LABELS + 1), connection(version))


# Each frame is two layers, the packet is one.
@case(tshark=HALF)
def case_nest_frames(version):
    return inside(lambda packet: frames_in_frames(packet, (LAYERS - 1) // 2), connection(version), link=bridge)


@no_ip()
def case_nest_frames_too_deep(version):
    return inside(lambda packet: frames_in_frames(packet, LAYERS // 2), connection(version), link=bridge)


@case(tshark=HALF, versions=(4,), tunnel=("IP-IN-IP", TUNNELS))
def case_nest_ip_in_ip(version):
    return inside(lambda packet: ip_in_ip(packet, TUNNELS))


@too_deep(versions=(4,))
def case_nest_ip_in_ip_too_deep(version):
    return inside(lambda packet: ip_in_ip(packet, TUNNELS + 1))


# The last IP header that is followed has the ends of the model.
@too_deep(told={"too-deep"}, versions=(4,), tunnel=("IP-IN-IP", TUNNELS))
def case_nest_too_deep_between_zones(version):
    return inside(lambda packet: ip_in_ip(ip(4, CLIENT[4], SERVER[4]) / outer() / packet, TUNNELS))


@case(tshark=HALF, tunnel=("GRE", TUNNELS))
def case_nest_gre(version):
    return inside(times(gre, TUNNELS), connection(version))


@too_deep()
def case_nest_gre_too_deep(version):
    return inside(times(gre, TUNNELS + 1), connection(version))


@case(tshark=HALF, versions=(6,), tunnel=("TEREDO", TUNNELS), outer=RELAYS)
def case_nest_teredo(version):
    return inside(lambda packet: teredo_in_teredo(packet, TUNNELS), connection(version))


@too_deep(versions=(6,))
def case_nest_teredo_too_deep(version):
    return inside(lambda packet: teredo_in_teredo(packet, TUNNELS + 1), connection(version))


@case(tshark=HALF, tunnel=("ERSPAN", TUNNELS))
def case_nest_erspan_1(version):
    return inside(times(erspan_1, TUNNELS), connection(version))


@too_deep()
def case_nest_erspan_1_too_deep(version):
    return inside(times(erspan_1, TUNNELS + 1), connection(version))


@case(tshark=HALF, tunnel=("ERSPAN", TUNNELS))
def case_nest_erspan_2(version):
    return inside(times(erspan_2, TUNNELS), connection(version))


@too_deep()
def case_nest_erspan_2_too_deep(version):
    return inside(times(erspan_2, TUNNELS + 1), connection(version))


@case(tshark=HALF, tunnel=("ERSPAN", TUNNELS))
def case_nest_erspan_3(version):
    return inside(times(erspan_3, TUNNELS), connection(version))


@too_deep()
def case_nest_erspan_3_too_deep(version):
    return inside(times(erspan_3, TUNNELS + 1), connection(version))


def different_ones(packet):
    return pptp(vxlan(erspan_3(teredo(packet))))


@case(tshark=HALF, versions=(6,), tunnel=("TEREDO", TUNNELS, 77))
def case_nest_different_ones(version):
    return inside(different_ones, connection(version))


@too_deep(versions=(6,))
def case_nest_different_ones_too_deep(version):
    return inside(lambda packet: gre(different_ones(packet)), connection(version))
