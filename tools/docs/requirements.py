"""Checks docs/internals/requirements.md: every test that a row names exists, and its file bears the row's number."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/internals/requirements.md"
ROW = re.compile(r"^\| (R\d+)(?:–R\d+)? \|[^|]*\|(.*)\|$", re.M)
NAME = re.compile(r"`([^`]+)`")


def faults():
    page = PAGE.read_text()
    rows = ROW.findall(page)
    if len(rows) < 40:
        yield f"only {len(rows)} rows were found"
    for number, proof in rows:
        text = ""
        for name in NAME.findall(proof):
            if name.startswith("tests/"):
                path = ROOT / name
                text = path.read_text() if path.is_file() else ""
                if not text:
                    yield f"{number}: there is no {name}"
                elif number not in numbers_of(text):
                    yield f"{number}: {name} does not bear it"
            elif not re.search(rf"(def {name}\(|TEST\w*\(\w+, {name}\))", text):
                yield f"{number}: there is no test {name} in the file named before it"
        if not NAME.search(proof) and "“" not in proof:
            yield f"{number}: nothing proves it"


def numbers_of(text):
    single = set(re.findall(r"\bR\d+\b", text))
    for first, last in re.findall(r"\bR(\d+)-R(\d+)\b", text):
        single |= {f"R{i}" for i in range(int(first), int(last) + 1)}
    return single


found = list(faults())
for fault in found:
    print(f"{PAGE.relative_to(ROOT)}: {fault}", file=sys.stderr)
sys.exit(1 if found else 0)
