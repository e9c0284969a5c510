"""Rates of Inlet against a raw libmongoc reader, in the same run on the same mongod.

    ./test bench                         all, 1,000,000 orders
    python bench/end_to_end.py --orders 300000 --rounds 3 dump changes

Absolute figures differ from machine to machine and hour to hour; the ratios are what counts. Rounds of opponent and
Inlet alternate, and the median of the rounds is reported. Everything (server, reader, store) shares this machine.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
sys.path.insert(0, str(ROOT / "bench"))

from orders import load_orders, update_orders  # noqa: E402
from mongod import PrivateMongod  # noqa: E402

BUILD = ROOT / "build" / "release"
INLET = BUILD / "inlet"


def raw(tool: str, count: int, *arguments: str) -> float:
    """Documents or events per second of a raw reader, as it prints them: `name=value` in one line."""
    done = subprocess.run([str(BUILD / "bench" / tool), *arguments], capture_output=True, text=True, check=True)
    printed = dict(word.split("=") for word in done.stdout.split() if "=" in word)
    read = int(printed.get("documents") or printed["events"])
    if read != count:
        raise SystemExit(f"{tool} read {read} records instead of {count}")
    return float(printed.get("docs_per_second") or printed["events_per_second"])


def inlet(command: str, lake: pathlib.Path, count: int, *arguments: str) -> tuple[float, int]:
    """Records per second over the whole life of the process, and its peak memory in bytes."""
    shutil.rmtree(lake, ignore_errors=True)
    begin = time.monotonic()
    process = subprocess.Popen(
        [str(INLET), command, "--to", str(lake / "data"), "--state", str(lake / "state"), "--log-level", "warning", *arguments]
    )
    _, status, usage = __import__("os").wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    if status != 0:
        raise SystemExit(f"inlet {command} failed with status {status}")
    records = 0
    for manifest in (lake / "data").rglob("_manifest.json"):
        records += sum(file["records"] for file in json.loads(manifest.read_text())["files"])
    if records != count:
        raise SystemExit(f"inlet {command} wrote {records} records instead of {count}")
    return count / seconds, usage.ru_maxrss * 1024


def compare(name: str, aim: float, rounds: int, opponent, ours) -> dict:
    theirs, mine, memory = [], [], []
    for _ in range(rounds):
        theirs.append(opponent())
        rate, peak = ours()
        mine.append(rate)
        memory.append(peak)
    ratio = statistics.median(m / t for m, t in zip(mine, theirs))
    row = {
        "bench": name,
        "opponent_per_second": round(statistics.median(theirs)),
        "inlet_per_second": round(statistics.median(mine)),
        "ratio": round(ratio, 2),
        "aim": aim,
        "met": ratio >= aim,
        "peak_rss_mib": round(max(memory) / 2**20),
    }
    print(json.dumps(row), flush=True)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benches", nargs="*", default=["dump", "changes", "updates"])
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="inlet-bench-") as folder, PrivateMongod(pathlib.Path(folder) / "db") as mongod:
        lake = pathlib.Path(folder) / "lake"
        uri = mongod.uri
        since = mongod.operation_time()
        load_orders(uri, "shop", "orders", arguments.orders)
        where = [uri, "shop", "orders"]
        source = ["--from", uri, "--db", "shop", "--collection", "orders"]
        if "dump" in arguments.benches:
            compare(
                "dump to NDJSON / raw cursor",
                0.6,
                arguments.rounds,
                lambda: raw("raw_cursor", arguments.orders, *where),
                lambda: inlet("snapshot", lake, arguments.orders, *source),
            )
        if "changes" in arguments.benches:
            compare(
                "insert events / raw change stream",
                0.9,
                arguments.rounds,
                lambda: raw("raw_change_stream", arguments.orders, *where, since),
                lambda: inlet("changes", lake, arguments.orders, *source, "--start-at", since, "--until-caught-up"),
            )
        if "updates" in arguments.benches:
            since = mongod.operation_time()
            updates = min(arguments.orders, 300_000)
            update_orders(uri, "shop", "orders", updates)
            ours = lambda: inlet("changes", lake, updates, *source, "--start-at", since, "--until-caught-up")  # noqa: E731
            compare("updates with documents / server look-up", 2.0, arguments.rounds,
                    lambda: raw("raw_change_stream", updates, *where, since, "lookup"), ours)
            compare("updates with documents / stream without look-up", 0.8, arguments.rounds,
                    lambda: raw("raw_change_stream", updates, *where, since), ours)


if __name__ == "__main__":
    main()
