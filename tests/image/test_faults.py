"""A service that dies inside: started again, seen by the health check, and no mail lost by it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.lane import RECIPIENT, SENDER, infected, mail
from tests.image.containers import ALL, CLAMD_AND_FILTER, Container, write_database
from tests.image.engine import Engine
from tests.image.smtp import SECONDS, behind, send
from tests.image.zombies import wait_until_reaped
from tests.postfix import PrivatePostfix
from tests.sink import Sink
from tests.waiting import wait_until


@pytest.fixture
def path(own: Container) -> Iterator[tuple[Container, PrivatePostfix, Sink]]:
    """Return a container, a Postfix of this machine that filters through it, and its sink."""
    with behind(f"inet:127.0.0.1:{own.port(7357)}") as (postfix, sink):
        yield own, postfix, sink


def kill(
    engine: Engine, container: Container, service: str, meanwhile: Callable[[], None] = lambda: None
) -> int:
    """kill -9 it, look at the health before it is started again, and return what process it was."""
    pid = container.pid(service)
    assert pid > 1
    engine.docker("kill", "--signal=STOP", container.id)  # the supervisor, so that we see it down
    container.run("kill", "-9", str(pid))
    wait_until(lambda: _is_zombie(container, pid), f"the end of {service}")
    well, texts = container.health()
    assert (well, texts[service]) == (False, "its process is gone")
    meanwhile()
    engine.docker("kill", "--signal=CONT", container.id)
    return pid


def _is_zombie(container: Container, pid: int) -> bool:
    return any(one[0] == str(pid) and one[2].startswith("Z") for one in container.processes())


def test_mail_waits_for_a_clamd_that_was_killed(
    engine: Engine, path: tuple[Container, PrivatePostfix, Sink]
) -> None:
    container, postfix, sink = path
    before = kill(engine, container, "clamd")
    replies: list[tuple[int, str]] = []
    sending = threading.Thread(target=lambda: replies.append(send(postfix, mail("meanwhile"))))
    sending.start()
    container.wait_until_ready()
    wait_until_reaped(container)
    assert container.pid("clamd") != before
    sending.join(SECONDS)
    assert [code for code, _ in replies] == [250]
    assert sink.wait_for(1)[0].values(b"X-Virus-Status") == [b"Clean"]
    assert send(postfix, infected("virus"))[0] == 550
    container.wait_for_log("clamd was killed by SIGKILL")


def test_mail_for_a_filter_that_was_killed_stays_with_its_sender(
    engine: Engine, path: tuple[Container, PrivatePostfix, Sink]
) -> None:
    """Postfix defers what it cannot have filtered; the sender's server has it until then."""
    container, postfix, sink = path
    with PrivatePostfix(postfix.port) as sender:
        before = kill(engine, container, "filter", lambda: defer(container, sender))
        container.wait_until_ready()
        wait_until_reaped(container)
        assert container.pid("filter") != before
        assert sink.deliveries == ()
        sender.flush()
        (delivered,) = sink.wait_for(1)
        assert delivered.values(b"Subject") == [b"meanwhile"]
        assert delivered.values(b"X-Virus-Status") == [b"Clean"]
        assert send(postfix, infected("virus"))[0] == 550


def defer(container: Container, sender: PrivatePostfix) -> None:
    """Send a mail by way of a server that has to keep it for now."""
    wait_until(
        lambda: not any(args.startswith("clamgate: worker") for *_, args in container.processes()),
        "the end of the workers, which see a moment later that their master is gone",
    )
    sender.sendmail(mail("meanwhile"), SENDER, RECIPIENT)
    (queued,) = sender.wait_for_queue("deferred")
    assert "451" in queued.reasons[0]


def test_freshclam_comes_back(engine: Engine, database: str) -> None:
    with Container(engine, database, environment=ALL) as container:
        container.wait_until_ready()
        before = kill(engine, container, "freshclam")
        wait_until(lambda: container.pid("freshclam") not in {0, before}, "another freshclam")
        container.wait_until_ready()
        wait_until_reaped(container)


def test_one_that_cannot_be_kept_up_ends_the_container(engine: Engine, shared: Path) -> None:
    folder = write_database(shared / "endless")
    os.mkfifo(folder / "endless.hdb")  # clamd waits for it for ever
    wanted = {**CLAMD_AND_FILTER, "CLAMD_STARTUP_TIMEOUT": "2"}
    volume = f"--volume={folder}:/var/lib/clamav"
    with Container(engine, volume, environment=wanted) as container:
        status = container.wait()
        log = container.logs()
    assert status == 1
    assert "clamd does not answer 2 s after its start: giving up, and ending the container" in log


def test_orphans_are_reaped(own: Container) -> None:
    own.run("sh", "-c", "(sleep 0.2 & sleep 0.1 &) ; exit 0")
    wait_until(
        lambda: not any(args.startswith("sleep") for *_, args in own.processes()), "their end"
    )
    wait_until_reaped(own)
