from __future__ import annotations

from pathlib import Path

import pytest
from tests.fake_clamd import Exchange, FakeClamd
from tests.observe.examples import Clock
from tests.waiting import wait_until

from clamgate.core.settings import UnixEndpoint
from clamgate.daemon.clerk.clamds import ClamdWatch, ask


def test_it_tells_its_version_and_its_load(tmp_path: Path) -> None:
    with FakeClamd(tmp_path / "c") as clamd:
        clamd.max_threads = 7
        assert ask(clamd.endpoint) == {
            "version": "ClamAV 1.4.6-fake/1/today",
            "queue": 0,
            "busy": 1,
            "most": 7,
        }


def test_one_that_is_not_there(tmp_path: Path) -> None:
    assert ask(UnixEndpoint(str(tmp_path / "none"))) == {"error": "No such file or directory"}


def test_they_are_asked_when_somebody_looks_and_not_too_often(tmp_path: Path) -> None:
    clock = Clock(100.0)
    with FakeClamd(tmp_path / "c") as clamd:
        watch = ClamdWatch((clamd.endpoint,), clock)
        assert clamd.versions == 0
        assert watch.look() == {str(clamd.endpoint): {}}
        wait_until(lambda: watch.look()[str(clamd.endpoint)], "an answer")
        assert clamd.versions == 1
        clock.now += 1.9
        watch.look()
        clock.now += 0.2
        wait_until(lambda: watch.look() and clamd.versions == 2, "another one")


def waits(exchange: Exchange) -> None:
    exchange.fake.released.wait()


def test_nobody_waits_for_one_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clamgate.daemon.clerk.clamds._TIMEOUT", 300.0)
    clock = Clock(100.0)
    with FakeClamd(tmp_path / "c") as clamd:
        clamd.ill = waits
        watch = ClamdWatch((clamd.endpoint,), clock)
        for _ in range(5):
            clock.now += 10
            assert watch.look() == {str(clamd.endpoint): {}}
        clamd.released.set()
        wait_until(lambda: watch.look()[str(clamd.endpoint)], "what came of it")
        assert clamd.versions <= 2
