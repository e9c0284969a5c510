"""A bare Debian 12 to install packages into: a folder, entered by chroot, thrown away after.

The first use asks the mirror that this machine's apt is configured for; what came from there is kept
in the cache, so that later uses need no network.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

from mongod import CACHE

ARCHIVE = CACHE / "debian-12-minbase.tar"
DEBS = CACHE / "debian-12-debs"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# What a container has too; $ORIGIN needs /proc. The mounts are in a namespace of their own and end with the command.
ENTER = """mount -t proc proc "$1/proc"
mkdir -p "$1/dev/shm"
mount -t tmpfs tmpfs "$1/dev/shm"
root=$1 user=$2 folder=$3; shift 3
exec chroot --userspec="$user" "$root" env -i -C "$folder" PATH="$PATH" HOME=/ DEBIAN_FRONTEND=noninteractive "$@"
"""


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _make_archive() -> None:
    """`debootstrap --variant=minbase`, with the machine's way to the mirror and fresh package lists."""
    folder = CACHE / "debian-12-minbase.new"
    shutil.rmtree(folder, ignore_errors=True)
    mirrors = _output("apt-get", "indextargets", "--format", "$(REPO_URI)", "Codename: bookworm", "Label: Debian").split()
    assert mirrors, "apt has no Debian 12 mirror configured"
    proxy = json.loads("{" + ",".join(re.findall(r'"Acquire::https?::Proxy":"[^"]*"', _output(
        "apt-config", "dump", "--format", '"%F":"%v"%n', "Acquire"))) + "}")
    environment = {**os.environ, **{f"{key.split('::')[1]}_proxy": value for key, value in proxy.items() if value}}
    with open(CACHE / "debootstrap.log", "wb") as log:
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", str(folder), mirrors[0]], check=True, stdout=log, stderr=log,
                       env=environment)
    (folder / "etc/apt/apt.conf.d/90test").write_text(
        _output("apt-config", "dump", "--format", '%f "%v";%n', "Acquire") + '\nAPT::Keep-Downloaded-Packages "true";\n')
    debian = BareDebian(folder)
    debian.take_name_resolution()
    debian.run("apt-get", "update")
    debian.run("apt-get", "clean")
    subprocess.run(["tar", "--numeric-owner", "--xattrs", "-C", str(folder), "-cf", f"{ARCHIVE}.new", "."], check=True)
    os.replace(f"{ARCHIVE}.new", ARCHIVE)
    shutil.rmtree(folder)


class BareDebian:
    """Commands run as `user` in `folder`, both as seen from inside."""

    def __init__(self, root: pathlib.Path):
        self.root = pathlib.Path(root)
        self.user = "0:0"
        self.folder = "/"

    def __enter__(self) -> "BareDebian":
        assert os.geteuid() == 0, "only root can enter another Debian: run this test as root"
        if not ARCHIVE.exists():
            _make_archive()
        self.root.mkdir(parents=True)
        subprocess.run(["tar", "--numeric-owner", "--xattrs", "-C", str(self.root), "-xf", str(ARCHIVE)], check=True)
        self.take_name_resolution()
        DEBS.mkdir(exist_ok=True)
        for package in DEBS.glob("*.deb"):
            shutil.copy(package, self.root / "var/cache/apt/archives")
        return self

    def __exit__(self, *_) -> None:
        for package in (self.root / "var/cache/apt/archives").glob("*.deb"):
            shutil.copy(package, DEBS)
        shutil.rmtree(self.root)

    def take_name_resolution(self) -> None:
        for name in ("resolv.conf", "hosts"):
            shutil.copy(f"/etc/{name}", self.root / "etc" / name)

    def inside(self, path: str) -> pathlib.Path:
        """The path as seen from outside."""
        return self.root / self.folder.lstrip("/") / path if not path.startswith("/") else self.root / path.lstrip("/")

    def run(self, *command: str, expect: int = 0, seconds: float = 300) -> str:
        """What the command printed, on both streams; fails unless it ends with `expect`."""
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-euc", ENTER, "sh", str(self.root), self.user, self.folder, *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds, env={"PATH": PATH})
        assert done.returncode == expect, f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout[-4000:]}"
        return done.stdout

    def unpack(self, archive: pathlib.Path, folder: str) -> str:
        """Unpacks a tarball; gives the one folder at its top, as seen from inside."""
        names = _output("tar", "-tzf", str(archive)).splitlines()
        subprocess.run(["tar", "-xzf", str(archive), "-C", str(self.inside(folder))], check=True)
        tops = {name.split("/")[0] for name in names}
        assert len(tops) == 1, tops
        return f"{folder}/{tops.pop()}"

    def build(self, containerfile: pathlib.Path, context: pathlib.Path) -> list[str]:
        """Does what a container build would do here; gives the entry point."""
        entry_point: list[str] = []
        text = re.sub(r"\\\n", "", containerfile.read_text())
        for line in text.splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            word, rest = line.split(None, 1)
            if word == "RUN":
                self.run("sh", "-c", rest)
            elif word == "COPY":
                pattern, target = rest.split()
                sources = list(context.glob(pattern))
                assert sources, f"nothing to copy for {pattern}"
                for source in sources:
                    shutil.copy(source, self.inside(target))
            elif word == "USER":
                self.user = f"{rest}:{rest}"
            elif word == "WORKDIR":
                self.folder = rest
            elif word == "ENTRYPOINT":
                entry_point = json.loads(rest)
            else:  # They change what a container engine does with the image, not what is in it.
                assert word in ("FROM", "VOLUME", "STOPSIGNAL", "CMD"), f"unknown instruction: {line}"
        return entry_point
