"""The same overlap to hosts of each family: which of them takes the marker, by what was measured of its family.

TCP: Novak and Sturges (2007), segments that wait behind a hole; a JetDirect is taken to be as BSD. Fragments: Novak (2005), Linux since 4.19 and Windows 10
discard, and so does everybody over IPv6 (RFC 5722).
"""
from fragments import SIZE, piece, whole
from streams import H, greeted
from wire import FIRST, HOSTS, LATE_JUNK, MARKER, REST, STACKS, case, frames, swapped

SPOT = 592               # of the marker in a datagram
ALL = set(STACKS)


def tcp(takes):
    return case(anomalies={"tcp-conflict": len(STACKS)}, takes={4: takes, 6: takes})


def fragments(takes):
    odd = ("fragment-overlap", "fragment-conflict")
    return case(anomalies=dict.fromkeys(odd, len(STACKS)), takes={4: takes, 6: set()})


def talks(version, old, new, hole):
    """Two segments wait, the second over the first, each with its place; then the hole before them is filled."""
    out = []
    for stack in STACKS:
        talk = greeted(version, server=HOSTS[stack])
        for at, data in (old, new, (0, hole)):
            talk.client(H + at, data)
        out += talk.server(11, acks=H + max(at + len(data) for at, data in (old, new))).done()
    return out


@tcp({"linux", "linux-old", "linux-2.2", "solaris", "hpux", "cisco"})
def case_stack_tcp_from_the_same_place(version):
    return talks(version, (8, LATE_JUNK), (8, REST + b"----"), FIRST)


@tcp(ALL - {"linux", "linux-old", "linux-2.2", "solaris", "hpux", "cisco"})
def case_stack_tcp_from_the_same_place_marker_first(version):
    return talks(version, (8, REST), (8, LATE_JUNK + b"----"), FIRST)


@tcp({"linux-2.2", "solaris", "hpux", "cisco"})
def case_stack_tcp_at_the_same_place(version):
    return talks(version, (8, LATE_JUNK), (8, REST), FIRST)


@tcp(ALL - {"windows"})
def case_stack_tcp_from_before(version):
    return talks(version, (8, LATE_JUNK), (4, MARKER[4:]), MARKER[:4])


@tcp({"solaris", "hpux", "cisco"})
def case_stack_tcp_to_behind(version):
    return talks(version, (4, MARKER[4:8] + b".."), (8, REST), MARKER[:4])


@tcp({"cisco"})
def case_stack_tcp_within(version):
    return talks(version, (4, MARKER[4:8] + b"..." + MARKER[11:]), (8, MARKER[8:11]), MARKER[:4])


def datagrams(version, first, held, comes):
    """What is held and what comes, each its extent; the marker stands in the latter, and `first` ends where that begins."""
    out = []
    for stack in STACKS:
        body = whole(version, marker_at=SPOT, dst=HOSTS[stack][version])
        out += [piece(version, body, 0, first, target=HOSTS[stack]),
                piece(version, body, *held, data=swapped(body[slice(*held)]), target=HOSTS[stack]),
                piece(version, body, *comes, target=HOSTS[stack]),
                piece(version, body, comes[1], SIZE, target=HOSTS[stack])]
    return frames(*out)


@fragments({"linux-old", "linux-2.2", "hp-jetdirect", "cisco"})
def case_stack_fragment_at_the_same_place(version):
    return datagrams(version, 400, (400, 800), (400, 800))


@fragments({"linux-old", "linux-2.2", "bsd", "solaris", "cisco"})
def case_stack_fragment_from_before(version):
    return datagrams(version, 320, (400, 800), (320, 800))


@fragments({"linux-old", "linux-2.2", "windows-xp", "bsd", "solaris", "cisco"})
def case_stack_fragment_around(version):
    return datagrams(version, 320, (400, 720), (320, 800))


@fragments({"hp-jetdirect", "cisco"})
def case_stack_fragment_to_behind(version):
    return datagrams(version, 400, (400, 720), (480, 800))
