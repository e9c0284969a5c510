"""Checks that every include of src/ points down the table of modules, and every external header has its home.

The table is modules.txt beside this file; CMake links by the same one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SRC = ROOT / "src"

# Prefix of an external header to the modules whose files may include it; in .cc files only, where "cc" says so.
EXTERNAL = {
    "mongoc/": ({"connection"}, "cc"),
    "bson/bson.h": ({"connection"}, "cc"),
    "arrow/": ({"store"}, "cc"),
    "spdlog/": ({"base"}, "cc"),
    "prometheus/": ({"base"}, "cc"),
    "openssl/": ({"base"}, "cc"),
    "xxhash.h": ({"base"}, "cc"),
    "tl/expected.hpp": ({"base"}, "any"),
    "CLI/": ({"cli"}, "cc"),
    "httplib.h": ({"server"}, "cc"),
    "nlohmann/": ({"sink", "job", "checkpoint"}, "cc"),
    "zlib.h": ({"codec"}, "cc"),
    "zstd": ({"codec"}, "cc"),
    "cctz/": ({"job"}, "cc"),
}


def read_table():
    table = {}
    for line in (pathlib.Path(__file__).parent / "modules.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            module, _, *may = line.split()
            table[module] = {module, *may}
    return table


def faults(table):
    for path in sorted(SRC.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        relative = path.relative_to(SRC)
        module = relative.parts[0] if len(relative.parts) > 1 else "main"
        if module != "main" and module not in table:
            yield f"src/{relative}: folder '{module}' is not in tools/tidy/modules.txt"
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.match(r'\s*#include\s+(["<])([^">]+)[">]', line)
            if not found:
                continue
            quote, header = found.groups()
            if quote == '"' and module != "main" and header.split("/")[0] not in table[module]:
                yield f"src/{relative}:{number}: {module}/ may not include {header}"
            for prefix, (homes, where) in EXTERNAL.items():
                at_home = module in homes and (where == "any" or path.suffix == ".cc")
                if quote == "<" and header.startswith(prefix) and not at_home:
                    yield f"src/{relative}:{number}: <{header}> belongs to {', '.join(sorted(homes))}"


def main():
    found = list(faults(read_table()))
    for fault in found:
        print(fault)
    if found:
        sys.exit(f"{len(found)} includes break the table of modules")
    print("includes: every one points down the table")


if __name__ == "__main__":
    main()
