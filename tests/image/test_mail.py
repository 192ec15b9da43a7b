"""Mail through the filter: from a Postfix of this machine, and from one in another container."""

from __future__ import annotations

import re

from tests.e2e.lane import infected, mail
from tests.image.containers import CLAMD_AND_FILTER, ONLY_CLAMD, READY_SECONDS, Container
from tests.image.engine import Engine
from tests.image.smtp import behind, send, send_to
from tests.waiting import wait_until

REFUSED = re.compile(r"5\.7\.1 Infected by Eicar-Test-Signature\.UNOFFICIAL, refused")


def test_a_postfix_of_this_machine(stack: Container) -> None:
    with behind(f"inet:127.0.0.1:{stack.port(7357)}") as (postfix, sink):
        code, text = send(postfix, infected("virus"))
        assert code == 550
        assert REFUSED.search(text)
        assert send(postfix, mail("clean")) == (250, "")
        assert sink.wait_for(1)[0].values(b"X-Virus-Status") == [b"Clean"]


def test_a_postfix_in_another_container(
    engine: Engine, stack: Container, postfix_image: str
) -> None:
    with Container(
        engine,
        environment={"MILTER": f"inet:{stack.address}:7357", "DOMAINS": "example.net"},
        image=postfix_image,
    ) as postfix:
        address = postfix.address

        def greets() -> bool:
            try:
                return send_to(address, 25, infected("virus"))[0] == 550
            except OSError:
                return False

        wait_until(greets, "a virus refused", READY_SECONDS)
        assert send_to(address, 25, mail("clean"))[0] == 250
        postfix.wait_for_log(r"status=sent \(delivered to maildir\)")
        delivered = postfix.run("sh", "-c", "cat /var/mail/inbox/new/*")
        assert "X-Virus-Status: Clean" in delivered
        postfix.wait_for_log(REFUSED.pattern)


def test_two_containers_that_share_the_socket(engine: Engine, database: str) -> None:
    volume = "--volume=clamav_run:/run/clamav"
    only_filter = {"CLAMAV_NO_CLAMD": "true", **CLAMD_AND_FILTER}
    with (
        Container(engine, database, volume, environment=ONLY_CLAMD) as clamd,
        Container(engine, volume, "--publish=127.0.0.1::7357", environment=only_filter) as filter_,
    ):
        clamd.wait_until_ready()
        filter_.wait_until_ready()
        assert set(filter_.health()[1]) == {"filter"}
        with behind(f"inet:127.0.0.1:{filter_.port(7357)}") as (postfix, _):
            assert send(postfix, infected("virus"))[0] == 550


def test_clamd_elsewhere_by_tcp(engine: Engine, stack: Container) -> None:
    wanted = {
        "CLAMAV_NO_CLAMD": "true",
        **CLAMD_AND_FILTER,
        "MILTER_CONF_ClamdSocket": f"tcp:{stack.address}:3310",
        "MILTER_CONF_OnInfected": "Quarantine",
    }
    with Container(engine, "--publish=127.0.0.1::7357", environment=wanted) as container:
        container.wait_until_ready()
        with behind(f"inet:127.0.0.1:{container.port(7357)}") as (postfix, _):
            assert send(postfix, infected("virus"))[0] == 250
            assert postfix.wait_for_queue("hold")[0].sender == "sender@example.org"
