#!/usr/bin/env python3
"""Every packet and every TCP stream of every capture, as ours and as tshark reads them.

usage: beside_tshark.py READ_CAPTURE CAPTURES [--only PART_OF_A_PATH]... [--list] [--jobs N]

Compared by file: of each packet the innermost IP packet's ends, protocol, ports and bytes, the depth of tunnels, and
whether it is a fragment or the datagram that one made whole; of each direction of TCP its bytes.
A difference must have one of the causes named below, or the test fails. --list prints those too.
"""
import argparse
import collections
import concurrent.futures
import ipaddress
import os
import pathlib
import re
import shutil
import subprocess
import sys

from captures import SKIPPED, captures_in

FIELDS = ["frame.number", "frame.protocols", "frame.len", "frame.cap_len", "ip.src_host", "ip.dst_host", "ip.proto", "ip.flags.mf", "ip.frag_offset",
          "ipv6.src_host", "ipv6.dst_host", "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "tcp.srcport", "tcp.dstport", "udp.srcport",
          "udp.dstport", "sctp.srcport", "sctp.dstport", "_ws.expert.message", "gtp.message", "ipv6.routing.type", "ip.len", "ip.hdr_len",
          "ipv6.plen", "ip.reassembled.length", "ipv6.reassembled.length", "tcp.stream"]
# No names; VXLAN by its older port too.
OPTIONS = ["-n", "-o", "tcp.desegment_tcp_streams:FALSE", "-d", "udp.port==8472,vxlan"]
STREAMS_AT_ONCE = 256
MISSING = re.compile(rb"\[\d+ bytes missing in capture file\]\x00?")
TRANSPORTS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmpv6": 58}

# What tshark goes into and we, by contract (the README of decode), do not: from there on its answer is left out.
NOT_FOLLOWED = {
    "icmp": "a quoted packet is no layer", "icmpv6": "a quoted packet is no layer", "wlan": "802.11 frames inside GRE or CAPWAP",
    "gtpprime": "carries no user packets", "l2tp": "not followed", "capwap": "not followed", "capwap.data": "not followed",
    "nsh": "not followed", "vntag": "not followed", "ieee8021ah": "not followed", "ayiya": "not followed",
    "etherip": "not followed", "sflow": "a sample is no layer", ("udp", "gre"): "GRE over UDP (RFC 8086)",
}


class Packet:
    """What tshark says of one frame."""

    def __init__(self, line):
        values = line.rstrip("\n").split("\t")
        self.of = {name: values[i].split("|") if i < len(values) and values[i] else [] for i, name in enumerate(FIELDS)}
        self.protocols = self.of["frame.protocols"][0].split(":") if self.of["frame.protocols"] else []
        self.text = " ".join(self.of["_ws.expert.message"])
        sizes = self.of["frame.cap_len"], self.of["frame.len"]
        self.cut = all(sizes) and int(sizes[0][0]) < int(sizes[1][0])
        self.joined = bool(self.of["ip.reassembled.length"] or self.of["ipv6.reassembled.length"])
        self.headers = self.chain()

    def nth(self, name, n):
        values = self.of[name]
        return values[n] if n < len(values) else ""

    def chain(self):
        """The IP headers from outside in: (version, source, destination, protocol or None, ports, fragment)."""
        out, seen = [], collections.Counter()
        pairs = zip(self.protocols, self.protocols[1:] + [""])
        end = next((at + 1 for at, pair in enumerate(pairs) if pair[0] in NOT_FOLLOWED or pair in NOT_FOLLOWED), None)
        self.followed = self.protocols[:end]
        pieces = self.followed.count("ipv6.fraghdr")
        for name in self.followed:
            if name in ("ip", "ipv6"):
                n = seen[name]
                if name == "ip":
                    fragment = self.nth("ip.flags.mf", n) in ("1", "True") or self.nth("ip.frag_offset", n) not in ("", "0")
                    protocol = self.nth("ip.proto", n)
                    out.append([4, self.nth("ip.src_host", n), self.nth("ip.dst_host", n), int(protocol) if protocol else None, (0, 0),
                                fragment])
                else:
                    more = any(m in ("1", "True") for m in self.of["ipv6.fraghdr.more"][:pieces])
                    later = any(o not in ("", "0") for o in self.of["ipv6.fraghdr.offset"][:pieces])
                    out.append([6, self.nth("ipv6.src_host", n), self.nth("ipv6.dst_host", n), None, (0, 0), more or later])
            elif name in TRANSPORTS and out:
                out[-1][3] = TRANSPORTS[name]
                if name in ("tcp", "udp", "sctp"):
                    ports = self.nth(name + ".srcport", seen[name]), self.nth(name + ".dstport", seen[name])
                    out[-1][4] = tuple(int(p) if p else 0 for p in ports)
            seen[name] += 1
        self.streams = [int(n) for n in self.of["tcp.stream"][:seen["tcp"]]]
        return out


def address(hexadecimal):
    return str(ipaddress.ip_address(bytes.fromhex(hexadecimal)))


def ours_of(program, capture):
    """Lines of packets, and streams by their ends; None: our reader refuses the file."""
    done = subprocess.run([program, capture], capture_output=True, text=True, timeout=600)
    if done.returncode == 3:
        return None
    if done.returncode != 0:
        raise SystemExit(f"{program} {capture} ends with {done.returncode}:\n{done.stderr[-2000:]}")
    packets, streams, others, skipped = [], {}, collections.defaultdict(list), False
    for line in done.stdout.splitlines():
        kind, *fields = line.split("\t")
        if kind == "packet":
            packets.append(fields)
        elif kind in ("stream", "other"):
            ends = (address(fields[0]), int(fields[1]), address(fields[2]), int(fields[3]))
            if kind == "other":
                others[ends].append(bytes.fromhex(fields[4]))
            else:
                streams[ends] = (bytes.fromhex(fields[5]), int(fields[4]))
        else:
            skipped = True
    return packets, streams, others, skipped


def tshark(capture, arguments):
    done = subprocess.run(["tshark", "-r", capture, *OPTIONS, *arguments], capture_output=True, text=True, timeout=600, errors="replace")
    return done.stdout.splitlines()


def node(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def streams_in(lines, wanted):
    """What tshark follows, by ends, in the order of its streams; its words about holes are taken out."""
    out, nodes, kept, taken = {}, [], {}, False
    for line in lines:
        if line.startswith("Filter: "):
            taken = int(line.rsplit(" ", 1)[1]) in wanted
        elif line.startswith("Node ") and taken:
            nodes.append(node(line.split(": ", 1)[1]))
            if len(nodes) == 2:
                kept = {False: out.setdefault((*nodes[0], *nodes[1]), []), True: out.setdefault((*nodes[1], *nodes[0]), [])}
        elif line.startswith("====="):
            nodes = []
        elif len(nodes) == 2 and line.strip():
            kept[line.startswith("\t")].append(bytes.fromhex(line.strip()))
    return {ends: MISSING.sub(b"", b"".join(parts)) for ends, parts in out.items() if any(parts)}


def theirs_of(capture):
    """Packets and streams. The first call follows the first streams, more of them take more calls."""
    fields = ["-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=|"]
    for field in FIELDS:
        fields += ["-e", field]

    def follow(first):
        return [word for n in range(first, first + STREAMS_AT_ONCE) for word in ("-z", f"follow,tcp,raw,{n}")]
    lines = tshark(capture, [*fields, *follow(0)])
    end = next((at for at, line in enumerate(lines) if line.startswith("=====")), len(lines))
    packets = [Packet(line) for line in lines[:end] if line[:1].isdigit()]
    lines = lines[end:]
    streams = {n for packet in packets for n in packet.streams}
    for first in range(STREAMS_AT_ONCE, max(streams, default=0) + 1, STREAMS_AT_ONCE):
        lines += tshark(capture, ["-q", *follow(first)])
    return packets, streams_in(lines, streams)


def their_bytes(theirs, header):
    """Of the IP header with this number; None: tshark does not say."""
    version = theirs.headers[header][0]
    n = sum(1 for other in theirs.headers[:header] if other[0] == version)
    if version == 4:
        whole, fixed, length = theirs.of["ip.reassembled.length"], theirs.nth("ip.hdr_len", n), theirs.nth("ip.len", n)
        if theirs.headers[header][5]:
            return int(whole[-1]) + int(fixed) if whole and fixed else None
        return int(length) if length not in ("", "0") else None
    length = theirs.nth("ipv6.plen", n)
    return int(length) + 40 if length not in ("", "0") and not theirs.headers[header][5] else None


def difference(ours, theirs):
    """None when both say the same, else what differs, in few words."""
    result, tunnels, version = ours[0], int(ours[1]), int(ours[3])
    headers = theirs.headers
    if result in ("ok", "fragment"):
        if len(headers) <= tunnels:
            return f"we go deeper: {ours[2]}"
        if result == "ok" and len(headers) != tunnels + 1:
            return "tshark goes deeper: " + ":".join(theirs.protocols)
        their = headers[tunnels]
        if [version, address(ours[4]), address(ours[5])] != their[:3]:
            return "ends"
        if result == "fragment":
            return "a datagram for tshark alone" if theirs.joined else None if their[5] else "fragment for us alone"
        if their[5] and not theirs.joined:
            return "fragment for tshark alone"
        if their[3] is not None and int(ours[6]) != their[3] and not (version == 6 and int(ours[6]) not in TRANSPORTS.values()):
            return f"protocol {ours[6]}, {their[3]}"
        if their[4] != (0, 0) and (int(ours[7]), int(ours[8])) != their[4]:
            return "ports"
        expected = their_bytes(theirs, tunnels)
        return f"bytes {ours[10]}, {expected}" if expected not in (None, int(ours[10])) else None
    if result == "not-ip":
        return "IP for tshark alone" if headers else None
    return result


def stream_differences(ours, theirs):
    """(ends, what) of each direction that is not the same."""
    for ends in sorted(ours.keys() | theirs.keys()):
        our, gaps = ours.get(ends, (b"", 0))
        their = theirs.get(ends, b"")
        if our == their:
            continue
        at = next((i for i, (a, b) in enumerate(zip(our, their)) if a != b), min(len(our), len(their)))
        yield ends, f"stream of {len(our)} bytes with {gaps} holes, of {len(their)} for tshark, differs at {at}"


BAD = ("truncated", "bad-length", "bad-header")


def malformed(their):
    words = ("exceeds", "Bogus", "bogus", "Malformed", "malformed", "shorter", "less than", "Bad length", "too short", "Too short", "Invalid")
    return "_ws.malformed" in their.protocols or "_ws.short" in their.protocols or any(word in their.text for word in words)


# (what differs begins with, a test of both) -> cause. The first that fits is taken.
CAUSES = [
    (("ends",), lambda o, t: "source-route" in o[11], "of a source route tshark shows the last stop, we the next one, as the header has it"),
    (("too-deep",), lambda o, t: True, "more extension headers, tags or labels than are read, and we say so"),
    (BAD, lambda o, t: t.cut, "cut by the capture's snap length: no key from half a packet"),
    (BAD, lambda o, t: malformed(t), "malformed for tshark too: it shows the headers that it could read, we key nothing"),
    (("tshark goes deeper",), lambda o, t: "broken-tunnel" in o[11], "an inside that is bad or cut: we stop at the packet that carries it, and say so"),
    (("tshark goes deeper",), lambda o, t: "too-deep" in o[11], "more tunnels than are followed, and we say so"),
]


def cause_of(what, ours, theirs):
    for begins, fits, cause in CAUSES:
        if what.startswith(begins) and fits(ours, theirs):
            return cause
    return None


class File:
    """One capture beside tshark."""

    def __init__(self, program, path):
        self.packets, self.same, self.passed_over, self.differences = 0, 0, None, []  # (where, what, cause, detail)
        ours = ours_of(program, str(path))
        if ours is None:
            self.passed_over = "our reader refuses the file (a link type that is not known, or no capture)"
            return
        packets, streams, self.others, skipped = ours
        if skipped:
            self.passed_over = "packets of an interface whose link type is not known are left out: numbers do not match"
            return
        their_packets, their_streams = theirs_of(str(path))
        if len(packets) != len(their_packets):
            self.differences.append(("packets", f"{len(packets)}, {len(their_packets)} for tshark", None, ""))
        self.compare_packets(packets, their_packets)
        for ends, what in stream_differences(streams, their_streams):
            self.differences.append((" ".join(map(str, ends)), what, None, ""))

    def compare_packets(self, ours, theirs):
        for number, (our, their) in enumerate(zip(ours, theirs), 1):
            self.packets += 1
            what = difference(our, their)
            if what is None:
                self.same += 1
                continue
            detail = f"; ours {' '.join(our)}; tshark {':'.join(their.protocols)} {their.headers} {their.text[:100]}"
            self.differences.append((str(number), what, cause_of(what, our, their), detail))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("captures", type=pathlib.Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed")
        return SKIPPED
    paths = captures_in(asked.captures, asked.only)
    packets, same, equal, unexplained = 0, 0, 0, 0
    passed_over, causes = collections.Counter(), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        for path, file in zip(paths, pool.map(lambda path: File(asked.program, path), paths)):
            packets, same = packets + file.packets, same + file.same
            equal += 0 if file.passed_over or file.differences else 1
            if file.passed_over:
                passed_over[file.passed_over] += 1
            for cause in {cause for _, _, cause, _ in file.differences}:
                causes[cause] += 1
            for where, what, cause, detail in file.differences:
                unexplained += cause is None
                if cause is None or asked.list:
                    print(f"{'explained' if cause else 'DIFFERS'} {path.relative_to(asked.captures)} {where}: {what}{detail}", flush=True)
    print(f"{len(paths)} files, {equal} the same; {packets} packets, {same} the same; {unexplained} differences without a cause")
    for title, counts in (("passed over", passed_over), ("explained", causes)):
        for cause, count in counts.most_common():
            print(f"{title}: {count} files: {cause}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
