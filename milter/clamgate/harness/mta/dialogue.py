"""One SMTP session, command by command, as Postfix holds it (smtpd.c).

Who reads and writes the bytes is no matter here. It asks filters, which takes its time: a session
has a thread of its own. Replies are without the last line end; a 421 ends the session.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from clamgate.harness.macros import Values
from clamgate.harness.mta.commands import CommandError, Path, parse_mail, parse_rcpt
from clamgate.harness.mta.delivery import DeliveryError, Downstream, Parcel
from clamgate.harness.mta.draft import Draft, Recipient, draft_of
from clamgate.harness.mta.filters import Filters, Milter
from clamgate.harness.mta.hold import HoldQueue
from clamgate.harness.mta.intake import Intake
from clamgate.harness.mta.known import (
    Client,
    Login,
    Tls,
    address_values,
    client_values,
    session_values,
)
from clamgate.harness.mta.obedience import CLOSING, GO_ON, Course, Ruling
from clamgate.harness.mta.received import Arrival, Hello, received_field
from clamgate.harness.mta.report import Fate, Onlooker, Passage, fate_of_refusal
from clamgate.harness.wire import Command, Data, Helo, Mail, Rcpt, Unknown

GO_AHEAD = b"354 End data with <CR><LF>.<CR><LF>"
MAX_HOPS = 50


@dataclass(frozen=True, slots=True)
class House:
    """What all sessions share.

    Attributes:
        name: Our host name.
        milters: Asked in this order.
        downstream: Where mail goes.
        hold: Where quarantined mail goes.
        size_limit: The largest message in bytes, 0 for any.
        onlooker: Told what happens.
    """

    name: str
    milters: Sequence[Milter]
    downstream: Downstream
    hold: HoldQueue
    size_limit: int
    onlooker: Onlooker


@dataclass(slots=True)
class _Envelope:
    """A message that was begun."""

    sender: Path
    recipients: list[Path] = field(default_factory=list)
    queue_id: str = ""


class Dialogue:
    """A session with one SMTP client."""

    def __init__(self, house: House, client: Client) -> None:
        self._house = house
        self._client = client
        self._filters = Filters(house.milters, house.onlooker)
        self._hello: Hello | None = None
        self._tls: Tls | None = None
        self._login: Login | None = None
        self._envelope: _Envelope | None = None
        self._hold: bytes | None = None
        self._discard = False
        self._told_of_message = False
        self._seconds_before = 0.0

    @property
    def intake(self) -> Intake:
        """Where the content of a message is to go."""
        return Intake(self._house.size_limit)

    @property
    def in_message(self) -> bool:
        """Whether a sender was named."""
        return self._envelope is not None

    def connect(self) -> bytes:
        """Return the greeting."""
        refusal = self._tell(self._client.announcement)
        if refusal and refusal.startswith(b"5"):
            return b"554 %s ESMTP not accepting connections" % self._host
        if refusal and refusal.startswith(b"421"):
            return b"421 %s Service unavailable - try again later" % self._host
        return b"220 %s ESMTP clamgate" % self._host

    def helo(self, name: bytes, *, extended: bool, extensions: Sequence[str] = ()) -> bytes:
        """Answer HELO or EHLO. A filter's refusal waits for MAIL, unless it is a 421."""
        if not name:
            return b"501 Syntax: %s hostname" % (b"EHLO" if extended else b"HELO")
        refusal = self._tell(Helo(name))
        if refusal and refusal.startswith(b"421"):
            return refusal
        self._forget_hello()
        self._hello = Hello(name, extended)
        if not extended:
            return b"250 " + self._host
        if self._filters.lasting.text.startswith(b"5"):
            extensions = ("ENHANCEDSTATUSCODES",)
        lines = [self._host, *(it.encode() for it in extensions)]
        return b"\r\n".join([b"250-" + line for line in lines[:-1]] + [b"250 " + lines[-1]])

    def mail(self, rest: bytes) -> bytes:
        """Answer MAIL; `rest` is what follows the verb."""
        if self._envelope:
            return b"503 5.5.1 Error: nested MAIL command"
        try:
            sender = parse_mail(rest, self._house.size_limit)
        except CommandError as error:
            return error.reply
        self._told_of_message = True
        self._seconds_before = self._filters.seconds
        refusal = self._tell(
            Mail(sender.text, sender.args), address_values(b"mail", sender.address)
        )
        if refusal:
            self._report(_Envelope(sender), fate_of_refusal(refusal), refusal)
            self.reset()
            return refusal
        self._envelope = _Envelope(sender)
        return b"250 2.1.0 Ok"

    def rcpt(self, rest: bytes) -> bytes:
        """Answer RCPT; `rest` is what follows the verb. A refused recipient leaves the others."""
        envelope = self._envelope
        if not envelope:
            return b"503 5.5.1 Error: need MAIL command"
        try:
            path = parse_rcpt(rest)
        except CommandError as error:
            return error.reply
        refusal = self._tell(Rcpt(path.text, path.args), address_values(b"rcpt", path.address))
        if refusal:
            self._report(replace(envelope, recipients=[path]), fate_of_refusal(refusal), refusal)
            return refusal
        # As in Postfix, a message has a queue file, and a name, from its first recipient on.
        envelope.queue_id = envelope.queue_id or secrets.token_hex(5).upper()
        envelope.recipients.append(path)
        return b"250 2.1.5 Ok"

    def data(self) -> bytes:
        """Answer DATA. With GO_AHEAD the content follows, and then comes `finish`."""
        envelope = self._envelope
        if not envelope:
            return b"503 5.5.1 Error: need RCPT command"
        if not envelope.recipients:
            return b"554 5.5.1 Error: no valid recipients"
        refusal = self._tell(Data())
        if refusal:
            self._report(envelope, fate_of_refusal(refusal), refusal)
        return refusal or GO_AHEAD

    def finish(self, intake: Intake) -> bytes:
        """Answer the end of a message: have it judged, and deliver it."""
        envelope = self._envelope
        if envelope is None:
            raise AssertionError("content came without a sender")
        try:
            return self._finish(envelope, intake)
        finally:
            self.reset()

    def reset(self) -> None:
        """Forget the message at hand (RSET, and the end of each message)."""
        self._envelope = None
        self._hold = None
        self._discard = False
        if self._told_of_message:
            self._told_of_message = False
            self._filters.abort()

    def unknown(self, word: bytes) -> bytes:
        """Answer a command that nobody knows; filters are told its first word, as by Postfix."""
        return self._tell(Unknown(word)) or b"500 5.5.2 Error: command not recognized"

    def refuse_other(self) -> bytes | None:
        """Return why AUTH or STARTTLS is refused: a filter wants nothing of this client."""
        lasting = self._filters.lasting.text
        if lasting.startswith(b"4"):
            return b"454 4.3.0 Try again later"
        return lasting if lasting.startswith(b"5") else None

    def encrypted(self, tls: Tls) -> None:
        """Take note of STARTTLS: the client begins anew."""
        self.reset()
        self._forget_hello()
        self._login = None
        self._tls = tls

    def logged_in(self, login: Login) -> None:
        """Take note of AUTH."""
        self._login = login

    def close(self) -> None:
        """End the session, whatever it was at: filters are told as Postfix tells them."""
        self._forget_hello()
        self._filters.quit()

    def break_off(self) -> None:
        """Let go of the filters under a step that waits for one; safe from any thread."""
        self._filters.break_off()

    @property
    def _host(self) -> bytes:
        return self._house.name.encode()

    def _forget_hello(self) -> None:
        if self._hello is not None:
            self._hello = None
            self._filters.abort()
        self.reset()

    def _tell(self, command: Command, more: Values | None = None) -> bytes | None:
        """Tell the filters a command, and return the reply that refuses it, if one does.

        What is to be discarded is not shown to them any more.
        """
        if self._discard:
            return None
        return self._heed(self._filters.tell(command, self._values(more)))

    def _heed(self, ruling: Ruling) -> bytes | None:
        match ruling.course:
            case Course.HOLD:
                self._hold = ruling.text
            case Course.DISCARD:
                self._discard = True
            case Course.CLOSE:
                return CLOSING
            case Course.REFUSE:
                return ruling.text
            case Course.GO_ON:
                pass
        return None

    def _values(self, more: Values | None = None) -> Values:
        values = dict(client_values(self._house.name, self._client))
        values |= session_values(self._tls, self._login)
        if envelope := self._envelope:
            values |= address_values(b"mail", envelope.sender.address)
            if envelope.queue_id:
                values[b"i"] = envelope.queue_id.encode()
        return values | dict(more or {})

    def _finish(self, envelope: _Envelope, intake: Intake) -> bytes:
        if intake.too_large:
            return b"552 5.3.4 Error: message file too big"
        draft = self._draft(envelope, intake.content)
        if sum(it.name.lower() == b"received" for it in draft.fields) > MAX_HOPS:
            return b"554 5.4.0 Error: too many hops"
        ruling = GO_ON
        if not self._discard:
            draft, ruling = self._filters.inspect(draft, self._values())
        refusal = self._heed(ruling)
        if refusal is CLOSING:
            refusal = b"550 5.7.1 Error: message content rejected"
        if refusal:
            self._report(envelope, fate_of_refusal(refusal), refusal, draft)
            return refusal
        try:
            fate, text = self._pass_on(envelope, draft)
        except DeliveryError as error:
            self._report(envelope, fate_of_refusal(error.reply), error.reply, draft)
            return error.reply
        self._report(envelope, fate, text, draft)
        return b"250 2.0.0 Ok: queued as " + envelope.queue_id.encode()

    def _draft(self, envelope: _Envelope, content: bytes) -> Draft:
        sender = envelope.sender
        utf8 = any(arg.upper() == b"SMTPUTF8" for arg in sender.args)
        arrival = Arrival(self._client, self._hello, self._tls, self._login, utf8)
        addresses = tuple(it.address for it in envelope.recipients)
        now = datetime.now().astimezone()
        received = received_field(arrival, self._house.name, envelope.queue_id, addresses, now)
        recipients = tuple(Recipient(it.address, it.args) for it in envelope.recipients)
        return draft_of(content, sender.address, recipients, sender.args, received)

    def _pass_on(self, envelope: _Envelope, draft: Draft) -> tuple[Fate, bytes]:
        to = draft.destinations
        if self._discard or not to:
            return Fate.DISCARDED, b""
        parcel = Parcel(envelope.queue_id, draft.sender, to, draft.content, draft.sender_args)
        if self._hold is not None:
            self._house.hold.keep(parcel, self._hold)
            return Fate.HELD, self._hold
        self._house.downstream.deliver(parcel)
        return Fate.DELIVERED, b""

    def _report(
        self, envelope: _Envelope, fate: Fate, text: bytes, draft: Draft | None = None
    ) -> None:
        self._house.onlooker.passed(
            Passage(
                client=self._client,
                queue_id=envelope.queue_id,
                sender=envelope.sender.address,
                recipients=tuple(it.address for it in envelope.recipients),
                draft=draft,
                edits=self._filters.edits if draft else (),
                fate=fate,
                text=text,
                seconds=self._filters.seconds - self._seconds_before,
            )
        )
