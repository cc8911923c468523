#!/usr/bin/env python3
"""Random datagrams, split by Scapy, shuffled, some fragments twice. For each: a line "packet HEX" as it was before, then
"fragment HEX" (a raw IP packet each) in the order of arrival. scapy_fragments.py SEED COUNT. Exit code 77: no Scapy."""
import random
import sys

try:
    import logging
    logging.getLogger("scapy").setLevel(logging.ERROR)
    from scapy.layers.inet import ICMP, IP, IPOption_NOP, TCP, UDP, fragment
    from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, fragment6
    from scapy.packet import Raw
except ImportError:
    print("no python3-scapy here")
    sys.exit(77)


def datagram(dice):
    payload = Raw(dice.randbytes(dice.randrange(1500, 9000)))
    upper = dice.choice([UDP(sport=5000, dport=53), TCP(sport=5000, dport=80, flags="PA"), ICMP()])
    number = dice.randrange(1 << 16)
    if dice.random() < 0.5:
        options = [IPOption_NOP()] * dice.choice([0, 0, 4])
        packet = IP(src="192.0.2.1", dst="192.0.2.2", id=number, ttl=dice.randrange(1, 256), options=options) / upper / payload
        pieces = fragment(packet, fragsize=dice.randrange(8, 1500) if dice.random() < 0.3 else 1480)
        # Scapy gives every piece all options, as they stand (real senders copy those with the copy bit alone).
        return bytes(packet), [bytes(p) for p in pieces]
    if isinstance(upper, ICMP):
        upper = UDP(sport=5000, dport=53)
    head = IPv6(src="2001:db8::1", dst="2001:db8::2", hlim=dice.randrange(1, 256))
    chain = head / IPv6ExtHdrHopByHop() if dice.random() < 0.3 else head
    packet = chain / upper / payload
    pieces = fragment6(chain / IPv6ExtHdrFragment(id=number) / upper / payload, dice.choice([576, 1280, 1500]))
    return bytes(packet), [bytes(p) for p in pieces]


def main():
    dice = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        whole, pieces = datagram(dice)
        if len(pieces) < 2 or len(pieces) > 120:
            continue
        pieces += dice.sample(pieces, dice.randrange(0, 3))
        dice.shuffle(pieces)
        print("packet", whole.hex())
        for piece in pieces:
            print("fragment", piece.hex())


main()
