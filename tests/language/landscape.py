"""Ten teams over one landscape: each model alone, all together, in any order; whose drift an unmodelled flow is; conflicts."""
import itertools
import json
import pathlib
import random
import subprocess
import sys
import tempfile

TEAMS = [f"team{i}" for i in range(10)]
LANDSCAPE = """taps: {t-core: {sensors: [core-1]}}
sources: {siem/vpn: {owner: noc}}
ports: {admin: [22]}
zones:
  world: {trust: 0, addr: any, taps: [t-core]}
  office: {trust: 40, addr: 10.1.0.0/16, taps: [t-core]}
  apps: {trust: 70, addr: 10.2.0.0/16, taps: [t-core]}
  vault: {trust: 90, addr: 10.3.0.0/16, taps: [t-core]}
boundaries:
  office-vault: {from: office, to: vault, default: alert, severity: high}
"""


def team(i, more=""):
    """A service and a store of its own; the odd ones have a network of their own too."""
    own = f"zones: {{net{i}: {{trust: 50, addr: 10.9.{i}.0/24, taps: [t-core]}}}}\n" if i % 2 else ""
    return (f"include: landscape.yaml\nmodel: {{id: team{i}, owner: o{i}}}\n{own}"
            f"assets:\n  web{i}: {{zone: apps, addr: 10.2.{i}.10}}\n  db{i}: {{kind: store, zone: vault, addr: 10.3.{i}.5}}\n"
            f"flows:\n  f{i}: {{from: web{i}, to: db{i}, port: 5432}}\n"
            f"drift: {{unmodelled: {{crossing: alert}}}}\n{more}")


class Models:
    def __init__(self, glacis, folder):
        self.glacis, self.folder, self.faults = glacis, folder, []
        self.write("landscape", LANDSCAPE)
        for i in range(10):
            self.write(f"team{i}", team(i))

    def write(self, name, text):
        (self.folder / f"{name}.yaml").write_text(text)

    def run(self, command, *words):
        return subprocess.run([self.glacis, command, *words], capture_output=True, text=True, check=False, cwd=self.folder)

    def files(self, names):
        return [f"{name}.yaml" for name in names]

    def expect(self, what, holds, seen=""):
        if not holds:
            self.faults.append(f"{what}: {seen}")

    def policy(self, names):
        out = self.folder / "policy"
        done = self.run("compile", *self.files(names), "-o", str(out))
        self.expect(f"compile {names}", done.returncode == 0, done.stdout)
        return out.read_bytes() if out.exists() else b""

    def errors(self, names):
        return [d for d in json.loads(self.run("check", "--json", *self.files(names)).stdout) if d["level"] == "error"]

    # --- what is looked at
    def alone_and_together(self):
        for name in TEAMS:
            done = self.run("check", *self.files([name]))
            self.expect(f"check {name}", done.returncode == 0, done.stdout)
        done = self.run("check", *self.files(TEAMS))
        self.expect("check all", done.returncode == 0 and "10 models good" in done.stdout, done.stdout)
        self.expect("a source of the landscape is told once", done.stdout.count("sources/siem/vpn (landscape.yaml:2)") == 1,
                    done.stdout)
        warnings = [(d["file"], d["line"], d["message"]) for d in json.loads(self.run("check", "--json", *self.files(TEAMS)).stdout)]
        self.expect("each thing is told once", len(warnings) == len(set(warnings)), warnings)

    def any_order(self):
        first = self.policy(TEAMS)
        rng = random.Random(1)
        for _ in range(8):
            names = rng.sample(TEAMS, 10)
            self.expect(f"the same bytes in the order {names}", self.policy(names) == first)

    def verdict(self, names, flow):
        """Models whose drift, and boundaries whose default, make the flow an alert."""
        answer, = json.loads(self.run("explain", *self.files(names), "--flow", flow, "--json").stdout)
        return sorted(alert["element"] for alert in answer["alerts"])

    def drift(self):
        rule = "drift/unmodelled.crossing"
        for flow, wanted in (
                ("10.2.3.10 -> 10.3.4.5:22", [f"team3/{rule}", f"team4/{rule}"]),
                ("10.2.3.10 -> 8.8.8.8:443", [f"team3/{rule}"]),
                ("10.1.0.7 -> 10.2.200.1:80", []),
                ("10.9.5.7 -> 10.2.200.1:80", [f"team5/{rule}"]),
                ("10.9.4.7 -> 10.2.200.1:80", []),
                ("10.1.0.7 -> 10.3.200.1:80", ["team0/boundaries/office-vault"]),
                ("10.2.3.10 -> 10.3.3.5:5432", [])):
            told = self.verdict(TEAMS, flow)
            self.expect(flow, told == wanted, f"{told}, not {wanted}")
        told = self.verdict(["team7"], "10.2.3.10 -> 10.3.4.5:22")
        self.expect("a flow of others", told == [], told)

    def conflicts(self):
        self.write("team2", team(2) + "zones: {mine: {trust: 50, addr: 10.77.0.0/24}}\n")
        self.write("team6", team(6) + "zones: {yours: {trust: 50, addr: 10.77.0.0/24}}\n")
        for names in itertools.permutations(["team2", "team6", "team0"]):
            told = self.errors(names)
            wanted = ("team6.yaml", 9, "10.77.0.0/24 is zone 'yours' here and zone 'mine' in model 'team2' (team2.yaml:9)")
            self.expect(f"conflict of {names}", [(d["file"], d["line"], d["message"]) for d in told] == [wanted], told)
        self.expect("alone both are good", not self.errors(["team2"]) and not self.errors(["team6"]))
        self.write("team2", team(2))
        self.write("team6", team(6))

    def faulty_landscape(self):
        self.write("landscape", LANDSCAPE.replace("trust: 70", "trust: 700"))
        told = self.errors(TEAMS)
        self.expect("a fault of the landscape is told once", len(told) == 1 and told[0]["file"] == "landscape.yaml", told)
        self.write("landscape", LANDSCAPE.replace("world:", "world: &w") + "zonez: {}\n")
        told = [(d["code"], d["line"]) for d in self.errors(TEAMS)]
        self.expect("each of two", told == [("unknown-key", 11)], told)
        self.write("landscape", LANDSCAPE)

    def same_name_in_two_folders(self):
        """Two teams call their file model.yaml: both faults are told."""
        for name, line in (("a", "zonez: {}"), ("b", "\nzonez: {}")):
            (self.folder / name).mkdir()
            (self.folder / name / "model.yaml").write_text(f"model: {{id: {name}, owner: o}}\n{line}\n")
        told = self.errors(["a/model", "b/model"])
        self.expect("faults of two files of one name", len(told) == 2, told)
        (self.folder / "b" / "model.yaml").write_text("model: {id: b, owner: p}\nzonez: {}\n")
        told = self.errors(["a/model", "b/model"])
        self.expect("also where they are alike", len(told) == 2, told)


def main():
    glacis, models = pathlib.Path(sys.argv[1]).resolve(), [pathlib.Path(m).resolve() for m in sys.argv[2:]]
    with tempfile.TemporaryDirectory() as name:
        test = Models(glacis, pathlib.Path(name))
        for step in (test.alone_and_together, test.any_order, test.drift, test.conflicts, test.faulty_landscape,
                     test.same_name_in_two_folders):
            step()
        for names in [[m] for m in models] + [models]:
            done = test.run("check", *map(str, names), "--at", "2026-11-27")
            test.expect(f"shipped {[n.name for n in names]}", done.returncode == 0, done.stdout)
        print(*test.faults, sep="\n")
        print(f"{len(test.faults)} faults")
        sys.exit(1 if test.faults else 0)


if __name__ == "__main__":
    main()
