"""Aim: MongoDB's own Python driver reads our JSON as the document that was written, type for type,
and we read its JSON likewise. Requirement R3 and the fidelity rules of the formats.
"""

import base64
import json
import math
import os
import pathlib
import re
import struct
import subprocess

import pytest

bson = pytest.importorskip("bson", reason="pymongo is the judge of this suite")

from bson import json_util  # noqa: E402
from bson.binary import Binary, UuidRepresentation  # noqa: E402
from bson.code import Code  # noqa: E402
from bson.codec_options import CodecOptions, DatetimeConversion  # noqa: E402
from bson.datetime_ms import DatetimeMS  # noqa: E402
from bson.decimal128 import Decimal128  # noqa: E402
from bson.int64 import Int64  # noqa: E402
from bson.objectid import ObjectId  # noqa: E402
from bson.regex import Regex  # noqa: E402
from bson.timestamp import Timestamp  # noqa: E402

from bson_samples import Samples, document, nested, text

CODEC = CodecOptions(
    tz_aware=True,
    uuid_representation=UuidRepresentation.UNSPECIFIED,
    datetime_conversion=DatetimeConversion.DATETIME_MS,
    unicode_decode_error_handler="replace",
)
ROOT = pathlib.Path(__file__).resolve().parents[2]


def json_options(mode):
    return json_util.JSONOptions(
        json_mode=mode,
        uuid_representation=UuidRepresentation.UNSPECIFIED,
        tz_aware=True,
        datetime_conversion=DatetimeConversion.DATETIME_MS,
    )


READ = json_options(json_util.JSONMode.CANONICAL)


def tool():
    build = os.environ.get("INLET_BUILD")
    builds = [pathlib.Path(build)] if build else [ROOT / "build" / name for name in ("release", "dev")]
    for folder in builds:
        for path in (folder / "tests" / "json_fidelity", folder / "json_fidelity"):
            if path.exists():
                return path
    pytest.skip("json_fidelity is not built")


def encode(raws, *mode):
    """Our lines, and how many sequences were not UTF-8."""
    done = subprocess.run(
        [tool(), "encode", *mode], input=b"".join(raws), capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode("utf-8").split("\n")  # Fails unless all is UTF-8.
    assert lines.pop() == "" and len(lines) == len(raws)
    return lines, int(done.stderr)


def decode(lines):
    done = subprocess.run(
        [tool(), "decode"],
        input="".join(line + "\n" for line in lines).encode(),
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return bson.decode_all(done.stdout, CODEC), done.stdout


def exact(value):
    """A form whose equality means the same type and the same value."""
    if isinstance(value, dict):
        return ("document", [(name, exact(inner)) for name, inner in value.items()])
    if isinstance(value, list):
        return ("array", [exact(inner) for inner in value])
    if isinstance(value, float):
        return ("double", "NaN" if math.isnan(value) else struct.pack("<d", value))
    if isinstance(value, Decimal128):
        return ("decimal", str(value))
    if isinstance(value, Regex):
        return ("regex", value.pattern, value.flags)
    if isinstance(value, Code):
        return ("code", str(value), None if value.scope is None else exact(value.scope))
    if isinstance(value, DatetimeMS):
        return ("date", int(value))
    return (type(value).__name__, value)


def parse(line):
    return json_util.loads(line, json_options=READ)


@pytest.mark.parametrize("seed", range(8))
def test_the_driver_reads_our_canonical_text_as_the_same_document(seed):
    raws = Samples(seed, old=True).documents(250)
    lines, replaced = encode(raws, "canonical")

    assert replaced == 0
    for raw, line in zip(raws, lines):
        assert exact(parse(line)) == exact(bson.decode(raw, CODEC)), line


def widened(value):
    """Relaxed text does not tell int64 from int32."""
    if isinstance(value, dict):
        return {name: widened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [widened(inner) for inner in value]
    if isinstance(value, Code) and value.scope is not None:
        return Code(str(value), widened(value.scope))
    return int(value) if isinstance(value, Int64) else value


@pytest.mark.parametrize("seed", range(8))
def test_the_driver_reads_our_relaxed_text_as_the_same_values(seed):
    raws = Samples(100 + seed, old=True).documents(250)
    lines, _ = encode(raws, "relaxed")

    for raw, line in zip(raws, lines):
        assert exact(widened(parse(line))) == exact(widened(bson.decode(raw, CODEC))), line


@pytest.mark.parametrize("mode", ["canonical", "relaxed"])
def test_our_text_has_the_form_that_the_driver_writes(mode):
    driver_mode = json_options(getattr(json_util.JSONMode, mode.upper()))
    raws = Samples(200).documents(1000)
    lines, _ = encode(raws, mode)

    for raw, line in zip(raws, lines):
        theirs = json_util.dumps(bson.decode(raw, CODEC), json_options=driver_mode)
        assert json.loads(line, parse_float=float) == json.loads(
            normalised(theirs, line), parse_float=float
        ), line


def normalised(theirs, ours):
    """Doubles in canonical text are compared as numbers: 1e+22 and 1E22 are the same."""
    numbers = iter(re.findall(r'"\$numberDouble": ?"([^"]*)"', ours))

    def same(match):
        our_text = next(numbers)
        assert our_text == match[1] or float(our_text) == float(match[1])
        return f'"$numberDouble": "{our_text}"'

    return re.sub(r'"\$numberDouble": ?"([^"]*)"', same, theirs)


def plain(value):
    """Basic JSON by the words of the specification."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, Decimal128):
        return str(value)
    if isinstance(value, Binary) and value.subtype == 4:
        return str(value.as_uuid(UuidRepresentation.STANDARD))
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, DatetimeMS):
        return int(value)
    if isinstance(value, Timestamp):
        return value.time * 1000
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, Regex):
        options = "".join(
            letter
            for letter, flag in (
                ("i", re.I),
                ("l", re.L),
                ("m", re.M),
                ("s", re.S),
                ("u", re.U),
                ("x", re.X),
            )
            if value.flags & flag
        )
        return {"pattern": value.pattern, "options": options}
    if isinstance(value, Code):
        if value.scope is None:
            return {"$code": str(value)}
        return {"$code": str(value), "$scope": plain(value.scope)}
    if type(value).__name__ in ("MinKey", "MaxKey"):
        return {"$" + type(value).__name__[0].lower() + type(value).__name__[1:]: 1}
    return value


def test_plain_text_follows_the_rules_of_basic_json():
    raws = Samples(300).documents(1500)
    lines, _ = encode(raws, "plain")

    for raw, line in zip(raws, lines):
        assert exact(json.loads(line)) == exact(
            json.loads(json.dumps(plain(bson.decode(raw, CODEC))))
        ), line


def test_dates_become_bare_iso_text_where_asked_for():
    raws = [document([b"\x09d\0" + struct.pack("<q", ms)]) for ms in (0, 1356351330501, -1)]

    for mode in ("relaxed", "canonical", "plain"):
        lines, _ = encode(raws, mode, "iso8601")
        assert [json.loads(line)["d"] for line in lines] == [
            "1970-01-01T00:00:00.000Z",
            "2012-12-24T12:15:30.501Z",
            "1969-12-31T23:59:59.999Z",
        ]


@pytest.mark.parametrize("seed", range(4))
def test_text_that_is_not_utf8_is_replaced_as_the_driver_replaces_it(seed):
    raws = Samples(400 + seed, lossy=True).documents(300)
    for mode in ("canonical", "relaxed", "plain"):
        lines, replaced = encode(raws, mode)
        assert replaced > 0
        if mode == "canonical":
            for raw, line in zip(raws, lines):
                assert exact(parse(line)) == exact(bson.decode(raw, CODEC)), line


def test_the_count_of_replacements_is_exact():
    raws = [document([b"\x02s\0" + text(b"a\xff b\xc3\x28 c\xe2\x82")])]

    lines, replaced = encode(raws, "relaxed")

    assert json.loads(lines[0])["s"] == "a\ufffd b\ufffd( c\ufffd"
    assert replaced == 3


@pytest.mark.parametrize("mode", ["CANONICAL", "RELAXED", "LEGACY"])
def test_we_read_what_the_driver_writes(mode):
    options = json_options(getattr(json_util.JSONMode, mode))
    raws = Samples(500).documents(600)
    documents = [bson.decode(raw, CODEC) for raw in raws]
    lines = [json_util.dumps(one, json_options=options) for one in documents]
    if mode == "LEGACY":
        # `$regex` is an operator in a query, so it is read only where asked for; bare NaN is no JSON.
        lines = [
            line for line in lines if not re.search(r'"\$regex"|[ \[](NaN|-?Infinity)[,\]}]', line)
        ]
        assert len(lines) > 200

    ours, _ = decode(lines)

    for line, document_read in zip(lines, ours):
        assert exact(widened(document_read)) == exact(widened(parse(line))), line


def test_our_own_canonical_text_is_read_back_to_the_same_text():
    raws = Samples(600, old=True, repeated_names=True).documents(1000)
    lines, _ = encode(raws, "canonical")
    _, back = decode(lines)

    done = subprocess.run(
        [tool(), "encode", "canonical"], input=back, capture_output=True, timeout=60
    )

    assert done.stdout.decode().split("\n")[:-1] == lines


def test_nesting_of_a_hundred_levels_survives():
    raw = nested(100)
    lines, _ = encode([raw], "canonical")
    _, back = decode(lines)

    assert back == raw
    assert exact(parse(lines[0])) == exact(bson.decode(raw, CODEC))


def test_repeated_empty_and_dotted_names_survive_in_order():
    raw = document(
        [
            b"\x10a\0" + struct.pack("<i", 1),
            b"\x10\0" + struct.pack("<i", 2),
            b"\x10a.b\0" + struct.pack("<i", 3),
            b"\x10a\0" + struct.pack("<i", 4),
        ]
    )
    lines, _ = encode([raw], "relaxed")

    assert lines == ['{"a":1,"":2,"a.b":3,"a":4}']
    assert decode(lines)[1] == raw
