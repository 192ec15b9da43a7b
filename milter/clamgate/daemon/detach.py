"""Going into the background, with the parent waiting until the child serves, or says why not."""

from __future__ import annotations

import os
from collections.abc import Callable

from clamgate.daemon.errors import StartError

_READY = b"\0"
_LONGEST_ANSWER = 65536


def detach() -> Callable[[str], None]:
    """Fork. Returns in the child only, with the function that tells the parent how it went.

    The parent exits with 0 when that is called with an empty text, and raises StartError, with
    the text, when it is called with a reason or the child dies before it was called at all.

    Raises:
        StartError: In the parent: the child did not come up.
    """
    read, write = os.pipe2(os.O_CLOEXEC)
    if os.fork():
        os.close(write)
        _wait_for_child(read)
    os.close(read)
    os.setsid()
    return lambda reason: _tell(write, reason)


def _wait_for_child(read: int) -> None:
    # Its children may keep the pipe open: what counts is the first thing said, or that all ended.
    answer = os.read(read, _LONGEST_ANSWER)
    if answer == _READY:
        os._exit(0)
    raise StartError(answer.decode() or "the daemon ended before it could serve: see its log")


def _tell(write: int, reason: str) -> None:
    if not reason:
        let_go_of_terminal()
    os.write(write, reason.encode() or _READY)
    os.close(write)


def let_go_of_terminal() -> None:
    """Keep no folder busy, and nobody waiting who reads what we print."""
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    if null > 2:  # noqa: PLR2004  standard error's number
        os.close(null)
