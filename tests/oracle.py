"""The C clamav-milter as the oracle: what it does with a conf and a message is what is right."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from tests.waiting import wait_until

from clamgate.harness.client import judge
from clamgate.harness.mail import Message
from clamgate.harness.wire import Header

PROGRAM = shutil.which("clamav-milter", path="/usr/sbin:/usr/local/sbin:/usr/bin")
MISSING = "the C clamav-milter is not installed (Debian: apt install clamav-milter)"

START_SECONDS = 20.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.02
ATTEMPTS = 4
"""Its start can hang for ever (a race between fork and signal), the more so the busier the machine,
so it gets some more."""

WARM_UP = Message.from_eml(b"Subject: warm-up\n\nhello\n")


def version() -> str:
    """Return the version it calls itself in X-Virus-Scanned."""
    if PROGRAM is None:
        raise FileNotFoundError(MISSING)
    said = subprocess.run([PROGRAM, "-V"], capture_output=True, text=True, check=True).stdout
    return said.split()[1]


ZEROED_MEMORY: Mapping[str, str] = MappingProxyType({"MALLOC_PERTURB_": "255"})
"""Makes glibc hand out zeroed memory. The C program never initialises the address of `LocalNet
local`, so without this the directive works by luck only; with it, it does what the manual says."""


class OracleRefusedError(Exception):
    """It did not start: `output` is what it said, `status` its exit status."""

    def __init__(self, status: int, output: str) -> None:
        super().__init__(f"clamav-milter ended with {status}: {output}")
        self.status = status
        self.output = output


class CMilter:
    """A clamav-milter in the foreground, in a folder of its own, on a unix socket.

    Attributes:
        folder: Short enough for unix sockets; removed at the end.
        endpoint: Its milter socket.
        log_path: Its LogFile.

    Args:
        conf: Directives besides MilterSocket, Foreground, LogFile and TemporaryDirectory; a
            ClamdSocket has to be among them.
        environment: More of it, besides ours.
    """

    def __init__(self, conf: str, environment: Mapping[str, str] = ZEROED_MEMORY) -> None:
        self._environment = {**os.environ, **environment}
        self.folder = Path(tempfile.mkdtemp(prefix="orc-", dir="/tmp"))
        self.endpoint = str(self.folder / "milter.sock")
        self.log_path = self.folder / "milter.log"
        self._output = self.folder / "output"
        self._conf = self.folder / "milter.conf"
        self._conf.write_text(
            f"MilterSocket {self.endpoint}\n"
            "Foreground yes\n"
            f"LogFile {self.log_path}\n"
            f"TemporaryDirectory {self.folder}\n"
            f"{conf}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def await_clamd(self) -> None:
        """Send mail until it is scanned: the program serves before it knows that its clamd is up.

        Until then it fails at the first header; the conf must have mail of anybody scanned.
        """
        wait_until(
            lambda: judge(self.endpoint, WARM_UP).stage is not Header,
            "the C program's use of clamd",
        )

    def log(self) -> str:
        """Return what is in its log file; nothing, if it has not come to write any yet."""
        if not self.log_path.exists():
            return ""
        return self.log_path.read_text(errors="surrogateescape")

    def output(self) -> str:
        """Return what it wrote to its terminal."""
        return self._output.read_text(errors="surrogateescape")

    def stop(self) -> None:
        """End it by SIGTERM, which takes libmilter up to five seconds, and if need be harder."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End it at once; its log holds every line that it wrote."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _start(self) -> None:
        for _ in range(ATTEMPTS):
            if self._try_start():
                return
        raise TimeoutError(
            f"clamav-milter did not serve within {START_SECONDS:g} s, {ATTEMPTS} times"
        )

    def _try_start(self) -> bool:
        if PROGRAM is None:
            raise FileNotFoundError(MISSING)
        Path(self.endpoint).unlink(missing_ok=True)
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [PROGRAM, "-c", self._conf],
                stdin=subprocess.DEVNULL,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if (status := self._process.poll()) is not None:
                raise OracleRefusedError(status, self.output())
            if serves(self.endpoint):
                return True
            time.sleep(POLL_SECONDS)
        self.kill()
        return False


def serves(path: str) -> bool:
    """Whether somebody answers on a unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
