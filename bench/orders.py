"""Orders of about 500 bytes of BSON, the data of every bench: made fast from a seed, the same every time."""

from __future__ import annotations

import datetime
import random

import bson
import pymongo
from bson.raw_bson import RawBSONDocument

KINDS = 2_000  # Distinct bodies; each order gets its own _id and number.


def bodies(seed: int = 20_250_131) -> list[dict]:
    chance = random.Random(seed)
    start = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
    out = []
    for _ in range(KINDS):
        items = [
            {
                "sku": f"SKU-{chance.randrange(10_000):05}",
                "name": chance.choice(["Kettle", "Lamp", "Desk", "Chair", "Notebook", "Größe M"]),
                "quantity": chance.randrange(1, 5),
                "price": bson.Decimal128(f"{chance.randrange(100, 99_999) / 100:.2f}"),
            }
            for _ in range(3)
        ]
        out.append(
            {
                "customer": {"id": bson.ObjectId(chance.randbytes(12)), "name": f"Customer {chance.randrange(100_000)}",
                             "email": f"c{chance.randrange(100_000)}@example.com"},
                "status": chance.choice(["new", "paid", "shipped", "returned"]),
                "created": start + datetime.timedelta(seconds=chance.randrange(30_000_000)),
                "items": items,
                "total": chance.random() * 1000,
                "paid": chance.random() < 0.8,
                "revision": 1,
            }
        )
    return out


def load_orders(uri: str, db: str, collection: str, count: int) -> None:
    """Inserts `count` orders with ascending ObjectIds."""
    encoded = [bson.encode(body)[4:-1] for body in bodies()]
    with pymongo.MongoClient(uri) as client:
        target = client[db].get_collection(collection, write_concern=pymongo.WriteConcern(w=1))
        batch = []
        for number in range(count):
            head = b"\x07_id\x00" + (0x65000000_00000000_00000000 + number).to_bytes(12, "big") + b"\x10number\x00" + number.to_bytes(4, "little")
            body = encoded[number % KINDS]
            batch.append(RawBSONDocument((len(head) + len(body) + 5).to_bytes(4, "little") + head + body + b"\x00"))
            if len(batch) == 5_000:
                target.insert_many(batch, ordered=False)
                batch = []
        if batch:
            target.insert_many(batch, ordered=False)


def update_orders(uri: str, db: str, collection: str, count: int) -> None:
    """Updates `count` different orders, one event each."""
    with pymongo.MongoClient(uri) as client:
        target = client[db][collection]
        batch = []
        for number in range(count):
            key = bson.ObjectId((0x65000000_00000000_00000000 + number).to_bytes(12, "big"))
            batch.append(pymongo.UpdateOne({"_id": key}, {"$set": {"status": "seen"}, "$inc": {"revision": 1}}))
            if len(batch) == 5_000:
                target.bulk_write(batch, ordered=False)
                batch = []
        if batch:
            target.bulk_write(batch, ordered=False)
