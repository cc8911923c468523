"""Packets inside packets: a connection whose marker is cut over two segments, so that it is found by the inner flow alone."""
from scapy.contrib.geneve import GENEVE
from scapy.contrib.gtp import GTP_U_Header
from scapy.layers.inet import UDP
from scapy.packet import Raw

from carriers import (connection, erspan_1, erspan_2, erspan_3, gre, inner_frame, inside, labels, outer, pptp, tags,
                      teredo, vxlan)
from fragments import PROTOCOL, pieces, transport, whole
from wire import CLIENT, OUTER_FROM, OUTER_TO, SERVER, case, frames, ip


@case(tshark="gre && tcp", versions=(4,), tunnel=("GRE", 1))
def case_tunnel_gre(version):
    return inside(gre)


@case(tshark="erspan && tcp", versions=(4,), tunnel=("ERSPAN", 1))
def case_tunnel_erspan_1(version):
    return inside(erspan_1)


@case(tshark="erspan && tcp", versions=(4,), tunnel=("ERSPAN", 1))
def case_tunnel_erspan_2(version):
    return inside(erspan_2)


@case(tshark="erspan && tcp", versions=(4,), tunnel=("ERSPAN", 1))
def case_tunnel_erspan_3(version):
    return inside(erspan_3)


@case(tshark="gre && ppp && tcp", tunnel=("PPTP", 1))
def case_tunnel_pptp(version):
    return inside(pptp, connection(version))


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
    return inside(teredo, connection(6))


@case(tshark="vlan && tcp", versions=(4, 6))
def case_tunnel_vlan_in_vlan(version):
    return inside(lambda packet: tags(packet, 2), connection(version))


@case(tshark="mpls && tcp", versions=(4, 6), tunnel=("MPLS", 0))
def case_tunnel_mpls(version):
    return inside(lambda packet: labels(packet, 3), connection(version))


@case(tshark="vxlan && gre && tcp", versions=(4,), tunnel=("GRE", 2, 77))
def case_tunnel_gre_in_vxlan(version):
    return inside(lambda packet: vxlan(gre(packet)))


# The same ends in two networks: two flows, and each half of a marker is no marker.
@case(found=False, because="nobody sends it: the halves go to two hosts that have one address", versions=(4,))
def case_tunnel_two_networks(version):
    made = connection()
    return inside(vxlan, made[:4]) + inside(lambda packet: vxlan(packet, vni=78), made[4:])


@case(tshark="udp contains \"EVADE-20261126\"", versions=(4, 6), tunnel=("VXLAN", 1, 77))
def case_fragment_in_vxlan(version):
    return inside(vxlan, frames(*pieces(version, whole(version))))


@case(tshark="udp contains \"EVADE-20261126\"", versions=(4, 6), tunnel=("GRE", 1))
def case_fragment_in_gre(version):
    return inside(gre, frames(*pieces(version, whole(version))))


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
