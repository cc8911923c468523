"""The captures that others recorded, where they are at hand."""
import pathlib
import sys

SKIPPED = 77
SUFFIXES = {".pcap", ".pcapng", ".cap", ".trace"}


def captures_in(folder, only=()):
    """Sorted; ends the program with SKIPPED, and says so, when there are none."""
    folder = pathlib.Path(folder)
    files = sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.is_file()) if folder.is_dir() else []
    files = [p for p in files if not only or any(part in str(p) for part in only)]
    if not files:
        print(f"skipped: no captures in {folder}")
        sys.exit(SKIPPED)
    return files
