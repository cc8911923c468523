"""What the tests of exports share."""
import subprocess
import sys


def export(glacis, models, to, *options):
    """What is written, and what is lost; the same bytes twice."""
    command = [glacis, "export", *map(str, models), "--to", to, *options]
    first, again = (subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(2))
    assert first.returncode == 0, (command, first.stderr)
    assert (first.stdout, first.stderr) == (again.stdout, again.stderr), command
    return first.stdout, first.stderr.splitlines()


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def expected_elements(expect):
    """Never lines and whole paths that a case's expect.yaml wants, with the ends of each."""
    out = set()
    for alert in expect["alerts"]:
        step, _, of = str(alert.get("step", "")).partition("/")
        for element in [alert["element"], *(e.split("/", 1)[1] for e in alert.get("also", []))]:
            if not element.startswith("abuse/") or (step and step == of):   # else it is progress
                out.add((element, alert.get("from"), alert.get("to")))
    return out


