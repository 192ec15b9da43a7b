"""The images: the base as debootstrap makes it, and ours on top, by the lines of the README."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from tests.image.engine import BUILD_SECONDS, Engine

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "conf/compose"
BASE = "debian:trixie-slim"
IMAGE = "clamgate"
POSTFIX = "clamgate-postfix"

_PROXIES = ("http_proxy", "https_proxy", "no_proxy")

# All in one shell, in mounts of its own: in memory, because dpkg waits for the disk at each file.
_BOOTSTRAP = """\
set -eu
mount -t tmpfs -o mode=755 tmpfs "$1"
debootstrap --variant=minbase trixie "$1/root" "$2" >&2
# As in the image of this name on Docker Hub: what is built on it need not wait for the disk either.
echo force-unsafe-io > "$1/root/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"
rm -rf "$1"/root/var/cache/apt/archives/*.deb "$1"/root/var/lib/apt/lists/*
tar --create --directory="$1/root" .
"""


def make_base(engine: Engine) -> None:
    """Make the base image, if it is not there from an earlier run."""
    if engine.has_image(BASE):
        return
    with tempfile.TemporaryDirectory(prefix="cg-base-") as folder:
        made = subprocess.run(
            [
                *("unshare", "--mount", "--propagation", "private"),
                *("sh", "-c", _BOOTSTRAP, "sh", folder, _mirror()),
            ],
            capture_output=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        assert made.returncode == 0, made.stderr.decode()[-2000:]
        engine.docker("import", "-", BASE, stdin=made.stdout, timeout=BUILD_SECONDS)


def build(engine: Engine, name: str, folder: Path) -> str:
    """Build an image from a folder's Dockerfile, and return what was printed.

    It uses this machine's network, and its proxy if there is one: only how packages are reached
    differs from the command in the README.
    """
    make_base(engine)
    proxies = [f"--build-arg={one}" for one in _PROXIES if one in os.environ]
    words = ("build", "--network", "host", *proxies, "--tag", name)
    return engine.docker(*words, folder, timeout=BUILD_SECONDS)


def _mirror() -> str:
    """Return where this machine gets Debian from."""
    found = subprocess.run(
        [
            *("apt-get", "indextargets", "--format", "$(REPO_URI)"),
            *("Created-By: Packages", "Origin: Debian", "Component: main"),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert found, "apt knows no mirror of Debian: apt-get update"
    return next(uri for uri in found if "security" not in uri)
