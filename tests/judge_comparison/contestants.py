"""The MTAs that are compared, each with a server for every lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from tests.judge_comparison.flow import Fallback
from tests.judge_comparison.lanes import Lane
from tests.mail_server import Queued
from tests.postfix import PrivatePostfix
from tests.sendmail import PrivateSendmail


class Server(Protocol):
    """What is asked of an MTA. As a context manager it runs inside."""

    @property
    def ports(self) -> tuple[int, ...]:
        """Where on 127.0.0.1 its SMTP servers listen, once it was started."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def queue(self) -> tuple[Queued, ...]:
        """Return what is in its queue."""

    def wait_until_delivered(self) -> None:
        """Return once nothing is in the queue but what is on hold."""


Contestant = Callable[[int, Sequence[Lane]], Server]
"""From the sink's port and lanes to an MTA that has an SMTP server for each."""


def postfix(sink_port: int, lanes: Sequence[Lane]) -> Server:
    """Return a Postfix."""
    servers = [{"smtpd_milters": _milter_of_postfix(lane)} for lane in lanes]
    return PrivatePostfix(sink_port, servers=servers)


def _milter_of_postfix(lane: Lane) -> str:
    times = ", ".join(f"{what}_timeout={lane.seconds}s" for what in ("command", "content"))
    return f"{{ inet:127.0.0.1:{lane.port}, default_action={lane.fallback.value}, {times} }}"


def sendmail(sink_port: int, lanes: Sequence[Lane]) -> Server:
    """Return a Sendmail."""
    lines = "".join(_milter_of_sendmail(lane) for lane in lanes)
    servers = [f", InputMailFilters={_name(lane)}" for lane in lanes]
    return PrivateSendmail(sink_port, lines=lines, servers=servers)


_FLAGS = {Fallback.TEMPFAIL: "F=T, ", Fallback.REJECT: "F=R, ", Fallback.ACCEPT: ""}
"""Sendmail knows no quarantine there."""


def _milter_of_sendmail(lane: Lane) -> str:
    times = ";".join(f"{what}:{lane.seconds}s" for what in "SRE")
    flags = _FLAGS[lane.fallback]
    return f"MAIL_FILTER(`{_name(lane)}', `S=inet:{lane.port}@127.0.0.1, {flags}T={times}')\n"


def _name(lane: Lane) -> str:
    return f"filter{lane.port}"
