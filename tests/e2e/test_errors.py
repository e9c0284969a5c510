"""Aim: what goes wrong in operation ends with the right exit code and one error that says what to do; nothing is lost by it."""

import contextlib
import json

import pymongo
import pytest

from expectations import the_error
from inlet_process import InletProcess, run_inlet
from lake_reader import LocalLake, read_lake
from mongod import PrivateMongod, SecuredMongod
from mounts import read_only, small_disk
from test_sync import assert_lake_equals
from workload import seed_documents

FAILED, BAD_USAGE = 1, 2


@pytest.fixture(scope="module")
def standalone(tmp_path_factory):
    with PrivateMongod(tmp_path_factory.mktemp("standalone") / "db", replica_set=False) as server:
        yield server


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    with SecuredMongod(tmp_path_factory.mktemp("secured") / "db") as server:
        with server.root() as root:
            root.shop.orders.insert_one({"_id": 1})
            root.admin.command("createUser", "stranger", pwd="secret-of-stranger", roles=[{"role": "read", "db": "elsewhere"}])
        yield server


def fails(tmp_path, expected_code, *arguments, **more):
    code, log, _ = run_inlet(tmp_path, *arguments, **more)
    assert code == expected_code, log
    return the_error(log)


# Where it reads from.


@pytest.mark.parametrize("command", ["sync", "changes"])
def test_no_replica_set(standalone, tmp_path, command):
    error = fails(tmp_path, BAD_USAGE, command, "--from", standalone.uri, "--to", "lake")
    assert error.text == "change streams need a replica set"
    assert str(standalone.port) in error.fields
    assert "--replSet" in error.hint and "rs.initiate()" in error.hint


def test_snapshot_needs_no_replica_set(standalone, tmp_path):
    with pymongo.MongoClient(standalone.uri) as client:
        client.shop.orders.insert_one({"_id": 1})
    code, log, _ = run_inlet(tmp_path, "snapshot", "--from", standalone.uri, "--db", "shop", "--to", "lake")
    assert code == 0, log


@pytest.mark.parametrize("command", ["sync", "snapshot", "changes"])
def test_wrong_password(secured, tmp_path, command):
    error = fails(tmp_path, FAILED, command, "--from", secured.uri_of("stranger", "wrong-guess"), "--db", "shop", "--to", "lake")
    assert (error.code, error.text) == ("permission_denied", "MongoDB refused the login")
    assert "wrong-guess" not in error.fields and "stranger:***@" in error.fields
    assert "password" in error.hint


@pytest.mark.parametrize("command", ["sync", "snapshot", "changes"])
@pytest.mark.parametrize("scope", [["--db", "shop"], []])
def test_missing_role(secured, tmp_path, command, scope):
    """R64: also where the server would answer with a shorter list of databases, and the copy would be one of a part."""
    error = fails(tmp_path, FAILED, command, "--from", secured.uri_of("stranger", "secret-of-stranger"), *scope, "--to", "lake")
    assert (error.code, error.text) == ("permission_denied", "this MongoDB user lacks a right")
    assert "server_code=13" in error.fields and "{" not in error.fields
    assert "grant the role read" in error.hint and "readAnyDatabase" in error.hint


def test_check_names_the_role_that_is_missing(secured, tmp_path):
    """R64."""
    code, log, report = run_inlet(
        tmp_path, "check", "--from", secured.uri_of("stranger", "secret-of-stranger"), "--db", "shop", "--to", "lake", "--report", "json"
    )
    assert code == FAILED, log
    findings = {line["what"]: line for line in map(json.loads, report.splitlines())}
    assert findings["change stream of shop"]["ok"] is False
    assert 'grantRolesToUser(USER, [{role: "read", db: "shop"}])' in findings["change stream of shop"]["hint"]


def test_unreachable_and_unknown_hosts_end_in_bounded_time(standalone, tmp_path):
    """A refused port, an address that nobody answers from, a name that nobody knows, a set that the server is not of."""
    sources = {
        "refused": ("mongodb://127.0.0.1:1/", "127.0.0.1:1"),
        "silent": ("mongodb://192.0.2.1:27017/", "192.0.2.1:27017"),
        "unknown": ("mongodb://no-such-host.invalid/", "Failed to resolve no-such-host.invalid"),
        "no_set": (f"mongodb://127.0.0.1:{standalone.port}/?replicaSet=rs0", "replicaSet=rs0"),
    }
    with contextlib.ExitStack() as stack:
        runs = {
            (name, command): stack.enter_context(InletProcess(tmp_path / f"{name}-{command}", command, "--from", uri, "--to", "lake"))
            for name, (uri, _) in sources.items()
            for command in ("sync", "snapshot")
        }
        for (name, command), inlet in runs.items():
            assert inlet.wait(45) == FAILED, inlet.output()
            error = the_error(inlet.output())
            assert (error.code, error.text) == ("unavailable", "no MongoDB server answers"), (name, command)
            assert sources[name][1] in error.fields
            assert "host, port and network" in error.hint and "replicaSet" in error.hint


# Where it writes to.


@pytest.mark.parametrize("command", ["sync", "snapshot"])
def test_file_in_the_place_of_the_lake(mongod, db, tmp_path, command):
    seed_documents(db.orders, 10)
    (tmp_path / "lake").write_text("a file")
    error = fails(tmp_path, BAD_USAGE, command, "--from", mongod.uri, "--db", db.name, "--to", "lake", "--flush-interval", "300ms")
    assert error.code == "invalid_argument" and "lake/" in error.fields and "Not a directory" in error.fields
    assert "a file stands where a folder is needed" in error.hint
    assert (tmp_path / "lake").read_text() == "a file"


@pytest.mark.parametrize("arguments", [["--to", "file/lake"], ["--to", "lake", "--state", "file"]])
def test_file_in_the_place_of_the_state(mongod, db, tmp_path, arguments):
    (tmp_path / "file").write_text("a file")
    error = fails(tmp_path, FAILED, "sync", "--from", mongod.uri, "--db", db.name, *arguments)
    assert error.text == "cannot make the state folder" and "--state" in error.hint


@pytest.mark.parametrize("command", ["sync", "snapshot"])
def test_read_only_lake(mongod, db, tmp_path, command):
    seed_documents(db.orders, 10)
    with read_only(tmp_path / "disk"):
        arguments = [command, "--from", mongod.uri, "--db", db.name, "--to", str(tmp_path / "disk" / "lake"), "--state", "state"]
        error = fails(tmp_path, FAILED, *arguments, "--flush-interval", "300ms")
    assert error.code == "permission_denied" and "Read-only file system" in error.fields
    assert "the right to write" in error.hint


@pytest.mark.parametrize("command", ["sync", "snapshot"])
@pytest.mark.parametrize("state", [["--state", "state"], []], ids=["state elsewhere", "state there too"])
def test_full_disk_loses_nothing(mongod, db, tmp_path, command, state):
    """Stops with its hint; what is visible is whole; with space again the same command completes the lake."""
    seed_documents(db.orders, 3_000)
    with small_disk(tmp_path / "disk", "3m") as disk:
        (disk / "filling").write_bytes(bytes(2_700_000))
        lake = disk / "lake"
        arguments = [command, "--from", mongod.uri, "--db", db.name, "--to", str(lake), "--flush-interval", "100ms", *state]

        error = fails(tmp_path, FAILED, *arguments)

        assert error.code == "resource_exhausted" and "No space left on device" in error.fields
        assert "free some space" in error.hint and "nothing that was published is lost" in error.hint
        read_lake(LocalLake(lake))
        db.orders.insert_one({"_id": "while the disk was full"})
        (disk / "filling").unlink()
        code, log, _ = run_inlet(tmp_path, *arguments, *(["--until-caught-up"] if command == "sync" else []))
        assert code == 0, log
        if command == "sync":
            assert_lake_equals(lake, db.orders)
        else:
            [folder] = read_lake(LocalLake(lake))
            assert len({str(record["_id"]) for record in folder.records}) == len(folder.records) >= 3_000
        code, log, report = run_inlet(tmp_path, "verify", str(lake), *(["--from", mongod.uri] if command == "sync" else []))
        assert code == 0, report


# What it was told.

URI = "mongodb://127.0.0.1:1/"
TO = ["--from", URI, "--to", "lake"]


@pytest.mark.parametrize(
    "arguments, text, fact, hint",
    [
        (["snyc"], "unknown command", "snyc", "did you mean 'sync'?"),
        (["frobnicate"], "unknown command", "frobnicate", "known: sync, snapshot"),
        (["sync", "--form", URI], "unknown flag or argument", "--form", "did you mean --from?"),
        (["sync", *TO, "--colection", "orders"], "unknown flag or argument", "--colection", "did you mean --collection?"),
        (["verify", "lake", "--compression", "gzip"], "unknown flag or argument", "--compression", "verify --help"),
        (["sync", "lake", *TO], "unknown flag or argument", "flag=lake", "sync --help"),
        (["sync", "--from"], "the command line is not understood", "--from", "sync --help"),
        (["sync"], "a flag is missing", "--from", "--from mongodb://"),
        (["sync", "--from", URI], "a flag is missing", "--to", "--to ./lake"),
        (["run", *TO], "a flag is missing", "FILE", "inlet run"),
        (["verify"], "which lake?", "", "inlet verify ./lake"),
        (["check"], "nothing to check", "", "--from"),
        (["sync", *TO, "--flush-interval", "10parsecs"], "not a duration", "10parsecs", "300ms, 10s"),
        (["sync", *TO, "--flush-bytes", "many"], "not a size", "many", "8MiB"),
        (["sync", *TO, "--parallelism", "many"], "not a whole number", "--parallelism", ""),
        (["sync", *TO, "--parallelism", "1000"], "option is out of range", "maximum=64", ""),
        (["sync", *TO, "--compression", "gzp"], "option has an unknown value", "gzp", "gzip"),
        (["sync", *TO, "--full-document", "updatelookup"], "option has an unknown value", "updatelookup", "did you mean 'updateLookup'?"),
        (["sync", *TO, "--log-level", "debgu"], "unknown value", "debgu", "did you mean 'debug'?"),
        (["sync", "--from", "localhost:27017", "--to", "lake"], "connection string is not a MongoDB URI", "--from", "mongodb://user"),
        (["sync", "--from", URI, "--to", "s4://bucket/x"], "unknown kind of store", "s4", ""),
        (["sync", *TO, "--path", "{colection}/{hour}/"], "path template has an unknown token", "colection", "did you mean 'collection'?"),
        (["changes", *TO, "--pipeline", "[{$match: {a: }}]"], "a value is expected here", "line=1, column=15", ""),
        (["changes", *TO, "--pipeline", "{$match: {}}"], "a pipeline is an array of stages", "--pipeline", ""),
        (["snapshot", *TO, "--query", "{a: {$gt: 1}"], "", "--query", ""),
        (["snapshot", *TO, "--schedule", "61 * * * *"], "the schedule has a field that is not understood", "value=61", "0 to 59"),
        (["snapshot", *TO, "--schedule", "@hourly", "--time-zone", "Mars/Olympus"], "unknown time zone", "Mars/Olympus", "Europe/Berlin"),
        (["sync", *TO, "--metrics-listen", "nonsense"], "not an address to listen on", "nonsense", "HOST:PORT"),
        (["sync", *TO, "--config", "none.toml"], "cannot read the configuration file", "none.toml", ""),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_bad_usage_is_told_before_anything_runs(tmp_path, arguments, text, fact, hint):
    error = fails(tmp_path, BAD_USAGE, *arguments, seconds=20)
    assert error.code == "invalid_argument"
    assert text in error.text and fact in error.fields and hint in error.hint, error
    assert [path.name for path in tmp_path.iterdir()] == ["inlet.log"], "something was made"


def test_bad_keys_and_values_of_files_and_environment_name_their_place(tmp_path):
    (tmp_path / "inlet.toml").write_text('flush-intervall = "3s"\n')
    error = fails(tmp_path / "a", BAD_USAGE, "sync", *TO, "--config", "../inlet.toml")
    assert error.text == "unknown key in the configuration file" and "flush-intervall" in error.fields
    assert error.hint == "did you mean 'flush-interval'?"

    (tmp_path / "broken.toml").write_text("flush-interval = [\n[[[")
    error = fails(tmp_path / "b", BAD_USAGE, "sync", *TO, "--config", "../broken.toml")
    assert "broken.toml" in error.fields

    error = fails(tmp_path / "c", BAD_USAGE, "sync", *TO, environment={"INLET_FLUSH_INTERVAL": "soon"})
    assert error.text == "not a duration" and "soon" in error.fields and "--flush-interval" in error.fields

    (tmp_path / "d").mkdir()
    (tmp_path / "d" / ".env").write_text("no equals sign\n")
    error = fails(tmp_path / "d", BAD_USAGE, "sync", *TO)
    assert error.text == "a line is not NAME=VALUE" and "line=1" in error.fields


@pytest.mark.parametrize(
    "text, what, fact, hint",
    [
        ('[{$source: {connectionName: "from"}}, {$emti: {connectionName: "to"}}]', "unknown stage", "$emti", "did you mean '$emit'?"),
        ('[{$source: {connectionName "from"}}]', "a colon is expected after a field name", "line=1, column=28", ""),
        ('[{$source: {connectionName: "from", dbb: "shop"}}, {$emit: {connectionName: "to"}}]', "unknown option", "dbb", "did you mean 'db'?"),
        ('[{$source: {connectionName: "frm"}}, {$emit: {connectionName: "to"}}]', "unknown connection", "frm", "did you mean 'from'?"),
        ('[{$emit: {connectionName: "to"}}]', "a pipeline begins with $source", "", "$source"),
        ('{$source: {connectionName: "from"}}', "a pipeline is an array of stages", "pipeline.json", ""),
    ],
)
def test_bad_pipeline_file(tmp_path, text, what, fact, hint):
    (tmp_path / "pipeline.json").write_text(text)
    error = fails(tmp_path, BAD_USAGE, "run", "pipeline.json", *TO)
    assert error.text == what and fact in error.fields and hint in error.hint, error


def test_stage_that_the_server_does_not_know_stops_at_once(mongod, db, tmp_path):
    """A pipeline that has never been accepted is not tried for ever."""
    error = fails(
        tmp_path, BAD_USAGE, "changes", "--from", mongod.uri, "--db", db.name, "--to", "lake", "--pipeline", "[{$mtach: {a: 1}}]", seconds=30
    )
    assert "$mtach" in error.fields and "--pipeline" in error.hint


def test_secret_that_is_not_there(tmp_path):
    for reference, fact, hint in (("${env:NOT_SET}", "NOT_SET", ".env"), ("${file:/run/none}", "/run/none", "path")):
        error = fails(tmp_path / fact.strip("/").replace("/", "-"), FAILED, "sync", "--from", reference, "--to", "lake")
        assert error.code == "not_found" and fact in error.fields and hint in error.hint


def test_second_metrics_server_on_a_port(mongod, tmp_path):
    error = fails(tmp_path, FAILED, "sync", "--from", mongod.uri, "--to", "lake", "--metrics-listen", f"127.0.0.1:{mongod.port}")
    assert "cannot listen" in error.text and str(mongod.port) in error.fields and "another port" in error.hint
