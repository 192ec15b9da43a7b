"""A second filter beside the one that serves: a conf tried out on a socket of its own.

It is a process of its own, ``python -m clamgate.cli.private_filter CONF SOCKET FD``, which writes a
byte to that descriptor once it serves.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Self

from clamgate.cli.errors import told_plainly
from clamgate.config.loader import Loaded, load
from clamgate.core.settings import Quarantine, Settings
from clamgate.daemon.control.address import NONE
from clamgate.daemon.errors import StartError
from clamgate.daemon.service import serve

_STOP_SECONDS = 5.0
"""How long its end may take; what is still in flight then is nobody's mail."""


class PrivateFilter:
    """The filter that a conf would make; as a context manager it runs inside the block.

    It serves, decides and scans as the conf says, but leaves no trace: see `made_private`.

    Args:
        conf: The conf file.

    Raises:
        ConfError: The conf cannot be used.
        StartError: It does not start; the text has what it said.
    """

    def __init__(self, conf: str) -> None:
        self._conf = conf
        self._folder = Path()
        self._inside = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        chroot = load(self._conf, _overrides("/unused")).settings.process.chroot
        try:
            self._folder = Path(mkdtemp(prefix="clamgate-", dir=chroot))
        except OSError as error:
            raise StartError(f"no folder for a private socket can be made: {error}") from error
        self._folder.chmod(0o711)  # the account of the conf's User goes through it
        # With Chroot, paths of the conf are inside.
        self._inside = f"/{self._folder.name}/milter.sock" if chroot else self.endpoint
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def endpoint(self) -> str:
        """Its socket."""
        return str(self._folder / "milter.sock")

    def close(self) -> None:
        """End it, and remove what there is of it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        reading, writing = os.pipe()
        with (self._folder / "output").open("wb") as output, os.fdopen(reading, "rb") as ready:
            try:
                self._process = subprocess.Popen(  # noqa: S603  no shell, and our own arguments
                    self._command(writing),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=[writing],
                    process_group=0,  # ctrl-c at the terminal is for the replay
                )
            finally:
                os.close(writing)
            started = ready.read(1)
        if not started:
            said = (self._folder / "output").read_text(errors="replace").strip()
            raise StartError(f"the filter of {self._conf} does not start: {said}")

    def _command(self, descriptor: int) -> Sequence[str]:
        module = [sys.executable, "-m", "clamgate.cli.private_filter"]
        command = [*module, self._conf, self._inside, str(descriptor)]
        setpriv = shutil.which("setpriv")
        # or it would outlive a replay that is killed
        return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command


def made_private(settings: Settings, folder: Path) -> Settings:
    """Return settings by which a filter decides the same, and touches nothing of another's.

    It writes no log file, no syslog and no pid file, serves no metrics, runs no VirusAction, its
    socket is only for whoever started it, and what it stores lies in a folder of its own.

    Args:
        settings: What a conf says.
        folder: The private one, as the filter will see it.
    """
    stores = settings.quarantine.directory is not None
    return replace(
        settings,
        listen=replace(settings.listen, group=None, mode=None),
        process=replace(settings.process, pid_file=None, control_socket=NONE, metrics_listen=None),
        logging=replace(settings.logging, file=None, syslog=False),
        quarantine=Quarantine(str(folder / "quarantine") if stores else None),
        virus_action=None,
    )


def _overrides(socket: str) -> Mapping[str, Sequence[str]]:
    return {"MilterSocket": [socket], "Foreground": ["yes"]}


def _serve(conf: str, socket: str, descriptor: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with told_plainly():
        sys.exit(
            serve(
                _load(conf, socket).settings,
                reread=lambda: _load(conf, socket),
                ready=lambda: _say_ready(descriptor),
            )
        )


def _load(conf: str, socket: str) -> Loaded:
    loaded = load(conf, _overrides(socket))
    return replace(loaded, settings=made_private(loaded.settings, Path(socket).parent))


def _say_ready(descriptor: int) -> None:
    os.write(descriptor, b"+")
    os.close(descriptor)


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
