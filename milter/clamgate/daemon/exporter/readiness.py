"""Is the filter well? Judged from its figures: for /healthz and /readyz."""

from __future__ import annotations

from clamgate.core.clamd_version import ClamdVersion
from clamgate.core.health import Check, Health, database_check
from clamgate.core.timespan import seconds_in_words
from clamgate.daemon.figures import Figures

SILENCE = 60.0
"""Seconds without a word of the master's from which on it counts as hung."""


def alive(silent: float) -> Health:
    """Judge whether it lives.

    Args:
        silent: Seconds since the master said something last.
    """
    ok = silent < SILENCE
    said = "answers" if ok else f"has not answered for {seconds_in_words(silent)}"
    return Health.of([Check("master", ok, said)])


def ready(figures: Figures, silent: float, max_database_age: float | None, now: float) -> Health:
    """Judge whether it can do its work.

    Args:
        figures: What is known of it.
        silent: Seconds since the master said that, or anything.
        max_database_age: ReadyMaxDatabaseAge, in seconds; None if age does not matter.
        now: Seconds since 1970.
    """
    checks = [*alive(silent).checks, _filter(figures), _clamds(figures)]
    versions = [ClamdVersion.parse(one.version) for one in figures.clamds.values() if one.up]
    made = [version.made for version in versions if version.made is not None]
    if made:
        checks.append(database_check(now - max(made), max_database_age, "ReadyMaxDatabaseAge"))
    elif versions and max_database_age is not None:
        checks.append(Check("database", ok=False, text="no clamd says how old its signatures are"))
    return Health.of(checks)


def _filter(figures: Figures) -> Check:
    serving = figures.workers.get("serving", 0)
    text = f"{serving} workers accept connections" if serving else "no worker serves"
    return Check("filter", figures.accepting, "it is stopping" if figures.stopping else text)


def _clamds(figures: Figures) -> Check:
    up = [name for name, one in figures.clamds.items() if one.up]
    troubles = [f"{name}: {one.reason}" for name, one in figures.clamds.items() if not one.up]
    counted = f"{len(up)} of {len(figures.clamds)} up"
    return Check("clamd", bool(up), "; ".join([counted, *troubles]))
