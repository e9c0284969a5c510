"""Aim: drops, renames and new collections are records like others, and the stream goes on (R10; field notes 13)."""

import collections

import pytest

from inlet_process import InletProcess, run_inlet
from lake_reader import LocalLake, changes, fold, read_lake, records_listed
from mongod import await_condition
from workload import collection_state, folded_state, seed_documents

ROUNDS = 6


def storm(client, name: str) -> None:
    """Everything that ends a stream's collection or makes a new one, again and again, with documents in between."""
    db = client[name]
    for number in range(ROUNDS):
        db.orders.insert_one({"_id": f"round {number}"})
        db.orders.rename("archive", dropTarget=True)
        db.create_collection("orders")
        db.orders.insert_many([{"_id": f"again {number}-{i}"} for i in range(5)])
        db.orders.update_many({}, {"$set": {"seen": number}})
        db.archive.insert_one({"_id": "in the archive"})
        db.orders.create_index("seen")
        db.orders.drop()
        db.orders.insert_one({"_id": f"reborn {number}"})
        if number % 2:
            client.drop_database(name)
    db.orders.insert_many([{"_id": i} for i in range(20)])


@pytest.mark.parametrize("scope", ["database", "cluster", "collection"])
def test_storm_of_ddl_passes_and_every_event_is_a_record(mongod, client, db, tmp_path, scope):
    seed_documents(db.orders, 200)
    client["elsewhere"].marks.insert_one({})  # The start point is past the last seed: else that one comes as an event too.
    lake = tmp_path / "lake"
    wanted = {
        "database": ["--db", db.name],
        "cluster": ["--exclude", "elsewhere.*"],
        "collection": ["--db", db.name, "--collection", "orders"],
    }[scope]
    arguments = ["sync", "--from", mongod.uri, *wanted, "--to", str(lake), "--flush-interval", "200ms"]
    with InletProcess(tmp_path, *arguments) as inlet:
        ours = lake / db.name if scope == "cluster" else lake
        await_condition(lambda: records_listed(ours) >= 200, lambda: f"the copy; log:\n{inlet.output()}")
        with client.watch() as truth:
            storm(client, db.name)
            happened = events_of_storm(truth, db.name)
        assert inlet.stop() == 0, inlet.output()
    code, log, _ = run_inlet(tmp_path, *arguments, "--until-caught-up")
    assert code == 0, log
    assert "starting over" not in inlet.output() + log and " error " not in inlet.output() + log

    folders = read_lake(LocalLake(lake))
    told = [(r["op"], r["ns"].get("coll")) for r in changes(folders) if r["ns"].get("db") == db.name]
    if scope == "collection":
        happened = [(op, coll) for op, coll in happened if coll == "orders"]
        told = [(op, coll) for op, coll in told if coll == "orders"]
    assert collections.Counter(told) == collections.Counter(happened)
    assert told.count(("rename", "orders")) == ROUNDS and told.count(("drop", "orders")) >= ROUNDS
    assert scope == "collection" or told.count(("dropDatabase", None)) == ROUNDS // 2
    assert folded_state(fold_since_the_last_drop(folders, db.name)) == collection_state(db.orders)
    code, _, report = run_inlet(tmp_path, "verify", str(lake), "--from", mongod.uri, "--db", db.name)
    assert code == 0, report


def events_of_storm(truth, name: str) -> list[tuple[str, str | None]]:
    """(operation, collection) of what an independent stream has seen of the database until the storm's last document."""
    seen = []

    def is_over() -> bool:
        event = truth.try_next()
        if event is None or event["ns"]["db"] != name:
            return False
        seen.append((event["operationType"], event["ns"].get("coll")))
        return event["operationType"] == "insert" and event["documentKey"]["_id"] == 19

    await_condition(is_over, "the storm's end in the stream", pause=0)
    return seen


def fold_since_the_last_drop(folders, name: str) -> dict[str, dict]:
    """A consumer's fold: what ends a collection or its database voids all that came before."""
    time_of = lambda record: (record["clusterTime"].time, record["clusterTime"].inc)  # noqa: E731
    ends = [time_of(r) for f in folders for r in f.records if r["ns"].get("db") == name and ends_orders(r)]
    for folder in folders:
        folder.records = [r for r in folder.records if time_of(r) > max(ends)]
    return fold(folders, name, "orders")


def ends_orders(record: dict) -> bool:
    return record["op"] == "dropDatabase" or (record["op"] in ("drop", "rename") and record["ns"].get("coll") == "orders")
