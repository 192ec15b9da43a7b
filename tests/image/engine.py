"""A Docker engine of the tests' own: Debian's dockerd, with its own data, bridge and mounts.

The system's engine, if there is one, and the machine's firewall rules are left alone. What was
built is kept between runs in ~/.cache/clamgate: the base and the packages are fetched once.
"""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.waiting import wait_until

BUILD_SECONDS = 600.0
COMMAND_SECONDS = 120.0
START_SECONDS = 120.0
_STOP_SECONDS = 60.0

# Of these, the first that no route of this machine leads to.
_SUBNETS = tuple(ipaddress.ip_network(f"172.30.{number}.0/24") for number in range(32, 250))
_NEEDED = ("dockerd", "docker", "debootstrap", "ip", "unshare")


class DockerError(Exception):
    """A docker command failed. The text has its output."""


class NoEngineError(Exception):
    """This machine does not let an engine run, for instance because it is a container itself."""


def why_not() -> str | None:
    """Return why no engine can be run here, None if it is worth a try."""
    if os.geteuid() != 0:
        return "only root can start a Docker engine"
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (Debian: apt install docker.io debootstrap)"
    if not Path("/sys/fs/cgroup/memory").is_dir() and not _has_cgroup2():
        return "no control groups are mounted in /sys/fs/cgroup"
    return None


def _has_cgroup2() -> bool:
    return Path("/sys/fs/cgroup/cgroup.controllers").is_file()


class Engine:
    """A dockerd. As a context manager it runs inside the block, and no container is left after it.

    Attributes:
        gateway: This machine's address, for containers on the default bridge.
    """

    def __init__(self) -> None:
        self._cache = cache_folder()
        self._folder = Path()
        self._bridge = ""
        self.gateway = ""

    def __enter__(self) -> Self:
        self._cache.mkdir(parents=True, exist_ok=True)
        self._lock = (self._cache / "lock").open("w")
        # One engine at a time can use the data; another run of the tests is waited for.
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._folder = Path(tempfile.mkdtemp(prefix="cg-docker-", dir="/tmp"))
        try:
            self._make_bridge()
            self._start()
        except BaseException as error:
            self.__exit__(None, None, None)
            if isinstance(error, subprocess.CalledProcessError):
                raise NoEngineError(f"{error.cmd[0]}: {error.stderr.strip()}") from None
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process = getattr(self, "_process", None)
        try:
            if process is not None:
                self._stop(process)
        finally:
            if self._bridge:
                subprocess.run(["ip", "link", "delete", self._bridge], check=False)
            shutil.rmtree(self._folder, ignore_errors=True)
            self._lock.close()

    def docker(
        self,
        *words: str | Path,
        timeout: float = COMMAND_SECONDS,
        stdin: bytes | None = None,
    ) -> str:
        """Run a docker command, and return what it prints.

        Raises:
            DockerError: It failed.
        """
        done = self.attempt(*words, timeout=timeout, stdin=stdin)
        if done.returncode:
            raise DockerError(f"docker {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return done.stdout.rstrip("\n")

    def attempt(
        self,
        *words: str | Path,
        timeout: float = COMMAND_SECONDS,
        stdin: bytes | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a docker command, and return how it ended."""
        done = subprocess.run(
            ["docker", *words],
            input=stdin,
            capture_output=True,
            timeout=timeout,
            env=self.environment,
            check=False,
        )
        out, errors = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, out, errors)

    def has_image(self, name: str) -> bool:
        """Whether there is an image of this name."""
        return self.attempt("image", "inspect", name).returncode == 0

    def inspect(self, name: str) -> dict[str, object]:
        """Return what docker knows of a container, image or volume."""
        found: list[dict[str, object]] = json.loads(self.docker("inspect", name))
        return found[0]

    def remove_all(self) -> None:
        """Remove all containers, volumes and networks; images stay, but for old ones."""
        for containers in filter(None, [self.docker("ps", "--all", "--quiet").split()]):
            self.docker("rm", "--force", "--volumes", *containers)
        for volumes in filter(None, [self.docker("volume", "ls", "--quiet").split()]):
            self.docker("volume", "rm", "--force", *volumes)
        self.docker("network", "prune", "--force")
        # What was built and is no image's any more, but for what the next run may take up again.
        self.docker("image", "prune", "--force", "--filter", "until=48h")

    @property
    def no_names(self) -> str:
        """The option of docker run that spares a container to look up names in vain."""
        return f"--dns={self.gateway}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What docker and docker-compose have to be given to talk to this engine."""
        return os.environ | {
            "DOCKER_HOST": f"unix://{self._folder}/docker.sock",
            "DOCKER_CONFIG": str(self._folder / "client"),
            "DOCKER_BUILDKIT": "0",
        }

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        try:
            if process.poll() is None:
                self.remove_all()
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _make_bridge(self) -> None:
        taken = [
            ipaddress.ip_network(route["dst"])
            for route in json.loads(_run("ip", "-4", "-json", "route"))
            if route["dst"] != "default"
        ]
        subnet = next(one for one in _SUBNETS if not any(map(one.overlaps, taken)))
        self.gateway = str(subnet[1])
        bridge = f"cg{os.getpid()}"
        _run("ip", "link", "add", bridge, "type", "bridge")
        self._bridge = bridge
        _run("ip", "address", "add", f"{self.gateway}/{subnet.prefixlen}", "dev", bridge)
        _run("ip", "link", "set", bridge, "up")

    def _start(self) -> None:
        log = self._folder / "log"
        with log.open("wb") as output:
            # In mounts of its own, which go when it goes.
            self._process = subprocess.Popen(
                [
                    *("unshare", "--mount", "--propagation", "private"),
                    *("dockerd", "--data-root", self._cache / "docker"),
                    *("--exec-root", self._folder / "exec"),
                    *("--pidfile", self._folder / "pid"),
                    *("--host", f"unix://{self._folder}/docker.sock"),
                    *("--bridge", self._bridge),
                    *("--iptables=false", "--ip6tables=false", "--ip-forward=false"),
                    "--ip-masq=false",
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # ctrl-c at the terminal is for the tests, which still need it
            )

        def is_up() -> bool:
            if self._process.poll() is not None:
                raise NoEngineError(f"dockerd ended:\n{log.read_text()[-2000:]}")
            return self.attempt("version").returncode == 0

        wait_until(is_up, "a Docker engine", START_SECONDS)


def cache_folder() -> Path:
    """Return where things are kept between runs; it can be removed at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clamgate"


def _run(*words: str) -> str:
    command: Sequence[str] = words
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
