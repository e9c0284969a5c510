"""Aim: a position that has left the oplog is never skipped in silence (R12; field notes 1), and a long copy loses none (R43)."""

import pytest

from endpoint import LISTEN, Endpoint
from expectations import the_error
from inlet_process import InletProcess, run_inlet
from lake_reader import LocalLake, changes, fold, read_lake, records_listed
from mongod import PrivateMongod, await_condition
from workload import collection_state, folded_state, seed_documents

RESUME_POINT_LOST = 4


@pytest.fixture(scope="module")
def small_oplog(tmp_path_factory):
    """A server that keeps 1 MB of history: a minute's writes push a stopped reader out."""
    with PrivateMongod(tmp_path_factory.mktemp("small_oplog") / "db", "--oplogSize", "1", "--syncdelay", "1") as server:
        yield server


@pytest.fixture()
def client(small_oplog):
    import pymongo

    with pymongo.MongoClient(small_oplog.uri, tz_aware=True) as connected:
        yield connected


def roll_the_oplog(client, db) -> None:
    """Writes until what is now the newest entry has been pushed out."""
    oplog = client.local["oplog.rs"]
    newest = oplog.find().sort("$natural", -1).limit(1).next()["ts"]

    def is_gone() -> bool:
        db.filling.drop()
        db.filling.insert_many([{"fill": "x" * 50_000} for _ in range(50)])
        client.admin.command("fsync")  # The oplog is cut up to the last checkpoint only.
        return oplog.find().sort("$natural", 1).limit(1).next()["ts"] > newest

    await_condition(is_gone, "the oplog to roll over", pause=0)


def sync(server, db, lake, *more):
    return [
        "sync", "--from", server.uri, "--db", db.name, "--collection", "orders", "--to", str(lake), "--flush-interval", "200ms", *more,
    ]  # fmt: skip


def killed_sync(server, db, lake, folder):
    """A sync that has copied and followed, and was killed."""
    with InletProcess(folder, *sync(server, db, lake)) as inlet:
        await_condition(lambda: records_listed(lake) >= 200, lambda: f"the copy; log:\n{inlet.output()}")
        db.orders.update_one({"_id": 1}, {"$set": {"followed": True}})
        records = records_listed(lake)
        await_condition(lambda: records_listed(lake) > records, lambda: f"the change; log:\n{inlet.output()}")
        inlet.kill()


def test_lost_position_stops_with_its_exit_code_and_a_hint(small_oplog, client, db, tmp_path):
    lake = tmp_path / "lake"
    seed_documents(db.orders, 200)
    killed_sync(small_oplog, db, lake, tmp_path)
    roll_the_oplog(client, db)
    db.orders.insert_one({"_id": "after"})
    before = {path: LocalLake(lake).get(path) for path in LocalLake(lake).paths() if not path.startswith("_staging/")}

    for _ in range(2):  # It stays so: no run may take it for granted that somebody has read the first answer.
        code, log, _ = run_inlet(tmp_path / "again", *sync(small_oplog, db, lake, "--until-caught-up"))
        assert code == RESUME_POINT_LOST, log
        (tmp_path / "again" / "inlet.log").unlink()
        error = the_error(log)
        assert error.code == "resume_point_lost" and "server_code=286" in error.fields and "position=" in error.fields
        assert "--on-history-lost resync" in error.hint and "oplog" in error.hint
    assert {path: LocalLake(lake).get(path) for path in LocalLake(lake).paths()} == before


def test_resync_on_request_marks_the_gap_and_folds_right(small_oplog, client, db, tmp_path):
    """The events of the gap are gone, a delete among them: the fold starts over at the new copy and is the collection."""
    lake = tmp_path / "lake"
    seed_documents(db.orders, 200)
    killed_sync(small_oplog, db, lake, tmp_path)
    db.orders.delete_one({"_id": 1})
    db.orders.update_one({"_id": 2}, {"$set": {"changed": "in the gap"}})
    db.orders.insert_one({"_id": "born in the gap"})
    roll_the_oplog(client, db)

    code, log, _ = run_inlet(tmp_path, *sync(small_oplog, db, lake, "--on-history-lost", "resync", "--until-caught-up"))
    assert code == 0, log
    assert "position lost: a new copy is made" in log
    db.orders.insert_one({"_id": "after the resync"})
    code, log, _ = run_inlet(tmp_path, *sync(small_oplog, db, lake, "--until-caught-up"))
    assert code == 0, log

    folders = read_lake(LocalLake(lake))
    [(lost_at, *gap_end)] = {(g["from"]["t"], g["to"]["t"], g["to"]["i"]) for f in folders for g in f.manifest["gaps"]}
    assert lost_at <= gap_end[0]
    since_the_gap = lambda r: (r["clusterTime"].time, r["clusterTime"].inc) >= tuple(gap_end)  # noqa: E731
    copies = [r for f in folders for r in f.records if r["op"] == "read"]
    assert len(copies) == 400 and sum(map(since_the_gap, copies)) == 200
    # What a consumer does: from the end of the gap on, nothing older counts.
    for folder in folders:
        folder.records = list(filter(since_the_gap, folder.records))
    assert folded_state(fold(folders, db.name, "orders")) == collection_state(db.orders)
    assert [c["documentKey"]["_id"] for c in changes(folders)] == ["after the resync"]
    code, _, report = run_inlet(tmp_path, "verify", str(lake), "--from", small_oplog.uri)
    assert code == 0, report
    assert "gaps are marked" in report


def test_progress_and_metric_tell_the_runway(small_oplog, client, db, tmp_path):
    """R12: how long until the stored position leaves the oplog, before it does."""
    seed_documents(db.orders, 200)
    with InletProcess(tmp_path, *sync(small_oplog, db, tmp_path / "lake", "--progress-interval", "200ms"), *LISTEN) as inlet:
        endpoint = Endpoint(inlet)
        await_condition(lambda: endpoint.metric("inlet_oplog_runway_seconds") is not None, lambda: f"the metric; log:\n{inlet.output()}")
        first = client.local["oplog.rs"].find().sort("$natural", 1).limit(1).next()["ts"].time
        now = client.admin.command("ping")["operationTime"].time
        assert 0 <= endpoint.metric("inlet_oplog_runway_seconds") <= now - first + 1
        await_condition(lambda: "oplog_runway_seconds=" in inlet.output(), "the progress line")
        assert inlet.stop() == 0


def test_copy_that_outlasts_the_oplog_has_no_gap(small_oplog, client, db, tmp_path):
    """R40 R43: the stream runs beside the copy, so the oplog may roll over while the copy is still reading."""
    lake = tmp_path / "lake"
    seed_documents(db.orders, 2000)
    slow = sync(small_oplog, db, lake, "--max-docs-per-second", "100")
    with InletProcess(tmp_path, *slow) as inlet:
        await_condition(lambda: records_listed(lake) > 0, lambda: f"the first records; log:\n{inlet.output()}")
        db.orders.update_one({"_id": 1999}, {"$set": {"changed": "before it was read"}})
        db.orders.delete_one({"_id": 0})
        roll_the_oplog(client, db)
        db.orders.insert_one({"_id": "after the roll"})
        is_followed = lambda: any(b"after the roll" in part.read_bytes() for part in lake.glob("**/part-*"))  # noqa: E731
        await_condition(is_followed, lambda: f"the stream behind the roll; log:\n{inlet.output()}")
        assert records_listed(lake) < 1900, "the copy was over before the oplog was"
        inlet.kill()  # What is left is resumed where it was, from a stream that has followed all along.
    code, log, _ = run_inlet(tmp_path, *sync(small_oplog, db, lake, "--until-caught-up"))
    assert code == 0, log

    folders = read_lake(LocalLake(lake))
    assert not [gap for folder in folders for gap in folder.manifest.get("gaps", [])]
    assert folded_state(fold(folders, db.name, "orders")) == collection_state(db.orders)
