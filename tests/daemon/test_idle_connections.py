"""A thousand idle connections beside a load: all of both are served."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from bench.load import MilterLoad, Turns
from bench.messages import TEXT_1K, template, tokens
from tests.processes import connections_by
from tests.running_filter import RunningFilter
from tests.waiting import wait_until

from clamgate.harness.client import MilterClient
from clamgate.harness.mail import Message, Peer
from clamgate.harness.private_clamd import EICAR, PrivateClamd, installed
from clamgate.harness.wire import Accept, Reject

pytestmark = [
    pytest.mark.skipif(not installed(), reason="clamd is not installed"),
    pytest.mark.timeout(300),
]

IDLE = 1000
BUSY = 8
MESSAGES = 400
CLEAN = Message.from_eml(b"Subject: hello\n\nAll is well.\n")
INFECTED = Message.from_eml(b"Subject: hello\n\n" + EICAR + b"\n")


@pytest.fixture(autouse=True)
def _room_for_connections() -> Iterator[None]:
    """Let this process have so many open: the soft limit is 1024 in most places."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_idle_connections_are_in_nobodys_way(folder: Path) -> None:
    with ExitStack() as stack:
        clamd = stack.enter_context(PrivateClamd(folder / "c"))
        conf = f"ClamdSocket unix:{clamd.socket_path}\nWorkers 2\nOnInfected Reject\n"
        running = stack.enter_context(RunningFilter(folder, conf))
        idle = [stack.enter_context(MilterClient(running.endpoint)) for _ in range(IDLE)]
        for client in idle:
            client.greet(Peer())
        assert sum(connections_by(pid) for pid in running.workers) == IDLE

        load = MilterLoad(running.endpoint, template(TEXT_1K))
        outcome = load.run(BUSY, Turns(tokens(), seconds=0.0, least=MESSAGES))
        assert sum(outcome.answers.values()) == MESSAGES
        assert set(outcome.answers) <= {"c", "a"}

        for number, client in enumerate(idle):
            message, verdict = (INFECTED, Reject) if number % 10 == 0 else (CLEAN, Accept)
            assert isinstance(client.send_message(message).reply, verdict)
        for client in idle:
            client.quit()
        wait_until(
            lambda: sum(connections_by(pid) for pid in running.workers) == 0,
            "the end of all connections",
        )
        assert "WARNING" not in running.log
