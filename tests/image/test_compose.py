"""The stacks of conf/compose: a Postfix in front, and one container or two behind it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.lane import infected, mail
from tests.image.compose import up
from tests.image.containers import READY_SECONDS
from tests.image.engine import Engine
from tests.image.mirror import Mirror
from tests.image.smtp import send_to
from tests.sink import Sink
from tests.waiting import wait_until

SERVICES = ("clamd", "freshclam", "filter")


@dataclass(frozen=True, slots=True)
class Case:
    """A file, which of its services scans and which filters, and what the latter's health tells."""

    file: str
    scanner: str
    filter: str
    health: frozenset[str]


CASES = [
    Case("compose.yaml", "clamgate", "clamgate", frozenset({*SERVICES, "database"})),
    Case("split.yaml", "clamd", "filter", frozenset({"filter"})),
]


@pytest.mark.usefixtures("postfix_image")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_as_it_stands(engine: Engine, mirror: Mirror, shared: Path, case: Case) -> None:
    # What nobody has to change who has the Internet.
    no_names = {"dns": [engine.gateway]}
    changes = {"postfix": no_names, case.scanner: {**no_names, "environment": mirror.environment}}
    with Sink(host=engine.gateway) as sink:
        variables = {
            "SMTP_PORT": "127.0.0.1:",  # any free one
            "DOMAINS": "example.net",
            "RELAYHOST": f"[{engine.gateway}]:{sink.port}",
        }
        with up(engine, case.file, shared, changes, variables) as stack:
            server = stack.container("postfix").port(25)
            wait_until(lambda: reply_to_virus(server) == 550, "a virus refused", READY_SECONDS)
            filter_ = stack.container(case.filter)
            assert set(filter_.health()[1]) == case.health
            stack.run("stop", case.filter)
            assert reply_to_virus(server) == 451  # deferred: never let through unscanned
            stack.run("start", case.filter)
            wait_until(
                lambda: reply_to_virus(server) == 550, "a virus refused again", READY_SECONDS
            )
            assert send_to("127.0.0.1", server, mail("clean")) == (250, "")
            (delivered,) = sink.wait_for(1)
    assert delivered.values(b"Subject") == [b"clean"]
    assert delivered.values(b"X-Virus-Status") == [b"Clean"]
    assert delivered.values(b"X-Virus-Scanned")[0].endswith(f" at {case.filter}".encode())
    assert delivered.values(b"Received")[0].split()[4:6] == [b"by", b"mail.example.org"]


def reply_to_virus(server: int) -> int:
    """Send a virus to a port, and return Postfix's reply; 0 if it does not even greet."""
    with suppress(OSError):
        return send_to("127.0.0.1", server, infected("virus"))[0]
    return 0
