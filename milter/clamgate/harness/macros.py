"""Which macros an MTA sends before which command, and their values for a piece of mail.

It is what Postfix 3.7 was seen to send: a packet before each command, even an empty one, and the
lists are its defaults (milter_connect_macros and its like). A filter may ask for other ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import (
    Body,
    Command,
    Connect,
    Data,
    EndOfHeader,
    EndOfMessage,
    Header,
    Helo,
    Macros,
    MacroStage,
    Mail,
    Options,
    Rcpt,
)

Values = Mapping[bytes, bytes]

_PLACES: Mapping[type[Command], MacroStage] = MappingProxyType(
    {
        Connect: MacroStage.CONNECT,
        Helo: MacroStage.HELO,
        Mail: MacroStage.MAIL,
        Rcpt: MacroStage.RCPT,
        Data: MacroStage.DATA,
        Header: MacroStage.EOH,
        EndOfHeader: MacroStage.EOH,
        Body: MacroStage.EOM,
        EndOfMessage: MacroStage.EOM,
    }
)
"""Whose list goes with which command; a filter cannot ask for one of Header's or Body's own."""

_DEFAULTS: Mapping[MacroStage, tuple[bytes, ...]] = MappingProxyType(
    {
        MacroStage.CONNECT: (b"j", b"{daemon_name}", b"{daemon_addr}", b"v", b"_"),
        MacroStage.HELO: (b"{tls_version}", b"{cipher}", b"{cipher_bits}"),
        MacroStage.MAIL: (
            b"i",
            b"{auth_type}",
            b"{auth_authen}",
            b"{auth_author}",
            b"{mail_addr}",
            b"{mail_host}",
            b"{mail_mailer}",
        ),
        MacroStage.RCPT: (b"i", b"{rcpt_addr}", b"{rcpt_host}", b"{rcpt_mailer}"),
        MacroStage.DATA: (b"i",),
        MacroStage.EOH: (b"i",),
        MacroStage.EOM: (b"i",),
    }
)


def macros_before(command: Command, known: Values, agreed: Options) -> Macros | None:
    """Return the packet to send before a command: what is asked for and known; None for some."""
    place = _PLACES.get(type(command))
    if place is None:
        return None
    names = dict(agreed.macros).get(place, _DEFAULTS[place])
    return Macros(command.LETTER, tuple((name, known[name]) for name in names if name in known))


def connection_values(peer: Peer) -> Values:
    """Return what the MTA knows of itself and of a client."""
    return {
        b"j": b"mx.example.net",
        b"{daemon_name}": b"mx.example.net",
        b"{daemon_addr}": b"127.0.0.1",
        b"v": b"harness",
        b"_": peer.host + b" [" + peer.address + b"]",
    }


def sender_values(message: Message) -> Values:
    """Return what the MTA knows at MAIL."""
    values = {
        b"{mail_addr}": bare(message.sender),
        b"{mail_host}": bare(message.sender).rpartition(b"@")[2],
        b"{mail_mailer}": b"smtp",
    }
    if message.login is not None:
        values |= {b"{auth_type}": b"PLAIN", b"{auth_authen}": message.login}
    return values


def recipient_values(recipient: bytes) -> Values:
    """Return what the MTA knows of a recipient."""
    return {
        b"{rcpt_addr}": bare(recipient),
        b"{rcpt_host}": bare(recipient).rpartition(b"@")[2],
        b"{rcpt_mailer}": b"smtp",
    }


def queue_values(message: Message) -> Values:
    """Return what the MTA knows once it took a first recipient: only then it opens a queue file."""
    return {b"i": message.queue_id}


def bare(path: bytes) -> bytes:
    """Return an address without its angle brackets, as macros carry it."""
    return path.removeprefix(b"<").removesuffix(b">")
