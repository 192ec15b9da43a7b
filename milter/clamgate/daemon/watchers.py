"""The observers of a running filter, made from its settings: log and VirusAction."""

from __future__ import annotations

import sys

from clamgate.core.events import Observer
from clamgate.core.settings import Settings
from clamgate.daemon.errors import StartError
from clamgate.daemon.privileges import Account
from clamgate.observe.append_file import LogFileError
from clamgate.observe.fanout import Fanout
from clamgate.observe.layout import layout_of
from clamgate.observe.log import LogObserver
from clamgate.observe.logfile import LogFile
from clamgate.observe.sink import Level, Sink
from clamgate.observe.stdout_sink import StdoutSink
from clamgate.observe.syslog_sink import SyslogSink
from clamgate.observe.virus_action import VirusActionRunner

# Seconds that programs of VirusAction get to finish when the filter stops.
_LAST_ACTIONS = 5.0


class Watchers:
    """Makes the observers while we may still open anything, and takes them down at the end.

    Args:
        settings: What is logged where, and what is run.
        account: Who we shall become, and so who the log file must belong to; None if nobody else.
        sinks: From `sinks_outside`.

    Raises:
        StartError: The log file cannot be used.
    """

    def __init__(
        self, settings: Settings, account: Account | None, sinks: tuple[Sink, ...]
    ) -> None:
        self._log = LogObserver(
            settings.logging,
            settings.each_recipient,
            (*sinks, *_log_file(settings, account, sinks)),
        )
        self._actions: VirusActionRunner | None = None
        observers: list[Observer] = [self._log]
        if settings.virus_action is not None:
            self._actions = VirusActionRunner(
                settings.virus_action, settings.each_recipient, self._log
            )
            observers.append(self._actions)
        self.observer: Observer = Fanout(observers, _last_resort)

    def start(self) -> None:
        """Make the threads that run VirusAction: from the main thread, before libmilter's."""
        if self._actions is not None:
            self._actions.start()

    def reopen(self) -> None:
        """Reopen the log, which logrotate has moved away."""
        self._log.reopen()

    def close(self) -> None:
        """Let running programs finish for a while, then close the log."""
        if self._actions is not None:
            self._actions.close(_LAST_ACTIONS)
        self._log.close()


def sinks_outside(settings: Settings) -> tuple[Sink, ...]:
    """Return the sinks that must be opened before a chroot: /dev/log is not in there."""
    logging = settings.logging
    sinks: list[Sink] = []
    if settings.process.foreground:
        sinks.append(StdoutSink(layout=layout_of(logging)))
    if logging.syslog:
        sinks.append(SyslogSink(logging.facility))
    return tuple(sinks)


def _log_file(
    settings: Settings, account: Account | None, others: tuple[Sink, ...]
) -> tuple[Sink, ...]:
    if settings.logging.file is None:
        return ()
    owner = (account.uid, account.gid) if account else None
    try:
        file = LogFile(
            settings.logging.file,
            settings.logging,
            owner,
            report=lambda text: _tell(others, text),
        )
    except LogFileError as error:
        raise StartError(str(error)) from error
    return (file,)


def _tell(sinks: tuple[Sink, ...], text: str) -> None:
    """Say what is wrong with the log file wherever else we can say anything."""
    for sink in sinks:
        sink.write(Level.WARNING, text)
    if not sinks:
        _last_resort(text)


def _last_resort(text: str) -> None:
    sys.stderr.write(f"WARNING: {text}\n")
    sys.stderr.flush()
