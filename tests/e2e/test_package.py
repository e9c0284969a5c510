"""Aim: the packages work where nothing of ours is: a Debian 12 as bare as debootstrap makes it (R66)."""

import hashlib
import pathlib
import re
import subprocess

import pytest

from bare_debian import BareDebian
from lake_reader import LocalLake, read_lake
from workload import seed_documents

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERSION = re.search(r"project\(inlet VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
DEB = f"inlet_{VERSION}_amd64.deb"
TARBALL = f"inlet-{VERSION}-linux-x86_64.tar.gz"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def packages():
    built = subprocess.run([ROOT / "tools/package"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert built.returncode == 0, built.stdout
    return ROOT / "build/release/packages"


@pytest.fixture()
def debian(tmp_path):
    with BareDebian(tmp_path / "debian") as bare:
        yield bare


def prove(debian, program, mongod, db):
    """A snapshot from a mongod outside into a folder inside, verified by the program and by another reader."""
    seed_documents(db.orders, 2_000)
    assert debian.run(program, "--version") == f"inlet {VERSION}\n"
    assert "Usage: inlet COMMAND" in debian.run(program, "--help")
    debian.run(program, "snapshot", "--from", mongod.uri, "--db", db.name, "--to", "./dumps")
    verified = debian.run(program, "verify", "./dumps", "--from", mongod.uri, "--db", db.name)
    assert "verified: everything is as the manifests say" in verified
    folders = read_lake(LocalLake(debian.inside("dumps")))
    assert {str(r["_id"]) for f in folders for r in f.records} == {str(d["_id"]) for d in db.orders.find({}, {"_id": 1})}


def test_packages_hold_the_product_and_nothing_of_this_machine(packages):
    names = sorted(path.name for path in packages.iterdir())
    assert names == sorted([DEB, f"{DEB}.sha256", TARBALL, f"{TARBALL}.sha256"])
    for name in (DEB, TARBALL):
        assert (packages / f"{name}.sha256").read_text().split()[0] == hashlib.sha256((packages / name).read_bytes()).hexdigest()
    inside = subprocess.run(["tar", "-tzf", packages / TARBALL], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    # A page of the documentation may be about benches, and the README links it; their programs and data stay out.
    assert not [name for name in inside if re.search(r"test|bench|\.h$|\.a$", name) and "/share/doc/inlet/docs/" not in name]
    program = subprocess.run(["tar", "-xzOf", packages / TARBALL, f"{TARBALL[:-7]}/bin/inlet"], stdout=subprocess.PIPE, check=True).stdout
    assert str(ROOT).encode() not in program and str(pathlib.Path.home() / ".cache").encode() not in program
    assert b".debug_info" not in program


def test_tarball_runs_on_a_bare_debian(packages, debian, mongod, db):
    place = debian.unpack(packages / TARBALL, "/opt")
    assert place == f"/opt/{TARBALL[:-7]}"

    prove(debian, f"{place}/bin/inlet", mongod, db)

    libraries = debian.run("ldd", f"{place}/bin/inlet")
    assert "not found" not in libraries
    bundled = {path.name for path in debian.inside(f"{place}/lib/inlet").iterdir()}
    taken = {name: path for name, path in re.findall(r"(\S+) => (\S+)", libraries)}
    for name, path in taken.items():
        assert path.startswith(place) == (name in bundled), f"{name} comes from {path}"
    assert bundled <= set(taken), "a library is in the tarball that nothing needs"
    papers = debian.inside(f"{place}/share/doc/inlet/LIBRARIES.txt").read_text()
    for name, paper in re.findall(r"^(\S+): .* (licenses/\S+)$", papers, re.M):
        assert debian.inside(f"{place}/share/doc/inlet/{paper}").read_text(), name
        bundled.discard(name)
    assert not [name for name in bundled if not name.startswith(("libarrow", "libparquet"))], "no licence is named"
    assert debian.inside(f"{place}/share/doc/inlet/licenses/arrow-NOTICE.txt").exists() == bool(bundled)
    # A link from a folder of the search path finds its libraries too.
    debian.run("ln", "-s", f"{place}/bin/inlet", "/usr/local/bin/inlet")
    assert debian.run("inlet", "--version") == f"inlet {VERSION}\n"


def test_container_file_installs_the_deb_and_runs_as_its_user(packages, debian, mongod, db):
    entry_point = debian.build(ROOT / "packaging/container/Containerfile", packages)
    assert entry_point == ["inlet"]
    assert debian.run("id", "-un").strip() == "inlet"

    prove(debian, "inlet", mongod, db)


def test_deb_brings_services_that_systemd_accepts(packages, debian, mongod, db):
    (debian.root / DEB).write_bytes((packages / DEB).read_bytes())
    debian.run("apt-get", "install", "-y", "--no-install-recommends", f"/{DEB}", "systemd")
    assert debian.run("stat", "-c", "%U:%G %a", "/var/lib/inlet") == "inlet:inlet 750\n"
    assert "/etc/inlet/inlet.toml" in debian.run("dpkg-query", "--show", "--showformat=${Conffiles}", "inlet")
    enabled = [p.name for p in debian.inside("/etc/systemd").rglob("*") if "inlet" in p.name]
    assert enabled == [], "an installation starts nothing"
    units = ["inlet@shop.service", "inlet-snapshot@shop.service", "inlet-snapshot@shop.timer"]
    assert debian.run("systemd-analyze", "verify", *units) == ""

    # The command lines of the units, with the example of a configuration, as the user of the units.
    seed_documents(db.orders, 500)
    example = debian.inside("/etc/inlet/inlet.toml").read_text()
    ours = re.sub(r'^from = .*$', f'from = "{mongod.uri}"', example, flags=re.M).replace('"shop"', f'"{db.name}"')
    debian.inside("/etc/inlet/shop.toml").write_text(ours)
    debian.run("install", "-d", "-o", "inlet", "-g", "inlet", "/var/lib/inlet/shop")
    debian.user, debian.folder = "inlet:inlet", "/var/lib/inlet/shop"
    for unit, more, lake in (("inlet@", ["--until-caught-up"], "lake"), ("inlet-snapshot@", [], "dumps")):
        text = debian.inside(f"/usr/lib/systemd/system/{unit}.service").read_text()
        command = re.search(r"^ExecStart=(.*)$", text, re.M).group(1).replace("%i", "shop").split()
        debian.run(*command, *more)
        assert "verified:" in debian.run("inlet", "verify", f"./{lake}", "--from", mongod.uri, "--db", db.name)
        assert {path.name for path in debian.inside(lake).iterdir()} >= {"orders"}

    debian.user, debian.folder = "0:0", "/"
    debian.run("apt-get", "purge", "-y", "inlet")
    assert not debian.inside("/etc/inlet/inlet.toml").exists() and not debian.inside("/usr/bin/inlet").exists()
    assert debian.inside("/var/lib/inlet/shop/lake").exists(), "a purge leaves what a user has written"
