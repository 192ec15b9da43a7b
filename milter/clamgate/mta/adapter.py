"""pymilter's callbacks. Each translates and calls the session; none decides anything.

The low-level module is used, not `Milter.Base`: that one wraps every header and body chunk in
three more calls and a decoding step, and mail must stay bytes.

Two things must never happen: silence, where the MTA waits for a reply that libmilter swallowed,
and a message that passes because a callback broke. So an exception never reaches pymilter: it
marks the message as failed, and the end of message answers as OnFail says. What pymilter itself
cannot decode (it does so in C, before any of this runs) is reported to `sys.excepthook`.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol

import milter

from clamgate.core.settings import Exclusions
from clamgate.mta.apply import Context, apply, code_of
from clamgate.mta.session import Session, Step

_ACTIONS = milter.ADDHDRS | milter.CHGHDRS | milter.QUARANTINE | milter.SETSYMLIST

# A step whose callback we have no use for, and need not be sent.
_NOT_WANTED = milter.P_NOUNKNOWN
# Steps after which we never have an early answer.
_NEVER_EARLY = (
    milter.P_NR_HELO | milter.P_NR_RCPT | milter.P_NR_HDR | milter.P_NR_EOH | milter.P_NR_BODY
)
# Who takes DATA must take the end of the header too: from DATA, libmilter (engine.c, trans_ok)
# gets to a body only over one of the header's steps. It drops without a word the body and the end
# of a message that has no header at all, and the MTA waits.
_ENVELOPE_ENDS = milter.P_NODATA | milter.P_NOEOH

# {mail_addr} is there because it is always known: libmilter (engine.c, st_macros) drops an empty
# list of macros, and would go on showing the {auth_authen} of the message before.
_MACROS_AT_MAIL = "i {mail_addr} {auth_authen}"

# SMFIC_UNKNOWN, which no MTA is to send (_NOT_WANTED); who does gets a reply.
_NEVER_SENT = 0

# For abort and close, to which the protocol has no reply: what they return is not looked at.
_ALWAYS_SILENT = 0

_NO_REPLY: int = milter.NOREPLY
_ACCEPT: int = milter.ACCEPT
_CONTINUE: int = milter.CONTINUE
_NR_HDR: int = milter.P_NR_HDR


class Connection:
    """What belongs to one milter connection: its session, and what was negotiated."""

    __slots__ = ("leading_space", "protocol", "session")

    def __init__(self, session: Session) -> None:
        self.session = session
        self.protocol = 0
        self.leading_space = False


class Ctx(Context, Protocol):
    """pymilter's context, as far as it is used here."""

    def getpriv(self) -> Connection | None:
        """Return what setpriv was given last."""

    def setpriv(self, connection: Connection, /) -> object:
        """Attach a value to the connection."""

    def getsymval(self, name: str, /) -> str | None:
        """Return a macro's value, None if it is not known; raises on one that is not UTF-8."""

    def setsymlist(self, stage: int, names: str, /) -> None:
        """Ask for these macros at a stage; only during negotiation."""

    def progress(self) -> None:
        """Tell the MTA to wait on."""


def _step(
    no_reply: int,
) -> Callable[[Callable[..., Step]], Callable[..., int]]:
    """Make a callback of a method that calls the session; `no_reply` is its SMFIP_NR_ bit."""

    def wrap(method: Callable[..., Step]) -> Callable[..., int]:
        @functools.wraps(method)
        def callback(self: Adapter, ctx: Ctx, *args: Any) -> int:
            connection = ctx.getpriv() or self.connection_of(ctx)
            try:
                step = method(self, ctx, connection, *args)
            except BaseException as error:  # noqa: BLE001  see the module's docstring
                _fail(connection.session, f"{method.__name__}: {type(error).__name__}: {error}")
                step = Step.CONTINUE
            if connection.protocol & no_reply:
                return _NO_REPLY
            return _ACCEPT if step is Step.ACCEPT else _CONTINUE

        return callback

    return wrap


class Adapter:
    """The callbacks of all connections of a process.

    Args:
        new_session: Makes the session of a new connection.
        exclusions: Tells at which steps an early answer is possible, and so a reply needed.
        removes_recipients: Whether a message may have to be kept from some of its recipients.
        replaces_bodies: Whether parts may have to be taken out of a message.
    """

    def __init__(
        self,
        new_session: Callable[[], Session],
        exclusions: Exclusions,
        *,
        removes_recipients: bool = False,
        replaces_bodies: bool = False,
    ) -> None:
        self._new_session = new_session
        self._steps = _NOT_WANTED | _NEVER_EARLY | _replies_not_needed(exclusions)
        self._actions = (
            _ACTIONS
            | (milter.DELRCPT if removes_recipients else 0)
            | (milter.CHGBODY if replaces_bodies else 0)
        )
        self._here = threading.local()

    def register(self, name: str) -> None:
        """Make these the process's callbacks; libmilter takes one set.

        Raises:
            milter.error: libmilter refuses them.
        """
        milter.set_exception_policy(milter.CONTINUE)
        sys.excepthook = self.excepthook
        milter.set_connect_callback(self.connect)
        milter.set_helo_callback(self.helo)
        milter.set_envfrom_callback(self.envfrom)
        milter.set_envrcpt_callback(self.envrcpt)
        milter.set_header_callback(self.header)
        milter.set_eoh_callback(self.eoh)
        milter.set_body_callback(self.body)
        milter.set_eom_callback(self.eom)
        milter.set_abort_callback(self.abort)
        milter.set_close_callback(self.close)
        milter.register(name, data=self.data, negotiate=self.negotiate, unknown=self.unknown)

    def negotiate(self, ctx: Ctx, options: list[int]) -> int:
        """Ask for what we use and nothing more.

        A failure here must refuse the connection: pymilter would take the offer as it stands, in
        which every step is left out.
        """
        try:
            connection = self.connection_of(ctx)
            actions, offered = options[0], options[1]
            connection.protocol = offered & (self._steps | milter.P_HDR_LEADSPC)
            connection.leading_space = bool(offered & milter.P_HDR_LEADSPC)
            options[:] = [actions & self._actions, connection.protocol, 0, 0]
            if actions & milter.SETSYMLIST:
                ctx.setsymlist(milter.M_ENVFROM, _MACROS_AT_MAIL)
                ctx.setsymlist(milter.M_EOM, "i")
        except BaseException as error:  # noqa: BLE001  see the docstring
            self.excepthook(type(error), error, None)
            return milter.REJECT
        return milter.CONTINUE

    @_step(milter.P_NR_CONN)
    def connect(
        self, _ctx: Ctx, connection: Connection, host: str, _family: int, address: Any
    ) -> Step:
        """xxfi_connect: `address` is (ip, port, ...), a unix socket's path, or None."""
        has_address = address is not None
        ip, port = address[:2] if isinstance(address, tuple) else (None, 0)
        return connection.session.connect(host, ip, port, has_address=has_address)

    @_step(milter.P_NR_HELO)
    def helo(self, _ctx: Ctx, connection: Connection, name: str) -> Step:
        """xxfi_helo. Of use to the log alone."""
        return connection.session.helo(name)

    @_step(_NEVER_SENT)
    def unknown(self, _ctx: Ctx, _session: Session, _command: object) -> Step:
        """xxfi_unknown: what the daemon asks itself, to see that libmilter's threads live."""
        return Step.CONTINUE

    @_step(milter.P_NR_MAIL)
    def envfrom(self, ctx: Ctx, connection: Connection, path: bytes, *_parameters: bytes) -> Step:
        """xxfi_envfrom."""
        name = _macro(ctx, "{auth_authen}")
        return connection.session.mail(path, name.encode() if name else None)

    @_step(milter.P_NR_RCPT)
    def envrcpt(self, _ctx: Ctx, connection: Connection, path: bytes, *_parameters: bytes) -> Step:
        """xxfi_envrcpt."""
        return connection.session.rcpt(path)

    @_step(milter.P_NR_DATA)
    def data(self, _ctx: Ctx, connection: Connection) -> Step:
        """xxfi_data."""
        return connection.session.data()

    def header(self, ctx: Ctx, name: str, value: bytes) -> int:
        """xxfi_header, which comes some twenty times a message, and so without `_step`.

        An MTA too old for SMFIP_HDR_LEADSPC leaves the space out: put it back.
        """
        connection = ctx.getpriv() or self.connection_of(ctx)
        try:
            connection.session.header(
                name.encode(), value if connection.leading_space else b" " + value
            )
        except BaseException as error:  # noqa: BLE001  see the module's docstring
            _fail(connection.session, f"header: {type(error).__name__}: {error}")
        return _NO_REPLY if connection.protocol & _NR_HDR else _CONTINUE

    @_step(milter.P_NR_EOH)
    def eoh(self, _ctx: Ctx, _connection: Connection) -> Step:
        """xxfi_eoh: nothing to do, see `_ENVELOPE_ENDS`."""
        return Step.CONTINUE

    @_step(milter.P_NR_BODY)
    def body(self, _ctx: Ctx, connection: Connection, chunk: bytes) -> Step:
        """xxfi_body."""
        return connection.session.body(chunk)

    def eom(self, ctx: Ctx) -> int:
        """xxfi_eom: the one place that gives a verdict's answer. It always answers.

        Were it to raise, pymilter would answer Continue, and the message would be delivered.
        """
        connection = self.connection_of(ctx)
        try:
            decision = connection.session.end(_macro(ctx, "i") or "", ctx.progress)
            code = apply(decision, ctx, leading_space=connection.leading_space)
        except BaseException as error:  # noqa: BLE001  see the module's docstring
            code = _given_up(connection.session, error)
        self.abort(ctx)
        return code

    @_step(_ALWAYS_SILENT)
    def abort(self, _ctx: Ctx, connection: Connection) -> Step:
        """xxfi_abort: RSET, or the client went away in the middle of a message."""
        connection.session.abort()
        return Step.CONTINUE

    @_step(_ALWAYS_SILENT)
    def close(self, _ctx: Ctx, connection: Connection) -> Step:
        """xxfi_close."""
        connection.session.close()
        return Step.CONTINUE

    def excepthook(self, kind: type[BaseException], error: BaseException, traceback: Any) -> None:
        """Mark the message of the connection at hand as failed.

        pymilter calls `sys.excepthook` for what it could not decode. Its Python thread state, and
        so `threading.local`, follows the connection, not libmilter's pool of threads.
        """
        session: Session | None = getattr(self._here, "session", None)
        if session is None:
            sys.__excepthook__(kind, error, traceback)
        else:
            _fail(session, f"not readable: {kind.__name__}: {error}")

    def connection_of(self, ctx: Ctx) -> Connection:
        """Return the connection of a context, new if the MTA starts one without negotiation."""
        connection = ctx.getpriv()
        if connection is None:
            connection = Connection(self._new_session())
            ctx.setpriv(connection)
            self._here.session = connection.session
        return connection


def _replies_not_needed(exclusions: Exclusions) -> int:
    """Return the protocol bits of those steps at which this conf excludes nobody."""
    bits = 0
    if not exclusions.look_at_clients:
        bits |= milter.P_NR_CONN
    if not exclusions.look_at_senders:
        bits |= milter.P_NR_MAIL
    if not exclusions.look_at_recipients:
        bits |= _ENVELOPE_ENDS
    return bits


def _fail(session: Session, reason: str) -> None:
    """Mark the message at hand as failed. What raises after that is the log's trouble only."""
    with contextlib.suppress(BaseException):
        session.fail(reason)


def _given_up(session: Session, error: BaseException) -> int:
    """Return the code for a message whose end raised: as OnFail says, or to try again."""
    try:
        return code_of(session.give_up(f"{type(error).__name__}: {error}").disposition)
    except BaseException:  # noqa: BLE001  nobody is left to tell: the log itself may be broken
        return int(milter.TEMPFAIL)


def _macro(ctx: Ctx, name: str) -> str | None:
    """Return a macro; one that is not UTF-8 counts as not given, which excludes nobody."""
    try:
        return ctx.getsymval(name)
    except UnicodeDecodeError:
        return None
