"""The units of the stack: how clamd, freshclam and the filter are started, asked and judged."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from clamgate.config.endpoints import clamd_socket
from clamgate.config.problems import ConfError
from clamgate.container.conf_text import EffectiveConf
from clamgate.container.effective import FETCH_CONF, Confs
from clamgate.container.errors import ContainerError
from clamgate.container.folders import make_socket_folder
from clamgate.container.probes import from_inside, negotiate_with_filter, ping_clamd
from clamgate.container.programs import CLAMD, FILTER, FRESHCLAM
from clamgate.container.renewal import renew_filter_conf
from clamgate.container.supervision import Service
from clamgate.core.settings import Endpoint, Settings, TcpEndpoint, UnixEndpoint

CLAMD_PORT = 3310

_ASK_SECONDS = 1.0
_FILTER_STARTUP = 60.0

# Docker kills 10 s after its SIGTERM. The filter drains first (StopTimeout in the image is 7 s).
_STOP_BY = 7.5
_CLAMD_STOP_BY = 9.0

_FETCH_PAUSES = (15.0, 3600.0)
_COOL_DOWN = re.compile(r"cool-down until after: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")


class ClamdUnit:
    """clamd: up when it answers PING."""

    prefix = CLAMD.name

    def __init__(self, confs: Confs) -> None:
        self._confs = confs
        self._endpoint: Endpoint | None = None
        self.service = Service(
            CLAMD.name, confs.wishes.startup_timeout, stop_wave=1, stop_by=_CLAMD_STOP_BY
        )

    @property
    def socket(self) -> str:
        """Where it is asked."""
        return str(self._endpoint or "")

    def command(self) -> Sequence[str]:
        """Write its conf, and see to the folder of its socket."""
        conf = self._confs.clamd()
        self._endpoint = clamd_endpoint(conf)
        if isinstance(self._endpoint, UnixEndpoint):
            make_socket_folder(Path(self._endpoint.path).parent, conf.first("User", "root"))
        return (CLAMD.name, f"--config-file={self._confs.path(CLAMD)}", "--foreground")

    def renew(self) -> bool:
        """Leave its conf alone: it reads it when it starts."""
        return True

    def is_ready(self) -> bool:
        """Whether it answers."""
        return self._endpoint is not None and ping_clamd(self._endpoint, _ASK_SECONDS).ok

    def hear(self, line: str) -> None:
        """Nothing in its lines matters here."""

    def judge(self, status: int) -> tuple[int, float]:
        """Take its end for what it is."""
        return status, 0.0


class FreshclamUnit:
    """freshclam as a daemon. There is nothing to ask it: it is up when it runs."""

    prefix = FRESHCLAM.name
    socket = ""

    def __init__(self, confs: Confs) -> None:
        self._confs = confs
        self.service = Service(FRESHCLAM.name, startup_timeout=60.0, stop_by=_STOP_BY)

    def command(self) -> Sequence[str]:
        """Write its conf."""
        self._confs.freshclam()
        conf = f"--config-file={self._confs.path(FRESHCLAM)}"
        return (FRESHCLAM.name, conf, "--daemon", "--foreground", "--stdout")

    def renew(self) -> bool:
        """Leave its conf alone: it reads it when it starts."""
        return True

    def is_ready(self) -> bool:
        """Whether it runs: it does, or its end would be known."""
        return True

    def hear(self, line: str) -> None:
        """Nothing in its lines matters here: it keeps to its own pauses."""

    def judge(self, status: int) -> tuple[int, float]:
        """Take its end for what it is."""
        return status, 0.0


class FetchUnit:
    """freshclam, once, for the first database.

    A mirror that has had enough of us answers 429, upon which freshclam ends with 0 and says until
    when it will not be served: only the database itself shows that it was successful.
    """

    prefix = FRESHCLAM.name
    socket = ""

    def __init__(self, confs: Confs, clock: Callable[[], datetime] = datetime.now) -> None:
        self._confs = confs
        self._clock = clock
        self._cool_down: datetime | None = None
        self.service = Service(
            "freshclam (first database)", startup_timeout=0.0, once=True, pauses=_FETCH_PAUSES
        )

    def command(self) -> Sequence[str]:
        """Write its conf."""
        self._confs.fetch()
        self._cool_down = None
        return fetch_command(self._confs)

    def renew(self) -> bool:
        """Leave its conf alone: it reads it when it starts."""
        return True

    def is_ready(self) -> bool:
        """Never: it is to end."""
        return False

    def hear(self, line: str) -> None:
        """Note until when it is not served."""
        if match := _COOL_DOWN.search(line):
            self._cool_down = datetime.fromisoformat(match[1])

    def judge(self, status: int) -> tuple[int, float]:
        """Call it a success only if there is a database."""
        if self._confs.database().present:
            return 0, 0.0
        pause = (self._cool_down - self._clock()).total_seconds() if self._cool_down else 0.0
        return status or 1, max(pause, 0.0)


class FilterUnit:
    """The filter: up when it negotiates as a milter."""

    prefix = FILTER.name

    def __init__(self, confs: Confs) -> None:
        self._confs = confs
        self._endpoint: Endpoint | None = None
        self.service = Service(FILTER.name, _FILTER_STARTUP, stop_by=_STOP_BY)

    @property
    def socket(self) -> str:
        """Where it is asked."""
        return str(self._endpoint or "")

    def command(self) -> Sequence[str]:
        """Write its conf; one that has become wrong is told of, and the last one used."""
        settings = self._renewed()
        if settings is not None:
            self._endpoint = filter_endpoint(settings)
        if self._endpoint is None:
            raise ContainerError("its conf is wrong")
        return (sys.argv[0], "run", "-c", str(self._confs.path(FILTER)))

    def renew(self) -> bool:
        """Write its conf, which it reads when it is told to."""
        return self._renewed() is not None

    def is_ready(self) -> bool:
        """Whether an MTA could begin."""
        endpoint = self._endpoint
        return endpoint is not None and negotiate_with_filter(endpoint, _ASK_SECONDS).ok

    def hear(self, line: str) -> None:
        """Nothing in its lines matters here."""

    def judge(self, status: int) -> tuple[int, float]:
        """Take its end for what it is."""
        return status, 0.0

    def _renewed(self) -> Settings | None:
        try:
            return renew_filter_conf(self._confs)
        except ConfError as error:
            problems = [str(problem) for problem in error.problems]
        except ContainerError as error:
            problems = [str(error)]
        for problem in problems:
            self._confs.say(f"ERROR: {problem}")
        if self._endpoint is not None:
            self._confs.say("the filter goes on with the conf that it has")
        return None


def fetch_command(confs: Confs) -> Sequence[str]:
    """Return the command that fetches a database with the conf that `Confs.fetch` wrote."""
    return (FRESHCLAM.name, f"--config-file={confs.folder / FETCH_CONF}", "--stdout")


def clamd_endpoint(conf: EffectiveConf) -> Endpoint:
    """Return where a clamd with this conf is reached from here.

    Raises:
        ContainerError: It listens nowhere, or at no place that makes sense.
    """
    path = conf.first("LocalSocket")
    port = conf.first("TCPSocket")
    try:
        if path:
            return clamd_socket(f"unix:{path}")
        if port:
            host = conf.first("TCPAddr")
            return from_inside(TcpEndpoint(host, int(port)))
    except ValueError as error:
        raise ContainerError(f"{conf.path}: LocalSocket or TCPSocket {error}") from None
    raise ContainerError(
        f"{conf.path}: clamd would listen nowhere: set LocalSocket, TCPSocket or both"
    )


def filter_endpoint(settings: Settings) -> Endpoint:
    """Return where a filter with these settings is reached from here."""
    endpoint = settings.listen.socket
    if isinstance(endpoint, UnixEndpoint):
        return UnixEndpoint(f"{settings.process.chroot or ''}{endpoint.path}")
    return from_inside(endpoint)
