from __future__ import annotations

import signal

import pytest

from clamgate.container.supervision import (
    Action,
    End,
    Phase,
    Say,
    Send,
    Service,
    Start,
    Supervisor,
)

FETCH = Service("fetch", 0.0, once=True, pauses=(15.0, 3600.0))
CLAMD = Service("clamd", 100.0, stop_wave=1, stop_by=9.0)
FRESHCLAM = Service("freshclam", 60.0)
FILTER = Service("filter", 60.0, stop_by=7.5)


def deeds(actions: list[Action]) -> list[Action]:
    """Return all but the words."""
    return [action for action in actions if not isinstance(action, Say)]


def words(actions: list[Action]) -> list[str]:
    return [action.text for action in actions if isinstance(action, Say)]


def running(*services: Service) -> Supervisor:
    """Return one with these services, all of them up since 0."""
    supervisor = Supervisor(services)
    supervisor.begin(0.0)
    for service in services:
        supervisor.ready(service.name, 0.0)
    return supervisor


def test_each_starts_once_the_one_before_is_ready() -> None:
    supervisor = Supervisor((CLAMD, FRESHCLAM, FILTER))
    assert supervisor.begin(0.0) == [Start("clamd")]
    assert supervisor.starting == ("clamd",)
    assert supervisor.tick(99.0) == []
    assert supervisor.ready("clamd", 30.0) == [
        Say("clamd is ready after 30.0 s"),
        Start("freshclam"),
    ]
    assert deeds(supervisor.ready("freshclam", 30.0)) == [Start("filter")]
    assert deeds(supervisor.ready("filter", 31.0)) == []
    assert set(supervisor.phases.values()) == {Phase.UP}
    assert supervisor.next_time() is None


def test_a_step_comes_first_and_is_tried_again_for_ever() -> None:
    supervisor = Supervisor((FETCH, CLAMD))
    assert supervisor.begin(0.0) == [Start("fetch")]
    assert supervisor.next_time() is None  # it may take as long as it takes
    pauses = []
    now = 0.0
    for _ in range(12):
        assert deeds(supervisor.exited("fetch", 11, now)) == []
        at = supervisor.next_time()
        assert at is not None
        pauses.append(at - now)
        assert supervisor.tick(at - 0.1) == []
        assert supervisor.tick(at) == [Start("fetch")]
        now = at
    assert pauses == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert supervisor.exited("fetch", 0, now) == [Start("clamd")]


def test_a_step_waits_longer_where_an_earlier_try_is_no_use() -> None:
    supervisor = Supervisor((FETCH, CLAMD))
    supervisor.begin(0.0)
    said = words(supervisor.exited("fetch", 1, 10.0, not_before=7210.0))
    assert said == ["fetch ended with status 1; it is started again in 2 h"]
    assert supervisor.next_time() == 7210.0


def test_one_that_ends_is_started_again_after_a_pause_that_doubles() -> None:
    supervisor = running(CLAMD, FILTER)
    said = words(supervisor.exited("clamd", -9, 10.0))
    assert said == ["clamd was killed by SIGKILL; it is started again in 1 s"]
    assert supervisor.phases == {"clamd": Phase.PAUSED, "filter": Phase.UP}
    assert supervisor.tick(11.0) == [Start("clamd")]
    assert words(supervisor.exited("clamd", 1, 11.5)) == [
        "clamd ended with status 1; it is started again in 2 s"
    ]
    assert supervisor.tick(13.5) == [Start("clamd")]
    # The filter is up already: it is not started a second time.
    assert deeds(supervisor.ready("clamd", 14.0)) == []


def test_one_that_was_up_for_long_begins_anew_with_short_pauses() -> None:
    supervisor = running(CLAMD)
    for now in (100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0):
        supervisor.exited("clamd", -9, now)
        assert supervisor.next_time() == now + 1.0
        supervisor.tick(now + 1.0)
        supervisor.ready("clamd", now + 2.0)


def test_one_that_cannot_be_kept_up_ends_the_whole_with_its_status() -> None:
    supervisor = running(CLAMD, FRESHCLAM, FILTER)
    now = 1.0
    for _ in range(5):
        assert deeds(supervisor.exited("clamd", -11, now)) == []
        at = supervisor.next_time()
        assert at is not None
        now = at
        assert supervisor.tick(now) == [Start("clamd")]
    actions = supervisor.exited("clamd", -11, now)
    assert words(actions) == [
        "clamd was killed by SIGSEGV, 6 times in a row: giving up, and ending the container"
    ]
    assert deeds(actions) == [Send("freshclam", signal.SIGTERM), Send("filter", signal.SIGTERM)]
    supervisor.exited("filter", 0, now + 1)
    assert supervisor.exited("freshclam", 0, now + 1) == [End(139)]


def test_one_that_ends_well_but_should_not_have_is_a_failure_too() -> None:
    supervisor = running(FRESHCLAM)
    for now in range(5):
        supervisor.exited("freshclam", 0, float(now))
        supervisor.tick(1000.0 * now)
    assert supervisor.exited("freshclam", 0, 10000.0)[-1] == End(1)


def test_one_that_does_not_get_ready_in_time_ends_the_whole() -> None:
    supervisor = Supervisor((CLAMD, FILTER))
    supervisor.begin(0.0)
    assert supervisor.next_time() == 100.0
    actions = supervisor.tick(100.0)
    assert words(actions) == [
        "clamd does not answer 100 s after its start: giving up, and ending the container"
    ]
    assert deeds(actions) == [Send("clamd", signal.SIGTERM)]
    assert supervisor.exited("clamd", 0, 100.5) == [End(1)]


def test_one_that_cannot_even_be_started_ends_the_whole() -> None:
    supervisor = Supervisor((CLAMD,))
    supervisor.begin(0.0)
    actions = supervisor.failed_to_start("clamd", "no such file", 0.0)
    assert words(actions) == [
        "clamd cannot be started: no such file: giving up, and ending the container"
    ]
    assert deeds(actions) == [End(1)]


def test_the_filter_stops_before_clamd() -> None:
    supervisor = running(CLAMD, FRESHCLAM, FILTER)
    assert deeds(supervisor.stop(0, 10.0)) == [
        Send("freshclam", signal.SIGTERM),
        Send("filter", signal.SIGTERM),
    ]
    assert deeds(supervisor.exited("freshclam", 0, 10.1)) == []
    assert supervisor.next_time() == 17.5
    assert deeds(supervisor.exited("filter", 0, 16.0)) == [Send("clamd", signal.SIGTERM)]
    assert supervisor.next_time() == 19.0
    assert supervisor.exited("clamd", 0, 16.1) == [End(0)]


def test_all_is_over_within_dockers_ten_seconds_whatever_they_do() -> None:
    supervisor = running(CLAMD, FRESHCLAM, FILTER)
    supervisor.stop(0, 0.0)
    supervisor.exited("freshclam", 0, 0.1)
    assert deeds(supervisor.tick(7.5)) == [Send("filter", signal.SIGKILL)]
    assert deeds(supervisor.exited("filter", -9, 7.5)) == [Send("clamd", signal.SIGTERM)]
    assert supervisor.next_time() == 9.0
    actions = supervisor.tick(9.0)
    assert words(actions) == ["clamd is still at work 9 s after the stop began: killing it"]
    assert supervisor.exited("clamd", -9, 9.0) == [End(0)]


def test_what_a_busy_machine_holds_up_takes_nothing_from_dockers_ten_seconds() -> None:
    supervisor = running(CLAMD, FILTER)
    supervisor.stop(0, 0.0)
    assert deeds(supervisor.tick(8.4)) == [Send("filter", signal.SIGKILL)]
    assert deeds(supervisor.exited("filter", -9, 8.9)) == [Send("clamd", signal.SIGTERM)]
    assert supervisor.next_time() == 9.0
    assert deeds(supervisor.tick(9.0)) == [Send("clamd", signal.SIGKILL)]


def test_a_second_signal_kills_at_once() -> None:
    supervisor = running(CLAMD, FILTER)
    supervisor.stop(0, 0.0)
    assert deeds(supervisor.stop(130, 0.5)) == [
        Send("clamd", signal.SIGKILL),
        Send("filter", signal.SIGKILL),
    ]
    supervisor.exited("clamd", -9, 0.5)
    assert supervisor.exited("filter", -9, 0.5) == [End(130)]


@pytest.mark.parametrize("now", [0.0, 3.0])
def test_a_stop_before_all_are_up_starts_no_more(now: float) -> None:
    supervisor = Supervisor((FETCH, CLAMD, FILTER))
    supervisor.begin(0.0)
    assert deeds(supervisor.stop(0, now)) == [Send("fetch", signal.SIGTERM)]
    assert supervisor.exited("fetch", 0, now) == [End(0)]


def test_a_stop_while_one_waits_to_be_started_again_starts_it_no_more() -> None:
    supervisor = running(CLAMD)
    supervisor.exited("clamd", 1, 5.0)
    assert supervisor.stop(0, 5.5) == [End(0)]


def test_a_stop_in_answer_to_a_failure_keeps_the_failures_status() -> None:
    supervisor = Supervisor((CLAMD,))
    supervisor.begin(0.0)
    supervisor.tick(100.0)
    supervisor.stop(143, 100.1)
    assert supervisor.exited("clamd", -9, 100.2) == [End(1)]
