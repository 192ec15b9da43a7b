"""Is the container well? Each service that is switched on is asked for real."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from clamgate.config.endpoints import clamd_socket, milter_socket
from clamgate.container.database import read_database
from clamgate.container.probes import Answer, negotiate_with_filter, ping_clamd
from clamgate.container.processes import is_running
from clamgate.container.programs import CLAMD, FILTER
from clamgate.container.state import ServiceState, State
from clamgate.core.health import Check, database_check

TIMEOUT = 5.0
"""Seconds that a service may take to answer."""

_NOTHING = (
    "the services are not started yet (outside of the container: `clamgate status`, or /readyz"
    " with MetricsListen)"
)


def check_all(
    state: State | None, max_age: float | None, clock: Callable[[], float] = time.time
) -> list[Check]:
    """Look at everything, and return what was seen.

    Args:
        state: What the supervisor wrote, None if it has not written anything.
        max_age: Seconds after which a database is too old; None if age does not matter.
        clock: Seconds since 1970.
    """
    if state is None or not (state.program or state.services):
        return [Check("container", ok=False, text=_NOTHING)]
    if state.program:
        return [Check("container", ok=True, text=f"{state.program} was run, and no services")]
    checks = [_service(name, service) for name, service in state.services.items()]
    return [*checks, *_database(state.database, max_age, clock())]


def _service(name: str, service: ServiceState) -> Check:
    if not service.pid or not is_running(service.pid):
        text = service.phase if not service.pid else "its process is gone"
        return Check(name, ok=False, text=text)
    answer = _ask(name, service)
    return Check(name, answer.ok, f"{answer.text} (process {service.pid})")


def _ask(name: str, service: ServiceState) -> Answer:
    if not service.socket:
        return Answer(ok=True, text="runs")
    match name:
        case CLAMD.name:
            return ping_clamd(clamd_socket(service.socket), TIMEOUT)
        case FILTER.name:
            return negotiate_with_filter(milter_socket(service.socket), TIMEOUT)
        case _:
            return Answer(ok=True, text="runs")


def _database(folder: str, max_age: float | None, now: float) -> Iterator[Check]:
    if not folder:
        return
    database = read_database(folder)
    if not database.present or database.made is None:
        yield Check("database", ok=False, text=f"there is none in {folder}")
        return
    yield database_check(now - database.made, max_age, "HEALTH_MAX_DB_AGE")
