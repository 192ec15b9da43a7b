"""Commands, byte for byte as libmilter's engine.c reads them."""

from __future__ import annotations

import pytest
from tests.harness import libmilter_headers

from clamgate.harness.wire import COMMANDS
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
from clamgate.harness.wire_frames import ProtocolError
from clamgate.harness.wire_options import Steps

BYTES: list[tuple[Command, bytes]] = [
    (Macros(b"M", ((b"i", b"4A"), (b"{mail_addr}", b""))), b"Mi\x004A\0{mail_addr}\0\0"),
    (Macros(b"H"), b"H"),
    (Connect(b"mx", Family.INET, 25, b"192.0.2.1"), b"mx\x004\0\x19192.0.2.1\0"),
    (Connect(b"mx", Family.INET6, 258, b"2001:db8::1"), b"mx\x006\1\x022001:db8::1\0"),
    (Connect(b"localhost", Family.UNIX, 0, b"/run/x"), b"localhost\0L\0\0/run/x\0"),
    (Connect(b"localhost"), b"localhost\0U"),
    (Helo(b"mx"), b"mx\0"),
    (Mail(b"<a@b>", (b"SIZE=9", b"BODY=8BITMIME")), b"<a@b>\0SIZE=9\0BODY=8BITMIME\0"),
    (Rcpt(b"<a@b>"), b"<a@b>\0"),
    (Data(), b""),
    (Unknown(b"NOOP x"), b"NOOP x\0"),
    (Header(b"To", b" a\n b"), b"To\0 a\n b\0"),
    (EndOfHeader(), b""),
    (Body(b"a\r\n\0"), b"a\r\n\0"),
    (EndOfMessage(), b""),
    (EndOfMessage(b"tail"), b"tail"),
    (Abort(), b""),
    (Quit(), b""),
    (QuitNewConnection(), b""),
]


@pytest.mark.parametrize(("command", "payload"), BYTES)
def test_a_command_is_written_and_read(command: Command, payload: bytes) -> None:
    assert command.payload() == payload
    assert type(command).parse(payload) == command


def test_every_command_is_among_them() -> None:
    assert {type(command) for command, _ in BYTES} == set(COMMANDS)


@pytest.mark.parametrize(
    ("kind", "payload", "complaint"),
    [
        (Macros, b"", "Macros: stage is cut off"),
        (Macros, b"Mi\0", "Macros: a macro has a name and no value"),
        (Macros, b"Mi\x004A", "Macros: macro is not ended by a NUL"),
        (Connect, b"mx", "Connect: host name is not ended by a NUL"),
        (Connect, b"mx\0", "Connect: address family is cut off"),
        (Connect, b"mx\0X", "Connect: there is no address family b'X'"),
        (Connect, b"mx\x004\0", "Connect: port is cut off"),
        (Connect, b"mx\x004\0\x19192.0.2.1", "Connect: address is not ended by a NUL"),
        (Connect, b"mx\0U\0\0", "Connect: 2 bytes too many"),
        (Mail, b"", "Mail: address is not ended by a NUL"),
        (Rcpt, b"<a>\0NOTIFY", "Rcpt: argument is not ended by a NUL"),
        (Data, b"x", "Data: 1 bytes too many"),
        (Abort, b"x", "Abort: 1 bytes too many"),
    ],
)
def test_a_malformed_command_says_what_is_wrong(
    kind: type[Command], payload: bytes, complaint: str
) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        kind.parse(payload)


@pytest.mark.parametrize(
    ("port", "address"), [(25, b""), (0, b"192.0.2.1")], ids=["port", "address"]
)
def test_a_client_of_unknown_family_has_no_address(port: int, address: bytes) -> None:
    with pytest.raises(ValueError, match="neither address nor port"):
        Connect(b"mx", Family.UNKNOWN, port, address)


LIBMILTER_NAMES: dict[type[Command], str] = {
    Macros: "MACRO",
    Connect: "CONNECT",
    Helo: "HELO",
    Mail: "MAIL",
    Rcpt: "RCPT",
    Data: "DATA",
    Unknown: "UNKNOWN",
    Header: "HEADER",
    EndOfHeader: "EOH",
    Body: "BODY",
    EndOfMessage: "BODYEOB",
    Abort: "ABORT",
    Quit: "QUIT",
    QuitNewConnection: "QUIT_NC",
}


@pytest.mark.skipif(not libmilter_headers.FOLDER.exists(), reason=libmilter_headers.MISSING)
def test_letters_are_libmilters() -> None:
    theirs = libmilter_headers.letters()
    ours = {f"SMFIC_{name}": kind.LETTER for kind, name in LIBMILTER_NAMES.items()}
    assert ours | {"SMFIC_OPTNEG": b"O"} == {
        name: letter for name, letter in theirs.items() if name.startswith("SMFIC_")
    }
    assert {family.value for family in Family} == {
        letter for name, letter in theirs.items() if name.startswith("SMFIA_")
    }


@pytest.mark.parametrize(
    ("kind", "unwanted_by", "silent_by"),
    [
        (Connect, Steps.NO_CONNECT, Steps.NR_CONNECT),
        (Helo, Steps.NO_HELO, Steps.NR_HELO),
        (Mail, Steps.NO_MAIL, Steps.NR_MAIL),
        (Rcpt, Steps.NO_RCPT, Steps.NR_RCPT),
        (Data, Steps.NO_DATA, Steps.NR_DATA),
        (Unknown, Steps.NO_UNKNOWN, Steps.NR_UNKNOWN),
        (Header, Steps.NO_HEADERS, Steps.NR_HEADER),
        (EndOfHeader, Steps.NO_EOH, Steps.NR_EOH),
        (Body, Steps.NO_BODY, Steps.NR_BODY),
        (EndOfMessage, Steps.NONE, Steps.NONE),
        (Macros, Steps.NONE, Steps.NONE),
        (Abort, Steps.NONE, Steps.NONE),
    ],
)
def test_a_command_knows_its_bits(
    kind: type[Command], unwanted_by: Steps, silent_by: Steps
) -> None:
    assert (unwanted_by, silent_by) == (kind.UNWANTED_BY, kind.SILENT_BY)
