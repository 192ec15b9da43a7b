"""Filters that are not there, say nothing, crash, or speak nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from tests.judge_comparison.flow import HELLO, QUIT, Fallback, Flow, Health, mail, one_mail
from tests.scripted_milter import HangUp, Script

from clamgate.harness.wire import (
    AddHeader,
    Body,
    Connect,
    Data,
    EndOfMessage,
    Header,
    Helo,
    Mail,
    Progress,
    Quarantine,
    Rcpt,
)

CRASHES = (Connect, Helo, Mail, Rcpt, Data, Header, Body, EndOfMessage)
SILENCES = (Connect, Rcpt, EndOfMessage)
NONSENSE = b"\0\0\0\1?"
"""A packet of a kind that there is not."""


def flows() -> tuple[Flow, ...]:
    """Return all of them."""
    return (*_absent(), *_crashing(), *_silent(), *_talking_nonsense())


def _absent() -> Iterator[Flow]:
    for fallback in Fallback:
        name = f"absent-{fallback.value}"
        yield replace(one_mail(name, {}), fallback=fallback, health=Health.ABSENT)


def _crashing() -> Iterator[Flow]:
    for stage, fallback in product(CRASHES, Fallback):
        name = f"crash-at-{stage.__name__.lower()}-{fallback.value}"
        steps = (HELLO, *mail(name, ("one", "two")), *mail(name, subject="second"), QUIT)
        yield Flow(name, {stage: (HangUp.NOW,)}, steps, fallback=fallback)
    half_done: Script = {EndOfMessage: (AddHeader(b"X-New", b"new"), HangUp.NOW)}
    held: Script = {EndOfMessage: (Quarantine(b"smells"), HangUp.NOW)}
    for fallback in (Fallback.TEMPFAIL, Fallback.ACCEPT):
        for name, script in (("half-done", half_done), ("held", held)):
            flow = one_mail(f"crash-{name}-{fallback.value}", script)
            yield replace(flow, fallback=fallback)


def _silent() -> Iterator[Flow]:
    for stage, fallback in product(SILENCES, Fallback):
        flow = one_mail(f"silent-at-{stage.__name__.lower()}-{fallback.value}", {stage: ()})
        yield replace(flow, fallback=fallback, health=Health.SHORT_OF_TIME)
    for fallback in (Fallback.TEMPFAIL, Fallback.ACCEPT):
        flow = one_mail(f"silent-after-progress-{fallback.value}", {EndOfMessage: (Progress(),)})
        yield replace(flow, fallback=fallback, health=Health.SHORT_OF_TIME)


def _talking_nonsense() -> Iterator[Flow]:
    for stage, fallback in product((Mail, EndOfMessage), (Fallback.TEMPFAIL, Fallback.ACCEPT)):
        flow = one_mail(
            f"nonsense-at-{stage.__name__.lower()}-{fallback.value}", {stage: (NONSENSE,)}
        )
        yield replace(flow, fallback=fallback)
