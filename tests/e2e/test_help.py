"""Aim: what `--help` shows is true: every command has examples, and the program does what they say."""

import json
import shlex

import pytest

from inlet_process import run_inlet
from workload import seed_documents

COMMANDS = ["sync", "snapshot", "changes", "run", "verify", "check"]


def examples(folder, command):
    """The example lines of a command's help, as lists of arguments without the program's name."""
    code, log, text = run_inlet(folder, command, "--help")
    assert code == 0, log
    lines = text.split("\nExamples\n")[1].split("\n\n")[0].splitlines()
    return [shlex.split(line)[1:] for line in lines]


def ended(pipeline):
    """A pipeline that ends when it has caught up: a test cannot wait for ever."""
    stages = json.loads(pipeline)
    stages[0]["$source"]["config"]["untilCaughtUp"] = True
    return json.dumps(stages)


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_run_as_they_are_shown(mongod, db, tmp_path, command):
    """Only addresses, the secret's place, times and names are ours; what would run until stopped ends when it has caught up."""
    seed_documents(db.orders, 20)
    (tmp_path / "secret").write_text(mongod.uri)
    ours = {
        "mongodb://localhost": mongod.uri,
        "mongodb://localhost/?replicaSet=rs0": mongod.uri,
        "${file:/run/secrets/mongo}": f"${{file:{tmp_path}/secret}}",
        "abfss://raw@account.dfs.core.windows.net/shop": "./lake",
        "2025-01-31T13:00:00Z": mongod.operation_time(),
        "shop": db.name,
    }

    def run(folder, arguments):
        arguments = [ours.get(word, word) for word in arguments]
        output = None
        if ">" in arguments:
            output = arguments[arguments.index(">") + 1]
            arguments = arguments[: arguments.index(">")]
        if arguments[0] in ("sync", "changes") and not {"--until-caught-up", "--print-pipeline"} & set(arguments):
            arguments.append("--until-caught-up")
        if "--schedule" in arguments:
            arguments.append("--print-schedule")
        code, log, text = run_inlet(folder, *arguments)
        assert code == 0, (arguments, log, text)
        if output:
            (folder / output).write_text(ended(text))

    shown = examples(tmp_path, command)
    assert shown
    for number, arguments in enumerate(shown):
        # The lines of `run` belong together; every other one is a beginning.
        folder = tmp_path / ("together" if command == "run" else str(number))
        if command == "verify":
            run(folder, ["sync", "--from", "mongodb://localhost", "--db", "shop", "--to", "./lake"])
        run(folder, arguments)
