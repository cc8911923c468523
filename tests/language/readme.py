"""The README's model commands print what they print."""
import pathlib
import re
import shlex
import subprocess
import sys


def main():
    glacis, root = sys.argv[1], pathlib.Path(sys.argv[2])
    text = (root / "README.md").read_text()
    shown = re.findall(r"```\n\$ glacis (reach|threats|crossings|coverage|diff|explain|hunt) (.*)\n((?:.*\n)*?)```", text)
    faults = []
    for command, words, printed in shown:
        run = subprocess.run([glacis, command, *shlex.split(words)], capture_output=True, text=True, cwd=root, check=False)
        if run.stdout != printed:
            faults.append(f"glacis {command} {words} prints\n{run.stdout}the README shows\n{printed}")
    print("\n".join(faults) or f"{len(shown)} commands print what the README shows")
    sys.exit(1 if faults or not shown else 0)


if __name__ == "__main__":
    main()
