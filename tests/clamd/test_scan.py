"""One message's way from clamd to clamd, through whatever clamds may do to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.clamd.support import Bytes, Events, ManualClock, nothing
from tests.fake_clamd import (
    Behaviour,
    Exchange,
    FakeClamd,
    closes,
    closes_unread,
    hangs,
    resets,
    says,
    stops_stream,
)
from tests.waiting import wait_until

from clamgate.clamd.patience import Clock, Heartbeat
from clamgate.clamd.roster import Backoff
from clamgate.clamd.scan import MAX_BROKEN, Scan
from clamgate.clamd.scanner import ClamdScanner
from clamgate.core.events import ClamdDown, ClamdLimit, ClamdUp, Event, ScanRetried
from clamgate.core.scanning import ScanError
from clamgate.core.settings import MIB, Clamd
from clamgate.core.verdict import Clean, Infected, ScanReport, Unscanned, Verdict

MAIL = b"From clamav-milter\nSubject: x\r\n\r\nhello\r\n"
SOON = Backoff(first=0.002, most=0.01, awaited=0.002)
NEVER = Backoff(first=3600, most=3600, awaited=3600)

Opener = Callable[..., ClamdScanner]


@pytest.fixture
def opened(events: Events) -> Iterator[Opener]:
    """Start a scanner for these clamds, once all of them are known to be up."""
    scanners: list[ClamdScanner] = []

    def start(
        *clamds: FakeClamd,
        backoff: Backoff = SOON,
        clock: Clock = time.monotonic,
        **waits: Any,
    ) -> ClamdScanner:
        conf = Clamd(tuple(clamd.endpoint for clamd in clamds), **waits)
        scanner = ClamdScanner(conf, 100 * MIB, events, clock=clock, backoff=backoff)
        scanners.append(scanner)
        scanner.start()
        events.expect(ClamdUp, len(clamds))
        return scanner

    yield start
    for scanner in scanners:
        scanner.close()


def scan(scanner: ClamdScanner, content: bytes = MAIL) -> ScanReport:
    return scanner.scan(Bytes(content), nothing)


def hangs_for(clock: ManualClock, seconds: float) -> Behaviour:
    """Look at everything, and say nothing while so long passes, and no time else."""

    def behaviour(exchange: Exchange) -> None:
        exchange.content()
        clock.advance(seconds)
        exchange.fake.released.wait()

    return behaviour


def in_flight(scanner: ClamdScanner) -> int:
    return sum(member.in_flight for member in scanner._pool._roster.members)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (b"fd[9]: OK\0", Clean()),
        (b"fd[9]: Eicar FOUND\0", Infected(("Eicar",))),
        (
            b"fd[9]: Heuristics.Limits.Exceeded.MaxRecursion FOUND\0",
            Unscanned("over clamd's MaxRecursion", "Heuristics.Limits.Exceeded.MaxRecursion"),
        ),
    ],
)
def test_a_verdict_and_how_it_was_come_by(
    opened: Opener, fake: FakeClamd, reply: bytes, verdict: Verdict
) -> None:
    scanner = opened(fake)
    fake.script = [says(reply)]
    report = scan(scanner)
    assert (report.verdict, report.clamd, report.attempts) == (verdict, str(fake.endpoint), 1)
    assert 0 < report.seconds < 30
    assert fake.messages == [MAIL]
    assert in_flight(scanner) == 0


FAULTS: dict[str, Behaviour] = {
    "closed": closes,
    "closed unread": closes_unread,
    "reset": resets,
    "cut": says(b"fd[9]: Eic"),
    "nonsense": says(b"HTTP/1.1 400 Bad Request\r\n\r\n\0"),
    "huge": says(b"x" * 100_000),
    "empty": says(b"\0"),
    "stopping": says(b"Error processing command. ERROR\0"),
    "overloaded": says(b"COMMAND READ TIMED OUT\n"),
    "confused": says(b"PROTOCOL ERROR: ancillary data sent without FILDES. ERROR\0"),
    "no descriptor": says(b"No file descriptor received. ERROR\0"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_clamd_that_fails_with_a_message_costs_it_nothing(
    opened: Opener, either_fake: FakeClamd, events: Events, fault: str
) -> None:
    clamd = either_fake
    scanner = opened(clamd)
    clamd.script = [FAULTS[fault]]
    report = scan(scanner)
    assert (report.verdict, report.attempts) == (Clean(), 2)
    assert clamd.messages[-1] == MAIL
    assert events.expect(ScanRetried).clamd == str(clamd.endpoint)
    assert events.expect(ClamdDown).reason == events.expect(ScanRetried).reason
    events.expect(ClamdUp, 2)


def test_the_next_clamd_is_given_the_same_bytes(
    opened: Opener, fake: FakeClamd, second_fake: FakeClamd, tcp_fake: FakeClamd
) -> None:
    scanner = opened(fake, second_fake, tcp_fake, backoff=NEVER)
    for clamd in (fake, second_fake, tcp_fake):
        clamd.script = [closes]
    tcp_fake.script = []
    report = scan(scanner)
    assert (report.verdict, report.clamd) == (Clean(), str(tcp_fake.endpoint))
    assert fake.messages == second_fake.messages == tcp_fake.messages == [MAIL]


def test_a_clamd_that_is_gone_before_the_message_is_no_attempt(
    opened: Opener, fake: FakeClamd, second_fake: FakeClamd, events: Events
) -> None:
    scanner = opened(fake, second_fake, backoff=NEVER)
    fake.stop()
    reports = [scan(scanner) for _ in range(2)]
    assert [(report.verdict, report.attempts) for report in reports] == [(Clean(), 1)] * 2
    assert events.expect(ClamdDown).clamd == str(fake.endpoint)
    assert events.of(ScanRetried) == []


def test_a_message_waits_for_the_only_clamd_to_come_back(
    opened: Opener, fake: FakeClamd, events: Events
) -> None:
    scanner = opened(fake)
    is_gone = threading.Event()

    def dies(exchange: Exchange) -> None:
        closes(exchange)
        fake.stop()
        is_gone.set()

    fake.script = [dies]
    with ThreadPoolExecutor(1) as aside:
        report = aside.submit(scan, scanner)
        events.expect(ClamdDown)
        assert is_gone.wait(30)
        assert not report.done()
        fake.start()
        assert report.result(30).verdict == Clean()
    assert fake.messages == [MAIL, MAIL]


def test_a_clamd_that_hangs_is_left_after_the_read_timeout(
    opened: Opener, fake: FakeClamd, second_fake: FakeClamd, events: Events
) -> None:
    clock = ManualClock()
    scanner = opened(fake, second_fake, backoff=NEVER, clock=clock, read_timeout=0.05)
    fake.script = [hangs_for(clock, 0.06)]
    second_fake.script = []
    verdicts = {scan(scanner).verdict for _ in range(2)}
    assert verdicts == {Clean()}
    assert events.expect(ScanRetried) == ScanRetried(
        str(fake.endpoint), "no reply within ReadTimeout (0.05 s)"
    )


@pytest.mark.parametrize("read_timeout", [0, 60])
def test_a_message_s_own_deadline_ends_it_and_is_not_held_against_the_clamd(
    opened: Opener, fake: FakeClamd, events: Events, read_timeout: float
) -> None:
    clock = ManualClock()
    scanner = opened(fake, clock=clock, read_timeout=read_timeout, scan_deadline=0.05)
    fake.script = [hangs_for(clock, 0.06)]
    with pytest.raises(ScanError, match=r"no verdict within ScanDeadline \(0\.05 s\)") as caught:
        scan(scanner)
    assert caught.value.attempts == 1
    assert scan(scanner).verdict == Clean()
    assert events.of(ClamdDown) == []
    assert in_flight(scanner) == 0


def test_a_message_that_fells_every_clamd_is_given_up(
    opened: Opener, fake: FakeClamd, second_fake: FakeClamd
) -> None:
    scanner = opened(fake, second_fake)
    fake.script = second_fake.script = [closes] * 100
    with pytest.raises(ScanError, match="closed the connection without a reply") as caught:
        scan(scanner)
    assert caught.value.attempts == MAX_BROKEN
    assert len(fake.messages) + len(second_fake.messages) == MAX_BROKEN
    assert "\n" not in str(caught.value)


REFUSAL = says(b"fd[9]: Can't allocate memory ERROR\0")


def test_a_clamd_that_cannot_scan_this_message_stays_up_and_another_does(
    opened: Opener, fake: FakeClamd, second_fake: FakeClamd, events: Events
) -> None:
    scanner = opened(fake, second_fake)
    fake.script = [REFUSAL]
    reports = [scan(scanner) for _ in range(2)]
    assert [report.verdict for report in reports] == [Clean(), Clean()]
    assert sum(report.attempts for report in reports) == 3
    assert events.expect(ScanRetried) == ScanRetried(str(fake.endpoint), "Can't allocate memory")
    assert events.of(ClamdDown) == []


def test_a_message_that_every_clamd_refuses_is_shown_to_each_once(
    opened: Opener, fake: FakeClamd, second_fake: FakeClamd, events: Events
) -> None:
    scanner = opened(fake, second_fake)
    fake.script = [REFUSAL] * 9
    second_fake.script = [REFUSAL] * 9
    with pytest.raises(ScanError, match="Can't allocate memory") as caught:
        scan(scanner)
    assert caught.value.attempts == 2
    assert "ClamdWait" not in str(caught.value)
    assert len(fake.messages) == len(second_fake.messages) == 1
    assert events.of(ClamdDown) == []


def test_without_clamd_wait_a_failure_ends_it_at_once(
    opened: Opener, fake: FakeClamd, events: Events
) -> None:
    scanner = opened(fake, backoff=NEVER, wait=0)
    fake.script = [resets]
    with pytest.raises(ScanError, match=r"; then no clamd came up within ClamdWait \(0 s\)"):
        scan(scanner)
    with pytest.raises(ScanError, match=r"^no clamd came up within ClamdWait \(0 s\): unix:"):
        scan(scanner)


def test_without_clamd_wait_another_clamd_is_still_asked(
    opened: Opener, fake: FakeClamd, second_fake: FakeClamd
) -> None:
    scanner = opened(fake, second_fake, backoff=NEVER, wait=0)
    fake.script = [resets]
    assert {scan(scanner).verdict for _ in range(3)} == {Clean()}


def test_all_waits_of_a_message_together_are_bounded(
    opened: Opener, fake: FakeClamd, events: Events
) -> None:
    clock = ManualClock()
    scanner = opened(fake, clock=clock, wait=10, backoff=Backoff(6, 6, 6))
    fake.script = [closes] * 4
    with ThreadPoolExecutor(1) as aside:
        report = aside.submit(scan, scanner)
        wait_in_line(scanner, clock, 6)
        events.expect(ClamdUp, 2)  # and it breaks off again
        wait_in_line(scanner, clock, 4)
        with pytest.raises(ScanError, match=r"came up within ClamdWait \(10 s\)") as caught:
            report.result(30)
    assert caught.value.attempts == 2


def wait_in_line(scanner: ClamdScanner, clock: ManualClock, seconds: float) -> None:
    """Have a message wait for a clamd to come up, for so long by its clock."""
    pool = scanner._pool

    def waited() -> bool:
        with pool._lock:
            waits = [place for place in pool._line if place.called._waiters]  # type: ignore[attr-defined]
            if waits:
                clock.advance(seconds)
                pool._tell()
            return bool(waits)

    wait_until(waited, "a message that waits")


def test_a_clamd_that_failed_and_is_back_is_left_for_a_busier_one(
    opened: Opener, fake: FakeClamd, second_fake: FakeClamd, events: Events
) -> None:
    scanner = opened(fake, second_fake)
    second_fake.script = [hangs]

    class WaitsTillItIsBack(Events):
        def observe(self, event: Event) -> None:
            super().observe(event)
            if isinstance(event, ScanRetried):
                events.expect(ClamdUp, 3)

    with ThreadPoolExecutor(2) as aside:
        others = [aside.submit(scan, scanner) for _ in range(2)]
        second_fake.await_messages(1)
        futures.wait(others, 30, futures.FIRST_COMPLETED)
        fake.script = [closes]
        retried = WaitsTillItIsBack()
        heartbeat = Heartbeat(nothing)
        report = Scan(scanner._clamd, scanner._pool, retried, Bytes(MAIL), heartbeat).run()
        second_fake.released.set()
    assert len(retried.of(ScanRetried)) == 1
    assert (report.verdict, report.clamd) == (Clean(), str(second_fake.endpoint))


def test_a_message_that_cannot_be_handed_over_is_not_the_clamd_s_fault(
    opened: Opener, fake: FakeClamd, events: Events
) -> None:
    class Lost(Bytes):
        def descriptor(self) -> int:
            raise OSError(24, "Too many open files")

    scanner = opened(fake)
    with pytest.raises(ScanError, match=r"cannot hand the message over: .*Too many open files"):
        scanner.scan(Lost(MAIL), nothing)
    assert in_flight(scanner) == 0
    assert scan(scanner).verdict == Clean()
    assert events.of(ClamdDown) == []


def test_what_a_sign_of_life_raises_reaches_the_caller_and_frees_the_clamd(
    opened: Opener, fake: FakeClamd, events: Events
) -> None:
    class GoneError(Exception):
        pass

    def gone() -> None:
        raise GoneError

    scanner = opened(fake)
    fake.script = [hangs]
    heartbeat = Heartbeat(gone, interval=0.01)
    one = Scan(scanner._clamd, scanner._pool, events, Bytes(MAIL), heartbeat)
    with pytest.raises(GoneError):
        one.run()
    assert in_flight(scanner) == 0
    assert events.of(ClamdDown) == []


def test_a_message_cut_at_max_file_size_is_not_called_clean(
    opened: Opener, fake: FakeClamd
) -> None:
    scanner = opened(fake)
    source = Bytes(MAIL, cut_off=1)
    assert scanner.scan(source, nothing).verdict == Unscanned("larger than MaxFileSize")
    fake.script = [says(b"fd[9]: Eicar FOUND\0")]
    assert scanner.scan(source, nothing).verdict == Infected(("Eicar",))


def test_a_message_cut_at_max_file_size_needs_no_proof(opened: Opener, fake: FakeClamd) -> None:
    scanner = opened(fake)
    scanner.scan(Bytes(bytes(3 * MIB), cut_off=1), nothing)
    assert fake.self_tests == [MIB]


def test_a_clamd_is_believed_only_up_to_what_it_proved(
    opened: Opener, fake: FakeClamd, tcp_fake: FakeClamd, events: Events
) -> None:
    for clamd in (fake, tcp_fake):
        clamd.looks_at = 3 * MIB
        scanner = opened(clamd)
        over = b"x" * (3 * MIB + 1)
        assert scan(scanner, b"x" * (3 * MIB)).verdict == Clean()
        assert scan(scanner, over).verdict == Unscanned("larger than clamd's MaxFileSize")
        assert events.of(ClamdLimit)[-1].clamd == str(clamd.endpoint)
        found = b": Eicar FOUND\0"
        clamd.script = [says((b"fd[9]" if clamd is fake else b"stream") + found)]
        assert scan(scanner, over).verdict == Infected(("Eicar",))
        events.all.clear()


def test_a_new_life_has_to_prove_itself_anew(
    opened: Opener, fake: FakeClamd, events: Events
) -> None:
    scanner = opened(fake)
    large = b"x" * (2 * MIB)
    assert scan(scanner, large).verdict == Clean()
    fake.looks_at = MIB
    fake.script = [closes]
    assert scan(scanner, large).verdict == Unscanned("larger than clamd's MaxFileSize")


def test_a_clamd_that_dies_of_the_self_test_has_the_message_scanned_elsewhere(
    opened: Opener, fake: FakeClamd, second_fake: FakeClamd, events: Events
) -> None:
    scanner = opened(fake, second_fake, backoff=NEVER)
    fake.ill = closes
    reports = [scan(scanner, b"x" * (2 * MIB)) for _ in range(2)]
    assert [report.verdict for report in reports] == [Clean(), Clean()]
    assert events.expect(ClamdDown).clamd == str(fake.endpoint)


def test_a_stream_over_clamd_s_limit_is_unscanned_at_once(
    opened: Opener, tcp_fake: FakeClamd, events: Events
) -> None:
    scanner = opened(tcp_fake)
    tcp_fake.script = [stops_stream(b"INSTREAM size limit exceeded. ERROR\0", after=200_000)]
    report = scan(scanner, b"x" * (10 * MIB))
    assert report.verdict == Unscanned("larger than clamd's StreamMaxLength")
    assert report.attempts == 1
    assert events.of(ClamdDown) == []


def test_many_messages_through_failing_clamds_all_come_through(
    opened: Opener, fake: FakeClamd, second_fake: FakeClamd, tcp_fake: FakeClamd
) -> None:
    clamds = (fake, second_fake, tcp_fake)
    scanner = opened(*clamds)
    # One less than what would make a message suspect, should one meet them all.
    for number, fault in enumerate([*FAULTS.values()][: MAX_BROKEN - 1]):
        clamds[number % 3].script.append(fault)
    mails = [MAIL + b"%d" % number for number in range(200)]
    with ThreadPoolExecutor(16) as threads:
        reports = list(threads.map(lambda mail: scan(scanner, mail), mails))
    assert {report.verdict for report in reports} == {Clean()}
    assert {mail for clamd in clamds for mail in clamd.messages} == set(mails)
    assert in_flight(scanner) == 0
