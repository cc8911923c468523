"""Many packets that want all the room, and a marker among them."""
from scapy.layers.inet import TCP

from fragments import piece, pieces, whole
from wire import FIRST, Frame, REST, SERVER, SERVER_PORT, Talk, case, ether, frames, ip

MANY = 3000
HALF_OPEN_NS = 10_000   # apart: all at once, as far as time-outs go


def source(version, i):
    return {4: f"10.1.{1 + i // 250}.{1 + i % 250}", 6: f"fd00:1::{1 + i // 250:x}:{1 + i % 250:x}"}[version]


def syn(version, i):
    segment = TCP(sport=1024 + i, dport=SERVER_PORT, seq=i * 1000, flags="S", window=1024)
    return Frame(ether() / ip(version, source(version, i), SERVER[version]) / segment, HALF_OPEN_NS)


@case(versions=(4,))
def case_flood_of_syns(version):
    flood = [syn(version, i) for i in range(MANY)]
    talk = Talk(version).open().client(0, FIRST).client(8, REST).frames
    return flood[:MANY // 2] + talk[:4] + flood[MANY // 2:] + talk[4:]


# One source has a quarter of the room: its own oldest go, another's datagram stays.
@case(anomalies={"fragment-missing": 512, "fragment-limit": MANY - 512}, told=(), versions=(4,))
def case_flood_of_fragments(version):
    body = whole(version)
    flood = [Frame(ether() / piece(version, body, 0, 400, ident=1000 + i, source=source(version, 5)), HALF_OPEN_NS)
             for i in range(MANY)]
    first, second, third = frames(*pieces(version, body))
    return [first] + flood[:MANY // 2] + [third] + flood[MANY // 2:] + [second]


# Each byte of its own, every second one missing: more pieces than a direction may have (32), so that each further one
# gives a hole up, and the end the rest of them at once. Another connection is read on.
@case(anomalies={"tcp-limit": 200 - 32, "tcp-gap": 200 - 32 + 1}, versions=(4,))
def case_flood_of_pieces(version):
    flood = Talk(version, client_port=41000).open().client(0, b"hello")
    for i in range(200):
        flood.client(10 + 2 * i, b"x")
    talk = Talk(version).open().client(8, REST)
    return talk.frames + flood.frames + Talk(version).client(0, FIRST).frames
