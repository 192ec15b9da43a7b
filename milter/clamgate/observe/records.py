"""Events as records: LogFormat json. What each holds is said in docs/logging.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
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
from clamgate.core.verdict import Failed, Unscanned
from clamgate.observe.json_text import first_of, members, text_of
from clamgate.observe.mail_records import Known, client_fields, exempt, judged, released
from clamgate.observe.sink import Level

Fields = dict[str, object]

_MICROSECONDS = 1_000_000
"""In a second."""
_ENDS = tuple(f".{milliseconds:03}+00:00" for milliseconds in range(1000))

_StateChange = (
    Started
    | Stopping
    | Stopped
    | ClamdUp
    | ClamdDown
    | ClamdLimit
    | DatabaseUpdated
    | WorkerReplaced
)


class Record(NamedTuple):
    """What there is to say of an event.

    Attributes:
        level: How much it matters.
        event: What happened, in a word or two.
        members: The rest, as members of a JSON object.
    """

    level: Level
    event: str
    members: str

    @classmethod
    def of(cls, level: Level, event: str, fields: Fields) -> Record:
        """Return one that says these fields; plain data."""
        return cls(level, event, members(fields))

    def state(self) -> str:
        """Return what it says, whoever says so and when."""
        return f'{{"event":"{self.event}",{self.members}}}'

    def to_json(self, process: str, time: str) -> str:
        """Return it as a line.

        Args:
            process: Which of ours says so.
            time: When, as `timestamp` puts it.
        """
        return (
            f'{{"time":"{time}","level":"{self.level.value}","event":"{self.event}",'
            f'"process":"{process}",{self.members}}}'
        )


class Timestamps:
    """Writes times; what many have in common, up to the second, once."""

    def __init__(self) -> None:
        self._known = (-1, "")

    def __call__(self, now: float) -> str:
        """Return a time in UTC, with milliseconds; `now` is in seconds since the epoch."""
        second = int(now)
        # To microseconds first, as datetime does: 0.123 may be a little less than that.
        microseconds = round((now - second) * _MICROSECONDS)
        if microseconds == _MICROSECONDS:
            second, microseconds = second + 1, 0
        known, text = self._known
        if known != second:
            text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            self._known = second, text
        return text + _ENDS[microseconds // 1000]


def record(event: Event, now: float, known: Known) -> Record:
    """Return the record of an event.

    Args:
        event: What happened.
        now: Seconds since the epoch.
        known: What need not be written again.
    """
    if isinstance(event, MessageJudged):
        return Record(_level(event), "message", judged(event, now, known))
    level, fields = Level.INFO, Fields()
    match event:
        case MessageExempt():
            return Record(level, "message", exempt(event, known))
        case MessageReleased():
            return Record(level, "message", released(event, known))
        case QuarantineExpired(messages, size):
            name, fields = "quarantine expired", {"messages": messages, "size": size}
        case ConnectionExempt(client, reason):
            name, level = "connection exempt", Level.DEBUG
            fields = client_fields(client) | {"reason": text_of(reason)}
        case ScanRetried(clamd, reason, queue_id):
            name, level = "scan retried", Level.DEBUG
            fields = {"clamd": clamd, "reason": text_of(reason), "queue_id": text_of(queue_id)}
        case Reloaded(generation, waiting):
            name, fields = "reloaded", {"generation": generation, "waiting": list(waiting)}
            level = Level.WARNING if waiting else Level.INFO
        case ReloadRefused(reasons):
            name, level = "reload refused", Level.ERROR
            fields = {"reasons": first_of(text_of(reason) for reason in reasons)}
        case Fault(where, reason):
            name, level = "fault", Level.WARNING
            fields = {"where": where, "reason": text_of(reason)}
        case _:
            return _change_of_state(event)
    return Record.of(level, name, fields)


def notice(level: Level, text: str) -> Record:
    """Return a record of something said of the log itself."""
    return Record.of(level, "notice", {"text": text_of(text)})


def _level(event: MessageJudged) -> Level:
    return _LEVELS.get(type(event.verdict), Level.INFO)


_LEVELS: Mapping[type, Level] = {Failed: Level.ERROR, Unscanned: Level.WARNING}


def _change_of_state(event: _StateChange) -> Record:
    level, fields = Level.INFO, Fields()
    match event:
        case Started(listening, version):
            name, fields = "started", {"listening": listening, "version": version}
        case Stopping(in_flight):
            name, fields = "stopping", {"in_flight": in_flight}
        case Stopped(unfinished):
            name, fields = "stopped", {"unfinished": unfinished}
            level = Level.WARNING if unfinished else Level.INFO
        case WorkerReplaced(worker, reason, lost):
            name, level = "worker replaced", Level.WARNING if lost else Level.INFO
            fields = {"worker": worker, "reason": text_of(reason), "lost": lost}
        case ClamdUp(clamd, version):
            name, fields = "clamd up", {"clamd": clamd, "version": text_of(version)}
        case ClamdDown(clamd, reason):
            name, level = "clamd down", Level.WARNING
            fields = {"clamd": clamd, "reason": text_of(reason)}
        case DatabaseUpdated(clamd, version, before):
            name = "database updated"
            fields = {"clamd": clamd, "version": text_of(version), "before": text_of(before)}
        case ClamdLimit(clamd, proven, wanted):
            name, level = "clamd limit", Level.WARNING
            fields = {"clamd": clamd, "proven": proven, "max_file_size": wanted}
    return Record.of(level, name, fields)
