"""`glacis check --invariants` denies what a plain reading of the queries denies.

The reading below is written from the reference page alone. It looks at the shipped models, at the clinic and at random
changes of them, with random queries over every field and random exemptions; only how much is seen of a case is taken from
`glacis coverage`.
"""
import argparse
import collections
import copy
import datetime
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import yaml

from schema_agrees import Core, at, nodes

AT = "2026-11-27"
ENCRYPTED = set("tls https dtls quic http3 dot doh ssh ipsec ike esp wireguard openvpn ldaps imaps pop3s smtps ftps sips".split())
TLS_PORTS = {443, 465, 563, 636, 853, 989, 990, 992, 993, 995, 5061, 8443}
READABLE = set("http ftp telnet ldap smtp imap pop3 dns snmp redis mqtt tftp mysql postgresql tds modbus dnp3 syslog nfs smb".split())
HIDDEN = {"ssh", "tls-client-cert"}
SUBJECTS = {"crossing": "deny.crossing", "asset": "deny.asset", "identity": "deny.identity", "case": "deny.case"}


def as_list(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def text(value):
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def true(value):
    return text(value) == "true"


class Reading:
    """A model and what queries ask of it: a number, or a list of words. Elements of included files come first."""

    def __init__(self, trees, sights):
        self.sections, self.sights = {}, sights
        for tree in reversed(trees):
            for section, elements in tree.items():
                if isinstance(elements, dict):
                    self.sections.setdefault(section, {}).update(elements)
        self.zones, self.assets, self.flows = self["zones"], self["assets"], self["flows"]

    def __getitem__(self, section):
        return {name: element or {} if isinstance(element, (dict, type(None))) else element
                for name, element in (self.sections.get(section) or {}).items()}

    # --- places
    def zones_of(self, ends):
        if not ends or "any" in ends:
            return list(self.zones)
        named = {self.assets[e]["zone"] if e in self.assets else e for e in ends}
        return [z for z in self.zones if z in named]

    def tapped(self, a, b):
        taps = self["taps"]
        for tap in as_list(self.zones[a].get("taps")) + as_list(self.zones[b].get("taps")):
            if not any(sorted(map(str, pair)) == sorted((a, b)) for pair in as_list((taps[tap] or {}).get("not"))):
                return True
        return False

    def worst(self, data):
        return max([int(self["data"][d].get("sensitivity", 0)) for d in data] + [0])

    def holds(self, asset):
        return self.worst(as_list(self.assets[asset].get("holds")))

    def classes(self, data):
        return [self["data"][d]["class"] for d in data if self["data"][d].get("class")]

    def ports(self, line):
        out = []
        for item in as_list(line.get("port")):
            for one in as_list(self["ports"].get(text(item), item)):
                first, _, last = text(one).partition("-")
                out.append((int(first), int(last or first)))
        return out

    # --- lines
    def encrypted(self, line):
        if "clear" in line:
            return not true(line["clear"])
        apps = [text(a) for a in as_list(line.get("app"))]
        if apps:
            return set(apps) <= ENCRYPTED
        ports = self.ports(line)
        return bool(ports) and all(a == b and a in TLS_PORTS for a, b in ports)

    def readable(self, line):
        if "clear" in line:
            return true(line["clear"])
        return any(text(a) in READABLE for a in as_list(line.get("app")))

    def identities(self, name):
        return [i for i, e in self["identities"].items()
                if i in map(text, as_list(self.flows[name].get("as"))) or name in as_list(e.get("may"))]

    # --- subjects: (kind, id, pair or None, field -> fact)
    def crossings(self):
        for name, line in self.flows.items():
            for a in self.zones_of(as_list(line.get("from"))):
                for b in self.zones_of(as_list(line.get("to"))):
                    if a != b:
                        yield "flows", name, (a, b)
        defaults = {}
        for name, boundary in self["boundaries"].items():
            defaults[(boundary["from"], boundary["to"])] = boundary.get("default")
            if boundary.get("default") == "allow":
                yield "boundaries", name, (boundary["from"], boundary["to"])
        if ((self["drift"].get("unmodelled") or {}).get("crossing")) == "allow":
            for a in self.zones:
                for b in self.zones:
                    if a != b and defaults.get((a, b)) is None:
                        yield "drift", "drift", (a, b)

    def reached(self, line, zone):
        names = as_list(line.get("to")) if line is not None else []
        inside = [a for a, e in self.assets.items() if e["zone"] == zone]
        if names and "any" not in names and zone not in names:
            inside = [a for a in inside if a in names]
        return max([self.holds(a) for a in inside] + [0])

    def crossing_facts(self, kind, name, pair):
        line = self.flows[name] if kind == "flows" else None
        a, b = (self.zones[z] for z in pair)
        boundary = [e for e in self["boundaries"].values() if (e["from"], e["to"]) == pair]
        needs = as_list(boundary[0].get("needs")) if boundary else []
        strengths = [int(self["controls"][c].get("strength", 0)) for c in needs if self["controls"][c].get("status") == "active"]
        data = as_list(line.get("carries")) if line else []
        who = self.identities(name) if line else []
        out = {"from.zone": [pair[0]], "to.zone": [pair[1]], "from.trust": int(a["trust"]), "to.trust": int(b["trust"]),
               "from.env": as_list(a.get("env")), "to.env": as_list(b.get("env")),
               "from.any": ["any" in as_list(a.get("addr"))], "to.any": ["any" in as_list(b.get("addr"))],
               "rises": [int(a["trust"]) < int(b["trust"])], "to.sensitivity": self.reached(line, pair[1]),
               "carries.sensitivity": self.worst(data), "carries.class": self.classes(data), "boundary": [bool(boundary)],
               "control": max(strengths + [0]), "identity": who,
               "identity.kind": [self["identities"][i]["kind"] for i in who if self["identities"][i].get("kind")],
               "class": as_list(line.get("class")) if line else [], "app": as_list(line.get("app")) if line else [],
               "clear": [bool(line) and self.readable(line)], "encrypted": [bool(line) and self.encrypted(line)],
               "limit": [bool(line and line.get("limit"))], "tapped": [self.tapped(*pair)],
               "port": self.ports(line) if line else []}
        return out

    def asset_facts(self, name):
        asset = self.assets[name]
        zone = self.zones[asset["zone"]]
        data = as_list(asset.get("holds"))
        return {"kind": as_list(asset.get("kind")), "zone": [asset["zone"]], "zone.trust": int(zone["trust"]),
                "zone.env": as_list(zone.get("env")), "sensitivity": self.worst(data), "data.class": self.classes(data),
                "value": int(asset.get("value", 0)), "exposed": [true(asset.get("exposed"))],
                "bound": [bool(as_list(asset.get("addr")) or as_list(asset.get("name")))],
                "tapped": [bool(as_list(zone.get("taps")))], "owner": as_list(asset.get("owner"))}

    def identity_facts(self, name):
        identity = self["identities"][name]
        lines = [l for l in self.flows if name in self.identities(l)]
        zones = {z for l in lines for end in ("from", "to") for z in self.zones_of(as_list(self.flows[l].get(end)))}
        envs = {self.zones[z]["env"] for z in zones if self.zones[z].get("env")}
        lives = as_list(identity.get("lives_in"))
        return {"kind": as_list(identity.get("kind")), "env": as_list(identity.get("env")), "envs": len(envs), "lines": len(lines),
                "scopes": len(as_list(identity.get("scopes"))), "becomes": len(as_list(identity.get("can_become"))),
                "lives_in": lives, "lives_in.trust": min([int(self.zones[z]["trust"]) for z in self.zones_of(lives)] + [100]),
                "seen": [bool(set(identity.get("seen_as") or {}) - HIDDEN)], "owner": as_list(identity.get("owner"))}

    def case_facts(self, name):
        case = self["abuse"][name]
        risk = case.get("risk") or {}
        score = int(risk.get("likelihood", 0)) * int(risk.get("impact", 0))
        severity = case.get("severity") or ("medium" if not score else "critical" if score >= 20 else "high" if score >= 12
                                            else "medium" if score >= 6 else "low")
        controls = [c for c in self["controls"].values() if c.get("status") == "active" and name in as_list(c.get("covers"))]
        return {"risk": score, "severity": [severity], "stride": as_list(case.get("stride")),
                "sight": [self.sights[name].split()[0]], "path": ["path" in case],
                "decided": [any(name in as_list(f.get("abuse")) for f in self["findings"].values())], "controls": len(controls),
                "control": max([int(c.get("strength", 0)) for c in controls] + [0]), "owner": as_list(case.get("owner"))}

    def subjects(self, kind):
        if kind == "crossing":
            return [(k, n, p, self.crossing_facts(k, n, p)) for k, n, p in self.crossings()]
        section, facts = {"asset": ("assets", self.asset_facts), "identity": ("identities", self.identity_facts),
                          "case": ("abuse", self.case_facts)}[kind]
        return [(section, name, None, facts(name)) for name in self[section]]


def fits(field, wanted, fact):
    if field == "port":
        first, _, last = text(wanted).partition("-")
        return not fact or any(a <= int(last or first) and int(first) <= b for a, b in fact)
    if isinstance(fact, int):
        sign, number = re.fullmatch(r"([<>]=?)?(\d+)", text(wanted)).groups()
        number = int(number)
        return {None: fact == number, "<": fact < number, "<=": fact <= number, ">": fact > number, ">=": fact >= number}[sign]
    words = [text(word) for word in fact]
    return text(wanted) in words or (text(wanted) == "none" and not words)


def denied(reading, invariant):
    """(kind, id) -> pairs."""
    (kind, query), = invariant["deny"].items()
    out = collections.defaultdict(list)
    for section, name, pair, facts in reading.subjects(kind):
        if all(any(fits(f, w, facts[f]) for w in as_list(wanted)) for f, wanted in query.items()):
            out[(section, name)].append(pair)
    return dict(out)


def random_invariants(rng, readings, schema, count):
    """Queries whose values are taken from the models' own, so that many fit something."""
    out = {}
    kinds = [kind for kind in SUBJECTS if any(r.subjects(kind) for r in readings)]
    for i in range(count):
        kind = rng.choice(kinds)
        fields = [f for f in schema["definitions"][SUBJECTS[kind]]["properties"] if f != "<<"]
        subjects = [s for r in readings for s in r.subjects(kind)]
        query = {}
        for field in rng.sample(fields, rng.randint(1, 3)):
            fact = rng.choice(subjects)[3][field]
            query[field] = wanted_like(field, fact, rng)
        out[f"i{i}"] = {"says": f"query {i}", "owner": "rob", "deny": {kind: query}}
    return out


def wanted_like(field, fact, rng):
    if field == "port":
        first, last = rng.choice(fact or [(443, 443)])
        return rng.choice([first, f"{first}-{last}", [f"{max(first - 2, 0)}-{first}", 7]])
    if isinstance(fact, int):
        return rng.choice([fact, f"<{fact}", f"<={fact}", f">{fact}", f">={fact}", [fact, f"<{fact}"]])
    if fact and isinstance(fact[0], bool):
        return fact[0] if rng.random() < 0.7 else not fact[0]
    words = list(fact)
    return rng.choice([words[0], ["none", *words]] if words else ["none"])


def random_exemptions(rng, invariants, models):
    out = []
    for _ in range(rng.randint(0, 6)):
        invariant = rng.choice(list(invariants))
        model, reading = rng.choice(models)
        (kind, _), = invariants[invariant]["deny"].items()
        names = sorted({s[1] for s in reading.subjects(kind)}) or ["nobody"]
        out.append({"of": invariant, "model": rng.choice([model, model, "else"]), "at": rng.sample(names, min(len(names), 2)),
                    "by": "rob", "why": "a test", "until": rng.choice(["2026-11-26", AT, "2027-01-01"])})
    return out


def wanted_answer(reading, model, organisation):
    """{(what, ...)} as the page says."""
    day = datetime.date.fromisoformat(AT)
    exemptions = list(enumerate(organisation["exemptions"]))
    valid = [(i, e) for i, e in exemptions if datetime.date.fromisoformat(e["until"]) >= day]
    out = {("expired", i) for i, e in exemptions if (i, e) not in valid}
    used = set()
    for name, invariant in organisation["invariants"].items():
        for (kind, element), pairs in denied(reading, invariant).items():
            here = [(i, element) for i, e in valid if e["model"] == model and e["of"] == name and element in e["at"]]
            used.update(here)
            if not here:
                out.add(("denied", name, kind if kind == element else f"{kind}/{element}", len([p for p in pairs if p]),
                         tuple(f"{a} to {b}" for a, b in [p for p in pairs if p][:3])))
    out |= {("unused", i, element) for i, e in valid if e["model"] == model for element in e["at"] if (i, element) not in used}
    return out


def given_answer(faults, lines):
    """The same of what `glacis check` printed; `lines`: of the exemptions, from 0."""
    out = set()
    for fault in faults:
        if fault["code"] == "invariant":
            name = re.match(r"'(.*?)' of ", fault["hint"])[1]
            element, pairs = re.match(r"(\S+?)(?: from (.*?))?: query \d+$", fault["message"]).groups()
            more = re.search(r" \(and (\d+) more\)$", pairs or "")
            told = re.sub(r" \(and \d+ more\)$", "", pairs).split(", ") if pairs else []
            out.add(("denied", name, element, len(told) + int(more[1] if more else 0), tuple(told)))
        elif fault["code"] == "expired-exemption":
            out.add(("expired", lines.index(fault["line"])))
        elif fault["code"] == "unused-exemption":
            out.add(("unused", lines.index(fault["line"]), re.search(r" at '(.*?)' of ", fault["message"])[1]))
    return out


def mutate(tree, rng):
    """Some values changed to others that could stand there, some keys gone; most are good models still."""
    out = copy.deepcopy(tree)
    for _ in range(rng.randint(1, 6)):
        path, value = rng.choice([n for n in nodes(out) if n[0]])
        parent, name = at(out, path[:-1]), path[-1]
        if isinstance(value, bool):
            parent[name] = not value
        elif isinstance(value, int):
            parent[name] = rng.choice([0, 1, 2, 3, 4, 5, 20, 50, 90])
        elif isinstance(value, str) and value in ("active", "planned"):
            parent[name] = "planned" if value == "active" else "active"
        elif isinstance(value, str) and value in ("alert", "report", "allow"):
            parent[name] = rng.choice(["alert", "report", "allow"])
        elif len(path) > 2:
            del parent[name]
    return out


class Judge:
    def __init__(self, glacis, folder):
        self.glacis, self.folder = glacis, folder

    def run(self, *words):
        return subprocess.run([self.glacis, *words], capture_output=True, text=True, check=False, cwd=self.folder)

    def read(self, trees):
        """A reading of the model in the folder, or None where it is not good."""
        for name, tree in trees.items():
            (self.folder / name).write_text(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=10_000))
        covered = self.run("coverage", next(iter(trees)), "--json")
        if covered.returncode != 0:
            return None
        cases = json.loads(covered.stdout)["models"][0]["cases"]
        return Reading(list(trees.values()), {case["id"]: case["sight"] for case in cases})

    def compare(self, main, reading, model, organisation):
        body = yaml.safe_dump({"glacis": 1, "invariants": organisation["invariants"]}, sort_keys=False, width=10_000)
        lines = [body.count("\n") + 2 + i for i in range(len(organisation["exemptions"]))]
        body += "exemptions:\n" + "".join(f"- {json.dumps(e)}\n" for e in organisation["exemptions"])
        if not organisation["exemptions"]:
            body = body.replace("exemptions:\n", "exemptions: []\n")
        (self.folder / "org.yaml").write_text(body)
        done = self.run("check", main, "--invariants", "org.yaml", "--at", AT, "--json")
        given = given_answer(json.loads(done.stdout), lines)
        wanted = wanted_answer(reading, model, organisation)
        return sorted(map(str, given - wanted)), sorted(map(str, wanted - given)), len(wanted)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("glacis", type=pathlib.Path)
    arguments.add_argument("model", nargs="+", type=pathlib.Path)
    arguments.add_argument("--mutants", type=int, default=60)
    arguments.add_argument("--organisation", type=pathlib.Path, required=True, help="the shipped invariants")
    arguments.add_argument("--holds", nargs="+", default=[], help="shipped models that hold them")
    options = arguments.parse_args()
    glacis = options.glacis.resolve()
    schema = json.loads(subprocess.run([glacis, "schema", "--invariants"], capture_output=True, text=True, check=True).stdout)
    wrong, judged, answers, asked = [], 0, 0, set()
    for model in options.holds:
        done = subprocess.run([glacis, "check", model, "--invariants", options.organisation, "--at", AT], capture_output=True,
                              text=True, check=False)
        wrong += [] if done.returncode == 0 else [f"{model}: {done.stdout}"]
    with tempfile.TemporaryDirectory() as name:
        for file in options.model:
            tree = yaml.load(file.read_text(), Loader=Core)
            trees = {file.name: tree, **{n: yaml.load((file.parent / n).read_text(), Loader=Core) for n in as_list(tree.get("include"))}}
            judge = Judge(glacis, pathlib.Path(name))
            for seed in range(options.mutants + 1):
                rng = random.Random(f"{file.name} {seed}")
                mutants = {n: mutate(t, rng) for n, t in trees.items()} if seed else trees
                reading = judge.read(mutants)
                if reading is None:
                    continue
                judged += 1
                invariants = random_invariants(rng, [reading], schema, 40)
                asked |= {(k, f) for i in invariants.values() for k, q in i["deny"].items() for f in q}
                model = mutants[file.name]["model"]["id"]
                organisation = {"invariants": invariants, "exemptions": random_exemptions(rng, invariants, [(model, reading)])}
                surplus, missing, count = judge.compare(file.name, reading, model, organisation)
                answers += count
                wrong += [f"{file.name}, seed {seed}: glacis alone says {s}" for s in surplus]
                wrong += [f"{file.name}, seed {seed}: glacis does not say {m}" for m in missing]
    fields = {(k, f) for k, e in SUBJECTS.items() for f in schema["definitions"][e]["properties"] if f != "<<"}
    wrong += [f"never asked: {kind} {field}" for kind, field in sorted(fields - asked)]
    print(*wrong[:40], sep="\n")
    print(f"{judged} models, {answers} answers, {len(wrong)} differences")
    sys.exit(1 if wrong or answers < 10 * judged else 0)


if __name__ == "__main__":
    main()
