"""The milters of one SMTP session: asked one after the other, each over a connection of its own.

As in Postfix, the first that has something to say ends the asking at that stage, and a filter is
connected to when it is first asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from clamgate.harness.link import Deadlines, Endpoint, FilterGoneError, Link, NoAnswerError
from clamgate.harness.macros import Values, macros_before
from clamgate.harness.mail import CHUNK
from clamgate.harness.mailfile import split_field
from clamgate.harness.mta.draft import Draft
from clamgate.harness.mta.edits import EditError, edited
from clamgate.harness.mta.obedience import (
    GO_ON,
    Attention,
    Course,
    DefaultAction,
    Ruling,
    Standing,
    failed,
    misconfigured,
    obey,
)
from clamgate.harness.mta.report import Onlooker
from clamgate.harness.wire import (
    Abort,
    Body,
    Command,
    Connect,
    Edit,
    EndOfHeader,
    EndOfMessage,
    Header,
    ProtocolError,
    Quarantine,
    Quit,
    Steps,
)

FAILURES = (FilterGoneError, NoAnswerError, ProtocolError)


@dataclass(frozen=True, slots=True)
class Milter:
    """A milter to ask.

    Attributes:
        endpoint: The path of its unix socket, or host and port.
        action: What to do when it cannot be asked.
        deadlines: How long it may take.
    """

    endpoint: Endpoint
    action: DefaultAction = DefaultAction.TEMPFAIL
    deadlines: Deadlines = field(default_factory=Deadlines)

    def __str__(self) -> str:
        """Its name as in Postfix's smtpd_milters."""
        if isinstance(self.endpoint, str):
            return f"unix:{self.endpoint}"
        return f"inet:{self.endpoint[0]}:{self.endpoint[1]}"


class Filters:
    """All milters of one session.

    Attributes:
        seconds: How long they have taken so far, in all.
        edits: What they asked for at the end of the last message.
    """

    def __init__(self, milters: Sequence[Milter], onlooker: Onlooker) -> None:
        self.seconds = 0.0
        self.edits: tuple[Edit, ...] = ()
        self._each = [_Asked(milter, onlooker) for milter in milters]

    def tell(self, command: Command, values: Values) -> Ruling:
        """Tell them a command, and return the first ruling that is not to go on."""
        return self._first(one.tell(command, values) for one in self._each)

    def inspect(self, draft: Draft, values: Values) -> tuple[Draft, Ruling]:
        """Show them a message, each as those before it left it, and return it as it then is."""
        self.edits = ()
        ruling = GO_ON
        started = time.monotonic()
        for one in self._each:
            draft, edits, ruling = one.inspect(draft, values)
            self.edits += edits
            if ruling.course is not Course.GO_ON:
                break
        self.seconds += time.monotonic() - started
        return draft, ruling

    @property
    def lasting(self) -> Ruling:
        """What holds for commands that no filter is told of (Postfix's milter_other_event)."""
        return self._first(one.standing.lasting for one in self._each)

    def abort(self) -> None:
        """Tell them that a message is over."""
        for one in self._each:
            one.abort()

    def quit(self) -> None:
        """Tell them that the session is over, and close the connections."""
        for one in self._each:
            one.quit()

    def break_off(self) -> None:
        """Close the connections under whoever waits for an answer; safe from any thread."""
        for one in self._each:
            one.break_off()

    def _first(self, rulings: Iterator[Ruling]) -> Ruling:
        started = time.monotonic()
        found = next((it for it in rulings if it.course is not Course.GO_ON), GO_ON)
        self.seconds += time.monotonic() - started
        return found


class _Asked:
    """One milter in one session."""

    def __init__(self, milter: Milter, onlooker: Onlooker) -> None:
        self.standing = Standing()
        self._milter = milter
        self._onlooker = onlooker
        self._link: Link | None = None
        self._broken_off = False

    def tell(self, command: Command, values: Values) -> Ruling:
        """Tell it a command, and return what its reply comes to."""
        try:
            if isinstance(command, Connect):
                self._open()
            return self._tell(command, values)
        except FAILURES as error:
            return self._fail(error)

    def inspect(self, draft: Draft, values: Values) -> tuple[Draft, tuple[Edit, ...], Ruling]:
        """Show it a message; return the message as edited, the edits, and its ruling.

        Edits are carried out as they come: they stay where the filter fails after them.
        """
        link = self._link
        if self.standing.attention is not Attention.FULL or link is None:
            return draft, (), self.standing.lasting
        try:
            ruling = self._show(draft, values)
        except FAILURES as error:
            ruling = self._fail(error)
        edits = tuple(link.edits)
        exact = bool(link.session.agreed.steps & Steps.HDR_LEADSPC)
        try:
            return edited(draft, edits, exact_space=exact), edits, ruling
        except EditError as error:
            return error.so_far, edits, self._fail(error, misconfigured)

    def abort(self) -> None:
        """End a message."""
        if self._link is not None and self.standing.attention is not Attention.NONE:
            try:
                self._link.exchange(Abort())
            except FAILURES as error:
                self._fail(error)
        self.standing = self.standing.after_message()

    def quit(self) -> None:
        """End the session."""
        if self._link is not None and self.standing.attention is not Attention.NONE:
            try:
                self._link.exchange(Quit())
            except FAILURES as error:
                self._fail(error)
        self._close()

    def break_off(self) -> None:
        """Let whoever waits for it find the connection closed."""
        self._broken_off = True
        if link := self._link:
            link.break_off()

    def _open(self) -> None:
        self._link = Link(self._milter.endpoint, deadlines=self._milter.deadlines)
        if self._broken_off:
            self._link.break_off()

    def _show(self, draft: Draft, values: Values) -> Ruling:
        for command in _content(draft):
            ruling = self._tell(command, values)
            if ruling.course is not Course.GO_ON:
                return ruling
        return GO_ON

    def _tell(self, command: Command, values: Values) -> Ruling:
        if self.standing.skipping is type(command):
            return GO_ON
        self.standing = replace(self.standing, skipping=None)
        if not self.standing.hears(command) or self._link is None:
            return self.standing.lasting
        session = self._link.session
        # A filter that declined a step of the envelope gets its macros nevertheless.
        declined_content = isinstance(command, _CONTENT) and not session.wants(command)
        if session.agreed.version < command.SINCE or declined_content:
            return GO_ON
        macros = macros_before(command, values, session.agreed)
        if macros is not None:
            self._link.exchange(macros)
        done = self._link.exchange(command)
        if done.reply is None:
            return GO_ON
        self.standing, ruling = obey(self.standing, command, done.reply, self._milter.action)
        if self.standing.attention is Attention.NONE:
            self._close()
        held = [it.text for it in done.edits if isinstance(it, Quarantine)]
        if held and ruling.course is Course.GO_ON:
            ruling = Ruling(Course.HOLD, held[-1])
        return ruling

    def _fail(
        self,
        error: Exception,
        outcome: Callable[[DefaultAction], tuple[Standing, Ruling]] = failed,
    ) -> Ruling:
        if not self._broken_off:
            self._onlooker.trouble(f"milter {self._milter}: {error}: {self._milter.action.value}")
        self._close()
        self.standing, ruling = outcome(self._milter.action)
        return ruling

    def _close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()


_CONTENT = (Header, EndOfHeader, Body)


def _content(draft: Draft) -> Iterator[Command]:
    """Yield a message as a filter is told of it; fields of this MTA's own are not shown."""
    for field_ in draft.fields:
        if not field_.ours:
            yield Header(*split_field(field_.text))
    yield EndOfHeader()
    for at in range(0, len(draft.body), CHUNK):
        yield Body(draft.body[at : at + CHUNK])
    yield EndOfMessage()
