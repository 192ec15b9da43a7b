"""Where log lines end up, made from settings."""

from __future__ import annotations

import sys

from clamgate.core.settings import LogFormat, Settings
from clamgate.daemon.errors import StartError
from clamgate.daemon.privileges import Account
from clamgate.observe.append_file import LogFileError
from clamgate.observe.journal_sink import JournalError, JournalSink
from clamgate.observe.layout import layout_of
from clamgate.observe.logfile import LogFile
from clamgate.observe.sink import Level, Sink
from clamgate.observe.stdout_sink import StdoutSink
from clamgate.observe.syslog_sink import SyslogSink


def sinks_outside(settings: Settings) -> tuple[Sink, ...]:
    """Return the sinks that must be opened before a chroot: /dev/log is not in there.

    Raises:
        StartError: One of them cannot be had.
    """
    logging = settings.logging
    records = logging.format is LogFormat.JSON
    sinks: list[Sink] = []
    if settings.process.foreground:
        sinks.append(StdoutSink(layout=layout_of(logging)))
    if logging.syslog:
        sinks.append(SyslogSink(logging.facility, records=records))
    if logging.journal:
        sinks.append(_journal(logging.facility, records=records))
    return tuple(sinks)


def _journal(facility: str, *, records: bool) -> JournalSink:
    try:
        return JournalSink(facility, records=records)
    except JournalError as error:
        raise StartError(str(error)) from error


def log_file(
    settings: Settings, account: Account | None, others: tuple[Sink, ...]
) -> tuple[Sink, ...]:
    """Return LogFile as a sink, if there is to be one.

    Args:
        settings: Its path, and how it is kept.
        account: Who we shall become, and so who the file must belong to; None if nobody else.
        others: Told of what is wrong with the file later on.

    Raises:
        StartError: It cannot be used.
    """
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
        sys.stderr.write(f"WARNING: {text}\n")
        sys.stderr.flush()
