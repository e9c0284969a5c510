"""A believable shop for the quickstart: customers, products, orders with embedded items, telemetry; the same from the same seed.

    shop.py start PORT          wait for mongod and make it a replica set of one
    shop.py load URI COUNT      fill the database `shop` with COUNT documents, every common BSON type among them
    shop.py write URI           insert, update and delete until stopped
    shop.py await PORT PID      wait until the metrics on PORT say that the sync has caught up
    shop.py tree LAKE           print folders with counts and bytes
"""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import random
import re
import signal
import sys
import time
import urllib.request
import uuid

import bson
import pymongo
from bson.binary import Binary, UuidRepresentation
from bson.raw_bson import RawBSONDocument

SEED = 20_250_131
EPOCH = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
CITIES = ["Berlin", "Lyon", "Zürich", "Kraków", "Porto", "Malmö", "東京", "São Paulo"]
GOODS = ["kettle", "lamp", "desk", "chair", "notebook", "rucksack", "teapot", "clock"]


def customer(number: int, chance: random.Random) -> dict:
    return {
        "_id": bson.ObjectId(chance.randbytes(12)),
        "number": number,
        "name": f"Customer {number}",
        "address": {"city": chance.choice(CITIES), "zip": f"{chance.randrange(10_000, 99_999)}", "geo": [chance.uniform(-90, 90), chance.uniform(-180, 180)]},
        "account": Binary.from_uuid(uuid.UUID(bytes=chance.randbytes(16)), UuidRepresentation.STANDARD),
        "since": EPOCH - datetime.timedelta(days=chance.randrange(20_000)),
        "newsletter": chance.random() < 0.4,
        "credit": bson.Decimal128(f"{chance.randrange(0, 1_000_000) / 100:.2f}"),
        "points": bson.Int64(chance.randrange(2**40)),
        "notes": None if chance.random() < 0.7 else "prefers e-mail ✉",
        "avatar": chance.randbytes(24),
    }


def product(number: int, chance: random.Random) -> dict:
    return {
        "_id": f"SKU-{number:05}",
        "name": chance.choice(GOODS),
        "price": bson.Decimal128(f"{chance.randrange(99, 99_999) / 100:.2f}"),
        "stock": chance.randrange(500),
        "weight_kg": chance.random() * 30,
        "tags": chance.sample(["new", "sale", "eco", "last", "gift"], 2),
        "search": bson.Regex(f"^{chance.choice(GOODS)}", "i"),
        "valid": {"from": bson.MinKey(), "until": bson.MaxKey()},
    }


def order(number: int, chance: random.Random) -> dict:
    items = [
        {"sku": f"SKU-{chance.randrange(2_000):05}", "quantity": chance.randrange(1, 5), "price": bson.Decimal128(f"{chance.randrange(99, 99_999) / 100:.2f}")}
        for _ in range(chance.randrange(1, 6))
    ]
    return {
        "customer": chance.randrange(20_000),
        "status": chance.choice(["new", "paid", "shipped", "returned"]),
        "placed": EPOCH + datetime.timedelta(milliseconds=chance.randrange(10**10)),
        "items": items,
        "total": chance.random() * 500,
        "audit": {"revision": 1, "stamp": bson.Timestamp(1_735_689_600 + number % 10_000_000, 1)},
    }


def reading(number: int, chance: random.Random) -> dict:
    return {
        "device": f"sensor-{chance.randrange(500)}",
        "at": EPOCH + datetime.timedelta(seconds=number),
        "celsius": round(chance.gauss(20, 5), 2),
        "volt": chance.random() * 5 if chance.random() < 0.999 else float("nan"),
        "ok": chance.random() < 0.98,
    }


def insert_fast(collection, documents) -> None:
    """Distinct bodies are encoded once; each document gets its own `_id` in front of one of them."""
    bodies = [bson.encode(document)[4:-1] for document in documents["bodies"]]
    batch = []
    for number in range(documents["count"]):
        body = bodies[number % len(bodies)]
        head = b"\x10_id\x00" + number.to_bytes(4, "little")
        batch.append(RawBSONDocument((len(head) + len(body) + 5).to_bytes(4, "little") + head + body + b"\x00"))
        if len(batch) == 5_000:
            collection.insert_many(batch, ordered=False)
            batch = []
    if batch:
        collection.insert_many(batch, ordered=False)


def load(uri: str, count: int) -> None:
    chance = random.Random(SEED)
    with pymongo.MongoClient(uri) as client:
        client.drop_database("shop")
        shop = client.shop
        customers, products = min(20_000, count // 10), min(2_000, count // 20)
        orders = (count - customers - products) // 2
        telemetry = count - customers - products - orders
        shop.customers.insert_many([customer(n, chance) for n in range(customers)], ordered=False)
        shop.products.insert_many([product(n, chance) for n in range(products)], ordered=False)
        insert_fast(shop.orders, {"count": orders, "bodies": [order(n, chance) for n in range(5_000)]})
        insert_fast(shop.telemetry, {"count": telemetry, "bodies": [reading(n, chance) for n in range(5_000)]})
        for name in sorted(shop.list_collection_names()):
            print(f"   {name:<12} {shop[name].estimated_document_count():>9,} documents")


def write(uri: str) -> None:
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    signal.signal(signal.SIGINT, lambda *_: stopping.append(True))
    chance = random.Random(SEED + 1)
    with pymongo.MongoClient(uri) as client:
        orders, telemetry = client.shop.orders, client.shop.telemetry
        highest = orders.estimated_document_count()
        number = 0
        while not stopping:
            number += 1
            orders.insert_one({"_id": 10**9 + number, **order(number, chance)})
            orders.update_one({"_id": chance.randrange(highest)}, {"$set": {"status": "shipped"}, "$inc": {"audit.revision": 1}})
            telemetry.insert_one({"_id": 10**9 + number, **reading(number, chance)})
            if number % 5 == 0:
                orders.delete_one({"_id": chance.randrange(highest)})
            time.sleep(0.002)


def start(port: int) -> None:
    with pymongo.MongoClient(f"mongodb://127.0.0.1:{port}/?directConnection=true", serverSelectionTimeoutMS=30_000) as client:
        client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": f"127.0.0.1:{port}"}]})
        while not client.admin.command("hello")["isWritablePrimary"]:
            time.sleep(0.05)


def metric(text: str, name: str, label: str = "") -> float | None:
    found = re.search(rf"^{name}{{[^}}]*{label}[^}}]*}} ([-+0-9.eE]+)$", text, re.M)
    return float(found.group(1)) if found else None


def await_caught_up(port: int, pid: int) -> None:
    """The copy is over and the stream is within two seconds of the server."""
    while True:
        try:
            os.kill(pid, 0)
            text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
            following = metric(text, "inlet_source_phase", 'phase="following"') == 1
            lag = metric(text, "inlet_watermark_lag_seconds")
            if following and lag is not None and lag <= 2 and (metric(text, "inlet_epoch") or 0) >= 1:
                return
        except ProcessLookupError:
            sys.exit(1)
        except OSError:
            pass
        time.sleep(0.2)


def tree(lake: str) -> None:
    root = pathlib.Path(lake)
    if not root.is_dir():
        return
    for manifest in sorted(root.rglob("_manifest.json")):
        files = json.loads(manifest.read_text())["files"]
        print(f"   {manifest.parent.relative_to(root)}/")
        for file in files:
            what = ", ".join(f"{count:,} {name}" for name, count in file["operations"].items())
            print(f"      {file['name']:<34} {file['bytes']:>12,} bytes   {what}")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "start":
        start(int(arguments[0]))
    elif command == "load":
        load(arguments[0], int(arguments[1]))
    elif command == "write":
        try:
            write(arguments[0])
        except pymongo.errors.PyMongoError as error:
            sys.exit(f"the writer ends: {error}"[:200])
    elif command == "await":
        await_caught_up(int(arguments[0]), int(arguments[1]))
    elif command == "tree":
        tree(arguments[0])
    else:
        sys.exit(__doc__)
