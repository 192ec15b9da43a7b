"""Mail to an SMTP server: a session for each message, as `smtp-source` has it.

`smtp-source` (Postfix's own) sends lines of X's, which may be base64 to a mail program, or a file
that is the same each time, which clamd remembers. This sends the text of `messages`.
"""

from __future__ import annotations

import socket
from collections.abc import Generator, Iterator

from bench.conversation import READ, Conversation, Wait, connected_to_port, send
from bench.load import LoadError, Outcome, Turns, run_sessions
from bench.messages import TOKEN
from clamgate.harness.mail import Message

_RECEIVE = 4096
_LINES = (
    (b"HELO client.example.org\r\n", b"250"),
    (b"MAIL FROM:<sender@example.org>\r\n", b"250"),
    (b"RCPT TO:<rcpt@example.net>\r\n", b"250"),
    (b"DATA\r\n", b"354"),
)


class SmtpLoad:
    """Sends messages to a port of this machine.

    Args:
        port: The SMTP server's.
        message: From `messages.template`; no line of it begins with a dot.
    """

    def __init__(self, port: int, message: Message) -> None:
        fields = (name + b":" + value.replace(b"\n", b"\r\n") for name, value in message.fields)
        self._pieces = b"\r\n".join([*fields, b"", message.body + b".\r\n"]).split(TOKEN)
        self._port = port

    def run(self, sessions: int, turns: Turns) -> Outcome:
        """Send messages in so many sessions at a time until the turns end."""
        return run_sessions(lambda outcome: self._sessions(iter(turns), outcome), sessions)

    def _sessions(self, tokens: Iterator[bytes], outcome: Outcome) -> Conversation:
        for token in tokens:
            with connected_to_port(self._port) as sock:
                yield from _expect(sock, b"220")
                for line, code in _LINES:
                    yield from send(sock, [line])
                    yield from _expect(sock, code)
                yield from send(sock, [token.join(self._pieces)])
                yield from _expect(sock, b"250")
                yield from send(sock, [b"QUIT\r\n"])
                yield from _expect(sock, b"221")
            outcome.answers["250"] += 1


def _expect(sock: socket.socket, code: bytes) -> Generator[Wait, None, None]:
    """Read a reply of one line.

    Raises:
        LoadError: It is another.
    """
    reply = b""
    while not reply.endswith(b"\n"):
        yield sock, READ
        data = sock.recv(_RECEIVE)
        if not data:
            raise LoadError("the SMTP server closed the connection")
        reply += data
    if not reply.startswith(code + b" "):
        raise LoadError(f"the SMTP server answered with {reply!r}")
