"""Real parts for the tests: one mongod shared by all, a fresh database for each."""

from __future__ import annotations

import itertools
import os
import pathlib
import sys

import pymongo
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from azurite import PrivateAzurite  # noqa: E402
from mongod import PrivateMongod  # noqa: E402

_numbers = itertools.count()


def pytest_addoption(parser):
    parser.addoption("--rounds", type=int, default=5, help="kill -9 rounds of each crash test")
    parser.addoption("--seed", type=int, default=20_250_131, help="seed of random tests")
    parser.addoption("--slow", action="store_true", help="run the long tests too")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes or much disk; runs with --slow only")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="a long test: --slow runs it"))


@pytest.fixture(scope="session")
def mongod(tmp_path_factory):
    with PrivateMongod(tmp_path_factory.mktemp("mongod") / "db") as server:
        yield server


@pytest.fixture(scope="session")
def azurite(tmp_path_factory):
    with PrivateAzurite(tmp_path_factory.mktemp("azurite")) as service:
        yield service


@pytest.fixture()
def container(azurite):
    """A container of the test's own."""
    name = f"lake{next(_numbers)}"
    with azurite.client as client:
        yield client.create_container(name)
        client.delete_container(name)


@pytest.fixture()
def client(mongod):
    with pymongo.MongoClient(mongod.uri, tz_aware=True) as connected:
        yield connected


@pytest.fixture()
def db(client):
    """A database of the test's own, dropped after."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    yield client[name]
    client.drop_database(name)
