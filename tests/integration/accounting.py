"""The sum of packets in a sensor's last words or a replay's summary: every one is accounted for, on both sides."""
import re
import struct

WORDS = re.compile(r"received (?P<received>\d+) = processed (?P<processed>\d+) \+ not keyed (?P<unkeyed>\d+)"
                   r" \+ ring full (?P<ring_full>\d+) \+ duplicates (?P<duplicates>\d+)(?: \(NOT balanced\))?; missed (?P<missed>\d+), no mbuf (?P<no_mbuf>\d+),")
HANDED_OVER = re.compile(r"; (\d+) packets handed over")


def last_words(sensor):
    """The line with the sum, drivers may have had a word after it; "" when it did not come so far."""
    return next((line for line in reversed(sensor.stderr.all()) if WORDS.search(line)), "")


def accounted(sensor, sent=None):
    """The numbers by name; `sent`, where the sender has counted, is what was received, missed or had no mbuf."""
    last = last_words(sensor)
    found = WORDS.search(last)
    if not found:
        raise AssertionError(f"no sum of packets\n{sensor.told()}")
    count = {name: int(number) for name, number in found.groupdict().items()}
    if count["received"] != count["processed"] + count["unkeyed"] + count["ring_full"] + count["duplicates"] or "NOT balanced" in last:
        raise AssertionError(f"what was received is not accounted for: {last}")
    if sent not in (None, count["received"] + count["missed"] + count["no_mbuf"]):
        raise AssertionError(f"{sent} were sent, but {last}")
    handed_over = HANDED_OVER.search(last)
    count["handed_over"] = int(handed_over[1]) if handed_over else 0
    return count


def packets_of(capture):
    """The records of a pcap file in this machine's byte order, counted without the sensor's reader."""
    with open(capture, "rb") as file:
        data = file.read()
    at, count = 24, 0
    while at < len(data):
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
        count += 1
    return count


def replay_accounted(summary, sent):
    """Of `glacis-sensor replay --json`: what the captures hold was received, and is processed or under a reason."""
    dropped = sum(summary["dropped"].values())
    if summary["packets"] != sent or summary["packets"] != summary["processed"] + dropped or not summary["balanced"]:
        raise AssertionError(f"the captures hold {sent} packets, but {summary}")
