from __future__ import annotations

from pathlib import Path

import pytest
from tests.quarantine.conftest import ready
from tests.quarantine.samples import NOON, Source, told

from clamgate.core.settings import Quarantine as Settings
from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.expiry import (
    INTERVAL,
    Expired,
    Limits,
    due,
    expire,
    expire_for_ever,
    limits_of,
)
from clamgate.quarantine.store import Quarantine

DAY = 86400.0


def fill(store: Quarantine, count: int = 4) -> list[str]:
    """Store a message a day, the first at noon."""
    return [store.store(Source(), told(time=NOON + n * DAY)) for n in range(count)]


def left(store: Quarantine) -> list[str]:
    return [row.id for row in store.index.select(oldest_first=True)]


def test_what_is_too_old_goes(store: Quarantine) -> None:
    ids = fill(store)
    size = sum(store.find(one).stored_size for one in ids[:2])
    assert expire(store, Limits(max_age=DAY), NOON + 3 * DAY) == Expired(2, size)
    assert left(store) == ids[2:]
    assert expire(store, Limits(max_age=DAY), NOON + 3 * DAY) == Expired()


def test_what_is_too_much_goes_the_oldest_first(store: Quarantine) -> None:
    ids = fill(store)
    size = sum(store.find(one).stored_size for one in ids[2:])
    assert expire(store, Limits(max_size=size), NOON).messages == 2
    assert left(store) == ids[2:]
    assert store.index.stored_bytes() == size


def test_without_limits_nothing_goes(store: Quarantine) -> None:
    ids = fill(store)
    assert due(store, Limits(), NOON + 10000 * DAY) == []
    assert expire(store, Limits(), NOON + 10000 * DAY) == Expired()
    assert left(store) == ids


def test_what_is_due_can_be_looked_at_before(local: Quarantine) -> None:
    ids = fill(local)
    limits = Limits(max_age=DAY, max_size=local.find(ids[3]).stored_size)
    assert [row.id for row in due(local, limits, NOON + 3 * DAY)] == ids[:3]
    assert [row.id for row in due(local, limits, NOON + 3 * DAY, 2)] == ids[:2]
    assert left(local) == ids


def test_the_limits_of_a_conf() -> None:
    assert limits_of(Settings(max_age=5.0)) == Limits(5.0, None)


def test_more_than_one_batch_goes(local: Quarantine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clamgate.quarantine.expiry._AT_ONCE", 2)
    ids = fill(local, 5)
    assert expire(local, Limits(max_age=DAY), NOON + 4 * DAY).messages == 3
    assert left(local) == ids[3:]
    assert expire(local, Limits(max_size=0), NOON).messages == 2


def test_the_messages_of_other_hosts_are_theirs_to_expire(
    store: Quarantine, tmp_path: Path, url: str
) -> None:
    fill(ready(tmp_path / "other", url))
    assert expire(store, Limits(max_age=1, max_size=0), NOON + 10 * DAY) == Expired()
    assert len(left(store)) == 4


def test_void_one_time_ids_are_forgotten(local: Quarantine) -> None:
    local.index.spend("n", NOON)
    expire(local, Limits(), NOON + 1)
    assert local.index.spend("n", NOON)


def test_the_timer_goes_on_after_errors_and_ends_when_told(local: Quarantine) -> None:
    fill(local)
    waited: list[float] = []
    reported: list[Expired | QuarantineError] = []
    times = iter([NOON + DAY * 2.5, NOON + DAY * 2.5, NOON + DAY * 2.5])

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        if len(waited) == 1:
            (local.directory / "store-id").rename(local.directory / "hidden")
        else:
            (local.directory / "hidden").rename(local.directory / "store-id")
        return len(waited) == 2

    expire_for_ever(
        local, Limits(max_age=DAY), clock=lambda: next(times), wait=wait, report=reported.append
    )
    assert waited == [INTERVAL, INTERVAL]
    first, second = reported
    assert isinstance(first, Expired)
    assert first.messages == 2
    assert "store-id: No such file" in str(second)
