"""Aim: a lake in Azure Storage is as good as one on disk, read back by Azure's own library; secrets are never shown (R6 R26 R29 R30 R63 R64 R66)."""

import base64
import json
import signal

import pytest

from azurite import KEY, PrivateAzurite
from inlet_process import InletProcess, run_inlet
from lake_reader import AzureLake, changes, read_lake
from mongod import await_condition
from test_sync import assert_lake_equals, sync_arguments
from workload import RecordedTruth, Writer, seed_documents, tokens_since


def staging_leftovers(lake):
    return [path for path in lake.paths() if path.startswith("_staging/")]


def records_published(lake):
    """By the manifests alone: a folder may be in the middle of being published."""
    manifests = [json.loads(lake.get(path)) for path in lake.paths() if path.endswith("/_manifest.json")]
    return sum(file["records"] for manifest in manifests for file in manifest["files"])


@pytest.mark.parametrize("scheme", ["az", "abfss"])
def test_sync_to_a_container_folds_to_the_collection(mongod, db, azurite, container, tmp_path, scheme):
    """R40 R41: copy and changes, through either kind of URL."""
    seed_documents(db.orders, 3_000)
    name = container.container_name
    url = f"az://{name}/deep/shop" if scheme == "az" else f"abfss://{name}@devstoreaccount1.dfs.core.windows.net/deep/shop"
    lake = AzureLake(container, "deep/shop")
    arguments = sync_arguments(mongod, db, url)
    with Writer(mongod.uri, db.name, "orders", seed=11) as writer:
        with InletProcess(tmp_path, *arguments, environment=azurite.environment) as inlet:
            await_condition(lambda: writer.operations > 300 or inlet._poll(), "300 operations")
            writer.stop()
            assert inlet.stop() == 0, inlet.output()
    code, log, _ = run_inlet(tmp_path, *arguments, "--until-caught-up", environment=azurite.environment)
    assert code == 0, log

    assert_lake_equals(lake, db.orders)
    assert staging_leftovers(lake) == []

    code, log, report = run_inlet(tmp_path, "verify", url, "--from", mongod.uri, "--db", db.name, environment=azurite.environment)
    assert code == 0, log + report


def test_snapshot_to_a_container_is_one_file_that_verify_checks(mongod, db, azurite, container, tmp_path):
    """R20 R21 R61: a large collection streams in blocks; damage is found."""
    filling = base64.b64encode(bytes(range(256)) * 12).decode()
    db.orders.insert_many([{"_id": i, "filling": filling} for i in range(8_000)])
    url = f"az://{container.container_name}/dumps"
    lake = AzureLake(container, "dumps")

    code, log, _ = run_inlet(tmp_path, "snapshot", "--from", mongod.uri, "--db", db.name, "--to", url, environment=azurite.environment)

    assert code == 0, log
    [folder] = read_lake(lake)
    assert [file["name"] for file in folder.manifest["files"]] == ["orders.ndjson"]
    assert folder.manifest["files"][0]["bytes"] > 30 * 2**20
    assert len(folder.records) == 8_000
    assert staging_leftovers(lake) == []
    code, log, report = run_inlet(tmp_path, "verify", url, environment=azurite.environment)
    assert code == 0, log + report

    container.upload_blob("dumps/" + folder.path + "orders.ndjson", b"other bytes\n", overwrite=True)
    code, log, report = run_inlet(tmp_path, "verify", url, environment=azurite.environment)
    assert code == 3, log + report


def test_check_with_each_credential(azurite, container, tmp_path):
    """R63 R64: key or token, from the environment or by reference; what a token does not allow is named."""
    name = container.container_name
    key_file, token_file = tmp_path / "key", tmp_path / "token"
    key_file.write_text(KEY + "\n")
    token_file.write_text(azurite.sas_token(name) + "\n")

    def check(url, environment=None):
        return run_inlet(tmp_path, "check", "--to", url, environment=environment)

    by_reference = azurite.url_with(name, "lake")
    assert check(f"az://{name}/lake", azurite.environment)[0] == 0
    code, log, out = check(by_reference + f"&account_key=${{file:{key_file}}}")
    assert code == 0, log + out
    code, log, out = check(by_reference + f"&sas_token=${{file:{token_file}}}")
    assert code == 0, log + out
    code, log, out = check(by_reference + "&sas_token=${env:READ_ONLY}", {"READ_ONLY": azurite.sas_token(name, "rl")})
    assert code == 1, log + out
    assert "permission_denied" in out and "Storage Blob Data Contributor" in out


def test_wrong_key_is_refused_and_not_shown(mongod, db, azurite, container, tmp_path):
    """R64: a failure only a person can mend stops the run; neither the key nor a token is in any output."""
    db.orders.insert_one({"_id": 1})
    wrong = base64.b64encode(b"a key of the right form, but of nobody").decode()
    url = azurite.url_with(container.container_name, "lake", account_key=wrong)
    for command in (["check"], sync_arguments(mongod, db, "unused")[:5]):
        if command[0] == "check":
            code, log, out = run_inlet(tmp_path / "check", "check", "--to", url)
        else:
            code, log, out = run_inlet(tmp_path / "sync", *command, "--to", url, "--until-caught-up", seconds=60)
        assert code != 0
        assert "permission_denied" in log + out and "Storage Blob Data Contributor" in log + out
        assert wrong not in log + out and wrong.rstrip("=") not in log + out

    signature_of = azurite.sas_token("another")
    code, log, out = run_inlet(tmp_path / "sas", "check", "--to", azurite.url_with(container.container_name, "lake", sas_token=signature_of))
    assert code == 1 and "permission_denied" in out, log + out
    assert "sig=" not in log + out


def test_missing_container_is_named(azurite, tmp_path):
    code, log, out = run_inlet(tmp_path, "check", "--to", "az://never-made/lake", environment=azurite.environment)
    assert code == 1, log + out
    assert "not_found" in out and "create the container" in out


def test_outage_of_the_service_is_ridden_out(mongod, db, tmp_path):
    """R67: the run waits while nobody answers, and loses and repeats nothing."""
    seed_documents(db.orders, 500)
    with PrivateAzurite(tmp_path / "azurite", survives=True) as azurite:
        with azurite.client as client:
            lake = AzureLake(client.create_container("lake"), "shop")
            arguments = sync_arguments(mongod, db, "az://lake/shop")
            with InletProcess(tmp_path / "run", *arguments, environment=azurite.environment) as inlet:
                await_condition(lambda: any(p.endswith("_manifest.json") for p in lake.paths()) or inlet._poll(), "a first manifest")
                azurite.stop(signal.SIGTERM)
                db.orders.insert_many([{"_id": f"in the outage {i}"} for i in range(200)])
                await_condition(lambda: "unavailable" in inlet.output() or inlet._poll(), "the outage to be noticed", 60)
                azurite.start()
                await_condition(lambda: records_published(lake) >= 700 or inlet._poll(), "the outage's changes", 120, 0.5)
                assert inlet.stop(120) == 0, inlet.output()
            assert_lake_equals(lake, db.orders)


def test_state_in_the_container_is_taken_over_from_a_killed_process(mongod, db, azurite, container, tmp_path):
    """R6 R30 R66: nothing is kept on the machine, so that another can go on."""
    seed_documents(db.orders, 3_000)
    url = f"az://{container.container_name}/shop"
    lake = AzureLake(container, "shop")
    arguments = sync_arguments(mongod, db, url, "--state", f"{url}?inletLeaseMs=4000", "--flush-interval", "100ms", "--wait-for-lease")
    checkpoints = lambda: [path for path in lake.paths() if path.startswith("_inlet/") and "/checkpoint-" in path]  # noqa: E731
    with RecordedTruth(mongod.uri, db.name, "orders") as truth, Writer(mongod.uri, db.name, "orders", seed=12) as writer:
        with InletProcess(tmp_path / "first", *arguments, environment=azurite.environment) as first:
            await_condition(lambda: records_published(lake) > 3_000 or first.has_ended(), lambda: f"changes; log:\n{first.output()}")
            first.kill()
        assert checkpoints()
        with InletProcess(tmp_path / "second", *arguments, environment=azurite.environment) as second:
            before = records_published(lake)
            await_condition(lambda: records_published(lake) > before or second.has_ended(), lambda: f"the second; log:\n{second.output()}")
            assert "standing by" in second.output()
            writer.stop()
            tokens = truth.tokens_until(db.orders)
            assert second.stop() == 0, second.output()
    code, log, _ = run_inlet(tmp_path, *arguments, "--until-caught-up", environment=azurite.environment)
    assert code == 0, log

    folders = assert_lake_equals(lake, db.orders)
    written = {change["_token"]["_data"] for change in changes(folders)}
    assert tokens_since(tokens, folders) <= written
    assert not list(tmp_path.glob("**/.inlet")), "the state is in the container alone"
