#!/usr/bin/env python3
"""Writes the binary seeds of capture_fuzz, defragment_fuzz and spool_segment_fuzz, the tunnels of decode_fuzz and the
foreign models of import_fuzz into corpus/. Run it again to change them."""
import json
import os
import struct

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
FRAME = bytes.fromhex("020000000001020000000002080045000028000100004006ae770a010007c00002509c4001bb000003e8000000005002ffff00000000")


def write(target, name, data):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def pcap(order, magic, minor=4, link=1):
    out = struct.pack(order + "IHHIIII", magic, 2, minor, 0, 0, 65535, link)
    for second in (1, 1_780_272_000, 0xffffffff):
        out += struct.pack(order + "IIII", second, 999_999, len(FRAME), len(FRAME)) + FRAME
    return out


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def pcapng(order):
    section = block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))
    resolution = struct.pack(order + "HHB3x", 9, 1, 9)
    offset = struct.pack(order + "HHq", 14, 8, 3600)
    end = struct.pack(order + "HH", 0, 0)
    known = block(order, 1, struct.pack(order + "HHI", 1, 0, 0) + resolution + offset + end)
    unknown = block(order, 1, struct.pack(order + "HHI", 147, 0, 0))
    enhanced = block(order, 6, struct.pack(order + "IIIII", 0, 1, 2, len(FRAME), len(FRAME)) + FRAME)
    foreign = block(order, 6, struct.pack(order + "IIIII", 1, 1, 2, len(FRAME), len(FRAME)) + FRAME)
    simple = block(order, 3, struct.pack(order + "I", len(FRAME)) + FRAME)
    obsolete = block(order, 2, struct.pack(order + "HHIIII", 0, 0xffff, 1, 2, len(FRAME), len(FRAME)) + FRAME)
    return section + known + unknown + enhanced + foreign + simple + obsolete + block(order, 0x0bad, b"abc")


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def record(sequence, data):
    body = struct.pack("<Q", sequence) + data
    return struct.pack("<II", len(data), crc32c(body)) + body


# policy, version and crowding, then offset in units, length, flags (1: more), value, id | source << 3 | time << 5
def fragments(policy, mode, *steps):
    return bytes([policy, mode]) + b"".join(bytes(step) for step in steps)


ETHERNET, RAW_IP, PPP, PPP_SERIAL, PPPOE, CISCO_HDLC, NFLOG = 0, 1, 8, 9, 10, 11, 12  # as decode_fuzz counts link types
INNER = FRAME[14:]


def frame(packet, kind=0x0800):
    return bytes(12) + struct.pack(">H", kind) + packet


def ip4(protocol, body, fragment=0):
    return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(body), 1, fragment, 64, protocol, 0, 0xc0000201, 0xc0000202) + body


def ip6(following, body):
    return struct.pack(">IHBB", 0x60000000, len(body), following, 64) + bytes(15) + b"\1" + bytes(15) + b"\2" + body


def udp(port, body, source=50000):
    return ip4(17, struct.pack(">HHHH", source, port, 8 + len(body), 0) + body)


def gre(kind, body, flags=0, words=b""):
    return ip4(47, struct.pack(">HH", flags, kind) + words + body)


def decode_seeds():
    """Name -> (link type, frame)."""
    vxlan = bytes.fromhex("0800000000002a00")
    bottom = struct.pack(">I", 16 << 12 | 0x140)
    inner6 = ip6(59, b"")
    ppp = b"\xff\x03\x00\x21" + INNER
    return {
        "llc_snap": (ETHERNET, frame(bytes.fromhex("aaaa030000000800") + INNER, 8 + len(INNER))),
        "macsec": (ETHERNET, frame(bytes.fromhex("000000000001") + b"\x08\0" + INNER + bytes(16), 0x88e5)),
        "mpls": (ETHERNET, frame(struct.pack(">I", 0x64000040) + bottom + INNER, 0x8847)),
        "mpls_pseudowire": (ETHERNET, frame(bottom + bytes(4) + frame(INNER), 0x8847)),
        "pppoe": (ETHERNET, frame(struct.pack(">BBHH", 0x11, 0, 1, len(INNER) + 2) + b"\0\x21" + INNER, 0x8864)),
        "gre": (RAW_IP, gre(0x0800, INNER)),
        "gre_flags": (RAW_IP, gre(0x6558, frame(INNER), 0xb000, bytes(12))),
        "gre_routes": (RAW_IP, gre(0x0800, INNER, 0x4000, bytes(4) + bytes.fromhex("080000040a000001") + bytes(4))),
        "pptp": (RAW_IP, gre(0x880b, ppp, 0x3081, struct.pack(">HHII", len(ppp), 1, 1, 1))),
        "erspan1": (RAW_IP, gre(0x88be, frame(INNER))),
        "erspan2": (RAW_IP, gre(0x88be, bytes.fromhex("1005000700000000") + frame(INNER), 0x1000, bytes(4))),
        "erspan3": (RAW_IP, gre(0x22eb, bytes.fromhex("200500070000000000000001") + bytes(8) + frame(INNER), 0x1000, bytes(4))),
        "vxlan": (RAW_IP, udp(4789, vxlan + frame(INNER))),
        "vxlan_twice": (RAW_IP, udp(4789, vxlan + frame(udp(8472, vxlan + frame(INNER))))),
        "geneve": (RAW_IP, udp(6081, bytes.fromhex("0100655800002a00") + bytes(4) + frame(INNER))),
        "gtp_u": (RAW_IP, udp(2152, struct.pack(">BBHI", 0x34, 255, len(INNER) + 8, 9) + bytes.fromhex("0000008501000000") + INNER)),
        "ip_in_ip": (RAW_IP, ip4(4, ip4(4, ip4(4, ip4(4, ip4(4, INNER)))))),
        "6in4": (RAW_IP, ip4(41, inner6)),
        "teredo": (RAW_IP, udp(3544, bytes.fromhex("0001000000000000000000000000000012340a0a0a0a")[:21] + inner6)),
        "ah4": (RAW_IP, ip4(51, bytes([6, 4]) + bytes(22) + INNER[20:])),
        "ah6": (RAW_IP, ip6(51, bytes([6, 4]) + bytes(22) + INNER[20:])),
        "routing6": (RAW_IP, ip6(43, bytes([44, 2, 0, 1]) + bytes(20) + bytes([17, 0, 0, 9]) + bytes(12))),
        "fragment_inside": (RAW_IP, udp(4789, vxlan + frame(ip4(17, bytes(16), 0x2002)))),
        "source_route": (RAW_IP, b"\x47" + ip4(6, INNER[20:])[1:2] + struct.pack(">H", 48) + ip4(6, b"")[4:] +
                         bytes.fromhex("01830708c0000209") + INNER[20:]),
        "tcp_options": (RAW_IP, ip4(6, bytes.fromhex("9c4001bb000003e800000000a002ffff00000000"
                                                     "020405b40402080a0102030405060708010303 07".replace(" ", "")))),
        "ppp": (PPP, ppp),
        "ppp_serial": (PPP_SERIAL, b"\x0f\0\x08\0" + INNER),
        "pppoe_link": (PPPOE, struct.pack(">BBHH", 0x11, 0, 1, len(INNER) + 1) + b"\x21" + INNER),
        "cisco_hdlc": (CISCO_HDLC, b"\x8f\0\x08\0" + INNER),
        "nflog": (NFLOG, bytes.fromhex("0200000005000a0078000000") + struct.pack("<HH", len(INNER) + 4, 9) + INNER),
    }


def defragment_seeds():
    in_order = [(0, 64, 1, 1, 0), (8, 64, 1, 2, 0), (16, 5, 0, 3, 0)]
    six = [(0, 24, 1, 1, 0), (4, 16, 1, 2, 0), (6, 24, 1, 3, 0), (1, 32, 1, 4, 0), (6, 24, 1, 5, 0), (9, 24, 0, 6, 0)]
    for policy in range(8):
        write("defragment_fuzz", f"six_{policy}", fragments(policy, policy & 1, *six))
    write("defragment_fuzz", "in_order", fragments(0, 0, *in_order))
    write("defragment_fuzz", "backwards6", fragments(7, 1, *reversed(in_order)))
    write("defragment_fuzz", "two_ends", fragments(2, 0, (8, 8, 0, 1, 0), (9, 16, 0, 1, 0), (0, 64, 1, 1, 0)))
    write("defragment_fuzz", "end_inside", fragments(4, 0, (2, 8, 1, 1, 0), (1, 8, 0, 1, 0), (0, 8, 1, 1, 0), (1, 8, 1, 1, 0), (3, 4, 0, 1, 0)))
    write("defragment_fuzz", "odd", fragments(4, 0, (0, 13, 1, 1, 0), (1, 8, 0, 1, 0), (0, 0, 1, 1, 0)))
    write("defragment_fuzz", "large", fragments(0, 0, (0, 200, 15, 1, 0), (31, 255, 0xf1, 1, 0), (7, 6, 0xf0, 2, 0)))
    crowd = [(step * 8 % 32, 64 + step, 14 + step % 2, step, step * 37 % 256) for step in range(40)]
    write("defragment_fuzz", "crowd", fragments(7, 2, *crowd))
    write("defragment_fuzz", "crowd6", fragments(3, 3, *crowd))
    write("defragment_fuzz", "late", fragments(0, 2, *in_order, (0, 64, 1, 1, 0x20), (8, 64, 1, 2, 0), (16, 5, 0, 3, 0), (0, 64, 1, 1, 0xe0)))


def threagile():
    return """threagile_version: 1.0.0
title: T
date: 2026-01-02
author: {name: A}
data_assets:
  D: &d {id: d, confidentiality: restricted}
  E: {<<: *d, id: e}
technical_assets:
  A: {id: a, type: process, technology: web-server, data_assets_stored: [d], communication_links: {L: {target: b, protocol: https, usage: devops, data_assets_sent: [e]}}}
  B: {id: b, type: datastore, internet: true, communication_links:}
trust_boundaries:
  Z: {id: z, technical_assets_inside: [a], trust_boundaries_nested: [y]}
  Y: {id: y}
abuse_cases: {C: c}
security_requirements: {R: r}
risk_tracking:
  x@a: {status: accepted, date: 2026-01-02, checked_by: A}
  y@*@a>b: {status: mitigated, justification: j}
"""


def threat_dragon():
    def box(shape, name, x, y, width, height, **data):
        return {"shape": shape, "id": name, "position": {"x": x, "y": y}, "size": {"width": width, "height": height},
                "data": {"name": name, **data}}
    threat = {"title": "T", "type": "Spoofing", "status": "Open", "severity": "High", "mitigation": "m"}
    cells = [box("trust-boundary-box", "b", 0, 0, 90, 90), box("process", "p", 9, 9, 9, 9, threats=[threat]),
             box("store", "s", 95, 9, 9, 9), {"shape": "trust-boundary-curve", "data": {}},
             {"shape": "flow", "source": {"cell": "p"}, "target": {"cell": "s"}, "data": {"name": "f", "protocol": "HTTPS"}},
             {"shape": "flow", "source": {"x": 1, "y": 2}, "target": {"cell": "s"}, "data": {"name": "g"}}]
    return json.dumps({"summary": {"title": "T"}, "detail": {"diagrams": [{"cells": cells}]}})


def otm():
    return json.dumps({
        "otmVersion": "0.2.0", "project": {"name": "P"}, "trustZones": [{"id": "z", "name": "Z", "risk": {"trustRating": 7}}],
        "assets": [{"id": "d", "name": "D", "risk": {"confidentiality": 50}}],
        "components": [{"id": "a", "name": "A", "type": "rds", "parent": {"trustZone": "z"}, "assets": {"stored": ["d"]}},
                       {"id": "b", "name": "B", "parent": {"component": "a"}, "threats": [{"threat": "t", "mitigations": [{"mitigation": "m", "state": "implemented"}]}]}],
        "dataflows": [{"id": "f", "name": "F", "source": "a", "destination": "b", "tags": ["tcp", "80", "81"]}],
        "threats": [{"id": "t", "name": "T", "categories": ["Tampering"], "risk": {"likelihood": 9, "impact": 99}}],
        "mitigations": [{"id": "m", "name": "M", "riskReduction": 40}]})


def tmt():
    def item(kind, guid, more):
        name = f"<anyType><DisplayName>Name</DisplayName><Value>{guid}</Value></anyType>"
        return (f"<KeyValueOfguidanyType><Value><GenericTypeId>{kind}</GenericTypeId><Guid>{guid}</Guid>"
                f"<Properties>{name}</Properties>{more}</Value></KeyValueOfguidanyType>")
    def box(size):
        return f"<Left>1</Left><Top>1</Top><Width>{size}</Width><Height>{size}</Height>"
    threat = ("<KeyValueOfstringThreatpc_P0_PhOB><Value><FlowGuid>f</FlowGuid><State>AutoGenerated</State><Properties><KeyValueOfstringstring>"
              "<Key>Title</Key><Value>T</Value></KeyValueOfstringstring></Properties></Value></KeyValueOfstringThreatpc_P0_PhOB>")
    ends = "<SourceGuid>p</SourceGuid><TargetGuid>s</TargetGuid>"
    return ("<ThreatModel xmlns='a' xmlns:i='b'><DrawingSurfaceList><DrawingSurfaceModel><Borders>" + item("GE.TB.B", "z", box(50)) +
            item("GE.P", "p", box(9)) + item("GE.DS", "s", box(300)) + "</Borders><Lines>" + item("GE.DF", "f", ends) +
            "</Lines></DrawingSurfaceModel></DrawingSurfaceList><ThreatInstances>" + threat + "</ThreatInstances></ThreatModel>")


def pytm():
    return json.dumps({
        "name": "P", "boundaries": [{"name": "B"}, {"name": "C", "inBoundary": "B"}],
        "data": [{"name": "D", "classification": "Classification.SECRET", "isPII": True}], "actors": [{"name": "A", "__class__": "Actor"}],
        "assets": [{"name": "S", "__class__": "Datastore", "inBoundary": "C", "port": 5432, "data": ["D"]}],
        "flows": [{"name": "F", "source": "A", "sink": "S", "dstPort": -1, "data": ["D"]}, {"name": "G", "source": "S", "sink": "A", "isResponse": True}],
        "findings": [{"description": "d", "target": "F", "severity": "High", "mitigations": "m"}]})


def tm_bom():
    ends = {"trust_zone_a": "z", "trust_zone_b": "public"}
    return json.dumps({
        "scope": {"title": "T"}, "reviewed_at": "2026-01-02", "trust_zones": [{"symbolic_name": "z", "title": "Z"}], "trust_boundaries": [ends],
        "actors": [{"symbolic_name": "a", "title": "A", "type": "user"}], "components": [{"symbolic_name": "c", "title": "C", "trust_zone": "z"}],
        "data_stores": [{"symbolic_name": "s", "trust_zone": "z"}], "data_sets": [{"symbolic_name": "d", "data_sensitivity": ["pii"], "placements": [{"data_store": "s"}]}],
        "data_flows": [{"symbolic_name": "f", "title": "HTTPS", "source": {"object": "a"}, "destination": {"object": "c"}, "encrypted": True}],
        "assumptions": [{"description": "x"}], "threats": [{"symbolic_name": "t", "title": "T"}],
        "controls": [{"symbolic_name": "k", "title": "K", "threats": ["t"], "trust_boundary": ends, "status": "active"}],
        "risks": [{"symbolic_name": "r", "threats": ["t"], "likelihood": "likely", "impact": "major"}]})


def threatcl():
    return """spec_version = "0.7.0"
threatmodel "T" {
  imports = ["x.hcl"]
  information_asset "I" { information_classification = "Public" }
  threat "H" {
    stride = ["Spoofing"]
    control "K" {
      description = import.control.k
      implemented = true # c
      risk_reduction = 50
    }
  }
  data_flow_diagram_v2 "D" {
    trust_zone "Z" { process "P" {} }
    data_store "S" { trust_zone = "Z" }
    flow "https" {
      from = "P"
      to = "S"
    }
  }
  text = <<-END
    l
  END
}
"""


def import_seeds():
    formats = [threagile, threat_dragon, otm, tmt, pytm, tm_bom, threatcl]  # in the order of ForeignFormat
    for number, model in enumerate(formats):
        write("import_fuzz", model.__name__, bytes([number]) + model().encode())
        write("import_fuzz", model.__name__ + "_recognised", bytes([len(formats)]) + model().encode())


def main():
    defragment_seeds()
    import_seeds()
    for name, (link, bytes_of) in decode_seeds().items():
        write("decode_fuzz", name, bytes([link]) + bytes_of)
    write("capture_fuzz", "micro_little", pcap("<", 0xa1b2c3d4))
    write("capture_fuzz", "nano_big", pcap(">", 0xa1b23c4d))
    write("capture_fuzz", "version_2_2", pcap("<", 0xa1b2c3d4, minor=2))
    write("capture_fuzz", "unknown_link", pcap("<", 0xa1b2c3d4, link=147))
    write("capture_fuzz", "blocks_little", pcapng("<"))
    write("capture_fuzz", "blocks_big", pcapng(">"))
    write("capture_fuzz", "two_sections", pcapng("<") + pcapng(">"))
    three = record(1, b"first") + record(2, b"") + record(9, b"third" * 20)
    write("spool_segment_fuzz", "three", three)
    write("spool_segment_fuzz", "torn", three[:-7])
    write("spool_segment_fuzz", "hole", three[:20] + b"\xff" + three[21:])
    write("spool_segment_fuzz", "backwards", record(5, b"later") + record(4, b"earlier"))


main()
