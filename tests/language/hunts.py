"""`glacis hunt` beside tshark: random conversations, made with scapy, of which some are what each hunt asks for and others nearly.
tshark reads who began each, what became of it and what was said; each hunt is written again here, over that. Over the
capture, over two captures of it, and over flow records of it (written under this model and under another) the same flows must be
found. Then what is cut, foreign or garbage, and what no source can show."""
import ipaddress
import json
import pathlib
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.utils import PcapReader, wrpcap

START_S = 1_795_000_000     # 2026-11-18 11:06:40
OLD_S = START_S - 3 * 86_400
HOUR_NS = 3_600 * 10**9
MARK = b"dump customers"
TALKS = 600
FOUND, UNKNOWN, FAULTS, USAGE = 3, 4, 1, 2

ZONES = {"users": "10.1.0.0/16", "servers": "10.3.0.0/24", "data": "10.4.0.0/24"}
DB, PC, APP = "10.4.0.5", "10.1.7.7", "10.3.0.5"
HOSTS = [PC, "10.1.0.9", "10.1.0.10", APP, "10.3.0.6", DB, "10.4.0.6", "203.0.113.9", "192.168.1.77"]
PORTS = [5432, 5433, 5431, 22, 53]
LINES = [("app", DB, (5432, 5433)), ("pc", DB, (22, 22))]   # who, to, ports: as below


@dataclass
class Conversation:
    initiator: str
    initiator_port: int
    responder: str
    port: int
    protocol: str
    first_ns: int = 0
    last_ns: int = 0
    answered: bool = False
    refused: bool = False
    established: bool = False
    sent: bytes = b""
    bytes_: Counter = field(default_factory=Counter)

    def key(self):
        return self.protocol, self.initiator, self.initiator_port, self.responder, self.port

    def denied(self):
        return self.refused or not self.answered


def zone(address):
    inside = [name for name, prefix in ZONES.items() if ipaddress.ip_address(address) in ipaddress.ip_network(prefix)]
    return inside[0] if inside else "internet" if ipaddress.ip_address(address).is_global or address.startswith("203.") else "unknown"


def modelled(c):
    who = {PC: "pc", APP: "app"}.get(c.initiator)
    return any(who == f and c.responder == to and low <= c.port <= high for f, to, (low, high) in LINES)


# Each hunt as the model has it, how far back, and as it is meant.
HUNTS = {
    "open": ("{flow: db, from: users, port: 5432, is: [established]}", 0,
             lambda c: c.responder == DB and zone(c.initiator) == "users" and c.port == 5432 and c.established),
    "denied": ("{flow: db, is: [denied]}", 0, lambda c: c.responder == DB and c.denied()),
    "outsiders": ("{flow: data, outside: [servers, pc]}", 0,
                  lambda c: zone(c.responder) == "data" and zone(c.initiator) != "servers" and c.initiator != PC),
    "strange": ("{flow: any, to: [data, servers], is: [unmodelled, established]}", 0,
                lambda c: zone(c.responder) in ("data", "servers") and c.established and not modelled(c)),
    "line": ("{flow: f-db}", 0, lambda c: c.initiator == APP and c.responder == DB and c.port in (5432, 5433)),
    "lately": ("{flow: db, port: 5431-5433}", 2, lambda c: c.responder == DB and 5431 <= c.port <= 5433 and c.first_ns >= (START_S - 60) * 10**9),
    "abroad": ("{flow: internet, from: [data, servers], outside: [data]}", 0,
               lambda c: zone(c.responder) == "internet" and zone(c.initiator) == "servers"),
    "nobody": ("{flow: data, from: users, port: 9}", 0, lambda c: False),
    "said": ("{content: 'dump\\s+customers', to: db}", 0, lambda c: c.responder == DB and MARK in c.sent),
}
NEEDS = {"who": ("{auth: any, as: svc, outside: [servers]}", "auth, identities"), "beat": ("{flow: any, is: [periodic]}", "signals")}


def model(hunts=True):
    text = "model: {id: hunted, owner: ada}\nzones:\n  internet: {trust: 0, addr: any}\n"
    text += "".join(f"  {name}: {{trust: 50, addr: {prefix}}}\n" for name, prefix in ZONES.items())
    text += f"assets:\n  db: {{zone: data, addr: {DB}}}\n  pc: {{zone: users, addr: {PC}}}\n  app: {{zone: servers, addr: {APP}}}\n"
    text += "identities: {svc: {seen_as: {sql: svc}}}\n"
    if not hunts:
        return text
    text += "flows:\n  f-db: {from: app, to: db, port: [5432, 5433]}\n  f-ssh: {from: pc, to: db, port: 22}\nhunts:\n"
    for name, (run, over_h, _) in HUNTS.items():
        text += f"  {name}: {{ask: 'Is it {name}?', run: {run}" + (f", over: {over_h}h" if over_h else "") + "}\n"
    return text + "".join(f"  {name}: {{ask: 'Who?', run: {run}}}\n" for name, (run, _) in NEEDS.items())


def talk(rng, number, start_s):
    """Frames with their times: TCP that is opened, refused or unanswered, UDP that is answered or not."""
    client, server = rng.sample(HOSTS, 2)
    if client != DB and rng.random() < 0.3:
        server = DB
    sport, port = 10_000 + number, rng.choice(PORTS)
    there, back = Ether() / IP(src=client, dst=server), Ether() / IP(src=server, dst=client)
    fate = rng.choice(["data", "data", "handshake", "refused", "unanswered"])
    if port == 53:
        frames = [there / UDP(sport=sport, dport=53) / b"q"] + [back / UDP(sport=53, dport=sport) / b"answer"] * (fate == "data")
    else:
        up, down = {"sport": sport, "dport": port}, {"sport": port, "dport": sport}
        frames = [there / TCP(**up, flags="S", seq=1)]
        if fate == "refused":
            frames.append(back / TCP(**down, flags="RA", seq=0, ack=2))
        if fate in ("data", "handshake"):
            frames += [back / TCP(**down, flags="SA", seq=9, ack=2), there / TCP(**up, flags="A", seq=2, ack=10)]
        if fate == "data":
            text = MARK if rng.random() < 0.5 else b"select 1"
            cut = rng.randrange(1, len(text))   # over two segments
            frames += [there / TCP(**up, flags="PA", seq=2, ack=10) / text[:cut],
                       there / TCP(**up, flags="PA", seq=2 + cut, ack=10) / text[cut:],
                       back / TCP(**down, flags="PA", seq=10, ack=2 + len(text)) / b"row"]
    pause = rng.choice([0.001, 0.2, 70])   # over a minute: a step hits again
    return [(start_s + (i * 0.001 if i < 3 else (i - 2) * pause), frame) for i, frame in enumerate(frames)]


def capture(folder, seed=20_261_127):
    rng = random.Random(seed)
    timed = []
    for number in range(TALKS):
        old = number % 4 == 0
        # Whole seconds: many begin at one time.
        timed += talk(rng, number, (OLD_S if old else START_S) + rng.randrange(0, 1_200))
    # Long after the last: every attempt has had its ten seconds.
    timed.append((START_S + 2_400, Ether() / IP(src="203.0.113.1", dst="203.0.113.2") / UDP(sport=1, dport=2) / b"x"))
    timed.sort(key=lambda one: one[0])
    for time, frame in timed:
        frame.time = time
    path = folder / "all.pcap"
    wrpcap(str(path), [frame for _, frame in timed])
    return path


def tshark(path):
    """The conversations of a capture."""
    fields = ["frame.time_epoch", "tcp.stream", "udp.stream", "ip.src", "ip.dst", "ip.len", "tcp.srcport", "tcp.dstport", "udp.srcport",
              "udp.dstport", "tcp.flags.syn", "tcp.flags.ack", "tcp.flags.reset", "tcp.payload"]
    words = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=;"]
    for name in fields:
        words += ["-e", name]
    out = {}
    for line in subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines():
        one = dict(zip(fields, line.split(";")))
        protocol = "tcp" if one["tcp.stream"] else "udp"
        src, dst = int(one[f"{protocol}.srcport"]), int(one[f"{protocol}.dstport"])
        seconds, fraction = one["frame.time_epoch"].split(".")
        now = int(seconds) * 10**9 + int(fraction.ljust(9, "0")[:9])
        name = protocol, one[f"{protocol}.stream"]
        if name not in out:
            out[name] = Conversation(one["ip.src"], src, one["ip.dst"], dst, protocol, now)
        c = out[name]
        c.last_ns = now
        forth = (one["ip.src"], src) == (c.initiator, c.initiator_port)
        c.bytes_[forth] += int(one["ip.len"])
        c.answered |= not forth
        true = ("1", "True")
        if protocol == "udp":
            c.established |= not forth
        elif not forth:
            c.refused |= one["tcp.flags.reset"] in true
        else:
            c.established |= c.answered and not c.refused and one["tcp.flags.ack"] in true and one["tcp.flags.syn"] not in true
            c.sent += bytes.fromhex(one["tcp.payload"].replace(":", ""))
    return list(out.values())


def run(glacis, *words, code=None):
    done = subprocess.run([glacis, *map(str, words)], capture_output=True, text=True, check=False)
    assert code is None or done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


def hunt(glacis, model_file, *words):
    """The answers, by hunt."""
    done = run(glacis, "hunt", model_file, *words, "--json", "--most", 100_000)
    assert done.returncode in (0, FOUND, UNKNOWN), (words, done.returncode, done.stderr)
    return {one["id"]: one for one in json.loads(done.stdout)}


PROTOCOLS = {6: "tcp", 17: "udp"}


def key_of(flow):
    return PROTOCOLS[flow["protocol"]], flow["from"]["address"], flow["from"]["port"], flow["to"]["address"], flow["to"]["port"]


def holds_to(answers, conversations, payload, of):
    for name, (_, _, meant) in HUNTS.items():
        one = answers[name]
        if name == "said" and not payload:
            assert one["answer"] == "unknown" and one["why"] == "cannot be answered from flow records: needs payload", one
            continue
        want = {c.key(): c for c in conversations if meant(c)}
        assert len(want) == 0 if name == "nobody" else 3 < len(want) < len(conversations) / 2, (name, len(want))
        got = {key_of(flow): flow for flow in one["flows"]}
        assert got.keys() == want.keys(), (of, name, sorted(got.keys() ^ want.keys())[:5], len(got), len(want))
        assert one["answer"] == ("yes" if want else "no") and one["flows_found"] == len(want) == len(one["flows"]), (of, name)
        assert one["missing"] == [], (of, one["missing"])
        for key, flow in got.items():
            c = want[key]
            assert (flow["bytes_to_responder"], flow["bytes_to_initiator"]) == (c.bytes_[True], c.bytes_[False]), (of, name, flow)
            assert abs(flow["first_ns"] - c.first_ns) < 1000 and abs(flow["last_ns"] - c.last_ns) < 1000, (of, name, flow, c)
            assert (flow["from"]["zone"], flow["to"]["zone"]) == (zone(c.initiator), zone(c.responder)), (of, flow)
        times = [flow["last_ns"] for flow in one["flows"]]
        assert times == sorted(times, reverse=True), (of, name)
    for name, (_, needs) in NEEDS.items():
        assert answers[name]["answer"] == "unknown" and answers[name]["why"].endswith(": needs " + needs), answers[name]


def stretches(times):
    """First and last of each run of times without a pause of more than an hour."""
    out = []
    for now in sorted(times):
        if out and now - out[-1][1] <= HOUR_NS:
            out[-1][1] = now
        else:
            out.append([now, now])
    return out


def agree(glacis, folder):
    path, shop, world = capture(folder), folder / "m.yaml", folder / "world.yaml"
    shop.write_text(model())
    world.write_text(model(hunts=False))
    conversations = tshark(path)
    assert len(conversations) == TALKS + 1, len(conversations)
    over_capture = hunt(glacis, shop, "--capture", path)
    holds_to(over_capture, conversations, True, "capture")
    frame_ns = [int(packet.time * 10**6) * 1000 for packet in PcapReader(str(path))]
    assert over_capture["open"]["seen_ns"] == stretches(frame_ns), (over_capture["open"]["seen_ns"], stretches(frame_ns))
    assert len(over_capture["open"]["seen_ns"]) == 2 and len(over_capture["lately"]["seen_ns"]) == 1
    assert hunt(glacis, shop, "--capture", path, "--workers", 4) == over_capture

    records = {}
    for name, under in (("ours", shop), ("others", world)):
        records[name] = folder / f"{name}.json"
        run(glacis, "replay", path, "--model", under, "--flows", "--eve", records[name], code=0)
        answers = hunt(glacis, shop, "--flows", records[name])
        holds_to(answers, conversations, False, f"records under {name}")
        assert len(answers["open"]["seen_ns"]) == 2
    both = hunt(glacis, shop, "--capture", path, "--flows", records["ours"])
    holds_to(both, conversations, True, "both")
    assert both["said"]["not_asked"] == ["cannot be answered from flow records: needs payload"]

    # Two captures of it, one day and the other: a flow is of the one that it is in.
    halves = defaultdict(list)
    for packet in PcapReader(str(path)):
        halves["old.pcap" if packet.time < START_S - 86_400 else "new.pcap"].append(packet)
    for name, packets in halves.items():
        wrpcap(str(folder / name), packets)
    split = hunt(glacis, shop, "--capture", folder / "old.pcap", "--capture", folder / "new.pcap")
    holds_to(split, conversations, True, "two captures")
    for flow in split["outsiders"]["flows"]:
        assert flow["file"] == ("new.pcap" if flow["first_ns"] > (START_S - 86_400) * 10**9 else "old.pcap"), flow
    return path, shop, conversations, records["ours"]


def windows(glacis, path, shop, conversations):
    """--at moves the end of `over`: of what lies later nothing counts, however well it fits."""
    meant = HUNTS["lately"][2]
    at_s = OLD_S + 600   # on a whole minute? the option has minutes
    at_s -= at_s % 60
    text = subprocess.run(["date", "-u", "-d", f"@{at_s}", "+%Y-%m-%dT%H:%M"], capture_output=True, text=True, check=True).stdout.strip()
    one = hunt(glacis, shop, "lately", "--capture", path, "--at", text)["lately"]
    assert one["window"] == {"first_ns": (at_s - 7_200) * 10**9, "last_ns": at_s * 10**9}, one["window"]
    want = {c.key() for c in conversations if c.responder == DB and 5431 <= c.port <= 5433 and c.first_ns <= at_s * 10**9}
    assert {key_of(flow) for flow in one["flows"]} == want and len(want) > 2, (len(want), one["flows_found"])
    assert not any(meant(c) and c.key() in want for c in conversations)
    assert run(glacis, "hunt", shop, "lately", "--capture", path, "--at", "2020-01-01").returncode == UNKNOWN


def hostile(glacis, folder, path, shop, records):
    # A capture that is cut: what was found stays found, a no says that not all was seen.
    cut = folder / "cut.pcap"
    cut.write_bytes(path.read_bytes()[:-7])
    one = hunt(glacis, shop, "nobody", "--capture", cut)["nobody"]
    assert one["answer"] == "no" and len(one["missing"]) == 1 and "cut.pcap" in one["missing"][0], one
    text = run(glacis, "hunt", shop, "nobody", "--capture", cut, code=0).stdout
    assert text.startswith("nobody no, as far as was seen\n") and "missing: capture cut short: " in text, text

    lines = records.read_text().splitlines()
    torn = folder / "torn.json"
    torn.write_text("\n".join([lines[0], "garbage \x1b[31m", '{"event_type":"flow"}', *lines[1:], lines[-1][:100]]))
    done = run(glacis, "hunt", shop, "nobody", "--flows", torn, code=0)
    told = [line.split(": ")[0] for line in done.stderr.splitlines()]
    assert told == ["torn.json:2", "torn.json:3", f"torn.json:{len(lines) + 3}"], done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    assert "nobody no, as far as was seen\n" in done.stdout and "missing: torn.json: 3 lines not read\n" in done.stdout, done.stdout
    whole, part = (hunt(glacis, shop, "outsiders", "--flows", f)["outsiders"]["flows_found"] for f in (records, torn))
    assert whole == part > 0

    for words, says in ((["--flows", path], "no flow record in it"), (["--capture", records], str(records)),
                        (["--flows", folder / "none"], "cannot be read"), (["--flows", folder], "cannot be read"),
                        (["--capture", folder / "none"], "none"), ([], "--capture FILE or --flows FILE"),
                        (["open", records, "--flows", records], "each file has a --capture or --flows of its own"),
                        (["--flows", records, "--at", "noon"], "--at is 2029-03-31"), (["--flows", records, "--most", "x"], "no number"),
                        (["--flows", records, "--format", "html"], "text, markdown or json")):
        done = run(glacis, "hunt", shop, *words, code=USAGE)
        assert says in done.stderr and done.stdout == "", (words, done.stderr)
    assert "did you mean 'open'?" in run(glacis, "hunt", shop, "opne", "--flows", records, code=USAGE).stderr
    empty, bad = folder / "empty.yaml", folder / "bad.yaml"
    empty.write_text(model(hunts=False))
    bad.write_text(model() + "nonsense: 1\n")
    assert "has no hunts" in run(glacis, "hunt", empty, "--flows", records, code=USAGE).stderr
    assert "nonsense" in run(glacis, "hunt", bad, "--flows", records, code=FAULTS).stderr
    blank = folder / "blank.json"
    blank.write_text("")
    assert "no flow record in it" in run(glacis, "hunt", shop, "--flows", blank, code=USAGE).stderr


def told(glacis, folder, path, records):
    """What people read: a line each, a hunt's sheet, Markdown; nothing of a model's text is a control character or markup."""
    loud = folder / "loud.yaml"
    loud.write_text(model().replace("'Is it open?'", '"Is it \\e[31m | <b>open</b>?"'))
    lines = run(glacis, "hunt", loud, "--capture", path, code=FOUND).stdout.splitlines()
    assert [line.split(" ")[0] for line in lines] == [*HUNTS, *NEEDS], lines
    assert lines[0].startswith("open yes: ") and "nobody no; looked at " in "\n".join(lines), lines
    assert any(line == "who unknown: cannot be answered from captures yet: needs auth, identities" for line in lines), lines
    sheet = run(glacis, "hunt", loud, "open", "--capture", path, "--most", 2, code=FOUND).stdout
    assert "\x1b" not in sheet and "\\x1b" in sheet, sheet
    assert "--most N shows N" in sheet and sheet.count("data/db 10.4.0.5:5432/tcp") == 2, sheet
    marked = run(glacis, "hunt", loud, "open", "--flows", records, "--format", "markdown", code=FOUND).stdout
    assert "\x1b" not in marked and "\\<b\\>" in marked, marked
    assert run(glacis, "hunt", loud, "who", "--flows", records).returncode == UNKNOWN
    assert run(glacis, "hunt", loud, "nobody", "--flows", records).returncode == 0


def main():
    glacis = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        path, shop, conversations, records = agree(glacis, folder)
        windows(glacis, path, shop, conversations)
        hostile(glacis, folder, path, shop, records)
        told(glacis, folder, path, records)
    print(f"{len(conversations)} conversations, {len(HUNTS) + len(NEEDS)} hunts: capture, records and tshark agree")


if __name__ == "__main__":
    main()
