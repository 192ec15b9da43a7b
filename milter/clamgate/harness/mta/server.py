"""The SMTP server's side of a session: aiosmtpd's protocol with Postfix's order of things.

aiosmtpd gives the transport, STARTTLS and AUTH. Its command loop is replaced, because it greets
before anybody is asked, refuses arguments that filters are to see, drops what a client sent before
it closed its side, and knows no lines over 1001 bytes.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ssl import SSLContext, SSLObject
from typing import TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, TLSSetupException

from clamgate.harness.mta.dialogue import GO_AHEAD, Dialogue, House
from clamgate.harness.mta.known import Client, Login, Tls

Got = TypeVar("Got")
Answer = Callable[[Dialogue, bytes], Awaitable[bytes | None]]
"""Answers a command with what follows its verb; None if the reply was sent already."""

MAX_COMMAND = 4096
"""Bytes in a command line."""

_CLOSING_CODES = (b"421", b"521", b"221")


@dataclass(frozen=True, slots=True)
class Manners:
    """How clients are spoken with.

    Attributes:
        tls: Offers STARTTLS with it.
        logins: Names and passwords; with some of them, AUTH is offered.
        idle_seconds: How long a client may be silent.
    """

    tls: SSLContext | None
    logins: Mapping[str, str]
    idle_seconds: float


class Server(SMTP):
    """One SMTP session. What blocks runs in a thread of its own, one step at a time."""

    line_length_limit = 65536  # of asyncio's reader: longer lines are read in pieces

    def __init__(self, house: House, manners: Manners, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            object(),
            enable_SMTPUTF8=True,
            hostname=house.name,
            tls_context=manners.tls,
            timeout=manners.idle_seconds,
            auth_require_tls=False,
            authenticator=self._authenticated,
            loop=loop,
        )
        self._house = house
        self._manners = manners
        self._steps = ThreadPoolExecutor(1, thread_name_prefix="smtp-session")
        self._talk: Dialogue | None = None
        self._login: Login | None = None
        self._at_work = False

    def break_off(self) -> None:
        """End the session at once, also where it waits for a filter."""
        if self._talk is not None:
            self._talk.break_off()
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    def await_end(self) -> None:
        """Wait until its thread has nothing left to do."""
        self._steps.shutdown(wait=True)

    def data_received(self, data: bytes) -> None:
        """Take what came from the client; it was not idle. While it waits for us, it never is."""
        if not self._at_work:
            self._reset_timeout()
        super().data_received(data)

    def eof_received(self) -> bool:
        """Take note that the client sends no more; what it sent before is still answered."""
        self._reader.feed_eof()
        return self.session is None or self.session.ssl is None

    def _timeout_cb(self) -> None:
        self._writer.write(b"421 4.4.2 %s Error: timeout exceeded\r\n" % self._house.name.encode())
        self._writer.close()

    async def _handle_client(self) -> None:
        """Hold the session; aiosmtpd starts this when a client has connected."""
        talk = self._talk = Dialogue(self._house, self._client())
        try:
            await self._converse(talk)
        except (ConnectionError, TLSSetupException):
            pass  # the client is gone, and there is nobody to be told
        except Exception as error:  # noqa: BLE001 - whatever broke, the mail is not lost: it is refused for now
            self._house.onlooker.trouble(f"a session broke: {error!r}")
            await self._say(b"421 4.3.0 Error: internal error")
        finally:
            self._steps.submit(talk.close)
            self._steps.shutdown(wait=False)
            self._writer.close()

    async def _converse(self, talk: Dialogue) -> None:
        reply: bytes | None = await self._step(talk.connect)
        while await self._say(reply):
            line = await self._piece()
            if line is None:
                return
            reply = await self._answer(talk, line)

    async def _answer(self, talk: Dialogue, line: bytes) -> bytes | None:
        """Return the reply to a command line; None if it was answered already."""
        if len(line) > MAX_COMMAND:
            more: bytes | None = line
            while more and not more.endswith(b"\n"):
                more = await self._piece()
            return b"500 5.5.2 Error: line too long"
        # Postfix takes a command as a C string, which a NUL ends.
        words = line.rstrip(b"\r\n").partition(b"\0")[0].strip()
        if not _is_utf8(words):
            return b"500 5.5.2 Error: bad UTF-8 syntax"
        if not words:
            return b"500 5.5.2 Error: bad syntax"
        verb, _, rest = words.partition(b" ")
        answer = self._answers.get(verb.upper())
        if answer is None:
            return await self._step(lambda: talk.unknown(verb))
        return await answer(talk, rest.strip())

    @property
    def _answers(self) -> Mapping[bytes, Answer]:
        answers: dict[bytes, Answer] = {
            b"HELO": self._helo,
            b"EHLO": self._ehlo,
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"RSET": self._rset,
            b"NOOP": self._noop,
            b"VRFY": self._vrfy,
            b"QUIT": self._quit,
            b"STARTTLS": self._starttls,
        }
        return answers | ({b"AUTH": self._auth} if self._manners.logins else {})

    async def _helo(self, talk: Dialogue, rest: bytes) -> bytes:
        return await self._step(lambda: self._hello(talk, rest, extended=False))

    async def _ehlo(self, talk: Dialogue, rest: bytes) -> bytes:
        return await self._step(lambda: self._hello(talk, rest, extended=True))

    async def _mail(self, talk: Dialogue, rest: bytes) -> bytes:
        return await self._step(lambda: talk.mail(rest))

    async def _rcpt(self, talk: Dialogue, rest: bytes) -> bytes:
        return await self._step(lambda: talk.rcpt(rest))

    async def _rset(self, talk: Dialogue, rest: bytes) -> bytes:
        if rest:
            return b"501 5.5.4 Syntax: RSET"
        await self._step(talk.reset)
        return b"250 2.0.0 Ok"

    async def _noop(self, _talk: Dialogue, _rest: bytes) -> bytes:
        return b"250 2.0.0 Ok"

    async def _vrfy(self, _talk: Dialogue, rest: bytes) -> bytes:
        return b"252 2.0.0 " + rest if rest else b"501 5.5.4 Syntax: VRFY address"

    async def _quit(self, _talk: Dialogue, _rest: bytes) -> bytes:
        return b"221 2.0.0 Bye"

    def _hello(self, talk: Dialogue, name: bytes, *, extended: bool) -> bytes:
        if self.session is None:
            raise AssertionError("a session is made with its connection")
        self.session.host_name = name.decode()
        self.session.extended_smtp = extended
        return talk.helo(name, extended=extended, extensions=self._extensions())

    def _extensions(self) -> Sequence[str]:
        offers = {
            "PIPELINING": True,
            f"SIZE {self._house.size_limit}": True,
            "VRFY": True,
            "STARTTLS": self._manners.tls is not None and self._tls_protocol is None,
            "AUTH PLAIN LOGIN": bool(self._manners.logins),
            "ENHANCEDSTATUSCODES": True,
            "8BITMIME": True,
            "DSN": True,
            "SMTPUTF8": True,
        }
        return [name for name, offered in offers.items() if offered]

    async def _data(self, talk: Dialogue, rest: bytes) -> bytes:
        if rest:
            return b"501 5.5.4 Syntax: DATA"
        reply = await self._step(talk.data)
        if reply is not GO_AHEAD:
            return reply
        await self._say(reply)
        intake = talk.intake
        while not intake.done:
            piece = await self._piece()
            if piece is None:
                raise ConnectionResetError("the client is gone in the middle of a message")
            intake.feed(piece)
        return await self._step(lambda: talk.finish(intake))

    async def _starttls(self, talk: Dialogue, rest: bytes) -> bytes | None:
        if rest:
            return b"501 5.5.4 Syntax: STARTTLS"
        if refusal := talk.refuse_other():
            return refusal
        if self._manners.tls is None:
            return b"502 5.5.1 Error: command not implemented"
        if self._tls_protocol is not None:
            return b"554 5.5.1 Error: TLS already active"
        await self.smtp_STARTTLS(None)
        await self._step(lambda: talk.encrypted(self._tls()))
        return None

    async def _auth(self, talk: Dialogue, rest: bytes) -> bytes | None:
        if talk.in_message:
            return b"503 5.5.1 Error: MAIL transaction in progress"
        if refusal := talk.refuse_other():
            return refusal
        mechanism, _, initial = rest.decode().partition(" ")
        await self.smtp_AUTH(f"{mechanism.upper()} {initial}".strip())
        if self._login is not None:
            talk.logged_in(self._login)
        return None

    def _authenticated(
        self,
        _server: SMTP,
        _session: Session,
        _envelope: Envelope,
        mechanism: str,
        given: LoginPassword,
    ) -> AuthResult:
        """Say whether name and password are right; aiosmtpd asks this."""
        expected = self._manners.logins.get(given.login.decode(errors="replace"))
        if expected is None or not hmac.compare_digest(expected.encode(), given.password):
            return AuthResult(success=False, handled=False)
        self._login = Login(given.login, mechanism)
        return AuthResult(success=True, auth_data=given)

    def _client(self) -> Client:
        transport = self._writer.transport
        peer, ours = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        return Client(peer[0], peer[1], ours[0], ours[1])

    def _tls(self) -> Tls:
        connection = self._writer.transport.get_extra_info("ssl_object")
        assert isinstance(connection, SSLObject)  # noqa: S101  STARTTLS has just been done
        cipher, _, bits = connection.cipher() or ("none", "", 0)
        return Tls(connection.version() or "none", cipher, bits)

    async def _step(self, do: Callable[[], Got]) -> Got:
        """Do what may block in this session's thread; the client is not idle meanwhile."""
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        self._at_work = True
        try:
            done = await self.loop.run_in_executor(self._steps, do)
        finally:
            self._at_work = False
        self._reset_timeout()
        return done

    async def _piece(self) -> bytes | None:
        """Return what came up to the next LF, or less of a long line; None at the end."""
        try:
            return await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError as error:
            return await self._reader.readexactly(error.consumed)

    async def _say(self, reply: bytes | None) -> bool:
        """Send a reply, if there is one; return whether the session goes on."""
        if reply is None:
            return True
        self._writer.write(reply + b"\r\n")
        await self._writer.drain()
        return not reply.startswith(_CLOSING_CODES)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
