"""`docker stop` while mail is on its way: in time, in order, with nothing lost or let through."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from smtplib import SMTPException

from tests.e2e.lane import infected, mail
from tests.image.containers import Container
from tests.image.smtp import SECONDS, behind, send
from tests.image.zombies import wait_until_reaped
from tests.waiting import wait_until


def test_under_load(own: Container) -> None:
    """Every mail is delivered scanned, refused as infected, or deferred; docker need not kill."""
    codes: dict[str, int] = {}
    stopping = threading.Event()

    def send_some(lane: int) -> None:
        number = 0
        while not stopping.is_set() or number < 2:
            subject = f"{'virus' if lane % 2 else 'clean'} {lane} {number}"
            content = infected(subject) if lane % 2 else mail(subject, "x" * 70 + "\n")
            with suppress(SMTPException, OSError):
                codes[subject] = send(postfix, content)[0]
            number += 1

    with (
        behind(f"inet:127.0.0.1:{own.port(7357)}") as (postfix, sink),
        ThreadPoolExecutor(4) as pool,
    ):
        lanes = [pool.submit(send_some, lane) for lane in range(4)]
        wait_until(lambda: len(codes) >= 8 and {250, 550} <= set(codes.values()), "mail on its way")
        wait_until_reaped(own)
        status = own.stop()
        stopping.set()
        for lane in lanes:
            lane.result(SECONDS)
        accepted = [subject for subject, code in codes.items() if code == 250]
        sink.wait_for(len(accepted))
        delivered = {one.values(b"Subject")[0].decode(): one for one in sink.deliveries}
    assert status == 0, own.logs()
    log = own.logs()
    assert log.index("SIGTERM: stopping") < log.index("filter: ", log.index("SIGTERM: stopping"))
    assert log.rindex("Socket file removed") > log.index("SIGTERM: stopping")
    assert set(codes.values()) <= {250, 451, 550}
    assert 250 in codes.values()
    assert 550 in codes.values()
    assert set(delivered) == set(accepted)
    assert not any(subject.startswith("virus") for subject in delivered)
    assert {tuple(one.values(b"X-Virus-Status")) for one in delivered.values()} == {(b"Clean",)}


def test_a_message_that_takes_too_long_is_deferred(own: Container) -> None:
    """clamd stands still: what cannot be judged in time is not let through, nor waited for."""
    with (
        behind(f"inet:127.0.0.1:{own.port(7357)}") as (postfix, sink),
        ThreadPoolExecutor(1) as pool,
    ):
        own.run("kill", "-STOP", str(own.pid("clamd")))
        sending = pool.submit(send, postfix, mail("stuck"))
        wait_until(
            lambda: "in flight 1," in own.run("clamgate", "status"), "the message in the filter"
        )
        status = own.stop()
        code, _ = sending.result(SECONDS)
        assert (status, code, sink.deliveries) == (0, 451, ())
    assert "clamd is still at work 9 s after the stop began: killing it" in own.logs()
