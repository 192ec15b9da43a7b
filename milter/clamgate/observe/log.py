"""The log: events come in, lines go out."""

from __future__ import annotations

import time
from collections.abc import Callable

from clamgate.core.events import Event
from clamgate.core.settings import LogDetail, LogFormat, Logging
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
        self._clean_is_silent = (
            logging.format is LogFormat.TEXT
            and logging.clean is LogDetail.OFF
            and not logging.verbose
        )

    def observe(self, event: Event) -> None:
        """Write the event's lines."""
        if self._clean_is_silent and is_ordinary(event):
            return
        for line in self._said(masked(event, self._logging.privacy)):
            self._write(line)

    def _said(self, event: Event) -> list[LogLine]:
        now = self._clock()
        if self._logging.format is LogFormat.TEXT:
            return lines(event, self._logging, each_recipient=self._each_recipient, now=now)
        said = record(event, now, self._known)
        if said.level is Level.DEBUG and not self._logging.verbose:
            return []
        subject = subject_of(event)
        state = said.state() if subject else ""
        return [
            LogLine(said.level, said.to_json(self._process, self._timestamp(now)), subject, state)
        ]
