"""File systems with a fault, mounted for a test; where mounting is not permitted the test is skipped with the reason."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess

import pytest


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"needs the right to mount: mount {' '.join(arguments)}: {done.stderr.strip()}")


@contextlib.contextmanager
def small_disk(folder: pathlib.Path, size: str):
    """An empty disk of `size` bytes ("2m")."""
    folder.mkdir()
    _mount("-t", "tmpfs", "-o", f"size={size}", "inlet-test", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def read_only(folder: pathlib.Path):
    """A folder that nobody, not even root, can write to."""
    folder.mkdir()
    _mount("--bind", str(folder), str(folder))
    try:
        _mount("-o", "remount,ro,bind", str(folder))
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
