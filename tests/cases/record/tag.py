"""Puts an 802.1ad and an 802.1Q tag (QinQ: 100, then 42) on every frame of a capture."""
import struct
import sys


def tag(source: str, target: str) -> None:
    with open(source, "rb") as file:
        data = file.read()
    order = {b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}[data[:4]]
    out, at = bytearray(data[:24]), 24
    tags = bytes.fromhex("88a80064" "8100002a")
    while at < len(data):
        seconds, nanos, length, wire = struct.unpack_from(order + "IIII", data, at)
        frame = data[at + 16:at + 16 + length]
        frame = frame[:12] + tags + frame[12:]
        out += struct.pack(order + "IIII", seconds, nanos, length + 8, wire + 8) + frame
        at += 16 + length
    with open(target, "wb") as file:
        file.write(out)


tag(sys.argv[1], sys.argv[2])
