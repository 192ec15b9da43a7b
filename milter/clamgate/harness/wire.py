"""The milter protocol, versions 2 to 6, as values; no input or output is done here.

Both directions can be written and read, so that a test can play either side. Sources: libmilter's
mfdef.h and mfapi.h for letters and bits, its comm.c, engine.c and smfi.c for the shapes.

    reader = FrameReader()
    reader.feed(received)
    answers = [decode_answer(frame) for frame in reader.frames()]
    outgoing = encode(Helo(b"mx.example.org"))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from clamgate.harness.wire_commands import (
    Abort,
    Body,
    Command,
    Connect,
    Data,
    EndOfHeader,
    EndOfMessage,
    Family,
    Header,
    Helo,
    Macros,
    Mail,
    Quit,
    QuitNewConnection,
    Rcpt,
    Unknown,
)
from clamgate.harness.wire_frames import MAX_PAYLOAD, Frame, FrameReader, ProtocolError
from clamgate.harness.wire_options import Actions, MacroStage, Options, Steps, offer
from clamgate.harness.wire_replies import (
    Accept,
    AddHeader,
    AddRecipient,
    AddRecipientWithArgs,
    Answer,
    ChangeHeader,
    ChangeSender,
    ConnectionFail,
    Continue,
    DeleteRecipient,
    Discard,
    Edit,
    InsertHeader,
    Progress,
    Quarantine,
    Reject,
    ReplaceBody,
    Reply,
    ReplyCode,
    Shutdown,
    Skip,
    TempFail,
)

__all__ = [
    "ANSWERS",
    "COMMANDS",
    "MAX_PAYLOAD",
    "Abort",
    "Accept",
    "Actions",
    "AddHeader",
    "AddRecipient",
    "AddRecipientWithArgs",
    "Answer",
    "Body",
    "ChangeHeader",
    "ChangeSender",
    "Command",
    "Connect",
    "ConnectionFail",
    "Continue",
    "Data",
    "DeleteRecipient",
    "Discard",
    "Edit",
    "EndOfHeader",
    "EndOfMessage",
    "Family",
    "Frame",
    "FrameReader",
    "Header",
    "Helo",
    "InsertHeader",
    "MacroStage",
    "Macros",
    "Mail",
    "Options",
    "Progress",
    "ProtocolError",
    "Quarantine",
    "Quit",
    "QuitNewConnection",
    "Rcpt",
    "Reject",
    "ReplaceBody",
    "Reply",
    "ReplyCode",
    "Shutdown",
    "Skip",
    "Steps",
    "TempFail",
    "Unknown",
    "decode_answer",
    "decode_command",
    "encode",
    "offer",
]

Message = TypeVar("Message")

COMMANDS: tuple[type[Command], ...] = (
    Macros,
    Connect,
    Helo,
    Mail,
    Rcpt,
    Data,
    Unknown,
    Header,
    EndOfHeader,
    Body,
    EndOfMessage,
    Abort,
    Quit,
    QuitNewConnection,
)

ANSWERS: tuple[type[Answer], ...] = (
    Continue,
    Accept,
    Reject,
    TempFail,
    Discard,
    ReplyCode,
    Skip,
    ConnectionFail,
    Shutdown,
    Progress,
    AddHeader,
    InsertHeader,
    ChangeHeader,
    Quarantine,
    AddRecipient,
    AddRecipientWithArgs,
    DeleteRecipient,
    ChangeSender,
    ReplaceBody,
)


def encode(message: Command | Answer | Options) -> bytes:
    """Return a message of either side as it goes over the wire.

    Raises:
        ValueError: A text of it holds a NUL.
    """
    return Frame(message.LETTER, message.payload()).encode()


def decode_command(frame: Frame) -> Command | Options:
    """Understand what an MTA sent.

    Raises:
        ProtocolError: There is no such command, or it does not hold what it should.
    """
    return _decode(frame, _COMMAND_PARSERS, "an MTA")


def decode_answer(frame: Frame) -> Answer | Options:
    """Understand what a filter sent.

    Raises:
        ProtocolError: There is no such answer, or it does not hold what it should.
    """
    return _decode(frame, _ANSWER_PARSERS, "a filter")


def _decode(
    frame: Frame, parsers: Mapping[bytes, Callable[[bytes], Message]], sender: str
) -> Message:
    parse = parsers.get(frame.letter)
    if parse is None:
        raise ProtocolError(f"{sender} sends nothing that begins with {frame.letter!r}")
    return parse(frame.payload)


_COMMAND_PARSERS: Mapping[bytes, Callable[[bytes], Command | Options]] = MappingProxyType(
    {kind.LETTER: kind.parse for kind in COMMANDS} | {Options.LETTER: Options.parse}
)
_ANSWER_PARSERS: Mapping[bytes, Callable[[bytes], Answer | Options]] = MappingProxyType(
    {kind.LETTER: kind.parse for kind in ANSWERS} | {Options.LETTER: Options.parse}
)
