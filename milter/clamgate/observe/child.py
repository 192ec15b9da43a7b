"""Running one program to its end: in a session of its own, for a bounded time, and silent."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import IO, cast

from clamgate.observe.text import printable, readable

# Seconds between two looks at a process that holds its stderr open, or has closed it.
_LOOK = 0.05
# Seconds that the kernel gets to end a process after SIGKILL.
_KILL = 5.0
_STDERR_KEPT = 4096
_STDERR_SHOWN = 200

# What a program may expect to find; the rest of our environment (credentials of a container, say)
# is nobody's business.
_ENVIRONMENT = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "TMPDIR", "TZ")


def run(
    program: str, arguments: Sequence[bytes], timeout: float, killed: threading.Event
) -> str | None:
    """Run a program, found by PATH if its name has no slash, and wait for its end. No shell.

    Its working directory is ``/``. It gets no input, what it writes to stdout is dropped, and of
    stderr the first line is kept. Its signal mask is this thread's.

    Args:
        program: The name or path; spaces are part of it.
        arguments: What follows.
        timeout: Seconds until the program, and what it started in its process group, is killed.
        killed: When set, the program is killed at once.

    Returns:
        None if it exited with status 0; else what went wrong.
    """
    try:
        process = _start(program, arguments)
    except OSError as error:
        return f"cannot be started: {error.strerror}"
    with cast("IO[bytes]", process.stderr) as stderr:
        heard, cut_short = _wait(process, stderr, timeout, killed)
    return _outcome(process.returncode, cut_short, heard)


def _start(program: str, arguments: Sequence[bytes]) -> subprocess.Popen[bytes]:
    try:
        return _popen([os.fsencode(program), *arguments])
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    # A script without a first line that names its interpreter: execvp(3), by which the C program
    # starts it, has the shell read the file. The arguments remain arguments.
    path = shutil.which(program, path=os.environ.get("PATH", os.defpath)) or program
    return _popen([b"/bin/sh", os.fsencode(path), *arguments])


def _popen(argv: list[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  the program is the conf's, and no shell is asked
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd="/",
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        start_new_session=True,
    )


def _wait(
    process: subprocess.Popen[bytes], stderr: IO[bytes], timeout: float, killed: threading.Event
) -> tuple[bytes, str]:
    """Wait for the end, and empty stderr meanwhile, or the program would wait for us.

    Not until stderr ends: what the program leaves running in the background may keep it open.

    Returns:
        What it said at first, and why it was killed (empty if it was not).
    """
    deadline = time.monotonic() + timeout
    heard = _Stderr(stderr)
    cut_short = ""
    while not cut_short and process.poll() is None:
        if killed.is_set():
            cut_short = _kill(process, "was killed because the filter stops")
        elif time.monotonic() >= deadline:
            cut_short = _kill(process, f"was killed after {timeout:g} s")
        else:
            heard.wait(_LOOK)
    heard.wait(0)
    return heard.text, cut_short


def _kill(process: subprocess.Popen[bytes], why: str) -> str:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    try:
        process.wait(_KILL)
    except subprocess.TimeoutExpired:
        return f"{why}, but does not end (process {process.pid})"
    return why


class _Stderr:
    """Reads a pipe as it fills, and keeps the beginning."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self.text = b""
        self._descriptor = pipe.fileno()
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)

    def wait(self, seconds: float) -> None:
        """Take what comes within a time; without a pipe to read, the time passes."""
        if not self._poll.poll(seconds * 1000):
            return
        data = os.read(self._descriptor, _STDERR_KEPT)
        if data:
            self.text += data[: _STDERR_KEPT - len(self.text)]
        else:
            self._poll.unregister(self._descriptor)


def _outcome(status: int | None, cut_short: str, stderr: bytes) -> str | None:
    if cut_short:
        what = cut_short
    elif status is None or status == 0:
        return None
    elif status < 0:
        what = f"was ended by signal {-status}"
    else:
        what = f"exited with status {status}"
    said = next((line for line in stderr.splitlines() if line.strip()), b"")
    return f"{what}: {printable(readable(said), _STDERR_SHOWN)}" if said else what
