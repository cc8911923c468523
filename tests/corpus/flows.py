"""The flows of TCP and UDP in a capture, ours beside tshark's."""
import collections

from flow_rules import RULES, FlowPacket, parts


class OurFlow:
    """What the flow table had counted when a flow was over, by sender: its packets and bytes."""

    def __init__(self, number, low, high, counts):
        self.number, self.sent = number, {low: counts[:2]}
        self.sent.setdefault(high, counts[2:])


def packets_by_ends(ours, theirs):
    """Of each protocol and pair of ends, in their order: the packets that both tools read."""
    out, clock = collections.defaultdict(list), 0
    for number, (our, their) in enumerate(zip(ours, theirs), 1):
        clock = max(clock, their.time)
        if our.flow == 0 or our.protocol not in RULES or len(their.headers) <= our.tunnels:
            continue
        sender, receiver = our.ends()
        said = their.bytes_of(our.tunnels)
        packet = FlowPacket(number, clock, sender <= receiver, our.bytes if said is None else said, our.flow,
                            their.conversation(our.tunnels), their.last_stop(our.tunnels), **their.tcp(our.tunnels))
        out[our.protocol, *sorted((sender, receiver))].append(packet)
    return out


def grouped(packets, flow_of):
    """The packets' numbers by flow; flows in the order of their first packets."""
    out = collections.defaultdict(list)
    for packet in packets:
        out[flow_of(packet)].append(packet.number)
    return list(out.values())


def firsts(flows):
    return " ".join(f"{flow[0]}({len(flow)})" for flow in flows[:8])


def sent_by(packets):
    """Packets and bytes, by whether the lower end sent them."""
    out = {True: [0, 0], False: [0, 0]}
    for packet in packets:
        out[packet.forward][0] += 1
        out[packet.forward][1] += packet.bytes
    return out


class Flows:
    """Of one file: how many each tool has, what differs, as (where, what), and the rules by which they part.

    Between two ends they are equal when each flow has the same packets. They are equal by rule when ours are those that our
    rule makes of what tshark shows, and tshark's those that its own rule makes of it. Ours are held against our rule, and what
    the table has counted against tshark's packets and bytes, in every case.
    """

    def __init__(self, ours, packets, their_packets):
        self.ours, self.theirs, self.differences, self.rules = 0, 0, [], collections.Counter()
        told = {flow.number: flow for flow in ours}
        for (protocol, low, high), between in packets_by_ends(packets, their_packets).items():
            for what in self._compare(RULES[protocol], between):
                self._differ(protocol, low, high, what)
            for number in dict.fromkeys(packet.ours for packet in between):
                seen = sent_by(packet for packet in between if packet.ours == number)
                counted = told[number].sent
                if counted[low] != seen[True] or (low != high and counted[high] != seen[False]):
                    self._differ(protocol, low, high, f"counted {counted}, {seen} for tshark")

    def _differ(self, protocol, low, high, what):
        self.differences.append((" ".join(map(str, (protocol, *low, *high))), what))

    def _compare(self, rules, packets):
        ours, theirs = (grouped(packets, of) for of in (lambda packet: packet.ours, lambda packet: packet.theirs))
        self.ours, self.theirs = self.ours + len(ours), self.theirs + len(theirs)
        (our_rule, our_reasons), (their_rule, their_reasons) = (parts(packets, rule) for rule in rules)
        if any(packet.theirs is None for packet in packets):
            yield "packets of no conversation for tshark"
        elif ours != our_rule:
            yield f"flows {firsts(ours)}, by our rule {firsts(our_rule)}"
        elif ours != theirs and theirs != their_rule:
            yield f"flows {firsts(ours)}, {firsts(theirs)} for tshark, by its rule {firsts(their_rule)}"
        elif ours != theirs:
            self.rules.update({f"ours: {our_reasons[n]}" for n in our_reasons.keys() - their_reasons.keys()})
            self.rules.update({f"tshark's: {their_reasons[n]}" for n in their_reasons.keys() - our_reasons.keys()})
