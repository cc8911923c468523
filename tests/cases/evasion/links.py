"""What stands before the IP header on a link, and captures whose frames begin with something else than Ethernet.

Link types: https://www.tcpdump.org/linktypes.html.
"""
import struct

from scapy.layers.l2 import Dot1Q, Dot3, Ether, LLC, SNAP
from scapy.packet import Raw

from carriers import PPP_TYPE, SEGMENTS, connection
from wire import Frame, HALF, case

NULL, PPP, LOOP, PPP_SERIAL, PPPOE, RAW, HDLC, COOKED = 0, 9, 108, 50, 51, 101, 104, 113
RAW_4, RAW_6, NFLOG, COOKED_2 = 228, 229, 239, 276
ADDRESS = bytes.fromhex("020000000001")

ETHER_TYPE = {4: 0x0800, 6: 0x86dd}
FAMILY = {4: 2, 6: 24}   # as NetBSD numbers it
LINUX_FAMILY = {4: 2, 6: 10}
MACSEC_SCI, MACSEC_ENCRYPTED = 0x20, 0x0c


def behind(header, version):
    """Every packet of the connection with `header(packet)` before it, as bytes."""
    packets = [frame.packet.payload for frame in connection(version)]
    return [Frame(header(packet) + bytes(packet)) for packet in packets]


def on_link(wrap, version):
    """`wrap` gives the whole frame."""
    return [Frame(wrap(frame.packet.payload)) for frame in connection(version)]


def bridged(ether_type):
    return Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", type=ether_type)


def ether_type_of(packet):
    return ETHER_TYPE[packet.version]


def pppoe_header(packet):
    return struct.pack(">BBHH", 0x11, 0, 9, len(packet) + 2) + PPP_TYPE[packet.version]


def macsec(packet, control=0):
    """IEEE 802.1AE, 9.3; behind what is protected stands a checksum that nobody asks for."""
    protected = struct.pack(">H", ether_type_of(packet)) + bytes(packet)
    channel = ADDRESS + b"\0\1" if control & MACSEC_SCI else b""
    head = struct.pack(">BBI", control, len(protected) if len(protected) < 48 else 0, 1)
    return bridged(0x88e5) / Raw(head + channel + protected + b"\xcc" * 16)


def snap(packet):
    return LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0, code=ether_type_of(packet)) / packet


def nflog(packet):
    """Attributes in the order of the machine that wrote them: a prefix, then the packet."""
    prefix = struct.pack("<HH4s", 8, 10, b"log\0")
    return struct.pack(">BBH", LINUX_FAMILY[packet.version], 0, 0) + prefix + struct.pack("<HH", len(packet) + 4, 9)


@case(tshark=f"pppoes && {HALF}", tunnel=("PPPOE", 0))
def case_link_pppoe_session(version):
    return on_link(lambda packet: bridged(0x8864) / Raw(pppoe_header(packet) + bytes(packet)), version)


@case(found=False, because="negotiation of a session, whatever is in it", dropped={"not_ip": SEGMENTS}, tshark="pppoed")
def case_link_pppoe_discovery(version):
    return on_link(lambda packet: bridged(0x8863) / Raw(b"\x11\x09" + pppoe_header(packet)[2:] + bytes(packet)), version)


# Only protected against change: it stays readable.
@case(tshark="macsec.TCI.E == 0 && macsec.TCI.C == 0")
def case_link_macsec_clear(version):
    return on_link(macsec, version)


@case(tshark="macsec.SCI.port_identifier == 1 && macsec.TCI.E == 0")
def case_link_macsec_clear_with_channel(version):
    return on_link(lambda packet: macsec(packet, MACSEC_SCI), version)


@case(found=False, because="its header says that it is encrypted: readable by chance, and its receiver has something else",
      dropped={"not_ip": SEGMENTS}, tshark="macsec.TCI.E == 1")
def case_link_macsec_encrypted(version):
    return on_link(lambda packet: macsec(packet, MACSEC_SCI | MACSEC_ENCRYPTED), version)


@case(tshark=f"llc && {HALF}")
def case_link_snap(version):
    return on_link(lambda packet: Dot3(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / snap(packet), version)


# The length stands behind the tag.
@case(tshark=f"vlan && llc && {HALF}")
def case_link_snap_in_vlan(version):
    def wrap(packet):
        body = snap(packet)
        return bridged(0x8100) / Dot1Q(vlan=100, type=len(body)) / body
    return on_link(wrap, version)


# A service access point of its own, which IPv6 has none of.
@case(tshark=f"llc.dsap == 0x06 && {HALF}", versions=(4,))
def case_link_llc(version):
    return on_link(lambda packet: Dot3(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / LLC(dsap=6, ssap=6, ctrl=3) / packet,
                   version)


@case(tshark=f"sll && {HALF}", link=COOKED)
def case_link_cooked(version):
    return behind(lambda packet: struct.pack(">HHH8sH", 0, 1, 6, ADDRESS, ether_type_of(packet)), version)


@case(tshark=f"sll && vlan && {HALF}", link=COOKED)
def case_link_cooked_vlan(version):
    return behind(lambda packet: struct.pack(">HHH8sHHH", 0, 1, 6, ADDRESS, 0x8100, 100, ether_type_of(packet)), version)


@case(tshark=f"sll && {HALF}", link=COOKED_2)
def case_link_cooked_2(version):
    return behind(lambda packet: struct.pack(">HHIHBB8s", ether_type_of(packet), 0, 3, 1, 0, 6, ADDRESS), version)


@case(tshark=f"raw && {HALF}", link=RAW)
def case_link_raw(version):
    return behind(lambda packet: b"", version)


@case(tshark=HALF, link=RAW_4, versions=(4,))
def case_link_raw_4(version):
    return behind(lambda packet: b"", version)


@case(tshark=HALF, link=RAW_6, versions=(6,))
def case_link_raw_6(version):
    return behind(lambda packet: b"", version)


@case(tshark=f"null && {HALF}", link=NULL)
def case_link_null(version):
    return behind(lambda packet: struct.pack("<I", FAMILY[packet.version]), version)


@case(tshark=f"null && {HALF}", link=LOOP)
def case_link_loop(version):
    return behind(lambda packet: struct.pack(">I", FAMILY[packet.version]), version)


@case(tshark=f"ppp && {HALF}", link=PPP)
def case_link_ppp(version):
    return behind(lambda packet: b"\xff\x03" + PPP_TYPE[packet.version], version)


@case(tshark=f"ppp && {HALF}", link=PPP_SERIAL)
def case_link_ppp_serial(version):
    return behind(lambda packet: b"\xff\x03" + PPP_TYPE[packet.version], version)


@case(tshark=f"pppoes && {HALF}", link=PPPOE, tunnel=("PPPOE", 0))
def case_link_pppoe_alone(version):
    return behind(pppoe_header, version)


@case(tshark=f"chdlc && {HALF}", link=HDLC)
def case_link_hdlc(version):
    return behind(lambda packet: struct.pack(">BBH", 0x0f, 0, ether_type_of(packet)), version)


@case(tshark=f"nflog && {HALF}", link=NFLOG)
def case_link_nflog(version):
    return behind(nflog, version)
