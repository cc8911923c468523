"""TCP: segments that its ends may read differently, and openings that none expects."""
from scapy.layers.l2 import Dot1Q, Ether

from wire import FIRST, Frame, JUNK, LATE_JUNK, MARKER, REST, Talk, case

HELLO = b"hello there, "
H = len(HELLO)
FAR = 100 << 20          # farther than any window that is believed
SECOND_NS = 1_000_000_000


def greeted(version, **more):
    """Open, and a first piece of data from both ends."""
    return Talk(version, **more).open().client(0, HELLO).server(0, b"220 ready\r\n", acks=H)


def stamped(value, echo=1):
    return {"options": [("Timestamp", (value, echo)), ("NOP", None), ("NOP", None)]}


def mirrored(made):
    """Each frame again, as it leaves the router: in a VLAN, from another MAC address, with a lower hop limit."""
    out = []
    for frame in made:
        again = frame.packet.payload.copy()
        if again.version == 4:
            again.ttl -= 1
            del again.chksum
        else:
            again.hlim -= 1
        out += [frame, Frame(Ether(src="02:00:00:00:00:09", dst="02:00:00:00:00:08") / Dot1Q(vlan=7) / again, 200_000)]
    return out


@case(tshark="stream", dropped={"duplicate": 7})
def case_mirror_shows_twice(version):
    return mirrored(greeted(version).client(H, FIRST).client(H + 8, REST).done())


@case(tshark="stream")
def case_tcp_one_segment(version):
    return greeted(version).client(H, MARKER).done()


@case(tshark="stream")
def case_tcp_in_order(version):
    return greeted(version).client(H, FIRST).client(H + 8, REST).server(11, acks=H + 14).done()


@case(tshark="stream")
def case_tcp_byte_by_byte(version):
    talk = Talk(version).open()
    for i in range(len(MARKER)):
        talk.client(i, MARKER[i:i + 1]).server(0, acks=i + 1)
    return talk.done()


@case(tshark="stream")
def case_tcp_out_of_order(version):
    talk = greeted(version)
    for i in reversed(range(len(MARKER))):
        talk.client(H + i, MARKER[i:i + 1])
    return talk.server(11, acks=H + len(MARKER)).done()


@case(tshark="stream")
def case_tcp_out_of_order_at_the_start(version):
    return Talk(version).open().client(8, REST).client(0, FIRST).server(0, acks=14).done()


# Longer than what is remembered of bytes that went by: the first number is known from the handshake.
@case(tshark="stream")
def case_tcp_out_of_order_at_the_start_long(version):
    return Talk(version).open().client(1200, REST + b"y" * 1190).client(0, b"x" * 1192 + FIRST).server(0, acks=2396).done()


# Both sent while a hole is before them: nothing has been read yet.
@case(anomalies={"tcp-conflict": 1})
def case_tcp_overlap_marker_first(version):
    return greeted(version).client(H + 8, REST).client(H + 8, LATE_JUNK).client(H, FIRST).server(11, acks=H + 14).done()


@case(anomalies={"tcp-conflict": 1}, reading="other")
def case_tcp_overlap_marker_last(version):
    return greeted(version).client(H + 8, LATE_JUNK).client(H + 8, REST).client(H, FIRST).server(11, acks=H + 14).done()


@case(anomalies={"tcp-conflict": 1})
def case_tcp_overlap_from_before(version):
    talk = greeted(version).client(H + 8, LATE_JUNK + b"-----").client(H + 4, MARKER[4:])
    return talk.client(H, MARKER[:4]).server(11, acks=H + 19).done()


@case(anomalies={"tcp-conflict": 1})
def case_tcp_overlap_from_behind(version):
    talk = greeted(version).client(H + 4, MARKER[4:]).client(H + 8, LATE_JUNK + b"-----")
    return talk.client(H, MARKER[:4]).server(11, acks=H + 19).done()


@case(tshark="stream")
def case_tcp_overlap_same_bytes(version):
    return greeted(version).client(H, MARKER[:10]).client(H + 4, MARKER[4:]).server(11, acks=H + 14).done()


@case(tshark="stream", dropped={"duplicate": 1})
def case_tcp_sent_again(version):
    return greeted(version).client(H, FIRST).client(H, FIRST).client(H, MARKER).server(11, acks=H + 14).done()


@case(anomalies={"tcp-conflict": 1})
def case_tcp_sent_again_marker_first(version):
    return greeted(version).client(H, FIRST).client(H, JUNK).client(H + 8, REST).done()


@case(anomalies={"tcp-conflict": 1}, reading="other")
def case_tcp_sent_again_marker_last(version):
    return greeted(version).client(H, JUNK).client(H, FIRST).client(H + 8, REST).done()


@case(anomalies={"tcp-conflict": 1}, reading="other")
def case_tcp_sent_again_in_one(version):
    return greeted(version).client(H, b"." * 14).client(H, MARKER).server(11, acks=H + 14).done()


# Each half is right once, and not in the same round.
@case(anomalies={"tcp-conflict": 2}, found=False,
      because="two conflicts, one reading beside the other: the combination of the first's first and the last's last")
def case_tcp_sent_again_crosswise(version):
    talk = greeted(version).client(H, FIRST).client(H + 8, LATE_JUNK)
    return talk.client(H, JUNK).client(H + 8, REST).done()


@case(anomalies={"bad-checksum": 1})
def case_tcp_bad_checksum_decoy(version):
    return greeted(version).client(H, JUNK, chksum=0x1234).client(H, FIRST).client(H + 8, REST).done()


@case(anomalies={"bad-checksum": 1}, reading="other")
def case_tcp_bad_checksum_marker(version):
    return greeted(version).client(H, MARKER, chksum=0x1234).client(H, b"." * 14).done()


@case(anomalies={"tcp-bad-ack": 1})
def case_tcp_bad_ack_decoy(version):
    return greeted(version).client(H, JUNK, acks=FAR).client(H, FIRST).client(H + 8, REST).done()


# Within any window that may have been granted: not known to be wrong, so both are read.
@case(anomalies={"tcp-conflict": 1}, reading="other")
def case_tcp_bad_ack_near(version):
    return greeted(version).client(H, JUNK, acks=5000).client(H, FIRST).client(H + 8, REST).done()


@case(anomalies={"tcp-old-timestamp": 1})
def case_tcp_old_timestamp_decoy(version):
    talk = Talk(version).open(**stamped(5000)).client(0, HELLO, **stamped(5001))
    talk.client(H, JUNK, **stamped(4000)).client(H, FIRST, **stamped(5002))
    return talk.client(H + 8, REST, **stamped(5003)).done()


# Which of the two arrives nobody can tell from here: what comes first is taken to.
@case(anomalies={"tcp-low-ttl": 1, "tcp-conflict": 1}, reading="other")
def case_tcp_low_ttl_decoy(version):
    talk = greeted(version).client(H, JUNK, ip_fields={"ttl": 2})
    return talk.client(H, FIRST).client(H + 8, REST).done()


@case(anomalies={"tcp-low-ttl": 1, "tcp-conflict": 1})
def case_tcp_low_ttl_behind(version):
    talk = greeted(version).client(H, FIRST).client(H, JUNK, ip_fields={"ttl": 2})
    return talk.client(H + 8, REST).done()


# Linux leaves the byte before the pointer out of the stream, unless the program asks for it: it is taken to be in.
@case(anomalies={"urgent-pointer": 1}, reading="other")
def case_tcp_urgent_byte_between(version):
    return greeted(version).client(H, FIRST + b"!" + REST, flags="AU", urgptr=9).done()


@case(anomalies={"urgent-pointer": 1})
def case_tcp_urgent_byte_of_marker(version):
    return greeted(version).client(H, MARKER, flags="AU", urgptr=9).done()


@case(anomalies={"urgent-pointer": 1}, reading="other")
def case_tcp_urgent_byte_in_next_segment(version):
    return greeted(version).client(H, FIRST, flags="AU", urgptr=9).client(H + 8, b"!" + REST).done()


@case(anomalies={"tcp-out-of-window": 1})
def case_tcp_reset_out_of_window(version):
    return greeted(version).client(H, FIRST).client(H + FAR, flags="R").client(H + 8, REST).done()


# A receiver answers it with a challenge (RFC 5961, 3.2): counted, no anomaly.
@case()
def case_tcp_reset_in_window(version):
    return greeted(version).client(H, FIRST).client(H + 20, flags="R").client(H + 8, REST).done()


@case()
def case_tcp_reset_in_window_and_a_pause(version):
    talk = greeted(version).client(H, FIRST).client(H + 20, flags="R")
    return talk.client(H + 8, REST, pause_ns=20 * SECOND_NS).done()


@case(anomalies={"bad-checksum": 1})
def case_tcp_reset_bad_checksum_and_a_pause(version):
    talk = greeted(version).client(H, FIRST).client(H + 8, flags="R", chksum=0x1234)
    return talk.client(H + 8, REST, pause_ns=20 * SECOND_NS).done()


@case(anomalies={"tcp-data-after-end": 1})
def case_tcp_reset_believed(version):
    return greeted(version).client(H, FIRST).client(H + 8, flags="R").client(H + 8, REST).done()


@case(anomalies={"tcp-data-after-end": 1})
def case_tcp_fin_inserted(version):
    return greeted(version).client(H, FIRST).client(H + 8, flags="FA").client(H + 8, REST).done()


@case(anomalies={"tcp-out-of-window": 1})
def case_tcp_fin_out_of_window(version):
    return greeted(version).client(H, FIRST).client(H + FAR, flags="FA").client(H + 8, REST).done()


@case(anomalies={"tcp-out-of-window": 1})
def case_tcp_data_out_of_window(version):
    return greeted(version).client(H, FIRST).client(H + FAR, JUNK).client(H + 8, REST).done()


@case(tshark="stream")
def case_tcp_sequence_wrap(version):
    talk = greeted(version, isn=2**32 - H - 6)
    return talk.client(H, FIRST).client(H + 8, REST).server(11, acks=H + 14).done()


@case(tshark="stream")
def case_tcp_sequence_wrap_out_of_order(version):
    talk = greeted(version, isn=2**32 - H - 6)
    return talk.client(H + 8, REST).client(H, FIRST).server(11, acks=H + 14).done()


@case(tshark="stream")
def case_tcp_midstream(version):
    return Talk(version).client(0, HELLO).server(0, b"220 ready\r\n", acks=H).client(H, FIRST).client(H + 8, REST).done()


@case(anomalies={"tcp-simultaneous-open": 1})
def case_tcp_simultaneous_open(version):
    talk = Talk(version).client(-1, flags="S").server(-1, flags="S").client(-1, flags="SA").server(-1, flags="SA")
    return talk.client(0, FIRST).client(8, REST).done()


# SYN, SYN, SYN and ACK, ACK.
@case(anomalies={"tcp-simultaneous-open": 1, "tcp-split-handshake": 1})
def case_tcp_handshake_of_four(version):
    talk = Talk(version).client(-1, flags="S").server(-1, flags="S").client(-1, flags="SA").server(0)
    return talk.client(0, FIRST).client(8, REST).done()


# SYN, ACK, SYN, SYN and ACK, ACK.
@case(anomalies={"tcp-split-handshake": 1}, dropped={"duplicate": 1})
def case_tcp_handshake_of_five(version):
    talk = Talk(version).client(-1, flags="S").server(0).server(-1, flags="S").client(-1, flags="SA").server(0)
    return talk.client(0, FIRST).client(8, REST).done()


@case(anomalies={"tcp-syn-again": 1})
def case_tcp_syn_again(version):
    talk = Talk(version).client(5000, flags="S").client(-1, flags="S").server(-1, flags="SA").client(0)
    return talk.client(0, FIRST).client(8, REST).done()


# The first is the one that is answered.
@case(anomalies={"tcp-syn-again": 1})
def case_tcp_syn_again_decoy(version):
    talk = Talk(version).client(-1, flags="S").client(5000, flags="S").server(-1, flags="SA").client(0)
    return talk.client(0, FIRST).client(8, REST).done()


@case(anomalies={"tcp-syn-again": 1})
def case_tcp_syn_again_in_stream(version):
    return greeted(version).client(H, FIRST).client(90000, flags="S").client(H + 8, REST).done()


@case(dropped={"duplicate": 1})
def case_tcp_syn_sent_again_unchanged(version):
    talk = Talk(version).client(-1, flags="S").client(-1, flags="S").server(-1, flags="SA").client(0)
    return talk.client(0, FIRST).client(8, REST).done()


# Refused, and tried anew: no trick.
@case()
def case_tcp_syn_after_reset(version):
    talk = Talk(version).client(-1, flags="S").server(-1, flags="RA").client(5000, flags="S")
    talk.isn += 5001
    return talk.server(-1, flags="SA").client(0).client(0, FIRST).client(8, REST).done()


@case(anomalies={"tcp-data-on-syn": 1})
def case_tcp_data_on_syn(version):
    return Talk(version).client(-1, MARKER, flags="S").server(-1, flags="SA", acks=14).client(14).done()


@case(anomalies={"tcp-data-on-syn": 1})
def case_tcp_data_on_syn_and_behind(version):
    return Talk(version).client(-1, FIRST, flags="S").server(-1, flags="SA", acks=8).client(8, REST).done()


@case(tshark="stream")
def case_tcp_client_alone(version):
    return Talk(version).client(-1, flags="S").client(0).client(0, FIRST).client(8, REST).done()


@case(tshark="stream")
def case_tcp_server_alone(version):
    return Talk(version).server(-1, flags="SA").server(0, FIRST).server(8, REST).done()


# Out of order, and nobody says what has arrived.
@case()
def case_tcp_client_alone_out_of_order(version):
    return Talk(version).client(-1, flags="S").client(0, HELLO).client(H + 8, REST).client(H, FIRST).done()


@case(anomalies={"tcp-gap": 1})
def case_tcp_gap_before(version):
    talk = greeted(version).client(H + 500, FIRST).server(11, acks=H + 508)
    return talk.client(H + 508, REST).server(11, acks=H + 514).done()


@case(anomalies={"tcp-gap": 1}, found=False, because="bytes that the tap never saw")
def case_tcp_gap_inside(version):
    talk = greeted(version).client(H, MARKER[:4]).client(H + 8, REST).server(11, acks=H + 14)
    return talk.client(H + 14, b"bye").done()


@case(tshark="stream", dropped={"duplicate": 1})
def case_tcp_keep_alive(version):
    talk = greeted(version).client(H, FIRST).server(11, acks=H + 8)
    return talk.client(H + 7, b"\0").server(11, acks=H + 8).client(H + 8, REST).done()


# What they carry is told as well: an urgent pointer, a second SYN, and bytes behind what looked like an end.
@case(anomalies={"tcp-flags": 3, "urgent-pointer": 1, "tcp-syn-again": 1, "tcp-data-after-end": 1})
def case_tcp_odd_flags(version):
    talk = greeted(version).client(H, FIRST)
    return talk.client(H + 8, flags="").client(H + 8, flags="FPU").client(H + 8, flags="SF").client(H + 8, REST).done()
