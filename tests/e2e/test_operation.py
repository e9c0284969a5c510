"""Aim: a run is stopped, watched, configured and guarded as its operator expects (R27-R33, R60, R62, R66)."""

import datetime
import json
import os
import re
import signal
import zoneinfo

import pytest

from endpoint import LISTEN, Endpoint
from expectations import the_error
from inlet_process import InletProcess, run_inlet
from lake_reader import LocalLake, changes, read_lake, records_listed
from mongod import await_condition
from terminal import Terminal
from test_snapshot import dump
from test_sync import assert_lake_equals, sync_arguments
from workload import seed_documents


def unflushed_sync(mongod, db, tmp_path, *more):
    """Arguments of a sync that publishes nothing by itself for an hour."""
    return [*sync_arguments(mongod, db, tmp_path / "lake", *more), "--flush-interval", "1h", *LISTEN]


def await_records(inlet, count: int) -> Endpoint:
    """Until the run has taken `count` records in."""
    endpoint = Endpoint(inlet)
    await_condition(
        lambda: (endpoint.metric("inlet_records_in_total") or 0) >= count or inlet.has_ended(), lambda: f"{count} records; log:\n{inlet.output()}"
    )
    return endpoint


# Stopping.


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_signal_drains_and_the_next_run_repeats_nothing(mongod, db, tmp_path, signal_number):
    """R5 R66: what was read is published, the position is stored, exit 0; a second run finds no work."""
    seed_documents(db.orders, 500)
    with InletProcess(tmp_path, *unflushed_sync(mongod, db, tmp_path)) as inlet:
        await_records(inlet, 500)
        db.orders.insert_many([{"_id": f"new {number}"} for number in range(50)])
        await_records(inlet, 550)
        assert records_listed(tmp_path / "lake") == 0  # Nothing had been flushed.
        inlet.process.send_signal(signal_number)
        assert inlet.wait(15) == 0, inlet.output()
    assert "a second signal ends at once" in inlet.output()
    assert len(assert_lake_equals(tmp_path / "lake", db.orders)) > 0

    before = LocalLake(tmp_path / "lake").paths()
    code, log, _ = run_inlet(tmp_path, *sync_arguments(mongod, db, tmp_path / "lake", "--until-caught-up"))

    assert code == 0, log
    assert LocalLake(tmp_path / "lake").paths() == before


def test_second_signal_ends_at_once_and_loses_nothing(mongod, db, tmp_path):
    seed_documents(db.orders, 500)
    with InletProcess(tmp_path, *unflushed_sync(mongod, db, tmp_path)) as inlet:
        await_records(inlet, 500)
        db.orders.insert_one({"_id": "new"})
        # While it is held both arrive, so that the second finds the drain at its beginning. Two of one kind would be one.
        for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
            inlet.process.send_signal(number)
        assert inlet.wait(5) in (128 + signal.SIGTERM, 128 + signal.SIGINT), inlet.output()

    code, log, _ = run_inlet(tmp_path, *sync_arguments(mongod, db, tmp_path / "lake", "--until-caught-up"))

    assert code == 0, log
    folders = assert_lake_equals(tmp_path / "lake", db.orders)
    assert [change["op"] for change in changes(folders) if change["documentKey"]["_id"] == "new"] == ["insert"]


def test_signal_during_a_snapshot_goes_on_where_it_was(mongod, db, tmp_path):
    """R32 R34: half a copy is never visible; the next run completes it."""
    seed_documents(db.orders, 3_000)
    arguments = ["snapshot", "--from", mongod.uri, "--db", db.name, "--to", str(tmp_path / "lake")]
    with InletProcess(tmp_path, *arguments, "--max-docs-per-second", "1000", *LISTEN) as inlet:
        await_records(inlet, 500)
        assert inlet.stop(15) == 0, inlet.output()
    assert [path for path in LocalLake(tmp_path / "lake").paths() if not path.startswith("_staging/")] == []

    code, log, _ = run_inlet(tmp_path, *arguments)

    assert code == 0, log
    [folder] = read_lake(LocalLake(tmp_path / "lake"))
    assert folder.manifest["snapshot"]["records"] == len(folder.records) == 3_000
    assert ids_of(folder) == {str(document["_id"]) for document in db.orders.find({}, {"_id": 1})}


def ids_of(folder) -> set[str]:
    return {str(record["_id"]) for record in folder.records}


# Watching.


def test_metrics_health_and_readiness(mongod, db, tmp_path):
    """R60."""
    seed_documents(db.orders, 1_000)
    away = ["sync", "--from", "mongodb://127.0.0.1:1/", "--to", str(tmp_path / "elsewhere"), "--db", db.name]
    with InletProcess(tmp_path / "away", *away, *LISTEN) as waiting:
        endpoint = Endpoint(waiting)
        assert endpoint.get("/healthz") == (200, "alive\n")
        status, reason = endpoint.get("/readyz")
        assert status == 503 and "starting" in reason
        assert endpoint.get("/other")[0] == 404
        waiting.kill()

    with InletProcess(tmp_path / "run", *sync_arguments(mongod, db, tmp_path / "lake", *LISTEN)) as inlet:
        endpoint = Endpoint(inlet)
        await_condition(lambda: endpoint.get("/readyz") == (200, "ready\n"), lambda: f"readiness; log:\n{inlet.output()}")
        db.orders.insert_one({"_id": "one event"})
        events = lambda: endpoint.metric("inlet_events_read_total")  # noqa: E731
        await_condition(lambda: events() and endpoint.metric("inlet_records_written_total") == 1_000 + events(), "the event and its record")
        families = endpoint.metrics()
        value = lambda name, *labels: endpoint.metric(name, *labels)  # noqa: E731
        assert value("inlet_processor_state", 'state="running"') == 1 and value("inlet_processor_state", 'state="failed"') == 0
        assert value("inlet_copy_documents", f'ns="{db.name}.orders"') == 1_000
        await_condition(lambda: value("inlet_oplog_runway_seconds") is not None, "the runway")
        assert 0 <= value("inlet_checkpoint_age_seconds") < 60
        assert value("process_resident_memory_bytes") > 1_000_000
        assert families["inlet_checkpoint_step_seconds"].kind == "histogram"
        assert inlet.stop() == 0


def test_json_log_is_json_to_the_last_line(mongod, db, tmp_path):
    """R31: each line of standard error an object with time, level and message; a failure too, with its code."""
    seed_documents(db.orders, 2_000)
    arguments = ["--log-format", "json", "--log-level", "debug", "--progress-interval", "100ms"]
    code, good, _ = run_inlet(
        tmp_path / "good", *sync_arguments(mongod, db, tmp_path / "lake", *arguments, "--until-caught-up", "--max-docs-per-second", "1000", *LISTEN)
    )
    assert code == 0, good
    bad = run_inlet(tmp_path / "bad", "sync", "--from", mongod.uri, "--db", db.name, "--to", "lake", "--state", "inlet.log", *arguments)[1]
    stopped = InletProcess(tmp_path / "stopped", *sync_arguments(mongod, db, tmp_path / "other", *arguments))
    with stopped:
        await_condition(lambda: '"progress"' in stopped.output(), "a line")
        assert stopped.stop() == 0
    for log in (good, bad, stopped.output()):
        lines = [json.loads(line) for line in log.splitlines()]
        assert lines
        for line in lines:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
            assert line["level"] in ("debug", "info", "warning", "error") and line["message"]
    messages = [json.loads(line) for line in good.splitlines()]
    [done] = [line for line in messages if line["message"] == "done"]
    assert done["documents"] == 2_000 and done["collections"] == 1
    assert any(line["message"] == "progress" and line["phase"] == "copying" for line in messages)
    failure = json.loads(bad.splitlines()[-1])
    assert failure["level"] == "error" and failure["code"] == "permission_denied" and "hint" in failure["error"]


@pytest.mark.parametrize("end", ["by itself", "killed"])
def test_no_shared_memory_is_left_behind(mongod, db, tmp_path, end):
    """The driver makes an object there for counters; thousands of short runs must not fill the machine with them."""
    seed_documents(db.orders, 10)
    before = set(os.listdir("/dev/shm"))
    with InletProcess(tmp_path, *sync_arguments(mongod, db, tmp_path / "lake", *(["--until-caught-up"] if end == "by itself" else []))) as inlet:
        if end == "killed":
            await_condition(lambda: (tmp_path / "lake").exists(), "the lake")
            inlet.kill()
        else:
            assert inlet.wait() == 0
        assert f"mongoc-{inlet.process.pid}" not in set(os.listdir("/dev/shm")) - before


def test_log_file_holds_the_failure_too(tmp_path):
    """R31."""
    code, log, _ = run_inlet(tmp_path, "verify", "nothing-here", "--log-file", "copy.log")
    assert code == 1 and the_error(log).code == "not_found"
    assert "no manifest below this place" in (tmp_path / "copy.log").read_text()


def test_pipe_gets_one_progress_line_per_interval(mongod, db, tmp_path):
    with InletProcess(tmp_path, *sync_arguments(mongod, db, tmp_path / "lake", "--progress-interval", "300ms")) as inlet:
        await_condition(lambda: inlet.output().count(" progress ") >= 4 or inlet.has_ended(), lambda: f"four lines in:\n{inlet.output()}")
        assert inlet.stop() == 0
    log = inlet.output()
    assert "\x1b" not in log
    times = [datetime.datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")) for line in log.splitlines() if " progress " in line]
    for before, after in zip(times, times[1:]):
        assert (after - before).total_seconds() > 0.25
    assert "lag_seconds=" in log and "oplog_runway_seconds=" in log


def test_terminal_shows_one_live_block_and_ends_readable(mongod, db, tmp_path):
    seed_documents(db.orders, 1_500)
    seed_documents(db.customers, 300, seed=2)
    arguments = sync_arguments(mongod, db, tmp_path / "lake", "--max-docs-per-second", "800")
    with Terminal() as terminal:
        with InletProcess(tmp_path, *arguments, environment={"TERM": "xterm-256color"}, stderr=terminal.theirs) as inlet:
            await_condition(lambda: "copying" in terminal.text() or inlet.has_ended(), "the block")
            await_condition(lambda: "following" in terminal.text() or inlet.has_ended(), lambda: f"the end of the copy:\n{terminal.text()}")
            redraws = terminal.redraws
            await_condition(lambda: terminal.redraws > redraws + 3 or inlet.has_ended(), "redraws")

            def whole_block() -> list[str]:
                """The screen's lines, when exactly one block is on it: between its erasing and drawing there is none."""
                lines = terminal.text().rstrip("\n").splitlines()
                heads = ("following ", f"  {db.name}.orders ", f"  {db.name}.customers ", "  changes ", "  lake  ")
                return lines if all(sum(line.startswith(head) for line in lines) == 1 for head in heads) else []

            block = await_condition(whole_block, lambda: f"one block on:\n{terminal.text()}", seconds=20)
            assert inlet.stop() == 0
        await_condition(lambda: " done " in terminal.text(), lambda: f"the summary:\n{terminal.text()}", seconds=10)
        last = terminal.text()
    assert terminal.faults == []
    assert any("1,500 copied" in line for line in block) and any("300 copied" in line for line in block)
    assert all(len(line) < terminal.columns for line in block if line.startswith(("following", "  ")))
    # Where the block was stand the lines of the log, whole, and nothing else.
    stamp = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z (info|warning|error) +\S")
    assert [line for line in last.splitlines() if line and not stamp.match(line)] == []
    assert len([line for line in last.splitlines() if "collection copied" in line]) == 2


# Configuration.


def test_flag_beats_environment_beats_env_file_beats_toml(tmp_path):
    """R62."""
    run = tmp_path / "run"
    run.mkdir()
    (run / "inlet.toml").write_text('from = "mongodb://toml/"\nto = "./toml"\npath = "toml/"\n[sync]\ndb = "of-sync"\n[snapshot]\ndb = "of-snapshot"\n')

    def path_of(command, *flags, **environment):
        code, log, text = run_inlet(run, command, "--print-pipeline", *flags, environment=environment)
        assert code == 0, log
        stages = json.loads(text)
        return stages[1]["$emit"].get("path"), stages[0]["$source"].get("db")

    assert path_of("sync", "--config", "inlet.toml") == ("toml/", "of-sync")
    assert path_of("snapshot", "--config", "inlet.toml") == ("toml/", "of-snapshot")
    assert path_of("sync", INLET_CONFIG="inlet.toml") == ("toml/", "of-sync")
    (run / ".env").write_text("# what the machine says\nexport INLET_PATH='dotenv/'  # a comment\nINLET_CONFIG=inlet.toml\n")
    assert path_of("sync") == ("dotenv/", "of-sync")
    assert path_of("sync", INLET_PATH="env/") == ("env/", "of-sync")
    assert path_of("sync", "--path", "flag/", "--db", "of-flag", INLET_PATH="env/") == ("flag/", "of-flag")


def test_lists_and_the_usual_variable_for_the_source(tmp_path):
    """R62: MONGO_URI is what many deployments have; a list is separated by commas."""
    environment = {"MONGO_URI": "mongodb://usual/", "INLET_TO": "./lake", "INLET_COLLECTION": "orders,customers", "INLET_UNTIL_CAUGHT_UP": "true"}
    code, log, text = run_inlet(tmp_path, "sync", "--print-pipeline", environment=environment)
    assert code == 0, log
    source = json.loads(text)[0]["$source"]
    assert source["coll"] == ["orders", "customers"] and source["config"]["untilCaughtUp"] is True


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"])
def test_print_schedule_shows_the_next_runs_in_their_time_zone(tmp_path, zone):
    """R20: judged by Python's own time zones."""
    code, log, text = run_inlet(tmp_path, "snapshot", "--schedule", "30 2 * * *", "--time-zone", zone, "--print-schedule")
    assert code == 0, log
    runs = re.findall(r"^\w{3} (\d{4}-\d\d-\d\d 02:30) [+-]\d\d:\d\d  \((\S+)Z\)$", text, re.M)
    assert len(runs) == len(text.splitlines()) == 10
    for local, universal in runs:
        told = datetime.datetime.fromisoformat(universal).replace(tzinfo=datetime.timezone.utc)
        assert told.astimezone(zoneinfo.ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") == local
        assert told > datetime.datetime.now(datetime.timezone.utc)


# Guards.


def test_second_snapshot_on_one_state_is_refused_and_a_dead_guard_is_not(mongod, db, tmp_path):
    """R30: while the first is active the second does not start; who was killed guards nothing."""
    seed_documents(db.orders, 3_000)
    arguments = ["snapshot", "--from", mongod.uri, "--db", db.name, "--to", str(tmp_path / "lake")]
    with InletProcess(tmp_path / "first", *arguments, "--max-docs-per-second", "500", *LISTEN) as first:
        await_records(first, 1)

        code, log, _ = run_inlet(tmp_path / "second", *arguments)

        assert code == 1
        error = the_error(log)
        assert error.text == "already running" and f"pid {first.process.pid} " in error.fields and "--name" in error.hint
        assert not first.has_ended(), first.output()
        first.kill()
    code, log, _ = run_inlet(tmp_path / "third", *arguments)
    assert code == 0, log
    [folder] = read_lake(LocalLake(tmp_path / "lake"))
    assert len(folder.records) == 3_000


def test_standby_takes_over_when_the_first_is_gone(mongod, db, tmp_path):
    """R30: --wait-for-lease."""
    seed_documents(db.orders, 100)
    arguments = sync_arguments(mongod, db, tmp_path / "lake")
    lake = tmp_path / "lake"
    with InletProcess(tmp_path / "first", *arguments) as first:
        await_condition(lambda: records_listed(lake) >= 100, "the copy")
        with InletProcess(tmp_path / "standby", *arguments, "--wait-for-lease") as standby:
            await_condition(lambda: "standing by" in standby.output(), "the standby")
            first.kill()
            records = records_listed(lake)
            db.orders.insert_one({"_id": "for the second"})
            await_condition(lambda: records_listed(lake) > records, lambda: f"the news; log:\n{standby.output()}")
            assert standby.stop() == 0, standby.output()
    assert_lake_equals(tmp_path / "lake", db.orders)


def test_existing_copy_is_refused_and_a_mere_file_of_its_name_is_none(mongod, db, tmp_path):
    """R28."""
    seed_documents(db.orders, 200)
    assert dump(mongod, db, tmp_path)[0] == 0
    [folder] = read_lake(LocalLake(tmp_path / "dumps"))
    before = {path: LocalLake(tmp_path / "dumps").get(path) for path in LocalLake(tmp_path / "dumps").paths()}

    code, log, _ = dump(mongod, db, tmp_path, "--if-exists", "fail")

    assert code == 2
    error = the_error(log)
    assert error.text == "a complete copy is there already" and folder.path in error.fields and "replace" in error.hint
    assert {path: LocalLake(tmp_path / "dumps").get(path) for path in LocalLake(tmp_path / "dumps").paths()} == before

    for path in before:  # As a script leaves it that was killed: the name is there, the manifest is not.
        (tmp_path / "dumps" / path).write_text("{") if path.endswith(".ndjson") else (tmp_path / "dumps" / path).unlink()
    code, log, _ = run_inlet(tmp_path / "again", "snapshot", "--from", mongod.uri, "--db", db.name, "--to", str(tmp_path / "dumps"))
    assert code == 0, log
    [folder] = read_lake(LocalLake(tmp_path / "dumps"))
    assert len(folder.records) == 200


@pytest.mark.parametrize("command", ["snapshot", "sync"])
def test_lake_may_be_moved_away_between_two_runs(mongod, db, tmp_path, command):
    """R65: the state does not want back what it has published; a snapshot is made anew, a sync goes on."""
    seed_documents(db.orders, 200)
    lake = tmp_path / "lake"
    arguments = [command, "--from", mongod.uri, "--db", db.name, "--to", str(lake), *(["--until-caught-up"] if command == "sync" else [])]
    assert run_inlet(tmp_path, *arguments)[0] == 0
    lake.rename(tmp_path / "archive")
    db.orders.insert_one({"_id": "later"})

    code, log, _ = run_inlet(tmp_path, *arguments)

    assert code == 0, log
    [folder] = read_lake(LocalLake(lake))
    assert len(folder.records) == (201 if command == "snapshot" else 1)
    assert len(read_lake(LocalLake(tmp_path / "archive"))[0].records) >= 200


def test_collection_that_fails_is_told_and_stops_no_other(mongod, db, tmp_path):
    """R27 R34: the others are complete, exit code 1, the failed one leaves nothing that looks like a copy."""
    seed_documents(db.orders, 300)
    seed_documents(db.customers, 100, seed=2)
    db.create_collection("empty")
    db.command("create", "broken", viewOn="orders", pipeline=[{"$project": {"x": {"$divide": [1, "$revision"]}}}])

    code, log, _ = dump(mongod, db, tmp_path)

    assert code == 1, log
    error = the_error(log, lines_before_max=5)
    assert error.text == "some collections were not copied" and "failed=1, of=4" in error.fields
    [told] = [line for line in log.splitlines() if "copy of a collection failed" in line]
    assert f"{db.name}.broken" in told and "zero" in told
    counts = {folder.path.split("/")[0]: len(folder.records) for folder in read_lake(LocalLake(tmp_path / "dumps"))}
    assert counts == {"orders": 300, "customers": 100, "empty": 0}
    code, _, report = run_inlet(tmp_path, "verify", "dumps")
    assert code == 0, report
