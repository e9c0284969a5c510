"""Aim: killed at any moment, again and again, a sync loses nothing and repeats nothing."""

import random

import pytest

from inlet_process import InletProcess, run_inlet
from lake_reader import AzureLake, LocalLake, changes
from mongod import await_condition
from test_sync import assert_lake_equals, sync_arguments
from workload import RecordedTruth, Writer, seed_documents, tokens_since


@pytest.fixture(params=["local", "azurite"])
def target(request, tmp_path):
    """A lake's URL, the lake as its reader sees it, and the environment that goes with it."""
    if request.param == "local":
        return str(tmp_path / "lake"), LocalLake(tmp_path / "lake"), {}
    container = request.getfixturevalue("container")
    environment = request.getfixturevalue("azurite").environment
    return f"az://{container.container_name}/shop", AzureLake(container, "shop"), environment


def test_kill_9_rounds(mongod, db, tmp_path, request, target):
    """R6 R29 R41 R42: exactly once over kill -9, under concurrent inserts, updates and deletes."""
    chance = random.Random(request.config.getoption("--seed"))
    seed_documents(db.orders, 30_000)
    url, lake, environment = target
    # A slow copy, so that kills fall into it as well as into the stream.
    arguments = sync_arguments(mongod, db, url, "--flush-interval", "100ms", "--max-docs-per-second", "15000")
    with RecordedTruth(mongod.uri, db.name, "orders") as truth, Writer(mongod.uri, db.name, "orders", seed=3) as writer:
        for _ in range(request.config.getoption("--rounds")):
            with InletProcess(tmp_path, *arguments, environment=environment) as inlet:
                # Any moment between the first start and a good second of work.
                enough = writer.operations + chance.randrange(20, 900)
                await_condition(lambda: writer.operations >= enough or inlet._poll(), "work between kills")
                assert inlet.process.returncode is None, inlet.output()
                inlet.kill()
        writer.stop()
        tokens = truth.tokens_until(db.orders)
        code, log, _ = run_inlet(tmp_path, *arguments, "--until-caught-up", environment=environment)
        assert code == 0, log

    folders = assert_lake_equals(lake, db.orders)
    written = {change["_token"]["_data"] for change in changes(folders)}
    expected = tokens_since(tokens, folders)
    assert expected <= written, f"{len(expected - written)} events are missing"
    leftovers = [path for path in lake.paths() if path.startswith("_staging/")]
    assert leftovers == []
