"""Aim: a sync under fire writes every event once and folds to the collection as it is (R1-R8, R14, R40-R42)."""

from inlet_process import InletProcess, run_inlet
from lake_reader import LocalLake, as_lake, changes, check_order, fold, read_lake
from mongod import await_condition
from workload import RecordedTruth, Writer, collection_state, folded_state, seed_documents, tokens_since


def sync_arguments(mongod, db, lake, *more):
    return ["sync", "--from", mongod.uri, "--db", db.name, "--to", str(lake), "--flush-interval", "300ms", *more]


def assert_lake_equals(lake, collection):
    folders = read_lake(as_lake(lake))
    check_order(folders)
    assert folded_state(fold(folders, collection.database.name, collection.name)) == collection_state(collection)
    return folders


def test_sync_under_inserts_updates_deletes_folds_to_the_collection(mongod, db, tmp_path):
    """R1 R2 R3 R5 R40 R41: copy and changes together are the collection, and every event is there once."""
    seed_documents(db.orders, 20_000)
    lake = tmp_path / "lake"
    with RecordedTruth(mongod.uri, db.name, "orders") as truth, Writer(mongod.uri, db.name, "orders", seed=7) as writer:
        with InletProcess(tmp_path, *sync_arguments(mongod, db, lake)) as inlet:
            await_condition(lambda: writer.operations > 1_500, "1,500 operations")
            writer.stop()
            tokens = truth.tokens_until(db.orders)
            assert inlet.stop() == 0, inlet.output()
        code, log, _ = run_inlet(tmp_path, *sync_arguments(mongod, db, lake, "--until-caught-up"))
        assert code == 0, log

    folders = assert_lake_equals(lake, db.orders)
    written = {change["_token"]["_data"] for change in changes(folders)}
    expected = tokens_since(tokens, folders)
    assert len(expected) > 1_000
    assert expected <= written, f"{len(expected - written)} events are missing"
    reads = [r for f in folders for r in f.records if r["op"] == "read"]
    assert 19_000 < len(reads) < 22_000
    assert {"op", "ns", "documentKey", "doc", "updateDesc", "clusterTime", "wallTime", "_token"} <= set(changes(folders)[0])


def test_second_run_adds_only_what_is_new(mongod, db, tmp_path):
    """R6 R42: a restart goes on at the stored token and copies nothing again."""
    seed_documents(db.orders, 500)
    lake = tmp_path / "lake"
    assert run_inlet(tmp_path, *sync_arguments(mongod, db, lake, "--until-caught-up"))[0] == 0
    before = sum(len(folder.records) for folder in read_lake(LocalLake(lake)))
    db.orders.insert_one({"_id": "late"})
    db.orders.update_one({"_id": "late"}, {"$set": {"a": 1}})

    code, log, _ = run_inlet(tmp_path, *sync_arguments(mongod, db, lake, "--until-caught-up"))

    assert code == 0, log
    folders = assert_lake_equals(lake, db.orders)
    assert sum(len(folder.records) for folder in folders) == before + 2


def test_gzip_and_zstd_hold_the_same_records(mongod, db, tmp_path):
    """R21: compressed parts are read by other tools."""
    seed_documents(db.orders, 3_000)
    for method in ("gzip", "zstd"):
        lake = tmp_path / method
        code, log, _ = run_inlet(tmp_path / f"run-{method}", *sync_arguments(mongod, db, lake, "--until-caught-up", "--compression", method))
        assert code == 0, log
        assert_lake_equals(lake, db.orders)


def test_hour_without_changes_leaves_no_file(mongod, db, tmp_path):
    """R8: nothing happened, nothing is there."""
    lake = tmp_path / "lake"
    code, log, _ = run_inlet(tmp_path, "changes", "--from", mongod.uri, "--db", db.name, "--to", str(lake), "--until-caught-up")
    assert code == 0, log
    assert LocalLake(lake).paths() == []
