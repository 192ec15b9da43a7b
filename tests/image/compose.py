"""A stack of conf/compose, as docker-compose runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.image.containers import Container
from tests.image.engine import BUILD_SECONDS, DockerError, Engine
from tests.image.images import COMPOSE

PROJECT = "stack"


class Stack:
    """One that is up.

    Args:
        engine: Where.
        files: The compose file, and those that change something of it.
        variables: What it takes from the environment.
    """

    def __init__(self, engine: Engine, files: list[Path], variables: Mapping[str, str]) -> None:
        self._engine = engine
        self._files = [f"--file={path}" for path in files]
        self._environment = {**engine.environment, **variables}

    def run(self, *words: str) -> str:
        """Run one of docker-compose's commands, and return what it prints."""
        command = [*_program(self._engine), f"--project-name={PROJECT}", *self._files, *words]
        done = subprocess.run(
            command,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        if done.returncode:
            raise DockerError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout

    def container(self, service: str) -> Container:
        """Return a service's container."""
        return Container.running_as(self._engine, self.run("ps", "--quiet", service).strip())


@contextmanager
def up(
    engine: Engine,
    file: str,
    folder: Path,
    changes: Mapping[str, object],
    variables: Mapping[str, str],
) -> Iterator[Stack]:
    """Run a stack, for as long as the block is open. The test is skipped without docker-compose.

    Args:
        engine: Where.
        file: The file's name in conf/compose.
        folder: For a file with the changes.
        changes: Services, with what is to be different.
        variables: What the file takes from the environment.
    """
    if not _program(engine):
        pytest.skip("docker-compose is not installed (Debian: apt install docker-compose)")
    changed = folder / f"changes-of-{file}"
    changed.write_text(json.dumps({"services": changes}))  # which is YAML too
    stack = Stack(engine, [COMPOSE / file, changed], variables)
    try:
        stack.run("up", "--detach", "--build")
        yield stack
    finally:
        stack.run("down", "--volumes")


def _program(engine: Engine) -> list[str]:
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    plugin = engine.attempt("compose", "version").returncode == 0
    return ["docker", "compose"] if plugin else []
