"""What `glacis check` says of the language page's example model: code and place of each warning, in golden form.

The example is not part of the project: skipped (77) where it is not beside it.
"""
import json
import pathlib
import subprocess
import sys


def main():
    glacis, model, expected = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    if not model.exists():
        print(f"skipped: {model.name} is not beside the project")
        sys.exit(77)
    run = subprocess.run([glacis, "check", "--json", "--at", "2026-11-26", str(model)], capture_output=True, text=True,
                         check=False)
    told = [f"{d['line']}:{d['column']} {d['level']} {d['code']}" for d in json.loads(run.stdout)
            if d["code"] != "not-enforced"]
    wanted = expected.read_text().splitlines()
    print(*sorted(set(told) - set(wanted)), sep="\n")
    print(*(f"missing: {line}" for line in sorted(set(wanted) - set(told))), sep="\n")
    sys.exit(0 if told == wanted and run.returncode == 0 else 1)


if __name__ == "__main__":
    main()
