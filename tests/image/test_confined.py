"""With little: no root, a read-only root, no capabilities, hardly any memory."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.e2e.lane import infected
from tests.image.containers import ALL, CLAMD_AND_FILTER, Container, write_database
from tests.image.engine import Engine
from tests.image.mirror import Mirror
from tests.image.smtp import behind, send
from tests.waiting import wait_until

from clamgate.core.settings import MIB
from clamgate.harness.client import MilterClient
from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import AddHeader

CLAMD_BY_ITSELF = 40 * MIB  # with next to no signatures
FILTER_CONF = "/run/clamgate/clamav-milter.conf"
TMPFS = ("--tmpfs=/run", "--tmpfs=/tmp")


def owner(container: Container, service: str) -> str:
    return container.run("stat", "-c", "%u", f"/proc/{container.pid(service)}")


@pytest.mark.parametrize("place", ["tmpfs", "folders", "new volumes"])
def test_any_user_read_only_without_capabilities(
    engine: Engine, database: str, mirror: Mirror, shared: Path, place: str
) -> None:
    options = {
        "tmpfs": (database, *TMPFS),
        "folders": (database, f"--volume={folder(shared / 'sockets-1000')}:/run/clamav", TMPFS[1]),
        "new volumes": ("--volume=db:/var/lib/clamav", "--volume=run:/run/clamav", *TMPFS[1:]),
    }[place]
    with Container(
        engine,
        *("--user=1000:1000", "--read-only", "--cap-drop=ALL", *options),
        "--security-opt=no-new-privileges",
        "--publish=127.0.0.1::7357",
        environment={**ALL, **mirror.environment},
    ) as container:
        container.wait_until_ready()
        assert {owner(container, one) for one in ("clamd", "freshclam", "filter")} == {"1000"}
        with behind(f"inet:127.0.0.1:{container.port(7357)}") as (postfix, _):
            assert send(postfix, infected("virus"))[0] == 550
        assert "serving on" in container.run("clamgate", "status")
        assert container.stop() == 0


def folder(path: Path) -> Path:
    """Make one that any user of a container can write to."""
    path.mkdir(exist_ok=True)
    path.chmod(0o1777)
    return path


def test_root_is_dropped(stack: Container) -> None:
    assert owner(stack, "clamd") != "0"
    # The filter's master stays root, to reload; no mail passes through it.
    # One that begins is root until it has its name, and for a moment after that.
    wait_until(lambda: "0" not in owners_of_workers(stack), "workers that are not root")
    assert owners_of_workers(stack)
    assert owner(stack, "freshclam") != "0"


def owners_of_workers(container: Container) -> set[str]:
    workers = [one[0] for one in container.processes() if one[3].startswith("clamgate: worker")]
    return {container.run("stat", "-c", "%u", f"/proc/{pid}") for pid in workers}


def _large_database(folder: Path) -> Path:
    """Write one that takes clamd some 140 MiB: many hashes of files of different sizes."""
    write_database(folder)
    with (folder / "many.hsb").open("w") as file:
        for number in range(400_000):
            file.write(f"{number:064x}:{number % 5000 + 100}:Many-{number}\n")
    return folder


def test_a_reload_within_hardly_more_than_one_database(engine: Engine, shared: Path) -> None:
    """The limit is half a database more than all is at rest: the kernel lets no two be loaded."""
    volume = f"--volume={_large_database(shared / 'large')}:/var/lib/clamav"
    with Container(engine, volume, environment=CLAMD_AND_FILTER) as roomy:
        roomy.wait_until_ready()
        wait_until(
            lambda: "starting" not in roomy.run("clamgate", "status"), "all of the filter's workers"
        )
        database = roomy.resident(roomy.pid("clamd")) - CLAMD_BY_ITSELF
        limit = str(roomy.memory() + database // 2)
        # Without a limit at its start, it takes two: so much for whether this one is tight.
        engine.docker("update", f"--memory={limit}", f"--memory-swap={limit}", roomy.id)
        engine.docker("kill", "--signal=USR2", roomy.id)  # reload
        roomy.wait_for_log("clamd was killed by SIGKILL")
    with Container(
        engine,
        *(volume, f"--memory={limit}", f"--memory-swap={limit}"),
        environment=CLAMD_AND_FILTER,
    ) as small:
        small.wait_until_ready()
        before = small.pid("clamd")
        assert "cannot hold two copies of the database" in small.logs()
        assert re.search(r"^MaxSpoolMemory ", small.run("cat", FILTER_CONF), re.MULTILINE)
        engine.docker("kill", "--signal=USR2", small.id)
        with MilterClient((small.address, 7357)) as client:
            client.greet(Peer())
            outcome = client.send_message(Message.from_eml(b"Subject: meanwhile\r\n\r\nx"))
        fields = {one.name: one.value for one in outcome.edits if isinstance(one, AddHeader)}
        assert fields[b"X-Virus-Status"].strip() == b"Clean"
        small.wait_for_log(r"Database correctly reloaded")
        small.wait_until_ready()
        assert small.pid("clamd") == before
        assert "SIGKILL" not in small.logs()
