"""Aim: a dump is complete or not there, one file per collection, and is not made twice (R20-R34)."""

import datetime

import bson

from inlet_process import run_inlet
from lake_reader import LocalLake, read_lake
from workload import seed_documents


def dump(mongod, db, tmp_path, *more):
    return run_inlet(tmp_path, "snapshot", "--from", mongod.uri, "--db", db.name, "--to", str(tmp_path / "dumps"), *more)


def test_each_collection_becomes_one_file_in_the_hour_folder(mongod, db, tmp_path):
    """R20 R21 R23 R25 R27 R33: every document of every collection, empty ones too; names and hour as asked for."""
    seed_documents(db.orders, 5_000)
    db.create_collection("empty")
    db.mixed.insert_many([{"_id": i} for i in (1, 2.5, bson.Int64(2**50), "s", None, True, bson.ObjectId(), b"b", {"a": 1},
                                                datetime.datetime(2025, 1, 1), bson.MinKey(), bson.MaxKey(), bson.Decimal128("7.5"))])

    code, log, _ = dump(mongod, db, tmp_path)

    assert code == 0, log
    folders = {folder.path.split("/")[0]: folder for folder in read_lake(LocalLake(tmp_path / "dumps"))}
    assert set(folders) == {"orders", "empty", "mixed"}
    hours = {datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=m) for m in (0, 10)}
    assert folders["orders"].path.split("/")[1] in {hour.strftime("%Y-%m-%d-%H") for hour in hours}
    assert [file["name"] for file in folders["orders"].manifest["files"]] == ["orders.ndjson"]
    assert folders["orders"].manifest["snapshot"]["records"] == 5_000 and folders["orders"].manifest["sealed"]
    assert {str(r["_id"]) for r in folders["orders"].records} == {str(r["_id"]) for r in db.orders.find({}, {"_id": 1})}
    assert len(folders["mixed"].records) == 13
    assert folders["empty"].manifest["files"] == [] and folders["empty"].manifest["snapshot"]["records"] == 0


def test_second_dump_of_the_hour_is_skipped_or_replaced(mongod, db, tmp_path):
    """R28: existing means complete, in a manifest."""
    seed_documents(db.orders, 200)
    assert dump(mongod, db, tmp_path)[0] == 0
    db.orders.insert_one({"_id": "more"})

    assert dump(mongod, db, tmp_path)[0] == 0
    [folder] = read_lake(LocalLake(tmp_path / "dumps"))
    assert len(folder.records) == 200

    code, log, _ = dump(mongod, db, tmp_path, "--if-exists", "replace")
    assert code == 0, log
    [folder] = read_lake(LocalLake(tmp_path / "dumps"))
    assert len(folder.records) == 201


def test_query_limits_the_dump(mongod, db, tmp_path):
    """R32: a filter in shell syntax."""
    seed_documents(db.orders, 300)
    code, log, _ = dump(mongod, db, tmp_path, "--query", "{big: {$gte: NumberLong('1099511628000')}}")
    assert code == 0, log
    [folder] = read_lake(LocalLake(tmp_path / "dumps"))
    assert len(folder.records) == 300 - (1099511628000 - 2**40)


def test_system_collections_are_left_out(mongod, db, tmp_path):
    """R24."""
    db.create_collection("plain")
    db.command("create", "view", viewOn="plain", pipeline=[])
    code, log, _ = dump(mongod, db, tmp_path)
    assert code == 0, log
    assert not any("system" in path for path in LocalLake(tmp_path / "dumps").paths())
