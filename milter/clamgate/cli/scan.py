"""`clamgate scan`: mail files through the same session, spool, clamd and policy as real mail."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import click

from clamgate.clamd.scanner import ClamdScanner
from clamgate.core.decision import Decision
from clamgate.core.events import ClamdDown, Event, Fault, MessageJudged
from clamgate.core.settings import Exclusions, Settings
from clamgate.core.storing import StoreRecord, StoreSource
from clamgate.core.verdict import Clean, Empty, Failed, Hit, Infected, Unscanned, Verdict
from clamgate.daemon.wiring import make_services
from clamgate.harness.mailfile import MailFile
from clamgate.mta.session import Session

CLEAN, INFECTED, ERROR = 0, 1, 2


class _NothingStored:
    """The store of a trial: a message that would be stored is not."""

    def store(self, source: StoreSource, record: StoreRecord) -> str:  # noqa: ARG002
        return "nothing, this is a trial"


class _LastVerdict:
    """Keeps the outcome of the message at hand, and says on standard error what went wrong."""

    def __init__(self) -> None:
        self.judged: MessageJudged | None = None

    def observe(self, event: Event) -> None:
        match event:
            case MessageJudged():
                self.judged = event
            case ClamdDown(clamd, reason):
                click.echo(f"WARNING: {clamd}: {reason}", err=True)
            case Fault(where, reason):
                click.echo(f"WARNING: {where}: {reason}", err=True)
            case _:
                pass


def scan_files(settings: Settings, files: Sequence[str]) -> int:
    """Scan each file (``-`` is standard input), print a line for each, and return the exit status.

    The status is clamscan's: 0 if all are clean, 1 if anything was found, 2 if anything could not
    be scanned, or not all of it.
    """
    seen = _LastVerdict()
    scanner = ClamdScanner(settings.clamd, settings.spooling.max_file_size, seen)
    scanner.start()
    try:
        services = make_services(settings, scanner, seen, _NothingStored())
        # A file has no client and no envelope by which it could be excluded.
        session = Session(replace(services, exclusions=Exclusions()))
        return max(_scan_one(session, seen, name) for name in files)
    finally:
        scanner.close()


def _scan_one(session: Session, seen: _LastVerdict, name: str) -> int:
    seen.judged = None
    try:
        decision = _judge(session, name)
    except OSError as error:
        click.echo(f"{name}: cannot read it: {error.strerror}", err=True)
        return ERROR
    if seen.judged is None:
        raise AssertionError("a message ended without an outcome")
    verdict = seen.judged.verdict
    click.echo(f"{name}: {_words(verdict)} -> {decision.disposition.value} ({decision.rule})")
    for hit in decision.removed:
        click.echo(f"  removed: {_removed(hit)}")
    return _status(verdict)


def _judge(session: Session, name: str) -> Decision:
    session.mail(b"<>", None)
    try:
        if name == "-":
            _feed(session, sys.stdin.buffer)
        else:
            with Path(name).open("rb") as stream:
                _feed(session, stream)
        return session.end("", keepalive=lambda: None)
    finally:
        session.abort()


def _feed(session: Session, stream: BinaryIO) -> None:
    """Hand a mail file over as Postfix would hand over the mail."""
    mail = MailFile(stream)
    for name, value in mail.fields():
        session.header(name, value)
    for piece in mail.body():
        session.body(piece)


def _words(verdict: Verdict) -> str:
    match verdict:
        case Clean():
            return "Clean"
        case Empty():
            return "Clean (empty)"
        case Infected():
            return f"Infected ({', '.join(verdict.signatures)})"
        case Unscanned(reason):
            return f"Unscanned ({reason})"
        case Failed(reason):
            return f"Failed ({reason})"


def _removed(hit: Hit) -> str:
    part = hit.part
    signatures = ", ".join(hit.signatures) or "not to be attached"
    return f"{part.shown} (part {part.path}), {part.size} bytes, {signatures}, sha256 {part.sha256}"


def _status(verdict: Verdict) -> int:
    match verdict:
        case Clean() | Empty():
            return CLEAN
        case Infected():
            return INFECTED
        case Unscanned() | Failed():
            return ERROR
