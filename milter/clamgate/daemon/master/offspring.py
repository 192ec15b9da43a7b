"""Forking children that have nothing of their siblings', and reaping every one of them."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from clamgate.daemon.detach import let_go_of_terminal
from clamgate.daemon.errors import StartError
from clamgate.daemon.link import Link, LinkClosedError
from clamgate.daemon.signals import SignalQueue

BROKEN = 70
"""Exit status of a child that ended by an exception of ours (EX_SOFTWARE of sysexits.h)."""

_NO_ROOM = "no other process can be forked (limits: ulimit -u, TasksMax=, --pids-limit, memory)"


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    """A child process, and the link to it."""

    pid: int
    link: Link

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)


class Offspring:
    """All children of this process that we forked. The process must have a single thread.

    Args:
        signals: Ours, which no child may share: it would put its own signals into our queue.
        quiet: Whether children have no terminal: nobody waits for ours to be let go of by them.
    """

    def __init__(self, signals: SignalQueue, *, quiet: bool) -> None:
        self._signals = signals
        self._quiet = quiet
        self._children: dict[int, Child] = {}

    def fork(self, main: Callable[[Link], int]) -> Child:
        """Start a child in a process group of its own, so that ctrl-c does not reach it.

        Args:
            main: Runs in the child, with its end of the link, and returns its exit status.
                Signals are blocked until it unblocks them.

        Raises:
            StartError: There is no room for another process or its link; all is as it was before.
        """
        try:
            ours, theirs = Link.pair()
        except OSError as error:
            raise StartError(f"no link to another process: {error.strerror}") from error
        sys.stdout.flush()
        sys.stderr.flush()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            pid = os.fork()
            if pid == 0:
                self._live(main, ours, theirs)
        except OSError as error:
            ours.close()
            raise StartError(f"{_NO_ROOM}: {error.strerror}") from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        child = self._children[pid] = Child(pid, ours)
        return child

    def reap(self) -> Iterator[tuple[Child, int]]:
        """Yield those that have ended, with their exit codes (negative: the signal's number)."""
        for child in list(self._children.values()):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                del self._children[pid]
                yield child, os.waitstatus_to_exitcode(status)
        if os.getpid() == 1:
            _reap_strangers(self._children)

    def see_off(self, child: Child, within: float) -> None:
        """Reap a child that is about to end, and kill it if it says nothing for so many seconds."""
        try:
            while child.link.wait(within) is not None:
                pass
            child.kill()
        except LinkClosedError:
            pass
        child.link.close()
        del self._children[child.pid]
        os.waitpid(child.pid, 0)

    def _live(self, main: Callable[[Link], int], masters: Link, link: Link) -> NoReturn:
        """Be the child: nothing of the master's may go on in here, whatever happens."""
        status = BROKEN
        try:
            masters.close()
            os.setpgid(0, 0)
            for sibling in self._children.values():
                sibling.link.close()
            self._signals.close()
            if self._quiet:
                let_go_of_terminal()
            status = main(link)
        except BaseException:  # noqa: BLE001  it must end here, and say why
            traceback.print_exc()
        finally:
            try:
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(status)


def _reap_strangers(ours: dict[int, Child]) -> None:
    """As process 1 (of a container) we inherit orphans, and must reap them."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None or ended.si_pid in ours:
            return
        os.waitpid(ended.si_pid, 0)
