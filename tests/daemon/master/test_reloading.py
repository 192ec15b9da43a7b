"""What is taken back when a reload comes to nothing halfway."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clamgate.config.loader import Loaded
from clamgate.core.settings import Clamd, Listen, Quarantine, Settings, UnixEndpoint
from clamgate.daemon.errors import StartError
from clamgate.daemon.master.clerks import ClerkKeeper
from clamgate.daemon.master.expirers import ExpirerKeeper
from clamgate.daemon.master.plan import Plan
from clamgate.daemon.master.reloading import Reloading
from clamgate.daemon.notify import Notifier

OLD = Settings(Listen(UnixEndpoint("/m.sock")), Clamd(()))
NEW = replace(
    OLD, quarantine=Quarantine("/q"), logging=replace(OLD.logging, file="/no/such/folder/log")
)


class NoClerk(ClerkKeeper):
    """Cannot write another log."""

    def __init__(self) -> None:
        pass

    def replace(self, settings: Settings) -> None:
        raise StartError(f"cannot open {settings.logging.file}")


class Expirers(ExpirerKeeper):
    """Keeps no process: just what it was told, and fails on what it is told to fail on."""

    def __init__(self, fails_on: Settings | None = None) -> None:
        self.told: list[Settings] = []
        self._fails_on = fails_on

    def replace(self, settings: Settings) -> None:
        self.told.append(settings)
        if settings == self._fails_on:
            raise StartError("the quarantine is not ready")


class IdlePlan(Plan):
    """May always reload, and is never told to."""

    def __init__(self) -> None:
        pass

    @property
    def may_reload(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("fails_on", "told"),
    [
        (None, ("cannot open /no/such/folder/log",)),
        (OLD, ("cannot open /no/such/folder/log", "the quarantine is not ready")),
    ],
    ids=["taken back", "not to be taken back"],
)
def test_a_log_that_cannot_be_written_takes_the_quarantine_back(
    fails_on: Settings | None, told: tuple[str, ...]
) -> None:
    expirers = Expirers(fails_on)
    reloading = Reloading(
        OLD, lambda: Loaded("conf", NEW, (), {}, {}), NoClerk(), expirers, Notifier({})
    )
    record = reloading.want()
    refusal = reloading.see_to_it(IdlePlan())
    assert refusal is not None
    assert refusal.reasons == told
    assert (record.state, record.lines) == ("refused", told)
    assert expirers.told == [NEW, OLD]
    assert reloading.settings == OLD
