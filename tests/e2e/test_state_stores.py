"""Aim: with its state in MongoDB a sync moves from process to process; nothing is lost, nothing comes twice (R6 R7 R66).

The state is in a mongod of its own, so that it can go away while the source stays.
"""

import json
import re
import signal

import bson
import pymongo
import pytest
from inlet_process import InletProcess, run_inlet
from lake_reader import changes
from mongod import PrivateMongod, await_condition
from test_sync import assert_lake_equals, sync_arguments
from workload import RecordedTruth, Writer, seed_documents, tokens_since


@pytest.fixture(scope="module")
def state_server(tmp_path_factory):
    with PrivateMongod(tmp_path_factory.mktemp("state") / "db", cache_gb=0.25) as server:
        yield server


@pytest.fixture()
def state(state_server, request):
    """A collection of the test's own; gives (URL, collection)."""
    name = re.sub(r"\W", "_", request.node.name)
    with pymongo.MongoClient(state_server.uri) as client:
        yield f"{state_server.uri.replace('/?', f'/ops.{name}?')}&inletLeaseMs=2000", client.ops[name]


class Standby(InletProcess):
    """A second process for the same work."""

    def is_standing_by(self) -> bool:
        return "standing by" in self.output()


def lease(collection) -> dict:
    return collection.find_one({"expiresAt": {"$exists": True}})


def epochs_of(collection) -> int:
    found = lease(collection)
    return found["checkpoints"][-1]["epoch"] if found and found["checkpoints"] else 0


def manifest_fences(lake) -> set[int]:
    """Whose manifests are in the lake now; they appear whole, so they can be read at any moment."""
    return {json.loads(path.read_bytes())["writer"]["fence"] for path in lake.glob("**/_manifest.json")}


def assert_complete(lake, collection, tokens):
    folders = assert_lake_equals(lake, collection)
    written = {change["_token"]["_data"] for change in changes(folders)}
    expected = tokens_since(tokens, folders)
    assert expected <= written, f"{len(expected - written)} events are missing"
    return folders


def test_standby_takes_over_from_a_killed_process(mongod, db, tmp_path, state):
    url, collection = state
    seed_documents(db.orders, 20_000)
    lake = tmp_path / "lake"
    arguments = sync_arguments(mongod, db, lake, "--state", url, "--wait-for-lease", "--max-docs-per-second", "20000", "--flush-interval", "100ms")
    with RecordedTruth(mongod.uri, db.name, "orders") as truth, Writer(mongod.uri, db.name, "orders", seed=5) as writer:
        with InletProcess(tmp_path / "first", *arguments) as first:
            await_condition(lambda: epochs_of(collection) >= 2, "the first process at work")
            with Standby(tmp_path / "second", *arguments) as second:
                await_condition(second.is_standing_by, "the second to stand by")
                assert f"pid {first.process.pid} since" in second.output(), second.output()
                first.kill()
                before = epochs_of(collection)
                await_condition(lambda: epochs_of(collection) > before + 2 or second._poll(), "the second at work")
                assert second.process.returncode is None, second.output()
                assert lease(collection)["fence"] == 2
                writer.stop()
                tokens = truth.tokens_until(db.orders)
                assert second.stop() == 0, second.output()
        code, log, _ = run_inlet(tmp_path, *arguments, "--until-caught-up")
        assert code == 0, log
    assert_complete(lake, db.orders, tokens)
    assert lease(collection)["fence"] == 3


def test_process_that_was_paused_and_replaced_writes_nothing_more(mongod, db, tmp_path, state):
    url, collection = state
    seed_documents(db.orders, 2_000)
    lake = tmp_path / "lake"
    arguments = sync_arguments(mongod, db, lake, "--state", url, "--wait-for-lease", "--flush-interval", "100ms")
    with RecordedTruth(mongod.uri, db.name, "orders") as truth, Writer(mongod.uri, db.name, "orders", seed=6) as writer:
        with InletProcess(tmp_path / "first", *arguments) as first:
            await_condition(lambda: epochs_of(collection) >= 3, "the first process at work")
            with Standby(tmp_path / "second", *arguments) as second:
                await_condition(second.is_standing_by, "the second to stand by")
                first.process.send_signal(signal.SIGSTOP)
                await_condition(lambda: lease(collection)["fence"] == 2, "the second to take over")
                taken_over_at = epochs_of(collection)
                await_condition(lambda: epochs_of(collection) >= taken_over_at + 2 or second._poll(), "the second at work")
                assert manifest_fences(lake) == {2}
                first.process.send_signal(signal.SIGCONT)
                seen = set()
                await_condition(lambda: seen.update(manifest_fences(lake)) or first._poll(), "the first to end")
                assert seen == {2}, "the first has written a manifest"
                assert first.process.returncode == 1, first.output()
                assert "lease lost" in first.output(), first.output()
                assert f"pid {second.process.pid} since" in first.output(), first.output()

                after_first = epochs_of(collection)
                await_condition(lambda: epochs_of(collection) >= after_first + 2 or second._poll(), "the second to go on")
                assert all(c["fence"] == 2 for c in lease(collection)["checkpoints"])
                writer.stop()
                tokens = truth.tokens_until(db.orders)
                assert second.stop() == 0, second.output()
    assert_complete(lake, db.orders, tokens)
    assert manifest_fences(lake) == {2}


def test_state_store_that_vanishes_for_a_while_is_ridden_out(mongod, db, tmp_path):
    seed_documents(db.orders, 2_000)
    lake = tmp_path / "lake"
    with PrivateMongod(tmp_path / "state", cache_gb=0.25) as server:
        url = server.uri.replace("/?", "/ops.inlet?") + "&inletLeaseMs=2000&serverSelectionTimeoutMS=500"
        arguments = sync_arguments(mongod, db, lake, "--state", url, "--flush-interval", "100ms")
        with RecordedTruth(mongod.uri, db.name, "orders") as truth, Writer(mongod.uri, db.name, "orders", seed=7) as writer:
            with InletProcess(tmp_path / "run", *arguments) as inlet:
                with pymongo.MongoClient(server.uri) as client:
                    await_condition(lambda: epochs_of(client.ops.inlet) >= 3, "work")
                server.stop(signal.SIGKILL)
                # For longer than the lease: the process must not be sure of it any more.
                await_condition(lambda: "cannot renew the lease" in inlet.output(), "the loss to be noticed")
                enough = writer.operations + 2_000
                await_condition(lambda: writer.operations >= enough or inlet._poll(), "work beside it")
                assert inlet.process.returncode is None, inlet.output()
                server.start()
                with pymongo.MongoClient(server.uri) as client:
                    before = epochs_of(client.ops.inlet)
                    await_condition(lambda: epochs_of(client.ops.inlet) >= before + 3 or inlet._poll(), "work after it")
                    writer.stop()
                    tokens = truth.tokens_until(db.orders)
                    assert inlet.stop() == 0, inlet.output()
                    assert lease(client.ops.inlet)["fence"] == 1, "nobody else was there"
            code, log, _ = run_inlet(tmp_path, *arguments, "--until-caught-up")
            assert code == 0, log
    assert_complete(lake, db.orders, tokens)


@pytest.mark.parametrize("kind", ["mongodb", "folder"])
def test_second_process_without_waiting_fails_at_once_and_names_the_holder(mongod, db, tmp_path, state, kind):
    seed_documents(db.orders, 10)
    where = state[0] if kind == "mongodb" else f"file://{tmp_path / 'state'}"
    arguments = sync_arguments(mongod, db, tmp_path / "lake", "--state", where)
    with InletProcess(tmp_path / "first", *arguments) as first:
        await_condition(lambda: manifest_fences(tmp_path / "lake"), "the first at work")
        code, log, _ = run_inlet(tmp_path / "second", *arguments, seconds=30)
        assert code == 1
        assert re.search(rf"already running .*holder=\S+ pid {first.process.pid} since 20", log), log
        assert "--wait-for-lease" in log
        assert first.stop() == 0, first.output()
    assert run_inlet(tmp_path / "second", *arguments, "--until-caught-up")[0] == 0


def test_state_inside_what_is_copied_is_left_out(mongod, db, tmp_path):
    """A checkpoint must not be a change that brings forth the next checkpoint."""
    seed_documents(db.orders, 50)
    lake = tmp_path / "lake"
    url = mongod.uri.replace("/?", f"/{db.name}.state?")
    arguments = sync_arguments(mongod, db, lake, "--state", url)
    with InletProcess(tmp_path, *arguments) as inlet:
        await_condition(lambda: epochs_of(db.state) >= 1, "the copy")
        db.orders.insert_one({"_id": "later", "n": bson.Int64(1)})
        before = epochs_of(db.state)
        await_condition(lambda: epochs_of(db.state) > before, "the change")
        assert inlet.stop() == 0, inlet.output()
    folders = assert_lake_equals(lake, db.orders)
    assert {record["ns"]["coll"] for folder in folders for record in folder.records} == {"orders"}


def test_collection_of_the_same_name_elsewhere_is_copied(mongod, state_server, db, tmp_path):
    seed_documents(db.orders, 50)
    lake = tmp_path / "lake"
    url = state_server.uri.replace("/?", f"/{db.name}.orders?")
    code, log, _ = run_inlet(tmp_path, *sync_arguments(mongod, db, lake, "--state", url, "--until-caught-up"))
    assert code == 0, log
    assert_lake_equals(lake, db.orders)


def test_replaced_process_without_work_ends_too(mongod, db, tmp_path, state):
    url, collection = state
    seed_documents(db.orders, 10)
    # No epoch is due for an hour after the copy: nothing else would tell the first.
    arguments = sync_arguments(mongod, db, tmp_path / "lake", "--state", url, "--wait-for-lease", "--flush-interval", "1h")
    with InletProcess(tmp_path / "first", *arguments) as first:
        await_condition(lambda: lease(collection), "the first to hold the lease")
        with Standby(tmp_path / "second", *arguments) as second:
            await_condition(second.is_standing_by, "the second to stand by")
            first.process.send_signal(signal.SIGSTOP)
            await_condition(lambda: lease(collection)["fence"] == 2, "the second to take over")
            first.process.send_signal(signal.SIGCONT)
            assert first.wait(30) == 1, first.output()
            assert "lease lost" in first.output(), first.output()
            assert second.stop() == 0, second.output()
    assert_lake_equals(tmp_path / "lake", db.orders)


def test_state_keeps_no_secret(mongod, state_server, db, tmp_path, state):
    """Field note 17: neither the state nor the log holds what the connection strings hold."""
    url, collection = state
    seed_documents(db.orders, 50)
    secret = "canary/7c1f"
    for server in (mongod, state_server):
        with pymongo.MongoClient(server.uri) as client:
            client.admin.command("createUser", "keeper", pwd=secret, roles=["root"])
    login = lambda text: text.replace("mongodb://", "mongodb://keeper:${env:CANARY}@")  # noqa: E731
    arguments = ["sync", "--from", login(mongod.uri) + "&authSource=admin", "--db", db.name, "--to", str(tmp_path / "lake"),
                 "--until-caught-up", "--log-level", "debug", "--state", login(url)]
    code, log, _ = run_inlet(tmp_path, *arguments, environment={"CANARY": secret})
    assert code == 0, log
    kept = [bson.encode(document) for document in collection.find()]
    assert epochs_of(collection) >= 1 and len(kept) >= 2
    assert "canary" not in log
    assert not any(b"canary" in document for document in kept)
