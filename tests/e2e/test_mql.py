"""Aim: our stages are the server's: same pipelines, same documents, the same bytes out, and the same refusals.

The judge is mongod. What is compared are the bytes of the documents, so type, value and order of the fields.
"""

from __future__ import annotations

import collections
import os
import pathlib
import subprocess

import bson
import pymongo
import pytest
from bson import Regex
from bson.raw_bson import RawBSONDocument

from mql_samples import MqlSamples

ROOT = pathlib.Path(__file__).resolve().parents[2]
MATCH_OPERATORS = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$and", "$or", "$nor", "$not", "$exists", "$type",
                   "$size", "$all", "$elemMatch", "$mod"]
SHAPING = ["$match", "$project", "$set", "$addFields", "$unset", "$replaceRoot", "$replaceWith", "$literal"]
DOCUMENTS = 20


def ours(tasks: list[tuple[list, list]]) -> list[dict]:
    """What our stages make of each (pipeline, documents)."""
    tool = pathlib.Path(os.environ.get("INLET_BUILD") or ROOT / "build" / "release") / "tests" / "mql_fidelity"
    sent = b"".join(bson.encode({"pipeline": pipeline, "documents": documents}) for pipeline, documents in tasks)
    done = subprocess.run([tool], input=sent, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    answers = [RawBSONDocument(raw) for raw in split(done.stdout)]
    assert len(answers) == len(tasks)
    return [
        {"documents": [one.raw for one in answer["documents"]]} if "documents" in answer else dict(answer)
        for answer in answers
    ]


def split(data: bytes):
    while data:
        size = int.from_bytes(data[:4], "little")
        yield data[:size]
        data = data[size:]


def servers(db, pipeline: list, documents: list) -> list[bytes] | pymongo.errors.OperationFailure:
    """The server's documents as bytes, or its refusal."""
    raw = db.with_options(codec_options=bson.CodecOptions(document_class=RawBSONDocument))
    try:
        return [one.raw for one in raw.aggregate([{"$documents": {"$literal": documents}}, *pipeline])]
    except pymongo.errors.OperationFailure as failure:
        return failure


def one_by_one(db, pipeline: list, documents: list) -> list[bytes] | pymongo.errors.OperationFailure:
    """The server's answer where documents are written out between the stages.

    Known difference: mongod remembers the place of a field that an earlier stage took away, and of an array's element that
    `$project` left out, and a later `$set` in the same pipeline fills it again. Ours are documents at every step.
    """
    for stage in pipeline:
        answer = servers(db, [stage], documents)
        if isinstance(answer, pymongo.errors.OperationFailure):
            return answer
        documents = [RawBSONDocument(raw) for raw in answer]
    return [one.raw for one in documents]


def names_in(value) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for one in value.values() for name in names_in(one)}
    if isinstance(value, list):
        return {name for one in value for name in names_in(one)}
    return set()


def shown(raws: list[bytes]) -> list[dict]:
    return [bson.decode(raw) for raw in raws]


def judge(db, tasks: list[tuple[list, list]]) -> tuple[collections.Counter, collections.Counter]:
    """Compares each task's answer with the server's. Gives the operators that took part, and how the tasks came out."""
    seen: collections.Counter = collections.Counter()
    outcomes: collections.Counter = collections.Counter()
    differences = []
    for (pipeline, documents), answer in zip(tasks, ours(tasks)):
        expected = servers(db, pipeline, documents)
        if isinstance(expected, pymongo.errors.OperationFailure):
            outcomes["refused"] += 1
            if "documents" in answer:
                differences.append((pipeline, f"the server says: {expected}"))
            continue
        outcomes["some" if 0 < len(expected) < len(documents) else "all" if expected else "none"] += 1
        seen.update(names_in(pipeline))
        if answer.get("documents") == expected:
            continue
        if len(pipeline) > 1 and answer.get("documents") == one_by_one(db, pipeline, documents):
            outcomes["known difference"] += 1
            continue
        if "documents" not in answer or len(answer["documents"]) != len(expected):
            got = answer if "documents" not in answer else shown(answer["documents"])
            differences.append((pipeline, documents, shown(expected), got))
        else:
            pairs = zip(expected, answer["documents"])
            differences.append((pipeline, *next((bson.decode(e), bson.decode(o)) for e, o in pairs if e != o)))
    assert not differences, f"{len(differences)} of {len(tasks)}, the first:\n" + "\n".join(map(str, differences[:3]))
    return seen, outcomes


def test_generated_filters_match_the_servers_documents(mongod, db, request):
    samples = MqlSamples(request.config.getoption("--seed"))
    tasks = [([{"$match": samples.filter()}], samples.documents(DOCUMENTS)) for _ in range(600)]

    seen, outcomes = judge(db, tasks)

    # The sample is worth something: every operator took part, the documents were parted, some filters were refused.
    assert {name: seen[name] for name in MATCH_OPERATORS if seen[name] < 5} == {}
    assert outcomes["some"] > 150 and outcomes["refused"] > 5, outcomes


def test_generated_pipelines_give_the_servers_bytes(mongod, db, request):
    samples = MqlSamples(request.config.getoption("--seed") + 1)
    tasks = [(samples.pipeline(), samples.documents(DOCUMENTS)) for _ in range(600)]

    seen, outcomes = judge(db, tasks)

    assert {name: seen[name] for name in SHAPING if seen[name] < 5} == {}
    assert outcomes["all"] > 150 and outcomes["refused"] > 20, outcomes
    assert outcomes["known difference"] < len(tasks) / 50, outcomes


REFUSED = [
    *[{"$match": one} for one in [
        5, None, "x", [{"a": 1}], {"$foo": 1}, {"$and": []}, {"$and": {}}, {"$or": [5]}, {"$not": {"a": 1}}, {"$gt": 1},
        {"a": {"$gt": 1, "b": 2}}, {"a": {"$and": [{"$gt": 1}]}}, {"a": {"$comment": "x"}}, {"a": {"$ref": "x"}},
        {"a": {"$in": 5}}, {"a": {"$nin": {}}}, {"a": {"$in": [{"$x": 1}]}}, {"a": {"$ne": Regex("x")}}, {"a": {"$gt": Regex("x")}},
        {"a": {"$mod": 5}}, {"a": {"$mod": []}}, {"a": {"$mod": [0, 0]}}, {"a": {"$mod": [0.5, 0]}}, {"a": {"$mod": [3, 1, 1]}},
        {"a": {"$mod": ["3", 1]}}, {"a": {"$mod": [3, float("nan")]}}, {"a": {"$mod": [1e300, 0]}},
        {"a": {"$size": 2.5}}, {"a": {"$size": -1}}, {"a": {"$size": "2"}}, {"a": {"$size": None}}, {"a": {"$size": float("nan")}},
        {"a": {"$type": 0}}, {"a": {"$type": 4.5}}, {"a": {"$type": 255}}, {"a": {"$type": "nope"}}, {"a": {"$type": "missing"}},
        {"a": {"$type": []}}, {"a": {"$type": None}}, {"a": {"$type": ["int", ["long"]]}},
        {"a": {"$all": 5}}, {"a": {"$all": [{"$gt": 1}]}}, {"a": {"$all": [{"$elemMatch": {"b": 1}}, 5]}},
        {"a": {"$all": [5, {"$elemMatch": {"b": 1}}]}}, {"a": {"$elemMatch": 5}}, {"a": {"$elemMatch": {"$gt": 1, "b": 1}}},
        {"a": {"$elemMatch": {"b": 1, "$gt": 1}}}, {"a": {"$elemMatch": {"$and": [{"$gt": 1}]}}},
        {"a": {"$not": 5}}, {"a": {"$not": {}}}, {"a": {"$not": {"b": 1}}},
    ]],
    *[{"$project": one} for one in [
        5, None, [1], {}, {"a": {}}, {"a": {"b": {}}}, {"a": 1, "x": 0}, {"a": 0, "x": 1}, {"_id.x": 0, "a": 1}, {"a": 0, "n": "$x"},
        {"n": "$x", "a": 0}, {"_id": "$x", "a": 0}, {"a": 1, "a.b": 1}, {"a.b": 1, "a": 1}, {"a": {"b": 1}, "a.b": 1},
        {"a": {"b": 1, "c": 0}}, {"": 1}, {"a.": 1}, {".a": 1}, {"a..b": 1}, {"$a": 1}, {"a.$b": 1}, {"a.$": 1}, {"a": "$"},
        {"a": "$$"}, {"a": "$$foo"}, {"a": "$x."}, {"a": "$x..y"}, {"a": "$.x"}, {"a": "$x.$y"}, {"a": {"$literal": 1, "b": 2}},
        {"a": {"b": 2, "$literal": 1}}, {"a": {"$foo": 1}}, {"n": [{"z.q": 1}]}, {"n": [{"$z": 1}]}, {"n": [{"q": 1, "$z": 1}]},
        {"a": {"_id": 0, "b": 1}}, {"_id": {"q": 1}, "x": 0}, {".".join(["a"] * 201): 1},
    ]],
    *[{name: one} for name in ("$set", "$addFields") for one in [
        5, None, [1], {"a": {}}, {"a": {"b": {}}}, {"a": {"b.c": 1}}, {"a": 1, "a.b": 1}, {"a.b": 1, "a": 1}, {"a": {"b": 1}, "a.b": 2},
        {"": 1}, {"a.": 1}, {"$a": 1}, {"a.$b": 1}, {"a": {"": 1}}, {"a": "$"}, {"a": {"$foo": 1}}, {"a": {"k": 1, "$foo": 1}},
        {"a": {"$literal": 1, "b": 1}}, {".".join(["a"] * 201): 1},
    ]],
    *[{"$unset": one} for one in [
        [], "", "a.", "$a", "a.$b", ["a", "a.b"], ["a.b", "a"], ["a", "a"], 5, {"a": 1}, ["a", 1], None, ["a..b"],
    ]],
    *[{"$replaceRoot": one} for one in [
        5, {}, {"newRoot": "$a", "z": 1}, {"newroot": "$a"}, {"newRoot": {"a.b": 1}}, {"newRoot": {"$a": 1}}, {"newRoot": {"": 1}},
        {"newRoot": 1}, {"newRoot": None}, {"newRoot": "text"},
    ]],
    *[{"$replaceWith": one} for one in [1, None, {"$literal": 5}, {"": 5}, {"e": {"q.r": 1}}]],
    {"$mach": {}},
]


def test_what_the_server_refuses_is_refused_before_anything_runs(mongod, db):
    documents = [{"_id": 1, "a": {"b": 1}, "x": 5}]

    answers = ours([([stage], documents) for stage in REFUSED])

    for stage, answer in zip(REFUSED, answers):
        assert isinstance(servers(db, [stage], documents), pymongo.errors.OperationFailure), stage
        assert "refused" in answer, (stage, answer)


def test_a_new_root_that_is_no_document_fails_as_on_the_server(mongod, db):
    stages = [{"$replaceRoot": {"newRoot": "$x"}}, {"$replaceWith": "$nope"}, {"$replaceWith": "$$REMOVE"}, {"$replaceWith": ["$x"]}]
    documents = [{"_id": 1, "x": 5}]

    for stage, answer in zip(stages, ours([([stage], documents) for stage in stages])):
        failure = servers(db, [stage], documents)
        assert isinstance(failure, pymongo.errors.OperationFailure) and failure.code == 40228, stage
        assert answer["failed"].startswith("bad_document: the new root is not a document"), answer


@pytest.mark.parametrize("stage, named", [
    ({"$set": {"total": {"$add": ["$a", 1]}}}, ["operator=$add", "at=total", "supported: paths"]),
    ({"$project": {"a": {"b": {"$toUpper": "$x"}}}}, ["operator=$toUpper", "at=a.b"]),
    ({"$match": {"name": Regex("^a")}}, ["path=name", "regular expressions"]),
    ({"$match": {"$expr": {"$eq": ["$a", 1]}}}, ["operator=$expr"]),
    ({"$set": {"now": "$$NOW"}}, ["variable=$$NOW", "at=now"]),
])
def test_what_is_not_here_yet_is_refused_by_name(mongod, db, stage, named):
    """The server takes these: whoever meets the border must be told where it is."""
    documents = [{"_id": 1, "a": 1, "name": "abc", "x": "y"}]
    assert not isinstance(servers(db, [stage], documents), pymongo.errors.OperationFailure)

    answer = ours([([stage], documents)])[0]

    assert answer["refused"].startswith("unimplemented: ")
    assert all(word in answer["refused"] for word in named), answer
