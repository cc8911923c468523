"""What tshark says of a capture: each frame's IP headers from outside in, and the bytes of each direction of TCP."""
import collections
import ipaddress
import re
import subprocess

from flow_rules import RST, SYN

FIELDS = ["frame.number", "frame.time_epoch", "frame.protocols", "frame.len", "frame.cap_len", "ip.src_host", "ip.dst_host",
          "ip.cur_rt_host", "ip.proto", "ip.len", "ip.hdr_len", "ip.flags.mf", "ip.frag_offset", "ip.reassembled.length", "ipv6.src_host",
          "ipv6.dst_host", "ipv6.plen", "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ipv6.reassembled.length", "tcp.srcport",
          "tcp.dstport", "udp.srcport", "udp.dstport", "sctp.srcport", "sctp.dstport", "tcp.stream", "udp.stream", "tcp.flags",
          "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.payload",
          "ip.fragment.error", "ipv6.fragment.error", "ip.fragment.toolongfragment", "ipv6.fragment.toolongfragment",
          "_ws.expert.message"]  # the last: it may hold line ends
# These dissectors begin conversations of their own amid those of TCP and UDP.
SPLITTING = ("hart_ip", "skinny", "snmp", "vnc")
# No names; VXLAN by its older port too.
OPTIONS = ["-n", "-o", "tcp.desegment_tcp_streams:FALSE", "-d", "udp.port==8472,vxlan",
           *(word for name in SPLITTING for word in ("--disable-protocol", name))]
STREAMS_WITH_PACKETS, STREAMS_AT_ONCE = 32, 256  # followed by the call that says the packets, and by each further one
MISSING = re.compile(rb"\[\d+ bytes missing in capture file\]\x00?")
LONGEST_PACKET = 65535  # tshark joins fragments to longer ones; no receiver does (RFC 791, 3.1; RFC 8200, 4.5)
TRANSPORTS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmpv6": 58}
TRUE = ("1", "True")

# What tshark goes into and we, by contract (the README of decode), do not: from there on its answer is left out.
NOT_FOLLOWED = {
    "icmp": "a quoted packet is no layer", "icmpv6": "a quoted packet is no layer", "wlan": "802.11 frames inside GRE or CAPWAP",
    "gtpprime": "carries no user packets", "l2tp": "not followed", "capwap": "not followed", "capwap.data": "not followed",
    "nsh": "not followed", "vntag": "not followed", "ieee8021ah": "not followed", "ayiya": "not followed",
    "etherip": "not followed", "sflow": "a sample is no layer", ("udp", "gre"): "GRE over UDP (RFC 8086)",
}


def address(text):
    """As Python writes it."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text


def nanoseconds(values):
    seconds, _, fraction = values[0].partition(".") if values else ("0", "", "")
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0"))


class Packet:
    """One frame. `headers`: (version, source, destination, protocol or None, ports, whether a fragment) of each IP header."""

    def __init__(self, line):
        values = line.rstrip("\n").split("\t")
        self.of = {name: values[i].split("|") if i < len(values) and values[i] else [] for i, name in enumerate(FIELDS)}
        self.protocols = self.of["frame.protocols"][0].split(":") if self.of["frame.protocols"] else []
        self.time = nanoseconds(self.of["frame.time_epoch"])
        self.text = " ".join(self.of["_ws.expert.message"])
        sizes = self.of["frame.cap_len"], self.of["frame.len"]
        self.cut = all(sizes) and int(sizes[0][0]) < int(sizes[1][0])
        joined = self.of["ip.reassembled.length"] or self.of["ipv6.reassembled.length"]
        self.joined = bool(joined) and int(joined[-1]) <= LONGEST_PACKET
        pairs = zip(self.protocols, self.protocols[1:] + [""])
        end = next((at + 1 for at, pair in enumerate(pairs) if pair[0] in NOT_FOLLOWED or pair in NOT_FOLLOWED), None)
        self.headers = self._headers(self.protocols[:end])
        self.streams = [int(n) for n in self.of["tcp.stream"][:self.protocols[:end].count("tcp")]]

    def nth(self, name, n):
        """What the n-th occurrence of a field says; empty: there is none."""
        values = self.of[name]
        return values[n] if n < len(values) else ""

    def _destination(self, n):
        """Of the n-th IPv4 header, as it has it: of a source route ip.dst_host is the last stop, ip.cur_rt the next."""
        alone = len(self.of["ip.dst_host"]) == 1
        return address(alone and self.nth("ip.cur_rt_host", 0) or self.nth("ip.dst_host", n))

    def last_stop(self, header):
        """Where the source route of the packet with this number ends; empty: it has none."""
        version, _, destination = self.headers[header][:3]
        last = address(self.nth("ip.dst_host", sum(1 for other in self.headers[:header] if other[0] == 4)))
        return last if version == 4 and last != destination else ""

    def _header(self, name, n, pieces):
        if name == "ip":
            fragment = self.nth("ip.flags.mf", n) in TRUE or self.nth("ip.frag_offset", n) not in ("", "0")
            protocol = self.nth("ip.proto", n)
            return [4, address(self.nth("ip.src_host", n)), self._destination(n),
                    int(protocol) if protocol else None, (0, 0), fragment]
        more = any(value in TRUE for value in self.of["ipv6.fraghdr.more"][:pieces])
        later = any(value not in ("", "0") for value in self.of["ipv6.fraghdr.offset"][:pieces])
        return [6, address(self.nth("ipv6.src_host", n)), address(self.nth("ipv6.dst_host", n)), None, (0, 0), more or later]

    def _headers(self, protocols):
        out, seen, pieces = [], collections.Counter(), protocols.count("ipv6.fraghdr")
        for name in protocols:
            if name in ("ip", "ipv6"):
                out.append(self._header(name, seen[name], pieces))
            elif name in TRANSPORTS and out:
                out[-1][3] = TRANSPORTS[name]
                if name in ("tcp", "udp", "sctp"):
                    ports = self.nth(name + ".srcport", seen[name]), self.nth(name + ".dstport", seen[name])
                    out[-1][4] = tuple(int(port) if port else 0 for port in ports)
            seen[name] += 1
        return out

    def ends(self):
        """Of the innermost packet: source, its port, destination, its port."""
        if not self.headers:
            return ()
        _, source, destination, _, ports, _ = self.headers[-1]
        return source, ports[0], destination, ports[1]

    def bytes_of(self, header):
        """Of the packet with this number; None: not said."""
        version, fragment = self.headers[header][0], self.headers[header][5]
        n = sum(1 for other in self.headers[:header] if other[0] == version)
        if version == 6:
            length = self.nth("ipv6.plen", n)
            return int(length) + 40 if length not in ("", "0") and not fragment else None
        whole, fixed, length = self.of["ip.reassembled.length"], self.nth("ip.hdr_len", n), self.nth("ip.len", n)
        if fragment:
            return int(whole[-1]) + int(fixed) if whole and fixed else None
        return int(length) if length not in ("", "0") else None

    def contradictory(self):
        """Whether it joined fragments that do not fit together, and says so."""
        return any(self.of[f"{version}.fragment.{what}"] for version in ("ip", "ipv6") for what in ("error", "toolongfragment"))

    def malformed(self):
        words = ("exceeds", "Bogus", "bogus", "Malformed", "malformed", "shorter", "less than", "Bad length", "too short", "Too short",
                 "Invalid")
        return "_ws.malformed" in self.protocols or "_ws.short" in self.protocols or any(word in self.text for word in words)

    def _nth_of(self, header):
        """How many TCP, UDP or SCTP headers like this packet's stand before it."""
        return sum(1 for other in self.headers[:header] if other[3] == self.headers[header][3])

    def conversation(self, header):
        """The number of the TCP or UDP stream of the packet with this number; None: there is none."""
        name = "tcp.stream" if self.headers[header][3] == TRANSPORTS["tcp"] else "udp.stream"
        number = self.nth(name, self._nth_of(header))
        return int(number) if number else None

    def tcp(self, header):
        """Its flags, numbers and bytes of payload, if it is one of TCP."""
        if self.headers[header][3] != TRANSPORTS["tcp"]:
            return {}
        n = self._nth_of(header)
        said = {"flags": self.nth("tcp.flags", n), "seq": self.nth("tcp.seq_raw", n), "ack": self.nth("tcp.ack_raw", n),
                "payload": self.nth("tcp.len", n)}
        return {name: int(value or "0", 0) for name, value in said.items()}

    def segment(self):
        """Number and payload of the innermost packet's TCP segment; None: there is none, or no receiver reads it (a reset's)."""
        if not self.streams or self.headers[-1][3] != TRANSPORTS["tcp"] or not self.nth("tcp.seq_raw", len(self.streams) - 1):
            return None
        tcp, payloads = self.tcp(len(self.headers) - 1), self.of["tcp.payload"]
        if tcp["flags"] & RST or not payloads:
            return None
        return (tcp["seq"] + bool(tcp["flags"] & SYN)) % 2**32, bytes.fromhex(payloads[-1].replace(":", ""))


def ask(capture, arguments):
    done = subprocess.run(["tshark", "-r", capture, *OPTIONS, *arguments], capture_output=True, text=True, timeout=600, errors="replace",
                          check=False)
    return done.stdout.splitlines()


def node(text):
    host, port = text.rsplit(":", 1)
    return address(host.strip("[]")), int(port)


def streams_in(lines, wanted):
    """What is followed, by ends, in the order of tshark's streams; its words about holes are taken out."""
    by_number, number, nodes = collections.defaultdict(dict), -1, []
    for line in lines:
        if line.startswith("Filter: "):
            number, nodes = int(line.rsplit(" ", 1)[1]), []
        elif line.startswith("Node "):
            nodes.append(node(line.split(": ", 1)[1]))
        elif len(nodes) == 2 and line[:1] in "\t0123456789abcdef":
            sender, other = reversed(nodes) if line.startswith("\t") else nodes
            by_number[number].setdefault((*sender, *other), []).append(bytes.fromhex(line.strip()))
    out = collections.defaultdict(bytes)
    for number in sorted(by_number.keys() & wanted):
        for ends, parts in by_number[number].items():
            out[ends] += MISSING.sub(b"", b"".join(parts))
    return out


def laid_out(segments):
    """The bytes of segments of one direction, each where its number says, the first of each byte, without the holes."""
    if not segments:
        return b""
    first = segments[0][0]
    placed = {}
    for number, payload in segments:
        at = (number - first + 2**31) % 2**32 - 2**31
        for i, byte in enumerate(payload):
            placed.setdefault(at + i, byte)
    return bytes(placed[at] for at in sorted(placed))


def follow(numbers):
    return [word for n in numbers for word in ("-z", f"follow,tcp,raw,{n}")]


class Answer:
    """Packets, and what is said in each direction of TCP. The first streams are followed at once, others when asked for."""

    def __init__(self, capture):
        fields = ["-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=|"]
        for field in FIELDS:
            fields += ["-e", field]
        self._capture, self._asked = capture, set(range(STREAMS_WITH_PACKETS))
        lines = ask(capture, [*fields, *follow(range(STREAMS_WITH_PACKETS))])
        end = next((at for at, line in enumerate(lines) if line.startswith("=====")), len(lines))
        self.packets = [Packet(line) for line in lines[:end] if line[:1].isdigit()]
        self._numbers = collections.defaultdict(set)  # of tshark's streams, by ends
        for packet in self.packets:
            if packet.streams and packet.headers:
                sender, port, other, other_port = packet.ends()
                self._numbers[sender, port, other, other_port].add(packet.streams[-1])
                self._numbers[other, other_port, sender, port].add(packet.streams[-1])
        self._lines = lines[end:]
        self._read()

    def _read(self):
        self._streams = streams_in(self._lines, set().union(*(packet.streams for packet in self.packets)))

    def ends(self):
        return set(self._numbers) | set(self._streams)

    def followed(self, ends):
        """Whether all that is said between these ends has been."""
        return self._numbers[ends] <= self._asked

    def said(self, ends):
        return self._streams.get(ends, b"")

    def follow_too(self, all_ends):
        wanted = sorted(set().union(*(self._numbers[ends] for ends in all_ends)) - self._asked)
        self._asked.update(wanted)
        for first in range(0, len(wanted), STREAMS_AT_ONCE):
            self._lines += ask(self._capture, ["-q", *follow(wanted[first:first + STREAMS_AT_ONCE])])
        self._read()
