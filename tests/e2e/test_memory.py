"""Aim: memory is bounded by configuration, whatever the size or the shape of the data (R5 R23; field notes 8).

The limit holds for a run with its defaults. `--slow` runs the sizes that the limit is stated for; else smaller ones of the same shape.
"""

import datetime

import bson
import pytest
from bson.raw_bson import RawBSONDocument

from inlet_process import InletProcess
from lake_reader import LocalLake, records_listed

LIMIT = 256 * 1024 * 1024
SMALL_LIMIT = 128 * 1024 * 1024  # What a fast run must stay below: the whole limit would hide a leak in little data.


@pytest.fixture()
def slow(request) -> bool:
    return request.config.getoption("--slow")


def fill(collection, count: int, document: dict, batch_bytes: int = 8_000_000) -> None:
    """`count` copies of a document with `_id` from 0 on: encoded once, the number put in place."""
    encoded = bytearray(bson.encode({"_id": bson.Int64(0), **document}))
    at = encoded.index(b"_id\0") + 4
    batch = max(1, min(20_000, batch_bytes // len(encoded)))
    for begin in range(0, count, batch):
        documents = []
        for number in range(begin, min(begin + batch, count)):
            encoded[at : at + 8] = number.to_bytes(8, "little")
            documents.append(RawBSONDocument(bytes(encoded)))
        collection.insert_many(documents, ordered=False)


def peak(tmp_path, request, *arguments) -> int:
    """Bytes of the largest resident set of a run that ended well; told by `-s` too."""
    with InletProcess(tmp_path / "run", *arguments) as inlet:
        code = inlet.wait(540)
        assert code == 0, inlet.output()
        megabytes = inlet.peak_rss / 2**20
        summary = inlet.output().splitlines()[-1]
        print(f"\n{request.node.name}: peak {megabytes:.0f} MiB; {summary.split('  ', 1)[1]}")
        request.node.user_properties.append(("peak_mib", round(megabytes)))
        return inlet.peak_rss


ORDER = {
    "customer": "customer 4711", "status": "shipped", "at": datetime.datetime(2025, 1, 31, 13), "total": bson.Decimal128("129.95"),
    "items": [{"sku": f"sku-{i}", "quantity": i, "price": 9.95} for i in range(3)], "note": "leave it at the door",
}  # fmt: skip


@pytest.mark.parametrize("command", ["sync", "snapshot"])
def test_many_small_documents(mongod, db, tmp_path, request, slow, command):
    count = 4_000_000 if slow else 100_000
    fill(db.orders, count, ORDER)
    lake = tmp_path / "lake"
    more = ["--until-caught-up"] if command == "sync" else []
    used = peak(tmp_path, request, command, "--from", mongod.uri, "--db", db.name, "--to", str(lake), *more)
    assert records_listed(lake) >= count
    assert used < (LIMIT if slow else SMALL_LIMIT)


def test_large_documents(mongod, db, tmp_path, request, slow):
    count = 20_000 if slow else 3_000
    fill(db.orders, count, {**ORDER, "body": "x" * 20_000})
    used = peak(tmp_path, request, "sync", "--from", mongod.uri, "--db", db.name, "--to", str(tmp_path / "lake"), "--until-caught-up")
    assert records_listed(tmp_path / "lake") >= count
    assert used < LIMIT


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_one_document_of_15_megabytes_among_small_ones(mongod, db, tmp_path, request, slow, compression):
    if compression == "zstd" and not slow:
        pytest.skip("runs with --slow")
    fill(db.orders, 20_000, ORDER)
    db.orders.insert_one({"_id": "large", "body": "ä" * 7_500_000, "small": list(range(1000))})
    arguments = ["--from", mongod.uri, "--db", db.name, "--to", str(tmp_path / "lake"), "--until-caught-up", "--compression", compression]
    used = peak(tmp_path, request, "sync", *arguments)
    db.orders.update_one({"_id": "large"}, {"$set": {"small": []}})  # Now by the look-up of the stream.
    used = max(used, peak(tmp_path, request, "sync", *arguments))
    assert records_listed(tmp_path / "lake") >= 20_002
    assert used < LIMIT


def test_many_open_path_partitions(mongod, client, db, tmp_path, request, slow):
    """10,000 folders at once: four operations on each of 2,500 collections, one folder for each."""
    names = [f"c{number:04}" for number in range(2_500 if slow else 50)]
    start = mongod.operation_time()
    for name in names:
        db[name].insert_one({"_id": 1, **ORDER})
        db[name].update_one({"_id": 1}, {"$set": {"note": "changed"}})
        db[name].replace_one({"_id": 1}, {"replaced": True})
        db[name].delete_one({"_id": 1})
    arguments = ["--from", mongod.uri, "--db", db.name, "--to", str(tmp_path / "lake"), "--path", "{op}/{collection}/{hour}/"]
    # One flush at the end, so that all are open together.
    used = peak(tmp_path, request, "changes", *arguments, "--start-at", start, "--until-caught-up", "--flush-interval", "1h")
    folders = [path for path in LocalLake(tmp_path / "lake").paths() if path.endswith("/_manifest.json")]
    assert len(folders) >= 4 * len(names)
    assert records_listed(tmp_path / "lake") == 4 * len(names)
    assert used < (LIMIT if slow else SMALL_LIMIT)
