"""The program under test as a process."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess

from mongod import await_condition, die_with_parent

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INLET = pathlib.Path(os.environ.get("INLET_BUILD") or ROOT / "build" / "release") / "inlet"


class InletProcess:
    """One run; its log is in a file, so that a pipe can never block it. `stderr` is another place for it."""

    def __init__(self, folder: pathlib.Path, *arguments: str, environment: dict[str, str] | None = None, stderr=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / "inlet.log"
        self.log = open(self.log_path, "ab")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("INLET_", "MONGO_", "AZURE_"))}
        self.process = subprocess.Popen(
            [str(INLET), *arguments], cwd=self.folder, stdout=subprocess.PIPE, stderr=self.log if stderr is None else stderr,
            env={**clean, **(environment or {})}, preexec_fn=die_with_parent,
        )
        self.peak_rss = 0

    def output(self) -> str:
        return self.log_path.read_text(errors="replace")

    def wait(self, seconds: float = 120) -> int:
        """The exit code; takes the peak memory along."""
        try:
            give_up = await_condition(self._poll, lambda: f"inlet to end; its log:\n{self.output()[-3000:]}", seconds)
        finally:
            self.log.flush()
        assert give_up
        return self.process.returncode

    def has_ended(self) -> bool:
        """By itself, or by a signal: for conditions that a dead process can never meet."""
        return self._poll()

    def _poll(self) -> bool:
        if self.process.returncode is not None:
            return True
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
        if pid == 0:
            return False
        self.peak_rss = usage.ru_maxrss * 1024
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return True

    def stop(self, seconds: float = 60) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.wait(30)

    def __enter__(self) -> "InletProcess":
        return self

    def __exit__(self, *_) -> None:
        if self.process.returncode is None:
            self.process.kill()
            self.wait(30)
        self.log.close()


def run_inlet(folder: pathlib.Path, *arguments: str, seconds: float = 120, environment: dict[str, str] | None = None):
    """Runs to the end. Gives (exit code, log, standard output)."""
    with InletProcess(folder, *arguments, environment=environment) as inlet:
        code = inlet.wait(seconds)
        return code, inlet.output(), inlet.process.stdout.read().decode()
