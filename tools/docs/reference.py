"""The reference pages that the program writes itself: says which are stale, or refreshes them.

    reference.py INLET            fails when a page of docs/reference is not what the program says
    reference.py INLET --write    refreshes the pages
"""

import difflib
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["cli", "metrics"]


def main() -> int:
    inlet, write = sys.argv[1], sys.argv[2:] == ["--write"]
    stale = 0
    for name in PAGES:
        path = ROOT / "docs" / "reference" / f"{name}.md"
        fresh = subprocess.run([inlet, "reference", name], check=True, capture_output=True, text=True).stdout
        if write:
            path.write_text(fresh, encoding="utf-8")
            continue
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old != fresh:
            stale += 1
            print(f"docs/reference/{name}.md is stale:")
            print("".join(difflib.unified_diff(old.splitlines(True), fresh.splitlines(True), "page", "program", n=0)))
    if stale:
        print("refresh with: python3 tools/docs/reference.py build/release/inlet --write")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
