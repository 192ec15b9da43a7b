"""Events in words: which lines the log gets for each of them."""

from __future__ import annotations

from typing import NamedTuple

from clamgate.core.events import (
    ClamdDown,
    ClamdLimit,
    ClamdUp,
    ConnectionExempt,
    DatabaseUpdated,
    Event,
    Fault,
    MessageExempt,
    MessageJudged,
    MessageReleased,
    QuarantineExpired,
    Reloaded,
    ReloadRefused,
    ScanRetried,
    Started,
    Stopped,
    Stopping,
    WorkerReplaced,
)
from clamgate.core.settings import Logging
from clamgate.observe.mail_lines import exempt, judged, released
from clamgate.observe.message_text import client_text, queue_id_text
from clamgate.observe.sink import Level, Said, date
from clamgate.observe.text import MAX_LINE, printable


class LogLine(NamedTuple):
    """One line: printable, without a line break, at most MAX_LINE characters.

    Attributes:
        level: How much it matters.
        text: What it says.
        subject: Whose state it tells, empty if that of nobody. Several processes may tell of the
            same one: what was said of it last need not be said again.
        state: What is said of it, where the text says more than that; else empty.
        tells_all: Whether it is all there is to say of a message, as a JSON object: the history
            keeps that.
    """

    level: Level
    text: str
    subject: str = ""
    state: str = ""
    tells_all: bool = False


def lines(event: Event, logging: Logging, *, each_recipient: bool, now: float) -> list[LogLine]:
    """Return what the log says of an event, in order; often nothing.

    Args:
        event: What happened.
        logging: LogInfected, LogClean and LogVerbose.
        each_recipient: SupportMultipleRecipients: a line for each recipient, not for the last.
        now: Seconds since the epoch.
    """
    match event:
        case MessageJudged():
            said = judged(event, logging, each_recipient=each_recipient)
        case MessageExempt():
            said = [(Level.DEBUG, exempt(event))]
        case MessageReleased():
            said = [(Level.INFO, released(event))]
        case QuarantineExpired(messages, size):
            said = [(Level.INFO, _expired(messages, size))]
        case ConnectionExempt(client, reason):
            said = [(Level.DEBUG, f"Skipping scan for {client_text(client)} ({reason})")]
        case Started() | Stopping() | Stopped() | WorkerReplaced():
            said = _life(event, now)
        case Reloaded() | ReloadRefused():
            said = _reload(event)
        case ClamdUp() | ClamdDown() | DatabaseUpdated() | ClamdLimit() | ScanRetried():
            said = [_clamd(event)]
        case Fault(where, reason):
            said = [(Level.WARNING, f"{where}: {reason}")]
    subject, state = subject_of(event), state_of(event)
    return [
        LogLine(level, printable(text, MAX_LINE), subject, state)
        for level, text in said
        if logging.verbose or level is not Level.DEBUG
    ]


def _expired(messages: int, size: int) -> str:
    return f"Stored messages beyond the limits, which are gone now: {messages} ({size} bytes)"


def subject_of(event: Event) -> str:
    """Return whose state an event tells, empty if that of nobody."""
    match event:
        case MessageJudged():  # nearly all of them
            return ""
        case ClamdUp(clamd) | ClamdDown(clamd) | DatabaseUpdated(clamd):
            return printable(clamd)
        case ClamdLimit(clamd):
            return printable(f"limit of {clamd}")
        case _:
            return ""


def state_of(event: Event) -> str:
    """Return the state that an event tells, where it tells more than that; else empty.

    That a clamd is down is one state, though each worker may have met that in its own way.
    """
    return "down" if isinstance(event, ClamdDown) else ""


def _life(event: Started | Stopping | Stopped | WorkerReplaced, now: float) -> list[Said]:
    match event:
        case WorkerReplaced(worker, reason, lost):
            return [(Level.WARNING if lost else Level.INFO, f"{worker}: {reason}")]
        case Started(listening, version):
            return [
                (Level.INFO, f"+++ Started at {date(now)}"),
                (Level.DEBUG, f"clamgate {version} listens on {listening}"),
            ]
        case Stopping(in_flight):
            return [(Level.INFO, f"Stopping; messages still in flight: {in_flight}")]
        case Stopped(unfinished):
            cut_off = f"Messages cut off unfinished, which their MTAs send again: {unfinished}"
            return [
                *([(Level.WARNING, cut_off)] if unfinished else []),
                (Level.INFO, f"--- Stopped at {date(now)}"),
            ]


def _reload(event: Reloaded | ReloadRefused) -> list[Said]:
    match event:
        case Reloaded(generation, waiting):
            takes_effect = (
                f"Changed, but only a restart brings it into effect: {', '.join(waiting)}"
            )
            return [
                (Level.INFO, f"Reloaded: the conf is in force (generation {generation})"),
                *([(Level.WARNING, takes_effect)] if waiting else []),
            ]
        case ReloadRefused(reasons):
            return [
                *((Level.ERROR, reason) for reason in reasons),
                (Level.ERROR, "Not reloaded: the conf that was in force stays in force"),
            ]


def _clamd(event: ClamdUp | ClamdDown | DatabaseUpdated | ClamdLimit | ScanRetried) -> Said:
    match event:
        case ClamdUp(clamd, version):
            return Level.INFO, f"clamd {clamd} is up: {version}"
        case ClamdDown(clamd, reason):
            return Level.WARNING, f"clamd {clamd} is down: {reason}"
        case DatabaseUpdated(clamd, version, before):
            return Level.INFO, f"clamd {clamd} has a new database: {version} (before: {before})"
        case ClamdLimit(clamd, proven, wanted):
            return Level.WARNING, (
                f"clamd {clamd} finds a test signature in at most {proven} bytes, but MaxFileSize "
                f"is {wanted}: what is larger counts as unscanned. Raise MaxFileSize, MaxScanSize "
                "and StreamMaxLength in clamd.conf, or lower MaxFileSize here"
            )
        case ScanRetried(clamd, reason, queue_id):
            return Level.DEBUG, (
                f"Message {queue_id_text(queue_id)}: clamd {clamd} failed in mid-scan ({reason}); "
                "it is scanned again"
            )
