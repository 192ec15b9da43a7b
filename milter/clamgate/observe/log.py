"""The log: events come in, lines go out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from clamgate.core.events import MESSAGE_EVENTS, Event, Happened, MessageJudged
from clamgate.core.settings import LogDetail, LogFormat, Logging
from clamgate.observe.clean_json import clean_line
from clamgate.observe.lines import LogLine, lines, state_of, subject_of
from clamgate.observe.mail_lines import is_ordinary
from clamgate.observe.mail_records import Known
from clamgate.observe.privacy import masked
from clamgate.observe.records import Timestamps, record
from clamgate.observe.sink import Level


class LogObserver:
    """Puts what happens into lines.

    Args:
        logging: What is written.
        each_recipient: SupportMultipleRecipients.
        write: Takes each line, from any thread; it must not raise.
        clock: Seconds since the epoch.
        process: Which of our processes this is, for LogFormat json.
    """

    def __init__(
        self,
        logging: Logging,
        each_recipient: bool,  # noqa: FBT001  a setting handed through, by the name it has there
        write: Callable[[LogLine], object],
        clock: Callable[[], float] = time.time,
        *,
        process: str = "filter",
    ) -> None:
        self._logging = logging
        self._each_recipient = each_recipient
        self._write = write
        self._clock = clock
        self._process = process
        self._known = Known()
        self._timestamp = Timestamps()
        self._privacy = logging.privacy
        self._is_json = logging.format is LogFormat.JSON
        self._clean_is_silent = (
            not self._is_json and logging.clean is LogDetail.OFF and not logging.verbose
        )

    def ignores(self, event: Event) -> bool:
        """Whether there is nothing to write of an event: so with clean mail, unless asked for."""
        return self._clean_is_silent and is_ordinary(event)

    def observe(self, event: Event) -> None:
        """Write the lines of an event that has just happened."""
        self.note(((event, self._clock()),))

    def note(self, events: Iterable[Happened]) -> None:
        """Write the lines of events that have happened, in their order."""
        write, privacy = self._write, self._privacy
        say = self._record if self._is_json else self._lines
        for event, at in events:
            for line in say(masked(event, privacy) if privacy else event, at):
                write(line)

    def _lines(self, event: Event, at: float) -> Iterable[LogLine]:
        if self._clean_is_silent and is_ordinary(event):
            return ()
        return lines(event, self._logging, each_recipient=self._each_recipient, now=at)

    def _record(self, event: Event, at: float) -> Iterable[LogLine]:
        time = self._timestamp(at)
        if isinstance(event, MessageJudged) and (
            text := clean_line(event, at, self._process, time, self._known)
        ):
            return (LogLine(Level.INFO, text, tells_all=True),)
        said = record(event, at, self._known)
        if said.level is Level.DEBUG and not self._logging.verbose:
            return ()
        text = said.to_json(self._process, time)
        if isinstance(event, MESSAGE_EVENTS):
            return (LogLine(said.level, text, tells_all=True),)
        if not (subject := subject_of(event)):
            return (LogLine(said.level, text),)
        return (LogLine(said.level, text, subject, state_of(event) or said.state()),)
