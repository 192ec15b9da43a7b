"""The mail server of `clamgate demo`: `clamgate mta` as a child process.

A process of its own, because the filter forks and must have no threads then.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from clamgate.daemon.errors import StartError

MAILDIR = "Maildir"

_STOP_SECONDS = 10.0


class MtaProcess:
    """`clamgate mta` for as long as the block runs; its lines go to our standard output.

    Args:
        folder: Mail goes to ``Maildir`` in it, and to ``held``.
        listen: Where it listens, ``host:port``.
        milter: The filter that it asks, as MilterSocket has it.

    Raises:
        StartError: It does not start; it has said why on standard error.
    """

    def __init__(self, folder: Path, listen: str, milter: str) -> None:
        self._folder = folder
        self._listen = listen
        self._milter = milter
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as ready:
            try:
                self._process = subprocess.Popen(  # noqa: S603  no shell, and our own arguments
                    self._command(writing),
                    stdin=subprocess.DEVNULL,
                    pass_fds=[writing],
                    process_group=0,  # ctrl-c at the terminal is for the demo
                )
            finally:
                os.close(writing)
            started = ready.read(1)
        if not started:
            self._end()
            raise StartError("the demo's mail server does not start (--smtp gives it another port)")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _command(self, descriptor: int) -> Sequence[str]:
        command = [
            *(sys.executable, "-m", "clamgate", "mta"),
            *("--listen", self._listen),
            *("--milter", self._milter),
            *("--maildir", str(self._folder / MAILDIR)),
            *("--hold", str(self._folder / "held")),
            *("--ready-fd", str(descriptor)),
        ]
        setpriv = shutil.which("setpriv")
        # or it would outlive a demo that is killed
        return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
