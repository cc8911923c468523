"""nftables: a kernel takes each ruleset, twice, in a network namespace of its own, and its sets hold the addresses of the model.

Which zone an address is in is worked out here from the YAML, by the longest prefix. 77: no nft or no namespace.
"""
import ipaddress
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import yaml

from exporting import export, skip


def loaded(file):
    """The kernel's own listing, after the file was checked and loaded two times."""
    script = f"nft -c -f {file} && nft -f {file} && nft -f {file} && nft -j list ruleset"
    run = subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)["nftables"]


def ranges(element):
    if isinstance(element, str):
        return int(ipaddress.ip_address(element)), int(ipaddress.ip_address(element))
    if "prefix" in element:
        network = ipaddress.ip_network(f"{element['prefix']['addr']}/{element['prefix']['len']}")
        return int(network[0]), int(network[-1])
    return tuple(int(ipaddress.ip_address(a)) for a in element["range"])


def listed(value):
    return value if isinstance(value, list) else [value]


def zone_of(model, address):
    """The zone with the longest prefix around it; of global unicast ones of none the zone with any."""
    best, length = None, -1
    for name, zone in model["zones"].items():
        for text in listed(zone.get("addr", [])):
            if text == "any":
                continue
            network = ipaddress.ip_network(text)
            if address.version == network.version and address in network and network.prefixlen > length:
                best, length = name, network.prefixlen
    if best:
        return best
    inner = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "0.0.0.0/8",
             "224.0.0.0/3", "fc00::/7", "fe80::/10", "ff00::/8", "::/127")
    if any(address in n for n in map(ipaddress.ip_network, inner) if n.version == address.version):
        return None
    return next((n for n, z in model["zones"].items() if "any" in listed(z.get("addr", []))), None)


def points(sets, rng):
    """Addresses at and around the ends of all ranges, and random ones."""
    for version, bits in ((4, 32), (6, 128)):
        kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
        ends = {e + d for name, spans in sets.items() if name.endswith(f"/{version}") for s in spans for e in s
                for d in (-1, 0, 1)}
        for number in sorted(ends) + [rng.getrandbits(bits) for _ in range(500)]:
            if 0 <= number < 1 << bits:
                yield kind(number)


def check(glacis, file, folder, rng):
    text, _ = export(glacis, [file], "nftables")
    (folder / "x.nft").write_text(text)
    ruleset = loaded(folder / "x.nft")
    sets = {r["set"]["name"]: [ranges(e) for e in r["set"]["elem"]] for r in ruleset if "set" in r}
    chain = next(r["chain"] for r in ruleset if r.get("chain", {}).get("name") == "forward")
    assert chain["policy"] == "drop" and chain["hook"] == "forward", chain
    model = yaml.safe_load(file.read_text())
    tried = 0
    for address in points(sets, rng):
        zone = zone_of(model, address)
        for name in model["zones"]:
            spans = sets.get(f"zone/{name}/{address.version}")
            if spans is None:
                continue
            tried += 1
            inside = any(a <= int(address) <= b for a, b in spans)
            assert inside == (zone == name), f"{file.name}: {address} is in {zone}, the set of {name} says {inside}"
    assert tried > 1000, tried
    return len(sets)


def main():
    glacis, *models = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
    if not shutil.which("nft"):
        skip("no nft here")
    if subprocess.run(["unshare", "-n", "nft", "list", "ruleset"], capture_output=True, check=False).returncode != 0:
        skip("no network namespace of its own can be made here")
    rng = random.Random(20261126)
    with tempfile.TemporaryDirectory() as name:
        for file in models:
            print(f"{file.name}: {check(glacis, file, pathlib.Path(name), rng)} sets")


if __name__ == "__main__":
    main()
