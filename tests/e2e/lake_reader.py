"""An independent reader of the lake: shares no code with Inlet, believes nothing but the manifests and the bytes.

A lake is anything with `paths` and `get`: a local folder, or a container of Azure Storage.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import pathlib
from dataclasses import dataclass, field

import zstandard
from bson import json_util
from bson.json_util import JSONMode, JSONOptions

RELAXED = JSONOptions(json_mode=JSONMode.RELAXED, tz_aware=True)


class LakeFault(AssertionError):
    """The lake breaks a promise."""


@dataclass
class Folder:
    path: str
    manifest: dict
    records: list[dict] = field(default_factory=list)


def decompress(name: str, data: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.decompress(data)
    if name.endswith(".zst"):
        with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as reader:
            return reader.read()
    return data


def parse_lines(data: bytes) -> list[dict]:
    lines = data.decode("utf-8").split("\n")
    if lines.pop() != "":
        raise LakeFault("the file's last line is not ended")
    return [json_util.loads(line, json_options=RELAXED) for line in lines]


class LocalLake:
    """All visible files below a folder; names that begin with `_` or `.` are not data."""

    def __init__(self, root: pathlib.Path):
        self.root = pathlib.Path(root)

    def paths(self) -> list[str]:
        return sorted(p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file())

    def get(self, path: str) -> bytes:
        return (self.root / path).read_bytes()


class AzureLake:
    """All blobs of a container below a prefix, by Azure's own library. Marks of folders (`name/`, without bytes) are no files."""

    def __init__(self, container, prefix: str = ""):
        self.container = container  # An azure.storage.blob.ContainerClient.
        self.prefix = prefix.rstrip("/") + "/" if prefix else ""

    def paths(self) -> list[str]:
        blobs = self.container.list_blobs(name_starts_with=self.prefix)
        return sorted(blob.name[len(self.prefix) :] for blob in blobs if not (blob.name.endswith("/") and blob.size == 0))

    def get(self, path: str) -> bytes:
        return self.container.download_blob(self.prefix + path).readall()


def as_lake(lake):
    """A lake, or the folder of a local one."""
    return LocalLake(lake) if isinstance(lake, pathlib.Path) else lake


def records_listed(root: pathlib.Path) -> int:
    """How many records the manifests tell of at this moment: for waiting while a writer is at work."""
    count = 0
    for path in pathlib.Path(root).glob("**/_manifest.json"):
        with contextlib.suppress(FileNotFoundError):
            count += sum(entry["records"] for entry in json.loads(path.read_text())["files"])
    return count


def read_lake(lake) -> list[Folder]:
    """Every folder, its files checked against its manifest; fails on strays and on files that are not there."""
    paths = [p for p in lake.paths() if not p.startswith("_staging/")]
    folders = []
    listed: set[str] = set()
    for path in paths:
        if not path.endswith("/_manifest.json"):
            continue
        base = path[: -len("_manifest.json")]
        folder = Folder(base, json.loads(lake.get(path)))
        for entry in folder.manifest["files"]:
            data = lake.get(base + entry["name"])
            if len(data) != entry["bytes"] or hashlib.sha256(data).hexdigest() != entry["sha256"]:
                raise LakeFault(f"{base}{entry['name']}: bytes or sha256 differ from the manifest")
            records = parse_lines(decompress(entry["name"], data))
            if len(records) != entry["records"]:
                raise LakeFault(f"{base}{entry['name']}: {len(records)} records, manifest says {entry['records']}")
            folder.records += records
            listed.add(base + entry["name"])
        if folder.manifest["sealed"] != (base + "_SUCCESS" in paths):
            raise LakeFault(f"{base}: sealed and _SUCCESS disagree")
        folders.append(folder)
    hidden = lambda p: any(part[0] in "_." for part in p.split("/"))  # noqa: E731
    strays = {p for p in paths if not hidden(p)} - listed
    if strays:
        raise LakeFault(f"files in no manifest: {sorted(strays)[:5]}")
    return folders


def key_of(document_key: dict) -> str:
    return json_util.dumps(document_key["_id"], json_options=json_util.CANONICAL_JSON_OPTIONS)


def changes(folders: list[Folder]) -> list[dict]:
    """Every change in the lake, once; fails when a token comes twice."""
    out = [record for folder in folders for record in folder.records if record["op"] != "read"]
    tokens = [json_util.dumps(record["_token"]) for record in out]
    if len(tokens) != len(set(tokens)):
        raise LakeFault(f"{len(tokens) - len(set(tokens))} event tokens come twice")
    return out


def fold(folders: list[Folder], db: str, collection: str) -> dict[str, dict]:
    """The collection as the lake tells it: reads first, then changes in cluster-time order."""
    mine = [r for f in folders for r in f.records if r["ns"].get("db") == db and r["ns"].get("coll") == collection]
    order = lambda r: (r["clusterTime"].time, r["clusterTime"].inc, r.get("_token", {}).get("_data", ""))  # noqa: E731
    state: dict[str, dict] = {}
    for record in [r for r in mine if r["op"] == "read"]:
        state[key_of(record["documentKey"])] = record["doc"]
    for record in sorted((r for r in mine if r["op"] != "read"), key=order):
        if record["op"] in ("insert", "replace", "update"):
            if record["doc"] is not None:  # null: it was gone when looked up, and a delete follows.
                state[key_of(record["documentKey"])] = record["doc"]
        elif record["op"] == "delete":
            state.pop(key_of(record["documentKey"]), None)
        elif record["op"] in ("drop", "rename"):
            state.clear()
    return state


def check_order(folders: list[Folder]) -> None:
    """Within one document, a folder in reading order never goes back in cluster time (R14)."""
    for folder in folders:
        last: dict[tuple, tuple] = {}
        for record in folder.records:
            if record.get("documentKey") is None:
                continue
            key = (record["ns"].get("db"), record["ns"].get("coll"), key_of(record["documentKey"]))
            now = (record["clusterTime"].time, record["clusterTime"].inc)
            if now < last.get(key, (0, 0)):
                raise LakeFault(f"{folder.path}: {key} goes back from {last[key]} to {now}")
            last[key] = now
