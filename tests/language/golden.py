"""What `glacis` writes of the shop and the clinic, byte for byte as in golden/.

golden.py GLACIS SHOP CLINIC           says what differs
golden.py GLACIS SHOP CLINIC --write   writes golden/ anew, to be read before it is committed
"""
import difflib
import pathlib
import subprocess
import sys

GOLDEN = pathlib.Path(__file__).parent / "golden"
COVERAGE = {"txt": [], "md": ["--format", "markdown"], "html": ["--format", "html"], "json": ["--json"],
            "threat.json": ["--format", "navigator", "--layer", "threat"], "covered.json": ["--format", "navigator"]}
DAY = "2027-01-20"
REPORTS = {"txt": [], "md": ["--format", "markdown"], "html": ["--format", "html"], "csv": ["--format", "csv"], "json": ["--json"]}
DIAGRAMS = {"mmd": [], "dot": ["--format", "dot"], "svg": ["--format", "svg"]}


def outputs(shop, clinic):
    """File of golden/, and the words that make it."""
    for name, model, case in (("web-shop", shop, "LM1"), ("clinic", clinic, "theft")):
        yield from ((f"{name}.coverage.{end}", ["coverage", model, *words]) for end, words in COVERAGE.items())
        yield from ((f"{name}.report.{end}", ["report", model, "--at", DAY, *words]) for end, words in REPORTS.items())
        yield from ((f"{name}.{end}", ["diagram", model, *words]) for end, words in DIAGRAMS.items())
        yield from ((f"{name}.{case}.{end}", ["diagram", model, "--case", case, *words]) for end, words in DIAGRAMS.items())


def main():
    glacis, shop, clinic, *write = sys.argv[1:]
    differ = 0
    wanted_files = set()
    for name, words in outputs(shop, clinic):
        path = GOLDEN / name
        wanted_files.add(path)
        made = subprocess.run([glacis, *words], capture_output=True, text=True, check=True).stdout
        if write == ["--write"]:
            path.write_text(made, encoding="utf-8")
        wanted = path.read_text(encoding="utf-8") if path.exists() else ""
        differ += made != wanted
        sys.stdout.writelines(difflib.unified_diff(wanted.splitlines(True), made.splitlines(True), name, "now"))
    left_over = set(GOLDEN.iterdir()) - wanted_files
    print(*(f"{path.name}: nothing makes it" for path in sorted(left_over)), sep="\n")
    sys.exit(1 if differ or left_over else 0)


if __name__ == "__main__":
    main()
