#!/usr/bin/env python3
"""Every packet and every TCP stream of every capture, as ours and as tshark reads them.

usage: beside_tshark.py READ_CAPTURE CAPTURES [--only PART_OF_A_PATH]... [--list] [--jobs N]

Compared by file: of each packet the innermost IP packet's ends, protocol, ports and bytes, the depth of tunnels, and
whether it is a fragment or the datagram that one made whole, or that it is cut or malformed; of each direction of TCP its
bytes, as tshark follows them or, where it leaves out what stands behind a hole, as the segments that it shows lie in order.
A difference must have one of the causes named below, and at least EQUAL_SHARE of the files none at all, or the test
fails. --list prints the differences that have a cause, too.
"""
import argparse
import collections
import concurrent.futures
import ipaddress
import os
import pathlib
import shutil
import subprocess
import sys

import tshark_answer
from captures import SKIPPED, captures_in

EQUAL_SHARE = 0.995
CONTRADICTORY = {"fragment-conflict", "fragment-length", "fragment-oversize"}
BAD = ("truncated", "bad-length", "bad-header")


def address(hexadecimal):
    return str(ipaddress.ip_address(bytes.fromhex(hexadecimal)))


class OurPacket:
    def __init__(self, fields):
        self.line = " ".join(fields)
        self.result, self.tunnels, self.kind, self.version = fields[0], int(fields[1]), fields[2], int(fields[3])
        self.source, self.destination = (address(field) if field else "" for field in fields[4:6])
        self.protocol, self.ports, self.bytes = int(fields[6]), (int(fields[7]), int(fields[8])), int(fields[10])
        self.anomalies = set(fields[11].split(",")) - {""}


class OurStream:
    def __init__(self, fields=("", "", "", "", "0", "", "")):
        self.flows, self.anomalies = int(fields[4]), set(fields[5].split(",")) - {""}
        self.pieces = [bytes.fromhex(piece) for piece in fields[6].split(".")]  # with holes between them
        self.bytes, self.others = b"".join(self.pieces), []

    def says_again(self, theirs):
        """A later flow of the same ends has nothing but what was there before."""
        return self.flows > 1 and self.bytes.startswith(theirs) and self.bytes[len(theirs):] in theirs

    def filled_late(self, theirs):
        """What is missing in the holes was read, when it came, in the other reading."""
        at = 0
        for piece in self.pieces:
            found = theirs.find(piece, at)
            if found < 0 or not any(theirs[at:found] in other for other in [b"", *self.others]):
                return False
            at = found + len(piece)
        return any(theirs[at:] in other for other in [b"", *self.others])


def ends_in(fields):
    return address(fields[0]), int(fields[1]), address(fields[2]), int(fields[3])


def ours_of(program, capture):
    """Packets, streams by their ends, and whether packets were left out; None: our reader refuses the file."""
    done = subprocess.run([program, capture], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode == 3:
        return None
    if done.returncode != 0:
        raise SystemExit(f"{program} {capture} ends with {done.returncode}:\n{done.stderr[-2000:]}")
    packets, streams, skipped = [], {}, False
    for line in done.stdout.splitlines():
        kind, *fields = line.split("\t")
        if kind == "packet":
            packets.append(OurPacket(fields))
        elif kind == "stream":
            streams[ends_in(fields)] = OurStream(fields)
        elif kind == "other" and ends_in(fields) in streams:
            streams[ends_in(fields)].others.append(bytes.fromhex(fields[4]))
        skipped = skipped or kind == "skipped"
    return packets, streams, skipped


def packet_difference(ours, theirs):
    """None when both say the same, else what differs, in few words."""
    headers = theirs.headers
    if ours.result == "too-deep" and not headers:
        return None  # tshark finds no IP packet behind all that either
    if ours.result == "not-ip":
        return "IP for tshark alone" if headers else None
    if ours.result in (*BAD, "too-deep") and (theirs.cut or theirs.malformed()):
        return None  # tshark shows the headers that it could read and says so; we key nothing
    if ours.result not in ("ok", "fragment"):
        return ours.result
    if len(headers) <= ours.tunnels:
        return f"we go deeper: {ours.kind}"
    if ours.result == "ok" and len(headers) != ours.tunnels + 1:
        if "broken-tunnel" in ours.anomalies and theirs.malformed():
            return None  # both say that the inside is broken
        return "tshark goes deeper: " + ":".join(theirs.protocols)
    version, source, destination, protocol, ports, fragment = headers[ours.tunnels]
    if (ours.version, ours.source, ours.destination) != (version, source, destination):
        return "ends"
    if ours.result == "fragment":
        if ours.anomalies & CONTRADICTORY and theirs.contradictory():
            return None  # both say that the fragments do not fit together; tshark shows what it can
        joined = theirs.joined and not any(around[5] for around in headers[:ours.tunnels])  # else it was the one that carries it
        return "a datagram for tshark alone" if joined else None if fragment else "fragment for us alone"
    if fragment and not theirs.joined:
        return "fragment for tshark alone"
    named = version == 4 or ours.protocol in tshark_answer.TRANSPORTS.values()
    if protocol is not None and ours.protocol != protocol and named:
        return f"protocol {ours.protocol}, {protocol}"
    if ports not in ((0, 0), ours.ports):
        return "ports"
    expected = theirs.bytes_of(ours.tunnels)
    return f"bytes {ours.bytes}, {expected}" if expected not in (None, ours.bytes) else None


def stream_difference(ours, theirs, segments):
    laid_out = tshark_answer.laid_out(segments)
    if ours.bytes in (theirs, laid_out) or ours.says_again(theirs) or ours.filled_late(theirs) or ours.filled_late(laid_out):
        return None
    at = next((i for i, (a, b) in enumerate(zip(ours.bytes, theirs)) if a != b), min(len(ours.bytes), len(theirs)))
    return f"{len(ours.bytes)} bytes, {len(ours.pieces) - 1} holes, {len(theirs)} bytes for tshark, differs at {at}"


NESTED = "fragments of a fragment: we put both together, tshark takes the inner fragment's header for a payload"


def is_joined_fragment(ours, theirs, _):
    """What fragments made is itself one: longer than the packet that made it whole."""
    own = theirs.nth("ipv6.plen", ours.tunnels)
    return ours.version == 6 and own != "" and ours.bytes > int(own) + 40


# (what differs begins with, a test of our packet, tshark's and the file) -> cause. The first that fits is taken.
PACKET_CAUSES = [
    (("too-deep",), lambda o, t, f: True, "more extension headers, tags or labels than are read, and we say so"),
    (("tshark goes deeper",), lambda o, t, f: "broken-tunnel" in o.anomalies,
     "an inside that is bad or cut: we stop at the packet that carries it, and say so"),
    (("tshark goes deeper",), lambda o, t, f: "too-deep" in o.anomalies, "more tunnels than are followed, and we say so"),
    (("a datagram for tshark alone",), lambda o, t, f: "fragment-limit" in f.anomalies,
     "a datagram of more than 512 fragments: given up, and we say so"),
    (("a datagram for tshark alone",), is_joined_fragment, NESTED),
    (("fragment for tshark alone",), lambda o, t, f: f.nested, NESTED),
]

# (a test of our stream, tshark's bytes, their ends and the file) -> cause. Likewise.
STREAM_CAUSES = [
    (lambda o, t, e, f: e in f.cut, "of a packet that is cut or malformed we read nothing"),
    (lambda o, t, e, f: "tcp-syn-again" in o.anomalies, "a second SYN with another number, unanswered: tshark follows it, we do not, and say so"),
    (lambda o, t, e, f: e in f.given_up, "of a datagram of more than 512 fragments, given up, and we say so"),
    (lambda o, t, e, f: "tcp-gap" in o.anomalies and len(o.pieces) > 1,
     "a hole was given up, and told, that filled later: what came late is in the other reading"),
    (lambda o, t, e, f: e in f.damaged, "damaged segments, whose checksums are bad: their numbers lead both astray"),
]


class File:
    """One capture beside tshark."""

    def __init__(self, program, path):
        self.packets, self.same, self.passed_over, self.differences = 0, 0, None, []  # (where, what, cause, detail)
        ours = ours_of(program, str(path))
        if ours is None:
            self.passed_over = "our reader refuses the file (a link type that is not known, or no capture)"
            return
        packets, streams, skipped = ours
        if skipped:
            self.passed_over = "packets of an interface whose link type is not known are left out: numbers do not match"
            return
        theirs = tshark_answer.Answer(str(path))
        if len(packets) != len(theirs.packets):
            self.differences.append(("packets", f"{len(packets)}, {len(theirs.packets)} for tshark", None, ""))
        self.learn(packets, theirs.packets)
        self.compare_packets(packets, theirs.packets)
        self.compare_streams(streams, theirs)

    def learn(self, ours, theirs):
        """What causes ask of the file: both directions of the flows with such packets."""
        self.nested = False
        self.anomalies = set().union(*(packet.anomalies for packet in ours)) if ours else set()
        self.cut, self.damaged, self.given_up, self.segments = set(), set(), set(), collections.defaultdict(list)
        for our, their in zip(ours, theirs):
            source, port, destination, other_port = their.ends() or ("", 0, "", 0)
            both = {(source, port, destination, other_port), (destination, other_port, source, port)}
            alike = our.result == "ok" and len(their.headers) == our.tunnels + 1  # not an inside that both call broken
            segment = their.segment() if alike else None
            if segment:
                self.segments[source, port, destination, other_port].append(segment)
            self.cut |= both if our.result in BAD else set()
            self.damaged |= both if "bad-checksum" in our.anomalies else set()
            self.nested |= our.result == "fragment" and their.joined and is_joined_fragment(our, their, self)
            self.given_up |= both if our.result == "fragment" and their.joined and "fragment-limit" in self.anomalies else set()

    def compare_packets(self, ours, theirs):
        for number, (our, their) in enumerate(zip(ours, theirs), 1):
            self.packets += 1
            what = packet_difference(our, their)
            if what is None:
                self.same += 1
                continue
            cause = next((cause for begins, fits, cause in PACKET_CAUSES if what.startswith(begins) and fits(our, their, self)), None)
            detail = f"; ours {our.line}; tshark {':'.join(their.protocols)} {their.headers} {their.text[:100]}"
            self.differences.append((str(number), what, cause, detail))

    def stream_differences(self, ours, theirs):
        """What differs, by ends. Where not all was followed yet, from the segments alone."""
        out = {}
        for ends in sorted(ours.keys() | theirs.ends()):
            what = stream_difference(ours.get(ends, OurStream()), theirs.said(ends), self.segments[ends])
            if what is not None:
                out[ends] = what
        return out

    def compare_streams(self, ours, theirs):
        unsure = [ends for ends in self.stream_differences(ours, theirs) if not theirs.followed(ends)]
        if unsure:
            theirs.follow_too(unsure)
        for ends, what in self.stream_differences(ours, theirs).items():
            our = ours.get(ends, OurStream())
            cause = next((cause for fits, cause in STREAM_CAUSES if fits(our, theirs.said(ends), ends, self)), None)
            self.differences.append((" ".join(map(str, ends)), what, cause, ""))


class Sum:
    def __init__(self):
        self.files, self.equal, self.packets, self.same, self.unexplained = 0, 0, 0, 0, 0
        self.passed_over, self.causes = collections.Counter(), collections.Counter()

    def add(self, name, file, list_all):
        self.packets, self.same = self.packets + file.packets, self.same + file.same
        if file.passed_over:
            self.passed_over[file.passed_over] += 1
            return
        self.files += 1
        self.equal += not file.differences
        self.causes.update({cause for _, _, cause, _ in file.differences if cause})
        for where, what, cause, detail in file.differences:
            self.unexplained += cause is None
            if cause is None or list_all:
                print(f"{'explained' if cause else 'DIFFERS'} {name} {where}: {what}{detail}", flush=True)

    def tell(self):
        share = self.equal / self.files if self.files else 0
        print(f"{self.files} files compared, {self.equal} the same ({share:.2%}); {self.packets} packets, {self.same} the same;"
              f" {self.unexplained} differences without a cause")
        for title, counts in (("passed over", self.passed_over), ("explained", self.causes)):
            for cause, count in counts.most_common():
                print(f"{title}: {count} files: {cause}")
        return 1 if self.unexplained or share < EQUAL_SHARE else 0


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
    paths, result = captures_in(asked.captures, asked.only), Sum()
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        for path, file in zip(paths, pool.map(lambda path: File(asked.program, path), paths)):
            result.add(path.relative_to(asked.captures), file, asked.list)
    return result.tell()


if __name__ == "__main__":
    sys.exit(main())
