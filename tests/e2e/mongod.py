"""A private mongod, run as a replica set of one on a free loopback port and stopped after."""

from __future__ import annotations

import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import pymongo

CACHE = pathlib.Path(
    os.environ.get("INLET_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "inlet"
)


def parts() -> dict[str, str]:
    """Programs that tools/bootstrap has unpacked, by name."""
    return json.loads((CACHE / "parts.json").read_text())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent() -> None:
    """In a child before exec: whatever ends the tests ends it too."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def await_condition(condition, what, seconds: float = 60.0, pause: float = 0.05):
    """The first true answer of `condition`; fails after `seconds` with `what`, a text or what gives one then.

    The only place that waits by the clock.
    """
    give_up_at = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > give_up_at:
            raise AssertionError(f"waited {seconds:.0f} s for {what() if callable(what) else what}")
        time.sleep(pause)


class PrivateMongod:
    def __init__(self, folder: pathlib.Path, *arguments: str, cache_gb: float = 0.5, replica_set: bool = True):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.arguments = list(arguments)
        self.cache_gb = cache_gb
        self.replica_set = replica_set
        self.process: subprocess.Popen | None = None

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/" + ("?replicaSet=rs0" if self.replica_set else "?directConnection=true")

    @property
    def direct_uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true"

    def start(self) -> "PrivateMongod":
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [parts()["mongod"], "--dbpath", str(self.folder), "--port", str(self.port), "--bind_ip", "127.0.0.1",
                   "--nounixsocket", "--wiredTigerCacheSizeGB", str(self.cache_gb), "--logpath", str(self.folder / "mongod.log"), *self.arguments]
        if self.replica_set:
            command += ["--replSet", "rs0"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        with pymongo.MongoClient(self.direct_uri, serverSelectionTimeoutMS=60_000) as client:
            if self.replica_set:
                try:
                    client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": f"127.0.0.1:{self.port}"}]})
                except pymongo.errors.OperationFailure as failure:
                    if failure.code not in (13, 23):  # Already initialised, or it wants a password: a restart.
                        raise
            await_condition(lambda: client.admin.command("hello")["isWritablePrimary"], "a writable primary")
        return self

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def operation_time(self) -> str:
        """The server's time now, as --start-at takes it, past all that was written before."""
        with pymongo.MongoClient(self.uri) as client:
            time_now = client.admin.command("ping")["operationTime"]
        return f"{time_now.time}.{time_now.inc + 1}"

    def __enter__(self) -> "PrivateMongod":
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


class SecuredMongod(PrivateMongod):
    """One that wants a password: the user `root` may do all."""

    def __init__(self, folder: pathlib.Path, *arguments: str):
        self.key = pathlib.Path(folder).with_suffix(".key")
        self.key.write_text("OnlyMembersKnowThis0")
        self.key.chmod(0o400)
        super().__init__(folder, "--auth", "--keyFile", str(self.key), *arguments)

    def start(self) -> "SecuredMongod":
        is_new = not self.folder.exists()
        super().start()
        if is_new:
            with pymongo.MongoClient(self.direct_uri) as client:
                client.admin.command("createUser", "root", pwd="root-password", roles=["root"])
        return self

    def root(self) -> pymongo.MongoClient:
        return pymongo.MongoClient(self.uri, username="root", password="root-password")

    def uri_of(self, user: str, password: str) -> str:
        """The password may be a reference, which is left as it is."""
        return self.uri.replace("mongodb://", f"mongodb://{user}:{password}@")
