"""Fragments of IPv4 and IPv6. Pieces of 400 bytes, so that none is tiny but where that is meant."""
from scapy.layers.inet6 import IPv6ExtHdrFragment
from scapy.packet import Raw

from wire import (CLIENT, FIRST, Frame, MARKER, REST, SERVER, STEP_NS, Talk, case, datagram, ether, frames, ip,
                  swapped)

SIZE, CUT = 1200, 400       # of the datagram behind its IP header, and of a piece
MARKER_AT = 2 * CUT - 8     # over the second cut
UDP_HEADER, ID = 8, 77
PROTOCOL = {"udp": 17, "tcp": 6}


def whole(version, marker_at=MARKER_AT, size=SIZE, **ends):
    """The bytes of a UDP datagram behind its IP header, checksum and all."""
    text = bytearray(b"." * (size - UDP_HEADER))
    if marker_at is not None:
        text[marker_at - UDP_HEADER:marker_at - UDP_HEADER + len(MARKER)] = MARKER
    return transport(datagram(bytes(text), version, **ends))


def transport(packet):
    built = packet.__class__(bytes(packet))
    return bytes(built.payload)


def piece(version, body, begin, end, more=None, data=None, ttl=64, ident=ID, protocol="udp", source=None,
          target=SERVER):
    """body[begin:end], or `data` in its place."""
    data = body[begin:end] if data is None else data
    more = end < len(body) if more is None else more
    ends = (source or CLIENT[version], target[version])
    if version == 4:
        flags = {"id": ident, "frag": begin // 8, "flags": "MF" if more else 0}
        return ip(4, *ends, ttl=ttl, proto=PROTOCOL[protocol], **flags) / Raw(data)
    header = IPv6ExtHdrFragment(nh=PROTOCOL[protocol], offset=begin // 8, m=int(more), id=ident)
    return ip(6, *ends, ttl=ttl) / header / Raw(data)


def pieces(version, body, cut=CUT, **more):
    return [piece(version, body, at, min(at + cut, len(body)), **more) for at in range(0, len(body), cut)]


@case(tshark="udp contains \"EVADE-20261126\"")
def case_fragment_in_order(version):
    return frames(*pieces(version, whole(version)))


@case(tshark="udp contains \"EVADE-20261126\"")
def case_fragment_out_of_order(version):
    return frames(*reversed(pieces(version, whole(version))))


@case(tshark="udp contains \"EVADE-20261126\"")
def case_fragment_largest_datagram(version):
    body = whole(version, marker_at=100, size=65_535 - (20 if version == 4 else 40))
    return frames(*pieces(version, body, cut=1480))


@case(tshark="udp contains \"EVADE-20261126\"", dropped={"duplicate": 2})
def case_fragment_duplicate(version):
    first, second, third = pieces(version, whole(version))
    return frames(first, second, second, first, third)


# The server is as Linux: it discards what overlaps, unless what comes was held in full.
@case(anomalies={"fragment-overlap": 1}, reading="other")
def case_fragment_overlap_same_bytes(version):
    body = whole(version)
    return frames(piece(version, body, 0, 408), piece(version, body, 400, 800), piece(version, body, 800, SIZE))


@case(anomalies={"fragment-overlap": 1, "fragment-conflict": 1})
def case_fragment_overlap_marker_first(version):
    body = whole(version)
    first, second, third = pieces(version, body)
    return frames(first, second, piece(version, body, 400, 800, data=swapped(body[400:800])), third)


@case(anomalies={"fragment-overlap": 1, "fragment-conflict": 1}, reading="other")
def case_fragment_overlap_marker_last(version):
    body = whole(version)
    first, second, third = pieces(version, body)
    return frames(first, piece(version, body, 400, 800, data=swapped(body[400:800])), second, third)


# One begins in the first piece and ends in the last, so only parts of it count.
SPREAD = {"fragment-overlap": 1, "fragment-conflict": 1}


def spread(version, marker_at):
    body = whole(version, marker_at)
    first, second, third = pieces(version, body)
    return frames(first, second, piece(version, body, 320, 880, data=swapped(body[320:880])), third)


@case(anomalies=SPREAD, reading="other")
def case_fragment_overlap_around(version):
    return spread(version, 592)


# Neither reading's checksum fits, as the marker's halves stand in different places.
@case(found=False, anomalies={**SPREAD, "bad-checksum": 1},
      because="first keeps one half, last the other; only bsd-right (HP JetDirect) has both, and the server is as Linux")
def case_fragment_overlap_both_sides(version):
    return spread(version, MARKER_AT)


# A receiver whose checksum does not fit drops it: read all the same.
@case(anomalies={"fragment-overlap": 1, "fragment-conflict": 1})
def case_fragment_overlap_bad_checksum(version):
    body = whole(version)
    first, second, third = pieces(version, body)
    return frames(first, second, piece(version, body, 400, 800, data=b"x" * 400), third)


@case(anomalies={"fragment-overlap": 1, "fragment-conflict": 1}, reading="other")
def case_fragment_two_ends(version):
    body = whole(version)
    first, second, third = pieces(version, body)
    return frames(first, third, piece(version, body, 800, 1000, more=False), second)


@case(anomalies={"fragment-tiny": 1}, tshark="udp contains \"EVADE-20261126\"")
def case_fragment_tiny(version):
    return frames(*pieces(version, whole(version, marker_at=36, size=80), cut=8))


# The ports stand in the first piece, the flags in the second.
@case(anomalies={"fragment-tiny": 1})
def case_fragment_tiny_tcp_header(version):
    talk = Talk(version).open().client(0, MARKER)
    segment = transport(talk.frames.pop().packet.payload)
    return talk.frames + frames(piece(version, segment, 0, 8, protocol="tcp"),
                                piece(version, segment, 8, len(segment), protocol="tcp"))


@case(found=False, anomalies={"fragment-missing": 1}, because="never whole, so no receiver has it")
def case_fragment_hole(version):
    first, _, third = pieces(version, whole(version))
    return frames(first, third)


@case(found=False, anomalies={"fragment-missing": 1}, because="never whole, by eight bytes")
def case_fragment_hole_of_one_unit(version):
    body = whole(version)
    return frames(piece(version, body, 0, 400), piece(version, body, 408, 800), piece(version, body, 800, SIZE))


@case(anomalies={"fragment-tiny": 1}, tshark="udp contains \"EVADE-20261126\"")
def case_fragment_hole_of_one_unit_filled(version):
    body = whole(version)
    return frames(piece(version, body, 0, 400), piece(version, body, 408, 800), piece(version, body, 800, SIZE),
                  piece(version, body, 400, 408))


# The lengths add up, as one stretch came twice.
@case(found=False, anomalies={"fragment-missing": 1, "fragment-overlap": 1},
      because="never whole, though as many bytes came")
def case_fragment_hole_that_lengths_hide(version):
    body = whole(version)
    return frames(piece(version, body, 0, 400), piece(version, body, 320, 800), piece(version, body, 880, SIZE))


@case(tshark="udp contains \"EVADE-20261126\"")
def case_fragment_last_of_one_byte(version):
    body = whole(version, marker_at=SIZE + 1 - len(MARKER), size=SIZE + 1)
    return frames(*pieces(version, body))


@case(found=False, anomalies={"fragment-missing": 2}, because="its receivers have given it up by then")
def case_fragment_hole_filled_too_late(version):
    first, second, third = pieces(version, whole(version))
    return frames(first, third) + [Frame(ether() / second, 70_000 * STEP_NS)]


@case(tshark="udp contains \"EVADE-20261126\"")
def case_fragment_id_again(version):
    return frames(*pieces(version, whole(version, marker_at=None)), *pieces(version, whole(version)))


@case()
def case_fragment_id_of_two_sources(version):
    other = {4: "10.1.0.9", 6: "fd00:1::9"}[version]
    clean = pieces(version, whole(version, marker_at=None, src=other), source=other)
    mixed = [each for pair in zip(clean, pieces(version, whole(version))) for each in pair]
    return frames(*mixed)


# What was left of another datagram stands under the same id.
@case(anomalies={"fragment-overlap": 1, "fragment-conflict": 1}, reading="other")
def case_fragment_id_of_unfinished(version):
    body = whole(version)
    left = piece(version, body, 400, 800, data=swapped(body[400:800]))
    return frames(left, *pieces(version, body))


@case(anomalies={"fragment-ttl": 1}, tshark="udp contains \"EVADE-20261126\"")
def case_fragment_ttl(version):
    body = whole(version)
    first, second, third = pieces(version, body)
    return frames(first, piece(version, body, 400, 800, ttl=3), third)


@case(anomalies={"fragment-ttl": 1, "fragment-overlap": 1, "fragment-conflict": 1}, reading="other")
def case_fragment_ttl_decoy(version):
    body = whole(version)
    first, second, third = pieces(version, body)
    return frames(first, piece(version, body, 400, 800, data=swapped(body[400:800]), ttl=2), second, third)


# The decoy makes it whole, and what comes then is late.
@case(found=False, anomalies={"fragment-ttl": 1}, because="a datagram is read when it is whole; its hop limits tell")
def case_fragment_ttl_decoy_makes_whole(version):
    body = whole(version)
    first, second, third = pieces(version, body)
    return frames(first, third, piece(version, body, 400, 800, data=swapped(body[400:800]), ttl=2), second)


@case(anomalies={"bad-checksum": 1}, versions=(4,))
def case_fragment_bad_checksum_decoy(version):
    body = whole(version)
    first, second, third = pieces(version, body)
    decoy = piece(version, body, 400, 800, data=swapped(body[400:800]))
    decoy.chksum = 0x1234
    return frames(first, third, decoy, second)


@case(found=False, anomalies={"fragment-oversize": 1}, because="nothing that could be put together")
def case_fragment_oversize(version):
    return frames(piece(version, b"", 65_528, 65_528, data=MARKER * 30, more=False))


@case(found=False, anomalies={"fragment-oversize": 1, "fragment-missing": 1},
      because="longer than a datagram can be, by one byte")
def case_fragment_oversize_by_one(version):
    body = whole(version, marker_at=100, size=65_535 - 20) + b"." * (1 if version == 4 else 21)
    return frames(*pieces(version, body, cut=1480))


@case(anomalies={"fragment-oversize": 1})
def case_fragment_oversize_between(version):
    first, second, third = pieces(version, whole(version))
    return frames(first, piece(version, b"", 65_528, 65_528, data=b"x" * 400, more=True), second, third)


def odd_length(version):
    body = whole(version)
    first, second, third = pieces(version, body)
    return frames(first, piece(version, body, 400, 797), second, third)


# Linux cuts the odd bytes off, so the rest comes twice.
@case(anomalies={"fragment-length": 1, "fragment-overlap": 1}, versions=(4,), reading="other")
def case_fragment_odd_length(version):
    return odd_length(version)


@case(anomalies={"fragment-length": 1}, versions=(6,))
def case_fragment_odd_length_refused(version):
    return odd_length(version)


# Over the cut of a datagram, and over segments of a stream.
@case(tshark="stream")
def case_fragment_of_stream(version):
    talk = Talk(version).open().client(0, b"." * 980 + FIRST).client(988, REST)
    segment = transport(talk.frames[-2].packet.payload)
    talk.frames[-2:-1] = frames(*pieces(version, segment, cut=512, protocol="tcp"))
    return talk.done()


@case(tshark="stream")
def case_fragment_of_stream_late(version):
    talk = Talk(version).open().client(0, b"." * 980 + FIRST).client(988, REST).server(0, acks=994)
    segment = transport(talk.frames[-3].packet.payload)
    first, second = pieces(version, segment, cut=512, protocol="tcp")
    talk.frames[-3:-1] = frames(first, talk.frames[-2].packet.payload, second)
    return talk.done()


# A whole packet with a fragment header (RFC 6946).
@case(tshark="udp contains \"EVADE-20261126\"", versions=(6,))
def case_fragment_atomic(version):
    body = whole(version)
    return frames(piece(version, body, 0, len(body)))


# One fragment more than are kept of a datagram: it is given up with that, and told with its ends alone.
@case(found=False, anomalies={"fragment-limit": 1, "fragment-tiny": 1}, because="given up; its pieces are too small for a word")
def case_fragment_too_many(version):
    return frames(*pieces(version, whole(version, size=513 * 8), cut=8))
