"""The scanner with clamds that are real."""

from __future__ import annotations

import base64
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event, Semaphore
from threading import enumerate as enumerate_threads

import pytest
from tests.clamd.conftest import LIMITED_SIZE
from tests.clamd.support import Bytes, Events, nothing
from tests.waiting import wait_until

from clamgate.clamd.scanner import ClamdScanner
from clamgate.core.events import ClamdDown, ClamdLimit, ClamdUp, Fault
from clamgate.core.scanning import Scanner
from clamgate.core.settings import MIB, Clamd, Endpoint, Spooling, TcpEndpoint, UnixEndpoint
from clamgate.core.verdict import Clean, Infected, ScanReport, Unscanned
from clamgate.harness.private_clamd import EICAR, EICAR_NAME, PrivateClamd
from clamgate.message.budget import MemoryBudget
from clamgate.message.spool import Spool

INFECTED = Infected((EICAR_NAME,))


def mail(body: bytes, number: int = 0) -> bytes:
    return b"From clamav-milter\nSubject: %d\r\nMIME-Version: 1.0\r\n\r\n%b\r\n" % (number, body)


def attached(content: bytes, text: bytes = b"see below") -> bytes:
    return (
        b"From clamav-milter\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\n\r\n"
        + text
        + b"\r\n--cut\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content).replace(b"\n", b"\r\n")
        + b"--cut--\r\n"
    )


def text(size: int) -> bytes:
    """Return so many bytes of mail that no clamd has seen before."""
    line = os.urandom(24).hex().encode() + b" and so on, line by line, to the end.\r\n"
    return (line * (size // len(line) + 1))[:size]


def unix(clamd: PrivateClamd) -> Endpoint:
    return UnixEndpoint(str(clamd.socket_path))


def tcp(clamd: PrivateClamd) -> Endpoint:
    assert clamd.tcp_port
    return TcpEndpoint("localhost", clamd.tcp_port)


Opener = Callable[..., ClamdScanner]


@pytest.fixture
def opened(events: Events) -> Iterator[Opener]:
    scanners: list[ClamdScanner] = []

    def start(*endpoints: Endpoint, max_file_size: int = 100 * MIB) -> ClamdScanner:
        scanner = ClamdScanner(Clamd(endpoints), max_file_size, events)
        scanners.append(scanner)
        scanner.start()
        return scanner

    yield start
    for scanner in scanners:
        scanner.close()


def scan(scanner: Scanner, content: bytes, cut_off: int = 0) -> ScanReport:
    return scanner.scan(Bytes(content, cut_off), nothing)


@pytest.mark.parametrize("where", [unix, tcp])
@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        pytest.param(mail(b"hello"), Clean(), id="text"),
        pytest.param(b"", Clean(), id="empty"),
        pytest.param(mail(b"\0\xff" * 5000), Clean(), id="8-bit and NUL"),
        pytest.param(EICAR, INFECTED, id="bare EICAR"),
        pytest.param(mail(EICAR), INFECTED, id="EICAR as text"),
        pytest.param(attached(EICAR), INFECTED, id="EICAR attached"),
        pytest.param(attached(EICAR, text(5 * MIB)), INFECTED, id="EICAR after 5 MiB"),
        pytest.param(attached(b"harmless"), Clean(), id="attachment"),
        pytest.param(mail(b"see:\r\n" + EICAR), Clean(), id="EICAR quoted"),
    ],
)
def test_a_message_gets_its_verdict(
    opened: Opener,
    real_clamd: PrivateClamd,
    where: Callable[[PrivateClamd], Endpoint],
    content: bytes,
    verdict: object,
) -> None:
    endpoint = where(real_clamd)
    report = scan(opened(endpoint), content)
    assert report.verdict == verdict
    assert (report.clamd, report.attempts) == (str(endpoint), 1)


@pytest.mark.parametrize("where", [unix, tcp])
def test_twenty_mebibytes_are_looked_at_to_the_end(
    opened: Opener,
    real_clamd: PrivateClamd,
    events: Events,
    where: Callable[[PrivateClamd], Endpoint],
) -> None:
    scanner = opened(where(real_clamd))
    assert scan(scanner, mail(text(20 * MIB))).verdict == Clean()
    assert scan(scanner, attached(EICAR, text(20 * MIB))).verdict == INFECTED
    assert events.of(ClamdLimit) == []


@pytest.mark.parametrize("size", [100, 3 * MIB])
def test_a_spooled_message_in_memory_and_in_a_file(
    opened: Opener, real_clamd: PrivateClamd, tmp_path: Path, size: int
) -> None:
    scanner = opened(unix(real_clamd), tcp(real_clamd))
    for content, verdict in ((mail(text(size)), Clean()), (attached(EICAR, text(size)), INFECTED)):
        spool = Spool(Spooling(temporary_directory=str(tmp_path)), MemoryBudget(8 * MIB))
        for start in range(0, len(content), 65535):
            spool.write(content[start : start + 65535])
        with spool.seal() as sealed:
            # The first goes by one way and the second by the other.
            assert [scanner.scan(sealed, nothing).verdict for _ in range(2)] == [verdict] * 2


def test_its_version_is_told(opened: Opener, real_clamd: PrivateClamd, events: Events) -> None:
    opened(unix(real_clamd))
    assert events.expect(ClamdUp).version.startswith("ClamAV ")


@pytest.mark.parametrize("where", [unix, tcp])
def test_what_clamd_does_not_look_at_is_not_called_clean(
    opened: Opener,
    limited_clamd: PrivateClamd,
    events: Events,
    where: Callable[[PrivateClamd], Endpoint],
) -> None:
    scanner = opened(where(limited_clamd))
    assert scan(scanner, text(LIMITED_SIZE)).verdict == Clean()
    over = scan(scanner, mail(text(LIMITED_SIZE)))
    assert over.verdict == Unscanned("larger than clamd's MaxFileSize")
    limit = events.expect(ClamdLimit)
    assert LIMITED_SIZE * 15 // 16 <= limit.proven <= LIMITED_SIZE
    assert limit.wanted == 100 * MIB


def test_what_clamd_takes_no_stream_of_is_not_called_clean(
    opened: Opener, limited_clamd: PrivateClamd, events: Events
) -> None:
    scanner = opened(tcp(limited_clamd))
    report = scan(scanner, text(5 * LIMITED_SIZE))
    assert report.verdict == Unscanned("larger than clamd's StreamMaxLength")
    assert events.of(ClamdDown) == []


def test_what_is_over_our_own_limit_is_not_called_clean(
    opened: Opener, real_clamd: PrivateClamd
) -> None:
    scanner = opened(unix(real_clamd), max_file_size=1000)
    report = scan(scanner, text(1000), cut_off=1)
    assert report.verdict == Unscanned("larger than MaxFileSize")


def test_a_clamd_that_says_it_stopped_at_a_limit_is_heard(
    opened: Opener, clamd_folder: Path
) -> None:
    options = {"MaxFileSize": "1M", "AlertExceedsMax": "yes"}
    with PrivateClamd(clamd_folder / "alert", options=options) as clamd:
        report = scan(opened(unix(clamd)), text(2 * MIB))
    assert report.verdict == Unscanned(
        "over clamd's MaxFileSize", "Heuristics.Limits.Exceeded.MaxFileSize"
    )


def test_a_database_without_the_test_file_is_told_of_and_trusted(
    opened: Opener, clamd_folder: Path, events: Events
) -> None:
    signatures = {"other.ndb": "Other:0:0:deadbeefdeadbeefdeadbeef\n"}
    with PrivateClamd(clamd_folder / "other", signatures=signatures) as clamd:
        scanner = opened(unix(clamd))
        assert scan(scanner, text(2 * MIB)).verdict == Clean()
    assert "EICAR" in events.expect(Fault).reason


class Load:
    """Eight threads that scan one message after the other, until they are told to stop."""

    def __init__(self, scanner: ClamdScanner, threads: ThreadPoolExecutor) -> None:
        self._scanner = scanner
        self._stop = Event()
        self._numbers = count()
        self._done = Semaphore(0)
        self._threads = [threads.submit(self._scan_on) for _ in range(8)]

    def expect(self, messages: int) -> None:
        """Wait until so many more messages have been scanned."""
        for _ in range(messages):
            assert self._done.acquire(timeout=60)

    def stop(self) -> list[ScanReport]:
        self._stop.set()
        return [report for thread in self._threads for report in thread.result(60)]

    def _scan_on(self) -> list[ScanReport]:
        reports = []
        while not self._stop.is_set():
            number = next(self._numbers)
            body = EICAR if number % 10 == 0 else text(20_000)
            reports.append(scan(self._scanner, attached(body, b"%d" % number)))
            assert (reports[-1].verdict == INFECTED) == (number % 10 == 0)
            self._done.release()
        return reports


@pytest.mark.parametrize("where", [unix, tcp])
def test_a_clamd_that_is_restarted_under_load_costs_no_message(
    opened: Opener,
    clamd_folder: Path,
    events: Events,
    where: Callable[[PrivateClamd], Endpoint],
) -> None:
    with (
        PrivateClamd(clamd_folder / "restarted", tcp=True) as clamd,
        ThreadPoolExecutor(8) as threads,
    ):
        load = Load(opened(where(clamd)), threads)
        for end in (clamd.stop, clamd.kill):
            load.expect(100)
            end()
            clamd.start()
        load.expect(100)
        reports = load.stop()
        events.expect(ClamdUp, 3)
    assert len(reports) >= 300
    assert {type(report.verdict) for report in reports} == {Clean, Infected}
    assert len(events.of(ClamdDown)) == 2


def reloads_of(clamd: PrivateClamd) -> int:
    return clamd.log_path.read_text().count("Database correctly reloaded")


def test_a_clamd_that_reloads_under_load_costs_no_message(
    opened: Opener, clamd_folder: Path, events: Events
) -> None:
    # Without ConcurrentDatabaseReload it serves nobody until its idle threads have ended (30 s by
    # default) and it has reloaded: messages that came before or meanwhile wait for their reply.
    options = {"ConcurrentDatabaseReload": "no", "IdleTimeout": "1"}
    with (
        PrivateClamd(clamd_folder / "reloaded", options=options) as clamd,
        ThreadPoolExecutor(8) as threads,
    ):
        load = Load(opened(unix(clamd)), threads)
        for number in range(1, 3):
            load.expect(50)
            assert clamd.pid
            os.kill(clamd.pid, signal.SIGUSR2)
            wait_until(lambda: reloads_of(clamd) == number, "its reload")  # noqa: B023  at once
        load.expect(50)
        reports = load.stop()
    assert {report.attempts for report in reports} == {1}
    assert events.of(ClamdDown) == []


def test_closing_leaves_no_thread(real_clamd: PrivateClamd, events: Events) -> None:
    before = set(enumerate_threads())
    scanner = ClamdScanner(Clamd((unix(real_clamd),)), MIB, events)
    assert set(enumerate_threads()) <= before
    scanner.start()
    assert scan(scanner, mail(b"x")).verdict == Clean()
    scanner.close()
    wait_until(lambda: set(enumerate_threads()) <= before, "the end of its threads")


@pytest.mark.parametrize(
    ("max_scans", "processes", "room"), [(0, 1, 3), (0, 2, 1), (0, 9, 1), (8, 1, 8), (8, 3, 2)]
)
def test_a_clamd_is_given_as_many_at_once_as_its_conf_or_ours_says(
    clamd_folder: Path, events: Events, max_scans: int, processes: int, room: int
) -> None:
    with PrivateClamd(clamd_folder / "threads", options={"MaxThreads": "3"}) as clamd:
        conf = Clamd((unix(clamd),), max_scans=max_scans, shared_by=processes)
        scanner = ClamdScanner(conf, MIB, events)
        scanner.start()
        events.expect(ClamdUp)
        (member,) = scanner._pool._roster.members
        assert member.room == room
        scanner.close()


def test_a_burst_stands_in_line_before_clamd_and_all_are_scanned(
    clamd_folder: Path, events: Events
) -> None:
    with PrivateClamd(clamd_folder / "burst") as clamd:
        scanner = ClamdScanner(Clamd((unix(clamd),), max_scans=1), MIB, events)
        scanner.start()
        with ThreadPoolExecutor(16) as threads:
            mails = [mail(EICAR if n % 4 == 0 else text(2000), n) for n in range(64)]
            reports = list(threads.map(lambda content: scan(scanner, content), mails))
        assert [report.verdict for report in reports] == [INFECTED, Clean(), Clean(), Clean()] * 16
        assert events.of(ClamdDown) == []
        scanner.close()
