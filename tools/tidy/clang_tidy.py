"""Runs clang-tidy over src/, remembering what was clean.

A file is checked again when it, a header below src/ that it includes, the configuration or the compiler's flags change; so a warm
run costs seconds.  Usage: clang_tidy.py BUILD_FOLDER
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CACHE = pathlib.Path(os.environ.get("INLET_CACHE", pathlib.Path.home() / ".cache" / "inlet")) / "tidy"


def included(path, seen):
    """The project's own files that a file is made of, itself first."""
    if path in seen or not path.is_file():
        return
    seen.append(path)
    for header in re.findall(r'^\s*#include\s+"([^"]+)"', path.read_text(), re.M):
        included(ROOT / "src" / header, seen)


def fingerprint(path, flags):
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes() + flags.encode())
    seen = []
    included(path, seen)
    for part in seen:
        digest.update(part.read_bytes())
    return digest.hexdigest()


def check(build, path):
    # Clang 14 sees a zero pointer in every defaulted <=>; the compiler's own warning is right.
    command = ["clang-tidy-14", "-p", str(build), "--quiet", "--extra-arg=-Wno-zero-as-null-pointer-constant", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    return path, done.returncode, done.stdout + ("" if done.returncode == 0 else done.stderr)


def main():
    build = pathlib.Path(sys.argv[1])
    CACHE.mkdir(parents=True, exist_ok=True)
    todo = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if (ROOT / "src") in path.parents:
            flags = " ".join(word for word in entry["command"].split() if word.startswith(("-D", "-std")))
            stamp = CACHE / fingerprint(path, flags)
            if not stamp.exists():
                todo[path] = stamp
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, code, text in pool.map(lambda p: check(build, p), sorted(todo)):
            if code == 0:
                todo[path].touch()
            else:
                failed += 1
                print(text)
    if failed:
        sys.exit(f"clang-tidy: {failed} files with faults")
    print(f"clang-tidy: clean ({len(todo)} files checked anew)")


if __name__ == "__main__":
    main()
