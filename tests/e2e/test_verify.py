"""Aim: `inlet verify` finds what is wrong with a lake, names it, and ends with exit code 3; a right one gives 0 (R61).

Each test spoils one thing of one lake that was made by a sync, as a disk, a script or a person would.
"""

import gzip
import hashlib
import json
import shutil

import pymongo
import pytest

from inlet_process import run_inlet
from lake_reader import decompress
from mongod import PrivateMongod  # noqa: F401 - the fixture's type
from workload import seed_documents

DIFFERENCE = 3


@pytest.fixture(scope="module")
def sample(mongod, tmp_path_factory):
    """A synced database with a copy's file and a changes' file, and a dump of it."""
    root = tmp_path_factory.mktemp("sample")
    with pymongo.MongoClient(mongod.uri) as client:
        db = client["verified"]
        client.drop_database(db)
        seed_documents(db.orders, 300)
        client["elsewhere"].marks.insert_one({})  # The start point is past the last seed: else that one comes as an event too.
        arguments = ["--from", mongod.uri, "--db", db.name]
        synced = ["--to", str(root / "lake"), "--path", "{collection}/", "--until-caught-up"]  # One folder, whatever the hour.
        assert run_inlet(root, "sync", *arguments, *synced)[0] == 0
        db.orders.update_many({"_id": {"$lt": 20}}, {"$set": {"changed": True}})
        db.orders.delete_one({"_id": 22})
        db.orders.insert_one({"_id": "last"})
        assert run_inlet(root, "sync", *arguments, *synced)[0] == 0
        assert run_inlet(root, "snapshot", *arguments, "--to", str(root / "dumps"), "--compression", "gzip")[0] == 0
        yield root
        client.drop_database(db)


@pytest.fixture()
def lake(sample, tmp_path):
    return shutil.copytree(sample / "lake", tmp_path / "lake")


@pytest.fixture()
def dumps(sample, tmp_path):
    return shutil.copytree(sample / "dumps", tmp_path / "dumps")


@pytest.fixture()
def verified(mongod):
    """The collection behind the sample, brought back after a test has changed it."""
    with pymongo.MongoClient(mongod.uri) as client:
        orders = client["verified"].orders
        before = list(orders.find({}))
        yield orders
        orders.delete_many({})
        orders.insert_many(before)


def verify(place, *more, expected=DIFFERENCE):
    """Findings of a JSON report, as a text says them too."""
    work = place.parent / "work"
    code, log, text = run_inlet(work, "verify", str(place), *more)
    assert code == expected, text + log
    code, log, report = run_inlet(work, "verify", str(place), *more, "--report", "json")
    assert code == expected, report + log
    told = json.loads(report)
    assert told["clean"] == (expected == 0) and sum(told["counts"].values()) == len(told["findings"])
    for finding in told["findings"]:
        assert f"{finding['kind']}: {finding['where']}: {finding['what']}" in text
    return told["findings"] if expected else told


def the_finding(findings):
    assert len(findings) == 1, findings
    return findings[0]


def manifest_of(place):
    [path] = place.rglob("_manifest.json")
    return path


def part_of(place, beginning):
    """(path, manifest entry) of the only file whose name begins so."""
    path = manifest_of(place)
    [entry] = [e for e in json.loads(path.read_text())["files"] if e["name"].startswith(beginning)]
    return path.parent / entry["name"], entry


def rewrite(place, change):
    """Changes the manifest as it is parsed."""
    path = manifest_of(place)
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def rewrite_lines(place, beginning, change):
    """Changes a file's lines, and its bytes and checksum in the manifest: only what they say is wrong then."""
    path, entry = part_of(place, beginning)
    data = "\n".join([*change(path.read_text().splitlines()), ""]).encode()
    path.write_bytes(data)

    def follow(manifest):
        [there] = [e for e in manifest["files"] if e["name"] == entry["name"]]
        there["bytes"], there["sha256"] = len(data), hashlib.sha256(data).hexdigest()
        return there

    rewrite(place, follow)


def test_clean_lake(lake, mongod):
    report = verify(lake, expected=0)
    assert report["folders"] == 1 and report["files"] == 2 and report["sealed"] == 0
    assert report["operations"]["read"] == 300 and report["operations"]["delete"] == 1
    assert report["records"] == sum(report["operations"].values()) and report["collectionsCompared"] == 0

    report = verify(lake, "--from", mongod.uri, expected=0)
    assert report["collectionsCompared"] == 1 and report["documentsCompared"] == 300


def test_clean_dump(dumps, mongod):
    report = verify(dumps, "--from", mongod.uri, expected=0)
    assert report["records"] == report["documentsCompared"] == 300 and report["sealed"] == 1


def test_changed_byte(lake):
    path, _ = part_of(lake, "copy-")
    data = bytearray(path.read_bytes())
    data[data.index(b"customer")] ^= 0x20
    path.write_bytes(data)
    finding = the_finding(verify(lake))
    assert finding["kind"] == "damaged file" and finding["where"].endswith(path.name) and "SHA-256" in finding["what"]


@pytest.mark.parametrize("cut", ["in a line", "behind a line"])
def test_truncated_file(lake, cut):
    path, entry = part_of(lake, "copy-")
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"\n", 0, -1) + (1 if cut == "behind a line" else -10)])
    findings = verify(lake)
    assert {f["kind"] for f in findings} == {"damaged file"} and all(f["where"].endswith(path.name) for f in findings)
    assert f"the manifest says {entry['bytes']}" in findings[0]["what"]


def test_truncated_compressed_file(dumps):
    path, _ = part_of(dumps, "orders.")
    path.write_bytes(path.read_bytes()[:-9])
    findings = verify(dumps)
    assert {f["kind"] for f in findings} == {"damaged file"} and findings[0]["where"].endswith(".gz")


def test_missing_file(lake):
    path, _ = part_of(lake, "part-")
    path.unlink()
    finding = the_finding(verify(lake))
    assert finding["kind"] == "missing file" and finding["where"].endswith(path.name)


def test_stray_file(lake):
    stray = manifest_of(lake).parent / "part-from-elsewhere.ndjson"
    stray.write_text("{}\n")
    finding = the_finding(verify(lake))
    assert finding["kind"] == "stray file" and finding["where"].endswith(stray.name)


def test_hidden_files_are_nobodys(lake):
    (manifest_of(lake).parent / ".DS_Store").write_text("x")
    (lake / "_temporary").mkdir()
    (lake / "_temporary" / "file").write_text("x")
    verify(lake, expected=0)


def test_missing_manifest(lake):
    manifest_of(lake).unlink()
    findings = verify(lake)
    assert {f["kind"] for f in findings} == {"stray file"} and len(findings) == 2


def test_manifest_that_is_none(lake):
    manifest_of(lake).write_text('{"format": 1, "files": ')
    findings = verify(lake)
    assert "damaged manifest" in {f["kind"] for f in findings}


def test_doubled_event(lake):
    rewrite_lines(lake, "part-", lambda lines: [*lines[:-1], lines[-1], lines[-1]])

    def count_it(manifest):
        [entry] = [e for e in manifest["files"] if e["name"].startswith("part-")]
        entry["records"] += 1
        entry["operations"]["insert"] += 1

    rewrite(lake, count_it)
    path, _ = part_of(lake, "part-")
    token = json.loads(path.read_text().splitlines()[-1])["_token"]["_data"]
    finding = the_finding(verify(lake))
    assert finding["kind"] == "doubled event" and finding["what"] == token and finding["where"].endswith(path.name)


def test_wrong_record_count(lake):
    rewrite_lines(lake, "part-", lambda lines: lines[:-1])
    finding = the_finding(verify(lake))
    assert finding["kind"] == "damaged file" and "the manifest says" in finding["what"] and "records" in finding["what"]


def test_other_operations_than_the_manifest_says(lake):
    def swap(manifest):
        [entry] = [e for e in manifest["files"] if e["name"].startswith("part-")]
        entry["operations"]["delete"] += 1
        entry["operations"]["insert"] -= 1

    rewrite(lake, swap)
    assert "other operations" in the_finding(verify(lake))["what"]


def test_cluster_time_that_goes_back(lake):
    rewrite_lines(lake, "part-", lambda lines: [lines[-1], *lines[:-1]])
    assert the_finding(verify(lake))["kind"] == "out of order"


def test_sealed_without_success(dumps):
    (manifest_of(dumps).parent / "_SUCCESS").unlink()
    finding = the_finding(verify(dumps))
    assert finding["kind"] == "broken seal" and "_SUCCESS" in finding["what"]


def test_success_without_seal(lake):
    (manifest_of(lake).parent / "_SUCCESS").touch()
    assert the_finding(verify(lake))["kind"] == "broken seal"


def test_copy_of_another_size_than_was_read(dumps):
    rewrite(dumps, lambda manifest: manifest["snapshot"].update(records=299))
    finding = the_finding(verify(dumps))
    assert finding["kind"] == "damaged manifest" and "snapshot" in finding["what"]


@pytest.mark.parametrize("place", ["lake", "dumps"])
def test_documents_missing_extra_and_different_are_named(sample, verified, mongod, tmp_path, place):
    """Against MongoDB: which `_id`s, and what about them."""
    copy = shutil.copytree(sample / place, tmp_path / place)
    verified.insert_one({"_id": "only in the collection"})
    verified.delete_one({"_id": 44})
    verified.update_one({"_id": 46}, {"$set": {"changed": "behind its back"}})

    findings = {f["kind"]: f for f in verify(copy, "--from", mongod.uri, "--db", "verified", "--collection", "orders")}

    assert set(findings) == {"missing document", "extra document", "other document"}
    assert all(f["where"] == "verified.orders" for f in findings.values())
    assert findings["missing document"]["what"] == '_id "only in the collection"'
    assert findings["extra document"]["what"] == "_id 44"
    assert findings["other document"]["what"] == "_id 46"
    verify(copy, "--from", mongod.uri, "--db", "verified", "--collection", "others", expected=0)


def test_gzip_is_read_by_another_implementation(dumps):
    path, entry = part_of(dumps, "orders.")
    assert decompress(path.name, path.read_bytes()) == gzip.decompress(path.read_bytes())
    assert gzip.decompress(path.read_bytes()).count(b"\n") == entry["records"]


def test_place_without_a_lake(tmp_path):
    code, log, _ = run_inlet(tmp_path, "verify", "nothing")
    assert code == 1 and "is it the folder that was given to --to?" in log
