"""The real daemon as a child process, for tests that drive it from outside."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.processes import titled
from tests.waiting import PATIENCE

from clamgate.harness.ports import free_port

BIN = Path(sys.executable).parent
START_TIMEOUT = 60.0
STOP_TIMEOUT = 75.0
_LOG_SHOWN = 10_000


class FilterEndedError(AssertionError):
    """It ended at its start, with this exit status."""

    def __init__(self, status: int, log: str) -> None:
        super().__init__(f"it ended at its start with {status}:\n{log}")
        self.status = status


class RunningFilter:
    """`clamgate run` in the foreground, on a unix socket in a folder of the test's.

    Args:
        folder: Where its conf, socket and output go; a short path.
        conf: The conf's lines; MilterSocket and Foreground are put before them.
        chroot: Whether `folder` is to be its root directory.
        tcp: Whether it listens on a port instead, that is free now.
        through: A program and arguments that start it (``nsenter ...``).

    Attributes:
        address: Where a milter client reaches it.
    """

    def __init__(
        self,
        folder: Path,
        conf: str,
        *,
        chroot: bool = False,
        tcp: bool = False,
        through: Sequence[str] = (),
    ) -> None:
        self.socket_path = folder / "milter.sock"
        self.conf_path = folder / "clamav-milter.conf"
        self._output = folder / "output"
        self._through = through
        listen = f"/{self.socket_path.name}\nChroot {folder}" if chroot else self.socket_path
        self.address: str | tuple[str, int] = str(self.socket_path)
        if tcp:
            self.address = ("127.0.0.1", free_port())
            listen = f"inet:{self.address[1]}@127.0.0.1"
        self.conf_path.write_text(f"MilterSocket {listen}\nForeground yes\n{conf}")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        """Its socket, as a milter client wants it."""
        return str(self.socket_path)

    @property
    def pid(self) -> int:
        """Its process id, the master's."""
        assert self._process is not None
        return self._process.pid

    @property
    def workers(self) -> list[int]:
        """The process ids of its workers."""
        return titled(self.pid, "clamgate: worker")

    @property
    def clerk(self) -> int:
        """The process id of its clerk."""
        (pid,) = titled(self.pid, "clamgate: clerk")
        return pid

    @property
    def log(self) -> str:
        """What it has printed so far, on standard output and error."""
        return self._output.read_text(errors="replace")

    def start(self) -> None:
        """Start it, and return once it says, as to systemd, that it serves. Else it is ended."""
        with ExitStack() as unless_it_serves:
            unless_it_serves.callback(self.stop)
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                self._start(manager)
            unless_it_serves.pop_all()

    def _start(self, manager: socket.socket) -> None:
        notify = self.conf_path.with_name("notify")
        notify.unlink(missing_ok=True)
        manager.bind(str(notify))
        manager.settimeout(0.02)
        self._launch({**os.environ, "NOTIFY_SOCKET": str(notify)})
        assert self._process is not None
        end = time.monotonic() + START_TIMEOUT
        while not _says_ready(manager):
            if (status := self._process.poll()) is not None:
                raise FilterEndedError(status, self.log)
            assert time.monotonic() < end, f"it does not serve:\n{self.log}"
        notify.unlink()

    def wait_for_log(self, text: str, timeout: float = PATIENCE) -> str:
        """Return the log once `text` stands in it."""
        assert self._process is not None
        end = time.monotonic() + timeout
        while True:
            is_last = time.monotonic() > end
            if text in (log := self.log):
                return log
            assert not is_last, f"{text!r} did not come up in the log:\n{log}"
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, timeout: float = STOP_TIMEOUT) -> int:
        """Wait until it has ended, and return its exit status."""
        assert self._process is not None
        return self._process.wait(timeout)

    def stop(self) -> int | None:
        """End it with SIGTERM and return its exit status; SIGKILL if that does not help."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        if process.poll() is None:
            process.terminate()
        try:
            return process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            # pytest shows it beside a test that fails.
            sys.stdout.write(f"The end of {self._output}:\n{self.log[-_LOG_SHOWN:]}")

    def _launch(self, environment: Mapping[str, str]) -> None:
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [*self._through, BIN / "clamgate", "run", "-c", self.conf_path],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )


def _says_ready(manager: socket.socket) -> bool:
    try:
        return manager.recv(4096).startswith(b"READY=1")
    except TimeoutError:
        return False
