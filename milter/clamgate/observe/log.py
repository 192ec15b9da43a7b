"""The log: events come in, lines go out."""

from __future__ import annotations

import time
from collections.abc import Callable

from clamgate.core.events import Event, MessageJudged
from clamgate.core.settings import LogDetail, LogFormat, Logging
from clamgate.observe.clean_json import clean_line
from clamgate.observe.lines import LogLine, lines, subject_of
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
        self.note(event, self._clock())

    def note(self, event: Event, at: float) -> None:
        """Write an event's lines; `at` is when it happened, in seconds since the epoch."""
        if self.ignores(event):
            return
        shown = masked(event, self._privacy) if self._privacy else event
        if self._is_json and isinstance(shown, MessageJudged):
            time = self._timestamp(at)
            if text := clean_line(shown, at, self._process, time, self._known):
                self._write(LogLine(Level.INFO, text))
                return
        for line in self._said(shown, at):
            self._write(line)

    def _said(self, event: Event, at: float) -> list[LogLine]:
        if not self._is_json:
            return lines(event, self._logging, each_recipient=self._each_recipient, now=at)
        said = record(event, at, self._known)
        if said.level is Level.DEBUG and not self._logging.verbose:
            return []
        text = said.to_json(self._process, self._timestamp(at))
        if not (subject := subject_of(event)):
            return [LogLine(said.level, text)]
        return [LogLine(said.level, text, subject, said.state())]
