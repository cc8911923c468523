#!/usr/bin/env python3
"""Every packet and every TCP stream of every capture, as ours and as tshark reads them.

usage: beside_tshark.py READ_CAPTURE CAPTURES [--only PART_OF_A_PATH]... [--list] [--jobs N]

Compared by file: of each packet the innermost IP packet's ends, protocol, ports and bytes, the depth of tunnels, and
whether it is a fragment or the datagram that one made whole, or that it is cut or malformed; the flows of TCP and UDP
(flows.py); of each direction of TCP its bytes, as tshark follows them or, where it leaves out what stands behind a hole,
as the segments that it shows lie in order. A difference must have one of the causes named below, and at least EQUAL_SHARE
of the files none at all, or none but flows that part by both tools' rules, or the test fails. --list prints the differences
that have a cause, too.
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
import tempfile

import flows
import tshark_answer
from captures import SKIPPED, captures_in
from flow_rules import ahead

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
        self.anomalies, self.flow = set(fields[11].split(",")) - {""}, int(fields[12])

    def ends(self):
        return (self.source, self.ports[0]), (self.destination, self.ports[1])


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
    """Packets, flows, streams by their ends, and whether packets were left out; None: our reader refuses the file."""
    done = subprocess.run([program, capture], capture_output=True, text=True, timeout=600, check=False)
    if done.returncode == 3:
        return None
    if done.returncode != 0:
        raise SystemExit(f"{program} {capture} ends with {done.returncode}:\n{done.stderr[-2000:]}")
    packets, told_flows, streams, skipped = [], [], {}, False
    for line in done.stdout.splitlines():
        kind, *fields = line.split("\t")
        if kind == "packet":
            packets.append(OurPacket(fields))
        elif kind == "flow":
            source, port, destination, other_port = ends_in(fields[2:])
            told_flows.append(flows.OurFlow(int(fields[0]), (source, port), (destination, other_port), [int(n) for n in fields[6:]]))
        elif kind == "stream":
            streams[ends_in(fields)] = OurStream(fields)
        elif kind == "other" and ends_in(fields) in streams:
            streams[ends_in(fields)].others.append(bytes.fromhex(fields[4]))
        skipped = skipped or kind == "skipped"
    return packets, told_flows, streams, skipped


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


def is_joined_fragment(ours, theirs):
    """What fragments made is itself one: longer than the packet that made it whole."""
    own = theirs.nth("ipv6.plen", ours.tunnels)
    return ours.version == 6 and own != "" and ours.bytes > int(own) + 40


def is_nested(what, ours, theirs, file):
    first = what == "a datagram for tshark alone"
    last = what == "fragment for tshark alone" and (ours.source, ours.destination) in file.nested
    return (first or last) and is_joined_fragment(ours, theirs)


# (a test of what differs, our packet, tshark's and the file) -> cause. The first that fits is taken.
PACKET_CAUSES = [(is_nested, NESTED)]


def showing(*anomalies):
    return lambda packets: {number for number, our, _ in packets if our.anomalies.issuperset(anomalies)}


def late(packets):
    """Segments before the first one, and those that come behind the giving up of a hole and lie before what was there then."""
    out, first, furthest, given_up = set(), None, None, False
    for number, our, their in packets:
        given_up = given_up or "tcp-gap" in our.anomalies
        at, payload = their.segment() or (0, b"")
        if not payload:
            continue
        first, furthest = (at, at) if first is None else (first, furthest)
        if ahead(at, first) < 0 or (given_up and ahead(at, furthest) < 0):
            out.add(number)
        furthest = max(furthest, at + len(payload), key=lambda end: ahead(end, first))
    return out


# (which of a stream's packets are to blame) -> cause. It is one where both read the same, and something, without those packets.
STREAM_CAUSES = [
    (showing("tcp-syn-again"), "a second SYN with another number, unanswered: tshark follows it, we do not, and say so"),
    (showing("bad-checksum", "tcp-out-of-window"), "damaged segments, far from all others: their numbers lead both astray"),
    (showing("tcp-bad-ack"), "segments that acknowledge what was never sent are in the other reading"),
    (late, "what came late for a hole that was given up, and told, or before the beginning, is in the other reading"),
]


class Reading:
    """A capture as both tools read it; `passed_over` says why it is not compared."""

    def __init__(self, program, path):
        self._program, self._path, self.passed_over = program, path, None
        ours = ours_of(program, str(path))
        if ours is None:
            self.passed_over = "our reader refuses the file (a link type that is not known, or no capture)"
            return
        self.packets, self.flows, self.streams, skipped = ours
        if skipped:
            self.passed_over = "packets of an interface whose link type is not known are left out: numbers do not match"
            return
        self.theirs = tshark_answer.Answer(str(path))
        self.sent = collections.defaultdict(list)  # by ends: the packets that both tools read, and their numbers
        for number, (our, their) in enumerate(zip(self.packets, self.theirs.packets), 1):
            if our.result == "ok" and len(their.headers) == our.tunnels + 1:  # not an inside that both call broken
                self.sent[their.ends()].append((number, our, their))

    def _differing(self):
        out = {}
        for ends in sorted(self.streams.keys() | self.theirs.ends()):
            segments = [segment for _, _, their in self.sent[ends] if (segment := their.segment())]
            what = stream_difference(self.streams.get(ends, OurStream()), self.theirs.said(ends), segments)
            if what is not None:
                out[ends] = what
        return out

    def differing_streams(self):
        """What differs, by ends. What was not followed yet is, where the segments alone do not tell that it is the same."""
        unsure = [ends for ends in self._differing() if not self.theirs.followed(ends)]
        if unsure:
            self.theirs.follow_too(unsure)
        return self._differing()

    def same_without(self, ends, numbers):
        """Whether both read the same of a stream, and something, where these packets are taken out of the capture."""
        with tempfile.TemporaryDirectory() as folder:
            rest = pathlib.Path(folder) / "rest.pcapng"
            subprocess.run(["editcap", "-F", "pcapng", self._path, rest, *map(str, sorted(numbers))], capture_output=True, check=True)
            reading = Reading(self._program, rest)
            return ends in reading.streams and ends not in reading.differing_streams()

    def cause_of(self, ends):
        for to_blame, cause in STREAM_CAUSES:
            numbers = to_blame(self.sent[ends])
            if numbers and self.same_without(ends, numbers):
                return cause
        return None


class File:
    """One capture beside tshark."""

    def __init__(self, program, path):
        self.packets, self.same, self.differences = 0, 0, []  # (where, what, cause, detail)
        reading = Reading(program, path)
        self.passed_over = reading.passed_over
        if self.passed_over:
            return
        ours, theirs = reading.packets, reading.theirs.packets
        if len(ours) != len(theirs):
            self.differences.append(("packets", f"{len(ours)}, {len(theirs)} for tshark", None, ""))
        self.nested = {(our.source, our.destination) for our, their in zip(ours, theirs)
                       if our.result == "fragment" and their.joined and is_joined_fragment(our, their)}
        self.compare_packets(ours, theirs)
        for ends, what in reading.differing_streams().items():
            self.differences.append((" ".join(map(str, ends)), what, reading.cause_of(ends), ""))
        self.flows = flows.Flows(reading.flows, ours, theirs)
        self.differences += [(where, what, None, "") for where, what in self.flows.differences]

    def compare_packets(self, ours, theirs):
        for number, (our, their) in enumerate(zip(ours, theirs), 1):
            self.packets += 1
            what = packet_difference(our, their)
            if what is None:
                self.same += 1
                continue
            cause = next((cause for fits, cause in PACKET_CAUSES if fits(what, our, their, self)), None)
            detail = f"; ours {our.line}; tshark {':'.join(their.protocols)} {their.headers} {their.text[:100]}"
            self.differences.append((str(number), what, cause, detail))


class Sum:
    def __init__(self):
        self.files, self.equal, self.by_rule, self.packets, self.same, self.unexplained = 0, 0, 0, 0, 0, 0
        self.our_flows, self.their_flows = 0, 0
        self.passed_over, self.causes, self.rules = collections.Counter(), collections.Counter(), collections.Counter()

    def add(self, name, file, list_all):
        self.packets, self.same = self.packets + file.packets, self.same + file.same
        if file.passed_over:
            self.passed_over[file.passed_over] += 1
            return
        self.files += 1
        self.equal += not file.differences and not file.flows.rules
        self.by_rule += not file.differences and bool(file.flows.rules)
        self.our_flows, self.their_flows = self.our_flows + file.flows.ours, self.their_flows + file.flows.theirs
        self.rules.update(file.flows.rules.keys())
        self.causes.update({cause for _, _, cause, _ in file.differences if cause})
        for where, what, cause, detail in file.differences:
            self.unexplained += cause is None
            if cause is None or list_all:
                print(f"{'explained' if cause else 'DIFFERS'} {name} {where}: {what}{detail}", flush=True)

    def tell(self):
        share = (self.equal + self.by_rule) / self.files if self.files else 0
        print(f"{self.files} files compared, {self.equal} the same and {self.by_rule} by rule ({share:.2%}); {self.packets} packets,"
              f" {self.same} the same; {self.our_flows} flows, {self.their_flows} for tshark;"
              f" {self.unexplained} differences without a cause")
        for title, counts in (("passed over", self.passed_over), ("flows part by rule", self.rules), ("explained", self.causes)):
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
    if shutil.which("tshark") is None or shutil.which("editcap") is None:
        print("skipped: tshark and editcap are not installed")
        return SKIPPED
    paths, result = captures_in(asked.captures, asked.only), Sum()
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        for path, file in zip(paths, pool.map(lambda path: File(asked.program, path), paths)):
            result.add(path.relative_to(asked.captures), file, asked.list)
    return result.tell()


if __name__ == "__main__":
    sys.exit(main())
