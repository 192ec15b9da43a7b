"""The expirer's post, if the conf has a quarantine; and what holders of posts tell of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clamgate.core.events import Event, Fault, QuarantineExpired
from clamgate.core.settings import Settings
from clamgate.daemon.expirer import Expirer
from clamgate.daemon.link import Link
from clamgate.daemon.master.post import Job
from clamgate.daemon.master.premises import Premises


def expirer_job(premises: Premises) -> Job:
    """Return the job of making the quarantine ready and keeping it in order. It is never urgent.

    Args:
        premises: Nothing of which an expirer may keep open.
    """

    def main(settings: Settings) -> Callable[[Link], int]:
        expirer = Expirer(settings, premises.account)

        def run(link: Link) -> int:
            premises.close_all()
            return expirer.run(link)

        return run

    return Job(
        subject="quarantine",
        what="the process that keeps the quarantine in order",
        is_needed=lambda settings: settings.quarantine.directory is not None,
        is_same=lambda one, other: one.quarantine == other.quarantine,
        main=main,
        boot_time=30.0,
        pause=30.0,
        retry=30.0,
        longest_retry=30.0,
    )


def event_of(subject: str, message: dict[str, Any]) -> Event | None:
    """Return what a holder of the post for this subject tells of, None if it is not for the log."""
    if "expired" in message:
        return QuarantineExpired(*message["expired"])
    return Fault(subject, message["trouble"]) if "trouble" in message else None
