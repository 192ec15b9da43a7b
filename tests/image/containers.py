"""A container of the image, as a test sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from tests.image.engine import Engine
from tests.image.images import IMAGE
from tests.waiting import wait_until

from clamgate.harness.private_clamd import TINY_DATABASE

READY_SECONDS = 240.0
STOP_SECONDS = 60
"""For the container's end, on a busy machine too. That all is over within docker's 10 s by the
supervisor's clock is seen to in tests/container."""

_NO_ENVIRONMENT: Mapping[str, str] = MappingProxyType({})

ONLY_CLAMD = MappingProxyType({"CLAMAV_NO_FRESHCLAMD": "true"})
CLAMD_AND_FILTER = MappingProxyType({"CLAMAV_NO_FRESHCLAMD": "true", "CLAMAV_NO_MILTERD": "false"})
ALL = MappingProxyType({"CLAMAV_NO_MILTERD": "false"})


class Container:
    """`docker run --detach`, for as long as the block is open.

    Args:
        engine: Where.
        options: What stands before the image's name.
        words: What stands after it.
        environment: Given with --env.
    """

    def __init__(
        self,
        engine: Engine,
        *options: str,
        words: Sequence[str] = (),
        environment: Mapping[str, str] = _NO_ENVIRONMENT,
        image: str = IMAGE,
    ) -> None:
        self._engine = engine
        variables = [f"--env={name}={value}" for name, value in environment.items()]
        self._command = ("run", "--detach", engine.no_names, *variables, *options, image, *words)
        self.id = ""

    @classmethod
    def running_as(cls, engine: Engine, identifier: str) -> Self:
        """Return one that somebody else has started, and will remove."""
        container = cls(engine)
        container.id = identifier
        return container

    def __enter__(self) -> Self:
        self.id = self._engine.docker(*self._command).split()[-1]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.docker("rm", "--force", "--volumes", self.id)

    def logs(self) -> str:
        """Return all that it has printed."""
        done = self._engine.attempt("logs", self.id)
        return done.stdout + done.stderr

    def wait_for_log(self, pattern: str, timeout: float = READY_SECONDS) -> re.Match[str]:
        """Return the first place in its output that a regular expression finds."""

        def look() -> re.Match[str] | None:
            runs = self.running  # asked first: its last words may be what is waited for
            found = re.search(pattern, self.logs())
            assert found or runs, f"it ended:\n{self.logs()}"
            return found

        try:
            found = wait_until(look, f"{pattern!r} in its output", timeout)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.logs()}") from None
        assert found is not None
        return found

    def wait_until_ready(self) -> None:
        """Return once all its services are well."""

        def look() -> bool:
            assert self.running, f"it ended:\n{self.logs()}"
            return self.health()[0]

        try:
            wait_until(look, "a container that is well", READY_SECONDS)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.logs()}") from None

    def health(self) -> tuple[bool, dict[str, str]]:
        """Return what `clamgate health` says: whether all is well, and a text for each service."""
        done = self._engine.attempt("exec", self.id, "clamgate", "health", "--json")
        told = json.loads(done.stdout or '{"ok": false, "checks": []}')
        assert told["ok"] == (done.returncode == 0)
        return told["ok"], {one["name"]: one["text"] for one in told["checks"]}

    def run(self, *words: str) -> str:
        """Run a program in it, and return its output."""
        return self._engine.docker("exec", self.id, *words)

    def pid(self, service: str) -> int:
        """Return a service's process, 0 if it has none; by the number inside."""
        match = re.search(r"process (\d+)", self.health()[1].get(service, ""))
        return int(match[1]) if match else 0

    def processes(self) -> list[list[str]]:
        """Return process, parent, state and command of all that runs in it."""
        lines = self.run("ps", "-ww", "axo", "pid,ppid,stat,args").splitlines()[1:]
        return [line.split(None, 3) for line in lines]

    def resident(self, pid: int) -> int:
        """Return how much memory a process has (bytes)."""
        status = self.run("cat", f"/proc/{pid}/status")
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def memory(self) -> int:
        """Return how much its processes have together, cached files not counted (bytes)."""
        script = "cd /sys/fs/cgroup; cat memory.stat memory/memory.stat 2>/dev/null || true"
        found = re.search(r"^(?:anon|rss) (\d+)$", self.run("sh", "-c", script), re.MULTILINE)
        assert found
        return int(found[1])

    def stop(self) -> int:
        """`docker stop`; return its exit status."""
        self._engine.docker("stop", "-t", str(STOP_SECONDS), self.id)
        return self.exit_status

    def wait(self) -> int:
        """Return its exit status once it has ended."""
        return int(self._engine.docker("wait", self.id))

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return bool(self._state["Running"])

    @property
    def exit_status(self) -> int:
        """How it ended; 137 if docker had to kill it."""
        return int(str(self._state["ExitCode"]))

    @property
    def address(self) -> str:
        """Its address, which this machine can reach."""
        return self._engine.docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", self.id)

    def port(self, inside: int) -> int:
        """Return the port of this machine that a published one has."""
        return int(self._engine.docker("port", self.id, str(inside)).splitlines()[0].split(":")[-1])

    @property
    def _state(self) -> Mapping[str, object]:
        state = self._engine.inspect(self.id)["State"]
        assert isinstance(state, dict)
        return state


def write_database(folder: Path) -> Path:
    """Put a tiny database into a folder that any user of a container can write to."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o1777)
    for name, text in TINY_DATABASE.items():
        (folder / name).write_text(text)
    return folder
