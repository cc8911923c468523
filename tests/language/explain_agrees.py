"""`glacis explain` says of random flows what a plain reading of the model says.

The reading below is written from the language page alone: it looks at every element for every flow, by names and
addresses, with Python's own calendar and time zones.
"""
import argparse
import datetime
import ipaddress
import json
import pathlib
import random
import subprocess
import sys
import zoneinfo

import yaml

from schema_agrees import Core

SEVERITIES = ["", "info", "low", "medium", "high", "critical"]
# Nowhere on the internet (the language page, "Exactly" 3; IANA special-purpose registries).
LOCAL = [ipaddress.ip_network(n) for n in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
    "::/127", "fc00::/7", "fe80::/10", "ff00::/8")]
NO_CROSSING = [ipaddress.ip_network(n) for n in ("127.0.0.0/8", "224.0.0.0/4", "0.0.0.0/32", "255.255.255.255/32", "::/127", "ff00::/8")]
MOMENTS = ["2026-11-25T12:00", "2026-11-25T22:30", "2026-11-26T02:59", "2026-11-26T03:00", "2032-01-01T01:00"]


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def inside(address, networks):
    return [n for n in networks if n.version == address.version and address in n]


class Reading:
    """A model, read plainly; the first tree is its own, the others are included. Those come first, as they are read first."""

    def __init__(self, trees):
        self.sections = {}
        self.own_zones = {z for z, e in (trees[0].get("zones") or {}).items() if "any" not in as_list(e.get("addr"))}
        for tree in reversed(trees):
            for section, elements in tree.items():
                if isinstance(elements, dict):
                    self.sections.setdefault(section, {}).update(elements)
        self.zones, self.assets = self.section("zones"), self.section("assets")
        self.tz = zoneinfo.ZoneInfo(self.section("hours").get("tz", "UTC"))
        self.zone_nets = self.networks(self.zones)
        self.asset_nets = self.networks(self.assets)
        nets = [n for many in self.zone_nets.values() for n in many]
        # What two zones share is in neither, as sensors cannot tell them apart.
        self.zone_nets = {z: [n for n in many if nets.count(n) == 1] for z, many in self.zone_nets.items()}

    def section(self, name):
        return self.sections.get(name) or {}

    @staticmethod
    def networks(elements):
        return {name: [ipaddress.ip_network(a) for a in as_list(e.get("addr")) if a != "any"] for name, e in elements.items()}

    def place(self, address):
        """Zone and asset; 'unknown' and None where there is none."""
        found = [(n.prefixlen, asset) for asset, nets in self.asset_nets.items() for n in inside(address, nets)]
        if found:
            asset = max(found)[1]
            return self.assets[asset]["zone"], asset
        found = [(n.prefixlen, zone) for zone, nets in self.zone_nets.items() for n in inside(address, nets)]
        if found:
            return max(found)[1], None
        any_zone = [z for z, e in self.zones.items() if "any" in as_list(e.get("addr"))]
        return (any_zone[0] if any_zone and not inside(address, LOCAL) else "unknown"), None

    def named_only(self, name):
        asset = self.assets.get(name, {})
        return "name" in asset and "addr" not in asset

    def in_end(self, names, place, widen):
        """`widen`: what is known by name alone stands for its zone; else for nothing."""
        zone, asset = place
        for name in names or ["any"]:
            if name == "any" or name == asset or (name in self.zones and name == zone):
                return True
            if name not in self.assets or self.assets[name]["zone"] != zone or name in self.zones:
                continue
            bare = "addr" not in self.assets[name] and "name" not in self.assets[name]
            if (bare and asset is None) or (widen and self.named_only(name)):
                return True
        return False

    def port_fits(self, line, port):
        wanted = [p for item in as_list(line.get("port")) for p in as_list(self.section("ports").get(item, item))]
        for item in wanted:
            first, _, last = str(item).partition("-")
            if int(first) <= port <= int(last or first):
                return True
        return not wanted

    def time_fits(self, line, now):
        if "until" in line and now.date() > datetime.date.fromisoformat(line["until"]):
            return False
        if "hours" not in line:
            return True
        start, end = line["hours"].split("-")
        local = now.astimezone(self.tz).strftime("%H:%M")
        return start <= local < end if start < end else local >= start or local < end

    def ends_fit(self, line, a, b, widen):
        return self.in_end(as_list(line.get("from")), a, widen) and self.in_end(as_list(line.get("to")), b, widen)

    def judge(self, a, b, port, protocol, now):
        """(how it is modelled, lines that cover it, {violated element: severity}, rank and severity of the first)"""
        violations = []
        flows = {n: l for n, l in self.section("flows").items() if self.ends_fit(l, a, b, True) and self.port_fits(l, port)}
        covering = [n for n, l in flows.items() if self.time_fits(l, now)]
        for name, never in self.section("never").items():
            ends = as_list(never.get("from")), as_list(never.get("to"))
            if "app" in never or "as" in never or "carries" in never or any(e and all(map(self.named_only, e)) for e in ends):
                continue
            excepted = any(name in covering for name in as_list(never.get("except")))
            if self.ends_fit(never, a, b, False) and self.port_fits(never, port) and not excepted:
                violations.append((SEVERITIES.index(never.get("severity", "medium")), 0, f"never/{name}"))
        how = "line"
        if not covering:
            violations += [(3, 2, f"flows/{name}") for name in flows]
            how = self.without_line(a, b, port, protocol, violations)
        first = max(violations, key=lambda v: (v[0], -v[1]), default=(0, 0))[:2]
        return "alert" if violations else how, covering, {v[2]: SEVERITIES[v[0]] for v in violations}, first

    def without_line(self, a, b, port, protocol, violations):
        if a[0] == b[0] and self.zones.get(a[0], {}).get("flat"):
            return "flat"
        for name, boundary in self.section("boundaries").items():
            if (boundary["from"], boundary["to"]) == (a[0], b[0]) and "default" in boundary:
                if boundary["default"] == "alert":
                    rise = self.zones[b[0]]["trust"] - self.zones[a[0]]["trust"]
                    severity = boundary.get("severity", "high" if rise >= 40 else "medium")
                    violations.append((SEVERITIES.index(severity), 3, f"boundaries/{name}"))
                return boundary["default"]
        return self.drift(a, b, port, protocol, violations)

    def bare(self, zone):
        """Some asset of the model stands for what the others leave of the zone."""
        return any(e["zone"] == zone and "addr" not in e and "name" not in e for e in self.assets.values())

    def drift(self, a, b, port, protocol, violations):
        drift = self.section("drift")
        own = any(zone in self.own_zones or asset or self.bare(zone) for zone, asset in (a, b))
        ignored = as_list(drift.get("ignore"))
        if not own or ("icmp" in ignored and protocol == "icmp"):
            return "allow"
        if "dhcp" in ignored and protocol == "udp" and port in (67, 68, 546, 547):
            return "allow"
        where = "inside" if a[0] == b[0] else "crossing"
        action = drift.get("unmodelled", {}).get(where, "allow" if where == "inside" else "report")
        if action == "alert":
            violations.append((self.unmodelled_severity(a, b), 4, f"drift/unmodelled.{where}"))
        return action

    def unmodelled_severity(self, a, b):
        if a[0] == b[0]:
            return 1
        held = as_list(self.assets.get(b[1], {}).get("holds"))
        worst = max((self.section("data")[d].get("sensitivity", 0) for d in held), default=0)
        known = "unknown" not in (a[0], b[0])
        steep = known and self.zones[b[0]]["trust"] - self.zones[a[0]]["trust"] >= 40
        return 4 if steep or worst >= 4 else 3


def ports_of(reading, line):
    """The borders of a line's ports, and those beside them."""
    for item in as_list(line.get("port")):
        for one in as_list(reading.section("ports").get(item, item)):
            yield from (int(p) + d for p in str(one).split("-") for d in (-1, 0, 0, 1))


def borders(nets, rng):
    """The first and last addresses, those beside them, and one inside."""
    for n in nets:
        for number in (int(n[0]) - 1, int(n[0]), int(n[-1]), int(n[-1]) + 1, rng.randint(int(n[0]), int(n[-1]))):
            yield ipaddress.ip_address(number) if n.version == 4 else ipaddress.IPv6Address(number)


def random_flows(reading, count, rng):
    """Half between the ends of some line, half between borders of any prefix and places that no model has."""
    nets = {**reading.zone_nets, **reading.asset_nets}
    nets.update({a: reading.zone_nets[e["zone"]] for a, e in reading.assets.items() if not reading.asset_nets[a]})
    lines = [*reading.section("flows").values(), *reading.section("never").values()]
    far = [ipaddress.ip_address(a) for a in ("8.8.8.8", "100.64.1.1", "127.0.0.1", "224.0.0.251", "192.168.7.7",
                                             "2001:4860::1", "fe80::1", "ff02::1")]
    everywhere = far + [a for many in nets.values() for a in borders(many, rng)]
    ports = [67, 547, 1, 65535] + [p for line in lines for p in ports_of(reading, line)]
    while count > 0:
        line, at_line = rng.choice(lines), rng.random() < 0.5
        ends = [[a for name in as_list(line.get(key)) for a in borders(nets.get(name, []), rng)] for key in ("from", "to")]
        a, b = (rng.choice(end if at_line and end else everywhere) for end in ends)
        if a.version != b.version:
            continue
        count -= 1
        yield a, b, rng.choice(list(ports_of(reading, line)) if at_line and "port" in line else ports), rng.choice(
            ["tcp", "tcp", "udp", "icmp"])


def written(a, b, port, protocol):
    to = f"[{b}]" if b.version == 6 else str(b)
    return f"{a} -> {to}/icmp" if protocol == "icmp" else f"{a} -> {to}:{port}/{protocol}"


def how_told(answer):
    words = {"allowed by": "line", "expected inside": "flat", "permitted": "allow", "reported": "report"}
    return next((how for begin, how in words.items() if answer.get("modelled", "").startswith(begin)), "alert")


def difference(reading, flow, now, answer):
    """Nothing, or what explain says otherwise."""
    a, b, port, protocol = flow
    if inside(a, NO_CROSSING) or inside(b, NO_CROSSING):
        return None if not answer["crosses"] else "it crosses nothing"
    places = [reading.place(address) for address in (a, b)]
    for place, told in zip(places, (answer["from"], answer["to"])):
        bare = [n for n, e in reading.assets.items() if e["zone"] == place[0] and place[1] is None and "addr" not in e and "name" not in e]
        if told["zone"] != place[0] or told["assets"] != ([place[1]] if place[1] else bare):
            return f"{told} is in {place}"
    how, covering, violations, first = reading.judge(*places, 0 if protocol == "icmp" else port, protocol, now)
    told = {alert["element"]: alert["severity"] for alert in answer["alerts"]}
    if how_told(answer) != how or told != violations:
        return f"{how} {violations}, not {how_told(answer)} {told}"
    if [f"flows/{name}" for name in covering] != [l["element"] for l in answer["flows"] if l["holds"]]:
        return f"covered by {covering}"
    if violations:
        primary = answer["alerts"][0]
        rank = ["never/", "data/", "flows/", "boundaries/", "drift/"].index(primary["element"].split("/")[0] + "/")
        if (SEVERITIES.index(primary["severity"]), rank) != first:
            return f"{primary['element']} is not the first of {violations}"
    return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("glacis")
    arguments.add_argument("model", nargs="+", type=pathlib.Path)
    arguments.add_argument("--flows", type=int, default=400, help="at each moment")
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    if missing := [file.name for file in options.model if not file.exists()]:
        print(f"skipped: {', '.join(missing)} is not beside the project")
        sys.exit(77)
    wrong, kinds = [], {}
    for file in options.model:
        model = yaml.load(file.read_text(), Loader=Core)
        trees = [model] + [yaml.load((file.parent / n).read_text(), Loader=Core) for n in as_list(model.get("include"))]
        reading = Reading(trees)
        for moment in MOMENTS:
            flows = list(random_flows(reading, options.flows, random.Random(f"{options.seed} {file.name} {moment}")))
            words = [word for flow in flows for word in ("--flow", written(*flow))]
            run = subprocess.run([options.glacis, "explain", str(file), "--json", "--at", moment, *words], capture_output=True,
                                 text=True, check=True)
            now = datetime.datetime.fromisoformat(moment).replace(tzinfo=datetime.timezone.utc)
            for flow, answer in zip(flows, json.loads(run.stdout), strict=True):
                kinds[how_told(answer)] = kinds.get(how_told(answer), 0) + 1
                if fault := difference(reading, flow, now, answer):
                    wrong.append(f"{file.name}, seed {options.seed}, {moment}, {written(*flow)}: {fault}")
    print(*wrong[:40], sep="\n")
    print(f"{sum(kinds.values())} flows: {kinds}; {len(wrong)} explained otherwise")
    sys.exit(1 if wrong or len(kinds) < 5 else 0)


if __name__ == "__main__":
    main()
