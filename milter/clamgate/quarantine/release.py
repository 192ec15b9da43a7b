"""Handing a stored message back to the MTA, by SMTP."""

from __future__ import annotations

import secrets
import smtplib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from clamgate.core.envelope import bare_address
from clamgate.core.releasing import FIELD, BodyDigest
from clamgate.core.settings import Quarantine as Settings
from clamgate.core.settings import TcpEndpoint
from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.store import Quarantine
from clamgate.quarantine.token import Token, sign

VALID_FOR = 900
"""Seconds for which a signed release is honoured: it is handed over at once."""

_TIMEOUT = 300.0
_YES = 2  # the first digit of such replies


class _RefusedError(Exception):
    """Why a mail is not taken; the text goes on after the name of the MTA."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed over.

    Attributes:
        message_id: The stored message.
        sender: The address for MAIL, without angle brackets (empty for a bounce).
        recipients: The addresses for RCPT.
        content: Header and body, with CRLF line ends.
    """

    message_id: str
    sender: bytes
    recipients: tuple[bytes, ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class Way:
    """How mail gets past the filter.

    Attributes:
        server: Where an MTA listens.
        secret: The key to sign with where that MTA asks the filter, None where it does not.
    """

    server: TcpEndpoint
    secret: bytes | None = None


def way_out(settings: Settings, store: Quarantine) -> Way:
    """Return how a conf wants mail to get past the filter.

    Raises:
        QuarantineError: It names no way, or the secret cannot be read.
    """
    if settings.release_via is not None:
        return Way(settings.release_via)
    if settings.release_from:
        return Way(settings.release_through, store.secret)
    raise QuarantineError(
        "the conf names no way past the filter: set ReleaseVia to a port of the MTA that does not"
        " ask it, or ReleaseFrom to honour signed releases"
    )


def letter(message_id: str, sender: bytes, recipients: Sequence[bytes], content: bytes) -> Letter:
    """Return a letter for envelope paths, whose angle brackets are taken off."""
    return Letter(
        message_id, bare_address(sender), tuple(bare_address(one) for one in recipients), content
    )


def signed(letter: Letter, secret: bytes, now: float) -> bytes:
    """Return the content of a letter with the field above it that lets it through the filter once.

    Args:
        letter: What is to pass.
        secret: The key.
        now: Seconds since the epoch.
    """
    digest = BodyDigest()
    digest.update(letter.content.partition(b"\r\n\r\n")[2])
    token = Token(letter.message_id, secrets.token_hex(16), int(now) + VALID_FOR)
    value = sign(token, letter.recipients, digest.value(), secret)
    return f"{FIELD}: {value}\r\n".encode() + letter.content


def hand_over(letter: Letter, way: Way, clock: Callable[[], float]) -> str:
    """Send a letter to all its recipients, or to none of them.

    Returns:
        The MTA's last reply.

    Raises:
        QuarantineError: It was not taken; the text has the MTA's words.
    """
    content = letter.content if way.secret is None else signed(letter, way.secret, clock())
    with _session(way.server) as client:
        client.command_encoding = "utf-8"
        parameters = _parameters(client, (letter.sender, *letter.recipients))
        # smtplib's own mail() and rcpt() would rewrite what they do not take for an address.
        _accepted(client.docmd("MAIL", f"FROM:<{_word(letter.sender)}>{parameters}"), "the sender")
        for recipient in letter.recipients:
            word = _word(recipient)
            _accepted(client.docmd("RCPT", f"TO:<{word}>"), f"the recipient {word}")
        return _accepted(client.data(content), "the message")


def _parameters(client: smtplib.SMTP, addresses: Iterable[bytes]) -> str:
    words = ["BODY=8BITMIME"] if client.has_extn("8bitmime") else []
    if not all(one.isascii() for one in addresses):
        if not client.has_extn("smtputf8"):
            raise _RefusedError("does not take addresses that are not ASCII (no SMTPUTF8)")
        words.append("SMTPUTF8")
    return "".join(f" {word}" for word in words)


@contextmanager
def _session(server: TcpEndpoint) -> Iterator[smtplib.SMTP]:
    where = f"the MTA at {server.host}:{server.port}"
    try:
        with smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT) as client:
            client.ehlo_or_helo_if_needed()
            yield client
    except _RefusedError as error:
        raise QuarantineError(f"{where} {error}") from error
    except smtplib.SMTPResponseException as error:
        raise QuarantineError(
            f"{where} says {error.smtp_code} {_line(error.smtp_error)}"
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        reason = getattr(error, "strerror", None) or error
        raise QuarantineError(f"{where} cannot be used: {reason}") from error


def _accepted(answer: tuple[int, bytes], what: str) -> str:
    """Return the text of a reply that says yes."""
    code, text = answer
    if code // 100 != _YES:
        raise _RefusedError(f"refuses {what}: {code} {_line(text)}")
    return _line(text)


def _line(text: bytes | str) -> str:
    return " ".join((text if isinstance(text, str) else text.decode(errors="replace")).split())


def _word(address: bytes) -> str:
    try:
        word = address.decode()
    except UnicodeDecodeError:
        shown = address.decode(errors="backslashreplace")
        raise _RefusedError(f"cannot be given the address {shown}: it is not UTF-8") from None
    if not word.isprintable():
        raise _RefusedError(f"cannot be given the address {word!a}: it has control characters")
    return word
