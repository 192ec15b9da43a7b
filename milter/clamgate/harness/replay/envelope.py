"""The envelope that a mail may have had, from its header."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import getaddresses

from clamgate.harness.mailfile import Field

NULL_SENDER = b"<>"
NOBODY = b"<postmaster@localhost>"
"""The recipient of a mail that names none."""

_SENDERS = (b"return-path", b"sender", b"from")
_DELIVERED_TO = (b"x-original-to", b"envelope-to", b"delivered-to")
_ADDRESSED_TO = (b"to", b"cc", b"bcc")
_LONGEST = 320
"""Characters of an address: 64, an at sign and 255 (RFC 5321, 4.5.3.1)."""
_UNSAFE = re.compile(r'[\s<>()\[\],"\\]')


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sent what to whom; addresses with angle brackets."""

    sender: bytes
    recipients: tuple[bytes, ...]


def envelope(
    fields: Iterable[Field], sender: bytes | None = None, recipients: tuple[bytes, ...] = ()
) -> Envelope:
    """Return the envelope; what is given counts before what the header says.

    The sender is in Return-Path, else in Sender, else in From, else it is ``<>``. The recipient is
    the topmost X-Original-To, Envelope-To or Delivered-To, else all in To, Cc and Bcc, else
    `NOBODY`. What is no address is passed over.
    """
    known = [(name.lower(), value) for name, value in fields]
    return Envelope(
        sender if sender is not None else _sender(known),
        recipients or _recipients(known),
    )


def bracketed(address: str) -> bytes:
    """Return an address as it stands in an envelope; brackets may be there already."""
    return b"<%b>" % address.strip().removeprefix("<").removesuffix(">").encode()


def _sender(fields: Sequence[Field]) -> bytes:
    for wanted in _SENDERS:
        for value in _values(fields, wanted):
            if wanted == b"return-path" and value.strip() == NULL_SENDER:
                return NULL_SENDER
            if found := _addresses(value):
                return found[0]
    return NULL_SENDER


def _recipients(fields: Sequence[Field]) -> tuple[bytes, ...]:
    for wanted in _DELIVERED_TO:
        for value in _values(fields, wanted):
            if found := _addresses(value):
                return found[:1]
    named = [
        address
        for wanted in _ADDRESSED_TO
        for value in _values(fields, wanted)
        for address in _addresses(value)
    ]
    return tuple(dict.fromkeys(named)) or (NOBODY,)


def _values(fields: Sequence[Field], wanted: bytes) -> Iterator[bytes]:
    return (value for name, value in fields if name == wanted)


def _addresses(value: bytes) -> tuple[bytes, ...]:
    try:
        text = value.replace(b"\n", b"").decode()
        pairs = getaddresses([text])
    except (UnicodeDecodeError, RecursionError):  # comments within comments, without end
        return ()
    return tuple(b"<%b>" % address.encode() for _, address in pairs if _usable(address))


def _usable(address: str) -> bool:
    local, at, domain = address.rpartition("@")
    whole = bool(local and at and domain) and len(address) <= _LONGEST
    return whole and address.isprintable() and not _UNSAFE.search(address)
