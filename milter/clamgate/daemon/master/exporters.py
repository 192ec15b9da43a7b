"""The exporter's post, if the conf wants metrics."""

from __future__ import annotations

from collections.abc import Callable

from clamgate.core.settings import Settings
from clamgate.daemon.link import Link
from clamgate.daemon.master.post import Job
from clamgate.daemon.master.premises import Premises


def exporter_job(premises: Premises) -> Job:
    """Return the job of serving metrics and health. Connections wait while nobody does it.

    Args:
        premises: Where they are served; without a place for metrics nobody has to.
    """

    def main(settings: Settings) -> Callable[[Link], int]:
        from clamgate.daemon.exporter.exporter import Exporter  # noqa: PLC0415  see open_premises

        place = premises.metrics
        assert place is not None  # noqa: S101  else it is not needed
        exporter = Exporter(settings, premises.account, place.listener.socket, place.folder.path)

        def run(link: Link) -> int:
            premises.close_all(but_metrics=True)
            return exporter.run(link)

        return run

    return Job(
        subject="metrics",
        what="the process that serves metrics",
        is_needed=lambda _settings: premises.metrics is not None,
        is_same=lambda one, other: _needed(one) == _needed(other),
        main=main,
        boot_time=20.0,
        pause=5.0,
        retry=5.0,
        longest_retry=60.0,
    )


def _needed(settings: Settings) -> tuple[object, ...]:
    return settings.clamd.sockets, settings.process.ready_max_database_age
