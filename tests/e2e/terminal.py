"""A terminal for a program under test: a pty, and the screen that a person would see."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
import threading

_PIECE = re.compile(r"\x1b\[(\d*)([A-Za-z])|\r\n|\n|\r|[^\x1b\r\n]+")


class Terminal:
    """Understands what a progress block needs: cursor up, erase below, colours. Anything else is a fault."""

    def __init__(self, rows: int = 30, columns: int = 110):
        self.columns = columns
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.lines: list[str] = [""]  # All that was ever on it, so that scrolling needs no care.
        self.row = 0
        self.redraws = 0
        self.faults: list[str] = []
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def text(self) -> str:
        with self._lock:
            return "\n".join(self.lines)

    def _read(self) -> None:
        pending = ""
        while True:
            try:
                data = os.read(self.ours, 65536)
            except OSError:  # The program has closed its side.
                return
            pending += data.decode("utf-8", "surrogateescape")
            whole = pending.rfind("\n") + 1  # A sequence that is cut in two waits for its rest.
            with self._lock:
                self._take(pending[:whole])
            pending = pending[whole:]

    def _take(self, text: str) -> None:
        at = 0
        while at < len(text):
            piece = _PIECE.match(text, at)
            if piece is None:
                self.faults.append(f"not understood: {text[at : at + 20]!r}")
                return
            at = piece.end()
            command = piece[2]
            if command == "A":
                self.row -= int(piece[1] or 1)
                self.redraws += 1
                if self.row < 0:
                    self.faults.append("the cursor leaves the screen")
                    self.row = 0
            elif command == "J":
                del self.lines[self.row :]
                self.lines.append("")
            elif command == "m":
                continue
            elif command:
                self.faults.append(f"unknown sequence {piece[0]!r}")
            elif piece[0].endswith("\n"):
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append("")
            elif piece[0] != "\r":
                if self.lines[self.row]:
                    self.faults.append(f"written over: {self.lines[self.row]!r}")
                self.lines[self.row] += piece[0]

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_) -> None:
        os.close(self.theirs)
        self._reader.join(10)
        os.close(self.ours)
