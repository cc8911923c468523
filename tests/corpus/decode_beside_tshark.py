#!/usr/bin/env python3
"""Every packet of every capture: our decoder's innermost ends, protocol and ports beside tshark's.

usage: decode_beside_tshark.py DECODED_PACKETS CAPTURES [--only PART_OF_A_PATH]... [--list]

A difference must have one of the causes named below, or the test fails. --list prints those too.
"""
import argparse
import collections
import pathlib
import shutil
import subprocess
import sys

SKIPPED = 77
SUFFIXES = {".pcap", ".pcapng", ".cap", ".trace"}
FIELDS = ["frame.protocols", "frame.len", "frame.cap_len", "ip.src_host", "ip.dst_host", "ip.proto", "ip.flags.mf", "ip.frag_offset",
          "ipv6.src_host", "ipv6.dst_host", "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "tcp.srcport", "tcp.dstport", "udp.srcport",
          "udp.dstport", "sctp.srcport", "sctp.dstport", "_ws.expert.message", "gtp.message", "ipv6.routing.type"]
# Each fragment alone, as we read it; no names; UDP's tunnels by their port.
OPTIONS = ["-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE",
           "-d", "udp.port==8472,vxlan"]
TRANSPORTS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmpv6": 58}

# What tshark goes into and we, by contract, do not: everything from there on is left out of its answer.
NOT_FOLLOWED = {
    "icmp": "a quoted packet is no layer", "icmpv6": "a quoted packet is no layer",
}


class Packet:
    """What tshark says of one frame."""

    def __init__(self, line):
        values = line.rstrip("\n").split("\t")
        self.of = {name: values[i].split("|") if i < len(values) and values[i] else [] for i, name in enumerate(FIELDS)}
        self.protocols = self.of["frame.protocols"][0].split(":") if self.of["frame.protocols"] else []
        self.text = " ".join(self.of["_ws.expert.message"])
        self.cut = int(self.of["frame.cap_len"][0]) < int(self.of["frame.len"][0])
        self.headers = self.chain()

    def nth(self, name, n):
        values = self.of[name]
        return values[n] if n < len(values) else ""

    def chain(self):
        """The IP headers from outside in: (version, source, destination, protocol or None, ports, fragment)."""
        out, seen = [], collections.Counter()
        end = next((at for at, name in enumerate(self.protocols) if name in NOT_FOLLOWED), None)
        pieces = self.protocols[:end].count("ipv6.fraghdr")
        for at, name in enumerate(self.protocols):
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
            if name in NOT_FOLLOWED:
                break
        return out


def address(hexadecimal):
    import ipaddress
    return str(ipaddress.ip_address(bytes.fromhex(hexadecimal)))


def ours_of(program, capture):
    done = subprocess.run([program, capture], capture_output=True, text=True, timeout=600)
    if done.returncode == 3:
        return None
    if done.returncode != 0:
        raise SystemExit(f"{program} {capture} ends with {done.returncode}:\n{done.stderr[-2000:]}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def theirs_of(capture):
    command = ["tshark", "-r", capture, *OPTIONS, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=|"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, errors="replace")
    return [Packet(line) for line in done.stdout.splitlines()]


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
            return None if their[5] else "fragment for us alone"
        if their[5]:
            return "fragment for tshark alone"
        if their[3] is not None and int(ours[6]) != their[3] and not (version == 6 and int(ours[6]) not in TRANSPORTS.values()):
            return f"protocol {ours[6]}, {their[3]}"
        if their[4] != (0, 0) and (int(ours[7]), int(ours[8])) != their[4]:
            return "ports"
        return None
    if result == "not-ip":
        return "IP for tshark alone" if headers else None
    return result


# A layer that tshark reads and we do not, by contract (the README of decode): what is inside it is no flow of ours.
UNREAD = {
    "wlan": "802.11 frames inside GRE (Aruba): not followed", "gtpprime": "GTP' carries no user packets by contract: UDP",
    "l2tp": "L2TP: not followed", "capwap": "CAPWAP: not followed", "nsh": "NSH: not followed", "vntag": "VN-Tag: not followed",
    "ieee8021ah": "802.1ah: not followed", "ayiya": "AYIYA: not followed", "etherip": "EtherIP: not followed",
    "sflow": "a sample inside sFlow is no layer",
}
BAD = ("truncated", "bad-length", "bad-header")


def reads_unread(their):
    return next((cause for name, cause in UNREAD.items() if name in their.protocols), None)


def gre_over_udp(their):
    return any(pair == ("udp", "gre") for pair in zip(their.protocols, their.protocols[1:]))


def malformed(their):
    words = ("exceeds", "Bogus", "bogus", "Malformed", "malformed", "shorter", "less than", "Bad length", "too short", "Too short", "Invalid")
    return "_ws.malformed" in their.protocols or "_ws.short" in their.protocols or any(word in their.text for word in words)


# (what differs begins with, a test of both) -> cause. The first that fits is taken.
CAUSES = [
    (("ends",), lambda o, t: "source-route" in o[10], "of a source route tshark shows the last stop, we the next one, as the header has it"),
    (("too-deep",), lambda o, t: True, "more extension headers, tags or labels than are read, and we say so"),
    (BAD, lambda o, t: t.cut, "cut by the capture's snap length: no key from half a packet"),
    (BAD, lambda o, t: malformed(t), "malformed for tshark too: it shows the headers that it could read, we key nothing"),
    (("tshark goes deeper",), lambda o, t: "broken-tunnel" in o[10], "an inside that is bad or cut: we stop at the packet that carries it, and say so"),
    (("tshark goes deeper",), lambda o, t: "too-deep" in o[10], "more tunnels than are followed, and we say so"),
    (("tshark goes deeper",), lambda o, t: gre_over_udp(t), "GRE over UDP (RFC 8086): not followed"),
]


def cause_of(what, ours, theirs):
    for begins, fits, cause in CAUSES:
        if what.startswith(begins) and fits(ours, theirs):
            return cause
    return reads_unread(theirs) if what.startswith(("tshark goes deeper", "IP for tshark alone")) else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("captures", type=pathlib.Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed")
        return SKIPPED
    files = sorted(p for p in asked.captures.rglob("*") if p.suffix in SUFFIXES and p.is_file()) if asked.captures.is_dir() else []
    files = [p for p in files if not asked.only or any(part in str(p) for part in asked.only)]
    if not files:
        print(f"skipped: no captures in {asked.captures}")
        return SKIPPED
    packets, same, explained, unexplained, passed_over = 0, 0, collections.Counter(), collections.Counter(), collections.Counter()
    for path in files:
        ours = ours_of(asked.program, str(path))
        if ours is None:
            passed_over["our reader refuses the file (a link type that is not known, or no capture)"] += 1
            continue
        if ours and ours[-1] == ["skipped"]:
            passed_over["packets of an interface whose link type is not known are left out: numbers do not match"] += 1
            continue
        theirs = theirs_of(str(path))
        if len(ours) != len(theirs):
            passed_over["another number of packets: broken in the middle, both stop in their own way"] += 1
        for number, (our, their) in enumerate(zip(ours, theirs), 1):
            packets += 1
            what = difference(our, their)
            if what is None:
                same += 1
                continue
            cause = cause_of(what, our, their)
            (explained if cause else unexplained)[cause or what.split(":")[0]] += 1
            if cause is None or asked.list:
                print(f"{'explained' if cause else 'DIFFERS'} {path.relative_to(asked.captures)} {number}: {what}; ours {' '.join(our)}; "
                      f"tshark {':'.join(their.protocols)} {their.headers} {their.text[:100]}", flush=True)
    print(f"{len(files)} files, {packets} packets, {same} the same")
    for title, counts in (("passed over", passed_over), ("explained", explained), ("UNEXPLAINED", unexplained)):
        for cause, count in counts.most_common():
            print(f"{title}: {count} {cause}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
