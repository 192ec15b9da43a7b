"""What the MTA tells the filter, as values (libmilter's mfdef.h, SMFIC_*).

Every command knows its letter, the bit by which a filter leaves it out and the bit by which it
gives no reply to it. Texts are bytes: mail is not always UTF-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Self

from clamgate.harness.wire_fields import PORT_BYTES, Cursor, text
from clamgate.harness.wire_options import MIN_VERSION, Steps
from clamgate.harness.wire_shapes import ChunkPacket, FieldPacket, Packet, TextPacket


class Family(Enum):
    """The kind of address an SMTP client has (SMFIA_*)."""

    UNKNOWN = b"U"
    UNIX = b"L"
    INET = b"4"
    INET6 = b"6"


@dataclass(frozen=True, slots=True)
class Command(Packet):
    """What an MTA says.

    Attributes:
        UNWANTED_BY: The step bit by which a filter says not to send it.
        SILENT_BY: The step bit by which a filter says that it will not reply.
        ANSWERED: Whether a reply follows where nothing else was agreed.
        SINCE: The protocol version that brought it.
    """

    UNWANTED_BY: ClassVar[Steps] = Steps.NONE
    SILENT_BY: ClassVar[Steps] = Steps.NONE
    ANSWERED: ClassVar[bool] = True
    SINCE: ClassVar[int] = MIN_VERSION


@dataclass(frozen=True, slots=True)
class Macros(Command):
    """Values that go with the command which follows.

    Attributes:
        stage: That command's letter (``M`` for MAIL).
        values: Names as the MTA spells them (``i``, ``{mail_addr}``) and their values.
    """

    LETTER: ClassVar[bytes] = b"D"
    ANSWERED: ClassVar[bool] = False

    stage: bytes
    values: tuple[tuple[bytes, bytes], ...] = ()

    def payload(self) -> bytes:
        """Return what follows the letter."""
        return self.stage + b"".join(text(name) + text(value) for name, value in self.values)

    @classmethod
    def _read(cls, cursor: Cursor) -> Self:
        stage = cursor.take(1, "stage")
        fields = cursor.texts("macro")
        if len(fields) % 2:
            raise cursor.error("a macro has a name and no value")
        return cls(stage, tuple(zip(fields[::2], fields[1::2], strict=True)))


@dataclass(frozen=True, slots=True)
class Connect(Command):
    """An SMTP client connected.

    Attributes:
        host: Its name, or its address in square brackets.
        family: The kind of its address; with UNKNOWN it has neither address nor port.
        port: Its TCP port, 0 where there is none.
        address: Its address in text, or the path of a unix socket.
    """

    LETTER: ClassVar[bytes] = b"C"
    UNWANTED_BY: ClassVar[Steps] = Steps.NO_CONNECT
    SILENT_BY: ClassVar[Steps] = Steps.NR_CONNECT

    host: bytes
    family: Family = Family.UNKNOWN
    port: int = 0
    address: bytes = b""

    def __post_init__(self) -> None:
        if self.family is Family.UNKNOWN and (self.port or self.address):
            raise ValueError("a client of unknown family has neither address nor port")

    def payload(self) -> bytes:
        """Return what follows the letter."""
        head = text(self.host) + self.family.value
        if self.family is Family.UNKNOWN:
            return head
        return head + self.port.to_bytes(PORT_BYTES) + text(self.address)

    @classmethod
    def _read(cls, cursor: Cursor) -> Self:
        host = cursor.text("host name")
        letter = cursor.take(1, "address family")
        try:
            family = Family(letter)
        except ValueError:
            raise cursor.error(f"there is no address family {letter!r}") from None
        if family is Family.UNKNOWN:
            return cls(host)
        return cls(host, family, cursor.port("port"), cursor.text("address"))


@dataclass(frozen=True, slots=True)
class Helo(TextPacket, Command):
    """HELO or EHLO, with the name given."""

    LETTER: ClassVar[bytes] = b"H"
    UNWANTED_BY: ClassVar[Steps] = Steps.NO_HELO
    SILENT_BY: ClassVar[Steps] = Steps.NR_HELO


@dataclass(frozen=True, slots=True)
class _Path(Command):
    """An envelope address with its ESMTP arguments."""

    path: bytes
    args: tuple[bytes, ...] = ()

    def payload(self) -> bytes:
        """Return what follows the letter."""
        return b"".join(text(part) for part in (self.path, *self.args))

    @classmethod
    def _read(cls, cursor: Cursor) -> Self:
        return cls(cursor.text("address"), cursor.texts("argument"))


@dataclass(frozen=True, slots=True)
class Mail(_Path):
    """MAIL FROM: the reverse-path, and arguments (``SIZE=100``).

    It has its angle brackets, but for mail of Postfix's sendmail command.
    """

    LETTER: ClassVar[bytes] = b"M"
    UNWANTED_BY: ClassVar[Steps] = Steps.NO_MAIL
    SILENT_BY: ClassVar[Steps] = Steps.NR_MAIL


@dataclass(frozen=True, slots=True)
class Rcpt(_Path):
    """RCPT TO: a recipient, with or without angle brackets as in Mail, and arguments."""

    LETTER: ClassVar[bytes] = b"R"
    UNWANTED_BY: ClassVar[Steps] = Steps.NO_RCPT
    SILENT_BY: ClassVar[Steps] = Steps.NR_RCPT


@dataclass(frozen=True, slots=True)
class Data(Command):
    """DATA."""

    LETTER: ClassVar[bytes] = b"T"
    UNWANTED_BY: ClassVar[Steps] = Steps.NO_DATA
    SILENT_BY: ClassVar[Steps] = Steps.NR_DATA
    SINCE: ClassVar[int] = 4


@dataclass(frozen=True, slots=True)
class Unknown(TextPacket, Command):
    """An SMTP command that the MTA does not know, the whole line."""

    LETTER: ClassVar[bytes] = b"U"
    UNWANTED_BY: ClassVar[Steps] = Steps.NO_UNKNOWN
    SILENT_BY: ClassVar[Steps] = Steps.NR_UNKNOWN
    SINCE: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class Header(FieldPacket, Command):
    """One header field. Folds in `value` carry LF; with HDR_LEADSPC its leading space is kept."""

    LETTER: ClassVar[bytes] = b"L"
    UNWANTED_BY: ClassVar[Steps] = Steps.NO_HEADERS
    SILENT_BY: ClassVar[Steps] = Steps.NR_HEADER


@dataclass(frozen=True, slots=True)
class EndOfHeader(Command):
    """The header is complete."""

    LETTER: ClassVar[bytes] = b"N"
    UNWANTED_BY: ClassVar[Steps] = Steps.NO_EOH
    SILENT_BY: ClassVar[Steps] = Steps.NR_EOH


@dataclass(frozen=True, slots=True)
class Body(ChunkPacket, Command):
    """A piece of the body, at most 65535 bytes."""

    LETTER: ClassVar[bytes] = b"B"
    UNWANTED_BY: ClassVar[Steps] = Steps.NO_BODY
    SILENT_BY: ClassVar[Steps] = Steps.NR_BODY


@dataclass(frozen=True, slots=True)
class EndOfMessage(ChunkPacket, Command):
    """The message is complete. It may carry the last piece of the body."""

    LETTER: ClassVar[bytes] = b"E"


@dataclass(frozen=True, slots=True)
class Abort(Command):
    """The message is given up; the connection stays."""

    LETTER: ClassVar[bytes] = b"A"
    ANSWERED: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Quit(Command):
    """The session is over."""

    LETTER: ClassVar[bytes] = b"Q"
    ANSWERED: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class QuitNewConnection(Command):
    """This SMTP client is gone; another one follows on the same milter connection."""

    LETTER: ClassVar[bytes] = b"K"
    ANSWERED: ClassVar[bool] = False
