"""Events as records: LogFormat json. What each holds is said in docs/logging.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

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
from clamgate.observe.json_text import dumps, first_of, text_of
from clamgate.observe.mail_records import client_fields, exempt, judged, released
from clamgate.observe.sink import Level

Fields = dict[str, object]

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


@dataclass(frozen=True, slots=True)
class Record:
    """What there is to say of an event.

    Attributes:
        level: How much it matters.
        event: What happened, in a word or two.
        fields: The rest; plain data.
    """

    level: Level
    event: str
    fields: Fields

    def state(self) -> str:
        """Return what it says, whoever says so and when."""
        return dumps({"event": self.event} | self.fields)

    def to_json(self, process: str, now: float) -> str:
        """Return it as a line.

        Args:
            process: Which of ours says so.
            now: Seconds since the epoch.
        """
        time = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        head = {"time": time, "level": self.level.value, "event": self.event, "process": process}
        return dumps(head | self.fields)


def record(event: Event, now: float) -> Record:
    """Return the record of an event; `now` is in seconds since the epoch."""
    level, fields = Level.INFO, Fields()
    match event:
        case MessageJudged():
            name, level, fields = "message", _level(event), judged(event, now)
        case MessageExempt():
            name, fields = "message", exempt(event)
        case MessageReleased():
            name, fields = "message", released(event)
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
    return Record(level, name, fields)


def notice(level: Level, text: str) -> Record:
    """Return a record of something said of the log itself."""
    return Record(level, "notice", {"text": text_of(text)})


def _level(event: MessageJudged) -> Level:
    match event.verdict:
        case Failed():
            return Level.ERROR
        case Unscanned():
            return Level.WARNING
        case _:
            return Level.INFO


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
    return Record(level, name, fields)
