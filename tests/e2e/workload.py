"""Writers that change a collection while Inlet reads it, and the truth they leave behind."""

from __future__ import annotations

import datetime
import random
import threading

import bson
import pymongo
from bson import json_util


def seed_documents(collection, count: int, seed: int = 1) -> None:
    chance = random.Random(seed)
    collection.insert_many(
        [
            {
                "_id": number if number % 3 else bson.ObjectId(chance.randbytes(12)),
                "name": f"customer {number} – Größe",
                "at": datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=number),
                "amount": bson.Decimal128(f"{number}.25"),
                "big": bson.Int64(2**40 + number),
                "tags": ["a", number, None],
                "revision": 0,
            }
            for number in range(count)
        ],
        ordered=False,
    )


class Writer:
    """Inserts, updates, replaces and deletes at random until stopped; `bound` limits the operations."""

    def __init__(self, uri: str, db: str, collection: str, seed: int, bound: int = 1_000_000, pause: float = 0.0005):
        self.chance = random.Random(seed)
        self.uri, self.db, self.name, self.bound, self.pause = uri, db, collection, bound, pause
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._write, daemon=True)
        self.operations = 0
        self.failure: Exception | None = None

    def __enter__(self) -> "Writer":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()
        if self.failure is not None:
            raise self.failure

    def _write(self) -> None:
        try:
            with pymongo.MongoClient(self.uri) as client:
                target = client[self.db][self.name]
                ids = [document["_id"] for document in target.find({}, {"_id": 1}).limit(5_000)]
                while not self.stopping.is_set() and self.operations < self.bound:
                    self._one(target, ids)
                    self.operations += 1
                    self.stopping.wait(self.pause)
        except Exception as failure:  # noqa: BLE001 - handed to the test by stop().
            self.failure = failure

    def _one(self, target, ids: list) -> None:
        what = self.chance.random()
        if what < 0.35 or not ids:
            ids.append(target.insert_one({"_id": bson.ObjectId(), "fresh": True, "revision": 0}).inserted_id)
        elif what < 0.75:
            target.update_one({"_id": self.chance.choice(ids)}, {"$inc": {"revision": 1}, "$set": {f"f{self.chance.randrange(5)}": "x"}})
        elif what < 0.85:
            target.replace_one({"_id": self.chance.choice(ids)}, {"replaced": self.operations, "revision": 0})
        else:
            target.delete_one({"_id": ids.pop(self.chance.randrange(len(ids)))})


class RecordedTruth:
    """Every event of a collection from now on, by an independent change stream."""

    def __init__(self, uri: str, db: str, collection: str):
        self.client = pymongo.MongoClient(uri)
        self.stream = self.client[db][collection].watch(max_await_time_ms=100)
        self.tokens: list[str] = []

    def tokens_until(self, collection) -> list[str]:
        """Tokens up to a marker written now; the marker itself is not among them."""
        marker = collection.insert_one({"marker": True}).inserted_id
        while True:
            event = self.stream.try_next()
            if event is None:
                continue
            if event["operationType"] == "insert" and event["documentKey"]["_id"] == marker:
                break
            self.tokens.append(event["_id"]["_data"])
        collection.delete_one({"_id": marker})
        return self.tokens

    def __enter__(self) -> "RecordedTruth":
        return self

    def __exit__(self, *_) -> None:
        self.stream.close()
        self.client.close()


def collection_state(collection) -> dict[str, str]:
    """Documents by key, as canonical text: what the fold of a lake is held against."""
    canonical = json_util.CANONICAL_JSON_OPTIONS
    return {
        json_util.dumps(document["_id"], json_options=canonical): json_util.dumps(document, json_options=json_util.RELAXED_JSON_OPTIONS)
        for document in collection.find({})
    }


def folded_state(state: dict[str, dict]) -> dict[str, str]:
    return {key: json_util.dumps(document, json_options=json_util.RELAXED_JSON_OPTIONS) for key, document in state.items()}


def tokens_since(tokens: list[str], folders) -> set[str]:
    """Those whose cluster time is not before the start point, which every read record carries."""
    start = next(r["clusterTime"] for f in folders for r in f.records if r["op"] == "read")
    return {token for token in tokens if (int(token[2:10], 16), int(token[10:18], 16)) >= (start.time, start.inc)}
