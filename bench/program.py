"""A program that serves a unix socket, as a child process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_START_SECONDS = 20.0
_ATTEMPTS = 2
"""The start of clamav-milter can hang for ever (a race between fork and signal)."""
_STOP_SECONDS = 10.0
_POLL = 0.02


class ProgramError(Exception):
    """It does not come up. The text has what it said."""


@contextmanager
def running(
    command: Sequence[str],
    serves: Path,
    folder: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """Run a program inside the block; yield its process id once its socket takes connections.

    Args:
        command: The program, which must stay in the foreground, and its arguments.
        serves: The unix socket.
        folder: Where its output goes.
        environment: What is added to ours.

    Raises:
        ProgramError: It does not come up.
    """
    process = _started(command, serves, folder, {**os.environ, **(environment or {})})
    try:
        yield process.pid
    finally:
        _stop(process)


def _started(
    command: Sequence[str], serves: Path, folder: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    for _ in range(_ATTEMPTS):
        with (folder / "output").open("ab") as output:
            process = subprocess.Popen(  # noqa: S603  no shell, and our own arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                process_group=0,
            )
        end = time.monotonic() + _START_SECONDS
        while process.poll() is None and time.monotonic() < end:
            if _accepts(serves):
                return process
            time.sleep(_POLL)
        _stop(process)
    said = (folder / "output").read_text(errors="replace").strip()
    raise ProgramError(f"{command[0]} does not come up: {said[-2000:] or 'it said nothing'}")


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End it, and what is left of its process group: nothing may take processor time after it."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
