"""Sends SYNs from 10.1.7.3 to 10.4.0.5:5432 out of an interface, checksums good: a "never" of web-shop.yaml.

send_frames.py INTERFACE SOURCE_PORT [COUNT [FLOWS]]    the same frame COUNT times, from each of FLOWS source
                                                        ports; prints how many were sent
"""
import socket
import struct
import sys

SOURCE, TARGET, SERVICE = socket.inet_aton("10.1.7.3"), socket.inet_aton("10.4.0.5"), 5432
SYN = 0x02


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def syn(source_port):
    def tcp(check):
        return struct.pack("!HHIIBBHHH", source_port, SERVICE, 1000, 0, 5 << 4, SYN, 65535, check, 0)

    def ip(check):
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 64, socket.IPPROTO_TCP, check, SOURCE, TARGET)
    pseudo = SOURCE + TARGET + struct.pack("!BBH", 0, socket.IPPROTO_TCP, 20)
    ethernet = bytes.fromhex("020000000002" "020000000001" "0800")
    return ethernet + ip(checksum(ip(0))) + tcp(checksum(pseudo + tcp(0)))


def main(interface, source_port, count="1", flows="1"):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((interface, 0))
        for flow in range(int(flows)):
            frame = syn(int(source_port) + flow)
            for _ in range(int(count)):
                out.send(frame)
    print(int(count) * int(flows))


main(*sys.argv[1:])
