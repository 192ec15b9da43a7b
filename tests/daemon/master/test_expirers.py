from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.waiting import wait_until

from clamgate.core.events import Fault, QuarantineExpired
from clamgate.core.settings import Clamd, Listen, Quarantine, Settings, UnixEndpoint
from clamgate.daemon.link import Link
from clamgate.daemon.master.expirers import event_of, expirer_job
from clamgate.daemon.master.offspring import Offspring
from clamgate.daemon.master.premises import Premises

PLAIN = Settings(Listen(UnixEndpoint("/m.sock")), Clamd(()))


def with_quarantine(path: str, max_size: int | None = None) -> Settings:
    return replace(PLAIN, quarantine=Quarantine(path, max_size=max_size))


def test_a_conf_without_a_quarantine_needs_none(premises: Premises) -> None:
    assert not expirer_job(premises).is_needed(PLAIN)
    assert expirer_job(premises).is_needed(with_quarantine("/q"))


def test_it_says_why_it_cannot_and_keeps_nothing_open_that_is_others(
    premises: Premises, offspring: Offspring, tmp_path: Path
) -> None:
    """An end of the channel that stays open would keep the clerk from ending."""
    main = expirer_job(premises).main(with_quarantine(str(tmp_path / "none" / "q")))
    held = (premises.reader, premises.writer, premises.listener.socket)

    def inspected(link: Link) -> int:
        return main(link) + (10 if all(one.fileno() == -1 for one in held) else 20)

    child = offspring.fork(inspected)
    assert child.link.wait(30) == {
        "failed": f"QuarantineDirectory {tmp_path}/none/q: cannot make it: "
        "No such file or directory"
    }
    assert wait_until(lambda: list(offspring.reap()), "its end") == [(child, 11)]
    child.link.close()
    assert all(one.fileno() >= 0 for one in held)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (with_quarantine("/q", max_size=5), True),
        (with_quarantine("/q", max_size=6), False),
        (with_quarantine("/other", max_size=5), False),
        (PLAIN, False),
        (replace(with_quarantine("/q", max_size=5), clamd=Clamd((UnixEndpoint("/c"),))), True),
    ],
)
def test_it_stays_while_nothing_of_the_quarantine_changes(
    premises: Premises,
    other: Settings,
    same: bool,  # noqa: FBT001
) -> None:
    assert expirer_job(premises).is_same(with_quarantine("/q", max_size=5), other) is same


def test_what_it_tells_of() -> None:
    assert event_of("quarantine", {"expired": [2, 4096]}) == QuarantineExpired(2, 4096)
    assert event_of("quarantine", {"trouble": "disk full"}) == Fault("quarantine", "disk full")
    assert event_of("quarantine", {"ready": True}) is None
