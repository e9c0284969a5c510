"""Aim: `inlet run` takes the pipelines that people write: a preset's own text with stages put between, literals of mongosh with
comments and trailing commas, and it says where a bad one is wrong."""

from __future__ import annotations

import datetime
import json

import pytest
from bson import json_util

from inlet_process import run_inlet
from lake_reader import LocalLake, read_lake


def printed_pipeline(folder, mongod, db, command: str, *more: str) -> list[dict]:
    code, log, text = run_inlet(folder, command, "--from", mongod.uri, "--db", db.name, "--to", "./lake", *more, "--print-pipeline")
    assert code == 0, log
    return json.loads(text)


def run_pipeline(folder, mongod, stages: list[dict], name: str = "pipeline.json"):
    (folder / name).write_text(json.dumps(stages))
    return run_inlet(folder, "run", name, "--from", mongod.uri, "--to", "./lake")


def test_stages_between_source_and_emit_filter_and_reshape_a_sync(mongod, db, tmp_path):
    """R41 R50: copy and changes pass the same stages; the lean envelope wraps what is still an event."""
    db.orders.insert_many([{"_id": n, "status": "paid" if n % 2 else "open", "card": "4111", "total": n} for n in range(100)])
    stages = printed_pipeline(tmp_path, mongod, db, "sync", "--until-caught-up")
    stages[1:1] = [
        {"$match": {"fullDocument.status": "paid"}},
        {"$project": {"fullDocument.card": 0}},
        {"$set": {"region": "eu"}},
    ]
    assert run_pipeline(tmp_path, mongod, stages)[0] == 0
    db.orders.insert_one({"_id": 1000, "status": "paid", "card": "4111"})
    db.orders.insert_one({"_id": 1001, "status": "open", "card": "4111"})
    db.orders.update_one({"_id": 0}, {"$set": {"status": "paid"}})
    db.orders.delete_one({"_id": 2})

    code, log, _ = run_pipeline(tmp_path, mongod, stages)

    assert code == 0, log
    records = [record for folder in read_lake(LocalLake(tmp_path / "lake")) for record in folder.records]
    reads = [r for r in records if r["op"] == "read"]
    # The stream begins at the copy's time, that included: the last insert before it may come once more.
    changes = [r for r in records if r["op"] != "read" and r["clusterTime"] > reads[0]["clusterTime"]]
    assert sorted(r["doc"]["_id"] for r in reads) == list(range(1, 100, 2))
    assert [(r["op"], r["doc"]["_id"]) for r in changes] == [("insert", 1000), ("update", 0)]
    assert all("card" not in r["doc"] and r["region"] == "eu" and r["ns"]["coll"] == "orders" for r in records)
    assert all(r["documentKey"] == {"_id": r["doc"]["_id"]} and "_token" in r for r in changes)


def test_document_of_our_own_is_written_as_it_is(mongod, db, tmp_path):
    """A stage that leaves no event behind decides the whole line."""
    stages = printed_pipeline(tmp_path, mongod, db, "changes", "--until-caught-up", "--start-at", mongod.operation_time())
    db.orders.insert_many([{"_id": n, "total": n * 10, "lines": [{"sku": "a"}, {"sku": "b"}]} for n in range(3)])
    db.orders.delete_one({"_id": 0})
    stages[1:1] = [{"$match": {"operationType": "insert"}},
                   {"$replaceWith": {"order": "$documentKey._id", "skus": "$fullDocument.lines.sku", "at": "$clusterTime"}}]

    code, log, _ = run_pipeline(tmp_path, mongod, stages)

    assert code == 0, log
    (folder,) = read_lake(LocalLake(tmp_path / "lake"))
    assert [list(r) for r in folder.records] == [["order", "skus", "at"]] * 3
    assert [(r["order"], r["skus"]) for r in folder.records] == [(n, ["a", "b"]) for n in range(3)]


def test_filtered_snapshot_is_complete_and_its_manifest_counts_what_is_there(mongod, db, tmp_path):
    """R34: the count of a copy is checked, but not against records that a stage has dropped."""
    db.orders.insert_many([{"_id": n, "big": n >= 7} for n in range(10)])
    stages = printed_pipeline(tmp_path, mongod, db, "snapshot")
    stages[1:1] = [{"$match": {"big": True}}, {"$unset": "big"}]

    code, log, _ = run_pipeline(tmp_path, mongod, stages)

    assert code == 0, log
    (folder,) = read_lake(LocalLake(tmp_path / "lake"))
    assert folder.records == [{"_id": n} for n in (7, 8, 9)]
    assert folder.manifest["snapshot"]["records"] == 3
    assert run_inlet(tmp_path, "verify", "./lake")[0] == 0


def test_literals_comments_and_trailing_commas_are_read(mongod, db, tmp_path):
    db.orders.insert_many([{"_id": n, "at": datetime.datetime(2025, 1, 1 + n), "n": n} for n in range(5)])
    (tmp_path / "pipeline.js").write_text(f"""
        // What we ship in the first days of the year.
        [
          {{ $source: {{ connectionName: 'from', db: '{db.name}', initialSync: {{ enable: true, only: true, }}, }}, }},
          {{ $match: {{ at: {{ $gte: ISODate('2025-01-03T00:00:00Z') }}, /* not the last */ n: {{ $ne: NumberLong(4) }} }} }},
          {{ $set: {{ 'seen.by': "inlet", big: NumberDecimal('1.50'), }} }},
        ]
    """)

    code, log, text = run_inlet(tmp_path, "run", "pipeline.js", "--from", mongod.uri)

    assert code == 0, log
    lines = [json_util.loads(line) for line in text.splitlines()]
    assert [(line["n"], line["seen"], str(line["big"])) for line in lines] == [(n, {"by": "inlet"}, "1.50") for n in (2, 3)]


@pytest.mark.parametrize("second, said", [
    ("{$match: {a: 1,, b: 2}}", ["line=3", "column=18", "^"]),
    ("{$match: {a: {$gtt: 1}}}", ["unknown operator", "path=a", "operator=$gtt", "stage=$match", "line=3", "column=3", "did you mean '$gt'?"]),
    ("{$projct: {a: 1}}", ["unknown stage", "stage=$projct", "line=3", "column=3", "did you mean '$project'?"]),
    ("{$set: {t: {$add: [1, 2]}}}", ["operator=$add", "stage=$set", "line=3", "column=3", "supported: paths"]),
    ("{$emit: {connectionName: 'to', config: {formt: 'ndjson'}}}", ["stage=$emit.config", "option=formt", "line=3", "column=3", "did you mean 'format'?"]),
])
def test_error_in_a_file_says_where(tmp_path, second, said):
    (tmp_path / "pipeline.js").write_text("[\n  {$source: {connectionName: 'from', db: 'shop'}},\n  " + second + ",\n]\n")

    code, log, _ = run_inlet(tmp_path, "run", "pipeline.js", "--from", "mongodb://localhost", "--to", "./lake")

    assert code in (1, 2)
    assert all(word in log for word in [*said, "file=pipeline.js"]), log
    assert not (tmp_path / "lake").exists()
