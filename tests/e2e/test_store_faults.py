"""Aim: whatever a store answers, and however it breaks, a sync loses nothing and repeats nothing (R26 R29 R67, field note 11)."""

import random

import pytest

from azurite import ACCOUNT, KEY
from fault_proxy import FaultProxy
from inlet_process import InletProcess, run_inlet
from lake_reader import AzureLake
from mongod import await_condition
from test_sync import assert_lake_equals, sync_arguments
from workload import Writer, seed_documents


@pytest.fixture()
def proxy(azurite):
    with FaultProxy(azurite.port) as running:
        yield running


def environment_of(proxy):
    return {
        "AZURE_STORAGE_CONNECTION_STRING": f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
        f"BlobEndpoint=http://127.0.0.1:{proxy.port}/{ACCOUNT};"
    }


def assert_whole(mongod, db, container, url, folder, environment):
    code, log, _ = run_inlet(folder, *sync_arguments(mongod, db, url), "--until-caught-up", environment=environment)
    assert code == 0, log
    lake = AzureLake(container, "shop")
    assert_lake_equals(lake, db.orders)
    assert [path for path in lake.paths() if path.startswith("_staging/")] == []


def has_body(method, path):
    return method == "POST" or "comp=block" in path


def faults_among_requests(mongod, db, container, proxy, tmp_path, plan, count):
    """A sync under inserts, updates and deletes while `plan` is in force, until it has struck `count` times."""
    seed_documents(db.orders, 1_000)
    url = f"az://{container.container_name}/shop"
    environment = environment_of(proxy)
    proxy.plan = plan
    with Writer(mongod.uri, db.name, "orders", seed=5) as writer:
        with InletProcess(tmp_path, *sync_arguments(mongod, db, url, "--flush-interval", "200ms"), environment=environment) as inlet:
            await_condition(lambda: (proxy.injected.total() >= count and writer.operations > 300) or inlet._poll(), f"{count} faults", 200)
            assert inlet.process.returncode is None, inlet.output()
            writer.stop()
            proxy.plan = lambda method, path: None
            # A connection that broke in the middle of a body may hold the client library for a minute, longer than a drain.
            inlet.stop(120)

    assert_whole(mongod, db, container, url, tmp_path, environment)


@pytest.mark.parametrize("fault", [409, 412, 429, 500, 503, "cut answer"])
def test_faults_now_and_then_are_ridden_out(mongod, db, container, proxy, tmp_path, fault, request):
    """One request in twelve fails."""
    chance = random.Random(request.config.getoption("--seed"))
    faults_among_requests(mongod, db, container, proxy, tmp_path, lambda method, path: fault if chance.random() < 1 / 12 else None, 5)


@pytest.mark.parametrize("fault", ["lost answer", "cut request"])
def test_broken_connections_are_ridden_out(mongod, db, container, proxy, tmp_path, fault, request):
    """One request without a body in twelve; the store may have done what was asked."""
    chance = random.Random(request.config.getoption("--seed"))
    plan = lambda method, path: fault if not has_body(method, path) and chance.random() < 1 / 12 else None  # noqa: E731
    faults_among_requests(mongod, db, container, proxy, tmp_path, plan, 5)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["lost answer", "cut request"])
def test_bodies_cut_short_are_ridden_out(mongod, db, container, proxy, tmp_path, fault):
    """A block of a file is cut in the middle. The client library notices after a minute."""
    left = iter([fault])
    plan = lambda method, path: next(left, None) if has_body(method, path) else None  # noqa: E731
    faults_among_requests(mongod, db, container, proxy, tmp_path, plan, 1)


def test_refusal_ends_the_run_and_the_next_one_finishes_the_work(mongod, db, azurite, container, proxy, tmp_path):
    """403: only a person can mend that. What was published stays right, and nothing is lost."""
    seed_documents(db.orders, 500)
    url = f"az://{container.container_name}/shop"
    environment = environment_of(proxy)
    arguments = sync_arguments(mongod, db, url, "--flush-interval", "200ms")
    with InletProcess(tmp_path, *arguments, environment=environment) as inlet:
        await_condition(lambda: "orders" in str(AzureLake(container, "shop").paths()) or inlet._poll(), "a first file", 60)
        proxy.plan = lambda method, path: 403 if method == "PUT" else None
        db.orders.insert_many([{"_id": f"late {i}"} for i in range(100)])
        assert inlet.wait(120) == 1, inlet.output()
        assert "permission_denied" in inlet.output() and "Storage Blob Data Contributor" in inlet.output()
    proxy.plan = lambda method, path: None

    assert_whole(mongod, db, container, url, tmp_path, environment)


def test_store_that_never_answers_ends_the_process_in_bounded_time(mongod, db, azurite, container, proxy, tmp_path):
    """A call that cannot be cancelled must not hold the run for ever; the next start goes on."""
    seed_documents(db.orders, 500)
    url = f"az://{container.container_name}/shop"
    environment = environment_of(proxy)
    arguments = sync_arguments(mongod, db, url + "?timeout=3s", "--flush-interval", "200ms")
    with InletProcess(tmp_path, *arguments, environment=environment) as inlet:
        await_condition(lambda: "orders" in str(AzureLake(container, "shop").paths()) or inlet._poll(), "a first file", 60)
        proxy.plan = lambda method, path: "stall" if method == "PUT" else None
        db.orders.insert_many([{"_id": f"late {i}"} for i in range(100)])
        assert inlet.wait(60) == 1, inlet.output()
        assert "has not answered" in inlet.output()
    proxy.plan = lambda method, path: None

    # The address is the same but for the query, so it is the same processor.
    assert_whole(mongod, db, container, url, tmp_path, environment)
