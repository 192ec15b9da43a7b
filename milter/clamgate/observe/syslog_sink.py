"""Lines for the system log."""

from __future__ import annotations

import syslog
import time
from collections.abc import Callable, Sequence

from clamgate.observe.layout import as_record
from clamgate.observe.sink import Level, Said

# Programs that read the log look for the name of what we replace.
IDENT = "clamav-milter"

# The names that LogFacility takes, with the codes of RFC 5424, section 6.2.1. Spelt out because
# the standard library knows LOG_FTP only from Python 3.13 on.
_CODES = {
    "LOG_KERN": 0,
    "LOG_USER": 1,
    "LOG_MAIL": 2,
    "LOG_DAEMON": 3,
    "LOG_AUTH": 4,
    "LOG_SYSLOG": 5,
    "LOG_LPR": 6,
    "LOG_NEWS": 7,
    "LOG_UUCP": 8,
    "LOG_CRON": 9,
    "LOG_AUTHPRIV": 10,
    "LOG_FTP": 11,
    **{f"LOG_LOCAL{n}": 16 + n for n in range(8)},
}
FACILITIES = tuple(_CODES)

_PRIORITIES = {
    Level.ERROR: syslog.LOG_ERR,
    Level.WARNING: syslog.LOG_WARNING,
    Level.INFO: syslog.LOG_INFO,
    Level.DEBUG: syslog.LOG_DEBUG,
}


def facility_code(facility: str) -> int:
    """Return the code of a facility.

    Raises:
        ValueError: There is no such facility.
    """
    if facility not in _CODES:
        raise ValueError(f"LogFacility {facility}: not one of {', '.join(FACILITIES)}")
    return _CODES[facility]


class SyslogSink:
    """Sends lines to the system log. A process has one connection to it, so make one of these.

    Args:
        facility: One of FACILITIES.
        records: Whether all that is sent is to be a record (LogFormat json).
        clock: Seconds since the epoch.

    Raises:
        ValueError: There is no such facility.
    """

    def __init__(
        self, facility: str, *, records: bool = False, clock: Callable[[], float] = time.time
    ) -> None:
        code = facility_code(facility)
        self._records = records
        self._clock = clock
        # NDELAY connects at once: later a chroot may have hidden /dev/log.
        syslog.openlog(IDENT, syslog.LOG_PID | syslog.LOG_NDELAY, code << 3)

    def write(self, level: Level, text: str) -> None:
        """Send a line; the system log adds the time, and the level is its priority."""
        said = as_record(level, text, self._clock()) if self._records else text
        syslog.syslog(_PRIORITIES[level], said)

    def write_all(self, said: Sequence[Said]) -> None:
        """Send lines, one by one."""
        for level, text in said:
            self.write(level, text)

    def reopen(self) -> None:
        """Do nothing: the C library connects anew by itself."""

    def close(self) -> None:
        """Close the connection."""
        syslog.closelog()
