"""The figures of a run are those of Postfix's log of the same run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.lane import Lane, behind_postfix, infected, mail, why_no_lane
from tests.postfix import PrivatePostfix, why_not
from tests.scrape import Scrape, scrape_until
from tests.waiting import wait_until

from clamgate.harness.ports import free_port
from clamgate.harness.private_clamd import PrivateClamd

REASON = why_no_lane(why_not())
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))
CLEAN, INFECTED, DEFERRED = 30, 7, 4


@pytest.fixture
def path(clamd: PrivateClamd) -> Iterator[Lane]:
    with Lane(behind_postfix, clamd) as lane:
        yield lane


def codes(lane: Lane, mails: list[bytes]) -> list[int]:
    """Send mails, several at a time, and return how each was answered."""
    with ThreadPoolExecutor(4) as threads:
        return [code for code, _ in threads.map(lane.send, mails)]


def test_the_figures_are_those_of_postfixs_log(path: Lane) -> None:
    port = free_port()
    conf = f"MetricsListen 127.0.0.1:{port}\nOnInfected Reject\nClamdWait 0\nWorkers 2\n"
    with path.filter(conf):
        mails = [mail(f"clean {n}") for n in range(CLEAN)]
        mails[3:3] = [infected(f"infected {n}") for n in range(INFECTED)]
        later = [mail(f"later {n}") for n in range(DEFERRED)]
        answers = codes(path, mails)
        assert (answers.count(250), answers.count(550)) == (CLEAN, INFECTED)
        path.clamd.stop()
        try:
            assert codes(path, later) == [451] * DEFERRED
        finally:
            path.clamd.start()
        total = CLEAN + INFECTED + DEFERRED
        scrape = scrape_until(
            port, lambda one: one.sum("clamgate_messages_total") >= total, "all messages"
        )
    postfix = path.server
    assert isinstance(postfix, PrivatePostfix)

    def whole_log() -> str | None:
        """Return it once all mail that was taken has left the queue, which is said last."""
        log = postfix.log()
        return log if len(re.findall(r"qmgr\[\d+\]: \w+: removed\n", log)) >= CLEAN else None

    log = wait_until(whole_log, "the end of all mail in the log of Postfix")
    assert log is not None

    def figure(**labels: str) -> float:
        return scrape.sum("clamgate_messages_total", **labels)

    ended = set(re.findall(r"cleanup\[\d+\]: (\w+): message-id=", log))
    refused = re.findall(r"(\w+): milter-reject: END-OF-MESSAGE [^\n]*: ([45])\.7\.1 ", log)
    assert figure() == len(ended) == total
    assert figure(verdict="infected", action="reject") == [kind for _, kind in refused].count("5")
    assert figure(verdict="failed", action="defer") == [kind for _, kind in refused].count("4")
    sent = set(re.findall(r"smtp\[\d+\]: (\w+): to=.* status=sent ", log))
    assert figure(verdict="clean", action="accept") == len(sent) == CLEAN
    assert scrape.sum("clamgate_received_bytes_total") == sum(map(len, (*mails, *later)))
    assert scrape.sum("clamgate_message_duration_seconds_count") == total
    assert scrape.sum("clamgate_scan_duration_seconds_count") == CLEAN + INFECTED


def test_a_filter_without_mail_says_so(path: Lane) -> None:
    port = free_port()
    with path.filter(f"MetricsListen 127.0.0.1:{port}\n"):
        assert Scrape(port).sum("clamgate_messages_total") == 0
