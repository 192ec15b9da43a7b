from __future__ import annotations

from dataclasses import replace

import pytest

from clamgate.core.rules import Action, Rules
from clamgate.core.settings import (
    Clamd,
    Listen,
    LogDetail,
    Logging,
    Process,
    Settings,
    TcpEndpoint,
    UnixEndpoint,
)
from clamgate.daemon.master.reload import merge, same_clerk

RUNNING = Settings(Listen(UnixEndpoint("/m.sock"), mode=0o660), Clamd(()), Process(user="a"))


def test_what_can_be_had_is() -> None:
    wanted = replace(
        RUNNING,
        rules=Rules(on_infected=Action.REJECT),
        process=replace(RUNNING.process, workers=7, drain_timeout=1.0),
    )
    assert merge(RUNNING, wanted) == (wanted, ())


def test_what_was_bound_at_the_start_stays_and_is_named() -> None:
    wanted = Settings(
        Listen(UnixEndpoint("/other"), group="b", mode=0o600, fix_stale=False),
        Clamd((UnixEndpoint("/c"),)),
        Process(
            user="b",
            foreground=True,
            chroot="/jail",
            pid_file="/pid",
            workers=3,
            control_socket="/control",
            metrics_listen=TcpEndpoint("127.0.0.1", 9357),
            ready_max_database_age=86400.0,
        ),
    )
    settings, waiting = merge(RUNNING, wanted)
    assert settings == Settings(
        replace(RUNNING.listen, fix_stale=False),
        Clamd((UnixEndpoint("/c"),)),
        replace(RUNNING.process, workers=3, ready_max_database_age=86400.0),
    )
    assert waiting == (
        *("MilterSocket", "MilterSocketGroup", "MilterSocketMode"),
        *("User", "Foreground", "Chroot", "PidFile", "ControlSocket", "MetricsListen"),
    )


@pytest.mark.parametrize(
    ("logging", "same"),
    [
        (Logging(), True),
        (Logging(verbose=True, clean=LogDetail.FULL, infected=LogDetail.BASIC), True),
        (Logging(file="/log"), False),
        (Logging(time=True), False),
        (Logging(syslog=True), False),
    ],
)
def test_where_lines_go(logging: Logging, same: bool) -> None:  # noqa: FBT001
    assert same_clerk(RUNNING, replace(RUNNING, logging=logging)) is same


def test_what_else_the_clerk_does() -> None:
    assert not same_clerk(RUNNING, replace(RUNNING, history_size=5))
    assert not same_clerk(RUNNING, replace(RUNNING, clamd=Clamd((UnixEndpoint("/c"),))))
    assert same_clerk(RUNNING, replace(RUNNING, process=Process(workers=7)))
