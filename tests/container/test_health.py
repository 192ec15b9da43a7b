from __future__ import annotations

import os
from pathlib import Path

import pytest

from clamgate.container.health import check_all
from clamgate.container.state import ServiceState, State, read_state, write_state


def seen(state: State | None, max_age: float | None = None, now: float = 1e9) -> list[str]:
    return [str(check) for check in check_all(state, max_age, lambda: now)]


@pytest.mark.parametrize("state", [None, State()])
def test_before_anything_is_started_it_is_not_well(state: State | None) -> None:
    (said,) = seen(state)
    assert said.startswith("container: BAD: the services are not started yet (outside of the ")


def test_it_is_always_well_where_a_program_was_run_instead() -> None:
    assert seen(State(program="clamscan")) == ["container: ok: clamscan was run, and no services"]


def test_a_service_that_is_down_is_not_well() -> None:
    services = {
        "clamd": ServiceState("down, to be started again"),
        "freshclam": ServiceState("up", pid=2**22 + 1),
    }
    assert seen(State(services=services)) == [
        "clamd: BAD: down, to be started again",
        "freshclam: BAD: its process is gone",
    ]


def test_a_process_that_lives_is_not_enough_where_it_can_be_asked(tmp_path: Path) -> None:
    pid = os.getpid()
    services = {
        "clamd": ServiceState("up", pid, f"unix:{tmp_path}/none"),
        "filter": ServiceState("up", pid, f"unix:{tmp_path}/nobody"),
        "freshclam": ServiceState("up", pid),
    }
    assert seen(State(services=services)) == [
        f"clamd: BAD: unix:{tmp_path}/none: No such file or directory (process {pid})",
        f"filter: BAD: unix:{tmp_path}/nobody: No such file or directory (process {pid})",
        f"freshclam: ok: runs (process {pid})",
    ]


@pytest.mark.parametrize(
    ("age", "max_age", "text"),
    [
        (90.0, None, "ok: 90 s old"),
        (3 * 86400.0, None, "ok: 3.0 days old"),
        (3 * 86400.0, 4 * 86400.0, "ok: 3.0 days old, HEALTH_MAX_DB_AGE is 96 h"),
        (5 * 86400.0, 4 * 86400.0, "BAD: 5.0 days old, HEALTH_MAX_DB_AGE is 96 h"),
    ],
)
def test_the_age_of_the_database(
    tmp_path: Path, age: float, max_age: float | None, text: str
) -> None:
    (tmp_path / "own.ndb").write_bytes(b"x")
    os.utime(tmp_path / "own.ndb", (1e9 - age, 1e9 - age))
    services = {"freshclam": ServiceState("up", os.getpid())}
    state = State(services=services, database=str(tmp_path))
    assert seen(state, max_age)[-1] == f"database: {text}"


def test_no_database_is_not_well(tmp_path: Path) -> None:
    state = State(services={"clamd": ServiceState("up")}, database=str(tmp_path))
    assert seen(state)[-1] == f"database: BAD: there is none in {tmp_path}"


def test_the_state_comes_back_as_it_was_written(tmp_path: Path) -> None:
    state = State("", {"clamd": ServiceState("up", 5, "unix:/s")}, "/db")
    assert read_state([str(tmp_path)]) is None
    write_state(tmp_path, State(program="sh"))
    write_state(tmp_path, state)
    assert read_state(["/nowhere", str(tmp_path)]) == state
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
