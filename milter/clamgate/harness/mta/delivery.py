"""Where mail goes that the filters let pass: to another server, into a Maildir, or nowhere."""

from __future__ import annotations

import mailbox
import smtplib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from clamgate.harness.mta.draft import Recipient


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message to be delivered.

    Attributes:
        queue_id: What this MTA calls it.
        sender: Without angle brackets.
        recipients: At least one.
        content: With CRLF line ends.
        sender_args: ESMTP arguments of MAIL.
    """

    queue_id: str
    sender: bytes
    recipients: tuple[Recipient, ...]
    content: bytes
    sender_args: tuple[bytes, ...] = ()


class DeliveryError(Exception):
    """It was delivered to nobody. `reply` is what the SMTP client reads."""

    def __init__(self, reply: bytes) -> None:
        super().__init__(reply.decode(errors="replace"))
        self.reply = reply


class Downstream(Protocol):
    """A way to get rid of mail. It is called from several threads at once."""

    def deliver(self, parcel: Parcel) -> None:
        """Deliver to all recipients, or to none.

        Raises:
            DeliveryError: It could not be delivered.
        """


class Drop:
    """Throws all mail away."""

    def deliver(self, parcel: Parcel) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class MaildirBox:
    """Puts each mail into a Maildir, which is made if it is missing.

    As Postfix does it, lines end in LF there, and the envelope is put on top: Return-Path, and
    Delivered-To for each recipient.
    """

    path: Path

    def deliver(self, parcel: Parcel) -> None:
        """Keep one mail."""
        envelope = [b"Return-Path: <" + parcel.sender + b">\n"]
        envelope += [b"Delivered-To: " + it.address + b"\n" for it in parcel.recipients]
        content = parcel.content.replace(b"\r\n", b"\n")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            mailbox.Maildir(self.path, create=True).add(b"".join(envelope) + content)
        except OSError as error:
            reason = f"451 4.3.0 Error: cannot write to {self.path}: {error.strerror}"
            raise DeliveryError(reason.encode()) from error


@dataclass(frozen=True, slots=True)
class Relay:
    """Hands each mail to another SMTP server before the client gets its answer.

    Nothing is queued here: where the other server refuses one of the recipients, or cannot be
    reached, the client gets that answer, and nobody got the mail.

    Attributes:
        host: The server's name or address.
        port: Its port.
        seconds: How long each answer of it may take.
    """

    host: str
    port: int
    seconds: float = field(default=30.0, kw_only=True)

    def deliver(self, parcel: Parcel) -> None:
        """Send one mail."""
        try:
            with smtplib.SMTP(self.host, self.port, timeout=self.seconds) as server:
                _send(server, parcel)
        except smtplib.SMTPResponseException as error:
            raise DeliveryError(_passed_on(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            reason = f"451 4.4.1 Error: {self.host}:{self.port} did not take it: {error}"
            raise DeliveryError(reason.encode()) from error


def _send(server: smtplib.SMTP, parcel: Parcel) -> None:
    server.ehlo_or_helo_if_needed()
    sender = _text(parcel.sender)
    recipients = [(_text(it.address), it) for it in parcel.recipients]
    options = [it.decode() for it in parcel.sender_args if _wanted(server, it)]
    if not all(text.isascii() for text in (sender, *(text for text, _ in recipients))):
        if not server.has_extn("smtputf8"):
            raise DeliveryError(b"550 5.6.7 SMTPUTF8 is required, but was not offered downstream")
        server.command_encoding = "utf-8"
        options = [*(it for it in options if it.upper() != "SMTPUTF8"), "SMTPUTF8"]
    _expect(server.docmd("MAIL", " ".join([f"FROM:<{sender}>", *options])))
    for text, recipient in recipients:
        args = [it.decode() for it in recipient.args if _wanted(server, it)]
        _expect(server.docmd("RCPT", " ".join([f"TO:<{text}>", *args])))
    _expect(server.data(parcel.content))


def _expect(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if code // 100 != 2:  # noqa: PLR2004 - SMTP's class of success
        raise smtplib.SMTPResponseException(code, text)


_EXTENSIONS = {
    b"BODY": "8bitmime",
    b"SMTPUTF8": "smtputf8",
    b"RET": "dsn",
    b"ENVID": "dsn",
    b"NOTIFY": "dsn",
    b"ORCPT": "dsn",
}
"""Which arguments are passed on, and where; SIZE is no longer true, AUTH was meant for us."""


def _wanted(server: smtplib.SMTP, arg: bytes) -> bool:
    extension = _EXTENSIONS.get(arg.partition(b"=")[0].upper())
    return extension is not None and server.has_extn(extension)


def _text(address: bytes) -> str:
    try:
        text = address.decode()
    except UnicodeDecodeError:
        raise DeliveryError(b"550 5.1.3 Error: an address is not UTF-8") from None
    if not text.isprintable():
        raise DeliveryError(b"550 5.1.3 Error: an address holds control characters")
    return text


def _passed_on(code: int, text: bytes | str) -> bytes:
    """Return the other server's reply as ours; its lines are joined."""
    words = text if isinstance(text, bytes) else text.encode()
    if not 400 <= code < 600:  # noqa: PLR2004 - SMTP's refusals
        return b"451 4.4.2 Error: downstream said %d %s" % (code, b" ".join(words.split()))
    return b"%d %s" % (code, b" ".join(words.split()))
