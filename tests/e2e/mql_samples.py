"""Seeded documents and pipelines for the stages that reshape and filter, with a taste for edges: names that look like
array indexes, arrays in arrays, numbers that are equal over four types, values that sort at the ends."""

from __future__ import annotations

import datetime
import random

from bson import Binary, Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp

NAMES = ["a", "b", "c", "x", "0", "1"]
TYPE_NAMES = ["double", "string", "object", "array", "binData", "objectId", "bool", "date", "null", "regex", "javascript",
              "int", "timestamp", "long", "decimal", "minKey", "maxKey", "number", "undefined"]
COMPARISONS = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]
SCALARS = [
    0, 1, 2, 3, 7, -1, 2**31 - 1, Int64(1), Int64(2), Int64(2**53 + 1), Int64(-(2**63)), 0.0, -0.0, 1.0, 2.5, 1e300,
    float("nan"), float("inf"), Decimal128("1"), Decimal128("2.50"), Decimal128("NaN"), Decimal128("7.9"), "", "a", "b",
    "a$", "größe", None, True, False, datetime.datetime(2025, 1, 31, 13), ObjectId("65f0c0ffee65f0c0ffee65f0"),
    Timestamp(5, 1), Binary(b"x", 0), Binary(b"x", 4), Code("f()"), MinKey(), MaxKey(),
]


class MqlSamples:
    def __init__(self, seed: int):
        self.chance = random.Random(seed)

    def pick(self, *choices):
        return self.chance.choice(choices)

    def odds(self, one_in: int) -> bool:
        return self.chance.randrange(one_in) == 0

    # Documents.

    def value(self, depth: int = 3):
        kind = self.chance.randrange(10)
        if depth > 0 and kind < 2:
            return self.fields(depth - 1)
        if depth > 0 and kind < 5:
            return [self.value(depth - 1) for _ in range(self.chance.randrange(4))]
        if kind == 5 and self.odds(3):
            return Regex("^a", "i")
        if kind < 8:
            return self.pick(0, 1, 2, 3, "a", "b", None, 1.0, Int64(2))
        return self.chance.choice(SCALARS)

    def fields(self, depth: int) -> dict:
        names = self.chance.sample(NAMES, self.chance.randint(2, 6))
        return {name: self.value(depth) for name in names}

    def document(self, number: int) -> dict:
        fields = list(self.fields(3).items())
        fields.insert(self.chance.randrange(len(fields) + 1), ("_id", self.value(1) if self.odds(4) else number))
        return dict(fields)

    def documents(self, count: int) -> list[dict]:
        return [self.document(number) for number in range(count)]

    def path(self, longest: int = 3, wrong: bool = False) -> str:
        if wrong and self.odds(60):
            return self.pick("", "a.", ".a", "a..b", "$a", "a.$b", "a.$")
        names = [self.chance.choice(NAMES) for _ in range(self.chance.randint(1, longest))]
        if self.odds(12):
            names[0] = "_id"
        return ".".join(names)

    # Filters.

    def constant(self):
        kind = self.chance.randrange(8)
        if kind == 0:
            return [self.constant() for _ in range(self.chance.randrange(3))]
        if kind == 1:
            return {name: self.constant() for name in self.chance.sample(NAMES, self.chance.randrange(3))}
        return self.pick(0, 1, 2, "a", None, True) if kind < 6 else self.chance.choice(SCALARS)

    def operators(self, depth: int) -> dict:
        out = {}
        for _ in range(2 if self.odds(4) else 1):
            out.update(self.operator(depth))
        return out

    def operator(self, depth: int) -> dict:
        name = self.pick(*COMPARISONS, "$in", "$nin", "$exists", "$type", "$size", "$mod", "$all", "$not", "$elemMatch")
        if self.odds(80):
            return self.pick({"$foo": 1}, {"$gtt": 1}, {"b": 1}, {"$in": 5}, {"$size": -1}, {"$size": 1.5}, {"$mod": [0, 1]},
                             {"$mod": [1]}, {"$type": "nope"}, {"$type": 0}, {"$not": 5}, {"$not": {}}, {"$elemMatch": 1},
                             {"$all": 1}, {"$all": [{"$gt": 1}]}, {"$in": [{"$gt": 1}]}, {"$and": [{"a": 1}]})
        if name in COMPARISONS:
            return {name: self.constant()}
        if name in ("$in", "$nin"):
            return {name: [self.constant() for _ in range(self.chance.randrange(4))]}
        if name == "$exists":
            return {name: self.pick(True, False, 0, 1, None, "x", Decimal128("0"), Decimal128("0.1"), float("nan"))}
        if name == "$type":
            one = lambda: self.pick(self.chance.choice(TYPE_NAMES), 1, 2, 3, 4, 10, 16, -1, 127, 18.0, Decimal128("2"))  # noqa: E731
            return {name: one() if self.odds(2) else [one(), one()]}
        if name == "$size":
            return {name: self.pick(0, 1, 2, 3, 2.0, Int64(1), Decimal128("1"))}
        if name == "$mod":
            return {name: self.pick([2, 0], [2, 1], [3, 1], [-2, 0], [2.9, 1.9], [Decimal128("2.5"), 0], [-1, 0], [Int64(7), 0])}
        if name == "$all":
            if depth > 0 and self.odds(3):
                return {name: [{"$elemMatch": self.elem_condition(depth - 1)} for _ in range(self.chance.randint(1, 2))]}
            return {name: [self.constant() for _ in range(self.chance.randrange(3))]}
        if depth == 0:
            return {"$eq": self.constant()}
        if name == "$not":
            return {name: self.operators(depth - 1)}
        return {name: self.elem_condition(depth - 1)}

    def elem_condition(self, depth: int) -> dict:
        return self.operators(depth) if self.odds(2) else self.filter(depth)

    def filter(self, depth: int = 2) -> dict:
        out = {}
        for _ in range(self.pick(0, 1, 1, 1, 2) if self.odds(4) else 1):
            if depth > 0 and self.odds(3):
                filters = [self.filter(depth - 1) for _ in range(self.chance.randint(1, 2))]
                out[self.pick("$and", "$or", "$nor")] = [] if self.odds(60) else filters
            elif self.odds(4):
                out[self.path(self.pick(1, 1, 2, 3))] = self.constant()
            else:
                out[self.path(self.pick(1, 1, 2, 3))] = self.operators(depth)
        if self.odds(80):
            out.update(self.pick({"$foo": []}, {"$gt": 1}, {"$not": {"a": 1}}, {"$comment": "for people"}))
        return out

    # Expressions and shapes.

    def expression(self, depth: int = 2):
        kind = self.chance.randrange(12)
        if kind < 5:
            return "$" + self.path(wrong=True)
        if kind == 5:
            return self.pick("$$ROOT", "$$CURRENT", "$$REMOVE", "$$ROOT.a.b", "$$CURRENT.x", "$$REMOVE.a")
        if kind == 6:
            return {self.pick("$literal", "$const"): self.pick("$a", {"a": "$b"}, [], {}, 5, None)}
        if kind == 7 and depth > 0:
            return [self.expression(depth - 1) for _ in range(self.chance.randrange(3))]
        if kind == 8 and depth > 0:
            return {name: self.expression(depth - 1) for name in self.chance.sample(NAMES, self.chance.randint(1, 3))}
        if self.odds(60):
            return self.pick("$", "$$", "$$nope", "$a.", {"$literal": 1, "a": 2}, {"a": 1, "$literal": 2}, {}, [{"a.b": 1}])
        return self.pick("text", 5, 0, 1.5, None, True, False, Int64(3), Decimal128("0"), MinKey(), Binary(b"q"), Regex("x"))

    def project(self) -> dict:
        chooses = not self.odds(3)

        def leaf(depth):
            if self.odds(4) and depth > 0:
                return {self.path(2): leaf(depth - 1) for _ in range(self.chance.randint(1, 2))}
            if chooses and self.odds(2):
                return self.expression()
            if self.odds(100):
                return self.pick(0, 1, {}, {"$nope": 1})
            return self.pick(1, True, 2.5, Int64(1), Decimal128("1"), -1) if chooses else self.pick(0, False, 0.0, Int64(0), Decimal128("0"))

        out = {self.path(2, wrong=True): leaf(2) for _ in range(self.chance.randint(1, 4))}
        if self.odds(4):
            out["_id"] = self.pick(0, 1, False, True, "$a")
        return out

    def set(self) -> dict:
        return {self.path(3, wrong=True): self.expression() for _ in range(self.chance.randint(0 if self.odds(20) else 1, 4))}

    def unset(self):
        if self.odds(3):
            return self.path(3, wrong=True)
        return [self.path(3, wrong=True) for _ in range(self.chance.randint(0 if self.odds(30) else 1, 3))]

    def root(self):
        kind = self.chance.randrange(4)
        if kind == 0:
            return {name: self.expression() for name in self.chance.sample(NAMES, self.chance.randrange(4))}
        if kind == 1:
            return {"$literal": {"a": "$b", "c": [1]}}
        return self.pick("$a", "$b", "$$ROOT", "$c.a", "$x.b", "$$ROOT.a")

    def stage(self) -> dict:
        name = self.pick("$match", "$match", "$project", "$project", "$set", "$addFields", "$unset", "$replaceRoot", "$replaceWith")
        if name == "$match":
            return {name: self.filter()}
        if name == "$project":
            return {name: self.project()}
        if name == "$unset":
            return {name: self.unset()}
        if name == "$replaceWith":
            return {name: self.root()}
        if name == "$replaceRoot":
            return {name: {"newRoot": self.root()}}
        return {name: self.set()}

    def guarded(self, stage: dict) -> list[dict]:
        """A new root that is no document fails the run: most are let through only where it is one."""
        root = stage.get("$replaceWith") or stage.get("$replaceRoot", {}).get("newRoot")
        if not isinstance(root, str) or root.startswith("$$ROOT.") or root == "$$ROOT" or self.odds(5):
            return [stage]
        return [{"$match": {root[1:]: {"$type": "object"}, "$nor": [{root[1:]: {"$type": "array"}}]}}, stage]

    def pipeline(self) -> list[dict]:
        stages = []
        for _ in range(self.pick(1, 1, 1, 2, 3)):
            stages += self.guarded(self.stage())
        return stages
