"""Child processes, for one who has to reap every orphan of the container too."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_NULL_AT_STDIN = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
# Python ignores these two, and a child would inherit that.
_IGNORED = (signal.SIGPIPE, signal.SIGXFSZ)


@dataclass(frozen=True, slots=True)
class Child:
    """A child in a process group of its own, so that ctrl-c at a terminal is for us alone.

    Attributes:
        pid: Its process id.
        output: The descriptor to read what it and its children print; close it.
    """

    pid: int
    output: int


def spawn(command: Sequence[str]) -> Child:
    """Start a program that is looked up in PATH, without a shell.

    Raises:
        OSError: There is no such program, or it cannot be run.
    """
    read, write = os.pipe2(os.O_CLOEXEC)
    try:
        pid = os.posix_spawnp(
            command[0],
            list(command),
            os.environ,
            file_actions=[
                _NULL_AT_STDIN,
                (os.POSIX_SPAWN_DUP2, write, 1),
                (os.POSIX_SPAWN_DUP2, write, 2),
            ],
            setpgroup=0,
            setsigmask=(),
            setsigdef=_IGNORED,
        )
    except BaseException:
        os.close(read)
        raise
    finally:
        os.close(write)
    os.set_blocking(read, False)
    return Child(pid, read)


def spawn_at_terminal(command: Sequence[str]) -> int:
    """Start a program with our own streams, and return its process id.

    If there is a terminal, the program gets it: it is then the one that ctrl-c is for.

    Raises:
        OSError: There is no such program, or it cannot be run.
    """
    pid = os.posix_spawnp(
        command[0],
        list(command),
        os.environ,
        setpgroup=0,
        setsigmask=(),
        setsigdef=(*_IGNORED, signal.SIGTTOU),
    )
    if os.isatty(0):
        with contextlib.suppress(OSError):  # a terminal that is not our controlling one
            os.tcsetpgrp(0, pid)
            # Had it read from the terminal before that, it would be stopped now.
            os.kill(pid, signal.SIGCONT)
    return pid


def send(pid: int, number: int) -> None:
    """Send a signal to a child that may have ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def can_take(pid: int, number: int) -> bool:
    """Whether a process of this container has a handler for a signal, and sleeps (proc(5)).

    freshclam makes its handlers, and then sleeps until one is called: a signal in between is lost.
    """
    try:
        with open(f"/proc/{pid}/status", "rb") as file:  # noqa: PTH123  no path to work with
            status = file.read()
    except OSError:
        return False
    state, caught = (status.partition(name)[2].split()[0] for name in (b"\nState:", b"\nSigCgt:"))
    return state == b"S" and bool(int(caught, 16) >> (number - 1) & 1)


def reap() -> Iterator[tuple[int, int]]:
    """Yield every process that has ended, ours or an orphan: its id, and its status.

    The status is the exit status, or -N for signal N.
    """
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def is_running(pid: int) -> bool:
    """Whether a process of this container lives (a zombie does not)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  no path to work with
            state = file.read().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state not in {b"Z", b"X"}
