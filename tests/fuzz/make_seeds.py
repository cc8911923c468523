#!/usr/bin/env python3
"""Writes the binary seeds of capture_fuzz and spool_segment_fuzz into corpus/. Run it again to change them."""
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


def main():
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
