"""When a packet begins a new flow between two ends: by our rule, and by tshark's.

Each rule is written down once more, for packets as tshark shows them, so that what either tool did can be held against it.
Sources: dataplane/flow/README.md (timeouts), dataplane/worker/README.md and dataplane/stream/README.md (resets);
packet-tcp.c and packet-udp.c of Wireshark 4.0.
"""
import dataclasses

SECOND = 10**9
HALF_OPEN, ESTABLISHED, CLOSED, UDP = (n * SECOND for n in (30, 600, 10, 60))  # idle time that ends a flow
MOST_PICK_UP = 65536  # bytes: TcpReassembler::kMostPickUp
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


@dataclasses.dataclass
class FlowPacket:
    """A packet of TCP or UDP. `forward`: sent by the lower of its ends. `ours`, `theirs`: the flow that each tool puts it into.
    `last_stop`: where its source route ends; empty: it has none, or tshark has it go to its own destination."""
    number: int
    time: int  # ns, never before an older packet's
    forward: bool
    bytes: int
    ours: int
    theirs: int
    last_stop: str = ""
    flags: int = 0
    seq: int = 0
    ack: int = 0
    payload: int = 0

    def has(self, flag):
        return self.flags & flag != 0

    def opens(self):
        return self.flags & (SYN | ACK) == SYN

    def first(self):
        """The number of its first byte."""
        return (self.seq + self.has(SYN)) % 2**32

    def end(self):
        return (self.first() + self.payload) % 2**32


def ahead(number, of):
    """Of sequence numbers; negative: behind."""
    return (number - of + 2**31) % 2**32 - 2**31


class OurUdpFlow:
    follows_routes = False

    def __init__(self, packet):
        self._last = packet.time

    def over(self, packet):
        return "idle for 60 s" if packet.time > self._last + UDP else None

    def take(self, packet):
        self._last = packet.time


class Direction:
    """How far a receiver has read, which decides what resets it takes."""

    def __init__(self):
        self.next, self.acked, self.fin_at, self._waiting = None, None, None, []

    def take(self, packet):
        first = packet.first()
        if self.next is None:
            missing = 0 if self.acked is None else ahead(first, self.acked)
            self.next = self.acked if 0 < missing <= MOST_PICK_UP else first
        self._give_up_holes()
        self._waiting.append((first, packet.end()))
        self._read(self.next)
        if packet.has(FIN) and self.fin_at is None and ahead(packet.end(), self.next) >= 0:
            self.fin_at = packet.end()

    def _give_up_holes(self):
        """Before what the other end has acknowledged the beginning of."""
        while self._waiting and self.acked is not None:
            first = min((piece[0] for piece in self._waiting), key=lambda number: ahead(number, self.next))
            if ahead(self.acked, first) < 0:
                return
            self._read(first)

    def _read(self, at):
        """On from here, as far as there is no hole."""
        self.next = at
        for first, end in sorted(self._waiting, key=lambda piece: ahead(piece[0], at)):
            if ahead(first, self.next) <= 0 < ahead(end, self.next):
                self.next = end
        self._waiting = [piece for piece in self._waiting if ahead(piece[1], self.next) > 0]

    def acknowledge(self, number):
        if self.acked is None or ahead(number, self.acked) > 0:
            self.acked = number

    def takes_reset(self, packet):
        behind_fin = self.fin_at is not None and packet.seq == (self.fin_at + 1) % 2**32
        return self.next is None or packet.seq in (self.next, self.acked) or behind_fin


class OurTcpFlow:
    """Idle times by state; a SYN on a flow that is over begins another. Once payload has come, a reset ends what takes it."""
    follows_routes = False
    IDLE = {"syn": HALF_OPEN, "syn-ack": HALF_OPEN, "closed": CLOSED}

    def __init__(self, packet):
        self._last, self._state, self._opener, self._fins = packet.time, "none", None, set()
        self._syns, self._read, self._reset = {}, None, False  # _read: by direction, from the first payload on

    def over(self, packet):
        idle = self.IDLE.get(self._state, ESTABLISHED)
        if packet.time > self._last + idle:
            return f"idle for {idle // SECOND} s"
        return "a SYN behind the end" if self._state == "closed" and packet.opens() else None

    def take(self, packet):
        self._last = packet.time
        if packet.has(SYN) and self._opener is None:
            self._opener = packet.forward != packet.has(ACK)
        self._follow(packet)
        if self._read is None and packet.payload:
            self._begin(packet)
        if self._read is None:
            if packet.has(SYN):
                self._syns.setdefault(packet.forward, packet.seq)
            return
        self._read_on(packet)
        finished = all(direction.fin_at is not None for direction in self._read.values())
        if self._state == "closed" and len(self._fins) < 2 and not self._reset and not finished:
            self._state = "established"

    def _follow(self, packet):
        if packet.has(RST):
            self._state = "closed"
        elif packet.has(SYN):
            if packet.has(ACK) and self._state in ("none", "syn"):
                self._state = "syn-ack"
            elif not packet.has(ACK) and self._state == "none":
                self._state = "syn"
        elif self._state != "closed":
            if self._state == "none" or packet.forward == self._opener:
                self._state = "established"
            if packet.has(FIN):
                self._fins.add(packet.forward)
                self._state = "closed" if len(self._fins) == 2 else "established"

    def _begin(self, packet):
        self._read = {True: Direction(), False: Direction()}
        syn = self._syns.get(packet.forward)
        if syn is not None and packet.forward == self._opener and 0 < ahead(packet.seq, syn + 1) <= MOST_PICK_UP:
            self._read[packet.forward].next = (syn + 1) % 2**32

    def _read_on(self, packet):
        own, other = self._read[packet.forward], self._read[not packet.forward]
        if packet.has(RST):
            self._reset = self._reset or own.takes_reset(packet)
            return
        if packet.has(ACK):
            other.acknowledge(packet.ack)
        own.take(packet)


class TheirUdpFlow:
    """One for two ends."""
    follows_routes = True

    def __init__(self, _):
        pass

    def over(self, _):
        return None

    def take(self, _):
        pass


class TheirTcpFlow:
    """A SYN whose number is not its end's first begins another; no time, FIN or reset ends one."""
    follows_routes = True

    def __init__(self, _):
        self._base = {}

    def over(self, packet):
        again = packet.opens() and self._base.get(packet.forward, packet.seq) != packet.seq
        return "a SYN with another number" if again else None

    def take(self, packet):
        self._base.setdefault(packet.forward, (packet.first() - 1) % 2**32)
        if packet.has(ACK):
            self._base.setdefault(not packet.forward, (packet.ack - 1) % 2**32)


RULES = {6: (OurTcpFlow, TheirTcpFlow), 17: (OurUdpFlow, TheirUdpFlow)}


def parts(packets, rule):
    """The flows that a rule makes of the packets between two ends: lists of their numbers, and why each but the first began."""
    out, why, flows = [], {}, {}  # flows: the last one of each last stop
    for packet in packets:
        stop = packet.last_stop if rule.follows_routes else ""
        flow, numbers = flows.get(stop, (None, None))
        reason = flow.over(packet) if flow else "a source route to another last stop" if flows else None
        if flow is None or reason:
            flow, numbers = flows[stop] = rule(packet), []
            out.append(numbers)
        if reason:
            why[packet.number] = reason
        flow.take(packet)
        numbers.append(packet.number)
    return out, why
