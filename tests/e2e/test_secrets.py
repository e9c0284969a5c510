"""Aim: a secret goes to the server that it is for and nowhere else (field notes 17), and a new one is taken up without a restart (R63)."""

import contextlib
import pathlib
import urllib.parse

import pytest

from endpoint import LISTEN, Endpoint
from inlet_process import InletProcess, run_inlet
from lake_reader import records_listed
from mongod import SecuredMongod, await_condition
from test_sync import assert_lake_equals
from workload import seed_documents

#: Found again in any quoting: each has a mark, and signs that JSON, URIs and logs write in their own way.
MARKS = ["Kanarienvogel", "Zaunkoenig", "Rotkehlchen"]
PASSWORD, WRONG, NEW = [f'{mark}"\\/@:%41 {{}}' for mark in MARKS]


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    with SecuredMongod(tmp_path_factory.mktemp("secured") / "db") as server:
        with server.root() as root:
            seed_documents(root.shop.orders, 300)
            root.admin.command("createUser", "reader", pwd=PASSWORD, roles=["readAnyDatabase", {"role": "read", "db": "local"}])
        yield server


def places_of_marks(*texts_and_folders) -> list[str]:
    """Where a mark stands in texts, in the bytes of files, or in their names."""
    found = []
    for item in texts_and_folders:
        if isinstance(item, pathlib.Path):
            for path in item.rglob("*"):
                content = path.read_bytes() if path.is_file() else b""
                found += [f"{path}: {mark}" for mark in MARKS if mark.encode() in content or mark in path.name]
        else:
            found += [f"{mark} in:\n{item}" for mark in MARKS if mark in item]
    return found


def test_the_search_finds_what_it_looks_for(tmp_path):
    (tmp_path / "state").write_text(PASSWORD)
    assert len(places_of_marks(tmp_path, urllib.parse.quote(NEW), "nothing")) == 2


@pytest.mark.parametrize("way, log_format", [("env", "json"), ("file", "text"), ("whole URI in a file", "json"), ("as it is", "text")])
def test_no_secret_in_logs_output_metrics_state_or_lake(secured, tmp_path, way, log_format):
    work, vault = tmp_path / "work", tmp_path / "vault"
    vault.mkdir()
    seen = []  # Texts that have left the process.
    environment = {}

    def source(password: str, name: str, uri_of=secured.uri_of) -> str:
        encoded = urllib.parse.quote(password, safe="")
        if way == "env":
            environment[f"CANARY_{name.upper()}"] = password
            return uri_of("reader", "${env:CANARY_" + name.upper() + "}")
        if way == "file":
            (vault / name).write_text(password + "\n")
            return uri_of("reader", "${file:" + str(vault / name) + "}")
        if way == "whole URI in a file":
            (vault / name).write_text(uri_of("reader", encoded) + "\n")
            return "${file:" + str(vault / name) + "}"
        return uri_of("reader", encoded)

    good, bad = source(PASSWORD, "good"), source(WRONG, "bad")
    nobody = source(PASSWORD, "nobody", lambda user, password: f"mongodb://{user}:{password}@127.0.0.1:1/?serverSelectionTimeoutMS=200")
    lake = ["--db", "shop", "--to", "lake"]
    loud = ["--log-level", "debug", "--log-format", log_format, "--log-file", "copy.log"]

    def run(expected, *arguments):
        code, log, output = run_inlet(work, *arguments, *loud, environment=environment)
        assert code == expected, log
        seen.extend([log, output])

    run(0, "check", "--from", good, *lake)
    run(0, "snapshot", "--from", good, "--db", "shop", "--to", "dumps")
    with contextlib.ExitStack() as stack:
        start = lambda folder, *a: stack.enter_context(InletProcess(folder, *a, *loud, *LISTEN, environment=environment))  # noqa: E731
        inlet = start(work / "good", "sync", "--from", good, "--db", "shop", "--to", "../lake", "--flush-interval", "100ms")
        await_condition(lambda: records_listed(work / "lake") >= 300, lambda: f"the copy; its log:\n{inlet.output()}")
        endpoint = Endpoint(inlet)
        seen.extend(endpoint.get(path)[1] for path in ("/metrics", "/healthz", "/readyz", "/nothing"))
        assert inlet.stop() == 0, inlet.output()
        away = start(work / "away", "sync", "--from", nobody, "--db", "shop", "--to", "lake")
        waiting = Endpoint(away)
        seen.extend(waiting.get(path)[1] for path in ("/metrics", "/healthz", "/readyz"))
        away.kill()
    run(0, "verify", "lake", "--from", good)
    run(0, "sync", "--from", good, *lake, "--print-pipeline")
    for command in (["sync", *lake], ["snapshot", "--db", "shop", "--to", "dumps"], ["verify", "lake"], ["check", *lake]):
        run(1, *command, "--from", bad)
    run(1, "verify", "lake", "--from", nobody)

    assert records_listed(work / "lake") >= 300 and "reader" in "".join(seen)
    assert places_of_marks(work, *seen) == []


def test_changed_secret_file_is_read_at_the_next_authentication(secured, tmp_path):
    """R63: the password is rotated and the server's connections are gone; the sync goes on with the new one."""
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD)
    lake = tmp_path / "work" / "lake"
    arguments = ["sync", "--from", secured.uri_of("reader", "${file:" + str(secret) + "}"), "--db", "shop", "--to", str(lake)]
    with InletProcess(tmp_path / "work", *arguments, "--flush-interval", "100ms") as inlet:
        await_condition(lambda: records_listed(lake) >= 300, lambda: f"the copy; its log:\n{inlet.output()}")
        with secured.root() as root:
            root.admin.command("updateUser", "reader", pwd=NEW)
        secret.write_text(NEW)
        secured.stop()
        secured.start()

        with secured.root() as root:
            root.shop.orders.insert_one({"_id": "after the rotation"})
            records = records_listed(lake)
            await_condition(lambda: records_listed(lake) > records or inlet.has_ended(), lambda: f"the news; log:\n{inlet.output()}")
            assert inlet.stop() == 0, inlet.output()
            assert_lake_equals(lake, root.shop.orders)
    assert "secrets of the connection have changed" in inlet.output()
    assert places_of_marks(tmp_path / "work") == []
