"""What sessions share, made from settings: for the daemon, and for a scan of files."""

from __future__ import annotations

import time

from clamgate.core.events import Observer
from clamgate.core.scanning import Scanner
from clamgate.core.settings import Settings
from clamgate.message.budget import MemoryBudget
from clamgate.message.spool import Spool
from clamgate.mta.inflight import InFlight
from clamgate.mta.session import Services


def make_services(settings: Settings, scanner: Scanner, observer: Observer) -> Services:
    """Return the services of all sessions of this process: one memory budget, one count."""
    budget = MemoryBudget(settings.spooling.max_memory)
    return Services(
        exclusions=settings.exclusions,
        rules=settings.rules,
        scanner=scanner,
        new_spool=lambda: Spool(settings.spooling, budget),
        observer=observer,
        in_flight=InFlight(),
        clock=time.monotonic,
    )
