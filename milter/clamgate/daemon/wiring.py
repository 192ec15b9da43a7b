"""What sessions share, made from settings: for the daemon, and for a scan of files."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

from clamgate.core.events import Observer
from clamgate.core.releasing import ReleaseGate
from clamgate.core.scanning import Scanner
from clamgate.core.settings import ScanParts, Settings
from clamgate.core.storing import Store
from clamgate.message.budget import MemoryBudget
from clamgate.message.locked.opener import Opener
from clamgate.message.locked.outcome import ZIP
from clamgate.message.locked.scanner import LockedScanner
from clamgate.message.mime.attached import Wanted
from clamgate.message.mime.scanner import PartsScanner
from clamgate.message.mime.workspace import Workspace
from clamgate.message.spool import Spool
from clamgate.mta.inflight import InFlight
from clamgate.mta.session import Services
from clamgate.mta.stripping import Stripper
from clamgate.mta.transaction import MAIL_MARK


def make_services(
    settings: Settings,
    scanner: Scanner,
    observer: Observer,
    store: Store | None = None,
    gate: ReleaseGate | None = None,
) -> Services:
    """Return the services of all sessions of this process: one memory budget, one count.

    Args:
        settings: Everything a conf says.
        scanner: Gives the verdicts.
        observer: Told of what happens.
        store: Keeps messages; without one, a message that must be stored is not taken.
        gate: Knows what is released from there.
    """
    budget = MemoryBudget(settings.spooling.max_memory)
    keep_rest = settings.rules.may_store

    opener = Opener()

    def new_spool() -> Spool:
        return Spool(settings.spooling, budget, keep_rest=keep_rest)

    # Nothing of a part is left out: how much there may be of it is bounded elsewhere.
    unlimited = replace(settings.spooling, max_file_size=sys.maxsize)
    workspace = Workspace(lambda: Spool(unlimited, budget))

    return Services(
        exclusions=settings.exclusions,
        rules=settings.rules,
        scanner=_with_archives(
            _with_parts(scanner, settings, workspace), scanner, settings, opener
        ),
        stripper=_stripper(scanner, settings, new_spool, opener, workspace),
        new_spool=new_spool,
        observer=observer,
        in_flight=InFlight(),
        clock=time.monotonic,
        store=store,
        gate=gate,
        now=time.time,
        spool_memory=lambda: budget.used,
    )


def _with_parts(scanner: Scanner, settings: Settings, workspace: Workspace) -> Scanner:
    """Return a scanner that looks at parts as ScanParts and the rules want it."""
    mode, wanted = settings.clamd.scan_parts, _wanted(settings)
    if mode is ScanParts.NEVER and not wanted:
        return scanner
    return _parts_scanner(scanner, settings, mode, wanted, workspace)


def _wanted(settings: Settings) -> Wanted:
    rules = settings.rules
    return Wanted(files=rules.ask_for_files, ambiguity=rules.ask_for_ambiguity)


def _with_archives(
    scanner: Scanner, contents: Scanner, settings: Settings, opener: Opener
) -> Scanner:
    """Return a scanner that opens locked archives if TryPasswords says so."""
    if not settings.clamd.try_passwords:
        return scanner
    rules = settings.rules
    return LockedScanner(
        scanner,
        contents,
        opener,
        rules.scanned_classes,
        tells=rules.tells_of(ZIP),
        thorough=rules.may_strip,
        mark=MAIL_MARK,
    )


def _stripper(
    scanner: Scanner,
    settings: Settings,
    new_spool: Callable[[], Spool],
    opener: Opener,
    workspace: Workspace,
) -> Stripper | None:
    """Return what takes parts out of messages, if any rule asks for it."""
    if not settings.rules.may_strip:
        return None
    of_all_parts = _parts_scanner(scanner, settings, ScanParts.ALWAYS, _wanted(settings), workspace)
    again = _with_archives(of_all_parts, scanner, settings, opener)
    return Stripper(again, new_spool, settings.rules, time.time)


def _parts_scanner(
    scanner: Scanner, settings: Settings, mode: ScanParts, wanted: Wanted, workspace: Workspace
) -> PartsScanner:
    return PartsScanner(
        scanner,
        mode,
        settings.rules.scanned_classes,
        settings.clamd.scan_deadline,
        thorough=settings.rules.may_strip,
        wanted=wanted,
        mark=MAIL_MARK,
        workspace=workspace,
        tells_canonical=settings.clamd.try_passwords,
    )
