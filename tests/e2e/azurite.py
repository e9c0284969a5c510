"""A private Azurite, the emulator of Azure Storage's blobs, on a free loopback port, stopped after."""

from __future__ import annotations

import datetime
import pathlib
import signal
import socket
import subprocess
import urllib.parse

from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas

from mongod import await_condition, die_with_parent, free_port, parts

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class PrivateAzurite:
    """`survives`: what it has is on disk, so that it may be stopped and started again; else in memory."""

    def __init__(self, folder: pathlib.Path, survives: bool = False):
        self.folder = pathlib.Path(folder)
        self.survives = survives
        self.port = free_port()
        self.process: subprocess.Popen | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What Inlet is told by the environment."""
        return {
            "AZURE_STORAGE_CONNECTION_STRING": f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
            f"BlobEndpoint={self.endpoint}/{ACCOUNT};"
        }

    @property
    def client(self) -> BlobServiceClient:
        return BlobServiceClient.from_connection_string(self.environment["AZURE_STORAGE_CONNECTION_STRING"])

    def url_with(self, container: str, prefix: str, **query: str) -> str:
        text = urllib.parse.urlencode({"account": ACCOUNT, "endpoint": self.endpoint, **query}, quote_via=urllib.parse.quote)
        return f"az://{container}/{prefix}?{text}"

    def sas_token(self, container: str, permission: str = "racwdl") -> str:
        return generate_container_sas(
            ACCOUNT, container, account_key=KEY, permission=ContainerSasPermissions.from_string(permission),
            expiry=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1),
        )

    def start(self) -> "PrivateAzurite":
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [parts()["azurite"], "--blobHost", "127.0.0.1", "--blobPort", str(self.port), "--skipApiVersionCheck",
                   "--disableTelemetry", "--silent"]
        command += ["--location", str(self.folder / "blobs")] if self.survives else ["--inMemoryPersistence"]
        with open(self.folder / "azurite.log", "ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, preexec_fn=die_with_parent)
        await_condition(self._listens, "Azurite to listen")
        return self

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, how: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def __enter__(self) -> "PrivateAzurite":
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop()
