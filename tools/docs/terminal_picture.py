"""Records the README's picture: a sync of the sample shop in a terminal, as an SVG that plays what was on the screen.

    terminal_picture.py OUT.svg [DOCUMENTS]      with the Python of the cache, after a release build

Nothing in it is drawn by hand: the commands run against a private mongod, and each frame is the screen at that moment.
"""

from __future__ import annotations

import html
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from inlet_process import InletProcess, run_inlet  # noqa: E402
from mongod import PrivateMongod, await_condition  # noqa: E402
from terminal import Terminal  # noqa: E402

COLUMNS, LINE, CHARACTER, MARGIN = 110, 19, 8.2, 16
SHOP = [sys.executable, str(ROOT / "tools/sample/shop.py")]
Frame = tuple[float, str]  # Seconds that it stays, and the screen.


def sync_frames(folder: pathlib.Path, uri: str) -> list[Frame]:
    """The screen, four times a second, until the copy is over and some changes have followed."""
    frames: list[Frame] = []
    with Terminal(columns=COLUMNS) as terminal:
        arguments = ["sync", "--from", uri, "--db", "shop", "--to", "./lake", "--flush-interval", "1s", "--log-level", "warning"]
        with InletProcess(folder, *arguments, environment={"TERM": "xterm-256color"}, stderr=terminal.theirs) as inlet:
            following_since = None
            while following_since is None or time.monotonic() < following_since + 5:
                time.sleep(0.25)  # A camera's interval: nothing is awaited.
                screen = terminal.text().rstrip()
                if screen and (not frames or frames[-1][1] != screen):
                    frames.append((0.25, screen))
                elif frames:
                    frames[-1] = (frames[-1][0] + 0.25, screen)
                if following_since is None and screen.startswith("following"):
                    following_since = time.monotonic()
            inlet.process.send_signal(signal.SIGINT)
            assert inlet.wait() == 0, terminal.text()
    return frames


def record(documents: int) -> list[Frame]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        with PrivateMongod(folder / "db") as server:
            subprocess.run([*SHOP, "load", server.uri, str(documents)], check=True, stdout=sys.stderr)
            writer = subprocess.Popen([*SHOP, "write", server.uri])
            try:
                prompt = "$ inlet sync --from 'mongodb://…' --db shop --to ./lake"
                frames = [(1.0, prompt)] + [(stays, f"{prompt}\n{screen}") for stays, screen in sync_frames(folder, server.uri)]
            finally:
                writer.terminate()
                writer.wait()
            code, log, _ = run_inlet(folder, "sync", "--from", server.uri, "--db", "shop", "--to", "./lake", "--until-caught-up")
            assert code == 0, log
            code, log, report = run_inlet(folder, "verify", "./lake", "--from", server.uri, "--db", "shop")
            assert code == 0, report + log
    ended = f"{prompt}\n^C\n$ inlet sync --from 'mongodb://…' --db shop --to ./lake --until-caught-up"
    proven = f"{ended}\n$ inlet verify ./lake --from 'mongodb://…'"
    return [*frames, (1.0, ended), (1.0, proven), (6.0, f"{proven}\n{report.rstrip()}")]


def svg(frames: list[Frame]) -> str:
    """One group per frame; CSS shows them in turn, for ever."""
    rows = max(screen.count("\n") + 1 for _, screen in frames)
    width, height = int(COLUMNS * CHARACTER) + 2 * MARGIN, rows * LINE + 2 * MARGIN
    total = sum(stays for stays, _ in frames)
    groups, rules, begin = [], [], 0.0
    for number, (stays, screen) in enumerate(frames):
        first, last = 100 * begin / total, 100 * (begin + stays) / total
        begin += stays
        before = f"0%{{opacity:0}}{first:.3f}%{{opacity:0}}" if number else ""
        after = f"{last:.3f}%{{opacity:0}}" if number + 1 < len(frames) else ""
        rules.append(f"@keyframes f{number}{{{before}{first:.3f}%{{opacity:1}}{last:.3f}%{{opacity:1}}{after}100%{{opacity:{0 if after else 1}}}}}"
                     f"#f{number}{{animation:f{number} {total:.2f}s step-end infinite}}")  # fmt: skip
        lines = "".join(
            f'<text x="{MARGIN}" y="{MARGIN + (row + 1) * LINE - 5}"{style(line)} xml:space="preserve">{html.escape(line, quote=False)}</text>'
            for row, line in enumerate(screen.splitlines()) if line
        )  # fmt: skip
        groups.append(f'<g id="f{number}" opacity="0">{lines}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        'aria-label="inlet sync copies a sample shop, follows its changes, and inlet verify proves the lake">'
        "<style>text{font:13.5px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d7dce2}.p{fill:#8fd18a}"
        f".h{{fill:#fff;font-weight:600}}{''.join(rules)}</style>"
        f'<rect width="100%" height="100%" rx="8" fill="#1b2027"/>{"".join(groups)}</svg>\n'
    )


def style(line: str) -> str:
    if line.startswith("$"):
        return ' class="p"'
    return ' class="h"' if line.startswith(("copying", "following", "verified")) else ""


if __name__ == "__main__":
    out, documents = pathlib.Path(sys.argv[1]), int((sys.argv[2:] or ["600000"])[0])
    out.write_text(svg(record(documents)), encoding="utf-8")
    print(f"{out}: {out.stat().st_size:,} bytes")
