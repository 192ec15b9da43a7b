"""A clamd of one's own: its conf, a tiny database, a socket in a folder; gone when it is closed.

For tests and for trying things out. It starts in a tenth of a second, because its database holds
next to nothing, and harms no other clamd of the machine.

Names come back with ``.UNOFFICIAL`` at their end (``Eicar-Test-Signature.UNOFFICIAL``): libclamav
adds it to every signature that is not from a database signed by ClamAV, and has no option not to.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from types import MappingProxyType, TracebackType
from typing import Self

from clamgate.harness.ports import free_port

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file of all scanners (in two halves here, or this module would be found by them)."""

EICAR_NAME = "Eicar-Test-Signature.UNOFFICIAL"
TEST_FILE_NAME = "Clamav.Test.File-6.UNOFFICIAL"

TINY_DATABASE: Mapping[str, str] = MappingProxyType(
    {
        # Any file type, at offset 0 as in ClamAV's own database: a mail's text or attachment that
        # begins with it is found (clamd takes the mail apart), one that merely quotes it is not.
        "eicar.ndb": f"Eicar-Test-Signature:0:0:{EICAR.hex()}\n",
        # clam.exe, the 544 bytes that all of ClamAV's test files (Debian: clamav-testfiles) are
        # packings of.
        "testfile.hdb": "aa15bcf478d165efd2065190eb473bcb:544:Clamav.Test.File-6\n",
    }
)

START_TIMEOUT = 60.0
"""Seconds in which it has to answer."""

_STOP_TIMEOUT = 30.0
_POLL = 0.02
_LONGEST_PATH = 100


class ClamdError(Exception):
    """It cannot be started. The text says why, with the end of its log where it has one."""


class PrivateClamd:
    """A clamd as a child process. As a context manager it runs inside the block.

    Args:
        folder: Where its files go; made if it is missing, left for you to remove. A short path:
            a unix socket's name has at most 107 bytes.
        signatures: Its database: file name to content.
        options: Lines for its clamd.conf; they win over ours.
        tcp: Whether it listens on a free port of 127.0.0.1 too.

    Use it from a thread that lives as long as it: with the thread that started it, it is killed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        signatures: Mapping[str, str] = TINY_DATABASE,
        options: Mapping[str, str] = MappingProxyType({}),
        tcp: bool = False,
    ) -> None:
        self.folder = folder
        self.socket_path = folder / "clamd.sock"
        self.log_path = folder / "clamd.log"
        self.tcp_port: int | None = None
        self._signatures = signatures
        self._options = options
        self._tcp = tcp
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
        self.kill()

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process and running else None

    def start(self) -> None:
        """Start it, also again after `stop` or `kill`, and return once it answers.

        Raises:
            ClamdError: It is not installed, or does not come up.
        """
        if self.pid is not None:
            return
        program = _clamd()
        self._write_files()
        if self._tcp and self.tcp_port is None:
            self.tcp_port = free_port()
        self._launch(program, self._write_conf(self.tcp_port))
        if not self._await_answer():
            raise ClamdError(f"clamd ended at its start: {self._end_of_log()}")

    def stop(self) -> None:
        """Ask it to end (SIGTERM: it finishes what it is scanning) and wait for that."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once (SIGKILL); its socket file stays, as after a crash."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None

    def _write_files(self) -> None:
        if len(os.fsencode(self.socket_path)) > _LONGEST_PATH:
            raise ClamdError(
                f"{self.socket_path} is too long for a unix socket: take a shorter folder"
            )
        database = self.folder / "db"
        database.mkdir(parents=True, exist_ok=True)
        for name, content in self._signatures.items():
            (database / name).write_text(content)
        (self.folder / "tmp").mkdir(exist_ok=True)

    def _write_conf(self, port: int | None) -> Path:
        options = {
            "Foreground": "yes",
            "LocalSocket": str(self.socket_path),
            "FixStaleSocket": "yes",
            "DatabaseDirectory": str(self.folder / "db"),
            "TemporaryDirectory": str(self.folder / "tmp"),
            "LogFile": str(self.log_path),
            "LogFileUnlock": "yes",
            "LogTime": "yes",
        }
        if port is not None:
            options |= {"TCPSocket": str(port), "TCPAddr": "127.0.0.1"}
        options |= self._options
        conf = self.folder / "clamd.conf"
        conf.write_text("".join(f"{name} {value}\n" for name, value in options.items()))
        return conf

    def _launch(self, program: str, conf: Path) -> None:
        """Start the process in a group of its own: ctrl-c at the terminal is for its owner."""
        command = [program, "--config-file", str(conf)]
        setpriv = shutil.which("setpriv")
        if setpriv:  # or it would outlive a parent that is killed
            command = [setpriv, "--pdeathsig", "KILL", "--", *command]
        with (self.folder / "output").open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  no shell, and our own arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )

    def _await_answer(self) -> bool:
        """Wait until it answers PING; say whether it did not end instead."""
        process = self._process
        assert process is not None  # noqa: S101  start() has just made it
        end = monotonic() + START_TIMEOUT
        while not self._answers():
            try:
                process.wait(_POLL)
            except subprocess.TimeoutExpired:
                pass
            else:
                return False
            if monotonic() > end:
                self.kill()
                raise ClamdError(
                    f"clamd does not answer after {START_TIMEOUT:g} s: {self._end_of_log()}"
                )
        return True

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(self.socket_path))
                probe.sendall(b"zPING\0")
                return probe.recv(16) == b"PONG\0"
            except OSError:
                return False

    def _end_of_log(self) -> str:
        lines = [
            line
            for name in (self.log_path, self.folder / "output")
            if name.exists()
            for line in name.read_text(errors="replace").splitlines()[-5:]
        ]
        return " | ".join(lines) or "it said nothing"


def installed() -> bool:
    """Whether there is a clamd on this machine."""
    return _find_clamd() is not None


def _find_clamd() -> str | None:
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
    return shutil.which("clamd", path=path)


def _clamd() -> str:
    program = _find_clamd()
    if program is None:
        raise ClamdError(
            "clamd is not installed: it is in the package clamav-daemon (Debian), clamd (Fedora)"
            " or clamav (Alpine)"
        )
    return program
