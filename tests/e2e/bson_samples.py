"""Seeded BSON documents of every type, built byte by byte.

The driver's own encoder is the judge, so it must not build what it judges, and it cannot write all
that a server may hold: old types, repeated names, text that is not UTF-8, NaN with a payload.
"""

import random
import struct

WORDS = [
    "",
    "a",
    "plain words",
    'quo"te',
    "back\\slash",
    "line\nfeed",
    "\x00",
    "\x1f\x7f",
    "é",
    "東京",
    "😀",
    "\u2028",
    "</script>",
    "x" * 70,
]
NOT_UTF8 = [
    b"\xff",
    b"caf\xc3",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x91\x92\x93\xff",
    b"\xe1\x80\xe2\xf0\x91\x92\xf1\xbfA",
]
NAMES = ["", "_id", "a.b", "x$", "größe", "customer", "a name that is longer than one block"]
INT64 = [0, 1, -1, 2**31 - 1, -(2**31), 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]
DOUBLES = [
    0.0,
    -0.0,
    1.0,
    0.1,
    0.1 + 0.2,
    12.34,
    51.507351,
    1e15,
    1e16,
    1e22,
    1e23,
    1.7976931348623157e308,
    5e-324,
    2.2250738585072014e-308,
    float("inf"),
    float("-inf"),
    float("nan"),
]
DATES = [
    0,
    1,
    -1,
    999,
    1356351330501,
    253402300799999,
    253402300800000,
    -62135596800000,
    -62135596800001,
    2**63 - 1,
    -(2**63),
]
SUBTYPES = [0, 1, 2, 3, 4, 5, 6, 8, 128, 255]


def text(raw):
    return struct.pack("<i", len(raw) + 1) + raw + b"\0"


def document(elements):
    body = b"".join(elements)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


class Samples:
    """Random documents. `lossy` adds what has no exact text; `old` adds types that drivers drop."""

    def __init__(self, seed, lossy=False, old=False, repeated_names=False):
        self.random = random.Random(seed)
        self.lossy = lossy
        self.old = old
        self.repeated_names = repeated_names

    def words(self):
        chosen = "".join(
            self.random.choice(WORDS) for _ in range(self.random.randrange(4))
        ).encode()
        if self.lossy and self.random.random() < 0.2:
            chosen += self.random.choice(NOT_UTF8) + self.random.choice([b"", b" end"])
        return chosen

    def cstring(self):
        return self.words().replace(b"\0", b"") + b"\0"

    def integer(self):
        if self.random.random() < 0.5:
            return self.random.choice(INT64)
        return self.random.getrandbits(63) >> self.random.randrange(63)

    def double(self):
        kind = self.random.randrange(4)
        if kind == 0:
            return struct.pack("<d", self.random.choice(DOUBLES))
        if kind == 1:
            return struct.pack("<d", self.random.randrange(10**6) / 100)
        if kind == 2:
            return struct.pack("<d", self.random.uniform(-180, 180))
        raw = self.random.randbytes(8)
        value = struct.unpack("<d", raw)[0]
        return raw if self.lossy or value == value else struct.pack("<d", float("nan"))

    def decimal(self):
        if self.random.random() < 0.3:
            return self.random.randbytes(16)  # Any bits: most of them are not canonical.
        coefficient = self.random.choice(
            [
                0,
                1,
                9,
                10**16,
                10**17,
                10**33,
                10**34 - 1,
                self.random.randrange(10 ** self.random.randrange(1, 35)),
            ]
        )
        exponent = self.random.choice(
            [0, 1, -1, -2, -6, -7, -20, -34, -6176, 6111, self.random.randrange(-6176, 6112)]
        )
        high = self.random.getrandbits(1) << 63 | (exponent + 6176) << 49 | coefficient >> 64
        return struct.pack("<QQ", coefficient & (2**64 - 1), high)

    def binary(self):
        subtype = self.random.choice(SUBTYPES)
        # A UUID has 16 bytes; the driver refuses others of its subtypes.
        size = 16 if subtype in (3, 4) else self.random.choice([0, 1, 2, 3, 16, 50])
        content = self.random.randbytes(size)
        if subtype == 2:
            content = struct.pack("<i", size) + content
        return struct.pack("<iB", len(content), subtype) + content

    def value(self, depth):
        """A type byte and the bytes of a value."""
        pick = self.random.random()
        if depth > 0 and pick < 0.12:
            return b"\x03", self.document(depth - 1)
        if depth > 0 and pick < 0.24:
            return b"\x04", self.array(depth - 1)
        makers = [
            lambda: (b"\x01", self.double()),
            lambda: (b"\x02", text(self.words())),
            lambda: (b"\x05", self.binary()),
            lambda: (b"\x07", self.random.randbytes(12)),
            lambda: (b"\x08", bytes([self.random.getrandbits(1)])),
            lambda: (
                b"\x09",
                struct.pack("<q", self.random.choice(DATES + [self.random.randrange(4 * 10**12)])),
            ),
            lambda: (b"\x0a", b""),
            lambda: (b"\x0b", self.cstring() + self.random.choice([b"", b"i", b"imsx"]) + b"\0"),
            lambda: (b"\x0d", text(self.words())),
            lambda: (b"\x0f", self.code_with_scope()),
            lambda: (b"\x10", struct.pack("<i", (self.integer() + 2**31) % 2**32 - 2**31)),
            lambda: (b"\x11", self.random.randbytes(8)),
            lambda: (b"\x12", struct.pack("<q", (self.integer() + 2**63) % 2**64 - 2**63)),
            lambda: (b"\x13", self.decimal()),
            lambda: (b"\x7f", b""),
            lambda: (b"\xff", b""),
        ]
        if self.old:
            makers += [
                lambda: (b"\x06", b""),
                lambda: (b"\x0c", text(b"db.coll") + self.random.randbytes(12)),
                lambda: (b"\x0e", text(self.words())),
            ]
        return self.random.choice(makers)()

    def code_with_scope(self):
        inside = text(self.words()) + self.document(0)
        return struct.pack("<i", len(inside) + 4) + inside

    def document(self, depth):
        elements, seen = [], set()
        for i in range(self.random.randrange(10)):
            name = self.random.choice(NAMES) if self.random.random() < 0.4 else f"f{i}"
            if name in seen and not self.repeated_names:
                name = f"{name}{i}"
            seen.add(name)
            kind, raw = self.value(depth)
            elements.append(kind + name.encode() + b"\0" + raw)
        return document(elements)

    def array(self, depth):
        elements = []
        for i in range(self.random.randrange(5)):
            kind, raw = self.value(depth)
            elements.append(kind + str(i).encode() + b"\0" + raw)
        return document(elements)

    def documents(self, count, depth=4):
        return [self.document(depth) for _ in range(count)]


def nested(depth):
    """A document with `depth` levels."""
    raw = document([b"\x10n\0" + struct.pack("<i", depth)])
    for _ in range(depth - 1):
        raw = document([b"\x03d\0" + raw])
    return raw
