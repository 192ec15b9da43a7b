"""Macros: which go before which command, and what they say of a piece of mail."""

from __future__ import annotations

import pytest

from clamgate.harness.macros import (
    bare,
    connection_values,
    macros_before,
    queue_values,
    recipient_values,
    sender_values,
)
from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import (
    Abort,
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
    Quit,
    Rcpt,
    Unknown,
)

KNOWN = {b"i": b"4A", b"j": b"mx", b"{mail_addr}": b"a@b", b"{rcpt_addr}": b"c@d", b"v": b"x"}
DEFAULTS = Options(6)


@pytest.mark.parametrize(
    ("command", "values"),
    [
        (Connect(b"h"), ((b"j", b"mx"), (b"v", b"x"))),
        (Helo(b"h"), ()),
        (Mail(b"<a@b>"), ((b"i", b"4A"), (b"{mail_addr}", b"a@b"))),
        (Rcpt(b"<c@d>"), ((b"i", b"4A"), (b"{rcpt_addr}", b"c@d"))),
        (Data(), ((b"i", b"4A"),)),
        (Header(b"A", b"b"), ((b"i", b"4A"),)),
        (EndOfHeader(), ((b"i", b"4A"),)),
        (Body(b"x"), ((b"i", b"4A"),)),
        (EndOfMessage(), ((b"i", b"4A"),)),
    ],
)
def test_each_command_has_its_macros(
    command: Command, values: tuple[tuple[bytes, bytes], ...]
) -> None:
    assert macros_before(command, KNOWN, DEFAULTS) == Macros(command.LETTER, values)


@pytest.mark.parametrize("command", [Abort(), Quit(), Unknown(b"X")])
def test_some_have_none(command: Command) -> None:
    assert macros_before(command, KNOWN, DEFAULTS) is None


def test_a_filter_gets_the_macros_it_asked_for_in_its_order() -> None:
    chooses = Options(6, macros=((MacroStage.EOM, (b"{rcpt_addr}", b"{unheard_of}", b"j")),))
    assert macros_before(EndOfMessage(), KNOWN, chooses) == Macros(
        b"E", ((b"{rcpt_addr}", b"c@d"), (b"j", b"mx"))
    )
    assert macros_before(Data(), KNOWN, chooses) == Macros(b"T", ((b"i", b"4A"),))


def test_what_is_known_of_a_message() -> None:
    message = Message(sender=b"<a@b.example>", queue_id=b"4Q")
    assert sender_values(message) == {
        b"{mail_addr}": b"a@b.example",
        b"{mail_host}": b"b.example",
        b"{mail_mailer}": b"smtp",
    }
    assert recipient_values(b"<c@d.example>")[b"{rcpt_addr}"] == b"c@d.example"
    assert queue_values(message) == {b"i": b"4Q"}
    assert connection_values(Peer(host=b"h", address=b"192.0.2.9"))[b"_"] == b"h [192.0.2.9]"


def test_the_login_name_is_known_of_a_client_that_gave_one() -> None:
    assert b"{auth_authen}" not in sender_values(Message())
    assert sender_values(Message(login=b"alice"))[b"{auth_authen}"] == b"alice"


@pytest.mark.parametrize(
    ("path", "address"), [(b"<a@b>", b"a@b"), (b"<>", b""), (b"a@b", b"a@b"), (b"", b"")]
)
def test_macros_carry_addresses_without_brackets(path: bytes, address: bytes) -> None:
    assert bare(path) == address
