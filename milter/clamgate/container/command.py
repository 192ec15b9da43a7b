"""A program in place of the services: run as its init, so that signals and orphans are seen to."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from clamgate.container.processes import reap, send, spawn_at_terminal
from clamgate.container.words import shell_status

NOT_FOUND = 127
NOT_EXECUTABLE = 126

# What cannot be caught, and what tells this process of its own faults, or of job control.
_NOT_PASSED_ON = frozenset(
    {
        *(signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGTTIN, signal.SIGTTOU),
        *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT),
        signal.SIGTRAP,
    }
)


def run_command(words: Sequence[str]) -> int:
    """Run a program to its end, pass on signals, and return its exit status as a shell has it.

    Raises:
        OSError: It cannot be run.
    """
    passed_on = signal.valid_signals() - _NOT_PASSED_ON
    waited_for = {*passed_on, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    # A terminal's output may be held back from those in the background, which we are from here on.
    output_rule = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        child = spawn_at_terminal(words)
        while True:
            number = signal.sigwait(waited_for)
            if number != signal.SIGCHLD:
                send(child, number)
                continue
            for pid, status in reap():
                if pid == child:
                    return shell_status(status)
    finally:
        if os.isatty(0):
            _take_back_terminal()
        signal.signal(signal.SIGTTOU, output_rule)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _take_back_terminal() -> None:
    try:
        os.tcsetpgrp(0, os.getpgrp())
    except OSError:  # a terminal that is not our controlling one, or gone
        return
