"""`glacis bind`: what it proposes from a capture made with scapy, and what of a model it changes, as python3-yaml reads it."""
import pathlib
import subprocess
import sys
import tempfile

import yaml
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

MODEL = """# keeps this line
glacis: 1
model: {id: m, owner: ada}  # and this
zones:
  users: {trust: 40}
  data:
    trust: 90   # block style
assets:
  db: {kind: store, zone: data}
  silent: {kind: store, zone: data}
flows:
  f-db: {from: users, to: db, port: 5432}
  f-silent: {from: users, to: silent, port: 3306}
"""


def exchange(client, server, port, answered=True):
    """A handshake and a byte each way, or a SYN that nobody answers."""
    there, back = Ether() / IP(src=client, dst=server), Ether() / IP(src=server, dst=client)
    yield there / TCP(sport=40000, dport=port, flags="S", seq=1)
    if answered:
        yield back / TCP(sport=port, dport=40000, flags="SA", seq=9, ack=2)
        yield there / TCP(sport=40000, dport=port, flags="A", seq=2, ack=10)
        yield there / TCP(sport=40000, dport=port, flags="PA", seq=2, ack=10) / b"q"
        yield back / TCP(sport=port, dport=40000, flags="PA", seq=10, ack=3) / b"r"


def run(glacis, *words, code=0):
    done = subprocess.run([glacis, "bind", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done


def main():
    glacis = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model, capture, names, out = (folder / n for n in ("m.yaml", "t.pcap", "names.csv", "bound.yaml"))
        model.write_text(MODEL)
        packets = [*exchange("10.1.0.3", "10.4.0.5", 5432), *exchange("10.1.0.3", "10.4.0.6", 3306, answered=False),
                   *exchange("10.1.0.4", "10.4.0.7", 9100)]
        for i, packet in enumerate(packets):
            packet.time = 1_780_000_000 + i / 1000
        wrpcap(str(capture), packets)
        run(glacis, model, "--capture", capture, "-o", names)
        assert names.read_text().splitlines() == [
            "name,address", 'db,10.4.0.5,"5432 (1 flows)"', "# silent: nobody answers at its ports",
            "# no asset fits 10.4.0.7: 9100 (1 flows)"], names.read_text()
        # An asset's address must lie in its zone: nothing is written of what would not be a model.
        refused = run(glacis, model, "--csv", names, "-o", out, code=1)
        assert "outside-zone" in refused.stderr and not out.exists(), refused.stderr
        names.write_text(names.read_text() + "data,10.4.0.0/24\nusers,10.1.0.0/16\n")
        done = run(glacis, model, "--csv", names, "-o", out)
        assert done.stderr.splitlines() == ["unbound: assets/silent"], done.stderr
        bound, wanted = yaml.safe_load(out.read_text()), yaml.safe_load(MODEL)
        wanted["zones"]["data"]["addr"], wanted["zones"]["users"]["addr"] = "10.4.0.0/24", "10.1.0.0/16"
        wanted["assets"]["db"]["addr"] = "10.4.0.5"
        assert bound == wanted, bound
        comments = [line.partition("#")[2] for line in MODEL.splitlines() if "#" in line]
        assert [line.partition("#")[2] for line in out.read_text().splitlines() if "#" in line] == comments
        subprocess.run([glacis, "check", str(out)], check=True, stdout=subprocess.DEVNULL)
        run(glacis, model, code=2)
        run(glacis, model, "--csv", folder / "gone.csv", code=2)


if __name__ == "__main__":
    main()
