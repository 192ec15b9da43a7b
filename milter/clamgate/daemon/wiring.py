"""What sessions share, made from settings: for the daemon, and for a scan of files."""

from __future__ import annotations

import time

from clamgate.core.events import Observer
from clamgate.core.releasing import ReleaseGate
from clamgate.core.scanning import Scanner
from clamgate.core.settings import ScanParts, Settings
from clamgate.core.storing import Store
from clamgate.message.budget import MemoryBudget
from clamgate.message.mime.scanner import PartsScanner
from clamgate.message.spool import Spool
from clamgate.mta.inflight import InFlight
from clamgate.mta.session import Services
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
    return Services(
        exclusions=settings.exclusions,
        rules=settings.rules,
        scanner=_with_parts(scanner, settings),
        new_spool=lambda: Spool(settings.spooling, budget, keep_rest=keep_rest),
        observer=observer,
        in_flight=InFlight(),
        clock=time.monotonic,
        store=store,
        gate=gate,
        now=time.time,
    )


def _with_parts(scanner: Scanner, settings: Settings) -> Scanner:
    """Return a scanner that scans parts as ScanParts says."""
    clamd = settings.clamd
    if clamd.scan_parts is ScanParts.NEVER:
        return scanner
    classes = settings.rules.classes
    return PartsScanner(scanner, clamd.scan_parts, classes, clamd.scan_deadline, mark=MAIL_MARK)
